//! Live orders by the prices they accept, for each side of each row: a fixed place for every order, nothing allocates.
//!
//! A row is a book or an instrument. Each of its sides is a pairing heap: an order is put in with one comparison, however
//! many there are, and whoever takes the nearest one out puts the others in order, which comes to a logarithm of steps
//! each. An order that is taken back at once leaves no trace.

use crate::order::Side;
use crate::state::{at, at_mut};

/// The place of an order that there is not.
const NONE: u32 = u32::MAX;

/// Where an order stands. The lower the key, the more it accepts: see [`crate::crossing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Rung {
    key: i64,
    /// What it stands below: of a key that is not higher.
    above: u32,
    /// The last that was put below it, and those that stand beside itself.
    below: u32,
    before: u32,
    after: u32,
}

const EMPTY: Rung = Rung { key: 0, above: NONE, below: NONE, before: NONE, after: NONE };

/// One side of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Top {
    root: u32,
    /// The lowest key there is: the root's.
    best: i64,
}

const BARE: Top = Top { root: NONE, best: i64::MAX };

/// The heaps of all rows.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Ladder {
    rungs: Vec<Rung>,
    buys: Vec<Top>,
    sells: Vec<Top>,
}

crate::refresh::refreshable!(Ladder { rungs, buys, sells });

impl Ladder {
    pub(crate) fn with_capacity(orders: u32, rows: u32) -> Self {
        let size = |capacity| usize::try_from(capacity).unwrap_or(usize::MAX);
        Self { rungs: vec![EMPTY; size(orders)], buys: vec![BARE; size(rows)], sells: vec![BARE; size(rows)] }
    }

    /// The lowest key on a side of a row; the highest there is where nothing stands.
    #[inline]
    pub(crate) fn best(&self, row: u32, side: Side) -> i64 {
        self.top(row, side).best
    }

    /// The orders on a side of a row with a key of at most this, each with its key, as they happen to stand.
    pub(crate) fn up_to(&self, row: u32, side: Side, key: i64) -> impl Iterator<Item = (i64, u32)> {
        let root = self.top(row, side).root;
        let keyed =
            move |slot: u32| self.rung(slot).filter(|rung| rung.key <= key).map(|rung| (rung.key, slot));
        core::iter::successors(keyed(root), move |(_, last)| {
            let mut over = *last;
            let mut slot = self.rung(over)?.below;
            loop {
                // What stands below one that is too high is higher still.
                while let Some(rung) = self.rung(slot) {
                    if rung.key <= key {
                        return Some((rung.key, slot));
                    }
                    slot = rung.after;
                }
                let done = self.rung(over).filter(|_| over != root)?;
                (over, slot) = (done.above, done.after);
            }
        })
    }

    /// Puts an order that stands nowhere on a side of a row.
    #[inline(always)]
    pub(crate) fn insert(&mut self, row: u32, side: Side, slot: u32, key: i64) {
        let Some(top) = at_mut(if side == Side::Buy { &mut self.buys } else { &mut self.sells }, row) else {
            return;
        };
        let Top { root, best } = *top;
        if root == NONE || key < best {
            *top = Top { root: slot, best: key };
            self.set(slot, Rung { key, below: root, ..EMPTY });
            self.change(root, |rung| rung.above = slot);
        } else {
            let after = self.rung(root).map_or(NONE, |rung| rung.below);
            self.change(root, |rung| rung.below = slot);
            self.set(slot, Rung { key, above: root, after, ..EMPTY });
            self.change(after, |rung| rung.before = slot);
        }
    }

    /// Takes an order off a side of a row; nothing where it does not stand there.
    pub(crate) fn remove(&mut self, row: u32, side: Side, slot: u32) {
        let is_root = self.top(row, side).root == slot;
        let Some(&Rung { above, below, before, after, .. }) = self.rung(slot) else { return };
        if !is_root && above == NONE {
            return;
        }
        self.set(slot, EMPTY);
        // What stood below it takes its place, as one.
        let heir = self.merged(below);
        self.change(heir, |rung| (rung.above, rung.before, rung.after) = (above, before, after));
        if is_root {
            let best = self.rung(heir).map_or(BARE.best, |rung| rung.key);
            if let Some(top) = self.top_mut(row, side) {
                *top = Top { root: heir, best };
            }
            return;
        }
        let (next, last) = if heir == NONE { (after, before) } else { (heir, heir) };
        if before == NONE {
            self.change(above, |rung| rung.below = next);
        } else {
            self.change(before, |rung| rung.after = next);
        }
        self.change(after, |rung| rung.before = last);
    }

    /// Takes every order off.
    pub(crate) fn clear(&mut self) {
        self.rungs.fill(EMPTY);
        self.buys.fill(BARE);
        self.sells.fill(BARE);
    }

