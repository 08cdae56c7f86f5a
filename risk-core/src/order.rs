//! What is asked: an order in plain decimals, and the well-formed order that judging works on.
//!
//! [`Order`] can hold anything, so that a malformed order is also answered and recorded. [`parse`] is the only way to
//! the integers inside; what it cannot represent exactly is INVALID_ORDER, naming the field.

use rust_decimal::Decimal;

use crate::clock::Timestamp;
use crate::handle::{AccountHandle, InstrumentHandle, StrategyHandle, TraderHandle};
use crate::instrument::Traded;
use crate::num::{self, Misfit, Price, Quantity};
use crate::text::Id;

/// Buy or sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Side {
    /// Makes the position larger (more long or less short).
    Buy,
    /// Makes the position smaller (less long or more short).
    Sell,
}

impl Side {
    /// The other side.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
}

/// How the order executes, with its prices in the instrument's quote asset per unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Kind {
    /// At whatever the book gives.
    Market,
    /// At `price` or better.
    Limit {
        /// The worst price accepted.
        #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
        price: Decimal,
    },
    /// A market order once the market reaches `trigger`.
    Stop {
        /// The price that turns it into a market order.
        #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
        trigger: Decimal,
    },
    /// A limit order once the market reaches `trigger`.
    StopLimit {
        /// The price that turns it into a limit order.
        #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
        trigger: Decimal,
        /// The worst price accepted from then on.
        #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
        price: Decimal,
    },
}

/// How long the order works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum TimeInForce {
    /// Until it is filled or cancelled.
    #[default]
    GoodTillCancel,
    /// Until the end of the day.
    Day,
    /// What can be filled at once; the rest is cancelled.
    ImmediateOrCancel,
    /// All at once or nothing. Never reduced.
    FillOrKill,
    /// All or nothing, but not at once. Never reduced.
    AllOrNone,
}

/// An order as the trading system asks for it. Units: `quantity` in units of the instrument, prices in its quote asset.
///
/// ```
/// use risk_core::{InstrumentHandle, Order};
/// # let instrument = InstrumentHandle::default();
/// let order = Order::buy(instrument, 2).limit(100).id("a1");
/// assert_eq!(order.id.as_str(), "a1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Order {
    /// The client order id, unique in its account while it lives and for the duplicate window after.
    pub id: Id,
    /// The account it trades for.
    pub account: AccountHandle,
    /// The strategy that sends it; belongs to the account.
    pub strategy: StrategyHandle,
    /// What is traded.
    pub instrument: InstrumentHandle,
    /// Buy or sell.
    pub side: Side,
    /// How much, always positive.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub quantity: Decimal,
    /// Market, limit, stop or stop-limit.
    pub kind: Kind,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// It may only make the position smaller. Grants nothing: an order that opens is reduced or rejected.
    pub reduce_only: bool,
    /// The guard may answer with a smaller quantity (default true).
    pub reducible: bool,
    /// It carries the venue's own instruction against trading with the sender's orders, so that it is no self match
    /// (default false).
    pub self_match_prevention: bool,
    /// When the trading system made it. Needed where an order age limit is set.
    pub created_at: Option<Timestamp>,
    /// The parent order this is a slice of.
    pub parent: Option<Id>,
    /// The parent's whole quantity; the first value given for a parent is fixed.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub parent_quantity: Option<Decimal>,
    /// Who asks for it. Needed where its account's `trader_required` is set; one that is not known is UNKNOWN_TRADER.
    #[cfg_attr(feature = "serde", serde(default))]
    pub trader: Option<TraderHandle>,
}

impl Order {
    /// A market order to buy; everything else by the builder methods.
    pub fn buy(instrument: InstrumentHandle, quantity: impl Into<Decimal>) -> Self {
        Self::new(instrument, Side::Buy, quantity)
    }

    /// A market order to sell.
    pub fn sell(instrument: InstrumentHandle, quantity: impl Into<Decimal>) -> Self {
        Self::new(instrument, Side::Sell, quantity)
    }

    /// A market order of a side that is only known when it is made. The quantity is in units of the instrument.
    ///
    /// ```
    /// use risk_core::{InstrumentHandle, Order, Side};
    /// # let instrument = InstrumentHandle::default();
    /// let position = -3;
    /// let closing = if position > 0 { Side::Sell } else { Side::Buy };
    /// let order = Order::new(instrument, closing, 3).reduce_only().id(17_u64);
    /// assert_eq!(order, Order::buy(instrument, 3).reduce_only().id("17"));
    /// ```
    pub fn new(instrument: InstrumentHandle, side: Side, quantity: impl Into<Decimal>) -> Self {
        let quantity = quantity.into();
        Self {
            id: Id::default(),
            account: AccountHandle::default(),
            strategy: StrategyHandle::default(),
            instrument,
            side,
            quantity,
            kind: Kind::Market,
            time_in_force: TimeInForce::GoodTillCancel,
            reduce_only: false,
            reducible: true,
            self_match_prevention: false,
            created_at: None,
            parent: None,
            parent_quantity: None,
            trader: None,
        }
    }

