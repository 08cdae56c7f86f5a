//! Changing an order at the venue: judged as the whole new order, against a state with the old one taken out.
//!
//! A refusal leaves the old order as it stands, so a change is never made smaller. Less of the same at the same price
//! is a partial cancel, and like a cancel it is never refused for its risk.

use crate::book::Book;
use crate::cash::Charges;
use crate::change::Change;
use crate::clock::{Clock, Timestamp};
use crate::decision::{Decision, Rejection};
use crate::engine::Engine;
use crate::facts::{Facts, Replaced};
use crate::halt::TradingState;
use crate::handle::{AccountHandle, InstrumentHandle, OrderHandle, StrategyHandle};
use crate::house::House;
use crate::input::OrderRef;
use crate::judge::{Judgement, decide, halted};
use crate::num::{Money, Quantity};
use crate::order::{self, Order, Parsed, Side};
use crate::permit::Permit;
use crate::reason::Reason;
use crate::record::{Event, Journal, Outcome};
use crate::reservation::OrderState;
use crate::state::{State, at};
use crate::table::{Key, keyed};
use crate::traded::Worths;
use crate::versions::Stage;

/// A change that may be sent.
pub(crate) struct Proposal {
    pub(crate) of: u32,
    pub(crate) order: Order,
    pub(crate) id: Option<Key>,
    pub(crate) total: Quantity,
    pub(crate) surcharges: Charges,
    pub(crate) openings: [Quantity; 2],
    pub(crate) worth: Worths,
    pub(crate) decreases: bool,
    pub(crate) exits: bool,
    /// What it takes of the headroom that is set aside.
    pub(crate) spends: Money,
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Judges a change of an order at the venue, at the clock's time. The permit's outbound message is a replace.
    ///
    /// The gates that look at one order look at the whole new one; those that look at sums see the old one taken out
    /// and the new one put in. Until the venue has answered, the larger of all versions stays held. Approved or
    /// refused, never reduced. Less of the same at the same price is approved in every state. A permit that is not
    /// redeemed yet cannot be changed: release it.
    pub fn modify(&mut self, order: impl Into<OrderRef>, change: &Change) -> Decision {
        let now = self.clock.now();
        self.modify_at(order, change, now)
    }

    /// [`Engine::modify`] at a given time.
    pub fn modify_at(
        &mut self,
        order: impl Into<OrderRef>,
        change: &Change,
        now: Option<Timestamp>,
    ) -> Decision {
        let time = self.advance(now);
        let mut of = order.into();
        let judged = self.judge_change(&of, change, time);
        let outcome = match &judged {
            Ok(proposal) => {
                let next = self.state.versions.next();
                let handle = |(slot, generation)| OrderHandle { engine: self.tag, slot, generation };
                Outcome::approved(proposal.total.0, next.map(handle))
            }
            Err(rejection) => Outcome::refused(rejection.verdict(), rejection),
        };
        let named = self.find_order(&of).and_then(|slot| self.state.reservation.hold(slot)).map(|hold| {
            (
                AccountHandle::new(self.tag, hold.account),
                StrategyHandle::new(self.tag, hold.strategy),
                InstrumentHandle::new(self.tag, hold.instrument),
            )
        });
        of.strip_foreign(self.tag);
        let recorded = self.record(time, Event::Modified { order: of, change: *change, outcome });
        let decision = match judged {
            // A partial cancel passes also when it cannot be recorded, as a cancel does.
            Ok(proposal) if proposal.decreases => self.hold_change(&proposal),
            _ if recorded.is_err() => Decision::Rejected(Rejection::of(Reason::JournalUnavailable)),
            Ok(proposal) => self.hold_change(&proposal),
            Err(rejection) => {
                self.rejected(named.unwrap_or_default(), &rejection, time);
                rejection.decision()
            }
        };
        self.count(decision)
    }

    /// What `modify` would do.
    pub(crate) fn judge_change(
        &self,
        of: &OrderRef,
        change: &Change,
        time: Option<Timestamp>,
    ) -> Result<Proposal, Rejection> {
        let refuse = Rejection::of;
        let stopped = self.state.firm.trading == TradingState::Halted;
        let found = self.changed(of, change);
        let is_decrease = found.as_ref().is_ok_and(|found| found.decreases);
        // The firm's halt comes first, but for less of the same.
        if stopped && !is_decrease {
            return Err(halted());
        }
        let changed = found?;
        if !self.state.has_room_for(&changed) {
            return Err(refuse(Reason::LedgerFull));
        }
        if changed.decreases {
            if changed.id.is_some_and(|id| self.state.ids.table.get(id).is_some()) {
                return Err(refuse(Reason::DuplicateOrder));
            }
            return Ok(changed.proposal(
                [Money::ZERO; 3],
                [Quantity::ZERO; 2],
                Worths::default(),
                Money::ZERO,
            ));
        }
        let Some(now) = time else { return Err(refuse(Reason::ClockUnavailable)) };
        self.state.judge_change(&changed, now, &self.house)
    }

