//! Enumerations. 0 is reserved in each of them and means nothing; numbers never change, new ones are added.

use risk_core::{
    Anomaly, Cause, Compare, End, Level, OrderState, Origin, Side, Status, TimeInForce, TradingState, Verdict,
};

use crate::border::Fault;

/// What became of a call. On everything but RG_OK nothing was written to the caller's memory (but lengths, where said),
/// and an order the call was about counts as REFUSED: do not send it. rg_last_error says what was wrong.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_status {
    /// Done.
    RG_OK = 1,
    /// A pointer that is needed is null.
    RG_NULL_POINTER = 2,
    /// A pointer is not aligned for what it should point to.
    RG_MISALIGNED = 3,
    /// The first field of a structure is no size of it, or says more than this library knows and is not zero there.
    RG_STRUCT_SIZE = 4,
    /// A number is none of its enumeration or flags, or out of range.
    RG_INVALID_VALUE = 5,
    /// A text is not UTF-8, or too long, or not what it should be.
    RG_INVALID_TEXT = 6,
    /// A number is not finite, not exact, or missing where it is needed.
    RG_INVALID_NUMBER = 7,
    /// A handle of something that is no more: freed, redeemed, released, expired.
    RG_STALE_HANDLE = 8,
    /// A number that is no handle, or a handle of another kind.
    RG_WRONG_HANDLE = 9,
    /// A handle of another guard.
    RG_FOREIGN_HANDLE = 10,
    /// The permit is not good any more. rg_last_refusal says why.
    RG_REFUSED = 11,
    /// The configuration is not taken. rg_last_error names file, line and field.
    RG_CONFIG = 12,
    /// Nothing has this name.
    RG_UNKNOWN_NAME = 13,
    /// The input is malformed, outdated or not allowed, and changed nothing.
    RG_INPUT_REFUSED = 14,
    /// The resume is refused; what was halted stays halted.
    RG_RESUME_REFUSED = 15,
    /// The buffer is too small; the length that is needed was written.
    RG_BUFFER_TOO_SMALL = 16,
    /// A bug was caught at the border. The guard it happened in is poisoned.
    RG_PANIC = 17,
    /// A bug has left this guard in doubt. It refuses everything but cancels and halts.
    RG_POISONED = 18,
    /// The guard was made before this process was forked. It belongs to the parent.
    RG_FORKED = 19,
    /// No place is left in a table of fixed size.
    RG_FULL = 20,
    /// The header the caller was compiled with is not one this library understands.
    RG_ABI_MISMATCH = 21,
    /// The journal cannot be opened, or cannot write.
    RG_JOURNAL = 22,
    /// The guard has not what the call is about.
    RG_UNAVAILABLE = 23,
    /// A house rule called a guard. It is asked under the lock of its own, which would wait for itself.
    RG_INSIDE_RULE = 24,
}

/// Which of the four answers.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_verdict {
    /// Send exactly this order, by its permit.
    RG_APPROVED = 1,
    /// Send a smaller quantity, by its permit.
    RG_REDUCED = 2,
    /// Do not send.
    RG_REJECTED = 3,
    /// Do not send: trading is halted in a scope of the order.
    RG_EMERGENCY_STOP = 4,
}

/// Buy or sell.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_side {
    /// Buy.
    RG_BUY = 1,
    /// Sell.
    RG_SELL = 2,
}

/// How an order executes.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_kind {
    /// At whatever the book gives.
    RG_MARKET = 1,
    /// At `price` or better.
    RG_LIMIT = 2,
    /// A market order once the market reaches `trigger`.
    RG_STOP = 3,
    /// A limit order at `price` once the market reaches `trigger`.
    RG_STOP_LIMIT = 4,
}

