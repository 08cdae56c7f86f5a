//! What a venue states of an account: all of its positions, its cash and its orders, as they really are.

use rust_decimal::Decimal;

use crate::handle::{AccountHandle, InstrumentHandle};
use crate::order::Side;
use crate::text::Id;

/// What an account really holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Snapshot {
    /// Whose.
    pub account: AccountHandle,
    /// Its cash, if it is stated.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
    pub balance: Option<Decimal>,
    /// Its positions.
    pub positions: Vec<Holding>,
    /// Its orders at the venue, all of them, if they are stated. What is not among them has ended, but for what was sent
    /// within `unknown_settle_ms`; what nobody knew here is held, of the strategy `unassigned`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub orders: Option<Vec<StatedOrder>>,
}

impl Snapshot {
    pub(crate) fn rebind(&mut self, engine: u32) {
        self.account.rebind(engine);
        self.positions.iter_mut().for_each(|holding| holding.instrument.rebind(engine));
        self.orders.iter_mut().flatten().for_each(|order| order.instrument.rebind(engine));
    }
}

/// An order as the venue has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StatedOrder {
    /// Its client order id.
    pub id: Id,
    /// Of what.
    pub instrument: InstrumentHandle,
    /// Buy or sell.
    pub side: Side,
    /// What can still be executed of it, above zero.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub open: Decimal,
    /// Its limit price, where it has one.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
    pub price: Option<Decimal>,
}

/// One position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Holding {
    /// In what.
    pub instrument: InstrumentHandle,
    /// How much; short where negative.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub quantity: Decimal,
    /// Average price it was opened at, in the quote asset.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub price: Decimal,
}
