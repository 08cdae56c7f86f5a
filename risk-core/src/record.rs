//! What is remembered: one record per call, written before it takes effect. The state is the fold of the records.

use core::hash::{Hash, Hasher};

use twox_hash::XxHash3_128;

use crate::change::Change;
use crate::clock::Timestamp;
use crate::config::{Account, Strategy};
use crate::decision::{Rejection, Verdict};
use crate::error::JournalError;
use crate::gates::GateId;
use crate::halt::{Lift, Scope, TradingState};
use crate::handle::{AccountHandle, OrderHandle};
use crate::input::{Ingested, Input, OrderRef};
use crate::instrument::Instrument;
use crate::limits::{Level, Limits};
use crate::order::{Malformed, Order};
use crate::reason::Reason;
use crate::state::State;
use crate::text::{Id, Note};

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
    /// Something was registered.
    Registered(std::sync::Arc<Registration>),
    /// The process came back: permits of the one before are no more.
    Recovered {
        /// What was approved and not redeemed is free again; else it is held as sent until a report resolves it.
        release: bool,
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
            approved: quantity,
            order,
        }
    }

    /// A refusal.
    pub(crate) fn refused(verdict: Verdict, rejection: &Rejection) -> Self {
        Self {
            verdict,
            reason: Some(rejection.reason),
            gate: rejection.gate,
            level: rejection.level,
            measured: rejection.reading.map(|reading| (reading.measured, reading.limit)),
            malformed: rejection.malformed,
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

    /// Returns when everything up to `seq` is durable.
    ///
    /// # Errors
    /// When that cannot be had.
    fn sync_to(&mut self, seq: u64) -> Result<(), JournalError>;

    /// The last record that is durable.
    fn durable_seq(&self) -> u64;

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

    fn sync_to(&mut self, seq: u64) -> Result<(), JournalError> {
        (**self).sync_to(seq)
    }

    fn durable_seq(&self) -> u64 {
        (**self).durable_seq()
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

/// A journal in memory, allocated and touched at construction.
///
/// [`MemoryJournal::with_capacity`] keeps everything and is full at the end (JOURNAL_UNAVAILABLE);
/// [`MemoryJournal::last`] keeps the end, and a snapshot to replay it from.
#[derive(Debug)]
pub struct MemoryJournal {
    records: Vec<Record>,
    size: usize,
    /// Where the next record goes, once all places have been used.
    next: usize,
    used: usize,
    appended: u64,
    ring: Option<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    /// State before the records that can be replayed, and the one that will take its place.
    base: Kept,
    upcoming: Kept,
    /// Records since `upcoming` was taken.
    since: usize,
}

impl MemoryJournal {
    /// Room for `records` records; then it is full.
    pub fn with_capacity(records: usize) -> Self {
        Self::new(records, None)
    }

    /// Keeps at least the last `records` records. It takes a snapshot of the state every `records` records, which
    /// costs a copy of the whole state: choose a number well above the number of live orders.
    pub fn last(records: usize) -> Self {
        Self::new(records.max(1).saturating_mul(2), Some(Ring::default()))
    }

    fn new(size: usize, ring: Option<Ring>) -> Self {
        // Writing every place now touches the memory, which later costs ten times as much as writing it again.
        let blank = Record { seq: 0, at: None, event: Event::Ticked };
        Self { records: vec![blank; size], size, next: 0, used: 0, appended: 0, ring }
    }

    /// The records that are kept, oldest first.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        let start = if self.used < self.size { 0 } else { self.next };
        let (early, late) = self.records.split_at(start.min(self.records.len()));
        late.iter().chain(early).take(self.used)
    }

    /// How many records are kept.
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether no record was kept yet.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The state to replay from. Nothing for a journal that keeps everything, which is replayed from the configuration.
    pub fn base(&self) -> &Kept {
        const NONE: &Kept = &Kept(None);
        self.ring.as_ref().map_or(NONE, |ring| &ring.base)
    }

    /// The records after [`MemoryJournal::base`], oldest first.
    pub fn tail(&self) -> impl Iterator<Item = &Record> {
        let base = self.base().seq();
        self.records().filter(move |record| record.seq > base)
    }

    /// A hash over all records that are kept: the decisions. The same on every platform and in every build.
    pub fn digest(&self) -> u128 {
        digest_of(|hasher| self.records().for_each(|record| record.hash(hasher)))
    }
}

impl MemoryJournal {
    /// Where the record of a number goes; everything is counted as if it stood there.
    #[inline(always)]
    fn next_place(&mut self, seq: u64) -> Result<&mut Record, JournalError> {
        if self.ring.is_none() && self.used >= self.size {
            return Err(JournalError::Full { records: self.appended });
        }
        self.appended = seq;
        self.used = self.used.saturating_add(1).min(self.size);
        let at = self.next;
        self.next = at.saturating_add(1);
        if let Some(ring) = &mut self.ring {
            ring.since = ring.since.saturating_add(1);
            if self.next >= self.size {
                self.next = 0;
            }
        }
        self.records.get_mut(at).ok_or(JournalError::Full { records: self.appended })
    }
}

impl Journal for MemoryJournal {
    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        let place = self.next_place(record.seq)?;
        *place = record;
        Ok(())
    }

    #[inline(always)]
    fn append_evaluation(
        &mut self,
        seq: u64,
        at: Option<Timestamp>,
        order: &Order,
        outcome: &Outcome,
    ) -> Result<(), JournalError> {
        let place = self.next_place(seq)?;
        (place.seq, place.at) = (seq, at);
        match &mut place.event {
            // Mostly an evaluation is written over an older one: nothing is put together first, and nothing dropped.
            Event::Evaluated { order: kept, outcome: kept_outcome } => {
                (*kept, *kept_outcome) = (*order, *outcome);
            }
            event => *event = Event::Evaluated { order: *order, outcome: *outcome },
        }
        Ok(())
    }

    fn sync_to(&mut self, _: u64) -> Result<(), JournalError> {
        Ok(())
    }

    fn durable_seq(&self) -> u64 {
        self.appended
    }

    fn wants_snapshot(&self) -> bool {
        // The first two are taken when an engine is constructed: they are the memory of all later ones.
        self.ring.as_ref().is_some_and(|ring| ring.base.0.is_none() || ring.since >= self.size >> 1)
    }

    fn snapshot(&mut self, snapshot: SnapshotOf<'_>) {
        if let Some(ring) = &mut self.ring {
            core::mem::swap(&mut ring.base, &mut ring.upcoming);
            snapshot.keep_in(&mut ring.upcoming);
            ring.since = 0;
        }
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
