//! The table of speeds: what the benches measured, beside what is aimed at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::table::table;

/// A path of the table.
struct Row {
    path: &'static str,
    /// The bench, as it calls itself.
    bench: &'static str,
    bounds: &'static [Bound],
    /// Nanoseconds.
    goal: Option<f64>,
}

/// What a path may take at most.
enum Bound {
    Nanos(f64),
    /// A multiple of another path.
    Times(f64, &'static str),
    /// Nanoseconds more than another path.
    Above(f64, &'static str),
}
use Bound::{Above, Nanos, Times};

const FLOOR: &str = "approve/floor";
const APPROVE: &str = "approve/all gates";
const ALWAYS_ON: &str = "approve/always-on gates";

const fn row(path: &'static str, bench: &'static str, bounds: &'static [Bound], goal: Option<f64>) -> Row {
    Row { path, bench, bounds, goal }
}

/// The bounds are those of one quiet core of 2.6 GHz.
const ROWS: &[Row] = &[
    row("the floor: look-ups, copies, record, no gates", FLOOR, &[], None),
    row("approve, all gates", APPROVE, &[Nanos(150.0), Times(2.5, FLOOR)], Some(100.0)),
    row("approve, gates of the first issue", "approve/gates of the first issue", &[Nanos(100.0)], Some(70.0)),
    row("p99.9 of single calls", "p99.9/all gates", &[Nanos(1_000.0)], None),
    row("approve, 1,000,000 ids", "world/1,000,000 ids", &[Nanos(300.0)], None),
    row("the floor with 1,000,000 ids", "world/floor, 1,000,000 ids", &[], None),
    row("approve, 10,000 instruments, 1,000 accounts", "world/10,000 instruments, 1,000 accounts", &[], None),
    row("approve, 64 instruments, 8 accounts", "world/65,536 live ids", &[], None),
    row("approve, nothing else live", "world/no live ids", &[], None),
    row("reject at a firm halt", "reject/firm halt", &[Nanos(30.0)], None),
    row(
        "the same, with the ring's copies of the state",
        "reject/firm halt, with the ring's copies",
        &[],
        None,
    ),
    row("reduce by quantity", "reduce/by quantity", &[Times(2.5, APPROVE)], Some(150.0)),
    row("reduce by notional", "reduce/by notional", &[Times(2.5, APPROVE)], Some(150.0)),
    row("quote, one holder", "quote, holders/1", &[Nanos(60.0)], None),
    row("guard, approve", "approve/all gates, guard", &[Above(15.0, APPROVE)], None),
    row("guard, reject at a firm halt", "reject/firm halt, guard", &[Above(15.0, "reject/firm halt")], None),
];

/// Nanoseconds by the name of a bench.
pub(crate) struct Measured(BTreeMap<String, f64>);

impl Measured {
    /// What criterion wrote below a folder, and what the bench of single calls said.
    pub(crate) fn read(results: &Path, latency: &Value) -> Result<Measured> {
        let mut nanos = BTreeMap::new();
        for file in found(results, "benchmark.json")? {
            let json = |file: &Path| -> Result<Value> {
                let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
                serde_json::from_str(&text).with_context(|| file.display().to_string())
            };
            let (name, median) = median(&json(&file)?, &json(&file.with_file_name("estimates.json"))?)
                .with_context(|| file.display().to_string())?;
            nanos.insert(name, median);
        }
        for (row, places) in latency.as_object().context("`latency --json` prints no object")? {
            for (place, time) in places.as_object().with_context(|| row.clone())? {
                let time = time.as_f64().with_context(|| format!("{row}: {place}"))?;
                nanos.insert(format!("{place}/{row}"), time);
            }
        }
        Ok(Measured(nanos))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    fn nanos(&self, bench: &str) -> Result<f64> {
        self.0.get(bench).copied().with_context(|| format!("no bench measured {bench:?}"))
    }

    /// The benches of a group, in the order of their names, numbers by their size.
    fn group(&self, group: &str) -> Vec<(&str, f64)> {
        let mut rows: Vec<(&str, f64)> = self
            .0
            .iter()
            .filter_map(|(name, nanos)| Some((name.strip_prefix(group)?.strip_prefix('/')?, *nanos)))
            .collect();
        rows.sort_by_key(|(name, _)| name.parse::<u64>().unwrap_or(u64::MAX));
        rows
    }
}

/// Its name, and nanoseconds of one call: a bench that times batches says how many calls are in one.
fn median(benchmark: &Value, estimates: &Value) -> Result<(String, f64)> {
    let name = benchmark["full_id"].as_str().context("no name")?;
    let calls = benchmark["throughput"]["Elements"].as_f64().unwrap_or(1.0);
    let median = estimates["median"]["point_estimate"].as_f64().context("no median")?;
    Ok((name.to_owned(), median / calls))
}

/// The newest results of every bench: files of this name in a folder `new`.
fn found(folder: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(found(&path, name)?);
        } else if path.ends_with(Path::new("new").join(name)) {
            files.push(path);
        }
    }
    Ok(files)
}

/// Everything that was measured, for reading.
pub(crate) fn tables(measured: &Measured) -> Result<String> {
    let parts = [
        paths(measured)?,
        gates(measured)?,
        holders(measured)?,
        calls(measured)?,
        listed(&["beside a peer", "median"], measured.group("peer")),
    ];
    let head = "Nanoseconds, medians of this run; on a busy machine the ratio to the floor says most.";
    Ok(format!("{head}\n\n{}", parts.join("\n")))
}

fn paths(measured: &Measured) -> Result<String> {
    let floor = measured.nanos(FLOOR)?;
    let mut rows = vec![heading(&["path", "bound", "goal", "median", "to floor", "bound is"])];
    for row in ROWS {
        let nanos = measured.nanos(row.bench)?;
        let goal = row.goal.map(number).unwrap_or_default();
        let (mut bounds, mut met) = (Vec::new(), true);
        for bound in row.bounds {
            let (shown, most) = bound.of(measured)?;
            bounds.push(shown);
            met &= nanos <= most;
        }
        let so = if bounds.is_empty() { "" } else { ["not met", "met"][usize::from(met)] };
        let ratio = format!("{:.2}", nanos / floor);
        rows.push(cells(row.path, [bounds.join(", "), goal, number(nanos), ratio, so.to_owned()]));
    }
    Ok(table(&rows))
}

/// What each group of gates costs, beyond the gates that are always on.
fn gates(measured: &Measured) -> Result<String> {
    let always = measured.nanos(ALWAYS_ON)?;
    let mut rows = vec![heading(&["group of gates, alone", "median", "adds"])];
    rows.push(cells("always on", [number(always), String::new()]));
    for (name, nanos) in measured.group("approve").into_iter().filter(|(name, _)| name.starts_with('+')) {
        rows.push(cells(name, [number(nanos), number(nanos - always)]));
    }
    Ok(table(&rows))
}

/// Whether a quote costs in proportion to the holders.
fn holders(measured: &Measured) -> Result<String> {
    let none = measured.nanos("quote, holders/0")?;
    let mut rows = vec![heading(&["holders of a quote", "median", "each adds"])];
    for (holders, nanos) in measured.group("quote, holders") {
        let count: f64 = holders.parse().context("a number of holders")?;
        let each = if count > 0.0 { number((nanos - none) / count) } else { String::new() };
        rows.push(cells(holders, [number(nanos), each]));
    }
    Ok(table(&rows))
}

/// Single calls, up to the slowest.
fn calls(measured: &Measured) -> Result<String> {
    let places = ["p50", "p99", "p99.9", "max"];
    let mut rows = vec![heading(&["single calls", "p50", "p99", "p99.9", "max"])];
    for (name, _) in measured.group("p50") {
        let times = places.map(|place| measured.nanos(&format!("{place}/{name}")).map(number));
        rows.push(cells(name, times.into_iter().collect::<Result<Vec<_>>>()?));
    }
    Ok(table(&rows))
}

fn listed(names: &[&str], times: Vec<(&str, f64)>) -> String {
    let rows = times.into_iter().map(|(name, nanos)| cells(name, [number(nanos)]));
    table(&std::iter::once(heading(names)).chain(rows).collect::<Vec<_>>())
}

impl Bound {
    /// How it is written, and what it comes to in nanoseconds.
    fn of(&self, measured: &Measured) -> Result<(String, f64)> {
        Ok(match self {
            Nanos(most) => (format!("{} ns", number(*most)), *most),
            Times(times, of) => (format!("{times}x {}", short(of)), times * measured.nanos(of)?),
            Above(more, of) => (format!("{} + {more} ns", short(of)), more + measured.nanos(of)?),
        })
    }
}

fn short(bench: &str) -> &str {
    match bench {
        FLOOR => "floor",
        APPROVE => "approve",
        other => other.split('/').next().unwrap_or(other),
    }
}

fn heading(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn cells(first: &str, others: impl IntoIterator<Item = String>) -> Vec<String> {
    std::iter::once(first.to_owned()).chain(others).collect()
}

/// Whole nanoseconds, with separators.
fn number(nanos: f64) -> String {
    let digits = format!("{:.0}", nanos.abs());
    let mut text = String::from(if nanos <= -0.5 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::{APPROVE, Measured, ROWS, median, number, tables};

    /// Every bench there is a row for takes 100 ns, these take other times.
    fn measured(others: &[(&str, f64)]) -> Measured {
        let also = ["approve/always-on gates", "quote, holders/0", "quote, holders/16"];
        let names = ROWS.iter().map(|row| row.bench).chain(also);
        let mut nanos: BTreeMap<String, f64> = names.map(|name| (name.to_owned(), 100.0)).collect();
        nanos.extend(others.iter().map(|(name, time)| ((*name).to_owned(), *time)));
        Measured(nanos)
    }

    #[test]
    fn a_batch_is_divided_by_its_calls() {
        let estimates = json!({"median": {"point_estimate": 2048.0}});
        let batch = json!({"full_id": "a/b", "throughput": {"Elements": 1024}});
        assert_eq!(median(&batch, &estimates).unwrap(), ("a/b".to_owned(), 2.0));
        let single = json!({"full_id": "a/b", "throughput": null});
        assert_eq!(median(&single, &estimates).unwrap(), ("a/b".to_owned(), 2048.0));
    }

    #[test]
    fn a_path_is_shown_with_its_bounds_and_its_ratio() {
        let text = tables(&measured(&[(APPROVE, 260.0)])).unwrap();
        let line = text.lines().find(|line| line.starts_with("approve, all gates")).unwrap();
        let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        assert_eq!(cells, ["approve, all gates", "150 ns, 2.5x floor", "100", "260", "2.60", "not met"]);
        assert!(text.lines().any(|line| line.starts_with("guard, approve") && line.ends_with(" met")));
    }

    #[test]
    fn a_path_that_was_not_measured_is_an_error() {
        let mut measured = measured(&[]);
        measured.0.remove(APPROVE);
        assert!(tables(&measured).unwrap_err().to_string().contains(APPROVE));
    }

    #[test]
    fn holders_stand_in_the_order_of_their_number() {
        let text = tables(&measured(&[("quote, holders/2", 100.0)])).unwrap();
        let place = |holders: &str| text.lines().position(|line| line.split("  ").next() == Some(holders));
        assert!(place("2").unwrap() < place("16").unwrap());
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0.4, -0.4, 999.6, 1_234_567.0, -42.0].map(number),
            ["0", "0", "1,000", "1,234,567", "-42"]
        );
    }
}
