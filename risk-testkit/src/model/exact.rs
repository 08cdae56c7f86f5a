//! Exact numbers: fractions of whole numbers of any size, rounded only where a rule says so and in the direction it says.

use core::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use rust_decimal::Decimal;

/// A whole number of any size. Nearly all are small, and are kept so: what does not fit takes the long way.
#[derive(Clone, Debug)]
enum Whole {
    Small(i128),
    Large(BigInt),
}

impl Whole {
    fn large(&self) -> BigInt {
        match self {
            Self::Small(number) => BigInt::from(*number),
            Self::Large(number) => number.clone(),
        }
    }

    fn times(&self, other: &Self) -> Self {
        if let (Self::Small(one), Self::Small(other)) = (self, other)
            && let Some(product) = one.checked_mul(*other)
        {
            return Self::Small(product);
        }
        Self::Large(self.large() * other.large())
    }

    fn negated(&self) -> Self {
        self.times(&Self::Small(-1))
    }

    fn sign(&self) -> Ordering {
        match self {
            Self::Small(number) => number.cmp(&0),
            Self::Large(number) => match number.sign() {
                Sign::Minus => Ordering::Less,
                Sign::NoSign => Ordering::Equal,
                Sign::Plus => Ordering::Greater,
            },
        }
    }

    /// The quotient without its fraction, where that fits, and whether there was none.
    fn per(&self, other: &Self) -> (Option<i128>, bool) {
        match (self, other) {
            (Self::Small(one), Self::Small(other)) => {
                (one.checked_div(*other), one.checked_rem(*other) == Some(0))
            }
            (one, other) => {
                let (one, other) = (one.large(), other.large());
                let quotient = &one / &other;
                let exact = &quotient * &other == one;
                (i128::try_from(quotient).ok(), exact)
            }
        }
    }

    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(one), Self::Small(other)) => one.cmp(other),
            (one, other) => one.large().cmp(&other.large()),
        }
    }
}

/// A fraction, never rounded. The lower part is above zero.
#[derive(Clone, Debug)]
pub(super) struct Ratio {
    over: Whole,
    under: Whole,
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
fn ten(places: u32) -> Whole {
    match 10_i128.checked_pow(places) {
        Some(power) => Whole::Small(power),
        None => Whole::Large(BigInt::from(10).pow(places)),
    }
}

impl Ratio {
    /// `units` of 10^-`scale`.
    pub(super) fn units(units: i128, scale: u32) -> Self {
        Self { over: Whole::Small(units), under: ten(scale) }
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
        Self { over: self.over.times(&other.over), under: self.under.times(&other.under) }
    }

    /// The quotient; nothing where the other is zero.
    pub(super) fn per(&self, other: &Self) -> Option<Self> {
        let (over, under) = (self.over.times(&other.under), self.under.times(&other.over));
        match under.sign() {
            Ordering::Equal => None,
            Ordering::Greater => Some(Self { over, under }),
            Ordering::Less => Some(Self { over: over.negated(), under: under.negated() }),
        }
    }

    /// In whole units of 10^-`scale`, rounded as told.
    ///
    /// # Panics
    /// Beyond 128 bits: histories are generated far inside.
    pub(super) fn round(&self, scale: u32, toward: Toward) -> i128 {
        let over = self.over.times(&ten(scale));
        let negative = over.sign() == Ordering::Less;
        let (toward_zero, exact) = over.per(&self.under);
        let step = match toward {
            _ if exact => 0,
            Toward::Ceiling => i128::from(!negative),
            Toward::Floor => -i128::from(negative),
            Toward::Away if negative => -1,
            Toward::Away => 1,
            Toward::Zero => 0,
        };
        toward_zero.and_then(|units| units.checked_add(step)).expect("generated amounts are small")
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
        self.over.times(&other.under).cmp(&other.over.times(&self.under))
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

    #[test]
    fn is_exact_beyond_128_bits() {
        let large = Ratio::whole(i128::MAX).times(&Ratio::whole(-3));
        assert!(large < Ratio::whole(i128::MIN));
        let third = large.per(&Ratio::whole(i128::MAX).times(&Ratio::whole(9))).unwrap();
        assert_eq!(third, Ratio::whole(-1).per(&Ratio::whole(3)).unwrap());
        assert_eq!((third.round(1, Toward::Away), third.round(1, Toward::Ceiling)), (-4, -3));
        assert!(Ratio::whole(1).per(&Ratio::whole(0)).is_none());
    }
}
