//! How a guard is opened, besides its configuration: its clock, its journal, the functions of its rules.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use risk_core::{AnyClock, Config, MemoryJournal, RiskGuard};
use risk_journal::{Durability, Opened, Options};

use crate::clock::{GuardClock, ManualClock};
use crate::contain::{Pace, contained};
use crate::error;
use crate::guard::Guard;
use crate::memory::SharedMemory;
use crate::rules::{self, Failures};

/// Records in memory where no number is given.
const RECORDS: usize = 16_384;

/// The keywords of `Guard`.
pub(crate) struct Opening<'a, 'py> {
    pub(crate) clock: Option<&'a Bound<'py, ManualClock>>,
    pub(crate) journal: Option<PathBuf>,
    pub(crate) durability: Option<&'a str>,
    pub(crate) records: Option<usize>,
    pub(crate) keep: Option<&'a str>,
    pub(crate) house_rules: Option<&'a Bound<'py, PyDict>>,
}

impl Opening<'_, '_> {
    pub(crate) fn open(self, py: Python<'_>, config: Config) -> PyResult<Guard> {
        let clock = GuardClock::new(self.clock);
        let failures = Failures::default();
        let vetoes = rules::vetoes(self.house_rules, &failures)?;
        let Some(folder) = self.journal else {
            // A rule is asked under the guard's lock and runs Python: whoever waits for that lock must let Python run.
            let pace = if vetoes.is_empty() { Pace::Quick } else { Pace::Waits };
            let memory = memory(py, self.durability, self.records, self.keep)?;
            let made = contained(py, Pace::Waits, || {
                RiskGuard::with_vetoes(&config, clock.clone(), memory.clone(), vetoes)
            });
            let guard = made?.map_err(|e| error::config(py, &e))?;
            return Ok(Guard { guard, clock, pace, memory: Some(memory), config, failures, report: None });
        };
        let wrong = |text: &str| Err(error::plain(py, "ConfigError", text));
        if self.records.is_some() || self.keep.is_some() {
            return wrong("records, keep: a journal in a folder keeps them all");
        }
        let durability = match self.durability {
            None | Some("group") => Durability::Group { sync_within_ms: 10 },
            Some("always") => Durability::Always,
            Some(other) => {
                return wrong(&format!("durability: {other:?} is neither \"group\" nor \"always\""));
            }
        };
        let options = Options { durability, ..Options::default() };
        let opened = contained(py, Pace::Waits, || {
            let clock: AnyClock = Box::new(clock.clone());
            risk_journal::open_as(&folder, &config, clock, options, vetoes, |journal| journal)
        });
        let Opened { engine, report } =
            opened?.map_err(|e| error::plain(py, "JournalError", &format!("{}: {e}", folder.display())))?;
        let (guard, report) = (RiskGuard::of(engine), Some(report.to_string()));
        Ok(Guard { guard, clock, pace: Pace::Waits, memory: None, config, failures, report })
    }
}

/// The journal of a guard that keeps its records in memory.
fn memory(
    py: Python<'_>,
    durability: Option<&str>,
    records: Option<usize>,
    keep: Option<&str>,
) -> PyResult<SharedMemory> {
    let wrong = |text: &str| Err(error::plain(py, "ConfigError", text));
    if durability.is_some() {
        return wrong("durability: needs a journal, the folder to keep records in");
    }
    let records = records.unwrap_or(RECORDS);
    if records == 0 || records > 10_000_000 {
        return wrong(&format!("records: {records} is not 1 to 10,000,000"));
    }
    match keep {
        None | Some("last") => Ok(SharedMemory::of(MemoryJournal::last(records))),
        Some("first") => Ok(SharedMemory::of(MemoryJournal::with_capacity(records))),
        Some(other) => wrong(&format!("keep: {other:?} is neither \"last\" nor \"first\"")),
    }
}
