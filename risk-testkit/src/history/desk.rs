//! What people and hosts do: balances, deposits, statements, figures, halts, status and new tables of limits.

use std::sync::Arc;

use risk_core::{Holding, HostFigures, Id, Input, Lift, Scope, Side, Snapshot, Status, TradingState};
use rust_decimal::Decimal;

use super::play::{Action, Play};
use super::world::{self, dec};
use crate::model::Table;

impl Play {
    /// Balances, many of them where a loss limit is just reached, and deposits.
    pub(super) fn plan_money(&mut self) {
        let account = self.rng.usize(0..self.model.handles().accounts.len());
        let handle = self.model.handles().accounts[account];
        let scale = self.model.scale_of(account);
        if self.chance(30) {
            let amount = dec(self.rng.i64(-40..60) * 1_000, 0);
            self.drew("plan_money", false);
            return self.plan.push_back(Action::Ingest(Input::Flow { account: handle, amount }));
        }
        let edges = self.model.balances_at_limits(account);
        let edge = self.rng.choice(&edges).copied().filter(|_| self.rng.u32(0..100) < 80);
        let balance = match edge {
            Some(edge) => {
                Decimal::try_from_i128_with_scale(edge + i128::from(self.step()), scale).unwrap_or_default()
            }
            None => dec(self.rng.i64(-1..30) * 40_000, 0),
        };
        self.drew("plan_money", edge.is_some());
        self.plan.push_back(Action::Ingest(Input::Balance { account: handle, balance }));
    }

    fn scope(&mut self) -> Scope {
        let handles = self.model.handles().clone();
        match self.rng.u32(0..11) {
            0 => Scope::Firm,
            1 | 2 => Scope::Venue(handles.venues[self.rng.usize(0..handles.venues.len())].1),
            3 | 4 => Scope::Account(handles.accounts[self.rng.usize(0..handles.accounts.len())]),
            5 | 6 => Scope::Strategy(handles.strategies[self.rng.usize(0..handles.strategies.len())].1),
            7 | 8 => Scope::Trader(handles.traders[self.rng.usize(0..handles.traders.len())]),
            _ => Scope::Instrument(handles.instruments[self.rng.usize(0..handles.instruments.len())]),
        }
    }

    pub(super) fn plan_halt(&mut self) {
        let scope = self.scope();
        let halted = self.chance(if scope == Scope::Firm { 70 } else { 45 });
        let state = if halted { TradingState::Halted } else { TradingState::Reducing };
        self.plan.push_back(Action::PullDown(scope, state));
        let mut instrument = self.rng.usize(0..self.mids.len());
        if let Scope::Strategy(strategy) = scope {
            instrument = self.watch(strategy).unwrap_or(instrument);
        }
        self.plan_order(instrument);
    }

    /// The next order is this strategy's: on what it, or another of its account, holds, to close that.
    fn watch(&mut self, strategy: risk_core::StrategyHandle) -> Option<usize> {
        let place = self.model.strategy_place(strategy)?;
        let account = |place: usize| self.model.handles().strategies[place].0;
        let mut holdings = self.model.holdings();
        holdings.retain(|held| account(held.0) == account(place));
        let held = self.rng.choice(&holdings).copied();
        let side = held.map(|(_, _, position)| if position > 0 { Side::Sell } else { Side::Buy });
        self.watched = Some((place, side));
        held.map(|(_, instrument, _)| instrument)
    }

    /// Lifts what holds, so that a history goes on.
    pub(super) fn plan_resume(&mut self) {
        for (scope, latch) in self.model.latched() {
            let to = if self.chance(85) { TradingState::Active } else { TradingState::Reducing };
            let lift = if self.rng.bool() { Lift::One(latch) } else { Lift::UpTo(latch) };
            self.plan.push_back(Action::Resume(scope, lift, to));
            if self.plan.len() > 4 {
                break;
            }
        }
    }

    pub(super) fn plan_status(&mut self) {
        let instrument = self.rng.usize(0..self.mids.len());
        let handle = self.model.handles().instruments[instrument];
        let by = Id::new("desk");
        let status = *self.rng.choice(&[Status::CloseOnly, Status::Blocked]).unwrap_or(&Status::Blocked);
        self.plan.push_back(Action::Ingest(Input::Status { instrument: handle, status, by }));
        self.plan_order(instrument);
        if self.chance(80) {
            self.plan.push_back(Action::Ingest(Input::Status {
                instrument: handle,
                status: Status::Open,
                by,
            }));
        }
    }

    pub(super) fn plan_snapshot(&mut self) {
        let account = self.rng.usize(0..self.model.handles().accounts.len());
        let handles = self.model.handles().clone();
        let mut positions = Vec::new();
        for instrument in 0..self.mids.len() {
            if self.chance(40) {
                let of = self.config.instruments[instrument].clone();
                let quantity = dec(self.rng.i64(-8..9) * self.unit(instrument, false), of.quantity_scale);
                let price = dec(self.mids[instrument], of.price_scale);
                positions.push(Holding { instrument: handles.instruments[instrument], quantity, price });
                self.drew("plan_snapshot", false);
            }
        }
        let balance = self.rng.bool().then(|| dec(self.rng.i64(1..20) * 50_000, 0));
        let snapshot = Snapshot { account: handles.accounts[account], balance, positions, orders: None };
        self.plan.push_back(Action::Ingest(Input::Snapshot(Arc::new(snapshot))));
    }

    pub(super) fn plan_host(&mut self) {
        let account = self.rng.usize(0..self.model.handles().accounts.len());
        let on = self.chance(60);
        let mut some = |low: i64, high: i64, scale: u32| {
            (on && self.rng.u32(0..100) < 45).then(|| dec(self.rng.i64(low..high), scale))
        };
        let (equity, day_profit) = (some(-10, 900_000, 0), some(-20_000, 20_000, 0));
        let (drawdown_percent, gross_exposure) = (some(0, 4_000, 2), some(0, 2_000_000, 0));
        let position_count = some(0, 5, 0).and_then(|count| u32::try_from(count.mantissa()).ok());
        let account = self.model.handles().accounts[account];
        let figures =
            HostFigures { account, equity, day_profit, drawdown_percent, position_count, gross_exposure };
        self.plan.push_back(Action::Ingest(Input::Host(figures)));
    }

    /// A whole table drawn anew.
    pub(super) fn plan_loose(&mut self) {
        use risk_core::Level;
        let handles = self.model.handles();
        let (accounts, strategies, instruments) =
            (handles.accounts.len(), handles.strategies.len(), handles.instruments.len());
        let (of, level) = match self.rng.u32(0..4) {
            0 => (Table::Firm, Level::Firm),
            1 => (Table::Account(self.rng.usize(0..accounts)), Level::Account),
            2 => (Table::Strategy(self.rng.usize(0..strategies)), Level::Strategy),
            _ => (Table::Instrument(self.rng.usize(0..instruments)), Level::Instrument),
        };
        let limits = world::loose(&mut self.rng, level);
        let input = self.limits(of, limits);
        self.plan.push_back(Action::Ingest(input));
    }
}
