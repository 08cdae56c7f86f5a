//! What is traded: an instrument as it is configured, and the integers the gates use.

use rust_decimal::Decimal;

use crate::error::ConfigError;
use crate::num::{self, Money, Multiples, Price, Quantity, Round, Valuer};
use crate::order::Side;
use crate::session::Sessions;

/// Whether an instrument may be traded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Status {
    /// Any order.
    #[default]
    Open,
    /// Only orders that open nothing.
    CloseOnly,
    /// No order.
    Blocked,
}

/// Whether an instrument may be sold short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum ShortSale {
    /// It may.
    #[default]
    Allowed,
    /// A sell is for at most what the account holds and has not asked to sell yet (SHORT_SALE).
    Forbidden,
}

/// What values positions and orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum ExposurePrice {
    /// The market: the mark for what is held, the worst price for what is asked.
    #[default]
    Market,
    /// A fixed price: the underlying's or the strike, for options.
    Fixed(
        #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Number"))]
        Decimal,
    ),
}

/// Where the mark, the reference price of an instrument, comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum MarkSource {
    /// The mid of the last good quote. A mid finer than the price scale is rounded up in magnitude.
    #[default]
    Quote,
    /// The last [`crate::Input::Mark`].
    Input,
}

/// A part of a quote that can be required to be present (INCOMPLETE_DATA).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum QuoteField {
    /// Best bid.
    Bid,
    /// Best ask.
    Ask,
    /// Quantity at the best bid.
    BidSize,
    /// Quantity at the best ask.
    AskSize,
    /// Price of the last trade.
    Last,
    /// Traded volume.
    Volume,
}

impl QuoteField {
    pub(crate) const fn bit(self) -> u8 {
        match self {
            Self::Bid => 1,
            Self::Ask => 2,
            Self::BidSize => 4,
            Self::AskSize => 8,
            Self::Last => 16,
            Self::Volume => 32,
        }
    }
}

/// An instrument. Scales are fixed for life: state is kept in them.
///
/// Increments are rules for orders; facts (fills, quotes, positions) need only fit the scale. A price scale one place
/// finer than the tick keeps the mid exact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Instrument {
    /// Its name, unique in the engine.
    pub symbol: String,
    /// Decimal places of prices, 0 to 12.
    pub price_scale: u32,
    /// Decimal places of quantities, 0 to 12.
    pub quantity_scale: u32,
    /// Tick: order prices are whole multiples of it.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Number"))]
    pub price_increment: Decimal,
    /// Lot: order quantities are whole multiples of it.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Number"))]
    pub quantity_increment: Decimal,
    /// Smallest order of the venue. Positions below it are dust and do not count as positions.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub quantity_min: Option<Decimal>,
    /// Largest order of the venue.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub quantity_max: Option<Decimal>,
    /// Smallest value of an order of the venue, in the quote asset, at the order's own price or the mark.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub notional_min: Option<Decimal>,
    /// Units of the underlying in one unit of quantity.
    #[cfg_attr(feature = "serde", serde(default = "one", with = "crate::num::exact_serde"))]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Number"))]
    pub multiplier: Decimal,
    /// Valued as quantity x multiplier / price, in the `quote` asset named here (the coin of a coin-margined contract).
    #[cfg_attr(feature = "serde", serde(default))]
    pub inverse: bool,
    /// The asset its value and its profit are counted in.
    pub quote: String,
    /// The group whose exposure is limited together. Without one it is a group of its own.
    #[cfg_attr(feature = "serde", serde(default))]
    pub group: Option<String>,
    /// The venue, as a scope of halts.
    #[cfg_attr(feature = "serde", serde(default))]
    pub venue: Option<String>,
    /// Whether it may be traded.
    #[cfg_attr(feature = "serde", serde(default))]
    pub status: Status,
    /// Prices at and below zero are prices. Needs `exposure_price_min`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub negative_prices: bool,
    /// What values positions and orders.
    #[cfg_attr(feature = "serde", serde(default))]
    pub exposure_price: ExposurePrice,
    /// No position or order is valued at less than this price.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub exposure_price_min: Option<Decimal>,
    /// How far beyond the far side a market or stop order is assumed to execute, in basis points.
    #[cfg_attr(feature = "serde", serde(default))]
    pub slippage_bps: u32,
    /// Initial margin in basis points of worst-case exposure, 0 to 100,000: what equity must cover before more is opened
    /// in it (BUYING_POWER). 0 is no margin at all.
    #[cfg_attr(feature = "serde", serde(default))]
    pub initial_margin_bps: u32,
    /// When it is traded. With it, it is opened only within a session that is known ([`crate::Input::Session`]); closed
    /// without one (SESSION_CLOSED).
    #[cfg_attr(feature = "serde", serde(default))]
    pub sessions: Option<Sessions>,
    /// Whether it may be sold short.
    #[cfg_attr(feature = "serde", serde(default))]
    pub short_sale: ShortSale,
    /// The venue keeps reduce-only orders within the account's position: what works on one side is together no more than
    /// there is to close, and none uses up what another could close. Without it each counts as if it were filled whole.
    #[cfg_attr(feature = "serde", serde(default))]
    pub venue_enforces_reduce_only: bool,
    /// How far a price may be from the last good one, in basis points of it, to be believed at once: see
    /// [`crate::Settings::reference_confirmations`]. Every price is believed when absent.
    #[cfg_attr(feature = "serde", serde(default))]
    pub reference_jump_bps_max: Option<u32>,
    /// Where the mark comes from.
    #[cfg_attr(feature = "serde", serde(default))]
    pub mark_source: MarkSource,
    /// What a complete quote has; the share that is present is limited by `data_completeness_percent_min`.
    #[cfg_attr(feature = "serde", serde(default = "bid_and_ask"))]
    pub required_data: Vec<QuoteField>,
}

