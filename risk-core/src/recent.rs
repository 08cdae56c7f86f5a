//! What was reported not long ago: executions by their ids, and how much of each order is executed.

use std::collections::VecDeque;

use crate::clock::Timestamp;
use crate::num::{Money, Quantity, Round, share};
use crate::reports::Target;
use crate::table::{Key, Table};

/// Values by a key, each until a time, in a table of fixed size. Times come in order; what is oldest makes room.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Recent<T> {
    /// From key to the number of its value; numbers go up by one.
    table: Table,
    kept: VecDeque<(Timestamp, Key, T)>,
    /// The number of the first that is kept.
    first: u32,
}

impl<T: Clone> Clone for Recent<T> {
    fn clone(&self) -> Self {
        Self { table: self.table.clone(), kept: self.kept.clone(), first: self.first }
    }

    fn clone_from(&mut self, source: &Self) {
        self.table.clone_from(&source.table);
        self.kept.clone_from(&source.kept);
        self.first = source.first;
    }
}

impl<T> Recent<T> {
    pub(crate) fn with_capacity(capacity: u32) -> Self {
        let size = usize::try_from(capacity).unwrap_or(usize::MAX);
        Self { table: Table::with_capacity(capacity), kept: VecDeque::with_capacity(size), first: 0 }
    }

    pub(crate) fn reserve_all(&mut self) {
        self.kept.reserve_exact(self.table.capacity().saturating_sub(self.kept.len()));
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.table.capacity()
    }

    fn place(&self, key: Key) -> Option<usize> {
        usize::try_from(self.table.get(key)?.wrapping_sub(self.first)).ok()
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        self.kept.get(self.place(key)?).map(|(_, _, value)| value)
    }

    /// All that is kept, oldest first.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.kept.iter_mut().map(|(_, _, value)| value)
    }

    /// Keeps a value until a time; one that is kept already is replaced, and its time stays. The caller then calls
    /// [`State::wake_at`](crate::state::State::wake_at).
    pub(crate) fn set(&mut self, key: Key, value: T, until: Timestamp) {
        if let Some(place) = self.place(key) {
            if let Some((_, _, kept)) = self.kept.get_mut(place) {
                *kept = value;
            }
            return;
        }
        if self.table.is_full() {
            self.forget_first();
        }
        let number = self.first.wrapping_add(u32::try_from(self.kept.len()).unwrap_or(u32::MAX));
        if self.table.set(key, number) {
            self.kept.push_back((until, key, value));
        }
    }

    /// When something is to be forgotten.
    pub(crate) fn due(&self) -> Timestamp {
        self.kept.front().map_or(Timestamp::MAX, |(until, ..)| *until)
    }

    /// Forgets what is due.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        while self.due() <= now && !self.kept.is_empty() {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, key, _)) = self.kept.pop_front() {
            self.table.remove(key);
            self.first = self.first.wrapping_add(1);
        }
    }
}

/// An execution as it is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Executed {
    pub(crate) target: Target,
    /// 0 once it was busted.
    pub(crate) amounts: Amounts,
    /// Its order: slot and generation while that lives, and the key of its client order id.
    pub(crate) slot: Option<(u32, u32)>,
    pub(crate) order: Option<Key>,
}

/// How much, at what price and for what fee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Amounts {
    pub(crate) quantity: Quantity,
    pub(crate) price: crate::num::Price,
    pub(crate) fee: Money,
}

/// An order that has ended, as far as something of it was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Past {
    pub(crate) target: Target,
    pub(crate) total: Total,
}

/// What is known to be executed of an order, by all reports together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Total {
    pub(crate) filled: Quantity,
    /// What a cumulative report was ahead of the executions: they will be reported too, and must not count twice.
    ahead: Quantity,
    /// Quantity times price, with [`FINER`] more places than both have.
    value: i128,
    fees: Money,
    /// A cumulative report has stated the fees.
    fees_stated: bool,
}

/// How many more places than prices averages have, and ten to the power of it.
pub(crate) const FINER: u32 = 6;
const FINER_UNITS: i128 = 1_000_000;

impl Total {
    /// A single execution: how much of it is new, and which part of its fee.
    pub(crate) fn execute(&mut self, whole: &Amounts) -> (Quantity, Money) {
        let known = Quantity(whole.quantity.0.min(self.ahead.0));
        let new = whole.quantity.excess_over(known);
        self.ahead = self.ahead.excess_over(known);
        let fee = match (self.fees_stated, known.0) {
            (false, _) | (true, 0) => whole.fee,
            (true, _) => share(whole.fee, new.abs(), whole.quantity.abs()).unwrap_or(whole.fee),
        };
        self.add(new, worth(new, whole.price), fee);
        (new, fee)
    }

