//! What is read of a guard's limits and portfolio, and kept as long as nothing in them changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use super::limits::SeenLimits;
use super::portfolio::{LastPortfolio, SeenPortfolio};

/// The last readings, and what they were made from. They are counted: what was read later holds.
pub(super) struct Readings {
    count: AtomicU64,
    last_limits: Mutex<Option<LastLimits>>,
    last_portfolio: Mutex<Option<Arc<LastPortfolio>>>,
    /// The portfolio the guard began with, and how often its fields had been assigned.
    first: PyOnceLock<(Py<PyAny>, i64)>,
}

/// The last reading of limits, and what it was made from.
struct LastLimits {
    limits: Py<PyAny>,
    version: i64,
    collar: Py<PyAny>,
    seen: Arc<SeenLimits>,
}

/// The types whose assignments are counted.
static WATCHED: PyOnceLock<(Py<PyType>, Py<PyType>)> = PyOnceLock::new();

fn watched(py: Python<'_>) -> PyResult<&(Py<PyType>, Py<PyType>)> {
    WATCHED.get_or_try_init(py, || {
        let shapes = py.import("risk_guard._shapes")?;
        let kind = |name: &str| Ok::<_, PyErr>(shapes.getattr(name)?.cast_into::<PyType>()?.unbind());
        Ok((kind("RiskLimits")?, kind("PortfolioState")?))
    })
}

/// How often fields were assigned; nothing where that is not known, and so everything is read anew.
fn version(of: &Bound<'_, PyAny>, kind: &Py<PyType>) -> PyResult<Option<i64>> {
    if !of.get_type().is(kind) {
        return Ok(None);
    }
    of.getattr(intern!(of.py(), "_version"))?.extract().map(Some)
}

impl Default for Readings {
    fn default() -> Self {
        Self {
            count: AtomicU64::new(0),
            last_limits: Mutex::default(),
            last_portfolio: Mutex::default(),
            first: PyOnceLock::new(),
        }
    }
}

impl Readings {
    /// Remembers the portfolio a guard begins with.
    pub(super) fn begin(&self, guard: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = guard.py();
        let state = guard.getattr(intern!(py, "portfolio_state"))?;
        if let Some(version) = version(&state, &watched(py)?.1)? {
            let _ = self.first.set(py, (state.unbind(), version));
        }
        Ok(())
    }

    fn next(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The limits of a guard.
    pub(super) fn limits(&self, guard: &Bound<'_, PyAny>) -> PyResult<Arc<SeenLimits>> {
        let py = guard.py();
        let limits = guard.getattr(intern!(py, "limits"))?;
        let collar = guard.getattr(intern!(py, "collar_percent"))?;
        let kind = &watched(py)?.0;
        let serial = self.next();
        let version = version(&limits, kind)?;
        if let (Some(version), Some(last)) = (version, &*self.last_limits.lock())
            && last.version == version
            && last.limits.is(&limits)
            && last.collar.is(&collar)
        {
            return Ok(Arc::clone(&last.seen));
        }
        let known = version.is_some() || limits.is_instance(kind.bind(py))?;
        let seen = Arc::new(SeenLimits::read(&limits, &collar, known, serial)?);
        let last = version.map(|version| LastLimits {
            limits: limits.unbind(),
            version,
            collar: collar.unbind(),
            seen: Arc::clone(&seen),
        });
        drop(std::mem::replace(&mut *self.last_limits.lock(), last));
        Ok(seen)
    }

    /// The portfolio of a guard, and whether it is the one it began with.
    pub(super) fn portfolio(&self, guard: &Bound<'_, PyAny>) -> PyResult<(Arc<SeenPortfolio>, bool)> {
        let py = guard.py();
        let state = guard.getattr(intern!(py, "portfolio_state"))?;
        let kind = &watched(py)?.1;
        let serial = self.next();
        let version = version(&state, kind)?;
        let first = self.first.get(py);
        let first = first.is_some_and(|(first, count)| first.is(&state) && version == Some(*count));
        let plain = |seen: &SeenPortfolio| seen.listed.is_empty() && seen.wrong.is_empty();
        let last = self.last_portfolio.lock().clone();
        if let (Some(version), Some(last)) = (version, last)
            && last.is_of(&state, version)?
        {
            return Ok((Arc::clone(&last.seen), first && plain(&last.seen)));
        }
        if version.is_none() && !state.is_instance(kind.bind(py))? {
            return Ok((Arc::new(SeenPortfolio::none(&state, serial)), false));
        }
        let last = LastPortfolio::read(guard, &state, version.unwrap_or(-1), serial)?;
        let seen = Arc::clone(&last.seen);
        if version.is_some() {
            drop(self.last_portfolio.lock().replace(Arc::new(last)));
        }
        let first = first && plain(&seen);
        Ok((seen, first))
    }
}
