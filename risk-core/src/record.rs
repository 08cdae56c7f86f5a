//! What is remembered: one record per call, written before it takes effect. The state is the fold of the records.

use core::hash::{Hash, Hasher};

use twox_hash::XxHash3_128;

use crate::change::Change;
use crate::clock::Timestamp;
use crate::config::{Account, Strategy, Trader};
use crate::decision::{Rejection, Verdict};
use crate::error::JournalError;
use crate::gates::GateId;
use crate::halt::{Lift, Scope, TradingState};
use crate::handle::{AccountHandle, OrderHandle};
use crate::house::RecordedVeto;
use crate::input::{Ingested, Input, OrderRef};
use crate::instrument::Instrument;
use crate::limits::{Level, Limits};
use crate::order::{Malformed, Order};
use crate::reason::Reason;
use crate::state::State;
use crate::text::{Id, Note};
use crate::trip::Trip;

/// One numbered, timed event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Record {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// Engine time. `None`: the clock was dead, and time stood still.
    pub at: Option<Timestamp>,
    /// What happened.
    pub event: Event,
}

/// What was asked of the engine, and what it answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "most records are evaluations; a box would allocate for each")]
pub enum Event {
    /// An order was evaluated.
    Evaluated {
        /// As it was asked.
        order: Order,
        /// The decision.
        outcome: Outcome,
    },
    /// A change of an order was evaluated.
    Modified {
        /// Of which order.
        order: OrderRef,
        /// As it was asked.
        change: Change,
        /// The decision.
        outcome: Outcome,
    },
    /// A list was evaluated.
    ListEvaluated {
        /// Its orders as they were asked.
        orders: std::sync::Arc<[Order]>,
        /// The decision.
        outcome: ListOutcome,
    },
    /// A list's permit was redeemed, or refused.
    ListRedeemed {
        /// Its first order.
        first: OrderHandle,
        /// Why not.
        refused: Option<Reason>,
    },
    /// A list's permit was given back.
    ListReleased {
        /// Its first order.
        first: OrderHandle,
        /// Why that had no effect.
        refused: Option<Reason>,
    },
    /// A permit was redeemed, or refused.
    Redeemed {
        /// Its order.
        order: OrderHandle,
        /// Why not.
        refused: Option<Reason>,
    },
    /// A permit was given back.
    Released {
        /// Its order.
        order: OrderHandle,
        /// Why that had no effect.
        refused: Option<Reason>,
    },
    /// An outbound message was not sent.
    Abandoned {
        /// Its order.
        order: OrderHandle,
        /// It was a cancel.
        cancel: bool,
    },
    /// A cancel was let out.
    Cancelled {
        /// Of which order.
        order: OrderRef,
        /// Whether the order was known.
        known: bool,
    },
    /// An input came in.
    Ingested {
        /// As it came.
        input: Input,
        /// What became of it.
        effect: Ingested,
    },
    /// A scope was halted or set to reducing.
    Halted {
        /// Which.
        scope: Scope,
        /// How far down.
        state: TradingState,
        /// Why.
        reason: Note,
        /// By whom.
        by: Id,
    },
    /// A resume, or an attempt at one.
    Resumed {
        /// Which scope.
        scope: Scope,
        /// Which latches.
        lift: Lift,
        /// To which state.
        to: TradingState,
        /// Why.
        reason: Note,
        /// By whom.
        by: Id,
        /// Whether it had an effect.
        done: bool,
    },
    /// Time passed.
    Ticked,
    /// A limit or a trip responded to the record before, or to the time of the one after.
    Tripped(Trip),
    /// More headroom is set aside: it can be spent when this record is durable. See
    /// [`crate::Limits::unsynced_notional_max`].
    SetAside,
    /// What was set aside is durable, and can be spent.
    HeadroomDurable,
    /// Something was registered.
    Registered(std::sync::Arc<Registration>),
    /// The process came back: permits of the one before are no more.
    Recovered {
        /// What was approved and not redeemed is free again; else it is held as sent until a report resolves it.
        release: bool,
    },
    /// The journal has little room left, or has enough again: see [`Journal::is_short`].
    Room {
        /// It is kept for facts, halts, exits and cancels.
        short: bool,
    },
}

/// What was registered after construction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Registration {
    /// An instrument and its limits.
    Instrument(Box<(Instrument, Limits)>),
    /// An account with its strategies.
    Account(Account),
    /// A strategy of an account.
    Strategy(AccountHandle, Strategy),
    /// A trader.
    Trader(Trader),
}

