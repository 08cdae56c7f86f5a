//! What would be published.

use anyhow::Result;

use crate::process::cargo;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// Packs risk-core, builds it from the package, and stops before sending it.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    // A person may run this before committing; what is packed is listed either way.
    cargo(workspace).words("publish --dry-run --locked --allow-dirty --quiet --package risk-core").check()?;
    Outcome::passed()
}
