//! Numbers: decimal at the door, checked integers inside.
//!
//! An instrument has one price scale and one quantity scale (decimal places), fixed for life. A [`Price`] or a
//! [`Quantity`] is a whole number of those places. [`Money`] is a whole number of a fixed fraction of a currency,
//! six places finer than the currency's own digits (1e-8 for a two-digit currency). Nothing here can wrap, lose a
//! place or round without saying so: every product is computed in full width, and [`Round`] names the direction.

use rust_decimal::Decimal;

#[cfg(feature = "serde")]
pub(crate) use crate::exact_serde;

/// A price in units of 10^-`price_scale` of its instrument. Signed: some instruments allow prices below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Price(pub(crate) i64);

/// A quantity in units of 10^-`quantity_scale` of its instrument. Positions are signed; the quantity of an order is
/// positive because [`crate::order`] parses nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Quantity(pub(crate) i64);

/// An amount in units of 10^-(digits + 6) of one currency. Bounded by [`Money::BOUND`], so that sums over every
/// instrument of every account, and their products with a percentage, stay inside 128 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Money(pub(crate) i128);

/// Which way a value that does not fit its unit goes. Exposure goes up, capacity and minima go down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    /// Towards the larger magnitude.
    Up,
    /// Towards zero.
    Down,
}

/// Places by which money is finer than its currency's smallest unit.
pub(crate) const MONEY_EXTRA_PLACES: u32 = 6;

/// A quantity, a ratio or a percentage is compared in units of 1e-18, which holds every instrument's scale.
pub(crate) const CANONICAL_PLACES: u32 = 18;

/// One part per million: the unit of configured percentages (5 % is 50,000).
pub(crate) const PPM: i128 = 1_000_000;

impl Price {
    #[inline(always)]
    pub(crate) fn abs(self) -> u64 {
        self.0.unsigned_abs()
    }
}

impl Quantity {
    pub(crate) const ZERO: Self = Self(0);

    #[inline(always)]
    pub(crate) fn abs(self) -> u64 {
        self.0.unsigned_abs()
    }

    #[inline(always)]
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    #[inline(always)]
    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// `self - other`, at least zero.
    #[inline(always)]
    pub(crate) fn excess_over(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }
}

impl Money {
    pub(crate) const ZERO: Self = Self(0);
    /// No single amount is larger: about 4e22 units of a two-digit currency.
    pub(crate) const BOUND: i128 = 1 << 102;

    /// The sum, or nothing when it leaves the 128 bits (which the bound on single amounts puts out of reach).
    #[inline(always)]
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    #[inline(always)]
    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    #[inline(always)]
    fn bounded(magnitude: u128) -> Option<Self> {
        (magnitude <= Self::BOUND.unsigned_abs()).then_some(Self(magnitude.cast_signed()))
    }
}

/// How an instrument turns quantity and price into money of its quote asset (its base asset where `inverse`).
///
/// Linear: quantity x price x multiplier. Inverse: quantity x multiplier / price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Valuer {
    numerator: u64,
    denominator: u64,
    inverse: bool,
}

impl Valuer {
    /// Nothing when the scales and the multiplier together do not fit 64 bits on either side of the fraction.
    pub(crate) fn new(
        price_scale: u32,
        quantity_scale: u32,
        multiplier: Decimal,
        inverse: bool,
        money_scale: u32,
    ) -> Option<Self> {
        let places = i64::from(quantity_scale).checked_add(i64::from(multiplier.scale()))?;
        let places = if inverse {
            places.checked_sub(i64::from(price_scale))?
        } else {
            places.checked_add(i64::from(price_scale))?
        };
        let shift = i64::from(money_scale).checked_sub(places)?;
        let mantissa = u64::try_from(multiplier.mantissa()).ok().filter(|m| *m > 0)?;
        let power = pow10(u32::try_from(shift.unsigned_abs()).ok()?)?;
        let (mut numerator, mut denominator) =
            if shift >= 0 { (mantissa.checked_mul(power)?, 1) } else { (mantissa, power) };
        let common = gcd(numerator, denominator);
        numerator = numerator.checked_div(common)?;
        denominator = denominator.checked_div(common)?;
        Some(Self { numerator, denominator, inverse })
    }

    /// Value of |quantity| at |price|. Nothing on overflow, and for an inverse instrument at a price of zero.
    #[inline(always)]
    pub(crate) fn value(&self, quantity: u64, price: u64, round: Round) -> Option<Money> {
        // Mostly the product fits 64 bits, and nothing is left to divide.
        match u64::try_from(u128::from(quantity).wrapping_mul(u128::from(price))) {
            Ok(product) if self.denominator == 1 && !self.inverse => {
                Money::bounded(u128::from(product).wrapping_mul(u128::from(self.numerator)))
            }
            _ => self.value_at_length(quantity, price, round),
        }
    }

