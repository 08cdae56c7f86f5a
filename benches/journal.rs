//! What a journal in files costs on this machine: what it adds to an order, how many records a second it takes beside
//! what the disk itself takes, and how long it takes to come back.
//!
//! `cargo bench -p risk-benches --bench journal -- [--json] [--rounds N] [--records N] [--folder DIR]`. The folder must be on the disk
//! that is to be measured; what is written there is removed again. Without records there are only the orders.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use risk_benches::fixture::{BATCH, DESK, FRESH, Group, RING, World, config};
use risk_core::{
    AnyJournal, Config, Engine, Journal, JournalError, ManualClock, MemoryJournal, Order, Permit, Record,
    SnapshotOf,
};
use risk_examples::look;
use risk_journal::{Durability, Options, open_as};
use serde_json::{Map, Value, json};

type Judge = Engine<ManualClock, AnyJournal>;

/// Rounds of [`BATCH`] orders for each journal, where nobody says another number.
const ROUNDS: usize = 300;
/// Records that are written, and then recovered, likewise.
const RECORDS: u64 = 10_000_000;
/// Orders that are made before the clock starts, and asked again and again: their permits are given back.
const ORDERS: u32 = 32 * BATCH;

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let after = |flag: &str| args.iter().position(|arg| arg == flag).and_then(|at| args.get(at + 1));
    let records = after("--records").map_or(RECORDS, |text| text.parse().expect("a number of records"));
    let home = match after("--folder") {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let mut figures = Figures::default();
    let rounds = after("--rounds").map_or(ROUNDS, |text| text.parse().expect("a number of rounds"));
    added(home.path(), rounds, &mut figures);
    if records > 0 {
        written(home.path(), records, &mut figures)?;
        recovered(home.path(), &mut figures)?;
    }
    figures.print(args.iter().any(|arg| arg == "--json"));
    Ok(())
}

/// Figures by name, in the order in which they were measured.
#[derive(Default)]
struct Figures(Vec<(&'static str, &'static str, f64)>);

impl Figures {
    fn note(&mut self, name: &'static str, says: &'static str, value: f64) {
        self.0.push((name, says, value));
    }

    fn print(&self, as_json: bool) {
        if as_json {
            let object = self.0.iter().map(|(name, _, value)| ((*name).to_owned(), json!(value)));
            println!("{}", Value::Object(object.collect::<Map<_, _>>()));
            return;
        }
        let mut table = look::table(&["journal", "figure"]);
        for (_, says, value) in &self.0 {
            let shown = if *value < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") };
            table.add_row([(*says).to_owned(), shown]);
        }
        println!("{table}");
    }
}

/// A journal that keeps nothing: what an order costs without one.
struct Nothing;

impl Journal for Nothing {
    fn append(&mut self, _: Record) -> Result<(), JournalError> {
        Ok(())
    }

    fn append_evaluation(
        &mut self,
        _: u64,
        _: Option<risk_core::Timestamp>,
        _: &Order,
        _: &risk_core::Outcome,
    ) -> Result<(), JournalError> {
        Ok(())
    }

    fn sync_to(&mut self, _: u64) -> Result<(), JournalError> {
        Ok(())
    }

    fn durable_seq(&self) -> u64 {
        u64::MAX
    }

    fn is_short(&self) -> bool {
        false
    }

