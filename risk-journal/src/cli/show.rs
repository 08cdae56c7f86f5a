//! `show`: records as a table or as lines of JSON.

use std::io::{self, Write};

use comfy_table::{Table, presets};

use super::row::{Filter, Names, Row, is_over};
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
    let mut rows = Vec::new();
    for record in history.records(from) {
        let (_, record) = record?;
        if filter.to.is_some_and(|to| record.seq > to) {
            break;
        }
        let row = names.row(&record);
        if !filter.takes(&row) {
            continue;
        }
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
    Ok(())
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header([
        "seq",
        "ms",
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
        let ms = row.at_ns.map_or_else(String::new, |at| at.div_euclid(1_000_000).to_string());
        let answer = [row.verdict.as_str(), row.reason.as_str(), row.level.as_str()];
        let answer = answer.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        table.add_row([
            &row.seq.to_string(),
            &ms,
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
