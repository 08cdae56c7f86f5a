//! Messages become steps: what one account would have lived through that had sent all these orders.
//!
//! | message | steps |
//! |---|---|
//! | add | [`What::New`] |
//! | replace | [`What::Cancel`] of the old order, [`What::New`] |
//! | delete | [`What::Cancel`] |
//! | partial cancel | [`What::Cancel`], and [`What::New`] for what is left, under a new id |
//! | execution | [`What::Fill`], or [`What::Unknown`] |
//!
//! There is no way yet to make an order smaller without a new one: a partial cancel frees what it takes off, but what
//! is left is judged again.
//!
//! Most replaces, and half of the deletes, are about orders from before the opening, which the file does not hold. Such
//! a cancel is about an unknown order. Such a replace has no side; the new order's side is taken from the quote
//! ([`New::side_inferred`]). Such an execution has neither side nor order: it is told as the end of an unknown order.

use std::collections::{BTreeMap, HashMap};

use risk_core::{Id, Side};

use crate::itch::{self, Message, Price};
use crate::quotes::{Quote, Quotes};

/// One step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
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
    Cancel { id: Id },
    /// An execution.
    Fill { id: Id, execution: Id, shares: u32, price: Price },
    /// An execution of an order that the file does not hold.
    Unknown { id: Id },
    /// A new quote of the symbol.
    Quote(Quote),
}

/// An order to evaluate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct New {
    /// The client order id.
    pub(crate) id: Id,
    /// Buy or sell.
    pub(crate) side: Side,
    /// The side is a guess from the quote.
    pub(crate) side_inferred: bool,
    /// How many shares.
    pub(crate) shares: u32,
    /// For how much each.
    pub(crate) price: Price,
}

/// The steps of one message.
pub(crate) struct Steps {
    /// Nanoseconds since midnight in New York.
    pub(crate) at_ns: u64,
    /// In order; the new quote, if there is one, last.
    pub(crate) steps: Vec<Step>,
}

/// The steps of all messages about orders, made at once, so that measuring the guard measures nothing else.
pub(crate) fn flow(messages: &[Message], seeds: BTreeMap<u16, Quote>) -> Vec<Steps> {
    let mut flow = Flow { quotes: Quotes::new(seeds), names: HashMap::new(), executions: 0 };
    let about_orders = messages.iter().filter(|message| message.is_about_order());
    about_orders.map(|message| Steps { at_ns: message.at_ns, steps: flow.steps(message) }).collect()
}

struct Flow {
    quotes: Quotes,
    /// How often each order that was made smaller has got a new id.
    names: HashMap<u64, u32>,
    executions: u64,
}

impl Flow {
    fn steps(&mut self, message: &Message) -> Vec<Step> {
        let symbol = message.symbol;
        let mut whats = match message.what {
            itch::What::Add { order, side, shares, price } => {
                self.quotes.add(order, symbol, side, shares, price);
                vec![What::New(New { id: self.id(order), side, side_inferred: false, shares, price })]
            }
            itch::What::Replace { old, new, shares, price } => self.replace(symbol, old, new, shares, price),
            itch::What::Delete { order } => {
                self.quotes.take(order, None);
                vec![What::Cancel { id: self.id(order) }]
            }
            itch::What::Reduce { order, shares } => self.reduce(order, shares),
            itch::What::Execute { order, shares, price } => vec![self.execute(order, shares, price)],
            itch::What::Directory { .. } | itch::What::Other(_) => Vec::new(),
        };
        whats.extend(self.quotes.news(symbol).map(What::Quote));
        whats.into_iter().map(|what| Step { symbol, what }).collect()
    }

    fn replace(&mut self, symbol: u16, old: u64, new: u64, shares: u32, price: Price) -> Vec<What> {
        let cancel = What::Cancel { id: self.id(old) };
        let known = self.quotes.resting(old).map(|resting| resting.side);
        self.quotes.take(old, None);
        let Some(side) = known.or_else(|| self.quotes.of(symbol).map(|quote| quote.side_of(price))) else {
            return vec![cancel];
        };
        self.quotes.add(new, symbol, side, shares, price);
        let side_inferred = known.is_none();
        vec![cancel, What::New(New { id: self.id(new), side, side_inferred, shares, price })]
    }

    fn reduce(&mut self, order: u64, shares: u32) -> Vec<What> {
        let cancel = What::Cancel { id: self.id(order) };
        self.quotes.take(order, Some(shares));
        let Some(left) = self.quotes.resting(order) else { return vec![cancel] };
        *self.names.entry(order).or_default() += 1;
        let id = self.id(order);
        let (side, shares, price) = (left.side, left.shares, left.price);
        vec![cancel, What::New(New { id, side, side_inferred: false, shares, price })]
    }

    fn execute(&mut self, order: u64, shares: u32, price: Option<Price>) -> What {
        let id = self.id(order);
        let Some(resting) = self.quotes.resting(order) else { return What::Unknown { id } };
        self.quotes.take(order, Some(shares));
        self.executions += 1;
        let execution = self.executions.to_string().into();
        What::Fill { id, execution, shares, price: price.unwrap_or(resting.price) }
    }

    /// The client order id of an exchange's order.
    fn id(&self, order: u64) -> Id {
        match self.names.get(&order) {
            None => order.to_string().into(),
            Some(times) => format!("{order}.{times}").into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of some messages of one symbol, one word each.
    fn told(whats: Vec<itch::What>) -> Vec<String> {
        let messages: Vec<_> = whats.into_iter().map(|what| Message { at_ns: 0, symbol: 7, what }).collect();
        let word = |step: Step| match step.what {
            What::New(New { id, side, shares, .. }) => format!("{side:?} {shares} as {id}"),
            What::Cancel { id } => format!("cancel {id}"),
            What::Fill { id, shares, .. } => format!("fill {shares} of {id}"),
            What::Unknown { id } => format!("unknown {id}"),
            What::Quote(_) => "quote".to_owned(),
        };
        let seeds = BTreeMap::from([(7, Quote { bid: Price(100), ask: Price(102) })]);
        flow(&messages, seeds).into_iter().flat_map(|message| message.steps).map(word).collect()
    }

    #[test]
    fn an_order_made_smaller_goes_on_under_a_new_id() {
        use itch::What::{Add, Delete, Execute, Reduce};
        let price = Price(100);
        let steps = told(vec![
            Add { order: 1, side: Side::Buy, shares: 50, price },
            Reduce { order: 1, shares: 20 },
            Execute { order: 1, shares: 10, price: None },
            Delete { order: 1 },
            Execute { order: 2, shares: 10, price: None },
        ]);
        assert_eq!(
            steps,
            ["Buy 50 as 1", "cancel 1", "Buy 30 as 1.1", "fill 10 of 1.1", "cancel 1.1", "unknown 2"]
        );
    }

    #[test]
    fn a_replace_of_an_order_the_file_does_not_hold_takes_its_side_from_the_quote() {
        let replace = |new, price| itch::What::Replace { old: 1, new, shares: 5, price: Price(price) };
        let steps = told(vec![replace(2, 101), replace(3, 103)]);
        assert_eq!(steps, ["cancel 1", "Buy 5 as 2", "cancel 1", "Sell 5 as 3"]);
    }
}
