//! No panic crosses into Python, where it would be a `BaseException` that no handler expects.
//!
//! The core sees a call that did not end and answers GUARD_POISONED from then on; so does the call that panicked.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;

/// Whether a call may wait for a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// It never waits: the interpreter's lock is kept, which is cheaper than giving it away.
    Quick,
    /// It may wait for a disk: other threads run meanwhile.
    Waits,
}

/// The result of `work`, or nothing if it panicked.
#[inline]
pub(crate) fn contained<R: Send>(py: Python<'_>, pace: Pace, work: impl FnOnce() -> R + Send) -> Option<R> {
    // What the closure has changed when it panics is the guard, which knows that it is in doubt.
    let work = || catch_unwind(AssertUnwindSafe(work)).ok();
    match pace {
        Pace::Quick => work(),
        Pace::Waits => py.detach(work),
    }
}
