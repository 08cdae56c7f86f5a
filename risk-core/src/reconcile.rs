//! The venue's truth in place of what the ledger thought: positions, cash and working orders of an account, and what was
//! different.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::book::{Ask, Book, Owner};
use crate::clock::{Clock, Timestamp};
use crate::crossing::key_of_order;
use crate::engine::Engine;
use crate::error::IngestError;
use crate::facts::Named;
use crate::halt::Scope;
use crate::handle::{AccountHandle, InstrumentHandle, OrderHandle, StrategyHandle};
use crate::input::{Anomaly, Holding, Ingested, Input, OrderRef, Snapshot, StatedOrder};
use crate::judge::Pass;
use crate::num::{Money, Price, Quantity, Round};
use crate::order::{Field, Kind, Order, Side};
use crate::read::{read_money, read_price, read_quantity};
use crate::record::Journal;
use crate::reservation::OrderState;
use crate::state::{State, at};
use crate::table::keyed;
use crate::trader::NOBODY;

/// What became of a snapshot, and what it said that the ledger did not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciled {
    /// As for any input.
    pub effect: Ingested,
    /// What was different before it: the balance, positions in the order they were first traded, orders.
    pub differences: Vec<Difference>,
}

/// Something that the ledger and the venue did not agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// Cash, in the account's currency.
    Balance {
        /// What the ledger had; nothing where it was never stated.
        known: Option<Decimal>,
        /// What it is.
        stated: Decimal,
    },
    /// A position. The difference is the strategy `unassigned`'s from now on.
    Position {
        /// In what.
        instrument: InstrumentHandle,
        /// What the ledger had.
        known: Decimal,
        /// What it is.
        stated: Decimal,
    },
    /// More or less of an order is open.
    Open {
        /// Which.
        order: OrderHandle,
        /// What was held for it.
        known: Decimal,
        /// What is open at the venue.
        stated: Decimal,
    },
    /// The venue does not have it any more: it has ended.
    Gone {
        /// Which.
        order: OrderHandle,
    },
    /// The venue does not have it, and need not have it yet: it was sent within `unknown_settle_ms`, and stays held.
    NotSeenYet {
        /// Which.
        order: OrderHandle,
    },
    /// The venue works an order that nobody knew here. It is held, of the strategy `unassigned`.
    Stranger {
        /// Its client order id.
        id: crate::text::Id,
    },
}

/// An order of a snapshot in the instrument's units.
struct ReadOrder {
    slot: Option<u32>,
    instrument: u32,
    side: Side,
    open: Quantity,
    price: Option<Price>,
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Replaces positions, balance and working orders of an account by the venue's truth, at the clock's time, and says
    /// what was different. [`Input::Snapshot`] is the same without the report.
    ///
    /// # Errors
    /// As [`Engine::ingest`]; it changed nothing.
    pub fn reconcile(&mut self, snapshot: impl Into<Arc<Snapshot>>) -> Result<Reconciled, IngestError> {
        let now = self.clock.now();
        self.reconcile_at(snapshot.into(), now)
    }

    /// [`Engine::reconcile`] at a given time.
    ///
    /// # Errors
    /// As [`Engine::ingest`].
    pub fn reconcile_at(
        &mut self,
        snapshot: Arc<Snapshot>,
        now: Option<Timestamp>,
    ) -> Result<Reconciled, IngestError> {
        // Permits that have expired by now are no difference.
        let _ = self.advance(now);
        let differences = self.differences_of(&snapshot);
        let effect = self.ingest_at(Input::Snapshot(snapshot), now)?;
        Ok(Reconciled { effect, differences })
    }

    /// What [`Engine::reconcile`] would report, without replacing anything. What expires by now is settled first, on record.
    pub fn differences(&mut self, snapshot: &Snapshot) -> Vec<Difference> {
        let _ = self.look();
        self.differences_of(snapshot)
    }

