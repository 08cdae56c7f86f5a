//! `export`: records as CSV, one line each.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::row::{Filter, Names, is_over};
use super::{Journal, Problem, progress, unreadable};

pub(crate) fn run(history: &Journal, filter: &Filter, out: Option<&Path>) -> Result<(), Problem> {
    let last = history.last()?;
    let from = filter.last.map_or(filter.from, |count| last.saturating_sub(count).saturating_add(1));
    let to: Box<dyn Write> = match out {
        Some(path) => {
            Box::new(File::create(path).map_err(|e| unreadable(format!("{}: {e}", path.display())))?)
        }
        None => Box::new(io::stdout().lock()),
    };
    let mut writer = csv::Writer::from_writer(to);
    let mut names = Names::new(history.config());
    let bar = progress(last, "records");
    for record in history.records(from) {
        let (_, record) = record?;
        if filter.to.is_some_and(|to| record.seq > to) {
            break;
        }
        let row = names.row(&record);
        bar.set_position(record.seq);
        if !filter.takes(&row) {
            continue;
        }
        match writer.serialize(row) {
            Err(error) if matches!(error.kind(), csv::ErrorKind::Io(error) if is_over(error)) => {
                return Ok(());
            }
            written => written.map_err(unreadable)?,
        }
    }
    bar.finish_and_clear();
    match writer.flush() {
        Err(error) if is_over(&error) => Ok(()),
        flushed => flushed.map_err(unreadable),
    }
}
