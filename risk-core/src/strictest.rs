//! Of each limit the strictest over an order's levels, in the units of its instrument: a plain order is compared with
//! it once, and not once for each level ([`crate::plain`]).
//!
//! It is worked out for a strategy in an instrument when an order of theirs is judged after limits have changed, and is
//! good until they change again. Nothing is decided by it but that gates need not be asked: it is no part of what a
//! state is, nor of its copies and records.

use core::hash::{Hash, Hasher};

use crate::compiled::Compiled;
use crate::facts::Named;
use crate::gates::GateSet;
use crate::limits::Level;
use crate::num::Money;
use crate::order::Order;
use crate::state::{State, at, at_mut};

/// What a plain order of one strategy in one instrument has to stay within. Where no level has a limit, it is as high as
/// can be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strictest {
    /// The change of limits after which it was worked out; 0 is none.
    after: u64,
    /// Gates that have a limit at any level.
    pub(crate) gates: GateSet,
    /// The instrument is quoted in the account's currency, which is the firm's.
    pub(crate) one_currency: bool,
    /// Of one order, in quantity and in money: of the quote asset, of the account and of the firm. In one currency the
    /// first is the strictest of them.
    pub(crate) quantity: u64,
    pub(crate) notional: [Money; 3],
    pub(crate) order_age: i64,
    pub(crate) mark_age: i64,
    pub(crate) spread_bps: u32,
    pub(crate) collar_bps: Option<u32>,
    pub(crate) collar_passive_bps: Option<u32>,
    /// What may be in the bucket before an order that opens: of the firm, the account and the strategy.
    pub(crate) messages: [i64; 3],
    /// What may have been approved today with the order: of the same.
    pub(crate) daily_value: [Money; 3],
    /// Live orders before one that opens: of the same, and in the account's book.
    pub(crate) open_orders: [u32; 4],
    /// Position in units of the instrument: of the firm, the strategy and the account's book.
    pub(crate) position: [u64; 3],
    /// Of the account's book, in the quote asset.
    pub(crate) position_notional: Money,
}

const HIGHEST: Money = Money(i128::MAX);

impl Strictest {
    const NONE: Self = Self {
        after: 0,
        gates: GateSet::NONE,
        one_currency: false,
        quantity: 0,
        notional: [Money::ZERO; 3],
        order_age: 0,
        mark_age: 0,
        spread_bps: 0,
        collar_bps: None,
        collar_passive_bps: None,
        messages: [0; 3],
        daily_value: [Money::ZERO; 3],
        open_orders: [0; 4],
        position: [0; 3],
        position_notional: Money::ZERO,
    };

    fn of(
        [firm, account, strategy, instrument]: [&Compiled; 4],
        canonical: u64,
        one_currency: bool,
        after: u64,
    ) -> Self {
        let all = [firm, account, strategy, instrument];
        let scopes = [firm, account, strategy];
        let data = [firm, instrument];
        // A limit between two units lets the lower one through.
        let units = |limit: Option<i128>| match limit {
            None => u64::MAX,
            Some(limit) => {
                let units = limit.checked_div(i128::from(canonical)).unwrap_or(0);
                u64::try_from(units.max(0)).unwrap_or(u64::MAX)
            }
        };
        let or_none = |limit: Option<Money>| limit.unwrap_or(HIGHEST);
        let notional = [
            or_none(instrument.order_notional),
            or_none(least(&[account, strategy], |limits| limits.order_notional)),
            or_none(firm.order_notional),
        ];
        let [quote, by_account, by_firm] = notional;
        let whole = quote.min(by_account).min(by_firm);
        Self {
            after,
            gates: all.iter().fold(GateSet::NONE, |gates, limits| gates.or(limits.gates)),
            one_currency,
            quantity: units(least(&all, |limits| limits.order_quantity)),
            notional: if one_currency { [whole; 3] } else { notional },
            order_age: firm.order_age.unwrap_or(i64::MAX),
            mark_age: least(&data, |limits| limits.mark_age).unwrap_or(i64::MAX),
            spread_bps: least(&data, |limits| limits.spread_bps).unwrap_or(u32::MAX),
            collar_bps: least(&data, |limits| limits.collar_bps),
            collar_passive_bps: least(&data, |limits| limits.collar_passive_bps),
            messages: scopes.map(|limits| {
                limits.bucket.map_or(i64::MAX, |bucket| {
                    bucket.burst.saturating_sub(bucket.reserve).saturating_sub(bucket.interval)
                })
            }),
            daily_value: scopes.map(|limits| or_none(limits.daily_value)),
            open_orders: all.map(|limits| {
                let reserve = limits.open_orders_reserve.unwrap_or(0);
                limits.open_orders.map_or(u32::MAX, |most| most.saturating_sub(reserve))
            }),
            position: [firm, strategy, instrument].map(|limits| units(limits.position_quantity)),
            position_notional: or_none(instrument.position_notional),
        }
    }
}

