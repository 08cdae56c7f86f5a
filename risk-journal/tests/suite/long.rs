//! A long history replays to the state it had: in debug and in release, from its beginning and from every snapshot that
//! is kept. `RISK_EVENTS` says how long; with `RISK_HISTORY`, a folder, it is written there by the first build that runs
//! and done again by the next, which must come to the same.

use std::path::Path;
use std::time::Instant;

use risk_core::{ManualClock, Timestamp, Verdict, replay};
use risk_journal::disk::Folder;
use risk_journal::{Durability, History, Options, open_on};

use super::desk::{START, Trader, busy};
use super::scale::{Progress, number};

/// Records between two turns of the helper, which runs on this thread: so the journal is never full.
const TURN: u64 = 4_096;

fn options(events: u64) -> Options {
    let durability = Durability::Group { sync_within_ms: 10 };
    let segment_bytes = if events > 1_000_000 { 64 << 20 } else { 4 << 20 };
    Options { durability, segment_bytes, snapshot_every: events.div_ceil(4), keep_records: None, key: None }
}

/// The last record and the hash of the state after it.
fn write(folder: &Path, events: u64) -> String {
    let clock = ManualClock::at(START);
    let disk = Folder::lock(folder).unwrap();
    let mut opened = open_on(disk, &busy(), clock.clone(), options(events)).unwrap();
    let mut trader = Trader::new(11);
    let mut progress = Progress::new("records written", events);
    let mut turned = 0;
    while opened.engine.seq() < events {
        trader.step(&mut opened.engine, &clock);
        if opened.engine.seq() - turned >= TURN {
            turned = opened.engine.seq();
            opened.engine.journal().turn();
            assert_eq!(opened.engine.journal().failure(), None);
            progress.at(turned);
        }
    }
    // A desk that is full, and refuses everything, would be a poor history.
    let metrics = opened.engine.metrics();
    println!("{:?}, {:?}", metrics.decisions, metrics.reasons);
    let passed = |verdict: &Verdict| matches!(verdict, Verdict::Approved | Verdict::Reduced);
    let passed: u64 = metrics.decisions.iter().filter(|(verdict, _)| passed(verdict)).map(|(_, n)| n).sum();
    assert!(passed * 10 > events, "{passed} of {events} records are orders that passed");
    format!("{} {:032x}", opened.engine.seq(), opened.engine.digest())
}

fn replayed(history: &History<Folder>) -> String {
    let last = history.last().unwrap();
    let mut engine = replay(&busy(), &risk_core::Kept::default(), []).unwrap();
    let mut progress = Progress::new("records replayed", last);
    for record in history.records(1) {
        let (place, record) = record.unwrap_or_else(|damage| panic!("{damage}"));
        engine.repeat(&record).unwrap_or_else(|error| panic!("{place:?}: {error}"));
        progress.at(record.seq);
    }
    format!("{} {:032x}", engine.seq(), engine.digest())
}

#[test]
fn a_long_history_replays_to_the_state_it_had() {
    let events = number("RISK_EVENTS", if cfg!(debug_assertions) { 20_000 } else { 200_000 });
    let home = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("RISK_HISTORY").map(std::path::PathBuf::from);
    let home = kept.as_deref().unwrap_or(home.path());
    let (folder, result) = (home.join("journal"), home.join("state"));
    if !result.exists() {
        let begin = Instant::now();
        std::fs::write(&result, write(&folder, events)).unwrap();
        println!("written in {:.1?}", begin.elapsed());
    }
    let state = std::fs::read_to_string(&result).unwrap();
    let last: u64 = state.split(' ').next().unwrap().parse().unwrap();
    assert!(last >= events, "{last} records on file");

    let begin = Instant::now();
    let history = History::open(Folder::look(&folder).unwrap(), None).unwrap();
    assert_eq!(replayed(&history), state, "from the beginning");
    println!("replayed from the beginning in {:.1?}", begin.elapsed());

    // Each snapshot, the newest first; without it the one before is used, at last none.
    let snapshots = |folder: &Path| {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let of_snapshots = |path: &std::path::PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("snapshot-"))
        };
        let mut found: Vec<_> = names.filter(of_snapshots).collect();
        found.sort();
        found
    };
    let all = snapshots(&folder);
    assert_eq!(all.len(), 2, "{all:?}");
    for newest in all.iter().rev() {
        let begin = Instant::now();
        let history = History::open(Folder::look(&folder).unwrap(), None).unwrap();
        let engine = history.state_at(last).unwrap_or_else(|damage| panic!("{damage}"));
        assert_eq!(format!("{} {:032x}", engine.seq(), engine.digest()), state, "from {newest:?}");
        println!("recovered from {:?} in {:.1?}", newest.file_name().unwrap(), begin.elapsed());
        std::fs::rename(newest, home.join(newest.file_name().unwrap())).unwrap();
    }
    for taken in all {
        std::fs::rename(home.join(taken.file_name().unwrap()), taken).unwrap();
    }
    let clock = ManualClock::at(Timestamp::from_millis(START.millis()));
    let begin = Instant::now();
    let copy = Folder::lock(&folder).unwrap();
    let opened = open_on(copy, &busy(), clock, options(events)).unwrap();
    println!("opened in {:.1?}: {}", begin.elapsed(), opened.report);
    assert_eq!((opened.report.seq, opened.report.problems.as_slice()), (last, &[][..]));
    // The record of this recovery stands after the history: it belongs to the state on file from here on.
    let state = format!("{} {:032x}", opened.engine.seq(), opened.engine.digest());
    drop(opened);
    std::fs::write(&result, state).unwrap();
}
