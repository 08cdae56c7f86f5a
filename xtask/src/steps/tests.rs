//! Tests: debug, release, documentation, and long runs of the property tests.

use anyhow::Result;

use crate::process::{Run, cargo};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

/// Cases of a property test in the full lane, where the person has set neither variable.
const LONG_RUN_CASES: &str = "20000";

/// The tests of the whole workspace.
pub(crate) fn debug(workspace: &Workspace) -> Result<Outcome> {
    let (runner, note) = runner(workspace)?;
    runner.words("--locked --workspace --all-features").check()?;
    Ok(Outcome::Passed(note))
}

/// The tests of risk-core with the release profile: the decisions and their hash must be the same.
pub(crate) fn release(workspace: &Workspace) -> Result<Outcome> {
    let (runner, note) = runner(workspace)?;
    runner.words("--locked --release --package risk-core --all-features").check()?;
    Ok(Outcome::Passed(note))
}

/// The examples in the documentation.
pub(crate) fn documentation(workspace: &Workspace) -> Result<Outcome> {
    cargo(workspace).words("test --locked --workspace --all-features --doc --quiet").check()?;
    Outcome::passed()
}

/// Tests whose thoroughness is a number of cases, with a large number.
pub(crate) fn properties(workspace: &Workspace) -> Result<Outcome> {
    let (runner, note) = runner(workspace)?;
    runner
        .words("--locked --release --package risk-core --package risk-testkit --all-features")
        .env_default("PROPTEST_CASES", LONG_RUN_CASES)
        .env_default("RISK_CASES", LONG_RUN_CASES)
        .check()?;
    Ok(Outcome::Passed(note))
}

/// cargo-nextest where it can be had, else the runner every toolchain brings.
fn runner(workspace: &Workspace) -> Result<(Run, String)> {
    tools::wheels(workspace)?;
    if workspace.find("cargo-nextest").is_some() {
        let run = cargo(workspace).words("nextest run --status-level=fail --no-fail-fast");
        return Ok((run, "cargo nextest".to_owned()));
    }
    Ok((cargo(workspace).words("test --quiet --lib --bins --tests --no-fail-fast"), "cargo test".to_owned()))
}
