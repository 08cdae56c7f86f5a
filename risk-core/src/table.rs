//! A hash table of fixed capacity with one cache line per look-up: what every order pays for knowing its past.
//!
//! Keys are 128 bits that are already well mixed. A line holds 16 bits of each of its keys, and a key that is not there
//! mostly shows in them alone: a million ids are four megabytes of lines, and those of a desk stay close to the core. The
//! whole keys stand aside with their values, read where the 16 bits agree. A look-up goes on to the next line only while
//! lines are full, and at most two thirds of all places are ever used. Removal moves later keys back, so that there are no
//! tombstones and the table never ages.

/// 128 well-mixed bits; never all zero, which marks a free place.
pub(crate) type Key = [u64; 2];

const FREE: Key = [0, 0];
const WAYS: usize = 31;

/// Tags of the keys of a line, one beside the other, and last how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(align(64))]
struct Line {
    tags: [u16; WAYS + 1],
}

impl Line {
    #[inline(always)]
    fn used(&self) -> usize {
        let [.., used] = self.tags;
        usize::from(used)
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        self.used() >= WAYS
    }

    /// Whether a key of this tag may be here: all are compared at once, the count and what is free among them.
    #[inline(always)]
    fn may_have(&self, tag: u16) -> bool {
        self.tags.iter().fold(false, |found, known| found | (*known == tag))
    }

    #[inline(always)]
    fn set(&mut self, way: usize, tag: u16, used: usize) {
        if let Some(place) = self.tags.get_mut(way) {
            *place = tag;
        }
        let [.., count] = &mut self.tags;
        *count = u16::try_from(used).unwrap_or(u16::MAX);
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Entry {
    key: Key,
    value: u32,
}

#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Table {
    lines: Vec<Line>,
    /// As many for each line as it has ways; those in use stand first.
    entries: Vec<Entry>,
    used: usize,
    capacity: usize,
}

crate::refresh::refreshable!(Table { lines, entries, used, capacity });

/// Where a key is, or where it goes: good until the table next changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    line: usize,
    way: usize,
}

impl Place {
    #[inline(always)]
    fn entry(self) -> usize {
        self.line.wrapping_mul(WAYS).wrapping_add(self.way)
    }
}

impl Table {
    pub(crate) fn with_capacity(capacity: u32) -> Self {
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
        let places = capacity.saturating_add(capacity >> 1);
        let lines = places.div_ceil(WAYS).max(2).next_power_of_two();
        let entries = vec![Entry::default(); lines.saturating_mul(WAYS)];
        Self { lines: vec![Line::default(); lines], entries, used: 0, capacity }
    }

    pub(crate) fn len(&self) -> usize {
        self.used
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.used >= self.capacity
    }

    #[inline]
    pub(crate) fn get(&self, key: Key) -> Option<u32> {
        self.find(key).ok().map(|place| self.entry(place).value)
    }

    /// Sets the value of a key, new or known. `false` when the table is full.
    #[inline]
    pub(crate) fn set(&mut self, key: Key, value: u32) -> bool {
        match self.find(key) {
            Ok(place) => self.write(place, Entry { key, value }),
            Err(_) if self.is_full() => return false,
            Err(free) => self.fill(free, key, value),
        }
        true
    }

    /// Where the key is, or else the free place that it would take.
    #[inline]
    pub(crate) fn find(&self, key: Key) -> Result<Place, Place> {
        let tag = tag_of(key);
        let mut at = self.home(key);
        // A table is never full, so that a free place is always found; the bound is for the reader.
        for _ in 0..self.lines.len() {
            let Some(line) = self.lines.get(at) else { break };
            if line.may_have(tag)
                && let Some(place) = self.place_in(at, key)
            {
                return Ok(place);
            }
            if !line.is_full() {
                return Err(Place { line: at, way: line.used() });
            }
            at = self.next(at);
        }
        Err(Place { line: usize::MAX, way: 0 })
    }

    /// The key among those of a line.
    fn place_in(&self, line: usize, key: Key) -> Option<Place> {
        let tag = tag_of(key);
        let tags = self.lines.get(line)?;
        let places = (0..tags.used()).map(|way| Place { line, way });
        let mut alike = places.zip(&tags.tags).filter(|(_, known)| **known == tag);
        alike.find_map(|(place, _)| (self.entry(place).key == key).then_some(place))
    }

