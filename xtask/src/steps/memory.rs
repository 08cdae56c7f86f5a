//! Undefined behaviour: the core has no `unsafe`, its dependencies and the journal's mapping have. And races.

use anyhow::Result;

use crate::process::{Run, program};
use crate::step::Outcome;
use crate::workspace::Workspace;

/// Cases of a property test under an interpreter that is hundreds of times slower.
const MIRI_CASES: &str = "4";

/// Cases of a property test under a sanitizer.
const SANITIZED_CASES: &str = "50";

/// Miri over the unit tests of risk-core, and over the border of C: panics, handles, structures of other sizes.
pub(crate) fn miri(workspace: &Workspace) -> Result<Outcome> {
    let nightly = |words: &str| nightly(workspace, words);
    if !nightly("cargo --version").succeeds() {
        return Ok(no_nightly());
    }
    if !nightly("cargo miri --version").succeeds()
        && program(workspace, "rustup")
            .words("component add --toolchain nightly miri rust-src")
            .check()
            .is_err()
    {
        return Ok(Outcome::Skipped("this nightly toolchain has no miri component".to_owned()));
    }
    for (tests, flags) in [
        ("--package risk-core --lib", "-Zmiri-disable-isolation"),
        // What a caught panic has thrown is left where it is: dropping it could throw again. Files cannot be mapped here.
        ("--package risk-ffi --lib -- --skip little_room", "-Zmiri-disable-isolation -Zmiri-ignore-leaks"),
        // A thousand bad calls, each compared with the whole state, would take hours, and a replay at least minutes.
        (
            "--package risk-ffi --test main -- suite::handles suite::sizes --skip records_replay",
            "-Zmiri-disable-isolation -Zmiri-ignore-leaks",
        ),
    ] {
        nightly("cargo miri test --locked --target-dir")
            .arg(workspace.target.join("miri"))
            .words(tests)
            .env_default("PROPTEST_CASES", MIRI_CASES)
            .env_default("RISK_CASES", MIRI_CASES)
            .env_default("MIRIFLAGS", flags)
            .check()?;
    }
    Outcome::passed()
}

/// AddressSanitizer over the tests of the journal, which maps files, and of what the threads of a guard share.
pub(crate) fn address(workspace: &Workspace) -> Result<Outcome> {
    sanitized(
        workspace,
        "address",
        &[
            "--package risk-journal --all-features --test journal",
            "--package risk-core --test main suite::threads",
        ],
    )
}

/// ThreadSanitizer over the tests that share a guard among threads.
pub(crate) fn thread(workspace: &Workspace) -> Result<Outcome> {
    sanitized(workspace, "thread", &["--package risk-core --test main suite::threads suite::linear"])
}

/// Tests with a sanitizer in them and in the standard library.
fn sanitized(workspace: &Workspace, sanitizer: &str, tests: &[&str]) -> Result<Outcome> {
    if !nightly(workspace, "cargo --version").succeeds() {
        return Ok(no_nightly());
    }
    let triple = "x86_64-unknown-linux-gnu";
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(Outcome::Skipped(format!("it is built for {triple}")));
    }
    if program(workspace, "rustup").words("component add --toolchain nightly rust-src").check().is_err() {
        return Ok(Outcome::Skipped("this nightly toolchain has no rust-src component".to_owned()));
    }
    for words in tests {
        nightly(workspace, "cargo test --locked --quiet -Zbuild-std --target")
            .arg(triple)
            .arg("--target-dir")
            .arg(workspace.target.join(format!("sanitizer-{sanitizer}")))
            .words(words)
            .env("RUSTFLAGS", format!("-Zsanitizer={sanitizer}"))
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
            .env_default("PROPTEST_CASES", SANITIZED_CASES)
            .env_default("RISK_CASES", SANITIZED_CASES)
            .check()?;
    }
    Outcome::passed()
}

pub(crate) fn nightly(workspace: &Workspace, words: &str) -> Run {
    program(workspace, "rustup").words("run nightly").words(words)
}

pub(crate) fn no_nightly() -> Outcome {
    Outcome::Skipped("there is no nightly toolchain; `rustup toolchain install nightly`".to_owned())
}
