//! Stopping and starting: halts take effect before the call returns, also when they cannot be recorded; a resume is
//! recorded before it has an effect, and needs a name.

use crate::book::{Ask, Book, Owner};
use crate::clock::{Clock, Timestamp};
use crate::engine::Engine;
use crate::error::ResumeError;
use crate::facts::Named;
use crate::halt::{Cause, Latch, LatchId, Lift, Scope, TradingState};
use crate::handle::{AccountHandle, InstrumentHandle, OrderHandle, StrategyHandle};
use crate::num::Quantity;
use crate::order::Order;
use crate::record::{Event, Journal};
use crate::reservation::{Hold, OrderState};
use crate::state::{State, at, at_mut};
use crate::text::{Id, Note};
use crate::trader::NOBODY;

/// What a halt or a reduce-only did.
#[derive(Debug)]
pub struct Halt<'a> {
    /// The latch, to lift it by.
    pub latch: LatchId,
    /// Orders at the venue that should be cancelled: after a halt all of its scope, after a reduce-only those that
    /// open, newest first.
    pub orders: &'a [OrderHandle],
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Stops a scope: from before this returns, nothing in it is approved and no permit of it redeems.
    ///
    /// It never fails. A scope that this engine does not know halts the firm. `by` names who does it, `reason` says why.
    pub fn halt(&mut self, scope: Scope, reason: &str, by: &str) -> Halt<'_> {
        let now = self.clock.now();
        self.pull_down_at(scope, TradingState::Halted, reason, by, now)
    }

    /// Lets a scope only close. As [`Engine::halt`], but orders that open nothing still pass.
    pub fn reduce_only(&mut self, scope: Scope, reason: &str, by: &str) -> Halt<'_> {
        let now = self.clock.now();
        self.pull_down_at(scope, TradingState::Reducing, reason, by, now)
    }

    /// [`Engine::halt`] (or with `Reducing`, [`Engine::reduce_only`]) at a given time.
    pub fn pull_down_at(
        &mut self,
        scope: Scope,
        state: TradingState,
        reason: &str,
        by: &str,
        now: Option<Timestamp>,
    ) -> Halt<'_> {
        self.pull_down_as(scope, state, Note::new(reason), Id::new(by), now)
    }

    pub(crate) fn pull_down_as(
        &mut self,
        scope: Scope,
        state: TradingState,
        reason: Note,
        by: Id,
        now: Option<Timestamp>,
    ) -> Halt<'_> {
        let state = state.max(TradingState::Reducing);
        let scope = if self.state.knows(scope, self.tag) { scope } else { Scope::Firm };
        // In memory first: a halt that cannot be recorded holds all the same.
        let time = self.advance(now);
        let at = self.state.now;
        let latch = Latch { id: LatchId(0), scope, state, cause: Cause::Operator, reason, by, at };
        let latch = self.state.latches.add(latch);
        self.state.apply_latches(self.tag);
        match self.record(time, Event::Halted { scope, state, reason, by }) {
            Ok(()) => drop(self.journal.sync_to(self.state.seq)),
            Err(_) => self.keep_unrecorded(time, Event::Halted { scope, state, reason, by }),
        }
        self.state.list_affected(scope, state, self.tag, &mut self.affected);
        Halt { latch, orders: &self.affected }
    }

    /// Lifts latches of a scope, down to `to`. The only way down there is.
    ///
    /// # Errors
    /// No name, an unknown scope or latch, or a journal that cannot record it. The attempt is recorded.
    pub fn resume(
        &mut self,
        scope: Scope,
        lift: Lift,
        to: TradingState,
        reason: &str,
        by: &str,
    ) -> Result<(), ResumeError> {
        let now = self.clock.now();
        self.resume_at(scope, lift, to, (Note::new(reason), Id::new(by)), now)
    }

    pub(crate) fn resume_at(
        &mut self,
        scope: Scope,
        lift: Lift,
        to: TradingState,
        (reason, by): (Note, Id),
        now: Option<Timestamp>,
    ) -> Result<(), ResumeError> {
        let time = self.advance(now);
        let checked = if !by.is_valid() {
            Err(ResumeError::Unnamed)
        } else if !self.state.knows(scope, self.tag) {
            Err(ResumeError::UnknownScope)
        } else if !self.state.latches.has(scope, lift) {
            Err(ResumeError::UnknownLatch)
        } else {
            Ok(())
        };
        let mut scope = scope;
        scope.strip_foreign(self.tag);
        let event = Event::Resumed { scope, lift, to, reason, by, done: checked.is_ok() };
        let written = self.record(time, event).and_then(|()| self.journal.sync_to(self.state.seq));
        checked?;
        written.map_err(|_| ResumeError::Unrecorded)?;
        self.state.latches.lift(scope, lift, to);
        self.state.apply_latches(self.tag);
        Ok(())
    }

    /// Takes the latches of a restored state for its own.
    pub(crate) fn adopt_latches(&mut self) {
        self.state.latches.rebind(self.tag);
        self.state.withheld.rebind(self.tag);
        self.state.reservation.rebind(self.tag);
        self.state.apply_latches(self.tag);
    }

    /// Every latch that holds, oldest first.
    pub fn latches(&self) -> impl Iterator<Item = &Latch> {
        self.state.latches.iter()
    }

    /// The state of a scope by its own latches and those of the firm; an unknown scope is `Halted`.
    pub fn trading_state(&self, scope: Scope) -> TradingState {
        let own = match scope {
            Scope::Firm => Some(self.state.firm.trading),
            Scope::Venue(h) => h.index_in(self.tag).and_then(|i| at(&self.state.venues, i)).copied(),
            Scope::Account(h) => {
                h.index_in(self.tag).and_then(|i| at(&self.state.accounts, i)).map(|account| account.trading)
            }
            Scope::Strategy(h) => {
                h.index_in(self.tag).and_then(|i| at(&self.state.strategies, i)).map(|strategy| {
                    let account = at(&self.state.accounts, strategy.account).map(|account| account.trading);
                    strategy.trading.max(account.unwrap_or(TradingState::Halted))
                })
            }
            Scope::Instrument(h) => {
                h.index_in(self.tag).and_then(|i| at(&self.state.instruments, i)).map(|instrument| {
                    let venue = instrument.venue.and_then(|venue| at(&self.state.venues, venue)).copied();
                    instrument.trading.max(venue.unwrap_or_default())
                })
            }
            Scope::Trader(h) => {
                h.index_in(self.tag).and_then(|i| at(&self.state.traders, i)).map(|trader| trader.trading)
            }
        };
        own.unwrap_or(TradingState::Halted).max(self.state.firm.trading)
    }

    /// Orders that would close what the strategies of a scope hold, as far as that opens nothing in their account and no
    /// order that closes it lives: at the market, reduce-only, without an id or a trader yet. Positions are strategies', not
    /// traders': for a trader there are none. What strategies of one account hold
    /// against one another is for a [`Transfer`](crate::Transfer). None is sent by itself: each is still to be evaluated, and passes once its
    /// scopes are [`TradingState::Reducing`] or [`TradingState::Active`].
    ///
    /// ```
    /// # use risk_core::{RiskGuard, Scope, TradingState, LatchId, Lift};
    /// # fn flatten(guard: &RiskGuard) {
    /// for (number, order) in guard.exits(Scope::Firm).into_iter().enumerate() {
    ///     let decision = guard.evaluate(&order.id(format!("flat-{number}").as_str()));
    ///     # drop(decision);
    /// }
    /// # }
    /// ```
    pub fn exits(&self, scope: Scope) -> Vec<Order> {
        let state = &self.state;
        // What opens nothing in its account either: of each account's book, what of it is not given out yet.
        let mut left: Vec<Quantity> =
            state.books.iter().map(|book| book.reducible(state.exit_of(book))).collect();
        let mut exits = Vec::new();
        for book in &state.books {
            let Owner::Strategy(strategy) = book.owner else { continue };
            let side = book.closing();
            let whole = at(&state.books, book.whole).filter(|whole| whole.closing() == side);
            let Some(left) = whole.and_then(|_| at_mut(&mut left, book.whole)) else { continue };
            let quantity = book.reducible(state.exit_of(book)).min(*left);
            let account = state.account_of(book.owner);
            let of = Named { account, strategy, instrument: book.instrument, trader: NOBODY };
            if quantity.0 <= 0 || !state.holds(&of, scope, self.tag) {
                continue;
            }
            *left = left.excess_over(quantity);
            let instrument = InstrumentHandle::new(self.tag, book.instrument);
            let order = Order::new(instrument, side, state.decimal_quantity(book.instrument, quantity));
            let order = order.account(AccountHandle::new(self.tag, account));
            exits.push(order.strategy(StrategyHandle::new(self.tag, strategy)).reduce_only());
        }
        exits
    }

    /// Orders at the venue in a scope: what a halt returns, at any time.
    pub fn open_orders(&self, scope: Scope) -> impl Iterator<Item = OrderHandle> {
        let state = &self.state;
        state
            .reservation
            .live()
            .filter(move |(_, hold, _)| {
                hold.state != OrderState::Permitted && state.is_in(hold, scope, self.tag)
            })
            .map(|(slot, _, _)| state.handle(self.tag, slot))
    }
}

