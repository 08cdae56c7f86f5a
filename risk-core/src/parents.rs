//! Parent orders: what has been approved for each, across resends and partial fills.

use std::collections::VecDeque;

use crate::clock::Timestamp;
use crate::num::{Quantity, Round};
use crate::order::Side;
use crate::state::{at, at_mut, size_of};
use crate::table::{Key, Table};

/// A parent order. The first quantity, instrument and side are fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Parent {
    pub(crate) key: Key,
    pub(crate) instrument: u32,
    pub(crate) side: Side,
    pub(crate) quantity: Quantity,
    /// Filled, live and unknown; a confirmed cancel gives its remainder back.
    pub(crate) used: Quantity,
    /// Orders of it that live.
    live: u32,
    /// When it may be forgotten, while none lives.
    forget_at: Timestamp,
    queued: bool,
}

impl Parent {
    /// A parent of which nothing is approved yet.
    pub(crate) fn new(key: Key, instrument: u32, side: Side, quantity: Quantity) -> Self {
        let (used, forget_at) = (Quantity::ZERO, Timestamp::EPOCH);
        Self { key, instrument, side, quantity, used, live: 0, forget_at, queued: false }
    }

    fn is_forgotten(&self, now: Timestamp) -> bool {
        self.live == 0 && self.forget_at <= now
    }
}

/// All parents that are remembered, in a table of fixed size.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Parents {
    places: Vec<Parent>,
    free: Vec<u32>,
    index: Table,
    forget: VecDeque<(Timestamp, u32)>,
    capacity: usize,
}

crate::refresh::refreshable!(Parents { places, free, index, forget, capacity });

impl Parents {
    pub(crate) fn with_capacity(capacity: u32) -> Self {
        let size = usize::try_from(capacity).unwrap_or(usize::MAX);
        Self {
            places: Vec::with_capacity(size),
            free: Vec::with_capacity(size),
            index: Table::with_capacity(capacity),
            forget: VecDeque::with_capacity(size),
            capacity: size,
        }
    }

    pub(crate) fn reserve_all(&mut self) {
        self.places.reserve_exact(self.capacity.saturating_sub(self.places.len()));
        self.free.reserve_exact(self.capacity.saturating_sub(self.free.len()));
        self.forget.reserve_exact(self.capacity.saturating_sub(self.forget.len()));
    }

    pub(crate) fn is_full(&self) -> bool {
        self.free.is_empty() && self.places.len() >= self.capacity
    }

    /// A parent that is not forgotten yet, also where its turn in the queue comes later than its time.
    pub(crate) fn get(&self, key: Key, now: Timestamp) -> Option<&Parent> {
        at(&self.places, self.index.get(key)?).filter(|parent| !parent.is_forgotten(now))
    }

    /// One more order of a parent, which is made if it is new. Nothing when there is no room for it.
    pub(crate) fn join(&mut self, new: &Parent, order: Quantity, now: Timestamp) -> Option<u32> {
        let place = match self.index.get(new.key) {
            Some(place) => {
                let known = at_mut(&mut self.places, place)?;
                if known.is_forgotten(now) {
                    *known = Parent { queued: known.queued, ..*new };
                }
                place
            }
            None => {
                let parent = *new;
                let place = match self.free.pop() {
                    Some(place) => {
                        *at_mut(&mut self.places, place)? = parent;
                        place
                    }
                    None if self.places.len() < self.capacity => {
                        self.places.push(parent);
                        u32::try_from(self.places.len().saturating_sub(1)).ok()?
                    }
                    None => return None,
                };
                self.index.set(new.key, place);
                place
            }
        };
        let parent = at_mut(&mut self.places, place)?;
        parent.used = Quantity(parent.used.0.saturating_add(order.0));
        parent.live = parent.live.saturating_add(1);
        Some(place)
    }

