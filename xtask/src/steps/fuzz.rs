//! What a fuzzer throws at the guard: `fuzz/`, a workspace of its own, built by a nightly toolchain.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::evidence::measured;
use crate::process::{Run, program};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

/// A target, how long its inputs may be, and how often it runs in the fast lane and in the full one.
struct Target {
    name: &'static str,
    /// Of the full lane. Where unsafe code is behind it, `address`; others run ten times as often with `none`.
    sanitizer: &'static str,
    bytes_max: u32,
    smoke: u64,
    full: u64,
}

/// In the full lane 50 million in all; what is cheap runs more often.
const TARGETS: &[Target] = &[
    Target { name: "evaluate", sanitizer: "none", bytes_max: 400, smoke: 50_000, full: 25_000_000 },
    Target { name: "config", sanitizer: "none", bytes_max: 4_096, smoke: 50_000, full: 23_400_000 },
    Target { name: "replay", sanitizer: "none", bytes_max: 320, smoke: 2_000, full: 600_000 },
    Target { name: "journal", sanitizer: "none", bytes_max: 120, smoke: 2_000, full: 600_000 },
    Target { name: "model", sanitizer: "none", bytes_max: 2_048, smoke: 500, full: 200_000 },
    Target { name: "border", sanitizer: "address", bytes_max: 1_024, smoke: 200, full: 200_000 },
];

/// How often a target runs, and with which sanitizer.
type Share = (u64, &'static str);

/// Some runs of each target, without sanitizers: to build all of it once more would take longer than every run.
pub(crate) fn smoke(workspace: &Workspace) -> Result<Outcome> {
    run(workspace, |target| (target.smoke, "none"))
}

/// 50 million runs in all.
pub(crate) fn full(workspace: &Workspace) -> Result<Outcome> {
    let outcome = run(workspace, |target| (target.full, target.sanitizer))?;
    if matches!(outcome, Outcome::Passed(_)) {
        let runs: u64 = TARGETS.iter().map(|target| target.full).sum();
        measured(workspace, "fuzz", "runs", runs as f64)?;
    }
    Ok(outcome)
}

fn run(workspace: &Workspace, share: fn(&Target) -> Share) -> Result<Outcome> {
    tools::wheels(workspace)?;
    if !program(workspace, "rustup").words("run nightly cargo --version").succeeds() {
        return Ok(Outcome::Skipped(
            "there is no nightly toolchain; `rustup toolchain install nightly`".to_owned(),
        ));
    }
    check_lock(workspace)?;
    for target in TARGETS {
        let (runs, sanitizer) = share(target);
        // What is found goes below target; only what was chosen is committed.
        let found = workspace.target.join("fuzz-corpus").join(target.name);
        fs::create_dir_all(&found).with_context(|| found.display().to_string())?;
        // Each sanitizer has what it builds to itself.
        let built = workspace.target.join(if sanitizer == "none" { "fuzz" } else { "fuzz-address" });
        fuzz(workspace, "run --sanitizer")
            .arg(sanitizer)
            .arg("--target-dir")
            .arg(built)
            .arg(target.name)
            .arg(&found)
            .arg(workspace.root.join("fuzz/corpus").join(target.name))
            .arg("--")
            .arg(format!("-runs={runs}"))
            .arg(format!("-max_len={}", target.bytes_max))
            .words("-len_control=10 -timeout=60 -verbosity=0 -print_final_stats=1")
            .check()?;
    }
    let all: u64 = TARGETS.iter().map(|target| share(target).0).sum();
    Ok(Outcome::Passed(format!("{all} runs of {} targets", TARGETS.len())))
}

/// The versions fuzzed are the versions that are committed.
fn check_lock(workspace: &Workspace) -> Result<()> {
    let current = program(workspace, "rustup")
        .words("run nightly cargo metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml")
        .succeeds();
    ensure!(current, "fuzz/Cargo.lock is not current: `cargo update --workspace` in fuzz writes it");
    Ok(())
}

fn fuzz(workspace: &Workspace, words: &str) -> Run {
    program(workspace, "cargo").words("+nightly fuzz").words(words)
}

#[cfg(test)]
mod tests {
    use super::TARGETS;

    #[test]
    fn a_full_run_is_fifty_million() {
        assert_eq!(TARGETS.iter().map(|target| target.full).sum::<u64>(), 50_000_000);
    }

    #[test]
    fn every_target_is_run() {
        let manifest = include_str!("../../../fuzz/Cargo.toml");
        let bins = manifest.matches("[[bin]]").count();
        assert_eq!(bins, TARGETS.len());
        for target in TARGETS {
            assert!(manifest.contains(&format!("name = \"{}\"", target.name)), "{}", target.name);
        }
    }
}
