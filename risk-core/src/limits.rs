//! The policy's numbers: one typed [`Limits`] per level, checked when it is taken in.
//!
//! A limit that is not set is `None`, and shows up in [`crate::Engine::coverage`]. Zero is a legal limit. At every
//! level that has a limit the order must pass: the stricter wins.

use rust_decimal::Decimal;

use crate::action::LimitActions;
pub use crate::bucket::MessageRate;
use crate::compiled::Compiled;
use crate::gates::GateId;
use crate::stricter::{Least, Most, Narrower, Unordered};

/// Where a limit stands. An order is judged at all four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Level {
    /// Everything the engine guards, in the firm's currency.
    Firm,
    /// One account, in its currency.
    Account,
    /// One strategy of an account, in the account's currency, with the strategy's own positions.
    Strategy,
    /// One instrument in one account, in the instrument's quote asset.
    Instrument,
}

impl Level {
    /// All four, in the order in which a gate looks at them.
    pub const ALL: [Self; 4] = [Self::Firm, Self::Account, Self::Strategy, Self::Instrument];

    /// Its place in [`Level::ALL`].
    pub(crate) const fn place(self) -> u8 {
        match self {
            Self::Firm => 0,
            Self::Account => 1,
            Self::Strategy => 2,
            Self::Instrument => 3,
        }
    }

    /// `firm`, `account`, `strategy` or `instrument`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Firm => "firm",
            Self::Account => "account",
            Self::Strategy => "strategy",
            Self::Instrument => "instrument",
        }
    }
}

/// What a drawdown is measured from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum DrawdownFrom {
    /// The highest equity there was.
    #[default]
    Peak,
    /// The highest equity at any end of day.
    PeakAtEndOfDay,
    /// The first equity that was known, moved by deposits and withdrawals.
    Start,
}

