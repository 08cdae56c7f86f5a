//! Looking without deciding: every gate's reading, how much would pass, which limits are not set.

use core::ops::ControlFlow;

use rust_decimal::Decimal;

use crate::change::Change;
use crate::clock::{Clock, Timestamp};
pub use crate::coverage::{Coverage, Uncovered};
use crate::decision::{Reading, Rejection, Verdict};
use crate::engine::Engine;
use crate::facts::{Facts, Listed, Trial};
use crate::gates::{self, GATES, Gate, GateId, Measured, Visit};
use crate::handle::{AccountHandle, InstrumentHandle, StrategyHandle};
use crate::house::{HOUSE_RULES_MAX, RuleName};
use crate::input::OrderRef;
use crate::judge::Judgement;
use crate::limits::{FIELDS, Level, Limits};
use crate::num::Quantity;
use crate::order::{self, Order, Side};
use crate::reason::Reason;
use crate::record::Journal;
use crate::state::{State, at};
use crate::text::Id;

/// What one gate says at one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct GateReading {
    /// The gate.
    pub gate: GateId,
    /// The level of its limit.
    pub level: Level,
    /// The reading; nothing where it could not be measured.
    pub reading: Option<Reading>,
    /// The reason, where it does not pass.
    pub breach: Option<Reason>,
    /// Which rule of the house it is.
    pub rule: Option<RuleName>,
}

/// Most readings an order can have: every gate at all of its levels, and every rule of the house.
const READINGS_MAX: usize = readings_max();

const fn readings_max() -> usize {
    let mut sum = HOUSE_RULES_MAX;
    let mut rest: &[gates::GateInfo] = &GATES;
    while let Some((first, tail)) = rest.split_first() {
        sum = sum.saturating_add(first.levels.len());
        rest = tail;
    }
    sum
}

/// Everything there is to say about an order, now. It holds nothing and permits nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What `evaluate` would answer.
    pub verdict: Verdict,
    /// Why it would refuse, where it would.
    pub rejection: Option<Rejection>,
    /// The quantity it would let through.
    pub quantity: Decimal,
    readings: [Option<GateReading>; READINGS_MAX],
    used: usize,
    crossing: Vec<Id>,
}

impl Explanation {
    fn nothing() -> Self {
        Self {
            verdict: Verdict::Rejected,
            rejection: None,
            quantity: Decimal::ZERO,
            readings: [None; READINGS_MAX],
            used: 0,
            crossing: Vec::new(),
        }
    }

    /// Every limit that was measured, in order of precedence. Gates that have no limit or exempt the order are absent.
    pub fn readings(&self) -> impl Iterator<Item = &GateReading> {
        self.readings.iter().flatten()
    }

    fn add(&mut self, line: GateReading) {
        if let Some(place) = self.readings.get_mut(self.used) {
            *place = Some(line);
            self.used = self.used.saturating_add(1);
        }
    }

    /// Client order ids of the own orders that it could trade with, where those are too many (SELF_MATCH); those that
    /// accept most come first.
    pub fn crossing(&self) -> &[Id] {
        &self.crossing
    }

    /// Those that do not pass.
    pub fn breaches(&self) -> impl Iterator<Item = &GateReading> {
        self.readings().filter(|reading| reading.breach.is_some())
    }

    /// The widest level at which it is a self match: what crosses at the account's crosses at the firm's.
    fn self_match(&self) -> Option<Level> {
        self.breaches().find(|line| line.gate == GateId::SelfMatch).map(|line| line.level)
    }

    /// 0 to 1: the highest share of any limit that is used, with this order; 1 when halted or breached.
    pub fn risk_score(&self) -> Decimal {
        if self.verdict == Verdict::EmergencyStop || self.breaches().next().is_some() {
            return Decimal::ONE;
        }
        // The kill switch and other yes-or-no gates have no share: their limit is 0 and nothing is measured.
        let shares =
            self.readings().filter_map(|reading| reading.reading).filter(|r| r.limit != 0 || r.measured != 0);
        Decimal::new(i64::from(shares.map(|reading| reading.utilisation_ppm()).max().unwrap_or(0)), 6)
    }
}

