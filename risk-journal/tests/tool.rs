//! The command line tool on a journal of a trading day.
#![cfg(feature = "cli")]

#[path = "suite/desk.rs"]
mod desk;

use std::path::Path;
use std::process::{Command, Output};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use risk_core::{
    Change, End, HouseRule, Input, ManualClock, Order, OrderRef, Quote, Reason, Undecided, Veto, View,
};
use risk_journal::{Durability, Options, open, open_as};
use tempfile::TempDir;

use desk::{START, Trader, busy, config};

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
    let mut opened = open(&folder, &busy(), clock.clone(), options).unwrap();
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

/// Lists, changes and a rule of the house, of one account on one instrument at a price of 100.
fn varied() -> (TempDir, std::path::PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    let mut config = config();
    config.house_rules.push(HouseRule::new("no.sevens"));
    let veto =
        Veto::new(
            "no.sevens",
            |view: &View<'_>| {
                if view.order().quantity == 7.into() { Err(Undecided) } else { Ok(None) }
            },
        );
    let clock = ManualClock::at(START);
    let options = Options { durability: Durability::Always, segment_bytes: 1 << 20, ..Options::default() };
    let opened = open_as(&folder, &config, clock, options, vec![veto], |journal| journal).unwrap();
    let mut engine = opened.engine;
    let account = engine.account("main").unwrap();
    let strategy = engine.strategy(account, "grid").unwrap();
    let instrument = engine.instrument("BTC-USD").unwrap();
    engine.ingest(Input::Quote(Quote::new(instrument, 99, 101, START))).unwrap();
    let order = |quantity: i64, id: &str| {
        Order::buy(instrument, quantity).limit(100).account(account).strategy(strategy).id(id)
    };
    // One order of 2, changed to 5 and then to 50, which is more than there may be.
    let permit = engine.evaluate(&order(2, "a-1")).permit().unwrap();
    let _ = engine.redeem(permit).unwrap();
    let a1 = OrderRef::Client { account, id: "a-1".into() };
    let permit = engine.modify(a1, &Change::new().quantity(5)).permit().unwrap();
    let _ = engine.redeem(permit).unwrap();
    engine.ingest(Input::Accepted { order: a1, quantity: None }).unwrap();
    assert!(engine.modify(a1, &Change::new().quantity(5_000)).permit().is_err());
    // A list of two, one that is given back, and one that asks for too much.
    let permit = engine.evaluate_list(&[order(1, "l-1"), order(3, "l-2")].into()).permit().unwrap();
    let mut outbounds = Vec::new();
    engine.redeem_list(permit, &mut outbounds).unwrap();
    let permit = engine.evaluate_list(&[order(1, "l-3"), order(1, "l-4")].into()).permit().unwrap();
    engine.release_list(permit).unwrap();
    assert!(engine.evaluate_list(&[order(1, "l-5"), order(5_000, "l-6")].into()).permit().is_err());
    engine.ingest(Input::Done { order: outbounds[1].handle().into(), end: End::Cancelled }).unwrap();
    assert_eq!(engine.evaluate(&order(7, "h-1")).permit().unwrap_err().reason, Reason::HouseRule);
    (home, folder)
}

