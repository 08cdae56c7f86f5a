//! What a house rule is shown: the facts the gates have, to read.

use core::ops::ControlFlow;

use rust_decimal::Decimal;

use crate::clock::Timestamp;
use crate::decision::{Reading, Unit};
use crate::explain::{GateReading, decimal_money};
use crate::facts::{Facts, Trial};
use crate::gates::{self, Gate, GateId, Measured, Visit};
use crate::limits::Level;
use crate::num::{Money, Price, Quantity};
use crate::order::Order;
use crate::reason::Reason;

/// An order that every gate lets through, and what is known about it. Everything is a copy; nothing can be changed by it.
///
/// What is not known is `None`: a rule that needs it should answer [`crate::Undecided`], which refuses.
#[derive(Clone, Copy)]
pub struct View<'a> {
    facts: &'a Facts<'a>,
    trial: &'a Trial,
}

impl core::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("View").field("order", self.order()).finish_non_exhaustive()
    }
}

impl<'a> View<'a> {
    pub(crate) fn of(facts: &'a Facts<'a>, trial: &'a Trial) -> Self {
        Self { facts, trial }
    }

    /// The order as it was asked; a change shows the whole new order.
    pub fn order(&self) -> &Order {
        self.facts.order
    }

    /// The quantity that would be sent, in units of the instrument: less than asked where the order is reduced.
    pub fn quantity(&self) -> Decimal {
        self.quantity_of(self.trial.quantity)
    }

    /// What of it opens, by the position of a level (the strategy's own, or that of the account).
    pub fn opening(&self, level: Level) -> Decimal {
        self.quantity_of(self.trial.opening(level))
    }

    /// Whether it opens nothing at any level.
    pub fn is_exit(&self) -> bool {
        self.trial.is_pure_exit()
    }

    /// Whether it replaces an order at the venue.
    pub fn is_change(&self) -> bool {
        self.facts.replaced.is_some()
    }

    /// Engine time.
    pub fn now(&self) -> Timestamp {
        self.facts.now
    }

    /// The mark of the instrument.
    pub fn mark(&self) -> Option<Decimal> {
        self.facts.mark.map(|price| self.price(price))
    }

    /// The best bid and ask of the last quote.
    pub fn quote(&self) -> (Option<Decimal>, Option<Decimal>) {
        let quote = self.facts.instrument.quote.as_ref();
        let side = |price: Option<Price>| price.map(|price| self.price(price));
        (quote.and_then(|quote| side(quote.bid)), quote.and_then(|quote| side(quote.ask)))
    }

    /// The signed position before the order: the strategy's own, or that of the account.
    pub fn position(&self, level: Level) -> Decimal {
        let [account, strategy] = self.facts.books;
        let book = if level == Level::Strategy { strategy } else { account };
        self.quantity_of(book.position)
    }

    /// The value of the order alone at its worst price, in the currency of a level (of an instrument, its quote asset).
    pub fn notional(&self, level: Level) -> Option<Decimal> {
        self.money(level, self.facts.notional(self.trial.quantity, level))
    }

    /// Worst-case exposure of the instrument with the order in it.
    pub fn exposure(&self, level: Level) -> Option<Decimal> {
        self.money(level, self.facts.exposure_after(self.trial, level))
    }

    /// Gross exposure of a level with the order in it.
    pub fn gross_exposure(&self, level: Level) -> Option<Decimal> {
        self.money(level, self.facts.gross_after(self.trial, level))
    }

    /// Equity of a level, where it is known and above zero.
    pub fn equity(&self, level: Level) -> Option<Decimal> {
        self.money(level, self.facts.equity(level))
    }

    /// What the day has lost so far at a level; a gain is negative.
    pub fn loss_of_day(&self, level: Level) -> Option<Decimal> {
        self.money(level, self.facts.loss_of_day(level))
    }

    /// What a gate measures for this order at a level, against which limit; nothing where it has no limit there, or
    /// exempts the order.
    pub fn reading(&self, gate: GateId, level: Level) -> Option<Reading> {
        let mut found = None;
        self.each_reading(|line| {
            if (line.gate, line.level) == (gate, level) {
                found = line.reading;
            }
        });
        found
    }

    /// Shows every gate's reading for this order, in order of precedence.
    pub fn each_reading(&self, look: impl FnMut(GateReading)) {
        let _ = gates::walk(self.facts, self.trial, None, &mut Show(look));
    }

    fn quantity_of(&self, quantity: Quantity) -> Decimal {
        Decimal::new(quantity.0, self.facts.instrument.traded.quantity_scale).normalize()
    }

    fn price(&self, price: Price) -> Decimal {
        Decimal::new(price.0, self.facts.instrument.traded.price_scale).normalize()
    }

    fn money(&self, level: Level, amount: Result<Money, Reason>) -> Option<Decimal> {
        match self.facts.money_unit(level, 0) {
            Unit::Money { scale, .. } => amount.ok().map(|amount| decimal_money(amount.0, scale)),
            _ => None,
        }
    }
}

struct Show<L>(L);

impl<L: FnMut(GateReading)> Visit for Show<L> {
    fn visit<G: Gate>(
        &mut self,
        facts: &Facts<'_>,
        _: &Trial,
        level: Level,
        measured: Measured,
    ) -> ControlFlow<()> {
        if let Some(line) = GateReading::of::<G>(facts, level, measured) {
            (self.0)(line);
        }
        ControlFlow::Continue(())
    }
}