impl core::fmt::Display for Explanation {
    /// A line a gate: whether it passes, what it measures, the reading and the level.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        writeln!(f, "{}, quantity {}", self.verdict.name(), self.quantity.normalize())?;
        if let Some(rejection) = &self.rejection {
            writeln!(f, "  {rejection}")?;
        }
        for line in self.readings() {
            let mark = if line.breach.is_some() { "FAILS" } else { "ok" };
            match line.rule {
                Some(rule) => write!(f, "  {mark:5} {:?} {rule}: ", line.gate)?,
                None => write!(f, "  {mark:5} {:?} ({}): ", line.gate, line.level.name())?,
            }
            match &line.reading {
                Some(reading) => writeln!(f, "{reading}")?,
                None => writeln!(f, "cannot be measured: {}", line.breach.map_or("", Reason::code))?,
            }
        }
        for own in self.crossing() {
            writeln!(f, "  it could trade with {own}")?;
        }
        Ok(())
    }
}

struct Collect<'a>(&'a mut Explanation);

impl Visit for Collect<'_> {
    fn visit<G: Gate>(
        &mut self,
        facts: &Facts<'_>,
        _: &Trial,
        level: Level,
        measured: Measured,
    ) -> ControlFlow<()> {
        if let Some(line) = GateReading::of::<G>(facts, level, measured) {
            self.0.add(line);
        }
        ControlFlow::Continue(())
    }
}

impl GateReading {
    /// What a gate measured at a level, where it measured anything.
    pub(crate) fn of<G: Gate>(facts: &Facts<'_>, level: Level, measured: Measured) -> Option<Self> {
        let (reading, lacks) = match measured {
            Measured::Open => return None,
            Measured::Value { measured, limit, compare } => {
                (Some(Reading { measured, limit, compare, unit: G::unit(facts, level) }), None)
            }
            Measured::Lacks(reason) => (None, Some(reason)),
        };
        let breach = lacks.or_else(|| (!measured.passes()).then_some(G::INFO.reason));
        Some(Self { gate: G::INFO.id, level, reading, breach, rule: None })
    }
}

