//! Pre-trade risk: every order passes one door, [`RiskGuard::evaluate`], before it may leave the process.
//!
//! ```text
//! order -> parse -> resolve facts -> gates (measure) -> decide -> record -> hold -> permit -> redeem -> outbound
//!                                                                 ^ fills, cancels, marks, limits, halts come in
//! ```
//!
//! The answer is one of four, never an error, a panic or a maybe: [`Decision::Approved`], [`Decision::Reduced`],
//! [`Decision::Rejected`], [`Decision::EmergencyStop`]. Only a redeemed [`Permit`] is an [`Outbound`], and only the
//! guard mints permits: a function that talks to the venue takes an `Outbound`, and cannot be called with an order.
//!
//! ```
//! use risk_core::{
//!     Account, Asset, Config, Decision, Input, Instrument, Limits, ManualClock, MemoryJournal, Order, Outbound, Quote,
//!     RiskGuard, Timestamp,
//! };
//!
//! fn send(outbound: Outbound) {
//!     println!("sending {} of {}", outbound.order().quantity, outbound.order().id);
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut config = Config::new("USD");
//! config.assets.push(Asset::new("USD", 2));
//! config.instruments.push(Instrument::new("BTC-USD", "USD", 2, 8));
//! config.firm.limits = Limits { collar_bps: Some(500), ..Limits::default() };
//! let limits = Limits { gross_exposure_max: Some(100_000.into()), ..Limits::default() };
//! config.accounts.push(Account::new("main", "USD").limits(limits).strategy("grid"));
//!
//! let now = Timestamp::from_millis(1_700_000_000_000);
//! let guard = RiskGuard::new(&config, ManualClock::at(now), MemoryJournal::last(1_000))?;
//! let (main, btc) = (guard.account("main")?, guard.instrument("BTC-USD")?);
//! let grid = guard.strategy(main, "grid")?;
//! guard.ingest(Input::Quote(Quote::new(btc, 49_990, 50_010, now)))?;
//!
//! let order = Order::buy(btc, 3).limit(50_010).account(main).strategy(grid).id("a1");
//! match guard.evaluate(&order) {
//!     Decision::Approved(permit) => send(guard.redeem(permit)?),
//!     Decision::Reduced(permit, why) => {
//!         assert_eq!(why.to_string().split(':').next(), Some("reduced from 3 to 1.99960007 by TOTAL_EXPOSURE_LIMIT (account)"));
//!         send(guard.redeem(permit)?);
//!     }
//!     Decision::Rejected(why) | Decision::EmergencyStop(why) => println!("{why}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//!
//! - **Zero bypass.** A permit is spent once, expires, and is bound to the order that was judged.
//! - **Fail closed.** What a gate needs and cannot have refuses with its own reason. Nothing is skipped.
//! - **Exit safe.** Limits that exist to stop new risk never trap a trader in a position. Cancels are never refused.
//! - **Atomic and replayable.** Check and hold are one step; the same journal gives the same decisions, bit for bit.
//!
//! The promise covers the process up to `Outbound`, not the wire: credentials for the venue belong in the process that
//! holds the guard.
//!
//! # Where to look
//!
//! Modules stand in the order in which an order travels. Limits are set in [`Limits`], the gates are listed in
//! [`GATES`], and what goes on record is a [`Record`].

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic
)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

