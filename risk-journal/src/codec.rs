//! Records as bytes: postcard, which is compact and has one encoding for each value.

use risk_core::Record;

use crate::frame::{HEAD_BYTES, PAYLOAD_BYTES_MAX};

/// Version of the encoding of records. It rises with every change to what [`Record`] contains; a journal of another
/// version is refused by name, never guessed at.
pub const RECORD_FORMAT: u32 = 1;

/// Room for the largest frame, so that encoding allocates nothing.
pub(crate) fn buffer() -> Vec<u8> {
    vec![0; HEAD_BYTES + PAYLOAD_BYTES_MAX + crate::frame::ALIGNMENT]
}

/// Encodes a record into the place of the payload in a frame's buffer. Nothing when it is too long.
pub(crate) fn encode(record: &Record, frame: &mut [u8]) -> Option<usize> {
    let place = frame.get_mut(HEAD_BYTES..HEAD_BYTES + PAYLOAD_BYTES_MAX)?;
    postcard::to_slice(record, place).ok().map(|used| used.len())
}

/// A payload that is no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no record: {0}")]
pub struct NoRecord(postcard::Error);

/// Decodes a record; every byte must be used.
///
/// # Errors
/// When the bytes are no record.
pub fn decode(payload: &[u8]) -> Result<Record, NoRecord> {
    match postcard::take_from_bytes(payload) {
        Ok((record, [])) => Ok(record),
        Ok(_) => Err(NoRecord(postcard::Error::DeserializeBadEncoding)),
        Err(error) => Err(NoRecord(error)),
    }
}
