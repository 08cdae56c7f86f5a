//! Messages and fills of the last while, of an account or a strategy, counted in sixteenths of a window: a fixed size.
//!
//! Rounded against the trader: a message counts until all of its sixteenth is older than the window, a fill only while
//! all of its sixteenth is inside. Where the window is changed, all that is known of a count is the sixteenth it was in:
//! of a message its end is taken, of a fill its beginning.

use crate::clock::Timestamp;
use crate::state::{State, at_mut};

/// Parts of a window.
const PARTS: i64 = 16;
/// Those that a message counts in: the one of now, and as many before it as make a window.
const KEPT: usize = 17;

/// How often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Counts {
    /// New orders, changes and cancels.
    pub(crate) messages: u32,
    /// Those of them that asked for an order that opens nothing.
    pub(crate) exits: u32,
    pub(crate) fills: u32,
}

impl Counts {
    fn add(&mut self, more: Self) {
        self.messages = self.messages.saturating_add(more.messages);
        self.exits = self.exits.saturating_add(more.exits);
        self.fills = self.fills.saturating_add(more.fills);
    }

    fn message(exits: bool) -> Self {
        Self { messages: 1, exits: u32::from(exits), fills: 0 }
    }

    const FILL: Self = Self { messages: 0, exits: 0, fills: 1 };
}

/// Counts by the part of the window they are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Tally {
    /// Nanoseconds of a part; 0 before anything was counted.
    width: i64,
    /// The number of the newest part, counted from the epoch.
    part: i64,
    /// The newest first.
    parts: [Counts; KEPT],
    /// All that counts.
    all: Counts,
}

/// Nanoseconds of a part of a window. A millisecond has sixteen whole ones.
const fn width_of(window: i64) -> i64 {
    window.div_euclid(PARTS)
}

impl Tally {
    /// What counts at a time.
    #[inline(always)]
    pub(crate) fn count(&self, now: Timestamp, window: i64) -> Counts {
        let width = width_of(window);
        if self.is_at(now, width) { self.all } else { self.moved_to(now, width).all }
    }

    #[inline(always)]
    fn is_at(&self, now: Timestamp, width: i64) -> bool {
        let into = now.nanos().saturating_sub(self.part.saturating_mul(width));
        self.width == width && (0..width).contains(&into)
    }

    fn take(&mut self, now: Timestamp, window: i64, more: Counts) {
        let width = width_of(window);
        if !self.is_at(now, width) {
            *self = self.moved_to(now, width);
        }
        let [newest, ..] = &mut self.parts;
        newest.add(more);
        self.all.add(more);
    }

    /// The same at another time, in parts of another width.
    #[cold]
    #[inline(never)]
    fn moved_to(&self, now: Timestamp, width: i64) -> Self {
        let number = |nanos: i64| nanos.div_euclid(width.max(1));
        let mut moved = Self { width, part: number(now.nanos()), ..Self::default() };
        let mut begins = self.part.saturating_mul(self.width);
        for counts in self.parts.iter().filter(|_| self.width > 0) {
            let ends = begins.saturating_add(self.width.saturating_sub(1)).min(now.nanos());
            moved.put(number(ends), Counts { fills: 0, ..*counts });
            moved.put(number(begins), Counts { messages: 0, exits: 0, ..*counts });
            begins = begins.saturating_sub(self.width);
        }
        moved
    }

    /// Puts counts where they belong, where that is not too long ago. The oldest part is not all inside of the window.
    fn put(&mut self, part: i64, counts: Counts) {
        let age = usize::try_from(self.part.saturating_sub(part)).ok();
        let Some((age, place)) = age.and_then(|age| Some((age, self.parts.get_mut(age)?))) else { return };
        let inside = if age < KEPT.saturating_sub(1) { counts } else { Counts { fills: 0, ..counts } };
        place.add(inside);
        self.all.add(inside);
    }
}

impl State {
    /// Counts a message of an account and a strategy; and whether it asked for an order that opens nothing in either.
    #[inline(always)]
    pub(crate) fn tally_message(&mut self, account: u32, strategy: u32, exits: [bool; 2]) {
        let [exits, own_exits] = exits;
        self.tally(account, strategy, [Counts::message(exits), Counts::message(own_exits)]);
    }

    /// Counts an execution of an own order.
    pub(crate) fn tally_fill(&mut self, account: u32, strategy: u32) {
        self.tally(account, strategy, [Counts::FILL; 2]);
    }

    #[inline(always)]
    fn tally(&mut self, account: u32, strategy: u32, [more, own_more]: [Counts; 2]) {
        let now = self.now;
        if let Some(account) = at_mut(&mut self.accounts, account)
            && let Some(window) = account.limits.order_to_trade_window
        {
            account.tally.take(now, window, more);
        }
        if let Some(strategy) = at_mut(&mut self.strategies, strategy)
            && let Some(window) = strategy.limits.order_to_trade_window
        {
            strategy.tally.take(now, window, own_more);
        }
    }
}
