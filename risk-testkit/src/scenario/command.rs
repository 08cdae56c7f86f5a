//! What a scenario asks for, once it is read: plain names and decimals, so that any binding can execute it.

use risk_core::{Side, TimeInForce, TradingState};
use rust_decimal::Decimal;

/// One call of the guard.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Judge an order.
    Evaluate(OrderLine),
    /// Judge several orders together. Its permit goes by the name of its first order.
    List(Vec<OrderLine>),
    /// Say everything about an order without judging it.
    Explain(OrderLine),
    /// Use the permit of an order.
    Redeem(OrderName),
    /// Give the permit of an order back.
    Release(OrderName),
    /// Prove that a redeemed order was not sent.
    Abandon(OrderName),
    /// Let a cancel out.
    Cancel(OrderName),
    /// The venue has accepted an order, and for how much in total where it says so.
    Accept(OrderName, Option<Decimal>),
    /// An execution.
    Fill(FillLine),
    /// How much of an order is executed so far.
    Cumulative(CumulativeLine),
    /// An execution was none, or another one.
    Bust {
        /// Whose.
        account: String,
        /// The venue's execution id.
        execution: String,
        /// Quantity, price and fee that are true instead.
        instead: Option<(Decimal, Decimal, Decimal)>,
    },
    /// An order has ended: `cancelled`, `rejected`, `expired` or `unknown`.
    Done(OrderName, String),
    /// A quote.
    Quote(QuoteLine),
    /// A mark, and its age in nanoseconds.
    Mark {
        /// Of what.
        instrument: String,
        /// At what price.
        price: Decimal,
        /// How old it is.
        age_ns: i64,
    },
    /// One unit of `from` is `rate` of `to`.
    Rate {
        /// One currency.
        from: String,
        /// The other.
        to: String,
        /// How many.
        rate: Decimal,
    },
    /// What is traded of an instrument in a day, on average.
    DailyVolume(String, Decimal),
    /// An account's cash.
    Balance(String, Decimal),
    /// A deposit, or a withdrawal.
    Flow(String, Decimal),
    /// A host's figures: name and value.
    Host(String, Vec<(String, Decimal)>),
    /// A split (`from`, `to`), a settlement or an expiry.
    Adjust(String, risk_core::Adjustment),
    /// A position goes to another strategy.
    Transfer {
        /// Whose.
        account: String,
        /// From which strategy.
        from: String,
        /// To which.
        to: String,
        /// In what.
        instrument: String,
        /// How much.
        quantity: Decimal,
        /// Who says so.
        by: String,
    },
    /// What an account really holds.
    Snapshot {
        /// Whose.
        account: String,
        /// Its cash.
        balance: Option<Decimal>,
        /// Instrument, quantity, average price.
        positions: Vec<(String, Decimal, Decimal)>,
        /// Orders at the venue, where they are stated: id, side, open, instrument, price.
        orders: Option<Vec<StatedLine>>,
        /// Whether what was different is told.
        reported: bool,
    },
    /// The suspect price of an instrument is right, says somebody.
    Believe(String, String),
    /// A withheld statement (the oldest) is accepted or discarded.
    Decide {
        /// It is applied.
        accept: bool,
        /// Its number; the oldest when absent.
        number: Option<u64>,
        /// Who says so.
        by: String,
    },
    /// Whoever drives the guard is alive.
    Heartbeat,
    /// The day rolls.
    DayRoll,
    /// The session of an instrument: from when to when, in nanoseconds from now.
    Session {
        /// Of which.
        instrument: String,
        /// From when on.
        opens_ns: i64,
        /// Until when.
        closes_ns: i64,
    },
    /// The day rolls by itself, so many nanoseconds from now.
    NextRoll(i64),
    /// New limits of one table, as TOML.
    Change {
        /// Which table.
        of: ScopeLine,
        /// All of its limits.
        limits: toml::Table,
        /// Who.
        by: String,
        /// Who agrees.
        second: Option<String>,
        /// After how many nanoseconds they end; they last when absent.
        until_ns: Option<i64>,
    },
    /// A new status of an instrument: `open`, `close_only` or `blocked`.
    Status {
        /// Which.
        instrument: String,
        /// The status.
        status: String,
        /// Who.
        by: String,
    },
    /// Halt a scope, or set it to reducing.
    Halt {
        /// Which.
        scope: ScopeLine,
        /// How far down.
        state: TradingState,
        /// Who.
        by: String,
        /// Why: makes latches of one scope and person different.
        reason: String,
    },
    /// Lift the latches of a scope.
    Resume {
        /// Which.
        scope: ScopeLine,
        /// Down to which state.
        to: TradingState,
        /// Only the latch of this number; all that hold when absent.
        latch: Option<u64>,
        /// Who.
        by: String,
    },
    /// Time has passed.
    Tick,
    /// The process has come back after a crash.
    Restart,
}

