//! Runs steps one after another and says at the end what became of each.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::step::{Lane, Outcome, Step};
use crate::steps::STEPS;
use crate::table::table;
use crate::workspace::Workspace;

/// What became of a step.
enum End {
    Passed(String),
    Skipped(String),
    Failed(String),
    NotRun,
}

/// Runs a lane; whether no step failed.
pub(crate) fn run(workspace: &Workspace, lane: Lane, keep_going: bool) -> Result<bool> {
    let steps: Vec<&Step> = STEPS.iter().filter(|step| step.lane == lane).collect();
    run_steps(workspace, &steps, keep_going)
}

/// Runs these steps; whether none failed. Without `keep_going` nothing runs after a failure.
pub(crate) fn run_steps(workspace: &Workspace, steps: &[&Step], keep_going: bool) -> Result<bool> {
    let begin = Instant::now();
    let mut results = Vec::new();
    let mut failed = false;
    for (index, step) in steps.iter().enumerate() {
        if failed && !keep_going {
            results.push((*step, End::NotRun, Duration::ZERO));
            continue;
        }
        println!("\n==> [{}/{}] {}: {}", index + 1, steps.len(), step.name, step.about);
        let step_begin = Instant::now();
        let result = match (step.run)(workspace) {
            Ok(Outcome::Passed(note)) => End::Passed(note),
            Ok(Outcome::Skipped(why)) => End::Skipped(why),
            Err(error) => End::Failed(format!("{error:#}")),
        };
        let took = step_begin.elapsed();
        match &result {
            End::Passed(note) => println!("    passed in {}{}", seconds(took), in_brackets(note)),
            End::Skipped(why) => println!("    !!! SKIPPED, nothing was checked: {why}"),
            End::Failed(why) => println!("    FAILED after {}: {why}", seconds(took)),
            End::NotRun => {}
        }
        failed |= matches!(result, End::Failed(_));
        results.push((*step, result, took));
    }
    if steps.len() > 1 {
        println!("\n{}", summary(&results));
        println!("{} in {}", if failed { "FAILED" } else { "passed" }, seconds(begin.elapsed()));
    }
    Ok(!failed)
}

/// The steps as a table.
pub(crate) fn listing() -> String {
    let mut rows = vec![["step", "lane", "what it checks"].map(str::to_owned).to_vec()];
    for step in STEPS {
        rows.push([step.name, step.lane.name(), step.about].map(str::to_owned).to_vec());
    }
    table(&rows)
}

fn summary(results: &[(&Step, End, Duration)]) -> String {
    let mut rows = vec![["step", "result", "time", "note"].map(str::to_owned).to_vec()];
    for (step, result, took) in results {
        let (word, note) = match result {
            End::Passed(note) => ("passed", note.as_str()),
            End::Skipped(why) => ("SKIPPED", why.as_str()),
            End::Failed(why) => ("FAILED", why.as_str()),
            End::NotRun => ("not run", ""),
        };
        let note = note.lines().next().unwrap_or_default();
        rows.push(vec![step.name.to_owned(), word.to_owned(), seconds(*took), note.to_owned()]);
    }
    table(&rows)
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

fn in_brackets(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(" ({note})") }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::STEPS;

    #[test]
    fn step_names_are_unique_words() {
        let mut seen = HashSet::new();
        for step in STEPS {
            assert!(step.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", step.name);
            assert!(seen.insert(step.name), "{} twice", step.name);
        }
    }
}