/// How long an order works.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_time_in_force {
    /// Until it is filled or cancelled.
    RG_GOOD_TILL_CANCEL = 1,
    /// Until the end of the day.
    RG_DAY = 2,
    /// What can be filled at once; the rest is cancelled.
    RG_IMMEDIATE_OR_CANCEL = 3,
    /// All at once or nothing. Never reduced.
    RG_FILL_OR_KILL = 4,
    /// All or nothing, but not at once. Never reduced.
    RG_ALL_OR_NONE = 5,
}

/// Where a limit stands.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_level {
    /// Everything the guard guards.
    RG_LEVEL_FIRM = 1,
    /// One account.
    RG_LEVEL_ACCOUNT = 2,
    /// One strategy of an account.
    RG_LEVEL_STRATEGY = 3,
    /// One instrument in one account.
    RG_LEVEL_INSTRUMENT = 4,
}

/// What a scope lets through.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_trading_state {
    /// Every order.
    RG_ACTIVE = 1,
    /// Orders that open nothing, and cancels.
    RG_REDUCING = 2,
    /// Cancels only.
    RG_HALTED = 3,
}

/// What is halted, or whose limits are meant.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_scope_kind {
    /// Everything; the handle is 0.
    RG_SCOPE_FIRM = 1,
    /// All instruments of a venue.
    RG_SCOPE_VENUE = 2,
    /// One account.
    RG_SCOPE_ACCOUNT = 3,
    /// One strategy.
    RG_SCOPE_STRATEGY = 4,
    /// One instrument, in all accounts.
    RG_SCOPE_INSTRUMENT = 5,
    /// The orders of one trader; has no limits.
    RG_SCOPE_TRADER = 6,
}

/// How an order ended.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_end {
    /// It was cancelled.
    RG_END_CANCELLED = 1,
    /// The venue refused it.
    RG_END_REJECTED = 2,
    /// Its time in force ran out.
    RG_END_EXPIRED = 3,
    /// The venue does not know it. Within `unknown_settle_ms` of its redeem nothing follows from that (`withheld`).
    RG_END_UNKNOWN = 4,
}

/// Whether an instrument may be traded.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_instrument_status {
    /// Every order.
    RG_STATUS_OPEN = 1,
    /// Orders that open nothing.
    RG_STATUS_CLOSE_ONLY = 2,
    /// No order.
    RG_STATUS_BLOCKED = 3,
}

/// Where an order stands.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_order_state {
    /// No order, or one that has ended.
    RG_ORDER_ENDED = 1,
    /// A permit is out; nothing was sent.
    RG_ORDER_PERMITTED = 2,
    /// The permit was redeemed; the venue has not answered.
    RG_ORDER_SENT = 3,
    /// The venue has accepted it.
    RG_ORDER_WORKING = 4,
}

/// What an outbound message asks of the venue.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_message {
    /// Take this order.
    RG_MESSAGE_NEW = 1,
    /// Cancel this order.
    RG_MESSAGE_CANCEL = 2,
    /// Change the order that `replaces` names into this one.
    RG_MESSAGE_REPLACE = 3,
    /// One this header does not know: do not send it.
    RG_MESSAGE_OTHER = 255,
}

/// Something that should not have happened. It was applied, recorded and counted.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_anomaly {
    /// Nothing unusual.
    RG_NO_ANOMALY = 1,
    /// A report on an order that is not known or has ended.
    RG_UNKNOWN_ORDER_REPORTED = 2,
    /// More was executed than was approved.
    RG_OVER_FILL = 3,
    /// An execution after the order's end.
    RG_LATE_FILL = 4,
    /// A fact that could not be applied: too large, or of something unknown.
    RG_NOT_APPLIED = 5,
    /// A total whose average price cannot be, after what was executed before; it was applied.
    RG_INCONSISTENT = 6,
    /// The venue works more than was approved.
    RG_OVER_ACCEPTED = 7,
    /// One this header does not know.
    RG_OTHER_ANOMALY = 255,
}