    #[inline(never)]
    fn value_at_length(&self, quantity: u64, price: u64, round: Round) -> Option<Money> {
        let quantity = u128::from(quantity);
        if self.inverse {
            let over = quantity.checked_mul(u128::from(self.numerator))?;
            let under = u128::from(self.denominator).checked_mul(u128::from(price))?;
            return Money::bounded(divide(over, under, round)?);
        }
        // 64 x 64 bits always fit 128.
        let mut product = quantity.wrapping_mul(u128::from(price));
        if self.numerator != 1 {
            product = product.checked_mul(u128::from(self.numerator))?;
        }
        if self.denominator != 1 {
            product = divide(product, u128::from(self.denominator), round)?;
        }
        Money::bounded(product)
    }

    /// What |quantity| is worth more at the worse of two prices.
    pub(crate) fn surcharge(&self, quantity: u64, worst: u64, base: u64) -> Option<Money> {
        if self.inverse {
            self.value(quantity, worst, Round::Up)?.minus(self.value(quantity, base, Round::Down)?)
        } else {
            self.value(quantity, worst.saturating_sub(base), Round::Up)
        }
    }

    #[inline(always)]
    pub(crate) fn is_inverse(&self) -> bool {
        self.inverse
    }
}

/// An exchange rate as an exact fraction between the money units of two currencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Rate {
    numerator: u128,
    denominator: u128,
}

impl Rate {
    pub(crate) const IDENTITY: Self = Self { numerator: 1, denominator: 1 };

    /// One unit of the first currency is `rate` units of the second; the scales are those of their money.
    pub(crate) fn new(rate: Decimal, from_scale: u32, to_scale: u32) -> Option<Self> {
        let mantissa = u128::try_from(rate.mantissa()).ok().filter(|m| *m > 0 && *m < 1 << 63)?;
        let numerator = mantissa.checked_mul(u128::from(pow10(to_scale)?))?;
        let denominator = u128::from(pow10(rate.scale())?).checked_mul(u128::from(pow10(from_scale)?))?;
        Self { numerator, denominator }.reduced()
    }

    /// The same rate seen from the other currency.
    pub(crate) fn inverted(self) -> Self {
        Self { numerator: self.denominator, denominator: self.numerator }
    }

    fn reduced(self) -> Option<Self> {
        let common = gcd128(self.numerator, self.denominator);
        Some(Self {
            numerator: self.numerator.checked_div(common)?,
            denominator: self.denominator.checked_div(common)?,
        })
    }

    /// A reduced fraction has equal parts only when both are 1.
    #[inline(always)]
    fn is_identity(&self) -> bool {
        self.numerator == self.denominator
    }

    /// The amount in the other currency. Signed amounts round by magnitude.
    #[inline(always)]
    pub(crate) fn convert(&self, amount: Money, round: Round) -> Option<Money> {
        if self.is_identity() { Some(amount) } else { self.convert_scaled(amount, round) }
    }

    fn convert_scaled(&self, amount: Money, round: Round) -> Option<Money> {
        let product = amount.0.unsigned_abs().checked_mul(self.numerator)?;
        let magnitude = Money::bounded(divide(product, self.denominator, round)?)?;
        if amount.0 < 0 { magnitude.0.checked_neg().map(Money) } else { Some(magnitude) }
    }

    /// As [`Rate::convert`], but a loss grows and a gain shrinks: for profit and loss.
    #[inline]
    pub(crate) fn convert_against(&self, amount: Money) -> Option<Money> {
        self.convert(amount, if amount.0 < 0 { Round::Up } else { Round::Down })
    }
}

/// Whether numbers are whole multiples of one, without a division.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Multiples {
    /// The odd part's inverse modulo 2^64: multiples of it, and only they, become their small quotients.
    inverse: u64,
    twos: u32,
    most: u64,
}

impl Multiples {
    /// Of a number above zero.
    pub(crate) fn of(number: u64) -> Self {
        let twos = number.max(1).trailing_zeros();
        let odd = number.max(1) >> twos;
        // Newton: right to 3 bits at first, and to twice as many with each step.
        let mut inverse = odd;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        }
        Self { inverse, twos, most: u64::MAX.checked_div(number).unwrap_or(0) }
    }

    #[inline(always)]
    pub(crate) fn has(&self, number: u64) -> bool {
        number.wrapping_mul(self.inverse).rotate_right(self.twos) <= self.most
    }
}

