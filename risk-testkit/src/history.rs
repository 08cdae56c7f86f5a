//! Generated histories: a seed makes a world and what happens in it, an engine and the model live through it, and after
//! each step everything that both can say is compared.
//!
//! Numbers are drawn near limits: what an order measures against each of its limits is taken from the model, and the
//! number (or the limit) is put one step below, at, or one step above.

mod changes;
mod course;
mod desk;
mod dice;
mod judged;
mod many;
mod market;
mod orders;
mod play;
mod reports;
mod world;

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use risk_core::{GATES, GateId, Level, Reason, Verdict};

use crate::model::{Answer, Bug};

pub use many::{Met, play_many};
pub use play::{Difference, play, play_choices};

/// What an order can be refused or reduced for, as far as histories reach it.
pub fn reasons_that_orders_meet() -> BTreeSet<Reason> {
    let beside_the_gates = [
        Reason::UnknownAccount,
        Reason::UnknownStrategy,
        Reason::UnknownInstrument,
        Reason::InvalidOrder,
        Reason::ClockUnavailable,
        Reason::NoRate,
        Reason::NoEquity,
        Reason::LedgerFull,
        Reason::HeadroomNotDurable,
        Reason::ReferenceSuspect,
        Reason::UnknownOrder,
        Reason::ListNotionalLimit,
    ];
    GATES.iter().map(|gate| gate.reason).chain(beside_the_gates).collect()
}

/// Whether an order that opens nothing can be refused for this: the end of what the design says of opening. A gate that
/// applies and cannot be measured refuses with what it lacks.
fn may_refuse_exits(reason: Reason) -> bool {
    use Reason as R;
    let before_the_gates = [
        R::KillSwitchActive,
        R::UnknownAccount,
        R::UnknownStrategy,
        R::UnknownInstrument,
        R::InvalidOrder,
        R::InstrumentRestricted,
        R::ClockUnavailable,
        R::JournalUnavailable,
        R::LedgerFull,
        R::EvaluationError,
    ];
    let looks_at_every_order = [
        R::PriceIncrement,
        R::QuantityIncrement,
        R::QuantityMax,
        R::OrderStale,
        R::DuplicateOrder,
        R::SelfMatch,
        R::ParentQuantity,
        R::PriceCollar,
        R::OrderQuantityMax,
        R::OrderNotionalMax,
        R::HouseRule,
    ];
    let once_the_reserve_is_spent = [R::RateLimit, R::OpenOrdersLimit, R::OrderToTrade];
    [&before_the_gates[..], &looks_at_every_order, &once_the_reserve_is_spent].concat().contains(&reason)
}

/// What histories have met.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Steps: calls of the engine.
    pub steps: u64,
    /// Orders that were judged: one by one, in lists, and as they would be after a change.
    pub orders: u64,
    /// Of those that were judged one by one, what opened nothing.
    pub exits: u64,
    /// Changes that were approved.
    pub changes: u64,
    /// Lists that were approved.
    pub lists: u64,
    /// Decisions by verdict.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Numbers that were drawn, by kind, and how many of them within one step of a limit.
    pub numbers: BTreeMap<&'static str, (u64, u64)>,
    /// Reasons of decisions.
    pub reasons: BTreeMap<Reason, u64>,
    /// Gates that decided or bound, with the level.
    pub gates: BTreeSet<(GateId, Level)>,
    /// Reasons of refused redemptions.
    pub redeems: BTreeSet<Reason>,
    /// Deliberate mistakes that showed, with the seed of the history.
    pub caught: BTreeMap<Bug, u64>,
}

impl Tally {
    /// So many orders have met this answer.
    fn met(&mut self, orders: u64, answer: &Answer) {
        self.orders += orders;
        *self.verdicts.entry(answer.verdict).or_default() += 1;
        if let Some(reason) = answer.reason {
            *self.reasons.entry(reason).or_default() += 1;
        }
        self.gates.extend(answer.gate.zip(answer.level));
    }

    /// Adds another's.
    pub fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.orders += other.orders;
        self.exits += other.exits;
        self.changes += other.changes;
        self.lists += other.lists;
        for (verdict, count) in other.verdicts {
            *self.verdicts.entry(verdict).or_default() += count;
        }
        for (what, (numbers, near)) in other.numbers {
            let sum = self.numbers.entry(what).or_default();
            *sum = (sum.0 + numbers, sum.1 + near);
        }
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        self.gates.extend(other.gates);
        self.redeems.extend(other.redeems);
        for (bug, seed) in other.caught {
            self.caught.entry(bug).or_insert(seed);
        }
    }

    /// Share of numbers near a limit, in percent.
    pub fn near_percent(&self) -> u64 {
        let sum = self.numbers.values().fold((0, 0), |sum, each| (sum.0 + each.0, sum.1 + each.1));
        sum.1 * 100 / sum.0.max(1)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let approved =
            [Verdict::Approved, Verdict::Reduced].map(|verdict| self.verdicts.get(&verdict).unwrap_or(&0));
        let (count, bugs) = (self.caught.len(), Bug::all().len());
        writeln!(
            f,
            "{} steps, {} orders, {} approved, {} reduced, {} exits, {} changes, {} lists",
            self.steps, self.orders, approved[0], approved[1], self.exits, self.changes, self.lists
        )?;
        writeln!(f, "{} % of the numbers near a limit: {:?}", self.near_percent(), self.numbers)?;
        writeln!(f, "{} reasons: {:?}", self.reasons.len(), self.reasons)?;
        writeln!(f, "{} gates and levels decided or bound", self.gates.len())?;
        write!(f, "{count} of {bugs} deliberate mistakes showed")
    }
}
