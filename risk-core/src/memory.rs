//! The journal in memory: all of it, or the end of it with a snapshot to replay from.

use core::hash::Hash;

use crate::clock::Timestamp;
use crate::error::JournalError;
use crate::input::{Ingested, Input};
use crate::order::Order;
use crate::record::{Event, Journal, Kept, Outcome, Record, SnapshotOf, digest_of};

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
                order.write_over(kept);
                outcome.write_over(kept_outcome);
            }
            event => *event = Event::Evaluated { order: *order, outcome: *outcome },
        }
        Ok(())
    }

    fn append_input(
        &mut self,
        seq: u64,
        at: Option<Timestamp>,
        input: &Input,
        effect: Ingested,
    ) -> Result<(), JournalError> {
        let place = self.next_place(seq)?;
        (place.seq, place.at) = (seq, at);
        place.event = Event::Ingested { input: input.clone(), effect };
        Ok(())
    }

    fn sync_to(&mut self, _: u64) -> Result<(), JournalError> {
        Ok(())
    }

    fn durable_seq(&self) -> u64 {
        self.appended
    }

    fn is_short(&self) -> bool {
        false
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
