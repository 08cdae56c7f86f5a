//! What the evaluating thread need not wait for: syncing, touching ahead, hashing, snapshots, the next segment.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use risk_core::Kept;

use crate::bytes::wide;
use crate::chain::{CHECKPOINTS, Chain, TAG_BYTES};
use crate::disk::{Disk, Medium};
use crate::frame::{self, Found, HEAD_BYTES};
use crate::open::tags_file;
use crate::segment::FRAMES_AT;
use crate::store::{Segment, Shared, lock, make};

/// Bytes behind the last record that are made writable ahead of need: more than is written while the disk syncs.
const AHEAD_BYTES: usize = 2 << 20;
/// Bytes that are hashed at a time.
const PIECE_BYTES: usize = 1 << 18;
/// Records between two checkpoints, where no segment and no snapshot ends before.
const CHECKPOINT_RECORDS: u64 = 1 << 16;

/// Where a snapshot lies between the thread that takes it and the one that writes it.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    to_write: Mutex<Option<Kept>>,
    written: Mutex<Option<Kept>>,
}

impl Desk {
    pub(crate) fn is_free(&self) -> bool {
        lock(&self.written).is_some()
    }

    pub(crate) fn take_back(&self) -> Option<Kept> {
        lock(&self.written).take()
    }

    pub(crate) fn hand_over(&self, kept: Kept) {
        *lock(&self.to_write) = Some(kept);
    }
}

/// How far hashing has come.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) chain: Chain,
    /// Where the next frame is read, in the first segment of the shared list.
    pub(crate) place: usize,
    /// Tags of that segment that are in its file.
    pub(crate) tags: u64,
    /// The end of the file of checkpoints, and the record of the last one.
    pub(crate) checkpoints: u64,
    pub(crate) checkpoint: u64,
    /// Records with a checkpoint.
    pub(crate) vouched: BTreeSet<u64>,
}

/// The work itself; a thread runs it, or a test.
#[derive(Debug)]
pub(crate) struct Work<D: Disk> {
    shared: Arc<Shared<D>>,
    desk: Arc<Desk>,
    sealed: Sealed,
    piece: Vec<u8>,
    tags: Vec<u8>,
    /// The file with the tags of a segment.
    tags_file: Option<(u32, D::File)>,
}

impl<D: Disk> Work<D> {
    pub(crate) fn new(shared: Arc<Shared<D>>, sealed: Sealed) -> Self {
        Self { shared, desk: Arc::default(), sealed, piece: Vec::new(), tags: Vec::new(), tags_file: None }
    }

    /// Everything that is due now. What fails makes the journal fail; only the making of the next segment is tried
    /// again, because nothing depends on it yet.
    pub(crate) fn turn(&mut self, finish: bool) {
        if self.shared.has_failed() {
            return;
        }
        let current = lock(&self.shared.segments).back().cloned();
        let Some(current) = current else { return };
        current.touch_ahead(AHEAD_BYTES);
        if self.shared.sync(&current).is_err() {
            return;
        }
        current.touch_ahead(AHEAD_BYTES);
        self.prepare_next();
        if let Err((what, error)) = self.seal(finish) {
            self.shared.fail(what, &error);
        }
    }

    pub(crate) fn prepare_next(&self) {
        let shared = &self.shared;
        // While there is no next one, nobody moves on to it: its number cannot change until it is there.
        let last = {
            let segments = lock(&shared.segments);
            if lock(&shared.next).is_some() {
                return;
            }
            segments.back().map(|segment| segment.index)
        };
        let made = last
            .and_then(|last| last.checked_add(1))
            .map(|index| make(&shared.disk, shared.identity, index, shared.segment_bytes, shared.mapped));
        if let Some(Ok(segment)) = made {
            segment.touch_ahead(AHEAD_BYTES);
            *lock(&shared.next) = Some(Arc::new(segment));
        }
    }

    /// Hashes what is durable; writes the snapshot when the chain has reached it.
    fn seal(&mut self, finish: bool) -> Result<(), (&'static str, io::Error)> {
        let durable = self.shared.durable.load(Ordering::Acquire);
        let to_write = lock(&self.desk.to_write).take();
        if let Some(kept) = to_write {
            self.seal_to(kept.seq().min(durable)).map_err(|error| ("a record could not be sealed", error))?;
            if self.sealed.chain.seq == kept.seq() {
                self.write_snapshot(&kept).map_err(|error| ("a snapshot could not be written", error))?;
                *lock(&self.desk.written) = Some(kept);
                self.retire();
            } else {
                *lock(&self.desk.to_write) = Some(kept);
            }
        }
        self.seal_to(durable).map_err(|error| ("a record could not be sealed", error))?;
        if finish || self.sealed.chain.seq >= self.sealed.checkpoint + CHECKPOINT_RECORDS {
            self.checkpoint().map_err(|error| ("a checkpoint could not be written", error))?;
        }
        Ok(())
    }

    fn write_snapshot(&mut self, kept: &Kept) -> io::Result<()> {
        self.checkpoint()?;
        crate::snapshot::write(&self.shared.disk, &self.shared.identity, kept, &self.sealed.chain)
    }

    /// Deletes old segments, where that is wanted. Nothing depends on it: what fails is tried again after the next
    /// snapshot.
    fn retire(&self) {
        if let Some(keep) = self.shared.keep_records {
            let old = crate::retire::Old { disk: &self.shared.disk, vouched: &self.sealed.vouched };
            drop(old.delete(self.sealed.chain.seq.saturating_sub(keep)));
        }
    }

