//! Scenarios on the core itself.

use std::collections::HashMap;
use std::sync::Arc;

use risk_core::{
    AccountHandle, AssetHandle, Config, Decision, Difference, Engine, Id, Input, InstrumentHandle, LatchId,
    Lift, Limits, LimitsOf, ListPermit, ManualClock, MemoryJournal, Order, OrderHandle, OrderRef, Outbound,
    Permit, Rejection, ResumeError, Scope, Snapshot, StrategyHandle, Timestamp, VenueHandle, Verdict, replay,
};

use crate::house;

use super::command::{OrderLine, OrderName, ScopeLine};
use super::core_inputs::ingested;
use super::driver::{Answer, Driver, Reply};
use super::setup::{JournalLine, Setup};
use super::{Command, questions};

/// An engine with the permits and outbound messages a scenario has got from it.
pub struct CoreDriver {
    pub(super) engine: Engine<ManualClock, MemoryJournal>,
    config: Config,
    clock: ManualClock,
    pub(super) now: Timestamp,
    /// The first account, and the first strategy of each: what a line means that names none.
    first: (String, HashMap<String, String>),
    permits: HashMap<OrderName, Permit>,
    /// Permits of lists by the names of their first orders, with the names of all.
    pub(super) lists: HashMap<OrderName, (ListPermit, Vec<OrderName>)>,
    pub(super) outbounds: HashMap<OrderName, Outbound>,
    pub(super) handles: HashMap<OrderName, OrderHandle>,
}

impl Driver for CoreDriver {
    fn start(setup: &Setup) -> Result<Self, String> {
        let text = toml::to_string(&setup.config).map_err(|e| e.to_string())?;
        let config = Config::from_toml(&text, "the setup").map_err(|e| e.to_string())?;
        let journal = match setup.journal {
            JournalLine::Ring(records) => MemoryJournal::last(records),
            JournalLine::Full(records) => MemoryJournal::with_capacity(records),
        };
        let now = Timestamp::from_millis(setup.start_ms);
        let clock = ManualClock::at(now);
        let engine = Engine::with_vetoes(&config, clock.clone(), journal, house::vetoes(&config))
            .map_err(|e| e.to_string())?;
        let strategies = setup.first_strategies();
        let first = strategies.first().map(|(account, _)| account.clone()).unwrap_or_default();
        Ok(Self {
            engine,
            config,
            clock,
            now,
            first: (first, strategies.into_iter().collect()),
            permits: HashMap::new(),
            lists: HashMap::new(),
            outbounds: HashMap::new(),
            handles: HashMap::new(),
        })
    }

    fn set_time(&mut self, nanos: Option<i64>) {
        match nanos.map(Timestamp::from_nanos) {
            Some(now) => {
                self.now = now;
                self.clock.set(now);
            }
            None => self.clock.fail(),
        }
    }

