//! Runs other programs: says what is run, and turns every way to fail into one sentence.

use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::Workspace;

/// A command in the root of the workspace, with the installed tools first on the path.
pub(crate) struct Run {
    command: Command,
    shown: Vec<String>,
}

/// A command of the workspace.
pub(crate) fn program(workspace: &Workspace, name: impl AsRef<OsStr>) -> Run {
    let mut command = Command::new(name.as_ref());
    command.current_dir(&workspace.root).env("PATH", workspace.path()).stdin(Stdio::null());
    // `cargo run` tells this program about its own package; that is nothing the commands below should see.
    for (variable, _) in std::env::vars_os() {
        let text = variable.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|p| text.starts_with(p))
        {
            command.env_remove(&variable);
        }
    }
    let shown = vec![name.as_ref().to_string_lossy().into_owned()];
    Run { command, shown }
}

/// Cargo, of the toolchain that runs this program.
pub(crate) fn cargo(workspace: &Workspace) -> Run {
    program(workspace, "cargo")
}

impl Run {
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Run {
        self.shown.push(arg.as_ref().to_string_lossy().into_owned());
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Run {
        for arg in args {
            self = self.arg(arg);
        }
        self
    }

    /// The words of a command line; for constant text without quoting.
    pub(crate) fn words(self, words: &str) -> Run {
        self.args(words.split_whitespace())
    }

    /// In another folder.
    pub(crate) fn within(mut self, folder: &std::path::Path) -> Run {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Run {
        self.shown.insert(0, format!("{name}={}", value.as_ref().to_string_lossy()));
        self.command.env(name, value);
        self
    }

    /// Sets the variable unless the person who runs this has set it.
    pub(crate) fn env_default(self, name: &str, value: &str) -> Run {
        if std::env::var_os(name).is_some() { self } else { self.env(name, value) }
    }

    /// Runs it with its output on the terminal; an error unless it succeeds.
    pub(crate) fn check(mut self) -> Result<()> {
        let line = self.line();
        println!("    $ {line}");
        let status = self.command.status().with_context(|| cannot_start(&self.shown))?;
        ensure!(status.success(), "`{line}` failed ({status})");
        Ok(())
    }

    /// Runs it with its output on the terminal and returns its exit code.
    pub(crate) fn code(mut self) -> Result<i32> {
        let line = self.line();
        println!("    $ {line}");
        let status = self.command.status().with_context(|| cannot_start(&self.shown))?;
        status.code().with_context(|| format!("`{line}` was stopped ({status})"))
    }

    /// Runs it and returns what it printed on standard output; an error unless it succeeds.
    pub(crate) fn stdout(mut self) -> Result<String> {
        let line = self.line();
        println!("    $ {line}");
        let output =
            self.command.stderr(Stdio::inherit()).output().with_context(|| cannot_start(&self.shown))?;
        ensure!(output.status.success(), "`{line}` failed ({})", output.status);
        String::from_utf8(output.stdout).with_context(|| format!("`{line}` printed what is not text"))
    }

    /// Runs it quietly and returns everything, whether it succeeded or not. Stops it after `limit`.
    pub(crate) fn output(mut self, limit: Duration) -> Result<Output> {
        let line = self.line();
        println!("    $ {line}");
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| cannot_start(&self.shown))?;
        let readers = [
            child.stdout.take().map(|pipe| read_all(Box::new(pipe))),
            child.stderr.take().map(|pipe| read_all(Box::new(pipe))),
        ];
        let begin = std::time::Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if begin.elapsed() > limit {
                child.kill()?;
                child.wait()?;
                bail!("`{line}` did not end within {} s", limit.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let [stdout, stderr] = readers.map(|reader| reader.and_then(|r| r.join().ok()).unwrap_or_default());
        Ok(Output { status, stdout, stderr })
    }

    /// Whether it can be started and succeeds.
    pub(crate) fn succeeds(mut self) -> bool {
        let quiet = self.command.stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }

    fn line(&self) -> String {
        self.shown.join(" ")
    }
}

fn read_all(mut pipe: Box<dyn std::io::Read + Send>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks ends the text; the exit status says what happened.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

fn cannot_start(shown: &[String]) -> String {
    format!("cannot start `{}`", shown.join(" "))
}
