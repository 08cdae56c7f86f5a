//! Mistakes by the hundred: cargo-mutants changes one operator or body after the other, and some test must notice.
//!
//! What no test can notice stands in [`SURVIVORS`], each with its reason. A survivor that is not listed fails, and so
//! does a listed one that is none any more.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::evidence::measured;
use crate::process::{Run, cargo};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

const VERSION: &str = "27.1.0";
const SURVIVORS: &str = "xtask/mutants.toml";
/// Seconds after which a mutant that still runs counts as noticed; tests take a few.
const TIMEOUT_SECONDS: &str = "90";

/// What is mutated together, and the tests that must notice.
struct Part {
    /// The word after `--part`, and the name of its figure.
    name: &'static str,
    package: &'static str,
    files: &'static [&'static str],
    tests: &'static str,
}

const CORE: &str = "--test main --test model";

const PARTS: &[Part] = &[
    Part {
        name: "gates",
        package: "risk-core",
        files: &["risk-core/src/gates.rs", "risk-core/src/gates/*.rs"],
        tests: CORE,
    },
    Part {
        name: "holds",
        package: "risk-core",
        files: &["risk-core/src/reservation.rs", "risk-core/src/hold.rs"],
        tests: CORE,
    },
    Part {
        name: "halts",
        package: "risk-core",
        files: &["risk-core/src/halt.rs", "risk-core/src/control.rs"],
        tests: CORE,
    },
    Part {
        name: "state",
        package: "risk-core",
        files: &["risk-core/src/state.rs", "risk-core/src/ledger.rs"],
        tests: CORE,
    },
    Part {
        name: "recovery",
        package: "risk-journal",
        files: &["risk-journal/src/recover.rs", "risk-journal/src/ending.rs", "risk-journal/src/open.rs"],
        tests: "--test journal",
    },
];

/// What to mutate.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Choice {
    /// Only what differs from this revision.
    #[arg(long, value_name = "REVISION")]
    since: Option<String>,
    /// Only this part: gates, holds, halts, state or recovery.
    #[arg(long)]
    part: Option<String>,
    /// Only these files of the parts.
    #[arg(long)]
    file: Vec<String>,
}

/// All parts.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    some(workspace, &Choice::default())
}

/// The parts that are chosen.
pub(crate) fn some(workspace: &Workspace, choice: &Choice) -> Result<Outcome> {
    let known = |name: &String| PARTS.iter().any(|part| part.name == name);
    ensure!(choice.part.as_ref().is_none_or(known), "there is no part {:?}", choice.part);
    tools::wheels(workspace)?;
    tools::from_crate(workspace, "cargo-mutants", VERSION)?;
    let reasons: Reasons = toml::from_str(&fs::read_to_string(workspace.root.join(SURVIVORS))?)?;
    let difference = workspace.target.join("mutants.diff");
    if let Some(since) = &choice.since {
        let text =
            crate::process::program(workspace, "git").words("diff --merge-base").arg(since).stdout()?;
        fs::write(&difference, text)?;
    }
    let mut all = Tally::default();
    for part in PARTS.iter().filter(|part| choice.part.as_ref().is_none_or(|name| name == part.name)) {
        let output = workspace.target.join("mutants").join(part.name);
        let mut run = command(workspace, part, &output, &choice.file);
        if choice.since.is_some() {
            run = run.arg("--in-diff").arg(&difference);
        }
        let _ = fs::remove_dir_all(&output);
        fs::create_dir_all(&output).with_context(|| output.display().to_string())?;
        // 2: a test missed some, 3: some ran out of time. Anything else says nothing about the mutants.
        let code = run.words("--").words(part.tests).code()?;
        ensure!([0, 2, 3].contains(&code), "cargo-mutants ended with {code}");
        let results = output.join("mutants.out");
        if !results.exists() {
            continue;
        }
        let tally = Tally::read(&results)?;
        let missed = survivors(workspace, &results)?;
        judge(part, &missed, &reasons, tally, choice)?;
        if choice.since.is_none() && choice.file.is_empty() {
            measured(workspace, "mutants", part.name, tally.noticed as f64)?;
        }
        all = Tally { noticed: all.noticed + tally.noticed, missed: all.missed + tally.missed };
    }
    Ok(Outcome::Passed(format!("{} noticed, {} survive for a written reason", all.noticed, all.missed)))
}

fn command(workspace: &Workspace, part: &Part, output: &Path, files: &[String]) -> Run {
    let mut run = cargo(workspace)
        .words("mutants --test-tool nextest --all-features --no-shuffle --jobs 1 --cap-lints=true --colors never")
        .words("--minimum-test-timeout")
        .arg(TIMEOUT_SECONDS)
        .words("--package")
        .arg(part.package)
        .words("--output")
        .arg(output)
        .env("CARGO_TARGET_DIR", workspace.target.join("mutants-build"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    for file in
        part.files.iter().copied().filter(|_| files.is_empty()).chain(files.iter().map(String::as_str))
    {
        run = run.arg("--file").arg(file);
    }
    run
}

/// How many were noticed, and how many were not.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    noticed: usize,
    missed: usize,
}

impl Tally {
    fn read(results: &Path) -> Result<Tally> {
        let lines = |name: &str| -> Result<usize> {
            let file = results.join(name);
            Ok(fs::read_to_string(&file).with_context(|| file.display().to_string())?.lines().count())
        };
        Ok(Tally { noticed: lines("caught.txt")? + lines("timeout.txt")?, missed: lines("missed.txt")? })
    }
}

/// A mutant, by what is written where it is, so that it is found again when lines move.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Mutant {
    file: String,
    /// The line it changes.
    line: String,
    /// What is changed.
    change: String,
}

