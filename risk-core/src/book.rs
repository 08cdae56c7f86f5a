//! One position book: what an account (or one of its strategies) holds and has asked for in one instrument.

use crate::instrument::Traded;
use crate::num::{Money, Price, Quantity, Round, share};
use crate::order::Side;

/// In which way quantity is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) side: Side,
    /// Of a reduce-only order that the venue itself keeps within the account's position: that position.
    pub(crate) within: Option<Quantity>,
}

/// What is asked for on one side.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    free: Quantity,
    /// What the venue keeps within the account's position.
    kept: Quantity,
}

impl Asked {
    pub(crate) fn one(ask: Ask, quantity: Quantity) -> Self {
        let mut asked = Self::default();
        asked.add(ask, quantity);
        asked
    }

    pub(crate) fn add(&mut self, ask: Ask, quantity: Quantity) {
        let sum = if ask.within.is_some() { &mut self.kept } else { &mut self.free };
        sum.0 = sum.0.saturating_add(quantity.0);
    }
}

/// Position, working quantity and worst case of one owner in one instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Book {
    /// Signed position.
    pub(crate) position: Quantity,
    /// Held or working buys, but for those that the venue keeps within the position.
    pub(crate) buys: Quantity,
    /// The same of sells.
    pub(crate) sells: Quantity,
    /// Buys that the venue keeps within the account's position: together they can be no more than it is short.
    pub(crate) kept_buys: Quantity,
    /// The same of sells: no more than it is long.
    pub(crate) kept_sells: Quantity,
    /// The account's position, where the venue keeps orders within it.
    pub(crate) keeps_within: Quantity,
    /// By how much the opening buys were asked for above the mark of their moment, in quote money.
    pub(crate) surcharge_buys: Money,
    /// The same for sells.
    pub(crate) surcharge_sells: Money,
    /// What the position cost, in quote money; below zero only where prices may be.
    pub(crate) cost: Money,
    /// Worst-case exposure, in the account's currency.
    pub(crate) exposure: Money,
    /// The same in the firm's currency.
    pub(crate) exposure_firm: Money,
    /// Profit of the position at the mark, in the account's currency.
    pub(crate) unrealised: Money,
    /// Whether it counts as a position.
    pub(crate) counted: bool,
    /// Orders that live in it.
    pub(crate) open_orders: u32,
    /// What it cannot be valued for want of, where it holds or asks for something.
    pub(crate) lack: Lack,
    /// The limits of its own, when the account has some for this instrument.
    pub(crate) limits: Option<u32>,
    /// The sum of its group.
    pub(crate) group: u32,
    /// Its owner: an account or a strategy.
    pub(crate) owner: Owner,
    /// Its instrument.
    pub(crate) instrument: u32,
    /// The next book of the same instrument.
    pub(crate) next: Option<u32>,
    /// Of a strategy's book: that of its account in the same instrument.
    pub(crate) whole: u32,
}

/// The place of a book that there is not.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// Whose book it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Owner {
    Account(u32),
    Strategy(u32),
}

impl Default for Owner {
    fn default() -> Self {
        Self::Account(u32::MAX)
    }
}

/// What a book's value lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Lack {
    #[default]
    Nothing,
    Mark,
    Rate,
}

/// What a book counts for in the sums it is part of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) exposure: Money,
    pub(crate) exposure_firm: Money,
    pub(crate) unrealised: Money,
    /// Largest position that can result.
    pub(crate) worst: u64,
    pub(crate) counted: bool,
    pub(crate) lack: Lack,
}

/// Which sums those are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BookOf {
    pub(crate) owner: Owner,
    pub(crate) instrument: u32,
    pub(crate) group: u32,
}

/// What an owner that never traded the instrument holds.
pub(crate) const EMPTY: Book = Book {
    position: Quantity::ZERO,
    buys: Quantity::ZERO,
    sells: Quantity::ZERO,
    kept_buys: Quantity::ZERO,
    kept_sells: Quantity::ZERO,
    keeps_within: Quantity::ZERO,
    surcharge_buys: Money::ZERO,
    surcharge_sells: Money::ZERO,
    cost: Money::ZERO,
    exposure: Money::ZERO,
    exposure_firm: Money::ZERO,
    unrealised: Money::ZERO,
    counted: false,
    open_orders: 0,
    lack: Lack::Nothing,
    limits: None,
    group: u32::MAX,
    owner: Owner::Account(u32::MAX),
    instrument: u32::MAX,
    next: None,
    whole: NOWHERE,
};

