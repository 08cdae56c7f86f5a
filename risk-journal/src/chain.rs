//! Tamper evidence: a keyed BLAKE3 chain over all records, and checkpoints that are kept elsewhere.
//!
//! Link n is the keyed hash of link n-1 and of record n as it stands in its frame. Half of each link, the *tag*, is
//! kept in a file beside the segment: whoever has the key finds the first record that is not the one that was written.
//! Without the key nobody can make tags. What nobody can see from inside is that a journal and all that belongs to it
//! was cut back to an earlier moment: that is what exported checkpoints are for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::bytes::wide;
use crate::disk::{Disk, read_all};
use crate::segment::{Identity, numbered};

/// Bytes of a tag.
pub const TAG_BYTES: usize = 16;

/// The name of the file with the tags of a segment.
pub fn tags_name(index: u32) -> String {
    format!("tags-{index:08}")
}

/// The number of the segment whose tags have this name.
pub(crate) fn tags_index(name: &str) -> Option<u32> {
    numbered(name, "tags-", 8)?.try_into().ok()
}

/// The tags of one segment, as they are on file.
///
/// Tags are synced with each checkpoint. After that a crash can leave zeros where a tag should be, never anything else:
/// a zero is a tag that is missing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tags {
    tags: Vec<[u8; TAG_BYTES]>,
    /// How many there are before the first that is missing.
    pub(crate) whole: u64,
    /// The record of the last checkpoint: up to there none may be missing.
    vouched: u64,
}

/// What a tag on file says about a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seal {
    /// It is the one that was written.
    Sealed,
    /// It is another.
    Broken,
    /// Nothing: there is no tag.
    Missing,
}

impl Tags {
    pub(crate) fn read<D: Disk>(disk: &D, index: u32, vouched: u64) -> std::io::Result<Self> {
        let bytes = read_all(&disk.open(&tags_name(index))?)?;
        let (tags, _) = bytes.as_chunks::<TAG_BYTES>();
        let used = tags.iter().rposition(|tag| *tag != NONE).map_or(0, |last| last + 1);
        let tags = tags.get(..used).unwrap_or_default().to_vec();
        let whole = wide(tags.iter().position(|tag| *tag == NONE).unwrap_or(used));
        Ok(Self { tags, whole, vouched })
    }

    /// Of a segment without a file of tags.
    pub(crate) fn none(vouched: u64) -> Self {
        Self { vouched, ..Self::default() }
    }

    /// How many records the tags are for.
    pub(crate) fn records(&self) -> u64 {
        wide(self.tags.len())
    }

    /// Compares the tag of a record, which is so many records behind the first of its segment.
    pub(crate) fn judge(&self, number: u64, seq: u64, tag: &[u8; TAG_BYTES]) -> Seal {
        match self.tags.get(crate::bytes::narrow(number)) {
            Some(found) if found == tag => Seal::Sealed,
            Some(found) if *found != NONE => Seal::Broken,
            _ if seq <= self.vouched => Seal::Broken,
            _ => Seal::Missing,
        }
    }
}

const NONE: [u8; TAG_BYTES] = [0; TAG_BYTES];

/// The key of a chain: 32 bytes that the journal's readers do not have. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ChainKey([u8; 32]);

impl ChainKey {
    /// A key that the host keeps.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key made at random.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn random() -> std::io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        Ok(Self(bytes))
    }

    /// A key as 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A key of its own for checkpoints, so that no link can be passed off as one.
    fn for_checkpoints(&self) -> [u8; 32] {
        blake3::derive_key("risk-journal 2026-11 checkpoints", &self.0)
    }

    pub(crate) fn for_snapshots(&self) -> [u8; 32] {
        blake3::derive_key("risk-journal 2026-11 snapshots", &self.0)
    }
}

impl fmt::Debug for ChainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChainKey(..)")
    }
}

/// A link: a hash over everything up to a record.
pub type Link = [u8; 32];

/// The end of a chain.
#[derive(Clone, Debug)]
pub struct Chain {
    key: ChainKey,
    journal: [u8; 16],
    /// The last link.
    pub tip: Link,
    /// The record it reaches.
    pub seq: u64,
}

