//! How the gates' readings become one decision. Nothing here changes the state.
//!
//! The first failing gate that size cannot cure decides a rejection. If size can cure all that fail, the smallest
//! capacity is rounded down to the lot, judged again by every gate, and answered as a reduction.

use core::ops::ControlFlow;

use crate::book::{Ask, NOWHERE};
use crate::cash::Charges;
use crate::clock::Timestamp;
use crate::crossing::key_at;
use crate::decision::{Reading, Rejection};
use crate::facts::{Facts, Listed, Named, Trial};
use crate::gates::{self, Exits, Gate, GateId, Measured, Visit};
use crate::halt::TradingState;
use crate::house::House;
use crate::limits::Level;
use crate::num::{Money, Quantity};
use crate::order::{self, Order};
use crate::plain::Plain;
use crate::reason::Reason;
use crate::state::{State, at};
use crate::table::{Key, Place};
use crate::traded::{Turnover, Worths};

/// What judging an order came to.
#[allow(
    clippy::large_enum_variant,
    reason = "lives on the stack of one call; a box would allocate for each approval"
)]
pub(crate) enum Judgement {
    /// It may be sent, in this quantity.
    Pass(Pass),
    /// It may not.
    Refuse(Rejection),
    /// It may not: a scope is halted.
    Stop(Rejection),
}

/// Everything that holding an approved order needs, so that nothing is computed twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pass {
    pub(crate) ids: Named,
    /// The places of the books it is held in, or nowhere yet.
    pub(crate) places: [u32; 2],
    pub(crate) key: Key,
    /// Where the id goes.
    pub(crate) free: Option<Place>,
    pub(crate) ask: Ask,
    /// Where it stands among the own orders.
    pub(crate) key_by_price: i64,
    pub(crate) parent_quantity: Option<Quantity>,
    pub(crate) quantity: Quantity,
    pub(crate) openings: [Quantity; 2],
    pub(crate) surcharges: Charges,
    /// Worst-case exposure of the account's book in its currency and the firm's, and of the strategy's; nothing where
    /// they cannot be valued.
    pub(crate) exposures: Option<[(Money, Money); 2]>,
    /// What it is worth, while that is counted.
    pub(crate) worth: Option<Worths>,
    /// What it asks for, while that is remembered.
    pub(crate) asked: Option<[u64; 2]>,
    /// What it takes of the headroom that is set aside.
    pub(crate) spends: Money,
    /// What made it smaller than asked.
    pub(crate) bound: Option<Failure>,
}

impl Judgement {
    fn of(passed: Result<Pass, Reason>) -> Self {
        match passed {
            Ok(pass) => Self::Pass(pass),
            Err(reason) => Self::Refuse(Rejection::of(reason)),
        }
    }
}

/// A gate that failed at a level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    pub(crate) reason: Reason,
    pub(crate) gate: GateId,
    pub(crate) level: Level,
    pub(crate) reading: Option<Reading>,
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        Self {
            reason: failure.reason,
            gate: Some(failure.gate),
            level: Some(failure.level),
            reading: failure.reading,
            malformed: None,
            house: None,
            crossing: None,
        }
    }
}

impl State {
    /// Judges an order. The firm's halt, the journal and the clock have been looked at.
    pub(crate) fn judge(
        &self,
        order: &Order,
        engine: u32,
        now: Timestamp,
        listed: Listed,
        house: &House,
    ) -> Judgement {
        let (ids, parties) = match self.resolve(order, engine) {
            Ok(found) => found,
            Err(reason) => return Judgement::Refuse(Rejection::of(reason)),
        };
        let (account, strategy, instrument) = parties;
        if self.trading(account, instrument, ids.trader).max(strategy.trading) == TradingState::Halted {
            return Judgement::Stop(halted());
        }
        let parsed = match order::parse(order, &instrument.traded) {
            Ok(parsed) => parsed,
            Err(malformed) => {
                let rejection =
                    Rejection { malformed: Some(malformed), ..Rejection::of(Reason::InvalidOrder) };
                return Judgement::Refuse(rejection);
            }
        };
        let mut facts = Facts::gather(self, now, order, parsed, ids, parties);
        facts.listed = listed;
        decide(&facts, house)
    }

    /// Whether an order passes every gate plainly, which nearly every order does: the same list, seen at a glance, with
    /// nothing measured that only a refusal would name. Nothing where it must be judged.
    #[inline(always)]
    pub(crate) fn passes_plainly(&self, order: &Order, engine: u32, now: Timestamp) -> Option<Pass> {
        let (ids, parties) = self.resolve(order, engine).ok()?;
        let parsed = order::parse(order, &parties.2.traded).ok()?;
        let facts = Facts::gather(self, now, order, parsed, ids, parties);
        let trial = facts.trial(parsed.quantity);
        let plain = Plain::of(&facts, &trial)?;
        if gates::all_pass_plainly(&facts, &plain) {
            pass(&facts, &trial, Some(&plain), None).ok()
        } else {
            None
        }
    }