#[cfg(feature = "serde")]
fn one() -> Decimal {
    Decimal::ONE
}

#[cfg(feature = "serde")]
fn bid_and_ask() -> Vec<QuoteField> {
    vec![QuoteField::Bid, QuoteField::Ask]
}

/// Largest scale of a price or a quantity.
pub const SCALE_MAX: u32 = 12;

impl Instrument {
    /// An instrument with its scales, tick and lot (one unit of the scale each until set), everything else open.
    pub fn new(symbol: &str, quote: &str, price_scale: u32, quantity_scale: u32) -> Self {
        let unit = |scale: u32| Decimal::new(1, scale.min(SCALE_MAX));
        Self {
            symbol: symbol.to_owned(),
            price_scale,
            quantity_scale,
            price_increment: unit(price_scale),
            quantity_increment: unit(quantity_scale),
            quantity_min: None,
            quantity_max: None,
            notional_min: None,
            multiplier: Decimal::ONE,
            inverse: false,
            quote: quote.to_owned(),
            group: None,
            venue: None,
            status: Status::Open,
            negative_prices: false,
            exposure_price: ExposurePrice::Market,
            exposure_price_min: None,
            slippage_bps: 0,
            initial_margin_bps: 0,
            sessions: None,
            short_sale: ShortSale::Allowed,
            venue_enforces_reduce_only: false,
            reference_jump_bps_max: None,
            mark_source: MarkSource::Quote,
            required_data: vec![QuoteField::Bid, QuoteField::Ask],
        }
    }
}

/// The instrument in integers: what parsing and the gates read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Traded {
    pub(crate) price_scale: u32,
    pub(crate) quantity_scale: u32,
    pub(crate) price_increment: i64,
    pub(crate) quantity_increment: i64,
    pub(crate) ticks: Multiples,
    pub(crate) lots: Multiples,
    pub(crate) quantity_min: Option<Quantity>,
    pub(crate) quantity_max: Option<Quantity>,
    pub(crate) notional_min: Option<Money>,
    pub(crate) negative_prices: bool,
    pub(crate) valuer: Valuer,
    pub(crate) exposure_fixed: Option<Price>,
    pub(crate) exposure_price_min: u64,
    pub(crate) slippage_bps: u32,
    pub(crate) initial_margin_bps: u32,
    pub(crate) sessions: bool,
    pub(crate) short_sale: ShortSale,
    pub(crate) enforces_reduce_only: bool,
    pub(crate) jump_bps: Option<u32>,
    pub(crate) mark_source: MarkSource,
    pub(crate) required: u8,
    pub(crate) quote: u32,
    pub(crate) money_scale: u32,
    /// Canonical units (1e-18) in one unit of quantity.
    pub(crate) canonical: u64,
}

