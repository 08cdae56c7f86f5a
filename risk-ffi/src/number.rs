//! Decimals of fixed width.

use core::ffi::c_char;

use risk_core::parse_decimal;
use rust_decimal::Decimal;

use crate::answer::TextOut;
use crate::border::{Fault, border};
use crate::memory::{check, put, text};
use crate::words::rg_status::{self, RG_INVALID_NUMBER};

/// An exact decimal: (high * 2^64 + low) / 10^scale, negative if `negative` is 1. A zeroed one is absent, not 0.
///
/// Make one with rg_decimal_parse, rg_decimal_from_int or rg_decimal_from_double.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct rg_decimal {
    /// The low 64 bits of the digits.
    pub low: u64,
    /// The high 32 bits of the digits.
    pub high: u32,
    /// 1: there is a number. 0: there is none, and everything else is 0 too.
    pub present: u8,
    /// 1 below zero, else 0.
    pub negative: u8,
    /// Decimal places, 0 to 28.
    pub scale: u8,
    /// 0.
    pub reserved: u8,
}

impl rg_decimal {
    /// Of a number.
    #[inline]
    pub(crate) fn of(value: Decimal) -> Self {
        let parts = value.unpack();
        Self {
            low: u64::from(parts.mid) << 32 | u64::from(parts.lo),
            high: parts.hi,
            present: 1,
            negative: parts.negative.into(),
            scale: parts.scale as u8,
            reserved: 0,
        }
    }

    /// Of a number that may be missing.
    pub(crate) fn of_option(value: Option<Decimal>) -> Self {
        value.map_or_else(Self::default, Self::of)
    }

    /// The number, if there is one.
    #[inline]
    pub(crate) fn optional(&self, what: &'static str) -> Result<Option<Decimal>, Fault> {
        match (self.present, self.negative, self.reserved) {
            (1, 0 | 1, 0) if self.scale <= 28 => {
                let (low, mid) = (self.low as u32, (self.low >> 32) as u32);
                Ok(Some(Decimal::from_parts(low, mid, self.high, self.negative == 1, self.scale.into())))
            }
            (0, 0, 0) if *self == Self::default() => Ok(None),
            _ => Err(self.malformed(what)),
        }
    }

    #[cold]
    fn malformed(&self, what: &'static str) -> Fault {
        let text = format!(
            "{what} is no decimal: present {}, negative {}, scale {}, reserved {}",
            self.present, self.negative, self.scale, self.reserved
        );
        Fault::new(RG_INVALID_NUMBER, text)
    }

    /// The number, which must be there.
    #[inline]
    pub(crate) fn needed(&self, what: &'static str) -> Result<Decimal, Fault> {
        self.optional(what)?.ok_or_else(|| missing(what))
    }
}

#[cold]
fn missing(what: &'static str) -> Fault {
    Fault::new(RG_INVALID_NUMBER, format!("{what} is missing"))
}

/// A decimal from a double: the shortest decimal that reads back as the same double, exactly.
pub(crate) fn of_double(what: &'static str, value: f64) -> Result<Decimal, Fault> {
    if !value.is_finite() {
        return Err(Fault::new(RG_INVALID_NUMBER, format!("{what}: {value} is not finite")));
    }
    parse_decimal(&format!("{value:e}"))
        .map_err(|problem| Fault::new(RG_INVALID_NUMBER, format!("{what}: {problem}")))
}

/// Longest number that is read, in bytes.
const NUMBER_BYTES_MAX: usize = 128;

/// Reads a decimal, plain (12.50) or with an exponent (7.18e-06), exactly. RG_INVALID_NUMBER when it is none or has more
/// than 28 places.
///
/// # Safety
/// `number` is null or a text with a NUL; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_decimal_parse(number: *const c_char, result: *mut rg_decimal) -> rg_status {
    border(|| {
        check("result", result)?;
        // SAFETY: the caller's promise.
        let number = unsafe { text("number", number, NUMBER_BYTES_MAX)? };
        let value = parse_decimal(number).map_err(|e| Fault::new(RG_INVALID_NUMBER, e.to_string()))?;
        // SAFETY: looked at above.
        unsafe { put(result, rg_decimal::of(value)) };
        Ok(())
    })
}

/// A decimal from a double: the shortest decimal that reads back as the same double (0.1 is 0.1). RG_INVALID_NUMBER for
/// what is not finite or has more than 28 places.
///
/// # Safety
/// `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_decimal_from_double(value: f64, result: *mut rg_decimal) -> rg_status {
    border(|| {
        check("result", result)?;
        let value = of_double("value", value)?;
        // SAFETY: looked at above.
        unsafe { put(result, rg_decimal::of(value)) };
        Ok(())
    })
}

/// The decimal units / 10^scale, scale 0 to 18.
///
/// # Safety
/// `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_decimal_from_int(units: i64, scale: u32, result: *mut rg_decimal) -> rg_status {
    border(|| {
        check("result", result)?;
        if scale > 18 {
            return Err(Fault::new(
                rg_status::RG_INVALID_VALUE,
                format!("scale: {scale} is not between 0 and 18"),
            ));
        }
        // SAFETY: looked at above.
        unsafe { put(result, rg_decimal::of(Decimal::new(units, scale))) };
        Ok(())
    })
}

/// The double nearest to a decimal, for display: never compare money in doubles.
///
/// # Safety
/// `value` is null or can be read; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_decimal_to_double(value: *const rg_decimal, result: *mut f64) -> rg_status {
    border(|| {
        check("value", value)?;
        check("result", result)?;
        // SAFETY: looked at, and readable by the caller's promise.
        let value = unsafe { value.read() }.needed("value")?;
        let double = value.to_string().parse::<f64>();
        let double = double.map_err(|e| Fault::new(RG_INVALID_NUMBER, format!("value: {e}")))?;
        // SAFETY: looked at above.
        unsafe { put(result, double) };
        Ok(())
    })
}

/// Prints a decimal as text, with all its places. `length` becomes its length without the NUL, also when the buffer is
/// too small. 32 bytes are always enough.
///
/// # Safety
/// `value` is null or can be read; `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_decimal_print(
    value: *const rg_decimal,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    border(|| {
        check("value", value)?;
        let out = TextOut::new(buffer, capacity, length)?;
        // SAFETY: looked at, and readable by the caller's promise.
        let value = unsafe { value.read() }.needed("value")?;
        // SAFETY: the caller's promise.
        unsafe { out.write(&value.to_string()) }
    })
}

/// Compares two decimals: `result` becomes -1, 0 or 1. 1.50 and 1.5 are equal.
///
/// # Safety
/// `left` and `right` are null or can be read; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_decimal_compare(
    left: *const rg_decimal,
    right: *const rg_decimal,
    result: *mut i32,
) -> rg_status {
    border(|| {
        check("left", left)?;
        check("right", right)?;
        check("result", result)?;
        // SAFETY: looked at, and readable by the caller's promise.
        let (left, right) = unsafe { (left.read(), right.read()) };
        let order = left.needed("left")?.cmp(&right.needed("right")?);
        // SAFETY: looked at above.
        unsafe { put(result, order as i32) };
        Ok(())
    })
}
