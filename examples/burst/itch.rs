//! The messages of NASDAQ TotalView-ITCH 5.0 that concern orders.
//!
//! A file is a row of frames: a length of two bytes, then that many bytes of one message. All numbers are big-endian.
//! Every message begins with its type (1 byte), the symbol's number for the day (2), a tracking number (2) and the time
//! in nanoseconds since midnight (6); what follows, at offset 11, differs:
//!
//! | type | meaning | length | fields from offset 11 on |
//! |---|---|---|---|
//! | `R` | symbol | 39 | name 8 |
//! | `A` | add | 36 | order 8, side 1, shares 4, name 8, price 4 |
//! | `F` | add, with the firm's name | 40 | as `A`, firm 4 |
//! | `U` | replace | 35 | old order 8, new order 8, shares 4, price 4 |
//! | `D` | delete | 19 | order 8 |
//! | `X` | partial cancel | 23 | order 8, shares taken off 4 |
//! | `E` | executed | 31 | order 8, shares 4, match 8 |
//! | `C` | executed at another price | 36 | order 8, shares 4, match 8, printable 1, price 4 |
//!
//! Prices have four decimal places. A replace says neither side nor symbol name: they are those of the old order.

use std::fmt;

use risk_core::Side;

/// A price in units of 0.0001 USD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Price(pub(crate) u32);

/// A symbol's name, padded with blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Symbol([u8; 8]);

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(String::from_utf8_lossy(&self.0).trim_end())
    }
}

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Nanoseconds since midnight in New York.
    pub(crate) at_ns: u64,
    /// The number the symbol has for the day.
    pub(crate) symbol: u16,
    /// What it says.
    pub(crate) what: What,
}

impl Message {
    /// It concerns one order.
    pub(crate) fn is_about_order(&self) -> bool {
        !matches!(self.what, What::Directory { .. } | What::Other(_))
    }
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The name of a symbol.
    Directory { name: Symbol },
    /// A new order.
    Add { order: u64, side: Side, shares: u32, price: Price },
    /// An order gives way to a new one.
    Replace { old: u64, new: u64, shares: u32, price: Price },
    /// An order is cancelled.
    Delete { order: u64 },
    /// An order is made smaller by some shares.
    Reduce { order: u64, shares: u32 },
    /// An order has traded, at its own price unless another is given.
    Execute { order: u64, shares: u32, price: Option<Price> },
    /// None of these; the type.
    Other(u8),
}

/// A file that is not what it should be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ItchError {
    /// The file ends inside a frame.
    #[error("byte {at}: the file ends inside a message")]
    CutOff {
        /// Where the frame begins.
        at: usize,
    },
    /// A message is not as long as its type demands.
    #[error("byte {at}: a message of type `{kind}` has {length} bytes, expected {expected}")]
    Length {
        /// Where the frame begins.
        at: usize,
        /// The message's type.
        kind: char,
        /// Its length.
        length: usize,
        /// The length of its type.
        expected: usize,
    },
    /// A side that is neither `B` nor `S`.
    #[error("byte {at}: side `{found}`, expected `B` or `S`")]
    Side {
        /// Where the frame begins.
        at: usize,
        /// What stands there.
        found: char,
    },
}

/// The messages of a file, in order; ends after the first error.
pub(crate) struct Messages<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Messages<'a> {
    /// Reads from the start of an unpacked file.
    pub(crate) fn new(file: &'a [u8]) -> Self {
        Self { file, at: 0 }
    }

    fn frame(&mut self) -> Result<Message, ItchError> {
        let at = self.at;
        let rest = &self.file[at..];
        let cut_off = ItchError::CutOff { at };
        let Some((head, rest)) = rest.split_first_chunk::<2>() else {
            return Err(cut_off);
        };
        let length = usize::from(u16::from_be_bytes(*head));
        let Some(message) = rest.get(..length) else {
            return Err(cut_off);
        };
        self.at = at + 2 + length;
        read(at, message)
    }
}

impl Iterator for Messages<'_> {
    type Item = Result<Message, ItchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.file.len() {
            return None;
        }
        let message = self.frame();
        if message.is_err() {
            self.at = self.file.len();
        }
        Some(message)
    }
}

