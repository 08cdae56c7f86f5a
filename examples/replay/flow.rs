//! Rows become events: what a trading system would have lived through in that half hour.
//!
//! | row | event |
//! |---|---|
//! | `created` at the time of the snapshot | [`What::Snapshot`]: in the book, never evaluated |
//! | `created` later | [`What::New`]: an order to evaluate |
//! | `changed`, volume fallen | [`What::Fill`] of the difference, at that row's price; the order lives on |
//! | `deleted`, volume 0 | [`What::Fill`] of what was left, at that row's price; the order is done |
//! | `deleted`, volume above 0 | [`What::Cancel`] |
//! | `deleted` or `changed`, id unknown | [`What::Unknown`]: an anomaly |
//! | `changed`, volume not fallen | [`What::NotFallen`]: says nothing about an execution |
//!
//! Before the first event of a millisecond comes [`What::Quote`], the quote at the end of the last one. It is said
//! again when it is the same: that the book was seen to be the same is what keeps it young.

use std::collections::HashMap;
use std::vec::IntoIter;

use risk_core::Side;
use rust_decimal::Decimal;

use crate::accounts::Account;
use crate::book::{Book, Quote};
use crate::rows::{Action, OrderRow};

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    /// Exchange time in milliseconds; never decreases.
    pub(crate) at_ms: i64,
    /// The line in the orders file it comes from; of a quote, the last line that went into it.
    pub(crate) line: u64,
    /// What it is.
    pub(crate) what: What,
}

#[cfg(test)]
impl Event {
    /// Comes from a row of its own, as all but quotes do.
    pub(crate) fn is_row(&self) -> bool {
        !matches!(self.what, What::Quote(_))
    }
}

/// The kinds of events.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// An order that rested before the recording began.
    Snapshot,
    /// The best prices of the market.
    Quote(Quote),
    /// An order to evaluate.
    New(New),
    /// An execution. `done`: nothing is left of the order.
    Fill { id: u64, quantity: Decimal, price: Decimal, done: bool },
    /// The rest of an order has been cancelled.
    Cancel { id: u64 },
    /// The end or execution of an order of the snapshot: of no account here, the book has taken it in.
    Elsewhere,
    /// A row about an order that never was.
    Unknown { id: u64 },
    /// A `changed` row after which not less is left than before.
    NotFallen,
}

/// An order as it arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct New {
    /// The exchange's id.
    pub(crate) id: u64,
    /// Whose it is.
    pub(crate) account: Account,
    /// Buy or sell.
    pub(crate) side: Side,
    /// BTC. Not always above 0.
    pub(crate) volume: Decimal,
    /// USD for one BTC; nothing for a market order.
    pub(crate) limit: Option<Decimal>,
}

/// The price the exchange writes for a market order to buy; to sell it is 0.
const MARKET_BUY: Decimal = Decimal::from_parts(999_999_999, 0, 0, false, 0);

struct Known {
    left: Decimal,
    evaluated: bool,
}

/// The events of a recording, in order.
pub(crate) struct Flow {
    rows: IntoIter<OrderRow>,
    held: Option<OrderRow>,
    snapshot_ms: i64,
    last: Option<(i64, u64)>,
    known: HashMap<u64, Known>,
    book: Book,
}

impl Flow {
    /// Rows in any order; they are sorted by exchange time, and rows of one time keep their order.
    ///
    /// Without a time for the snapshot, it is the rows that share the first exchange time.
    pub(crate) fn new(mut rows: Vec<OrderRow>, snapshot_ms: Option<i64>) -> Self {
        rows.sort_by_key(|row| row.exchange_ms);
        let snapshot_ms = snapshot_ms.or_else(|| rows.first().map(|row| row.exchange_ms)).unwrap_or(i64::MIN);
        let orders = rows.len();
        Self {
            rows: rows.into_iter(),
            held: None,
            snapshot_ms,
            last: None,
            known: HashMap::with_capacity(orders / 2),
            book: Book::default(),
        }
    }

    /// The orders that were taken out of the book because their end must have been lost.
    pub(crate) fn ghosts(&self) -> &[u64] {
        self.book.ghosts()
    }

