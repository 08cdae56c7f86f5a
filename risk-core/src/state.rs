//! Plain data: everything a decision depends on. All tables have a fixed size; nothing here allocates after
//! construction but a registration.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::aside::Asking;
use crate::book::{Book, EMPTY, NOWHERE, Owner};
pub(crate) use crate::bucket::Fill;
use crate::clock::Timestamp;
use crate::crossing::Crossing;
use crate::decision::Code;
use crate::gates::GateSet;
use crate::halt::{Latches, TradingState};
use crate::handle::OrderHandle;
use crate::limits::Limits;
use crate::net::BookNet;
use crate::num::{Money, Rate};
use crate::pairs::Pairs;
use crate::parents::Parents;
pub(crate) use crate::parties::{
    AccountState, FirmState, InstrumentState, OwnLimits, QuoteState, StrategyState, Sums,
};
pub(crate) use crate::permission::Permission;
use crate::policy::Policy;
use crate::recent::{Executed, Past, Recent};
use crate::remembered::{ENDED, Remembered, SLICE};
use crate::repeats::Repeats;
use crate::reservation::Reservation;
use crate::response::Response;
use crate::schedule::Schedule;
pub(crate) use crate::standing::Host;
use crate::statement::Withheld;
use crate::strictest::Worked;
use crate::table::Key;
use crate::traded::Orders;
pub(crate) use crate::trader::TraderState;
use crate::versions::Versions;

/// Everything the engine knows.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct State {
    pub(crate) settings: Settings,
    /// Engine time: never goes back.
    pub(crate) now: Timestamp,
    /// Nothing is due before: no permit expires, no id, execution or parent is forgotten.
    pub(crate) due: Timestamp,
    /// The last record's number.
    pub(crate) seq: u64,
    pub(crate) firm: FirmState,
    pub(crate) assets: Vec<AssetState>,
    /// Rates between assets, row by row: from, to.
    pub(crate) rates: Vec<Option<Rate>>,
    pub(crate) accounts: Vec<AccountState>,
    pub(crate) strategies: Vec<StrategyState>,
    pub(crate) traders: Vec<TraderState>,
    pub(crate) instruments: Vec<InstrumentState>,
    pub(crate) venues: Vec<TradingState>,
    /// The firm's exposure by group.
    pub(crate) groups: Vec<Money>,
    /// Each account's exposure by group.
    pub(crate) account_groups: Vec<Money>,
    pub(crate) books: Vec<Book>,
    /// What each book counts for in net exposure, while a limit needs it.
    pub(crate) nets: Vec<BookNet>,
    pub(crate) keeps_net: bool,
    /// Gates that have a limit at any level above an instrument: what others would need is not counted.
    pub(crate) limited: GateSet,
    pub(crate) book_limits: Vec<OwnLimits>,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) worked: Worked,
    /// From (owner, instrument) to book, and from (account, group) to group sum.
    pub(crate) book_index: Pairs,
    pub(crate) group_index: Pairs,
    pub(crate) reservation: Reservation,
    /// What each order counts for in what was traded.
    pub(crate) traded: Orders,
    pub(crate) versions: Versions,
    pub(crate) crossing: Crossing,
    pub(crate) ids: Remembered,
    pub(crate) executions: Recent<Executed>,
    /// Orders that have ended, by client order id.
    pub(crate) past: Recent<Past>,
    pub(crate) parents: Parents,
    pub(crate) repeats: Repeats,
    pub(crate) latches: Latches,
    pub(crate) schedule: Schedule,
    pub(crate) policy: Policy,
    pub(crate) anomalies: u64,
    pub(crate) withheld: Withheld,
    pub(crate) response: Response,
    pub(crate) asking: Asking,
    /// The journal has little room left, and keeps it for what opens nothing.
    pub(crate) short: bool,
    /// Shared with the snapshots of this state: names only change when something is registered.
    pub(crate) names: Arc<Names>,
    pub(crate) written: Written,
    pub(crate) capacity: Sizes,
}

crate::refresh::refreshable!(State {
    settings,
    now,
    due,
    seq,
    firm,
    assets,
    rates,
    accounts,
    strategies,
    traders,
    instruments,
    venues,
    groups,
    account_groups,
    books,
    nets,
    keeps_net,
    limited,
    book_limits,
    worked,
    book_index,
    group_index,
    reservation,
    traded,
    versions,
    crossing,
    ids,
    executions,
    past,
    parents,
    repeats,
    latches,
    schedule,
    policy,
    anomalies,
    withheld,
    response,
    asking,
    short,
    names,
    written,
    capacity,
});