// What is asked, and by whom.
mod change;
#[cfg(feature = "serde")]
mod exact_serde;
mod handle;
mod instrument;
mod net;
mod num;
mod order;
mod text;
// Within which limits.
mod action;
mod bucket;
#[cfg(feature = "tz")]
mod calendar;
mod capacity;
mod compiled;
mod config;
mod day;
mod limits;
pub mod lint;
#[cfg(feature = "text")]
mod locate;
mod place;
mod policy;
pub mod presets;
#[cfg(feature = "schema")]
pub mod schema;
// What is known.
mod aside;
mod book;
mod cash;
mod crossing;
mod facts;
mod ladder;
mod lines;
mod margin;
mod pairs;
mod parents;
mod parties;
mod permission;
mod recent;
mod reference;
mod refresh;
mod remembered;
mod repeats;
mod reservation;
mod response;
mod schedule;
mod setup;
mod standing;
mod state;
mod stated;
mod statement;
mod streak;
mod stricter;
mod strictest;
mod table;
mod tally;
mod track;
mod traded;
mod trader;
mod versions;
mod worst;
// The policy.
pub mod gates;
mod house;
mod judge;
mod plain;
mod view;
// The answer.
mod decision;
mod permit;
mod reason;
// What is remembered.
mod clock;
mod error;
mod memory;
mod record;
mod recover;
mod replay;
// The engine that runs all of it, and what comes in besides orders.
mod adjust;
mod amend;
mod control;
mod coverage;
mod engine;
mod executed;
mod explain;
mod feed;
mod halt;
mod hold;
mod holdings;
mod ingest;
mod input;
mod ledger;
mod list;
mod listed;
mod metrics;
mod modify;
mod read;
mod reconcile;
mod register;
mod report;
mod reports;
mod sending;
mod session;
mod trip;
mod unrecorded;
// The handle that is shared.
mod guard;
mod sync;

pub use action::{Action, HeartbeatTrip, LimitAction, LimitActions, StormTrip, Trips};
pub use adjust::{Adjustment, Transfer};
#[cfg(feature = "tz")]
pub use calendar::{Calendar, SessionCalendar, UnknownZone};
pub use change::Change;
pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use config::{Account, AccountKind, Asset, Capacity, Config, Fees, Firm, Settings, Strategy, Trader};
pub use control::Halt;
pub use day::{DayRoll, LocalTime, NoLocalTime};
pub use decision::{Binding, Code, Compare, Decision, Reading, Rejection, Unit, Verdict};
pub use engine::Engine;
pub use error::{ConfigError, IngestError, JournalError, ResumeError, UnknownName};
pub use explain::{Coverage, Explanation, GateReading, Headroom, Uncovered};
pub use gates::{Exits, GATES, GateId, GateInfo};
pub use guard::{AlreadyInstalled, AnyClock, AnyJournal, RiskGuard};
pub use halt::{Cause, Latch, LatchId, Lift, Scope, TradingState};
pub use handle::{
    AccountHandle, AssetHandle, InstrumentHandle, OrderHandle, StrategyHandle, TraderHandle, VenueHandle,
};
pub use holdings::{AccountSums, Position};
pub use house::{
    Answer, HOUSE_RULES_MAX, HouseRule, Measurement, RULE_NAME_BYTES_MAX, RecordedVeto, Refusal, RuleName,
    Undecided, Veto, Vetoed,
};
pub use input::{
    Anomaly, Booking, End, Fill, Holding, HostFigures, Ingested, Input, LimitsOf, OrderRef, Quote, Snapshot,
    StatedOrder,
};
pub use instrument::{ExposurePrice, Instrument, MarkSource, QuoteField, SCALE_MAX, ShortSale, Status};
pub use limits::{DrawdownFrom, Level, Limits, MessageRate};
pub use list::{LIST_ORDERS_MAX, ListDecision, ListExplanation, ListPermit, ListRejection};
pub use memory::MemoryJournal;
pub use metrics::{Latency, Metrics};
pub use num::{Misfit, NumberError, parse_decimal};
pub use order::{Field, Flaw, Kind, Malformed, Order, Side, TimeInForce};
pub use permit::{Message, Outbound, Permit};
pub use policy::LimitsInForce;
pub use reason::{REASONS_VERSION, Reason};
pub use reconcile::{Difference, Reconciled};
pub use record::{Event, Journal, Kept, ListOutcome, Outcome, Record, Registration, SnapshotOf};
#[cfg(feature = "serde")]
pub use recover::STATE_FORMAT;
pub use replay::{LastRecord, NoClock, ReplayError, Replayed, replay};
pub use report::{Bust, Corrected, Cumulative, Origin};
pub use reservation::OrderState;
pub use session::{Session, SessionHours, Sessions, Weekday};
pub use statement::{StatementCaps, WithheldStatement};
pub use text::{ID_BYTES_MAX, Id, NOTE_BYTES_MAX, Note};
pub use trip::Trip;
pub use unrecorded::UNRECORDED_MAX;
pub use view::View;