/// A decision as it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Outcome {
    /// Which of the four.
    pub verdict: Verdict,
    /// Why it was refused or reduced.
    pub reason: Option<Reason>,
    /// By which gate.
    pub gate: Option<GateId>,
    /// At which level.
    pub level: Option<Level>,
    /// What was measured and the limit, in the gate's unit.
    pub measured: Option<(i128, i128)>,
    /// What is malformed.
    pub malformed: Option<Malformed>,
    /// Which rule of the house refused it.
    pub veto: Option<RecordedVeto>,
    /// The quantity that was approved, in units of the instrument's quantity scale; 0 when nothing was.
    pub approved: i64,
    /// The order's handle, when something was approved.
    pub order: Option<OrderHandle>,
}

/// A decision on a list as it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ListOutcome {
    /// What leads: the approval, with the first order's handle, or the refusal that stands first.
    pub leading: Outcome,
    /// The order that the refusal is of, from 0; nothing where it is of the list as a whole.
    pub order: Option<u32>,
    /// How many orders were refused for themselves.
    pub refused: u32,
    /// The order that a rule of the house refused, from 0, and how: after a refusal of a list none is asked any more.
    pub vetoed: Option<(u32, Outcome)>,
}

impl Outcome {
    /// An approval of a quantity in the instrument's units.
    pub(crate) fn approved(quantity: i64, order: Option<OrderHandle>) -> Self {
        Self {
            verdict: Verdict::Approved,
            reason: None,
            gate: None,
            level: None,
            measured: None,
            malformed: None,
            veto: None,
            approved: quantity,
            order,
        }
    }

    /// Writes it over an older one. A plain copy writes also what is not there, and mostly that is most of it.
    #[inline(always)]
    pub(crate) fn write_over(&self, kept: &mut Self) {
        let Self { verdict, reason, gate, level, measured, malformed, veto, approved, order } = self;
        (kept.verdict, kept.reason, kept.gate, kept.level) = (*verdict, *reason, *gate, *level);
        match measured {
            Some(measured) => kept.measured = Some(*measured),
            None => kept.measured = None,
        }
        match malformed {
            Some(malformed) => kept.malformed = Some(*malformed),
            None => kept.malformed = None,
        }
        match veto {
            Some(veto) => kept.veto = Some(*veto),
            None => kept.veto = None,
        }
        (kept.approved, kept.order) = (*approved, *order);
    }

    /// A refusal.
    #[inline(always)]
    pub(crate) fn refused(verdict: Verdict, rejection: &Rejection) -> Self {
        Self {
            verdict,
            reason: Some(rejection.reason),
            gate: rejection.gate,
            level: rejection.level,
            measured: rejection.reading.map(|reading| (reading.measured, reading.limit)),
            malformed: rejection.malformed,
            veto: RecordedVeto::of(rejection),
            approved: 0,
            order: None,
        }
    }
}

/// Where records go, in order.
///
/// A record is appended before it takes effect; when it cannot be, it has none, and the firm is halted.
pub trait Journal {
    /// Takes the next record.
    ///
    /// # Errors
    /// When it cannot be kept. It is not tried again.
    fn append(&mut self, record: Record) -> Result<(), JournalError>;

    /// Takes the next record, an evaluation: the same as [`Journal::append`] of it, for a journal that can write it
    /// from where it is.
    ///
    /// # Errors
    /// As [`Journal::append`].
    fn append_evaluation(
        &mut self,
        seq: u64,
        at: Option<Timestamp>,
        order: &Order,
        outcome: &Outcome,
    ) -> Result<(), JournalError> {
        self.append(Record { seq, at, event: Event::Evaluated { order: *order, outcome: *outcome } })
    }

    /// Takes the next record, an input: the same as [`Journal::append`] of it, for a journal that can write it from where
    /// it is.
    ///
    /// # Errors
    /// As [`Journal::append`].
    fn append_input(
        &mut self,
        seq: u64,
        at: Option<Timestamp>,
        input: &Input,
        effect: Ingested,
    ) -> Result<(), JournalError> {
        self.append(Record { seq, at, event: Event::Ingested { input: input.clone(), effect } })
    }