    fn run(&mut self, command: &Command) -> Reply {
        match command {
            Command::Evaluate(line) => Reply::Decision(self.evaluate(line)),
            Command::Explain(line) => Reply::Words(self.explain(line)),
            Command::List(lines) => Reply::Words(self.list(lines)),
            Command::Redeem(name) => Reply::Words(self.redeem(name)),
            Command::Release(name) => Reply::Words(self.release(name)),
            Command::Abandon(name) => Reply::Words(match self.outbounds.remove(&self.full(name)) {
                None => "refused NO_OUTBOUND".to_owned(),
                Some(outbound) => {
                    self.engine.abandon(outbound);
                    "abandoned".to_owned()
                }
            }),
            Command::Cancel(name) => {
                let order = self.order_ref(name);
                let outbound = self.engine.cancel(order);
                let known = outbound.handle() != OrderHandle::default();
                Reply::Words(if known { "out" } else { "out unknown" }.to_owned())
            }
            Command::Halt { scope, state, by, reason } => {
                let scope = self.scope(scope);
                let halt = self.engine.pull_down_at(scope, *state, reason, by, self.time());
                let orders = halt.orders.to_vec();
                Reply::Words(self.halted(&orders))
            }
            Command::Resume { scope, to, latch, by } => {
                let scope = self.scope(scope);
                let last = self.engine.latches().map(|latch| latch.id.number()).max().unwrap_or(0);
                let lift = match latch {
                    Some(number) => Lift::One(LatchId::from_number(*number)),
                    None => Lift::UpTo(LatchId::from_number(last)),
                };
                Reply::Words(match self.engine.resume(scope, lift, *to, "as the scenario says", by) {
                    Ok(()) => "resumed".to_owned(),
                    Err(ResumeError::Unnamed) => "refused unnamed".to_owned(),
                    Err(ResumeError::UnknownScope) => "refused unknown_scope".to_owned(),
                    Err(ResumeError::UnknownLatch) => "refused unknown_latch".to_owned(),
                    Err(ResumeError::Unrecorded) => "refused unrecorded".to_owned(),
                    Err(other) => format!("refused {other}"),
                })
            }
            Command::Tick => {
                self.engine.tick();
                Reply::Words("ticked".to_owned())
            }
            Command::Restart => {
                self.engine.recovered(false);
                Reply::Words("restarted".to_owned())
            }
            Command::Change { .. } => self.change(command),
            command => match self.input(command) {
                Ok(Input::Snapshot(told)) if matches!(command, Command::Snapshot { reported: true, .. }) => {
                    Reply::Words(self.reconcile(told))
                }
                Ok(input) => Reply::Words(ingested(&self.engine.ingest(input))),
                Err(problem) => Reply::Words(format!("refused {problem}")),
            },
        }
    }

    fn read(&mut self, query: &[String]) -> Result<String, String> {
        questions::answer(self, query)
    }

    fn finish(&mut self) -> Result<(), String> {
        let journal = self.engine.journal();
        let again = replay(&self.config, journal.base(), journal.tail()).map_err(|e| e.to_string())?;
        if self.engine.metrics().unrecorded == 0 && again.digest() != self.engine.digest() {
            return Err("the journal replays to another state".to_owned());
        }
        Ok(())
    }
}

impl CoreDriver {
    fn time(&self) -> Option<Timestamp> {
        risk_core::Clock::now(&self.clock)
    }

    /// A name with its account filled in, as the key of the tables.
    pub(super) fn full(&self, name: &OrderName) -> OrderName {
        let account = name.account.clone().unwrap_or_else(|| self.first.0.clone());
        OrderName { id: name.id.clone(), account: Some(account), by_id: false }
    }

    pub(super) fn account(&self, name: &str) -> AccountHandle {
        self.engine.account(name).unwrap_or_default()
    }

    pub(super) fn strategy(&self, account: &str, name: &str) -> StrategyHandle {
        self.engine.strategy(self.account(account), name).unwrap_or_default()
    }

    pub(super) fn instrument(&self, symbol: &str) -> InstrumentHandle {
        self.engine.instrument(symbol).unwrap_or_default()
    }

    pub(super) fn asset(&self, code: &str) -> AssetHandle {
        self.engine.asset(code).unwrap_or_default()
    }

    pub(super) fn scope(&self, scope: &ScopeLine) -> Scope {
        match scope {
            ScopeLine::Firm => Scope::Firm,
            ScopeLine::Venue(name) => {
                Scope::Venue(self.engine.venue(name).unwrap_or_else(|_| VenueHandle::default()))
            }
            ScopeLine::Account(name) => Scope::Account(self.account(name)),
            ScopeLine::Strategy(account, name) => Scope::Strategy(self.strategy(account, name)),
            ScopeLine::Instrument(symbol) => Scope::Instrument(self.instrument(symbol)),
            ScopeLine::Trader(name) => Scope::Trader(self.engine.trader(name).unwrap_or_default()),
        }
    }

