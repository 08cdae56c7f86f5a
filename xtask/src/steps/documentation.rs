//! The documentation of every member.

use anyhow::Result;

use crate::process::cargo;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// rustdoc; a warning is an error.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    cargo(workspace)
        .words("doc --locked --workspace --all-features --no-deps --quiet")
        .env("RUSTDOCFLAGS", "-D warnings")
        .check()?;
    Outcome::passed()
}
