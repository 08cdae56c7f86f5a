//! The command line.

use std::path::PathBuf;

use clap::Parser;
use risk_examples::store;

/// Runs half an hour of a real exchange's order flow through the guard.
///
/// Without files of your own, the recording is fetched once with pip: half an hour of Bitstamp BTC/USD, 2 May 2026.
#[derive(Parser)]
#[command(name = "replay")]
pub(crate) struct Args {
    /// Your own orders (CSV, plain or .gz): id,timestamp,exchange_timestamp,price,volume,action,direction
    #[arg(long, value_name = "FILE", requires = "trades")]
    pub(crate) orders: Option<PathBuf>,
    /// Your own trades (CSV, plain or .gz): trade_id,timestamp,exchange_timestamp,price,amount,buy_order_id,sell_order_id,side
    #[arg(long, value_name = "FILE", requires = "orders")]
    pub(crate) trades: Option<PathBuf>,
    /// Limits to run with, instead of those that come with the example
    #[arg(long, value_name = "FILE")]
    pub(crate) limits: Option<PathBuf>,
    /// Where the picture goes [default: replay.svg in the target directory]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Run again without each limit in turn, and show what changes
    #[arg(long, conflicts_with = "json")]
    pub(crate) ablate: bool,
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    /// Where the picture goes.
    pub(crate) fn picture(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| store::target_dir().join("replay.svg"))
    }
}
