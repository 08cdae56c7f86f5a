//! From two small numbers to a place: a hash table of fixed capacity, at most half full, read with one multiplication.
//!
//! Removal moves later pairs back, so that there are no tombstones, and what is taken out last leaves no trace.

const FREE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Entry {
    pair: u64,
    place: u32,
}

const EMPTY: Entry = Entry { pair: 0, place: FREE };

#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Pairs {
    entries: Vec<Entry>,
    used: usize,
    capacity: usize,
    /// Bits of a mixed pair that are not needed to find its entry.
    shift: u32,
}

crate::refresh::refreshable!(Pairs { entries, used, capacity, shift });

impl Pairs {
    pub(crate) fn with_capacity(capacity: u32) -> Self {
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
        let entries = capacity.saturating_mul(2).max(2).next_power_of_two();
        let shift = u64::BITS.saturating_sub(entries.trailing_zeros());
        Self { entries: vec![EMPTY; entries], used: 0, capacity, shift }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    #[inline(always)]
    pub(crate) fn get(&self, a: u32, b: u32) -> Option<u32> {
        self.entries.get(self.find(joined(a, b))).map(|entry| entry.place).filter(|place| *place != FREE)
    }

    /// Sets the place of a pair, new or known. `false` when the table is full.
    pub(crate) fn set(&mut self, a: u32, b: u32, place: u32) -> bool {
        let pair = joined(a, b);
        let at = self.find(pair);
        let full = self.used >= self.capacity;
        let Some(entry) = self.entries.get_mut(at) else { return false };
        if entry.place == FREE {
            if full {
                return false;
            }
            self.used = self.used.saturating_add(1);
        }
        *entry = Entry { pair, place };
        true
    }

    pub(crate) fn remove(&mut self, a: u32, b: u32) {
        let mut hole = self.find(joined(a, b));
        if !self.is_used(hole) {
            return;
        }
        self.used = self.used.saturating_sub(1);
        let mut next = self.after(hole);
        while let Some(entry) = self.entries.get(next).copied().filter(|entry| entry.place != FREE) {
            // It may live in the hole when that is no further back than where it belongs.
            let from_home = self.distance(self.home(entry.pair), next);
            if from_home >= self.distance(hole, next) {
                self.write(hole, entry);
                hole = next;
            }
            next = self.after(next);
        }
        self.write(hole, EMPTY);
    }

    /// Where a pair is, or the free entry that it would take.
    #[inline(always)]
    fn find(&self, pair: u64) -> usize {
        let mut at = self.home(pair);
        // A table is never more than half full, so that a free entry is always found; the bound is for the reader.
        for _ in 0..self.entries.len() {
            match self.entries.get(at) {
                Some(entry) if entry.place != FREE && entry.pair != pair => at = self.after(at),
                Some(_) | None => break,
            }
        }
        at
    }

    #[inline(always)]
    fn home(&self, pair: u64) -> usize {
        let mixed = pair.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        usize::try_from(mixed.wrapping_shr(self.shift)).unwrap_or(0)
    }

    #[inline(always)]
    fn after(&self, at: usize) -> usize {
        at.wrapping_add(1) & self.entries.len().wrapping_sub(1)
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & self.entries.len().wrapping_sub(1)
    }

    fn is_used(&self, at: usize) -> bool {
        self.entries.get(at).is_some_and(|entry| entry.place != FREE)
    }

    fn write(&mut self, at: usize, entry: Entry) {
        if let Some(place) = self.entries.get_mut(at) {
            *place = entry;
        }
    }
}

#[inline(always)]
fn joined(a: u32, b: u32) -> u64 {
    (u64::from(a) << 32) | u64::from(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Any sequence of sets and removals leaves what an ordinary map has, with few entries, so that they crowd.
        #[test]
        fn behaves_like_a_map(steps in proptest::collection::vec((0_u32..3, 0_u32..5, 0_u32..6, 0_u32..99), 1..400)) {
            let mut pairs = Pairs::with_capacity(12);
            let mut map = BTreeMap::new();
            for (what, a, b, place) in steps {
                if what == 0 {
                    pairs.remove(a, b);
                    map.remove(&(a, b));
                } else {
                    let fits = map.contains_key(&(a, b)) || map.len() < 12;
                    prop_assert_eq!(pairs.set(a, b, place), fits);
                    if fits {
                        map.insert((a, b), place);
                    }
                }
                for a in 0..5 {
                    for b in 0..6 {
                        prop_assert_eq!(pairs.get(a, b), map.get(&(a, b)).copied());
                    }
                }
            }
        }

        #[test]
        fn what_is_taken_out_last_leaves_no_trace(before in proptest::collection::vec((0_u32..9, 0_u32..9), 0..9), last in (9_u32..99, 0_u32..9)) {
            let mut pairs = Pairs::with_capacity(10);
            for (a, b) in before {
                pairs.set(a, b, 1);
            }
            let as_it_was = pairs.clone();
            pairs.set(last.0, last.1, 2);
            prop_assert_ne!(&pairs, &as_it_was);
            pairs.remove(last.0, last.1);
            prop_assert_eq!(pairs, as_it_was);
        }
    }
}
