//! The common case: everything is known, and the order is well inside every limit.
//!
//! Nearly every order passes, and to see that needs no reading. What is worked out here, once, lets a gate say "it
//! passes, plainly" ([`crate::gates::Gate::passes_plainly`]) in a few instructions. That answer may only ever be yes
//! where measuring would pass at every level; anything else (a missing fact, an unusual size, a breach) is measured.
//! A property in the tests holds it to that.
//!
//! A gate that only a limit can make fail says so ([`crate::gates::Gate::ONLY_BY_LIMIT`]). Which gates have a limit is
//! worked out when limits change, for each table of limits ([`crate::limits::Compiled::gates`]); the four tables of an order together
//! make one word, and a gate that is in none of them costs the test of one bit.
//!
//! Everything here is inlined, so that what is known of an order stays in registers; what would have to be written down
//! for a call is left to the judge. Amounts are bounded ([`Money::BOUND`]): sums of a few of them need no check.

use crate::book::Book;
use crate::facts::{Facts, Trial};
use crate::gates::GateSet;
use crate::limits::Level;
use crate::lines::Lines;
use crate::num::{Money, Quantity, Round};
use crate::state::{State, at};
use crate::traded::{Turnover, Worths};

/// What a plain order comes to.
pub(crate) struct Plain {
    pub(crate) trial: Trial,
    /// Gates that have a limit at any of the order's levels.
    pub(crate) limited: GateSet,
    /// Value of the order alone at its worst price.
    notional: Worth,
    /// The account's book with it, and the strategy's.
    ends: [End; 2],
    pub(crate) surcharges: [Money; 2],
}

/// The worst case of a book.
#[derive(Clone, Copy)]
struct End {
    quantity: u64,
    exposure: Worth,
}

/// One amount in the quote asset, in the account's currency and in the firm's.
#[derive(Clone, Copy)]
struct Worth {
    quote: Money,
    account: Money,
    firm: Money,
}

impl Plain {
    /// Nothing where a fact is missing that any gate could need.
    #[inline(always)]
    pub(crate) fn of(facts: &Facts<'_>, trial: &Trial) -> Option<Self> {
        let (firm, account, strategy) = (&facts.state.firm.sums, &facts.account.sums, &facts.strategy.sums);
        let lacking = firm.unmarked
            | firm.unrated
            | account.unmarked
            | account.unrated
            | strategy.unmarked
            | strategy.unrated
            | facts.instrument.firm_unrated;
        if lacking != 0 || facts.account.host.says_something() || facts.replaced.is_some() {
            return None;
        }
        let quantity = trial.quantity;
        let value = facts.instrument.traded.valuer.value(quantity.abs(), facts.worst?, Round::Up)?;
        let [book, own] = facts.books;
        let [opens, own_opens] = trial.opening;
        let surcharge = facts.surcharge(opens).ok()?;
        let end = End::of(facts, book, quantity, surcharge)?;
        // Mostly the strategy is alone in its account and the instrument: the same book gives the same answer.
        let (own_surcharge, own_end) = if book.asks_like(own) {
            (surcharge, end)
        } else {
            let surcharge = facts.surcharge(own_opens).ok()?;
            (surcharge, End::of(facts, own, quantity, surcharge)?)
        };
        Some(Self {
            trial: *trial,
            limited: facts.limited(),
            notional: Worth::of(facts, value)?,
            ends: [end, own_end],
            surcharges: [surcharge, own_surcharge],
        })
    }

    /// Value of the order, in the currency of a level.
    #[inline(always)]
    pub(crate) fn notional(&self, level: Level) -> Money {
        self.notional.at(level)
    }

    /// The same in the account's currency and the firm's.
    #[inline(always)]
    pub(crate) fn worth(&self) -> Worths {
        [self.notional.account, self.notional.firm].map(|value| Turnover::of(Some(value)))
    }

    #[inline(always)]
    fn end(&self, level: Level) -> &End {
        let [account, strategy] = &self.ends;
        match level {
            Level::Strategy => strategy,
            Level::Firm | Level::Account | Level::Instrument => account,
        }
    }

    /// Worst-case exposure of the instrument with the order, by the book and in the currency of a level.
    #[inline(always)]
    pub(crate) fn exposure(&self, level: Level) -> Money {
        self.end(level).exposure.at(level)
    }

    /// By how much what opens is asked for above the mark, by the book of a level.
    #[inline(always)]
    pub(crate) fn surcharge(&self, level: Level) -> Money {
        let [account, strategy] = self.surcharges;
        match level {
            Level::Strategy => strategy,
            Level::Firm | Level::Account | Level::Instrument => account,
        }
    }

    /// What the holds put into the two books: in the account's currency and the firm's.
    #[inline(always)]
    pub(crate) fn held(&self) -> [(Money, Money); 2] {
        let [book, own] = &self.ends;
        [(book.exposure.account, book.exposure.firm), (own.exposure.account, own.exposure.firm)]
    }
}

impl End {
    #[inline(always)]
    fn of(facts: &Facts<'_>, book: &Book, quantity: Quantity, surcharge: Money) -> Option<Self> {
        let worst = book.worst()?.with(facts.parsed.side, quantity, surcharge)?;
        let value = worst.value(&facts.instrument.traded, facts.mark?)?;
        Some(Self { quantity: worst.quantity(), exposure: Worth::of(facts, value)? })
    }
}

impl Worth {
    #[inline(always)]
    fn of(facts: &Facts<'_>, quote: Money) -> Option<Self> {
        let (from, by, to) =
            (facts.instrument.traded.quote, facts.account.currency, facts.state.firm.currency);
        // Mostly there is one currency.
        let (account, firm) =
            if from == by && by == to { (quote, quote) } else { facts.state.exchanged(quote, from, by)? };
        Some(Self { quote, account, firm })
    }