/// Settings in integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Settings {
    pub(crate) permit_ttl: i64,
    pub(crate) clock_back: i64,
    pub(crate) future: i64,
    pub(crate) duplicate_window: i64,
    pub(crate) reduced_fraction_ppm: u64,
    pub(crate) host_age: i64,
    pub(crate) unknown_settle: i64,
    pub(crate) confirmations: u32,
    pub(crate) confirm: i64,
    pub(crate) ids_for_exits: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Sizes {
    pub(crate) assets: u32,
    pub(crate) instruments: u32,
    pub(crate) accounts: u32,
    pub(crate) strategies: u32,
    pub(crate) traders: u32,
    pub(crate) books: u32,
}

/// Names to places. Looked up outside of evaluation only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Names {
    pub(crate) assets: BTreeMap<String, u32>,
    pub(crate) instruments: BTreeMap<String, u32>,
    pub(crate) accounts: BTreeMap<String, u32>,
    pub(crate) strategies: BTreeMap<(u32, String), u32>,
    pub(crate) traders: BTreeMap<String, u32>,
    pub(crate) venues: BTreeMap<String, u32>,
    pub(crate) groups: BTreeMap<String, u32>,
}

/// Limits as they were written, for `coverage`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Written {
    pub(crate) firm: Limits,
    pub(crate) accounts: Vec<Limits>,
    pub(crate) strategies: Vec<Limits>,
}

crate::refresh::refreshable!(Written { firm, accounts, strategies });

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct AssetState {
    pub(crate) code: Code,
    pub(crate) money_scale: u32,
}

/// Place of an index in a table.
#[inline]
pub(crate) fn at<T>(table: &[T], index: u32) -> Option<&T> {
    table.get(usize::try_from(index).ok()?)
}

/// The same, to change.
#[inline]
pub(crate) fn at_mut<T>(table: &mut [T], index: u32) -> Option<&mut T> {
    table.get_mut(usize::try_from(index).ok()?)
}

pub(crate) fn size_of<T>(table: &[T]) -> u32 {
    u32::try_from(table.len()).unwrap_or(u32::MAX)
}

impl State {
    /// The book of an owner in an instrument, if it ever needed one.
    #[inline]
    pub(crate) fn book(&self, owner: Owner, instrument: u32) -> Option<u32> {
        self.book_index.get(code_of(owner), instrument)
    }

    /// The books of an account and of its strategy in an instrument, where there are any.
    #[inline(always)]
    pub(crate) fn books_of(&self, account: u32, strategy: u32, instrument: u32) -> [u32; 2] {
        match self.book(Owner::Strategy(strategy), instrument) {
            Some(own) => [at(&self.books, own).map_or(NOWHERE, |book| book.whole), own],
            None => [self.book(Owner::Account(account), instrument).unwrap_or(NOWHERE), NOWHERE],
        }
    }

    /// The same for one; made now if there was none, an account's before its strategy's. Nothing when there is no room.
    pub(crate) fn open_book(&mut self, owner: Owner, instrument: u32) -> Option<u32> {
        if let Some(book) = self.book(owner, instrument) {
            return Some(book);
        }
        let place = size_of(&self.books);
        if place >= self.capacity.books {
            return None;
        }
        let (group, whole) = match owner {
            Owner::Account(account) => {
                (self.open_group(account, at(&self.instruments, instrument)?.group)?, NOWHERE)
            }
            // Its account's comes first: that is where a strategy's book shows the way to it.
            Owner::Strategy(strategy) => {
                let account = at(&self.strategies, strategy)?.account;
                (u32::MAX, self.book(Owner::Account(account), instrument)?)
            }
        };
        let holders = &mut at_mut(&mut self.instruments, instrument)?.holders;
        let book = Book { owner, instrument, group, next: *holders, whole, ..EMPTY };
        *holders = Some(place);
        self.books.push(book);
        self.keep_within(place);
        self.nets.push(BookNet::default());
        self.worked.forget(place);
        self.book_index.set(code_of(owner), instrument, place);
        Some(place)
    }

