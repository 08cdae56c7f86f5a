//! Where the limits are: for tests that want numbers within one step of one.

use risk_core::{Change, GateId, Level, Limits, Order, OrderHandle, OrderRef, Timestamp};
use rust_decimal::Decimal;

use super::exact::{Ratio, Toward};
use super::facts::Facts;
use super::gates::{Rule, measure, rules};
use super::judge::{capacity, well_formed};
use super::world::{Model, Table};

/// A limit that an order would just meet: the table and field, and the value in its smallest step.
#[derive(Clone, Debug)]
pub struct Threshold {
    /// Whose table.
    pub of: Table,
    /// The gate.
    pub gate: GateId,
    /// The level.
    pub level: Level,
    /// What the order measures, in steps (rounded down).
    pub steps: i128,
    /// Decimal places of a step.
    pub scale: u32,
}

/// One step below zero is no limit.
fn clamped(value: i128, scale: u32) -> Decimal {
    Decimal::try_from_i128_with_scale(value.max(0), scale).unwrap_or(Decimal::MAX)
}

impl Threshold {
    /// The table with the limit set to the threshold and some steps.
    ///
    /// Nothing where the limit would be out of range.
    pub fn set(&self, mut limits: Limits, steps: i128) -> Option<Limits> {
        let value = self.steps + steps;
        let decimal = clamped(value, self.scale);
        let count = u32::try_from(value.max(0)).ok();
        let percent = (decimal <= Decimal::ONE_HUNDRED).then_some(decimal);
        let bps = count.filter(|bps| *bps <= 1_000_000);
        match self.gate {
            GateId::OrderAge => limits.order_age_ms_max = Some(u64::try_from(value.max(0)).ok()?),
            GateId::SelfMatch => limits.self_match_orders_max = Some(count?),
            GateId::StaleData => limits.mark_age_ms_max = Some(u64::try_from(value.max(0)).ok()?),
            GateId::DataCompleteness => limits.data_completeness_percent_min = Some(percent?),
            GateId::Spread => limits.spread_bps_max = Some(bps?),
            GateId::PriceCollar => limits.collar_bps = Some(bps?),
            GateId::OrderQuantity => limits.order_quantity_max = Some(decimal),
            GateId::OrderNotional => limits.order_notional_max = Some(decimal),
            GateId::DailyLoss => limits.daily_loss_max = Some(decimal),
            GateId::DailyLossPercent => limits.daily_loss_percent_max = Some(percent?),
            GateId::Drawdown => limits.drawdown_percent_max = Some(percent?),
            GateId::PositionCount => limits.position_count_max = Some(count?),
            GateId::Participation => limits.participation_percent_max = Some(percent?),
            GateId::Repeat => {
                limits.repeated_orders_max = Some(count.filter(|most| *most <= 64)?);
                limits.repeated_orders_window_ms.get_or_insert(400);
            }
            GateId::OrderToTrade => {
                limits.order_to_trade_max = Some(count?);
                limits.order_to_trade_window_ms.get_or_insert(400);
            }
            GateId::TradedValue => limits.daily_value_max = Some(decimal),
            GateId::OpenOrders => limits.open_orders_max = Some(count?),
            GateId::GrossExposure => limits.gross_exposure_max = Some(decimal),
            GateId::NetExposure => limits.net_exposure_max = Some(decimal),
            GateId::PositionQuantity => limits.position_quantity_max = Some(decimal),
            GateId::PositionNotional => limits.position_notional_max = Some(decimal),
            GateId::GroupExposure => {
                limits.group_exposure_percent_max = Some(decimal).filter(|d| *d <= Decimal::from(100_000));
            }
            GateId::Leverage => limits.leverage_max = Some(decimal).filter(|d| *d <= Decimal::ONE_THOUSAND),
            GateId::Concentration => {
                limits.concentration_percent_max = Some(decimal).filter(|d| *d <= Decimal::from(100_000));
            }
            _ => return None,
        }
        Some(limits)
    }
}

/// A limit of each kind, so that a gate measures even where none is set.
fn all_set(limits: &Limits) -> Limits {
    Limits {
        order_age_ms_max: Some(0),
        self_match_orders_max: Some(0),
        mark_age_ms_max: Some(0),
        data_completeness_percent_min: Some(Decimal::ZERO),
        spread_bps_max: Some(0),
        collar_bps: Some(0),
        collar_passive_bps: limits.collar_passive_bps,
        order_quantity_max: Some(Decimal::ZERO),
        order_notional_max: Some(Decimal::ZERO),
        daily_loss_max: Some(Decimal::ZERO),
        daily_loss_percent_max: Some(Decimal::ZERO),
        drawdown_percent_max: Some(Decimal::ZERO),
        position_count_max: Some(0),
        participation_percent_max: Some(Decimal::ZERO),
        repeated_orders_max: Some(64),
        repeated_orders_window_ms: limits.repeated_orders_window_ms.or(Some(400)),
        daily_value_max: Some(Decimal::ZERO),
        open_orders_max: Some(0),
        gross_exposure_max: Some(Decimal::ZERO),
        net_exposure_max: Some(Decimal::ZERO),
        position_quantity_max: Some(Decimal::ZERO),
        position_notional_max: Some(Decimal::ZERO),
        group_exposure_percent_max: Some(Decimal::ZERO),
        leverage_max: Some(Decimal::ZERO),
        concentration_percent_max: Some(Decimal::ZERO),
        order_to_trade_max: Some(0),
        order_to_trade_window_ms: limits.order_to_trade_window_ms.or(Some(400)),
        ..limits.clone()
    }
}

