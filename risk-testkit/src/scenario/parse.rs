//! From the text of a file to its steps.

use std::iter::Peekable;
use std::str::Lines;

use super::commands::{self, Reach};
use super::expect::{Check, Counts, Expected};
use super::setup::Setup;
use super::words::{duration_ns, substitute, whole};
use super::{Command, Problem};

/// A scenario that has been read.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file, for messages.
    pub origin: String,
    /// What its guard is made from.
    pub setup: Setup,
    /// What happens.
    pub steps: Vec<Step>,
    /// The controls without which it must not come out like this.
    pub decided_by: Vec<String>,
}

/// One line of a scenario.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its number in the file.
    pub line: usize,
    /// Its text, without the comment.
    pub text: String,
    /// What it means.
    pub action: Action,
}

/// What a line means.
#[derive(Clone, Debug)]
pub enum Action {
    /// A call, and what must come of it.
    Call(Box<Call>),
    /// Time goes on by so many nanoseconds (back, when negative).
    Wait(i64),
    /// From now on the clock does not say the time, or says it again.
    Clock {
        /// Whether it says it.
        runs: bool,
    },
    /// Lines that are done many times.
    Repeat(Repeat),
    /// A question.
    Check(Check),
}

/// A call of the guard.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is called.
    pub command: Command,
    /// How far an order goes.
    pub(super) reach: Reach,
    /// What must come of it.
    pub(super) expected: Option<Expected>,
}

/// Lines that are done many times, some time apart.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// How often.
    pub times: u64,
    /// How far apart.
    pub every_ns: i64,
    /// The lines, with `{n}` for the number of the repetition, from 1.
    pub body: Vec<(usize, String)>,
    /// Answers over all repetitions.
    pub counts: Option<Counts>,
}

impl Scenario {
    /// Reads a scenario. `origin` names the file in messages.
    ///
    /// # Errors
    /// The first line that is not understood, with its number.
    pub fn parse(text: &str, origin: &str) -> Result<Self, Problem> {
        let mut scenario = Self {
            origin: origin.to_owned(),
            setup: Setup::default(),
            steps: Vec::new(),
            decided_by: Vec::new(),
        };
        let mut lines = Numbered { lines: text.lines().peekable(), number: 0 };
        while let Some((line, text)) = lines.next() {
            let at = |problem| Problem::new(origin, line, &text, problem);
            scenario.line(line, &text, &mut lines).map_err(at)?;
        }
        scenario.setup.complete();
        Ok(scenario)
    }

    fn line(&mut self, line: usize, text: &str, lines: &mut Numbered<'_>) -> Result<(), String> {
        if text == "config" {
            return self.setup.merge(&block(lines)?);
        }
        if let Some(controls) = text.strip_prefix("decided by ") {
            self.decided_by.extend(controls.split_whitespace().map(str::to_owned));
            return Ok(());
        }
        if self.steps.is_empty() && self.setup.read(text)? {
            return Ok(());
        }
        let action = match text.strip_prefix("repeat ") {
            Some(rest) => Action::Repeat(repeat(line, rest, lines)?),
            None => match text {
                "list" => list(Reach::Judged, lines)?,
                "send list" => list(Reach::Sent, lines)?,
                text => action(text, line as u64)?,
            },
        };
        self.steps.push(Step { line, text: text.to_owned(), action });
        Ok(())
    }
}

/// What a line that is no repetition means.
pub(super) fn action(text: &str, serial: u64) -> Result<Action, String> {
    if let Some(check) = text.strip_prefix("expect ") {
        return Check::read(check).map(Action::Check);
    }
    match text.split_whitespace().collect::<Vec<_>>()[..] {
        ["wait", time] => return duration_ns(time).map(Action::Wait),
        ["clock", "stops"] => return Ok(Action::Clock { runs: false }),
        ["clock", "runs"] => return Ok(Action::Clock { runs: true }),
        ["clock", "back", time] => return duration_ns(time).map(|time| Action::Wait(-time)),
        _ => {}
    }
    let (command, expected) = match text.split_once("->") {
        Some((command, expected)) => (command, Some(Expected::read(expected)?)),
        None => (text, None),
    };
    let (command, reach) = commands::command(command, serial)?;
    Ok(Action::Call(Box::new(Call { command, reach, expected })))
}