/// `over / under` in the given direction; nothing when `under` is zero.
#[inline]
pub(crate) fn divide(over: u128, under: u128, round: Round) -> Option<u128> {
    // Most values fit 64 bits, where the division is several times cheaper.
    if let (Ok(over), Ok(under)) = (u64::try_from(over), u64::try_from(under)) {
        let quotient = over.checked_div(under)?;
        let exact = quotient.wrapping_mul(under) == over;
        return Some(u128::from(quotient).wrapping_add(u128::from(round == Round::Up && !exact)));
    }
    let quotient = over.checked_div(under)?;
    let exact = quotient.wrapping_mul(under) == over;
    quotient.checked_add(u128::from(round == Round::Up && !exact))
}

/// The part `part / whole` of an amount, rounded up in magnitude: what remains of a surcharge or a cost.
pub(crate) fn share(amount: Money, part: u64, whole: u64) -> Option<Money> {
    if part == whole {
        return Some(amount);
    }
    let product = amount.0.unsigned_abs().checked_mul(u128::from(part))?;
    let magnitude = i128::try_from(divide(product, u128::from(whole), Round::Up)?).ok()?;
    if amount.0 < 0 { magnitude.checked_neg().map(Money) } else { Some(Money(magnitude)) }
}

const POWERS: [u64; 20] = powers();

const fn powers() -> [u64; 20] {
    let mut table = [1_u64; 20];
    let mut rest: &mut [u64] = &mut table;
    let mut power = 1_u64;
    while let Some((first, tail)) = rest.split_first_mut() {
        *first = power;
        power = power.wrapping_mul(10);
        rest = tail;
    }
    table
}

/// 10^n for n up to 19.
#[inline]
pub(crate) fn pow10(n: u32) -> Option<u64> {
    POWERS.get(usize::try_from(n).ok()?).copied()
}

fn gcd(a: u64, b: u64) -> u64 {
    u64::try_from(gcd128(u128::from(a), u128::from(b))).unwrap_or(1)
}

fn gcd128(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while let Some(rest) = a.checked_rem(b) {
        (a, b) = (b, rest);
    }
    a.max(1)
}

/// Why a decimal is not a number of an instrument's places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Misfit {
    /// More decimal places than the scale holds.
    Places,
    /// Beyond the largest number the scale holds.
    Range,
}

/// The whole number of 10^-`scale` that `value` is, exactly.
#[inline(always)]
pub(crate) fn exact(value: Decimal, scale: u32) -> Result<i64, Misfit> {
    let parts = value.unpack();
    // Mostly it is a small number that is not below zero, with the very places of the scale.
    if parts.scale == scale && parts.hi == 0 && parts.mid >> 31 == 0 && !parts.negative {
        return Ok(((u64::from(parts.mid) << 32) | u64::from(parts.lo)).cast_signed());
    }
    exact_at_length(value, scale)
}

#[inline(never)]
fn exact_at_length(value: Decimal, scale: u32) -> Result<i64, Misfit> {
    let mantissa = value.mantissa();
    let places = value.scale();
    if places <= scale {
        let power = pow10(scale.wrapping_sub(places)).ok_or(Misfit::Range)?;
        let small = i64::try_from(mantissa).map_err(|_| Misfit::Range)?;
        let wide = i128::from(small).wrapping_mul(i128::from(power));
        return i64::try_from(wide).map_err(|_| Misfit::Range);
    }
    let power = pow10_wide(places.wrapping_sub(scale)).cast_signed();
    if mantissa.checked_rem(power) != Some(0) {
        return Err(Misfit::Places);
    }
    let whole = mantissa.checked_div(power).ok_or(Misfit::Range)?;
    i64::try_from(whole).map_err(|_| Misfit::Range)
}

/// As [`exact`], but a fact finer than the scale is rounded in the given direction (and the caller flags it).
pub(crate) fn rounded(value: Decimal, scale: u32, round: Round) -> Result<(i64, bool), Misfit> {
    match exact(value, scale) {
        Ok(whole) => Ok((whole, false)),
        Err(Misfit::Range) => Err(Misfit::Range),
        Err(Misfit::Places) => {
            let power = pow10_wide(value.scale().saturating_sub(scale)).cast_signed();
            let whole = value.mantissa().checked_div(power).ok_or(Misfit::Range)?;
            let away = if round == Round::Up { value.mantissa().signum() } else { 0 };
            let whole = whole.checked_add(away).ok_or(Misfit::Range)?;
            i64::try_from(whole).map(|whole| (whole, true)).map_err(|_| Misfit::Range)
        }
    }
}

