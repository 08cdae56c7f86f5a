//! Generated orders against the reference model: everything both can say of each is the same.

use anyhow::Result;

use crate::evidence::measured;
use crate::process::cargo;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// Orders in the fast lane, and in the full one.
const SOME: u64 = 100_000;
const MANY: u64 = 100_000_000;

/// Enough that every reason is met.
pub(crate) fn some(workspace: &Workspace) -> Result<Outcome> {
    play(workspace, SOME, 0)
}

/// A hundred million.
pub(crate) fn many(workspace: &Workspace) -> Result<Outcome> {
    let outcome = play(workspace, MANY, 0)?;
    measured(workspace, "model", "orders", MANY as f64)?;
    Ok(outcome)
}

/// Plays histories from a seed on, until so many orders have been judged.
pub(crate) fn play(workspace: &Workspace, orders: u64, seed: u64) -> Result<Outcome> {
    cargo(workspace)
        .words("run --locked --quiet --release --package risk-testkit --example model -- --orders")
        .arg(orders.to_string())
        .arg("--seed")
        .arg(seed.to_string())
        .check()?;
    Ok(Outcome::Passed(format!("{orders} orders")))
}
