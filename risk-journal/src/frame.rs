//! A frame: one record on disk, with what tells it from anything else that could stand there.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | length of the payload, at least 1; 0 where nothing was written yet |
//! | 4 | CRC-32C, see below |
//! | 8 | sequence number of the record |
//! | 8 | the last record that was known to be durable when this one was written |
//! | n | the payload, then zeros up to a multiple of 8 |
//!
//! Numbers are little-endian. The checksum begins with the journal's id and the number of the segment and covers the
//! frame's place in it, so that a frame is valid nowhere but where it was written.
//!
//! The third number is what tells a torn tail from damage: records after a power loss may be missing only above what
//! any later frame calls durable.

use crate::bytes::{u32_at, u64_at};

/// Bytes before the payload.
pub const HEAD_BYTES: usize = 24;
/// Frames begin at multiples of this.
pub const ALIGNMENT: usize = 8;
/// Longest payload, in bytes.
pub const PAYLOAD_BYTES_MAX: usize = 1 << 20;

/// What the checksums of one segment begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u32);

impl Seed {
    /// Of a segment of a journal.
    pub fn new(journal: &[u8; 16], segment: u32) -> Self {
        Self(crc32c::crc32c_append(crc32c::crc32c(journal), &segment.to_le_bytes()))
    }
}

/// A frame that is what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The record's number.
    pub seq: u64,
    /// What was known to be durable when it was written.
    pub durable: u64,
    /// Everything after the checksum: both numbers and the payload. This is what the chain covers.
    pub body: &'a [u8],
    /// Where the next frame begins.
    pub end: usize,
}

impl<'a> Frame<'a> {
    /// The encoded record.
    pub fn payload(&self) -> &'a [u8] {
        self.body.get(16..).unwrap_or_default()
    }
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// A frame.
    Frame(Frame<'a>),
    /// Nothing was written here, or there is no room for a frame.
    Blank,
    /// Something that is no frame.
    Flawed(Flaw),
}

/// Why something is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It would reach beyond the segment, or be longer than any.
    #[error("its length is impossible")]
    Length,
    /// Its checksum is another.
    #[error("its checksum does not match")]
    Checksum,
    /// What follows the payload is not zero.
    #[error("the bytes after it are not zero")]
    Padding,
}

/// Bytes of a frame with a payload of this length.
pub fn framed(payload: usize) -> usize {
    (HEAD_BYTES + payload).next_multiple_of(ALIGNMENT)
}

/// Makes a frame around a payload that already stands at [`HEAD_BYTES`] in the buffer. Returns its bytes; nothing when
/// the payload is too long or the buffer too short.
pub fn seal(
    buffer: &mut [u8],
    payload: usize,
    seed: Seed,
    place: u32,
    seq: u64,
    durable: u64,
) -> Option<usize> {
    let length = u32::try_from(payload).ok().filter(|_| payload > 0 && payload <= PAYLOAD_BYTES_MAX)?;
    let whole = framed(payload);
    buffer.get_mut(HEAD_BYTES + payload..whole)?.fill(0);
    let (head, _) = buffer.split_first_chunk_mut::<HEAD_BYTES>()?;
    let [l0, l1, l2, l3] = length.to_le_bytes();
    let [p0, p1, p2, p3] = place.to_le_bytes();
    head.get_mut(..8)?.copy_from_slice(&[l0, l1, l2, l3, p0, p1, p2, p3]);
    head.get_mut(8..16)?.copy_from_slice(&seq.to_le_bytes());
    head.get_mut(16..24)?.copy_from_slice(&durable.to_le_bytes());
    let checksum = crc32c::crc32c_append(seed.0, buffer.get(..HEAD_BYTES + payload)?);
    buffer.get_mut(4..8)?.copy_from_slice(&checksum.to_le_bytes());
    Some(whole)
}

/// Looks at a place of a segment.
pub fn look(segment: &[u8], seed: Seed, place: usize) -> Found<'_> {
    look_from(segment.get(place..).unwrap_or_default(), seed, place)
}

/// Looks at bytes that begin at a place of a segment.
pub fn look_from(rest: &[u8], seed: Seed, place: usize) -> Found<'_> {
    if rest.len() < HEAD_BYTES {
        return Found::Blank;
    }
    let length = u32_at(rest, 0);
    if length == 0 && u64_at(rest, 0) == 0 {
        return Found::Blank;
    }
    let payload = usize::try_from(length).unwrap_or(usize::MAX);
    if payload == 0 || payload > PAYLOAD_BYTES_MAX {
        return Found::Flawed(Flaw::Length);
    }
    let (used, whole) = (HEAD_BYTES + payload, framed(payload));
    let (Some(body), Some(padding)) = (rest.get(8..used), rest.get(used..whole)) else {
        return Found::Flawed(Flaw::Length);
    };
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    let head = u64::from(length) | u64::from(place) << 32;
    let checksum = crc32c::crc32c_append(crc32c::crc32c_append(seed.0, &head.to_le_bytes()), body);
    if checksum != u32_at(rest, 4) {
        return Found::Flawed(Flaw::Checksum);
    }
    if padding.iter().any(|byte| *byte != 0) {
        return Found::Flawed(Flaw::Padding);
    }
    let end = usize::try_from(place).unwrap_or(usize::MAX).saturating_add(whole);
    Found::Frame(Frame { seq: u64_at(body, 0), durable: u64_at(body, 8), body, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(payload: &[u8], place: u32) -> Vec<u8> {
        let mut buffer = vec![0xff; framed(payload.len())];
        buffer[HEAD_BYTES..HEAD_BYTES + payload.len()].copy_from_slice(payload);
        let seed = Seed::new(&[7; 16], 1);
        assert_eq!(seal(&mut buffer, payload.len(), seed, place, 5, 4), Some(buffer.len()));
        buffer
    }

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        for length in 1..40 {
            let payload = vec![9; length];
            let bytes = frame(&payload, 0);
            let Found::Frame(found) = look(&bytes, Seed::new(&[7; 16], 1), 0) else { panic!("{length}") };
            assert_eq!((found.seq, found.durable, found.payload()), (5, 4, payload.as_slice()));
            assert_eq!(found.end, bytes.len());
        }
    }

    #[test]
    fn every_flipped_bit_shows() {
        let bytes = frame(b"a record", 0);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!matches!(look(&flipped, Seed::new(&[7; 16], 1), 0), Found::Frame(_)), "bit {bit}");
        }
    }

    #[test]
    fn a_frame_is_valid_in_its_place_only() {
        let bytes = frame(b"a record", 8);
        let moved = [&[0; 8][..], &bytes].concat();
        assert!(matches!(look(&moved, Seed::new(&[7; 16], 1), 8), Found::Frame(_)));
        assert!(matches!(look(&bytes, Seed::new(&[7; 16], 1), 0), Found::Flawed(Flaw::Checksum)));
        assert!(matches!(look(&moved, Seed::new(&[7; 16], 2), 8), Found::Flawed(Flaw::Checksum)));
        assert!(matches!(look(&moved, Seed::new(&[8; 16], 1), 8), Found::Flawed(Flaw::Checksum)));
    }

    #[test]
    fn nothing_is_blank() {
        assert_eq!(look(&[0; 64], Seed::new(&[7; 16], 1), 0), Found::Blank);
        assert_eq!(look(&[1; 8], Seed::new(&[7; 16], 1), 0), Found::Blank);
        assert_eq!(look(&[], Seed::new(&[7; 16], 1), 8), Found::Blank);
    }
}
