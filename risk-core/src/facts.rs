//! What is known: gathered once per order, from the state as it is. A fact that is missing stays missing, and refuses
//! at the first gate that needs it.

use crate::book::{Ask, Book, EMPTY};
use crate::clock::Timestamp;
use crate::compiled::Compiled;
use crate::decision::Unit;
use crate::halt::TradingState;
use crate::limits::Level;
use crate::num::{CANONICAL_PLACES, Money, Price, Quantity, Rate, Round};
use crate::order::{Order, Parsed};
use crate::parents::Parent;
use crate::reason::Reason;
use crate::repeats::asked;
use crate::state::{AccountState, Fill, InstrumentState, State, StrategyState, TraderState, at};
use crate::table::{Key, Place, keyed};
use crate::traded::{Turnover, Worths};
use crate::worst::{far_side, worst_prices};

/// The places of what an order names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub(crate) account: u32,
    pub(crate) strategy: u32,
    pub(crate) instrument: u32,
    /// Or [`crate::trader::NOBODY`].
    pub(crate) trader: u32,
}

/// What the gates may look at.
pub(crate) struct Facts<'a> {
    pub(crate) state: &'a State,
    pub(crate) now: Timestamp,
    pub(crate) order: &'a Order,
    pub(crate) parsed: Parsed,
    /// In which way it is held.
    pub(crate) ask: Ask,
    pub(crate) ids: Named,
    pub(crate) account: &'a AccountState,
    pub(crate) strategy: &'a StrategyState,
    pub(crate) instrument: &'a InstrumentState,
    pub(crate) trader: Option<&'a TraderState>,
    /// Places of the account's book and the strategy's, or nowhere, and the books.
    pub(crate) places: [u32; 2],
    pub(crate) books: [&'a Book; 2],
    pub(crate) parent: Option<&'a Parent>,
    /// The client order id, as a key of its account, and where it is or would go.
    pub(crate) key: Key,
    pub(crate) id: Result<Place, Place>,
    /// The strictest state of the order's scopes.
    pub(crate) trading: TradingState,
    /// The same without the strategy's own.
    pub(crate) trading_account: TradingState,
    pub(crate) mark: Option<Price>,
    /// The far side of the quote with slippage: where a market order is assumed to execute.
    pub(crate) far_side: Option<Price>,
    /// A market order, or a stop whose trigger has passed.
    pub(crate) executes_now: bool,
    /// The price that values the order by itself.
    pub(crate) worst: Option<u64>,
    /// The price that values what it opens: a limit price on the passive side does not count.
    worst_exposure: Option<u64>,
    own_limits: &'a Compiled,
    /// The order at the venue that this one replaces: the books are then without it.
    pub(crate) replaced: Option<Replaced>,
    /// What stands before it in its list.
    pub(crate) listed: Listed,
}

/// Messages that earlier orders of the same list will take from the buckets of the firm, the account and the strategy.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Listed {
    /// How many orders of it come before, and whether one of them is refused: then no rule of the house is asked.
    pub(crate) place: u32,
    pub(crate) refused: bool,
    pub(crate) firm: i64,
    pub(crate) account: i64,
    pub(crate) strategy: i64,
    /// Those of the account's and the strategy's that open nothing there.
    pub(crate) exits: [i64; 2],
}

impl Listed {
    pub(crate) fn exits_at(&self, level: Level) -> i64 {
        let [account, strategy] = self.exits;
        if level == Level::Strategy { strategy } else { account }
    }

    #[inline(always)]
    pub(crate) fn at(&self, level: Level) -> i64 {
        match level {
            Level::Firm => self.firm,
            Level::Account | Level::Instrument => self.account,
            Level::Strategy => self.strategy,
        }
    }
}

/// What is to be known of an order that is replaced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replaced {
    pub(crate) slot: u32,
    /// What of it has been executed: of the new order only the rest is still open.
    pub(crate) filled: Quantity,
    /// What it counts for at its parent: filled and held.
    pub(crate) counted: Quantity,
    /// Nothing grows and nothing gets more aggressive: it is an exit, whatever the position.
    pub(crate) exits: bool,
    /// Worst-case quantity of the account's book with it.
    pub(crate) worst: Option<u64>,
    /// The same is asked for as before.
    pub(crate) same: bool,
    /// Cash that is held for it.
    pub(crate) cash: Money,
    /// What it counts for in what was traded.
    pub(crate) worth: Worths,
}

