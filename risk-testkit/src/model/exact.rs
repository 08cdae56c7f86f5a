//! Exact numbers: fractions of big integers, rounded only where a rule says so and in the direction it says.

use core::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use rust_decimal::Decimal;

/// A fraction, never rounded. The lower part is above zero.
#[derive(Clone, Debug)]
pub(super) struct Ratio {
    over: BigInt,
    under: BigInt,
}

/// Which way a number goes that does not fit its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Toward {
    /// The next larger number.
    Ceiling,
    /// The next smaller number.
    Floor,
    /// The larger magnitude.
    Away,
    /// The smaller magnitude.
    Zero,
}

/// 10 to the power of `places`.
pub(super) fn ten(places: u32) -> BigInt {
    BigInt::from(10).pow(places)
}

impl Ratio {
    /// `units` of 10^-`scale`.
    pub(super) fn units(units: i128, scale: u32) -> Self {
        Self { over: BigInt::from(units), under: ten(scale) }
    }

    /// A whole number.
    pub(super) fn whole(number: i128) -> Self {
        Self::units(number, 0)
    }

    /// A decimal, exactly.
    pub(super) fn of(value: Decimal) -> Self {
        Self::units(value.mantissa(), value.scale())
    }

    /// The product.
    #[must_use]
    pub(super) fn times(&self, other: &Self) -> Self {
        Self { over: &self.over * &other.over, under: &self.under * &other.under }
    }

    /// The quotient; nothing where the other is zero.
    pub(super) fn per(&self, other: &Self) -> Option<Self> {
        let (over, under) = (&self.over * &other.under, &self.under * &other.over);
        match under.sign() {
            Sign::NoSign => None,
            Sign::Plus => Some(Self { over, under }),
            Sign::Minus => Some(Self { over: -over, under: -under }),
        }
    }

    /// In whole units of 10^-`scale`, rounded as told.
    ///
    /// # Panics
    /// Beyond 128 bits: histories are generated far inside.
    pub(super) fn round(&self, scale: u32, toward: Toward) -> i128 {
        let over = &self.over * ten(scale);
        let toward_zero = &over / &self.under;
        let exact = &toward_zero * &self.under == over;
        let negative = over.sign() == Sign::Minus;
        let step = match toward {
            _ if exact => 0,
            Toward::Ceiling => i32::from(!negative),
            Toward::Floor => -i32::from(negative),
            Toward::Away if negative => -1,
            Toward::Away => 1,
            Toward::Zero => 0,
        };
        i128::try_from(toward_zero + step).expect("generated amounts are small")
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ratio {}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.over * &other.under).cmp(&(&other.over * &self.under))
    }
}

/// `value` in units of 10^-`scale`, if it is a whole number of them.
pub(super) fn exactly(value: Decimal, scale: u32) -> Option<i128> {
    let ratio = Ratio::of(value);
    let units = ratio.round(scale, Toward::Zero);
    (Ratio::units(units, scale) == ratio).then_some(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_as_told() {
        let third = Ratio::whole(-1).per(&Ratio::whole(3)).unwrap();
        assert_eq!(third.round(2, Toward::Ceiling), -33);
        assert_eq!(third.round(2, Toward::Floor), -34);
        assert_eq!(third.round(2, Toward::Away), -34);
        assert_eq!(third.round(2, Toward::Zero), -33);
        assert_eq!(Ratio::units(125, 2).round(1, Toward::Away), 13);
        assert_eq!(exactly(Decimal::new(1250, 3), 2), Some(125));
        assert_eq!(exactly(Decimal::new(1255, 3), 2), None);
    }
}
