//! The journal that an engine writes to: a frame a record, in the kernel's hands or on disk before the answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use risk_core::{
    Event, Ingested, Input, Journal, JournalError, Kept, Order, Outcome, Record, SnapshotOf, Timestamp,
};

use crate::codec::{self, Payload};
use crate::disk::Disk;
use crate::frame;
use crate::helper::{Desk, Helper};
use crate::segment::FRAMES_AT;
use crate::store::{Segment, Shared, lock};

/// A journal in a folder. Made by [`crate::open`].
///
/// It writes until something fails; then it takes nothing more (JOURNAL_UNAVAILABLE) and the engine halts the firm.
#[derive(Debug)]
pub struct FileJournal<D: Disk> {
    shared: Arc<Shared<D>>,
    segment: Arc<Segment<D::File>>,
    /// Where the next frame goes.
    place: usize,
    /// Room for one frame.
    buffer: Vec<u8>,
    last: u64,
    /// Sync every record before it is taken.
    always: bool,
    snapshots: Snapshots,
    helper: Helper<D>,
}

/// When the next snapshot is due, and the memory for it.
#[derive(Debug)]
struct Snapshots {
    every: u64,
    since: u64,
    /// The memory has been made.
    ready: bool,
    spare: Option<Kept>,
    desk: Arc<Desk>,
}

impl<D: Disk> FileJournal<D> {
    pub(crate) fn new(
        shared: Arc<Shared<D>>,
        segment: Arc<Segment<D::File>>,
        (last, since): (u64, u64),
        (always, snapshot_every): (bool, u64),
        helper: Helper<D>,
    ) -> Self {
        let desk = helper.desk();
        let place = segment.end();
        let snapshots =
            Snapshots { every: snapshot_every, since, ready: snapshot_every == 0, spare: None, desk };
        Self { shared, segment, place, buffer: codec::buffer(), last, always, snapshots, helper }
    }

    /// Why it takes nothing more, if it does not.
    pub fn failure(&self) -> Option<String> {
        self.shared.failure()
    }

    /// Lets the helper do what is due, on this thread. Where the journal has a thread of its own for that, nothing
    /// needs to be done.
    pub fn turn(&self) {
        self.helper.turn();
    }

    /// The next frame.
    fn write(&mut self, record: &impl Payload) -> Result<(), JournalError> {
        if self.shared.has_failed() {
            return Err(AGAIN);
        }
        let payload = codec::encode(record, &mut self.buffer).ok_or(LONG)?;
        let size = frame::framed(payload);
        if self.place + size > self.segment.size {
            if FRAMES_AT + size > self.segment.size {
                return Err(LONG);
            }
            self.roll()?;
        }
        let (seq, durable) = (record.seq(), self.shared.durable.load(Ordering::Relaxed));
        let place = u32::try_from(self.place).unwrap_or(u32::MAX);
        let sealed = frame::seal(&mut self.buffer, payload, self.segment.seed, place, seq, durable);
        let bytes = sealed.and_then(|whole| self.buffer.get(..whole)).ok_or(LONG)?;
        if let Err(error) = self.segment.write(self.place, bytes) {
            self.shared.fail("a write failed", &error);
            return Err(WRITE);
        }
        self.place += size;
        self.last = seq;
        self.snapshots.since += 1;
        self.segment.filled(self.place, seq);
        Ok(())
    }

    /// On disk before the answer, where that is promised.
    fn keep(&self, weighty: bool) -> Result<(), JournalError> {
        if self.always || weighty { self.shared.sync(&self.segment).map_err(|()| SYNC) } else { Ok(()) }
    }

    /// The next segment is used from now on. The last one is durable as a whole before, so that only the last segment
    /// of a journal can have a torn tail.
    fn roll(&mut self) -> Result<(), JournalError> {
        self.shared.sync(&self.segment).map_err(|()| SYNC)?;
        {
            // Both locks at once: the helper numbers the one after by what it sees here.
            let mut segments = lock(&self.shared.segments);
            let Some(next) = lock(&self.shared.next).take() else {
                let full = JournalError::Full { records: self.last };
                self.shared.fail("there is no next segment", &std::io::Error::other(full.to_string()));
                return Err(full);
            };
            next.filled(FRAMES_AT, self.last);
            segments.push_back(Arc::clone(&next));
            self.segment = next;
        }
        self.place = FRAMES_AT;
        self.helper.wake();
        Ok(())
    }
}

const AGAIN: JournalError = JournalError::Failed("it failed before");
const SYNC: JournalError = JournalError::Failed("the disk could not be synced");
const WRITE: JournalError = JournalError::Failed("a record could not be written");
const LONG: JournalError = JournalError::Failed("a record is longer than any may be");

/// Whether a record must be on disk before it has an effect, however the journal is kept.
fn is_weighty(event: &Event) -> bool {
    match event {
        Event::Halted { .. }
        | Event::Tripped(_)
        | Event::Resumed { .. }
        | Event::Registered(_)
        | Event::Recovered { .. } => true,
        Event::Ingested { input, .. } => is_weighty_input(input),
        _ => false,
    }
}

fn is_weighty_input(input: &Input) -> bool {
    matches!(input, Input::Limits { .. } | Input::Status { .. })
}

impl<D: Disk> Journal for FileJournal<D> {
    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        self.write(&record)?;
        if matches!(record.event, Event::SetAside) {
            // Orders wait for it, not this thread.
            self.helper.wake();
        }
        self.keep(is_weighty(&record.event))
    }

    fn append_evaluation(
        &mut self,
        seq: u64,
        at: Option<Timestamp>,
        order: &Order,
        outcome: &Outcome,
    ) -> Result<(), JournalError> {
        self.write(&codec::evaluation(seq, at, order, outcome))?;
        self.keep(false)
    }

    fn append_input(
        &mut self,
        seq: u64,
        at: Option<Timestamp>,
        input: &Input,
        effect: Ingested,
    ) -> Result<(), JournalError> {
        self.write(&codec::input(seq, at, input, effect))?;
        self.keep(is_weighty_input(input))
    }

    fn sync_to(&mut self, seq: u64) -> Result<(), JournalError> {
        if self.shared.has_failed() {
            return Err(AGAIN);
        }
        if seq <= self.durable_seq() {
            return Ok(());
        }
        self.shared.sync(&self.segment).map_err(|()| SYNC)
    }

    fn durable_seq(&self) -> u64 {
        self.shared.durable.load(Ordering::Acquire)
    }

    /// The last eighth of a segment, while there is no next one: the disk is full, or the helper far behind.
    fn is_short(&self) -> bool {
        self.segment.size - self.place < self.segment.size / 8 && lock(&self.shared.next).is_none()
    }

    fn wants_snapshot(&self) -> bool {
        let snapshots = &self.snapshots;
        !snapshots.ready
            || (snapshots.every > 0
                && snapshots.since >= snapshots.every
                && (snapshots.spare.is_some() || snapshots.desk.is_free()))
    }

    fn snapshot(&mut self, snapshot: SnapshotOf<'_>) {
        let snapshots = &mut self.snapshots;
        let mut kept = snapshots.spare.take().or_else(|| snapshots.desk.take_back()).unwrap_or_default();
        snapshot.keep_in(&mut kept);
        if snapshots.ready {
            snapshots.since = 0;
            snapshots.desk.hand_over(kept);
            self.helper.wake();
        } else {
            // The first one is made when an engine is constructed: it is the memory of all later ones.
            snapshots.ready = true;
            snapshots.spare = Some(kept);
        }
    }
}
