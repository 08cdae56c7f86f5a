//! A disk without room: what opens is refused first, what happens after the end is kept in memory; and old segments that
//! make room, behind a snapshot and a checkpoint.

use risk_core::{Engine, Event, Input, ManualClock, Order, Quote, Reason, Scope, TradingState};
use risk_journal::disk::Disk;
use risk_journal::segment::name;
use risk_journal::{ChainKey, Durability, FileJournal, History, OpenError, Opened, Options, open_on, verify};

use super::desk::{START, Trader, config};
use super::sim::SimDisk;

const KEY: ChainKey = ChainKey::new([9; 32]);

type Guarded = Engine<ManualClock, FileJournal<SimDisk>>;

fn start(
    disk: &SimDisk,
    clock: &ManualClock,
    keep_records: Option<u64>,
) -> Opened<ManualClock, FileJournal<SimDisk>> {
    try_start(disk, clock, keep_records).unwrap()
}

fn try_start(
    disk: &SimDisk,
    clock: &ManualClock,
    keep_records: Option<u64>,
) -> Result<Opened<ManualClock, FileJournal<SimDisk>>, OpenError> {
    let options = Options {
        durability: Durability::Group { sync_within_ms: 5 },
        segment_bytes: 16_384,
        snapshot_every: 150,
        keep_records,
        key: Some(KEY),
    };
    open_on(disk.clone(), &config(), clock.clone(), options)
}

fn quote(engine: &mut Guarded) {
    let instrument = engine.instrument("BTC-USD").unwrap();
    let at = engine.now().max(START);
    engine.ingest(Input::Quote(Quote::new(instrument, 99, 101, at))).unwrap();
}

/// Asks for an order of one; what is approved goes out.
fn ask(engine: &mut Guarded, buy: bool, number: u32) -> Result<String, Reason> {
    let account = engine.account("main").unwrap();
    let strategy = engine.strategy(account, "grid").unwrap();
    let instrument = engine.instrument("BTC-USD").unwrap();
    let side = if buy { Order::buy } else { Order::sell };
    let id = format!("o-{number}");
    let order = side(instrument, 1).limit(100).account(account).strategy(strategy).id(&*id);
    let permit = engine.evaluate(&order).permit().map_err(|refused| refused.reason)?;
    let _ = engine.redeem(permit).unwrap();
    Ok(id)
}

fn of(engine: &Guarded, id: &str) -> risk_core::OrderRef {
    risk_core::OrderRef::Client { account: engine.account("main").unwrap(), id: id.into() }
}

#[test]
fn without_room_for_more_only_what_opens_is_refused_and_then_nothing_is_lost_in_silence() {
    let (disk, clock) = (SimDisk::default(), ManualClock::at(START));
    let mut opened = start(&disk, &clock, None);
    let engine = &mut opened.engine;
    quote(engine);
    let first = ask(engine, true, 0).unwrap();
    engine.ingest(Input::Fill(risk_core::Fill::new(of(engine, &first), "x-0", 1, 100))).unwrap();
    // The next segment is there already: it is used, and there is none after it.
    disk.fill(true);
    let mut number = 0;
    let refused = loop {
        number += 1;
        clock.advance_ms(100);
        engine.journal().turn();
        match ask(engine, true, number) {
            Ok(id) => {
                drop(engine.ingest(Input::Done { order: of(engine, &id), end: risk_core::End::Cancelled }))
            }
            Err(reason) => break reason,
        }
    };
    assert_eq!(refused, Reason::JournalUnavailable);
    assert_eq!(engine.trading_state(Scope::Firm), TradingState::Active, "short is not failed");
    // What closes passes, and so do facts, halts and cancels.
    let exit = ask(engine, false, 100_000).unwrap();
    let _ = engine.cancel(of(engine, &exit));
    quote(engine);
    assert_eq!(ask(engine, true, 100_001), Err(Reason::JournalUnavailable));
    let account = engine.account("side").unwrap();
    engine.halt(Scope::Account(account), "a test", "ops");

    // A replay, which has no disk, answers the same.
    engine.journal().turn();
    let (seq, digest) = (engine.seq(), engine.digest());
    let history = History::open(disk.after_kill(), Some(KEY)).unwrap();
    assert_eq!(history.state_at(seq).unwrap().digest(), digest);

    // There is room again.
    disk.fill(false);
    engine.journal().turn();
    assert!(ask(engine, true, 100_002).is_ok());

    // Nobody makes room, and the end comes.
    disk.fill(true);
    let mut facts = 0;
    while engine.trading_state(Scope::Firm) != TradingState::Halted {
        quote(engine);
        facts += 1;
        assert!(facts < 1_000, "it never ends");
    }
    assert_eq!(engine.unrecorded().len(), 1, "the fact that found no room");
    engine.ingest(Input::Fill(risk_core::Fill::new(of(engine, &exit), "x-1", 1, 100))).unwrap();
    let _ = engine.cancel(of(engine, "o-100002"));
    let kept: Vec<_> = engine.unrecorded().iter().map(|record| (record.seq, &record.event)).collect();
    assert!(matches!(
        kept.as_slice(),
        [
            (0, Event::Ingested { input: Input::Quote(_), .. }),
            (0, Event::Ingested { input: Input::Fill(_), .. }),
            (0, Event::Cancelled { known: true, .. }),
        ]
    ));
    for _ in 0..2 * risk_core::UNRECORDED_MAX {
        quote(engine);
    }
    assert_eq!(engine.unrecorded().len(), risk_core::UNRECORDED_MAX);
    assert!(engine.metrics().unrecorded > 500);
    disk.fill(false);
    let again = start(&disk.after_kill(), &clock, None);
    assert_eq!(again.engine.trading_state(Scope::Firm), TradingState::Halted, "{}", again.report);
}

