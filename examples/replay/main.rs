//! Half an hour of a real exchange's order flow, order by order, through the guard.
//!
//!     cargo run --release --example replay
//!
//! Fetches the recording once, turns its rows into events, asks the guard about every order, and shows what it did.

mod ablate;
mod accounts;
mod args;
mod book;
mod check;
mod fetch;
mod flow;
mod judge;
mod limits;
mod plot;
mod refusal;
mod report;
mod rows;
mod run;
mod tally;
mod trades;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use risk_core::MemoryJournal;
use risk_examples::look;

use crate::args::Args;
use crate::check::Replayed;
use crate::flow::{Event, Flow};
use crate::report::{Report, Summary};
use crate::run::{Run, RunError};

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("replay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (config, limits_file) = limits::read(args.limits.as_deref())?;
    let recording = match (&args.orders, &args.trades) {
        (Some(orders), Some(trades)) => fetch::own(orders, trades)?,
        _ => fetch::sample()?,
    };
    let orders = rows::orders(&recording.orders_name, &recording.orders)?;
    let trades = rows::trades(&recording.trades_name, &recording.trades)?;
    let mut flow = Flow::new(orders, recording.snapshot_ms);
    let events: Vec<Event> = flow.by_ref().collect();

    let bar = look::progress(events.len(), "events of half an hour");
    let journal = MemoryJournal::with_capacity(judge::records_max(&events));
    let run = Run::new(&config, &events, journal, |_| bar.inc(1)).map_err(|error| match error {
        RunError::Limits(problem) => format!("{limits_file}: {problem}"),
        RunError::Row { line, problem } => format!("{}:{line}: {problem}", recording.orders_name),
    })?;
    bar.finish_and_clear();
    let Run { judge, mut tally } = run;
    let replayed = Replayed::new(&config, &judge);

    let picture = args.picture();
    plot::draw(&tally, &picture)?;
    let times = std::mem::take(&mut tally.evaluate).sorted();
    if args.json {
        println!("{}", serde_json::to_string(&Summary::new(&tally, &times, &replayed))?);
    } else {
        print!(
            "{}",
            Report { tally: &tally, times: &times, replayed: &replayed, ghosts: flow.ghosts().len() }
        );
        let (filled, agree) = trades::agreement(&trades, &events);
        println!("fills: {filled} orders were filled, the trades file agrees on {agree}");
        println!("limits: {limits_file}");
        println!("picture: {}", picture.display());
    }
    if args.ablate {
        ablate::show(&config, &events, &tally)?;
    }
    replayed.difference.map_or(Ok(()), |how| Err(format!("the journal does not replay: {how}").into()))
}