    /// The client order id.
    #[must_use]
    pub fn id(mut self, id: impl Into<Id>) -> Self {
        self.id = id.into();
        self
    }

    /// The account.
    #[must_use]
    pub fn account(mut self, account: AccountHandle) -> Self {
        self.account = account;
        self
    }

    /// The strategy.
    #[must_use]
    pub fn strategy(mut self, strategy: StrategyHandle) -> Self {
        self.strategy = strategy;
        self
    }

    /// The trader.
    #[must_use]
    pub fn trader(mut self, trader: TraderHandle) -> Self {
        self.trader = Some(trader);
        self
    }

    /// A limit order (a stop-limit when a trigger is set).
    #[must_use]
    pub fn limit(mut self, price: impl Into<Decimal>) -> Self {
        let price = price.into();
        self.kind = match self.kind {
            Kind::Stop { trigger } | Kind::StopLimit { trigger, .. } => Kind::StopLimit { trigger, price },
            Kind::Market | Kind::Limit { .. } => Kind::Limit { price },
        };
        self
    }

    /// A stop order (a stop-limit when a price is set).
    #[must_use]
    pub fn stop(mut self, trigger: impl Into<Decimal>) -> Self {
        let trigger = trigger.into();
        self.kind = match self.kind {
            Kind::Limit { price } | Kind::StopLimit { price, .. } => Kind::StopLimit { trigger, price },
            Kind::Market | Kind::Stop { .. } => Kind::Stop { trigger },
        };
        self
    }

    /// How long it works.
    #[must_use]
    pub fn time_in_force(mut self, time_in_force: TimeInForce) -> Self {
        self.time_in_force = time_in_force;
        self
    }

    /// It may only make the position smaller.
    #[must_use]
    pub fn reduce_only(mut self) -> Self {
        self.reduce_only = true;
        self
    }

    /// It is sent whole or not at all.
    #[must_use]
    pub fn not_reducible(mut self) -> Self {
        self.reducible = false;
        self
    }

    /// It carries the venue's own instruction against self matches.
    #[must_use]
    pub fn self_match_prevention(mut self) -> Self {
        self.self_match_prevention = true;
        self
    }

    /// When the trading system made it.
    #[must_use]
    pub fn created_at(mut self, at: Timestamp) -> Self {
        self.created_at = Some(at);
        self
    }

    /// The parent order and its whole quantity.
    #[must_use]
    pub fn parent(mut self, parent: impl Into<Id>, quantity: impl Into<Decimal>) -> Self {
        self.parent = Some(parent.into());
        self.parent_quantity = Some(quantity.into());
        self
    }

    /// Writes it over an older one. A plain copy writes also what is not there: mostly an order has no parent, whose text
    /// and quantity are a third of an order.
    #[inline(always)]
    pub(crate) fn write_over(&self, kept: &mut Self) {
        let Self {
            id,
            account,
            strategy,
            instrument,
            side,
            quantity,
            kind,
            time_in_force,
            reduce_only,
            reducible,
            self_match_prevention,
            created_at,
            parent,
            parent_quantity,
            trader,
        } = self;
        kept.id = *id;
        (kept.account, kept.strategy, kept.instrument) = (*account, *strategy, *instrument);
        (kept.side, kept.quantity, kept.kind) = (*side, *quantity, *kind);
        kept.time_in_force = *time_in_force;
        (kept.reduce_only, kept.reducible) = (*reduce_only, *reducible);
        kept.self_match_prevention = *self_match_prevention;
        kept.created_at = *created_at;
        kept.trader = *trader;
        match parent {
            Some(parent) => kept.parent = Some(*parent),
            None => kept.parent = None,
        }
        match parent_quantity {
            Some(whole) => kept.parent_quantity = Some(*whole),
            None => kept.parent_quantity = None,
        }
    }

    /// Whether it names something of another engine.
    pub(crate) fn is_foreign(&self, engine: u32) -> bool {
        self.account.index_in(engine).is_none()
            || self.strategy.index_in(engine).is_none()
            || self.instrument.index_in(engine).is_none()
            || self.trader.is_some_and(|trader| trader.index_in(engine).is_none())
    }

    /// With nothing in place of what is another engine's.
    #[cold]
    pub(crate) fn without_foreign(&self, engine: u32) -> Self {
        let mut own = *self;
        own.account.strip_foreign(engine);
        own.strategy.strip_foreign(engine);
        own.instrument.strip_foreign(engine);
        // One that names nothing stays: without it the order would be one that nobody asked for.
        if let Some(trader) = &mut own.trader {
            trader.strip_foreign(engine);
        }
        own
    }

