//! Net exposure: what one direction can come to when all that is asked for in it is filled, and nothing against it.
//!
//! For buys it is the sum of value(position + buys) over all instruments, shorts below zero; for sells the mirror image.
//! The sums are kept only while any level has a limit on them: until then an order pays for one comparison.

use crate::book::{Ask, Book, BookOf, Lack, Owner};
use crate::facts::{Facts, Trial};
use crate::gates::GateId;
use crate::instrument::Traded;
use crate::ledger::shift;
use crate::limits::Level;
use crate::num::{Money, Price, Quantity, Rate, Round};
use crate::order::Side;
use crate::reason::Reason;
use crate::state::{InstrumentState, State, Sums, at, at_mut};

/// An amount for each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Net {
    /// What is long when every buy is filled.
    buys: Money,
    /// What is short when every sell is filled.
    sells: Money,
}

impl Net {
    #[inline]
    pub(crate) fn of(&self, side: Side) -> Money {
        match side {
            Side::Buy => self.buys,
            Side::Sell => self.sells,
        }
    }

    fn of_mut(&mut self, side: Side) -> &mut Money {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }

    fn move_by(&mut self, before: Self, after: Self) {
        shift(&mut self.buys, before.buys, after.buys);
        shift(&mut self.sells, before.sells, after.sells);
    }

    fn converted(self, rate: &Rate) -> Option<Self> {
        Some(Self { buys: convert(rate, self.buys)?, sells: convert(rate, self.sells)? })
    }
}

/// What a book counts for, in its account's currency and in the firm's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct BookNet {
    account: Net,
    firm: Net,
}

/// Upwards on the number line: what adds to a direction grows, what is against it shrinks.
fn convert(rate: &Rate, amount: Money) -> Option<Money> {
    rate.convert(amount, if amount.0 < 0 { Round::Down } else { Round::Up })
}

/// Value of a signed quantity at a mark, upwards on the number line.
fn signed(traded: &Traded, quantity: i64, mark: Price) -> Option<Money> {
    let round = if quantity < 0 { Round::Down } else { Round::Up };
    let value = traded.valuer.value(quantity.unsigned_abs(), traded.valuation_price(mark), round)?;
    if quantity < 0 { value.0.checked_neg().map(Money) } else { Some(value) }
}

impl Book {
    /// Its net on one side, with more asked for on it, in quote money.
    fn net(&self, ask: Ask, more: Quantity, surcharge: Money, traded: &Traded, mark: Price) -> Option<Money> {
        let end = self.end_with(ask, more)?;
        let (end, extra) = match ask.side {
            Side::Buy => (end.0, self.surcharge_buys),
            Side::Sell => (0_i64.checked_sub(end.0)?, self.surcharge_sells),
        };
        signed(traded, end, mark)?.plus(extra)?.plus(surcharge)
    }
}

impl State {
    /// Keeps the sums where a limit needs them, and drops them where none does any more.
    pub(crate) fn follow_net(&mut self) {
        let needed = self.limited.has(GateId::NetExposure);
        if needed == self.keeps_net {
            return;
        }
        self.keeps_net = true;
        for index in 0..crate::state::size_of(&self.books) {
            if needed { self.move_net(index) } else { self.put_net(index, BookNet::default()) }
        }
        self.keeps_net = needed;
    }

    /// A book has changed: its net is valued anew, and every sum moves by the difference.
    #[inline(always)]
    pub(crate) fn renet(&mut self, index: u32) {
        if self.keeps_net {
            self.move_net(index);
        }
    }

    /// The same where another book that is worth the same has been valued: what it counts for counts here.
    pub(crate) fn renet_like(&mut self, index: u32, other: u32) {
        if self.keeps_net
            && let Some(net) = at(&self.nets, other).copied()
        {
            self.put_net(index, net);
        }
    }

    /// The same where only more is asked for on one side, and the book is valued: the other direction is what it was.
    #[inline(always)]
    pub(crate) fn renet_side(&mut self, index: u32, side: Side) {
        if self.keeps_net {
            match at(&self.books, index) {
                // Its worst case is that direction's net: nothing is valued again.
                Some(book) if book.leads(side) => {
                    let after = (book.exposure, book.exposure_firm);
                    self.put_net_side(index, book.owner, side, after);
                }
                _ => self.move_net(index),
            }
        }
    }

    #[inline(never)]
    fn move_net(&mut self, index: u32) {
        let Some(book) = at(&self.books, index) else { return };
        // What cannot be valued is counted as lacking, and refuses whoever would need it.
        let valued = book.lack == Lack::Nothing && !book.is_flat();
        let net = if valued { self.value_net(book) } else { None };
        self.put_net(index, net.unwrap_or_default());
    }

    fn value_net(&self, book: &Book) -> Option<BookNet> {
        let instrument = at(&self.instruments, book.instrument)?;
        let currency = at(&self.accounts, self.account_of(book.owner))?.currency;
        let ask = |side| Ask { side, within: None };
        let side =
            |side| book.net(ask(side), Quantity::ZERO, Money::ZERO, &instrument.traded, instrument.mark?);
        let quote = Net { buys: side(Side::Buy)?, sells: side(Side::Sell)? };
        let account = quote.converted(self.rate(instrument.traded.quote, currency)?)?;
        Some(BookNet { account, firm: account.converted(self.rate(currency, self.firm.currency)?)? })
    }

