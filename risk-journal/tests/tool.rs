//! The command line tool on a journal of a trading day.
#![cfg(feature = "cli")]

#[path = "suite/desk.rs"]
mod desk;

use std::path::Path;
use std::process::{Command, Output};

use risk_core::ManualClock;
use risk_journal::{Durability, Options, open};
use tempfile::TempDir;

use desk::{START, Trader, config};

/// A journal of some hundred records; the helper makes segments in time.
fn journal() -> (TempDir, std::path::PathBuf, u64) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    let options = Options {
        durability: Durability::Always,
        segment_bytes: 1 << 20,
        snapshot_every: 200,
        keep_records: None,
        key: None,
    };
    let clock = ManualClock::at(START);
    let mut opened = open(&folder, &config(), clock.clone(), options).unwrap();
    Trader::new(5).trade(&mut opened.engine, &clock, 500);
    let seq = opened.engine.seq();
    drop(opened);
    (home, folder, seq)
}

fn run(args: &[&str], folder: &Path) -> Output {
    let (first, rest) = args.split_first().unwrap();
    Command::new(env!("CARGO_BIN_EXE_risk-journal")).arg(first).arg(folder).args(rest).output().unwrap()
}

fn good(args: &[&str], folder: &Path) -> String {
    let output = run(args, folder);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_journal_is_verified_shown_explained_and_done_again() {
    let (home, folder, seq) = journal();
    let text = good(&["verify"], &folder);
    assert!(text.starts_with(&format!("records 1 to {seq} are what was written")), "{text}");

    let checkpoint = good(&["checkpoint"], &folder);
    let kept = home.path().join("kept");
    std::fs::write(&kept, &checkpoint).unwrap();
    let text = good(&["verify", "--checkpoint", kept.to_str().unwrap()], &folder);
    assert!(!text.contains("No checkpoint"), "{text}");

    let lines = good(&["show", "--json"], &folder);
    assert_eq!(lines.lines().count() as u64, seq);
    let refused = good(&["show", "--json", "--verdict", "rejected"], &folder);
    let first: serde_json::Value = serde_json::from_str(refused.lines().next().unwrap()).unwrap();
    assert_eq!(first["event"]["evaluated"]["outcome"]["verdict"], "rejected");
    let table = good(&["show", "--last", "3"], &folder);
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(table.lines().next().unwrap().contains("answer"), "{table}");

    let text = good(&["explain", &first["seq"].to_string()], &folder);
    assert!(text.contains("answered: rejected") && text.contains("FAILS"), "{text}");

    let whole = good(&["replay"], &folder);
    let state = |text: &str| text.split("state ").nth(1).unwrap()[..32].to_owned();
    assert!(whole.starts_with(&format!("{seq} records, every answer the same")), "{whole}");
    assert_eq!(state(&whole), state(&good(&["replay", "--from-snapshot"], &folder)));

    let csv = good(&["export", "--kind", "evaluated"], &folder);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert!(reader.headers().unwrap().iter().eq([
        "seq",
        "at_ns",
        "kind",
        "account",
        "instrument",
        "id",
        "side",
        "quantity",
        "verdict",
        "reason",
        "gate",
        "level",
        "measured",
        "limit",
        "by",
        "text",
    ]));
    assert!(reader.records().all(|record| &record.unwrap()[2] == "evaluated"));
}

#[test]
fn other_limits_show_which_decisions_would_differ() {
    let (home, folder, _) = journal();
    let trial = home.path().join("trial.toml");
    let picture = home.path().join("picture.svg");
    std::fs::write(&trial, "[firm]\norder_notional_max = \"1\"\n").unwrap();
    let args =
        ["what-if", "--limits", trial.to_str().unwrap(), "--json", "--picture", picture.to_str().unwrap()];
    let report: serde_json::Value = serde_json::from_str(&good(&args, &folder)).unwrap();
    let day = report["days"].as_object().unwrap().values().next().unwrap();
    let number = |name: &str| day[name].as_u64().unwrap();
    assert!(number("orders") > 100 && number("newly_refused") > 20, "{report}");
    assert!(report["newly_refused"]["ORDER_NOTIONAL_MAX"].as_u64().unwrap() > 20, "{report}");
    assert!(std::fs::read_to_string(&picture).unwrap().contains("<svg"));
    let table = good(&["what-if", "--limits", trial.to_str().unwrap()], &folder);
    assert!(table.contains("2023-11-14") && table.contains("ORDER_NOTIONAL_MAX"), "{table}");

    // The limits it began with change nothing, but for the recorded changes that are left out.
    std::fs::write(&trial, "").unwrap();
    let report: serde_json::Value =
        serde_json::from_str(&good(&["what-if", "--limits", trial.to_str().unwrap(), "--json"], &folder))
            .unwrap();
    assert!(report["limit_changes"].as_u64().unwrap() > 0);

    std::fs::write(&trial, "[firm]\nno_such_limit = 1\n").unwrap();
    assert_eq!(run(&["what-if", "--limits", trial.to_str().unwrap()], &folder).status.code(), Some(3));
}

#[test]
fn exit_codes_are_what_the_help_says() {
    let (_home, folder, _) = journal();
    assert_eq!(run(&["verify", "--nonsense"], &folder).status.code(), Some(2));
    assert_eq!(run(&["verify"], Path::new("nowhere")).status.code(), Some(3));
    assert_eq!(run(&["explain", "999999"], &folder).status.code(), Some(3));
    let file = folder.join("segment-00000001");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[2_000] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let output = run(&["verify"], &folder);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stdout).starts_with("WRONG: segment-00000001, byte "),
        "{output:?}"
    );
    let help = Command::new(env!("CARGO_BIN_EXE_risk-journal")).arg("--help").output().unwrap();
    assert!(String::from_utf8_lossy(&help.stdout).contains("Exit codes:"));
}
