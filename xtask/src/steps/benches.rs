//! Benches that measure time. They report; no step judges a time.

use anyhow::{Result, ensure};

use super::instructions;
use crate::process::cargo;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// The member that holds the benches.
pub(crate) const PACKAGE: &str = "risk-benches";

/// Every criterion bench.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    let benches: Vec<&str> =
        workspace.targets(PACKAGE, "bench").into_iter().filter(|name| *name != instructions::BENCH).collect();
    ensure!(!benches.is_empty(), "{PACKAGE} has no criterion bench");
    for bench in &benches {
        cargo(workspace).words("bench --locked --package").args([PACKAGE, "--bench", bench]).check()?;
    }
    Ok(Outcome::Passed(benches.join(", ")))
}