    fn differences_of(&self, snapshot: &Snapshot) -> Vec<Difference> {
        let Some(account) = snapshot.account.index_in(self.tag) else { return Vec::new() };
        let mut found = Vec::new();
        found.extend(self.difference_of_balance(account, snapshot));
        let own = |book: &&Book| book.owner == Owner::Account(account);
        let decimal = |instrument: u32, quantity| self.state.decimal_quantity(instrument, quantity);
        let stated = |instrument: u32| {
            let of = |holding: &&Holding| holding.instrument.index_in(self.tag) == Some(instrument);
            snapshot.positions.iter().rev().find(of).map_or(Decimal::ZERO, |holding| holding.quantity)
        };
        let mut position = |instrument: u32, known: Decimal| {
            let stated = stated(instrument);
            if known != stated {
                let instrument = InstrumentHandle::new(self.tag, instrument);
                found.push(Difference::Position { instrument, known, stated });
            }
        };
        for book in self.state.books.iter().filter(own) {
            position(book.instrument, decimal(book.instrument, book.position));
        }
        for holding in &snapshot.positions {
            if let Some(instrument) = holding.instrument.index_in(self.tag)
                && self.state.book(Owner::Account(account), instrument).is_none()
            {
                position(instrument, Decimal::ZERO);
            }
        }
        self.differences_of_orders(account, snapshot, &mut found);
        found
    }

    fn difference_of_balance(&self, place: u32, snapshot: &Snapshot) -> Option<Difference> {
        let account = at(&self.state.accounts, place)?;
        let scale = self.state.money_scale(account.currency);
        let paid = if account.cash.only { account.cash.invested } else { Money::ZERO };
        let cash = account.balance.minus(paid)?;
        let known = account.known.then(|| Decimal::try_from_i128_with_scale(cash.0, scale).ok()).flatten();
        let stated = snapshot.balance.filter(|stated| known != Some(*stated))?;
        Some(Difference::Balance { known: known.map(|known| known.normalize()), stated })
    }

    fn differences_of_orders(&self, account: u32, snapshot: &Snapshot, found: &mut Vec<Difference>) {
        let Some(orders) = &snapshot.orders else { return };
        let mut seen = Vec::with_capacity(orders.len());
        for stated in orders {
            let Ok(read) = self.read_stated(stated, snapshot.account) else { continue };
            let Some((slot, hold)) =
                read.slot.and_then(|slot| Some((slot, self.state.reservation.hold(slot)?)))
            else {
                found.push(Difference::Stranger { id: stated.id });
                continue;
            };
            seen.push(slot);
            if hold.open != read.open {
                found.push(Difference::Open {
                    order: self.state.handle(self.tag, slot),
                    known: self.state.decimal_quantity(hold.instrument, hold.open),
                    stated: stated.open,
                });
            }
        }
        seen.sort_unstable();
        for (slot, hold, _) in self.state.reservation.live() {
            let at_venue = hold.state != OrderState::Permitted && hold.account == account;
            if at_venue && seen.binary_search(&slot).is_err() {
                let order = self.state.handle(self.tag, slot);
                let early = self.state.is_just_sent(slot);
                found.push(if early { Difference::NotSeenYet { order } } else { Difference::Gone { order } });
            }
        }
    }

    /// Reads a snapshot as far as it can be refused: it is applied from its own text.
    pub(crate) fn check_snapshot(
        &self,
        snapshot: &Snapshot,
        account: u32,
        scale: u32,
    ) -> Result<Option<Money>, IngestError> {
        let state = &self.state;
        let balance = snapshot.balance.map(|value| read_money("balance", value, scale)).transpose()?;
        for holding in &snapshot.positions {
            state.read_holding(holding, self.tag)?;
        }
        let mut books = state.books_missing(account, snapshot, self.tag);
        let mut strangers = 0_usize;
        for order in snapshot.orders.iter().flatten() {
            let read = self.read_stated(order, snapshot.account)?;
            if read.slot.is_none() {
                strangers = strangers.saturating_add(1);
                // Perhaps they are counted already; then the room is there a moment later.
                books = books.saturating_add(state.books_for_stranger(account, read.instrument));
            }
        }
        if state.room_for_books() < books {
            return Err(IngestError::Full("book"));
        }
        let live = state.reservation.capacity().saturating_sub(state.reservation.len());
        let ids = state.ids.table.capacity().saturating_sub(state.ids.table.len());
        if live.min(ids) < strangers {
            return Err(IngestError::Full("order"));
        }
        Ok(balance)
    }

