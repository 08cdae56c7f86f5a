//! What a step is and what it can answer.

use anyhow::Result;

use crate::workspace::Workspace;

/// Which command runs a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// `cargo xtask test`.
    Test,
    /// `cargo xtask full`.
    Full,
}

impl Lane {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Lane::Test => "test",
            Lane::Full => "full",
        }
    }
}

/// One check.
pub(crate) struct Step {
    /// The word after `cargo xtask`.
    pub(crate) name: &'static str,
    /// What is checked, in a few words.
    pub(crate) about: &'static str,
    pub(crate) lane: Lane,
    pub(crate) run: fn(&Workspace) -> Result<Outcome>,
}

/// What a step answers; a failure is the error of the `Result` around it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything looked at is as it should be. The note says what was looked at, if that is worth a word.
    Passed(String),
    /// Nothing was checked, because something cannot be had here. Says what, and what would bring it.
    Skipped(String),
}

impl Outcome {
    pub(crate) fn passed() -> Result<Outcome> {
        Ok(Outcome::Passed(String::new()))
    }
}
