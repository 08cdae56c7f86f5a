//! What the outside tells the guard. Facts are never refused for what they say; a malformed input is, and changes
//! nothing.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::adjust::{Adjustment, Transfer};
use crate::clock::Timestamp;
use crate::halt::LatchId;
use crate::handle::{AccountHandle, AssetHandle, InstrumentHandle, OrderHandle, StrategyHandle};
use crate::instrument::Status;
use crate::limits::Limits;
use crate::order::Side;
use crate::report::{Bust, Cumulative, Origin};
use crate::session::Session;
pub use crate::stated::{Holding, Snapshot, StatedOrder};
use crate::text::{Id, Note};

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Input {
    /// A quote of an instrument.
    Quote(Quote),
    /// The mark of an instrument whose `mark_source` is `Input`. For others it is kept out.
    Mark {
        /// Of what.
        instrument: InstrumentHandle,
        /// The mark, in the quote asset.
        #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
        price: Decimal,
        /// As of when.
        at: Timestamp,
    },
    /// An exchange rate: one unit of `from` is `rate` units of `to`. The way back follows from it.
    Rate {
        /// The currency it is one unit of.
        from: AssetHandle,
        /// The currency of the rate.
        to: AssetHandle,
        /// How many.
        #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
        rate: Decimal,
    },
    /// The cash of an account, without unrealised profit. The first one makes its equity known; later differences from
    /// the ledger are profit or loss.
    Balance {
        /// Whose.
        account: AccountHandle,
        /// In the account's currency.
        #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
        balance: Decimal,
    },
    /// A deposit, or a withdrawal where negative: no profit and no loss.
    Flow {
        /// Whose.
        account: AccountHandle,
        /// In the account's currency.
        #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
        amount: Decimal,
    },
    /// Figures that replace the ledger's for a while.
    Host(HostFigures),
    /// The venue has taken an order.
    Accepted {
        /// Which.
        order: OrderRef,
        /// For how much in total, where the venue says so. More than was approved is held at once, is an anomaly
        /// ([`Anomaly::OverAccepted`]) and sets the account to reducing.
        #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
        quantity: Option<Decimal>,
    },
    /// An execution.
    Fill(Fill),
    /// How much of an order is executed so far.
    Cumulative(Cumulative),
    /// An execution was none, or another one.
    Bust(Bust),
    /// An order has ended; what was not executed is free again.
    Done {
        /// Which.
        order: OrderRef,
        /// How.
        end: End,
    },
    /// What an account really holds: replaces its positions (what is not listed is flat), its balance and its working
    /// orders. Differences are booked to the strategy `unassigned`; [`crate::Engine::reconcile`] reports them.
    Snapshot(Arc<Snapshot>),
    /// The trading day rolls: day starts are set anew, and nothing else.
    DayRoll,
    /// When the trading day rolls next: at the first record from then on, once, before anything else that record says.
    /// An instant that has passed rolls at once. It replaces one that was known; after a roll none is known.
    NextRoll {
        /// The instant.
        at: Timestamp,
    },
    /// New limits for one table, all of them. Refused where one is looser than the table's ceiling, and under dual control
    /// where one is looser than before and no second person is named.
    Limits {
        /// Which table.
        of: LimitsOf,
        /// The new limits.
        limits: Arc<Limits>,
        /// Who changes them.
        by: Id,
        /// Why.
        reason: Note,
        /// Who agrees, somebody else. Needed to loosen anything where `dual_control` is set.
        second: Option<Id>,
        /// When they end and the lasting limits come back by themselves; a time to come. `None`: they last.
        expires: Option<Timestamp>,
    },
    /// The status of an instrument.
    Status {
        /// Which.
        instrument: InstrumentHandle,
        /// The new status.
        status: Status,
        /// Who changes it.
        by: Id,
    },
    /// Whoever drives the guard is alive. See [`crate::Trips::heartbeat`].
    Heartbeat,
    /// What is traded of an instrument in a day, on average: limits on participation are a share of it.
    DailyVolume {
        /// Which.
        instrument: InstrumentHandle,
        /// The average, in units of the instrument; not negative.
        #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
        quantity: Decimal,
    },
    /// A split, a settlement or an expiry: positions, costs, the mark and orders of an instrument in one record, and no
    /// profit or loss.
    Adjust {
        /// Of what.
        instrument: InstrumentHandle,
        /// What happens to it.
        how: Adjustment,
    },
    /// A position goes to another strategy of its account.
    Transfer(Transfer),
    /// What becomes of a withheld statement: [`crate::Engine::accept_statement`] and
    /// [`crate::Engine::discard_statement`].
    Decide {
        /// Its number.
        statement: u64,
        /// It is applied; else it is forgotten.
        accept: bool,
        /// Who says so.
        by: Id,
    },
    /// The suspect price of an instrument is right: [`crate::Engine::believe_reference`].
    Believe {
        /// Of which.
        instrument: InstrumentHandle,
        /// Who says so.
        by: Id,
    },
    /// The session of an instrument that has `sessions`: the one that is open, or the next. It replaces the one that was
    /// known; before it opens and from when it closes, nothing is opened in the instrument.
    Session {
        /// Of which.
        instrument: InstrumentHandle,
        /// From when to when; it opens before it closes.
        session: Session,
    },
}

