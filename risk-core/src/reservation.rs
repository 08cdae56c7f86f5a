//! What is held: every order from its permit to its end, in an arena of fixed size.
//!
//! Held permits share one lifetime, so the first issued is the first to expire: they stand in one list in that order.

use crate::cash::Charges;
use crate::clock::Timestamp;
use crate::facts::Named;
use crate::handle::OrderHandle;
use crate::list::Member;
use crate::num::{Money, Quantity};
use crate::order::{Order, Side};
use crate::recent::Total;
use crate::state::{at, at_mut};
use crate::streak::Made;
use crate::table::Key;
use crate::traded::Counted;

/// Where an order is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum OrderState {
    /// No order, or one that has ended.
    #[default]
    Ended,
    /// A permit is out; nothing was sent.
    Permitted,
    /// The permit was redeemed; the venue has not answered.
    Sent,
    /// The venue has accepted it.
    Working,
}

/// One live order: everything that was reserved for it, so that exactly that can be taken off again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Hold {
    pub(crate) state: OrderState,
    pub(crate) generation: u32,
    pub(crate) account: u32,
    pub(crate) strategy: u32,
    pub(crate) instrument: u32,
    /// Or [`crate::trader::NOBODY`].
    pub(crate) trader: u32,
    /// The account's book and the strategy's.
    pub(crate) books: [u32; 2],
    pub(crate) sells: bool,
    /// The venue keeps it within the account's position.
    pub(crate) kept_within: bool,
    pub(crate) cancel_sent: bool,
    /// What may still be executed.
    pub(crate) open: Quantity,
    /// What has been executed.
    pub(crate) filled: Quantity,
    /// What was approved.
    pub(crate) approved: Quantity,
    /// The surcharge still on each book, in quote money.
    pub(crate) surcharges: Charges,
    /// What would have opened when it was judged, at each book's level.
    pub(crate) openings: [Quantity; 2],
    pub(crate) parent: Option<u32>,
    /// The next order of its list, until the list's permit is used.
    pub(crate) list_next: Option<u32>,
    /// The newest of its versions, while a change is under way.
    pub(crate) versions: Option<u32>,
    pub(crate) id: Key,
    pub(crate) expires: Timestamp,
    /// The record that approved it.
    pub(crate) judged: u64,
    /// Its neighbours in the list of permits.
    pub(crate) before: Option<u32>,
    pub(crate) after: Option<u32>,
}

impl Hold {
    /// The places of what its order names.
    pub(crate) fn named(&self) -> Named {
        let &Self { account, strategy, instrument, trader, .. } = self;
        Named { account, strategy, instrument, trader }
    }

    pub(crate) fn side(&self) -> Side {
        if self.sells { Side::Sell } else { Side::Buy }
    }

    /// Never 0, which is the generation of the default handle.
    fn next_generation(&self) -> u32 {
        self.generation.wrapping_add(1).max(1)
    }
}

/// What became of an order at the venue. Apart from the hold, so that judging orders does not touch it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Reported {
    generation: u32,
    sent: Timestamp,
    total: Total,
    /// What it made, in the account's book and the strategy's, while a limit needs it.
    made: [Made; 2],
}

/// What an order that was only tried was put upon.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Beneath {
    hold: Hold,
    order: Option<Order>,
    pub(crate) traded: Counted,
    /// What the one that is tried asks for, where that is remembered.
    pub(crate) asked: Option<[u64; 2]>,
}

/// The arena of live orders.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Reservation {
    holds: Vec<Hold>,
    orders: Vec<Order>,
    /// What was reported of each order; of the order of the generation that is named, or nothing yet.
    reports: Vec<Reported>,
    free: Vec<u32>,
    /// Ends of the list of permits, first to expire first.
    first: Option<u32>,
    last: Option<u32>,
}

crate::refresh::refreshable!(Reservation { holds, orders, reports, free, first, last });

