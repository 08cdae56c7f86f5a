//! From files to an engine: the newest snapshot that can be used, the records after it done again, the end found.
//!
//! This only reads. What is wrong is noted with its place; everything before it counts.

use core::fmt;
use std::collections::BTreeMap;

use risk_core::{Config, Kept, ReplayError, Replayed, replay};

use crate::chain::{Chain, Link, Seal, TAG_BYTES, Tags};
use crate::codec;
use crate::disk::Disk;
use crate::frame::{Found, Frame, look};
use crate::log::{Damage, End, Frames, Listing, Loaded, Wrong, first_seq, place_of};
use crate::segment::{self, FRAMES_AT, Identity};
use crate::snapshot::{self, Snapshot, Unusable};

/// What was found when a journal was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The last record that was there; 0 in a new journal.
    pub seq: u64,
    /// The last record in the snapshot that was used.
    pub snapshot: Option<u64>,
    /// Records after it that were done again.
    pub replayed: u64,
    /// Bytes that a crash had left after the last record. They were cut.
    pub torn_bytes: u64,
    /// Whole records among them: written, never acknowledged as durable, and not in order.
    pub torn_records: u64,
    /// Everything else that is wrong. If there is anything, the firm is halted.
    pub problems: Vec<Damage>,
    /// Snapshots of another version that were passed over.
    pub notes: Vec<String>,
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.snapshot.map_or_else(|| "the beginning".to_owned(), |seq| format!("snapshot {seq}"));
        write!(f, "{} records, {} done again from {from}", self.seq, self.replayed)?;
        if self.torn_bytes > 0 {
            write!(f, "; a torn tail of {} bytes ({} records) was cut", self.torn_bytes, self.torn_records)?;
        }
        for note in &self.notes {
            write!(f, "\n{note}")?;
        }
        for problem in &self.problems {
            write!(f, "\nHALTED: {problem}")?;
        }
        Ok(())
    }
}

/// Where a journal goes on.
#[derive(Debug)]
pub(crate) struct Tail {
    /// The segment that is used next, and the place in it.
    pub(crate) index: u32,
    pub(crate) place: usize,
    /// Whether that segment is there.
    pub(crate) exists: bool,
    /// From here on the files are not to be trusted: they are put aside, this one with all after it.
    pub(crate) aside: bool,
    /// Tags that were not on file yet, by segment: after how many, and which.
    pub(crate) tags: Vec<(u32, u64, Vec<u8>)>,
    /// Tags of the segment in use.
    pub(crate) sealed: u64,
    pub(crate) chain: Chain,
}

/// All that recovery finds.
pub(crate) struct Recovered {
    pub(crate) engine: Replayed,
    pub(crate) report: Recovery,
    pub(crate) tail: Tail,
}

/// What it looks at.
pub(crate) struct Source<'a, D: Disk> {
    pub(crate) disk: &'a D,
    pub(crate) listing: &'a Listing,
    pub(crate) identity: &'a Identity,
    pub(crate) config: &'a Config,
    pub(crate) genesis: &'a Chain,
    pub(crate) checkpoints: &'a BTreeMap<u64, Link>,
}

/// Reads as far as everything is right.
///
/// # Errors
/// When there is nothing to begin from: no usable snapshot, and the first records are not there.
pub(crate) fn recover<D: Disk>(source: &Source<'_, D>) -> Result<Recovered, Damage> {
    let mut limit = None;
    loop {
        match Walk::begin(source)?.through(source, limit) {
            Ok(recovered) => return Ok(recovered),
            // The engine has gone its own way with that record: begin again and stop before it.
            Err(differs) => limit = Some((differs.seq, differs)),
        }
    }
}

struct Walk {
    engine: Replayed,
    report: Recovery,
    chain: Chain,
    base: u64,
    start: u32,
    /// The first record of the segment where reading starts.
    first: u64,
}

