//! The last decisions, as the lines that were written of them: they are taken apart only when somebody looks.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PySlice};

/// How many decisions are kept.
const KEPT: usize = 1_000;

/// The last decisions, newest last: a sequence of dicts, each what its audit line says.
#[pyclass(frozen, sequence, module = "risk_guard")]
pub(crate) struct Decisions {
    lines: Arc<Lines>,
}

/// The lines, behind a lock of their own.
#[derive(Default)]
pub(super) struct Lines(Mutex<VecDeque<String>>);

impl Lines {
    pub(super) fn push(&self, line: String) {
        let mut lines = self.0.lock();
        let old = if lines.len() >= KEPT { lines.pop_front() } else { None };
        lines.push_back(line);
        drop(lines);
        drop(old);
    }

    pub(super) fn len(&self) -> usize {
        self.0.lock().len()
    }
}

impl Decisions {
    pub(super) fn of(lines: &Arc<Lines>) -> Self {
        Self { lines: Arc::clone(lines) }
    }

    /// All of them as a list, or those after the first so many.
    pub(super) fn list<'py>(&self, py: Python<'py>, last: Option<usize>) -> PyResult<Bound<'py, PyList>> {
        let text = {
            let lines = self.lines.0.lock();
            let skipped = last.map_or(0, |last| lines.len().saturating_sub(last));
            let mut text = String::from("[");
            for line in lines.iter().skip(skipped) {
                text.push_str(if text.len() > 1 { "," } else { "" });
                text.push_str(line);
            }
            text.push(']');
            text
        };
        Ok(py.import("json")?.call_method1("loads", (text,))?.cast_into::<PyList>()?)
    }
}

#[pymethods]
impl Decisions {
    fn __len__(&self) -> usize {
        self.lines.len()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if index.is_instance_of::<PySlice>() {
            return self.list(py, None)?.as_any().get_item(index);
        }
        let asked: isize = index.extract()?;
        let line = {
            let lines = self.lines.0.lock();
            let from_end =
                if asked < 0 { lines.len().checked_sub(asked.unsigned_abs()) } else { Some(asked as usize) };
            from_end.and_then(|place| lines.get(place).cloned())
        };
        let line = line.ok_or_else(|| PyIndexError::new_err("there is no such decision"))?;
        py.import("json")?.call_method1("loads", (line,))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.list(py, None)?.try_iter()?.into_any())
    }

    fn __eq__<'py>(&self, py: Python<'py>, other: &Bound<'py, PyAny>) -> PyResult<bool> {
        let mine = self.list(py, None)?;
        match other.cast::<Self>() {
            Ok(other) => mine.eq(other.get().list(py, None)?),
            Err(_) => mine.eq(other),
        }
    }

    /// Forgets them; the audit log keeps them.
    fn clear(&self) {
        let old = std::mem::take(&mut *self.lines.0.lock());
        drop(old);
    }

    fn __repr__(&self) -> String {
        format!("<{} decisions>", self.lines.len())
    }
}
