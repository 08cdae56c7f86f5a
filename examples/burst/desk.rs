//! Who trades in the burst: one account with one strategy, every symbol of the file, limits at all four levels.
//!
//! The limits are those of a large desk. They are there to be measured: only a few dozen orders of the burst are too
//! large, too far beyond the market, or meet a market that is too wide.

use std::collections::{BTreeMap, BTreeSet};

use risk_core::{Account, Asset, Capacity, Config, Instrument, Limits, MessageRate, Strategy};
use rust_decimal::Decimal;

use crate::itch::{Message, Symbol, What};

/// The account.
pub(crate) const ACCOUNT: &str = "desk";
/// Its strategy.
pub(crate) const STRATEGY: &str = "flow";
/// What it has, in USD.
pub(crate) const EQUITY: u64 = 10_000_000_000;

/// The names of the symbols that have messages about orders, by their numbers.
pub(crate) fn symbols(messages: &[Message]) -> BTreeMap<u16, String> {
    let directory: BTreeMap<u16, Symbol> = messages
        .iter()
        .filter_map(|message| match message.what {
            What::Directory { name } => Some((message.symbol, name)),
            _ => None,
        })
        .collect();
    let traded: BTreeSet<u16> =
        messages.iter().filter(|message| message.is_about_order()).map(|message| message.symbol).collect();
    let named = |number: u16| directory.get(&number).map_or_else(|| number.to_string(), Symbol::to_string);
    traded.into_iter().map(|number| (number, named(number))).collect()
}

/// A guard's configuration with room for these symbols and this many orders.
pub(crate) fn config(symbols: &BTreeMap<u16, String>, orders: usize) -> Config {
    let size = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let mut config = Config::new("USD");
    config.capacity = Capacity {
        instruments: size(symbols.len()),
        accounts: 1,
        strategies: 2,
        // The account and its strategy each have a book of every symbol.
        books: size(symbols.len() * 2),
        live_orders: size(orders),
        order_ids: size(orders + orders / 8),
        ..Capacity::default()
    };
    config.assets.push(Asset::new("USD", 2));
    config.firm.limits = firm();
    for symbol in symbols.values() {
        // Prices below one dollar have four decimal places; the fifth keeps the middle of a quote exact.
        let mut instrument = Instrument::new(symbol, "USD", 5, 0);
        instrument.price_increment = Decimal::new(1, 4);
        config.instruments.push(instrument);
        config.instrument_limits.insert(symbol.clone(), per_symbol());
    }
    let mut account = Account::new(ACCOUNT, "USD").limits(account());
    account.strategies.push(Strategy {
        name: STRATEGY.to_owned(),
        limits: strategy(),
        ..Strategy::default()
    });
    config.accounts.push(account);
    config
}

fn firm() -> Limits {
    Limits {
        order_age_ms_max: Some(1_000),
        message_rate: Some(rate()),
        mark_age_ms_max: Some(1_000),
        spread_bps_max: Some(100),
        // On the aggressive side only: on the passive one, the orders of an opening stand anywhere.
        collar_bps: Some(100),
        order_quantity_max: millions(1),
        gross_exposure_max: millions(8_000),
        leverage_max: Some(Decimal::TWO),
        ..Limits::default()
    }
}

fn account() -> Limits {
    Limits {
        message_rate: Some(rate()),
        order_notional_max: millions(1),
        daily_loss_max: millions(100),
        daily_loss_percent_max: Some(Decimal::TWO),
        drawdown_percent_max: Some(Decimal::TEN),
        position_count_max: Some(10_000),
        gross_exposure_max: millions(8_000),
        group_exposure_percent_max: Some(Decimal::TEN),
        ..Limits::default()
    }
}

fn strategy() -> Limits {
    Limits {
        daily_loss_max: millions(100),
        position_count_max: Some(10_000),
        gross_exposure_max: millions(8_000),
        position_notional_max: millions(500),
        ..Limits::default()
    }
}

fn per_symbol() -> Limits {
    Limits {
        order_notional_max: millions(1),
        position_quantity_max: millions(20),
        position_notional_max: millions(500),
        ..Limits::default()
    }
}

fn rate() -> MessageRate {
    MessageRate { messages: 1_000_000, interval_ms: 1_000, burst: 100_000, exit_reserve: 1_000 }
}

fn millions(number: u64) -> Option<Decimal> {
    Some(Decimal::from(number * 1_000_000))
}
