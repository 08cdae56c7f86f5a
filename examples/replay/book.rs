//! The order book that gives the quotes. It is built from every row, whatever the guard decides about it.
//!
//! Two things are needed to read an honest quote from rows:
//!
//! - **A millisecond is one step.** An order that the exchange refuses because it would have traded, and an order that
//!   trades at once, both show up as `created` followed by `deleted` or `changed` with the same exchange time. Between
//!   these rows the book looks crossed and never was. So a quote is read when a millisecond is over.
//! - **Ghosts.** A lost `deleted` leaves an order in the book for ever, and the book crossed from the moment the
//!   market moves through it. Both best orders cannot be real: when they have stood against each other for
//!   [`PATIENCE_MS`], the older one is taken out. Until then the quote is crossed, and told as it is.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use risk_core::Side;
use rust_decimal::Decimal;

use crate::rows::{Action, OrderRow};

/// How long two orders may contradict each other before the older one is held to be a ghost, in milliseconds.
pub(crate) const PATIENCE_MS: i64 = 100;

/// The best prices of both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quote {
    /// The highest price somebody wants to buy at.
    pub(crate) bid: Option<Decimal>,
    /// The lowest price somebody wants to sell at.
    pub(crate) ask: Option<Decimal>,
}

impl Quote {
    /// Bid at or above ask.
    pub(crate) fn crossed(self) -> bool {
        matches!((self.bid, self.ask), (Some(bid), Some(ask)) if bid >= ask)
    }

    /// The middle of a good quote: both sides there, and not crossed.
    pub(crate) fn mid(self) -> Option<Decimal> {
        match (self.bid, self.ask) {
            (Some(bid), Some(ask)) if bid < ask => Some((bid + ask) / Decimal::TWO),
            _ => None,
        }
    }
}

struct Resting {
    side: Side,
    price: Decimal,
    since_ms: i64,
}

/// All resting orders, best first on each side, the older id first at one price.
#[derive(Default)]
pub(crate) struct Book {
    bids: BTreeSet<(Reverse<Decimal>, u64)>,
    asks: BTreeSet<(Decimal, u64)>,
    orders: HashMap<u64, Resting>,
    ghosts: Vec<u64>,
}

impl Book {
    /// Takes in one row.
    pub(crate) fn apply(&mut self, row: &OrderRow) {
        match row.action {
            // Market orders are written with a price of 0 and no price, or no volume, can rest.
            Action::Created if row.price > Decimal::ZERO && row.volume > Decimal::ZERO => {
                self.remove(row.id);
                match row.side {
                    Side::Buy => self.bids.insert((Reverse(row.price), row.id)),
                    Side::Sell => self.asks.insert((row.price, row.id)),
                };
                self.orders
                    .insert(row.id, Resting { side: row.side, price: row.price, since_ms: row.exchange_ms });
            }
            // The price of a `changed` row is that of the fill: the rest keeps its place.
            Action::Created | Action::Changed => {}
            Action::Deleted => self.remove(row.id),
        }
    }

    /// The quote at the end of a millisecond, after ghosts have been taken out.
    pub(crate) fn settle(&mut self, now_ms: i64) -> Quote {
        while let Some((buy, sell)) = self.contradiction() {
            let since = |id: &u64| self.orders.get(id).map_or(i64::MIN, |order| order.since_ms);
            if now_ms - since(&buy).max(since(&sell)) < PATIENCE_MS {
                break;
            }
            let ghost = if since(&buy) < since(&sell) { buy } else { sell };
            self.remove(ghost);
            self.ghosts.push(ghost);
        }
        self.quote()
    }

    /// The orders that were taken out because they could not have been there.
    pub(crate) fn ghosts(&self) -> &[u64] {
        &self.ghosts
    }

    fn quote(&self) -> Quote {
        Quote {
            bid: self.bids.first().map(|&(Reverse(price), _)| price),
            ask: self.asks.first().map(|&(price, _)| price),
        }
    }

    /// The ids of the best buy and the best sell when their prices cross.
    fn contradiction(&self) -> Option<(u64, u64)> {
        let (&(Reverse(bid), buy), &(ask, sell)) = (self.bids.first()?, self.asks.first()?);
        (bid >= ask).then_some((buy, sell))
    }

    fn remove(&mut self, id: u64) {
        if let Some(Resting { side, price, .. }) = self.orders.remove(&id) {
            match side {
                Side::Buy => self.bids.remove(&(Reverse(price), id)),
                Side::Sell => self.asks.remove(&(price, id)),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(exchange_ms: i64, id: u64, action: Action, side: Side, price: i64) -> OrderRow {
        OrderRow { line: 0, id, exchange_ms, price: price.into(), volume: Decimal::ONE, action, side }
    }

    fn prices(quote: Quote) -> (Option<Decimal>, Option<Decimal>) {
        (quote.bid, quote.ask)
    }

    #[test]
    fn an_order_refused_within_its_millisecond_never_shows() {
        let mut book = Book::default();
        book.apply(&row(1, 1, Action::Created, Side::Sell, 101));
        book.apply(&row(1, 2, Action::Created, Side::Buy, 100));
        let before = book.settle(1);
        book.apply(&row(2, 3, Action::Created, Side::Buy, 101));
        book.apply(&row(2, 3, Action::Deleted, Side::Buy, 101));
        assert_eq!(book.settle(2), before);
        assert_eq!(prices(before), (Some(100.into()), Some(101.into())));
    }

    #[test]
    fn the_older_of_two_contradicting_orders_is_a_ghost() {
        let mut book = Book::default();
        book.apply(&row(0, 1, Action::Created, Side::Sell, 101));
        book.apply(&row(0, 2, Action::Created, Side::Sell, 105));
        book.apply(&row(5, 3, Action::Created, Side::Buy, 102));
        assert!(book.settle(5).crossed());
        assert!(book.settle(5 + PATIENCE_MS - 1).crossed());
        assert_eq!(prices(book.settle(5 + PATIENCE_MS)), (Some(102.into()), Some(105.into())));
        assert_eq!(book.ghosts(), [1]);
    }
}
