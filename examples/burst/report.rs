//! The burst as tables for people, or as one JSON object for programs.

use std::collections::BTreeMap;
use std::time::Duration;

use risk_examples::latency::Percentiles;
use risk_examples::look::{self, count, nanos};
use serde::Serialize;

use crate::counts::Counts;
use crate::judge::Answers;

/// What came of the burst.
pub(crate) struct Report<'a> {
    /// The messages.
    pub(crate) counts: &'a Counts,
    /// Those that are not about orders, by type.
    pub(crate) skipped: BTreeMap<char, u64>,
    /// Orders whose side is a guess from the quote.
    pub(crate) inferred: usize,
    /// What the guard answered.
    pub(crate) answers: &'a Answers,
    /// Facts that should not have happened.
    pub(crate) anomalies: u64,
    /// What the guard has on record.
    pub(crate) records: usize,
    /// The time of each message, from the first call to the last answer.
    pub(crate) times: &'a Percentiles,
    /// All of them together.
    pub(crate) took: Duration,
    /// The longest time from a message's arrival to the end of its work, had they arrived as they were recorded.
    pub(crate) behind: Duration,
}

/// The object `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    messages: u64,
    symbols: usize,
    orders: u64,
    approved: u64,
    reduced: u64,
    rejected: u64,
    emergency_stop: u64,
    by_reason: &'a BTreeMap<&'static str, u64>,
    anomalies: u64,
    records: usize,
    events_per_second: u64,
    message_ns_p50: u32,
    message_ns_p99: u32,
    message_ns_p999: u32,
    message_ns_max: u32,
    keep_up_ns: u64,
    behind_ns_max: u64,
}

impl Report<'_> {
    /// Everything as one JSON object.
    pub(crate) fn json(&self) -> serde_json::Result<String> {
        let answers = self.answers;
        serde_json::to_string(&Summary {
            messages: self.counts.orders(),
            symbols: self.counts.symbols,
            orders: answers.orders(),
            approved: answers.approved,
            reduced: answers.reduced,
            rejected: answers.rejected,
            emergency_stop: answers.stopped,
            by_reason: &answers.by_reason,
            anomalies: self.anomalies,
            records: self.records,
            events_per_second: self.per_second(),
            message_ns_p50: self.times.per_mille(500),
            message_ns_p99: self.times.per_mille(990),
            message_ns_p999: self.times.per_mille(999),
            message_ns_max: self.times.per_mille(1000),
            keep_up_ns: self.keep_up_ns(),
            behind_ns_max: u64::try_from(self.behind.as_nanos()).unwrap_or(u64::MAX),
        })
    }

    /// What was in the file, what the guard said, how long it took.
    pub(crate) fn show(&self) {
        self.messages();
        self.decisions();
        self.times();
    }

    fn messages(&self) {
        let counts = self.counts;
        let milliseconds = counts.span_ns as f64 / 1e6;
        let mut table = look::table(&[&format!("in {milliseconds:.1} ms"), "messages"]);
        let rows = [
            ("adds", counts.adds),
            ("replaces", counts.replaces),
            ("deletes", counts.deletes),
            ("partial cancels", counts.partial_cancels),
            ("executions", counts.executions),
            ("about orders", counts.orders()),
        ];
        for (what, messages) in rows {
            table.add_row([what.to_owned(), count(messages)]);
        }
        println!("{table}");
        let others: Vec<_> =
            self.skipped.iter().map(|(kind, messages)| format!("{kind} {}", count(*messages))).collect();
        println!("{} symbols; skipped by type: {}", count(counts.symbols), others.join(", "));
    }

    fn decisions(&self) {
        let answers = self.answers;
        let mut table = look::table(&["one account", "events"]);
        let mut row = |what: String, events: u64| {
            table.add_row([what, count(events)]);
        };
        row("orders evaluated".to_owned(), answers.orders());
        row("  side taken from the quote".to_owned(), u64::try_from(self.inferred).unwrap_or(u64::MAX));
        row("  approved".to_owned(), answers.approved);
        row("  reduced".to_owned(), answers.reduced);
        row("  rejected".to_owned(), answers.rejected);
        row("  emergency stop".to_owned(), answers.stopped);
        for (reason, orders) in &answers.by_reason {
            row(format!("    {reason}"), *orders);
        }
        row("cancels let out".to_owned(), answers.cancels);
        row("executions".to_owned(), answers.fills);
        row("executions of refused orders, left out".to_owned(), answers.not_sent);
        row("anomalies: orders the guard does not know".to_owned(), self.anomalies);
        println!("{table}");
    }

    fn times(&self) {
        let keep_up = self.keep_up_ns();
        let mut table = look::table(&["a message", "takes", "to keep up", "share"]);
        for (what, rank) in [("p50", 500), ("p99", 990), ("p99.9", 999), ("maximum", 1000)] {
            let took = self.times.per_mille(rank);
            let share = (u64::from(took) * 100).checked_div(keep_up).unwrap_or(0);
            let keep_up = nanos(u32::try_from(keep_up).unwrap_or(u32::MAX));
            table.add_row([what.to_owned(), nanos(took), keep_up, format!("{} %", count(share))]);
        }
        println!("{table}");
        println!(
            "{} messages per second; the burst took {:.1} ms of its {:.1} ms",
            count(self.per_second()),
            self.took.as_secs_f64() * 1e3,
            self.counts.span_ns as f64 / 1e6
        );
        let behind = u32::try_from(self.behind.as_nanos()).unwrap_or(u32::MAX);
        println!("with messages arriving as they were recorded, never more than {} behind", nanos(behind));
        println!("journal: {} records", count(self.records));
    }

    fn per_second(&self) -> u64 {
        let nanos = self.took.as_nanos().max(1);
        u64::try_from(u128::from(self.counts.orders()) * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
    }

    /// The time there is for a message.
    fn keep_up_ns(&self) -> u64 {
        self.counts.span_ns.checked_div(self.counts.orders()).unwrap_or(0)
    }
}
