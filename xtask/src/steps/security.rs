//! Known weaknesses, and code that looks like one. The reports go to `target/reports`; the pipeline keeps them.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{Run, program};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::{VENV_BIN, Workspace, python};

/// How long asking a database over the network may take.
const LIMIT: Duration = Duration::from_secs(180);

/// cargo-audit: what `Cargo.lock` names, against the advisories of the Rust ecosystem.
pub(crate) fn audit(workspace: &Workspace) -> Result<Outcome> {
    let run = tool(workspace, "cargo-audit")?.words("audit --json");
    report(workspace, "cargo-audit.json", run, &["fetch", "error sending request", "git operation"])
}

/// pip-audit: what the lists in `ci` name, against the advisories of PyPI.
pub(crate) fn pip_audit(workspace: &Workspace) -> Result<Outcome> {
    for list in ["python", "requirements", "security", "wheel"] {
        let run = tool(workspace, "pip-audit")?
            .words("--disable-pip --require-hashes --progress-spinner off --format json -r")
            .arg(format!("ci/{list}.txt"));
        let outcome = report(
            workspace,
            &format!("pip-audit-{list}.json"),
            run,
            &["ConnectionError", "ServiceError", "Max retries", "HTTPError", "JSONDecodeError"],
        )?;
        if matches!(outcome, Outcome::Skipped(_)) {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Passed("four lists".to_owned()))
}

/// bandit: the package's Python.
pub(crate) fn bandit(workspace: &Workspace) -> Result<Outcome> {
    let run =
        tool(workspace, "bandit")?.words("--quiet --recursive --format json risk-py/python examples/python");
    report(workspace, "bandit.json", run, &[])
}

/// A program of `ci/security.txt`, which have an environment of their own.
fn tool(workspace: &Workspace, name: &str) -> Result<Run> {
    let environment = workspace.target.join("venv-security");
    tools::environment(workspace, python(), &environment, "ci/security.txt")?;
    Ok(program(workspace, environment.join(VENV_BIN).join(name)))
}

/// Keeps what it prints. A failure whose text holds one of `unreachable` is one of the network, and says nothing.
fn report(workspace: &Workspace, name: &str, run: Run, unreachable: &[&str]) -> Result<Outcome> {
    let folder = workspace.target.join("reports");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let file: PathBuf = folder.join(name);
    let output = match run.output(LIMIT) {
        Ok(output) => output,
        Err(error) if !unreachable.is_empty() => return Ok(Outcome::Skipped(format!("{error:#}"))),
        Err(error) => return Err(error),
    };
    fs::write(&file, &output.stdout).with_context(|| file.display().to_string())?;
    if output.status.success() {
        return Ok(Outcome::Passed(format!("{}", file.display())));
    }
    let error = String::from_utf8_lossy(&output.stderr);
    if output.stdout.is_empty() && unreachable.iter().any(|text| error.contains(text)) {
        return Ok(Outcome::Skipped("its database cannot be reached from here".to_owned()));
    }
    print!("{}{error}", String::from_utf8_lossy(&output.stdout));
    bail!("it found something, or failed ({}); see {}", output.status, file.display())
}
