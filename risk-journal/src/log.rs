//! Reading segments: which frames are there, where they end, and what the end means.

use std::io;

use crate::bytes::{u64_at, wide};
use crate::disk::{Disk, Medium, read_all};
use crate::frame::{ALIGNMENT, Flaw, Found, Frame, HEAD_BYTES, Seed, look};
use crate::segment::{self, FRAMES_AT, Header, HeaderFlaw, Identity};

/// Something that is wrong with a journal, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, byte {place}, record {seq}: {what}")]
pub struct Damage {
    /// Which file.
    pub file: String,
    /// Where in it, in bytes.
    pub place: u64,
    /// The record that should be there.
    pub seq: u64,
    /// What is wrong.
    pub what: Wrong,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A file that must be there is not.
    #[error("it is missing")]
    Missing,
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// The beginning of a segment.
    #[error(transparent)]
    Header(#[from] HeaderFlaw),
    /// A frame, although later frames say that it was durable.
    #[error(transparent)]
    Frame(#[from] Flaw),
    /// Nothing is there, although later frames say that something was durable.
    #[error("it is gone, although it was durable")]
    Gone,
    /// Another record than the next one.
    #[error("record {found} is there instead")]
    Order {
        /// Its number.
        found: u64,
    },
    /// Bytes after the last frame.
    #[error("there is something after the last record")]
    Slack,
    /// A frame whose payload is no record.
    #[error("{0}")]
    Record(String),
    /// The chain: the record, or one before it, is not the one that was written.
    #[error("it is not the record that was written: the chain breaks here")]
    Chain,
    /// More seals than records.
    #[error("{missing} records after it were sealed and are missing")]
    Truncated {
        /// How many.
        missing: u64,
    },
    /// A checkpoint that does not fit.
    #[error("a checkpoint says otherwise: {0}")]
    Checkpoint(String),
    /// A snapshot that cannot be used.
    #[error("the snapshot cannot be used: {0}")]
    Snapshot(String),
    /// Doing it again gives another answer.
    #[error("it does not replay: {0}")]
    Replay(String),
    /// The process that wrote it could not go on.
    #[error("the journal had failed: {0}")]
    Failed(String),
}

/// A segment in memory.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What it says about itself.
    pub header: Header,
    /// All its bytes.
    pub bytes: Vec<u8>,
}

impl Loaded {
    /// Reads a segment. With `identity` it must belong to that journal.
    ///
    /// # Errors
    /// What is wrong with it; `seq` says which record was expected in it.
    pub fn read<D: Disk>(
        disk: &D,
        index: u32,
        identity: Option<&Identity>,
        seq: u64,
    ) -> Result<Self, Damage> {
        let file = segment::name(index);
        let wrong = |what| Damage { file: file.clone(), place: 0, seq, what };
        let bytes =
            disk.open(&file).and_then(|file| read_all(&file)).map_err(|error| wrong(unreadable(&error)))?;
        let header = Header::read(&bytes).map_err(|flaw| wrong(flaw.into()))?;
        let fits = header.index == index
            && header.bytes == wide(bytes.len())
            && identity.is_none_or(|identity| *identity == header.identity);
        if fits { Ok(Self { header, bytes }) } else { Err(wrong(HeaderFlaw::Foreign.into())) }
    }

    /// The number of its first record, if it has one.
    pub fn first(&self) -> Option<u64> {
        match look(&self.bytes, self.header.seed(), FRAMES_AT) {
            Found::Frame(frame) => Some(frame.seq),
            Found::Blank | Found::Flawed(_) => None,
        }
    }

    /// Whether anything was written after the header.
    pub fn is_used(&self) -> bool {
        self.bytes.get(FRAMES_AT..).unwrap_or_default().iter().any(|byte| *byte != 0)
    }
}

pub(crate) fn unreadable(error: &io::Error) -> Wrong {
    if error.kind() == io::ErrorKind::NotFound {
        Wrong::Missing
    } else {
        Wrong::Unreadable(error.to_string())
    }
}

/// Only the header of a segment and the number of its first record.
pub(crate) fn first_seq<D: Disk>(disk: &D, index: u32, seq: u64) -> Result<(Header, Option<u64>), Damage> {
    let file = segment::name(index);
    let wrong = |what| Damage { file: file.clone(), place: 0, seq, what };
    let mut bytes = vec![0; FRAMES_AT + HEAD_BYTES];
    let read = disk.open(&file).and_then(|file| file.read_at(0, &mut bytes));
    read.map_err(|error| wrong(unreadable(&error)))?;
    let header = Header::read(&bytes).map_err(|flaw| wrong(flaw.into()))?;
    let seq = u64_at(&bytes, FRAMES_AT + 8);
    Ok((header, (seq != 0).then_some(seq)))
}

/// How the frames of a segment end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Only zeros follow.
    Clean,
    /// Something follows that was never durable: the write of a process or a machine that died.
    Torn {
        /// Bytes from the end of the last good frame to the last byte that is not zero.
        bytes: u64,
        /// Whole frames among them. They were never acknowledged as durable.
        frames: u64,
    },
    /// A record is flawed or gone that later ones call durable.
    Damaged {
        /// What stands in its place; nothing where there are zeros.
        flaw: Option<Flaw>,
        /// The number of another record that stands in its place.
        found: Option<u64>,
    },
}

