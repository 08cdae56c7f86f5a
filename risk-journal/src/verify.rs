//! Whether a journal is what was written: every bit of it, up to the last seal.

use core::fmt;
use std::collections::BTreeMap;

use crate::chain::{CHECKPOINTS, Chain, Checkpoint, Link, Seal, Tags, tags_name};
use crate::codec;
use crate::disk::Disk;
use crate::history::History;
use crate::log::{Damage, End, Frames, Loaded, Wrong, place_of};
use crate::open::{CONFIG, Marks, OpenError};
use crate::segment;
use crate::snapshot::{self, Unusable};

/// What was verified, and the first thing that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// The first record.
    pub first: u64,
    /// The last record.
    pub last: u64,
    /// Segments that were read.
    pub segments: u64,
    /// Records whose seal was compared.
    pub sealed: u64,
    /// Records after the last seal: the last moments of a process that died, or of one that still writes.
    pub unsealed: u64,
    /// Checkpoints that agree, those from elsewhere included.
    pub checkpoints: u64,
    /// Snapshots that are what was written.
    pub snapshots: u64,
    /// Bytes of a torn tail.
    pub torn_bytes: u64,
    /// The first thing that is wrong, and where. Nothing after it was looked at.
    pub problem: Option<Damage>,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last, segments, sealed, unsealed, checkpoints, snapshots, torn_bytes, problem } =
            self;
        match problem {
            None => writeln!(f, "records {first} to {last} are what was written")?,
            Some(problem) => writeln!(f, "WRONG: {problem}")?,
        }
        write!(
            f,
            "{segments} segments, {sealed} seals, {checkpoints} checkpoints, {snapshots} snapshots compared"
        )?;
        if *unsealed > 0 {
            write!(f, "; {unsealed} records after the last seal")?;
        }
        if *torn_bytes > 0 {
            write!(f, "; a torn tail of {torn_bytes} bytes")?;
        }
        Ok(())
    }
}

/// Verifies a whole journal. `exported` are checkpoints that were kept elsewhere: only they show that a journal was cut
/// back together with everything that belongs to it. `seen` is told of each segment.
///
/// # Errors
/// When the key is missing, or is not the journal's.
pub fn verify<D: Disk>(
    history: &History<D>,
    exported: &[Checkpoint],
    mut seen: impl FnMut(u64),
) -> Result<Verified, OpenError> {
    let key = history.key.as_ref().ok_or(OpenError::Key)?;
    let mut verified = Verified::default();
    let marks = Marks::look(&history.disk, key)?;
    let mut links = marks.links;
    let foreign =
        exported.iter().find(|checkpoint| !checkpoint.is_genuine(key) || checkpoint.link().is_none());
    links.extend(exported.iter().filter_map(|checkpoint| Some((checkpoint.seq, checkpoint.link()?))));
    let at = |file: &str, seq, what| Damage { file: file.to_owned(), place: 0, seq, what };
    verified.problem = if history.config_hash != history.identity.config {
        Some(at(CONFIG, 0, Wrong::Checkpoint("it is not the one that the journal began with".to_owned())))
    } else if let Some(foreign) = foreign {
        let text = "it was not made with this key".to_owned();
        Some(at("an exported checkpoint", foreign.seq, Wrong::Checkpoint(text)))
    } else {
        marks.problem
    };
    if verified.problem.is_none()
        && let Err(damage) = walk(history, &links, &mut verified, &mut seen)
    {
        verified.problem = Some(damage);
    }
    Ok(verified)
}

fn walk<D: Disk>(
    history: &History<D>,
    links: &BTreeMap<u64, Link>,
    verified: &mut Verified,
    seen: &mut impl FnMut(u64),
) -> Result<(), Damage> {
    let genesis = match &history.key {
        Some(key) => Chain::begin(key, &history.identity),
        None => return Ok(()),
    };
    let segments = &history.listing.segments;
    let first_index = segments.first().copied().unwrap_or(1);
    let first = history.first().unwrap_or(1);
    // What was deleted before must have been vouched for.
    let mut chain = match links.get(&(first - 1)).filter(|_| first_index > 1 || first > 1) {
        Some(link) => genesis.at(first - 1, *link),
        None if first_index == 1 && first == 1 => genesis.clone(),
        None => return Err(Damage { file: segment::name(1), place: 0, seq: 1, what: Wrong::Missing }),
    };
    verified.first = first;
    verified.last = first - 1;
    let mut known = BTreeMap::from([(chain.seq, chain.tip)]);
    let mut ended = false;
    for (expected, index) in (first_index..).zip(segments) {
        let gone =
            |index| Damage { file: segment::name(index), place: 0, seq: chain.seq + 1, what: Wrong::Missing };
        if *index != expected {
            return Err(gone(expected));
        }
        let loaded = Loaded::read(&history.disk, *index, Some(&history.identity), chain.seq + 1)?;
        if loaded.is_used() && ended {
            return Err(Damage { what: Wrong::Slack, ..gone(*index) });
        }
        one(history, links, &loaded, &mut chain, &mut known, verified)?;
        ended |= !loaded.is_used() || verified.torn_bytes > 0;
        verified.segments += 1;
        seen(verified.last);
    }
    // Tags below the first segment are what its deletion has left.
    let lost = |index: &&u32| **index >= first_index && !segments.contains(index);
    if let Some(index) = history.listing.tags.iter().find(lost) {
        let (file, seq) = (segment::name(*index), verified.last + 1);
        return Err(Damage { file, place: 0, seq, what: Wrong::Missing });
    }
    judge_links(links, &known, verified)?;
    for seq in &history.listing.snapshots {
        let wrong =
            |text| Damage { file: snapshot::name(*seq), place: 0, seq: *seq, what: Wrong::Snapshot(text) };
        match snapshot::read(&history.disk, &history.identity, *seq, &genesis) {
            Ok(found) if known.get(seq).is_some_and(|link| *link != found.link) => {
                return Err(wrong("its chain is another".to_owned()));
            }
            Ok(_) => verified.snapshots += 1,
            Err(Unusable::Version(_)) => {}
            Err(Unusable::Wrong(text)) => return Err(wrong(text)),
        }
    }
    Ok(())
}

