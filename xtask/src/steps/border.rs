//! The C and C++ interface, risk-ffi, beyond what its tests say in debug.

use anyhow::Result;

use crate::process::{cargo, program};
use crate::step::Outcome;
use crate::workspace::Workspace;

/// The tests that build C and C++ programs, with the libraries of the release profile.
pub(crate) fn shipped(workspace: &Workspace) -> Result<Outcome> {
    for compiler in ["gcc", "g++"] {
        if !program(workspace, compiler).words("--version").succeeds() {
            return Ok(Outcome::Skipped(format!("there is no {compiler}")));
        }
    }
    cargo(workspace).words("build --locked --quiet --release --package risk-ffi").check()?;
    cargo(workspace)
        .words("test --locked --quiet --package risk-ffi --test c")
        .env("RISK_GUARD_LIBRARIES", workspace.target.join("release"))
        .check()?;
    Outcome::passed()
}