#[test]
fn lists_changes_and_rules_of_the_house_are_asked_again_too() {
    let (home, folder) = varied();
    let trial = home.path().join("trial.toml");
    let report = |text: &str| -> (serde_json::Value, serde_json::Value) {
        std::fs::write(&trial, text).unwrap();
        let args = ["what-if", "--limits", trial.to_str().unwrap(), "--json"];
        let report: serde_json::Value = serde_json::from_str(&good(&args, &folder)).unwrap();
        (report["days"].as_object().unwrap().values().next().unwrap().clone(), report)
    };
    // As it was: what was refused is refused, by the rule too.
    let (day, whole) = report("");
    assert_eq!(
        (&day["orders"], &day["refused"], &day["refused_then"]),
        (&7.into(), &3.into(), &3.into()),
        "{whole}"
    );
    assert_eq!((&day["newly_refused"], &day["newly_approved"]), (&0.into(), &0.into()), "{whole}");
    assert_eq!(whole["unmatched"], 1, "the second of a list, by its handle: {whole}");
    // No order above 150: a change of a-1 to 5 and the list with an order of 3 are refused.
    let (day, whole) = report("[firm]\norder_notional_max = \"250\"\n");
    assert_eq!(whole["newly_refused"]["ORDER_NOTIONAL_MAX"], 2, "{whole}");
    assert_eq!(day["refused_then"], 5, "{whole}");
    // No limits: what was refused for its size passes; the rule still refuses.
    let (day, whole) = report("[firm]\n[accounts.main]\n");
    assert_eq!(whole["newly_approved"]["TOTAL_EXPOSURE_LIMIT"], 2, "{whole}");
    assert_eq!(day["refused_then"], 1, "{whole}");
    // By reason in the picture.
    let picture = home.path().join("picture.svg");
    let args = ["what-if", "--limits", trial.to_str().unwrap(), "--picture", picture.to_str().unwrap()];
    assert!(good(&args, &folder).contains("TOTAL_EXPOSURE_LIMIT"));
    assert!(std::fs::read_to_string(&picture).unwrap().contains("TOTAL_EXPOSURE_LIMIT"));

    // Each of them is explained, and every explanation comes to what was answered.
    for kind in ["evaluated", "modified", "list_evaluated"] {
        for line in good(&["show", "--json", "--kind", kind], &folder).lines() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = good(&["explain", &record["seq"].to_string()], &folder);
            assert!(
                text.contains(kind) && text.contains("answered: ") && text.contains("GrossExposure"),
                "{text}"
            );
        }
    }
    let table = good(&["show", "--kind", "list_evaluated"], &folder);
    assert!(table.contains("2 orders, 0 refused") && table.contains("l-1"), "{table}");
    let table = good(&["show", "--kind", "modified", "--verdict", "rejected"], &folder);
    assert!(table.contains("a-1") && table.contains("5000"), "{table}");
}

#[test]
fn a_parquet_file_has_what_the_lines_have() {
    let (home, folder, seq) = journal();
    let file = home.path().join("records.parquet");
    good(&["export", "--out", file.to_str().unwrap()], &folder);
    let csv = good(&["export"], &folder);
    let mut lines = csv::Reader::from_reader(csv.as_bytes());
    let names = lines.headers().unwrap().clone();
    let reader = SerializedFileReader::new(std::fs::File::open(&file).unwrap()).unwrap();
    let mut rows = reader.get_row_iter(None).unwrap();
    let mut count = 0;
    for line in lines.records() {
        let (line, row) = (line.unwrap(), rows.next().unwrap().unwrap());
        for ((name, text), (column, field)) in names.iter().zip(&line).zip(row.get_column_iter()) {
            assert_eq!(name, column);
            let found = match field {
                Field::Null => String::new(),
                Field::Str(text) => text.clone(),
                Field::Long(number) => number.to_string(),
                other => panic!("{name}: {other}"),
            };
            assert_eq!(text, found, "{name}");
        }
        count += 1;
    }
    assert!(rows.next().is_none());
    assert_eq!(count, seq);
    // Standard output is no place for it.
    assert_eq!(run(&["export", "--format", "parquet"], &folder).status.code(), Some(3));
    // CSV under any name, where that is said.
    good(&["export", "--format", "csv", "--out", file.to_str().unwrap()], &folder);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), csv);
}

#[test]
fn exit_codes_are_what_the_help_says() {
    let (_home, folder, _) = journal();
    assert_eq!(run(&["verify", "--nonsense"], &folder).status.code(), Some(2));
    assert_eq!(run(&["verify"], Path::new("nowhere")).status.code(), Some(3));
    assert_eq!(run(&["explain", "999999"], &folder).status.code(), Some(3));
    for (flag, nothing, known) in [
        ("--kind", "halt", "halted"),
        ("--verdict", "no", "rejected"),
        ("--reason", "PRICE_COLAR", "PRICE_COLLAR"),
    ] {
        let output = run(&["show", flag, nothing], &folder);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(known), "{output:?}");
    }
    let output = run(&["show", "--id", "nobody's"], &folder);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b""[..]));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no record"), "{output:?}");
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
