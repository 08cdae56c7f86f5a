//! The run as tables for people, or as one JSON object for programs.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use comfy_table::CellAlignment;
use risk_examples::latency::Percentiles;
use risk_examples::look::{self, count, nanos};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::accounts::Account;
use crate::check::Replayed;
use crate::tally::{Answers, Seen, Tally, by_number};

/// How many refused orders are explained in full.
const EXPLAINED: usize = 3;

/// The object `--json` prints.
#[derive(Serialize)]
pub(crate) struct Summary {
    orders: u64,
    approved: u64,
    reduced: u64,
    rejected: u64,
    emergency_stop: u64,
    by_reason: BTreeMap<&'static str, u64>,
    records: usize,
    replay_equal: bool,
    evaluate_ns_p50: u32,
    evaluate_ns_p99: u32,
}

impl Summary {
    /// Counts of decisions, and of reasons over refused and reduced orders together.
    pub(crate) fn new(tally: &Tally, times: &Percentiles, replayed: &Replayed) -> Self {
        let mut by_reason = tally.refused.clone();
        for (reason, orders) in &tally.reduced {
            *by_reason.entry(reason).or_default() += orders;
        }
        let Answers { approved, reduced, rejected, stopped } = tally.answers;
        Self {
            orders: tally.answers.orders(),
            approved,
            reduced,
            rejected,
            emergency_stop: stopped,
            by_reason,
            records: replayed.records,
            replay_equal: replayed.equal(),
            evaluate_ns_p50: times.per_mille(500),
            evaluate_ns_p99: times.per_mille(990),
        }
    }
}

/// The tables.
pub(crate) struct Report<'a> {
    /// The run.
    pub(crate) tally: &'a Tally,
    /// The times of `evaluate`.
    pub(crate) times: &'a Percentiles,
    /// The check of the journal.
    pub(crate) replayed: &'a Replayed,
    /// How many orders of the market were taken for ghosts.
    pub(crate) ghosts: usize,
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.flow(f)?;
        self.decisions(f)?;
        self.accounts(f)?;
        for explanation in self.tally.explained().into_iter().take(EXPLAINED) {
            write!(f, "\n{explanation}\n")?;
        }
        writeln!(f)?;
        self.times(f)
    }
}

impl Report<'_> {
    fn flow(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seen { snapshot, quotes, crossed, fills, cancels, elsewhere, unknown, not_fallen } =
            &self.tally.seen;
        let minutes = self.tally.span_ms.map_or(0, |(start, end)| (end - start) / 60_000 + 1);
        let mut table = look::table(&[&format!("in {minutes} minutes"), "events", "remark"]);
        if let Some(remarks) = table.column_mut(2) {
            remarks.set_cell_alignment(CellAlignment::Left);
        }
        let mut row = |what: &str, events: u64, remark: String| {
            table.add_row([what.to_owned(), count(events), remark]);
        };
        row("orders", self.tally.answers.orders(), "each is evaluated".into());
        row("fills", *fills, "partial ones too".into());
        row("cancels", *cancels, String::new());
        row(
            "quotes",
            *quotes,
            format!("{} crossed; {} ghost orders taken out", count(*crossed), self.ghosts),
        );
        row("book only", snapshot + elsewhere, format!("{} in the snapshot", count(*snapshot)));
        row("anomalies", unknown + not_fallen, format!("{unknown} about unknown orders"));
        writeln!(f, "{table}")
    }

    fn decisions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Answers { approved, reduced, rejected, stopped } = self.tally.answers;
        let all = self.tally.answers.orders();
        let mut table = look::table(&["decision", "orders", "share"]);
        let mut row = |what: String, orders: u64| {
            table.add_row([what, count(orders), share(orders, all)]);
        };
        row("approved".into(), approved);
        row("reduced".into(), reduced);
        for (reason, orders) in by_number(&self.tally.reduced) {
            row(format!("  {reason}"), orders);
        }
        row("rejected".into(), rejected);
        row("emergency stop".into(), stopped);
        if !self.tally.refused.is_empty() {
            row("refused, by reason".into(), rejected + stopped);
        }
        for (reason, orders) in by_number(&self.tally.refused) {
            row(format!("  {reason}"), orders);
        }
        writeln!(f, "{table}")
    }

    fn accounts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["account", "orders", "reduced", "refused", "peak exposure", "limit", "peak / limit"];
        let mut table = look::table(&head);
        for account in Account::ALL {
            let course = self.tally.course(account);
            let answers = course.answers;
            table.add_row([
                account.name().to_owned(),
                count(answers.orders()),
                count(answers.reduced),
                count(answers.rejected + answers.stopped),
                dollars(course.peak),
                course.limit.map_or("none".into(), dollars),
                course.limit.map_or("".into(), |limit| used(course.peak, limit)),
            ]);
        }
        writeln!(f, "{table}")
    }

    fn times(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, p999, max] = [500, 990, 999, 1000].map(|rank| nanos(self.times.per_mille(rank)));
        writeln!(f, "evaluate: p50 {p50}, p99 {p99}, p99.9 {p999}, maximum {max}")?;
        write!(f, "journal: {} records, ", count(self.replayed.records))?;
        match &self.replayed.difference {
            None => writeln!(f, "replayed identically: the same decisions, the same state"),
            Some(difference) => writeln!(f, "NOT replayed identically: {difference}"),
        }
    }
}

fn share(part: u64, all: u64) -> String {
    let permyriad = (part * 10_000).checked_div(all).unwrap_or(0);
    format!("{}.{:02} %", permyriad / 100, permyriad % 100)
}

fn dollars(amount: Decimal) -> String {
    format!("{} USD", count(amount.round().to_u64().unwrap_or(u64::MAX)))
}

fn used(peak: Decimal, limit: Decimal) -> String {
    let percent = (peak * Decimal::ONE_HUNDRED).checked_div(limit);
    percent.map_or("".into(), |percent| format!("{} %", percent.round_dp(1)))
}
