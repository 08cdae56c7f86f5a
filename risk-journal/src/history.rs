//! A journal as its readers have it: beside a writer or long after, without changing anything.

use risk_core::{Config, Kept, Record, Replayed, replay};

use crate::chain::{Chain, ChainKey};
use crate::codec;
use crate::disk::{Disk, read_all};
use crate::frame::{Found, look};
use crate::log::{Damage, Frames, Listing, Loaded, Wrong, first_seq, place_of};
use crate::open::{CONFIG, OpenError, identity, read_key};
use crate::segment::{self, FRAMES_AT, Identity};
use crate::snapshot;

/// A journal to read.
#[derive(Debug)]
pub struct History<D: Disk> {
    pub(crate) disk: D,
    pub(crate) listing: Listing,
    pub(crate) identity: Identity,
    pub(crate) config: Config,
    pub(crate) config_hash: [u8; 32],
    pub(crate) key: Option<ChainKey>,
}

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The first byte of its frame.
    pub byte: u64,
}

impl<D: Disk> History<D> {
    /// Opens a journal to read. Without a key (and none in the folder) it is read all the same; it cannot be verified,
    /// and snapshots are not used.
    ///
    /// # Errors
    /// When there is no journal, or its configuration cannot be read.
    pub fn open(disk: D, key: Option<ChainKey>) -> Result<Self, OpenError> {
        let io = |what| move |error| OpenError::Io { what, error };
        let listing = Listing::of(&disk).map_err(io("the folder cannot be read"))?;
        let key = read_key(&disk, &listing, key.as_ref()).ok();
        let identity = identity(&disk, &listing)?;
        let text = disk.open(CONFIG).and_then(|file| read_all(&file));
        let text = text.map_err(io("the configuration cannot be read"))?;
        let config: Config = serde_json::from_slice(&text)
            .map_err(|error| OpenError::Options(format!("{CONFIG}: {error}")))?;
        let config_hash = *blake3::hash(&text).as_bytes();
        Ok(Self { disk, listing, identity, config, config_hash, key })
    }

    /// What the journal began with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The first record that is there.
    pub fn first(&self) -> Option<u64> {
        let index = *self.listing.segments.first()?;
        first_seq(&self.disk, index, 1).ok()?.1
    }

    /// The last record that is there, as far as the last segments tell.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn last(&self) -> Result<u64, Damage> {
        for index in self.listing.segments.iter().rev() {
            let loaded = Loaded::read(&self.disk, *index, Some(&self.identity), 0)?;
            if let Some(first) = loaded.first() {
                let mut frames = Frames::new(&loaded.bytes, loaded.header.seed(), first);
                frames.by_ref().for_each(drop);
                return Ok(frames.seq - 1);
            }
        }
        Ok(0)
    }

    /// Every record from this one on. A torn tail ends them; anything else that is wrong is the last item.
    pub fn records(&self, from: u64) -> Records<'_, D> {
        let segments = &self.listing.segments;
        let begins = |index: &u32| first_seq(&self.disk, *index, from).ok().and_then(|(_, first)| first);
        // The last segment that begins at or before it.
        let start =
            segments.iter().rposition(|index| begins(index).is_some_and(|first| first <= from)).unwrap_or(0);
        Records { history: self, from, next: start, seq: None, open: None, ended: false }
    }

    /// The engine before the first record that is there: from the configuration, or where old segments are deleted from the
    /// oldest snapshot.
    ///
    /// # Errors
    /// Where there is neither.
    pub fn begin(&self) -> Result<Replayed, Damage> {
        let first = self.first().unwrap_or(1);
        let base = self.listing.snapshots.first().filter(|seq| first > 1 && **seq + 1 >= first);
        match base {
            Some(seq) => self.state_at(*seq),
            None => replay(&self.config, &Kept::default(), []).map_err(|error| Damage {
                file: CONFIG.to_owned(),
                place: 0,
                seq: 0,
                what: Wrong::Replay(error.to_string()),
            }),
        }
    }

    /// The engine after a record, done again from the newest snapshot before it, or from the beginning.
    ///
    /// # Errors
    /// Where the records before it are not all there, or do not replay.
    pub fn state_at(&self, seq: u64) -> Result<Replayed, Damage> {
        let wrong = |seq, what| Damage { file: CONFIG.to_owned(), place: 0, seq, what };
        let genesis = self.key.as_ref().map(|key| Chain::begin(key, &self.identity));
        let base = genesis.and_then(|genesis| {
            let snapshots = self.listing.snapshots.iter().rev().filter(|last| **last <= seq);
            snapshots
                .filter_map(|last| snapshot::read(&self.disk, &self.identity, *last, &genesis).ok())
                .next()
        });
        let kept = base.map_or_else(Kept::default, |base| base.kept);
        let mut engine = replay(&self.config, &kept, [])
            .map_err(|error| wrong(kept.seq(), Wrong::Replay(error.to_string())))?;
        for record in self.records(engine.seq() + 1) {
            if engine.seq() >= seq {
                break;
            }
            let (place, record) = record?;
            engine.repeat(&record).map_err(|error| Damage {
                file: place.file,
                place: place.byte,
                seq: record.seq,
                what: Wrong::Replay(error.to_string()),
            })?;
        }
        if engine.seq() == seq { Ok(engine) } else { Err(wrong(engine.seq() + 1, Wrong::Missing)) }
    }
}

