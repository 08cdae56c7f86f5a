//! Somebody changes a journal and makes every checksum right again: `verify` finds it, and says where.

use risk_core::ManualClock;
use risk_journal::frame::{HEAD_BYTES, Seed, framed, seal};
use risk_journal::log::Loaded;
use risk_journal::segment::{FRAMES_AT, name};
use risk_journal::{ChainKey, Checkpoint, Durability, History, Options, Verified, Wrong, open_on, verify};

use super::desk::{START, Trader, config};
use super::scale::{self, Progress};
use super::sim::SimDisk;

const KEY: ChainKey = ChainKey::new([4; 32]);
const RECORDS: u64 = 1_000;

/// A journal of a thousand records in a few segments, ended in order.
fn journal(seed: u64) -> SimDisk {
    let (disk, clock) = (SimDisk::default(), ManualClock::at(START));
    let options = Options {
        durability: Durability::Always,
        segment_bytes: 65_536,
        snapshot_every: 400,
        keep_records: None,
        key: Some(KEY),
    };
    let mut opened = open_on(disk.clone(), &config(), clock.clone(), options).unwrap();
    let mut trader = Trader::new(seed);
    while opened.engine.seq() < RECORDS {
        trader.step(&mut opened.engine, &clock);
        if opened.engine.seq().is_multiple_of(16) {
            opened.engine.journal().turn();
        }
    }
    drop(opened);
    disk
}

fn look(disk: &SimDisk, exported: &[Checkpoint]) -> Verified {
    verify(&History::open(disk.clone(), Some(KEY)).unwrap(), exported, |_| {}).unwrap()
}

/// Where each record's frame is: segment, place, end.
fn frames(disk: &SimDisk) -> Vec<(u32, usize, usize)> {
    let mut frames = Vec::new();
    let mut next = 1;
    for index in 1.. {
        let Ok(loaded) = Loaded::read(disk, index, None, 0) else { return frames };
        let mut found = risk_journal::log::Frames::new(&loaded.bytes, loaded.header.seed(), next);
        loop {
            let place = found.place;
            if found.next().is_none() {
                break;
            }
            frames.push((index, place, found.place));
        }
        next = found.seq;
    }
    frames
}

fn seed_of(disk: &SimDisk, index: u32) -> Seed {
    Loaded::read(disk, index, None, 0).unwrap().header.seed()
}

/// Writes a frame's head and checksum anew around whatever payload is there.
fn reseal(segment: &mut [u8], place: usize, payload: usize, seed: Seed, seq: u64, durable: u64) {
    let at = u32::try_from(place).unwrap();
    seal(&mut segment[place..place + framed(payload)], payload, seed, at, seq, durable).unwrap();
}

fn number(bytes: &[u8], place: usize) -> u64 {
    u64::from_le_bytes(bytes[place..place + 8].try_into().unwrap())
}

fn payload_of(bytes: &[u8], place: usize) -> usize {
    usize::try_from(u32::from_le_bytes(bytes[place..place + 4].try_into().unwrap())).unwrap()
}

#[test]
fn an_untouched_journal_is_what_was_written() {
    let disk = journal(1);
    let verified = look(&disk, &[]);
    assert_eq!(verified.problem, None, "{verified}");
    assert!(
        verified.last >= RECORDS && verified.sealed == verified.last && verified.unsealed == 0,
        "{verified}"
    );
    assert!(verified.checkpoints >= 2 && verified.snapshots == 2 && verified.torn_bytes == 0, "{verified}");
}

