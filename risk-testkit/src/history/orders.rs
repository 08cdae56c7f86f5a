//! Orders: who, what, how much and at which price, near what limits them.

use risk_core::{
    AccountHandle, GateId, Id, Input, InstrumentHandle, Kind, LimitsOf, Note, Order, OrderRef, Side,
};
use risk_core::{StrategyHandle, TimeInForce, Timestamp, TraderHandle};
use std::sync::Arc;

use super::play::{Action, MS, Play};
use super::world::dec;
use crate::model::{Table, Threshold};

/// Lots an order of each instrument is at most, when no limit says otherwise.
const LOTS: [i64; 6] = [400, 400, 200, 60, 30, 20];

impl Play {
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    /// Notes a number that was drawn.
    pub(super) fn drew(&mut self, what: &'static str, near: bool) {
        let (numbers, close) = self.tally.numbers.entry(what).or_default();
        *numbers += 1;
        *close += u64::from(near);
    }

    /// One step below, at, or one step above.
    pub(super) fn step(&mut self) -> i64 {
        self.rng.i64(-1..=1)
    }

    pub(super) fn unit(&self, instrument: usize, tick: bool) -> i64 {
        let of = &self.config.instruments[instrument];
        let (increment, scale) = if tick {
            (of.price_increment, of.price_scale)
        } else {
            (of.quantity_increment, of.quantity_scale)
        };
        // Exact: an increment fits its scale.
        i64::try_from((increment * dec(10_i64.pow(scale), 0)).trunc().normalize()).unwrap_or(1)
    }

    /// An order on an instrument, after what it needs to be near a limit.
    pub(super) fn plan_order(&mut self, instrument: usize) {
        let mut order = self.skeleton(instrument);
        self.price(&mut order, instrument);
        self.size(&mut order, instrument);
        if self.chance(55) {
            let thresholds = self.model.thresholds(&order, Timestamp::from_nanos(self.time));
            self.plan_limit(thresholds);
        }
        self.plan_between(Action::Evaluate(order));
    }

    /// The step, and what a limit that was set for it alone was before.
    pub(super) fn plan_between(&mut self, action: Action) {
        self.plan.push_back(action);
        if let Some(Action::Ingest(Input::Limits { of, .. })) = self.plan.front().cloned()
            && self.chance(88)
        {
            // Back to what held before.
            let table = self.table_of(of);
            let limits = self.model.table(table);
            let input = self.limits(table, limits);
            self.plan.push_back(Action::Ingest(input));
        }
    }

    pub(super) fn skeleton(&mut self, instrument: usize) -> Order {
        let handles = self.model.handles().clone();
        let (drawn, closing) = self.trader(instrument);
        let (mut account, mut strategy) = handles.strategies[drawn];
        let mut of = handles.instruments[instrument];
        if self.chance(2) {
            match self.rng.u32(0..3) {
                0 => account = self.rng.usize(0..handles.accounts.len()),
                1 => strategy = StrategyHandle::default(),
                _ => of = InstrumentHandle::default(),
            }
        }
        let account =
            if self.rng.u32(0..120) == 0 { AccountHandle::default() } else { handles.accounts[account] };
        let side = closing.unwrap_or(if self.rng.bool() { Side::Buy } else { Side::Sell });
        let quantity = dec(1, 0);
        let mut order = match side {
            Side::Buy => Order::buy(of, quantity),
            Side::Sell => Order::sell(of, quantity),
        };
        let id = self.id(account);
        order = order.account(account).strategy(strategy).id(id);
        order.trader = self.asker(account);
        // Mostly several of them work at a time where that makes a difference.
        let kept = self.model.instrument(instrument).venue_enforces_reduce_only;
        order.reduce_only = self.chance(if closing.is_none() {
            3
        } else if kept {
            60
        } else {
            15
        });
        order.reducible = !self.chance(20);
        order.self_match_prevention = self.chance(20);
        let times = [
            TimeInForce::FillOrKill,
            TimeInForce::AllOrNone,
            TimeInForce::Day,
            TimeInForce::ImmediateOrCancel,
        ];
        if self.chance(15) {
            order.time_in_force = *self.rng.choice(&times).unwrap_or(&TimeInForce::Day);
        }
        if self.chance(92) {
            order.created_at = Some(Timestamp::from_nanos(self.created()));
        }
        if self.chance(18) {
            let name = self.rng.u32(0..4);
            order.parent = Some(Id::new(&format!("parent-{name}")));
            let lot = self.unit(instrument, false);
            let first = self.parents.get(&(drawn, name)).copied();
            let whole = match first {
                Some(first) if self.chance(15) => first + self.step() * lot,
                Some(first) => first,
                None => self.rng.i64(1..12) * 5 * lot,
            };
            self.parents.insert((drawn, name), whole);
            let scale = self.config.instruments[instrument].quantity_scale;
            order.parent_quantity = (!self.chance(15)).then(|| dec(whole, scale));
            self.drew("parent", first.is_some());
        }
        order
    }

