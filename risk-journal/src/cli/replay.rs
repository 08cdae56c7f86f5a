//! `replay`: everything done again, every answer compared.

use std::time::Instant;

use risk_core::ReplayError;

use super::{Journal, Problem, STEP, progress, unreadable};

pub(crate) fn run(history: &Journal, to: Option<u64>, from_snapshot: bool) -> Result<(), Problem> {
    let last = history.last()?;
    let to = to.unwrap_or(last).min(last);
    let begin = Instant::now();
    if from_snapshot {
        let engine = history.state_at(to)?;
        println!("records to {to}, state {:032x}, {:.1?}", engine.digest(), begin.elapsed());
        return Ok(());
    }
    let mut engine = history.begin()?;
    let from = engine.seq() + 1;
    let bar = progress(to, "records");
    for record in history.records(from) {
        let (place, record) = record?;
        if record.seq > to {
            break;
        }
        engine.repeat(&record).map_err(|error| match error {
            ReplayError::Config(error) => unreadable(error),
            error => Problem::Wrong(format!("{}, byte {}: {error}", place.file, place.byte)),
        })?;
        if record.seq.is_multiple_of(STEP) {
            bar.set_position(record.seq);
        }
    }
    bar.finish_and_clear();
    println!(
        "{}, every answer the same, state {:032x}, {:.1?}",
        if from > 1 {
            format!("records {from} to {}", engine.seq())
        } else {
            format!("{} records", engine.seq())
        },
        engine.digest(),
        begin.elapsed()
    );
    Ok(())
}
