//! The common case: everything is known, and the order is well inside every limit.
//!
//! Nearly every order passes, and to see that needs no reading. What is worked out here, once, lets a gate say "it
//! passes, plainly" ([`crate::gates::Gate::passes_plainly`]) in a few instructions. That answer may only ever be yes
//! where measuring would pass at every level; anything else (a missing fact, an unusual size, a breach) is measured.
//! A property in the tests holds it to that.
//!
//! What an owner's sums may come to is drawn beforehand, over all limits at once ([`crate::lines`]): losses, falls, shares
//! of equity and exposures cost an order a few additions and comparisons.
//!
//! A gate that only a limit can make fail says so ([`crate::gates::Gate::ONLY_BY_LIMIT`]). Which gates have a limit is
//! worked out when limits change, for each table of limits ([`crate::limits::Compiled::gates`]); the four tables of an order together
//! make one word, and a gate that is in none of them costs the test of one bit.
//!
//! Everything here is inlined, so that what is known of an order stays in registers; what would have to be written down
//! for a call is left to the judge. Amounts are bounded ([`Money::BOUND`]): sums of a few of them need no check.

use crate::book::Book;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::lines::Lines;
use crate::num::{Money, Quantity, Round};
use crate::state::{State, Sums, at};
use crate::strictest::Strictest;
use crate::traded::{Turnover, Worths};

/// What a plain order comes to.
pub(crate) struct Plain<'a> {
    pub(crate) trial: Trial,
    /// What it has to stay within.
    pub(crate) strictest: &'a Strictest,
    /// Value of the order alone at its worst price.
    notional: Worth,
    /// The account's book with it, and the strategy's.
    ends: [End; 2],
    /// Every sum stays below its line, or the order opens nothing.
    pub(crate) below_lines: bool,
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

impl<'a> Plain<'a> {
    /// Nothing where a fact is missing that any gate could need, or where it is not known what is strictest.
    #[inline(always)]
    pub(crate) fn of(facts: &Facts<'a>, trial: &Trial) -> Option<Self> {
        let [_, own_place] = facts.places;
        let strictest = facts.state.worked.get(own_place)?;
        let (firm, account, strategy) = (&facts.state.firm.sums, &facts.account.sums, &facts.strategy.sums);
        let lacking = firm.unmarked
            | firm.unrated
            | account.unmarked
            | account.unrated
            | strategy.unmarked
            | strategy.unrated
            | facts.instrument.firm_unrated;
        if lacking != 0
            || facts.state.asking.unaccounted
            || facts.account.host.says_something()
            || facts.replaced.is_some()
        {
            return None;
        }
        let quantity = trial.quantity;
        let value = facts.instrument.traded.valuer.value(quantity.abs(), facts.worst?, Round::Up)?;
        let [book, own] = facts.books;
        let [opens, own_opens] = trial.opening;
        let surcharge = facts.surcharge(opens).ok()?;
        let end = End::of(facts, strictest, book, quantity, surcharge)?;
        // Mostly the strategy is alone in its account and the instrument: the same book gives the same answer.
        let (own_surcharge, own_end) = if book.asks_like(own) {
            (surcharge, end)
        } else {
            let surcharge = facts.surcharge(own_opens).ok()?;
            (surcharge, End::of(facts, strictest, own, quantity, surcharge)?)
        };
        let (ends, surcharges) = ([end, own_end], [surcharge, own_surcharge]);
        Some(Self {
            trial: *trial,
            strictest,
            notional: Worth::of(facts, strictest, value)?,
            below_lines: !strictest.gates.has_any_by_lines()
                || trial.is_pure_exit()
                || facts.is_below_lines(strictest, &ends, trial, surcharges),
            ends,
            surcharges,
        })
    }

    /// Value of the order, in the currency of a level.
    #[inline(always)]
    pub(crate) fn notional(&self, level: Level) -> Money {
        self.notional.at(level)
    }