impl Input {
    /// Handles of another engine name nothing from here on, so that a replay cannot take them for its own. Only facts
    /// are recorded with such handles; everything else is refused.
    pub(crate) fn strip_foreign(&mut self, engine: u32) {
        match self {
            Self::Accepted { order, .. } | Self::Done { order, .. } => order.strip_foreign(engine),
            Self::Fill(fill) => {
                fill.order.strip_foreign(engine);
                if let Some(booking) = &mut fill.booking {
                    booking.strip_foreign(engine);
                }
            }
            Self::Cumulative(report) => {
                report.order.strip_foreign(engine);
                if let Some(booking) = &mut report.booking {
                    booking.strip_foreign(engine);
                }
            }
            Self::Quote(_)
            | Self::Mark { .. }
            | Self::Rate { .. }
            | Self::Balance { .. }
            | Self::Flow { .. }
            | Self::Host(_)
            | Self::Bust(_)
            | Self::Adjust { .. }
            | Self::Transfer(_)
            | Self::Decide { .. }
            | Self::Believe { .. }
            | Self::Snapshot(_)
            | Self::DayRoll
            | Self::Heartbeat
            | Self::NextRoll { .. }
            | Self::Limits { .. }
            | Self::Status { .. }
            | Self::Session { .. }
            | Self::DailyVolume { .. } => {}
        }
    }
}

/// A quote. Fields that are not known are `None`; how many are missing is limited by `data_completeness_percent_min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Quote {
    /// Of what.
    pub instrument: InstrumentHandle,
    /// Best bid, in the quote asset.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub bid: Option<Decimal>,
    /// Best ask, in the quote asset.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub ask: Option<Decimal>,
    /// Quantity at the best bid.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub bid_size: Option<Decimal>,
    /// Quantity at the best ask.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub ask_size: Option<Decimal>,
    /// Price of the last trade.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub last: Option<Decimal>,
    /// Traded volume.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub volume: Option<Decimal>,
    /// As of when, by its source.
    pub at: Timestamp,
}

impl Quote {
    /// A quote of bid and ask, in the quote asset.
    pub fn new(
        instrument: InstrumentHandle,
        bid: impl Into<Decimal>,
        ask: impl Into<Decimal>,
        at: Timestamp,
    ) -> Self {
        Self::of_sides(instrument, Some(bid.into()), Some(ask.into()), at)
    }

    /// A quote of which a side may be missing. A quote with one side makes no mark.
    ///
    /// ```
    /// use risk_core::{InstrumentHandle, Quote, Timestamp};
    /// # let (instrument, now) = (InstrumentHandle::default(), Timestamp::EPOCH);
    /// let no_ask = Quote::of_sides(instrument, Some(99.into()), None, now);
    /// assert_eq!(no_ask.ask, None);
    /// ```
    pub fn of_sides(
        instrument: InstrumentHandle,
        bid: Option<Decimal>,
        ask: Option<Decimal>,
        at: Timestamp,
    ) -> Self {
        Self { instrument, bid, ask, bid_size: None, ask_size: None, last: None, volume: None, at }
    }
}

/// Figures a host supplies for one account. What is `None` is taken from the ledger, also if it was supplied before.
///
/// Each figure is as of now: live holds, and every execution after it, are added on top. It is used for
/// `host_age_ms_max`; after that, openings that need it are refused (STALE_DATA).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HostFigures {
    /// Whose.
    pub account: AccountHandle,
    /// Equity, in the account's currency.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
    pub equity: Option<Decimal>,
    /// Profit of the day (a loss is negative), in the account's currency.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
    pub day_profit: Option<Decimal>,
    /// Fall of equity from its peak, in percent.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
    pub drawdown_percent: Option<Decimal>,
    /// Open positions.
    #[cfg_attr(feature = "serde", serde(default))]
    pub position_count: Option<u32>,
    /// Gross exposure of the positions, in the account's currency.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
    pub gross_exposure: Option<Decimal>,
}

/// How a report names an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum OrderRef {
    /// By the handle that came with its permit.
    Handle(OrderHandle),
    /// By its client order id.
    Client {
        /// The account it trades for.
        account: AccountHandle,
        /// Its id.
        id: Id,
    },
}

impl OrderRef {
    /// A handle of another engine is nobody's: on record it names nothing.
    pub(crate) fn strip_foreign(&mut self, engine: u32) {
        match self {
            Self::Handle(handle) if handle.engine != engine => *handle = OrderHandle::default(),
            Self::Handle(_) => {}
            Self::Client { account, .. } => account.strip_foreign(engine),
        }
    }
}