    #[inline(always)]
    fn put_net_side(&mut self, index: u32, owner: Owner, side: Side, (account, firm): (Money, Money)) {
        let Some(net) = at_mut(&mut self.nets, index) else { return };
        let before = core::mem::replace(net.account.of_mut(side), account);
        let firm_before = core::mem::replace(net.firm.of_mut(side), firm);
        match owner {
            Owner::Strategy(strategy) => {
                let Some(strategy) = at_mut(&mut self.strategies, strategy) else { return };
                shift(strategy.sums.net.of_mut(side), before, account);
            }
            Owner::Account(place) => {
                shift(self.firm.sums.net.of_mut(side), firm_before, firm);
                let Some(owner) = at_mut(&mut self.accounts, place) else { return };
                shift(owner.sums.net.of_mut(side), before, account);
            }
        }
    }

    fn put_net(&mut self, index: u32, after: BookNet) {
        let Some(BookOf { owner, .. }) = at(&self.books, index).map(Book::of) else { return };
        let Some(place) = at_mut(&mut self.nets, index) else { return };
        let before = core::mem::replace(place, after);
        match owner {
            Owner::Strategy(strategy) => {
                let Some(strategy) = at_mut(&mut self.strategies, strategy) else { return };
                strategy.sums.net.move_by(before.account, after.account);
            }
            Owner::Account(account) => {
                self.firm.sums.net.move_by(before.firm, after.firm);
                let Some(account) = at_mut(&mut self.accounts, account) else { return };
                account.sums.net.move_by(before.account, after.account);
            }
        }
    }
}

/// What the net exposure of one level with an order in it is worked out from.
struct Case<'a> {
    state: &'a State,
    instrument: &'a InstrumentState,
    /// Currency of the account.
    currency: u32,
    book: &'a Book,
    place: u32,
    sums: &'a Sums,
    level: Level,
    ask: Ask,
    open: Quantity,
    surcharge: Money,
}

impl Case<'_> {
    /// Net exposure on the order's side, never below zero.
    fn net(&self) -> Result<Money, Reason> {
        let mark = self.instrument.mark.ok_or(Reason::DataGap)?;
        let before = at(&self.state.nets, self.place).copied().unwrap_or_default();
        let before = if self.level == Level::Firm { before.firm } else { before.account }.of(self.ask.side);
        let quote = self.book.net(self.ask, self.open, self.surcharge, &self.instrument.traded, mark);
        let after = self.in_currency_of_level(quote.ok_or(Reason::EvaluationError)?)?;
        let net = self.sums.net.of(self.ask.side).minus(before).and_then(|rest| rest.plus(after));
        net.map(|net| net.max(Money::ZERO)).ok_or(Reason::EvaluationError)
    }

    fn in_currency_of_level(&self, quote: Money) -> Result<Money, Reason> {
        if quote == Money::ZERO {
            return Ok(quote);
        }
        let state = self.state;
        let rate = |from, to| state.rate(from, to).ok_or(Reason::NoRate);
        let account = convert(rate(self.instrument.traded.quote, self.currency)?, quote);
        let account = account.ok_or(Reason::EvaluationError)?;
        match self.level {
            Level::Firm => {
                convert(rate(self.currency, state.firm.currency)?, account).ok_or(Reason::EvaluationError)
            }
            Level::Account | Level::Strategy | Level::Instrument => Ok(account),
        }
    }

    #[cold]
    #[inline(never)]
    fn is_within(&self, limit: Money) -> bool {
        self.net().is_ok_and(|net| net <= limit)
    }
}

impl Facts<'_> {
    #[inline(always)]
    fn net_case(&self, trial: &Trial, level: Level, surcharge: Money) -> Case<'_> {
        let ([book, own], [place, own_place]) = (self.books, self.places);
        let (book, place, sums) = match level {
            Level::Firm => (book, place, &self.state.firm.sums),
            Level::Account | Level::Instrument => (book, place, &self.account.sums),
            Level::Strategy => (own, own_place, &self.strategy.sums),
        };
        Case {
            state: self.state,
            instrument: self.instrument,
            currency: self.account.currency,
            book,
            place,
            sums,
            level,
            ask: self.ask,
            open: trial.open,
            surcharge,
        }
    }

    /// Net exposure of a level on the order's side with the order in it, never below zero.
    pub(crate) fn net_after(&self, trial: &Trial, level: Level) -> Result<Money, Reason> {
        let case = self.net_case(trial, level, Money::ZERO);
        if case.sums.unmarked > 0 {
            return Err(Reason::DataGap);
        }
        if case.sums.unrated > 0 {
            return Err(Reason::NoRate);
        }
        if self.mark.is_none() {
            return Err(Reason::DataGap);
        }
        let net = Case { surcharge: self.surcharge(trial.opening(level))?, ..case }.net()?;
        net.plus(self.unaccounted(level)?).ok_or(Reason::EvaluationError)
    }

    /// The same of a plain order, against a limit.
    #[inline(always)]
    pub(crate) fn plain_net_is_within(
        &self,
        trial: &Trial,
        level: Level,
        surcharge: Money,
        limit: Money,
    ) -> bool {
        self.net_case(trial, level, surcharge).is_within(limit)
    }
}
