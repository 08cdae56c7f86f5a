//! Old segments deleted whole, behind what recovery begins from and a checkpoint that the verifier accepts as a start.

use std::collections::BTreeSet;
use std::io;

use crate::chain::tags_name;
use crate::disk::Disk;
use crate::log::{Listing, first_seq};
use crate::segment::name;

/// What may be deleted.
pub(crate) struct Old<'a, D: Disk> {
    pub(crate) disk: &'a D,
    /// Records with a checkpoint.
    pub(crate) vouched: &'a BTreeSet<u64>,
}

impl<D: Disk> Old<'_, D> {
    /// Deletes every segment that ends at or before a record and before the older snapshot, up to the last one that ends
    /// at a checkpoint. The lowest goes first, its tags after it: whatever a crash leaves begins at a segment's first
    /// record, and tags without a segment say nothing.
    pub(crate) fn delete(&self, before: u64) -> io::Result<()> {
        let listing = Listing::of(self.disk)?;
        let Some(snapshot) = listing.snapshots.first() else { return Ok(()) };
        let before = before.min(*snapshot);
        let mut lowest = listing.segments.first().copied();
        for index in listing.segments.iter().skip(1) {
            match first_seq(self.disk, *index, 0) {
                Ok((_, Some(first))) if first - 1 <= before => {
                    if self.vouched.contains(&(first - 1)) {
                        lowest = Some(*index);
                    }
                }
                _ => break,
            }
        }
        let is_old = |index: &u32| lowest.is_some_and(|lowest| *index < lowest);
        for index in listing.segments.iter().copied().filter(is_old) {
            self.disk.remove(&name(index))?;
            self.disk.sync_names()?;
        }
        remove_tags_before(self.disk, &listing, lowest.unwrap_or(0))
    }
}

/// Tags of segments that are deleted.
pub(crate) fn remove_tags_before<D: Disk>(disk: &D, listing: &Listing, lowest: u32) -> io::Result<()> {
    for index in listing.tags.iter().filter(|index| **index < lowest) {
        disk.remove(&tags_name(*index))?;
    }
    Ok(())
}
