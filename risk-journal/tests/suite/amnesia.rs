//! The incident `restart-amnesia`: a kill switch that a restart forgot. A real process halts an account and is killed; the
//! next one is still halted, and with files that it cannot read it starts halted. Kept in memory alone, the same halt is
//! forgotten: it is the journal that decides.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use risk_core::{
    AnyJournal, Cause, Decision, Engine, Input, Lift, ManualClock, Order, OrderRef, Quote, Reason, Scope,
    TradingState,
};
use risk_journal::{Durability, OpenError, Opened, Options, open};

use super::desk::{START, config};

/// Tells the test below that it is the process to be killed, and how it keeps its journal.
const VICTIM: &str = "RISK_AMNESIA_VICTIM";
const KEPT: &str = "RISK_AMNESIA_KEPT";

type Guarded = Engine<ManualClock, AnyJournal>;

fn kept(how: &str) -> Durability {
    match how {
        "always" => Durability::Always,
        "group" => Durability::Group { sync_within_ms: 5 },
        _ => Durability::Memory { records: 1_000 },
    }
}

fn begin(folder: &Path, how: &str) -> Result<Opened<ManualClock, AnyJournal>, OpenError> {
    let options =
        Options { durability: kept(how), segment_bytes: 1 << 20, snapshot_every: 0, ..Options::default() };
    open(folder, &config(), ManualClock::at(START), options)
}

fn order(engine: &Guarded, id: &str) -> Order {
    let account = engine.account("main").unwrap();
    let strategy = engine.strategy(account, "grid").unwrap();
    let instrument = engine.instrument("BTC-USD").unwrap();
    Order::buy(instrument, 1).limit(100).account(account).strategy(strategy).id(id)
}

fn quote(engine: &mut Guarded) {
    let instrument = engine.instrument("BTC-USD").unwrap();
    engine.ingest(Input::Quote(Quote::new(instrument, 99, 101, START))).unwrap();
}

/// Not a test of its own: what runs in the process that is killed. On its own it does nothing.
#[test]
fn victim() {
    let Some(folder) = std::env::var_os(VICTIM) else { return };
    let mut engine = begin(Path::new(&folder), &std::env::var(KEPT).unwrap()).unwrap().engine;
    quote(&mut engine);
    let order = order(&engine, "before");
    let Decision::Approved(permit) = engine.evaluate(&order) else { panic!("refused before the halt") };
    let _sent = engine.redeem(permit).unwrap();
    engine.halt(Scope::Account(order.account), "loses money", "ops");
    let mut out = std::io::stdout();
    out.write_all(b"\nhalted\n").and_then(|()| out.flush()).unwrap();
    loop {
        std::thread::park();
    }
}

/// Runs the process until it says that it has halted, and kills it (SIGKILL).
fn run_and_kill(folder: &Path, how: &str) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "suite::amnesia::victim", "--nocapture", "--test-threads=1"])
        .env(VICTIM, folder)
        .env(KEPT, how)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let halted = lines.map_while(Result::ok).any(|line| line == "halted");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(halted, "{how}: the process ended before it halted");
}

/// What the incident asks of the process after. The first thing that is not so.
fn is_still_halted(engine: &mut Guarded) -> Result<(), String> {
    let asked = order(engine, "after");
    quote(engine);
    match engine.evaluate(&asked) {
        Decision::EmergencyStop(why) if why.reason == Reason::KillSwitchActive => {}
        other => return Err(format!("the halt is forgotten: {other:?}")),
    }
    let state = engine.trading_state(Scope::Account(asked.account));
    if state != TradingState::Halted {
        return Err(format!("the account is {state:?}"));
    }
    let latch = engine.latches().find(|latch| latch.cause == Cause::Operator);
    if latch.is_none_or(|latch| latch.by.as_str() != "ops") {
        return Err(format!("who halted is forgotten: {latch:?}"));
    }
    // What lives at the venue is still known, and can be cancelled.
    let before = OrderRef::Client { account: asked.account, id: "before".into() };
    if engine.cancel(before).handle() == risk_core::OrderHandle::default() {
        return Err("the order at the venue is forgotten".to_owned());
    }
    Ok(())
}

fn incident(how: &str) -> Result<(), String> {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    run_and_kill(&folder, how);
    is_still_halted(&mut begin(&folder, how).unwrap().engine)
}

#[test]
fn a_halt_survives_the_process_that_was_told() {
    for how in ["always", "group"] {
        incident(how).unwrap_or_else(|problem| panic!("{how}: {problem}"));
    }
}

/// The deciding control at its loosest: nothing is kept.
#[test]
fn without_a_journal_in_files_the_incident_happens() {
    let problem = incident("memory").unwrap_err();
    assert!(problem.contains("the halt is forgotten"), "{problem}");
}

/// A journal whose last process had lifted its halt: what is Active by everything that can be read.
fn active(folder: &Path) {
    run_and_kill(folder, "always");
    let mut engine = begin(folder, "always").unwrap().engine;
    let account = Scope::Account(engine.account("main").unwrap());
    let latch = engine.latches().last().unwrap().id;
    engine.resume(account, Lift::UpTo(latch), TradingState::Active, "looked at", "ops").unwrap();
    assert_eq!(engine.trading_state(account), TradingState::Active);
}

/// What is done to the file of a segment.
type Damage = fn(&Path);

#[test]
fn a_state_that_cannot_be_read_starts_halted() {
    let damages: [(&str, Damage); 4] = [
        ("nothing", |_| ()),
        ("a bit of the first record", |file| {
            let mut bytes = fs::read(file).unwrap();
            let place = risk_journal::segment::FRAMES_AT + 40;
            bytes[place] ^= 1;
            fs::write(file, bytes).unwrap();
        }),
        ("all of a segment", |file| {
            let length = fs::metadata(file).unwrap().len();
            fs::write(file, vec![0xA5; usize::try_from(length).unwrap()]).unwrap();
        }),
        ("a segment that is gone", |file| fs::remove_file(file).unwrap()),
    ];
    for (what, damage) in damages {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("journal");
        active(&folder);
        damage(&folder.join(risk_journal::segment::name(1)));
        match begin(&folder, "always") {
            Ok(mut opened) => {
                let state = opened.engine.trading_state(Scope::Firm);
                let order = order(&opened.engine, "after");
                quote(&mut opened.engine);
                let stopped = matches!(opened.engine.evaluate(&order), Decision::EmergencyStop(_));
                let damaged = what != "nothing";
                assert_eq!(!opened.report.problems.is_empty(), damaged, "{what}: {}", opened.report);
                assert_eq!((state == TradingState::Halted, stopped), (damaged, damaged), "{what}");
            }
            // No guard at all is stricter still: nothing can be sent.
            Err(refused) => assert!(what != "nothing", "{what}: {refused}"),
        }
    }
}
