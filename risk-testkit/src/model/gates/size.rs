//! How large an order is by itself: quantity, and value at its worst price.

use risk_core::{GateId, Level, Reason};

use super::super::exact::{Ratio, Toward};
use super::super::facts::View;
use super::super::traded::Worth;
use super::form::place;
use super::{Found, found, money};

pub(super) fn quantity(view: &View<'_>, level: Level, quantity: i128) -> Found {
    let Some(limit) = view.facts.limits[place(level)].order_quantity_max else { return Found::Open };
    if level == Level::Firm && view.errs(GateId::OrderQuantity, 2) {
        return Found::Open;
    }
    let measured = if view.errs(GateId::OrderQuantity, 1) { view.opening(level, quantity) } else { quantity };
    Found::up_to(view.number(measured), Ratio::of(limit), view.errs(GateId::OrderQuantity, 0))
}

/// An exit that has no price or no rate is judged by its quantity alone.
pub(super) fn notional(view: &View<'_>, level: Level, quantity: i128) -> Found {
    let f = view.facts;
    let Some(limit) = f.limits[place(level)].order_notional_max else { return Found::Open };
    let price = match f.mark {
        Some((mark, _)) if view.errs(GateId::OrderNotional, 0) => {
            Some(f.model.valuation_price(f.instrument, mark))
        }
        _ => view.worst_price(false, !view.errs(GateId::OrderNotional, 1)),
    };
    let value = price.ok_or(Reason::DataGap).and_then(|price| {
        if view.errs(GateId::OrderNotional, 2) {
            return rounded_down(view, level, quantity, price);
        }
        view.in_level(level, f.model.value(f.instrument, quantity, price, Toward::Ceiling))
    });
    match value {
        Ok(value) => Found::at_most(view.money(level, value), money(view, level, limit)),
        Err(_) if view.opening(level, quantity) == 0 => Found::Open,
        Err(reason) => Found::Lacks(reason),
    }
}

impl View<'_> {
    /// What an order counts for in what is traded, where that can be said.
    pub(in super::super) fn worth(&self, quantity: i128) -> Worth {
        [Level::Account, Level::Firm].map(|level| worth(self, level, quantity).ok())
    }
}

/// What an order is worth at its worst price, in the money of a level.
pub(in super::super) fn worth(view: &View<'_>, level: Level, quantity: i128) -> Result<i128, Reason> {
    let f = view.facts;
    let price = view.worst_price(false, true).ok_or(Reason::DataGap)?;
    view.in_level(level, f.model.value(f.instrument, quantity, price, Toward::Ceiling))
}

/// In percent of the average daily volume that was told last.
pub(super) fn participation(view: &View<'_>, level: Level, quantity: i128) -> Found {
    found(|| {
        let f = view.facts;
        let Some(limit) = f.limits[place(level)].participation_percent_max else { return Ok(Found::Open) };
        let mut told =
            f.model.volumes.iter().filter(|(of, _)| *of == f.instrument).map(|(_, volume)| *volume);
        let first = view.errs(GateId::Participation, 2);
        let volume = if first { told.next() } else { told.next_back() }.ok_or(Reason::DataGap)?;
        let opens = view.errs(GateId::Participation, 1);
        let counts = if opens { view.opening(level, quantity) } else { quantity };
        let share = Ratio::whole(counts * 100).per(&Ratio::whole(volume));
        // Where nothing is traded, anything is too much.
        let (share, limit) = share.map_or((Ratio::whole(counts), Ratio::whole(0)), |s| (s, Ratio::of(limit)));
        Ok(Found::at_most(share, limit))
    })
}

fn rounded_down(view: &View<'_>, level: Level, quantity: i128, price: i128) -> Result<i128, Reason> {
    let f = view.facts;
    let value = f.model.value(f.instrument, quantity, price, Toward::Floor);
    let (quote, account) = (f.model.quote_asset(f.instrument), f.model.currency(f.account));
    let in_account = || f.model.convert(value, quote, account, Toward::Floor).ok_or(Reason::NoRate);
    match level {
        Level::Instrument => Ok(value),
        Level::Account | Level::Strategy => in_account(),
        Level::Firm => {
            let firm = f.model.firm_currency();
            f.model.convert(in_account()?, account, firm, Toward::Floor).ok_or(Reason::NoRate)
        }
    }
}