    pub(super) fn order_ref(&self, name: &OrderName) -> OrderRef {
        let full = self.full(name);
        match self.handles.get(&full).filter(|_| !name.by_id) {
            Some(handle) => OrderRef::Handle(*handle),
            None => OrderRef::Client {
                account: self.account(full.account.as_deref().unwrap_or_default()),
                id: Id::new(&full.id),
            },
        }
    }

    pub(super) fn order(&self, line: &OrderLine) -> Order {
        let account = line.name.account.as_deref().unwrap_or(&self.first.0);
        let strategy = match &line.strategy {
            Some(name) => self.strategy(account, name),
            None => {
                self.first.1.get(account).map_or_else(StrategyHandle::default, |s| self.strategy(account, s))
            }
        };
        let mut order = Order::buy(self.instrument(&line.instrument), line.quantity)
            .id(line.name.id.as_str())
            .account(self.account(account))
            .strategy(strategy)
            .time_in_force(line.time_in_force);
        order.side = line.side;
        order.trader = line.trader.as_ref().map(|name| self.engine.trader(name).unwrap_or_default());
        order.reduce_only = line.reduce_only;
        order.reducible = !line.whole;
        order.self_match_prevention = line.self_match_prevention;
        order.created_at = line.age_ns.map(|age| Timestamp::from_nanos(self.now.nanos().saturating_sub(age)));
        if let Some((parent, quantity)) = &line.parent {
            order.parent = Some(Id::new(parent));
            order.parent_quantity = *quantity;
        }
        if let Some(trigger) = line.trigger {
            order = order.stop(trigger);
        }
        if let Some(price) = line.price {
            order = order.limit(price);
        }
        order
    }

    fn evaluate(&mut self, line: &OrderLine) -> Answer {
        let order = self.order(line);
        let decision = self.engine.evaluate(&order);
        let verdict = decision.verdict();
        let (permit, reason, detail) = match decision {
            Decision::Approved(permit) => (Some(permit), String::new(), String::new()),
            Decision::Reduced(permit, bound) => {
                (Some(permit), bound.reason.code().to_owned(), bound.level.name().to_owned())
            }
            Decision::Rejected(why) | Decision::EmergencyStop(why) => {
                (None, why.reason.code().to_owned(), detail(&why))
            }
        };
        let quantity = permit.as_ref().map(Permit::quantity).unwrap_or_default();
        if let Some(permit) = permit {
            let name = self.full(&line.name);
            self.handles.insert(name.clone(), permit.order());
            self.permits.insert(name, permit);
        }
        Answer { verdict, quantity, reason, detail }
    }

    fn explain(&mut self, line: &OrderLine) -> String {
        let order = self.order(line);
        let explanation = self.engine.explain(&order);
        let answer = Answer {
            verdict: explanation.verdict,
            quantity: explanation.quantity,
            reason: explanation.rejection.map_or("", |why| why.reason.code()).to_owned(),
            detail: String::new(),
        };
        let mut words = answer.words();
        if explanation.verdict != Verdict::Approved {
            words.push("breaches".to_owned());
        }
        words.extend(
            explanation.breaches().filter_map(|line| line.breach).map(|reason| reason.code().to_owned()),
        );
        words.join(" ")
    }

    fn redeem(&mut self, name: &OrderName) -> String {
        let name = self.full(name);
        if let Some(list) = self.lists.remove(&name) {
            return self.redeem_list(list);
        }
        let Some(permit) = self.permits.remove(&name) else { return "refused NO_PERMIT".to_owned() };
        match self.engine.redeem(permit) {
            Ok(outbound) => {
                self.outbounds.insert(name, outbound);
                "sent".to_owned()
            }
            Err(why) => refused("", Some(why)),
        }
    }

    fn release(&mut self, name: &OrderName) -> String {
        let name = self.full(name);
        if let Some((permit, _)) = self.lists.remove(&name) {
            return refused("released", self.engine.release_list(permit).err());
        }
        match self.permits.remove(&name) {
            None => "refused NO_PERMIT".to_owned(),
            Some(permit) => refused("released", self.engine.release(permit).err()),
        }
    }

