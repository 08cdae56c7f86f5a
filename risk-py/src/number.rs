//! Numbers from Python, exactly or not at all.
//!
//! Taken: `Decimal`, `int`, `str`, `float` by its shortest decimal form, and numpy's integers and floats. Refused, with
//! field and value: `bool` and `numpy.bool_` (`True` is not a quantity of one), what is not finite, and everything else.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString, PyType};
use risk_core::{Timestamp, parse_decimal};
use rust_decimal::Decimal;

use crate::error::invalid;

static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn decimal_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    DECIMAL.import(py, "decimal", "Decimal")
}

/// A number of any kind that is taken.
pub(crate) fn decimal(value: &Bound<'_, PyAny>, field: &str) -> PyResult<Decimal> {
    if let Ok(text) = value.cast_exact::<PyString>() {
        return parse(text.to_str()?, value, field);
    }
    if let Ok(number) = value.cast_exact::<PyFloat>() {
        return float(number.value(), value, field);
    }
    if let Ok(number) = value.cast_exact::<PyInt>() {
        return integer(number, value, field);
    }
    let py = value.py();
    let decimals = decimal_type(py)?;
    if value.get_type().is(decimals) {
        let text = value.str()?;
        return parse(text.to_str()?, value, field);
    }
    other(value, decimals, field)
}

/// Subclasses and numpy's scalars.
#[cold]
fn other(value: &Bound<'_, PyAny>, decimals: &Bound<'_, PyType>, field: &str) -> PyResult<Decimal> {
    if value.is_instance_of::<PyBool>() {
        return Err(invalid(field, value, "is a bool, not a number"));
    }
    // By the built-in type's own methods: a subclass does not say what its number is.
    if let Ok(number) = value.cast::<PyFloat>() {
        return float(number.value(), value, field);
    }
    if let Ok(number) = value.cast::<PyInt>() {
        return integer(number, value, field);
    }
    if let Ok(text) = value.cast::<PyString>() {
        return parse(text.to_str()?, value, field);
    }
    if value.is_instance(decimals)? {
        let text = decimals.getattr("__str__")?.call1((value,))?;
        return parse(text.cast::<PyString>()?.to_str()?, value, field);
    }
    let kind = value.get_type();
    if kind.module().is_ok_and(|module| module == "numpy") {
        let numpy = value.py().import("numpy")?;
        if value.is_instance(&numpy.getattr("integer")?)? {
            let whole = value.call_method0("item")?;
            return integer(whole.cast::<PyInt>()?, value, field);
        }
        if value.is_instance(&numpy.getattr("floating")?)? {
            let text = value.str()?;
            return parse(text.to_str()?, value, field);
        }
    }
    Err(invalid(field, value, "is no number: Decimal, int, float, str or a numpy integer or float is needed"))
}

fn parse(text: &str, value: &Bound<'_, PyAny>, field: &str) -> PyResult<Decimal> {
    if let Some(number) = few_digits(text.as_bytes()) {
        return Ok(number);
    }
    parse_decimal(text).map_err(|error| invalid(field, value, error.problem))
}

/// Most numbers are a few digits with a point between them: read in one pass, to what `parse_decimal` makes of them.
/// Everything else, and everything that is wrong, is left to it.
#[inline]
fn few_digits(text: &[u8]) -> Option<Decimal> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (&[first, ..], &[.., last]) = (digits, digits) else { return None };
    // As many digits as cannot overflow, the point among them.
    if digits.len() > 18 || first == b'.' || last == b'.' {
        return None;
    }
    let (mut number, mut point) = (0_i64, None);
    for (place, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => number = number * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(place),
            _ => return None,
        }
    }
    let mut scale = point.map_or(0, |point| digits.len() - 1 - point);
    while scale > 0 && number % 10 == 0 {
        (number, scale) = (number / 10, scale - 1);
    }
    let mut number = Decimal::new(number, u32::try_from(scale).ok()?);
    number.set_sign_negative(negative && !number.is_zero());
    Some(number)
}

fn integer(number: &Bound<'_, PyInt>, value: &Bound<'_, PyAny>, field: &str) -> PyResult<Decimal> {
    if let Ok(number) = number.extract::<i64>() {
        return Ok(Decimal::from(number));
    }
    number
        .extract::<i128>()
        .ok()
        .and_then(|number| Decimal::try_from_i128_with_scale(number, 0).ok())
        .ok_or_else(|| invalid(field, value, "is too large"))
}

/// The largest whole number below which every whole number is a float of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn float(number: f64, value: &Bound<'_, PyAny>, field: &str) -> PyResult<Decimal> {
    if !number.is_finite() {
        return Err(invalid(field, value, "is not finite"));
    }
    match short(number) {
        Some(short) => Ok(short),
        None => parse(zmij::Buffer::new().format_finite(number), value, field),
    }
}

/// A finite float as the shortest decimal that reads back as the same float, as `repr` writes it: what the person wrote.
pub(crate) fn of_float(number: f64) -> Option<Decimal> {
    short(number).or_else(|| parse_decimal(zmij::Buffer::new().format_finite(number)).ok())
}

/// Powers of ten, which floats hold exactly.
const TENS: [f64; 9] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

/// The shortest decimal of a float that has few places. Up to 15 digits no other decimal with as few of them is the same
/// float, and a division of two numbers that floats hold exactly is the float nearest to it.
#[inline]
fn short(number: f64) -> Option<Decimal> {
    if number.fract() == 0.0 && number.abs() < EXACT {
        return Some(Decimal::from(number as i64));
    }
    for (places, ten) in (0..).zip(TENS) {
        let digits = (number * ten).round();
        if digits.abs() >= 1e15 {
            return None;
        }
        if digits / ten == number {
            return Some(Decimal::new(digits as i64, places));
        }
    }
    None
}

/// A number that may be left out.
pub(crate) fn maybe(value: Option<&Bound<'_, PyAny>>, field: &str) -> PyResult<Option<Decimal>> {
    value.map(|value| decimal(value, field)).transpose()
}

/// A whole number that is no bool, such as nanoseconds.
pub(crate) fn whole(value: &Bound<'_, PyAny>, field: &str) -> PyResult<i64> {
    let number = decimal(value, field)?;
    if !number.fract().is_zero() || value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyString>() {
        return Err(invalid(field, value, "is not an int"));
    }
    i64::try_from(number).map_err(|_| invalid(field, value, "is too large"))
}

/// Nanoseconds since the epoch.
pub(crate) fn instant(value: Option<&Bound<'_, PyAny>>, field: &str) -> PyResult<Option<Timestamp>> {
    value.map(|value| whole(value, field).map(Timestamp::from_nanos)).transpose()
}

/// A number as Python's `Decimal`.
pub(crate) fn to_python<'py>(py: Python<'py>, number: Decimal) -> PyResult<Bound<'py, PyAny>> {
    text_to_python(py, &number.normalize().to_string())
}

pub(crate) fn maybe_to_python<'py>(
    py: Python<'py>,
    number: Option<Decimal>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    number.map(|number| to_python(py, number)).transpose()
}

pub(crate) fn text_to_python<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    decimal_type(py)?.call1((text,))
}

/// A number as the guard reads it, as a `Decimal`; raises `InvalidValueError` naming the field. For adapters in Python.
#[pyfunction]
pub(crate) fn _number<'py>(value: &Bound<'py, PyAny>, field: &str) -> PyResult<Bound<'py, PyAny>> {
    to_python(value.py(), decimal(value, field)?)
}
