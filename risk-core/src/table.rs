//! A hash table of fixed capacity with one cache line per look-up: what every order pays for knowing its past.
//!
//! Keys are 128 bits that are already well mixed; three share a cache line with their values. A look-up goes on to the
//! next line only while lines are full, and at most half of all places are ever used. Removal moves later keys back, so
//! that there are no tombstones and the table never ages.

/// 128 well-mixed bits; never all zero, which marks a free place.
pub(crate) type Key = [u64; 2];

const FREE: Key = [0, 0];
const WAYS: usize = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(align(64))]
struct Line {
    keys: [Key; WAYS],
    values: [u32; WAYS],
}

impl Line {
    fn is_full(&self) -> bool {
        !self.keys.contains(&FREE)
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Table {
    lines: Vec<Line>,
    used: usize,
    capacity: usize,
}

crate::refresh::refreshable!(Table { lines, used, capacity });

/// Where a key is, or where it goes: good until the table next changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    line: usize,
    way: usize,
}

impl Table {
    pub(crate) fn with_capacity(capacity: u32) -> Self {
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
        let lines = capacity.saturating_mul(2).div_ceil(WAYS).max(2).next_power_of_two();
        Self { lines: vec![Line::default(); lines], used: 0, capacity }
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
        self.find(key).ok().and_then(|place| self.value(place))
    }

    /// Sets the value of a key, new or known. `false` when the table is full.
    #[inline]
    pub(crate) fn set(&mut self, key: Key, value: u32) -> bool {
        match self.find(key) {
            Ok(place) => self.write(place, key, value),
            Err(_) if self.is_full() => return false,
            Err(free) => self.fill(free, key, value),
        }
        true
    }

    /// Where the key is, or else the free place that it would take.
    #[inline]
    pub(crate) fn find(&self, key: Key) -> Result<Place, Place> {
        let mut at = self.home(key);
        // A table is never full, so that a free place is always found; the bound is for the reader.
        for _ in 0..self.lines.len() {
            let Some(line) = self.lines.get(at) else { break };
            if let Some(way) = line.keys.iter().position(|known| *known == key) {
                return Ok(Place { line: at, way });
            }
            if let Some(way) = line.keys.iter().position(|known| *known == FREE) {
                return Err(Place { line: at, way });
            }
            at = self.next(at);
        }
        Err(Place { line: usize::MAX, way: 0 })
    }

    /// Puts a new key into the free place that [`Table::find`] gave. The caller has seen that the table is not full.
    #[inline]
    pub(crate) fn fill(&mut self, free: Place, key: Key, value: u32) {
        self.write(free, key, value);
        self.used = self.used.saturating_add(1);
    }

    fn value(&self, place: Place) -> Option<u32> {
        self.lines.get(place.line)?.values.get(place.way).copied()
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<u32> {
        let mut hole = self.find(key).ok()?;
        let value = self.value(hole);
        let mut was_full = self.lines.get(hole.line)?.is_full();
        self.write(hole, FREE, 0);
        self.used = self.used.saturating_sub(1);
        // A full line may have sent keys on: bring back the first that may live in the hole, and go on from its place.
        let mut line = hole.line;
        while was_full {
            line = self.next(line);
            was_full = self.lines.get(line)?.is_full();
            let candidate = self.lines.get(line)?.keys.iter().enumerate().find_map(|(way, key)| {
                let far = self.distance(self.home(*key), line);
                (*key != FREE && far >= self.distance(hole.line, line)).then_some((way, *key))
            });
            if let Some((way, key)) = candidate {
                let moved = self.value(Place { line, way }).unwrap_or(0);
                self.write(hole, key, moved);
                hole = Place { line, way };
                self.write(hole, FREE, 0);
            }
        }
        value
    }

    #[inline]
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
    fn write(&mut self, place: Place, key: Key, value: u32) {
        let Some(line) = self.lines.get_mut(place.line) else { return };
        if let (Some(slot), Some(kept)) = (line.keys.get_mut(place.way), line.values.get_mut(place.way)) {
            (*slot, *kept) = (key, value);
        }
    }
}

/// Mixes an owner (an account, a kind of entry) into a digest.
#[inline]
pub(crate) fn keyed(digest: [u64; 2], owner: u32) -> Key {
    let [high, low] = digest;
    let salt = u64::from(owner).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let key = [high ^ salt, low.wrapping_add(salt.rotate_left(32))];
    if key == FREE { [1, 0] } else { key }
}

/// A key from two small numbers.
#[inline]
pub(crate) fn pair_key(a: u32, b: u32) -> Key {
    let joined = (u64::from(a) << 32) | u64::from(b);
    let mixed = joined.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    [joined.wrapping_add(1).rotate_left(1), mixed ^ (mixed >> 29)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Any sequence of sets and removals leaves what an ordinary map has, with keys that collide on purpose.
        #[test]
        fn behaves_like_a_map(steps in proptest::collection::vec((0_u64..3, 0_u64..40, any::<u32>()), 1..400)) {
            let mut table = Table::with_capacity(16);
            let mut map = BTreeMap::new();
            for (what, name, value) in steps {
                let key = [name + 1, name / 10];
                if what == 0 {
                    prop_assert_eq!(table.remove(key), map.remove(&key));
                } else {
                    let fits = map.contains_key(&key) || map.len() < 16;
                    prop_assert_eq!(table.set(key, value), fits);
                    if fits {
                        map.insert(key, value);
                    }
                }
                prop_assert_eq!(table.len(), map.len());
                for name in 0_u64..40 {
                    let key = [name + 1, name / 10];
                    prop_assert_eq!(table.get(key), map.get(&key).copied());
                }
            }
        }
    }
}
