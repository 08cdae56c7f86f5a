//! Machines and processes die at any moment, and again while they come back: nothing acknowledged is lost, what comes
//! back is a beginning of what happened, and no crash looks like damage.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use risk_core::{Engine, Journal, ManualClock, Scope, TradingState};
use risk_journal::segment::{FRAMES_AT, name};
use risk_journal::{ChainKey, Durability, FileJournal, History, OpenError, Opened, Options, open_on};

use super::desk::{START, Trader, config};
use super::scale::{Progress, number};
use super::sim::SimDisk;

type Guarded = Engine<ManualClock, FileJournal<SimDisk>>;

const KEY: ChainKey = ChainKey::new([9; 32]);
const GROUP: Durability = Durability::Group { sync_within_ms: 5 };

fn start(
    disk: SimDisk,
    durability: Durability,
    clock: &ManualClock,
) -> Result<Opened<ManualClock, FileJournal<SimDisk>>, OpenError> {
    let key = Some(KEY);
    open_on(
        disk,
        &config(),
        clock.clone(),
        Options { durability, segment_bytes: 16_384, snapshot_every: 150, keep_records: Some(100), key },
    )
}

/// What is known of a history: the state after each record, and what was acknowledged.
#[derive(Default)]
struct Known {
    digests: BTreeMap<u64, u128>,
    acknowledged: u64,
}

impl Known {
    fn see(&mut self, engine: &Guarded, always: bool) {
        // A hash over the whole state costs more than a record.
        if engine.seq().is_multiple_of(3) {
            self.digests.insert(engine.seq(), engine.digest());
        }
        let durable = if always { engine.seq() } else { engine.journal().durable_seq() };
        self.acknowledged = self.acknowledged.max(durable);
    }
}

fn cases(few: u64) -> u64 {
    let many = std::env::var("RISK_CASES").ok().and_then(|cases| cases.parse().ok());
    many.unwrap_or(if cfg!(debug_assertions) { few } else { few * 10 })
}

/// What a process does until it dies.
fn live(opened: &mut Guarded, clock: &ManualClock, trader: &mut Trader, known: &mut Known, always: bool) {
    for _ in 0..trader.random.u32(1..120) {
        trader.step(opened, clock);
        known.see(opened, always);
        if trader.random.u8(..12) == 0 {
            // A helper that is slow, sometimes very.
            opened.journal().turn();
            known.see(opened, always);
        }
    }
}

#[test]
fn a_crash_at_any_moment_loses_nothing_that_was_acknowledged() {
    for seed in 0..cases(40) {
        let mut trader = Trader::new(seed);
        let always = trader.random.bool();
        let durability = if always { Durability::Always } else { GROUP };
        let clock = ManualClock::at(START);
        let mut disk = SimDisk::default();
        let mut known = Known::default();
        for life in 0..6 {
            let opened = start(disk.clone(), durability, &clock);
            let mut opened = opened.unwrap_or_else(|error| panic!("seed {seed}, life {life}: {error}"));
            let report = &opened.report;
            assert_eq!(report.problems, [], "seed {seed}, life {life}");
            assert!(
                report.seq >= known.acknowledged,
                "seed {seed}, life {life}: {} of {} acknowledged",
                report.seq,
                known.acknowledged
            );
            known.digests.retain(|seq, _| *seq <= report.seq);
            check_state(&disk, durability, &known, report.seq, &format!("seed {seed}, life {life}"));
            known.see(&opened.engine, always);
            live(&mut opened.engine, &clock, &mut trader, &mut known, always);
            // Dead: the image is taken first, so that what a drop would still do does not count.
            disk = match trader.random.u8(..3) {
                0 => disk.after_kill(),
                _ => disk.after_power_loss(&mut trader.random),
            };
            drop(opened);
            if trader.random.u8(..3) == 0 {
                // It dies once more while it comes back.
                let again = start(disk.clone(), durability, &clock).unwrap();
                assert_eq!(again.report.problems, [], "seed {seed}, life {life}, coming back");
                drop(again);
                disk = disk.after_power_loss(&mut trader.random);
                // What it recorded then may or may not be there.
                known.digests = known.digests.split_off(&u64::MAX);
            }
        }
    }
}

