//! Halts: latches, the states of scopes, and which orders a halt takes back.

use risk_core::{Cause, Lift, OrderHandle, OrderState, Scope, Timestamp, TraderHandle, TradingState};

use super::ledger::Ledger;
use super::orders::Placed;
use super::world::{Latched, Model};

impl Model {
    /// Pulls a scope down. Gives the orders at the venue that should be cancelled, newest first: all of the scope after a
    /// halt, those that open after a reduce-only.
    pub fn pull_down(
        &mut self,
        scope: Scope,
        state: TradingState,
        reason: &str,
        by: &str,
        now: Option<Timestamp>,
    ) -> Vec<OrderHandle> {
        self.begin(now);
        self.pull(scope, state, Cause::Operator, reason, by);
        self.see();
        let ledger = Ledger::of(self);
        let affected = self.orders.iter().rev().filter(|order| {
            let sent = matches!(order.state(), OrderState::Sent | OrderState::Working);
            let opens = self.opens_now(&ledger, order).iter().any(|opens| *opens > 0);
            sent && self.is_in(order, scope) && (state == TradingState::Halted || opens)
        });
        affected.filter_map(|order| order.handle).collect()
    }

    fn is_in(&self, order: &Placed, scope: Scope) -> bool {
        match scope {
            Scope::Venue(venue) => self.venue(order.instrument) == Some(venue),
            Scope::Account(account) => self.handles.accounts[order.account] == account,
            Scope::Strategy(strategy) => self.handles.strategies[order.strategy].1 == strategy,
            Scope::Instrument(instrument) => self.handles.instruments[order.instrument] == instrument,
            Scope::Trader(trader) => order.order.trader == Some(trader),
            _ => true,
        }
    }

    /// One latch for each scope, cause, name and reason: pulled again it only gets stricter.
    pub(super) fn pull(&mut self, scope: Scope, state: TradingState, cause: Cause, reason: &str, by: &str) {
        let alike = |l: &&mut Latched| {
            (l.scope, l.cause, l.by.as_str(), l.reason.as_str()) == (scope, cause, by, reason)
        };
        if let Some(held) = self.latches.iter_mut().find(alike) {
            held.state = held.state.max(state);
            return;
        }
        let number = self.next_latch().number();
        let (by, reason) = (by.to_owned(), reason.to_owned());
        self.latches.push(Latched { number, scope, state, cause, by, reason });
    }

    /// Lifts latches of a scope.
    pub fn resume(&mut self, scope: Scope, lift: Lift, to: TradingState, now: Option<Timestamp>) {
        self.begin(now);
        let takes = |number: u64| match lift {
            Lift::One(id) => number == id.number(),
            Lift::UpTo(id) => number <= id.number(),
        };
        for latch in &mut self.latches {
            if latch.scope == scope && takes(latch.number) {
                latch.state = latch.state.min(to);
            }
        }
        self.latches.retain(|latch| latch.state != TradingState::Active);
        self.see();
    }

    /// Every latch that holds: scope and number.
    pub fn latched(&self) -> Vec<(Scope, risk_core::LatchId)> {
        let named = |latch: &Latched| (latch.scope, risk_core::LatchId::from_number(latch.number));
        self.latches.iter().map(named).collect()
    }

    /// The state of the scopes of an order: all but the strategy's own, and the strategy's own. `blind` leaves one out,
    /// which only a deliberate mistake asks for.
    pub(super) fn scopes(
        &self,
        account: usize,
        strategy: usize,
        instrument: usize,
        trader: Option<TraderHandle>,
        blind: Option<Scope>,
    ) -> [TradingState; 2] {
        let state =
            |scope: Scope| if Some(scope) == blind { TradingState::Active } else { self.trading(scope) };
        let venue = self.venue(instrument).map_or(TradingState::Active, |venue| state(Scope::Venue(venue)));
        let shared = state(Scope::Firm)
            .max(state(Scope::Account(self.handles.accounts[account])))
            .max(state(Scope::Instrument(self.handles.instruments[instrument])))
            .max(venue)
            .max(trader.map_or(TradingState::Active, |trader| state(Scope::Trader(trader))));
        [shared, state(Scope::Strategy(self.handles.strategies[strategy].1))]
    }
}