    fn take_in(&mut self, row: &OrderRow) -> What {
        self.book.apply(row);
        let id = row.id;
        match row.action {
            Action::Created => {
                let evaluated = row.exchange_ms > self.snapshot_ms;
                self.known.insert(id, Known { left: row.volume, evaluated });
                if evaluated { What::New(arrived(row)) } else { What::Snapshot }
            }
            Action::Changed => match self.known.get_mut(&id) {
                None => What::Unknown { id },
                Some(order) => {
                    let quantity = order.left - row.volume;
                    order.left = row.volume;
                    match (order.evaluated, quantity > Decimal::ZERO) {
                        (false, _) => What::Elsewhere,
                        (true, true) => What::Fill { id, quantity, price: row.price, done: false },
                        (true, false) => What::NotFallen,
                    }
                }
            },
            Action::Deleted => match self.known.remove(&id) {
                None => What::Unknown { id },
                Some(Known { evaluated: false, .. }) => What::Elsewhere,
                Some(Known { left, .. }) if row.volume.is_zero() => {
                    What::Fill { id, quantity: left, price: row.price, done: true }
                }
                Some(_) => What::Cancel { id },
            },
        }
    }
}

impl Iterator for Flow {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let row = self.held.take().or_else(|| self.rows.next())?;
        if let Some((ended_ms, line)) = self.last.take_if(|(last_ms, _)| *last_ms != row.exchange_ms) {
            self.held = Some(row);
            let quote = self.book.settle(ended_ms);
            return Some(Event { at_ms: ended_ms, line, what: What::Quote(quote) });
        }
        self.last = Some((row.exchange_ms, row.line));
        Some(Event { at_ms: row.exchange_ms, line: row.line, what: self.take_in(&row) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rows.len(), None)
    }
}

fn arrived(row: &OrderRow) -> New {
    let market = match row.side {
        Side::Buy => row.price == MARKET_BUY,
        Side::Sell => row.price.is_zero(),
    };
    New {
        id: row.id,
        account: Account::of_size(row.volume),
        side: row.side,
        volume: row.volume,
        limit: (!market).then_some(row.price),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(exchange_ms: i64, id: u64, action: Action, price: i64, volume: i64) -> OrderRow {
        let (price, volume) = (price.into(), volume.into());
        OrderRow { line: 0, id, exchange_ms, price, volume, action, side: Side::Sell }
    }

    /// The events of some rows, quotes left out, one word each.
    fn told(rows: Vec<OrderRow>) -> Vec<String> {
        let events = Flow::new(rows, Some(0)).filter(Event::is_row);
        let word = |event: Event| match event.what {
            What::Snapshot => "snapshot".to_owned(),
            What::Quote(_) => "quote".to_owned(),
            What::New(New { volume, limit: Some(limit), .. }) => format!("new {volume} at {limit}"),
            What::New(New { volume, limit: None, .. }) => format!("new {volume} at market"),
            What::Fill { quantity, price, done, .. } => format!("fill {quantity} at {price}, done {done}"),
            What::Cancel { .. } => "cancel".to_owned(),
            What::Elsewhere => "elsewhere".to_owned(),
            What::Unknown { .. } => "unknown".to_owned(),
            What::NotFallen => "not fallen".to_owned(),
        };
        events.map(word).collect()
    }

    #[test]
    fn every_kind_of_row_has_its_event() {
        use Action::{Changed, Created, Deleted};
        let rows = vec![
            row(0, 1, Created, 100, 5),
            row(7, 2, Created, 101, 4),
            row(8, 2, Changed, 102, 1),
            row(8, 2, Changed, 101, 1),
            row(9, 2, Deleted, 103, 0),
            row(9, 1, Deleted, 100, 0),
            row(9, 4, Created, 0, 2),
            row(9, 4, Deleted, 0, 2),
            row(9, 3, Deleted, 100, 5),
        ];
        let expected = [
            "snapshot",
            "new 4 at 101",
            "fill 3 at 102, done false",
            "not fallen",
            "fill 1 at 103, done true",
            "elsewhere",
            "new 2 at market",
            "cancel",
            "unknown",
        ];
        assert_eq!(told(rows), expected);
    }

    #[test]
    fn a_quote_is_told_when_its_millisecond_is_over() {
        let rows = vec![row(7, 2, Action::Created, 101, 4), row(0, 1, Action::Created, 102, 5)];
        let quotes: Vec<_> = Flow::new(rows, None).map(|event| (event.at_ms, event.is_row())).collect();
        assert_eq!(quotes, [(0, true), (0, false), (7, true)]);
    }
}