/// How much would pass now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Headroom {
    /// The largest market order that would be approved, in units of the instrument. `None`: nothing limits it.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub quantity: Option<Decimal>,
    /// What would refuse one lot more.
    pub bound: Option<Rejection>,
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// What `evaluate` would say, and every gate's reading. Holds nothing; time passes only if something expires by it.
    pub fn explain(&mut self, order: &Order) -> Explanation {
        let now = self.look();
        self.explain_as(order, now, Listed::default())
    }

    /// The same for an order that stands in a list.
    pub(crate) fn explain_as(&self, order: &Order, now: Option<Timestamp>, listed: Listed) -> Explanation {
        let mut explanation = Explanation::nothing();
        match self.judge_as(order, now, listed) {
            Judgement::Pass(pass) => {
                let bound = pass.bound;
                explanation.verdict = if bound.is_some() { Verdict::Reduced } else { Verdict::Approved };
                explanation.rejection = bound.map(Rejection::from);
                explanation.quantity = self.state.decimal_quantity(pass.ids.instrument, pass.quantity);
            }
            Judgement::Refuse(rejection) => explanation.rejection = Some(rejection),
            Judgement::Stop(rejection) => {
                explanation.verdict = Verdict::EmergencyStop;
                explanation.rejection = Some(rejection);
            }
        }
        if let Ok((ids, parties)) = self.state.resolve(order, self.tag)
            && let Ok(parsed) = order::parse(order, &parties.2.traded)
        {
            let time = now.unwrap_or(self.state.now);
            let mut facts = Facts::gather(&self.state, time, order, parsed, ids, parties);
            facts.listed = listed;
            self.read_gates(&facts, &mut explanation);
        }
        explanation
    }

    /// Every gate's reading, and every rule's.
    fn read_gates(&self, facts: &Facts<'_>, explanation: &mut Explanation) {
        let trial = facts.trial(facts.parsed.quantity);
        let _ = gates::walk(facts, &trial, None, &mut Collect(explanation));
        if let Some(level) = explanation.self_match() {
            // Those that accept most first.
            let mut own: Vec<(i64, u32)> = facts.crossing(level).collect();
            own.sort_unstable();
            let orders = own.iter().filter_map(|(_, slot)| self.state.reservation.order(*slot));
            explanation.crossing = orders.map(|order| order.id).collect();
        }
        self.house.look(facts, &trial, |rule, reading, passes| {
            explanation.add(GateReading {
                gate: GateId::HouseRule,
                level: Level::Firm,
                reading,
                breach: (!passes).then_some(Reason::HouseRule),
                rule: Some(rule),
            });
        });
    }

    /// What `modify` would say, and every gate's reading of the order as it would be. Holds nothing, and the order stays
    /// what it is. A change that only makes the order smaller is judged by no gate, and has no readings.
    ///
    /// ```
    /// # use risk_core::{Change, Engine, Explanation, ManualClock, MemoryJournal, OrderHandle};
    /// # fn look(engine: &mut Engine<ManualClock, MemoryJournal>, working: OrderHandle) -> Explanation {
    /// engine.explain_change(working, &Change::new().quantity(8))
    /// # }
    /// ```
    pub fn explain_change(&mut self, order: impl Into<OrderRef>, change: &Change) -> Explanation {
        let now = self.look();
        let of = order.into();
        let mut explanation = Explanation::nothing();
        match self.judge_change(&of, change, now) {
            Ok(proposal) => {
                explanation.verdict = Verdict::Approved;
                explanation.quantity = proposal.order.quantity;
            }
            Err(rejection) => {
                explanation.verdict = rejection.verdict();
                explanation.rejection = Some(rejection);
            }
        }
        let time = now.unwrap_or(self.state.now);
        self.look_at_change(&of, change, time, |facts| self.read_gates(facts, &mut explanation));
        explanation
    }

    /// The largest market order of a strategy that would pass now, and what binds.
    pub fn headroom(
        &mut self,
        account: AccountHandle,
        strategy: StrategyHandle,
        instrument: InstrumentHandle,
        side: Side,
    ) -> Headroom {
        let now = self.look();
        let none = |bound| Headroom { quantity: Some(Decimal::ZERO), bound: Some(bound) };
        // An id that no one else uses while this looks; a market order of the largest quantity there is.
        let mut order = Order::buy(instrument, 1).account(account).strategy(strategy).id("headroom");
        order.side = side;
        order.created_at = now;
        let found = instrument.index_in(self.tag).and_then(|place| at(&self.state.instruments, place));
        let Some(traded) = found.map(|instrument| instrument.traded) else {
            return none(Rejection::of(Reason::UnknownInstrument));
        };
        let lot = traded.quantity_increment;
        let venue_max = traded.quantity_max.map_or(i64::MAX >> 2, |max| max.0);
        let lots = venue_max.checked_div(lot).unwrap_or(0);
        let largest = Quantity(lots.saturating_mul(lot));
        order.quantity = Decimal::new(largest.0, traded.quantity_scale);
        let place = instrument.ordinal();
        match self.judge(&order, now) {
            Judgement::Stop(rejection) => none(rejection),
            Judgement::Pass(pass) => match pass.bound {
                Some(bound) => Headroom {
                    quantity: Some(self.state.decimal_quantity(place, pass.quantity)),
                    bound: Some(bound.into()),
                },
                None if traded.quantity_max.is_some() => {
                    let max = self.state.decimal_quantity(place, largest);
                    Headroom { quantity: Some(max), bound: Some(Rejection::of(Reason::QuantityMax)) }
                }
                None => Headroom { quantity: None, bound: None },
            },
            // Too small a share of "everything" is no reason against a small order: look for the largest that passes.
            Judgement::Refuse(_) => {
                let passes = |lots: i64| {
                    let mut smaller = order.not_reducible();
                    smaller.quantity = Decimal::new(lots.saturating_mul(lot), traded.quantity_scale);
                    match self.judge(&smaller, now) {
                        Judgement::Pass(_) => Ok(()),
                        Judgement::Refuse(rejection) | Judgement::Stop(rejection) => Err(rejection),
                    }
                };
                let (mut low, mut high) = (0_i64, lots);
                let mut bound = None;
                while high.saturating_sub(low) > 1 {
                    let middle = low.saturating_add(high.saturating_sub(low) >> 1);
                    match passes(middle) {
                        Ok(()) => low = middle,
                        Err(rejection) => {
                            high = middle;
                            bound = Some(rejection);
                        }
                    }
                }
                if low == 0 {
                    bound = passes(1).err().or(bound);
                }
                let quantity = self.state.decimal_quantity(place, Quantity(low.saturating_mul(lot)));
                Headroom { quantity: Some(quantity), bound }
            }
        }
    }

    /// Which gates have no limit at which level, for the firm and everything that is registered; and the rules of the
    /// house.
    pub fn coverage(&self) -> Coverage {
        let mut missing = Vec::new();
        let mut look = |level: Level, of: &str, limits: &Limits| {
            for gate in GATES.iter().filter(|gate| gate.levels.contains(&level)) {
                let fields: Vec<_> = FIELDS.iter().filter(|field| field.gate == gate.id).collect();
                if !fields.is_empty() && !fields.iter().any(|field| (field.is_set)(limits)) {
                    let names = fields.iter().map(|field| field.name).collect();
                    missing.push(Uncovered { gate: gate.id, level, of: of.to_owned(), limits: names });
                }
            }
        };
        let state = &self.state;
        look(Level::Firm, "the firm", &state.written.firm);
        for (name, place) in &state.names.accounts {
            if let Some(limits) = at(&state.written.accounts, *place) {
                look(Level::Account, name, limits);
            }
        }
        for ((_, name), place) in &state.names.strategies {
            if let Some(limits) = at(&state.written.strategies, *place) {
                look(Level::Strategy, name, limits);
            }
        }
        for (name, place) in &state.names.instruments {
            if let Some(instrument) = at(&state.instruments, *place) {
                look(Level::Instrument, name, &instrument.written_limits);
            }
        }
        Coverage { uncovered: missing, house_rules: self.house.rules().collect() }
    }

    /// Live orders: permits that are out and orders at the venue.
    pub fn live_orders(&self) -> usize {
        self.state.reservation.len()
    }

    /// Settles what is due, on record, and gives the time to look at.
    pub(crate) fn look(&mut self) -> Option<Timestamp> {
        let now = self.time_of(self.clock.now()?)?;
        if now >= self.state.due {
            self.tick_at(Some(now));
        }
        Some(now)
    }
}

impl State {
    pub(crate) fn decimal_quantity(&self, instrument: u32, quantity: Quantity) -> Decimal {
        let scale =
            at(&self.instruments, instrument).map_or(0, |instrument| instrument.traded.quantity_scale);
        Decimal::new(quantity.0, scale).normalize()
    }
}

/// Money as a decimal; what a decimal cannot hold is shown as its largest value.
pub(crate) fn decimal_money(units: i128, scale: u32) -> Decimal {
    Decimal::try_from_i128_with_scale(units, scale)
        .map_or_else(|_| if units < 0 { Decimal::MIN } else { Decimal::MAX }, |value| value.normalize())
}