impl Walk {
    fn begin<D: Disk>(source: &Source<'_, D>) -> Result<Self, Damage> {
        let mut report = Recovery::default();
        let mut base = None;
        for seq in source.listing.snapshots.iter().rev() {
            match snapshot::read(source.disk, source.identity, *seq, source.genesis) {
                Ok(snapshot) => {
                    base = Some(snapshot);
                    break;
                }
                Err(Unusable::Version(text)) => {
                    report.notes.push(format!("{}: {text}", snapshot::name(*seq)))
                }
                Err(Unusable::Wrong(text)) => report.problems.push(Damage {
                    file: snapshot::name(*seq),
                    place: 0,
                    seq: *seq,
                    what: Wrong::Snapshot(text),
                }),
            }
        }
        report.snapshot = base.as_ref().map(|base| base.seq);
        let (kept, seq, chain) = match base {
            Some(Snapshot { kept, seq, link }) => (kept, seq, source.genesis.at(seq, link)),
            None => (Kept::default(), 0, source.genesis.clone()),
        };
        let engine = replay(source.config, &kept, []).map_err(|error| Damage {
            file: crate::open::CONFIG.to_owned(),
            place: 0,
            seq,
            what: Wrong::Replay(error.to_string()),
        })?;
        let (start, first) = Self::start(source, seq, &mut report)?;
        Ok(Self { engine, report, chain, base: seq, start, first })
    }

    /// The last segment that begins at or before the record after the snapshot.
    fn start<D: Disk>(
        source: &Source<'_, D>,
        base: u64,
        report: &mut Recovery,
    ) -> Result<(u32, u64), Damage> {
        let lowest = source.listing.segments.first().copied().unwrap_or(1);
        for index in source.listing.segments.iter().rev() {
            match first_seq(source.disk, *index, base + 1) {
                Ok((_, Some(first))) if first <= base + 1 => return Ok((*index, first)),
                Ok((_, None)) if *index == lowest => return Ok((*index, base + 1)),
                Ok(_) => {}
                Err(damage) => report.problems.push(damage),
            }
        }
        if base > 0 {
            // The state is whole; records before it are not all there.
            let next = source.listing.segments.last().map_or(1, |last| last + 1);
            let what = Wrong::Missing;
            report.problems.push(Damage { file: segment::name(next), place: 0, seq: base + 1, what });
            return Ok((next, base + 1));
        }
        Err(Damage { file: segment::name(lowest), place: 0, seq: 1, what: Wrong::Missing })
    }

    fn through<D: Disk>(
        mut self,
        source: &Source<'_, D>,
        limit: Option<(u64, Damage)>,
    ) -> Result<Recovered, Damage> {
        let last_index = source.listing.segments.last().copied().unwrap_or(self.start);
        let mut tail = Tail {
            index: self.start,
            place: FRAMES_AT,
            exists: source.listing.segments.contains(&self.start),
            aside: false,
            tags: Vec::new(),
            sealed: 0,
            chain: self.chain.clone(),
        };
        let mut next = self.first;
        for index in self.start..=last_index {
            let file = segment::name(index);
            let loaded = match Loaded::read(source.disk, index, Some(source.identity), next) {
                Ok(loaded) => loaded,
                Err(damage) => {
                    self.report.problems.push(damage);
                    (tail.index, tail.place, tail.exists, tail.aside) = (index, FRAMES_AT, false, true);
                    tail.sealed = 0;
                    break;
                }
            };
            if index > self.start && !loaded.is_used() {
                break;
            }
            (tail.index, tail.exists) = (index, true);
            let mut segment = InSegment::new(source, index, next);
            let mut frames = Frames::new(&loaded.bytes, loaded.header.seed(), next);
            let mut stopped = None;
            loop {
                let before = frames.place;
                let Some(frame) = frames.next() else { break };
                let wrong = match &limit {
                    Some((seq, damage)) if *seq == frame.seq => Err(damage.what.clone()),
                    _ => self.take(source, &mut segment, &frame, &file)?,
                };
                if let Err(what) = wrong {
                    (frames.place, frames.seq) = (before, frame.seq);
                    stopped = Some(what);
                    break;
                }
            }
            tail.place = frames.place;
            let records = frames.seq - next;
            next = frames.seq;
            let wrong =
                stopped.or_else(|| self.judge_end(source, &frames, index, last_index, &segment, records));
            tail.sealed = records;
            tail.tags.push((index, segment.tags.whole.min(records), segment.fresh));
            if let Some(what) = wrong {
                let place = place_of(frames.place);
                self.report.problems.push(Damage { file, place, seq: frames.seq, what });
                tail.aside = true;
                break;
            }
            if self.report.torn_bytes > 0 {
                break;
            }
        }
        self.finish(source, tail, next)
    }