    /// From handles to places; what is not known is refused.
    #[inline(always)]
    #[allow(clippy::type_complexity, reason = "the three parties of an order, once")]
    pub(crate) fn resolve(
        &self,
        order: &Order,
        engine: u32,
    ) -> Result<
        (Named, (&crate::state::AccountState, &crate::state::StrategyState, &crate::state::InstrumentState)),
        Reason,
    > {
        let account = order.account.index_in(engine).ok_or(Reason::UnknownAccount)?;
        let its = at(&self.accounts, account).ok_or(Reason::UnknownAccount)?;
        let strategy = order.strategy.index_in(engine).ok_or(Reason::UnknownStrategy)?;
        let own =
            at(&self.strategies, strategy).filter(|s| s.account == account).ok_or(Reason::UnknownStrategy)?;
        let instrument = order.instrument.index_in(engine).ok_or(Reason::UnknownInstrument)?;
        let traded = at(&self.instruments, instrument).ok_or(Reason::UnknownInstrument)?;
        let trader = self.trader_of(order, its, engine)?;
        Ok((Named { account, strategy, instrument, trader }, (its, own, traded)))
    }
}

/// The refusal of a halt, as the first gate gives it.
pub(crate) fn halted() -> Rejection {
    Rejection { gate: Some(GateId::KillSwitch), ..Rejection::of(Reason::KillSwitchActive) }
}

/// Runs the list, and runs it again on a smaller order where that would pass; then asks the rules of the house.
pub(crate) fn decide(facts: &Facts<'_>, house: &House) -> Judgement {
    match by_the_list(facts) {
        Judgement::Pass(pass) if !house.is_empty() && !facts.listed.refused => {
            match house.ask(facts, &facts.trial(pass.quantity)) {
                Ok(()) => Judgement::Pass(pass),
                Err(rejection) => Judgement::Refuse(rejection),
            }
        }
        judged => judged,
    }
}

fn by_the_list(facts: &Facts<'_>) -> Judgement {
    let asked = facts.parsed.quantity;
    let trial = facts.trial(asked);
    let plain = Plain::of(facts, &trial);
    let mut judge = Judge {
        whole_only: facts.replaced.is_some() || !facts.order.may_be_reduced(),
        first: None,
        decided: None,
        capacity: None,
    };
    let _ = gates::walk(facts, &trial, plain.as_ref(), &mut judge);
    if let Some(failure) = judge.decided {
        return Judgement::Refuse(Rejection { crossing: facts.named(&failure), ..failure.into() });
    }
    match judge.first {
        None => Judgement::of(pass(facts, &trial, plain.as_ref(), None)),
        Some(first) => reduce(facts, &judge, first),
    }
}

#[cold]
#[inline(never)]
fn reduce(facts: &Facts<'_>, judge: &Judge, first: Failure) -> Judgement {
    match reduced(facts, judge) {
        Some((trial, bound)) => Judgement::of(pass(facts, &trial, None, Some(bound))),
        None => Judgement::Refuse(first.into()),
    }
}

/// The smaller order that every gate lets through, and what bound it: as much as the smallest capacity has room for, or
/// else the part of it that opens nothing.
fn reduced(facts: &Facts<'_>, judge: &Judge) -> Option<(Trial, Failure)> {
    let (capacity, bound) = judge.capacity?;
    let whole_lots = |quantity: Quantity| {
        let lot = facts.instrument.traded.quantity_increment;
        Some(Quantity(quantity.0.checked_div(lot)?.checked_mul(lot)?))
    };
    let most = whole_lots(capacity)?;
    let [account, strategy] = [Level::Account, Level::Strategy].map(|level| facts.reducible(level));
    let exit = whole_lots(account.min(strategy))?;
    let trial = smaller(facts, most).or_else(|| if exit < most { smaller(facts, exit) } else { None });
    trial.map(|trial| (trial, bound))
}

/// The order at a smaller quantity, where that is enough of what was asked and every gate lets it through.
fn smaller(facts: &Facts<'_>, quantity: Quantity) -> Option<Trial> {
    if quantity.0 <= 0 {
        return None;
    }
    let trial = facts.trial(quantity);
    if !trial.is_pure_exit() {
        let share = u128::from(quantity.abs()).checked_mul(1_000_000)?;
        let least = u128::from(facts.parsed.quantity.abs())
            .checked_mul(u128::from(facts.state.settings.reduced_fraction_ppm))?;
        if share < least {
            return None;
        }
    }
    let mut again = Judge { whole_only: true, first: None, decided: None, capacity: None };
    let _ = gates::walk(facts, &trial, Plain::of(facts, &trial).as_ref(), &mut again);
    again.first.is_none().then_some(trial)
}

