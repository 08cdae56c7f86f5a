//! A refused order, told in full: whose it was, what it asked for, and what every limit measured.

use comfy_table::{CellAlignment, Table};
use risk_core::{Explanation, Side};
use risk_examples::look;

use crate::flow::{Event, New};
use crate::tally::Tally;

/// The order, the guard's sentence, and every limit that was measured, in the order in which they are asked.
pub(crate) fn told(new: &New, event: &Event, tally: &Tally, explanation: &Explanation) -> String {
    let since_ms = tally.since_start(event.at_ms);
    let (minute, second, ms) = (since_ms / 60_000, since_ms / 1000 % 60, since_ms % 1000);
    let side = match new.side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    };
    let price = new.limit.map_or("at market".to_owned(), |limit| format!("at {} USD", limit.normalize()));
    let (account, volume) = (new.account.name(), new.volume.normalize());
    let what = format!(
        "{minute:02}:{second:02}.{ms:03}  {account} wants to {side} {volume} BTC {price} (order {}, line {})",
        new.id, event.line
    );
    let why = explanation.rejection.map_or(String::new(), |why| why.to_string());
    let score = explanation.risk_score().normalize();
    format!("{what}\n{why}\n{}\nrisk score {score}", readings(explanation))
}

/// A line a limit.
fn readings(explanation: &Explanation) -> Table {
    let mut table = look::table(&["gate", "level", "measured", "limit", "passes"]);
    if let Some(levels) = table.column_mut(1) {
        levels.set_cell_alignment(CellAlignment::Left);
    }
    for line in explanation.readings() {
        let shown = |pick: fn(&risk_core::Reading) -> i128| {
            line.reading.map_or("unknown".to_owned(), |reading| reading.unit.show(pick(&reading)))
        };
        table.add_row([
            format!("{:?}", line.gate),
            line.level.name().to_owned(),
            shown(|reading| reading.measured),
            shown(|reading| reading.limit),
            if line.breach.is_some() { "NO" } else { "yes" }.to_owned(),
        ]);
    }
    table
}