    /// What is traded: often what was traded just before, so that orders meet.
    pub(super) fn some_instrument(&mut self) -> usize {
        let count = self.model.approved();
        if count > 0 && self.chance(50) {
            return self.model.parties(self.rng.usize(count.saturating_sub(4)..count)).2;
        }
        self.rng.usize(0..self.mids.len())
    }

    /// Which strategy sends it: mostly one that may trade it; often one that holds it, to close.
    fn trader(&mut self, instrument: usize) -> (usize, Option<Side>) {
        if let Some(watched) = self.watched.take() {
            return watched;
        }
        let holders: Vec<_> = self.model.holdings().into_iter().filter(|held| held.1 == instrument).collect();
        if let Some((strategy, _, position)) = self.rng.choice(&holders).copied()
            && self.chance(45)
        {
            return (strategy, Some(if position > 0 { Side::Sell } else { Side::Buy }));
        }
        let all = self.model.handles().strategies.len();
        let mut drawn = self.rng.usize(0..all);
        for _ in 0..6 {
            if self.model.may_trade(drawn, instrument) || self.chance(5) {
                break;
            }
            drawn = self.rng.usize(0..all);
        }
        (drawn, None)
    }

    /// Who asks for it: mostly somebody where somebody must.
    fn asker(&mut self, account: AccountHandle) -> Option<TraderHandle> {
        let place = self.model.account_place(account);
        let required = place.is_some_and(|place| self.config.accounts[place].trader_required);
        if !self.chance(if required { 97 } else { 40 }) {
            return None;
        }
        let traders = self.model.handles().traders.clone();
        if self.chance(2) { Some(TraderHandle::default()) } else { self.rng.choice(&traders).copied() }
    }

    /// A new id, now and then one that the account has used, or none.
    fn id(&mut self, account: AccountHandle) -> Id {
        self.names += 1;
        if self.chance(10) {
            let used = (0..self.model.approved()).rev().map(|place| self.model.order(place));
            let used: Vec<Id> = used.filter(|o| o.account == account).take(6).map(|o| o.id).collect();
            let back = self.names - self.rng.u64(0..self.names.min(8));
            return self.rng.choice(&used).copied().unwrap_or(Id::new(&format!("o{back}")));
        }
        if self.rng.u32(0..150) == 0 { Id::new("not an id") } else { Id::new(&format!("o{}", self.names)) }
    }

    /// When it was made: near the oldest or the newest that passes.
    fn created(&mut self) -> i64 {
        let ms = 1_000_000;
        let future = i64::try_from(self.config.settings.future_ms_max).unwrap_or(0) * ms;
        let oldest = self.model.table(Table::Firm).order_age_ms_max;
        let near = self.chance(12);
        match oldest {
            // The moment itself is no number.
            _ if !near => return self.time,
            _ => self.drew("created", true),
        }
        match oldest {
            Some(oldest) if self.rng.bool() => {
                self.time - i64::try_from(oldest).unwrap_or(0) * ms
                    + self.step() * if self.rng.bool() { ms } else { 1 }
            }
            _ => self.time + future + self.step(),
        }
    }

    /// Market, limit, stop or stop-limit; prices near the mark (where the passive side begins and triggers pass) and
    /// near the collar.
    pub(super) fn price(&mut self, order: &mut Order, instrument: usize) {
        let scale = self.config.instruments[instrument].price_scale;
        let kind = self.rng.u32(0..10);
        if kind < 3 {
            return;
        }
        let first = dec(self.one_price(instrument), scale);
        order.kind = match kind {
            3..=7 => Kind::Limit { price: first },
            8 => Kind::Stop { trigger: first },
            _ => Kind::StopLimit { trigger: first, price: dec(self.one_price(instrument), scale) },
        };
    }

    pub(super) fn one_price(&mut self, instrument: usize) -> i64 {
        let tick = self.unit(instrument, true);
        let mark = self.model.mark_of(instrument).and_then(|mark| i64::try_from(mark).ok());
        let mark = mark.unwrap_or(self.mids[instrument]);
        let tables = [self.model.table(Table::Firm), self.model.table(Table::Instrument(instrument))];
        let collars: Vec<u32> =
            tables.iter().flat_map(|t| [t.collar_bps, t.collar_passive_bps]).flatten().collect();
        let near = self.chance(70);
        self.drew("one_price", near);
        let off = if near {
            match self.rng.choice(&collars).copied() {
                Some(bps) if self.rng.bool() => {
                    let distance = mark.abs() * i64::from(bps) / 10_000;
                    if self.rng.bool() { distance } else { -distance }
                }
                _ => 0,
            }
        } else {
            mark.abs() * self.rng.i64(-300..300) / 10_000
        };
        let price = mark + off;
        // On the tick, mostly.
        let on_tick = price.div_euclid(tick) * tick + self.step() * tick;
        let price = if self.chance(4) { price + self.step() } else { on_tick };
        let negative = self.config.instruments[instrument].negative_prices;
        if negative || self.rng.u32(0..200) == 0 { price } else { price.max(tick) }
    }

