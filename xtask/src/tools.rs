//! Tools that are not part of a Rust toolchain: pinned in `ci/requirements.txt`, installed below `target`.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, program};
use crate::workspace::{VENV_BIN, Workspace, python};

const REQUIREMENTS: &str = "ci/requirements.txt";

/// Makes the virtual environment of the tools what `ci/requirements.txt` says. Does nothing when it already is.
pub(crate) fn wheels(workspace: &Workspace) -> Result<()> {
    environment(workspace, python(), &workspace.venv(), REQUIREMENTS)
}

/// Makes a virtual environment of an interpreter what a list of requirements says. Does nothing when it already is.
pub(crate) fn environment(
    workspace: &Workspace,
    interpreter: impl AsRef<OsStr>,
    folder: &Path,
    requirements: &str,
) -> Result<()> {
    let wanted = fs::read_to_string(workspace.root.join(requirements)).context(requirements.to_owned())?;
    let stamp = folder.join("installed-requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let interpreter = interpreter.as_ref();
    if !program(workspace, interpreter).args(["-c", "import venv, ensurepip"]).succeeds() {
        bail!(
            "the tools in {requirements} need Python 3 with pip and venv; \
             on Debian and Ubuntu: apt install python3 python3-pip python3-venv"
        );
    }
    program(workspace, interpreter).args(["-m", "venv", "--clear"]).arg(folder).check()?;
    program(workspace, folder.join(VENV_BIN).join("python"))
        .words("-m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r")
        .arg(requirements)
        .check()
        .with_context(|| format!("what {requirements} lists could not be installed from PyPI"))?;
    fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())
}

/// Installs a program from the crate registry, in exactly this version. Does nothing when it is there.
pub(crate) fn from_crate(workspace: &Workspace, name: &str, version: &str) -> Result<()> {
    let root = workspace.tools();
    let stamp = root.join(format!("{name}-{version}.installed"));
    if stamp.is_file() && root.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX)).is_file() {
        return Ok(());
    }
    // A debug build does the same and costs a fraction.
    cargo(workspace)
        .words("install --quiet --debug --locked --force")
        .arg(name)
        .args(["--version", &format!("={version}"), "--root"])
        .arg(&root)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .check()?;
    fs::write(&stamp, "").with_context(|| stamp.display().to_string())
}
