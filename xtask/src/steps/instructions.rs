//! Instruction counts: the guard of speed that holds on a busy machine too.
//!
//! The gungraun bench [`BENCH`] runs under valgrind; each count is compared with its bound in [`BOUNDS`].

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::benches::PACKAGE;
use crate::process::{cargo, program};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

/// The bench target.
pub(crate) const BENCH: &str = "instructions";
/// The committed bounds.
const BOUNDS: &str = "benches/instructions.toml";

/// Percent above its bound that a count may reach with the compiler the bounds were measured with.
const TOLERANCE_PERCENT: u64 = 2;
/// The same with any other compiler, which may compile the same code to other instructions.
const TOLERANCE_OTHER_COMPILER_PERCENT: u64 = 15;

/// Instructions by bench.
type Counts = BTreeMap<String, u64>;

/// What is committed.
#[derive(Debug, PartialEq, Eq)]
struct Bounds {
    rustc: String,
    platform: String,
    counts: Counts,
}

/// Measures and compares.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    let text = std::fs::read_to_string(workspace.root.join(BOUNDS))
        .with_context(|| format!("{BOUNDS}; `cargo xtask instructions --bless` writes it"))?;
    let bounds = parse(&text).context(BOUNDS)?;
    if bounds.platform != platform() {
        return Ok(Outcome::Skipped(format!(
            "the bounds were measured on {}, this is {}; they say nothing here",
            bounds.platform,
            platform()
        )));
    }
    let Some(measured) = measure(workspace)? else { return Ok(no_valgrind()) };
    let same_compiler = bounds.rustc == rustc(workspace)?;
    let tolerance = if same_compiler { TOLERANCE_PERCENT } else { TOLERANCE_OTHER_COMPILER_PERCENT };
    for (name, count) in &measured {
        let bound = bounds.counts.get(name).map_or("no bound".to_owned(), |bound| format!("bound {bound}"));
        println!("    {count:>9}  {name} ({bound})");
    }
    let wrong = compare(&measured, &bounds.counts, tolerance);
    if !wrong.is_empty() {
        bail!("{}", wrong.join("; "));
    }
    let faster = measured.iter().filter(|(name, count)| improved(**count, bounds.counts[*name])).count();
    let note = if faster > 0 && same_compiler {
        format!("{faster} of {} improved: tighten with `cargo xtask instructions --bless`", measured.len())
    } else {
        format!("{} counts, tolerance {tolerance} %", measured.len())
    };
    Ok(Outcome::Passed(note))
}

/// Measures and writes the bounds.
pub(crate) fn bless(workspace: &Workspace) -> Result<()> {
    let Some(counts) = measure(workspace)? else { bail!("there is no valgrind") };
    let bounds = Bounds { rustc: rustc(workspace)?, platform: platform(), counts };
    std::fs::write(workspace.root.join(BOUNDS), render(&bounds)).context(BOUNDS)?;
    println!("wrote {BOUNDS}");
    Ok(())
}

fn no_valgrind() -> Outcome {
    Outcome::Skipped("there is no valgrind; on Debian and Ubuntu: apt install valgrind".to_owned())
}

/// Runs the bench; nothing where there is no valgrind.
fn measure(workspace: &Workspace) -> Result<Option<Counts>> {
    ensure!(workspace.targets(PACKAGE, "bench").contains(&BENCH), "{PACKAGE} has no bench named {BENCH}");
    if workspace.find("valgrind").is_none() {
        return Ok(None);
    }
    let version = workspace.locked_version("gungraun")?.context("gungraun is not in Cargo.lock")?;
    tools::from_crate(workspace, "gungraun-runner", &version)?;
    let text = cargo(workspace)
        .words("bench --locked --quiet --package")
        .args([PACKAGE, "--bench", BENCH, "--", "--output-format=json"])
        .stdout()?;
    let counts = read(&text)?;
    ensure!(!counts.is_empty(), "the bench {BENCH} counted nothing");
    Ok(Some(counts))
}

/// One JSON object per line and bench.
fn read(text: &str) -> Result<Counts> {
    let mut counts = Counts::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let summary: Value = serde_json::from_str(line).context("gungraun's output")?;
        let path = summary["module_path"].as_str().context("gungraun names no module path")?;
        let path = path.split_once("::").map_or(path, |(_, rest)| rest);
        let name = match summary["id"].as_str() {
            Some(id) => format!("{path} {id}"),
            None => path.to_owned(),
        };
        let profile = summary["profiles"].as_array().into_iter().flatten().find(|p| p["tool"] == "Callgrind");
        let count = profile
            .and_then(|profile| profile["data"]["total"]["metrics"]["Ir"]["values"]["new"].as_u64())
            .with_context(|| format!("{name}: gungraun gives no count"))?;
        ensure!(counts.insert(name.clone(), count).is_none(), "{name} occurs twice");
    }
    Ok(counts)
}

