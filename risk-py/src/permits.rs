//! The permits of a table: an object is made of one when somebody looks at it.

use parking_lot::Mutex;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList};
use risk_core::RiskGuard;

use crate::contain::Pace;
use crate::error::forbidden;
use crate::permit::Permit;

/// The permits of a table by row, `None` where there is none: a sequence. Whatever is done with one is done with the
/// `Permit` of its row; those that nobody looks at keep their holds until they expire.
///
/// >>> import pyarrow as pa
/// >>> orders = pa.table({"symbol": ["BTC-USD"] * 2, "side": ["buy"] * 2, "quantity": [1, 2], "id": ["a1", "a2"]})
/// >>> _, permits = guard.evaluate_table(orders, grid)
/// >>> len(permits), permits[0], permits[-1]
/// (2, <Permit for 1>, <Permit for 0.9996>)
/// >>> [permit.redeem().id for permit in permits if permit is not None]
/// ['a1', 'a2']
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct Permits {
    rows: Mutex<Vec<Row>>,
    guard: RiskGuard,
    pace: Pace,
}

enum Row {
    Empty,
    Kept(risk_core::Permit),
    Made(Py<Permit>),
}

impl Permits {
    pub(crate) fn of(permits: Vec<Option<risk_core::Permit>>, guard: &RiskGuard, pace: Pace) -> Self {
        let rows = permits.into_iter().map(|permit| permit.map_or(Row::Empty, Row::Kept));
        Self { rows: Mutex::new(rows.collect()), guard: guard.clone(), pace }
    }
}

#[pymethods]
impl Permits {
    fn __len__(&self) -> usize {
        self.rows.lock().len()
    }

    fn __getitem__(&self, py: Python<'_>, row: isize) -> PyResult<Option<Py<Permit>>> {
        let beyond = || PyIndexError::new_err("there is no such row");
        let empty = {
            let rows = self.rows.lock();
            let at = if row < 0 { rows.len().checked_add_signed(row) } else { usize::try_from(row).ok() };
            let at = at.ok_or_else(beyond)?;
            match rows.get(at).ok_or_else(beyond)? {
                Row::Empty => return Ok(None),
                Row::Made(made) => return Ok(Some(made.clone_ref(py))),
                Row::Kept(permit) => (at, Permit::empty(permit, &self.guard, self.pace)),
            }
        };
        // The object is made before it gets its permit: making it can run anything, and not under this lock.
        let (at, made) = (empty.0, Py::new(py, empty.1)?);
        let mut rows = self.rows.lock();
        let row = rows.get_mut(at).ok_or_else(beyond)?;
        match std::mem::replace(row, Row::Empty) {
            Row::Kept(permit) => {
                made.get().fill(permit);
                *row = Row::Made(made.clone_ref(py));
                Ok(Some(made))
            }
            Row::Made(first) => {
                *row = Row::Made(first.clone_ref(py));
                drop(rows);
                drop(made);
                Ok(Some(first))
            }
            Row::Empty => Ok(None),
        }
    }

    /// Makes them all.
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let rows = isize::try_from(self.__len__()).unwrap_or(isize::MAX);
        let permits = (0..rows).map(|row| self.__getitem__(py, row)).collect::<PyResult<Vec<_>>>()?;
        PyList::new(py, permits)?.try_iter()
    }

    fn __hash__(&self) -> PyResult<isize> {
        Err(forbidden("permits cannot be hashed"))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(forbidden("permits cannot be copied or pickled"))
    }

    fn __copy__(&self) -> PyResult<()> {
        Err(forbidden("permits cannot be copied"))
    }

    #[pyo3(signature = (_memo=None, /))]
    fn __deepcopy__(&self, _memo: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        Err(forbidden("permits cannot be copied"))
    }

    fn __repr__(&self) -> String {
        format!("<Permits, {} rows>", self.rows.lock().len())
    }
}