/// An order.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderLine {
    /// Its id and account.
    pub name: OrderName,
    /// Its strategy; the first of its account when absent.
    pub strategy: Option<String>,
    /// Who asks for it.
    pub trader: Option<String>,
    /// Symbol.
    pub instrument: String,
    /// Buy or sell.
    pub side: Side,
    /// How much.
    pub quantity: Decimal,
    /// A limit price.
    pub price: Option<Decimal>,
    /// A trigger.
    pub trigger: Option<Decimal>,
    /// Its time in force.
    pub time_in_force: TimeInForce,
    /// May only close.
    pub reduce_only: bool,
    /// May not be reduced.
    pub whole: bool,
    /// It carries the venue's own instruction against self matches.
    pub self_match_prevention: bool,
    /// How long ago it was made, in nanoseconds.
    pub age_ns: Option<i64>,
    /// Parent, and the parent's quantity.
    pub parent: Option<(String, Option<Decimal>)>,
    /// At what price a traded order is filled; its own when absent.
    pub fill_price: Option<Decimal>,
}

/// How a scenario names an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderName {
    /// The client order id.
    pub id: String,
    /// Its account; the first when absent.
    pub account: Option<String>,
    /// Reports name it by its id although its handle is known.
    pub by_id: bool,
}

/// An execution.
#[derive(Clone, Debug, PartialEq)]
pub struct FillLine {
    /// Of which order.
    pub name: OrderName,
    /// How much.
    pub quantity: Decimal,
    /// At what price.
    pub price: Decimal,
    /// The venue's execution id.
    pub execution: String,
    /// What it cost.
    pub fee: Decimal,
    /// Where it belongs when the order is not known: strategy, side, instrument, parent.
    pub booking: Option<BookingLine>,
    /// The venue wanted it.
    pub venue: bool,
}

/// Where a report is booked that names no order known here: strategy, side, instrument, parent.
pub type BookingLine = (String, Side, String, Option<String>);

/// Id, side, what is open, instrument, price.
pub(super) type StatedLine = (String, Side, Decimal, String, Option<Decimal>);

/// How much of an order is executed so far.
#[derive(Clone, Debug, PartialEq)]
pub struct CumulativeLine {
    /// Of which order.
    pub name: OrderName,
    /// How much.
    pub quantity: Decimal,
    /// At what price on average.
    pub average_price: Decimal,
    /// What it cost so far.
    pub fees: Option<Decimal>,
    /// Where it belongs when the order is not known.
    pub booking: Option<BookingLine>,
}

/// A quote; what is absent is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct QuoteLine {
    /// Of what.
    pub instrument: String,
    /// Best bid.
    pub bid: Option<Decimal>,
    /// Best ask.
    pub ask: Option<Decimal>,
    /// Further fields: `bid_size`, `ask_size`, `last`, `volume`.
    pub more: Vec<(String, Decimal)>,
    /// How old it is, in nanoseconds; negative when it is from the future.
    pub age_ns: i64,
}

/// A scope of a halt, or the owner of limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScopeLine {
    /// Everything.
    Firm,
    /// A venue.
    Venue(String),
    /// An account.
    Account(String),
    /// A strategy of an account.
    Strategy(String, String),
    /// An instrument.
    Instrument(String),
    /// A trader.
    Trader(String),
}
