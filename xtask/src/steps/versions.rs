//! Every set of features, and the minimum Rust.

use anyhow::Result;

use crate::process::{cargo, program};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

/// cargo-hack: each set of features of risk-core by itself.
pub(crate) fn features(workspace: &Workspace) -> Result<Outcome> {
    tools::wheels(workspace)?;
    cargo(workspace)
        .words("hack --feature-powerset clippy --locked --quiet --package risk-core --lib -- -D warnings")
        .check()?;
    Outcome::passed()
}

/// A build with the toolchain that `rust-version` names, where it is installed.
pub(crate) fn minimum(workspace: &Workspace) -> Result<Outcome> {
    let version = workspace.rust_version()?;
    if !program(workspace, "rustup").args(["run", version, "cargo", "--version"]).succeeds() {
        return Ok(Outcome::Skipped(format!(
            "Rust {version} is not installed; `rustup toolchain install {version} --profile minimal` brings it"
        )));
    }
    program(workspace, "rustup")
        .args(["run", version])
        .words("cargo check --locked --workspace --all-features --quiet --target-dir")
        .arg(workspace.target.join("msrv"))
        .check()?;
    Ok(Outcome::Passed(format!("Rust {version}")))
}
