//! Limits against limits: which of two is stricter, and whether a table was made stricter.

use risk_core::{Limits, MessageRate};
use rust_decimal::Decimal;

fn least<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The stricter of two tables of an instrument, field by field. Only fields that have a meaning there are looked at.
pub(super) fn stricter(a: &Limits, b: &Limits) -> Limits {
    Limits {
        mark_age_ms_max: least(a.mark_age_ms_max, b.mark_age_ms_max),
        data_completeness_percent_min: a.data_completeness_percent_min.max(b.data_completeness_percent_min),
        spread_bps_max: least(a.spread_bps_max, b.spread_bps_max),
        collar_bps: least(a.collar_bps, b.collar_bps),
        collar_passive_bps: least(a.collar_passive_bps, b.collar_passive_bps),
        order_quantity_max: least(a.order_quantity_max, b.order_quantity_max),
        order_notional_max: least(a.order_notional_max, b.order_notional_max),
        participation_percent_max: least(a.participation_percent_max, b.participation_percent_max),
        open_orders_max: least(a.open_orders_max, b.open_orders_max),
        open_orders_exit_reserve: a.open_orders_exit_reserve.max(b.open_orders_exit_reserve),
        position_quantity_max: least(a.position_quantity_max, b.position_quantity_max),
        position_notional_max: least(a.position_notional_max, b.position_notional_max),
        ..Limits::default()
    }
}

/// Nanoseconds a message takes (rounded up), the burst and the reserve in messages.
pub(super) fn bucket(rate: &MessageRate) -> (i64, i64, i64) {
    let interval =
        (i64::from(rate.interval_ms) * 1_000_000 + i64::from(rate.messages) - 1) / i64::from(rate.messages);
    (interval, i64::from(rate.burst), i64::from(rate.exit_reserve))
}

/// Whether any limit is stricter than it was: lower, or new. Another message rate, another base of the drawdown
/// and another window of messages for each fill count as stricter, for they have no order.
pub(super) fn is_stricter(now: &Limits, before: &Limits) -> bool {
    fn lower<T: Ord>(now: Option<T>, before: Option<T>) -> bool {
        match (now, before) {
            (Some(now), Some(before)) => now < before,
            (now, before) => now.is_some() && before.is_none(),
        }
    }
    let amount = |field: fn(&Limits) -> Option<Decimal>| lower(field(now), field(before));
    let number = |field: fn(&Limits) -> Option<u32>| lower(field(now), field(before));
    let least = |limits: &Limits| limits.data_completeness_percent_min;
    let rates = (now.message_rate.as_ref().map(bucket), before.message_rate.as_ref().map(bucket));
    lower(now.order_age_ms_max, before.order_age_ms_max)
        || lower(now.mark_age_ms_max, before.mark_age_ms_max)
        || (rates.0.is_some() && rates.0 != rates.1)
        || least(now) > least(before)
        || number(|l| l.spread_bps_max)
        || number(|l| l.collar_bps)
        || number(|l| l.self_match_orders_max)
        || number(|l| l.collar_passive_bps)
        || number(|l| l.position_count_max)
        || number(|l| l.open_orders_max)
        || now.open_orders_exit_reserve > before.open_orders_exit_reserve
        || amount(|l| l.participation_percent_max)
        || amount(|l| l.order_quantity_max)
        || amount(|l| l.order_notional_max)
        || number(|l| l.repeated_orders_max)
        || now.repeated_orders_window_ms > before.repeated_orders_window_ms
        || amount(|l| l.list_notional_max)
        || amount(|l| l.daily_value_max)
        || amount(|l| l.unsynced_notional_max)
        || amount(|l| l.daily_loss_max)
        || amount(|l| l.daily_loss_percent_max)
        || amount(|l| l.drawdown_percent_max)
        || (now.drawdown_percent_max.is_some() && now.drawdown_from != before.drawdown_from)
        || amount(|l| l.gross_exposure_max)
        || amount(|l| l.net_exposure_max)
        || amount(|l| l.position_quantity_max)
        || amount(|l| l.position_notional_max)
        || amount(|l| l.group_exposure_percent_max)
        || amount(|l| l.leverage_max)
        || amount(|l| l.concentration_percent_max)
        || number(|l| l.loss_streak_max)
        || now.loss_streak_window_ms > before.loss_streak_window_ms
        || now.cooldown_ms > before.cooldown_ms
        || number(|l| l.order_to_trade_max)
        || (now.order_to_trade_window_ms.is_some()
            && now.order_to_trade_window_ms != before.order_to_trade_window_ms)
        || now.order_to_trade_exit_reserve > before.order_to_trade_exit_reserve
}