#[test]
fn every_edit_is_found_where_it_is() {
    let disk = journal(1);
    let frames = frames(&disk);
    assert!(frames.len() as u64 >= RECORDS);
    // Every `step`th record; of each its first, middle and last byte, or every byte.
    let step = scale::number("RISK_EDITS_EVERY", if cfg!(debug_assertions) { 97 } else { 7 });
    let every_byte = scale::number("RISK_EDITS_EVERY_BYTE", 0) > 0;
    let step = usize::try_from(step).unwrap();
    let mut progress = Progress::new("records", frames.len() as u64);
    let mut edits = 0;
    for (number_of, (index, place, _)) in frames.iter().enumerate().step_by(step) {
        let (seed, seq) = (seed_of(&disk, *index), number_of as u64 + 1);
        let whole = Loaded::read(&disk, *index, None, 0).unwrap().bytes;
        let (payload, durable) = (payload_of(&whole, *place), number(&whole, place + 16));
        let edit = |change: &dyn Fn(&mut Vec<u8>)| {
            disk.edit(&name(*index), |bytes| change(bytes));
            let problem = look(&disk, &[]).problem.unwrap_or_else(|| panic!("record {seq}: not found"));
            assert_eq!((problem.file.as_str(), problem.seq), (name(*index).as_str(), seq), "{problem}");
            disk.edit(&name(*index), |bytes| bytes.clone_from(&whole));
        };
        let bytes = if every_byte { (0..payload).collect() } else { vec![0, payload / 2, payload - 1] };
        edits += bytes.len();
        for byte in bytes {
            edit(&|bytes| {
                bytes[place + HEAD_BYTES + byte] ^= 1;
                reseal(bytes, *place, payload, seed, seq, durable);
            });
        }
        edit(&|bytes| reseal(bytes, *place, payload, seed, seq + 1, durable));
        if durable > 0 {
            edit(&|bytes| reseal(bytes, *place, payload, seed, seq, durable - 1));
        }
        if payload > 1 {
            edit(&|bytes| reseal(bytes, *place, payload - 1, seed, seq, durable));
        }
        // Without the checksum made right again.
        edit(&|bytes| bytes[place + HEAD_BYTES] ^= 0x80);
        edits += 4;
        progress.at(seq);
    }
    println!("{edits} edits found");
}

#[test]
fn swaps_cuts_and_splices_are_found() {
    let disk = journal(1);
    let other = journal(2);
    let frames = frames(&disk);
    let foreign = Loaded::read(&other, 1, None, 0).unwrap().bytes;
    let step = if cfg!(debug_assertions) { 211 } else { 13 };
    for (at, (index, place, end)) in frames.iter().enumerate().step_by(step) {
        let (seed, seq) = (seed_of(&disk, *index), at as u64 + 1);
        let whole = Loaded::read(&disk, *index, None, 0).unwrap().bytes;
        let last = frames.iter().rfind(|frame| frame.0 == *index).unwrap().2;
        let judge = |what: &str| {
            let problem = look(&disk, &[]).problem.unwrap_or_else(|| panic!("{what} at {seq}: not found"));
            assert!(problem.seq >= seq && problem.seq <= seq + 1, "{what} at {seq}: {problem}");
            disk.edit(&name(*index), |bytes| bytes.clone_from(&whole));
        };
        // Cut: the record is gone, all after it move up and are numbered anew.
        disk.edit(&name(*index), |bytes| {
            let rest = whole[*end..last].to_vec();
            bytes[*place..last].fill(0);
            bytes[*place..*place + rest.len()].copy_from_slice(&rest);
            let (mut place, mut seq) = (*place, seq);
            while payload_of(bytes, place) > 0 {
                let payload = payload_of(bytes, place);
                reseal(bytes, place, payload, seed, seq, seq - 1);
                (place, seq) = (place + framed(payload), seq + 1);
            }
        });
        judge("a cut");
        // Splice: a record of another journal in its place, with the numbers of this one.
        let payload = payload_of(&whole, *place);
        let from = payload_of(&foreign, FRAMES_AT).min(payload);
        disk.edit(&name(*index), |bytes| {
            bytes[place + HEAD_BYTES..place + HEAD_BYTES + from]
                .copy_from_slice(&foreign[FRAMES_AT + HEAD_BYTES..FRAMES_AT + HEAD_BYTES + from]);
            reseal(bytes, *place, payload, seed, seq, seq - 1);
        });
        judge("a splice");
        // Swap: two neighbours change their places.
        if let Some((_, next, next_end)) = frames.get(at + 1).filter(|next| next.0 == *index) {
            disk.edit(&name(*index), |bytes| {
                let (one, two) = (whole[*place..*end].to_vec(), whole[*next..*next_end].to_vec());
                bytes[*place..*place + two.len()].copy_from_slice(&two);
                bytes[*place + two.len()..*next_end].copy_from_slice(&one);
                let payload = payload_of(&two, 0);
                reseal(bytes, *place, payload, seed, seq, seq - 1);
                reseal(bytes, *place + two.len(), payload_of(&one, 0), seed, seq + 1, seq);
            });
            judge("a swap");
        }
        // Truncation: this one and all after it are gone.
        disk.edit(&name(*index), |bytes| bytes[*place..last].fill(0));
        judge("a truncation");
    }
}

