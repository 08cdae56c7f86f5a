//! The common case: everything is known, and the order is well inside every limit.
//!
//! Nearly every order passes, and to see that needs no reading. What is worked out here, once, lets a gate say "it
//! passes, plainly" ([`crate::gates::Gate::passes_plainly`]) in a few instructions. That answer may only ever be yes
//! where measuring would pass at every level; anything else (a missing fact, an unusual size, a breach) is measured.
//! Amounts are bounded ([`Money::BOUND`]), so that sums of a few of them need no check.

use crate::decision::Compare;
use crate::facts::{Facts, Trial};
use crate::limits::{DrawdownFrom, Level};
use crate::num::{Money, Round};
use crate::state::Track;

/// What a plain order comes to.
pub(crate) struct Plain {
    pub(crate) trial: Trial,
    /// Value of the order alone at its worst price.
    notional: Worth,
    /// Worst-case exposure with it, by the account's book and by the strategy's.
    exposures: [Worth; 2],
    pub(crate) surcharges: [Money; 2],
}

/// One amount in the quote asset, in the account's currency and in the firm's.
#[derive(Clone, Copy, Debug)]
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
        let worth = |quote: Money| -> Option<Worth> {
            let account = facts.to_account?.convert(quote, Round::Up)?;
            Some(Worth { quote, account, firm: facts.to_firm?.convert(account, Round::Up)? })
        };
        let quantity = trial.quantity;
        let value = facts.instrument.traded.valuer.value(quantity.abs(), facts.worst?, Round::Up)?;
        let [book, own] = facts.books;
        let [opens, own_opens] = trial.opening;
        let surcharge = facts.surcharge(opens).ok()?;
        let exposure = worth(facts.worst_value(book, quantity, surcharge).ok()?)?;
        // Mostly the strategy is alone in its account and the instrument: the same book gives the same answer.
        let (own_surcharge, own_exposure) = if book.asks_like(own) {
            (surcharge, exposure)
        } else {
            let surcharge = facts.surcharge(own_opens).ok()?;
            (surcharge, worth(facts.worst_value(own, quantity, surcharge).ok()?)?)
        };
        Some(Self {
            trial: *trial,
            notional: worth(value)?,
            exposures: [exposure, own_exposure],
            surcharges: [surcharge, own_surcharge],
        })
    }

    /// Value of the order, in the currency of a level.
    #[inline(always)]
    pub(crate) fn notional(&self, level: Level) -> Money {
        self.notional.at(level)
    }

    /// Worst-case exposure of the instrument with the order, by the book and in the currency of a level.
    #[inline(always)]
    pub(crate) fn exposure(&self, level: Level) -> Money {
        let [account, strategy] = &self.exposures;
        if level == Level::Strategy { strategy.at(level) } else { account.at(level) }
    }

    /// What the holds put into the two books: in the account's currency and the firm's.
    #[inline(always)]
    pub(crate) fn held(&self) -> [Option<(Money, Money)>; 2] {
        self.exposures.map(|worth| Some((worth.account, worth.firm)))
    }
}

impl Worth {
    #[inline(always)]
    fn at(&self, level: Level) -> Money {
        match level {
            Level::Firm => self.firm,
            Level::Account | Level::Strategy => self.account,
            Level::Instrument => self.quote,
        }
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
pub(crate) fn within(amount: Money, limit: Option<Money>) -> bool {
    limit.is_none_or(|limit| amount <= limit)
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
            Level::Firm => (crate::state::at(&self.state.groups, self.instrument.group)?, book.exposure_firm),
            _ => (crate::state::at(&self.state.account_groups, book.group)?, book.exposure),
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

    /// Equity, where it is known and no host supplies it; not yet seen to be above zero.
    #[inline(always)]
    pub(crate) fn plain_equity(&self, level: Level) -> Option<Money> {
        match level {
            Level::Firm => (self.state.firm.unknown_equity == 0).then_some(self.state.firm.equity),
            Level::Strategy if self.strategy.capital.is_some() => self.strategy.capital,
            Level::Account | Level::Strategy | Level::Instrument => {
                self.account.known.then(|| sum(self.account.balance, self.account.unrealised))
            }
        }
    }

    /// Equity by the ledger; of a strategy, its profit.
    #[inline(always)]
    fn plain_ledger(&self, level: Level) -> Option<(&Track, Money)> {
        match level {
            Level::Strategy => {
                Some((&self.strategy.track, sum(self.strategy.realised, self.strategy.unrealised)))
            }
            Level::Firm => {
                let firm = &self.state.firm;
                (firm.unknown_equity == 0).then_some((&firm.track, firm.equity))
            }
            Level::Account | Level::Instrument => {
                Some((&self.account.track, sum(self.account.balance, self.account.unrealised)))
            }
        }
    }

    /// Loss of the day, at least zero.
    #[inline(always)]
    pub(crate) fn plain_loss(&self, level: Level) -> Option<Money> {
        let (track, ledger) = self.plain_ledger(level)?;
        Some(less(sum(track.day_start, track.flows), ledger).max(Money::ZERO))
    }

    /// Equity at the start of the day.
    #[inline(always)]
    pub(crate) fn plain_day_start(&self, level: Level) -> Option<Money> {
        match level {
            Level::Firm => (self.state.firm.unknown_equity == 0).then_some(self.state.firm.track.day_start),
            Level::Strategy if self.strategy.capital.is_some() => self.strategy.capital,
            Level::Account | Level::Strategy | Level::Instrument => {
                self.account.known.then_some(self.account.track.day_start)
            }
        }
    }

    /// Fall of equity, at least zero, and what it is measured against.
    #[inline(always)]
    pub(crate) fn plain_fall(&self, level: Level, from: DrawdownFrom) -> Option<(Money, Money)> {
        let (track, ledger) = self.plain_ledger(level)?;
        let high = track.high(from);
        let base = match (level, self.strategy.capital) {
            (Level::Firm, _) => high,
            (Level::Strategy, Some(capital)) => sum(capital, high),
            _ if !self.account.known => return None,
            (Level::Strategy, None) => self.account.track.high(from),
            (Level::Account | Level::Instrument, _) => high,
        };
        Some((less(high, ledger).max(Money::ZERO), base))
    }
}

/// Whether part / whole is below, or at most, so many parts per million; no where the whole is not above zero or an
/// amount is so large that the product would need a check.
#[inline(always)]
pub(crate) fn is_share(part: Money, whole: Option<Money>, ppm: u64, compare: Compare) -> bool {
    let Some(whole) = whole else { return false };
    let ordinary = |amount: Money| amount.0 >= 0 && amount.0 < 1 << 94;
    if !ordinary(part) || !ordinary(whole) || whole == Money::ZERO || ppm > 1 << 32 {
        return false;
    }
    let share = part.0.unsigned_abs().wrapping_mul(1_000_000);
    let most = whole.0.unsigned_abs().wrapping_mul(u128::from(ppm));
    if compare == Compare::Below { share < most } else { share <= most }
}
