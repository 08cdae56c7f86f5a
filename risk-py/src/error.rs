//! The exceptions, which are defined in Python so that they can be typed, documented and pickled there.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use risk_core::{ConfigError, IngestError, Rejection, ResumeError, UnknownName, Verdict};

use crate::decision::Refusal;

/// Makes one of `risk_guard.exceptions`; if that cannot be, says why it cannot.
fn make(
    py: Python<'_>,
    name: &str,
    message: &str,
    fields: impl FnOnce(&Bound<'_, PyDict>) -> PyResult<()>,
) -> PyErr {
    let made = (|| {
        let fields_of = PyDict::new(py);
        fields(&fields_of)?;
        py.import("risk_guard.exceptions")?.getattr(name)?.call((message,), Some(&fields_of))
    })();
    made.map_or_else(|error| error, PyErr::from_value)
}

/// A value that is not taken: nothing was evaluated and nothing changed.
#[cold]
pub(crate) fn invalid(field: &str, value: &Bound<'_, PyAny>, problem: &str) -> PyErr {
    let shown = value.repr().ok().and_then(|text| text.extract::<String>().ok());
    let shown: String = shown.unwrap_or_else(|| "a value".to_owned()).chars().take(80).collect();
    make(value.py(), "InvalidValueError", &format!("{field}: {shown} {problem}"), |fields| {
        fields.set_item("code", "INVALID_ORDER")?;
        fields.set_item("field", field)?;
        fields.set_item("value", value)
    })
}

pub(crate) fn config(py: Python<'_>, error: &ConfigError) -> PyErr {
    plain(py, "ConfigError", &error.to_string())
}

/// An input that is refused: `code` is a word for what is wrong, `field` says with what.
#[cold]
pub(crate) fn ingest(py: Python<'_>, error: &IngestError) -> PyErr {
    let (code, field) = match error {
        IngestError::Unknown(what) => ("unknown", Some(*what)),
        IngestError::Number { field, .. } => ("number", Some(*field)),
        IngestError::Text(field) => ("text", Some(field.name())),
        IngestError::Outdated(_) => ("outdated", None),
        IngestError::Full(what) => ("full", Some(*what)),
        IngestError::Limits(_) => ("limits", None),
        IngestError::AboveCeiling(limit) => ("ceiling", Some(*limit)),
        IngestError::SecondName(limit) => ("second_name", Some(*limit)),
        IngestError::Sessionless => ("sessionless", None),
        IngestError::EmptySession(_) => ("empty_session", None),
        IngestError::Unrecorded => ("unrecorded", None),
        IngestError::Poisoned => ("GUARD_POISONED", None),
        _ => ("other", None),
    };
    make(py, "InputError", &error.to_string(), |fields| {
        fields.set_item("code", code)?;
        fields.set_item("field", field)
    })
}

/// A resume that is refused: `code` is a word for why.
#[cold]
pub(crate) fn resume(py: Python<'_>, error: &ResumeError) -> PyErr {
    let code = match error {
        ResumeError::UnknownScope => "unknown_scope",
        ResumeError::Unnamed => "unnamed",
        ResumeError::UnknownLatch => "unknown_latch",
        ResumeError::Unrecorded => "unrecorded",
        ResumeError::Poisoned => "GUARD_POISONED",
        _ => "other",
    };
    make(py, "ResumeError", &error.to_string(), |fields| fields.set_item("code", code))
}

pub(crate) fn unknown(py: Python<'_>, error: &UnknownName) -> PyErr {
    plain(py, "UnknownNameError", &error.to_string())
}

#[cold]
pub(crate) fn plain(py: Python<'_>, name: &str, message: &str) -> PyErr {
    make(py, name, message, |_| Ok(()))
}

/// A refusal as an exception: `EmergencyStopError` under a halt, else `RiskViolationError`.
#[cold]
pub(crate) fn refused(py: Python<'_>, rejection: &Rejection) -> PyErr {
    let stopped = rejection.reason == risk_core::Reason::KillSwitchActive;
    let verdict = if stopped { Verdict::EmergencyStop } else { Verdict::Rejected };
    refused_as(py, rejection, verdict)
}

#[cold]
pub(crate) fn refused_as(py: Python<'_>, rejection: &Rejection, verdict: Verdict) -> PyErr {
    let name = match verdict {
        Verdict::EmergencyStop => "EmergencyStopError",
        Verdict::Approved | Verdict::Reduced | Verdict::Rejected => "RiskViolationError",
    };
    make(py, name, &rejection.to_string(), |fields| Refusal(*rejection).fill(fields))
}

/// What is frozen cannot be built, copied, pickled or hashed.
#[cold]
pub(crate) fn forbidden(what: &str) -> PyErr {
    PyTypeError::new_err(format!("{what}; only a guard makes it, and it is spent once"))
}
