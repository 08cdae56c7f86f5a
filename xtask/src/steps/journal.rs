//! The journal at full scale. The step `tests` runs the same tests with a share of each.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use super::benches;
use crate::evidence::measured;
use crate::process::{Run, cargo};
use crate::step::Outcome;
use crate::workspace::Workspace;

/// What each test tries, where the person has set nothing else.
const SCALE: [(&str, &str); 6] = [
    ("RISK_CRASH_STATES", "10000000"),
    ("RISK_CALLS_EVERY", "1"),
    ("RISK_KILLS", "500"),
    ("RISK_HEADROOM_CRASHES", "3000"),
    ("RISK_EDITS_EVERY", "1"),
    ("RISK_EDITS_EVERY_BYTE", "1"),
];
const EVENTS: &str = "10000000";

/// As the person has set it, or as it stands here.
fn number(variable: &str) -> Result<f64> {
    let usual = SCALE.iter().find(|(name, _)| *name == variable).map_or(EVENTS, |(_, number)| number);
    let text = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
    text.parse().with_context(|| format!("{variable} is {text:?}"))
}

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
    tests.words("suite::states suite::crashes suite::aside suite::kill suite::tamper").check()?;
    let figures =
        [("RISK_CRASH_STATES", "states"), ("RISK_KILLS", "kills"), ("RISK_HEADROOM_CRASHES", "headroom")];
    for (variable, figure) in figures {
        measured(workspace, "crashes", figure, number(variable)?)?;
    }
    Ok(Outcome::Passed("10 million crash states, 500 kills, every call failed, every byte edited".to_owned()))
}

/// A long history, written and replayed in release, replayed again in debug. `RISK_HISTORY` is the folder, where it is not
/// that of the build: one in memory spares the disk some hundred thousand syncs.
pub(crate) fn history(workspace: &Workspace) -> Result<Outcome> {
    let folder =
        std::env::var_os("RISK_HISTORY").map_or_else(|| workspace.target.join("history"), PathBuf::from);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    for profile in [&["--release"][..], &[]] {
        tests(workspace, profile)
            .env_default("RISK_EVENTS", EVENTS)
            .env("RISK_HISTORY", &folder)
            // Debug has all its checks and little optimisation, or it would take an hour.
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
            .words("suite::long")
            .check()?;
    }
    std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    measured(workspace, "history", "events", number("RISK_EVENTS")?)?;
    Ok(Outcome::Passed("the same state in release and in debug".to_owned()))
}

/// What the journal costs: the bench, and its figures for the record. No time is judged here; the step `evidence` does.
pub(crate) fn speeds(workspace: &Workspace) -> Result<Outcome> {
    let folder = workspace.target.join("journal");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let bench = cargo(workspace)
        .words("bench --locked --quiet --package")
        .args([benches::PACKAGE, "--bench", benches::JOURNAL])
        .words("-- --json --folder")
        .arg(&folder);
    let said: Value = serde_json::from_str(&bench.stdout()?).context("`journal --json`")?;
    let figures = said.as_object().context("`journal --json` prints no object")?;
    for (name, value) in figures {
        let value = value.as_f64().with_context(|| name.clone())?;
        println!("    {name}: {value:.3}");
        measured(workspace, "journal", name, (value * 10.0).round() / 10.0)?;
    }
    let figure = |name: &str| figures.get(name).and_then(Value::as_f64).context(name.to_owned());
    Ok(Outcome::Passed(format!(
        "{:.0} ns an order, {:.0} records a second beside {:.0} of the disk alone, recovery in {:.1} s",
        figure("added")?,
        figure("records")?,
        figure("disk")?,
        figure("recovery-all")?
    )))
}
