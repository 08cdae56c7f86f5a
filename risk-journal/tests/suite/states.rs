//! Crash states by the million, one segment at a time: every prefix, every subset of the sectors of the last writes,
//! every order of the last frames, every flipped bit. What was durable is there, what is there is what was written.
//! `RISK_CRASH_STATES` says how many, all kinds together.

use risk_journal::frame::{HEAD_BYTES, Seed, framed, seal};
use risk_journal::log::{End, Frames};
use risk_journal::segment::FRAMES_AT;

use super::scale::{Progress, number};

const SECTOR: usize = 512;
const SEGMENT: usize = 4_096;

/// A segment full of frames, each written when the one `lag` before it was durable.
struct Written {
    seed: Seed,
    /// The number of its first record.
    first: u64,
    image: Vec<u8>,
    /// Where each frame begins, and the end.
    places: Vec<usize>,
}

impl Written {
    /// Records up to `synced` of them were durable when the rest was written.
    fn new(random: &mut fastrand::Rng, synced: usize) -> Self {
        let mut journal = [0; 16];
        random.fill(&mut journal);
        let (seed, first) = (Seed::new(&journal, random.u32(..)), random.u64(1..1 << 40));
        let mut written = Self { seed, first, image: vec![0; SEGMENT], places: vec![FRAMES_AT] };
        loop {
            let place = *written.places.last().unwrap();
            let payload = random.usize(1..260);
            if place + framed(payload) > SEGMENT {
                return written;
            }
            let number = written.places.len() - 1;
            let mut frame = vec![0; framed(payload)];
            random.fill(&mut frame[HEAD_BYTES..HEAD_BYTES + payload]);
            let durable = first + number.min(synced) as u64 - 1;
            let at = u32::try_from(place).unwrap();
            seal(&mut frame, payload, seed, at, first + number as u64, durable).unwrap();
            written.image[place..place + frame.len()].copy_from_slice(&frame);
            written.places.push(place + frame.len());
        }
    }

    fn records(&self) -> usize {
        self.places.len() - 1
    }

    /// Reads a state of the segment. How many records are accepted, each compared with what was written, and the end.
    fn read(&self, state: &[u8]) -> (usize, End) {
        let mut frames = Frames::new(state, self.seed, self.first);
        let mut number = 0;
        for frame in frames.by_ref() {
            let (from, to) = (self.places[number], self.places[number + 1]);
            assert_eq!(
                frame.body,
                &self.image[from + 8..from + 8 + frame.body.len()],
                "not what was written"
            );
            assert_eq!((frame.seq, frame.end), (self.first + number as u64, to));
            number += 1;
        }
        (number, frames.end())
    }

    /// A crash: at least the durable records, and no damage.
    fn check_crash(&self, state: &[u8], durable: usize) {
        let (accepted, end) = self.read(state);
        assert!(accepted >= durable, "{accepted} of {durable} durable records");
        assert!(!matches!(end, End::Damaged { .. }), "a crash looks like damage: {end:?}");
    }
}

/// How many states each of the four kinds tries at least.
fn share() -> u64 {
    number("RISK_CRASH_STATES", if cfg!(debug_assertions) { 200_000 } else { 2_000_000 }).div_ceil(4)
}

#[test]
fn every_prefix() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut states = 0_u64;
    let mut progress = Progress::new("prefixes", share());
    while states < share() {
        progress.at(states);
        let written = Written::new(&mut random, 0);
        let mut state = vec![0; SEGMENT];
        for length in FRAMES_AT..=SEGMENT {
            let whole = written.places.iter().filter(|place| **place <= length).count() - 1;
            let (accepted, end) = written.read(&state);
            // A payload may end in zeros: then less than all of its bytes is all of it.
            assert!(accepted >= whole.min(written.records()) || length == FRAMES_AT || accepted + 1 >= whole);
            assert!(!matches!(end, End::Damaged { .. }));
            if length < SEGMENT {
                state[length] = written.image[length];
            }
            states += 1;
        }
    }
    println!("{states} prefixes");
}

