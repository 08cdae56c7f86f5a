//! Handles as numbers: `kind 4 | guard 8 | generation 28 | index 24` bits. A kind is never 0, so 0 is no handle.

use crate::border::Fault;
use crate::words::rg_status::{RG_FOREIGN_HANDLE, RG_WRONG_HANDLE};

/// A guard. Freed by rg_guard_free; 0 is none.
pub type rg_guard = u64;
/// A currency or another asset of one guard. Valid as long as the guard.
pub type rg_asset = u64;
/// A venue of one guard. Valid as long as the guard.
pub type rg_venue = u64;
/// An account of one guard. Valid as long as the guard.
pub type rg_account = u64;
/// A strategy of one account. Valid as long as the guard.
pub type rg_strategy = u64;
/// A trader of one guard. Valid as long as the guard.
pub type rg_trader = u64;
/// An instrument of one guard. Valid as long as the guard.
pub type rg_instrument = u64;
/// The leave to send one order. Used up by rg_redeem or rg_release, whichever comes first.
pub type rg_permit = u64;
/// A message that may leave the process. Used up by rg_abandon; otherwise it counts as sent.
pub type rg_outbound_handle = u64;

const INDEX_BITS: u32 = 24;
const GENERATION_BITS: u32 = 28;
const GUARD_BITS: u32 = 8;

/// Most things of one kind.
pub(crate) const INDEX_MAX: u32 = (1 << INDEX_BITS) - 1;
/// The last generation: a place that has reached it is not used again.
pub(crate) const GENERATION_MAX: u32 = (1 << GENERATION_BITS) - 1;
/// Most guards of a process at a time.
pub(crate) const GUARDS_MAX: usize = 1 << GUARD_BITS;

/// What a handle is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Guard = 1,
    // Below 8, so that a caller of signed integers has them above 0.
    Permit = 2,
    ListPermit = 3,
    Outbound = 4,
    Account = 5,
    Strategy = 6,
    Instrument = 7,
    Asset = 8,
    Venue = 9,
    Trader = 10,
}

/// A handle taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) kind: u8,
    pub(crate) guard: u8,
    pub(crate) generation: u32,
    pub(crate) index: u32,
}

#[inline]
pub(crate) fn pack(kind: Kind, guard: u8, generation: u32, index: u32) -> u64 {
    u64::from(kind as u8) << (GUARD_BITS + GENERATION_BITS + INDEX_BITS)
        | u64::from(guard) << (GENERATION_BITS + INDEX_BITS)
        | u64::from(generation & GENERATION_MAX) << INDEX_BITS
        | u64::from(index & INDEX_MAX)
}

#[inline]
pub(crate) fn unpack(handle: u64) -> Parts {
    Parts {
        kind: (handle >> (GUARD_BITS + GENERATION_BITS + INDEX_BITS)) as u8,
        guard: (handle >> (GENERATION_BITS + INDEX_BITS)) as u8,
        generation: (handle >> INDEX_BITS) as u32 & GENERATION_MAX,
        index: handle as u32 & INDEX_MAX,
    }
}

/// What names the guard in every handle of it: its slot and the slot's generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) guard: u8,
    pub(crate) generation: u32,
}

impl Tag {
    /// A handle of something that lives as long as the guard.
    pub(crate) fn name(self, kind: Kind, ordinal: u32) -> u64 {
        pack(kind, self.guard, self.generation, ordinal)
    }

    /// The ordinal in a handle of something of this guard; of anything else, one that names nothing.
    #[inline]
    pub(crate) fn ordinal(self, kind: Kind, handle: u64) -> Option<u32> {
        let same = handle >> INDEX_BITS == pack(kind, self.guard, self.generation, 0) >> INDEX_BITS;
        same.then_some(handle as u32 & INDEX_MAX)
    }

    /// The parts of a handle of one kind whose generation is its own: a permit or an outbound message.
    #[inline]
    pub(crate) fn own(self, what: &'static str, kind: Kind, handle: u64) -> Result<Parts, Fault> {
        let parts = unpack(handle);
        if parts.kind != kind as u8 {
            return Err(Fault::new(
                RG_WRONG_HANDLE,
                format!("{what}: {handle:#x} is no handle of that kind"),
            ));
        }
        if parts.guard != self.guard {
            return Err(Fault::new(RG_FOREIGN_HANDLE, format!("{what}: {handle:#x} is another guard's")));
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::{GENERATION_MAX, INDEX_MAX, Kind, Tag, pack, unpack};

    #[test]
    fn a_handle_is_taken_apart_as_it_was_put_together() {
        for (guard, generation, index) in [(0, 0, 0), (255, GENERATION_MAX, INDEX_MAX), (7, 1, 2)] {
            let parts = unpack(pack(Kind::Permit, guard, generation, index));
            assert_eq!(
                (parts.kind, parts.guard, parts.generation, parts.index),
                (2, guard, generation, index)
            );
        }
    }

    #[test]
    fn zero_is_no_handle() {
        let tag = Tag { guard: 0, generation: 0 };
        assert_eq!(tag.ordinal(Kind::Account, 0), None);
        assert_ne!(tag.name(Kind::Asset, 0), 0);
    }
}
