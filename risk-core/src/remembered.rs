//! Identifiers that are taken: one client order id is one order, one execution id one execution.

use crate::clock::Timestamp;
use crate::table::{Key, Table};

/// Identifiers that are taken: alive, or remembered until a time.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Remembered {
    pub(crate) table: Table,
    /// When to forget which, in order of time.
    forget: std::collections::VecDeque<(Timestamp, Key)>,
}

crate::refresh::refreshable!(Remembered { table, forget });

/// The value of an id whose order has ended without a parent. Beside this one, a value that has the bit [`SLICE`] is an
/// ended order's with the place of its parent, which is remembered for at least as long.
pub(crate) const ENDED: u32 = u32::MAX;

/// See [`ENDED`]: no table has so many places.
pub(crate) const SLICE: u32 = 1 << 31;

impl Remembered {
    pub(crate) fn with_capacity(capacity: u32) -> Self {
        let size = usize::try_from(capacity).unwrap_or(usize::MAX);
        Self {
            table: Table::with_capacity(capacity),
            forget: std::collections::VecDeque::with_capacity(size),
        }
    }

    pub(crate) fn reserve_all(&mut self) {
        let spare = self.table.capacity().saturating_sub(self.forget.len());
        self.forget.reserve_exact(spare);
    }

    /// The id stays taken until `until`; for an order, with its parent. Calls come in order of time; the
    /// caller then calls [`State::wake_at`].
    pub(crate) fn remember(&mut self, key: Key, until: Timestamp, parent: Option<u32>) {
        if self.table.set(key, parent.map_or(ENDED, |parent| parent | SLICE)) {
            self.forget.push_back((until, key));
        }
    }

    /// The id is free at once: its order turns out to live.
    pub(crate) fn revive(&mut self, key: Key) {
        if self.table.remove(key).is_some() {
            self.forget.retain(|(_, forgotten)| *forgotten != key);
        }
    }

    /// When something is to be forgotten.
    pub(crate) fn due(&self) -> Timestamp {
        self.forget.front().map_or(Timestamp::MAX, |(until, _)| *until)
    }

    /// Forgets what is due.
    #[inline]
    pub(crate) fn settle(&mut self, now: Timestamp) {
        while let Some((until, key)) = self.forget.front().copied() {
            if until > now {
                break;
            }
            self.forget.pop_front();
            self.table.remove(key);
        }
    }
}