impl Model {
    /// The facts of a well-formed order.
    fn measurable<'a>(&'a self, order: &'a Order, now: Timestamp) -> Option<Facts<'a>> {
        let facts = Facts::of(self, order, now.nanos())?;
        well_formed(self, order, facts.instrument).then_some(facts)
    }

    /// What every gate measures for an order, whether or not it has a limit.
    pub fn thresholds(&self, order: &Order, now: Timestamp) -> Vec<Threshold> {
        self.measurable(order, now).map(|facts| self.thresholds_of(facts)).unwrap_or_default()
    }

    /// The same for a change of an order.
    pub fn thresholds_of_change(&self, order: &OrderRef, change: &Change) -> Vec<Threshold> {
        let proposed = self.proposed(order, change).ok();
        let facts = proposed.as_ref().and_then(|proposed| self.facts_of(proposed, None));
        facts.map(|facts| self.thresholds_of(facts)).unwrap_or_default()
    }

    /// Whether a handle is that of a change of this order that is under way, or the last that it has taken.
    pub fn is_change_of(&self, handle: OrderHandle, place: usize) -> bool {
        self.is_change(handle) && self.live(&OrderRef::Handle(handle)) == Some(place)
    }

    fn thresholds_of(&self, mut facts: Facts<'_>) -> Vec<Threshold> {
        facts.limits = facts.limits.map(|limits| all_set(&limits));
        let view = facts.view(None);
        let mut found = Vec::new();
        for rule in rules() {
            for level in rule.levels {
                let Some(measured) = measure(&view, &rule, *level, facts.quantity).number() else { continue };
                let of = match level {
                    Level::Firm => Table::Firm,
                    Level::Account => Table::Account(facts.account),
                    Level::Strategy => Table::Strategy(facts.strategy),
                    Level::Instrument => Table::Instrument(facts.instrument),
                };
                let scale = match rule.gate {
                    GateId::DataCompleteness
                    | GateId::Participation
                    | GateId::DailyLossPercent
                    | GateId::Drawdown
                    | GateId::GroupExposure
                    | GateId::Concentration => 4,
                    GateId::Leverage => 6,
                    GateId::OrderQuantity | GateId::PositionQuantity => {
                        self.instrument(facts.instrument).quantity_scale
                    }
                    GateId::OrderNotional
                    | GateId::DailyLoss
                    | GateId::TradedValue
                    | GateId::GrossExposure
                    | GateId::NetExposure
                    | GateId::PositionNotional => self.money_scale(view.currency(*level)),
                    _ => 0,
                };
                let steps = measured.round(scale, Toward::Floor);
                found.push(Threshold { of, gate: rule.gate, level: *level, steps, scale });
            }
        }
        found
    }

    /// The quantities at which something changes for an order: the largest that each gate lets through, what would
    /// only close, and where `venue` says so the venue's own.
    pub fn quantities(&self, order: &Order, now: Timestamp, asked: i128, venue: bool) -> Vec<i128> {
        let Some(facts) = self.measurable(order, now) else { return Vec::new() };
        let view = facts.view(None);
        let of = self.instrument(facts.instrument);
        let units = |value| Ratio::of(value).round(of.quantity_scale, Toward::Away);
        let mut edges: Vec<i128> = [view.reducible_of(0), view.reducible_of(1)].into();
        if venue {
            edges.extend([of.quantity_min, of.quantity_max].into_iter().flatten().map(units));
        }
        let sizing = |rule: &Rule| rule.sizing;
        for rule in rules().into_iter().filter(sizing) {
            for level in rule.levels {
                if !measure(&view, &rule, *level, asked).passes() {
                    edges.extend(capacity(&view, &rule, *level, asked));
                }
            }
        }
        edges.retain(|edge| *edge > 0);
        edges
    }

