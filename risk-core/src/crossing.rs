//! Own orders that could trade with each other.
//!
//! Of every live order two things count: the prices it takes, and the price at which it rests on the book, where it
//! does. Two orders of opposite sides could trade when either rests at a price that the other takes.
//!
//! | order | takes | rests |
//! |---|---|---|
//! | limit | its price and better | at its price; not when it is immediate-or-cancel or fill-or-kill |
//! | market | any price | |
//! | stop that waits | from its trigger to its price, or to its trigger and the slippage | |
//! | stop that has fired | as the limit or the market order that it has become | |
//!
//! A stop has fired once the mark has passed its trigger. Of an order with a change under way every version counts.
//!
//! Which live orders come into question is kept by price ([`Ladder`]), for each account's book while an account
//! has a limit, and for each instrument while the firm has one: until then an order pays for one comparison.

use crate::facts::Facts;
use crate::gates::GateId;
use crate::handle::OrderHandle;
use crate::instrument::Traded;
use crate::judge::Failure;
use crate::ladder::Ladder;
use crate::limits::Level;
use crate::num::Price;
use crate::order::{self, Order, Parsed, Side, TimeInForce};
use crate::reservation::Hold;
use crate::state::{State, at};

/// Live orders by price.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Crossing {
    /// By the account's book.
    books: Ladder,
    /// By instrument.
    instruments: Ladder,
    keeps_books: bool,
    keeps_instruments: bool,
}

crate::refresh::refreshable!(Crossing { books, instruments, keeps_books, keeps_instruments });

impl Crossing {
    pub(crate) fn with_capacity(orders: u32, books: u32, instruments: u32) -> Self {
        Self {
            books: Ladder::with_capacity(orders, books),
            instruments: Ladder::with_capacity(orders, instruments),
            keeps_books: false,
            keeps_instruments: false,
        }
    }

    fn keeps_any(&self) -> bool {
        self.keeps_books || self.keeps_instruments
    }
}

/// What an order could trade with.
#[derive(Clone, Copy)]
struct Terms {
    side: Side,
    /// The prices it takes, from the lowest to the highest.
    takes: (i64, i64),
    rests: Option<i64>,
}

impl Terms {
    #[inline]
    fn of(order: &Order, parsed: &Parsed, traded: &Traded, mark: Option<Price>) -> Self {
        let side = parsed.side;
        let price = parsed.price.map(|price| price.0);
        let takes = |least: Option<i64>, most: Option<i64>| {
            let (low, high) = if side == Side::Buy { (least, most) } else { (most, least) };
            (low.unwrap_or(i64::MIN), high.unwrap_or(i64::MAX))
        };
        match parsed.trigger {
            Some(trigger) if !parsed.has_fired(mark) => {
                // What cannot be counted is beyond every price.
                let most = price.or_else(|| traded.slipped(trigger, side).map(|price| price.0));
                Self { side, takes: takes(Some(trigger.0), most), rests: None }
            }
            _ => Self {
                side,
                takes: takes(None, price),
                rests: price.filter(|_| match order.time_in_force {
                    TimeInForce::GoodTillCancel | TimeInForce::Day | TimeInForce::AllOrNone => true,
                    TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill => false,
                }),
            },
        }
    }

    /// The worst price it takes, as a key.
    fn key(&self) -> i64 {
        let (low, high) = self.takes;
        key_of(self.side, if self.side == Side::Buy { high } else { low })
    }

    fn could_trade_with(&self, other: &Self) -> bool {
        let takes = |taker: &Self, maker: &Self| {
            let (low, high) = taker.takes;
            maker.rests.is_some_and(|price| low <= price && price <= high)
        };
        takes(self, other) || takes(other, self)
    }
}

/// The lower the key, the more it takes.
#[inline(always)]
fn key_of(side: Side, worst: i64) -> i64 {
    if side == Side::Buy { !worst } else { worst }
}

/// The key of an order by its price. A stop may fire at any time: it stands where what it becomes will.
#[inline(always)]
pub(crate) fn key_at(side: Side, price: Option<Price>) -> i64 {
    let any = if side == Side::Buy { i64::MAX } else { i64::MIN };
    key_of(side, price.map_or(any, |price| price.0))
}

/// The same of an order that may not be readable: that could trade with anything.
pub(crate) fn key_of_order(order: &Order, traded: &Traded) -> i64 {
    order::parse(order, traded).map_or(i64::MIN, |parsed| key_at(parsed.side, parsed.price))
}

