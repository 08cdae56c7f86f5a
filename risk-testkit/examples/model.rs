//! Generated orders against the reference model, as many as wanted: `cargo xtask model --orders 100000000`.
//!
//! A run that was stopped goes on with `--seed`, from the number it said last.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::Parser;
use risk_testkit::history::{play_many, reasons_that_orders_meet};

/// Plays generated histories on an engine and on the reference model, and compares everything both can say.
#[derive(Parser)]
#[command(name = "model")]
struct Args {
    /// How many orders, changes and lists are judged
    #[arg(long, default_value_t = 100_000_000)]
    orders: u64,
    /// The first history's seed
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Calls of the engine in a history
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u64).range(1..))]
    steps: u64,
}

/// How often a run says how far it is.
const SAY: Duration = Duration::from_secs(10);
/// Of fewer orders some reasons may not be among those that are met.
const REPRESENTATIVE: u64 = 100_000;

fn main() -> ExitCode {
    let args = Args::parse();
    let begin = Instant::now();
    let said = Mutex::new(begin);
    let rate = |orders: u64| orders as f64 / begin.elapsed().as_secs_f64().max(0.001);
    let met = play_many(args.seed..u64::MAX, args.steps, Vec::new(), |met, _| {
        if let Ok(mut said) = said.lock()
            && said.elapsed() >= SAY
        {
            *said = Instant::now();
            let (orders, seed) = (met.tally.orders, met.below);
            eprintln!(
                "{orders} of {} orders, {:.0} a second; seeds below {seed} done",
                args.orders,
                rate(orders)
            );
        }
        met.tally.orders < args.orders
    });
    let met = match met {
        Ok(met) => met,
        Err(difference) => {
            eprintln!("{difference}");
            return ExitCode::FAILURE;
        }
    };
    let tally = &met.tally;
    println!("{tally}");
    println!("seeds {} to {}, {:.0} orders a second", args.seed, met.below - 1, rate(tally.orders));
    let met: BTreeSet<_> = tally.reasons.keys().copied().collect();
    let missing: Vec<_> =
        reasons_that_orders_meet().into_iter().filter(|reason| !met.contains(reason)).collect();
    if missing.is_empty() || args.orders < REPRESENTATIVE {
        return ExitCode::SUCCESS;
    }
    eprintln!("no order met {missing:?}");
    ExitCode::FAILURE
}
