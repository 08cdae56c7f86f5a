//! Names of gates in text, made from the list while compiling.

/// Room for a name.
const LONGEST: usize = 40;

/// `price_collar` of `PriceCollar`.
pub(super) struct Name {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Name {
    /// The name with words apart, in small letters. One that is too long is cut, which a test would see.
    pub(super) const fn of(variant: &str) -> Self {
        let mut bytes = [0; LONGEST];
        let mut length = 0_usize;
        let mut room: &mut [u8] = &mut bytes;
        let mut rest = variant.as_bytes();
        while let [letter, more @ ..] = rest {
            rest = more;
            if letter.is_ascii_uppercase() && length > 0 {
                let [place, left @ ..] = room else { break };
                *place = b'_';
                length = length.saturating_add(1);
                room = left;
            }
            let [place, left @ ..] = room else { break };
            *place = letter.to_ascii_lowercase();
            length = length.saturating_add(1);
            room = left;
        }
        Self { bytes, length }
    }

    pub(super) const fn as_str(&self) -> &str {
        match self.bytes.split_at_checked(self.length) {
            Some((used, _)) => match core::str::from_utf8(used) {
                Ok(text) => text,
                Err(_) => "",
            },
            None => "",
        }
    }
}