fn read(at: usize, message: &[u8]) -> Result<Message, ItchError> {
    let kind = message.first().copied().unwrap_or_default();
    let expected = match kind {
        b'R' => 39,
        b'A' | b'C' => 36,
        b'F' => 40,
        b'U' => 35,
        b'D' => 19,
        b'X' => 23,
        b'E' => 31,
        _ => message.len().max(11),
    };
    if message.len() != expected {
        return Err(ItchError::Length { at, kind: char::from(kind), length: message.len(), expected });
    }
    let what = match kind {
        b'R' => What::Directory { name: Symbol(bytes(message, 11)) },
        b'A' | b'F' => What::Add {
            order: u64_at(message, 11),
            side: match message[19] {
                b'B' => Side::Buy,
                b'S' => Side::Sell,
                other => return Err(ItchError::Side { at, found: char::from(other) }),
            },
            shares: u32_at(message, 20),
            price: Price(u32_at(message, 32)),
        },
        b'U' => What::Replace {
            old: u64_at(message, 11),
            new: u64_at(message, 19),
            shares: u32_at(message, 27),
            price: Price(u32_at(message, 31)),
        },
        b'D' => What::Delete { order: u64_at(message, 11) },
        b'X' => What::Reduce { order: u64_at(message, 11), shares: u32_at(message, 19) },
        b'E' => What::Execute { order: u64_at(message, 11), shares: u32_at(message, 19), price: None },
        b'C' => What::Execute {
            order: u64_at(message, 11),
            shares: u32_at(message, 19),
            price: Some(Price(u32_at(message, 32))),
        },
        other => What::Other(other),
    };
    let [a, b, c, d, e, f] = bytes(message, 5);
    let at_ns = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    Ok(Message { at_ns, symbol: u16::from_be_bytes(bytes(message, 1)), what })
}

/// `N` bytes at an offset. The length has been checked: every message read has them.
fn bytes<const N: usize>(message: &[u8], offset: usize) -> [u8; N] {
    let mut field = [0; N];
    field.copy_from_slice(&message[offset..offset + N]);
    field
}

fn u32_at(message: &[u8], offset: usize) -> u32 {
    u32::from_be_bytes(bytes(message, offset))
}

fn u64_at(message: &[u8], offset: usize) -> u64 {
    u64::from_be_bytes(bytes(message, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One frame of this type: symbol 7, half past nine, then the fields.
    fn frame(kind: u8, fields: &[&[u8]]) -> Vec<u8> {
        let mut message = vec![kind, 0, 7, 0, 0];
        message.extend_from_slice(&34_200_000_000_000_u64.to_be_bytes()[2..]);
        message.extend(fields.concat());
        let length = u16::try_from(message.len()).unwrap_or(0);
        [&length.to_be_bytes()[..], &message].concat()
    }

    #[test]
    fn an_add_and_a_replace_are_read_field_by_field() {
        let add = frame(
            b'A',
            &[&1_u64.to_be_bytes(), b"S", &100_u32.to_be_bytes(), b"ABC     ", &12_345_u32.to_be_bytes()],
        );
        let replace = frame(
            b'U',
            &[&1_u64.to_be_bytes(), &2_u64.to_be_bytes(), &50_u32.to_be_bytes(), &12_300_u32.to_be_bytes()],
        );
        let file = [add, replace].concat();
        let read: Result<Vec<_>, _> = Messages::new(&file).collect();
        let message = |what| Message { at_ns: 34_200_000_000_000, symbol: 7, what };
        let expected = vec![
            message(What::Add { order: 1, side: Side::Sell, shares: 100, price: Price(12_345) }),
            message(What::Replace { old: 1, new: 2, shares: 50, price: Price(12_300) }),
        ];
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn a_broken_file_is_an_error_and_ends() {
        let whole = frame(b'D', &[&1_u64.to_be_bytes()]);
        let mut cut = Messages::new(&whole[..whole.len() - 1]);
        assert_eq!(cut.next(), Some(Err(ItchError::CutOff { at: 0 })));
        assert_eq!(cut.next(), None);
        let short = frame(b'D', &[&[1]]);
        let error = ItchError::Length { at: 0, kind: 'D', length: 12, expected: 19 };
        assert_eq!(Messages::new(&short).next(), Some(Err(error)));
    }
}