/// Who wanted an execution.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_origin {
    /// Whoever sent the order.
    RG_ORIGIN_CLIENT = 1,
    /// The venue: a liquidation, a buy-in. It belongs where it is booked, is of no order, and is no anomaly.
    RG_ORIGIN_VENUE = 2,
}

/// What an rg_report says.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_report_kind {
    /// How much of an order is executed so far, all in all: FIX CumQty and AvgPx. What is new of it moves the position.
    RG_REPORT_CUMULATIVE = 1,
    /// An execution was none: it is reversed as it was booked.
    RG_REPORT_BUST = 2,
    /// An execution was another one: it is reversed as it was booked, and what is true is booked instead.
    RG_REPORT_CORRECTION = 3,
}

/// What happens to an instrument.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_adjustment_kind {
    /// Some units have become another number of units. Fractions round against the trader.
    RG_ADJUSTMENT_SPLIT = 1,
    /// Gains and losses up to a price are paid; positions stay and cost that much from now on.
    RG_ADJUSTMENT_SETTLED = 2,
    /// It has ended: positions are paid out at a price and are no more, orders have ended, and it is close-only.
    RG_ADJUSTMENT_EXPIRED = 3,
}

/// A statement that waits for a decision.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_statement_kind {
    /// rg_ingest_balance.
    RG_STATEMENT_BALANCE = 1,
    /// rg_ingest_host.
    RG_STATEMENT_HOST = 2,
    /// rg_ingest_snapshot or rg_reconcile.
    RG_STATEMENT_SNAPSHOT = 3,
    /// One this header does not know.
    RG_OTHER_STATEMENT = 255,
}

/// What the ledger and a venue did not agree on.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_difference_kind {
    /// Cash.
    RG_DIFFERENCE_BALANCE = 1,
    /// A position.
    RG_DIFFERENCE_POSITION = 2,
    /// What is open of an order.
    RG_DIFFERENCE_OPEN = 3,
    /// The venue has an order no more: it has ended.
    RG_DIFFERENCE_GONE = 4,
    /// The venue has not an order that was just sent: it stays held.
    RG_DIFFERENCE_NOT_SEEN_YET = 5,
    /// The venue works an order that nobody knew here: it is held from now on.
    RG_DIFFERENCE_STRANGER = 6,
    /// One this header does not know.
    RG_OTHER_DIFFERENCE = 255,
}

/// Why a latch was pulled, or a warning given.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_cause {
    /// A person or a program, by name.
    RG_CAUSE_OPERATOR = 1,
    /// The journal could not take a record.
    RG_CAUSE_JOURNAL = 2,
    /// A fact was applied that should not have happened.
    RG_CAUSE_ANOMALY = 3,
    /// There was no room for another latch.
    RG_CAUSE_OVERFLOW = 4,
    /// A limit was reached whose action says so.
    RG_CAUSE_LIMIT = 5,
    /// Too many rejections in too short a time.
    RG_CAUSE_REJECT_STORM = 6,
    /// Too many anomalies in too short a time.
    RG_CAUSE_ANOMALY_STORM = 7,
    /// No heartbeat came.
    RG_CAUSE_HEARTBEAT = 8,
    /// One this header does not know.
    RG_OTHER_CAUSE = 255,
}

/// What a house rule answers. Everything else refuses the order.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_answer {
    /// The rule does not concern this order.
    RG_ANSWER_SILENT = 1,
    /// It was measured: the guard compares.
    RG_ANSWER_MEASURED = 2,
    /// The rule cannot answer: the order is refused.
    RG_ANSWER_UNDECIDED = 3,
}

/// Which way a measurement passes.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_compare {
    /// Up to and with the limit.
    RG_AT_MOST = 1,
    /// Below the limit.
    RG_BELOW = 2,
    /// From the limit up.
    RG_AT_LEAST = 3,
}

/// What a configuration is written in.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_format {
    /// TOML.
    RG_TOML = 1,
    /// JSON.
    RG_JSON = 2,
}