impl Chain {
    /// The beginning of a journal's chain.
    pub fn begin(key: &ChainKey, identity: &Identity) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(key.bytes());
        hasher.update(b"risk-journal chain").update(&identity.journal).update(&identity.config);
        Self { key: key.clone(), journal: identity.journal, tip: hasher.finalize().into(), seq: 0 }
    }

    /// The same chain at another record, whose link is known.
    #[must_use]
    pub fn at(&self, seq: u64, tip: Link) -> Self {
        Self { seq, tip, ..self.clone() }
    }

    pub(crate) fn key(&self) -> &ChainKey {
        &self.key
    }

    /// Adds a record, as [`crate::frame::Frame::body`] has it; returns its tag.
    pub fn add(&mut self, body: &[u8]) -> [u8; TAG_BYTES] {
        let mut hasher = blake3::Hasher::new_keyed(self.key.bytes());
        self.tip = hasher.update(&self.tip).update(body).finalize().into();
        self.seq += 1;
        let (tag, _) = self.tip.split_first_chunk().unwrap_or((&[0; TAG_BYTES], &[]));
        *tag
    }

    /// What to keep elsewhere, as proof that records up to here were there at that time.
    pub fn checkpoint(&self, at_ms: u64) -> Checkpoint {
        let mut checkpoint = Checkpoint {
            journal: hex(&self.journal),
            seq: self.seq,
            link: hex(&self.tip),
            at_ms,
            mac: String::new(),
        };
        checkpoint.mac = checkpoint.mac_with(&self.key);
        checkpoint
    }
}

/// A moment of a journal. One line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The journal's id, in hexadecimal.
    pub journal: String,
    /// The last record.
    pub seq: u64,
    /// The link that reaches it, in hexadecimal.
    pub link: String,
    /// When it was made, in ms since the Unix epoch.
    pub at_ms: u64,
    /// A keyed hash over all of this, in hexadecimal.
    pub mac: String,
}

impl Checkpoint {
    fn mac_with(&self, key: &ChainKey) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&key.for_checkpoints());
        for part in [&self.journal, &self.link] {
            hasher.update(&wide(part.len()).to_le_bytes()).update(part.as_bytes());
        }
        hasher.update(&self.seq.to_le_bytes()).update(&self.at_ms.to_le_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// Whether it was made with this key.
    pub fn is_genuine(&self, key: &ChainKey) -> bool {
        self.mac == self.mac_with(key)
    }

    /// The link, if it is one.
    pub fn link(&self) -> Option<Link> {
        unhex(&self.link)
    }
}

/// The file with a journal's own checkpoints, one a line.
pub const CHECKPOINTS: &str = "checkpoints";

/// Reads checkpoints. A last line without its end was being written when the process died, and is left out.
///
/// # Errors
/// The number of the first line that is none, from 1, and why.
pub fn read_checkpoints(text: &[u8]) -> Result<Vec<Checkpoint>, (usize, String)> {
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let lines = text.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n');
    lines
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| serde_json::from_slice(line).map_err(|error| (number + 1, error.to_string())))
        .collect()
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|letter| letter.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let bytes: Vec<u8> =
        digits?.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect();
    if text.len() == N * 2 { bytes.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(key: u8) -> Chain {
        Chain::begin(&ChainKey::new([key; 32]), &Identity { journal: [1; 16], config: [2; 32] })
    }

    #[test]
    fn every_link_depends_on_all_before_and_on_the_key() {
        let tags = |key, records: &[&[u8]]| {
            let mut chain = chain(key);
            records.iter().map(|record| chain.add(record)).collect::<Vec<_>>()
        };
        let base = tags(1, &[b"a", b"b", b"c"]);
        assert_eq!(base, tags(1, &[b"a", b"b", b"c"]));
        let edited = tags(1, &[b"a", b"x", b"c"]);
        assert_eq!(base[0], edited[0]);
        assert!(base[1] != edited[1] && base[2] != edited[2]);
        assert!(base[0] != tags(2, &[b"a"])[0]);
    }

    #[test]
    fn a_checkpoint_is_genuine_as_it_was_made_only() {
        let mut chain = chain(1);
        chain.add(b"a");
        let checkpoint = chain.checkpoint(5);
        let key = ChainKey::new([1; 32]);
        assert!(checkpoint.is_genuine(&key) && !checkpoint.is_genuine(&ChainKey::new([2; 32])));
        assert_eq!(checkpoint.link(), Some(chain.tip));
        assert!(!Checkpoint { seq: 2, ..checkpoint.clone() }.is_genuine(&key));
        assert!(!Checkpoint { at_ms: 6, ..checkpoint.clone() }.is_genuine(&key));
        assert!(!Checkpoint { link: hex(&[0; 32]), ..checkpoint.clone() }.is_genuine(&key));
        let line = serde_json::to_string(&checkpoint).unwrap();
        let text = format!("{line}\n{line}\n{}", &line[..10]);
        assert_eq!(read_checkpoints(text.as_bytes()), Ok(vec![checkpoint.clone(), checkpoint]));
        assert_eq!(read_checkpoints(b"{}\n").unwrap_err().0, 1);
    }
}
