//! Undefined behaviour: the core has no `unsafe`, its dependencies have.

use anyhow::Result;

use crate::process::program;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// Cases of a property test under an interpreter that is hundreds of times slower.
const MIRI_CASES: &str = "4";

/// Miri over the unit tests of risk-core.
pub(crate) fn miri(workspace: &Workspace) -> Result<Outcome> {
    let nightly = |words: &str| program(workspace, "rustup").words("run nightly").words(words);
    if !nightly("cargo --version").succeeds() {
        return Ok(Outcome::Skipped(
            "there is no nightly toolchain; `rustup toolchain install nightly`".to_owned(),
        ));
    }
    if !nightly("cargo miri --version").succeeds()
        && program(workspace, "rustup")
            .words("component add --toolchain nightly miri rust-src")
            .check()
            .is_err()
    {
        return Ok(Outcome::Skipped("this nightly toolchain has no miri component".to_owned()));
    }
    nightly("cargo miri test --locked --package risk-core --lib --target-dir")
        .arg(workspace.target.join("miri"))
        .env_default("PROPTEST_CASES", MIRI_CASES)
        .env_default("RISK_CASES", MIRI_CASES)
        .env_default("MIRIFLAGS", "-Zmiri-disable-isolation")
        .check()?;
    Outcome::passed()
}
