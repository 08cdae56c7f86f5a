//! What gates ask of the facts: what an order opens, at which prices it counts, and the worst case with it.
//!
//! - Worst price: the largest of |mark|, |price|, |trigger| and, without a limit price, the far side with slippage (a
//!   missing far side is the mark); for an inverse contract the smallest; never below the floor. For what an order
//!   opens, a limit price on the passive side of the mark does not count.
//! - Surcharge: what the opening quantity costs at that price above the mark, rounded up. It stands on the order's
//!   side of the account's book and of the strategy's, each with its own opening quantity.

use risk_core::{ExposurePrice, GateId, Level, Reason, Side};

use super::bug::{Bug, Part};
use super::exact::{Ratio, Toward};
use super::facts::View;
use super::ledger::Book;
use super::world::Owner;

/// Account or strategy.
pub(super) const ACCOUNT: usize = 0;
/// See [`ACCOUNT`].
pub(super) const STRATEGY: usize = 1;

impl View<'_> {
    /// Whether this mistake is made.
    pub(super) fn errs(&self, gate: GateId, number: u8) -> bool {
        self.bug == Some(Bug { part: Part::Gate(gate), number })
    }

    pub(super) fn side(&self) -> Side {
        self.facts.order.side
    }

    /// Whose book a level judges with: the strategy's own at its level, the account's at all others.
    pub(super) fn whose(level: Level) -> usize {
        if level == Level::Strategy { STRATEGY } else { ACCOUNT }
    }

    pub(super) fn owner(&self, whose: usize) -> Owner {
        if whose == STRATEGY {
            Owner::Strategy(self.facts.strategy)
        } else {
            Owner::Account(self.facts.account)
        }
    }

    pub(super) fn book(&self, whose: usize) -> Book {
        let f = self.facts;
        let mut book = f.ledger.book(f.model, self.owner(whose), f.instrument);
        if let Some(replaced) = &self.facts.replaced {
            book.ask(self.side(), self.kept(), -replaced.open, -replaced.charges[whose]);
        }
        book
    }

    /// The same facts for what is held: a change that is judged as an exit still opens what it opens.
    pub(super) fn as_held(mut self) -> Self {
        self.as_held = true;
        self
    }

    /// What of a quantity is still open: all of it, but for a change of an order that is partly filled.
    pub(super) fn open(&self, quantity: i128) -> i128 {
        self.facts.replaced.as_ref().map_or(quantity, |replaced| (quantity - replaced.filled).max(0))
    }

    /// What would only close: the position on the other side, less what already works to close it.
    pub(super) fn reducible_of(&self, whose: usize) -> i128 {
        self.book(whose).reducible(self.side(), self.kept())
    }

    /// Whether the venue keeps the order within the account's position.
    pub(super) fn kept(&self) -> bool {
        self.facts.model.keeps(self.facts.order, self.facts.instrument)
    }

    pub(super) fn reducible(&self, level: Level) -> i128 {
        self.reducible_of(Self::whose(level))
    }

    pub(super) fn opening_of(&self, whose: usize, quantity: i128) -> i128 {
        if self.facts.replaced.as_ref().is_some_and(|replaced| replaced.exits) && !self.as_held {
            return 0;
        }
        (self.open(quantity) - self.reducible_of(whose)).max(0)
    }

    pub(super) fn opening(&self, level: Level, quantity: i128) -> i128 {
        self.opening_of(Self::whose(level), quantity)
    }

    /// A market order, or a stop whose trigger the mark has passed.
    pub(super) fn executes_now(&self) -> bool {
        match (self.facts.trigger, self.facts.mark, self.side()) {
            (None, _, _) => self.facts.price.is_none(),
            (Some(_), None, _) => false,
            (Some(trigger), Some((mark, _)), Side::Buy) => trigger <= mark,
            (Some(trigger), Some((mark, _)), Side::Sell) => trigger >= mark,
        }
    }

    /// The far side of the last quote, or the mark, moved against the order by the slippage.
    pub(super) fn far(&self, slips: bool) -> Option<i128> {
        let quote = self.facts.model.quote(self.facts.instrument);
        let far = match self.side() {
            Side::Buy => quote.and_then(|quote| quote.ask),
            Side::Sell => quote.and_then(|quote| quote.bid),
        };
        let far = far.or(self.facts.mark.map(|(mark, _)| mark))?;
        let bps = i128::from(self.facts.model.instrument(self.facts.instrument).slippage_bps);
        let slip = Ratio::units(far.abs() * bps, 4).round(0, Toward::Ceiling);
        Some(match self.side() {
            _ if !slips => far,
            Side::Buy => far + slip,
            Side::Sell => far - slip,
        })
    }

    /// The worst price: of the order by itself, or of what it opens.
    pub(super) fn worst_price(&self, opening: bool, slips: bool) -> Option<i128> {
        let (mark, _) = self.facts.mark?;
        let of = self.facts.model.instrument(self.facts.instrument);
        if let ExposurePrice::Fixed(_) = of.exposure_price {
            return Some(self.facts.model.valuation_price(self.facts.instrument, mark));
        }
        let passive = |price: i128| match self.side() {
            Side::Buy => price < mark,
            Side::Sell => price > mark,
        };
        let price = self.facts.price.filter(|price| !(opening && passive(*price)));
        let far = if self.facts.price.is_none() { self.far(slips) } else { None };
        let all = [Some(mark), price, self.facts.trigger, far].into_iter().flatten().map(i128::abs);
        let worst = if of.inverse { all.min() } else { all.max() };
        let floor =
            of.exposure_price_min.map_or(0, |price| Ratio::of(price).round(of.price_scale, Toward::Away));
        worst.map(|worst| worst.max(floor))
    }

    /// By how much an opening quantity is asked for above the mark, in quote money.
    pub(super) fn surcharge(&self, opening: i128) -> Result<i128, Reason> {
        if opening == 0 {
            return Ok(0);
        }
        let f = self.facts;
        let (Some((mark, _)), Some(worst)) = (f.mark, self.worst_price(true, true)) else {
            return Err(Reason::DataGap);
        };
        let base = f.model.valuation_price(f.instrument, mark);
        if worst == base {
            return Ok(0);
        }
        let value = |price, toward| f.model.value(f.instrument, opening, price, toward);
        Ok(if f.model.instrument(f.instrument).inverse {
            value(worst, Toward::Ceiling) - value(base, Toward::Floor)
        } else {
            value(worst - base, Toward::Ceiling)
        })
    }

    /// A book with the order held.
    pub(super) fn with(&self, mut book: Book, quantity: i128, surcharge: i128) -> Book {
        book.ask(self.side(), self.kept(), self.open(quantity), surcharge);
        book
    }

    /// Worst case of the order's book with the order in it, in quote money.
    pub(super) fn after(&self, whose: usize, quantity: i128) -> Result<i128, Reason> {
        let f = self.facts;
        let surcharge = self.surcharge(self.opening_of(whose, quantity))?;
        let (mark, _) = f.mark.ok_or(Reason::DataGap)?;
        Ok(f.model.worst(f.instrument, &self.with(self.book(whose), quantity, surcharge), mark))
    }

    /// Quote money in the currency of a level, rounded up on each way.
    pub(super) fn in_level(&self, level: Level, amount: i128) -> Result<i128, Reason> {
        let f = self.facts;
        let owner = self.owner(Self::whose(level));
        let account = || f.model.in_account(owner, f.instrument, amount);
        match level {
            Level::Instrument => Ok(amount),
            Level::Account | Level::Strategy => account(),
            Level::Firm => f.model.in_firm(owner, account()?),
        }
    }

    /// The currency of a level, for this order.
    pub(super) fn currency(&self, level: Level) -> usize {
        let f = self.facts;
        match level {
            Level::Firm => f.model.firm_currency(),
            Level::Account | Level::Strategy => f.model.currency(f.account),
            Level::Instrument => f.model.quote_asset(f.instrument),
        }
    }

    /// Money of a level as a number.
    pub(super) fn money(&self, level: Level, units: i128) -> Ratio {
        Ratio::units(units, f_scale(self, level))
    }

    /// A quantity of the order's instrument as a number.
    pub(super) fn number(&self, units: i128) -> Ratio {
        Ratio::units(units, self.facts.model.instrument(self.facts.instrument).quantity_scale)
    }

    /// Books of a level: of all accounts, of the account, of the strategy.
    pub(super) fn owned(&self, level: Level) -> impl Iterator<Item = (Owner, usize)> {
        let own = self.owner(Self::whose(level));
        let is = move |owner: Owner| match level {
            Level::Firm => matches!(owner, Owner::Account(_)),
            Level::Account | Level::Strategy | Level::Instrument => owner == own,
        };
        self.facts.ledger.books.keys().copied().filter(move |(owner, _)| is(*owner))
    }

    /// Whether everything of a level can be valued; a missing mark is named before a missing rate.
    pub(super) fn valued(&self, level: Level) -> Result<(), Reason> {
        let lacks: Vec<Reason> = self.owned(level).filter_map(|key| self.facts.worth[&key].err()).collect();
        match lacks.iter().find(|reason| **reason == Reason::DataGap).or(lacks.first()) {
            Some(reason) => Err(*reason),
            None => Ok(()),
        }
    }
}

fn f_scale(view: &View<'_>, level: Level) -> u32 {
    view.facts.model.money_scale(view.currency(level))
}