    /// Whether that is within what is strictest at every level.
    #[inline(always)]
    pub(crate) fn notional_is_within(&self) -> bool {
        let Worth { quote, account, firm } = self.notional;
        let [most, most_of_account, most_of_firm] = self.strictest.notional;
        quote <= most && (self.strictest.one_currency || account <= most_of_account && firm <= most_of_firm)
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

    /// What the holds put into the two books: in the account's currency and the firm's.
    #[inline(always)]
    pub(crate) fn held(&self) -> [(Money, Money); 2] {
        let [book, own] = &self.ends;
        [(book.exposure.account, book.exposure.firm), (own.exposure.account, own.exposure.firm)]
    }
}

impl End {
    #[inline(always)]
    fn of(
        facts: &Facts<'_>,
        strictest: &Strictest,
        book: &Book,
        quantity: Quantity,
        surcharge: Money,
    ) -> Option<Self> {
        let worst = book.worst_with(facts.ask, quantity, surcharge)?;
        let value = worst.value(&facts.instrument.traded, facts.mark?)?;
        Some(Self { quantity: worst.quantity(), exposure: Worth::of(facts, strictest, value)? })
    }
}

impl Worth {
    #[inline(always)]
    fn of(facts: &Facts<'_>, strictest: &Strictest, quote: Money) -> Option<Self> {
        let (account, firm) = if strictest.one_currency {
            (quote, quote)
        } else {
            facts.state.exchanged(quote, facts.instrument.traded.quote, facts.account.currency)?
        };
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

/// The firm, the account and the strategy, as far as the common case goes.
impl Facts<'_> {
    /// Whether every sum stays below its line with the order in it: then all gates of [`Gate::BY_LINES`] pass.
    ///
    /// [`Gate::BY_LINES`]: crate::gates::Gate::BY_LINES
    #[inline(always)]
    fn is_below_lines(
        &self,
        strictest: &Strictest,
        [end, own_end]: &[End; 2],
        trial: &Trial,
        surcharges: [Money; 2],
    ) -> bool {
        let (firm, account, strategy) = (&self.state.firm, self.account, self.strategy);
        let [book, own] = self.books;
        debug_assert!(firm.track.lines.hold_at(firm.equity), "lines of the firm");
        debug_assert!(account.track.lines.hold_at(account.equity()), "lines of an account");
        debug_assert!(strategy.track.lines.hold_at(strategy.profit()), "lines of a strategy");
        let rise = less(end.exposure.account, book.exposure);
        let firm_rise = less(end.exposure.firm, book.exposure_firm);
        let own_rise = less(own_end.exposure.account, own.exposure);
        let [surcharge, own_surcharge] = surcharges;
        let sums_are_below = |sums: &Sums, lines: &Lines, rise: Money, counted: bool, level, surcharge| {
            let gross = sum(sums.gross, rise);
            let count = sums.count.saturating_add(u32::from(!counted));
            // Net exposure is never more than gross: only where that is above the line it is worked out.
            let net = || self.plain_net_is_within(trial, level, surcharge, lines.net);
            gross <= lines.gross && count <= lines.count && (gross <= lines.net || net())
        };
        let (Some(group), Some(account_group)) =
            (at(&self.state.groups, self.instrument.group), at(&self.state.account_groups, book.group))
        else {
            return false;
        };
        let counted = self.instrument.counted > 0;
        sums_are_below(&firm.sums, &firm.track.lines, firm_rise, counted, Level::Firm, surcharge)
            && sums_are_below(
                &account.sums,
                &account.track.lines,
                rise,
                book.counted,
                Level::Account,
                surcharge,
            )
            && sums_are_below(
                &strategy.sums,
                &strategy.track.lines,
                own_rise,
                own.counted,
                Level::Strategy,
                own_surcharge,
            )
            && sum(*group, firm_rise) <= firm.track.lines.group
            && sum(*account_group, rise) <= account.track.lines.group
            && sum(self.instrument.firm_exposure, firm_rise) <= firm.track.lines.exposure
            && end.exposure.account <= account.track.lines.exposure
            && own_end.exposure.account <= strategy.track.lines.exposure
            && end.exposure.quote <= strictest.position_notional
    }

    /// Worst-case quantity of the instrument with the order in it: of the firm, the strategy and the account.
    #[inline(always)]
    pub(crate) fn plain_positions(&self, plain: &Plain<'_>) -> Option<[u64; 3]> {
        let [book, _] = self.books;
        let [End { quantity: account, .. }, End { quantity: strategy, .. }] = plain.ends;
        let firm = self.instrument.firm_quantity.checked_sub(book.worst_quantity()?)?.checked_add(account)?;
        Some([firm, strategy, account])
    }
}