impl Facts<'_> {
    fn terms(&self) -> Terms {
        Terms::of(self.order, &self.parsed, &self.instrument.traded, self.mark)
    }

    /// Where the own orders of a level stand.
    fn ladder(&self, level: Level) -> (&Ladder, u32) {
        let [book, _] = self.places;
        match level {
            Level::Firm => (&self.state.crossing.instruments, self.ids.instrument),
            Level::Account | Level::Strategy | Level::Instrument => (&self.state.crossing.books, book),
        }
    }

    /// Whether no own order of a level accepts what this one does, whatever kind they are.
    #[inline(always)]
    pub(crate) fn is_far_from_own(&self, level: Level) -> bool {
        let (ladder, row) = self.ladder(level);
        let side = self.parsed.side;
        ladder.best(row, side.opposite()) > !key_at(side, self.parsed.price)
    }

    /// For a self match, that of the orders it is with which accepts most.
    pub(crate) fn named(&self, failure: &Failure) -> Option<OrderHandle> {
        let first = match failure.gate {
            GateId::SelfMatch => self.crossing(failure.level).min(),
            _ => None,
        };
        first.map(|(_, slot)| self.state.handle(self.order.account.engine(), slot))
    }

    /// Own orders of a level that could trade with this one, each with its key; of what it replaces, none.
    pub(crate) fn crossing(&self, level: Level) -> impl Iterator<Item = (i64, u32)> {
        let terms = self.terms();
        let (ladder, row) = self.ladder(level);
        let replaced = self.replaced.map(|replaced| replaced.slot);
        ladder.up_to(row, terms.side.opposite(), !terms.key()).filter(move |(_, slot)| {
            let reservation = &self.state.reservation;
            let (Some(hold), Some(order)) = (reservation.hold(*slot), reservation.order(*slot)) else {
                return false;
            };
            let traded = &self.instrument.traded;
            Some(*slot) != replaced
                && self.state.versions_that_count(hold, order).any(|order| {
                    // An order that lives has been read before; one that cannot be now counts.
                    order::parse(order, traded).map_or(true, |parsed| {
                        Terms::of(order, &parsed, traded, self.mark).could_trade_with(&terms)
                    })
                })
        })
    }
}

impl State {
    /// Keeps live orders by price where a limit needs them, and drops them where none does any more.
    pub(crate) fn follow_crossing(&mut self) {
        let books = self.accounts.iter().any(|account| account.limits.self_match.is_some());
        let instruments = self.firm.limits.self_match.is_some();
        if (books, instruments) == (self.crossing.keeps_books, self.crossing.keeps_instruments) {
            return;
        }
        self.crossing.books.clear();
        self.crossing.instruments.clear();
        (self.crossing.keeps_books, self.crossing.keeps_instruments) = (books, instruments);
        for slot in 0..u32::try_from(self.reservation.capacity()).unwrap_or(u32::MAX) {
            if self.reservation.is_live(slot) {
                self.enter(slot);
            }
        }
    }

    /// An order that no change is under way for lives from now on: where it stands its price says.
    #[inline(always)]
    pub(crate) fn enter_new(&mut self, slot: u32, book: u32, instrument: u32, side: Side, key: i64) {
        if self.crossing.keeps_books {
            self.crossing.books.insert(book, side, slot, key);
        }
        if self.crossing.keeps_instruments {
            self.crossing.instruments.insert(instrument, side, slot, key);
        }
    }

    /// An order lives.
    fn enter(&mut self, slot: u32) {
        if self.crossing.keeps_any() {
            self.put_in(slot);
        }
    }

    /// An order lives no more.
    #[inline(always)]
    pub(crate) fn leave(&mut self, slot: u32) {
        if self.crossing.keeps_any() {
            self.take_out(slot);
        }
    }

    /// The prices of an order are, or may come to be, other ones.
    pub(crate) fn enter_again(&mut self, slot: u32) {
        self.leave(slot);
        self.enter(slot);
    }

    #[inline(never)]
    fn put_in(&mut self, slot: u32) {
        let (Some(hold), Some(order)) = (self.reservation.hold(slot), self.reservation.order(slot)) else {
            return;
        };
        let Some(instrument) = at(&self.instruments, hold.instrument) else { return };
        let traded = &instrument.traded;
        let keys = self.versions_that_count(hold, order).map(|order| key_of_order(order, traded));
        let key = keys.min().unwrap_or(i64::MIN);
        let ([book, _], instrument, side) = (hold.books, hold.instrument, hold.side());
        self.enter_new(slot, book, instrument, side, key);
    }

    #[inline(never)]
    fn take_out(&mut self, slot: u32) {
        let Some(hold) = self.reservation.hold(slot) else { return };
        let ([book, _], instrument, side) = (hold.books, hold.instrument, hold.side());
        self.crossing.books.remove(book, side, slot);
        self.crossing.instruments.remove(instrument, side, slot);
    }

    /// The order as it is confirmed, and as changes under way would have it.
    fn versions_that_count<'a>(
        &'a self,
        hold: &Hold,
        order: &'a Order,
    ) -> impl Iterator<Item = &'a Order> + use<'a> {
        let versions = self.versions.of(hold.versions).filter(|(_, version)| version.is_under_way());
        core::iter::once(order).chain(versions.map(|(_, version)| &version.order))
    }
}