    fn seal_to(&mut self, seq: u64) -> io::Result<()> {
        while self.sealed.chain.seq < seq {
            let segment = lock(&self.shared.segments).front().cloned();
            let Some(segment) = segment else { return Ok(()) };
            let end = segment.end();
            if self.sealed.place < end {
                self.seal_piece(&segment, end, seq)?;
                continue;
            }
            if !self.segment_done(&segment)? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn seal_piece(&mut self, segment: &Segment<D::File>, end: usize, seq: u64) -> io::Result<()> {
        let from = self.sealed.place;
        let bytes = PIECE_BYTES.max(frame::framed(self.next_payload(segment)?)).min(end - from);
        self.piece.resize(bytes, 0);
        segment.file.read_at(wide(from), &mut self.piece)?;
        self.tags.clear();
        while self.sealed.chain.seq < seq {
            let rest = self.piece.get(self.sealed.place - from..).unwrap_or_default();
            match frame::look_from(rest, segment.seed, self.sealed.place) {
                Found::Frame(frame) if frame.seq == self.sealed.chain.seq + 1 => {
                    self.sealed.place = frame.end;
                    self.tags.extend_from_slice(&self.sealed.chain.add(frame.body));
                }
                // The piece ends inside a frame.
                _ if self.sealed.place > from => break,
                _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "what was written is not there")),
            }
        }
        self.write_tags(segment.index)
    }

    fn next_payload(&self, segment: &Segment<D::File>) -> io::Result<usize> {
        let mut head = [0; HEAD_BYTES];
        segment.file.read_at(wide(self.sealed.place), &mut head)?;
        Ok(crate::bytes::narrow(u64::from(crate::bytes::u32_at(&head, 0))))
    }

    fn write_tags(&mut self, index: u32) -> io::Result<()> {
        if self.tags.is_empty() {
            return Ok(());
        }
        if self.tags_file.as_ref().is_none_or(|(of, _)| *of != index) {
            self.tags_file = Some((index, tags_file(&self.shared.disk, index)?));
        }
        let Some((_, file)) = &self.tags_file else { return Ok(()) };
        file.write_at(self.sealed.tags * wide(TAG_BYTES), &self.tags)?;
        self.sealed.tags += wide(self.tags.len() / TAG_BYTES);
        Ok(())
    }

    /// The tags of a full segment are made durable, and the next one begins, if there is one.
    fn segment_done(&mut self, segment: &Segment<D::File>) -> io::Result<bool> {
        self.checkpoint()?;
        let mut segments = lock(&self.shared.segments);
        if segments.len() > 1 && segments.front().is_some_and(|front| front.index == segment.index) {
            segments.pop_front();
            self.sealed.place = FRAMES_AT;
            self.sealed.tags = 0;
            return Ok(true);
        }
        Ok(false)
    }

    /// Tags first, then the line that vouches for them.
    fn checkpoint(&mut self) -> io::Result<()> {
        if self.sealed.chain.seq == self.sealed.checkpoint {
            return Ok(());
        }
        // Those of earlier segments were made durable when they were full, or when they were recovered.
        if let Some((_, file)) = &self.tags_file {
            file.sync()?;
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let checkpoint = self.sealed.chain.checkpoint(u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
        let line = serde_json::to_string(&checkpoint).map_err(io::Error::other)? + "\n";
        let file = self.shared.disk.open(CHECKPOINTS)?;
        file.write_at(self.sealed.checkpoints, line.as_bytes())?;
        file.sync()?;
        self.sealed.checkpoints += wide(line.len());
        self.sealed.checkpoint = self.sealed.chain.seq;
        self.sealed.vouched.insert(self.sealed.chain.seq);
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Bell {
    rung: Mutex<bool>,
    heard: Condvar,
    stop: AtomicBool,
}

/// The work, with a thread for it or without.
#[derive(Debug)]
pub(crate) struct Helper<D: Disk> {
    bell: Arc<Bell>,
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
    /// Without a thread.
    work: Mutex<Option<Box<Work<D>>>>,
}

impl<D: Disk> Helper<D> {
    /// Work that waits for [`Helper::turn`].
    pub(crate) fn idle(work: Work<D>) -> Self {
        let desk = Arc::clone(&work.desk);
        Self { bell: Arc::default(), desk, thread: None, work: Mutex::new(Some(Box::new(work))) }
    }

    /// Work that a thread does whenever it is woken, and at least so often.
    pub(crate) fn start(mut work: Work<D>, every: Duration) -> io::Result<Self> {
        let (bell, desk) = (Arc::<Bell>::default(), Arc::clone(&work.desk));
        let heard = Arc::clone(&bell);
        let thread = std::thread::Builder::new().name("risk-journal".to_owned()).spawn(move || {
            while !heard.stop.load(Ordering::Acquire) {
                work.turn(false);
                let rung = lock(&heard.rung);
                let waited = heard.heard.wait_timeout_while(rung, every, |rung| !*rung);
                *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
            }
            work.turn(true);
        })?;
        Ok(Self { bell, desk, thread: Some(thread), work: Mutex::default() })
    }

    pub(crate) fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.desk)
    }

    pub(crate) fn wake(&self) {
        *lock(&self.bell.rung) = true;
        self.bell.heard.notify_one();
    }

    pub(crate) fn turn(&self) {
        match &mut *lock(&self.work) {
            Some(work) => work.turn(false),
            None => self.wake(),
        }
    }
}

impl<D: Disk> Drop for Helper<D> {
    /// Ends in order: everything synced, sealed, and a checkpoint.
    fn drop(&mut self) {
        self.bell.stop.store(true, Ordering::Release);
        self.wake();
        if let Some(thread) = self.thread.take() {
            // A panic there has ended the work; there is nothing to add to it.
            let _ = thread.join();
        }
        if let Some(work) = &mut *lock(&self.work) {
            work.turn(true);
        }
    }
}
