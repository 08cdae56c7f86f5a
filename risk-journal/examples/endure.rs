//! How fast a journal is on this machine: what it adds to an evaluation, how many records a second it writes beside what
//! the disk itself can do, and how long a recovery takes.
//!
//! `cargo run --release -p risk-journal --example endure -- 10000000 FOLDER`

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use risk_core::{
    Account, AnyJournal, Asset, Capacity, Config, Engine, Input, Instrument, Journal, Limits, ManualClock,
    MemoryJournal, MessageRate, Order, Quote, Timestamp,
};
use risk_journal::{Durability, Options, open};
use rust_decimal::Decimal;

const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const INSTRUMENTS: usize = 8;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let records: u64 = args.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let home = args.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = home.join(format!("endure-{}", std::process::id()));
    let clock = ManualClock::at(START);

    let ring: AnyJournal = Box::new(MemoryJournal::last(32_768));
    let mut engine = Engine::new(&config(), clock.clone(), ring)?;
    let ring = time(&mut engine, &clock, records.min(1_000_000));
    println!("ring journal   {ring}");
    drop(engine);

    let group = Options { durability: Durability::Group { sync_within_ms: 10 }, ..Options::default() };
    let mut opened = open(&folder, &config(), clock.clone(), group.clone())?;
    let begin = Instant::now();
    let times = time(&mut opened.engine, &clock, records);
    let seq = opened.engine.seq();
    opened.engine.tick();
    println!("group journal  {times}; the median is {} ns more", times.median.saturating_sub(ring.median));
    let written = begin.elapsed();
    drop(opened);
    println!(
        "{seq} records in {written:.2?}: {:.0} a second; all on disk after {:.2?}",
        rate(seq, written),
        begin.elapsed()
    );
    println!("the disk alone: {}", disk(&home)?);

    let begin = Instant::now();
    let again = open(&folder, &config(), clock.clone(), group.clone())?;
    println!("recovered in {:.2?}: {}", begin.elapsed(), again.report);
    drop(again);
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.to_string_lossy().contains("snapshot-") {
            std::fs::remove_file(path)?;
        }
    }
    let begin = Instant::now();
    let again = open(&folder, &config(), clock.clone(), group)?;
    println!("recovered without snapshots in {:.2?}: {}", begin.elapsed(), again.report);
    drop(again);
    std::fs::remove_dir_all(&folder)?;

    let always = Options { durability: Durability::Always, ..Options::default() };
    let mut opened = open(&folder, &config(), clock.clone(), always)?;
    println!("always         {}", time(&mut opened.engine, &clock, 4_000));
    drop(opened);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn rate(records: u64, took: Duration) -> f64 {
    records as f64 / took.as_secs_f64()
}

fn config() -> Config {
    let mut config = Config::new("USD");
    config.capacity = Capacity { live_orders: 4_096, ..Capacity::default() };
    config.assets.push(Asset::new("USD", 2));
    let large = Decimal::from(1_000_000_000_000_u64);
    let rate =
        MessageRate { messages: 1_000_000_000, interval_ms: 1_000, burst: 1_000_000_000, exit_reserve: 10 };
    config.firm.limits = Limits {
        message_rate: Some(rate),
        mark_age_ms_max: Some(3_600_000),
        collar_bps: Some(500),
        order_notional_max: Some(large),
        daily_loss_max: Some(large),
        gross_exposure_max: Some(large),
        position_notional_max: Some(large),
        ..Limits::default()
    };
    for number in 0..INSTRUMENTS {
        config.instruments.push(Instrument::new(&format!("SYM{number}"), "USD", 2, 4));
    }
    let limits = Limits { message_rate: Some(rate), gross_exposure_max: Some(large), ..Limits::default() };
    config.accounts.push(Account::new("main", "USD").limits(limits).strategy("grid"));
    config
}

/// Nanoseconds of one evaluation.
#[derive(Clone, Copy)]
struct Times {
    median: u64,
    p99: u64,
    p999: u64,
    most: u64,
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { median, p99, p999, most } = self;
        write!(f, "evaluate: median {median} ns, p99 {p99} ns, p99.9 {p999} ns, most {most} ns")
    }
}

/// A quote, then orders that are approved and given back: two records each.
fn time<J: Journal>(engine: &mut Engine<ManualClock, J>, clock: &ManualClock, records: u64) -> Times {
    let account = engine.account("main").expect("configured");
    let strategy = engine.strategy(account, "grid").expect("configured");
    let symbols: Vec<_> =
        (0..INSTRUMENTS).map(|i| engine.instrument(&format!("SYM{i}")).expect("configured")).collect();
    let _ = engine.ingest(Input::Balance { account, balance: 1_000_000_000_u64.into() });
    let until = engine.seq() + records;
    let mut taken = Vec::with_capacity(usize::try_from(records / 2 + 1).unwrap_or(0));
    let mut number = engine.seq();
    while engine.seq() < until {
        number += 1;
        let instrument = symbols[usize::try_from(number).unwrap_or(0) % INSTRUMENTS];
        if number % 32 <= 8 {
            clock.advance_ms(1);
            let quote = Quote::new(
                instrument,
                Decimal::new(9_999, 2),
                Decimal::new(10_001, 2),
                engine.now().max(START),
            );
            let _ = engine.ingest(Input::Quote(quote));
        }
        let order = Order::buy(instrument, Decimal::new(10_000, 4))
            .limit(Decimal::new(9_999, 2))
            .account(account)
            .strategy(strategy)
            .id(format!("desk-{number}"));
        let begin = Instant::now();
        let decision = engine.evaluate(&order);
        taken.push(u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX));
        let permit = decision.permit().expect("nothing binds");
        let _ = engine.release(permit);
    }
    taken.sort_unstable();
    let at = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize];
    Times { median: at(0.5), p99: at(0.99), p999: at(0.999), most: at(1.0) }
}

/// What the disk takes from one writer that does nothing else.
fn disk(home: &Path) -> Result<String, std::io::Error> {
    let path = home.join(format!("endure-{}.raw", std::process::id()));
    let mut file = File::create(&path)?;
    let piece = vec![7; 1 << 20];
    let begin = Instant::now();
    for _ in 0..512 {
        file.write_all(&piece)?;
    }
    file.sync_data()?;
    let stream = begin.elapsed();
    let begin = Instant::now();
    for _ in 0..200 {
        file.write_all(&[1; 512])?;
        file.sync_data()?;
    }
    let each = begin.elapsed() / 200;
    std::fs::remove_file(&path)?;
    Ok(format!("{:.0} MB/s, {each:.1?} a sync", 512.0 * 1.048_576 / stream.as_secs_f64()))
}
