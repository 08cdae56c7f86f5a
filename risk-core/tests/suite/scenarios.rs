//! Every text in `scenarios/` comes out as it says, its journal replays, and without its deciding control it fails.

use std::path::{Path, PathBuf};

use risk_testkit::scenario::{CoreDriver, Scenario, run, run_without};

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
    assert!(scenarios.len() >= 35, "{} scenarios", scenarios.len());
    run_all(&scenarios);
}

#[test]
fn every_incident_is_prevented() {
    let scenarios = read(&folder().join("incidents"));
    run_all(&scenarios);
}

/// The incidents that are to be prevented, by the names of their scenarios. The twelfth, a kill switch that a restart
/// forgot, needs a process that is killed: `risk-journal/tests/suite/amnesia.rs`.
#[test]
fn no_incident_is_left_out() {
    let scenarios = read(&folder().join("incidents"));
    for incident in [
        "cancel-under-kill",
        "citi-2022",
        "everbright-2013",
        "goldman-2013",
        "ibkr-2020",
        "infinium-2010",
        "kill-race",
        "knight-2012",
        "mizuho-2005",
        "rochdale-2012",
        "ubs-facebook-2012",
    ] {
        let file = format!("incidents/{incident}.txt");
        assert!(scenarios.iter().any(|scenario| scenario.origin == file), "{file}");
    }
}

/// A scenario proves something only if it fails without the control that decides it.
#[test]
fn no_incident_is_prevented_without_its_control() {
    let scenarios = read(&folder().join("incidents"));
    for scenario in scenarios {
        assert!(!scenario.decided_by.is_empty(), "{} names no deciding control", scenario.origin);
        for control in &scenario.decided_by {
            let problem = run_without::<CoreDriver>(&scenario, control)
                .err()
                .unwrap_or_else(|| panic!("{} comes out the same without {control}", scenario.origin));
            // It must be an answer that changes, not the scenario that no longer starts.
            let first = scenario.steps.first().map_or(0, |step| step.line);
            assert!(
                problem.line > first,
                "{} does not even start without {control}: {problem}",
                scenario.origin
            );
        }
    }
}

/// Millions of orders, as the library is shipped. In debug they are only read: a text that nobody reads rots.
#[test]
fn large_scenarios_come_out_as_they_say() {
    let scenarios = read(&folder().join("large"));
    assert!(scenarios.len() >= 2, "{} scenarios", scenarios.len());
    if !cfg!(debug_assertions) {
        run_all(&scenarios);
    }
}
