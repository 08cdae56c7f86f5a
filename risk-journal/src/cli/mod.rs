//! One subcommand a file. Results go to standard output, progress and messages to standard error.

mod explain;
mod export;
mod limits;
mod picture;
mod replay;
mod row;
mod show;
mod what_if;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use risk_journal::disk::Folder;
use risk_journal::{ChainKey, Checkpoint, Damage, History, verify};

const CODES: &str = "\
Exit codes:
  0  done, and nothing is wrong
  1  the journal is not what was written, or does not replay (what and where is said)
  2  the command line is wrong
  3  something cannot be read or written

The folder may be in use: nothing in it is changed.";

/// Reads the journal of a guard: verify it, show it, explain a decision, do it again, try other limits.
#[derive(Parser)]
#[command(name = "risk-journal", version, after_help = CODES)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Args)]
struct Source {
    /// The folder of the journal.
    folder: PathBuf,
    /// A file with the key of the chain, 64 hexadecimal digits. Without it, the key in the folder.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

#[derive(Subcommand)]
enum What {
    /// Compare every record with its seal, and every checkpoint; say where the first thing is wrong.
    Verify {
        #[command(flatten)]
        source: Source,
        /// A file with checkpoints that were kept elsewhere, one a line. Only they show that everything was cut back.
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
    },
    /// Print the newest checkpoint, to keep it elsewhere.
    Checkpoint {
        #[command(flatten)]
        source: Source,
    },
    /// List records, as a table or as lines of JSON.
    Show {
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        filter: row::Filter,
        /// One JSON object a line, with everything in it.
        #[arg(long)]
        json: bool,
    },
    /// Every reading of one decision: what each limit measured at that moment.
    Explain {
        #[command(flatten)]
        source: Source,
        /// The number of the record.
        seq: u64,
    },
    /// Do all records again and compare every answer; print the hash of the state.
    Replay {
        #[command(flatten)]
        source: Source,
        /// Stop after this record.
        #[arg(long, value_name = "SEQ")]
        to: Option<u64>,
        /// From the newest snapshot before the end, not from the beginning.
        #[arg(long)]
        from_snapshot: bool,
    },
    /// Ask every recorded order, change and list again under other limits: which decisions would differ, by reason and by day.
    #[command(after_help = limits::HELP)]
    #[command(name = "what-if")]
    Try {
        #[command(flatten)]
        source: Source,
        /// TOML with the limits to try.
        #[arg(long, value_name = "FILE")]
        limits: PathBuf,
        /// Draw what differs, by day and by reason, into this SVG file.
        #[arg(long, value_name = "FILE")]
        picture: Option<PathBuf>,
        /// The result as one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Write records as CSV or Parquet.
    Export {
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        filter: row::Filter,
        /// The file; standard output where none is named.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Without it, what the file's name ends in: Parquet where that is .parquet.
        #[arg(long, value_enum)]
        format: Option<export::Format>,
    },
}

/// Why a command did not end well.
pub(crate) enum Problem {
    /// The journal is wrong.
    Wrong(String),
    /// Something cannot be read or written.
    Unreadable(String),
}

impl From<Damage> for Problem {
    fn from(damage: Damage) -> Self {
        Self::Wrong(damage.to_string())
    }
}

pub(crate) fn unreadable(error: impl ToString) -> Problem {
    Problem::Unreadable(error.to_string())
}

pub(crate) type Journal = History<Folder>;

pub(crate) fn run() -> ExitCode {
    match command(Cli::parse().what) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Problem::Wrong(text)) => {
            eprintln!("wrong: {text}");
            ExitCode::from(1)
        }
        Err(Problem::Unreadable(text)) => {
            eprintln!("error: {text}");
            ExitCode::from(3)
        }
    }
}

fn command(what: What) -> Result<(), Problem> {
    match what {
        What::Verify { source, checkpoint } => check(&open(&source)?, &checkpoint),
        What::Checkpoint { source } => newest_checkpoint(&source.folder),
        What::Show { source, filter, json } => show::run(&open(&source)?, &filter, json),
        What::Explain { source, seq } => explain::run(&open(&source)?, seq),
        What::Replay { source, to, from_snapshot } => replay::run(&open(&source)?, to, from_snapshot),
        What::Try { source, limits, picture, json } => {
            what_if::run(&open(&source)?, &limits, picture.as_deref(), json)
        }
        What::Export { source, filter, out, format } => {
            export::run(&open(&source)?, &filter, out.as_deref(), format)
        }
    }
}

fn open(source: &Source) -> Result<Journal, Problem> {
    let key = source.key.as_deref().map(read_key).transpose()?;
    let disk = Folder::look(&source.folder).map_err(unreadable)?;
    History::open(disk, key).map_err(|error| unreadable(format!("{}: {error}", source.folder.display())))
}

fn read(path: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(path).map_err(|error| Problem::Unreadable(format!("{}: {error}", path.display())))
}

fn read_key(path: &Path) -> Result<ChainKey, Problem> {
    let none = || Problem::Unreadable(format!("{}: no key of 64 hexadecimal digits", path.display()));
    ChainKey::from_hex(read(path)?.trim()).ok_or_else(none)
}

fn check(history: &Journal, files: &[PathBuf]) -> Result<(), Problem> {
    let mut exported: Vec<Checkpoint> = Vec::new();
    for file in files {
        let text = read(file)?;
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line = serde_json::from_str(line).map_err(|error| {
                Problem::Unreadable(format!("{}, line {}: {error}", file.display(), number + 1))
            })?;
            exported.push(line);
        }
    }
    let bar = progress(history.last().unwrap_or(0), "records");
    let verified = verify(history, &exported, |last| bar.set_position(last)).map_err(unreadable)?;
    bar.finish_and_clear();
    println!("{verified}");
    if exported.is_empty() {
        println!("No checkpoint from elsewhere was given: a journal cut back as a whole would not show.");
    }
    verified.problem.map_or(Ok(()), |problem| Err(problem.into()))
}

fn newest_checkpoint(folder: &Path) -> Result<(), Problem> {
    let text = read(&folder.join(risk_journal::chain::CHECKPOINTS))?;
    // A last line without its end is still being written.
    let whole = text.rfind('\n').map_or("", |end| text.get(..end).unwrap_or_default());
    let line = whole.lines().next_back().ok_or_else(|| unreadable("there is no checkpoint"))?;
    println!("{line}");
    Ok(())
}

/// Records between two looks at a bar.
pub(crate) const STEP: u64 = 4_096;

/// A bar for long work; only where somebody watches.
pub(crate) fn progress(all: u64, unit: &'static str) -> ProgressBar {
    let template =
        format!("{{bar:40}} {{human_pos}} of {{human_len}} {unit}, {{rate}} a second, {{eta}} left");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let rate = |state: &ProgressState, to: &mut dyn std::fmt::Write| {
        // What does not fit the bar is left out.
        let _ = write!(to, "{:.0}", state.per_sec());
    };
    ProgressBar::new(all).with_style(style.with_key("rate", rate))
}
