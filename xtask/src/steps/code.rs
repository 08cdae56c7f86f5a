//! What is said about the source text: layout, lints, spelling.

use anyhow::Result;

use crate::process::{cargo, program};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

/// rustfmt.
pub(crate) fn format(workspace: &Workspace) -> Result<Outcome> {
    cargo(workspace).words("fmt --all --check").check()?;
    // A workspace of its own.
    cargo(workspace).words("fmt --check --manifest-path fuzz/Cargo.toml").check()?;
    Outcome::passed()
}

/// clippy; a warning is an error.
pub(crate) fn clippy(workspace: &Workspace) -> Result<Outcome> {
    cargo(workspace)
        .words("clippy --locked --workspace --all-targets --all-features --quiet -- -D warnings")
        .check()?;
    Outcome::passed()
}

/// typos, as `typos.toml` says.
pub(crate) fn typos(workspace: &Workspace) -> Result<Outcome> {
    tools::wheels(workspace)?;
    program(workspace, "typos").check()?;
    Outcome::passed()
}
