//! Which limits an engine of the benches has, at which level.

use risk_core::{DrawdownFrom, Level, Limits, MessageRate};
use rust_decimal::Decimal;

/// Which limits are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Every limit, at each of its levels.
    All,
    /// None: what is always on.
    None,
    /// Message rate.
    Rate,
    /// Quote age, completeness, spread, collar.
    Data,
    /// Order quantity, notional and participation.
    Size,
    /// Daily loss in money and percent, drawdown.
    Loss,
    /// Position count, traded value, open orders, gross, net, position, group, leverage, concentration.
    Exposure,
    /// Order size, rate and daily loss: what the peer has.
    Peer,
    /// What the first issue asked for: data quality, loss, drawdown, count, exposure.
    FirstIssue,
}

/// Everything is set, and nothing binds.
fn limits(group: Group) -> Limits {
    let large = Decimal::from(1_000_000_000_000_u64);
    let has = |other| group == Group::All || group == other;
    let peer = group == Group::Peer;
    let first = group == Group::FirstIssue;
    let rate =
        MessageRate { messages: 1_000_000_000, interval_ms: 1_000, burst: 1_000_000_000, exit_reserve: 10 };
    Limits {
        order_age_ms_max: (group == Group::All).then_some(60_000),
        self_match_orders_max: (group == Group::All).then_some(0),
        message_rate: (has(Group::Rate) || peer).then_some(rate),
        mark_age_ms_max: (has(Group::Data) || first).then_some(3_600_000),
        data_completeness_percent_min: (has(Group::Data) || first).then_some(Decimal::from(50)),
        spread_bps_max: has(Group::Data).then_some(500),
        collar_bps: has(Group::Data).then_some(500),
        collar_passive_bps: has(Group::Data).then_some(5_000),
        order_quantity_max: (has(Group::Size) || peer).then_some(large),
        participation_percent_max: has(Group::Size).then_some(Decimal::ONE_HUNDRED),
        order_notional_max: (has(Group::Size) || peer).then_some(large),
        daily_loss_max: (has(Group::Loss) || first || peer).then_some(large),
        daily_loss_percent_max: (has(Group::Loss) || first).then_some(Decimal::from(50)),
        drawdown_percent_max: (has(Group::Loss) || first).then_some(Decimal::from(50)),
        drawdown_from: DrawdownFrom::Peak,
        position_count_max: (has(Group::Exposure) || first).then_some(1_000_000),
        // No limit on repeats: the clock of a bench stands still, and within one instant everything repeats.
        daily_value_max: has(Group::Exposure).then_some(large),
        open_orders_max: has(Group::Exposure).then_some(1_000_000_000),
        open_orders_exit_reserve: has(Group::Exposure).then_some(10),
        gross_exposure_max: (has(Group::Exposure) || first).then_some(large),
        net_exposure_max: has(Group::Exposure).then_some(large),
        position_quantity_max: has(Group::Exposure).then_some(large),
        position_notional_max: (has(Group::Exposure) || first).then_some(large),
        group_exposure_percent_max: (has(Group::Exposure) || first).then_some(Decimal::from(90_000)),
        leverage_max: has(Group::Exposure).then_some(Decimal::from(900)),
        concentration_percent_max: has(Group::Exposure).then_some(Decimal::from(90_000)),
        ..Limits::default()
    }
}

/// Only what has a meaning at the level.
#[must_use]
pub fn at_level(group: Group, level: Level) -> Limits {
    let mut limits = limits(group);
    if level != Level::Firm {
        limits.order_age_ms_max = None;
    }
    let firm_or_instrument = matches!(level, Level::Firm | Level::Instrument);
    if !firm_or_instrument {
        limits.mark_age_ms_max = None;
        limits.data_completeness_percent_min = None;
        limits.spread_bps_max = None;
        limits.collar_bps = None;
        limits.collar_passive_bps = None;
    }
    if level != Level::Instrument {
        limits.participation_percent_max = None;
    }
    if level == Level::Instrument {
        limits.message_rate = None;
        limits.daily_loss_max = None;
        limits.daily_loss_percent_max = None;
        limits.drawdown_percent_max = None;
        limits.position_count_max = None;
        limits.gross_exposure_max = None;
        limits.daily_value_max = None;
        limits.net_exposure_max = None;
    }
    if level == Level::Account {
        limits.position_quantity_max = None;
        limits.position_notional_max = None;
    }
    if level != Level::Account {
        limits.concentration_percent_max = None;
    }
    if !matches!(level, Level::Firm | Level::Account) {
        limits.self_match_orders_max = None;
        limits.group_exposure_percent_max = None;
        limits.leverage_max = None;
    }
    limits
}