impl State {
    /// Whether a scope is this engine's.
    fn knows(&self, scope: Scope, tag: u32) -> bool {
        match scope {
            Scope::Firm => true,
            Scope::Venue(handle) => handle.index_in(tag).is_some_and(|i| at(&self.venues, i).is_some()),
            Scope::Account(handle) => handle.index_in(tag).is_some_and(|i| at(&self.accounts, i).is_some()),
            Scope::Strategy(handle) => {
                handle.index_in(tag).is_some_and(|i| at(&self.strategies, i).is_some())
            }
            Scope::Instrument(handle) => {
                handle.index_in(tag).is_some_and(|i| at(&self.instruments, i).is_some())
            }
            Scope::Trader(handle) => self.known_trader(handle, tag).is_some(),
        }
    }

    /// Works the state of every scope out from the latches.
    pub(crate) fn apply_latches(&mut self, tag: u32) {
        self.firm.trading = TradingState::Active;
        self.venues.iter_mut().for_each(|venue| *venue = TradingState::Active);
        self.accounts.iter_mut().for_each(|account| account.trading = TradingState::Active);
        self.strategies.iter_mut().for_each(|strategy| strategy.trading = TradingState::Active);
        self.instruments.iter_mut().for_each(|instrument| instrument.trading = TradingState::Active);
        self.traders.iter_mut().for_each(|trader| trader.trading = TradingState::Active);
        for latch in self.latches.iter() {
            let place = match latch.scope {
                Scope::Firm => Some(&mut self.firm.trading),
                Scope::Venue(handle) => handle.index_in(tag).and_then(|i| at_mut(&mut self.venues, i)),
                Scope::Account(handle) => {
                    handle.index_in(tag).and_then(|i| at_mut(&mut self.accounts, i)).map(|a| &mut a.trading)
                }
                Scope::Strategy(handle) => {
                    handle.index_in(tag).and_then(|i| at_mut(&mut self.strategies, i)).map(|s| &mut s.trading)
                }
                Scope::Instrument(handle) => handle
                    .index_in(tag)
                    .and_then(|i| at_mut(&mut self.instruments, i))
                    .map(|i| &mut i.trading),
                Scope::Trader(handle) => {
                    handle.index_in(tag).and_then(|i| at_mut(&mut self.traders, i)).map(|t| &mut t.trading)
                }
            };
            if let Some(trading) = place {
                *trading = (*trading).max(latch.state);
            }
        }
        if self.firm.unrecorded {
            // A failed journal cannot be resumed from: what would lift it could not be recorded.
            self.firm.trading = TradingState::Halted;
        }
    }