    /// A cumulative report: what is new of it, as quantity, value and fee. Nothing where all is known.
    pub(crate) fn reach(
        &mut self,
        quantity: Quantity,
        value: i128,
        fees: Option<Money>,
    ) -> Option<(Quantity, i128, Money)> {
        let late = quantity < self.filled;
        let fee = fees.filter(|_| !late).map_or(0, |fees| fees.0.saturating_sub(self.fees.0));
        let new = quantity.excess_over(self.filled);
        if new.0 == 0 && fee == 0 {
            return None;
        }
        let dearer = if new.0 == 0 { 0 } else { value.saturating_sub(self.value) };
        self.add(new, dearer, Money(fee));
        self.ahead = Quantity(self.ahead.0.saturating_add(new.0));
        self.fees_stated |= fees.is_some();
        Some((new, dearer, Money(fee)))
    }

    /// So much was executed that is in the positions already: executions of it are not new.
    pub(crate) fn contains(&mut self, quantity: Quantity) {
        self.filled = Quantity(self.filled.0.saturating_add(quantity.0));
        self.ahead = Quantity(self.ahead.0.saturating_add(quantity.0));
    }

    /// An execution was another one.
    pub(crate) fn correct(&mut self, was: &Amounts, is: &Amounts) {
        let fee = is.fee.0.saturating_sub(was.fee.0);
        let value = worth(is.quantity, is.price).saturating_sub(worth(was.quantity, was.price));
        self.add(Quantity(is.quantity.0.saturating_sub(was.quantity.0)), value, Money(fee));
        self.filled = self.filled.max(Quantity::ZERO);
    }

    /// Units have become others, and prices the other way: what it is worth stays.
    pub(crate) fn split(&mut self, units: impl Fn(i64, Round) -> i64) {
        self.filled = Quantity(units(self.filled.0, Round::Down));
        self.ahead = Quantity(units(self.ahead.0, Round::Down));
    }

    fn add(&mut self, quantity: Quantity, value: i128, fee: Money) {
        self.filled = Quantity(self.filled.0.saturating_add(quantity.0));
        self.value = self.value.saturating_add(value);
        self.fees = Money(self.fees.0.saturating_add(fee.0));
    }
}

fn worth(quantity: Quantity, price: crate::num::Price) -> i128 {
    i128::from(price.0).saturating_mul(FINER_UNITS).saturating_mul(i128::from(quantity.0))
}

/// The price of a quantity that is worth so much, in whole units of price, rounded up or down on the number line.
pub(crate) fn price_of(value: i128, quantity: Quantity, up: bool) -> Option<i128> {
    let under = i128::from(quantity.0).checked_mul(FINER_UNITS)?;
    if up {
        0_i128.checked_sub(value)?.checked_div_euclid(under).and_then(i128::checked_neg)
    } else {
        value.checked_div_euclid(under)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Price;

    fn amounts(quantity: i64, price: i64, fee: i128) -> Amounts {
        Amounts { quantity: Quantity(quantity), price: Price(price), fee: Money(fee) }
    }

    #[test]
    fn prices_round_up_or_down_on_the_number_line() {
        let of = |value: i128, up| price_of(value * FINER_UNITS, Quantity(2), up);
        assert_eq!([of(7, true), of(7, false)], [Some(4), Some(3)]);
        assert_eq!([of(-7, true), of(-7, false)], [Some(-3), Some(-4)]);
        assert_eq!([of(8, true), of(8, false)], [Some(4), Some(4)]);
    }

    #[test]
    fn an_execution_that_a_cumulative_report_contained_is_not_new() {
        let mut total = Total::default();
        let value = 10 * 100 * FINER_UNITS;
        assert_eq!(total.reach(Quantity(10), value, None), Some((Quantity(10), value, Money(0))));
        assert_eq!(total.execute(&amounts(4, 100, 3)), (Quantity(0), Money(3)));
        assert_eq!(total.execute(&amounts(8, 100, 4)), (Quantity(2), Money(4)));
        assert_eq!(total.reach(Quantity(10), value, None), None);
        assert_eq!(total.filled, Quantity(12));
    }

    #[test]
    fn what_is_kept_is_found_until_its_time_and_the_oldest_makes_room() {
        let mut recent = Recent::with_capacity(2);
        let at = Timestamp::from_nanos;
        recent.set([1, 1], 'a', at(10));
        recent.set([2, 2], 'b', at(20));
        recent.set([3, 3], 'c', at(30));
        assert_eq!(
            [recent.get([1, 1]), recent.get([2, 2]), recent.get([3, 3])],
            [None, Some(&'b'), Some(&'c')]
        );
        recent.set([2, 2], 'x', at(40));
        assert_eq!((recent.get([2, 2]), recent.due()), (Some(&'x'), at(20)));
        recent.settle(at(20));
        assert_eq!([recent.get([2, 2]), recent.get([3, 3])], [None, Some(&'c')]);
    }
}
