//! A segment: a file of fixed size with a header and then frames.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `RISKJNL` and a zero |
//! | 4 | format of segments, [`FORMAT`] |
//! | 4 | format of records, [`crate::codec::RECORD_FORMAT`] |
//! | 16 | id of the journal |
//! | 4 | number of the segment, from 1 |
//! | 4 | zero |
//! | 8 | size of the file in bytes |
//! | 32 | BLAKE3 of the configuration that the journal began with |
//! | 4 | CRC-32C of all of this |
//!
//! The header is written and synced before the file has its name; frames begin in the next sector. A segment is synced
//! as a whole before the first frame of the next one is written: only the last one can have a torn tail.

use crate::bytes::{array_at, u32_at, u64_at};
use crate::codec::RECORD_FORMAT;
use crate::frame::Seed;

/// Version of the layout of segments and frames.
pub const FORMAT: u32 = 1;
/// Where the first frame begins.
pub const FRAMES_AT: usize = 512;
/// Smallest segment, in bytes.
pub const SEGMENT_BYTES_MIN: u64 = 4_096;
/// Largest segment, in bytes: a place in it fits 32 bits.
pub const SEGMENT_BYTES_MAX: u64 = 1 << 31;

const MAGIC: [u8; 8] = *b"RISKJNL\0";
const CHECKED: usize = 80;

/// What all segments of a journal share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Made at random when the journal was.
    pub journal: [u8; 16],
    /// BLAKE3 of the configuration.
    pub config: [u8; 32],
}

/// The first bytes of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whose it is.
    pub identity: Identity,
    /// Its number, from 1.
    pub index: u32,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Why a file is no segment of this journal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFlaw {
    /// It does not begin as one.
    #[error("it is no segment of a journal")]
    Magic,
    /// Another version wrote it.
    #[error("it was written in format {found:?}; this build reads ({FORMAT}, {RECORD_FORMAT})")]
    Format {
        /// The formats of segments and of records.
        found: (u32, u32),
    },
    /// Its checksum is another.
    #[error("the checksum of its header does not match")]
    Checksum,
    /// Its header says something else than its name, its size or the other segments.
    #[error("its header is that of another segment")]
    Foreign,
}

impl Header {
    /// The header's bytes.
    pub fn bytes(&self) -> [u8; FRAMES_AT] {
        let mut bytes = Vec::with_capacity(FRAMES_AT);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&RECORD_FORMAT.to_le_bytes());
        bytes.extend_from_slice(&self.identity.journal);
        bytes.extend_from_slice(&self.index.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&self.bytes.to_le_bytes());
        bytes.extend_from_slice(&self.identity.config);
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes.resize(FRAMES_AT, 0);
        array_at(&bytes, 0)
    }

    /// Reads a header. Every bit of it has one right value.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, HeaderFlaw> {
        if bytes.first_chunk() != Some(&MAGIC) {
            return Err(HeaderFlaw::Magic);
        }
        let checksum = crc32c::crc32c(bytes.get(..CHECKED).unwrap_or_default());
        if checksum != u32_at(bytes, CHECKED) || bytes.len() < FRAMES_AT {
            return Err(HeaderFlaw::Checksum);
        }
        let found = (u32_at(bytes, 8), u32_at(bytes, 12));
        if found != (FORMAT, RECORD_FORMAT) {
            return Err(HeaderFlaw::Format { found });
        }
        let identity = Identity { journal: array_at(bytes, 16), config: array_at(bytes, 48) };
        let header = Self { identity, index: u32_at(bytes, 32), bytes: u64_at(bytes, 40) };
        if bytes.get(..FRAMES_AT) == Some(&header.bytes()) { Ok(header) } else { Err(HeaderFlaw::Foreign) }
    }

    /// What the checksums of its frames begin with.
    pub fn seed(&self) -> Seed {
        Seed::new(&self.identity.journal, self.index)
    }
}

/// The name of a segment's file.
pub fn name(index: u32) -> String {
    format!("segment-{index:08}")
}

/// The number of the segment that has this name.
pub fn index_of(name: &str) -> Option<u32> {
    numbered(name, "segment-", 8)?.try_into().ok()
}

/// The number in a name of this form.
pub(crate) fn numbered(name: &str, prefix: &str, digits: usize) -> Option<u64> {
    let number = name.strip_prefix(prefix)?;
    (number.len() == digits && number.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| number.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header =
        Header { identity: Identity { journal: [3; 16], config: [5; 32] }, index: 7, bytes: 4_096 };

    #[test]
    fn a_header_is_read_as_it_was_written() {
        assert_eq!(Header::read(&HEADER.bytes()), Ok(HEADER));
    }

    #[test]
    fn every_flipped_bit_shows() {
        let bytes = HEADER.bytes();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::read(&flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn names_and_numbers_belong_together() {
        assert_eq!(index_of(&name(12)), Some(12));
        for other in ["segment-", "segment-1", "segment-000000001", "segment-0000000x", "tags-00000001"] {
            assert_eq!(index_of(other), None, "{other}");
        }
    }
}