    /// Makes one heap of those that stand beside each other: first in pairs, then each pair with all behind it.
    fn merged(&mut self, first: u32) -> u32 {
        let (mut pairs, mut slot) = (NONE, first);
        while let Some(&Rung { after: other, .. }) = self.rung(slot) {
            let rest = self.rung(other).map_or(NONE, |rung| rung.after);
            let pair = self.joined(slot, other);
            self.change(pair, |rung| rung.after = pairs);
            (pairs, slot) = (pair, rest);
        }
        let mut all = NONE;
        while let Some(&Rung { after: rest, .. }) = self.rung(pairs) {
            all = self.joined(pairs, all);
            pairs = rest;
        }
        all
    }

    /// Puts the higher of two heaps below the lower.
    fn joined(&mut self, a: u32, b: u32) -> u32 {
        let (Some(of_a), Some(of_b)) = (self.rung(a), self.rung(b)) else {
            return if b == NONE { a } else { b };
        };
        let (over, under, after) = if of_b.key < of_a.key { (b, a, of_b.below) } else { (a, b, of_a.below) };
        self.change(over, |rung| rung.below = under);
        self.change(under, |rung| (rung.above, rung.before, rung.after) = (over, NONE, after));
        self.change(after, |rung| rung.before = under);
        over
    }

    #[inline(always)]
    fn rung(&self, slot: u32) -> Option<&Rung> {
        at(&self.rungs, slot)
    }

    #[inline(always)]
    fn set(&mut self, slot: u32, rung: Rung) {
        self.change(slot, |place| *place = rung);
    }

    #[inline(always)]
    fn change(&mut self, slot: u32, change: impl FnOnce(&mut Rung)) {
        if let Some(rung) = at_mut(&mut self.rungs, slot) {
            change(rung);
        }
    }

    #[inline]
    fn top(&self, row: u32, side: Side) -> Top {
        let tops = if side == Side::Buy { &self.buys } else { &self.sells };
        at(tops, row).copied().unwrap_or(BARE)
    }

    #[inline]
    fn top_mut(&mut self, row: u32, side: Side) -> Option<&mut Top> {
        at_mut(if side == Side::Buy { &mut self.buys } else { &mut self.sells }, row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without a meaning, always the same.
    fn numbers() -> impl Iterator<Item = u64> {
        core::iter::successors(Some(1_u64), |last| {
            Some(last.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
        })
        .map(|number| number >> 33)
    }

    #[test]
    fn it_has_what_a_list_has_whatever_comes_and_goes() {
        let mut ladder = Ladder::with_capacity(64, 2);
        let mut list: Vec<(i64, u32)> = Vec::new();
        let mut numbers = numbers();
        for _ in 0..4_000 {
            let slot = u32::try_from(numbers.next().unwrap() % 64).unwrap();
            let key = i64::try_from(numbers.next().unwrap() % 20).unwrap() - 10;
            match list.iter().position(|(_, other)| *other == slot) {
                Some(place) => {
                    list.remove(place);
                    ladder.remove(1, Side::Sell, slot);
                }
                None => {
                    list.push((key, slot));
                    ladder.insert(1, Side::Sell, slot, key);
                }
            }
            list.sort_unstable();
            let mut up_to: Vec<(i64, u32)> = ladder.up_to(1, Side::Sell, 3).collect();
            up_to.sort_unstable();
            let expected: Vec<(i64, u32)> = list.iter().filter(|(key, _)| *key <= 3).copied().collect();
            assert_eq!(up_to, expected);
            assert_eq!(ladder.best(1, Side::Sell), list.first().map_or(i64::MAX, |(key, _)| *key));
        }
        assert_eq!((ladder.best(1, Side::Buy), ladder.best(0, Side::Sell)), (i64::MAX, i64::MAX));
    }

    /// However many there are, those that stand low are found without looking at all, and none is lost.
    #[test]
    fn taken_out_nearest_first_they_come_in_order() {
        let mut ladder = Ladder::with_capacity(512, 1);
        let mut keys: Vec<i64> =
            numbers().take(512).map(|number| i64::try_from(number % 97).unwrap()).collect();
        for (slot, key) in (0..).zip(&keys) {
            ladder.insert(0, Side::Buy, slot, *key);
        }
        keys.sort_unstable();
        for key in keys {
            assert_eq!(ladder.best(0, Side::Buy), key);
            let (_, slot) = ladder.up_to(0, Side::Buy, key).next().unwrap();
            ladder.remove(0, Side::Buy, slot);
        }
        assert_eq!(ladder, Ladder::with_capacity(512, 1));
    }

    #[test]
    fn what_is_taken_back_leaves_no_trace() {
        let mut ladder = Ladder::with_capacity(32, 1);
        for (slot, number) in (0..16).zip(numbers()) {
            ladder.insert(0, Side::Buy, slot, i64::try_from(number % 7).unwrap());
        }
        let before = ladder.clone();
        for slot in 16..32 {
            ladder.insert(0, Side::Buy, slot, 3);
        }
        assert_ne!(ladder, before);
        for slot in (16..32).rev() {
            ladder.remove(0, Side::Buy, slot);
        }
        ladder.remove(0, Side::Buy, 20);
        assert_eq!(ladder, before);
    }
}