/// The limits of one level. Money is in the firm's currency at the level of the firm, in the account's at those of the
/// account and the strategy, and in the instrument's quote asset at that of the instrument.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Limits {
    /// Oldest order, in ms since `created_at`. Firm. (ORDER_STALE)
    pub order_age_ms_max: Option<u64>,
    /// Approved orders of one instrument, side, asked quantity and price within `repeated_orders_window_ms`, this one
    /// included; at most 64. Account, strategy. (REPEATED_ORDER)
    pub repeated_orders_max: Option<u32>,
    /// The window of `repeated_orders_max`, at least 1. Account, strategy. (REPEATED_ORDER)
    pub repeated_orders_window_ms: Option<u64>,
    /// Own orders that an order could trade with; 0 allows none. Firm (orders of all accounts), account. (SELF_MATCH)
    pub self_match_orders_max: Option<u32>,
    /// Messages (new, cancel) in time. Firm, account, strategy. (RATE_LIMIT)
    pub message_rate: Option<MessageRate>,
    /// Oldest quote, or mark where marks are the source, in ms. Firm, instrument. (STALE_DATA)
    pub mark_age_ms_max: Option<u64>,
    /// Smallest share of the required quote fields that is present, in percent. Firm, instrument. (INCOMPLETE_DATA)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub data_completeness_percent_min: Option<Decimal>,
    /// Widest spread, in basis points of the mid. Firm, instrument. (SPREAD_TOO_WIDE)
    pub spread_bps_max: Option<u32>,
    /// Farthest price from the mark on the aggressive side, in basis points. Firm, instrument. (PRICE_COLLAR)
    pub collar_bps: Option<u32>,
    /// Farthest price from the mark on the passive side, in basis points. Firm, instrument. (PRICE_COLLAR)
    pub collar_passive_bps: Option<u32>,
    /// Largest order, in units of the instrument. All levels. (ORDER_QUANTITY_MAX)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub order_quantity_max: Option<Decimal>,
    /// Largest order, in money at its worst price. All levels. (ORDER_NOTIONAL_MAX)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub order_notional_max: Option<Decimal>,
    /// Largest order, in percent of the instrument's average daily volume, which is an input
    /// ([`crate::Input::DailyVolume`]). Instrument. (PARTICIPATION_LIMIT)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub participation_percent_max: Option<Decimal>,
    /// Largest list, in money at the worst prices of all its orders. Firm, account. (LIST_NOTIONAL_LIMIT)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub list_notional_max: Option<Decimal>,
    /// Most that may be approved and not yet be durable, in money at worst prices: at least twice the largest order. So
    /// much is set aside on record ahead of need, and counts as exposure after a crash, until a snapshot of the account. Not
    /// set, a power loss can forget approvals. Account. (HEADROOM_NOT_DURABLE)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub unsynced_notional_max: Option<Decimal>,
    /// What reaching a limit does besides refusing, by the limit's name.
    pub actions: LimitActions,
    /// Loss of the day, in money; reaching it refuses. Firm, account, strategy. (DAILY_LOSS_LIMIT)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub daily_loss_max: Option<Decimal>,
    /// Loss of the day, in percent of the equity at its start; reaching it refuses. Firm, account, strategy.
    /// (DAILY_LOSS_PERCENT)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub daily_loss_percent_max: Option<Decimal>,
    /// Fall of equity, in percent of what it fell from; reaching it refuses. Firm, account, strategy. (MAX_DRAWDOWN)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub drawdown_percent_max: Option<Decimal>,
    /// What the fall is measured from.
    pub drawdown_from: DrawdownFrom,
    /// Orders in a row that closed something and ended with a loss, their fees in, all within `loss_streak_window_ms`: so
    /// many lead to a pause of `cooldown_ms`, which begins anew with each further one. 1 to 16. Account, strategy. (COOLDOWN)
    pub loss_streak_max: Option<u32>,
    /// The window of `loss_streak_max`, at least 1. Account, strategy. (COOLDOWN)
    pub loss_streak_window_ms: Option<u64>,
    /// The pause after `loss_streak_max`, at least 1. Account, strategy. (COOLDOWN)
    pub cooldown_ms: Option<u64>,
    /// Instruments with a position or a pending open. Firm, account, strategy. (POSITION_COUNT_LIMIT)
    pub position_count_max: Option<u32>,
    /// Money that may be approved in a day, this order included, whatever becomes of what was approved; what exits trade
    /// counts and is never refused. Counted from when such a limit is first set. Firm, account, strategy.
    /// (DAILY_VALUE_LIMIT)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub daily_value_max: Option<Decimal>,
    /// Orders that are held or working, this one included. All levels; of the instrument, in one account.
    /// (OPEN_ORDERS_LIMIT)
    pub open_orders_max: Option<u32>,
    /// Of `open_orders_max`, how many only orders that open nothing may use. All levels. (OPEN_ORDERS_LIMIT)
    pub open_orders_exit_reserve: Option<u32>,
    /// Messages (new, change, cancel) for each fill, and as many before the first, within `order_to_trade_window_ms`, this
    /// one included. Account, strategy. (ORDER_TO_TRADE)
    pub order_to_trade_max: Option<u32>,
    /// The window of `order_to_trade_max`, at least 1; counted in sixteenths of it. Account, strategy. (ORDER_TO_TRADE)
    pub order_to_trade_window_ms: Option<u64>,
    /// Of the messages, how many only orders that open nothing may use; so many of those pass in every window. Account,
    /// strategy. (ORDER_TO_TRADE)
    pub order_to_trade_exit_reserve: Option<u32>,
    /// Gross exposure with this order. Firm, account, strategy. (TOTAL_EXPOSURE_LIMIT)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub gross_exposure_max: Option<Decimal>,
    /// Net exposure in the order's direction with this order: longs less shorts for a buy, the mirror image for a sell.
    /// Firm, account, strategy. (NET_EXPOSURE_LIMIT)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub net_exposure_max: Option<Decimal>,
    /// Worst-case position of the instrument, in its units. Instrument, strategy, firm. (POSITION_SIZE_LIMIT)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub position_quantity_max: Option<Decimal>,
    /// Worst-case position of the instrument, in money. Instrument, strategy, firm. (POSITION_SIZE_LIMIT)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub position_notional_max: Option<Decimal>,
    /// Worst-case exposure of the instrument's group, in percent of equity. Account, firm. (CORRELATION_LIMIT)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub group_exposure_percent_max: Option<Decimal>,
    /// Gross exposure over equity, as a ratio (2.5 is two and a half times). Account, firm. (LEVERAGE_LIMIT)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub leverage_max: Option<Decimal>,
    /// Worst-case exposure of the instrument, in percent of equity. Account. (CONCENTRATION_LIMIT)
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub concentration_percent_max: Option<Decimal>,
}

/// One field of [`Limits`]: its name, the gate that reads it and whether it is set.
pub(crate) struct LimitField {
    pub(crate) name: &'static str,
    pub(crate) gate: GateId,
    pub(crate) is_set: fn(&Limits) -> bool,
}

