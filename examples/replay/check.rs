//! The check of a run: an engine rebuilt from the journal alone must decide the same and end in the same state.

use risk_core::{Config, Kept, MemoryJournal};
use risk_examples::look;

use crate::judge::Judge;

/// What came of it.
pub(crate) struct Replayed {
    /// How many records the journal holds.
    pub(crate) records: usize,
    /// The first difference, if there is any.
    pub(crate) difference: Option<String>,
}

impl Replayed {
    /// Replays the journal of a run. Every record is done again, and its answer compared with the one on record.
    pub(crate) fn new(config: &Config, judge: &Judge<MemoryJournal>) -> Self {
        let engine = judge.engine();
        let journal = engine.journal();
        let bar = look::progress(journal.len(), "records replayed");
        let records = journal.records().inspect(|_| bar.inc(1));
        let difference = match risk_core::replay(config, &Kept::default(), records) {
            Ok(again) if again.digest() == engine.digest() => None,
            Ok(_) => Some("the state at the end differs".to_owned()),
            Err(error) => Some(error.to_string()),
        };
        bar.finish_and_clear();
        Self { records: journal.len(), difference }
    }

    /// Decisions and state came out the same.
    pub(crate) fn equal(&self) -> bool {
        self.difference.is_none()
    }
}
