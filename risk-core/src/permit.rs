//! The right to send once. Only the engine makes a [`Permit`]; only a redeemed permit, or a cancel, is an [`Outbound`].
//!
//! Neither can be built, copied or serialised, and both are used up by the call that takes them.

use rust_decimal::Decimal;

use crate::clock::Timestamp;
use crate::handle::OrderHandle;
use crate::order::Order;

/// The guard's leave to send one order, for a short time. Redeem it, or release it.
///
/// A dropped permit keeps its hold until it expires: nobody can know that it was not about to be used.
#[must_use = "redeem or release the permit; a dropped one keeps its hold until it expires"]
#[derive(Debug)]
pub struct Permit {
    pub(crate) handle: OrderHandle,
    pub(crate) quantity: Decimal,
    pub(crate) expires: Timestamp,
}

impl Permit {
    /// The quantity that may be sent.
    pub fn quantity(&self) -> Decimal {
        self.quantity
    }

    /// When it is too late to redeem.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// The order it holds for.
    pub fn order(&self) -> OrderHandle {
        self.handle
    }
}

/// What an outbound message asks of the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message {
    /// Take this order.
    New,
    /// Cancel this order.
    Cancel,
    /// Change the order that [`Outbound::replaces`] names into this one.
    Replace,
}

/// A message that may leave the process: the only thing a function that talks to the venue should take.
///
/// ```compile_fail
/// # use risk_core::{Order, Outbound};
/// fn send(_: Outbound) {}
/// fn bypass(order: Order) {
///     send(order); // an order that was not judged
/// }
/// ```
#[must_use = "send it, or abandon it as proof that nothing was sent"]
#[derive(Debug)]
pub struct Outbound {
    pub(crate) handle: OrderHandle,
    pub(crate) message: Message,
    pub(crate) order: Order,
    pub(crate) replaces: Option<OrderHandle>,
    pub(crate) deadline: Timestamp,
}

impl Outbound {
    /// What to ask of the venue.
    pub fn message(&self) -> Message {
        self.message
    }

    /// The order, with the quantity that was approved.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// The order that a replace changes. Reports may name it, or the change by [`Outbound::handle`].
    pub fn replaces(&self) -> Option<OrderHandle> {
        self.replaces
    }

    /// The order's handle, for reports and for a cancel.
    pub fn handle(&self) -> OrderHandle {
        self.handle
    }

    /// The instant after which it must not be written to the socket any more.
    pub fn deadline(&self) -> Timestamp {
        self.deadline
    }
}