/// `1000 every 1ms: buy ... -> approved 250 rejected RATE_LIMIT 750`, or without a command after the colon, the lines
/// up to `end`, which may say `end -> approved 250 ...`.
fn repeat(line: usize, rest: &str, lines: &mut Numbered<'_>) -> Result<Repeat, String> {
    let (head, one) = rest.split_once(':').ok_or("a : is missing after the repetition")?;
    let (times, every_ns) = match head.split_whitespace().collect::<Vec<_>>()[..] {
        [times] => (times, 0),
        [times, "every", time] => (times, duration_ns(time)?),
        _ => return Err(format!("{head:?} is not COUNT or COUNT every TIME")),
    };
    let times = whole("times", times)?;
    if !one.trim().is_empty() {
        let (command, counts) = match one.split_once("->") {
            Some((command, counts)) => (command, Some(Counts::read(counts)?)),
            None => (one, None),
        };
        let body = vec![(line, command.trim().to_owned())];
        return Ok(Repeat { times, every_ns, body, counts });
    }
    let mut body = Vec::new();
    loop {
        let (line, text) = lines.next().ok_or("the repetition has no end")?;
        match text.strip_prefix("end") {
            Some("") => return Ok(Repeat { times, every_ns, body, counts: None }),
            Some(rest) => {
                let counts = rest.trim().strip_prefix("->").ok_or("end, or end -> and counts")?;
                return Ok(Repeat { times, every_ns, body, counts: Some(Counts::read(counts)?) });
            }
            None => body.push((line, text)),
        }
    }
}

/// Orders, one a line, up to `end -> ANSWER`. `repeat 349: buy ...` among them stands for as many.
fn list(reach: Reach, lines: &mut Numbered<'_>) -> Result<Action, String> {
    let mut orders = Vec::new();
    loop {
        let (line, text) = lines.next().ok_or("the list has no end")?;
        if let Some(rest) = text.strip_prefix("end") {
            let answer = rest.trim().strip_prefix("->").ok_or("end -> and the answer")?;
            let expected = Some(Expected::read(answer)?);
            return Ok(Action::Call(Box::new(Call { command: Command::List(orders), reach, expected })));
        }
        let (times, order) = match text.strip_prefix("repeat ") {
            None => (1, text.as_str()),
            Some(rest) => {
                let (times, order) = rest.split_once(':').ok_or("a : is missing after the repetition")?;
                (whole("times", times.trim())?, order)
            }
        };
        for n in 1..=times {
            let serial = (line as u64).saturating_mul(100_000).saturating_add(n);
            match commands::command(&substitute(order, n)?, serial)? {
                (Command::Evaluate(order), Reach::Judged) => orders.push(order),
                _ => return Err(format!("{order:?} is not buy or sell, as everything in a list")),
            }
        }
    }
}

/// The lines up to `end`, as they stand.
fn block(lines: &mut Numbered<'_>) -> Result<String, String> {
    let mut block = String::new();
    for raw in lines.lines.by_ref() {
        lines.number += 1;
        if raw.trim() == "end" {
            return Ok(block);
        }
        block.push_str(raw);
        block.push('\n');
    }
    Err("the block has no end".to_owned())
}

/// Lines with their numbers, without comments and blank lines.
struct Numbered<'t> {
    lines: Peekable<Lines<'t>>,
    number: usize,
}

impl Iterator for Numbered<'_> {
    type Item = (usize, String);

    fn next(&mut self) -> Option<Self::Item> {
        for raw in self.lines.by_ref() {
            self.number += 1;
            let text = raw.split_once('#').map_or(raw, |(text, _)| text).trim();
            if !text.is_empty() {
                return Some((self.number, text.to_owned()));
            }
        }
        None
    }
}
