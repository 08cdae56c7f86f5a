//! The records, in memory and in a folder: read, done again, made durable.

use std::path::PathBuf;

use pyo3::prelude::*;
use risk_core::{Kept, Record, replay};
use risk_journal::History;
use risk_journal::disk::Folder;

use crate::contain::{Pace, contained};
use crate::error;
use crate::guard::{Guard, parsed};

#[pymethods]
impl Guard {
    /// The number of the last record: every input and every decision is one, from 1.
    #[getter]
    fn seq(&self) -> u64 {
        self.guard.seq()
    }

    /// What was found when the journal was opened, in words; `None` for a guard without one.
    #[getter]
    fn recovery(&self) -> Option<&str> {
        self.report.as_deref()
    }

    /// A hash over the whole state, to compare with a replay. Walks everything.
    ///
    /// >>> guard.digest() == guard.replay()
    /// True
    fn digest(&self, py: Python<'_>) -> PyResult<u128> {
        contained(py, Pace::Waits, || self.guard.digest())
    }

    /// Waits until every record so far is on disk, where the journal is in a folder: under "group" they are a few ms later
    /// by themselves. Raises `JournalError`; the firm is halted then.
    ///
    /// >>> guard.sync()
    fn sync(&self, py: Python<'_>) -> PyResult<()> {
        let synced = contained(py, Pace::Waits, || self.guard.sync())?;
        synced.map_err(|problem| error::plain(py, "JournalError", &problem.to_string()))
    }

    /// The last records in memory, oldest first, as dicts: seq, at, event. Raises `JournalError` for a journal in a folder:
    /// `risk_guard.read_journal`.
    ///
    /// >>> _ = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1"))
    /// >>> [record] = guard.records(1)
    /// >>> record["seq"] == guard.seq, list(record["event"])
    /// (True, ['evaluated'])
    #[pyo3(signature = (last=100))]
    fn records<'py>(&self, py: Python<'py>, last: usize) -> PyResult<Bound<'py, PyAny>> {
        let Some(memory) = &self.memory else {
            let text = "the records are in the journal's folder: use read_journal";
            return Err(error::plain(py, "JournalError", text));
        };
        let records: Vec<Record> = {
            let memory = memory.0.lock();
            memory.records().skip(memory.len().saturating_sub(last)).cloned().collect()
        };
        parsed(py, serde_json::to_string(&records))
    }

    /// Facts that were applied and could not be recorded, since the journal failed: dicts as of `records`.
    ///
    /// >>> guard.unrecorded()
    /// []
    fn unrecorded<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let facts = self.run(py, |guard| guard.unrecorded())?;
        parsed(py, serde_json::to_string(&facts))
    }

    /// Does all records in memory again, compares every answer, and returns the hash of the state they lead to: equal to
    /// `digest`. Raises `JournalError` at the first answer that differs, and for a journal in a folder:
    /// `risk_guard.replay_journal`.
    ///
    /// >>> guard.replay() == guard.digest()
    /// True
    fn replay(&self, py: Python<'_>) -> PyResult<u128> {
        let Some(memory) = &self.memory else {
            let text = "the records are in the journal's folder: use replay_journal";
            return Err(error::plain(py, "JournalError", text));
        };
        let again = contained(py, Pace::Waits, || {
            let memory = memory.0.lock();
            replay(&self.config, memory.base(), memory.tail()).map(|engine| engine.digest())
        });
        again?.map_err(|problem| error::plain(py, "JournalError", &problem.to_string()))
    }
}

/// The records of a journal in a folder from number `first`, at most `count`, as dicts. Changes nothing; it may be read
/// beside the process that writes it. Raises `JournalError` for a folder without a journal, and for a damaged one.
///
/// >>> import tempfile
/// >>> folder = tempfile.mkdtemp() + "/journal"
/// >>> kept = rg.Guard({"firm": {"currency": "USD", "unlimited": "an example"}, "assets": [{"code": "USD", "digits": 2}],
/// ...                  "instruments": [], "accounts": []}, journal=folder)
/// >>> _ = kept.halt(reason="on record", by="ops")
/// >>> [record["seq"] for record in rg.read_journal(folder)]
/// [1]
#[pyfunction]
#[pyo3(signature = (folder, first=1, count=1000))]
pub(crate) fn read_journal(
    py: Python<'_>,
    folder: PathBuf,
    first: u64,
    count: usize,
) -> PyResult<Bound<'_, PyAny>> {
    let read = contained(py, Pace::Waits, || {
        let history = history(&folder)?;
        let taken = history.records(first).take(count);
        let records: Result<Vec<Record>, String> =
            taken.map(|record| record.map(|(_, record)| record).map_err(|e| e.to_string())).collect();
        records.and_then(|records| serde_json::to_string(&records).map_err(|e| e.to_string()))
    });
    let text = read?;
    parsed(py, Ok(text.map_err(|problem| journal_error(py, &folder, &problem))?))
}

/// Does all records of a journal in a folder again, compares every answer, and returns how many there were and the hash
/// of the state they lead to. Raises `JournalError` at the first answer that differs.
///
/// >>> import tempfile
/// >>> folder = tempfile.mkdtemp() + "/journal"
/// >>> kept = rg.Guard({"firm": {"currency": "USD", "unlimited": "an example"}, "assets": [{"code": "USD", "digits": 2}],
/// ...                  "instruments": [], "accounts": []}, journal=folder)
/// >>> _ = kept.halt(reason="on record", by="ops")
/// >>> rg.replay_journal(folder) == (kept.seq, kept.digest())
/// True
#[pyfunction]
pub(crate) fn replay_journal(py: Python<'_>, folder: PathBuf) -> PyResult<(u64, u128)> {
    let again = contained(py, Pace::Waits, || {
        let history = history(&folder)?;
        let mut engine = replay(history.config(), &Kept::default(), []).map_err(|e| e.to_string())?;
        for record in history.records(1) {
            let (_, record) = record.map_err(|e| e.to_string())?;
            engine.repeat(&record).map_err(|e| e.to_string())?;
        }
        Ok::<_, String>((engine.seq(), engine.digest()))
    });
    again?.map_err(|problem| journal_error(py, &folder, &problem))
}

fn history(folder: &std::path::Path) -> Result<History<Folder>, String> {
    let disk = Folder::look(folder).map_err(|e| e.to_string())?;
    History::open(disk, None).map_err(|e| e.to_string())
}

fn journal_error(py: Python<'_>, folder: &std::path::Path, problem: &str) -> PyErr {
    error::plain(py, "JournalError", &format!("{}: {problem}", folder.display()))
}
