//! The Python package: one wheel, tested on every interpreter this machine has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::process::{Run, program};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::{VENV_BIN, Workspace, python};

/// The oldest Python 3 the package is for, and the newest that is looked for.
const MINORS: std::ops::RangeInclusive<u32> = 11..=19;

const REQUIREMENTS: &str = "ci/python.txt";
/// A wheel for every Linux of the last ten years.
const LINUX: &str = "--zig --compatibility manylinux_2_17";

/// More than the tests of one interpreter ever take, on a machine that has much else to do.
const TESTS_TAKE_MOST: std::time::Duration = std::time::Duration::from_secs(1_800);

/// Builds the wheel, installs it into a virtual environment of each interpreter, and tests it there.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    let environments = environments(workspace)?;
    let Some((_, first)) = environments.first() else { bail!("no interpreter") };
    let package = workspace.root.join("risk-py");
    let mut shared = None;
    for (version, environment) in &environments {
        // One wheel serves every interpreter with the global lock; without it each has its own.
        let built = match (&shared, version.free) {
            (Some(wheel), false) => PathBuf::clone(wheel),
            (_, free) => {
                let wheel = wheel(workspace, environment, &[])?;
                if !free {
                    shared = Some(wheel.clone());
                }
                wheel
            }
        };
        install(workspace, environment, &built)?;
    }
    tested_at_once(workspace, &environments, &package)?;
    let examples = workspace.root.join("examples/python");
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
    let names: Vec<_> = environments.iter().map(|(version, _)| version.to_string()).collect();
    let free = environments.iter().any(|(version, _)| version.free);
    let missing = if free { "" } else { "; a build without the global lock needs 3.14 or later, not here" };
    Ok(Outcome::Passed(format!("Python {}{missing}", names.join(", "))))
}

/// Tests the package in every environment, in all of them at once: the tests spend much of their time waiting for the
/// processes that they start. What each says is shown when it has ended, so that it can be read.
fn tested_at_once(workspace: &Workspace, environments: &[(Version, PathBuf)], package: &Path) -> Result<()> {
    let tested = |environment: &Path| -> Result<()> {
        let run = inside(workspace, environment).args(pytest(package)).output(TESTS_TAKE_MOST)?;
        let said =
            format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        println!("{said}");
        ensure!(run.status.success(), "the tests failed in {} ({})", environment.display(), run.status);
        Ok(())
    };
    std::thread::scope(|scope| {
        let spawn = |(_, environment): &(Version, PathBuf)| {
            let environment = environment.clone();
            scope.spawn(move || tested(&environment))
        };
        let running: Vec<_> = environments.iter().map(spawn).collect();
        let ended = running.into_iter().map(|one| one.join().unwrap_or_else(|_| bail!("a thread panicked")));
        // Each is waited for, whatever the others say.
        ended.collect::<Vec<_>>().into_iter().collect()
    })
}

/// The wheel as it is published: release, for old systems too where Zig can be had, and the source beside it. Each is
/// installed where nothing else is, and judges an order.
pub(crate) fn published(workspace: &Workspace) -> Result<Outcome> {
    let environment = workspace.target.join("python").join("venv-wheel");
    tools::environment(workspace, python(), &environment, "ci/wheel.txt")?;
    let folder = workspace.target.join("wheels");
    let _ = fs::remove_dir_all(&folder);
    let maturin = |words: &str| {
        let run = inside(workspace, &environment).words("-m maturin").words(words).arg(&folder);
        run.env("PATH", path_with(&environment, workspace))
    };
    let build = maturin("build --release --locked -m risk-py/Cargo.toml --out");
    let build = if cfg!(target_os = "linux") { build.words(LINUX) } else { build };
    build.check()?;
    maturin("sdist -m risk-py/Cargo.toml --out").check()?;
    let wheel = only(&folder, "whl")?;
    for package in [&wheel, &only(&folder, "gz")?] {
        let fresh = workspace.target.join("python").join("venv-fresh");
        program(workspace, python()).args(["-m", "venv", "--clear"]).arg(&fresh).check()?;
        let install = inside(workspace, &fresh).words("-m pip install --quiet --disable-pip-version-check");
        install.arg(package).check()?;
        inside(workspace, &fresh).arg("examples/python/first_steps.py").check()?;
    }
    let name = wheel.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Outcome::Passed(name))
}

/// The search path with the programs of an environment first.
fn path_with(environment: &Path, workspace: &Workspace) -> std::ffi::OsString {
    let inherited = workspace.path();
    let all = std::iter::once(environment.join(VENV_BIN)).chain(std::env::split_paths(&inherited));
    std::env::join_paths(all).unwrap_or(workspace.path())
}

