//! What is to change about an order at the venue.

use rust_decimal::Decimal;

use crate::clock::Timestamp;
use crate::order::{Field, Flaw, Kind, Malformed, Order};
use crate::text::Id;

/// A change of an order that is at the venue (cancel/replace, amend). What is `None` stays as it is.
///
/// Side, instrument, account and strategy cannot change: that would be another order.
///
/// ```
/// use risk_core::Change;
/// use rust_decimal::Decimal;
/// let change = Change::new().quantity(7).price(Decimal::new(10_050, 2)).id("a1-2");
/// assert_eq!(change.quantity, Some(Decimal::from(7)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Change {
    /// The client order id from then on, as venues that replace orders ask for; `None` for those that amend in place.
    pub id: Option<Id>,
    /// The total quantity, what is already filled included, in units of the instrument.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub quantity: Option<Decimal>,
    /// The limit price, in the quote asset. Only of an order that has one.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub price: Option<Decimal>,
    /// The trigger, in the quote asset. Only of an order that has one.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub trigger: Option<Decimal>,
    /// When the trading system decided on it. Needed where an order age limit is set.
    pub created_at: Option<Timestamp>,
}

impl Change {
    /// Nothing changes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The total quantity, filled included.
    #[must_use]
    pub fn quantity(mut self, quantity: impl Into<Decimal>) -> Self {
        self.quantity = Some(quantity.into());
        self
    }

    /// The limit price.
    #[must_use]
    pub fn price(mut self, price: impl Into<Decimal>) -> Self {
        self.price = Some(price.into());
        self
    }

    /// The trigger.
    #[must_use]
    pub fn trigger(mut self, trigger: impl Into<Decimal>) -> Self {
        self.trigger = Some(trigger.into());
        self
    }

    /// The client order id from then on.
    #[must_use]
    pub fn id(mut self, id: impl Into<Id>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// When the trading system decided on it.
    #[must_use]
    pub fn created_at(mut self, at: Timestamp) -> Self {
        self.created_at = Some(at);
        self
    }

    /// The whole order as it would be.
    pub(crate) fn applied_to(&self, order: &Order) -> Result<Order, Malformed> {
        let unexpected =
            |field, value: Decimal| Malformed { field, flaw: Flaw::Unexpected, value: Some(value) };
        let mut changed = *order;
        changed.quantity = self.quantity.unwrap_or(order.quantity);
        changed.id = self.id.unwrap_or(order.id);
        changed.created_at = self.created_at;
        if let Some(new) = self.price {
            match &mut changed.kind {
                Kind::Limit { price } | Kind::StopLimit { price, .. } => *price = new,
                Kind::Market | Kind::Stop { .. } => return Err(unexpected(Field::Price, new)),
            }
        }
        if let Some(new) = self.trigger {
            match &mut changed.kind {
                Kind::Stop { trigger } | Kind::StopLimit { trigger, .. } => *trigger = new,
                Kind::Market | Kind::Limit { .. } => return Err(unexpected(Field::Trigger, new)),
            }
        }
        Ok(changed)
    }
}
