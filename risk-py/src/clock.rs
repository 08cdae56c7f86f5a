//! The time a guard reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use risk_core::{Clock, SystemClock, Timestamp};

use crate::number;

/// A clock that a test or a backtest sets. Times are nanoseconds since the epoch.
///
/// >>> clock = rg.ManualClock(1_000)
/// >>> clock.advance_ms(2)
/// >>> clock.now_ns
/// 2001000
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct ManualClock {
    clock: risk_core::ManualClock,
}

#[pymethods]
impl ManualClock {
    /// A clock that says `now_ns` until told otherwise.
    #[new]
    fn new(now_ns: &Bound<'_, PyAny>) -> PyResult<Self> {
        let now = Timestamp::from_nanos(number::whole(now_ns, "now_ns")?);
        Ok(Self { clock: risk_core::ManualClock::at(now) })
    }

    /// Sets the time.
    ///
    /// >>> clock.set(5_000_000_000)
    /// >>> clock.now_ns
    /// 5000000000
    fn set(&self, now_ns: &Bound<'_, PyAny>) -> PyResult<()> {
        self.clock.set(Timestamp::from_nanos(number::whole(now_ns, "now_ns")?));
        Ok(())
    }

    /// Moves the time forward.
    ///
    /// >>> before = clock.now_ns
    /// >>> clock.advance_ms(1_500)
    /// >>> clock.now_ns - before
    /// 1500000000
    fn advance_ms(&self, ms: &Bound<'_, PyAny>) -> PyResult<()> {
        self.clock.advance_ms(number::whole(ms, "ms")?);
        Ok(())
    }

    /// From now on the time is not known: orders are rejected (CLOCK_UNAVAILABLE).
    ///
    /// >>> clock.fail()
    /// >>> guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).reason
    /// 'CLOCK_UNAVAILABLE'
    fn fail(&self) {
        self.clock.fail();
    }

    /// The time, `None` after `fail`.
    #[getter]
    fn now_ns(&self) -> Option<i64> {
        self.clock.now().map(Timestamp::nanos)
    }
}

/// The clock inside a guard. A test can make its next reading panic, to show what a panic does.
#[derive(Clone)]
pub(crate) struct GuardClock {
    manual: Option<risk_core::ManualClock>,
    panics: Arc<AtomicBool>,
}

impl GuardClock {
    pub(crate) fn new(manual: Option<&Bound<'_, ManualClock>>) -> Self {
        Self { manual: manual.map(|clock| clock.get().clock.clone()), panics: Arc::default() }
    }

    /// The clock that Python sets, if it is one.
    pub(crate) fn manual(&self) -> Option<&risk_core::ManualClock> {
        self.manual.as_ref()
    }

    pub(crate) fn panic_next(&self) {
        self.panics.store(true, Ordering::Release);
    }
}

impl Clock for GuardClock {
    #[inline]
    fn now(&self) -> Option<Timestamp> {
        if self.panics.load(Ordering::Relaxed) {
            self.panics.store(false, Ordering::Release);
            panic!("a panic that was asked for");
        }
        match &self.manual {
            None => SystemClock.now(),
            Some(manual) => manual.now(),
        }
    }
}
