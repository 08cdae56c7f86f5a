//! Initial margin: a share of an instrument's worst-case exposure, its own for each instrument, added up by account.

use crate::facts::{Facts, Trial};
use crate::instrument::Traded;
use crate::limits::Level;
use crate::num::{Money, Round, divide};
use crate::plain::Plain;
use crate::reason::Reason;

impl Traded {
    /// The initial margin of an exposure, rounded up.
    #[inline(always)]
    pub(crate) fn initial_margin(&self, exposure: Money) -> Money {
        if self.initial_margin_bps == 0 {
            return Money::ZERO;
        }
        // A bounded amount times at most 17 bits: inside 128.
        let product = exposure.0.unsigned_abs().wrapping_mul(u128::from(self.initial_margin_bps));
        let margin = divide(product, 10_000, Round::Up).and_then(|margin| i128::try_from(margin).ok());
        Money(margin.unwrap_or(0))
    }
}

impl Facts<'_> {
    /// Initial margin of the account with the order in it.
    pub(crate) fn margin_after(&self, trial: &Trial) -> Result<Money, Reason> {
        let traded = &self.instrument.traded;
        let [book, _] = self.books;
        let after = traded.initial_margin(self.exposure(trial, Level::Account)?);
        let rest = self.account.sums.margin.minus(traded.initial_margin(book.exposure));
        let lost = self.unaccounted_margin()?;
        rest.and_then(|rest| rest.plus(after)?.plus(lost)).ok_or(Reason::EvaluationError)
    }

    /// Whether equity covers it, of a plain order.
    #[inline(always)]
    pub(crate) fn plain_margin_is_within(&self, plain: &Plain<'_>) -> bool {
        let traded = &self.instrument.traded;
        let [book, _] = self.books;
        let after = traded.initial_margin(plain.exposure(Level::Account));
        let rest = self.account.sums.margin.minus(traded.initial_margin(book.exposure));
        let margin = rest.and_then(|rest| rest.plus(after));
        let equity = self.account.equity();
        self.account.known && equity > Money::ZERO && margin.is_some_and(|margin| margin <= equity)
    }
}
