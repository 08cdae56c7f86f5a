//! Text of bounded size, kept in place so that nothing allocates.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::str;

use twox_hash::XxHash3_128;

/// Longest identifier, in bytes.
pub const ID_BYTES_MAX: usize = 64;

/// An identifier of an order, a parent, an execution or an operator: 1 to 64 of `[A-Za-z0-9_.:-]`.
///
/// It can be made from any text; text that is no identifier makes one that is not [valid](Id::is_valid), which every
/// call refuses by name (so that a malformed order is also answered and recorded).
///
/// ```
/// use risk_core::Id;
/// assert!(Id::from("desk-7:0001").is_valid());
/// assert!(!Id::from("two words").is_valid());
/// assert!(!Id::default().is_valid());
/// ```
#[derive(Clone, Copy)]
pub struct Id {
    hash: [u64; 2],
    bytes: [u8; ID_BYTES_MAX],
    length: u8,
    valid: bool,
}

impl Id {
    /// What the text is, valid or not. Text beyond 64 bytes is cut and not valid.
    pub fn new(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    /// [`Id::new`] of bytes that need not be text: what is none is not valid either.
    pub fn of_bytes(source: &[u8]) -> Self {
        let mut bytes = [0_u8; ID_BYTES_MAX];
        let mut allowed = true;
        for (to, from) in bytes.iter_mut().zip(source) {
            let fits = from.is_ascii_alphanumeric() || matches!(from, b'_' | b'.' | b':' | b'-');
            allowed &= fits;
            *to = if fits { *from } else { b'?' };
        }
        let length = u8::try_from(source.len().min(ID_BYTES_MAX)).unwrap_or(0);
        let valid = allowed && !source.is_empty() && source.len() <= ID_BYTES_MAX;
        // What is no identifier stands for the text that is shown of it: that is all that a record keeps.
        let shown = bytes.get(..usize::from(length)).unwrap_or(&[]);
        let hash = if shown.is_empty() { 0 } else { XxHash3_128::oneshot(shown) };
        let [high, low] =
            [hash >> 64, hash & u128::from(u64::MAX)].map(|half| u64::try_from(half).unwrap_or(0));
        Self { hash: [high, low], bytes, length, valid }
    }

    /// Whether the text is an identifier.
    #[inline]
    pub fn is_valid(&self) -> bool {
        self.valid
    }

    /// The text; characters that no identifier has are shown as `?`.
    pub fn as_str(&self) -> &str {
        let used = self.bytes.get(..usize::from(self.length)).unwrap_or(&[]);
        str::from_utf8(used).unwrap_or("")
    }

    /// 128 bits that stand for the text.
    #[inline]
    pub(crate) fn digest(&self) -> [u64; 2] {
        self.hash
    }
}

impl Default for Id {
    /// No identifier: empty and not valid.
    fn default() -> Self {
        Self { hash: [0; 2], bytes: [0; ID_BYTES_MAX], length: 0, valid: false }
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<&String> for Id {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

impl From<String> for Id {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<u64> for Id {
    /// The number in decimal digits; allocates nothing.
    ///
    /// ```
    /// use risk_core::Id;
    /// assert_eq!(Id::from(1_024_u64), Id::from("1024"));
    /// ```
    fn from(number: u64) -> Self {
        let mut digits = [b'0'; 20];
        let (mut rest, mut used) = (number, 0_usize);
        for place in digits.iter_mut().rev() {
            let digit = rest.checked_rem(10).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
            *place = b'0'.saturating_add(digit);
            used = used.saturating_add(1);
            rest = rest.checked_div(10).unwrap_or(0);
            if rest == 0 {
                break;
            }
        }
        let text = digits.get(digits.len().saturating_sub(used)..).unwrap_or(&[]);
        Self::new(str::from_utf8(text).unwrap_or(""))
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.valid == other.valid
    }
}

impl Eq for Id {}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.valid.hash(state);
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Longest note, in bytes.
pub const NOTE_BYTES_MAX: usize = 120;

/// Why something was done, in a person's words: up to 120 bytes, no control characters (each becomes a space).
#[derive(Clone, Copy)]
pub struct Note {
    bytes: [u8; NOTE_BYTES_MAX],
    length: u8,
}

impl Note {
    /// The text, cut at 120 bytes on a character boundary.
    pub fn new(text: &str) -> Self {
        let mut note = Self::default();
        let mut used = 0_usize;
        for letter in text.chars() {
            let letter = if letter.is_control() { ' ' } else { letter };
            let end = used.saturating_add(letter.len_utf8());
            let Some(place) = note.bytes.get_mut(used..end) else { break };
            letter.encode_utf8(place);
            used = end;
        }
        note.length = u8::try_from(used).unwrap_or(0);
        note
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.bytes.get(..usize::from(self.length)).unwrap_or(&[])).unwrap_or("")
    }
}

impl Default for Note {
    fn default() -> Self {
        Self { bytes: [0; NOTE_BYTES_MAX], length: 0 }
    }
}

impl From<&str> for Note {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl PartialEq for Note {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Note {}

impl Hash for Note {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(feature = "serde")]
mod as_text {
    use core::fmt;

    use super::{ID_BYTES_MAX, Id, Note};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    impl Serialize for Id {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            if !self.valid && usize::from(self.length) == ID_BYTES_MAX {
                // It was cut: one more byte, or it would be read as an identifier.
                return to.collect_str(&format_args!("{}?", self.as_str()));
            }
            to.serialize_str(self.as_str())
        }
    }

    struct Text;

    impl de::Visitor<'_> for Text {
        type Value = Id;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an identifier")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
            Ok(Id::new(text))
        }
    }

    impl<'de> Deserialize<'de> for Id {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            from.deserialize_str(Text)
        }
    }

    impl Serialize for Note {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.serialize_str(self.as_str())
        }
    }

    impl<'de> Deserialize<'de> for Note {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            String::deserialize(from).map(|text| Self::new(&text))
        }
    }
}
