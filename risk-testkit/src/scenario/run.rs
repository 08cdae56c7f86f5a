//! Runs a scenario on a driver, line by line, and stops at the first line that comes out differently.

use std::collections::BTreeMap;

use risk_core::Verdict;
use rust_decimal::Decimal;

use super::commands::Reach;
use super::driver::{Answer, Driver, Reply, verb};
use super::expect::{Check, Counts};
use super::parse::{Action, Call, Repeat, Scenario, action};
use super::words::substitute;
use super::{Command, FillLine, OrderLine, Problem};

/// What a scenario did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Decisions by answer, such as `rejected PRICE_COLLAR`.
    pub decisions: BTreeMap<String, u64>,
    /// Calls of the guard.
    pub calls: u64,
}

/// Runs a scenario.
///
/// # Errors
/// The first line that comes out differently, with its number, what was expected and what came.
pub fn run<D: Driver>(scenario: &Scenario) -> Result<Report, Problem> {
    Runner::<D>::start(scenario, &Control::None)?.run(scenario)
}

/// Runs a scenario without one of its controls: a limit by its field's name, wherever it is set; `parent`, the parent
/// of every order; `halt`, every halt.
///
/// # Errors
/// As [`run`]: a control that decides makes the scenario fail. Also when the scenario has no such control.
pub fn run_without<D: Driver>(scenario: &Scenario, control: &str) -> Result<Report, Problem> {
    let mut scenario = scenario.clone();
    let without = match control {
        "parent" => Control::Parent,
        "halt" => Control::Halt,
        limit => {
            if scenario.setup.loosen(limit) == 0 {
                return Err(Problem::new(&scenario.origin, 0, control, "no such limit is set".to_owned()));
            }
            Control::Limit(limit.to_owned())
        }
    };
    Runner::<D>::start(&scenario, &without)?.run(&scenario)
}

/// What is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Control {
    None,
    Parent,
    Halt,
    Limit(String),
}

struct Runner<D> {
    driver: D,
    without: Control,
    /// The scenario's time, and whether the guard's clock says it.
    now_ns: i64,
    clock_runs: bool,
    serial: u64,
    report: Report,
    /// Quantity approved in all, by `instrument X` and by `parent X`.
    approved: BTreeMap<String, Decimal>,
}

impl<D: Driver> Runner<D> {
    fn start(scenario: &Scenario, without: &Control) -> Result<Self, Problem> {
        let driver = D::start(&scenario.setup)
            .map_err(|problem| Problem::new(&scenario.origin, 1, "the setup", problem))?;
        Ok(Self {
            driver,
            without: without.clone(),
            now_ns: scenario.setup.start_ms.saturating_mul(1_000_000),
            clock_runs: true,
            serial: 1_000_000,
            report: Report::default(),
            approved: BTreeMap::new(),
        })
    }

    fn run(mut self, scenario: &Scenario) -> Result<Report, Problem> {
        self.driver.set_time(Some(self.now_ns));
        for step in &scenario.steps {
            let at = |problem| Problem::new(&scenario.origin, step.line, &step.text, problem);
            match &step.action {
                Action::Repeat(repeat) => self.repeat(scenario, repeat)?,
                other => self.step(other, false).map_err(at)?,
            }
        }
        let last = scenario.steps.last().map_or(1, |step| step.line);
        let at = |problem| Problem::new(&scenario.origin, last, "the end", problem);
        self.driver.finish().map_err(at)?;
        Ok(self.report)
    }

    /// One line. In a repetition an answer may be left to the counts.
    fn step(&mut self, action: &Action, counted: bool) -> Result<(), String> {
        match action {
            Action::Wait(time) => {
                self.now_ns = self.now_ns.checked_add(*time).ok_or("the end of time")?;
                self.tell_time();
            }
            Action::Clock { runs } => {
                self.clock_runs = *runs;
                self.tell_time();
            }
            Action::Check(check) => self.check(check)?,
            Action::Call(call) => self.call(call, counted)?,
            Action::Repeat(_) => return Err("a repetition inside a repetition".to_owned()),
        }
        Ok(())
    }

    fn tell_time(&mut self) {
        self.driver.set_time(self.clock_runs.then_some(self.now_ns));
    }

    fn call(&mut self, call: &Call, counted: bool) -> Result<(), String> {
        let mut command = call.command.clone();
        match (&mut command, &self.without) {
            (Command::Evaluate(order) | Command::Explain(order), Control::Parent) => order.parent = None,
            (Command::List(orders), Control::Parent) => {
                orders.iter_mut().for_each(|order| order.parent = None);
            }
            (Command::Halt { .. } | Command::Resume { .. }, Control::Halt) => return Ok(()),
            (Command::Change { limits, .. }, Control::Limit(limit)) => {
                limits.remove(limit);
            }
            _ => {}
        }
        let reply = match &command {
            Command::Evaluate(order) => self.order(order, call.reach)?,
            Command::List(orders) => self.list(orders, call.reach),
            other => self.execute(other),
        };
        let is_decision = matches!(reply, Reply::Decision(_));
        match &call.expected {
            Some(expected) if !expected.is_met(&reply.words()) => {
                Err(format!("expected {}, got {}", expected.text(), reply.words().join(" ")))
            }
            Some(_) => Ok(()),
            None if counted && is_decision => Ok(()),
            None if is_decision => Err(format!("no answer is expected; it is {}", reply.words().join(" "))),
            None => match &reply.words()[..] {
                [word] if matches!(word.as_str(), "applied" | "out" | "sent" | "released" | "ticked") => {
                    Ok(())
                }
                [word, ..] if word == "halted" || word == "resumed" || word == "abandoned" => Ok(()),
                words => Err(format!("got {} where nothing of note was expected", words.join(" "))),
            },
        }
    }

