//! A journal that was written, and what somebody makes of its files.

use risk_core::{ManualClock, Record};
use risk_journal::{ChainKey, Durability, History, Options, Place, open_on};

use crate::desk::{START, Trader, config};
use crate::sim::SimDisk;

const KEY: ChainKey = ChainKey::new([4; 32]);

fn options() -> Options {
    Options {
        durability: Durability::Always,
        segment_bytes: 16_384,
        snapshot_every: 60,
        keep_records: None,
        key: Some(KEY),
    }
}

/// A journal of a few segments with snapshots, and its records.
pub struct Written {
    disk: SimDisk,
    names: Vec<String>,
    records: Vec<(Place, Record)>,
    first: u64,
}

impl Default for Written {
    fn default() -> Self {
        let (disk, clock) = (SimDisk::default(), ManualClock::at(START));
        let mut opened = open_on(disk.clone(), &config(), clock.clone(), options()).expect("a new journal");
        let mut trader = Trader::new(7);
        while opened.engine.seq() < 150 {
            trader.step(&mut opened.engine, &clock);
            if opened.engine.seq() % 16 == 0 {
                opened.engine.journal().turn();
            }
        }
        drop(opened);
        let history = History::open(disk.after_kill(), Some(KEY)).expect("a journal");
        let first = history.first().expect("records");
        let records = history.records(first).map(|record| record.expect("a record")).collect();
        let names = disk.names_now();
        Self { disk, names, records, first }
    }
}

impl Written {
    /// Changes files as the bytes say. Whatever is read then is what was written, and what is not is missed loudly.
    ///
    /// # Panics
    /// When a damaged record is taken for one that was written.
    pub fn survives(&self, bytes: &[u8]) {
        let disk = self.disk.after_kill();
        let mut bytes = bytes.iter().copied();
        while let Some(edit) = Edit::next(&mut bytes) {
            disk.edit(&self.names[usize::from(edit.file) % self.names.len()], |file| edit.make(file));
        }
        if let Ok(history) = History::open(disk.after_kill(), Some(KEY)) {
            let first = history.first().unwrap_or(self.first);
            for (seq, found) in (first..).zip(history.records(first)) {
                // Where it stands may differ, what it says may not.
                let Ok((_, found)) = found else { break };
                let written =
                    seq.checked_sub(self.first).and_then(|at| self.records.get(usize::try_from(at).ok()?));
                assert_eq!(
                    Some(&found),
                    written.map(|(_, record)| record),
                    "record {seq} is not what was written"
                );
            }
        }
        if let Ok(opened) = open_on(disk, &config(), ManualClock::at(START), options()) {
            let last = self.first + u64::try_from(self.records.len()).expect("few") - 1;
            assert!(opened.report.seq <= last, "{} of {last} records", opened.report.seq);
        }
    }
}

/// One change of one file.
struct Edit {
    file: u8,
    what: u8,
    place: u16,
    with: u8,
}

impl Edit {
    fn next(bytes: &mut impl Iterator<Item = u8>) -> Option<Self> {
        let mut next = || bytes.next();
        Some(Self {
            file: next()?,
            what: next()?,
            place: u16::from_le_bytes([next()?, next()?]),
            with: next()?,
        })
    }

    fn make(&self, file: &mut Vec<u8>) {
        let place = usize::from(self.place) % file.len().max(1);
        match self.what % 5 {
            0 => file.truncate(place),
            1 => file.insert(place.min(file.len()), self.with),
            2 if !file.is_empty() => drop(file.remove(place)),
            // A sector as it was before anything was written.
            3 => file.iter_mut().skip(place / 512 * 512).take(512).for_each(|byte| *byte = 0),
            _ => file.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= self.with),
        }
    }
}
