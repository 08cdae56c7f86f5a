//! Messages become steps: what one account would have lived through that had sent all these orders.
//!
//! | message | steps |
//! |---|---|
//! | add | [`What::New`] |
//! | replace | [`What::Cancel`] of the old order, [`What::New`] |
//! | delete | [`What::Cancel`] |
//! | partial cancel | [`What::Reduce`] |
//! | execution | [`What::Fill`] |
//!
//! Most replaces, and half of the deletes, are about orders from before the opening, which the file does not hold. Such
//! a cancel is about an unknown order. Such a replace has no side; the new order's side is taken from the quote
//! ([`New::side_inferred`]).

use std::collections::BTreeMap;

use crate::itch::{self, Message, Price, Side};
use crate::quotes::{Quote, Quotes};

/// One step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Nanoseconds since midnight in New York.
    pub(crate) at_ns: u64,
    /// The number of the symbol.
    pub(crate) symbol: u16,
    /// What happens.
    pub(crate) what: What,
}

/// What happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// An order to evaluate.
    New(New),
    /// An order's rest is cancelled.
    Cancel { order: u64 },
    /// An order is made smaller.
    Reduce { order: u64, shares: u32 },
    /// An execution; without a price, the file does not hold the order.
    Fill { order: u64, shares: u32, price: Option<Price> },
    /// A new quote of the symbol.
    Quote(Quote),
}

/// An order to evaluate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct New {
    /// The exchange's id.
    pub(crate) order: u64,
    /// Buy or sell.
    pub(crate) side: Side,
    /// The side is a guess from the quote.
    pub(crate) side_inferred: bool,
    /// How many shares.
    pub(crate) shares: u32,
    /// For how much each.
    pub(crate) price: Price,
}

/// Steps in order, and the quotes that hold before the first.
pub(crate) struct Flow {
    /// The quote of every symbol an order is priced for.
    pub(crate) seeds: BTreeMap<u16, Quote>,
    /// The steps.
    pub(crate) steps: Vec<Step>,
}

/// All steps at once, so that measuring them measures nothing else.
pub(crate) fn flow(messages: &[Message], seeds: BTreeMap<u16, Quote>) -> Flow {
    let mut quotes = Quotes::new(seeds.clone());
    let mut prices: BTreeMap<u64, Price> = BTreeMap::new();
    let mut steps = Vec::with_capacity(messages.len() * 2);
    for message in messages {
        let symbol = message.symbol;
        let mut step = |what| steps.push(Step { at_ns: message.at_ns, symbol, what });
        match message.what {
            itch::What::Add { order, side, shares, price } => {
                quotes.add(order, symbol, side, shares, price);
                prices.insert(order, price);
                step(What::New(New { order, side, side_inferred: false, shares, price }));
            }
            itch::What::Replace { old, new, shares, price } => {
                step(What::Cancel { order: old });
                let known = quotes.side_of(old);
                quotes.take(old, None);
                let Some(side) = known.or_else(|| quotes.of(symbol).map(|quote| quote.side_of(price))) else {
                    continue;
                };
                quotes.add(new, symbol, side, shares, price);
                prices.insert(new, price);
                step(What::New(New { order: new, side, side_inferred: known.is_none(), shares, price }));
            }
            itch::What::Delete { order } => {
                quotes.take(order, None);
                step(What::Cancel { order });
            }
            itch::What::Reduce { order, shares } => {
                quotes.take(order, Some(shares));
                step(What::Reduce { order, shares });
            }
            itch::What::Execute { order, shares, price } => {
                quotes.take(order, Some(shares));
                step(What::Fill { order, shares, price: price.or_else(|| prices.get(&order).copied()) });
            }
            itch::What::Directory { .. } | itch::What::Other(_) => continue,
        }
        if let Some(quote) = quotes.news(symbol) {
            steps.push(Step { at_ns: message.at_ns, symbol, what: What::Quote(quote) });
        }
    }
    Flow { seeds, steps }
}