/// A mutant that no test can notice.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Survivor {
    file: String,
    line: String,
    change: String,
    /// Why nobody could see it.
    reason: String,
}

impl Survivor {
    fn mutant(&self) -> Mutant {
        Mutant { file: self.file.clone(), line: self.line.clone(), change: self.change.clone() }
    }
}

/// All of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasons {
    #[serde(default)]
    survivor: Vec<Survivor>,
}

fn survivors(workspace: &Workspace, results: &Path) -> Result<Vec<Mutant>> {
    let mut mutants = Vec::new();
    for line in fs::read_to_string(results.join("missed.txt"))?.lines() {
        let (file, number, change) = parted(line).with_context(|| format!("not a mutant: {line:?}"))?;
        let text = fs::read_to_string(workspace.root.join(file)).with_context(|| file.to_owned())?;
        let there = text.lines().nth(number.saturating_sub(1)).unwrap_or_default().trim();
        mutants.push(Mutant { file: file.to_owned(), line: there.to_owned(), change: change.to_owned() });
    }
    mutants.sort();
    Ok(mutants)
}

/// `FILE:LINE:COLUMN: CHANGE`.
fn parted(line: &str) -> Option<(&str, usize, &str)> {
    let (place, change) = line.split_once(": ")?;
    let mut parts = place.rsplitn(3, ':');
    let (_column, number, file) = (parts.next()?, parts.next()?, parts.next()?);
    Some((file, number.parse().ok()?, change))
}

fn judge(part: &Part, missed: &[Mutant], reasons: &Reasons, tally: Tally, choice: &Choice) -> Result<()> {
    println!("    {}: {} noticed, {} not", part.name, tally.noticed, tally.missed);
    let listed: Vec<Mutant> = reasons.survivor.iter().map(Survivor::mutant).collect();
    let reasonless = reasons.survivor.iter().filter(|survivor| survivor.reason.trim().is_empty());
    let mut wrong: Vec<String> =
        reasonless.map(|s| format!("{SURVIVORS} gives no reason for `{}`", s.line)).collect();
    let unlisted = missed
        .iter()
        .filter(|mutant| !listed.contains(mutant))
        .map(|mutant| format!("no test notices, in {}: {} at `{}`", mutant.file, mutant.change, mutant.line));
    wrong.extend(unlisted);
    if choice.since.is_none() && choice.file.is_empty() {
        let of_part = |file: &str| part.files.iter().any(|pattern| matches(pattern, file));
        let stale = listed.iter().filter(|mutant| of_part(&mutant.file) && !missed.contains(mutant));
        wrong.extend(
            stale.map(|m| format!("{SURVIVORS} lists what is noticed: {} at `{}`", m.change, m.line)),
        );
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n    "));
    }
    Ok(())
}

/// Whether a pattern with at most one `*`, in its last part, means a file.
fn matches(pattern: &str, file: &str) -> bool {
    pattern.split_once('*').map_or(pattern == file, |(before, after)| {
        file.strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|rest| !rest.contains('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::{Choice, Mutant, PARTS, Reasons, SURVIVORS, Tally, judge, matches, parted};

    #[test]
    fn a_survivor_without_a_reason_fails_and_so_does_a_reason_without_a_survivor() {
        let mutant = Mutant {
            file: "risk-core/src/hold.rs".into(),
            line: "a < b".into(),
            change: "replace < with <=".into(),
        };
        let judged = |missed: &[Mutant], listed: &str| {
            let reasons: Reasons = toml::from_str(listed).unwrap();
            judge(&PARTS[1], missed, &reasons, Tally::default(), &Choice::default())
        };
        let listed = "[[survivor]]\nfile = 'risk-core/src/hold.rs'\nline = 'a < b'\nchange = 'replace < with <='\nreason = 'a is never b'\n";
        assert!(judged(&[], "").is_ok());
        assert!(judged(std::slice::from_ref(&mutant), "").is_err());
        assert!(judged(&[mutant], listed).is_ok());
        assert!(judged(&[], listed).is_err());
    }

    #[test]
    fn every_listed_survivor_is_written_where_it_is_said_to_be() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let reasons: Reasons =
            toml::from_str(&std::fs::read_to_string(format!("{root}/{SURVIVORS}")).unwrap()).unwrap();
        for survivor in &reasons.survivor {
            let text = std::fs::read_to_string(format!("{root}/{}", survivor.file)).unwrap();
            assert!(
                text.lines().any(|line| line.trim() == survivor.line),
                "{}: {}",
                survivor.file,
                survivor.line
            );
            assert!(survivor.reason.len() > 20, "{}: {}", survivor.line, survivor.reason);
        }
    }

    #[test]
    fn places_and_patterns_are_read() {
        let line = "risk-core/src/hold.rs:37:32: replace > with >= in State::return_to";
        assert_eq!(
            parted(line),
            Some(("risk-core/src/hold.rs", 37, "replace > with >= in State::return_to"))
        );
        assert_eq!(parted("nothing"), None);
        assert!(matches("a/*.rs", "a/b.rs") && matches("a.rs", "a.rs"));
        assert!(!matches("a/*.rs", "a/b/c.rs") && !matches("a.rs", "b.rs"));
    }
}
