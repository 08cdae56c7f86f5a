//! Where things are.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The workspace as cargo sees it.
pub(crate) struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Where cargo builds; tools are installed below it.
    pub(crate) target: PathBuf,
    /// `cargo metadata --no-deps`.
    metadata: Value,
}

impl Workspace {
    pub(crate) fn open() -> Result<Workspace> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask stands in no workspace")?;
        let output = Command::new("cargo")
            .args(["metadata", "--no-deps", "--format-version", "1", "--locked"])
            .current_dir(root)
            .output()
            .context("cannot start `cargo metadata`")?;
        ensure!(
            output.status.success(),
            "`cargo metadata --locked` failed; is Cargo.lock committed as it should be?\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
        let target =
            metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
        Ok(Workspace { root: root.to_owned(), target: target.into(), metadata })
    }

    /// The virtual environment with the tools from PyPI.
    pub(crate) fn venv(&self) -> PathBuf {
        self.target.join("venv")
    }

    /// The root of `cargo install` for tools that come as crates.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// The search path, installed tools first.
    pub(crate) fn path(&self) -> OsString {
        let first = [self.venv().join(VENV_BIN), self.tools().join("bin")];
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let all = first.into_iter().chain(std::env::split_paths(&inherited));
        // A folder with the separator in its name cannot stand in a path; then the inherited one has to do.
        std::env::join_paths(all).unwrap_or(inherited)
    }

    /// The first file of this name on the search path.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
        std::env::split_paths(&self.path()).map(|dir| dir.join(&name)).find(|file| file.is_file())
    }

    /// The minimum Rust the members declare.
    pub(crate) fn rust_version(&self) -> Result<&str> {
        self.packages()
            .iter()
            .find_map(|package| package["rust_version"].as_str())
            .context("no member has a rust-version")
    }

    /// The version of a member.
    pub(crate) fn version(&self, package: &str) -> Result<&str> {
        let package = self.packages().iter().find(|p| p["name"] == package);
        package.and_then(|p| p["version"].as_str()).context("no member of that name")
    }

    /// The names of the targets of this kind (`bench`, `example`, `test`) in a member.
    pub(crate) fn targets(&self, package: &str, kind: &str) -> Vec<&str> {
        let package = self.packages().iter().find(|p| p["name"] == package);
        let targets = package.and_then(|p| p["targets"].as_array()).map_or(&[][..], Vec::as_slice);
        targets
            .iter()
            .filter(|t| t["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k == kind)))
            .filter_map(|t| t["name"].as_str())
            .collect()
    }

    fn packages(&self) -> &[Value] {
        self.metadata["packages"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The version of a crate in `Cargo.lock`.
    pub(crate) fn locked_version(&self, name: &str) -> Result<Option<String>> {
        let file = self.root.join("Cargo.lock");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let lock: toml::Value = toml::from_str(&text).context("Cargo.lock")?;
        let packages =
            lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock has no packages")?;
        Ok(packages
            .iter()
            .find(|p| p.get("name").and_then(toml::Value::as_str) == Some(name))
            .and_then(|p| p.get("version").and_then(toml::Value::as_str))
            .map(str::to_owned))
    }

    /// The files of the repository: those git knows and those it would add.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        let list = crate::process::program(self, "git")
            .words("ls-files -z --cached --others --exclude-standard")
            .stdout()
            .context("the list of files comes from git")?;
        let mut files: Vec<PathBuf> =
            list.split('\0').filter(|name| !name.is_empty()).map(Into::into).collect();
        // A file that is deleted but not yet committed is in git's list and not in the tree.
        files.retain(|file| self.root.join(file).is_file());
        files.sort();
        files.dedup();
        Ok(files)
    }
}

/// The folder of a virtual environment that holds its programs.
pub(crate) const VENV_BIN: &str = if cfg!(windows) { "Scripts" } else { "bin" };

/// The Python that makes the virtual environment.
pub(crate) fn python() -> &'static OsStr {
    OsStr::new(if cfg!(windows) { "python" } else { "python3" })
}
