//! Lists: several orders that are sent together or not at all.
//!
//! Each order is judged with the holds of those before it, so that they share every headroom and use up what can be
//! reduced; opposite sides do not net. Nothing of a list is reduced. Whatever one of them is refused for refuses all.

use core::fmt;
use std::sync::Arc;

use crate::clock::{Clock, Timestamp};
use crate::decision::{Rejection, Verdict};
use crate::engine::Engine;
use crate::explain::Explanation;
use crate::facts::Listed;
use crate::gates::GATES;
use crate::handle::OrderHandle;
use crate::judge::Judgement;
use crate::num::Money;
use crate::order::Order;
use crate::permit::{Message, Outbound};
use crate::reason::Reason;
use crate::record::{Event, Journal, ListOutcome, Outcome};
use crate::reservation::{Beneath, Hold};

/// The answer to a list: all of it, or nothing.
#[must_use = "an approved list is sent through its permit; a dropped permit keeps its holds until it expires"]
#[derive(Debug)]
pub enum ListDecision {
    /// Send exactly these orders.
    Approved(ListPermit),
    /// Send none of them.
    Rejected(Box<ListRejection>),
    /// Send none of them: trading is halted in a scope of one of them.
    EmergencyStop(Box<ListRejection>),
}

impl ListDecision {
    /// The permit, when there is one; the refusal otherwise.
    ///
    /// # Errors
    /// The rejection, when the list was rejected or stopped.
    pub fn permit(self) -> Result<ListPermit, Box<ListRejection>> {
        match self {
            Self::Approved(permit) => Ok(permit),
            Self::Rejected(rejection) | Self::EmergencyStop(rejection) => Err(rejection),
        }
    }

    pub(crate) fn poisoned(orders: usize) -> Self {
        Self::Rejected(Box::new(ListRejection::new(orders).whole(Reason::GuardPoisoned)))
    }

    /// Which of the answers: never [`Verdict::Reduced`].
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Approved(_) => Verdict::Approved,
            Self::Rejected(_) => Verdict::Rejected,
            Self::EmergencyStop(_) => Verdict::EmergencyStop,
        }
    }
}

/// The guard's leave to send a list, once and for a short time. As a [`crate::Permit`], for all its orders together.
#[must_use = "redeem or release the permit; a dropped one keeps its holds until it expires"]
#[derive(Debug)]
pub struct ListPermit {
    pub(crate) first: OrderHandle,
    pub(crate) orders: u32,
    pub(crate) expires: Timestamp,
}

impl ListPermit {
    /// How many orders it is for.
    pub fn orders(&self) -> u32 {
        self.orders
    }

    /// When it is too late to redeem.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }
}

/// Everything there is to say about a list, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListExplanation {
    /// Why it would be refused, where it would.
    pub rejection: Option<ListRejection>,
    /// Each order, with the holds of those before it that would pass.
    pub orders: Vec<Explanation>,
}

/// Most orders of a list.
pub const LIST_ORDERS_MAX: usize = 1_024;

/// An order of the list that is being judged or redeemed, and what was in its place before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    slot: u32,
    before: Beneath,
    /// What it took of the headroom that is set aside.
    spent: Money,
}

impl Member {
    pub(crate) fn slot(&self) -> u32 {
        self.slot
    }
}

/// Reasons that are counted apart in a [`ListRejection`].
const REASONS_MAX: usize = 8;

/// Why a list may not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ListRejection {
    /// The refusal that stands first: by the order of the gates, then by the order of the list.
    pub leading: Rejection,
    /// The order it is of, from 0; nothing where it is of the list as a whole.
    pub order: Option<u32>,
    /// How many orders were refused for themselves.
    pub refused: u32,
    /// How many orders the list has.
    pub orders: u32,
    reasons: [Option<(Reason, u32)>; REASONS_MAX],
    /// What a rule of the house refused, which may not lead.
    vetoed: Option<(u32, Rejection)>,
}

impl ListRejection {
    fn new(orders: usize) -> Self {
        let orders = u32::try_from(orders).unwrap_or(u32::MAX);
        let leading = Rejection::of(Reason::InvalidOrder);
        Self { leading, order: None, refused: 0, orders, reasons: [None; REASONS_MAX], vetoed: None }
    }

    /// Why orders were refused, and how many for each reason; the first eight reasons that came up.
    pub fn reasons(&self) -> impl Iterator<Item = (Reason, u32)> {
        self.reasons.iter().copied().flatten()
    }

