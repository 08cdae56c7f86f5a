//! What would be published, and whether it keeps what was.

use anyhow::Result;

use crate::process::{cargo, program};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

/// The crates that are published, in their order.
const PUBLISHED: [&str; 2] = ["risk-core", "risk-journal"];
const SEMVER_CHECKS: &str = "0.51.0";

/// Packs what is published, builds it from the packages, and stops before sending it.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    // A person may run this before committing; what is packed is listed either way.
    let mut run = cargo(workspace).words("publish --dry-run --locked --allow-dirty --quiet");
    for package in PUBLISHED {
        run = run.arg("--package").arg(package);
    }
    run.check()?;
    Ok(Outcome::Passed(PUBLISHED.join(", ")))
}

/// cargo-semver-checks against the last version that was tagged.
pub(crate) fn semver(workspace: &Workspace) -> Result<Outcome> {
    let tags = program(workspace, "git").words("tag --list v[0-9]* --sort=-version:refname").stdout()?;
    let Some(last) = tags.lines().next() else {
        return Ok(Outcome::Skipped(
            "nothing has been published: there is no tag vX.Y.Z to compare with".to_owned(),
        ));
    };
    tools::from_crate(workspace, "cargo-semver-checks", SEMVER_CHECKS)?;
    let mut run = cargo(workspace).words("semver-checks --all-features --baseline-rev").arg(last);
    for package in PUBLISHED {
        run = run.arg("--package").arg(package);
    }
    run.check()?;
    Ok(Outcome::Passed(format!("against {last}")))
}
