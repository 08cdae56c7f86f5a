//! Which lines the tests run.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::evidence::measured;
use crate::process::{cargo, program};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

/// Percent of the lines of what is shipped.
const LINES_PERCENT_MIN: f64 = 95.0;
/// What is shipped and tested from Rust; the Python package is tested from Python.
const PACKAGES: &[&str] = &["risk-core", "risk-journal", "risk-ffi"];

/// cargo-llvm-cov over the tests of what is shipped.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    tools::wheels(workspace)?;
    if !program(workspace, "rustup").words("component add llvm-tools").succeeds() {
        return Ok(Outcome::Skipped("the component llvm-tools cannot be had here".to_owned()));
    }
    let mut run = cargo(workspace).words("llvm-cov nextest --locked --all-features --no-fail-fast");
    for package in PACKAGES {
        run = run.words("--package").arg(package);
    }
    let report = workspace.target.join("coverage.json");
    run.words("--status-level fail --json --output-path").arg(&report).check()?;
    let text = std::fs::read_to_string(&report).with_context(|| report.display().to_string())?;
    let report: Value = serde_json::from_str(&text).context("the report of cargo-llvm-cov")?;
    let data = &report["data"][0];
    for package in PACKAGES {
        println!(
            "    {package}: {:.1} %",
            share(lines(data, |name| name.contains(&format!("/{package}/src/")))?)
        );
    }
    let percent = share(lines(data, |name| PACKAGES.iter().any(|p| name.contains(&format!("/{p}/src/"))))?);
    measured(workspace, "coverage", "lines", percent)?;
    if percent < LINES_PERCENT_MIN {
        bail!("tests run {percent:.1} % of the lines, at least {LINES_PERCENT_MIN} %");
    }
    Ok(Outcome::Passed(format!("{percent:.1} % of the lines")))
}

/// Covered and all lines of the files that are meant.
fn lines(data: &Value, meant: impl Fn(&str) -> bool) -> Result<(u64, u64)> {
    let files = data["files"].as_array().context("the report names no files")?;
    let mut sum = (0, 0);
    for file in files {
        let name = file["filename"].as_str().unwrap_or_default().replace('\\', "/");
        if meant(&name) {
            let lines = &file["summary"]["lines"];
            sum.0 += lines["covered"].as_u64().context("covered lines")?;
            sum.1 += lines["count"].as_u64().context("lines")?;
        }
    }
    ensure!(sum.1 > 0, "no line was counted");
    Ok(sum)
}

fn share((covered, all): (u64, u64)) -> f64 {
    covered as f64 * 100.0 / all as f64
}

#[cfg(test)]
mod tests {
    use super::{lines, share};

    #[test]
    fn lines_are_added_up_over_the_files_that_are_meant() {
        let file = |name: &str, covered: u64, count: u64| serde_json::json!({"filename": name, "summary": {"lines": {"covered": covered, "count": count}}});
        let data =
            serde_json::json!({"files": [file("a/risk-core/src/x.rs", 9, 10), file("other.rs", 0, 90)]});
        assert_eq!(share(lines(&data, |name| name.contains("/risk-core/src/")).unwrap()), 90.0);
        assert!(lines(&data, |_| false).is_err());
    }
}
