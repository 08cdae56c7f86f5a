//! Orders without end through one engine: everything adds up, and nothing grows.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::evidence::measured;
use crate::process::cargo;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// Orders in the fast lane, and in the full one.
const SOME: u64 = 2_000_000;
const MANY: u64 = 100_000_000;
/// What a process may take between a tenth of the way and the end: a page here and there, no table and no log.
const GROWTH_BYTES_MAX: u64 = 1 << 20;

/// A few million orders.
pub(crate) fn some(workspace: &Workspace) -> Result<Outcome> {
    run(workspace, SOME).map(|(outcome, _)| outcome)
}

/// A hundred million.
pub(crate) fn many(workspace: &Workspace) -> Result<Outcome> {
    let (outcome, growth) = run(workspace, MANY)?;
    measured(workspace, "soak", "orders", MANY as f64)?;
    if let Some(growth) = growth {
        measured(workspace, "soak", "growth", growth as f64)?;
    }
    Ok(outcome)
}

fn run(workspace: &Workspace, orders: u64) -> Result<(Outcome, Option<u64>)> {
    let text = cargo(workspace)
        .words("run --locked --quiet --release --example soak -- --json --orders")
        .arg(orders.to_string())
        .stdout()?;
    let report: Value = serde_json::from_str(&text).context("`soak --json` prints no JSON object")?;
    let number = |key: &str| report[key].as_u64().with_context(|| format!("soak says no {key}"));
    ensure!(number("orders")? == orders, "{text}");
    ensure!(number("approved")? > 0 && number("reduced")? > 0 && number("refused")? > 0, "{text}");
    let growth = report["memory_growth_bytes"].as_u64();
    if let Some(growth) = growth {
        ensure!(growth <= GROWTH_BYTES_MAX, "memory grew by {growth} bytes, at most {GROWTH_BYTES_MAX}");
    }
    let memory = growth.map_or("not told here".to_owned(), |bytes| format!("{} KiB more", bytes >> 10));
    let compared = number("numbers_compared")?;
    let note = format!("{orders} orders, {compared} numbers compared, memory: {memory}");
    Ok((Outcome::Passed(note), growth))
}