/// After the gates: what is needed to hold the order, and room for it.
#[inline(always)]
fn pass(
    facts: &Facts<'_>,
    trial: &Trial,
    plain: Option<&Plain<'_>>,
    bound: Option<Failure>,
) -> Result<Pass, Reason> {
    let state = facts.state;
    let exit = trial.is_pure_exit();
    let kept_for_exits = if exit { 0 } else { state.settings.ids_for_exits };
    let ids_used = state.ids.table.len().saturating_add(kept_for_exits);
    let [place, own_place] = facts.places;
    let new_books = u32::from(place == NOWHERE).wrapping_add(u32::from(own_place == NOWHERE));
    // A change holds in the books and the slot that the order has, and its room has been seen.
    let full = facts.replaced.is_none()
        && (state.reservation.is_full()
            || ids_used >= state.ids.table.capacity()
            || state.room_for_books() < new_books
            || (facts.order.parent.is_some() && facts.parent.is_none() && state.parents.is_full()));
    if full {
        return Err(Reason::LedgerFull);
    }
    if state.short && !exit {
        return Err(Reason::JournalUnavailable);
    }
    let spends = facts.spends(trial, plain)?;
    let trial = &facts.as_held(trial);
    let (surcharges, exposures) = match plain {
        Some(plain) => (plain.surcharges, Some(plain.held())),
        None => held(facts, trial)?,
    };
    let [surcharge, own_surcharge] = surcharges;
    let surcharges = [surcharge, own_surcharge, facts.cash(trial)?];
    Ok(Pass {
        ids: facts.ids,
        places: facts.places,
        key: facts.key,
        free: facts.id.err(),
        ask: facts.ask,
        key_by_price: key_at(facts.parsed.side, facts.parsed.price),
        parent_quantity: facts.parsed.parent_quantity,
        quantity: trial.quantity,
        openings: trial.opening,
        surcharges,
        exposures,
        worth: state.limited.has(GateId::TradedValue).then(|| worth(facts, trial, plain)),
        asked: state.limited.has(GateId::Repeat).then(|| facts.asked()),
        spends,
        bound,
    })
}

/// What is counted of an order in what was traded today.
#[cold]
#[inline(never)]
fn worth(facts: &Facts<'_>, trial: &Trial, plain: Option<&Plain<'_>>) -> Worths {
    match plain {
        Some(plain) => plain.worth(),
        None => [Level::Account, Level::Firm]
            .map(|level| Turnover::of(facts.notional(trial.quantity, level).ok())),
    }
}

/// What the hold puts into both books: surcharges, and exposures where they can be valued.
#[allow(clippy::type_complexity, reason = "two books, each in two currencies")]
fn held(facts: &Facts<'_>, trial: &Trial) -> Result<([Money; 2], Option<[(Money, Money); 2]>), Reason> {
    let mut surcharges = [Money::ZERO; 2];
    let mut exposures = [None; 2];
    let books = facts.books.iter().zip(trial.opening);
    for ((book, opens), (surcharge, exposure)) in books.zip(surcharges.iter_mut().zip(&mut exposures)) {
        let value = facts.surcharge(opens).and_then(|found| {
            *surcharge = found;
            let quote = facts.worst_value(book, trial.open, found)?;
            let account = facts.in_currency_of(Level::Account, quote)?;
            Ok((account, facts.in_currency_of(Level::Firm, quote)?))
        });
        match value {
            Err(Reason::EvaluationError) => return Err(Reason::EvaluationError),
            value => *exposure = value.ok(),
        }
    }
    let [exposure, own_exposure] = exposures;
    Ok((surcharges, exposure.zip(own_exposure).map(<[_; 2]>::from)))
}

/// Collects what fails.
struct Judge {
    /// The order is sent whole or not at all.
    whole_only: bool,
    /// The first gate that failed.
    first: Option<Failure>,
    /// The gate that decides, because size cannot cure it.
    decided: Option<Failure>,
    /// The smallest capacity so far, and whose it is.
    capacity: Option<(Quantity, Failure)>,
}

impl Visit for Judge {
    #[inline(always)]
    fn visit<G: Gate>(
        &mut self,
        facts: &Facts<'_>,
        trial: &Trial,
        level: Level,
        measured: Measured,
    ) -> ControlFlow<()> {
        if measured.passes() {
            ControlFlow::Continue(())
        } else {
            self.fail::<G>(facts, trial, level, measured)
        }
    }
}

