//! The one catalogue of reasons: code, meaning, what to do, FIX 103. Codes are stable for ever.

use core::fmt;

/// The version of the catalogue: it rises with every reason that is added after a release. Codes and numbers that were
/// released never change, so that a reader of an older version knows all that it knew.
pub const REASONS_VERSION: u32 = 1;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal, $fix:literal, $advice:literal;)*) => {
        /// Why an order was refused or reduced.
        ///
        /// The code and the number of a reason never change; new ones are added.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Reason {
            $($(#[$doc])* $name = $number,)*
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable code, as logs and adapters spell it.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The stable number, for adapters that speak in numbers. Never 0.
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $number,)* }
            }

            /// The nearest FIX `OrdRejReason` (tag 103).
            pub const fn fix_103(self) -> u16 {
                match self { $(Self::$name => $fix,)* }
            }

            /// What a person can do about it.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

reasons! {
    /// Trading is halted in a scope of the order.
    KillSwitchActive = 1, "KILL_SWITCH_ACTIVE", 99, "a named operator must resume the scope";
    /// The scope only allows orders that open nothing.
    ReducingOnly = 2, "REDUCING_ONLY", 99, "send only what closes";
    /// A reduce-only order would open.
    ReduceOnlyOpens = 3, "REDUCE_ONLY_OPENS", 99, "send at most what the position and its working exits leave";
    /// The instrument is blocked or close-only, or the account or strategy may not trade it.
    InstrumentRestricted = 4, "INSTRUMENT_RESTRICTED", 0, "ask for permission or trade another instrument";
    /// The instrument's session is not open, or not known.
    SessionClosed = 5, "SESSION_CLOSED", 2, "wait until the session opens, or feed its instants";
    /// It would sell short what must not be sold short.
    ShortSale = 6, "SHORT_SALE", 99, "sell at most what the account holds";
    /// The price is not on the tick.
    PriceIncrement = 10, "PRICE_INCREMENT", 99, "round the price to the tick";
    /// The quantity is not whole lots.
    QuantityIncrement = 11, "QUANTITY_INCREMENT", 13, "round the quantity to the lot";
    /// Below the venue's smallest order.
    QuantityMin = 12, "QUANTITY_MIN", 13, "send more";
    /// Above the venue's largest order.
    QuantityMax = 13, "QUANTITY_MAX", 13, "send less";
    /// Below the venue's smallest order value.
    NotionalMin = 14, "NOTIONAL_MIN", 13, "send more";
    /// The order is too old, or from the future.
    OrderStale = 20, "ORDER_STALE", 4, "decide again on fresh data and send a new order";
    /// The client order id is taken.
    DuplicateOrder = 21, "DUPLICATE_ORDER", 6, "use a new id";
    /// More than what is left of the parent, or not the parent's instrument, side or quantity.
    ParentQuantity = 22, "PARENT_QUANTITY", 3, "send at most what is left of the parent";
    /// The same order again, too often.
    RepeatedOrder = 24, "REPEATED_ORDER", 6, "wait until the window has passed, or ask for something else";
    /// Too many messages.
    RateLimit = 23, "RATE_LIMIT", 99, "wait for the bucket to refill";
    /// It could trade with an own order.
    SelfMatch = 25, "SELF_MATCH", 99, "cancel the own order first, move the price, or let the venue prevent it";
    /// There is no price, or no daily volume where a limit is a share of it.
    DataGap = 30, "DATA_GAP", 99, "feed a quote or a mark, or the daily volume";
    /// The quote is too old, or from the future.
    StaleData = 31, "STALE_DATA", 99, "feed a fresh quote";
    /// Too many fields of the quote are missing.
    IncompleteData = 32, "INCOMPLETE_DATA", 99, "feed the missing fields";
    /// The bid is not below the ask.
    CrossedBook = 33, "CROSSED_BOOK", 99, "wait for a sane quote";
    /// The last price jumped from the one before, and is not believed yet.
    ReferenceSuspect = 36, "REFERENCE_SUSPECT", 99, "wait until others agree with it, or let an operator adopt it";
    /// The spread is too wide.
    SpreadTooWide = 34, "SPREAD_TOO_WIDE", 99, "wait for a tighter market";
    /// The price is too far from the mark.
    PriceCollar = 35, "PRICE_COLLAR", 16, "move the price towards the mark";
    /// The order's quantity is too large.
    OrderQuantityMax = 40, "ORDER_QUANTITY_MAX", 3, "send less";
    /// The order's value is too large.
    OrderNotionalMax = 41, "ORDER_NOTIONAL_MAX", 3, "send less";
    /// Too large a share of what is traded in a day.
    ParticipationLimit = 42, "PARTICIPATION_LIMIT", 3, "send less";
    /// The day's loss has reached its limit.
    DailyLossLimit = 50, "DAILY_LOSS_LIMIT", 99, "only exits until the day rolls";
    /// The day's loss has reached its limit in percent.
    DailyLossPercent = 51, "DAILY_LOSS_PERCENT", 99, "only exits until the day rolls";
    /// Equity has fallen too far.
    MaxDrawdown = 52, "MAX_DRAWDOWN", 99, "only exits until equity recovers or the limit is changed";
    /// Losses in a row have led to a pause.
    Cooldown = 53, "COOLDOWN", 99, "only exits until the pause is over";
    /// Too many positions.
    PositionCountLimit = 60, "POSITION_COUNT_LIMIT", 99, "close a position first";
    /// Gross exposure would be too large.
    TotalExposureLimit = 61, "TOTAL_EXPOSURE_LIMIT", 3, "send less or close something first";
    /// The instrument's position would be too large.
    PositionSizeLimit = 62, "POSITION_SIZE_LIMIT", 3, "send less or close something first";
    /// The group's exposure would be too large.
    CorrelationLimit = 63, "CORRELATION_LIMIT", 3, "send less or close something in the group first";
    /// Leverage would be too high.
    LeverageLimit = 64, "LEVERAGE_LIMIT", 3, "send less or close something first";
    /// Too much would be traded in a day.
    DailyValueLimit = 68, "DAILY_VALUE_LIMIT", 3, "send less, or only exits until the day rolls";
    /// Too many open orders.
    OpenOrdersLimit = 69, "OPEN_ORDERS_LIMIT", 3, "let an order end or cancel one first";
    /// Net exposure in the order's direction would be too large.
    NetExposureLimit = 70, "NET_EXPOSURE_LIMIT", 3, "send less, or offset it first";
    /// The account cannot pay for it.
    BuyingPower = 71, "BUYING_POWER", 3, "send less, close something or pay in";
    /// The instrument's share of equity would be too large.
    ConcentrationLimit = 72, "CONCENTRATION_LIMIT", 3, "send less or close something of the instrument first";
    /// Too many messages for what was executed.
    OrderToTrade = 73, "ORDER_TO_TRADE", 99, "send less that does not trade, or wait until it is longer ago";
    /// A rule of the house refuses.
    HouseRule = 79, "HOUSE_RULE", 99, "ask whoever answers for the rule";
    /// The account is not one of this engine.
    UnknownAccount = 80, "UNKNOWN_ACCOUNT", 15, "register the account and use its handle";
    /// The strategy is not one of this engine and this account.
    UnknownStrategy = 81, "UNKNOWN_STRATEGY", 99, "register the strategy and use its handle";
    /// The instrument is not one of this engine.
    UnknownInstrument = 82, "UNKNOWN_INSTRUMENT", 1, "register the instrument and use its handle";
    /// The trader is not one of this engine, or the account demands one and none is named.
    UnknownTrader = 78, "UNKNOWN_TRADER", 99, "register the trader and name it in the order";
    /// There is no such order.
    UnknownOrder = 83, "UNKNOWN_ORDER", 5, "use the handle of a live order";
    /// A value cannot be converted to the currency of a limit.
    NoRate = 84, "NO_RATE", 99, "feed an exchange rate";
    /// Equity is not known, or not above zero.
    NoEquity = 85, "NO_EQUITY", 99, "feed a balance";
    /// The order is malformed.
    InvalidOrder = 86, "INVALID_ORDER", 99, "correct the field";
    /// The time is not known.
    ClockUnavailable = 87, "CLOCK_UNAVAILABLE", 99, "restore the clock";
    /// The decision cannot be recorded.
    JournalUnavailable = 88, "JOURNAL_UNAVAILABLE", 99, "restore the journal and start again";
    /// Headroom for it is not durable yet, or was spent by what a crash has lost.
    HeadroomNotDurable = 98, "HEADROOM_NOT_DURABLE", 99, "send it again in some milliseconds, or after a restart a snapshot";
    /// A table of fixed size is full.
    LedgerFull = 89, "LEDGER_FULL", 99, "end orders, or construct with a larger capacity";
    /// A gate that applies could not be measured.
    EvaluationError = 90, "EVALUATION_ERROR", 99, "check the size of the order and the positions";
    /// A panic has left the guard in doubt.
    GuardPoisoned = 91, "GUARD_POISONED", 99, "construct the guard again and replay its journal";
    /// The permit was redeemed too late.
    PermitExpired = 92, "PERMIT_EXPIRED", 99, "evaluate again";
    /// The permit was used before.
    PermitSpent = 93, "PERMIT_SPENT", 6, "evaluate again";
    /// The permit is another engine's.
    PermitForeign = 94, "PERMIT_FOREIGN", 99, "redeem where it was issued";
    /// What was judged has changed since.
    PermitStale = 95, "PERMIT_STALE", 99, "evaluate again";
    /// The list's orders together are worth too much.
    ListNotionalLimit = 96, "LIST_NOTIONAL_LIMIT", 3, "send a smaller list";
    /// The order would pass, but another one of its list does not.
    ListMemberRefused = 97, "LIST_MEMBER_REFUSED", 99, "correct the order that was refused, or leave it out";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let code = String::deserialize(from)?;
        Self::ALL
            .iter()
            .copied()
            .find(|reason| reason.code() == code)
            .ok_or_else(|| serde::de::Error::custom(format!("{code:?} is no reason")))
    }
}