/// Where a guard gets the time.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_clock {
    /// The machine's own clock.
    RG_CLOCK_SYSTEM = 1,
    /// rg_set_time: for tests, simulations and replays.
    RG_CLOCK_MANUAL = 2,
}

/// How a guard keeps its records.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum rg_journal {
    /// The last `records` records in memory. Nothing survives the process.
    RG_JOURNAL_LAST = 1,
    /// Exactly `records` records in memory; then the journal is full and the firm is halted.
    RG_JOURNAL_FULL = 2,
    /// In the folder `folder`: in the kernel's hands before the answer, on disk at most `sync_within_ms` later.
    RG_JOURNAL_FOLDER = 3,
    /// In the folder `folder`: on disk before the answer.
    RG_JOURNAL_FOLDER_ALWAYS = 4,
}

fn unknown(field: &'static str, value: u32) -> Fault {
    Fault::new(rg_status::RG_INVALID_VALUE, format!("{field}: {value} is no value of it"))
}

/// From the numbers of the header to the core's words.
macro_rules! read {
    ($name:ident, $word:ty, $($number:literal => $value:expr),* $(,)?) => {
        #[inline]
        pub(crate) fn $name(field: &'static str, value: u32) -> Result<$word, Fault> {
            match value {
                $($number => Ok($value),)*
                _ => Err(unknown(field, value)),
            }
        }
    };
}

read!(side, Side, 1 => Side::Buy, 2 => Side::Sell);
read!(time_in_force, TimeInForce,
    1 => TimeInForce::GoodTillCancel, 2 => TimeInForce::Day, 3 => TimeInForce::ImmediateOrCancel,
    4 => TimeInForce::FillOrKill, 5 => TimeInForce::AllOrNone);
read!(kind, rg_kind, 1 => rg_kind::RG_MARKET, 2 => rg_kind::RG_LIMIT, 3 => rg_kind::RG_STOP, 4 => rg_kind::RG_STOP_LIMIT);
read!(trading_state, TradingState,
    1 => TradingState::Active, 2 => TradingState::Reducing, 3 => TradingState::Halted);
read!(scope_kind, rg_scope_kind,
    1 => rg_scope_kind::RG_SCOPE_FIRM, 2 => rg_scope_kind::RG_SCOPE_VENUE, 3 => rg_scope_kind::RG_SCOPE_ACCOUNT,
    4 => rg_scope_kind::RG_SCOPE_STRATEGY, 5 => rg_scope_kind::RG_SCOPE_INSTRUMENT,
    6 => rg_scope_kind::RG_SCOPE_TRADER);
read!(end, End, 1 => End::Cancelled, 2 => End::Rejected, 3 => End::Expired, 4 => End::Unknown);
read!(report_kind, rg_report_kind, 1 => rg_report_kind::RG_REPORT_CUMULATIVE, 2 => rg_report_kind::RG_REPORT_BUST,
    3 => rg_report_kind::RG_REPORT_CORRECTION);
read!(adjustment_kind, rg_adjustment_kind, 1 => rg_adjustment_kind::RG_ADJUSTMENT_SPLIT,
    2 => rg_adjustment_kind::RG_ADJUSTMENT_SETTLED, 3 => rg_adjustment_kind::RG_ADJUSTMENT_EXPIRED);
// A program compiled with an older header leaves it 0.
read!(origin, Origin, 0 => Origin::Client, 1 => Origin::Client, 2 => Origin::Venue);
read!(compare, Compare, 1 => Compare::AtMost, 2 => Compare::Below, 3 => Compare::AtLeast);
read!(status, Status, 1 => Status::Open, 2 => Status::CloseOnly, 3 => Status::Blocked);
read!(format, rg_format, 1 => rg_format::RG_TOML, 2 => rg_format::RG_JSON);
read!(clock, rg_clock, 1 => rg_clock::RG_CLOCK_SYSTEM, 2 => rg_clock::RG_CLOCK_MANUAL);
read!(journal, rg_journal,
    1 => rg_journal::RG_JOURNAL_LAST, 2 => rg_journal::RG_JOURNAL_FULL, 3 => rg_journal::RG_JOURNAL_FOLDER,
    4 => rg_journal::RG_JOURNAL_FOLDER_ALWAYS);