    fn read_stated(&self, order: &StatedOrder, account: AccountHandle) -> Result<ReadOrder, IngestError> {
        if !order.id.is_valid() {
            return Err(IngestError::Text(Field::Id));
        }
        let place = order.instrument.index_in(self.tag).ok_or(IngestError::Unknown("instrument"))?;
        let traded = &at(&self.state.instruments, place).ok_or(IngestError::Unknown("instrument"))?.traded;
        let (open, _) = read_quantity("open", order.open, traded)?;
        if open.0 <= 0 {
            return Err(IngestError::Number {
                field: "open",
                value: order.open,
                problem: "is not above zero",
            });
        }
        let price = order.price.map(|price| read_price("price", price, traded, Round::Up)).transpose()?;
        let slot = self.find_order(&OrderRef::Client { account, id: order.id });
        let price = price.map(|(price, _)| price);
        Ok(ReadOrder { slot, instrument: place, side: order.side, open, price })
    }

    /// What a snapshot's orders say that should not be.
    pub(crate) fn foresee_orders(&self, input: &Input, effect: &mut Ingested) {
        let Input::Snapshot(snapshot) = input else { return };
        for order in snapshot.orders.iter().flatten() {
            let Ok(read) = self.read_stated(order, snapshot.account) else { continue };
            match read.slot {
                None => effect.anomaly = effect.anomaly.or(Some(Anomaly::UnknownOrder)),
                Some(slot) if self.state.is_more_than_approved(slot, read.open) => {
                    effect.anomaly = Some(Anomaly::OverAccepted);
                }
                Some(_) => {}
            }
        }
    }

    pub(crate) fn apply_snapshot(
        &mut self,
        account: u32,
        balance: Option<Money>,
        snapshot: &Snapshot,
        effect: &mut Ingested,
    ) {
        let books = u32::try_from(self.state.books.len()).unwrap_or(u32::MAX);
        let mut whole = Some(());
        for index in 0..books {
            let Some(book) = at(&self.state.books, index) else { continue };
            let instrument = book.instrument;
            let listed = |h: &Holding| h.instrument.index_in(self.tag) == Some(instrument);
            if book.owner == Owner::Account(account) && !snapshot.positions.iter().any(listed) {
                whole = whole.and(self.state.set_position(account, instrument, Quantity::ZERO, Money::ZERO));
            }
        }
        for holding in &snapshot.positions {
            let Ok((instrument, quantity, cost)) = self.state.read_holding(holding, self.tag) else {
                continue;
            };
            whole = whole.and(self.state.set_position(account, instrument, quantity, cost));
        }
        self.state.restated(account, balance);
        self.state.account_for(account);
        if let Some(orders) = &snapshot.orders {
            self.end_unlisted(account, snapshot.account, orders);
            for order in orders {
                whole = whole.and(self.apply_stated(account, snapshot.account, order));
            }
        }
        let scope = Scope::Account(AccountHandle::new(self.tag, account));
        if whole.is_none() {
            self.cannot_apply(scope, effect);
        } else if effect.anomaly == Some(Anomaly::OverAccepted) {
            self.over_approved(scope, effect);
        }
    }

