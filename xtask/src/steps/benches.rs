//! Benches that measure time. They report; no step judges a time.
//!
//! All of them run, briefly and one after another, and what they say becomes the table of speeds: each path with its
//! bound, its goal, and the floor of the same run.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::instructions;
use super::speeds::{Measured, tables};
use crate::process::cargo;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// The member that holds the benches.
pub(crate) const PACKAGE: &str = "risk-benches";
/// The bench that times single calls and speaks JSON itself.
const LATENCY: &str = "latency";
/// The bench of the journal, which speaks JSON itself; [`super::journal::speeds`] runs it.
pub(crate) const JOURNAL: &str = "journal";
/// Long enough for a median that comes again on a quiet machine.
const BRIEF: &str = "--quiet --noplot --warm-up-time 0.5 --measurement-time 2 --sample-size 30";

/// Every bench but the one that counts instructions.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    let results = workspace.target.join("speeds");
    // What an earlier run left would stand beside the floor of this one.
    if results.exists() {
        std::fs::remove_dir_all(&results).with_context(|| results.display().to_string())?;
    }
    let benches: Vec<&str> = workspace
        .targets(PACKAGE, "bench")
        .into_iter()
        .filter(|name| ![LATENCY, JOURNAL, instructions::BENCH].contains(name))
        .collect();
    ensure!(!benches.is_empty(), "{PACKAGE} has no criterion bench");
    let bench = |name| {
        cargo(workspace).words("bench --locked --quiet --package").args([PACKAGE, "--bench", name, "--"])
    };
    for name in &benches {
        bench(name).words(BRIEF).env("CRITERION_HOME", &results).check()?;
    }
    let latency: Value =
        serde_json::from_str(&bench(LATENCY).arg("--json").stdout()?).context("`latency --json`")?;
    let measured = Measured::read(&results, &latency)?;
    println!("\n{}", tables(&measured)?);
    Ok(Outcome::Passed(format!("{} times; none is judged", measured.len())))
}