    /// How the scenario calls an order.
    fn name_of(&self, order: &OrderHandle) -> String {
        let known = self.handles.iter().find(|(_, handle)| *handle == order);
        known.map_or("?".to_owned(), |(name, _)| name.id.clone())
    }

    /// A snapshot with its report: `applied`, and each difference as `WHAT=KNOWN/STATED`, `gone=ID`, `early=ID`,
    /// `stranger=ID`.
    fn reconcile(&mut self, snapshot: Arc<Snapshot>) -> String {
        let reconciled = match self.engine.reconcile(snapshot) {
            Ok(reconciled) => reconciled,
            Err(refused) => return ingested(&Err(refused)),
        };
        let mut words = vec![ingested(&Ok(reconciled.effect))];
        for difference in &reconciled.differences {
            words.push(match difference {
                Difference::Balance { known, stated } => {
                    let known = known.map_or_else(|| "unknown".to_owned(), |known| known.to_string());
                    format!("balance={known}/{stated}")
                }
                Difference::Position { instrument, known, stated } => {
                    let symbols = self.config.instruments.iter().map(|instrument| &instrument.symbol);
                    let symbol = symbols.into_iter().find(|symbol| self.instrument(symbol) == *instrument);
                    format!("{}={known}/{stated}", symbol.map_or("?", |symbol| symbol))
                }
                Difference::Open { order, known, stated } => {
                    format!("{}={known}/{stated}", self.name_of(order))
                }
                Difference::Gone { order } => format!("gone={}", self.name_of(order)),
                Difference::NotSeenYet { order } => format!("early={}", self.name_of(order)),
                Difference::Stranger { id } => format!("stranger={id}"),
                other => format!("{other:?}"),
            });
        }
        words.join(" ")
    }

    /// Orders to cancel, by the ids the scenario knows.
    fn halted(&self, orders: &[OrderHandle]) -> String {
        let names: Vec<_> = orders.iter().map(|order| self.name_of(order)).collect();
        format!("halted {}", if names.is_empty() { "nothing".to_owned() } else { names.join(" ") })
    }

    /// Whose limits a line means.
    pub(super) fn limits_of(&self, of: &ScopeLine) -> Result<LimitsOf, String> {
        match self.scope(of) {
            Scope::Firm => Ok(LimitsOf::Firm),
            Scope::Account(account) => Ok(LimitsOf::Account(account)),
            Scope::Strategy(strategy) => Ok(LimitsOf::Strategy(strategy)),
            Scope::Instrument(instrument) => Ok(LimitsOf::Instrument(instrument)),
            _ => Err(format!("{of:?} has no limits")),
        }
    }

    fn change(&mut self, command: &Command) -> Reply {
        let Command::Change { of, limits, by, second, until_ns } = command else {
            return Reply::Words("refused".to_owned());
        };
        let of = match self.limits_of(of) {
            Ok(of) => of,
            Err(problem) => return Reply::Words(format!("refused {problem}")),
        };
        let limits: Limits = match limits.clone().try_into() {
            Ok(limits) => limits,
            Err(problem) => return Reply::Words(format!("refused {problem}")),
        };
        let input = Input::Limits {
            of,
            limits: Arc::new(limits),
            by: Id::new(by),
            reason: "a scenario".into(),
            second: second.as_deref().map(Id::new),
            expires: until_ns.map(|ns| Timestamp::from_nanos(self.now.nanos().saturating_add(ns))),
        };
        Reply::Words(ingested(&self.engine.ingest(input)))
    }
}

/// The level of a rejection, or the malformed field.
fn detail(why: &Rejection) -> String {
    match (&why.malformed, why.level) {
        (Some(malformed), _) => malformed.field.name().to_owned(),
        (None, Some(level)) => level.name().to_owned(),
        (None, None) => String::new(),
    }
}

pub(super) fn refused(word: &str, why: Option<Rejection>) -> String {
    why.map_or_else(|| word.to_owned(), |why| format!("refused {}", why.reason.code()))
}
