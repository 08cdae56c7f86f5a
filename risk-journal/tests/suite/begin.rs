//! What an open needs, and what it makes: a failed one begins nothing, rules of the house come along, and a journal that an
//! earlier version began is opened by this one.
//!
//! The journal in `yesterday/` is fixed bytes: `BLESS=1` writes it anew, which is right only where a format has changed
//! (`format.rs`). Its configuration lacks every field that it leaves at its default, as a version without them wrote it.

use std::path::Path;

use risk_core::{
    Config, HouseRule, Input, ManualClock, Order, Quote, Reason, Scope, TradingState, Undecided, Veto, View,
};
use risk_journal::chain::Chain;
use risk_journal::segment::{Header, Identity, name};
use risk_journal::{ChainKey, Durability, OpenError, Options, open, open_as, open_guard};
use serde_json::Value;

use super::desk::{START, Trader, config};

const KEY: ChainKey = ChainKey::new([3; 32]);

fn options() -> Options {
    Options {
        durability: Durability::Always,
        segment_bytes: 1 << 14,
        snapshot_every: 0,
        keep_records: None,
        key: Some(KEY),
    }
}

fn clock() -> ManualClock {
    ManualClock::at(START)
}

fn with_rule() -> Config {
    let mut config = config();
    config.house_rules.push(HouseRule::new("no"));
    config
}

#[test]
fn a_failed_open_begins_no_folder() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    let mut wrong = config();
    wrong.accounts.clear();
    wrong.firm.limits = risk_core::Limits::default();
    assert!(matches!(open(&folder, &wrong, clock(), options()), Err(OpenError::Config(_))));
    let small = Options { segment_bytes: 100, ..options() };
    assert!(matches!(open(&folder, &config(), clock(), small), Err(OpenError::Options(_))));
    // A rule of the house without its function.
    assert!(matches!(open(&folder, &with_rule(), clock(), options()), Err(OpenError::Config(_))));
    assert!(matches!(open_guard(&folder, &with_rule(), clock(), options()), Err(OpenError::Config(_))));
    assert!(!folder.exists());
    drop(open(&folder, &config(), clock(), options()).unwrap());
    assert!(folder.join("config.json").exists());
}

#[test]
fn rules_of_the_house_refuse_again_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    for life in 0..3 {
        let no = Veto::new("no", |_: &View<'_>| Err(Undecided));
        let opened = open_as(&folder, &with_rule(), clock(), options(), vec![no], |journal| journal).unwrap();
        assert_eq!(opened.report.problems, [], "life {life}");
        let mut engine = opened.engine;
        let account = engine.account("main").unwrap();
        let strategy = engine.strategy(account, "grid").unwrap();
        let instrument = engine.instrument("BTC-USD").unwrap();
        let at = engine.now().max(START);
        engine.ingest(Input::Quote(Quote::new(instrument, 99, 101, at))).unwrap();
        let order = Order::buy(instrument, 1).limit(100).account(account).strategy(strategy);
        let refused = engine.evaluate(&order.id(format!("o-{life}"))).permit().unwrap_err();
        assert_eq!(refused.reason, Reason::HouseRule, "life {life}: {refused}");
    }
}

/// Leaves out every member that a configuration of today reads the same without: what an earlier version did not know.
fn without_defaults(config: &Config) -> Value {
    fn places(value: &Value, at: &str, all: &mut Vec<String>) {
        let members: Vec<(String, &Value)> = match value {
            Value::Object(members) => members.iter().map(|(name, of)| (name.clone(), of)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(at, of)| (at.to_string(), of)).collect(),
            _ => return,
        };
        for (name, of) in members {
            let at = format!("{at}/{name}");
            places(of, &at, all);
            if value.is_object() {
                all.push(at);
            }
        }
    }
    let mut text = serde_json::to_value(config).unwrap();
    let mut all = Vec::new();
    places(&text, "", &mut all);
    for place in all {
        let mut shorter = text.clone();
        let (owner, name) = place.rsplit_once('/').unwrap();
        let Some(owner) = shorter.pointer_mut(owner).and_then(Value::as_object_mut) else { continue };
        owner.remove(name);
        if serde_json::from_value::<Config>(shorter.clone()).is_ok_and(|read| read == *config) {
            text = shorter;
        }
    }
    text
}

/// What an earlier version leaves when it begins a journal.
fn begin_as_before(folder: &Path) {
    let text = serde_json::to_vec_pretty(&without_defaults(&config())).unwrap();
    let identity = Identity { journal: [5; 16], config: *blake3::hash(&text).as_bytes() };
    let checkpoint = Chain::begin(&KEY, &identity).checkpoint(0);
    let mut segment = vec![0; 1 << 14];
    let header = Header { identity, index: 1, bytes: 1 << 14 }.bytes();
    segment[..header.len()].copy_from_slice(&header);
    private(folder);
    let checkpoint = serde_json::to_string(&checkpoint).unwrap() + "\n";
    for (name, bytes) in
        [("config.json", text), ("checkpoints", checkpoint.into_bytes()), (&name(1), segment)]
    {
        write(&folder.join(name), &bytes);
    }
}

fn private(folder: &Path) {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).unwrap();
}

fn write(file: &Path, bytes: &[u8]) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(file).unwrap(), bytes).unwrap();
}

/// Trades on it, halts, and keeps what is on disk then.
fn bless(kept: &Path) {
    let home = tempfile::tempdir().unwrap();
    let (folder, clock) = (home.path().join("journal"), clock());
    begin_as_before(&folder);
    let mut opened = open(&folder, &config(), clock.clone(), options()).unwrap();
    Trader::new(21).trade(&mut opened.engine, &clock, 60);
    let account = opened.engine.account("side").unwrap();
    opened.engine.halt(Scope::Account(account), "yesterday", "ops");
    drop(opened);
    let _ = std::fs::remove_dir_all(kept);
    std::fs::create_dir_all(kept).unwrap();
    for name in FILES {
        std::fs::copy(folder.join(name), kept.join(name)).unwrap();
    }
}

const FILES: [&str; 4] = ["config.json", "checkpoints", "segment-00000001", "tags-00000001"];

#[test]
fn a_journal_of_this_format_that_an_earlier_version_began_opens() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/yesterday");
    if std::env::var_os("BLESS").is_some() {
        bless(&kept);
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    private(&folder);
    for name in FILES {
        write(&folder.join(name), &std::fs::read(kept.join(name)).unwrap());
    }
    let text = std::fs::read(folder.join("config.json")).unwrap();
    assert_ne!(text, serde_json::to_vec_pretty(&config()).unwrap(), "a configuration with all its fields");
    let opened = open(&folder, &config(), clock(), options()).unwrap();
    assert_eq!(opened.report.problems, []);
    assert!(opened.report.seq > 60 && opened.report.replayed == opened.report.seq, "{}", opened.report);
    let account = opened.engine.account("side").unwrap();
    assert_eq!(opened.engine.trading_state(Scope::Account(account)), TradingState::Halted);
    drop(opened);

    let mut other = config();
    other.firm.limits.gross_exposure_max = Some(1.into());
    let refused = open(&folder, &other, clock(), options());
    assert!(matches!(refused, Err(OpenError::ConfigChanged)));
    // A configuration that was changed behind the journal's back proves nothing.
    std::fs::write(folder.join("config.json"), serde_json::to_vec_pretty(&other).unwrap()).unwrap();
    for given in [config(), other] {
        let refused = open(&folder, &given, clock(), options());
        assert!(matches!(refused, Err(OpenError::ConfigChanged)));
    }
}