#[test]
fn every_subset_of_torn_sectors() {
    let mut random = fastrand::Rng::with_seed(2);
    let mut states = 0_u64;
    let mut state = vec![0; SEGMENT];
    let mut progress = Progress::new("subsets of sectors", share());
    while states < share() / 2 {
        progress.at(states);
        let synced = random.usize(..22);
        let written = Written::new(&mut random, synced);
        let durable = synced.min(written.records());
        let first = written.places[durable] / SECTOR;
        let dirty = SEGMENT / SECTOR - first;
        for subset in 0_u32..1 << dirty {
            // Durable bytes are there; a sector that was also written after is whole, old or new.
            state.fill(0);
            state[..written.places[durable]].copy_from_slice(&written.image[..written.places[durable]]);
            for sector in (0..dirty).filter(|sector| subset & 1 << sector != 0) {
                let from = (first + sector) * SECTOR;
                state[from..from + SECTOR].copy_from_slice(&written.image[from..from + SECTOR]);
            }
            written.check_crash(&state, durable);
            states += 1;
        }
    }
    // The last writes at every number of durable records, not only a drawn one.
    while states < share() {
        progress.at(states);
        for synced in 0..20 {
            let written = Written::new(&mut random, synced);
            let durable = synced.min(written.records());
            let first = written.places[durable] / SECTOR;
            for subset in 0_u32..1 << (SEGMENT / SECTOR - first) {
                state.copy_from_slice(&written.image);
                for sector in (0..SEGMENT / SECTOR - first).filter(|sector| subset & 1 << sector != 0) {
                    let from = ((first + sector) * SECTOR).max(written.places[durable]);
                    state[from..(first + sector + 1) * SECTOR].fill(0);
                }
                written.check_crash(&state, durable);
                states += 1;
            }
        }
    }
    println!("{states} subsets of sectors");
}

#[test]
fn every_order_of_the_last_frames() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut states = 0_u64;
    let mut state = vec![0; SEGMENT];
    let mut progress = Progress::new("orders of frames", share());
    while states < share() {
        progress.at(states);
        let written = Written::new(&mut random, usize::MAX);
        let last = written.records().min(12);
        let durable = written.records() - last;
        // Frames as they were when none of the last was durable yet.
        let written = Written::new(&mut random, durable);
        let durable = durable.min(written.records());
        let last = (written.records() - durable).min(12);
        // What is there after any number of writes in any order is any subset of them.
        for subset in 0_u32..1 << last {
            state.fill(0);
            state[..written.places[durable]].copy_from_slice(&written.image[..written.places[durable]]);
            for frame in (0..last).filter(|frame| subset & 1 << frame != 0) {
                let (from, to) = (written.places[durable + frame], written.places[durable + frame + 1]);
                state[from..to].copy_from_slice(&written.image[from..to]);
            }
            let (accepted, end) = written.read(&state);
            assert_eq!(accepted, durable + subset.trailing_ones() as usize);
            assert!(!matches!(end, End::Damaged { .. }));
            states += 1;
        }
    }
    println!("{states} orders of frames");
}

#[test]
fn every_flipped_bit() {
    let mut random = fastrand::Rng::with_seed(4);
    let mut states = 0_u64;
    let mut progress = Progress::new("flipped bits", share());
    while states < share() {
        progress.at(states);
        let written = Written::new(&mut random, usize::MAX);
        let mut state = written.image.clone();
        let used = *written.places.last().unwrap();
        for bit in FRAMES_AT * 8..SEGMENT * 8 {
            state[bit / 8] ^= 1 << (bit % 8);
            let hit = written.places.iter().rposition(|place| *place <= bit / 8).unwrap();
            let (accepted, end) = written.read(&state);
            if bit / 8 >= used {
                assert_eq!(accepted, written.records());
                assert!(matches!(end, End::Torn { frames: 0, .. }));
            } else {
                assert_eq!(accepted, hit, "a damaged record was accepted, or a good one was not");
                // The one after says that this one was durable; after the last there is none to say it.
                assert_eq!(
                    matches!(end, End::Damaged { .. }),
                    hit + 1 < written.records(),
                    "bit {bit}: {end:?}"
                );
            }
            state[bit / 8] ^= 1 << (bit % 8);
            states += 1;
        }
    }
    println!("{states} flipped bits");
}