    fn is_in(&self, hold: &Hold, scope: Scope, tag: u32) -> bool {
        self.holds(&hold.named(), scope, tag)
    }

    /// Whether what an order, or a position, belongs to is in a scope. Nobody's position is a trader's.
    fn holds(&self, of: &Named, scope: Scope, tag: u32) -> bool {
        match scope {
            Scope::Firm => true,
            Scope::Venue(handle) => {
                let venue = at(&self.instruments, of.instrument).and_then(|instrument| instrument.venue);
                venue.is_some() && venue == handle.index_in(tag)
            }
            Scope::Account(handle) => handle.index_in(tag) == Some(of.account),
            Scope::Strategy(handle) => handle.index_in(tag) == Some(of.strategy),
            Scope::Instrument(handle) => handle.index_in(tag) == Some(of.instrument),
            Scope::Trader(handle) => handle.index_in(tag) == Some(of.trader),
        }
    }

    /// A reduce-only order that closes a position.
    fn exit_of(&self, book: &Book) -> Ask {
        let enforced =
            at(&self.instruments, book.instrument).is_some_and(|of| of.traded.enforces_reduce_only);
        Ask { side: book.closing(), within: enforced.then_some(book.keeps_within) }
    }

    /// Orders at the venue that a halt takes back (all of them) or a reduce-only does (those that open), newest first.
    fn list_affected(&self, scope: Scope, state: TradingState, tag: u32, list: &mut Vec<OrderHandle>) {
        list.clear();
        let opens = |hold: &Hold| {
            let books = hold.books.iter().filter_map(|index| at(&self.books, *index));
            books.map(|book| book.opening_of_held(self.ask_of(hold), hold.open)).any(|opening| opening.0 > 0)
        };
        let affected = self.reservation.live().filter(|(_, hold, _)| {
            hold.state != OrderState::Permitted
                && self.is_in(hold, scope, tag)
                && (state == TradingState::Halted || opens(hold))
        });
        list.extend(affected.map(|(slot, _, _)| self.handle(tag, slot)));
        // An unstable sort works in place. Orders of one list are equally old.
        let age = |handle: &OrderHandle| self.reservation.hold(handle.slot).map_or(0, |hold| hold.judged);
        list.sort_unstable_by_key(|handle| (core::cmp::Reverse(age(handle)), handle.slot));
    }
}
