//! The scenarios of the core, line by line through the C calls, come out the same.

use std::path::{Path, PathBuf};

use risk_testkit::scenario::{Scenario, run};

use super::driver::BorderDriver;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../risk-core/tests/scenarios")
}

fn read(folder: &Path) -> Vec<Scenario> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        Scenario::parse(&text, &path.display().to_string()).unwrap()
    };
    files.iter().map(read).collect()
}

#[test]
#[cfg(not(miri))]
fn the_scenarios_of_the_core_come_out_the_same() {
    let mut scenarios = read(&folder());
    scenarios.extend(read(&folder().join("incidents")));
    // A program in C cannot yet adjust an instrument, transfer a position, state orders, decide statements or come back by
    // anything but its journal.
    let unknown = [
        "adjustments",
        "transfers",
        "reconcile",
        "reconcile_full",
        "acceptances",
        "statements",
        "suspect_marks",
        "exits_listed",
        "self_match",
        "restart",
    ];
    scenarios
        .retain(|scenario| !unknown.iter().any(|file| scenario.origin.ends_with(&format!("/{file}.txt"))));
    assert!(scenarios.len() >= 58, "{} scenarios", scenarios.len());
    let problems: Vec<_> =
        scenarios.iter().filter_map(|s| run::<BorderDriver>(s).err()).map(|p| p.to_string()).collect();
    assert!(problems.is_empty(), "{} of {} fail:\n{}", problems.len(), scenarios.len(), problems.join("\n"));
}
