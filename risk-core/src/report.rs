//! What a venue reports beside single executions: how much of an order is executed so far, and what is not true after
//! all.

use rust_decimal::Decimal;

use crate::handle::AccountHandle;
use crate::input::{Booking, OrderRef};
use crate::text::Id;

/// Who wanted an execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Origin {
    /// Whoever sent the order.
    #[default]
    Client,
    /// The venue: a liquidation, a buy-in. It belongs where it is booked, is of no order, and is no anomaly.
    Venue,
}

/// How much of an order is executed so far, all in all: FIX CumQty and AvgPx, or what most interfaces of crypto venues
/// call filled and average.
///
/// The position moves by what is new: by this quantity less what was known of the order before. The report may come
/// again, late, and beside single executions: an execution that it already contained moves nothing any more. What is
/// new is booked at the price that makes the average true, rounded against the trader.
///
/// How much was known of an order that has ended stays known for `duplicate_window_ms`, by its client order id.
/// A report that can not be set against anything is not applied and halts its account (see [`Fill`](crate::Fill)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Cumulative {
    /// Of which order.
    pub order: OrderRef,
    /// How much of it is executed, positive.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub quantity: Decimal,
    /// At what price on average, by quantity, in the quote asset; six more places than the price scale count.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub average_price: Decimal,
    /// What it cost so far, in the quote asset; a rebate is negative. `None`: fees come with the executions, or not at
    /// all.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
    pub fees: Option<Decimal>,
    /// Where to book it if the order is not known, or not any more.
    pub booking: Option<Booking>,
}

impl Cumulative {
    /// A report without fees, of an order that is known.
    pub fn new(
        order: impl Into<OrderRef>,
        quantity: impl Into<Decimal>,
        average_price: impl Into<Decimal>,
    ) -> Self {
        let (quantity, average_price) = (quantity.into(), average_price.into());
        Self { order: order.into(), quantity, average_price, fees: None, booking: None }
    }
}

/// An execution that is not true after all, or not as it was reported: it is reversed as it was booked, and what takes
/// its place is booked instead.
///
/// The position is exact, and so is equity but for the rounding of two bookings. The quantity counts as not executed from
/// then on, and does not become open again; a parent keeps it as used. A bust of an execution that is not remembered
/// (for `duplicate_window_ms`) is not applied and halts the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bust {
    /// Whose execution it was.
    pub account: AccountHandle,
    /// The venue's execution id.
    pub execution: Id,
    /// What is true instead; nothing where it never happened.
    pub instead: Option<Corrected>,
}

/// An execution as it really was. Side, instrument and order stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Corrected {
    /// How much, positive.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub quantity: Decimal,
    /// At what price, in the quote asset.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub price: Decimal,
    /// What it cost, in the quote asset; a rebate is negative.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde"))]
    pub fee: Decimal,
}
