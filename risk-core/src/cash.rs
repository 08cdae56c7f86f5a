//! Cash accounts: what they hold they have paid for, and what they ask for they can pay.
//!
//! A cash account pays in its own currency, and in nothing else. Its money is its balance less what its positions cost;
//! a buy holds what it can cost at its own price, fees in, until it fills or ends. What was bought through one instrument
//! is sold through the same one, and nothing is ever sold short.

use crate::book::{Book, Owner};
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::num::{Money, Quantity, Round, Valuer, divide};
use crate::order::Side;
use crate::reason::Reason;
use crate::state::{State, at, at_mut};

/// How an account pays for what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum AccountKind {
    /// On margin: positions may be long or short, and profit and loss is settled in the account's currency.
    #[default]
    Margin,
    /// In cash, in its own currency: what it buys it pays for, fees in, and it sells only what it holds. A balance that
    /// is stated is the money that is left beside its positions.
    Cash,
}

/// What an account is charged on the value of what is executed, in basis points, 0 to 10,000. A cash account holds the
/// higher of the two for each buy. A rebate is no fee: it counts as 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Fees {
    /// Of what rested in the book.
    pub maker_bps: u32,
    /// Of what took from the book.
    pub taker_bps: u32,
}

/// What an order holds besides quantity: surcharges in the account's book and in the strategy's, and cash.
pub(crate) type Charges = [Money; 3];

/// What an account is charged, and how it pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Cash {
    /// It pays in cash.
    pub(crate) only: bool,
    /// The higher of its fees.
    pub(crate) fee_bps: u32,
    /// What its buys can cost.
    pub(crate) held: Money,
    /// What its positions cost; what shorts brought in counts against it.
    pub(crate) invested: Money,
}

impl Book {
    fn paid(&self) -> i128 {
        if self.position.0 < 0 { 0_i128.wrapping_sub(self.cost.0) } else { self.cost.0 }
    }
}

impl State {
    /// A book is put in the place of another: what the account has invested moves by the difference of what they cost.
    #[inline]
    pub(crate) fn invest(&mut self, before: &Book, after: &Book) {
        let moved = after.paid().wrapping_sub(before.paid());
        let Owner::Account(place) = after.owner else { return };
        if moved == 0 {
            return;
        }
        let quote = at(&self.instruments, after.instrument).map(|instrument| instrument.traded.quote);
        let Some(account) = at_mut(&mut self.accounts, place) else { return };
        if quote == Some(account.currency) {
            account.cash.invested.0 = account.cash.invested.0.wrapping_add(moved);
        }
    }

    /// Cash that is held for an order changes.
    #[inline(always)]
    pub(crate) fn hold_cash(&mut self, account: u32, before: Money, after: Money) {
        if before == after {
            return;
        }
        if let Some(account) = at_mut(&mut self.accounts, account) {
            account.cash.held.0 = account.cash.held.0.wrapping_add(after.0.wrapping_sub(before.0));
        }
    }
}

impl Facts<'_> {
    /// What the order can cost, where it is paid in cash: at its own limit price, or at its worst; fees in.
    #[inline(always)]
    pub(crate) fn cash(&self, trial: &Trial) -> Result<Money, Reason> {
        let ([opening, _], valuer) = (trial.opening, &self.instrument.traded.valuer);
        if !self.account.cash.only || self.parsed.side == Side::Sell || opening == Quantity::ZERO {
            return Ok(Money::ZERO);
        }
        let own = self.parsed.price.map(|price| price.abs());
        let price = own.or(self.worst).ok_or(Reason::DataGap)?;
        cost_of(trial.open, price, valuer, self.account.cash.fee_bps).ok_or(Reason::EvaluationError)
    }

    /// What all buys of the account can cost with this one among them, and the money there is.
    #[inline(always)]
    pub(crate) fn cash_after(&self, trial: &Trial) -> Result<(Money, Money), Reason> {
        if !self.account.known {
            return Err(Reason::NoEquity);
        }
        let cash = &self.account.cash;
        let cost = self.cash(trial)?;
        // Of any other asset than its currency it is not known to have anything.
        let own = self.instrument.traded.quote == self.account.currency;
        let there = if own { self.account.balance.minus(cash.invested) } else { Some(Money::ZERO) };
        let before = self.replaced.map_or(Money::ZERO, |replaced| replaced.cash);
        let held = cash.held.minus(before).and_then(|held| held.plus(cost));
        let lost = self.unaccounted(Level::Account)?;
        held.and_then(|held| held.plus(lost)).zip(there).ok_or(Reason::EvaluationError)
    }
}

/// Value of a quantity at a price, fees in.
#[inline(never)]
fn cost_of(quantity: Quantity, price: u64, valuer: &Valuer, fee_bps: u32) -> Option<Money> {
    let value = valuer.value(quantity.abs(), price, Round::Up)?;
    let product = value.0.unsigned_abs().wrapping_mul(u128::from(fee_bps));
    let fee = divide(product, 10_000, Round::Up)?;
    value.plus(Money(i128::try_from(fee).ok()?))
}