    /// Puts a new key into the free place that [`Table::find`] gave. The caller has seen that the table is not full.
    #[inline]
    pub(crate) fn fill(&mut self, free: Place, key: Key, value: u32) {
        self.put(free, Entry { key, value });
        self.used = self.used.saturating_add(1);
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<u32> {
        let found = self.find(key).ok()?;
        let value = self.entry(found).value;
        let mut was_full = self.vacate(found)?;
        self.used = self.used.saturating_sub(1);
        // A full line may have sent keys on: bring back the first that may live in the hole, and go on from its place.
        let (mut hole, mut line) = (found.line, found.line);
        while was_full {
            line = self.next(line);
            let ways = self.lines.get(line)?.used();
            was_full = ways >= WAYS;
            let mut places = (0..ways).map(|way| Place { line, way });
            let may_live_there = |place: &Place| {
                self.distance(self.home(self.entry(*place).key), line) >= self.distance(hole, line)
            };
            if let Some(place) = places.find(may_live_there) {
                let moved = self.entry(place);
                self.put(Place { line: hole, way: self.lines.get(hole)?.used() }, moved);
                self.vacate(place)?;
                hole = line;
            }
        }
        Some(value)
    }

    #[inline(always)]
    fn home(&self, key: Key) -> usize {
        let [_, low] = key;
        usize::try_from(low & u64::from(u32::MAX)).unwrap_or(0) & self.mask()
    }

    #[inline]
    fn mask(&self) -> usize {
        self.lines.len().wrapping_sub(1)
    }

    fn next(&self, line: usize) -> usize {
        line.wrapping_add(1) & self.mask()
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & self.mask()
    }

    #[inline]
    fn entry(&self, place: Place) -> Entry {
        self.entries.get(place.entry()).copied().unwrap_or_default()
    }

    #[inline]
    fn write(&mut self, place: Place, entry: Entry) {
        if let Some(kept) = self.entries.get_mut(place.entry()) {
            *kept = entry;
        }
    }

    /// Puts an entry into the first free way of a line.
    #[inline]
    fn put(&mut self, place: Place, entry: Entry) {
        if let Some(line) = self.lines.get_mut(place.line) {
            line.set(place.way, tag_of(entry.key), place.way.wrapping_add(1));
        }
        self.write(place, entry);
    }

    /// Takes an entry out; the last of its line goes where it was. Whether the line was full.
    fn vacate(&mut self, place: Place) -> Option<bool> {
        let line = self.lines.get_mut(place.line)?;
        let was_full = line.is_full();
        let last = line.used().checked_sub(1)?;
        let tag = *line.tags.get(last)?;
        line.set(place.way, tag, last);
        line.set(last, 0, last);
        let from = Place { line: place.line, way: last };
        let moved = self.entry(from);
        self.write(place, moved);
        self.write(from, Entry::default());
        Some(was_full)
    }
}

/// The bits of a key by which its line knows it: others than those that choose the line.
#[inline(always)]
fn tag_of(key: Key) -> u16 {
    let [_, low] = key;
    u16::try_from(low >> 48).unwrap_or(0)
}

/// Mixes an owner (an account, a kind of entry) into a digest.
#[inline]
pub(crate) fn keyed(digest: [u64; 2], owner: u32) -> Key {
    let [high, low] = digest;
    let salt = u64::from(owner).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let key = [high ^ salt, low.wrapping_add(salt.rotate_left(32))];
    if key == FREE { [1, 0] } else { key }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn key_of(name: u64) -> Key {
        [name + 1, (name / 60 * 7) | (name % 3) << 48]
    }

    proptest! {
        /// Any sequence of sets and removals leaves what an ordinary map has, with keys that collide on purpose: all of
        /// them live in two lines next to each other, the last of the table and the first, and are more than fit.
        #[test]
        fn behaves_like_a_map(steps in proptest::collection::vec((0_u64..3, 0_u64..120, any::<u32>()), 1..800)) {
            let mut table = Table::with_capacity(100);
            let mut map = BTreeMap::new();
            for (step, (what, name, value)) in steps.into_iter().enumerate() {
                let key = key_of(name);
                if what == 0 {
                    prop_assert_eq!(table.remove(key), map.remove(&key));
                } else {
                    let fits = map.contains_key(&key) || map.len() < 100;
                    prop_assert_eq!(table.set(key, value), fits);
                    if fits {
                        map.insert(key, value);
                    }
                }
                prop_assert_eq!(table.len(), map.len());
                let all = if step % 16 == 0 { 0_u64..120 } else { name..name + 1 };
                for name in all {
                    let key = key_of(name);
                    prop_assert_eq!(table.get(key), map.get(&key).copied());
                }
            }
        }
    }
}
