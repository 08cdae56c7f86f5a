//! The journal at full scale. The step `tests` runs the same tests with a share of each.

use anyhow::{Context, Result};

use crate::process::{Run, cargo};
use crate::step::Outcome;
use crate::workspace::Workspace;

/// What each test tries, where the person has set nothing else.
const SCALE: [(&str, &str); 5] = [
    ("RISK_CRASH_STATES", "10000000"),
    ("RISK_CALLS_EVERY", "1"),
    ("RISK_KILLS", "500"),
    ("RISK_EDITS_EVERY", "1"),
    ("RISK_EDITS_EVERY_BYTE", "1"),
];
const EVENTS: &str = "10000000";

fn tests(workspace: &Workspace, profile: &[&str]) -> Run {
    cargo(workspace)
        .words("test --locked --quiet --package risk-journal --all-features --test journal")
        .args(profile)
        .words("-- --nocapture")
}

/// Crash states, failures of each call, kills and edits.
pub(crate) fn crashes(workspace: &Workspace) -> Result<Outcome> {
    let tests = tests(workspace, &["--release"]);
    let tests = SCALE.iter().fold(tests, |tests, (variable, number)| tests.env_default(variable, number));
    tests.words("suite::states suite::crashes suite::kill suite::tamper").check()?;
    Ok(Outcome::Passed("10 million crash states, 500 kills, every call failed, every byte edited".to_owned()))
}

/// A long history, written and replayed in release, replayed again in debug.
pub(crate) fn history(workspace: &Workspace) -> Result<Outcome> {
    let folder = workspace.target.join("history");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    for profile in [&["--release"][..], &[]] {
        tests(workspace, profile)
            .env_default("RISK_EVENTS", EVENTS)
            .env("RISK_HISTORY", &folder)
            .words("suite::long")
            .check()?;
    }
    std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(Outcome::Passed("the same state in release and in debug".to_owned()))
}
