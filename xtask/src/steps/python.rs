//! The Python package: one wheel, tested on every interpreter this machine has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{Run, program};
use crate::step::Outcome;
use crate::workspace::{VENV_BIN, Workspace, python};

/// The oldest Python 3 the package is for, and the newest that is looked for.
const MINORS: std::ops::RangeInclusive<u32> = 11..=19;

const REQUIREMENTS: &str = "ci/python.txt";

/// Builds the wheel, installs it into a virtual environment of each interpreter, and tests it there.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    let interpreters = interpreters(workspace);
    let Some((newest, _)) = interpreters.last_key_value() else {
        bail!(
            "the Python package needs Python 3.{} or later with venv and pip; on Debian and Ubuntu: \
             apt install python3 python3-pip python3-venv",
            MINORS.start()
        );
    };
    let mut environments = Vec::new();
    for (minor, interpreter) in &interpreters {
        environments.push((*minor, environment(workspace, *minor, interpreter)?));
    }
    let Some((_, first)) = environments.first() else { bail!("no interpreter") };
    let wheel = wheel(workspace, first)?;
    let package = workspace.root.join("risk-py");
    for (_, environment) in &environments {
        let install =
            "-m pip install --quiet --disable-pip-version-check --no-deps --no-index --force-reinstall";
        inside(workspace, environment).words(install).arg(&wheel).check()?;
        let tests = inside(workspace, environment).words("-m pytest -p no:cacheprovider --rootdir");
        tests
            .arg(&package)
            .arg("-c")
            .arg(package.join("pyproject.toml"))
            .arg(package.join("tests"))
            .check()?;
    }
    let examples = workspace.root.join("examples/python");
    inside(workspace, first)
        .words("-m pytest -p no:cacheprovider --doctest-modules --pyargs risk_guard")
        .check()?;
    inside(workspace, first).words("-m mypy.stubtest risk_guard").check()?;
    inside(workspace, first).words("-m mypy --strict --no-incremental -p risk_guard").check()?;
    inside(workspace, first)
        .words("-m ruff check --no-cache --config risk-py/pyproject.toml")
        .arg(&package)
        .arg(&examples)
        .check()?;
    inside(workspace, first)
        .words("-m ruff format --no-cache --check --config risk-py/pyproject.toml")
        .arg(&package)
        .arg(&examples)
        .check()?;
    for example in listed(&examples)? {
        inside(workspace, first).arg(example).check()?;
    }
    let names: Vec<_> = interpreters.keys().map(|minor| format!("3.{minor}")).collect();
    let missing =
        if *newest < 14 { "; a build without the global lock needs 3.14 or later, not here" } else { "" };
    Ok(Outcome::Passed(format!("Python {}{missing}", names.join(", "))))
}

/// Every interpreter that works, by its minor version: on the search path, and those that pyenv keeps beside it.
fn interpreters(workspace: &Workspace) -> BTreeMap<u32, PathBuf> {
    let mut candidates: Vec<PathBuf> = vec![python().into()];
    candidates.extend(MINORS.map(|minor| PathBuf::from(format!("python3.{minor}"))));
    if workspace.find("pyenv").is_some()
        && let Ok(root) = program(workspace, "pyenv").words("root").stdout()
    {
        let versions = Path::new(root.trim()).join("versions");
        let kept = fs::read_dir(versions).into_iter().flatten().flatten();
        candidates.extend(kept.map(|entry| entry.path().join(VENV_BIN).join("python")));
    }
    let mut found = BTreeMap::new();
    for candidate in candidates {
        let asks = "import sys, venv, ensurepip; print(sys.version_info[1], sys.implementation.name)";
        let probe = program(workspace, &candidate).args(["-c", asks]);
        let Ok(output) = probe.output(std::time::Duration::from_secs(20)) else { continue };
        let text = String::from_utf8_lossy(&output.stdout);
        if let Some((minor, "cpython")) = text.trim().split_once(' ')
            && let Ok(minor) = minor.parse::<u32>()
            && MINORS.contains(&minor)
        {
            found.entry(minor).or_insert(candidate);
        }
    }
    found
}

/// A virtual environment with what the tests need. Does nothing when it is there.
fn environment(workspace: &Workspace, minor: u32, interpreter: &Path) -> Result<PathBuf> {
    let wanted = fs::read_to_string(workspace.root.join(REQUIREMENTS)).context(REQUIREMENTS)?;
    let folder = workspace.target.join("python").join(format!("venv-3.{minor}"));
    let stamp = folder.join("installed-requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    program(workspace, interpreter).args(["-m", "venv", "--clear"]).arg(&folder).check()?;
    inside(workspace, &folder)
        .words("-m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r")
        .arg(REQUIREMENTS)
        .check()
        .context("what the tests need could not be installed from PyPI")?;
    fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())?;
    Ok(folder)
}

/// The Python of a virtual environment.
fn inside(workspace: &Workspace, environment: &Path) -> Run {
    program(workspace, environment.join(VENV_BIN).join("python")).env("PYTHONDONTWRITEBYTECODE", "1")
}

/// Builds the wheel, which serves every interpreter.
fn wheel(workspace: &Workspace, environment: &Path) -> Result<PathBuf> {
    let folder = workspace.target.join("python").join("wheels");
    let _ = fs::remove_dir_all(&folder);
    inside(workspace, environment)
        .words("-m maturin build --quiet --locked --compatibility linux -m risk-py/Cargo.toml --out")
        .arg(&folder)
        .check()?;
    let built = fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
    built
        .filter(|path| path.extension().is_some_and(|end| end == "whl"))
        .max()
        .with_context(|| format!("maturin left no wheel in {}", folder.display()))
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "py"));
    files.sort();
    Ok(files)
}