#[test]
fn cutting_everything_back_shows_against_an_exported_checkpoint() {
    let disk = journal(1);
    let text = disk.content("checkpoints");
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let exported: Checkpoint = serde_json::from_slice(lines.last().unwrap()).unwrap();
    let cut = |disk: &SimDisk, keep: usize| {
        let frames = frames(disk);
        let (index, place, _) = frames[keep];
        disk.edit(&name(index), |bytes| bytes[place..].fill(0));
        let first = frames.iter().position(|frame| frame.0 == index).unwrap();
        disk.edit(&format!("tags-{index:08}"), |bytes| bytes.truncate((keep - first) * 16));
        for later in disk.names_now() {
            let number = later.rsplit('-').next().and_then(|number| number.parse::<u64>().ok());
            let of_later = (later.starts_with("segment-") || later.starts_with("tags-"))
                && number.is_some_and(|number| number > u64::from(index));
            let snapshot =
                later.starts_with("snapshot-") && number.is_some_and(|number| number > keep as u64);
            if of_later || snapshot {
                disk.forget(&later);
            }
        }
        disk.edit("checkpoints", |bytes| *bytes = lines[0].to_vec());
    };
    let disk = disk.after_kill();
    cut(&disk, 500);
    assert_eq!(look(&disk, &[]).problem, None, "nothing inside can show this");
    let problem = look(&disk, &[exported]).problem.unwrap();
    assert_eq!(problem.what, Wrong::Truncated { missing: problem.seq - 500 }, "{problem}");
}

#[test]
fn what_was_tampered_with_starts_halted() {
    let disk = journal(1);
    let (index, place, _) = frames(&disk)[990];
    disk.edit(&name(index), |bytes| {
        bytes[place + HEAD_BYTES] ^= 1;
    });
    let options = Options {
        durability: Durability::Always,
        segment_bytes: 65_536,
        snapshot_every: 400,
        keep_records: None,
        key: Some(KEY),
    };
    let opened = open_on(disk.clone(), &config(), ManualClock::at(START), options.clone()).unwrap();
    assert_eq!(opened.report.seq, 990);
    assert_eq!(opened.report.problems.len(), 1, "{}", opened.report);
    assert_eq!(opened.engine.trading_state(risk_core::Scope::Firm), risk_core::TradingState::Halted);
    let latch = opened.engine.latches().last().unwrap();
    assert_eq!(latch.by.as_str(), "recovery");
    assert!(latch.reason.as_str().contains("record 991"), "{latch:?}");
    drop(opened);
    assert!(
        disk.names_now().iter().any(|name| name.starts_with("damaged-1-segment-")),
        "{:?}",
        disk.names_now()
    );
    // What is left is whole again, and still halted.
    assert_eq!(look(&disk, &[]).problem, None);
    let opened = open_on(disk, &config(), ManualClock::at(START), options).unwrap();
    assert_eq!(opened.report.problems, []);
    assert_eq!(opened.engine.trading_state(risk_core::Scope::Firm), risk_core::TradingState::Halted);
}
