//! Lines that equity stays above: while it does, no gate of losses has anything to say.
//!
//! The loss of the day and the fall from a peak depend on no order, and what they are measured from changes seldom. So the
//! equity at which they would refuse is worked out when that changes, and an order only compares with it. A line may be
//! too high, and then the gates measure; it is never too low: every change of a limit, a day, a flow or of what is known
//! draws all lines anew, and a new peak lifts the line of its fall by as much as the peak.

use crate::limits::{Compiled, DrawdownFrom};
use crate::num::{Money, PPM};
use crate::state::{State, Track, at};

/// The lines of one firm, account or strategy. A new one has lines that nothing is above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Lines {
    /// Above it the loss of the day is below its limits.
    pub(crate) loss: Money,
    /// Above it the fall of equity is below its limit.
    pub(crate) fall: Money,
    /// The fall is measured from the peak.
    trailing: bool,
}

const HIGHEST: Money = Money(i128::MAX);
const LOWEST: Money = Money(i128::MIN);

impl Default for Lines {
    fn default() -> Self {
        Self { loss: HIGHEST, fall: HIGHEST, trailing: true }
    }
}

impl Lines {
    /// Equity has a new peak, so much higher. The line rises with it: the fall it allows stays as it was, where it could
    /// be a little larger.
    #[inline(always)]
    pub(crate) fn rise(&mut self, by: Money) {
        if self.trailing {
            self.fall.0 = self.fall.0.saturating_add(by.0);
        }
    }

    /// `start` is equity at the start of the day and `base` what a fall is a share of; nothing where they are not known.
    fn drawn(limits: &Compiled, track: &Track, start: Option<Money>, base: Option<Money>) -> Self {
        let day = Money(track.day_start.0.saturating_add(track.flows.0));
        let loss = below(day, limits.daily_loss);
        let share = limits.daily_loss_ppm.map(|ppm| share_of(start, ppm));
        let fall = limits.drawdown_ppm.map(|ppm| share_of(base, ppm));
        Self {
            loss: loss.max(below(day, share)),
            fall: below(track.high(limits.drawdown_from), fall),
            trailing: limits.drawdown_from == DrawdownFrom::Peak,
        }
    }
}

/// The line so far below a height; a loss of nothing is too much where the limit is zero.
fn below(height: Money, limit: Option<Money>) -> Money {
    match limit {
        None => LOWEST,
        Some(limit) if limit > Money::ZERO => Money(height.0.saturating_sub(limit.0)),
        Some(_) => HIGHEST,
    }
}

/// A share of what is known and above zero, rounded down.
fn share_of(whole: Option<Money>, ppm: u64) -> Money {
    let whole = whole.filter(|whole| *whole > Money::ZERO).unwrap_or(Money::ZERO);
    let share = whole.0.checked_mul(i128::from(ppm)).and_then(|product| product.checked_div(PPM));
    Money(share.unwrap_or(0))
}

impl State {
    /// Draws every line anew.
    pub(crate) fn draw_lines(&mut self) {
        for account in &mut self.accounts {
            let from = account.limits.drawdown_from;
            let start = account.known.then_some(account.track.day_start);
            let base = account.known.then_some(account.track.high(from));
            account.track.lines = Lines::drawn(&account.limits, &account.track, start, base);
        }
        for strategy in &mut self.strategies {
            let from = strategy.limits.drawdown_from;
            let account = at(&self.accounts, strategy.account).filter(|account| account.known);
            let high = strategy.track.high(from);
            let (start, base) = match strategy.capital {
                Some(capital) => (Some(capital), capital.plus(high)),
                None => (
                    account.map(|account| account.track.day_start),
                    account.map(|account| account.track.high(from)),
                ),
            };
            strategy.track.lines = Lines::drawn(&strategy.limits, &strategy.track, start, base);
        }
        self.draw_firm_lines();
    }

    pub(crate) fn draw_firm_lines(&mut self) {
        let firm = &mut self.firm;
        let (start, base) = (firm.track.day_start, firm.track.high(firm.limits.drawdown_from));
        firm.track.lines = Lines::drawn(&firm.limits, &firm.track, Some(start), Some(base));
    }
}
