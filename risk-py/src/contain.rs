//! No panic crosses into Python, where it would be a `BaseException` that no handler expects.
//!
//! The core sees a call that did not end and answers GUARD_POISONED from then on; so does the call that panicked.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;

use crate::error::plain;
use crate::rules;

/// Whether a call may wait for a disk, or for Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// It never waits: the interpreter's lock is kept, which is cheaper than giving it away.
    Quick,
    /// It may wait for a disk, or for another thread that asks a rule of the house: other threads run meanwhile.
    Waits,
}

/// The result of `work`; a panic is GUARD_POISONED as an exception. Raises `RiskEvaluationError` inside a rule of the
/// house, which must not call a guard.
#[inline]
pub(crate) fn contained<R: Send>(py: Python<'_>, pace: Pace, work: impl FnOnce() -> R + Send) -> PyResult<R> {
    rules::outside(py)?;
    attempt(py, pace, work).ok_or_else(|| poisoned(py))
}

/// The result of `work`, or nothing if it panicked.
#[inline]
pub(crate) fn attempt<R: Send>(py: Python<'_>, pace: Pace, work: impl FnOnce() -> R + Send) -> Option<R> {
    // What the closure has changed when it panics is the guard, which knows that it is in doubt.
    let work = || catch_unwind(AssertUnwindSafe(work)).ok();
    match pace {
        Pace::Quick => work(),
        Pace::Waits => py.detach(work),
    }
}

/// A call that ended in a panic.
#[cold]
pub(crate) fn poisoned(py: Python<'_>) -> PyErr {
    let text = "GUARD_POISONED: a panic has left the guard in doubt; construct it again";
    let error = plain(py, "RiskViolationError", text);
    let _ = error.value(py).setattr("code", "GUARD_POISONED");
    error
}