/// The least of what is set.
fn least<T: Ord>(levels: &[&Compiled], limit: impl Fn(&Compiled) -> Option<T>) -> Option<T> {
    levels.iter().filter_map(|limits| limit(limits)).min()
}

/// What was worked out for the books of strategies, each in its book's place. Two of them never differ: see above.
#[derive(Debug)]
pub(crate) struct Worked {
    /// How often limits have changed.
    changes: u64,
    of: Vec<Strictest>,
}

impl Worked {
    pub(crate) fn with_capacity(books: u32) -> Self {
        let mut worked = Self { changes: 1, of: Vec::new() };
        worked.reserve_all(books);
        worked
    }

    /// A copy has no room before.
    pub(crate) fn reserve_all(&mut self, books: u32) {
        self.of.resize(usize::try_from(books).unwrap_or(0), Strictest::NONE);
    }

    /// Limits have changed: nothing that was worked out is good any more.
    pub(crate) fn expire(&mut self) {
        self.changes = self.changes.saturating_add(1);
    }

    /// A book has been opened at this place.
    pub(crate) fn forget(&mut self, book: u32) {
        if let Some(place) = at_mut(&mut self.of, book) {
            *place = Strictest::NONE;
        }
    }

    /// That of a strategy's book, where it is good.
    #[inline(always)]
    pub(crate) fn get(&self, book: u32) -> Option<&Strictest> {
        at(&self.of, book).filter(|strictest| strictest.after == self.changes)
    }
}

impl Default for Worked {
    fn default() -> Self {
        Self { changes: 1, of: Vec::new() }
    }
}

impl Clone for Worked {
    fn clone(&self) -> Self {
        Self::default()
    }

    fn clone_from(&mut self, _: &Self) {
        self.expire();
    }
}

impl PartialEq for Worked {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Worked {}

impl Hash for Worked {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl State {
    /// Works it out for the strategy and the instrument of an order, where they have a book and it is not known.
    pub(crate) fn work_out(&mut self, order: &Order, engine: u32) {
        if let Ok((ids, _)) = self.resolve(order, engine) {
            self.work_out_for(ids, self.books_of(ids.account, ids.strategy, ids.instrument));
        }
    }

    /// The same for names and the books that they have.
    pub(crate) fn work_out_for(&mut self, ids: Named, [whole, own]: [u32; 2]) {
        let (Some(account), Some(strategy), Some(instrument)) = (
            at(&self.accounts, ids.account),
            at(&self.strategies, ids.strategy),
            at(&self.instruments, ids.instrument),
        ) else {
            return;
        };
        if self.worked.get(own).is_some() {
            return;
        }
        let limits = at(&self.books, whole).and_then(|book| at(&self.book_limits, book.limits?));
        let levels = Level::ALL.map(|level| match level {
            Level::Firm => &self.firm.limits,
            Level::Account => &account.limits,
            Level::Strategy => &strategy.limits,
            Level::Instrument => limits.map_or(&instrument.limits, |own| &own.effective),
        });
        let traded = &instrument.traded;
        let one_currency = traded.quote == account.currency && account.currency == self.firm.currency;
        let strictest = Strictest::of(levels, traded.canonical, one_currency, self.worked.changes);
        if let Some(place) = at_mut(&mut self.worked.of, own) {
            *place = strictest;
        }
    }
}