    /// Takes a book out that was the last to be opened, and its group's sum where that is younger than `groups`.
    pub(crate) fn close_book(&mut self, book: &Book, groups: usize) {
        self.book_index.remove(code_of(book.owner), book.instrument);
        self.nets.pop();
        if let Some(instrument) = at_mut(&mut self.instruments, book.instrument) {
            instrument.holders = book.next;
        }
        // Several books share a group: its sum goes with the first of them, which is the last to be closed.
        let last = self.account_groups.len().saturating_sub(1);
        let is_last = usize::try_from(book.group).is_ok_and(|group| group >= groups && group == last);
        if let (true, Owner::Account(account)) = (is_last, book.owner) {
            self.account_groups.pop();
            let group = at(&self.instruments, book.instrument).map_or(u32::MAX, |i| i.group);
            self.group_index.remove(account, group);
        }
    }

    /// A copy with the same room to grow: a plain clone has room only for what it holds.
    pub(crate) fn with_spare_room(&self) -> Self {
        let mut copy = self.clone();
        copy.reserve_all();
        copy
    }

    /// Makes every table as large as it was constructed.
    pub(crate) fn reserve_all(&mut self) {
        fn grow<T>(table: &mut Vec<T>, capacity: u32) {
            let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
            table.reserve_exact(capacity.saturating_sub(table.len()));
        }
        let size = self.capacity;
        grow(&mut self.accounts, size.accounts);
        grow(&mut self.strategies, size.strategies);
        grow(&mut self.traders, size.traders);
        grow(&mut self.instruments, size.instruments);
        grow(&mut self.venues, size.instruments);
        grow(&mut self.groups, size.instruments);
        grow(&mut self.account_groups, size.books);
        grow(&mut self.books, size.books);
        grow(&mut self.nets, size.books);
        self.worked.reserve_all(size.books);
        self.reservation.reserve_all();
        self.versions.reserve_all();
        self.ids.reserve_all();
        self.executions.reserve_all();
        self.past.reserve_all();
        self.parents.reserve_all();
        self.repeats.reserve_all();
        self.latches.reserve_all();
        self.schedule.reserve_all();
        self.withheld.reserve_all();
        self.response.reserve_all();
    }

    /// How many more books there is room for.
    pub(crate) fn room_for_books(&self) -> u32 {
        self.capacity.books.saturating_sub(size_of(&self.books))
    }

    fn open_group(&mut self, account: u32, group: u32) -> Option<u32> {
        if let Some(place) = self.group_index.get(account, group) {
            return Some(place);
        }
        let place = size_of(&self.account_groups);
        self.account_groups.push(Money::ZERO);
        self.group_index.set(account, group, place).then_some(place)
    }

    /// From one asset's money to another's.
    #[inline]
    pub(crate) fn rate(&self, from: u32, to: u32) -> Option<&Rate> {
        if from == to {
            return Some(&Rate::IDENTITY);
        }
        let row = usize::try_from(from).ok()?.checked_mul(self.assets.len())?;
        self.rates.get(row.checked_add(usize::try_from(to).ok()?)?)?.as_ref()
    }

    /// Something falls due at a time: it is settled when the time comes.
    #[inline]
    pub(crate) fn wake_at(&mut self, at: Timestamp) {
        self.due = self.due.min(at);
    }

    /// The live order of a client order id.
    pub(crate) fn live_order(&self, id: Key) -> Option<u32> {
        self.ids.table.get(id).filter(|slot| slot & SLICE == 0)
    }

    /// The place of the parent of an order that has ended, by its client order id.
    pub(crate) fn parent_of_ended(&self, id: Key) -> Option<u32> {
        self.ids
            .table
            .get(id)
            .filter(|value| value & SLICE != 0 && *value != ENDED)
            .map(|value| value ^ SLICE)
    }

    pub(crate) fn handle(&self, engine: u32, slot: u32) -> OrderHandle {
        let generation = self.reservation.hold(slot).map_or(0, |hold| hold.generation);
        OrderHandle { engine, slot, generation }
    }
}

/// A number for each account and each strategy.
#[inline(always)]
fn code_of(owner: Owner) -> u32 {
    match owner {
        Owner::Account(account) => account.wrapping_mul(2),
        Owner::Strategy(strategy) => strategy.wrapping_mul(2).wrapping_add(1),
    }
}