/// What is above its bound, without one, or only a bound.
fn compare(measured: &Counts, bounds: &Counts, tolerance_percent: u64) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, &count) in measured {
        match bounds.get(name) {
            None => wrong.push(format!("{name} has no bound")),
            Some(&bound) if count * 100 > bound * (100 + tolerance_percent) => {
                wrong.push(format!(
                    "{name} takes {count} instructions, bound {bound} + {tolerance_percent} %"
                ));
            }
            Some(_) => {}
        }
    }
    let orphans = bounds.keys().filter(|name| !measured.contains_key(*name));
    wrong.extend(orphans.map(|name| format!("{name} has a bound and was not measured")));
    wrong
}

fn improved(count: u64, bound: u64) -> bool {
    count * 100 < bound * (100 - TOLERANCE_PERCENT)
}

fn parse(text: &str) -> Result<Bounds> {
    let table: toml::Table = toml::from_str(text)?;
    let word = |key: &str| {
        let value = table.get(key).and_then(toml::Value::as_str).with_context(|| format!("no {key}"))?;
        Ok::<_, anyhow::Error>(value.to_owned())
    };
    let mut counts = Counts::new();
    let listed =
        table.get("instructions").and_then(toml::Value::as_table).context("no table [instructions]")?;
    for (name, value) in listed {
        let count = value.as_integer().and_then(|count| u64::try_from(count).ok());
        counts.insert(name.clone(), count.with_context(|| format!("{name} is no count"))?);
    }
    Ok(Bounds { rustc: word("rustc")?, platform: word("platform")?, counts })
}

fn render(bounds: &Bounds) -> String {
    let mut text =
        String::from("# Instructions of each bench, written by `cargo xtask instructions --bless`.\n");
    let _ = writeln!(text, "rustc = {:?}", bounds.rustc);
    let _ = writeln!(text, "platform = {:?}", bounds.platform);
    text.push_str("\n[instructions]\n");
    for (name, count) in &bounds.counts {
        let _ = writeln!(text, "{name:?} = {count}");
    }
    text
}

fn rustc(workspace: &Workspace) -> Result<String> {
    let text = program(workspace, "rustc").arg("--version").stdout()?;
    Ok(text.split_whitespace().nth(1).unwrap_or_default().to_owned())
}

fn platform() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Counts, compare, improved, parse, read, render};

    fn counts(list: &[(&str, u64)]) -> Counts {
        list.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    fn summary(id: &str, values: &str) -> String {
        format!(
            r#"{{"module_path": "instructions::engine::approve", "id": "{id}", "profiles":
                [{{"tool": "Callgrind", "data": {{"total": {{"metrics": {{"Ir": {{"values": {values}}}}}}}}}}}]}}"#
        )
        .replace('\n', " ")
    }

    #[test]
    fn a_count_is_read_with_and_without_an_earlier_run() {
        let text =
            [summary("first", r#"{"new": 60}"#), summary("again", r#"{"new": 61, "old": 60}"#)].join("\n");
        assert_eq!(
            read(&text).unwrap(),
            counts(&[("engine::approve first", 60), ("engine::approve again", 61)])
        );
    }

    #[test]
    fn output_without_a_count_is_an_error() {
        assert!(read(&summary("lost", r#"{"old": 60}"#)).is_err());
        assert!(read("Gungraun result: Ok").is_err());
    }

    #[test]
    fn a_count_may_reach_its_bound_and_the_tolerance() {
        let bounds = counts(&[("a", 100)]);
        assert_eq!(compare(&counts(&[("a", 102)]), &bounds, 2).len(), 0);
        assert_eq!(compare(&counts(&[("a", 103)]), &bounds, 2).len(), 1);
        assert_eq!(compare(&counts(&[("b", 1)]), &bounds, 2).len(), 2);
        assert!(improved(97, 100) && !improved(98, 100));
    }

    #[test]
    fn bounds_survive_being_written() {
        let bounds = Bounds {
            rustc: "1.95.0".to_owned(),
            platform: "x86_64-linux".to_owned(),
            counts: counts(&[("engine::approve all gates", 900), ("engine::halted", 40)]),
        };
        assert_eq!(parse(&render(&bounds)).unwrap(), bounds);
        assert!(parse("rustc = \"1\"\nplatform = \"x\"\n[instructions]\na = -1\n").is_err());
    }
}