fn one<D: Disk>(
    history: &History<D>,
    links: &BTreeMap<u64, Link>,
    loaded: &Loaded,
    chain: &mut Chain,
    known: &mut BTreeMap<u64, Link>,
    verified: &mut Verified,
) -> Result<(), Damage> {
    let index = loaded.header.index;
    let file = segment::name(index);
    let vouched = links.last_key_value().map_or(0, |(seq, _)| *seq);
    let tags = match history.listing.tags.contains(&index) {
        true => Tags::read(&history.disk, index, vouched),
        false => Ok(Tags::none(vouched)),
    };
    let tags = tags.map_err(|error| {
        let (file, seq) = (tags_name(index), chain.seq + 1);
        Damage { file, place: 0, seq, what: crate::log::unreadable(&error) }
    })?;
    let mut frames = Frames::new(&loaded.bytes, loaded.header.seed(), chain.seq + 1);
    let mut records = 0;
    loop {
        let place = place_of(frames.place);
        let Some(frame) = frames.next() else { break };
        let wrong = |what| Damage { file: file.clone(), place, seq: frame.seq, what };
        match codec::decode(frame.payload()) {
            Ok(record) if record.seq == frame.seq => {}
            Ok(record) => return Err(wrong(Wrong::Order { found: record.seq })),
            Err(error) => return Err(wrong(Wrong::Record(error.to_string()))),
        }
        let tag = chain.add(frame.body);
        match tags.judge(records, frame.seq, &tag) {
            Seal::Sealed => {
                verified.sealed += verified.unsealed + 1;
                // A seal after a gap of seals vouches for the gap: its link goes through it.
                verified.unsealed = 0;
            }
            Seal::Broken => return Err(wrong(Wrong::Chain)),
            Seal::Missing => verified.unsealed += 1,
        }
        if links.get(&frame.seq).is_some_and(|link| *link != chain.tip) {
            return Err(wrong(Wrong::Checkpoint("another chain leads here".to_owned())));
        }
        if links.contains_key(&frame.seq) || history.listing.snapshots.contains(&frame.seq) {
            known.insert(frame.seq, chain.tip);
        }
        records += 1;
        verified.last = frame.seq;
    }
    let missing = tags.records().saturating_sub(records);
    if missing > 0 {
        let place = place_of(frames.place);
        return Err(Damage { file, place, seq: frames.seq, what: Wrong::Truncated { missing } });
    }
    match frames.end() {
        End::Clean => Ok(()),
        End::Torn { bytes, .. } => {
            verified.torn_bytes = bytes;
            Ok(())
        }
        damaged @ End::Damaged { .. } => match damaged.wrong() {
            Some(what) => Err(Damage { file, place: place_of(frames.place), seq: frames.seq, what }),
            None => Ok(()),
        },
    }
}

fn judge_links(
    links: &BTreeMap<u64, Link>,
    known: &BTreeMap<u64, Link>,
    verified: &mut Verified,
) -> Result<(), Damage> {
    for (seq, link) in links {
        let wrong = |what| Damage { file: CHECKPOINTS.to_owned(), place: 0, seq: *seq, what };
        match known.get(seq) {
            Some(found) if found == link => verified.checkpoints += 1,
            Some(_) => return Err(wrong(Wrong::Checkpoint("another chain leads here".to_owned()))),
            // Deleted behind a later checkpoint.
            None if *seq < verified.first => {}
            None => return Err(wrong(Wrong::Truncated { missing: seq - verified.last })),
        }
    }
    Ok(())
}