/// Records of a journal, in order.
#[derive(Debug)]
pub struct Records<'a, D: Disk> {
    history: &'a History<D>,
    from: u64,
    /// The next segment, as a place in the list.
    next: usize,
    /// The next record's number, once one was seen.
    seq: Option<u64>,
    open: Option<(Loaded, usize)>,
    ended: bool,
}

impl<D: Disk> Iterator for Records<'_, D> {
    type Item = Result<(Place, Record), Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.step() {
                Ok(Some((place, record))) if record.seq >= self.from => return Some(Ok((place, record))),
                Ok(_) => {}
                Err(damage) => {
                    self.ended = true;
                    return Some(Err(damage));
                }
            }
        }
        None
    }
}

impl<D: Disk> Records<'_, D> {
    fn step(&mut self) -> Result<Option<(Place, Record)>, Damage> {
        let Some((loaded, place)) = &mut self.open else {
            self.open_next()?;
            return Ok(None);
        };
        let file = segment::name(loaded.header.index);
        let at = *place;
        if let Found::Frame(frame) = look(&loaded.bytes, loaded.header.seed(), at)
            && self.seq.is_none_or(|seq| seq == frame.seq)
        {
            *place = frame.end;
            self.seq = Some(frame.seq + 1);
            let place = Place { file, byte: place_of(at) };
            if frame.seq < self.from {
                return Ok(None);
            }
            return match codec::decode(frame.payload()) {
                Ok(record) => Ok(Some((place, record))),
                Err(error) => {
                    let what = Wrong::Record(error.to_string());
                    Err(Damage { file: place.file, place: place.byte, seq: frame.seq, what })
                }
            };
        }
        let seq = self.seq.unwrap_or(1);
        let mut frames = Frames::new(&loaded.bytes, loaded.header.seed(), seq);
        frames.place = at;
        if let Some(what) = frames.end().wrong() {
            return Err(Damage { file, place: place_of(at), seq, what });
        }
        self.open = None;
        Ok(None)
    }

    fn open_next(&mut self) -> Result<(), Damage> {
        let Some(index) = self.history.listing.segments.get(self.next) else {
            self.ended = true;
            return Ok(());
        };
        self.next += 1;
        let seq = self.seq.unwrap_or(self.from);
        let loaded = Loaded::read(&self.history.disk, *index, Some(&self.history.identity), seq)?;
        if loaded.is_used() {
            self.open = Some((loaded, FRAMES_AT));
        }
        Ok(())
    }
}
