//! Losses in a row, of an account or a strategy: when the last orders ended that closed something and lost money.
//!
//! What an order made is what it closed, its own fees in. An order that only opens made nothing yet, and stands between
//! no two losses. Counted while a limit needs it.

use crate::clock::Timestamp;
use crate::compiled::Compiled;
use crate::gates::GateId;
use crate::num::Money;
use crate::state::{State, at_mut};

/// No limit on a streak is higher, so that it takes a fixed size.
pub(crate) const STREAK_MAX: u32 = 16;
const KEPT: usize = 16;

/// What an order has made so far, in one of its two books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Made {
    /// In the account's currency, fees in.
    profit: Money,
    /// It closed something.
    closes: bool,
}

impl Made {
    pub(crate) fn add(&mut self, profit: Money, closes: bool) {
        // Bounded amounts, as all sums.
        self.profit = Money(self.profit.0.saturating_add(profit.0));
        self.closes |= closes;
    }

    /// Whether it lost; nothing where it closed nothing.
    fn lost(self) -> Option<bool> {
        self.closes.then_some(self.profit < Money::ZERO)
    }
}

/// The losses since the last order that made none, and the pause they led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Streak {
    losses: usize,
    /// When they were, the last first.
    at: [Timestamp; KEPT],
    /// When the last pause began.
    pub(crate) paused: Option<Timestamp>,
}

impl Streak {
    fn count(&mut self, lost: bool, now: Timestamp, limits: &Compiled) {
        let (Some(max), Some(window)) = (limits.loss_streak, limits.loss_streak_window) else { return };
        if !lost {
            self.losses = 0;
            return;
        }
        self.losses = self.losses.saturating_add(1).min(KEPT);
        self.at.rotate_right(1);
        let [last, ..] = &mut self.at;
        *last = now;
        let first = usize::try_from(max).ok().filter(|max| *max <= self.losses);
        let first = first.and_then(|max| self.at.get(max.checked_sub(1)?));
        if first.is_some_and(|first| now.since(*first) < window) {
            self.paused = Some(now);
        }
    }
}

impl State {
    /// Whether a limit needs what orders make.
    pub(crate) fn counts_streaks(&self) -> bool {
        self.limited.has(GateId::Cooldown)
    }

    /// An order has ended: what it made is a loss, or the end of a streak.
    pub(crate) fn count_streaks(&mut self, slot: u32) {
        if !self.counts_streaks() {
            return;
        }
        let Some(hold) = self.reservation.hold(slot) else { return };
        let (account, strategy, now) = (hold.account, hold.strategy, self.now);
        let [made, own_made] = self.reservation.made(slot).map(Made::lost);
        if let (Some(lost), Some(account)) = (made, at_mut(&mut self.accounts, account)) {
            account.streak.count(lost, now, &account.limits);
        }
        if let (Some(lost), Some(strategy)) = (own_made, at_mut(&mut self.strategies, strategy)) {
            strategy.streak.count(lost, now, &strategy.limits);
        }
    }
}