    /// More was executed than approved: it counts.
    pub(crate) fn add(&mut self, place: u32, quantity: Quantity) {
        if let Some(parent) = at_mut(&mut self.places, place) {
            parent.used = Quantity(parent.used.0.saturating_add(quantity.0));
        }
    }

    /// An order of it is taken back as if it had never been; a parent that was made for it goes with it.
    pub(crate) fn back_out(&mut self, place: u32, order: Quantity) {
        let Some(parent) = at_mut(&mut self.places, place) else { return };
        parent.used = parent.used.excess_over(order);
        parent.live = parent.live.saturating_sub(1);
        if parent.live == 0 && !parent.queued {
            let key = parent.key;
            self.index.remove(key);
            if size_of(&self.places) == place.saturating_add(1) {
                self.places.pop();
            } else {
                self.give_up(place);
            }
        }
    }

    /// A place nobody remembers anything of.
    fn give_up(&mut self, place: u32) {
        if let Some(parent) = at_mut(&mut self.places, place) {
            *parent = Parent::new([0, 0], 0, Side::Buy, Quantity::ZERO);
            self.free.push(place);
        }
    }

    /// An order of it may execute another quantity from now on.
    pub(crate) fn change(&mut self, place: u32, before: Quantity, after: Quantity) {
        if let Some(parent) = at_mut(&mut self.places, place) {
            parent.used = Quantity(parent.used.excess_over(before).0.saturating_add(after.0));
        }
    }

    /// Executed of a parent after its order had ended, when the rest had come back: it counts while the parent is
    /// remembered. What is of another instrument or side is none of its slices.
    pub(crate) fn charge(
        &mut self,
        key: Key,
        instrument: u32,
        side: Side,
        quantity: Quantity,
        now: Timestamp,
    ) {
        let slice_of = |parent: &Parent| (parent.instrument, parent.side) == (instrument, side);
        if self.get(key, now).is_some_and(slice_of)
            && let Some(place) = self.index.get(key)
        {
            self.add(place, quantity);
        }
    }

    /// Units of an instrument have become others.
    pub(crate) fn split(&mut self, instrument: u32, units: impl Fn(i64, Round) -> i64) {
        for parent in self.places.iter_mut().filter(|parent| parent.instrument == instrument) {
            parent.quantity = Quantity(units(parent.quantity.0, Round::Down));
            parent.used = Quantity(units(parent.used.0, Round::Up));
        }
    }

    /// What the parent in a place is known by.
    pub(crate) fn key(&self, place: u32) -> Option<Key> {
        at(&self.places, place).map(|parent| parent.key)
    }

    /// An order of it has ended; what was not executed comes back.
    pub(crate) fn leave(&mut self, place: u32, unused: Quantity, forget_at: Timestamp) {
        let Some(parent) = at_mut(&mut self.places, place) else { return };
        parent.used = parent.used.excess_over(unused);
        parent.live = parent.live.saturating_sub(1);
        parent.forget_at = forget_at;
        if parent.live == 0 && !parent.queued {
            parent.queued = true;
            self.forget.push_back((forget_at, place));
        }
    }

    /// When something may have to be forgotten.
    pub(crate) fn due(&self) -> Timestamp {
        self.forget.front().map_or(Timestamp::MAX, |(due, _)| *due)
    }

    /// Forgets parents that nobody has used for the window.
    #[inline]
    pub(crate) fn settle(&mut self, now: Timestamp) {
        while let Some((due, place)) = self.forget.front().copied() {
            if due > now {
                break;
            }
            self.forget.pop_front();
            let Some(parent) = at_mut(&mut self.places, place) else { continue };
            parent.queued = false;
            if parent.live > 0 {
                continue;
            }
            if parent.forget_at > now {
                parent.queued = true;
                self.forget.push_back((parent.forget_at, place));
            } else {
                let key = parent.key;
                self.index.remove(key);
                self.give_up(place);
            }
        }
    }
}
