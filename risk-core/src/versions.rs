//! Changes of orders at the venue: every version of an order that may still become true.
//!
//! While a change is under way the venue may execute the old version or the new one, so the order holds the largest
//! quantity and the largest surcharge of all of them. An order without a change under way has no version here.

use crate::cash::Charges;
use crate::clock::Timestamp;
use crate::num::{Money, Quantity, share};
use crate::order::Order;
use crate::table::Key;
use crate::traded::Worths;

/// Versions are numbered from here, so that a handle tells one from an order. (The bit above is an ended order's.)
pub(crate) const VERSION: u32 = 1 << 30;

/// Where a version is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Stage {
    /// None, or one that has ended.
    #[default]
    Free,
    /// A permit for the change is out.
    Permitted,
    /// The change was sent; the venue has not answered.
    Sent,
    /// What the venue last confirmed, kept while changes to it are under way.
    Confirmed,
    /// The id that the order had before its last change: reports that were on their way still find the order.
    Former,
}

/// One version of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Version {
    pub(crate) stage: Stage,
    pub(crate) generation: u32,
    /// The order's slot.
    pub(crate) of: u32,
    /// The next version of the same order.
    next: Option<u32>,
    /// Its neighbours in the list of permits.
    before: Option<u32>,
    after: Option<u32>,
    /// Its own client order id, where it has one.
    pub(crate) id: Option<Key>,
    /// Total quantity, what is filled included.
    pub(crate) total: Quantity,
    /// Surcharges on both books, for what was open when it was judged.
    pub(crate) surcharges: Charges,
    pub(crate) open: Quantity,
    /// What would have opened when it was judged, at each book's level.
    pub(crate) openings: [Quantity; 2],
    /// What the whole of it is worth, where that is counted.
    pub(crate) worth: Worths,
    /// Less of the same at the same price: a partial cancel.
    pub(crate) decreases: bool,
    /// Nothing grows and nothing gets more aggressive.
    pub(crate) exits: bool,
    pub(crate) expires: Timestamp,
    /// The record that approved it.
    pub(crate) judged: u64,
    /// The whole order, changed.
    pub(crate) order: Order,
}

impl Version {
    /// An approved change, with its permit out.
    pub(crate) fn permitted(
        of: u32,
        order: &Order,
        total: Quantity,
        expires: Timestamp,
        judged: u64,
    ) -> Self {
        Self { stage: Stage::Permitted, of, total, expires, judged, ..Self::blank(*order) }
    }

    /// What the venue has confirmed so far.
    pub(crate) fn confirmed(of: u32, order: &Order, total: Quantity) -> Self {
        Self { stage: Stage::Confirmed, of, total, ..Self::blank(*order) }
    }

    fn blank(order: Order) -> Self {
        Self {
            stage: Stage::Free,
            generation: 0,
            of: 0,
            next: None,
            before: None,
            after: None,
            id: None,
            total: Quantity::ZERO,
            surcharges: [Money::ZERO; 3],
            open: Quantity::ZERO,
            openings: [Quantity::ZERO; 2],
            worth: Worths::default(),
            decreases: false,
            exits: false,
            expires: Timestamp::MAX,
            judged: 0,
            order,
        }
    }

    /// Whether the venue may still be asked for it, or has been and has not answered.
    pub(crate) fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::Permitted | Stage::Sent)
    }

    /// Whether the order may come to be it.
    pub(crate) fn may_hold(&self) -> bool {
        matches!(self.stage, Stage::Permitted | Stage::Sent | Stage::Confirmed)
    }

    /// What the venue works is more than was known, whatever becomes of the changes to it.
    pub(crate) fn stands_at(&mut self, total: Quantity, open: Quantity, surcharges: Charges) {
        if self.stage == Stage::Confirmed {
            (self.total, self.open, self.surcharges) = (total, open, surcharges);
        }
    }

    /// What of it is still open once so much is filled, and the surcharges on that.
    pub(crate) fn held(&self, filled: Quantity) -> (Quantity, Charges) {
        let open = self.total.excess_over(filled);
        let part = |surcharge: Money| {
            let left = open.abs().min(self.open.abs());
            share(surcharge, left, self.open.abs().max(1)).unwrap_or(surcharge)
        };
        (open, self.surcharges.map(part))
    }
}

/// The arena of versions.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Versions {
    places: Vec<Version>,
    free: Vec<u32>,
    /// Ends of the list of permits, first to expire first.
    first: Option<u32>,
    last: Option<u32>,
}

crate::refresh::refreshable!(Versions { places, free, first, last });

impl Versions {
    pub(crate) fn with_capacity(capacity: u32) -> Self {
        let blank = Version::blank(Order::buy(crate::handle::InstrumentHandle::default(), 0));
        let size = usize::try_from(capacity).unwrap_or(usize::MAX);
        Self { places: vec![blank; size], free: (0..capacity).rev().collect(), first: None, last: None }
    }

