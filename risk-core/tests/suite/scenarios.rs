//! Every text in `scenarios/` comes out as it says, its journal replays.

use std::path::{Path, PathBuf};

use risk_testkit::scenario::{CoreDriver, Scenario, run};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// The scenarios of a folder, in order of name.
fn read(folder: &Path) -> Vec<Scenario> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let origin = path.strip_prefix(folder.parent().unwrap()).unwrap_or(path).display().to_string();
        Scenario::parse(&text, &origin).unwrap_or_else(|problem| panic!("{problem}"))
    };
    files.iter().map(read).collect()
}

/// All problems at once: a person who changed a rule wants the whole list.
fn run_all(scenarios: &[Scenario]) {
    let problems: Vec<_> =
        scenarios.iter().filter_map(|s| run::<CoreDriver>(s).err()).map(|p| p.to_string()).collect();
    assert!(problems.is_empty(), "{} of {} fail:\n{}", problems.len(), scenarios.len(), problems.join("\n"));
}

#[test]
fn every_scenario_comes_out_as_it_says() {
    let scenarios = read(&folder());
    assert!(scenarios.len() >= 10, "{} scenarios", scenarios.len());
    run_all(&scenarios);
}
