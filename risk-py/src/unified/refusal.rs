//! Why an order is refused before the core sees it, and how what Python raises becomes that.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use rust_decimal::Decimal;

use crate::number;

/// A refusal: a code, and the field and value in words.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) text: String,
}

/// What a value that cannot be judged with refuses with, and what stands behind the adapter's own failures.
pub(super) const ERROR: &str = "EVALUATION_ERROR";
pub(super) const INVALID: &str = "INVALID_ORDER";

impl Refusal {
    #[cold]
    pub(super) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub(super) fn reason(&self) -> String {
        format!("{}: {}", self.code, self.text)
    }
}

/// What went wrong on the way: a refusal, or something else that Python raised.
pub(super) enum Trouble {
    Refused(Refusal),
    Raised(PyErr),
}

pub(super) type Read<T> = Result<T, Trouble>;

impl From<PyErr> for Trouble {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Trouble {
    /// As a refusal. What is no `Exception`, such as an interrupt from the keyboard, is passed on as it is.
    #[cold]
    pub(super) fn settled(self, py: Python<'_>) -> PyResult<Refusal> {
        match self {
            Self::Refused(refusal) => Ok(refusal),
            Self::Raised(error) if error.is_instance_of::<PyException>(py) => {
                Ok(Refusal::new(ERROR, described(py, &error)))
            }
            Self::Raised(error) => Err(error),
        }
    }
}

/// The outcome of a reading as a value that is looked at later, where it is known whether it is needed.
pub(super) fn kept<T>(py: Python<'_>, read: Read<T>) -> PyResult<Result<T, Refusal>> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(trouble) => trouble.settled(py).map(Err),
    }
}

/// An exception as `Type: text`, without ever raising.
pub(super) fn described(py: Python<'_>, error: &PyErr) -> String {
    let kind = error.get_type(py).name().map_or_else(|_| "Exception".to_owned(), |name| name.to_string());
    format!("{kind}: {}", text_of(error.value(py)))
}

/// Text of anything, at most 500 characters, without ever raising.
pub(super) fn text_of(value: &Bound<'_, PyAny>) -> String {
    let text =
        value.str().ok().and_then(|text| text.to_str().ok().map(|text| text.chars().take(500).collect()));
    text.unwrap_or_else(|| kind_of(value))
}

/// What `repr` says, at most 80 characters, without ever raising.
#[cold]
pub(super) fn shown(value: &Bound<'_, PyAny>) -> String {
    let text =
        value.repr().ok().and_then(|text| text.to_str().ok().map(|text| text.chars().take(80).collect()));
    text.unwrap_or_else(|| kind_of(value))
}

fn kind_of(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "a value".to_owned(), |name| format!("a {name}"))
}

/// A number; what is none is refused with this code.
#[inline]
pub(super) fn number(value: &Bound<'_, PyAny>, field: &str, code: &'static str) -> Read<Decimal> {
    number::decimal(value, field).map_err(|error| not_taken(value.py(), error, code))
}

/// What `InvalidValueError` says is a refusal; everything else stays what it is.
#[cold]
fn not_taken(py: Python<'_>, error: PyErr, code: &'static str) -> Trouble {
    let known = error.get_type(py).name().is_ok_and(|name| name == "InvalidValueError");
    if known { Refusal::new(code, text_of(error.value(py))).into() } else { Trouble::Raised(error) }
}

/// Later than the year 2200 is milliseconds taken for seconds.
const SECONDS_MAX: f64 = 7_258_118_400.0;

/// A time in seconds since the epoch.
#[inline]
pub(super) fn seconds(value: &Bound<'_, PyAny>, field: &str, code: &'static str) -> Read<f64> {
    use pyo3::types::PyFloat;
    use rust_decimal::prelude::ToPrimitive;

    let seconds = match value.cast_exact::<PyFloat>() {
        Ok(float) if float.value().is_finite() => float.value(),
        _ => number(value, field, code)?.to_f64().unwrap_or(f64::NAN),
    };
    if seconds > 0.0 && seconds < SECONDS_MAX {
        return Ok(seconds);
    }
    let text = format!("{field}: {} is no time in seconds since the epoch", shown(value));
    Err(Refusal::new(code, text).into())
}

/// An amount of money or a share, within bounds.
pub(super) fn amount(value: &Bound<'_, PyAny>, field: &str, least: Decimal, most: Decimal) -> Read<Decimal> {
    let amount = number(value, field, ERROR)?;
    if amount < least || amount > most {
        return Err(Refusal::new(ERROR, format!("{field}: {amount} is out of range")).into());
    }
    Ok(amount)
}

/// A whole number from 0 to a million.
pub(super) fn count(value: &Bound<'_, PyAny>, field: &str) -> Read<u32> {
    let count = amount(value, field, Decimal::ZERO, Decimal::from(1_000_000))?;
    let whole = if count.fract().is_zero() { u32::try_from(count).ok() } else { None };
    whole.ok_or_else(|| Refusal::new(ERROR, format!("{field}: {count} is no whole number")).into())
}
