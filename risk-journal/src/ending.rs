//! Making the end of a journal ready to be written after: a torn tail is zeroed, damaged files are put aside, never
//! written over.

use std::io;

use crate::bytes::wide;
use crate::chain::{CHECKPOINTS, Checkpoint, TAG_BYTES, tags_name};
use crate::disk::{Disk, Medium, read_all, replace};
use crate::log::Listing;
use crate::open::write_tags;
use crate::recover::{Recovery, Tail};
use crate::segment::{FRAMES_AT, Header, Identity, name};
use crate::snapshot;
use crate::store::{Segment, make};

/// What is needed for it.
pub(crate) struct Ending<'a, D: Disk> {
    pub(crate) disk: &'a D,
    pub(crate) listing: &'a Listing,
    pub(crate) identity: Identity,
    pub(crate) mapped: bool,
}

impl<D: Disk> Ending<'_, D> {
    /// The segment to go on in, durable up to its last record, zero after it.
    pub(crate) fn make_ready(
        &self,
        tail: &Tail,
        report: &Recovery,
        segment_bytes: u64,
    ) -> io::Result<Segment<D::File>> {
        let kept = self.kept(tail)?;
        if tail.aside {
            self.put_aside(tail, report.seq)?;
        } else {
            self.remove_after(tail.index)?;
        }
        // A process that deleted old segments may have died before it came to their tags.
        let lowest = self.listing.segments.first().copied().unwrap_or(0);
        crate::retire::remove_tags_before(self.disk, self.listing, lowest)?;
        let segment = if tail.exists && !tail.aside {
            let file = self.disk.open(&name(tail.index))?;
            if report.torn_bytes > 0 {
                self.zero(&file, tail.place, report.torn_bytes)?;
            }
            // A process that died may have left records in the kernel's hands only.
            file.sync()?;
            let header = Header { identity: self.identity, index: tail.index, bytes: file.size()? };
            Segment::open(file, &header, self.mapped, tail.place, report.seq)?
        } else {
            let bytes = segment_bytes.max(wide(kept.frames.len() + FRAMES_AT).next_multiple_of(4_096));
            let segment = make(self.disk, self.identity, tail.index, bytes, self.mapped)?;
            if !kept.frames.is_empty() {
                segment.file.write_at(wide(FRAMES_AT), &kept.frames)?;
                segment.file.sync()?;
            }
            write_tags(self.disk, tail.index, 0, &kept.tags)?;
            segment.filled(tail.place, report.seq);
            segment
        };
        // Only what is durable is sealed: a seal of a record that is lost again would look like a cut.
        for (index, after, tags) in &tail.tags {
            if *index != tail.index || !tail.aside {
                write_tags(self.disk, *index, *after, tags)?;
            }
        }
        self.disk.sync_names()?;
        Ok(segment)
    }

    fn zero(&self, file: &D::File, place: usize, bytes: u64) -> io::Result<()> {
        let zeros = vec![0; crate::bytes::narrow(bytes)];
        file.write_at(wide(place), &zeros)
    }

    /// What is right in a segment that is put aside.
    fn kept(&self, tail: &Tail) -> io::Result<Prefix> {
        if !tail.aside || !tail.exists {
            return Ok(Prefix::default());
        }
        let bytes = read_all(&self.disk.open(&name(tail.index))?)?;
        let frames = bytes.get(FRAMES_AT..tail.place).unwrap_or_default().to_vec();
        let (after, fresh) = tail
            .tags
            .iter()
            .find(|(index, _, _)| *index == tail.index)
            .map_or((0, &[][..]), |(_, after, tags)| (*after, tags.as_slice()));
        let mut tags = Vec::new();
        if after > 0 {
            tags = read_all(&self.disk.open(&tags_name(tail.index))?)?;
            tags.truncate(crate::bytes::narrow(after) * TAG_BYTES);
        }
        tags.extend_from_slice(fresh);
        Ok(Prefix { frames, tags })
    }

    fn put_aside(&self, tail: &Tail, seq: u64) -> io::Result<()> {
        let segments =
            self.listing.segments.iter().filter(|index| **index >= tail.index).map(|index| name(*index));
        let tags =
            self.listing.tags.iter().filter(|index| **index >= tail.index).map(|index| tags_name(*index));
        let snapshots =
            self.listing.snapshots.iter().filter(|last| **last > seq).map(|last| snapshot::name(*last));
        let taken = self.disk.names()?;
        for name in segments.chain(tags).chain(snapshots) {
            let free =
                (1..).map(|number| format!("damaged-{number}-{name}")).find(|name| !taken.contains(name));
            self.disk.rename(&name, &free.unwrap_or_default())?;
        }
        self.disk.sync_names()
    }

    /// Checkpoints of what was put aside go with it. Returns where the next line goes.
    pub(crate) fn keep_checkpoints(&self, seq: u64) -> io::Result<u64> {
        let text = read_all(&self.disk.open(CHECKPOINTS)?)?;
        let keeps = |line: &&[u8]| {
            serde_json::from_slice::<Checkpoint>(line).is_ok_and(|checkpoint| checkpoint.seq <= seq)
        };
        let kept = text.split_inclusive(|byte| *byte == b'\n').filter(keeps).collect::<Vec<_>>().concat();
        if kept.len() < text.len() {
            let taken = self.disk.names()?;
            let free = (1..).map(|number| format!("damaged-{number}-{CHECKPOINTS}"));
            let free = free.into_iter().find(|name| !taken.contains(name)).unwrap_or_default();
            replace(self.disk, &free, &text)?;
            replace(self.disk, CHECKPOINTS, &kept)?;
        }
        Ok(wide(kept.len()))
    }

    /// Segments that were made ahead, or begun by a write that is torn.
    fn remove_after(&self, index: u32) -> io::Result<()> {
        for later in self.listing.segments.iter().filter(|later| **later > index) {
            self.disk.remove(&name(*later))?;
        }
        for later in self.listing.tags.iter().filter(|later| **later > index) {
            self.disk.remove(&tags_name(*later))?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Prefix {
    frames: Vec<u8>,
    tags: Vec<u8>,
}