    fn add(&mut self, place: usize, rejection: Rejection) {
        if self.refused == 0 || precedence(&rejection) < precedence(&self.leading) {
            (self.leading, self.order) = (rejection, u32::try_from(place).ok());
        }
        if rejection.house.is_some() {
            self.vetoed = u32::try_from(place).ok().map(|place| (place, rejection));
        }
        self.refused = self.refused.saturating_add(1);
        let reason = rejection.reason;
        let known = |slot: &&mut Option<(Reason, u32)>| slot.is_none_or(|(known, _)| known == reason);
        if let Some(slot) = self.reasons.iter_mut().find(known) {
            let (_, count) = slot.get_or_insert((reason, 0));
            *count = count.saturating_add(1);
        }
    }

    fn whole(mut self, reason: Reason) -> Self {
        (self.leading, self.order) = (Rejection::of(reason), None);
        self
    }

    /// Which answer it is: a halt stops, all else refuses.
    pub fn verdict(&self) -> Verdict {
        self.leading.verdict()
    }
}

impl fmt::Display for ListRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.order {
            Some(order) => {
                write!(
                    f,
                    "{} of {} orders refused; order {order}: {}",
                    self.refused, self.orders, self.leading
                )
            }
            None => write!(f, "a list of {} orders: {}", self.orders, self.leading),
        }
    }
}

impl core::error::Error for ListRejection {}