    fn snapshot(&mut self, _: SnapshotOf<'_>) {}
}

/// An engine that writes to a folder, begun or found there.
fn in_folder(folder: &Path, config: &Config) -> (Judge, risk_journal::Recovery) {
    let options = Options {
        durability: Durability::Group { sync_within_ms: 10 },
        segment_bytes: SEGMENT,
        ..Options::default()
    };
    let opened = open_as(folder, config, ManualClock::at(FRESH), options, Vec::new(), |journal| journal);
    let opened = opened.expect("a journal");
    (opened.engine, opened.report)
}

/// Large enough that the next one is ready long before it is needed.
const SEGMENT: u64 = 256 << 20;

/// Nanoseconds of an order, in rounds that take turns: a neighbour that comes and goes takes from all alike.
fn added(home: &Path, rounds: usize, figures: &mut Figures) {
    let group = Group::All;
    let in_memory = |journal: AnyJournal| {
        World::behind(DESK, group, |config| {
            Engine::new(config, ManualClock::at(FRESH), journal).expect("a valid fixture")
        })
    };
    let mut worlds = [
        in_memory(Box::new(Nothing)),
        in_memory(Box::new(MemoryJournal::last(RING))),
        World::behind(DESK, group, |config| in_folder(&home.join("added"), config).0),
    ];
    let mut times: [Vec<f64>; 3] = Default::default();
    for round in 0..rounds {
        for turn in 0..worlds.len() {
            // Each is first as often as the others.
            let at = (round + turn) % worlds.len();
            let spent = worlds[at].time(1).as_secs_f64() * 1e9 / f64::from(BATCH);
            times[at].push(spent);
        }
    }
    let more = |over: usize| {
        let pairs = times[2].iter().zip(&times[over]);
        median(pairs.map(|(group, other)| group - other).collect())
    };
    figures.note("added", "ns an order, more than with a journal that keeps nothing", more(0));
    figures.note("added-to-ring", "ns an order, more than with the ring in memory", more(1));
    let [nothing, ring, group] = times.map(median);
    figures.note("evaluate", "ns an order, a journal that keeps nothing", nothing);
    figures.note("evaluate-ring", "ns an order, the ring in memory", ring);
    figures.note("evaluate-group", "ns an order, Group", group);
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Records as fast as an engine makes them, beside the same bytes written by a program that does nothing else.
fn written(home: &Path, records: u64, figures: &mut Figures) -> io::Result<()> {
    let folder = home.join("written");
    let mut world = World::behind(DESK, Group::None, |config| in_folder(&folder, config).0);
    let orders = world.orders(ORDERS);
    let mut permits: Vec<Permit> = Vec::with_capacity(BATCH as usize);
    let first = world.door.seq();
    let begin = Instant::now();
    for batch in orders.chunks(BATCH as usize).cycle() {
        for order in batch {
            world.judge(order, &mut permits);
        }
        world.release(&mut permits);
        if world.door.seq() >= first + records {
            break;
        }
    }
    let answered = begin.elapsed();
    world.door.sync().expect("a disk that works");
    let durable = begin.elapsed();
    let written = (world.door.seq() - first) as f64;
    drop(world);
    let closed = begin.elapsed();
    let bytes = used(&folder)?;
    let alone = disk_alone(home, bytes)?;
    figures.note("records", "records a second, answered and durable", written / durable.as_secs_f64());
    figures.note("answered", "records a second, answered", written / answered.as_secs_f64());
    figures.note("closed", "records a second, durable, chained and closed", written / closed.as_secs_f64());
    figures.note("written", "records of that run", written);
    figures.note("bytes", "bytes a record, tags and what is made ahead included", bytes as f64 / written);
    figures.note("disk", "records a second, the same bytes by a plain writer", written / alone.as_secs_f64());
    Ok(())
}

fn used(folder: &Path) -> io::Result<u64> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.metadata()?.len())).sum()
}

/// What the disk takes from a program that writes so many bytes in large pieces, and syncs as often as the journal.
fn disk_alone(home: &Path, bytes: u64) -> io::Result<Duration> {
    let path = home.join("raw");
    let piece: Vec<u8> = (0..1_u32 << 20).map(|place| place.to_le_bytes()[1] | 1).collect();
    let mut file = File::create_new(&path)?;
    let (begin, mut synced) = (Instant::now(), Instant::now());
    for _ in 0..bytes.div_ceil(piece.len() as u64) {
        file.write_all(&piece)?;
        if synced.elapsed() > Duration::from_millis(10) {
            file.sync_data()?;
            synced = Instant::now();
        }
    }
    file.sync_data()?;
    let spent = begin.elapsed();
    fs::remove_file(path)?;
    Ok(spent)
}

/// From the last snapshot, and without one.
fn recovered(home: &Path, figures: &mut Figures) -> io::Result<()> {
    let folder = home.join("written");
    let mut come_back = |seconds, says, records, done_again| {
        let begin = Instant::now();
        let (engine, report) = in_folder(&folder, &config(DESK, Group::None));
        let spent = begin.elapsed();
        drop(engine);
        assert_eq!(report.problems, [], "{report}");
        figures.note(seconds, says, spent.as_secs_f64());
        figures.note(records, done_again, report.replayed as f64);
    };
    come_back(
        "recovery",
        "seconds to recover from the last snapshot",
        "recovery-records",
        "records done again for that",
    );
    let snapshots = fs::read_dir(&folder)?.collect::<io::Result<Vec<_>>>()?;
    let of_snapshot = |path: &PathBuf| path.to_string_lossy().contains("snapshot-");
    for path in snapshots.iter().map(fs::DirEntry::path).filter(of_snapshot) {
        fs::remove_file(path)?;
    }
    come_back(
        "recovery-all",
        "seconds to recover without one",
        "recovery-all-records",
        "records done again for that",
    );
    Ok(())
}
