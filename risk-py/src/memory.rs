//! The journal in memory, which Python can also read.

use std::sync::Arc;

use parking_lot::Mutex;
use risk_core::{
    Ingested, Input, Journal, JournalError, MemoryJournal, Order, Outcome, Record, SnapshotOf, Timestamp,
};

/// A journal in memory that the guard writes and Python reads.
#[derive(Clone)]
pub(crate) struct SharedMemory(pub(crate) Arc<Mutex<MemoryJournal>>);

impl SharedMemory {
    pub(crate) fn of(journal: MemoryJournal) -> Self {
        Self(Arc::new(Mutex::new(journal)))
    }
}

impl Journal for SharedMemory {
    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        self.0.lock().append(record)
    }

    #[inline]
    fn append_evaluation(
        &mut self,
        seq: u64,
        at: Option<Timestamp>,
        order: &Order,
        outcome: &Outcome,
    ) -> Result<(), JournalError> {
        self.0.lock().append_evaluation(seq, at, order, outcome)
    }

    #[inline]
    fn append_input(
        &mut self,
        seq: u64,
        at: Option<Timestamp>,
        input: &Input,
        effect: Ingested,
    ) -> Result<(), JournalError> {
        self.0.lock().append_input(seq, at, input, effect)
    }

    fn sync_to(&mut self, seq: u64) -> Result<(), JournalError> {
        self.0.lock().sync_to(seq)
    }

    fn durable_seq(&self) -> u64 {
        self.0.lock().durable_seq()
    }

    fn is_short(&self) -> bool {
        self.0.lock().is_short()
    }

    fn wants_snapshot(&self) -> bool {
        self.0.lock().wants_snapshot()
    }

    fn snapshot(&mut self, snapshot: SnapshotOf<'_>) {
        self.0.lock().snapshot(snapshot);
    }
}