    /// The same order in another engine.
    pub(crate) fn rebind(&mut self, engine: u32) {
        self.account.rebind(engine);
        self.strategy.rebind(engine);
        self.instrument.rebind(engine);
        if let Some(trader) = &mut self.trader {
            trader.rebind(engine);
        }
    }

    /// Whether the guard may answer with less. Fill-or-kill and all-or-none orders are whole by definition.
    pub(crate) fn may_be_reduced(&self) -> bool {
        self.reducible
            && match self.time_in_force {
                TimeInForce::FillOrKill | TimeInForce::AllOrNone => false,
                TimeInForce::GoodTillCancel | TimeInForce::Day | TimeInForce::ImmediateOrCancel => true,
            }
    }
}

/// A field of an order, as a refusal names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Field {
    /// `id`
    Id,
    /// `quantity`
    Quantity,
    /// `price`
    Price,
    /// `trigger`
    Trigger,
    /// `parent`
    Parent,
    /// `parent_quantity`
    ParentQuantity,
    /// `created_at`
    CreatedAt,
}

impl Field {
    /// The field's name in [`Order`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Quantity => "quantity",
            Self::Price => "price",
            Self::Trigger => "trigger",
            Self::Parent => "parent",
            Self::ParentQuantity => "parent_quantity",
            Self::CreatedAt => "created_at",
        }
    }
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Flaw {
    /// Not 1 to 64 of `[A-Za-z0-9_.:-]`.
    Text,
    /// Zero or below where a positive number is needed.
    NotPositive,
    /// More decimal places than the instrument has, or beyond its range.
    Number(Misfit),
    /// Needed and not given.
    Missing,
    /// Given, but this kind of order has no such field.
    Unexpected,
}

/// Why an order is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Malformed {
    /// Which field.
    pub field: Field,
    /// What is wrong with it.
    pub flaw: Flaw,
    /// The value, where it is a number.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub value: Option<Decimal>,
}

/// A well-formed order in the instrument's own units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parsed {
    pub(crate) side: Side,
    pub(crate) quantity: Quantity,
    pub(crate) price: Option<Price>,
    pub(crate) trigger: Option<Price>,
    pub(crate) parent_quantity: Option<Quantity>,
}

impl Parsed {
    /// Whether it has no trigger, or one that the mark has passed.
    #[inline(always)]
    pub(crate) fn has_fired(&self, mark: Option<Price>) -> bool {
        match (self.trigger, mark, self.side) {
            (Some(trigger), Some(mark), Side::Buy) => trigger <= mark,
            (Some(trigger), Some(mark), Side::Sell) => trigger >= mark,
            (Some(_), None, _) => false,
            (None, _, _) => true,
        }
    }
}

/// Reads the order's numbers in the instrument's places. Exact or nothing.
#[inline(always)]
pub(crate) fn parse(order: &Order, traded: &Traded) -> Result<Parsed, Malformed> {
    let flawed = |field, flaw, value| Malformed { field, flaw, value };
    if !order.id.is_valid() {
        return Err(flawed(Field::Id, Flaw::Text, None));
    }
    if let Some(parent) = &order.parent
        && !parent.is_valid()
    {
        return Err(flawed(Field::Parent, Flaw::Text, None));
    }
    let (limit, trigger) = match order.kind {
        Kind::Market => (None, None),
        Kind::Limit { price } => (Some(price), None),
        Kind::Stop { trigger } => (None, Some(trigger)),
        Kind::StopLimit { trigger, price } => (Some(price), Some(trigger)),
    };
    Ok(Parsed {
        side: order.side,
        quantity: quantity(Field::Quantity, order.quantity, traded)?,
        price: match limit {
            Some(limit) => Some(price(Field::Price, limit, traded)?),
            None => None,
        },
        trigger: match trigger {
            Some(trigger) => Some(price(Field::Trigger, trigger, traded)?),
            None => None,
        },
        parent_quantity: match order.parent_quantity {
            Some(whole) => Some(quantity(Field::ParentQuantity, whole, traded)?),
            None => None,
        },
    })
}

#[inline(always)]
fn quantity(field: Field, value: Decimal, traded: &Traded) -> Result<Quantity, Malformed> {
    units(field, value, traded.quantity_scale, false).map(Quantity)
}

#[inline(always)]
fn price(field: Field, value: Decimal, traded: &Traded) -> Result<Price, Malformed> {
    units(field, value, traded.price_scale, traded.negative_prices).map(Price)
}

#[inline(always)]
fn units(field: Field, value: Decimal, scale: u32, signed: bool) -> Result<i64, Malformed> {
    match num::exact(value, scale) {
        Ok(units) if units > 0 || signed => Ok(units),
        Ok(_) => Err(Malformed { field, flaw: Flaw::NotPositive, value: Some(value) }),
        Err(misfit) => Err(Malformed { field, flaw: Flaw::Number(misfit), value: Some(value) }),
    }
}