    /// Returns when everything up to `seq` is durable.
    ///
    /// # Errors
    /// When that cannot be had.
    fn sync_to(&mut self, seq: u64) -> Result<(), JournalError>;

    /// The last record that is durable.
    fn durable_seq(&self) -> u64;

    /// Whether so little room is left that it is kept for facts, halts, exits and cancels: until there is more, orders
    /// that open are refused. There is no default, so that a journal around another one cannot forget to pass it on.
    fn is_short(&self) -> bool;

    /// Whether it would like a snapshot now.
    fn wants_snapshot(&self) -> bool {
        false
    }

    /// The state after the last record.
    fn snapshot(&mut self, _snapshot: SnapshotOf<'_>) {}
}

impl<J: Journal + ?Sized> Journal for Box<J> {
    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        (**self).append(record)
    }

    fn append_evaluation(
        &mut self,
        seq: u64,
        at: Option<Timestamp>,
        order: &Order,
        outcome: &Outcome,
    ) -> Result<(), JournalError> {
        (**self).append_evaluation(seq, at, order, outcome)
    }

    fn append_input(
        &mut self,
        seq: u64,
        at: Option<Timestamp>,
        input: &Input,
        effect: Ingested,
    ) -> Result<(), JournalError> {
        (**self).append_input(seq, at, input, effect)
    }

    fn sync_to(&mut self, seq: u64) -> Result<(), JournalError> {
        (**self).sync_to(seq)
    }

    fn durable_seq(&self) -> u64 {
        (**self).durable_seq()
    }

    fn is_short(&self) -> bool {
        (**self).is_short()
    }

    fn wants_snapshot(&self) -> bool {
        (**self).wants_snapshot()
    }

    fn snapshot(&mut self, snapshot: SnapshotOf<'_>) {
        (**self).snapshot(snapshot);
    }
}

/// A look at the state, for a journal that keeps snapshots.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotOf<'a>(pub(crate) &'a State);

impl SnapshotOf<'_> {
    /// Keeps it. The first time, room is made for all that the engine can ever hold; refreshing it does not allocate.
    pub fn keep_in(&self, kept: &mut Kept) {
        match &mut kept.0 {
            Some(state) => state.as_mut().clone_from(self.0),
            None => kept.0 = Some(Box::new(self.0.with_spare_room())),
        }
    }
}

/// A state that was kept, to replay from.
#[derive(Clone, Debug, Default)]
pub struct Kept(pub(crate) Option<Box<State>>);

impl Kept {
    /// The number of the last record it contains.
    pub fn seq(&self) -> u64 {
        self.0.as_ref().map_or(0, |state| state.seq)
    }
}

/// Hashes what a closure feeds, the same way on every platform: whole numbers go in as little-endian bytes, sizes as
/// 64 bits.
pub(crate) fn digest_of(feed: impl FnOnce(&mut Steady)) -> u128 {
    let mut steady = Steady(XxHash3_128::new());
    feed(&mut steady);
    steady.0.finish_128()
}

pub(crate) struct Steady(XxHash3_128);

impl Hasher for Steady {
    fn finish(&self) -> u64 {
        u64::try_from(self.0.finish_128() & u128::from(u64::MAX)).unwrap_or(0)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    fn write_u8(&mut self, value: u8) {
        self.0.write(&[value]);
    }

    fn write_u16(&mut self, value: u16) {
        self.0.write(&value.to_le_bytes());
    }

    fn write_u32(&mut self, value: u32) {
        self.0.write(&value.to_le_bytes());
    }

    fn write_u64(&mut self, value: u64) {
        self.0.write(&value.to_le_bytes());
    }

    fn write_u128(&mut self, value: u128) {
        self.0.write(&value.to_le_bytes());
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(u64::try_from(value).unwrap_or(u64::MAX));
    }

    fn write_i8(&mut self, value: i8) {
        self.0.write(&value.to_le_bytes());
    }

    fn write_i16(&mut self, value: i16) {
        self.0.write(&value.to_le_bytes());
    }

    fn write_i32(&mut self, value: i32) {
        self.0.write(&value.to_le_bytes());
    }

    fn write_i64(&mut self, value: i64) {
        self.0.write(&value.to_le_bytes());
    }

    fn write_i128(&mut self, value: i128) {
        self.0.write(&value.to_le_bytes());
    }

    fn write_isize(&mut self, value: isize) {
        self.write_i64(i64::try_from(value).unwrap_or(i64::MAX));
    }
}
