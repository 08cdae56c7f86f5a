//! Messages and fills of an owner while its limit on them is set, each with its time.
//!
//! The core counts in sixteenths of a window. So does this: it asks of each event in which sixteenth it was, and how many
//! of them ago that is. When the window is another one, an event is as late in its old sixteenth as counts against the
//! trader, and what is too long ago by then never comes back.

use super::world::{Model, Table};

/// One event, as an owner's tally knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tallied {
    of: Table,
    pub(super) what: Tally,
    at: i64,
    /// The window it was counted in, in nanoseconds.
    window: i64,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tally {
    /// A new order, and whether it opened nothing.
    Order {
        /// It opened nothing.
        exits: bool,
    },
    Cancel,
    Fill,
}

impl Model {
    /// The window of an owner's limit, in nanoseconds.
    pub(super) fn tally_window(&self, of: Table) -> Option<i64> {
        let ms = self.table(of).order_to_trade_window_ms?;
        i64::try_from(ms).ok()?.checked_mul(1_000_000)
    }

    /// What counts of an owner's events in a window.
    pub(super) fn tallied(&self, of: Table, window: i64) -> Vec<Tallied> {
        let parts_ago = |at: i64| self.last.div_euclid(window / 16) - at.div_euclid(window / 16);
        let events = self.tallies.iter().filter(|event| event.of == of);
        let events = events.map(|event| {
            let width = event.window / 16;
            let begins = event.at - event.at.rem_euclid(width);
            let at = match event.what {
                _ if event.window == window => event.at,
                Tally::Fill => begins,
                Tally::Order { .. } | Tally::Cancel => (begins + width - 1).min(self.last),
            };
            Tallied { at, window, ..*event }
        });
        let counts = |event: &Tallied| match event.what {
            Tally::Fill => parts_ago(event.at) < 16,
            Tally::Order { .. } | Tally::Cancel => parts_ago(event.at) <= 16,
        };
        events.filter(counts).collect()
    }

    /// Something happens at an owner, which counts while a limit needs it.
    pub(super) fn tally(&mut self, of: Table, what: Tally) {
        let Some(window) = self.tally_window(of) else { return };
        let counts = self.tallied(of, window);
        self.tallies.retain(|event| event.of != of);
        self.tallies.extend(counts);
        self.tallies.push(Tallied { of, what, at: self.last, window });
    }
}