    /// One record: is it the one that was written, and does it come out the same?
    fn take<D: Disk>(
        &mut self,
        source: &Source<'_, D>,
        segment: &mut InSegment,
        frame: &Frame<'_>,
        file: &str,
    ) -> Result<Result<(), Wrong>, Damage> {
        if frame.seq <= self.base {
            return Ok(Ok(()));
        }
        let record = match codec::decode(frame.payload()) {
            Ok(record) if record.seq == frame.seq => record,
            Ok(record) => return Ok(Err(Wrong::Order { found: record.seq })),
            Err(error) => return Ok(Err(Wrong::Record(error.to_string()))),
        };
        let mut chain = self.chain.clone();
        let tag = chain.add(frame.body);
        if !segment.takes(frame.seq, &tag) {
            return Ok(Err(Wrong::Chain));
        }
        if source.checkpoints.get(&frame.seq).is_some_and(|link| *link != chain.tip) {
            return Ok(Err(Wrong::Checkpoint("another chain leads here".to_owned())));
        }
        match self.engine.repeat(&record) {
            Ok(()) => {}
            Err(ReplayError::Gap { found, .. }) => return Ok(Err(Wrong::Order { found })),
            Err(error) => {
                let what = Wrong::Replay(error.to_string());
                return Err(Damage { file: file.to_owned(), place: 0, seq: frame.seq, what });
            }
        }
        self.chain = chain;
        self.report.replayed += 1;
        Ok(Ok(()))
    }

    fn judge_end<D: Disk>(
        &mut self,
        source: &Source<'_, D>,
        frames: &Frames<'_>,
        index: u32,
        last_index: u32,
        segment: &InSegment,
        records: u64,
    ) -> Option<Wrong> {
        if let Some(missing) = segment.tags.records().checked_sub(records).filter(|missing| *missing > 0) {
            return Some(Wrong::Truncated { missing });
        }
        match frames.end() {
            End::Clean => None,
            End::Torn { .. } if index < last_index && follows(source, index + 1) => Some(Wrong::Gone),
            End::Torn { bytes, frames } => {
                (self.report.torn_bytes, self.report.torn_records) = (bytes, frames);
                None
            }
            damaged @ End::Damaged { .. } => damaged.wrong(),
        }
    }

    fn finish<D: Disk>(
        mut self,
        source: &Source<'_, D>,
        mut tail: Tail,
        next: u64,
    ) -> Result<Recovered, Damage> {
        let seq = self.engine.seq();
        let mut wrong = |file: String, what| {
            self.report.problems.push(Damage { file, place: 0, seq: seq + 1, what });
        };
        if next <= self.base {
            // The snapshot knows more than the journal: it is the better truth, and the journal was cut.
            wrong(segment::name(tail.index), Wrong::Truncated { missing: self.base + 1 - next });
            tail.index = source.listing.segments.last().map_or(1, |last| last + 1);
            (tail.place, tail.exists, tail.aside, tail.sealed) = (FRAMES_AT, false, false, 0);
            tail.tags.clear();
        }
        let vouched = source.checkpoints.last_key_value().map_or(0, |(last, _)| *last);
        if vouched > seq && !tail.aside {
            wrong(crate::chain::CHECKPOINTS.to_owned(), Wrong::Truncated { missing: vouched - seq });
        }
        self.report.seq = seq;
        tail.chain = self.chain;
        Ok(Recovered { engine: self.engine, report: self.report, tail })
    }
}

/// Whether a segment was begun: that happens only when the one before is durable as a whole.
fn follows<D: Disk>(source: &Source<'_, D>, index: u32) -> bool {
    Loaded::read(source.disk, index, Some(source.identity), 0)
        .is_ok_and(|next| matches!(look(&next.bytes, next.header.seed(), FRAMES_AT), Found::Frame(_)))
}

/// The tags of one segment: those on file, and those that are missing there.
struct InSegment {
    first: u64,
    tags: Tags,
    fresh: Vec<u8>,
}

impl InSegment {
    fn new<D: Disk>(source: &Source<'_, D>, index: u32, first: u64) -> Self {
        let vouched = source.checkpoints.last_key_value().map_or(0, |(seq, _)| *seq);
        let read = source.listing.tags.contains(&index).then(|| Tags::read(source.disk, index, vouched));
        let tags = read.and_then(Result::ok).unwrap_or_else(|| Tags::none(vouched));
        Self { first, tags, fresh: Vec::new() }
    }

    /// Whether the tag on file is this one; if none is, it is noted.
    fn takes(&mut self, seq: u64, tag: &[u8; TAG_BYTES]) -> bool {
        let number = seq - self.first;
        if number >= self.tags.whole {
            self.fresh.extend_from_slice(tag);
        }
        self.tags.judge(number, seq, tag) != Seal::Broken
    }
}
