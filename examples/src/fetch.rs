//! Getting a file once, and refusing any other.
//!
//! [`once`] hands out the stored file when its checksum is right; otherwise it runs the given recipe in a scratch
//! directory, checks what came out, and moves it into place in one step. Errors say what to do about them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::store::{self, Scratch};

/// Why data could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// A program the recipe needs is not on this machine.
    #[error("`{program}` was not found: {remedy}")]
    Program {
        /// The program that was called.
        program: String,
        /// What to install.
        remedy: &'static str,
    },
    /// The program ran and failed.
    #[error("`{command}` failed ({status}).\n{said}\n{remedy}")]
    Failed {
        /// The command as one would type it.
        command: String,
        /// How it ended.
        status: String,
        /// The last lines it wrote to its standard error.
        said: String,
        /// What is usually wrong.
        remedy: &'static str,
    },
    /// What came is not what was asked for.
    #[error(
        "{file}: SHA-256 is {found}, expected {expected}; the file was not kept. The registry or a proxy served something else under this name and version"
    )]
    Checksum {
        /// The file that was checked.
        file: String,
        /// The checksum this example was written for.
        expected: &'static str,
        /// The checksum of the file.
        found: String,
    },
    /// An archive does not hold what it should.
    #[error("{archive}: no readable `{member}` in it ({cause})")]
    Member {
        /// The archive.
        archive: PathBuf,
        /// The path inside it.
        member: String,
        /// What went wrong.
        cause: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FetchError {
    /// For `map_err`: names the file an I/O error is about.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

/// The file `name` in the data directory, with exactly this checksum; `recipe` is run only when it is not there.
///
/// The recipe gets an empty directory and answers where in it the file is.
///
/// # Errors
///
/// What the recipe answers, a wrong checksum, or a directory that cannot be written.
pub fn once(
    name: &str,
    checksum: &'static str,
    recipe: impl FnOnce(&Path) -> Result<PathBuf, FetchError>,
) -> Result<PathBuf, FetchError> {
    let dir = store::data_dir().map_err(FetchError::file(store::target_dir().join("data")))?;
    let kept = dir.join(name);
    if kept.is_file() && digest(&kept)? == checksum {
        return Ok(kept);
    }
    let scratch = Scratch::new(&dir, name).map_err(FetchError::file(&dir))?;
    let fresh = recipe(scratch.path())?;
    let found = digest(&fresh)?;
    if found != checksum {
        return Err(FetchError::Checksum { file: name.to_owned(), expected: checksum, found });
    }
    fs::rename(&fresh, &kept).map_err(FetchError::file(&kept))?;
    Ok(kept)
}

fn digest(file: &Path) -> Result<String, FetchError> {
    store::sha256(file).map_err(FetchError::file(file))
}

/// Runs a command to its end, quietly.
///
/// # Errors
///
/// [`FetchError::Program`] when there is no such program, [`FetchError::Failed`] when it ends with a failure.
pub fn run(command: &mut Command, missing: &'static str, remedy: &'static str) -> Result<Output, FetchError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => FetchError::Program { program: program.clone(), remedy: missing },
        _ => FetchError::File { path: PathBuf::from(&program), source: error },
    })?;
    if output.status.success() {
        return Ok(output);
    }
    Err(FetchError::Failed {
        command: typed(command),
        status: output.status.to_string(),
        said: last_lines(&String::from_utf8_lossy(&output.stderr)),
        remedy,
    })
}

/// The command as a person would type it.
fn typed(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(|word| word.to_string_lossy()));
    words.join(" ")
}

/// The end of what a program wrote: that is where it says why it gave up.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let start = lines.len().saturating_sub(6);
    lines[start..].iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
