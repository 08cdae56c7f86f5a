//! Where a history's choices come from: from bytes that somebody else chose, as long as there are any, and then from a
//! seed. A fuzzer that changes one byte so changes one choice, and the rest of the history stays what it was.

use core::ops::{Bound, RangeBounds};

/// Bytes first, a seeded generator after them.
#[derive(Clone, Debug)]
pub(super) struct Dice {
    bytes: Vec<u8>,
    taken: usize,
    rest: fastrand::Rng,
}

impl Dice {
    /// Everything follows from the seed.
    pub(super) fn with_seed(seed: u64) -> Self {
        Self::with_bytes(Vec::new(), seed)
    }

    pub(super) fn with_bytes(bytes: Vec<u8>, seed: u64) -> Self {
        Self { bytes, taken: 0, rest: fastrand::Rng::with_seed(seed) }
    }

    /// A number of so many values, from as few bytes as hold them; nothing when the bytes are used up.
    fn chosen(&mut self, values: u128) -> Option<u128> {
        let width = if values <= 1 << 8 {
            1
        } else if values <= 1 << 16 {
            2
        } else {
            8
        };
        let bytes = self.bytes.get(self.taken..self.taken + width)?;
        self.taken += width;
        let number = bytes.iter().fold(0, |number, byte| (number << 8) | u128::from(*byte));
        Some(number % values)
    }

    pub(super) fn bool(&mut self) -> bool {
        match self.chosen(2) {
            Some(number) => number == 1,
            None => self.rest.bool(),
        }
    }

    /// One of the values; nothing of none.
    pub(super) fn choice<I>(&mut self, values: I) -> Option<I::Item>
    where
        I: IntoIterator,
        I::IntoIter: ExactSizeIterator,
    {
        let mut values = values.into_iter();
        match values.len() {
            0 => None,
            count => values.nth(self.usize(0..count)),
        }
    }
}

macro_rules! numbers {
    ($($number:ident)*) => {
        impl Dice {
            $(
                /// A number of a range that is not empty.
                pub(super) fn $number(&mut self, range: impl RangeBounds<$number>) -> $number {
                    let low = match range.start_bound() {
                        Bound::Included(low) => i128::try_from(*low),
                        Bound::Excluded(low) => i128::try_from(*low).map(|low| low + 1),
                        Bound::Unbounded => i128::try_from($number::MIN),
                    };
                    let high = match range.end_bound() {
                        Bound::Included(high) => i128::try_from(*high),
                        Bound::Excluded(high) => i128::try_from(*high).map(|high| high - 1),
                        Bound::Unbounded => i128::try_from($number::MAX),
                    };
                    let (low, high) = (low.expect("fits"), high.expect("fits"));
                    let values = u128::try_from(high - low + 1).expect("a range that is not empty");
                    match self.chosen(values) {
                        Some(number) => $number::try_from(low + i128::try_from(number).expect("small"))
                            .expect("inside the range"),
                        None => self.rest.$number(range),
                    }
                }
            )*
        }
    };
}

numbers!(i64 u32 u64 usize);

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn bytes_choose_while_there_are_any_and_the_seed_after_them() {
        let mut dice = Dice::with_bytes(vec![7, 1, 0, 3, 1], 5);
        assert_eq!((dice.u32(0..5), dice.bool(), dice.i64(-3..=300)), (2, true, 0));
        assert_eq!(dice.choice(["a", "b"]), Some("b"));
        let mut seeded = fastrand::Rng::with_seed(5);
        assert_eq!(dice.u64(..), seeded.u64(..));
        assert_eq!(dice.choice(["a", "b", "c"]), seeded.choice(["a", "b", "c"]));
    }
}
