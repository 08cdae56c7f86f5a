//! Orders that were approved not long ago, to tell a new one from a repetition: what was asked for, and when.
//!
//! Kept for each account and each strategy that has a limit on them, for the window that the limit has then, in a ring
//! of fixed size. What a full ring cannot keep is not forgotten early: nothing more opens under such a limit.

use std::collections::VecDeque;

use twox_hash::XxHash3_128;

use crate::book::Owner;
use crate::clock::Timestamp;
use crate::order::{Parsed, Side};
use crate::state::{State, at};
use crate::table::{Key, Table, keyed};

/// No limit on repetitions is higher, so that counting them takes a few steps.
pub(crate) const REPEATS_MAX: u32 = 64;

/// What was asked for: instrument, side, quantity and prices.
pub(crate) fn asked(instrument: u32, parsed: &Parsed) -> [u64; 2] {
    let price = |price: Option<crate::num::Price>| price.map_or([0; 8], |price| price.0.to_le_bytes());
    let kind = u64::from(instrument) << 8
        | u64::from(parsed.side == Side::Sell) << 2
        | u64::from(parsed.price.is_some()) << 1
        | u64::from(parsed.trigger.is_some());
    let parts =
        [kind.to_le_bytes(), parsed.quantity.0.to_le_bytes(), price(parsed.price), price(parsed.trigger)];
    let digest = XxHash3_128::oneshot(parts.as_flattened());
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
    [half(digest >> 64), half(digest)]
}

fn key(asked: [u64; 2], owner: Owner) -> Key {
    match owner {
        Owner::Account(account) => keyed(asked, account.wrapping_mul(2)),
        Owner::Strategy(strategy) => keyed(asked, strategy.wrapping_mul(2).wrapping_add(1)),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Approved {
    at: Timestamp,
    until: Timestamp,
    key: Key,
    /// The number of the one before that asked for the same.
    before: Option<u32>,
}

/// The ring.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Repeats {
    /// From key to the number of the newest; numbers go up by one.
    newest: Table,
    kept: VecDeque<Approved>,
    /// The number of the first that is kept.
    first: u32,
}

crate::refresh::refreshable!(Repeats { newest, kept, first });

impl Repeats {
    pub(crate) fn with_capacity(capacity: u32) -> Self {
        let size = usize::try_from(capacity).unwrap_or(usize::MAX);
        Self { newest: Table::with_capacity(capacity), kept: VecDeque::with_capacity(size), first: 0 }
    }

    pub(crate) fn reserve_all(&mut self) {
        self.kept.reserve_exact(self.newest.capacity().saturating_sub(self.kept.len()));
    }

    /// No room for one order in its account and its strategy.
    pub(crate) fn is_full(&self) -> bool {
        self.kept.len().saturating_add(2) > self.newest.capacity()
    }

    fn get(&self, number: u32) -> Option<&Approved> {
        self.kept.get(usize::try_from(number.wrapping_sub(self.first)).ok()?)
    }

    /// How many of an owner asked for the same within a window, up to `most`.
    pub(crate) fn count(&self, asked: [u64; 2], owner: Owner, now: Timestamp, window: i64, most: u32) -> u32 {
        let mut next = self.newest.get(key(asked, owner));
        let mut count = 0;
        while let Some(approved) = next.and_then(|number| self.get(number)) {
            if count == most || approved.until <= now || now.since(approved.at) >= window {
                break;
            }
            count = count.saturating_add(1);
            next = approved.before;
        }
        count
    }

    /// Keeps one more, where there is room. The caller then calls [`State::wake_at`].
    fn keep(&mut self, asked: [u64; 2], owner: Owner, at: Timestamp, until: Timestamp) {
        if self.kept.len() >= self.newest.capacity() {
            return;
        }
        let key = key(asked, owner);
        let number = self.first.wrapping_add(u32::try_from(self.kept.len()).unwrap_or(u32::MAX));
        let before = self.newest.get(key);
        if self.newest.set(key, number) {
            self.kept.push_back(Approved { at, until, key, before });
        }
    }

    /// Takes back the last that was kept for an owner, if that asked for this.
    fn take_back(&mut self, asked: [u64; 2], owner: Owner, at: Timestamp) {
        let key = key(asked, owner);
        if self.kept.back().is_some_and(|last| last.key == key && last.at == at)
            && let Some(last) = self.kept.pop_back()
        {
            match last.before {
                Some(before) => _ = self.newest.set(key, before),
                None => _ = self.newest.remove(key),
            }
        }
    }

    /// When something is to be forgotten.
    pub(crate) fn due(&self) -> Timestamp {
        self.kept.front().map_or(Timestamp::MAX, |first| first.until)
    }

    /// Forgets what is due, the first that was kept first.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        while self.due() <= now
            && let Some(gone) = self.kept.pop_front()
        {
            if self.newest.get(gone.key) == Some(self.first) {
                self.newest.remove(gone.key);
            }
            self.first = self.first.wrapping_add(1);
        }
    }
}

impl State {
    /// The windows of the owners of an order: those that have a limit.
    fn repeat_windows(&self, account: u32, strategy: u32) -> [(Owner, Option<i64>); 2] {
        let own = at(&self.accounts, account).and_then(|account| account.limits.repeat_window);
        let strategies = at(&self.strategies, strategy).and_then(|strategy| strategy.limits.repeat_window);
        [(Owner::Account(account), own), (Owner::Strategy(strategy), strategies)]
    }

    /// Remembers what an approved order asked for.
    #[cold]
    #[inline(never)]
    pub(crate) fn remember_asked(&mut self, asked: [u64; 2], account: u32, strategy: u32) {
        for (owner, window) in self.repeat_windows(account, strategy) {
            if let Some(window) = window {
                let until = Timestamp::from_nanos(self.now.nanos().saturating_add(window));
                self.repeats.keep(asked, owner, self.now, until);
                self.wake_at(until);
            }
        }
    }

    /// Takes it back: the order was only tried.
    pub(crate) fn forget_asked(&mut self, asked: [u64; 2], account: u32, strategy: u32) {
        for (owner, window) in self.repeat_windows(account, strategy).into_iter().rev() {
            if window.is_some() {
                self.repeats.take_back(asked, owner, self.now);
            }
        }
    }
}
