//! Snapshots of the state: what bounds the time of a recovery. The journal is the truth; a snapshot that cannot be used
//! costs time, and is reported.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `RISKSNP` and a zero |
//! | 4 | format of snapshots, [`FORMAT`] |
//! | 4 | format of the state, [`risk_core::STATE_FORMAT`] |
//! | 16 + 32 | id of the journal, BLAKE3 of its configuration |
//! | 8 | number of the last record in it |
//! | 32 | the chain's link at that record |
//! | 8 | length of the state |
//! | 32 | keyed BLAKE3 of all of this and the state |
//! | n | the state |
//!
//! A snapshot is written under another name, synced, renamed, and its name synced. The one before is kept.

use std::io;

use risk_core::{Kept, STATE_FORMAT};

use crate::bytes::{array_at, u32_at, u64_at, wide};
use crate::chain::{Chain, Link};
use crate::disk::{Disk, read_all, replace};
use crate::segment::{Identity, numbered};

/// Version of the layout of snapshots.
pub(crate) const FORMAT: u32 = 1;
const MAGIC: [u8; 8] = *b"RISKSNP\0";
/// Everything before the hash.
const HEAD: usize = 112;
const STATE_AT: usize = HEAD + 32;
/// How many are kept.
const KEPT: usize = 2;

/// The name of a snapshot that ends with this record.
pub(crate) fn name(seq: u64) -> String {
    format!("snapshot-{seq:020}")
}

/// The number of the last record in the snapshot of this name.
pub(crate) fn seq_of(name: &str) -> Option<u64> {
    numbered(name, "snapshot-", 20)
}

fn head(identity: &Identity, seq: u64, link: &Link, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(STATE_AT + length);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&STATE_FORMAT.to_le_bytes());
    bytes.extend_from_slice(&identity.journal);
    bytes.extend_from_slice(&identity.config);
    bytes.extend_from_slice(&seq.to_le_bytes());
    bytes.extend_from_slice(link);
    bytes.extend_from_slice(&wide(length).to_le_bytes());
    bytes
}

fn hash(chain: &Chain, head: &[u8], state: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(&chain.key().for_snapshots());
    hasher.update(head).update(state).finalize().into()
}

/// Writes a snapshot whose last record is the last of the chain, and removes all but the one before.
pub(crate) fn write<D: Disk>(disk: &D, identity: &Identity, kept: &Kept, chain: &Chain) -> io::Result<()> {
    let state = postcard::to_stdvec(kept).map_err(io::Error::other)?;
    let mut bytes = head(identity, kept.seq(), &chain.tip, state.len());
    let hash = hash(chain, &bytes, &state);
    bytes.extend_from_slice(&hash);
    bytes.extend_from_slice(&state);
    replace(disk, &name(kept.seq()), &bytes)?;
    let mut seqs: Vec<u64> = disk.names()?.iter().filter_map(|name| seq_of(name)).collect();
    seqs.sort_unstable_by(|one, other| other.cmp(one));
    for seq in seqs.into_iter().skip(KEPT) {
        disk.remove(&name(seq))?;
    }
    Ok(())
}

/// A snapshot that was read.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) kept: Kept,
    pub(crate) seq: u64,
    pub(crate) link: Link,
}

/// Why a snapshot is not used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// Another version wrote it: nothing is wrong, recovery only takes longer.
    Version(String),
    Wrong(String),
}

/// Reads a snapshot.
pub(crate) fn read<D: Disk>(
    disk: &D,
    identity: &Identity,
    seq: u64,
    chain: &Chain,
) -> Result<Snapshot, Unusable> {
    let wrong = |text: &str| Unusable::Wrong(text.to_owned());
    let read = disk.open(&name(seq)).and_then(|file| read_all(&file));
    let bytes = read.map_err(|error| Unusable::Wrong(error.to_string()))?;
    let (Some(head_written), Some(state)) = (bytes.get(..HEAD), bytes.get(STATE_AT..)) else {
        return Err(wrong("it is too short"));
    };
    if hash(chain, head_written, state) != array_at(&bytes, HEAD) {
        return Err(wrong("it is not what was written"));
    }
    let found = (u32_at(&bytes, 8), u32_at(&bytes, 12));
    if found != (FORMAT, STATE_FORMAT) {
        let text = format!("it has format {found:?}; this build reads ({FORMAT}, {STATE_FORMAT})");
        return Err(Unusable::Version(text));
    }
    let link: Link = array_at(&bytes, 72);
    if u64_at(&bytes, 64) != seq || head_written != head(identity, seq, &link, state.len()) {
        return Err(wrong("it belongs to another journal or record"));
    }
    let kept: Kept = match postcard::take_from_bytes(state) {
        Ok((kept, [])) => kept,
        Ok(_) => return Err(wrong("there is something after the state")),
        Err(error) => return Err(Unusable::Wrong(error.to_string())),
    };
    if kept.seq() == seq {
        Ok(Snapshot { kept, seq, link })
    } else {
        Err(wrong("its state is that of another record"))
    }
}
