//! Records as bytes: postcard, which is compact and has one encoding for each value.

use risk_core::{Ingested, Input, Order, Outcome, Record, Timestamp};
use serde::Serialize;

use crate::frame::{HEAD_BYTES, PAYLOAD_BYTES_MAX};

/// Version of the encoding of records. It rises with every change to what [`Record`] contains; a journal of another
/// version is refused by name, never guessed at.
pub const RECORD_FORMAT: u32 = 1;

/// Room for the largest frame, so that encoding allocates nothing.
pub(crate) fn buffer() -> Vec<u8> {
    vec![0; HEAD_BYTES + PAYLOAD_BYTES_MAX + crate::frame::ALIGNMENT]
}

/// What can be written as the payload of a frame.
pub(crate) trait Payload: Serialize {
    /// The number of the record.
    fn seq(&self) -> u64;
}

impl Payload for Record {
    fn seq(&self) -> u64 {
        self.seq
    }
}

/// An event from where it is, as it would be encoded in a record: number, time, and the event with the number of its
/// kind before its fields. So what is written most often is not put together first.
#[derive(Serialize)]
pub(crate) struct Borrowed<F>(u64, Option<Timestamp>, u32, F);

/// The numbers of two kinds of events, by their place among [`risk_core::Event`].
const EVALUATED: u32 = 0;
const INGESTED: u32 = 9;

/// An evaluation.
pub(crate) fn evaluation<'a>(
    seq: u64,
    at: Option<Timestamp>,
    order: &'a Order,
    outcome: &'a Outcome,
) -> Borrowed<(&'a Order, &'a Outcome)> {
    Borrowed(seq, at, EVALUATED, (order, outcome))
}

/// An input.
pub(crate) fn input(
    seq: u64,
    at: Option<Timestamp>,
    input: &Input,
    effect: Ingested,
) -> Borrowed<(&Input, Ingested)> {
    Borrowed(seq, at, INGESTED, (input, effect))
}

impl<F: Serialize> Payload for Borrowed<F> {
    fn seq(&self) -> u64 {
        self.0
    }
}

/// Encodes a record into the place of the payload in a frame's buffer. Nothing when it is too long.
pub(crate) fn encode(record: &impl Payload, frame: &mut [u8]) -> Option<usize> {
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

#[cfg(test)]
mod tests {
    use risk_core::{Event, InstrumentHandle, Verdict};

    use super::*;

    fn bytes(record: &impl Payload) -> Vec<u8> {
        let mut frame = buffer();
        let payload = encode(record, &mut frame).unwrap();
        frame[HEAD_BYTES..HEAD_BYTES + payload].to_vec()
    }

    #[test]
    fn what_is_written_from_where_it_is_are_the_bytes_of_the_record() {
        let (seq, at) = (300, Some(Timestamp::from_millis(1_700_000_000_000)));
        let order = Order::sell(InstrumentHandle::default(), 7).limit(100).id("o-1").reduce_only();
        let outcome = Outcome {
            verdict: Verdict::Approved,
            reason: None,
            gate: None,
            level: None,
            measured: Some((-5, 1 << 70)),
            malformed: None,
            veto: None,
            approved: 7,
            order: None,
        };
        let record = Record { seq, at, event: Event::Evaluated { order, outcome } };
        assert_eq!(bytes(&evaluation(seq, at, &order, &outcome)), bytes(&record));

        let (told, effect) = (Input::DayRoll, Ingested::default());
        let record = Record { seq, at, event: Event::Ingested { input: told.clone(), effect } };
        assert_eq!(bytes(&input(seq, at, &told, effect)), bytes(&record));
    }
}