    pub(crate) fn reserve_all(&mut self) {
        self.free.reserve_exact(self.places.len().saturating_sub(self.free.len()));
    }

    /// How many more there is room for.
    pub(crate) fn room(&self) -> usize {
        self.free.len()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.places.len()
    }

    /// The slot and generation the next version gets.
    pub(crate) fn next(&self) -> Option<(u32, u32)> {
        let place = *self.free.last()?;
        Some((
            place | VERSION,
            self.places.get(usize::try_from(place).ok()?)?.generation.wrapping_add(1).max(1),
        ))
    }

    pub(crate) fn get(&self, slot: u32) -> Option<&Version> {
        self.places.get(usize::try_from(slot & !VERSION).ok()?).filter(|v| v.stage != Stage::Free)
    }

    fn get_mut(&mut self, slot: u32) -> Option<&mut Version> {
        self.places.get_mut(usize::try_from(slot & !VERSION).ok()?)
    }

    /// Puts a version in front of those of its order, and gives its slot.
    pub(crate) fn insert(&mut self, mut version: Version, head: Option<u32>) -> Option<u32> {
        let (slot, generation) = self.next()?;
        self.free.pop();
        (version.generation, version.next) = (generation, head);
        if version.stage == Stage::Permitted {
            version.before = self.last;
            match self.last.and_then(|last| self.get_mut(last)) {
                Some(last) => last.after = Some(slot),
                None => self.first = Some(slot),
            }
            self.last = Some(slot);
        }
        *self.get_mut(slot)? = version;
        Some(slot)
    }

    /// The permit is used: it no longer expires.
    pub(crate) fn mark_sent(&mut self, slot: u32) {
        self.unlist(slot);
        if let Some(version) = self.get_mut(slot) {
            version.stage = Stage::Sent;
        }
    }

    fn unlist(&mut self, slot: u32) {
        let Some(&Version { before, after, stage: Stage::Permitted, .. }) = self.get(slot) else { return };
        match before.and_then(|before| self.get_mut(before)) {
            Some(version) => version.after = after,
            None => self.first = after,
        }
        match after.and_then(|after| self.get_mut(after)) {
            Some(version) => version.before = before,
            None => self.last = before,
        }
    }

    /// What is confirmed is this version from now on.
    pub(crate) fn adopt(&mut self, confirmed: u32, version: &Version) {
        if let Some(place) = self.get_mut(confirmed) {
            (place.total, place.surcharges, place.open) = (version.total, version.surcharges, version.open);
            place.order = version.order;
        }
    }

    /// A confirmed version is only the order's last id from now on.
    pub(crate) fn become_former(&mut self, slot: u32, last: Key) {
        if let Some(version) = self.get_mut(slot) {
            (version.stage, version.id) = (Stage::Former, Some(last));
        }
    }

    /// Takes a version out of its order's list, and gives the list's new head.
    pub(crate) fn remove(&mut self, slot: u32, head: Option<u32>) -> Option<u32> {
        self.unlist(slot);
        let next = self.get(slot).and_then(|version| version.next);
        let mut at = head;
        while let Some(here) = at {
            at = self.get(here).and_then(|version| version.next);
            if at == Some(slot)
                && let Some(version) = self.get_mut(here)
            {
                version.next = next;
                break;
            }
        }
        if let Some(version) = self.get_mut(slot) {
            version.stage = Stage::Free;
            self.free.push(slot & !VERSION);
        }
        if head == Some(slot) { next } else { head }
    }

    /// The versions of an order, newest first.
    pub(crate) fn of(&self, head: Option<u32>) -> impl Iterator<Item = (u32, &Version)> {
        let found = |slot: u32| self.get(slot).map(|version| (slot, version));
        core::iter::successors(head.and_then(found), move |(_, version)| version.next.and_then(found))
    }

    /// Changes every version of an order.
    pub(crate) fn change(&mut self, head: Option<u32>, mut change: impl FnMut(&mut Version)) {
        let mut next = head;
        while let Some(version) = next.and_then(|slot| self.get_mut(slot)) {
            change(version);
            next = version.next;
        }
    }

    /// The version of a handle, if the handle still means it.
    pub(crate) fn slot(&self, slot: u32, generation: u32) -> Option<u32> {
        self.get(slot).filter(|version| version.generation == generation).map(|_| slot)
    }

    /// The permit that has expired longest ago, if any has.
    pub(crate) fn expired(&self, now: Timestamp) -> Option<u32> {
        self.first.filter(|_| now >= self.due())
    }

    /// The permit that expires first, if one is out.
    pub(crate) fn first_permit(&self) -> Option<u32> {
        self.first
    }

    /// When the next permit expires.
    pub(crate) fn due(&self) -> Timestamp {
        self.first.and_then(|slot| self.get(slot)).map_or(Timestamp::MAX, |version| version.expires)
    }
}
