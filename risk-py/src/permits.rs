//! The permits of a table: an object is made of one when somebody looks at it.

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList};
use risk_core::RiskGuard;

use crate::contain::Pace;
use crate::error::forbidden;
use crate::permit::{Issued, Permit};

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
    rows: Vec<Issued>,
    guard: RiskGuard,
    pace: Pace,
}

impl Permits {
    pub(crate) fn of(rows: Vec<Issued>, guard: &RiskGuard, pace: Pace) -> Self {
        Self { rows, guard: guard.clone(), pace }
    }
}

#[pymethods]
impl Permits {
    fn __len__(&self) -> usize {
        self.rows.len()
    }

    fn __getitem__(&self, py: Python<'_>, row: isize) -> PyResult<Option<Py<Permit>>> {
        let at = if row < 0 { self.rows.len().checked_add_signed(row) } else { usize::try_from(row).ok() };
        let row = at.and_then(|at| self.rows.get(at));
        row.ok_or_else(|| PyIndexError::new_err("there is no such row"))?.object(py, &self.guard, self.pace)
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
        format!("<Permits, {} rows>", self.rows.len())
    }
}
