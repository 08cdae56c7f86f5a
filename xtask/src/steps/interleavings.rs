//! Threads against the guard's lock, in every order a model checker can find.

use anyhow::Result;

use crate::process::cargo;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// shuttle, depth first, until there is no order left.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    // A folder of its own: the flag changes every crate.
    cargo(workspace)
        .words("test --locked --package risk-core --release --test interleavings --target-dir")
        .arg(workspace.target.join("shuttle"))
        .words("-- --nocapture --test-threads 1")
        .env("RUSTFLAGS", "--cfg shuttle")
        .check()?;
    Outcome::passed()
}
