//! What an order looks like by itself: increments, the venue's smallest and largest, its age.

use risk_core::{GateId, Level, Reason};

use super::super::exact::{Ratio, Toward, exactly};
use super::super::facts::View;
use super::super::view::ACCOUNT;
use super::{Found, found};

pub(super) fn price_increment(view: &View<'_>) -> Found {
    let f = view.facts;
    let of = f.model.instrument(f.instrument);
    let tick = exactly(of.price_increment, of.price_scale).unwrap_or(1);
    let tick = if view.errs(GateId::PriceIncrement, 2) { 2 * tick } else { tick };
    let trigger = f.trigger.filter(|_| !view.errs(GateId::PriceIncrement, 0));
    let price = f.price.filter(|_| !view.errs(GateId::PriceIncrement, 1));
    let off = [price, trigger].into_iter().flatten().map(|price| price.rem_euclid(tick)).max().unwrap_or(0);
    Found::at_most(Ratio::units(off, of.price_scale), Ratio::whole(0))
}

pub(super) fn quantity_increment(view: &View<'_>, quantity: i128) -> Found {
    let of = view.facts.model.instrument(view.facts.instrument);
    let lot = exactly(of.quantity_increment, of.quantity_scale).unwrap_or(1);
    let off = match () {
        () if view.errs(GateId::QuantityIncrement, 0) => 0,
        () if view.errs(GateId::QuantityIncrement, 1) => quantity % (2 * lot),
        () if view.errs(GateId::QuantityIncrement, 2) => view.opening_of(ACCOUNT, quantity) % lot,
        () => quantity % lot,
    };
    Found::at_most(view.number(off), Ratio::whole(0))
}

pub(super) fn quantity_min(view: &View<'_>, quantity: i128) -> Found {
    let Some(least) = view.facts.model.instrument(view.facts.instrument).quantity_min else {
        return Found::Open;
    };
    let measured =
        if view.errs(GateId::QuantityMin, 2) { view.opening_of(ACCOUNT, quantity) } else { quantity };
    if view.errs(GateId::QuantityMin, 0) && view.number(measured) == Ratio::of(least) {
        return Found::fails_if(true);
    }
    Found::at_least(view.number(measured), Ratio::of(least))
}

pub(super) fn quantity_max(view: &View<'_>, quantity: i128) -> Found {
    match view.facts.model.instrument(view.facts.instrument).quantity_max {
        None => Found::Open,
        Some(most) => Found::up_to(view.number(quantity), Ratio::of(most), view.errs(GateId::QuantityMax, 0)),
    }
}

/// The value rounds down, the minimum up: never smaller than the venue takes.
pub(super) fn notional_min(view: &View<'_>, quantity: i128) -> Found {
    found(|| {
        let f = view.facts;
        let of = f.model.instrument(f.instrument);
        let Some(least) = of.notional_min else { return Ok(Found::Open) };
        let mark = f.mark.map(|(mark, _)| mark);
        let own = f.price.filter(|_| !view.errs(GateId::NotionalMin, 0));
        let price = own.or(mark).ok_or(Reason::DataGap)?;
        let scale = f.model.money_scale(f.model.quote_asset(f.instrument));
        let value = f.model.value(f.instrument, quantity, price.abs(), Toward::Floor);
        let mut value = Ratio::units(value, scale);
        if view.errs(GateId::NotionalMin, 1) {
            value = value.per(&Ratio::of(of.multiplier)).unwrap_or(value);
        }
        let least = Ratio::units(Ratio::of(least).round(scale, Toward::Ceiling), scale);
        Ok(Found::at_least(value, least))
    })
}

pub(super) fn order_age(view: &View<'_>) -> Found {
    let f = view.facts;
    let limit = view.facts.limits[place(Level::Firm)].order_age_ms_max;
    let Some(created) = f.order.created_at else {
        let passes = limit.is_none() || view.errs(GateId::OrderAge, 2);
        return if passes { Found::Open } else { Found::Lacks(Reason::OrderStale) };
    };
    age(view, i128::from(created.nanos()), i128::from(created.nanos()), limit, GateId::OrderAge)
}

/// Time since `oldest`, in ms; a `newest` that is too far ahead fails too. Of both gates that measure an age, the
/// first mistake is `<` for `<=` and the second that the future is allowed.
pub(super) fn age(view: &View<'_>, oldest: i128, newest: i128, limit: Option<u64>, gate: GateId) -> Found {
    let now = i128::from(view.facts.now);
    let future = Ratio::whole(i128::from(view.facts.model.config.settings.future_ms_max));
    let ahead = Ratio::units(newest - now, 6);
    if ahead > future && !view.errs(gate, 1) {
        return Found::at_most(ahead, future);
    }
    match limit {
        None => Found::Open,
        Some(limit) => {
            let limit = Ratio::whole(i128::from(limit));
            Found::up_to(Ratio::units(now - oldest, 6), limit, view.errs(gate, 0))
        }
    }
}

/// The place of a level in a list of four.
pub(super) fn place(level: Level) -> usize {
    match level {
        Level::Firm => 0,
        Level::Account => 1,
        Level::Strategy => 2,
        Level::Instrument => 3,
    }
}