    /// Orders that the venue does not have have ended, but for those that it need not have yet. What of them was executed
    /// is in the positions, so that executions that are told later are not new.
    fn end_unlisted(&mut self, account: u32, named: AccountHandle, orders: &[StatedOrder]) {
        self.affected.clear();
        for order in orders {
            let reference = OrderRef::Client { account: named, id: order.id };
            if let Some(slot) = self.find_order(&reference) {
                self.affected.push(self.state.handle(self.tag, slot));
            }
            if self.affected.len() == self.affected.capacity() {
                break;
            }
        }
        self.affected.sort_unstable_by_key(|handle| handle.slot);
        for slot in self.state.reservation.slots() {
            let Some(hold) = self.state.reservation.hold(slot).copied() else { return };
            let at_venue = matches!(hold.state, OrderState::Sent | OrderState::Working);
            let listed = self.affected.binary_search_by_key(&slot, |handle| handle.slot).is_ok();
            if at_venue && hold.account == account && !listed && !self.state.is_just_sent(slot) {
                let mut total = self.state.reservation.total(slot);
                total.contains(hold.open);
                self.state.reservation.set_total(slot, total);
                self.state.finish(slot);
            }
        }
    }

    fn apply_stated(&mut self, account: u32, named: AccountHandle, order: &StatedOrder) -> Option<()> {
        let read = self.read_stated(order, named).ok()?;
        match read.slot {
            Some(slot) => self.state.set_open(slot, read.open),
            None => {
                let unassigned = at(&self.state.accounts, account)?.unassigned;
                let mut asked = Order::new(order.instrument, order.side, order.open)
                    .id(order.id)
                    .account(named)
                    .strategy(StrategyHandle::new(self.tag, unassigned));
                asked.kind = order.price.map_or(Kind::Market, |price| Kind::Limit { price });
                let ids =
                    Named { account, strategy: unassigned, instrument: read.instrument, trader: NOBODY };
                self.state.hold_stranger(ids, &asked, &read)
            }
        }
    }
}

impl State {
    /// How many books a snapshot needs that are not there yet: the account's, and one of `unassigned` where a position
    /// is not what the account holds, be it listed or not.
    fn books_missing(&self, account: u32, snapshot: &Snapshot, tag: u32) -> u32 {
        let Some(unassigned) = at(&self.accounts, account).map(|account| account.unassigned) else {
            return 0;
        };
        let held = |instrument: u32| {
            let book = self.book(Owner::Account(account), instrument).and_then(|book| at(&self.books, book));
            book.map(|book| book.position)
        };
        let rest_is_missing = |instrument: u32| self.book(Owner::Strategy(unassigned), instrument).is_none();
        let read = |holding| self.read_holding(holding, tag).ok();
        let changed = || {
            let differs = |(instrument, position, _): &(u32, Quantity, Money)| {
                *position != held(*instrument).unwrap_or(Quantity::ZERO)
            };
            snapshot.positions.iter().filter_map(read).filter(differs).map(|(instrument, ..)| instrument)
        };
        // What is listed twice is one instrument.
        let once = changed().enumerate().filter(|(n, this)| !changed().take(*n).any(|other| other == *this));
        let listed = once.map(|(_, instrument)| {
            u32::from(held(instrument).is_none()).saturating_add(u32::from(rest_is_missing(instrument)))
        });
        let made_flat = self.books.iter().filter(|book| {
            book.owner == Owner::Account(account)
                && book.position != Quantity::ZERO
                && rest_is_missing(book.instrument)
                && !snapshot.positions.iter().any(|h| h.instrument.index_in(tag) == Some(book.instrument))
        });
        listed.chain(made_flat.map(|_| 1)).fold(0, u32::saturating_add)
    }

    fn books_for_stranger(&self, account: u32, instrument: u32) -> u32 {
        let unassigned = at(&self.accounts, account).map_or(u32::MAX, |account| account.unassigned);
        let missing = |owner| u32::from(self.book(owner, instrument).is_none());
        missing(Owner::Account(account)).saturating_add(missing(Owner::Strategy(unassigned)))
    }

