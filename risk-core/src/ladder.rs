//! Live orders in the order of the prices they accept, for each side of each row: a fixed place for every order, nothing
//! allocates, and every step is logarithmic.
//!
//! A row is a book or an instrument. It is kept as two search trees that are heaps by a number made from the order's
//! place (treaps), so that their shape follows from what is in them alone: an order that is taken back leaves no trace.

use crate::order::Side;
use crate::state::{at, at_mut};

/// The place of an order that there is not.
const NONE: u32 = u32::MAX;

/// Where an order stands. The lower the key, the more it accepts: see [`crate::crossing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Rung {
    key: i64,
    left: u32,
    right: u32,
}

const EMPTY: Rung = Rung { key: 0, left: NONE, right: NONE };

/// One side of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Top {
    root: u32,
    /// The lowest key there is.
    best: i64,
}

const BARE: Top = Top { root: NONE, best: i64::MAX };

/// What points to an order: the top of its side, or the order above it.
#[derive(Clone, Copy)]
enum Link {
    Top,
    Left(u32),
    Right(u32),
}

/// The trees of all rows.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Ladder {
    rungs: Vec<Rung>,
    buys: Vec<Top>,
    sells: Vec<Top>,
}

crate::refresh::refreshable!(Ladder { rungs, buys, sells });

/// Which of two orders stands above the other. Different for different places.
fn rank(slot: u32) -> u32 {
    let mixed = slot.wrapping_mul(0x9E37_79B1);
    (mixed ^ (mixed >> 16)).wrapping_mul(0x85EB_CA6B)
}

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

    /// The orders on a side of a row with a key of at most this, lowest first.
    pub(crate) fn up_to(&self, row: u32, side: Side, key: i64) -> impl Iterator<Item = u32> {
        let next =
            move |after: Option<(i64, u32)>| self.next(row, side, after).filter(|(found, _)| *found <= key);
        core::iter::successors(next(None), move |last| next(Some(*last))).map(|(_, slot)| slot)
    }

    /// Puts an order that stands nowhere on a side of a row.
    pub(crate) fn insert(&mut self, row: u32, side: Side, slot: u32, key: i64) {
        let mut link = Link::Top;
        let mut below = self.get(row, side, link);
        while below != NONE && rank(below) > rank(slot) {
            link =
                if (key, slot) < (self.key(below), below) { Link::Left(below) } else { Link::Right(below) };
            below = self.get(row, side, link);
        }
        let Some(rung) = at_mut(&mut self.rungs, slot) else { return };
        *rung = Rung { key, ..EMPTY };
        self.set(row, side, link, slot);
        // What stood there goes below it, on the left or on the right.
        let (mut left, mut right) = (Link::Left(slot), Link::Right(slot));
        while below != NONE {
            if (self.key(below), below) < (key, slot) {
                self.set(row, side, left, below);
                left = Link::Right(below);
                below = self.get(row, side, left);
            } else {
                self.set(row, side, right, below);
                right = Link::Left(below);
                below = self.get(row, side, right);
            }
        }
        self.set(row, side, left, NONE);
        self.set(row, side, right, NONE);
        if let Some(top) = self.top_mut(row, side) {
            top.best = top.best.min(key);
        }
    }

    /// Takes an order off a side of a row; nothing where it does not stand there.
    pub(crate) fn remove(&mut self, row: u32, side: Side, slot: u32) {
        let key = self.key(slot);
        let mut link = Link::Top;
        loop {
            let here = self.get(row, side, link);
            if here == NONE {
                return;
            }
            if here == slot {
                break;
            }
            link = if (key, slot) < (self.key(here), here) { Link::Left(here) } else { Link::Right(here) };
        }
        // What stands below it takes its place.
        let Some(rung) = at_mut(&mut self.rungs, slot) else { return };
        let Rung { mut left, mut right, .. } = core::mem::replace(rung, EMPTY);
        while left != NONE && right != NONE {
            if rank(left) > rank(right) {
                self.set(row, side, link, left);
                link = Link::Right(left);
                left = self.get(row, side, link);
            } else {
                self.set(row, side, link, right);
                link = Link::Left(right);
                right = self.get(row, side, link);
            }
        }
        self.set(row, side, link, if left == NONE { right } else { left });
        if self.best(row, side) == key {
            let best = self.next(row, side, None).map_or(BARE.best, |(key, _)| key);
            if let Some(top) = self.top_mut(row, side) {
                top.best = best;
            }
        }
    }

    /// Takes every order off.
    pub(crate) fn clear(&mut self) {
        self.rungs.fill(EMPTY);
        self.buys.fill(BARE);
        self.sells.fill(BARE);
    }

    /// The order that stands next after a key and place.
    fn next(&self, row: u32, side: Side, after: Option<(i64, u32)>) -> Option<(i64, u32)> {
        let mut here = self.top(row, side).root;
        let mut found = None;
        while let Some(rung) = at(&self.rungs, here) {
            if after.is_none_or(|after| (rung.key, here) > after) {
                found = Some((rung.key, here));
                here = rung.left;
            } else {
                here = rung.right;
            }
        }
        found
    }

    fn key(&self, slot: u32) -> i64 {
        at(&self.rungs, slot).map_or(0, |rung| rung.key)
    }

    #[inline]
    fn top(&self, row: u32, side: Side) -> Top {
        let tops = if side == Side::Buy { &self.buys } else { &self.sells };
        at(tops, row).copied().unwrap_or(BARE)
    }

    fn top_mut(&mut self, row: u32, side: Side) -> Option<&mut Top> {
        at_mut(if side == Side::Buy { &mut self.buys } else { &mut self.sells }, row)
    }

    fn get(&self, row: u32, side: Side, link: Link) -> u32 {
        match link {
            Link::Top => self.top(row, side).root,
            Link::Left(slot) => at(&self.rungs, slot).map_or(NONE, |rung| rung.left),
            Link::Right(slot) => at(&self.rungs, slot).map_or(NONE, |rung| rung.right),
        }
    }

    fn set(&mut self, row: u32, side: Side, link: Link, to: u32) {
        let place = match link {
            Link::Top => self.top_mut(row, side).map(|top| &mut top.root),
            Link::Left(slot) => at_mut(&mut self.rungs, slot).map(|rung| &mut rung.left),
            Link::Right(slot) => at_mut(&mut self.rungs, slot).map(|rung| &mut rung.right),
        };
        if let Some(place) = place {
            *place = to;
        }
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
    fn it_is_a_sorted_list_whatever_comes_and_goes() {
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
            let up_to: Vec<u32> = ladder.up_to(1, Side::Sell, 3).collect();
            let expected: Vec<u32> =
                list.iter().filter(|(key, _)| *key <= 3).map(|(_, slot)| *slot).collect();
            assert_eq!(up_to, expected);
            assert_eq!(ladder.best(1, Side::Sell), list.first().map_or(i64::MAX, |(key, _)| *key));
        }
        assert_eq!((ladder.best(1, Side::Buy), ladder.best(0, Side::Sell)), (i64::MAX, i64::MAX));
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