impl Reservation {
    pub(crate) fn with_capacity(capacity: u32) -> Self {
        let size = usize::try_from(capacity).unwrap_or(usize::MAX);
        let blank = Order::buy(crate::handle::InstrumentHandle::default(), 0);
        Self {
            holds: vec![Hold::default(); size],
            orders: vec![blank; size],
            reports: vec![Reported::default(); size],
            free: (0..capacity).rev().collect(),
            first: None,
            last: None,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.free.is_empty()
    }

    pub(crate) fn reserve_all(&mut self) {
        self.free.reserve_exact(self.holds.len().saturating_sub(self.free.len()));
    }

    pub(crate) fn capacity(&self) -> usize {
        self.holds.len()
    }

    /// The same orders in another engine.
    pub(crate) fn rebind(&mut self, engine: u32) {
        for order in &mut self.orders {
            order.rebind(engine);
        }
    }

    /// Whether the slot holds a permit that was not used yet.
    pub(crate) fn is_permit(&self, slot: u32) -> bool {
        self.hold(slot).is_some_and(|hold| hold.state == OrderState::Permitted)
    }

    pub(crate) fn is_live(&self, slot: u32) -> bool {
        self.hold(slot).is_some_and(|hold| hold.state != OrderState::Ended)
    }

    /// Whether fewer orders live than this.
    #[inline(always)]
    pub(crate) fn is_below(&self, most: u32) -> bool {
        u32::try_from(self.len()).is_ok_and(|live| live < most)
    }

    pub(crate) fn len(&self) -> usize {
        self.holds.len().saturating_sub(self.free.len())
    }

    /// The slot and generation the next order gets.
    pub(crate) fn next(&self) -> Option<(u32, u32)> {
        let slot = *self.free.last()?;
        Some((slot, self.hold(slot)?.next_generation()))
    }

    /// Takes the next slot. The caller has seen [`Self::next`].
    #[inline(always)]
    pub(crate) fn insert(&mut self, hold: Hold, order: &Order) -> Option<u32> {
        let slot = self.free.pop()?;
        let before = self.last.replace(slot);
        match before {
            Some(last) => self.hold_mut(last)?.after = Some(slot),
            None => self.first = Some(slot),
        }
        let place = self.hold_mut(slot)?;
        *place = Hold { generation: place.next_generation(), before, after: None, ..hold };
        order.write_over(self.order_mut(slot)?);
        Some(slot)
    }

    /// Ends the order in a slot and frees it.
    pub(crate) fn remove(&mut self, slot: u32) {
        if self.hold(slot).is_some_and(|hold| hold.state == OrderState::Permitted) {
            self.unlist(slot);
        }
        if let Some(hold) = self.hold_mut(slot) {
            if hold.state == OrderState::Ended {
                return;
            }
            hold.state = OrderState::Ended;
            self.free.push(slot);
        }
    }

    /// The permit is used: it no longer expires.
    pub(crate) fn mark_sent(&mut self, slot: u32, now: Timestamp) {
        self.unlist(slot);
        if let Some(hold) = self.hold_mut(slot) {
            hold.state = OrderState::Sent;
            let generation = hold.generation;
            if let Some(reported) = at_mut(&mut self.reports, slot) {
                *reported = Reported { generation, sent: now, ..Reported::default() };
            }
        }
    }

    fn reported(&self, slot: u32) -> Option<&Reported> {
        let generation = self.hold(slot)?.generation;
        at(&self.reports, slot).filter(|reported| reported.generation == generation)
    }

    /// When an order was sent; nothing while it has not been.
    pub(crate) fn sent(&self, slot: u32) -> Option<Timestamp> {
        self.reported(slot).map(|reported| reported.sent)
    }

    /// What is known to be executed of the order in a slot.
    pub(crate) fn total(&self, slot: u32) -> Total {
        self.reported(slot).map(|reported| reported.total).unwrap_or_default()
    }

    /// What it has made so far.
    pub(crate) fn made(&self, slot: u32) -> [Made; 2] {
        self.reported(slot).map(|reported| reported.made).unwrap_or_default()
    }

    /// An execution of it made so much in both books, and closed something or not.
    pub(crate) fn add_made(&mut self, slot: u32, profits: [(Money, bool); 2]) {
        if let (true, Some(reported)) = (self.reported(slot).is_some(), at_mut(&mut self.reports, slot)) {
            for (made, (profit, closes)) in reported.made.iter_mut().zip(profits) {
                made.add(profit, closes);
            }
        }
    }

    /// Sets it, of an order that was sent; its hold says the same.
    pub(crate) fn set_total(&mut self, slot: u32, total: Total) {
        if let (true, Some(reported)) = (self.reported(slot).is_some(), at_mut(&mut self.reports, slot)) {
            reported.total = total;
        }
        if let Some(hold) = self.hold_mut(slot) {
            hold.filled = total.filled;
        }
    }

    /// What stands where the next order goes: of an order that has ended, late reports still need it.
    pub(crate) fn beneath(&self, traded: Counted, asked: Option<[u64; 2]>) -> Option<Beneath> {
        let slot = *self.free.last()?;
        Some(Beneath { hold: *self.hold(slot)?, order: Some(*self.order(slot)?), traded, asked })
    }

    /// Takes the last order that was put in out again, as if it had never been.
    pub(crate) fn back_out(&mut self, slot: u32, before: &Beneath) {
        self.remove(slot);
        if let Some(hold) = self.hold_mut(slot) {
            *hold = before.hold;
        }
        if let (Some(kept), Some(order)) = (self.order_mut(slot), &before.order) {
            *kept = *order;
        }
    }

    /// Makes a list of orders one chain. They were held before the record that approves them is written.
    pub(crate) fn link(&mut self, members: &[Member], judged: u64) {
        let after = members.iter().skip(1).map(|next| Some(next.slot())).chain([None]);
        for (member, next) in members.iter().zip(after) {
            if let Some(hold) = self.hold_mut(member.slot()) {
                (hold.list_next, hold.judged) = (next, judged);
            }
        }
    }

    /// Every slot, whether an order is in it or not.
    pub(crate) fn slots(&self) -> core::ops::Range<u32> {
        0..crate::state::size_of(&self.holds)
    }

    /// Changes an order and what is held for it.
    pub(crate) fn change(&mut self, slot: u32, change: impl FnOnce(&mut Hold, &mut Order)) {
        if let (Some(hold), Some(order)) = (at_mut(&mut self.holds, slot), at_mut(&mut self.orders, slot)) {
            change(hold, order);
        }
    }

    /// The order is another one from now on, of this total quantity.
    pub(crate) fn replace_order(&mut self, slot: u32, total: Quantity, order: &Order) {
        if let Some(hold) = self.hold_mut(slot) {
            hold.approved = total;
        }
        if let Some(kept) = self.order_mut(slot) {
            *kept = *order;
        }
    }

    fn unlist(&mut self, slot: u32) {
        let Some(&Hold { before, after, .. }) = self.hold(slot) else { return };
        match before.and_then(|before| self.hold_mut(before)) {
            Some(hold) => hold.after = after,
            None => self.first = after,
        }
        match after.and_then(|after| self.hold_mut(after)) {
            Some(hold) => hold.before = before,
            None => self.last = before,
        }
    }

    /// The permit that has expired longest ago, if any has.
    pub(crate) fn expired(&self, now: Timestamp) -> Option<u32> {
        self.first.filter(|_| now >= self.due())
    }

    /// When the next permit expires.
    pub(crate) fn due(&self) -> Timestamp {
        self.first.and_then(|slot| self.hold(slot)).map_or(Timestamp::MAX, |hold| hold.expires)
    }

    #[inline]
    pub(crate) fn hold(&self, slot: u32) -> Option<&Hold> {
        self.holds.get(usize::try_from(slot).ok()?)
    }

    #[inline]
    pub(crate) fn hold_mut(&mut self, slot: u32) -> Option<&mut Hold> {
        self.holds.get_mut(usize::try_from(slot).ok()?)
    }

    pub(crate) fn order(&self, slot: u32) -> Option<&Order> {
        self.orders.get(usize::try_from(slot).ok()?)
    }

    fn order_mut(&mut self, slot: u32) -> Option<&mut Order> {
        self.orders.get_mut(usize::try_from(slot).ok()?)
    }

    /// The slot of a live order, if the handle still means it.
    #[inline]
    pub(crate) fn slot(&self, handle: OrderHandle, engine: u32) -> Option<u32> {
        let hold = self.hold(handle.slot)?;
        let lives = hold.generation == handle.generation && hold.state != OrderState::Ended;
        (handle.engine == engine && lives).then_some(handle.slot)
    }

    /// Every live order.
    pub(crate) fn live(&self) -> impl Iterator<Item = (u32, &Hold, &Order)> {
        self.holds
            .iter()
            .zip(&self.orders)
            .zip(0_u32..)
            .filter(|((hold, _), _)| hold.state != OrderState::Ended)
            .map(|((hold, order), slot)| (slot, hold, order))
    }
}
