//! Which lines the tests run, in Rust and in Python, and which branches of the gates.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::python;
use crate::evidence::measured;
use crate::process::{Run, cargo, program};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

/// Percent of the lines of what is shipped.
const LINES_PERCENT_MIN: f64 = 95.0;
/// Cases of a property or model test: what is run at all is run in the first few.
const CASES: &str = "50";
/// What is shipped.
const PACKAGES: &[&str] = &["risk-core", "risk-journal", "risk-ffi", "risk-py"];
/// What is tested from Rust; the Python package is tested from Python.
const FROM_RUST: &str = "--package risk-core --package risk-journal --package risk-ffi";
/// Every branch of these.
const GATES: [&str; 2] = ["/risk-core/src/gates/", "/risk-core/src/gates.rs"];
/// What tells of an instrumented build, by name and value.
type Variables = Vec<(String, String)>;

/// cargo-llvm-cov over the tests of what is shipped, those in Python too; then the branches of the gates, which a
/// nightly toolchain counts.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    tools::wheels(workspace)?;
    if !program(workspace, "rustup").words("component add llvm-tools").succeeds() {
        return Ok(Outcome::Skipped("the component llvm-tools cannot be had here".to_owned()));
    }
    let percent = lines_of_everything(workspace)?;
    let branches = branches_of_gates(workspace)?;
    measured(workspace, "coverage", "lines", percent)?;
    if percent < LINES_PERCENT_MIN {
        bail!("tests run {percent:.1} % of the lines, at least {LINES_PERCENT_MIN} %");
    }
    let Some(branches) = branches else {
        return Ok(Outcome::Passed(format!(
            "{percent:.1} % of the lines; branches need a nightly toolchain"
        )));
    };
    measured(workspace, "coverage", "gates", branches)?;
    ensure!(
        branches >= 100.0,
        "tests take {branches:.1} % of the branches of the gates, all of them expected"
    );
    Ok(Outcome::Passed(format!("{percent:.1} % of the lines, every branch of the gates")))
}

fn lines_of_everything(workspace: &Workspace) -> Result<f64> {
    let target = workspace.target.join("coverage");
    let target = ("CARGO_TARGET_DIR".to_owned(), target.to_string_lossy().into_owned());
    let llvm_cov = |words: &str| cargo(workspace).words("llvm-cov").words(words).env(&target.0, &target.1);
    let mut variables = variables(&llvm_cov("show-env").stdout()?)?;
    variables.push(target.clone());
    let with = |run: Run| variables.iter().fold(run, |run, (name, value)| run.env(name, value));
    with(llvm_cov("clean --workspace --profraw-only")).check()?;
    with(cargo(workspace).words("nextest run --locked --all-features --no-fail-fast --status-level fail"))
        .words(FROM_RUST)
        .env_default("RISK_CASES", CASES)
        .env_default("PROPTEST_CASES", CASES)
        .check()?;
    let python = python::covered(workspace, &variables)?;
    let file = workspace.target.join("coverage.json");
    with(llvm_cov("report --json --output-path")).arg(&file).check()?;
    let data = data(&file)?;
    let mut all = python;
    println!("    risk_guard: {:.1} %", share(python));
    for package in PACKAGES {
        let of = totals(&data, "lines", |name| name.contains(&format!("/{package}/src/")))?;
        println!("    {package}: {:.1} %", share(of));
        all = (all.0 + of.0, all.1 + of.1);
    }
    Ok(share(all))
}

/// Nothing where there is no nightly toolchain.
fn branches_of_gates(workspace: &Workspace) -> Result<Option<f64>> {
    let nightly = |words: &str| program(workspace, "rustup").words("run nightly").words(words);
    let added = program(workspace, "rustup").words("component add --toolchain nightly llvm-tools");
    if added.output(Duration::from_secs(300)).map_or(true, |output| !output.status.success()) {
        return Ok(None);
    }
    let file = workspace.target.join("coverage-gates.json");
    nightly(
        "cargo llvm-cov nextest --branch --locked --all-features --package risk-core --status-level fail",
    )
    .words("--json --output-path")
    .arg(&file)
    .env("CARGO_TARGET_DIR", workspace.target.join("coverage-gates"))
    .check()?;
    let data = data(&file)?;
    totals(&data, "branches", |name| GATES.iter().any(|gates| name.contains(gates))).map(|of| Some(share(of)))
}

/// Lines of `NAME=value`, the value in quotes or not.
fn variables(text: &str) -> Result<Variables> {
    let parted = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let bare = value.trim_matches(['"', '\'']);
        Some((name.trim_start_matches("export ").to_owned(), bare.to_owned()))
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| parted(line).with_context(|| format!("not a variable: {line}"))).collect()
}

fn data(file: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut report: Value = serde_json::from_str(&text).context("the report of cargo-llvm-cov")?;
    Ok(report["data"][0].take())
}

/// Covered and all of what is counted in the files that are meant.
fn totals(data: &Value, counted: &str, meant: impl Fn(&str) -> bool) -> Result<(u64, u64)> {
    let files = data["files"].as_array().context("the report names no files")?;
    let mut sum = (0, 0);
    for file in files {
        let name = file["filename"].as_str().unwrap_or_default().replace('\\', "/");
        if meant(&name) {
            let of = &file["summary"][counted];
            sum.0 += of["covered"].as_u64().context("what is covered")?;
            sum.1 += of["count"].as_u64().context("what there is")?;
        }
    }
    ensure!(sum.1 > 0, "there are no {counted}");
    Ok(sum)
}

fn share((covered, all): (u64, u64)) -> f64 {
    covered as f64 * 100.0 / all as f64
}

#[cfg(test)]
mod tests {
    use super::{share, totals, variables};

    #[test]
    fn lines_are_added_up_over_the_files_that_are_meant() {
        let file = |name: &str, covered: u64, count: u64| serde_json::json!({"filename": name, "summary": {"lines": {"covered": covered, "count": count}}});
        let data =
            serde_json::json!({"files": [file("a/risk-core/src/x.rs", 9, 10), file("other.rs", 0, 90)]});
        assert_eq!(share(totals(&data, "lines", |name| name.contains("/risk-core/src/")).unwrap()), 90.0);
        assert!(totals(&data, "lines", |_| false).is_err());
    }

    #[test]
    fn variables_are_read() {
        let read = variables("A=\"1 2\"\nexport B='x=y'\nC=3\n").unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read, [pair("A", "1 2"), pair("B", "x=y"), pair("C", "3")]);
        assert!(variables("nothing").is_err());
    }
}