    /// Instants at which something changes by time alone: permits end, ids are free again, quotes and figures are too
    /// old, a bucket has room for one more.
    pub fn instants(&self) -> Vec<i64> {
        let ends = self.changes.iter().filter_map(|change| change.until);
        let mut instants: Vec<i64> = ends.chain(self.next_roll).collect();
        for order in &self.orders {
            match order.ended() {
                None if order.is_permit() => instants.push(order.expires),
                None => instants.extend(order.permits_of_changes()),
                Some((at, true)) => instants.push(at.saturating_add(self.window())),
                Some(_) => {}
            }
        }
        let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        for (instrument, _) in self.config.instruments.iter().enumerate() {
            let quoted = self.quote(instrument).map(|quote| quote.at);
            for at in quoted.into_iter().chain(self.mark(instrument).map(|(_, at)| at)) {
                instants.push(at.saturating_sub(ms(self.config.settings.future_ms_max)));
                for table in [Table::Firm, Table::Instrument(instrument)] {
                    instants.extend(self.table(table).mark_age_ms_max.map(|age| at.saturating_add(ms(age))));
                }
            }
        }
        instants
            .extend(self.hosts.iter().map(|h| h.at.saturating_add(ms(self.config.settings.host_age_ms_max))));
        for (strategy, (account, _)) in self.handles.strategies.iter().enumerate() {
            let levels = [
                (Level::Firm, Table::Firm),
                (Level::Account, Table::Account(*account)),
                (Level::Strategy, Table::Strategy(strategy)),
            ];
            for (level, table) in levels {
                if let Some(pause) = self.table(table).cooldown_ms {
                    let of = (*account, strategy);
                    let began = self.paused(&super::ledger::Ledger::of(self), level, of, Default::default());
                    instants.extend(began.map(|began| began.saturating_add(ms(pause))));
                }
                if let Some(rate) = self.table(table).message_rate {
                    let (interval, burst, reserve) = super::limits::bucket(&rate);
                    let empty = super::gates::empty_at(self, level, *account, strategy, true);
                    let room = |burst: i64| empty - i128::from(interval) * i128::from(burst - 1);
                    instants.extend(
                        [room(burst), room(burst - reserve)].map(|at| i64::try_from(at).unwrap_or(0)),
                    );
                }
            }
        }
        instants
    }

    /// Balances, in units of money, at which an account's own loss limits are just reached.
    pub fn balances_at_limits(&self, account: usize) -> Vec<i128> {
        let ledger = super::ledger::Ledger::of(self);
        let limits = self.table(Table::Account(account));
        let track = &ledger.accounts[account];
        let unrealised = ledger.seen.accounts[account].0 - ledger.cash[account];
        let start = track.day_start + track.flows;
        let scale = self.money_scale(self.currency(account));
        let of = |base: i128, percent: Decimal| {
            let part = Ratio::whole(base).times(&Ratio::of(percent)).per(&Ratio::whole(100));
            part.map_or(0, |part| part.round(0, Toward::Ceiling))
        };
        let mut equities = Vec::new();
        equities
            .extend(limits.daily_loss_max.map(|limit| start - Ratio::of(limit).round(scale, Toward::Floor)));
        equities.extend(limits.daily_loss_percent_max.map(|percent| start - of(track.day_start, percent)));
        let high = match limits.drawdown_from {
            risk_core::DrawdownFrom::Peak => track.peak,
            risk_core::DrawdownFrom::PeakAtEndOfDay => track.peak_at_end_of_day,
            risk_core::DrawdownFrom::Start => track.start,
        };
        equities.extend(limits.drawdown_percent_max.map(|percent| high - of(high, percent)));
        equities.into_iter().map(|equity| equity - unrealised).collect()
    }

    /// The mark of an instrument, in units.
    pub fn mark_of(&self, instrument: usize) -> Option<i128> {
        self.mark(instrument).map(|(mark, _)| mark)
    }

    /// Whether an instrument's money can be counted in an account.
    pub fn can_book(&self, account: usize, instrument: usize) -> bool {
        self.rate(self.quote_asset(instrument), self.currency(account)).is_some()
    }

    /// Where an order that was approved would be booked: account, strategy and instrument by place.
    pub fn parties(&self, place: usize) -> (usize, usize, usize) {
        let order = &self.orders[place];
        (order.account, order.strategy, order.instrument)
    }

    /// The smallest amount of an account's money, and its decimal places.
    pub fn scale_of(&self, account: usize) -> u32 {
        self.money_scale(self.currency(account))
    }

    /// A trader as configured.
    pub(super) fn trader(&self, handle: risk_core::TraderHandle) -> Option<&risk_core::Trader> {
        self.trader_place(handle).map(|place| &self.config.traders[place])
    }

    /// Whether a strategy and its account may trade an instrument.
    pub fn may_trade(&self, strategy: usize, instrument: usize) -> bool {
        let symbol = &self.instrument(instrument).symbol;
        let account = self.account(self.handles.strategies[strategy].0).may_trade.as_ref();
        let own = self.strategy(strategy).and_then(|strategy| strategy.may_trade.as_ref());
        account.into_iter().chain(own).all(|list| list.contains(symbol))
    }

    /// What strategies hold: strategy, instrument and position in units.
    pub fn holdings(&self) -> Vec<(usize, usize, i128)> {
        let books = super::ledger::Ledger::of(self).books;
        let held = books.into_iter().filter_map(|((owner, instrument), book)| match owner {
            super::world::Owner::Strategy(place) => Some((place, instrument, book.position)),
            super::world::Owner::Account(_) => None,
        });
        held.filter(|(_, _, position)| *position != 0).collect()
    }
}
