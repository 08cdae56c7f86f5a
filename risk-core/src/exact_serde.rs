//! Decimals in configuration and records: as text a person reads, or as digits and places in a binary format. Exact
//! either way; there is no number on the way that could round.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

struct Exact;

impl de::Visitor<'_> for Exact {
    type Value = Decimal;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a finite decimal number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
        crate::num::parse_decimal(text).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Decimal, E> {
        Ok(Decimal::from(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Decimal, E> {
        Ok(Decimal::from(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Decimal, E> {
        crate::num::parse_decimal(&format!("{value}")).map_err(E::custom)
    }
}

pub(crate) fn serialize<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() { to.collect_str(value) } else { Parts::of(*value).serialize(to) }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    if from.is_human_readable() {
        return from.deserialize_any(Exact);
    }
    Parts::deserialize(from)?.whole().ok_or_else(|| de::Error::custom("no decimal has so many places"))
}

/// A decimal as binary formats keep it: sign and places, then the digits. One spelling for each decimal.
#[derive(Serialize, Deserialize)]
struct Parts(u8, u64, u32);

const NEGATIVE: u8 = 0x80;

impl Parts {
    fn of(value: Decimal) -> Self {
        let parts = value.unpack();
        let sign = if parts.negative && !value.is_zero() { NEGATIVE } else { 0 };
        let low = u64::from(parts.mid) << 32 | u64::from(parts.lo);
        Self(u8::try_from(parts.scale).unwrap_or(0) | sign, low, parts.hi)
    }

    fn whole(self) -> Option<Decimal> {
        let Self(places, low, high) = self;
        let scale = u32::from(places & !NEGATIVE);
        let digits = i128::from(high) << 64 | i128::from(low);
        let digits = if places & NEGATIVE == 0 { digits } else { digits.checked_neg()? };
        Decimal::try_from_i128_with_scale(digits, scale).ok()
    }
}

/// The same for an optional number.
pub(crate) mod option {
    use super::{Decimal, Deserializer, Serializer, de};
    use serde::Serialize as _;

    struct MaybeExact;

    impl<'de> de::Visitor<'de> for MaybeExact {
        type Value = Option<Decimal>;

        fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("a finite decimal number or nothing")
        }

        fn visit_none<E: de::Error>(self) -> Result<Option<Decimal>, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Option<Decimal>, D::Error> {
            super::deserialize(from).map(Some)
        }
    }

    pub(crate) fn serialize<S: Serializer>(value: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            return match value {
                Some(value) => to.collect_str(value),
                None => to.serialize_none(),
            };
        }
        value.map(super::Parts::of).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
        from.deserialize_option(MaybeExact)
    }
}
