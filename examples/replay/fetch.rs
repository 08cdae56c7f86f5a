//! The recorded half hour: fetched once, checked, read from where it lies.
//!
//! The data is part of the Python package `ob-analytics` (GPL-2.0-or-later). It is used as data only: the wheel is
//! downloaded with pip into the target directory, never installed, never a dependency, never part of this repository.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use risk_examples::fetch::{self, FetchError};
use serde::Deserialize;
use zip::ZipArchive;

const WHEEL: &str = "ob_analytics-0.1.0-py3-none-any.whl";
const WHEEL_SHA256: &str = "0326a93aaee4ea08356d8dea59868d68592623a2434bbe4d9be379fa855c9c62";
const FOLDER: &str = "ob_analytics/_sample_data";

const NO_PYTHON: &str = "the recorded data comes with pip; install Python 3 with pip \
    (Debian, Ubuntu: apt-get install python3 python3-pip python3-venv)";
const NO_PIP: &str = "the Python 3 of this machine has no pip; install it \
    (Debian, Ubuntu: apt-get install python3-pip python3-venv)";
const NO_DOWNLOAD: &str = "If pip could not reach its package index, check the network and pip's own settings \
    (pip config list). Or give files of your own: --orders FILE --trades FILE.";

/// What the recording holds.
pub(crate) struct Recording {
    /// `orders.csv`, unpacked.
    pub(crate) orders: Vec<u8>,
    /// `trades.csv`.
    pub(crate) trades: Vec<u8>,
    /// What errors call the orders file.
    pub(crate) orders_name: String,
    /// What errors call the trades file.
    pub(crate) trades_name: String,
    /// The exchange time of the book snapshot at the start, in milliseconds; unknown for a user's own files.
    pub(crate) snapshot_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Meta {
    snapshot_microtimestamp: i64,
}

/// The half hour of Bitstamp BTC/USD that this example was written for.
pub(crate) fn sample() -> Result<Recording, FetchError> {
    let wheel = fetch::once(WHEEL, WHEEL_SHA256, |scratch| {
        // `download` works where `install` is refused because the system manages its Python. The version asked for
        // is not the one that runs: nothing of the wheel is executed, so an older Python 3 fetches it just as well.
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]);
        pip.args(["--python-version", "3.12", "ob-analytics==0.1.0", "--dest"]).arg(scratch);
        fetch::run(&mut pip, NO_PYTHON, NO_DOWNLOAD).map_err(named)?;
        Ok(scratch.join(WHEEL))
    })?;
    let packed = member(&wheel, "orders.csv.gz")?;
    let meta: Meta = serde_json::from_slice(&member(&wheel, "meta.json")?)
        .map_err(|error| broken(&wheel, "meta.json", &error))?;
    Ok(Recording {
        orders: unpacked(packed).map_err(|error| broken(&wheel, "orders.csv.gz", &error))?,
        trades: member(&wheel, "trades.csv")?,
        orders_name: "orders.csv.gz".to_owned(),
        trades_name: "trades.csv".to_owned(),
        snapshot_ms: Some(meta.snapshot_microtimestamp / 1000),
    })
}

/// A Python without pip is a missing program, not a failed download.
fn named(error: FetchError) -> FetchError {
    match error {
        FetchError::Failed { said, .. } if said.contains("No module named pip") => {
            FetchError::Program { program: "python3 -m pip".to_owned(), remedy: NO_PIP }
        }
        other => other,
    }
}

/// A user's own files with the same columns, plain or packed with gzip.
pub(crate) fn own(orders: &Path, trades: &Path) -> Result<Recording, FetchError> {
    let load = |path: &Path| fs::read(path).and_then(unpacked).map_err(FetchError::file(path));
    Ok(Recording {
        orders: load(orders)?,
        trades: load(trades)?,
        orders_name: orders.display().to_string(),
        trades_name: trades.display().to_string(),
        snapshot_ms: None,
    })
}

/// One file of the wheel's sample data.
fn member(wheel: &Path, name: &str) -> Result<Vec<u8>, FetchError> {
    let file = File::open(wheel).map_err(FetchError::file(wheel))?;
    let mut archive = ZipArchive::new(file).map_err(|error| broken(wheel, name, &error))?;
    let mut found =
        archive.by_name(&format!("{FOLDER}/{name}")).map_err(|error| broken(wheel, name, &error))?;
    let mut bytes = Vec::new();
    found.read_to_end(&mut bytes).map_err(|error| broken(wheel, name, &error))?;
    Ok(bytes)
}

fn broken(wheel: &Path, name: &str, error: &dyn std::error::Error) -> FetchError {
    FetchError::Member {
        archive: PathBuf::from(wheel),
        member: format!("{FOLDER}/{name}"),
        cause: error.to_string(),
    }
}

/// The bytes as they are, or what gzip had made of them.
fn unpacked(bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
    Ok(plain)
}
