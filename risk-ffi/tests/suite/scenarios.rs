//! The scenarios of the core, line by line through the C calls, come out the same.

use std::path::{Path, PathBuf};

use risk_testkit::scenario::{Driver, Scenario, run};

use super::driver::BorderDriver;
use super::driver_folder::FolderDriver;

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
    // A journal in memory does not come back: those are for the next test.
    scenarios.retain(|scenario| !comes_back(scenario));
    assert!(scenarios.len() >= 58, "{} scenarios", scenarios.len());
    passes::<BorderDriver>(&scenarios);
}

fn comes_back(scenario: &Scenario) -> bool {
    std::fs::read_to_string(&scenario.origin).unwrap().lines().any(|line| line.starts_with("restart"))
}

fn passes<D: Driver>(scenarios: &[Scenario]) {
    let problems: Vec<_> =
        scenarios.iter().filter_map(|s| run::<D>(s).err()).map(|p| p.to_string()).collect();
    assert!(problems.is_empty(), "{} of {} fail:\n{}", problems.len(), scenarios.len(), problems.join("\n"));
}

/// A guard whose process ends and that comes back by its journal in a folder.
#[test]
#[cfg(not(miri))]
fn a_restart_comes_out_the_same() {
    let mut scenarios = read(&folder());
    scenarios.retain(comes_back);
    assert!(!scenarios.is_empty());
    passes::<FolderDriver>(&scenarios);
}