    /// How much: at what some gate just lets through, one lot less or more.
    pub(super) fn size(&mut self, order: &mut Order, instrument: usize) {
        let scale = self.config.instruments[instrument].quantity_scale;
        let lot = self.unit(instrument, false);
        let now = Timestamp::from_nanos(self.time);
        let asked = self.rng.i64(1..LOTS[instrument]) * lot;
        order.quantity = dec(asked, scale);
        let venue = self.chance(25);
        let edges = self.model.quantities(order, now, i128::from(asked), venue);
        let edge = self.rng.choice(&edges).and_then(|edge| i64::try_from(*edge).ok());
        let quantity = match edge.filter(|_| self.rng.u32(0..100) < 80) {
            Some(edge) => {
                self.drew("size", true);
                let odd = self.chance(6);
                let step = self.step();
                if odd { edge + step } else { edge.div_euclid(lot) * lot + step * lot }
            }
            None => {
                self.drew("size", false);
                asked
            }
        };
        let quantity = if self.rng.u32(0..200) == 0 { 0 } else { quantity.max(1) };
        order.quantity = dec(quantity, scale);
        if self.rng.u32(0..200) == 0 {
            order.quantity = dec(quantity * 10 + 5, scale + 1);
        }
    }

    /// Sets one limit of the order to what the order measures, one step less or more.
    pub(super) fn plan_limit(&mut self, thresholds: Vec<Threshold>) {
        let settable: Vec<&Threshold> =
            thresholds.iter().filter(|t| t.set(self.model.table(t.of), 0).is_some()).collect();
        let mut gates: Vec<_> = settable.iter().map(|threshold| threshold.gate).collect();
        gates.dedup();
        let focus = self.focus;
        if self.chance(40) && gates.contains(&focus) {
            gates.retain(|gate| *gate == focus);
        } else if self.chance(45) {
            // What stands late in the list is reached by few orders, and has most to get wrong.
            gates.retain(|gate| *gate >= GateId::OrderNotional);
        }
        let Some(gate) = self.rng.choice(&gates).copied() else { return };
        let of_gate: Vec<_> = settable.into_iter().filter(|threshold| threshold.gate == gate).collect();
        let Some(threshold) = self.rng.choice(&of_gate).copied().cloned() else { return };
        // At the limit more often than beyond: an order that passes goes on to meet the rest.
        let step = *self.rng.choice(&[-1, -1, 0, 0, 0, 0, 1, 1]).unwrap_or(&0);
        if let Some(limits) = threshold.set(self.model.table(threshold.of), step) {
            self.drew("plan_limit", true);
            let input = self.limits(threshold.of, limits);
            self.plan.push_front(Action::Ingest(input));
        }
    }

    pub(super) fn limits(&mut self, of: Table, limits: risk_core::Limits) -> Input {
        // Some end by themselves, soon.
        let expires = self.chance(20).then(|| Timestamp::from_nanos(self.time + self.rng.i64(1..600) * MS));
        let handles = self.model.handles();
        let of = match of {
            Table::Firm => LimitsOf::Firm,
            Table::Account(place) => LimitsOf::Account(handles.accounts[place]),
            Table::Strategy(place) => LimitsOf::Strategy(handles.strategies[place].1),
            Table::Instrument(place) => LimitsOf::Instrument(handles.instruments[place]),
        };
        Input::Limits {
            of,
            limits: Arc::new(limits),
            by: Id::new("risk"),
            reason: Note::new("drawn"),
            second: None,
            expires,
        }
    }

    fn table_of(&self, of: LimitsOf) -> Table {
        match of {
            LimitsOf::Account(handle) => Table::Account(self.model.account_place(handle).unwrap_or(0)),
            LimitsOf::Strategy(handle) => Table::Strategy(self.model.strategy_place(handle).unwrap_or(0)),
            LimitsOf::Instrument(handle) => {
                Table::Instrument(self.model.instrument_place(handle).unwrap_or(0))
            }
            _ => Table::Firm,
        }
    }

    /// How a report or a cancel names an order.
    pub(super) fn named(&mut self, place: usize) -> OrderRef {
        let order = self.model.order(place);
        let (account, id) = (order.account, order.id);
        if let Some(handle) = self.rng.choice(&self.changes).copied()
            && self.model.is_change_of(handle, place)
        {
            // A change of it names it too.
            return OrderRef::Handle(handle);
        }
        if self.rng.bool() { OrderRef::Handle(self.orders[place]) } else { OrderRef::Client { account, id } }
    }

    /// A report's name for an order that it gave itself.
    pub(super) fn named_by_id(&self, place: usize) -> OrderRef {
        let order = self.model.order(place);
        OrderRef::Client { account: order.account, id: order.id }
    }
}
