//! `show`: records as a table or as lines of JSON.

use std::io::{self, Write};

use comfy_table::{Table, presets};

use super::picture::date;
use super::row::{Filter, Names, Row, is_over};
use super::what_if::DAY_MS;
use super::{Journal, Problem, unreadable};

/// Rows of one table; a long list is many tables, so that it can be read while it comes.
const ROWS: usize = 200;

pub(crate) fn run(history: &Journal, filter: &Filter, json: bool) -> Result<(), Problem> {
    let from = match filter.last {
        Some(last) => history.last()?.saturating_sub(last).saturating_add(1),
        None => filter.from,
    };
    let mut names = Names::new(history.config());
    let mut out = io::stdout().lock();
    let (mut rows, mut found) = (Vec::new(), 0_u64);
    for record in history.records(from) {
        let (_, record) = record?;
        if filter.to.is_some_and(|to| record.seq > to) {
            break;
        }
        let row = names.row(&record);
        if !filter.takes(&row) {
            continue;
        }
        found += 1;
        let written = if json {
            serde_json::to_writer(&mut out, &record).map_err(io::Error::from).and_then(|()| writeln!(out))
        } else {
            rows.push(row);
            if rows.len() < ROWS { Ok(()) } else { writeln!(out, "{}", table(&std::mem::take(&mut rows))) }
        };
        match written {
            Err(error) if is_over(&error) => return Ok(()),
            written => written.map_err(unreadable)?,
        }
    }
    if !rows.is_empty() {
        match writeln!(out, "{}", table(&rows)) {
            Err(error) if is_over(&error) => return Ok(()),
            written => written.map_err(unreadable)?,
        }
    }
    if found == 0 {
        eprintln!("no record is what was asked for");
    }
    Ok(())
}

/// Nanoseconds since the Unix epoch as a day and a time, to the ms.
fn moment(at_ns: i64) -> String {
    let ms = at_ns.div_euclid(1_000_000);
    let (day, ms) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    let (seconds, ms) = (ms / 1_000, ms % 1_000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!("{} {:02}:{:02}:{seconds:02}.{ms:03}", date(day), minutes / 60, minutes % 60)
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header([
        "seq",
        "time (UTC)",
        "kind",
        "account",
        "instrument",
        "id",
        "side",
        "quantity",
        "answer",
        "what",
        "by",
    ]);
    for row in rows {
        let time = row.at_ns.map_or_else(String::new, moment);
        let answer = [row.verdict.as_str(), row.reason.as_str(), row.level.as_str()];
        let answer = answer.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        table.add_row([
            &row.seq.to_string(),
            &time,
            &row.kind,
            &row.account,
            &row.instrument,
            &row.id,
            &row.side,
            &row.quantity,
            &answer,
            &row.text,
            &row.by,
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_day_and_a_time() {
        assert_eq!(moment(1_700_000_000_123_456_789), "2023-11-14 22:13:20.123");
        assert_eq!(moment(-1), "1969-12-31 23:59:59.999");
    }
}