/// The frames of a segment, one after another, from a place and a number on.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    bytes: &'a [u8],
    seed: Seed,
    /// Where the next frame begins.
    pub place: usize,
    /// The number it must have.
    pub seq: u64,
}

impl<'a> Frames<'a> {
    /// From the beginning of a segment, whose first record has this number.
    pub fn new(segment: &'a [u8], seed: Seed, seq: u64) -> Self {
        Self { bytes: segment, seed, place: FRAMES_AT, seq }
    }

    /// What the place after the last frame says.
    pub fn end(&self) -> End {
        let rest = self.bytes.get(self.place..).unwrap_or_default();
        let used = rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if used == 0 {
            return End::Clean;
        }
        let mut frames = 0;
        let mut place = self.place;
        let stop = self.place + used;
        while place < stop {
            match look(self.bytes, self.seed, place) {
                Found::Frame(frame) if frame.seq >= self.seq => {
                    if frame.durable >= self.seq {
                        return self.damaged();
                    }
                    frames += 1;
                    place = frame.end;
                }
                Found::Frame(_) | Found::Blank | Found::Flawed(_) => place += ALIGNMENT,
            }
        }
        End::Torn { bytes: wide(used), frames }
    }

    fn damaged(&self) -> End {
        match look(self.bytes, self.seed, self.place) {
            Found::Frame(frame) => End::Damaged { flaw: None, found: Some(frame.seq) },
            Found::Blank => End::Damaged { flaw: None, found: None },
            Found::Flawed(flaw) => End::Damaged { flaw: Some(flaw), found: None },
        }
    }
}

impl End {
    /// The damage it is, if it is one.
    pub(crate) fn wrong(self) -> Option<Wrong> {
        match self {
            Self::Clean | Self::Torn { .. } => None,
            Self::Damaged { found: Some(found), .. } => Some(Wrong::Order { found }),
            Self::Damaged { flaw: Some(flaw), .. } => Some(Wrong::Frame(flaw)),
            Self::Damaged { .. } => Some(Wrong::Gone),
        }
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Frame<'a>;

    fn next(&mut self) -> Option<Frame<'a>> {
        match look(self.bytes, self.seed, self.place) {
            // A frame that calls itself durable before it is written was written by nobody.
            Found::Frame(frame) if frame.seq == self.seq && frame.durable < frame.seq => {
                self.place = frame.end;
                self.seq += 1;
                Some(frame)
            }
            Found::Frame(_) | Found::Blank | Found::Flawed(_) => None,
        }
    }
}

/// The files of a journal by kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) segments: Vec<u32>,
    pub(crate) tags: Vec<u32>,
    /// By the number of the last record in it, newest last.
    pub(crate) snapshots: Vec<u64>,
    /// What a crash left unfinished.
    pub(crate) parts: Vec<String>,
    pub(crate) others: Vec<String>,
}

impl Listing {
    pub(crate) fn of<D: Disk>(disk: &D) -> io::Result<Self> {
        let mut listing = Self::default();
        for name in disk.names()? {
            if name.ends_with(crate::disk::PART) {
                listing.parts.push(name);
            } else if let Some(index) = segment::index_of(&name) {
                listing.segments.push(index);
            } else if let Some(index) = crate::chain::tags_index(&name) {
                listing.tags.push(index);
            } else if let Some(seq) = crate::snapshot::seq_of(&name) {
                listing.snapshots.push(seq);
            } else {
                listing.others.push(name);
            }
        }
        listing.segments.sort_unstable();
        listing.tags.sort_unstable();
        listing.snapshots.sort_unstable();
        Ok(listing)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.others.iter().any(|other| other == name)
    }
}

/// The place of something in a file, as a number that any platform has.
pub(crate) fn place_of(place: usize) -> u64 {
    wide(place)
}
