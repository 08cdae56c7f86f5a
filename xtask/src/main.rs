//! Every check of this workspace, as a command a person can run.
//!
//! `cargo xtask test` is the fast lane, `cargo xtask full` the heavier one, `cargo xtask list` shows the steps
//! of both and `cargo xtask NAME...` runs some of them.
//!
//! To add a step: write a `fn(&Workspace) -> Result<Outcome>` in [`steps`], one subject per file, and give it a
//! line in [`steps::STEPS`]; the order there is the order in a lane.

mod evidence;
mod generated;
mod lane;
mod process;
mod step;
mod steps;
mod table;
mod tools;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::step::Lane;
use crate::workspace::Workspace;

/// The checks of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = "`cargo xtask list` names the steps.")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The fast lane: what the continuous integration runs.
    Test {
        /// Run the steps after a failed one too.
        #[arg(long)]
        keep_going: bool,
    },
    /// Everything heavier; the fast lane is not repeated.
    Full {
        /// Run the steps after a failed one too.
        #[arg(long)]
        keep_going: bool,
    },
    /// The steps, with the lane each belongs to.
    List,
    /// Write the generated documents.
    Docs {
        /// Write nothing; fail if a document is not what would be written.
        #[arg(long)]
        check: bool,
    },
    /// Take what the steps have measured into the figures of record, and write `EVIDENCE.md`.
    Evidence {
        /// Write nothing; fail if the document is not what was measured, or a figure is outside its bound.
        #[arg(long)]
        check: bool,
    },
    /// Count instructions of the benches and compare them with `benches/instructions.toml`.
    Instructions {
        /// Write what was measured as the new bounds.
        #[arg(long)]
        bless: bool,
    },
    /// Play generated orders on an engine and on the reference model; one that was stopped goes on from a seed.
    Model {
        /// How many orders are judged.
        #[arg(long, default_value_t = 100_000_000)]
        orders: u64,
        /// The first history's seed.
        #[arg(long, default_value_t = 0)]
        seed: u64,
    },
    /// Install the library for C and C++: headers, both libraries, what pkg-config and CMake look for.
    InstallC {
        /// The folder to install to, such as `/usr/local`.
        #[arg(long)]
        prefix: PathBuf,
    },
    /// Change the code in small ways, one after the other, and see whether a test notices.
    Mutants(steps::mutants::Choice),
    /// Steps, by their names.
    #[command(external_subcommand)]
    Steps(Vec<String>),
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything asked for passed.
fn run(cli: Cli) -> Result<bool> {
    match cli.what {
        What::Test { keep_going } => lane::run(&Workspace::open()?, Lane::Test, keep_going),
        What::Full { keep_going } => lane::run(&Workspace::open()?, Lane::Full, keep_going),
        What::List => {
            print!("{}", lane::listing());
            Ok(true)
        }
        What::Docs { check: true } => some(&["docs".to_owned()]),
        What::Docs { check: false } => generated::write(&Workspace::open()?).map(|()| true),
        What::Evidence { check: true } => some(&["evidence".to_owned()]),
        What::Evidence { check: false } => evidence::collect(&Workspace::open()?).map(|()| true),
        What::Instructions { bless: false } => some(&["instructions".to_owned()]),
        What::Instructions { bless: true } => steps::instructions::bless(&Workspace::open()?).map(|()| true),
        What::Model { orders, seed } => {
            steps::model::play(&Workspace::open()?, orders, seed)?;
            Ok(true)
        }
        What::InstallC { prefix } => {
            let prefix = std::path::absolute(prefix)?;
            steps::border::install(&Workspace::open()?, &prefix).map(|()| true)
        }
        What::Mutants(choice) => {
            let outcome = steps::mutants::some(&Workspace::open()?, &choice)?;
            println!("    {outcome:?}");
            Ok(true)
        }
        What::Steps(names) => some(&names),
    }
}

fn some(names: &[String]) -> Result<bool> {
    let step = |name: &String| {
        steps::STEPS
            .iter()
            .find(|step| step.name == name)
            .with_context(|| format!("there is no step {name:?}; `cargo xtask list` names them"))
    };
    let steps: Vec<_> = names.iter().map(step).collect::<Result<_>>()?;
    lane::run_steps(&Workspace::open()?, &steps, false)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Cli, What};
    use clap::Parser;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn any_other_words_are_steps() {
        let cli = Cli::try_parse_from(["cargo xtask", "tidy", "format"]).unwrap();
        assert!(matches!(cli.what, What::Steps(words) if words == ["tidy", "format"]));
    }
}