impl<'a> Facts<'a> {
    /// Everything an order of these names meets. Nothing here can fail: what is not there is noted as missing.
    #[inline(always)]
    pub(crate) fn gather(
        state: &'a State,
        now: Timestamp,
        order: &'a Order,
        parsed: Parsed,
        ids: Named,
        parties: (&'a AccountState, &'a StrategyState, &'a InstrumentState),
    ) -> Self {
        let (account, strategy, instrument) = parties;
        let key = keyed(order.id.digest(), ids.account);
        // Read early: the line of the id table is the one place that is mostly not in the cache.
        let id = state.ids.table.find(key);
        let places = state.books_of(ids.account, ids.strategy, ids.instrument);
        let books = places.map(|place| at(&state.books, place).unwrap_or(&EMPTY));
        let [book, _] = books;
        let kept = order.reduce_only && instrument.traded.enforces_reduce_only;
        let own_limits = match book.limits {
            Some(limits) => at(&state.book_limits, limits).map_or(&instrument.limits, |own| &own.effective),
            None => &instrument.limits,
        };
        let parent = match &order.parent {
            Some(parent) => state.parents.get(keyed(parent.digest(), ids.account), now),
            None => None,
        };
        let trading_account = state.trading(account, instrument, ids.trader);
        let mark = instrument.mark;
        let executes_now = parsed.has_fired(mark) && (parsed.trigger.is_some() || parsed.price.is_none());
        let far_side = if parsed.price.is_none() { far_side(instrument, parsed.side, mark) } else { None };
        let (worst, worst_exposure) = worst_prices(&instrument.traded, &parsed, mark, far_side);
        Self {
            state,
            now,
            order,
            parsed,
            ask: Ask { side: parsed.side, within: kept.then_some(book.position) },
            ids,
            account,
            strategy,
            instrument,
            trader: at(&state.traders, ids.trader),
            places,
            books,
            parent,
            key,
            id,
            trading: trading_account.max(strategy.trading),
            trading_account,
            mark,
            far_side,
            executes_now,
            worst,
            worst_exposure,
            own_limits,
            replaced: None,
            listed: Listed::default(),
        }
    }

    /// The limits that stand at a level for this order.
    #[inline(always)]
    pub(crate) fn limits(&self, level: Level) -> &Compiled {
        match level {
            Level::Firm => &self.state.firm.limits,
            Level::Account => &self.account.limits,
            Level::Strategy => &self.strategy.limits,
            Level::Instrument => self.own_limits,
        }
    }

    #[inline(always)]
    pub(crate) fn bucket(&self, level: Level) -> Fill {
        match level {
            Level::Firm => self.state.firm.bucket,
            Level::Account | Level::Instrument => self.account.bucket,
            Level::Strategy => self.strategy.bucket,
        }
    }

    /// Quantity of this side that would only close, at a level.
    #[inline]
    pub(crate) fn reducible(&self, level: Level) -> Quantity {
        let [account, strategy] = self.books;
        match level {
            Level::Strategy => strategy.reducible(self.ask),
            Level::Firm | Level::Account | Level::Instrument => account.reducible(self.ask),
        }
    }

    /// A quantity in canonical units.
    #[inline(always)]
    pub(crate) fn canonical(&self, quantity: u64) -> i128 {
        // 64 bits times at most 10^18: 124 bits.
        i128::from(quantity).wrapping_mul(i128::from(self.instrument.traded.canonical))
    }

    /// The order at some quantity, and what of it opens.
    #[inline(always)]
    pub(crate) fn trial(&self, quantity: Quantity) -> Trial {
        let (ask, [book, own]) = (self.ask, self.books);
        let (open, exits) = match &self.replaced {
            None => (quantity, false),
            Some(replaced) => (quantity.excess_over(replaced.filled), replaced.exits),
        };
        let opening =
            if exits { [Quantity::ZERO; 2] } else { [book.opening(ask, open), own.opening(ask, open)] };
        Trial { quantity, open, opening }
    }

    /// What is held of it: a change that is judged as an exit, because nothing grows, still opens what it opens.
    #[inline(always)]
    pub(crate) fn as_held(&self, trial: &Trial) -> Trial {
        if !self.replaced.is_some_and(|replaced| replaced.exits) {
            return *trial;
        }
        Trial { opening: self.books.map(|book| book.opening(self.ask, trial.open)), ..*trial }
    }

    /// By how much an opening quantity is asked for above the mark.
    #[inline(always)]
    pub(crate) fn surcharge(&self, opening: Quantity) -> Result<Money, Reason> {
        if opening.0 == 0 {
            return Ok(Money::ZERO);
        }
        let (Some(mark), Some(worst)) = (self.mark, self.worst_exposure) else { return Err(Reason::DataGap) };
        let traded = &self.instrument.traded;
        let base = traded.valuation_price(mark);
        if worst == base {
            return Ok(Money::ZERO);
        }
        let valuer = &traded.valuer;
        valuer.surcharge(opening.abs(), worst, base).ok_or(Reason::EvaluationError)
    }

    /// The worst case of a book with this order held, in quote money.
    pub(crate) fn worst_value(
        &self,
        book: &Book,
        quantity: Quantity,
        surcharge: Money,
    ) -> Result<Money, Reason> {
        let mark = self.mark.ok_or(Reason::DataGap)?;
        book.worst_with(self.ask, quantity, surcharge)
            .and_then(|worst| worst.value(&self.instrument.traded, mark))
            .ok_or(Reason::EvaluationError)
    }

    /// Worst-case exposure of the instrument with the order in it, by the book and in the currency of a level.
    pub(crate) fn exposure(&self, trial: &Trial, level: Level) -> Result<Money, Reason> {
        let [account, strategy] = self.books;
        let book = if level == Level::Strategy { strategy } else { account };
        let surcharge = self.surcharge(trial.opening(level))?;
        self.in_currency_of(level, self.worst_value(book, trial.open, surcharge)?)
    }

    /// Gross exposure of a level with the order in it.
    pub(crate) fn gross_after(&self, trial: &Trial, level: Level) -> Result<Money, Reason> {
        let [account, strategy] = self.books;
        let (before, sums) = match level {
            Level::Firm => (account.exposure_firm, &self.state.firm.sums),
            Level::Strategy => (strategy.exposure, &self.strategy.sums),
            Level::Account | Level::Instrument => (account.exposure, &self.account.sums),
        };
        if sums.unmarked > 0 {
            return Err(Reason::DataGap);
        }
        if sums.unrated > 0 {
            return Err(Reason::NoRate);
        }
        let after = self.exposure(trial, level)?;
        let gross = match level {
            Level::Account => self.host_gross()?,
            Level::Firm | Level::Strategy | Level::Instrument => sums.gross,
        };
        let lost = self.unaccounted(level)?;
        gross.minus(before).and_then(|rest| rest.plus(after)?.plus(lost)).ok_or(Reason::EvaluationError)
    }

    /// Exposure of the instrument's group with the order in it.
    pub(crate) fn group_after(&self, trial: &Trial, level: Level) -> Result<Money, Reason> {
        let [book, _] = self.books;
        let (before, sum) = match level {
            Level::Firm => (book.exposure_firm, at(&self.state.groups, self.instrument.group)),
            Level::Account | Level::Strategy | Level::Instrument => {
                let place = if book.group == u32::MAX {
                    self.state.group_index.get(self.ids.account, self.instrument.group)
                } else {
                    Some(book.group)
                };
                (book.exposure, place.and_then(|place| at(&self.state.account_groups, place)))
            }
        };
        let sum = sum.copied().unwrap_or(Money::ZERO);
        let after = self.exposure(trial, level)?;
        let lost = self.unaccounted(level)?;
        sum.minus(before).and_then(|rest| rest.plus(after)?.plus(lost)).ok_or(Reason::EvaluationError)
    }

    /// Worst-case quantity of the instrument with the order in it.
    pub(crate) fn position_after(&self, trial: &Trial, level: Level) -> Result<u64, Reason> {
        self.all_accounted_for(level)?;
        let [book, strategy] = self.books;
        let worst = |book: &Book| Some(book.worst_with(self.ask, trial.open, Money::ZERO)?.quantity());
        match level {
            Level::Firm => (|| {
                let before = self.replaced.map_or(book.worst_quantity(), |replaced| replaced.worst)?;
                let rest = self.instrument.firm_quantity.checked_sub(before)?;
                rest.checked_add(worst(book)?)
            })(),
            Level::Strategy => worst(strategy),
            Level::Account | Level::Instrument => worst(book),
        }
        .ok_or(Reason::EvaluationError)
    }

    /// Worst-case exposure of the instrument with the order in it.
    pub(crate) fn exposure_after(&self, trial: &Trial, level: Level) -> Result<Money, Reason> {
        let known = match level {
            Level::Firm => {
                let [book, _] = self.books;
                let after = self.exposure(trial, level)?;
                if self.instrument.firm_unrated > 0 {
                    // Another account holds it and cannot be counted: a sum without it would be too small.
                    return Err(Reason::NoRate);
                }
                let rest = self.instrument.firm_exposure.minus(book.exposure_firm);
                rest.and_then(|rest| rest.plus(after)).ok_or(Reason::EvaluationError)
            }
            Level::Account | Level::Strategy | Level::Instrument => self.exposure(trial, level),
        }?;
        known.plus(self.unaccounted(level)?).ok_or(Reason::EvaluationError)
    }

    /// Positions of a level with this instrument among them.
    pub(crate) fn position_count(&self, level: Level) -> Result<u32, Reason> {
        self.all_accounted_for(level)?;
        let [account, strategy] = self.books;
        let (count, counted) = match level {
            Level::Firm => (self.state.firm.sums.count, self.instrument.counted > 0),
            Level::Account | Level::Instrument => (self.host_position_count()?, account.counted),
            Level::Strategy => (self.strategy.sums.count, strategy.counted),
        };
        Ok(count.saturating_add(u32::from(!counted)))
    }

    /// Value of the order alone at its worst price, in the currency of a level.
    pub(crate) fn notional(&self, quantity: Quantity, level: Level) -> Result<Money, Reason> {
        let worst = self.worst.ok_or(Reason::DataGap)?;
        let valuer = &self.instrument.traded.valuer;
        let quote = valuer.value(quantity.abs(), worst, Round::Up).ok_or(Reason::EvaluationError)?;
        self.in_currency_of(level, quote)
    }

    /// What it asks for, as a key.
    pub(crate) fn asked(&self) -> [u64; 2] {
        asked(self.ids.instrument, &self.parsed)
    }

    /// What was approved today at a level.
    #[inline(always)]
    pub(crate) fn traded(&self, level: Level) -> Turnover {
        match level {
            Level::Firm => self.state.firm.traded,
            Level::Account | Level::Instrument => self.account.traded,
            Level::Strategy => self.strategy.traded,
        }
    }

    /// Quote money in the currency of a level, rounded against the trader.
    pub(crate) fn in_currency_of(&self, level: Level, quote: Money) -> Result<Money, Reason> {
        let convert = |amount: Money, rate: Option<&Rate>| {
            rate.ok_or(Reason::NoRate)?.convert(amount, Round::Up).ok_or(Reason::EvaluationError)
        };
        let to_account = self.state.rate(self.instrument.traded.quote, self.account.currency);
        let to_firm = self.state.rate(self.account.currency, self.state.firm.currency);
        match level {
            Level::Instrument => Ok(quote),
            Level::Account | Level::Strategy => convert(quote, to_account),
            Level::Firm => convert(convert(quote, to_account)?, to_firm),
        }
    }

    pub(crate) fn quantity_unit(&self) -> Unit {
        Unit::Quantity { scale: self.instrument.traded.quantity_scale }
    }

    pub(crate) fn price_unit(&self, finer: u32) -> Unit {
        Unit::Price { scale: self.instrument.traded.price_scale.saturating_add(finer) }
    }

    pub(crate) fn quote_unit(&self) -> Unit {
        self.money_unit(Level::Instrument, 0)
    }

    /// Money of a level's currency, some places finer.
    pub(crate) fn money_unit(&self, level: Level, finer: u32) -> Unit {
        let asset = match level {
            Level::Firm => self.state.firm.currency,
            Level::Account | Level::Strategy => self.account.currency,
            Level::Instrument => self.instrument.traded.quote,
        };
        let asset = at(&self.state.assets, asset);
        Unit::Money {
            currency: asset.map(|asset| asset.code).unwrap_or_default(),
            scale: asset.map_or(CANONICAL_PLACES, |asset| asset.money_scale).saturating_add(finer),
        }
    }
}

/// The order at one quantity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trial {
    pub(crate) quantity: Quantity,
    /// What of it can still be executed: all of it, but for a change of an order that is partly filled.
    pub(crate) open: Quantity,
    /// What opens, by the account's book and by the strategy's.
    pub(crate) opening: [Quantity; 2],
}

impl Trial {
    /// What opens at a level. Each judges with its own position.
    #[inline(always)]
    pub(crate) fn opening(&self, level: Level) -> Quantity {
        let [account, strategy] = self.opening;
        match level {
            Level::Strategy => strategy,
            Level::Firm | Level::Account | Level::Instrument => account,
        }
    }

    /// Whether it opens nothing at any level.
    #[inline(always)]
    pub(crate) fn is_pure_exit(&self) -> bool {
        let [account, strategy] = self.opening;
        account.0 | strategy.0 == 0
    }
}