/// An amount of money in units of 10^-`scale`. Limits round down, so that a finer limit is never looser than written.
pub(crate) fn money(value: Decimal, scale: u32, round: Round) -> Option<Money> {
    let mantissa = value.mantissa();
    let magnitude = if value.scale() <= scale {
        mantissa.unsigned_abs().checked_mul(u128::from(pow10(scale.wrapping_sub(value.scale()))?))?
    } else {
        let power = pow10_wide(value.scale().wrapping_sub(scale));
        divide(mantissa.unsigned_abs(), power, round)?
    };
    let magnitude = Money::bounded(magnitude)?;
    if mantissa < 0 { magnitude.0.checked_neg().map(Money) } else { Some(magnitude) }
}

/// 10^n for n up to 38: a decimal has at most 28 places.
fn pow10_wide(n: u32) -> u128 {
    let low = u128::from(pow10(n.min(19)).unwrap_or(1));
    let high = u128::from(pow10(n.saturating_sub(19)).unwrap_or(1));
    low.saturating_mul(high)
}

/// A decimal from text, exactly: plain (`12.50`) or with an exponent (`7.18e-06`). ASCII only.
///
/// # Errors
/// What is wrong, in words, when the text is no number or has more places or digits than a decimal holds.
///
/// ```
/// use risk_core::parse_decimal;
/// assert_eq!(parse_decimal("7.18e-06")?.to_string(), "0.00000718");
/// assert!(parse_decimal("NaN").is_err());
/// # Ok::<(), risk_core::NumberError>(())
/// ```
pub fn parse_decimal(text: &str) -> Result<Decimal, NumberError> {
    let refuse = |problem| NumberError { text: text.chars().take(64).collect(), problem };
    if text.contains('_') {
        return Err(refuse("no digit separators are allowed"));
    }
    let (plain, exponent) = match text.split_once(['e', 'E']) {
        None => (text, 0_i32),
        Some((plain, exponent)) => {
            (plain, exponent.parse::<i32>().map_err(|_| refuse("the exponent is not a whole number"))?)
        }
    };
    let mut value = Decimal::from_str_exact(plain)
        .map_err(|_| refuse("not a finite decimal number of at most 28 places"))?
        .normalize();
    let scale = i64::from(value.scale()).saturating_sub(i64::from(exponent));
    if value.is_zero() {
        return Ok(Decimal::ZERO);
    }
    if let Ok(scale) = u32::try_from(scale) {
        value.set_scale(scale).map_err(|_| refuse("more than 28 decimal places"))?;
        return Ok(value);
    }
    let power = u32::try_from(scale.unsigned_abs()).ok().filter(|n| *n <= 28).map(pow10_wide);
    let power = power.ok_or_else(|| refuse("too large"))?;
    let mantissa = i128::try_from(power).ok().and_then(|power| value.mantissa().checked_mul(power));
    mantissa.and_then(|m| Decimal::try_from_i128_with_scale(m, 0).ok()).ok_or_else(|| refuse("too large"))
}

/// Text that is not a number this library takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a number: {problem}")]
pub struct NumberError {
    /// The text, cut at 64 characters.
    pub text: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Writes `units` of 10^-`scale` as a decimal without trailing zeros. Any size: 128 bits do not fit a `Decimal`.
pub(crate) fn write_scaled(f: &mut core::fmt::Formatter<'_>, units: i128, scale: u32) -> core::fmt::Result {
    use core::fmt::Write;
    if units < 0 {
        f.write_char('-')?;
    }
    let power = pow10_wide(scale);
    let whole = units.unsigned_abs().checked_div(power).unwrap_or(0);
    let mut rest = units.unsigned_abs().checked_rem(power).unwrap_or(0);
    let digits = whole.checked_ilog10().unwrap_or(0);
    let mut group = digits;
    let mut left = whole;
    loop {
        let unit = pow10_wide(group);
        let digit = left.checked_div(unit).unwrap_or(0);
        left = left.checked_rem(unit).unwrap_or(0);
        write!(f, "{digit}")?;
        if group == 0 {
            break;
        }
        if group.is_multiple_of(3) {
            f.write_char(',')?;
        }
        group = group.saturating_sub(1);
    }
    let mut places = scale;
    while rest > 0 && rest.is_multiple_of(10) {
        rest = rest.checked_div(10).unwrap_or(0);
        places = places.saturating_sub(1);
    }
    if rest > 0 {
        let width = usize::try_from(places).unwrap_or(0);
        write!(f, ".{rest:0width$}")?;
    }
    Ok(())
}
