//! The burst: a file inside the source of the crate `nanobook` (MIT), fetched once with cargo and checked.
//!
//! The crate is data here, not a dependency: a throw-away package that names it is vendored in the target directory,
//! and only the one file is kept.

use std::env;
use std::fs::{self, File};
use std::io::Read;
use std::process::Command;

use flate2::read::GzDecoder;
use risk_examples::fetch::{self, FetchError};

const NAME: &str = "smoke.itch.gz";
const SHA256: &str = "f0fa4efa4d41f886a05cacb78e8ef81e3c92cf4b908391efacdb66320341b4b2";
const INSIDE: &str = "vendor/nanobook/examples/itch-replay/fixtures/smoke.itch.gz";

/// A package of its own (hence `[workspace]`), with nothing in it but the wish for the crate.
const MANIFEST: &str = r#"[package]
name = "nanobook-fetch"
version = "0.0.0"
edition = "2021"
publish = false

[dependencies]
nanobook = "=0.19.3"

[workspace]
"#;

const NO_CARGO: &str = "the recorded data comes with cargo; run this example with `cargo run`";
const NO_DOWNLOAD: &str =
    "If cargo could not reach its registry, check the network and cargo's own settings (cargo/config.toml).";

/// The messages of the burst, unpacked.
pub(crate) fn burst() -> Result<Vec<u8>, FetchError> {
    let path = fetch::once(NAME, SHA256, |scratch| {
        let source = scratch.join("src");
        fs::create_dir_all(&source).map_err(FetchError::file(&source))?;
        for (file, text) in [(scratch.join("Cargo.toml"), MANIFEST), (source.join("lib.rs"), "")] {
            fs::write(&file, text).map_err(FetchError::file(&file))?;
        }
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["vendor", "--quiet", "vendor"]).current_dir(scratch);
        fetch::run(&mut cargo, NO_CARGO, NO_DOWNLOAD)?;
        Ok(scratch.join(INSIDE))
    })?;
    let mut messages = Vec::new();
    let packed = File::open(&path).map_err(FetchError::file(&path))?;
    GzDecoder::new(packed).read_to_end(&mut messages).map_err(FetchError::file(&path))?;
    Ok(messages)
}