/// The two ends a book can come to, with what was asked for above the mark on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Worst {
    long: Quantity,
    short: Quantity,
    surcharge_long: Money,
    surcharge_short: Money,
}

impl Worst {
    /// The larger end, in quantity.
    #[inline(always)]
    pub(crate) fn quantity(&self) -> u64 {
        self.long.abs().max(self.short.abs())
    }

    /// The dearer end at a mark, in quote money.
    #[inline(always)]
    pub(crate) fn value(&self, traded: &Traded, mark: Price) -> Option<Money> {
        let (long, short) = (self.long.abs(), self.short.abs());
        // The larger end with the larger surcharge is the worst case: mostly one valuation will do.
        if long >= short && self.surcharge_long >= self.surcharge_short {
            return traded.exposure(long, mark)?.plus(self.surcharge_long);
        }
        if short >= long && self.surcharge_short >= self.surcharge_long {
            return traded.exposure(short, mark)?.plus(self.surcharge_short);
        }
        let long = traded.exposure(long, mark)?.plus(self.surcharge_long)?;
        let short = traded.exposure(short, mark)?.plus(self.surcharge_short)?;
        Some(long.max(short))
    }
}

impl Book {
    #[inline(always)]
    pub(crate) fn part(&self) -> Part {
        Part {
            exposure: self.exposure,
            exposure_firm: self.exposure_firm,
            unrealised: self.unrealised,
            worst: self.worst_quantity().unwrap_or(0),
            counted: self.counted,
            lack: self.lack,
        }
    }

    #[inline(always)]
    pub(crate) fn of(&self) -> BookOf {
        BookOf { owner: self.owner, instrument: self.instrument, group: self.group }
    }

    /// Quantity that would only close: what the position leaves after the exits already working. What the venue keeps
    /// within the position is not used up by others of its kind, unless the account's position leaves them room for more
    /// than this owner holds.
    #[inline(always)]
    pub(crate) fn reducible(&self, ask: Ask) -> Quantity {
        let held = along(ask.side, self.position);
        match ask.within {
            Some(whole) if along(ask.side, whole) <= held => held.excess_over(self.asked(ask.side).free),
            Some(_) | None => held.excess_over(self.asked_in_all(ask.side)),
        }
    }

    #[inline(always)]
    fn asked(&self, side: Side) -> Asked {
        match side {
            Side::Buy => Asked { free: self.buys, kept: self.kept_buys },
            Side::Sell => Asked { free: self.sells, kept: self.kept_sells },
        }
    }

    /// What can be executed of all that is asked for on a side. More than can be counted is as much as can be.
    #[inline(always)]
    pub(crate) fn asked_in_all(&self, side: Side) -> Quantity {
        let Asked { free, kept } = self.asked(side);
        if kept.0 == 0 {
            return free;
        }
        Quantity(free.0.saturating_add(kept.0.min(room(side, self.keeps_within))))
    }

    /// The same with more asked for.
    #[inline(always)]
    fn asked_with(&self, ask: Ask, more: Quantity) -> Option<Quantity> {
        let Asked { free, kept } = self.asked(ask.side);
        match ask.within {
            None if kept.0 == 0 => free.plus(more),
            None => free.plus(more)?.plus(Quantity(kept.0.min(room(ask.side, self.keeps_within)))),
            Some(whole) => free.plus(Quantity(kept.plus(more)?.0.min(room(ask.side, whole)))),
        }
    }

    /// The side that closes the position.
    pub(crate) fn closing(&self) -> Side {
        if self.position.0 > 0 { Side::Sell } else { Side::Buy }
    }

    /// Quantity of an order that would open.
    #[inline(always)]
    pub(crate) fn opening(&self, ask: Ask, quantity: Quantity) -> Quantity {
        quantity.excess_over(self.reducible(ask))
    }

    /// Quantity that would open of what is already held for an order: the order itself left out.
    pub(crate) fn opening_of_held(self, ask: Ask, held: Quantity) -> Quantity {
        self.opening_without(ask, Asked::one(ask, held), held)
    }

