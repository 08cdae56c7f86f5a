//! Losses in a row: the orders that have ended, one after the other, each with what it made.

use risk_core::Level;

use super::ledger::Ledger;
use super::world::{Model, Table};

/// An order that has ended, and the limits of that moment: in its account, in its strategy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closed {
    place: usize,
    at: i64,
    limits: [Option<(usize, i64)>; 2],
}

/// What an order made in a book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Made {
    /// Fees in, and without them.
    pub(super) profit: i128,
    pub(super) gross: i128,
    pub(super) closes: bool,
}

/// Deliberate mistakes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mistaken {
    pub(super) without_fees: bool,
    pub(super) openings_too: bool,
}

impl Model {
    /// Whether a limit anywhere needs what orders make.
    pub(super) fn needs_streaks(&self) -> bool {
        let accounts = (0..self.handles.accounts.len()).map(Table::Account);
        let mut tables = accounts.chain((0..self.handles.strategies.len()).map(Table::Strategy));
        tables.any(|of| self.table(of).cooldown_ms.is_some())
    }

    /// An order ends.
    pub(super) fn close(&mut self, place: usize) {
        let order = &self.orders[place];
        let limits = [Table::Account(order.account), Table::Strategy(order.strategy)].map(|of| {
            let limits = self.table(of);
            let window = i64::try_from(limits.loss_streak_window_ms?).ok()?.checked_mul(1_000_000)?;
            Some((usize::try_from(limits.loss_streak_max?).ok()?, window))
        });
        if self.needs_streaks() {
            self.closed.push(Closed { place, at: self.last, limits });
        }
    }

    /// When the last pause of an account or a strategy began.
    pub(super) fn paused(
        &self,
        ledger: &Ledger,
        level: Level,
        (account, strategy): (usize, usize),
        mistaken: Mistaken,
    ) -> Option<i64> {
        let of_strategy = level == Level::Strategy;
        let book = usize::from(of_strategy);
        let mut losses: Vec<i64> = Vec::new();
        let mut paused = None;
        for closed in &self.closed {
            let order = &self.orders[closed.place];
            let here = order.account == account && (!of_strategy || order.strategy == strategy);
            let Some((max, window)) = closed.limits[book].filter(|_| here) else { continue };
            let made = ledger.made.get(&(closed.place, book)).copied().unwrap_or_default();
            let profit = if mistaken.without_fees { made.gross } else { made.profit };
            if !made.closes && !mistaken.openings_too {
                continue;
            }
            if profit >= 0 {
                losses.clear();
                continue;
            }
            losses.push(closed.at);
            let first = losses.len().checked_sub(max).map(|first| losses[first]);
            if first.is_some_and(|first| closed.at - first < window) {
                paused = Some(closed.at);
            }
        }
        paused
    }
}