/// What a process leaves in the kernel's hands is durable once the next one has read it, seals too: a checkpoint that
/// vouches for them must not outlive them.
#[test]
fn a_kill_and_then_a_power_loss_is_no_damage() {
    for seed in 0..cases(30) {
        let mut trader = Trader::new(seed);
        let clock = ManualClock::at(START);
        let disk = SimDisk::default();
        let mut opened = start(disk.clone(), Durability::Always, &clock).unwrap();
        // Into the second segment, with the first one sealed as far as it goes, and no checkpoint since its snapshot.
        loop {
            trader.step(&mut opened.engine, &clock);
            if disk.content(&name(2))[FRAMES_AT] != 0 {
                break;
            }
            opened.engine.journal().turn();
        }
        let last = opened.engine.seq();
        let disk = disk.after_kill();
        drop(opened);
        let again = start(disk.clone(), Durability::Always, &clock).unwrap();
        assert_eq!(again.report.problems, [], "seed {seed}");
        // Ends in order: the last thing is a checkpoint.
        drop(again);
        let disk = disk.after_power_loss(&mut trader.random);
        let report = start(disk, Durability::Always, &clock).unwrap().report;
        assert_eq!(report.problems, [], "seed {seed}");
        assert!(report.seq > last, "seed {seed}: {report}");
    }
}

/// The state that comes back is the one that was, record for record.
fn check_state(disk: &SimDisk, durability: Durability, known: &Known, seq: u64, at: &str) {
    let Some(expected) = known.digests.get(&seq) else { return };
    let copy = disk.after_kill();
    let history = History::open(copy, Some(KEY)).unwrap();
    let found = history.state_at(seq).unwrap_or_else(|error| panic!("{at}: {error}"));
    assert_eq!(found.digest(), *expected, "{at}, {durability:?}, record {seq}");
}

#[test]
fn every_call_fails_once_with_each_error_and_the_guard_stops() {
    let kinds = [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::Other, ErrorKind::NotFound];
    let (mut failures, mut tried) = (BTreeMap::new(), 0);
    for durability in [GROUP, Durability::Always] {
        let run = |fail: Option<(u64, ErrorKind)>| {
            let (disk, clock) = (SimDisk::default(), ManualClock::at(START));
            if let Some((call, kind)) = fail {
                disk.fail_at(call, kind);
            }
            let mut seen = (0, false);
            if let Ok(mut opened) = start(disk.clone(), durability, &clock) {
                let mut trader = Trader::new(3);
                for step in 0..160 {
                    trader.step(&mut opened.engine, &clock);
                    if step % 10 == 9 {
                        opened.engine.journal().turn();
                    }
                    seen.0 = opened.engine.journal().durable_seq();
                }
                seen.1 = opened.engine.journal().failure().is_some();
                let halted = opened.engine.trading_state(Scope::Firm) == TradingState::Halted;
                // One more call: a failure of the helper is seen by the next record.
                opened.engine.tick();
                let halted = halted || opened.engine.trading_state(Scope::Firm) == TradingState::Halted;
                assert!(!seen.1 || halted, "{fail:?}: a journal that failed and a firm that trades");
            }
            (disk, clock, seen)
        };
        let (disk, _, _) = run(None);
        let calls = disk.calls();
        assert!(calls > 200, "{calls}");
        let step = number("RISK_CALLS_EVERY", if cfg!(debug_assertions) { 3 } else { 1 });
        let mut progress = Progress::new("calls that fail", calls);
        for (call, kind) in (1..=calls)
            .step_by(usize::try_from(step).unwrap())
            .flat_map(|call| kinds.map(|kind| (call, kind)))
        {
            progress.at(call);
            let (disk, clock, (acknowledged, failed)) = run(Some((call, kind)));
            tried += 1;
            let what = disk.failed();
            *failures.entry((what, failed)).or_insert(0) += 1;
            // The disk is well again; what failed is known.
            let opened = start(disk.after_kill(), durability, &clock)
                .unwrap_or_else(|error| panic!("{durability:?}, call {call} ({what:?}), {kind:?}: {error}"));
            assert!(opened.report.seq >= acknowledged, "{durability:?}, call {call} ({what:?}), {kind:?}");
            let state = opened.engine.trading_state(Scope::Firm);
            if failed {
                assert_eq!(state, TradingState::Halted, "{durability:?}, call {call} ({what:?}), {kind:?}");
            }
        }
    }
    println!("{tried} failures: {failures:?}");
    for what in ["sync", "write_at", "create", "rename", "open", "names", "sync_names"] {
        assert!(
            failures.contains_key(&(Some(what), true)) || failures.contains_key(&(Some(what), false)),
            "{what}"
        );
    }
}