    /// Quantity of an order that would open where some of what is asked for on its side were not there.
    pub(crate) fn opening_without(mut self, ask: Ask, left_out: Asked, quantity: Quantity) -> Quantity {
        self.take_off(Ask { within: None, ..ask }, left_out.free, Money::ZERO);
        self.take_off(Ask { within: ask.within.or(Some(Quantity::ZERO)), ..ask }, left_out.kept, Money::ZERO);
        self.opening(ask, quantity)
    }

    /// Asks for more on one side. Nothing, and nothing changed, when that cannot be counted.
    #[inline(always)]
    pub(crate) fn put_on(&mut self, ask: Ask, quantity: Quantity, surcharge: Money) -> Option<()> {
        let (held, extra) = self.asked_mut(ask);
        let (more, dearer) = (held.plus(quantity)?, extra.plus(surcharge)?);
        (*held, *extra) = (more, dearer);
        Some(())
    }

    /// With less asked for on one side. Never below zero: a hold is taken off once.
    pub(crate) fn take_off(&mut self, ask: Ask, quantity: Quantity, surcharge: Money) {
        let (held, extra) = self.asked_mut(ask);
        *held = held.excess_over(quantity);
        *extra = Money(extra.0.saturating_sub(surcharge.0).max(0));
    }

    #[inline(always)]
    fn asked_mut(&mut self, ask: Ask) -> (&mut Quantity, &mut Money) {
        match (ask.side, ask.within) {
            (Side::Buy, None) => (&mut self.buys, &mut self.surcharge_buys),
            (Side::Sell, None) => (&mut self.sells, &mut self.surcharge_sells),
            (Side::Buy, Some(_)) => (&mut self.kept_buys, &mut self.surcharge_buys),
            (Side::Sell, Some(_)) => (&mut self.kept_sells, &mut self.surcharge_sells),
        }
    }

    /// Whether it holds and asks for the same as another: then it is worth the same too.
    #[inline(always)]
    pub(crate) fn asks_like(&self, other: &Self) -> bool {
        let differs = (self.position.0 ^ other.position.0)
            | (self.buys.0 ^ other.buys.0)
            | (self.sells.0 ^ other.sells.0)
            | (self.kept_buys.0 ^ other.kept_buys.0)
            | (self.kept_sells.0 ^ other.kept_sells.0);
        let dearer = (self.surcharge_buys.0 ^ other.surcharge_buys.0)
            | (self.surcharge_sells.0 ^ other.surcharge_sells.0);
        differs == 0 && dearer == 0
    }

    /// The same, at the same cost: then it makes the same too.
    pub(crate) fn holds_like(&self, other: &Self) -> bool {
        self.cost == other.cost && self.asks_like(other)
    }

    /// What can become of it: everything asked for on one side filled, nothing on the other.
    #[inline(always)]
    pub(crate) fn worst(&self) -> Option<Worst> {
        Some(Worst {
            long: self.position.plus(self.asked_in_all(Side::Buy))?,
            short: self.position.minus(self.asked_in_all(Side::Sell))?,
            surcharge_long: self.surcharge_buys,
            surcharge_short: self.surcharge_sells,
        })
    }

    /// The same with one more order.
    #[inline(always)]
    pub(crate) fn worst_with(&self, ask: Ask, quantity: Quantity, surcharge: Money) -> Option<Worst> {
        let mut worst = self.worst()?;
        match ask.side {
            Side::Buy => {
                worst.long = self.end_with(ask, quantity)?;
                worst.surcharge_long = worst.surcharge_long.plus(surcharge)?;
            }
            Side::Sell => {
                worst.short = self.end_with(ask, quantity)?;
                worst.surcharge_short = worst.surcharge_short.plus(surcharge)?;
            }
        }
        Some(worst)
    }

    /// The position when all that is asked for on a side is filled, with more asked for on it.
    #[inline(always)]
    pub(crate) fn end_with(&self, ask: Ask, more: Quantity) -> Option<Quantity> {
        let asked = self.asked_with(ask, more)?;
        match ask.side {
            Side::Buy => self.position.plus(asked),
            Side::Sell => self.position.minus(asked),
        }
    }

    /// Largest position that can result, in quantity.
    #[inline(always)]
    pub(crate) fn worst_quantity(&self) -> Option<u64> {
        self.worst().map(|worst| worst.quantity())
    }