impl From<OrderHandle> for OrderRef {
    fn from(handle: OrderHandle) -> Self {
        Self::Handle(handle)
    }
}

/// An execution. It is always applied, once per execution id: late, too large or of an unknown order it is an anomaly.
///
/// An order that has ended is known by its handle only until its place is used for another order, and by its client
/// order id if something of it was executed, for `duplicate_window_ms`. A late execution that then comes without a
/// [`booking`](Fill::booking) belongs to nobody and halts its account, or the firm if it is named by a handle: a host
/// should send the booking with every execution.
///
/// ```
/// use risk_core::{AccountHandle, Booking, Fill, InstrumentHandle, OrderRef, Side, StrategyHandle};
/// # let (account, strategy, instrument) =
/// #     (AccountHandle::default(), StrategyHandle::default(), InstrumentHandle::default());
/// let booking = Booking { account, strategy, instrument, side: Side::Buy, parent: Some("p-7".into()) };
/// let order = OrderRef::Client { account, id: "a1".into() };
/// let fill = Fill { booking: Some(booking), ..Fill::new(order, "x-17", 2, 101) };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Fill {
    /// Of which order.
    pub order: OrderRef,
    /// The venue's execution id.
    pub execution: Id,
    /// How much of it, positive.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub quantity: Decimal,
    /// At what price, in the quote asset.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub price: Decimal,
    /// What it cost, in the quote asset; a rebate is negative.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde"))]
    pub fee: Decimal,
    /// Where to book it if the order is not known, or not any more. An order that is known knows better.
    pub booking: Option<Booking>,
    /// Who wanted it. What the venue wanted is booked where `booking` says, whatever `order` names.
    #[cfg_attr(feature = "serde", serde(default))]
    pub origin: Origin,
}

impl Fill {
    /// An execution without a fee, of an order that is known.
    pub fn new(
        order: impl Into<OrderRef>,
        execution: impl Into<Id>,
        quantity: impl Into<Decimal>,
        price: impl Into<Decimal>,
    ) -> Self {
        Self {
            order: order.into(),
            execution: execution.into(),
            quantity: quantity.into(),
            price: price.into(),
            fee: Decimal::ZERO,
            booking: None,
            origin: Origin::Client,
        }
    }
}

/// Where an execution belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Booking {
    /// The account.
    pub account: AccountHandle,
    /// The strategy; `unassigned` where it is none of the account's.
    pub strategy: StrategyHandle,
    /// What was traded.
    pub instrument: InstrumentHandle,
    /// Bought or sold.
    pub side: Side,
    /// The parent order it is a slice of, in this account: what was executed counts against it (PARENT_QUANTITY).
    #[cfg_attr(feature = "serde", serde(default))]
    pub parent: Option<Id>,
}

impl Booking {
    pub(crate) fn strip_foreign(&mut self, engine: u32) {
        self.account.strip_foreign(engine);
        self.strategy.strip_foreign(engine);
        self.instrument.strip_foreign(engine);
    }

    pub(crate) fn rebind(&mut self, engine: u32) {
        self.account.rebind(engine);
        self.strategy.rebind(engine);
        self.instrument.rebind(engine);
    }
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum End {
    /// It was cancelled.
    Cancelled,
    /// The venue refused it.
    Rejected,
    /// Its time in force ran out.
    Expired,
    /// The venue does not know it. Within `unknown_settle_ms` of its redeem that says nothing: it may still be on its
    /// way, and stays held ([`Ingested::withheld`]). After that it is its end.
    Unknown,
}

/// Whose limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum LimitsOf {
    /// The firm's.
    Firm,
    /// An account's.
    Account(AccountHandle),
    /// A strategy's.
    Strategy(StrategyHandle),
    /// An instrument's, in every account.
    Instrument(InstrumentHandle),
}

impl LimitsOf {
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Firm => "the firm",
            Self::Account(_) => "the account",
            Self::Strategy(_) => "the strategy",
            Self::Instrument(_) => "the instrument",
        }
    }
}

/// What became of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Ingested {
    /// It had been applied before and was not applied again.
    pub repeated: bool,
    /// A number was finer than the instrument's scale and was rounded against the trader.
    pub rounded: bool,
    /// What should not have happened.
    pub anomaly: Option<Anomaly>,
    /// The latch it pulled.
    pub latch: Option<LatchId>,
    /// It is on record and not applied: it came too early to be believed, or it jumps beyond a cap of
    /// [`crate::StatementCaps`] or a `reference_jump_bps_max`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub withheld: bool,
}

/// Something that should not have happened. It is applied, recorded and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Anomaly {
    /// A report on an order that is not known or has ended.
    UnknownOrder,
    /// More was executed than was approved.
    OverFill,
    /// An execution after the order's end.
    LateFill,
    /// A fact that could not be applied: too large, or of something unknown.
    NotApplied,
    /// A cumulative report whose average price cannot be, after what was executed before: what is new was booked at that
    /// average.
    Inconsistent,
    /// The venue works more than was approved.
    OverAccepted,
}
