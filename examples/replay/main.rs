//! Half an hour of a real exchange's order flow, order by order, through the guard.
//!
//!     cargo run --release --example replay
//!
//! Fetches the recording once, turns its rows into events, asks the guard about every order, and shows what it did.

mod accounts;
mod args;
mod book;
mod fetch;
#[expect(dead_code, reason = "some fields are for the guard, whose place a stand-in takes")]
mod flow;
mod judge;
mod plot;
mod report;
mod rows;
mod tally;
mod trades;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use risk_examples::look;

use crate::args::Args;
use crate::flow::Flow;
use crate::judge::Judge;
use crate::report::{Replayed, Report, Summary};
use crate::tally::Tally;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("replay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let recording = match (&args.orders, &args.trades) {
        (Some(orders), Some(trades)) => fetch::own(orders, trades)?,
        _ => fetch::sample()?,
    };
    let orders = rows::orders(&recording.orders_name, &recording.orders)?;
    let mut check = trades::Check::new(&rows::trades(&recording.trades_name, &recording.trades)?);

    let bar = look::progress(orders.len(), "orders of half an hour");
    let mut tally = Tally::new(orders.len());
    let mut judge = Judge::new(&mut tally);
    let mut flow = Flow::new(orders, recording.snapshot_ms);
    for event in flow.by_ref() {
        tally.event(&event);
        check.event(&event);
        judge.feed(&event, &mut tally);
        bar.inc(u64::from(event.is_row()));
    }
    bar.finish_and_clear();

    let picture = args.picture();
    plot::draw(&tally, &picture)?;
    let replayed = Replayed { records: 0, equal: None };
    let times = std::mem::take(&mut tally.evaluate).sorted();
    if args.json {
        println!("{}", serde_json::to_string(&Summary::new(&tally, &times, &replayed))?);
        return Ok(());
    }
    print!("{}", Report { tally: &tally, times: &times, replayed: &replayed, ghosts: flow.ghosts().len() });
    let (filled, agree) = check.agreement();
    println!("fills: {filled} orders were filled, the trades file agrees on {agree}");
    println!("picture: {}", picture.display());
    Ok(())
}