impl Judge {
    #[cold]
    #[inline(never)]
    fn fail<G: Gate>(
        &mut self,
        facts: &Facts<'_>,
        trial: &Trial,
        level: Level,
        measured: Measured,
    ) -> ControlFlow<()> {
        let failure = failure::<G>(facts, level, measured);
        self.first.get_or_insert(failure);
        if self.whole_only {
            self.decided = Some(failure);
            return ControlFlow::Break(());
        }
        let passes = |quantity: Quantity| gates::measured::<G>(facts, &facts.trial(quantity), level).passes();
        // A gate that exempts exits has room for at least the exit part of a flip.
        let exit = match G::INFO.exits {
            Exits::Apply => Quantity::ZERO,
            Exits::Exempt | Exits::Part(_) => facts.reducible(level),
        };
        let curable_by_exit = exit.0 > 0 && exit < trial.quantity && passes(exit);
        let floor = if curable_by_exit { exit } else { Quantity::ZERO };
        if !G::INFO.sizing && !curable_by_exit {
            self.decided = Some(failure);
            return ControlFlow::Break(());
        }
        let smallest = self.capacity.map_or(trial.quantity, |(capacity, _)| capacity);
        if self.capacity.is_some() && passes(smallest) {
            return ControlFlow::Continue(());
        }
        let capacity = if G::INFO.sizing {
            largest_passing(floor, smallest, |quantity| {
                gates::measured::<G>(facts, &facts.trial(quantity), level)
            })
        } else {
            floor
        };
        if self.capacity.is_none_or(|(before, _)| capacity < before) {
            self.capacity = Some((capacity, failure));
        }
        ControlFlow::Continue(())
    }
}

/// What to say about a gate that failed.
fn failure<G: Gate>(facts: &Facts<'_>, level: Level, measured: Measured) -> Failure {
    let (reason, reading) = match measured {
        Measured::Value { measured, limit, compare } => {
            (G::INFO.reason, Some(Reading { measured, limit, compare, unit: G::unit(facts, level) }))
        }
        Measured::Lacks(reason) => (reason, None),
        Measured::Open => (Reason::EvaluationError, None),
    };
    Failure { reason, gate: G::INFO.id, level, reading }
}

/// The largest quantity that passes, between `low`, which passes (or is nothing), and `high`, which fails.
///
/// What gates measure grows with the quantity and is nearly straight, so a straight line between two readings mostly
/// lands on the answer; halving takes over when it does not. The answer is exact either way: it passes, one more fails.
pub(crate) fn largest_passing(
    low: Quantity,
    high: Quantity,
    measure: impl Fn(Quantity) -> Measured,
) -> Quantity {
    let (mut low, mut high) = (low.0, high.0);
    let mut at_low = value_of(measure(Quantity(low)));
    let mut at_high = value_of(measure(Quantity(high)));
    let mut straight = 6_u32;
    while high.saturating_sub(low) > 1 {
        let line = if straight > 0 { crossing(low, at_low, high, at_high) } else { None };
        straight = straight.saturating_sub(1);
        let guess = line.unwrap_or_else(|| low.saturating_add(high.saturating_sub(low) >> 1));
        let guess = guess.clamp(low.saturating_add(1), high.saturating_sub(1));
        let found = measure(Quantity(guess));
        if found.passes() {
            (low, at_low) = (guess, value_of(found));
            // On a straight line the next one fails, and the search is over.
            let next = guess.saturating_add(1);
            if line.is_some() && next < high {
                let found = measure(Quantity(next));
                if found.passes() {
                    (low, at_low) = (next, value_of(found));
                } else {
                    (high, at_high) = (next, value_of(found));
                }
            }
        } else {
            (high, at_high) = (guess, value_of(found));
            let previous = guess.saturating_sub(1);
            if line.is_some() && previous > low {
                let found = measure(Quantity(previous));
                if found.passes() {
                    (low, at_low) = (previous, value_of(found));
                } else {
                    (high, at_high) = (previous, value_of(found));
                }
            }
        }
    }
    Quantity(low)
}

fn value_of(measured: Measured) -> Option<(i128, i128)> {
    match measured {
        Measured::Value { measured, limit, .. } => Some((measured, limit)),
        Measured::Open | Measured::Lacks(_) => None,
    }
}

/// Where the straight line through two readings meets the limit.
fn crossing(low: i64, at_low: Option<(i128, i128)>, high: i64, at_high: Option<(i128, i128)>) -> Option<i64> {
    let ((measured_low, limit), (measured_high, _)) = (at_low?, at_high?);
    let room = limit.checked_sub(measured_low).filter(|room| *room >= 0)?;
    let rise = measured_high.checked_sub(measured_low).filter(|rise| *rise > 0)?;
    // Both are shortened alike until their product with a quantity fits.
    let shift = rise.checked_ilog2()?.saturating_sub(60);
    let (room, rise) = (room >> shift, (rise >> shift).max(1));
    let span = i128::from(high.checked_sub(low)?);
    let step = span.checked_mul(room)?.checked_div(rise)?;
    low.checked_add(i64::try_from(step).ok()?)
}