/// From the core's words to the numbers of the header.
macro_rules! show {
    ($name:ident, $word:ty, $($value:pat => $number:expr),* $(,)?) => {
        #[inline]
        pub(crate) fn $name(value: $word) -> u32 {
            (match value { $($value => $number,)* }) as u32
        }
    };
}

show!(of_side, Side, Side::Buy => rg_side::RG_BUY, Side::Sell => rg_side::RG_SELL);
show!(of_verdict, Verdict,
    Verdict::Approved => rg_verdict::RG_APPROVED, Verdict::Reduced => rg_verdict::RG_REDUCED,
    Verdict::Rejected => rg_verdict::RG_REJECTED, Verdict::EmergencyStop => rg_verdict::RG_EMERGENCY_STOP);
show!(of_level, Level,
    Level::Firm => rg_level::RG_LEVEL_FIRM, Level::Account => rg_level::RG_LEVEL_ACCOUNT,
    Level::Strategy => rg_level::RG_LEVEL_STRATEGY, Level::Instrument => rg_level::RG_LEVEL_INSTRUMENT);
show!(of_trading_state, TradingState,
    TradingState::Active => rg_trading_state::RG_ACTIVE, TradingState::Reducing => rg_trading_state::RG_REDUCING,
    TradingState::Halted => rg_trading_state::RG_HALTED);
show!(of_order_state, OrderState,
    OrderState::Ended => rg_order_state::RG_ORDER_ENDED, OrderState::Permitted => rg_order_state::RG_ORDER_PERMITTED,
    OrderState::Sent => rg_order_state::RG_ORDER_SENT, OrderState::Working => rg_order_state::RG_ORDER_WORKING);

/// The core may learn further causes before this header does.
pub(crate) fn of_cause(value: Cause) -> u32 {
    (match value {
        Cause::Operator => rg_cause::RG_CAUSE_OPERATOR,
        Cause::Journal => rg_cause::RG_CAUSE_JOURNAL,
        Cause::Anomaly => rg_cause::RG_CAUSE_ANOMALY,
        Cause::Overflow => rg_cause::RG_CAUSE_OVERFLOW,
        Cause::Limit { .. } => rg_cause::RG_CAUSE_LIMIT,
        Cause::RejectStorm => rg_cause::RG_CAUSE_REJECT_STORM,
        Cause::AnomalyStorm => rg_cause::RG_CAUSE_ANOMALY_STORM,
        Cause::Heartbeat => rg_cause::RG_CAUSE_HEARTBEAT,
        _ => rg_cause::RG_OTHER_CAUSE,
    }) as u32
}

/// The core may learn further anomalies, too.
pub(crate) fn of_anomaly(value: Option<Anomaly>) -> u32 {
    (match value {
        None => rg_anomaly::RG_NO_ANOMALY,
        Some(Anomaly::UnknownOrder) => rg_anomaly::RG_UNKNOWN_ORDER_REPORTED,
        Some(Anomaly::OverFill) => rg_anomaly::RG_OVER_FILL,
        Some(Anomaly::LateFill) => rg_anomaly::RG_LATE_FILL,
        Some(Anomaly::NotApplied) => rg_anomaly::RG_NOT_APPLIED,
        Some(Anomaly::Inconsistent) => rg_anomaly::RG_INCONSISTENT,
        Some(Anomaly::OverAccepted) => rg_anomaly::RG_OVER_ACCEPTED,
        Some(_) => rg_anomaly::RG_OTHER_ANOMALY,
    }) as u32
}
