//! TOML files, as `taplo.toml` says.

use anyhow::Result;

use crate::process::program;
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

/// taplo: layout and well-formedness.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    tools::wheels(workspace)?;
    for words in ["fmt --check --diff", "lint --no-schema"] {
        program(workspace, "taplo").words(words).env("RUST_LOG", "warn").check()?;
    }
    Outcome::passed()
}
