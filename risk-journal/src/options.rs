//! How a journal is kept.

use crate::chain::ChainKey;

/// When a record counts as kept. Halts, resumes, changed limits and registrations are on disk before they are
/// acknowledged, whatever is chosen here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Every record is on disk before the answer. Costs one sync of the disk per call.
    Always,
    /// Every record is in the kernel's hands before the answer: it survives the process. It is on disk at most so many
    /// ms later: then it survives the machine.
    Group {
        /// How much later, in ms, at least 1.
        sync_within_ms: u64,
    },
    /// The last records in memory: nothing survives. For tests and simulations.
    Memory {
        /// How many are kept at least.
        records: usize,
    },
}

/// How a journal is kept. [`Options::default`] suits a trading process on one machine.
#[derive(Clone, Debug)]
pub struct Options {
    /// When a record counts as kept.
    pub durability: Durability,
    /// Size of a segment in bytes. The next one is made while one fills; nothing is dropped where that is too slow: the
    /// journal is full, and the guard halts.
    pub segment_bytes: u64,
    /// A snapshot of the state after so many records; it bounds the time of a recovery, and costs the evaluating thread
    /// one copy of the state. 0: none.
    pub snapshot_every: u64,
    /// Records that are kept at least. What is older is deleted, a whole segment at a time, as soon as the older snapshot
    /// and a checkpoint stand behind it: it can be recovered and verified from there, and not asked again under other
    /// limits. `None`: all are kept. A version that reads the state of snapshots no more cannot recover what is left:
    /// before such an upgrade ([`risk_core::STATE_FORMAT`]) keep all, or begin a new journal with a position snapshot.
    pub keep_records: Option<u64>,
    /// The key of the chain. `None`: one is made and kept in the journal's folder, where it shows accidents and
    /// strangers but not whoever may write the folder.
    pub key: Option<ChainKey>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Group { sync_within_ms: 10 },
            segment_bytes: 64 << 20,
            snapshot_every: 1_000_000,
            keep_records: None,
            key: None,
        }
    }
}