fn segments(disk: &SimDisk) -> Vec<String> {
    disk.names_now().into_iter().filter(|name| name.starts_with("segment-")).collect()
}

#[test]
fn old_segments_go_whole_and_the_rest_is_recovered_and_verified() {
    let (disk, clock) = (SimDisk::default(), ManualClock::at(START));
    let mut trader = Trader::new(8);
    let mut seen = 0;
    for life in 0..4 {
        let mut opened = start(&disk, &clock, Some(200));
        assert_eq!(opened.report.problems, [], "life {life}");
        for _ in 0..60 {
            trader.trade(&mut opened.engine, &clock, 10);
            opened.engine.journal().turn();
            assert_eq!(opened.engine.journal().failure(), None);
        }
        let (seq, digest) = (opened.engine.seq(), opened.engine.digest());
        drop(opened);
        let history = History::open(disk.clone(), Some(KEY)).unwrap();
        let first = history.first().unwrap();
        assert!(first > seen && first + 200 <= seq, "life {life}: from {first} to {seq}");
        seen = first;
        let verified = verify(&history, &[], |_| {}).unwrap();
        assert_eq!((verified.problem, verified.first, verified.last), (None, first, seq), "life {life}");
        // From the first state there is, and from the newest snapshot.
        let mut engine = history.begin().unwrap();
        for record in history.records(engine.seq() + 1) {
            engine.repeat(&record.unwrap().1).unwrap();
        }
        assert_eq!((engine.seq(), engine.digest()), (seq, digest), "life {life}");
        assert_eq!(history.state_at(seq).unwrap().digest(), digest, "life {life}");
    }
    assert!(!segments(&disk).contains(&name(1)));

    // A crash between a segment and its tags leaves tags, which say nothing and go.
    let lowest = segments(&disk).remove(0);
    let stray = lowest.replace("segment-", "tags-");
    disk.forget(&lowest);
    let history = History::open(disk.clone(), Some(KEY)).unwrap();
    let verified = verify(&history, &[], |_| {}).unwrap();
    assert_eq!(verified.problem, None);
    drop(start(&disk, &clock, None));
    assert!(!disk.names_now().contains(&stray));

    // Without the snapshots there is nothing to begin from, and no guard.
    for snapshot in disk.names_now().iter().filter(|name| name.starts_with("snapshot-")) {
        disk.forget(snapshot);
    }
    assert!(matches!(try_start(&disk, &clock, None), Err(OpenError::Damaged(_))));
}

/// A segment that ends at no checkpoint cannot be the end of what was deleted.
#[test]
fn a_start_that_no_checkpoint_vouches_for_is_found() {
    let (disk, clock) = (SimDisk::default(), ManualClock::at(START));
    let mut opened = start(&disk, &clock, None);
    let mut trader = Trader::new(8);
    for _ in 0..60 {
        trader.trade(&mut opened.engine, &clock, 10);
        opened.engine.journal().turn();
    }
    drop(opened);
    let text = disk.content("checkpoints");
    let genesis = text.split_inclusive(|byte| *byte == b'\n').next().unwrap().to_vec();
    disk.forget(&name(1));
    let is_found = |disk: &SimDisk| {
        let history = History::open(disk.clone(), Some(KEY)).unwrap();
        verify(&history, &[], |_| {}).unwrap().problem.is_some()
    };
    assert!(!is_found(&disk), "deleted behind a checkpoint");
    disk.edit("checkpoints", |bytes| *bytes = genesis);
    assert!(is_found(&disk));
    assert!(disk.open(&name(2)).is_ok());
}