    /// Shows what a change is judged by, where it is judged at all: less of the same passes without.
    pub(crate) fn look_at_change(
        &self,
        of: &OrderRef,
        change: &Change,
        now: Timestamp,
        look: impl FnOnce(&Facts<'_>),
    ) {
        if let Ok(changed) = self.changed(of, change)
            && !changed.decreases
        {
            let _ = self.state.with_change(&changed, now, look);
        }
    }

    /// The order as it would be, where it can be changed at all.
    fn changed(&self, of: &OrderRef, change: &Change) -> Result<Changed, Rejection> {
        let unknown = || Rejection::of(Reason::UnknownOrder);
        let slot = self.find_order(of).ok_or_else(unknown)?;
        let state = &self.state;
        let hold = state.reservation.hold(slot).ok_or_else(unknown)?;
        if !matches!(hold.state, OrderState::Sent | OrderState::Working) {
            return Err(unknown());
        }
        let kept = state.reservation.order(slot).ok_or_else(unknown)?;
        let traded = &at(&state.instruments, hold.instrument).ok_or_else(unknown)?.traded;
        let malformed =
            |malformed| Rejection { malformed: Some(malformed), ..Rejection::of(Reason::InvalidOrder) };
        let mut current = *kept;
        current.quantity = rust_decimal::Decimal::new(hold.approved.0, traded.quantity_scale).normalize();
        let order = change.applied_to(&current).map_err(malformed)?;
        let (before, parsed) = (order::parse(&current, traded), order::parse(&order, traded));
        let (before, parsed) = (before.map_err(malformed)?, parsed.map_err(malformed)?);
        let own = keyed(order.id.digest(), hold.account);
        Ok(Changed {
            slot,
            order,
            id: (own != hold.id).then_some(own),
            same: parsed.quantity == before.quantity && same_prices(&parsed, &before),
            decreases: parsed.quantity < before.quantity && same_prices(&parsed, &before),
            exits: parsed.quantity <= before.quantity && !is_more_aggressive(&parsed, &before),
            parsed,
        })
    }

    fn hold_change(&mut self, proposal: &Proposal) -> Decision {
        let expires = self.state.permit_expires();
        match self.state.hold_version(proposal, expires) {
            Some((slot, generation)) => {
                let handle = OrderHandle { engine: self.tag, slot, generation };
                Decision::Approved(Permit { handle, quantity: proposal.order.quantity, expires })
            }
            None => self.not_held(),
        }
    }

    /// The part of redeeming a change that is recorded and replayed.
    pub(crate) fn redeem_version(
        &mut self,
        handle: OrderHandle,
        now: Option<Timestamp>,
    ) -> Result<(), Reason> {
        let time = self.advance(now);
        let slot = self.version_at(handle, Stage::Permitted);
        let decreases = slot.and_then(|slot| self.state.versions.get(slot)).is_some_and(|v| v.decreases);
        let looked = match (slot, time) {
            (None, _) => Err(Reason::PermitSpent),
            (Some(_), _) if decreases => Ok(()),
            (Some(_), None) => Err(Reason::ClockUnavailable),
            (Some(slot), Some(_)) => self.state.look_again_at_version(slot),
        };
        let written = self.record(time, Event::Redeemed { order: handle, refused: looked.err() });
        let looked = if written.is_err() && !decreases { Err(Reason::JournalUnavailable) } else { looked };
        match (slot, looked) {
            (Some(slot), Ok(())) => self.state.version_sent(slot),
            (Some(slot), Err(_)) => self.state.drop_version(slot),
            (None, _) => {}
        }
        looked
    }

    /// The part of releasing a change that is recorded and replayed.
    pub(crate) fn release_version(
        &mut self,
        handle: OrderHandle,
        now: Option<Timestamp>,
    ) -> Result<(), Reason> {
        let time = self.advance(now);
        let slot = self.version_at(handle, Stage::Permitted).ok_or(Reason::PermitSpent);
        let _ = self.record(time, Event::Released { order: handle, refused: slot.err() });
        self.state.drop_version(slot?);
        Ok(())
    }

    /// A replace was not sent after all.
    pub(crate) fn abandon_version(&mut self, handle: OrderHandle, now: Option<Timestamp>) {
        let time = self.advance(now);
        let _ = self.record(time, Event::Abandoned { order: handle, cancel: false });
        if let Some(slot) = self.version_at(handle, Stage::Sent) {
            self.state.drop_version(slot);
        }
    }

    /// The slot of a version that is at this stage.
    fn version_at(&self, handle: OrderHandle, stage: Stage) -> Option<u32> {
        let slot = self.version(handle)?;
        self.state.versions.get(slot).filter(|version| version.stage == stage).map(|_| slot)
    }

    /// The slot of a version, if the handle means one that lives.
    pub(crate) fn version(&self, handle: OrderHandle) -> Option<u32> {
        let own = handle.is_version() && handle.engine == self.tag;
        own.then(|| self.state.versions.slot(handle.slot, handle.generation)).flatten()
    }
}

/// An order as it would be.
pub(crate) struct Changed {
    slot: u32,
    order: Order,
    /// Its new client order id, where it has one.
    id: Option<Key>,
    same: bool,
    decreases: bool,
    /// Nothing grows and nothing gets more aggressive.
    exits: bool,
    parsed: Parsed,
}

impl Changed {
    fn proposal(
        &self,
        surcharges: Charges,
        openings: [Quantity; 2],
        worth: Worths,
        spends: Money,
    ) -> Proposal {
        let &Self { slot, order, id, decreases, exits, .. } = self;
        let total = self.parsed.quantity;
        Proposal { of: slot, order, id, total, surcharges, openings, worth, decreases, exits, spends }
    }
}

impl State {
    /// Room for one more version and, before the first, for what is confirmed; an eighth is kept for partial cancels.
    fn has_room_for(&self, changed: &Changed) -> bool {
        let head = self.reservation.hold(changed.slot).and_then(|hold| hold.versions);
        let under_way = self.versions.of(head).any(|(_, version)| version.stage == Stage::Confirmed);
        let needs = if under_way { 1 } else { 2 };
        let kept = if changed.decreases { 0 } else { self.versions.capacity() >> 3 };
        let ids_kept = if changed.decreases { 0 } else { self.settings.ids_for_exits };
        let ids =
            changed.id.is_none() || self.ids.table.len().saturating_add(ids_kept) < self.ids.table.capacity();
        ids && self.versions.room() >= kept.saturating_add(needs)
    }