impl Traded {
    /// Checks every field; a message names the field and its value.
    pub(crate) fn new(instrument: &Instrument, quote: u32, money_scale: u32) -> Result<Self, ConfigError> {
        let at = |field: &'static str, problem: String| ConfigError::Instrument {
            symbol: instrument.symbol.clone(),
            field,
            problem,
        };
        let scale = |field, value: u32| {
            if value <= SCALE_MAX {
                Ok(value)
            } else {
                Err(at(field, format!("{value} decimal places; at most {SCALE_MAX}")))
            }
        };
        let price_scale = scale("price_scale", instrument.price_scale)?;
        let quantity_scale = scale("quantity_scale", instrument.quantity_scale)?;
        let positive = |field, value: Decimal, scale: u32| match num::exact(value, scale) {
            Ok(units) if units > 0 => Ok(units),
            Ok(_) => Err(at(field, format!("{value} is not positive"))),
            Err(num::Misfit::Places) => {
                Err(at(field, format!("{value} has more than the instrument's {scale} decimal places")))
            }
            Err(num::Misfit::Range) => Err(at(field, format!("{value} is beyond what the scale holds"))),
        };
        let quantity = |field, value: Option<Decimal>| {
            value.map(|value| positive(field, value, quantity_scale).map(Quantity)).transpose()
        };
        let valuer =
            Valuer::new(price_scale, quantity_scale, instrument.multiplier, instrument.inverse, money_scale)
                .ok_or_else(|| {
                    at(
                        "multiplier",
                        format!("{} does not fit with the instrument's scales", instrument.multiplier),
                    )
                })?;
        let exposure_fixed = match instrument.exposure_price {
            ExposurePrice::Market => None,
            ExposurePrice::Fixed(price) => Some(Price(positive("exposure_price", price, price_scale)?)),
        };
        let exposure_price_min = match instrument.exposure_price_min {
            Some(price) => positive("exposure_price_min", price, price_scale)?.unsigned_abs(),
            None if instrument.negative_prices => {
                let problem = "missing; required where prices at or below zero are allowed".to_owned();
                return Err(at("exposure_price_min", problem));
            }
            None => 0,
        };
        if instrument.negative_prices && instrument.inverse {
            return Err(at(
                "negative_prices",
                "an inverse contract has no value at a price of zero".to_owned(),
            ));
        }
        if instrument.slippage_bps > 10_000 {
            return Err(at(
                "slippage_bps",
                format!("{} is more than 10,000 (100 %)", instrument.slippage_bps),
            ));
        }
        if instrument.initial_margin_bps > 100_000 {
            return Err(at(
                "initial_margin_bps",
                format!("{} is more than 100,000 (1,000 %)", instrument.initial_margin_bps),
            ));
        }
        if let Some(sessions) = &instrument.sessions {
            sessions.check().map_err(|problem| at("sessions", problem))?;
        }
        let notional_min = match instrument.notional_min {
            None => None,
            Some(value) if value.is_sign_negative() => {
                return Err(at("notional_min", format!("{value} is negative")));
            }
            Some(value) => Some(
                num::money(value, money_scale, Round::Up)
                    .ok_or_else(|| at("notional_min", format!("{value} is out of range")))?,
            ),
        };
        let canonical = num::pow10(num::CANONICAL_PLACES.saturating_sub(quantity_scale)).unwrap_or(1);
        let price_increment = positive("price_increment", instrument.price_increment, price_scale)?;
        let quantity_increment =
            positive("quantity_increment", instrument.quantity_increment, quantity_scale)?;
        Ok(Self {
            price_scale,
            quantity_scale,
            price_increment,
            quantity_increment,
            ticks: Multiples::of(price_increment.unsigned_abs()),
            lots: Multiples::of(quantity_increment.unsigned_abs()),
            quantity_min: quantity("quantity_min", instrument.quantity_min)?,
            quantity_max: quantity("quantity_max", instrument.quantity_max)?,
            notional_min,
            negative_prices: instrument.negative_prices,
            valuer,
            exposure_fixed,
            exposure_price_min,
            slippage_bps: instrument.slippage_bps,
            initial_margin_bps: instrument.initial_margin_bps,
            sessions: instrument.sessions.is_some(),
            short_sale: instrument.short_sale,
            enforces_reduce_only: instrument.venue_enforces_reduce_only,
            jump_bps: instrument.reference_jump_bps_max,
            mark_source: instrument.mark_source,
            required: instrument.required_data.iter().fold(0, |bits, field| bits | field.bit()),
            quote,
            money_scale,
            canonical,
        })
    }

    /// A price, moved against the trader by the slippage.
    #[inline(always)]
    pub(crate) fn slipped(&self, price: Price, side: Side) -> Option<Price> {
        if self.slippage_bps == 0 {
            return Some(price);
        }
        let product = u128::from(price.abs()).wrapping_mul(u128::from(self.slippage_bps));
        let slip = i64::try_from(num::divide(product, 10_000, Round::Up)?).ok()?;
        match side {
            Side::Buy => price.0.checked_add(slip),
            Side::Sell => price.0.checked_sub(slip),
        }
        .map(Price)
    }

    /// The price that values a holding: the mark, never below the floor, or the fixed price.
    #[inline(always)]
    pub(crate) fn valuation_price(&self, mark: Price) -> u64 {
        match self.exposure_fixed {
            Some(fixed) => fixed.abs(),
            None => mark.abs().max(self.exposure_price_min),
        }
    }

    /// Value of a holding at a mark, against the trader.
    #[inline(always)]
    pub(crate) fn exposure(&self, quantity: u64, mark: Price) -> Option<Money> {
        self.valuer.value(quantity, self.valuation_price(mark), Round::Up)
    }
}