    /// Whether so much open is more than was approved of an order and is not executed yet.
    pub(crate) fn is_more_than_approved(&self, slot: u32, open: Quantity) -> bool {
        self.reservation
            .hold(slot)
            .is_some_and(|hold| open > hold.open && open > hold.approved.excess_over(hold.filled))
    }

    /// So much of an order is open at the venue, which works it. What is less was executed, and is in the positions.
    fn set_open(&mut self, slot: u32, open: Quantity) -> Option<()> {
        let hold = self.reservation.hold(slot).copied()?;
        if open > hold.open {
            self.raise_hold(slot, open)?;
        } else if open < hold.open && hold.versions.is_none() {
            // While a change is under way, the larger of its versions stays held.
            let gone = hold.open.excess_over(open);
            let mut total = self.reservation.total(slot);
            total.contains(gone);
            self.use_hold(slot, gone);
            self.reservation.set_total(slot, total);
        }
        if hold.state == OrderState::Permitted {
            self.reservation.mark_sent(slot, self.now);
        }
        self.reservation.hold_mut(slot)?.state = OrderState::Working;
        Some(())
    }

    /// Holds more for an order than was approved: its surcharges grow in proportion.
    pub(crate) fn raise_hold(&mut self, slot: u32, open: Quantity) -> Option<()> {
        let hold = self.reservation.hold(slot).copied()?;
        let more = open.excess_over(hold.open);
        let part = |surcharge: Money| crate::num::share(surcharge, open.abs(), hold.open.abs().max(1));
        let [account, strategy, cash] = hold.surcharges;
        let raised = [part(account)?, part(strategy)?, part(cash)?];
        let ask = self.ask_of(&hold);
        for (index, (before, after)) in hold.books.into_iter().zip(hold.surcharges.into_iter().zip(raised)) {
            let mut book = at(&self.books, index).copied()?;
            book.put_on(ask, more, after.minus(before)?)?;
            self.put(index, book);
            self.touch(book.owner);
        }
        let [.., raised_cash] = raised;
        self.hold_cash(hold.account, cash, raised_cash);
        if let Some(parent) = hold.parent {
            self.parents.add(parent, more);
        }
        let place = self.reservation.hold_mut(slot)?;
        (place.open, place.surcharges) = (open, raised);
        place.approved = place.approved.max(open.plus(place.filled)?);
        let (approved, versions) = (place.approved, place.versions);
        self.versions.change(versions, |version| version.stands_at(approved, open, raised));
        Some(())
    }

    /// Holds an order that nobody knew here.
    fn hold_stranger(&mut self, ids: Named, order: &Order, read: &ReadOrder) -> Option<()> {
        let instrument = at(&self.instruments, read.instrument)?;
        // A buy above the mark opens dearer than the mark says.
        let dearer = match (read.side, read.price, instrument.mark) {
            (Side::Buy, Some(price), Some(mark)) if price > mark => {
                instrument.traded.valuer.surcharge(read.open.abs(), price.abs(), mark.abs())?
            }
            (Side::Buy | Side::Sell, _, _) => Money::ZERO,
        };
        let key = keyed(order.id.digest(), ids.account);
        // An id that was remembered lives again.
        self.ids.revive(key);
        let pass = Pass {
            // It is the venue's word, and no approval.
            spends: Money::ZERO,
            ids,
            places: [crate::book::NOWHERE; 2],
            key,
            free: None,
            // Nobody says that the venue keeps it within the position.
            ask: Ask { side: read.side, within: None },
            key_by_price: key_of_order(order, &instrument.traded),
            parent_quantity: None,
            quantity: read.open,
            openings: [read.open; 2],
            surcharges: [dearer, dearer, Money::ZERO],
            exposures: None,
            worth: None,
            asked: None,
            bound: None,
        };
        let slot = self.hold(order, &pass, Timestamp::MAX)?;
        self.ids.table.set(key, slot);
        self.reservation.mark_sent(slot, self.now);
        self.reservation.hold_mut(slot)?.state = OrderState::Working;
        Some(())
    }
}