    fn judge_change(&self, changed: &Changed, now: Timestamp, house: &House) -> Result<Proposal, Rejection> {
        self.with_change(changed, now, |facts| {
            if facts.trading == TradingState::Halted {
                return Err(halted());
            }
            match decide(facts, house) {
                Judgement::Pass(pass) => {
                    let worth = pass.worth.unwrap_or_default();
                    Ok(changed.proposal(pass.surcharges, pass.openings, worth, pass.spends))
                }
                Judgement::Refuse(rejection) | Judgement::Stop(rejection) => Err(rejection),
            }
        })?
    }

    /// The facts of an order as it would be, with the old one taken out of the books.
    fn with_change<R>(
        &self,
        changed: &Changed,
        now: Timestamp,
        look: impl FnOnce(&Facts<'_>) -> R,
    ) -> Result<R, Rejection> {
        let fault = || Rejection::of(Reason::EvaluationError);
        let hold = self.reservation.hold(changed.slot).ok_or_else(fault)?;
        let account = at(&self.accounts, hold.account).ok_or_else(fault)?;
        let strategy = at(&self.strategies, hold.strategy).ok_or_else(fault)?;
        let instrument = at(&self.instruments, hold.instrument).ok_or_else(fault)?;
        let [first, second] = hold.books;
        let (first, second) = (at(&self.books, first).ok_or_else(fault)?, at(&self.books, second));
        let second = second.ok_or_else(fault)?;
        let [extra, own_extra, cash] = hold.surcharges;
        let ask = self.ask_of(hold);
        let without = |book: &Book, surcharge| {
            let mut book = *book;
            book.take_off(ask, hold.open, surcharge);
            book
        };
        let books = [without(first, extra), without(second, own_extra)];
        let ids = hold.named();
        let parties = (account, strategy, instrument);
        let mut facts = Facts::gather(self, now, &changed.order, changed.parsed, ids, parties);
        let [book, own] = &books;
        facts.books = [book, own];
        if changed.id.is_none() {
            facts.id = Err(facts.id.unwrap_or_else(|place| place));
        }
        facts.replaced = Some(Replaced {
            slot: changed.slot,
            filled: hold.filled,
            counted: Quantity(hold.filled.0.saturating_add(hold.open.0)),
            exits: changed.exits,
            same: changed.same,
            worst: first.worst_quantity(),
            cash,
            worth: self.counted(changed.slot),
        });
        Ok(look(&facts))
    }
}

fn same_prices(one: &Parsed, other: &Parsed) -> bool {
    one.price == other.price && one.trigger == other.trigger
}

/// Whether a price or a trigger has moved to where it executes sooner, or at a worse price.
fn is_more_aggressive(now: &Parsed, before: &Parsed) -> bool {
    match now.side {
        Side::Buy => now.price > before.price || now.trigger < before.trigger,
        Side::Sell => now.price < before.price || now.trigger > before.trigger,
    }
}
