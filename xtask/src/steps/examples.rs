//! The examples, run as the README says, and what they must print.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::evidence::measured;
use crate::process::cargo;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// Orders the replayed half hour has at least.
const REPLAY_ORDERS_MIN: u64 = 150_000;

/// Runs each example.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    let replay = example(workspace, "replay", &["--json"])?;
    let (orders, note) = judge_replay(&replay)?;
    measured(workspace, "examples", "orders", orders as f64)?;
    // Fails unless every limit of the file changes the table.
    example(workspace, "replay", &["--ablate"])?;
    let burst = example(workspace, "burst", &[])?;
    ensure!(!burst.trim().is_empty(), "the burst example prints nothing");
    let first = example(workspace, "first_order", &[])?;
    ensure!(!first.trim().is_empty(), "the first_order example prints nothing");
    Ok(Outcome::Passed(note))
}

/// What the example prints on standard output.
fn example(workspace: &Workspace, name: &str, args: &[&str]) -> Result<String> {
    cargo(workspace)
        .words("run --locked --quiet --release --example")
        .arg(name)
        .arg("--")
        .args(args)
        .stdout()
        .with_context(|| format!("example {name}"))
}

/// The replay must have judged the whole half hour and must have been repeated from its journal without a
/// difference; every order has exactly one decision.
fn judge_replay(text: &str) -> Result<(u64, String)> {
    let report: Value = serde_json::from_str(text).context("`replay --json` prints no JSON object")?;
    let count = |key: &str| {
        report[key].as_u64().with_context(|| format!("`replay --json`: {key} is {}", report[key]))
    };
    let orders = count("orders")?;
    ensure!(orders >= REPLAY_ORDERS_MIN, "{orders} orders judged, {REPLAY_ORDERS_MIN} expected at least");
    let decided = count("approved")? + count("reduced")? + count("rejected")? + count("emergency_stop")?;
    ensure!(decided == orders, "{orders} orders and {decided} decisions");
    ensure!(report["replay_equal"] == true, "the replay of the journal differs: {}", report["replay_equal"]);
    ensure!(count("records")? >= orders, "fewer records than orders");
    Ok((orders, format!("{orders} orders, replay equal")))
}

#[cfg(test)]
mod tests {
    use super::judge_replay;

    fn report(orders: u64, rejected: u64, equal: &str) -> String {
        format!(
            r#"{{"orders": {orders}, "approved": 149000, "reduced": 10, "rejected": {rejected},
                "emergency_stop": 0, "records": 400000, "replay_equal": {equal}}}"#
        )
    }

    #[test]
    fn a_whole_and_equal_replay_passes() {
        assert_eq!(judge_replay(&report(150_010, 1_000, "true")).unwrap().0, 150_010);
    }

    #[test]
    fn anything_less_fails() {
        for text in [
            String::new(),
            "[]".to_owned(),
            report(149_010, 0, "true"),
            report(150_010, 999, "true"),
            report(150_010, 1_000, "false"),
            report(150_010, 1_000, "null"),
        ] {
            assert!(judge_replay(&text).is_err(), "{text}");
        }
    }
}