/// Lines of the package's Python that its tests run, and all of them; the wheel is built and run with `instrumented` in
/// its environment, so that the Rust in it is counted by whoever asks.
pub(super) fn covered(workspace: &Workspace, instrumented: &[(String, String)]) -> Result<(u64, u64)> {
    let environments = environments(workspace)?;
    let Some((_, environment)) = environments.first() else { bail!("no interpreter") };
    let built = wheel(workspace, environment, instrumented)?;
    install(workspace, environment, &built)?;
    let (data, report) =
        (workspace.target.join("python/coverage"), workspace.target.join("python/coverage.json"));
    let coverage = |words: &str| {
        let run = inside(workspace, environment).env("COVERAGE_FILE", &data);
        instrumented
            .iter()
            .fold(run, |run, (name, value)| run.env(name, value))
            .words("-m coverage")
            .words(words)
    };
    coverage("run --rcfile= --source risk_guard").args(pytest(&workspace.root.join("risk-py"))).check()?;
    coverage("json --rcfile= --quiet -o").arg(&report).check()?;
    let text = fs::read_to_string(&report).with_context(|| report.display().to_string())?;
    let report: serde_json::Value = serde_json::from_str(&text).context("the report of coverage.py")?;
    let total =
        |name: &str| report["totals"][name].as_u64().with_context(|| format!("coverage.py tells no {name}"));
    Ok((total("covered_lines")?, total("num_statements")?))
}

/// The arguments of Python that run the tests of the package.
fn pytest(package: &Path) -> Vec<PathBuf> {
    let mut args: Vec<PathBuf> =
        ["-m", "pytest", "-p", "no:cacheprovider", "--rootdir"].map(PathBuf::from).into();
    args.extend([package.into(), "-c".into(), package.join("pyproject.toml"), package.join("tests")]);
    args
}

/// A version of the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    /// Built without the global lock.
    free: bool,
    minor: u32,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "3.{}{}", self.minor, if self.free { "t" } else { "" })
    }
}

/// A virtual environment of every interpreter that works, the oldest first; those without the global lock last.
fn environments(workspace: &Workspace) -> Result<Vec<(Version, PathBuf)>> {
    let mut environments = Vec::new();
    for (version, interpreter) in interpreters(workspace) {
        let folder = workspace.target.join("python").join(format!("venv-{version}"));
        tools::environment(workspace, interpreter, &folder, REQUIREMENTS)?;
        environments.push((version, folder));
    }
    if environments.is_empty() {
        bail!(
            "the Python package needs Python 3.{} or later with venv and pip; on Debian and Ubuntu: \
             apt install python3 python3-pip python3-venv",
            MINORS.start()
        );
    }
    Ok(environments)
}

/// Every interpreter that works: on the search path, and those that pyenv keeps beside it.
fn interpreters(workspace: &Workspace) -> BTreeMap<Version, PathBuf> {
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
        let asks = "import sys, sysconfig, venv, ensurepip; \
                    print(sys.version_info[1], sys.implementation.name, sysconfig.get_config_var('Py_GIL_DISABLED') or 0)";
        let probe = program(workspace, &candidate).args(["-c", asks]);
        let Ok(output) = probe.output(std::time::Duration::from_secs(20)) else { continue };
        if let Some(version) = version(&String::from_utf8_lossy(&output.stdout)) {
            found.entry(version).or_insert(candidate);
        }
    }
    found
}

/// `11 cpython 0`, where it is an interpreter the package is for.
fn version(text: &str) -> Option<Version> {
    let mut words = text.split_whitespace();
    let minor = words.next()?.parse().ok()?;
    let known = words.next()? == "cpython" && MINORS.contains(&minor);
    let free = words.next()? == "1";
    known.then_some(Version { free, minor })
}

/// The Python of a virtual environment.
fn inside(workspace: &Workspace, environment: &Path) -> Run {
    program(workspace, environment.join(VENV_BIN).join("python")).env("PYTHONDONTWRITEBYTECODE", "1")
}

/// Builds the wheel.
fn wheel(workspace: &Workspace, environment: &Path, variables: &[(String, String)]) -> Result<PathBuf> {
    let folder = workspace.target.join("python").join("wheels");
    let _ = fs::remove_dir_all(&folder);
    let build = inside(workspace, environment)
        .words("-m maturin build --quiet --locked --compatibility linux -m risk-py/Cargo.toml --interpreter")
        .arg(environment.join(VENV_BIN).join("python"));
    variables
        .iter()
        .fold(build, |build, (name, value)| build.env(name, value))
        .arg("--out")
        .arg(&folder)
        .check()?;
    only(&folder, "whl")
}

/// Puts a wheel in place of what is installed.
fn install(workspace: &Workspace, environment: &Path, wheel: &Path) -> Result<()> {
    let install = "-m pip install --quiet --disable-pip-version-check --no-deps --no-index --force-reinstall";
    inside(workspace, environment).words(install).arg(wheel).check()
}

/// What maturin left there of a kind.
fn only(folder: &Path, kind: &str) -> Result<PathBuf> {
    let built = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    built
        .filter(|path| path.extension().is_some_and(|end| end == kind))
        .max()
        .with_context(|| format!("maturin left no .{kind} in {}", folder.display()))
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "py"));
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn interpreters_that_the_package_is_for_are_known() {
        assert_eq!(version("11 cpython 0\n").unwrap().to_string(), "3.11");
        assert_eq!(version("14 cpython 1\n").unwrap().to_string(), "3.14t");
        assert!(version("14 cpython 1") > version("19 cpython 0"), "the shared wheel is built first");
        assert_eq!([version("10 cpython 0"), version("11 pypy 0"), version("")], [None; 3]);
    }
}
