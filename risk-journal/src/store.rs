//! Segments in use: made ahead, filled, and the one place that says what is durable.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::bytes::{narrow, wide};
use crate::disk::{Disk, Medium, PART};
use crate::frame::Seed;
use crate::mapping::Mapping;
use crate::segment::{self, FRAMES_AT, Header, Identity};

/// A file that says why the journal of a process failed; the next process starts halted.
pub(crate) const FAILED: &str = "failed";

/// Whether the sync of a mapping reaches the disk itself, as that of a file does. POSIX leaves that open; Linux does the same
/// for both.
const SYNCS_MAPPINGS: bool = cfg!(target_os = "linux");

/// A segment in use.
#[derive(Debug)]
pub(crate) struct Segment<F> {
    pub(crate) index: u32,
    pub(crate) size: usize,
    pub(crate) seed: Seed,
    pub(crate) file: F,
    mapping: Option<Mapping>,
    /// Where the next frame goes: everything before is written.
    end: AtomicUsize,
    /// The last record in it or before it.
    last: AtomicU64,
    /// Everything before is durable.
    synced: AtomicUsize,
}

impl<F: Medium> Segment<F> {
    /// A segment that is there, used up to a place.
    pub(crate) fn open(file: F, header: &Header, mapped: bool, end: usize, last: u64) -> io::Result<Self> {
        let mapping = if mapped { file.map()? } else { None };
        Ok(Self {
            index: header.index,
            size: narrow(header.bytes),
            seed: header.seed(),
            file,
            mapping,
            end: AtomicUsize::new(end),
            last: AtomicU64::new(last),
            synced: AtomicUsize::new(end),
        })
    }

    /// Where the next frame goes.
    pub(crate) fn end(&self) -> usize {
        self.end.load(Ordering::Acquire)
    }

    /// A record was written, up to this end. The end comes first: who sees the record sees where it ends.
    pub(crate) fn filled(&self, end: usize, last: u64) {
        self.end.store(end, Ordering::Release);
        self.last.store(last, Ordering::Release);
    }

    /// The last record in it or before it, and an end that is not before that of the record.
    fn so_far(&self) -> (u64, usize) {
        (self.last.load(Ordering::Acquire), self.end.load(Ordering::Acquire))
    }

    /// Makes everything before a place durable. A mapping is synced from where it was synced before.
    fn sync(&self, end: usize) -> io::Result<()> {
        match &self.mapping {
            Some(mapping) if SYNCS_MAPPINGS => mapping.sync(self.synced.load(Ordering::Relaxed), end)?,
            _ => self.file.sync()?,
        }
        self.synced.store(end, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn write(&self, place: usize, frame: &[u8]) -> io::Result<()> {
        match &self.mapping {
            Some(mapping) => mapping.write(place, frame),
            None => self.file.write_at(wide(place), frame),
        }
    }

    /// Makes the next pages writable, so that the evaluating thread does not wait for the kernel.
    pub(crate) fn touch_ahead(&self, bytes: usize) {
        if let Some(mapping) = &self.mapping {
            mapping.touch(self.end.load(Ordering::Relaxed), bytes);
        }
    }
}

/// Makes a new segment: under another name until it is whole and durable.
pub(crate) fn make<D: Disk>(
    disk: &D,
    identity: Identity,
    index: u32,
    bytes: u64,
    mapped: bool,
) -> io::Result<Segment<D::File>> {
    let name = segment::name(index);
    let part = format!("{name}{PART}");
    let names = disk.names()?;
    if names.contains(&name) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    if names.contains(&part) {
        disk.remove(&part)?;
    }
    let header = Header { identity, index, bytes };
    let file = disk.create(&part, bytes)?;
    file.write_at(0, &header.bytes())?;
    file.sync()?;
    disk.rename(&part, &name)?;
    disk.sync_names()?;
    Segment::open(file, &header, mapped, FRAMES_AT, 0)
}

/// What the evaluating thread and the helper share.
#[derive(Debug)]
pub(crate) struct Shared<D: Disk> {
    pub(crate) disk: D,
    pub(crate) identity: Identity,
    pub(crate) segment_bytes: u64,
    pub(crate) mapped: bool,
    pub(crate) keep_records: Option<u64>,
    /// Segments that are not hashed to their end, the one in use last.
    pub(crate) segments: Mutex<VecDeque<Arc<Segment<D::File>>>>,
    /// The one that is used next.
    pub(crate) next: Mutex<Option<Arc<Segment<D::File>>>>,
    /// Everything up to here survives the machine.
    pub(crate) durable: AtomicU64,
    pub(crate) failed: AtomicBool,
    why: Mutex<Option<String>>,
    /// One sync at a time: an error is told to one caller only.
    syncing: Mutex<()>,
}

/// A lock that a panic has left is taken all the same: what it guards is replaced whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<D: Disk> Shared<D> {
    pub(crate) fn new(
        disk: D,
        identity: Identity,
        (segment_bytes, mapped, keep_records): (u64, bool, Option<u64>),
        current: Arc<Segment<D::File>>,
        durable: u64,
    ) -> Self {
        Self {
            disk,
            identity,
            segment_bytes,
            mapped,
            keep_records,
            segments: Mutex::new(VecDeque::from([current])),
            next: Mutex::new(None),
            durable: AtomicU64::new(durable),
            failed: AtomicBool::new(false),
            why: Mutex::new(None),
            syncing: Mutex::new(()),
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    pub(crate) fn failure(&self) -> Option<String> {
        lock(&self.why).clone()
    }

    /// From now on nothing is taken. The next process is told, as far as the disk still takes that.
    pub(crate) fn fail(&self, what: &str, error: &io::Error) {
        if self.failed.swap(true, Ordering::AcqRel) {
            return;
        }
        let text = format!("{what}: {error}");
        *lock(&self.why) = Some(text.clone());
        let told = self.disk.create(FAILED, 0).and_then(|file| {
            file.write_at(0, text.as_bytes())?;
            file.sync()?;
            self.disk.sync_names()
        });
        // Nobody is left to tell that this could not be told.
        drop(told);
    }

    /// Makes everything in a segment durable that is in it now. Never tried again after it has failed.
    pub(crate) fn sync(&self, segment: &Segment<D::File>) -> Result<(), ()> {
        let _one_at_a_time = lock(&self.syncing);
        if self.has_failed() {
            return Err(());
        }
        let (last, end) = segment.so_far();
        if last <= self.durable.load(Ordering::Acquire) {
            return Ok(());
        }
        match segment.sync(end) {
            Ok(()) => {
                self.durable.fetch_max(last, Ordering::AcqRel);
                Ok(())
            }
            Err(error) => {
                self.fail("a sync failed", &error);
                Err(())
            }
        }
    }
}