    #[inline(always)]
    fn at(&self, level: Level) -> Money {
        match level {
            Level::Firm => self.firm,
            Level::Account | Level::Strategy => self.account,
            Level::Instrument => self.quote,
        }
    }
}

impl State {
    /// An amount in the account's currency and in the firm's.
    #[inline(never)]
    fn exchanged(&self, quote: Money, from: u32, by: u32) -> Option<(Money, Money)> {
        let account = self.rate(from, by)?.convert(quote, Round::Up)?;
        Some((account, self.rate(by, self.firm.currency)?.convert(account, Round::Up)?))
    }
}

/// The sum of a few bounded amounts.
#[inline(always)]
fn sum(a: Money, b: Money) -> Money {
    Money(a.0.wrapping_add(b.0))
}

#[inline(always)]
fn less(a: Money, b: Money) -> Money {
    Money(a.0.wrapping_sub(b.0))
}

/// Whether a limit that is set lets the amount through.
#[inline(always)]
pub(crate) fn within<T: PartialOrd + Copy>(amount: T, limit: Option<T>) -> bool {
    match limit {
        Some(limit) => amount <= limit,
        None => true,
    }
}

/// The firm, the account and the strategy, as far as the common case goes.
impl Facts<'_> {
    /// Gross exposure with the order in it.
    #[inline(always)]
    pub(crate) fn plain_gross(&self, plain: &Plain, level: Level) -> Money {
        let [book, own] = self.books;
        let (gross, before) = match level {
            Level::Firm => (self.state.firm.sums.gross, book.exposure_firm),
            Level::Strategy => (self.strategy.sums.gross, own.exposure),
            Level::Account | Level::Instrument => (self.account.sums.gross, book.exposure),
        };
        sum(less(gross, before), plain.exposure(level))
    }

    /// Exposure of the group with the order in it, of the firm or the account.
    #[inline(always)]
    pub(crate) fn plain_group(&self, plain: &Plain, level: Level) -> Option<Money> {
        let [book, _] = self.books;
        let (group, before) = match level {
            Level::Firm => (at(&self.state.groups, self.instrument.group)?, book.exposure_firm),
            _ => (at(&self.state.account_groups, book.group)?, book.exposure),
        };
        Some(sum(less(*group, before), plain.exposure(level)))
    }

    /// Exposure of the instrument with the order in it.
    #[inline(always)]
    pub(crate) fn plain_exposure(&self, plain: &Plain, level: Level) -> Money {
        let [book, _] = self.books;
        let exposure = plain.exposure(level);
        if level == Level::Firm {
            sum(less(self.instrument.firm_exposure, book.exposure_firm), exposure)
        } else {
            exposure
        }
    }

    /// Worst-case quantity of the instrument with the order in it.
    #[inline(always)]
    pub(crate) fn plain_position(&self, plain: &Plain, level: Level) -> Option<u64> {
        let [book, _] = self.books;
        let quantity = plain.end(level).quantity;
        if level == Level::Firm {
            self.instrument.firm_quantity.checked_sub(book.worst_quantity()?)?.checked_add(quantity)
        } else {
            Some(quantity)
        }
    }

    /// Positions of a level with this instrument among them.
    #[inline(always)]
    pub(crate) fn plain_count(&self, level: Level) -> u32 {
        let [book, own] = self.books;
        let (count, counted) = match level {
            Level::Firm => (self.state.firm.sums.count, self.instrument.counted > 0),
            Level::Account | Level::Instrument => (self.account.sums.count, book.counted),
            Level::Strategy => (self.strategy.sums.count, own.counted),
        };
        count.saturating_add(u32::from(!counted))
    }

    /// Equity, where it is known and no host supplies it; not yet seen to be above zero.
    #[inline(always)]
    pub(crate) fn plain_equity(&self, level: Level) -> Option<Money> {
        let (known, equity) = match level {
            Level::Firm => (self.state.firm.unknown_equity == 0, self.state.firm.equity),
            _ => (self.account.known, sum(self.account.balance, self.account.unrealised)),
        };
        known.then_some(equity)
    }

    /// Equity by the ledger (of a strategy: its profit), and the lines it should stay above. Nothing where it is not
    /// known.
    #[inline(always)]
    pub(crate) fn plain_standing(&self, level: Level) -> Option<(Money, &Lines)> {
        match level {
            Level::Firm => {
                let firm = &self.state.firm;
                (firm.unknown_equity == 0).then_some((firm.equity, &firm.track.lines))
            }
            Level::Strategy => {
                let strategy = self.strategy;
                Some((sum(strategy.realised, strategy.unrealised), &strategy.track.lines))
            }
            Level::Account | Level::Instrument => {
                Some((sum(self.account.balance, self.account.unrealised), &self.account.track.lines))
            }
        }
    }
}

/// Whether an exposure is at most so many parts per million of equity that is above zero.
#[inline(always)]
pub(crate) fn is_share(part: Money, whole: Option<Money>, ppm: u64) -> bool {
    let Some(whole) = whole else { return false };
    // 2^20 is a little more than a million: this asks for a little too much, and needs no long product. Equity beyond
    // 2^94 counts as that, so that the product stays inside 128 bits.
    let most = (whole.0.min(1 << 94) >> 20).wrapping_mul(i128::from(ppm));
    whole.0 > 0 && (part.0 <= most || is_exact_share(part, whole, ppm))
}

/// The same to the last unit.
#[cold]
#[inline(never)]
fn is_exact_share(part: Money, whole: Money, ppm: u64) -> bool {
    let products = part.0.checked_mul(crate::num::PPM).zip(whole.0.checked_mul(i128::from(ppm)));
    products.is_some_and(|(share, most)| share <= most)
}