    fn execute(&mut self, command: &Command) -> Reply {
        self.report.calls += 1;
        self.driver.run(command)
    }

    /// An order, as far as it goes. The answer is the decision, unless its permit does not redeem.
    fn order(&mut self, order: &OrderLine, reach: Reach) -> Result<Reply, String> {
        let reply = self.execute(&Command::Evaluate(order.clone()));
        let Reply::Decision(answer) = &reply else { return Ok(reply) };
        self.tally(order, answer);
        if reach == Reach::Judged || !matches!(answer.verdict, Verdict::Approved | Verdict::Reduced) {
            return Ok(reply);
        }
        let redeemed = self.execute(&Command::Redeem(order.name.clone()));
        if redeemed != Reply::Words("sent".to_owned()) {
            return Ok(redeemed);
        }
        if reach == Reach::Traded {
            self.serial += 1;
            let fill = FillLine {
                name: order.name.clone(),
                quantity: answer.quantity,
                price: order.fill_price.or(order.price).ok_or("a traded market order needs fill=PRICE")?,
                execution: format!("trade{}", self.serial),
                fee: Decimal::ZERO,
                booking: None,
                venue: false,
            };
            let filled = self.execute(&Command::Fill(fill));
            if filled != Reply::Words("applied".to_owned()) {
                return Ok(filled);
            }
        }
        Ok(reply)
    }

    /// A list, as far as it goes. Its answer counts once for each of its orders.
    fn list(&mut self, orders: &[OrderLine], reach: Reach) -> Reply {
        let reply = self.execute(&Command::List(orders.to_vec()));
        let words = reply.words();
        let verdict =
            Verdict::ALL.into_iter().find(|verdict| words.first().is_some_and(|w| w == verb(*verdict)));
        let Some(verdict) = verdict else { return reply };
        let approved = verdict == Verdict::Approved;
        for order in orders {
            let answer = Answer {
                verdict,
                quantity: if approved { order.quantity } else { Decimal::ZERO },
                reason: if approved { String::new() } else { words.get(1).cloned().unwrap_or_default() },
                detail: String::new(),
            };
            self.tally(order, &answer);
        }
        match orders.first() {
            Some(first) if approved && reach == Reach::Sent => {
                let redeemed = self.execute(&Command::Redeem(first.name.clone()));
                if redeemed == Reply::Words("sent".to_owned()) { reply } else { redeemed }
            }
            _ => reply,
        }
    }

    fn tally(&mut self, order: &OrderLine, answer: &Answer) {
        *self.report.decisions.entry(answer.kind()).or_default() += 1;
        if answer.quantity.is_zero() {
            return;
        }
        let parent = order.parent.as_ref().map(|(parent, _)| format!("parent {parent}"));
        let sums = [Some(String::new()), Some(format!("instrument {}", order.instrument)), parent];
        for sum in sums.into_iter().flatten() {
            *self.approved.entry(sum).or_default() += answer.quantity;
        }
    }

    fn repeat(&mut self, scenario: &Scenario, repeat: &Repeat) -> Result<(), Problem> {
        let before = self.report.decisions.clone();
        for n in 1..=repeat.times {
            for (line, text) in &repeat.body {
                let at = |problem| Problem::new(&scenario.origin, *line, text, format!("n = {n}: {problem}"));
                self.serial += 1;
                let text = substitute(text, n).map_err(at)?;
                let action = action(&text, self.serial).map_err(at)?;
                self.step(&action, true).map_err(at)?;
            }
            if repeat.every_ns != 0 {
                self.step(&Action::Wait(repeat.every_ns), true)
                    .map_err(|problem| Problem::new(&scenario.origin, 0, "every", problem))?;
            }
        }
        let line = repeat.body.last().map_or(0, |(line, _)| *line);
        let at = |problem| Problem::new(&scenario.origin, line, "the counts", problem);
        repeat.counts.as_ref().map_or(Ok(()), |counts| self.count(counts, &before)).map_err(at)
    }

    fn count(&self, counts: &Counts, before: &BTreeMap<String, u64>) -> Result<(), String> {
        let mut came: BTreeMap<_, _> = self.report.decisions.clone();
        for (kind, number) in before {
            *came.entry(kind.clone()).or_default() -= number;
        }
        came.retain(|_, number| *number > 0);
        let mut wanted: BTreeMap<_, _> = counts.0.iter().cloned().collect();
        wanted.retain(|_, number| *number > 0);
        if came == wanted { Ok(()) } else { Err(format!("expected {wanted:?}, got {came:?}")) }
    }

    fn check(&mut self, check: &Check) -> Result<(), String> {
        let query: Vec<&str> = check.query.iter().map(String::as_str).collect();
        let answer = match query[..] {
            ["calls"] => self.report.calls.to_string(),
            ["approved", "quantity"] => self.quantity(""),
            ["approved", "quantity", kind @ ("instrument" | "parent"), name] => {
                self.quantity(&format!("{kind} {name}"))
            }
            [verb @ ("approved" | "reduced" | "rejected" | "stop")] => {
                let of_kind = |(kind, _): &(&String, &u64)| kind.split(' ').next() == Some(verb);
                self.report.decisions.iter().filter(of_kind).map(|(_, n)| n).sum::<u64>().to_string()
            }
            ["reduced" | "rejected" | "stop", _] => {
                self.report.decisions.get(&query.join(" ")).copied().unwrap_or(0).to_string()
            }
            _ => self.driver.read(&check.query)?,
        };
        if check.is_met(&answer) { Ok(()) } else { Err(format!("{} is {answer}", query.join(" "))) }
    }

    fn quantity(&self, of: &str) -> String {
        self.approved.get(of).copied().unwrap_or_default().to_string()
    }
}