/// Where a refusal stands: what is checked before the gates, the gates, what comes after them.
fn precedence(rejection: &Rejection) -> usize {
    match (rejection.gate, rejection.reason) {
        (Some(gate), _) => {
            GATES.iter().position(|info| info.id == gate).map_or(usize::MAX, |p| p.saturating_add(10))
        }
        (None, Reason::LedgerFull | Reason::EvaluationError | Reason::HeadroomNotDurable) => usize::MAX,
        (None, Reason::ClockUnavailable) => 0,
        (None, Reason::InvalidOrder) => 9,
        (None, _) => 1,
    }
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Judges a list at the clock's time: all of it is approved and held, or nothing.
    ///
    /// The orders come in an [`Arc`], because the record keeps them as they are. An empty list is INVALID_ORDER, one of
    /// more than [`LIST_ORDERS_MAX`] is LEDGER_FULL.
    pub fn evaluate_list(&mut self, orders: &Arc<[Order]>) -> ListDecision {
        let now = self.clock.now();
        self.evaluate_list_at(orders, now)
    }

    /// [`Engine::evaluate_list`] at a given time.
    pub fn evaluate_list_at(&mut self, orders: &Arc<[Order]>, now: Option<Timestamp>) -> ListDecision {
        let time = self.advance(now);
        let judged = self.judge_list(orders, time);
        let outcome = match &judged {
            Ok(first) => ListOutcome {
                leading: Outcome::approved(0, Some(*first)),
                order: None,
                refused: 0,
                vetoed: None,
            },
            Err(rejection) => ListOutcome {
                leading: Outcome::refused(rejection.verdict(), &rejection.leading),
                order: rejection.order,
                refused: rejection.refused,
                vetoed: rejection
                    .vetoed
                    .map(|(place, why)| (place, Outcome::refused(Verdict::Rejected, &why))),
            },
        };
        let asked = Arc::clone(orders);
        let orders = self.without_foreign(orders);
        let count = u32::try_from(orders.len()).unwrap_or(u32::MAX);
        let recorded = self.record(time, Event::ListEvaluated { orders, outcome });
        let unrecorded = || {
            let length = usize::try_from(count).unwrap_or(usize::MAX);
            Box::new(ListRejection::new(length).whole(Reason::JournalUnavailable))
        };
        match judged {
            Ok(first) if recorded.is_ok() => {
                for Member { slot, .. } in &self.listed {
                    let hold = self.state.reservation.hold(*slot);
                    let exits = hold.map_or([false; 2], |hold| hold.openings.map(|opens| opens.0 == 0));
                    self.state.take_messages(*slot, exits);
                }
                self.counts.add_many(Verdict::Approved, count);
                ListDecision::Approved(ListPermit {
                    first,
                    orders: count,
                    expires: self.state.permit_expires(),
                })
            }
            Ok(_) => {
                self.back_out();
                ListDecision::Rejected(unrecorded())
            }
            Err(_) if recorded.is_err() => ListDecision::Rejected(unrecorded()),
            Err(rejection) => {
                self.counts.add_refusals(rejection.verdict(), &rejection.leading, count);
                let place = rejection.order.and_then(|place| usize::try_from(place).ok());
                let order = asked.get(place.unwrap_or(0));
                let named = order.map(|order| (order.account, order.strategy, order.instrument));
                self.rejected(named.unwrap_or_default(), &rejection.leading, time);
                match rejection.verdict() {
                    Verdict::EmergencyStop => ListDecision::EmergencyStop(rejection),
                    _ => ListDecision::Rejected(rejection),
                }
            }
        }
    }

    /// Judges and holds one after the other; when one is refused, the others are judged all the same, and then all
    /// holds are taken back. The first order's handle.
    pub(crate) fn judge_list(
        &mut self,
        orders: &[Order],
        time: Option<Timestamp>,
    ) -> Result<OrderHandle, Box<ListRejection>> {
        self.judge_list_with(orders, time, |_, _, _| ())
    }

    /// The same; `look` is shown each order before it is held, as it is judged.
    fn judge_list_with(
        &mut self,
        orders: &[Order],
        time: Option<Timestamp>,
        mut look: impl FnMut(&Self, &Order, Listed),
    ) -> Result<OrderHandle, Box<ListRejection>> {
        self.listed.clear();
        self.before_list = self.state.mark();
        let mut refusal = ListRejection::new(orders.len());
        for (place, order) in orders.iter().enumerate() {
            let mut before = self.state.listed_before(order, self.tag, &self.listed);
            before.place = u32::try_from(place).unwrap_or(u32::MAX);
            before.refused = refusal.refused > 0;
            look(self, &order.not_reducible(), before);
            if let Err(rejection) = self.judge_listed(order, before, time) {
                refusal.add(place, rejection);
            }
        }
        let refused = if orders.is_empty() || refusal.refused > 0 {
            Some(refusal)
        } else {
            self.state.list_is_over(&self.listed, time).map(|reason| refusal.whole(reason))
        };
        if let Some(refusal) = refused {
            self.back_out();
            return Err(Box::new(refusal));
        }
        self.state.reservation.link(&self.listed, self.state.seq.saturating_add(1));
        let first = self.listed.first().map(|member| self.state.handle(self.tag, member.slot));
        first.ok_or_else(|| Box::new(refusal))
    }

    fn judge_listed(
        &mut self,
        order: &Order,
        before: Listed,
        time: Option<Timestamp>,
    ) -> Result<(), Rejection> {
        if self.listed.len() == self.listed.capacity() {
            return Err(Rejection::of(Reason::LedgerFull));
        }
        match self.judge_as(&order.not_reducible(), time, before) {
            Judgement::Pass(pass) => {
                let expires = self.state.permit_expires();
                let beneath = self.state.beneath(pass.asked);
                let held = self.state.hold(order, &pass, expires).zip(beneath);
                let (slot, before) = held.ok_or(Rejection::of(Reason::EvaluationError))?;
                self.listed.push(Member { slot, before, spent: pass.spends });
                Ok(())
            }
            Judgement::Refuse(rejection) | Judgement::Stop(rejection) => Err(rejection),
        }
    }

    /// Takes the holds of a list back, last first, as if it had never been judged.
    fn back_out(&mut self) {
        while let Some(member) = self.listed.pop() {
            self.state.back_out(member.slot, &member.before, member.spent);
        }
        self.state.return_to(&self.before_list);
    }

    /// What `evaluate_list` would answer, and every gate's reading for each order, with the holds of those before it.
    /// Holds nothing in the end.
    pub fn explain_list(&mut self, orders: &[Order]) -> ListExplanation {
        let now = self.look();
        let mut explained = Vec::with_capacity(orders.len());
        let judged = self.judge_list_with(orders, now, |engine, order, before| {
            explained.push(engine.explain_as(order, now, before));
        });
        if judged.is_ok() {
            self.back_out();
        }
        ListExplanation { rejection: judged.err().map(|refusal| *refusal), orders: explained }
    }

    /// On record, another engine's handles name nothing. Mostly there are none, and the list is kept as it is.
    fn without_foreign(&self, orders: &Arc<[Order]>) -> Arc<[Order]> {
        if orders.iter().any(|order| order.is_foreign(self.tag)) {
            orders.iter().map(|order| order.without_foreign(self.tag)).collect()
        } else {
            Arc::clone(orders)
        }
    }

    /// Turns a list's permit into the messages that may be sent, all of them, in the order of the list.
    ///
    /// # Errors
    /// As [`Engine::redeem`], when that holds for any of the orders; all holds are then released.
    pub fn redeem_list(
        &mut self,
        permit: ListPermit,
        outbounds: &mut impl Extend<Outbound>,
    ) -> Result<(), Rejection> {
        let now = self.clock.now();
        self.redeem_list_at(permit, outbounds, now)
    }

    /// [`Engine::redeem_list`] at a given time.
    ///
    /// # Errors
    /// As [`Engine::redeem_list`].
    #[allow(clippy::needless_pass_by_value, reason = "a permit is used up")]
    pub fn redeem_list_at(
        &mut self,
        permit: ListPermit,
        outbounds: &mut impl Extend<Outbound>,
        now: Option<Timestamp>,
    ) -> Result<(), Rejection> {
        if permit.first.engine != self.tag {
            return Err(Rejection::of(Reason::PermitForeign));
        }
        let refused = self.redeem_list_slots(permit.first, now).err();
        let expired = self.state.now >= permit.expires;
        match refused {
            Some(Reason::PermitSpent) if expired => return Err(Rejection::of(Reason::PermitExpired)),
            Some(Reason::KillSwitchActive) => return Err(crate::judge::halted()),
            Some(reason) => return Err(Rejection::of(reason)),
            None => {}
        }
        let mut next = Some(permit.first.slot);
        while let Some(slot) = next {
            let handle = self.state.handle(self.tag, slot);
            outbounds.extend(core::iter::once(self.outbound(handle, Message::New, permit.expires)));
            next = self.state.reservation.hold(slot).and_then(|hold| hold.list_next);
        }
        Ok(())
    }

    /// The part of a redeem that is recorded and replayed.
    pub(crate) fn redeem_list_slots(
        &mut self,
        first: OrderHandle,
        now: Option<Timestamp>,
    ) -> Result<(), Reason> {
        let time = self.advance(now);
        self.find_list(first);
        let looked = match time {
            _ if self.listed.is_empty() => Err(Reason::PermitSpent),
            None => Err(Reason::ClockUnavailable),
            Some(_) => self.state.look_again_at_list(&self.listed),
        };
        let written = self.record(time, Event::ListRedeemed { first, refused: looked.err() });
        let looked = if written.is_err() { Err(Reason::JournalUnavailable) } else { looked };
        for Member { slot, .. } in self.listed.drain(..) {
            match looked {
                Ok(()) => self.state.reservation.mark_sent(slot, self.state.now),
                Err(_) => self.state.drop_hold(slot),
            }
        }
        looked
    }

    /// Gives a list's permit back unused; its holds are gone and its ids are free.
    ///
    /// # Errors
    /// When it is foreign, spent, or has expired (its holds are gone then, too).
    pub fn release_list(&mut self, permit: ListPermit) -> Result<(), Rejection> {
        let now = self.clock.now();
        self.release_list_at(permit, now)
    }

    /// [`Engine::release_list`] at a given time.
    ///
    /// # Errors
    /// As [`Engine::release_list`].
    #[allow(clippy::needless_pass_by_value, reason = "a permit is used up")]
    pub fn release_list_at(&mut self, permit: ListPermit, now: Option<Timestamp>) -> Result<(), Rejection> {
        if permit.first.engine != self.tag {
            return Err(Rejection::of(Reason::PermitForeign));
        }
        self.release_list_slots(permit.first, now).map_err(|reason| {
            let expired = self.state.now >= permit.expires;
            Rejection::of(if expired { Reason::PermitExpired } else { reason })
        })
    }

    pub(crate) fn release_list_slots(
        &mut self,
        first: OrderHandle,
        now: Option<Timestamp>,
    ) -> Result<(), Reason> {
        let time = self.advance(now);
        self.find_list(first);
        let refused = if self.listed.is_empty() { Some(Reason::PermitSpent) } else { None };
        let _ = self.record(time, Event::ListReleased { first, refused });
        for Member { slot, .. } in self.listed.drain(..) {
            self.state.drop_hold(slot);
        }
        refused.map_or(Ok(()), Err)
    }

    /// Gathers the orders of a list whose permit is out. Nothing where one of them is no permit any more: it may have
    /// been executed though nobody sent it, and another order may have come into its place. The others' holds end with
    /// the permit.
    fn find_list(&mut self, first: OrderHandle) {
        self.listed.clear();
        let reservation = &self.state.reservation;
        let mut next = reservation.slot(first, self.tag);
        let judged = next.and_then(|slot| reservation.hold(slot)).map(|hold| hold.judged);
        while let Some(slot) = next {
            let of_list = |hold: &&Hold| Some(hold.judged) == judged && reservation.is_permit(slot);
            let Some(hold) = reservation.hold(slot).filter(of_list) else { return self.listed.clear() };
            self.listed.push(Member { slot, before: Beneath::default(), spent: Money::ZERO });
            next = hold.list_next;
        }
    }
}