/// The list of limits, each in one line: its field, its gate, its field in integers, and which of two is stricter.
macro_rules! fields {
    ($($name:ident => $gate:ident: $compiled:ident, $order:ident;)*) => {
        /// Every limit there is, in the order of its gate.
        pub(crate) const FIELDS: &[LimitField] = &[$(LimitField {
            name: stringify!($name),
            gate: GateId::$gate,
            is_set: |limits| limits.$name.is_some(),
        }),*];

        impl Limits {
            /// What is set stays, what is not is taken from others.
            pub(crate) fn filled_from(&self, others: &Self) -> Self {
                let own_fall = self.drawdown_percent_max.is_some();
                Self {
                    $($name: self.$name.or(others.$name),)*
                    list_notional_max: self.list_notional_max.or(others.list_notional_max),
                    unsynced_notional_max: self.unsynced_notional_max.or(others.unsynced_notional_max),
                    actions: self.actions.tightened_by(&others.actions),
                    drawdown_from: if own_fall { self.drawdown_from } else { others.drawdown_from },
                }
            }

            /// The stricter of the two, field by field.
            #[must_use]
            pub(crate) fn tightened_by(&self, other: &Self) -> Self {
                let other_fall = other.drawdown_percent_max.is_some();
                Self {
                    $($name: $order::stricter(self.$name, other.$name),)*
                    list_notional_max: Least::stricter(self.list_notional_max, other.list_notional_max),
                    unsynced_notional_max: Least::stricter(
                        self.unsynced_notional_max,
                        other.unsynced_notional_max,
                    ),
                    actions: self.actions.tightened_by(&other.actions),
                    drawdown_from: if other_fall { other.drawdown_from } else { self.drawdown_from },
                }
            }
        }

        impl Compiled {
            /// The first field in which these limits are looser than others; none where they are everywhere as strict.
            pub(crate) fn loosened_from(&self, strict: &Self) -> Option<&'static str> {
                // A fall from something else can be smaller: it has no order.
                let falls_from_elsewhere =
                    strict.drawdown_ppm.is_some() && self.drawdown_from != strict.drawdown_from;
                [
                    $(($order::is_looser(self.$compiled, strict.$compiled), stringify!($name)),)*
                    (Least::is_looser(self.list_notional, strict.list_notional), "list_notional_max"),
                    (
                        Least::is_looser(self.unsynced_notional, strict.unsynced_notional),
                        "unsynced_notional_max",
                    ),
                    (falls_from_elsewhere, "drawdown_from"),
                    (self.actions.is_milder_than(&strict.actions), "actions"),
                ]
                .into_iter()
                .find_map(|(looser, field)| looser.then_some(field))
            }
        }
    };
}

fields! {
    order_age_ms_max => OrderAge: order_age, Least;
    repeated_orders_max => Repeat: repeats, Least;
    repeated_orders_window_ms => Repeat: repeat_window, Most;
    self_match_orders_max => SelfMatch: self_match, Least;
    message_rate => MessageRate: bucket, Narrower;
    mark_age_ms_max => StaleData: mark_age, Least;
    data_completeness_percent_min => DataCompleteness: completeness_ppm, Most;
    spread_bps_max => Spread: spread_bps, Least;
    collar_bps => PriceCollar: collar_bps, Least;
    collar_passive_bps => PriceCollar: collar_passive_bps, Least;
    order_quantity_max => OrderQuantity: order_quantity, Least;
    order_notional_max => OrderNotional: order_notional, Least;
    participation_percent_max => Participation: participation_ppm, Least;
    daily_loss_max => DailyLoss: daily_loss, Least;
    daily_loss_percent_max => DailyLossPercent: daily_loss_ppm, Least;
    drawdown_percent_max => Drawdown: drawdown_ppm, Least;
    loss_streak_max => Cooldown: loss_streak, Least;
    loss_streak_window_ms => Cooldown: loss_streak_window, Most;
    cooldown_ms => Cooldown: cooldown, Most;
    position_count_max => PositionCount: position_count, Least;
    daily_value_max => TradedValue: daily_value, Least;
    open_orders_max => OpenOrders: open_orders, Least;
    open_orders_exit_reserve => OpenOrders: open_orders_reserve, Most;
    gross_exposure_max => GrossExposure: gross_exposure, Least;
    net_exposure_max => NetExposure: net_exposure, Least;
    position_quantity_max => PositionQuantity: position_quantity, Least;
    position_notional_max => PositionNotional: position_notional, Least;
    group_exposure_percent_max => GroupExposure: group_ppm, Least;
    leverage_max => Leverage: leverage_ppm, Least;
    concentration_percent_max => Concentration: concentration_ppm, Least;
    order_to_trade_max => OrderToTrade: order_to_trade, Least;
    order_to_trade_window_ms => OrderToTrade: order_to_trade_window, Unordered;
    order_to_trade_exit_reserve => OrderToTrade: order_to_trade_reserve, Most;
}

impl Limits {
    /// Whether no limit is set at all.
    pub fn is_empty(&self) -> bool {
        FIELDS.iter().all(|field| !(field.is_set)(self))
            && self.list_notional_max.is_none()
            && self.unsynced_notional_max.is_none()
    }
}