    /// Whether its worst case is what one side can come to, in that side's direction.
    #[inline(always)]
    pub(crate) fn leads(&self, side: Side) -> bool {
        let dearer = self.surcharge_buys.0.cmp(&self.surcharge_sells.0);
        match (self.worst(), side) {
            (None, _) => false,
            // The larger end with the larger surcharge, as `Worst::value` takes them; the long end is never below the
            // short one, so that the larger of the two is not on the other side of nothing.
            (Some(worst), Side::Buy) => {
                worst.long.abs() >= worst.short.abs() && worst.long.0 >= 0 && dearer.is_ge()
            }
            (Some(worst), Side::Sell) => {
                worst.short.abs() >= worst.long.abs() && worst.short.0 <= 0 && dearer.is_le()
            }
        }
    }

    /// Nothing held, and nothing asked for that can be executed.
    pub(crate) fn is_flat(&self) -> bool {
        self.position.0 | self.asked_in_all(Side::Buy).0 | self.asked_in_all(Side::Sell).0 == 0
    }

    /// Whether it counts as a position: held beyond dust, or asked for beyond what is held.
    #[inline(always)]
    pub(crate) fn counts(&self, dust: Option<Quantity>) -> bool {
        let held = self.position.abs();
        let least = dust.map_or(1, Quantity::abs);
        held >= least || self.worst_quantity().is_none_or(|worst| worst > held)
    }

    /// Profit of the position at a mark, in quote money, against the trader.
    pub(crate) fn unrealised_at(&self, traded: &Traded, mark: Price) -> Option<Money> {
        if self.position.0 == 0 {
            return Some(Money::ZERO);
        }
        // A long position is worth less rounded down, a short one owes more rounded up; for an inverse contract the
        // value falls as the price rises, and so do the directions.
        let long = (self.position.0 > 0) != traded.valuer.is_inverse();
        let value = signed_value(traded, self.position.abs(), mark, !long)?;
        if long { value.minus(self.cost) } else { self.cost.minus(value) }
    }

    /// Whether an execution of a side closes something.
    pub(crate) fn is_against(&self, side: Side) -> bool {
        match side {
            Side::Buy => self.position.0 < 0,
            Side::Sell => self.position.0 > 0,
        }
    }

    /// Books an execution: position and cost change, and what closed is realised, in quote money.
    pub(crate) fn execute(
        &mut self,
        traded: &Traded,
        side: Side,
        quantity: Quantity,
        price: Price,
    ) -> Option<Money> {
        let signed = match side {
            Side::Buy => quantity,
            Side::Sell => Quantity(0_i64.checked_sub(quantity.0)?),
        };
        let before = self.position;
        let after = before.plus(signed)?;
        let closed = if self.is_against(side) { before.abs().min(quantity.abs()) } else { 0 };
        let opened = quantity.abs().checked_sub(closed)?;
        let inverse = traded.valuer.is_inverse();
        let mut realised = Money::ZERO;
        if closed > 0 {
            let left = before.abs().checked_sub(closed)?;
            let cost_left = if left == 0 { Money::ZERO } else { share(self.cost, left, before.abs())? };
            let cost_closed = self.cost.minus(cost_left)?;
            let long = (before.0 > 0) != inverse;
            let proceeds = signed_value(traded, closed, price, !long)?;
            realised = if long { proceeds.minus(cost_closed)? } else { cost_closed.minus(proceeds)? };
            self.cost = cost_left;
        }
        if opened > 0 {
            let long = (signed.0 > 0) != inverse;
            self.cost = self.cost.plus(signed_value(traded, opened, price, long)?)?;
        }
        self.position = after;
        Some(realised)
    }
}

/// How far a position can be closed by a side; below zero where that side adds to it.
#[inline(always)]
fn along(closing: Side, position: Quantity) -> Quantity {
    match closing {
        Side::Sell => position,
        Side::Buy => Quantity(0_i64.saturating_sub(position.0)),
    }
}

/// What the venue lets reduce-only orders of a side do together.
#[inline(always)]
fn room(side: Side, position: Quantity) -> i64 {
    along(side, position).0.max(0)
}

/// Value at a price that may be below zero, rounded up or down on the number line.
fn signed_value(traded: &Traded, quantity: u64, price: Price, up: bool) -> Option<Money> {
    let negative = price.0 < 0;
    let round = if up != negative { Round::Up } else { Round::Down };
    let value = traded.valuer.value(quantity, price.abs(), round)?;
    if negative { 0_i128.checked_sub(value.0).map(Money) } else { Some(value) }
}
