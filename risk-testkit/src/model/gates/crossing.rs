//! Own orders that could trade with each other: every order that lives is asked, one after the other.

use risk_core::{GateId, Kind, Level, Order, Side, TimeInForce};

use super::super::exact::{Ratio, Toward, exactly};
use super::super::facts::View;
use super::Found;
use super::form::place;

/// An order as far as it can meet another: on the book, or taking what is there.
struct Meeting {
    on_the_book: Option<i128>,
    lowest: Option<i128>,
    highest: Option<i128>,
}

impl Meeting {
    fn takes(&self, price: i128) -> bool {
        self.lowest.is_none_or(|lowest| lowest <= price)
            && self.highest.is_none_or(|highest| price <= highest)
    }
}

fn meeting(view: &View<'_>, order: &Order) -> Option<Meeting> {
    let f = view.facts;
    let of = f.model.instrument(f.instrument);
    let (price, trigger) = match order.kind {
        Kind::Limit { price } => (Some(price), None),
        Kind::Stop { trigger } => (None, Some(trigger)),
        Kind::StopLimit { trigger, price } => (Some(price), Some(trigger)),
        _ => (None, None),
    };
    let units = |value: Option<_>| match value {
        Some(value) => exactly(value, of.price_scale).map(Some),
        None => Some(None),
    };
    let (price, trigger) = (units(price)?, units(trigger)?);
    let passed = |trigger: i128| {
        f.mark.is_some_and(|(mark, _)| match order.side {
            Side::Buy => trigger <= mark,
            Side::Sell => trigger >= mark,
        })
    };
    let waits = trigger.filter(|trigger| !passed(*trigger) && !view.errs(GateId::SelfMatch, 1));
    let Some(trigger) = waits else {
        let at_once = matches!(order.time_in_force, TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill);
        let (lowest, highest) = if order.side == Side::Buy { (None, price) } else { (price, None) };
        return Some(Meeting { on_the_book: price.filter(|_| !at_once), lowest, highest });
    };
    let slip = Ratio::units(trigger.abs() * i128::from(of.slippage_bps), 4).round(0, Toward::Ceiling);
    let (lowest, highest) = match order.side {
        Side::Buy => (trigger, price.unwrap_or(trigger + slip)),
        Side::Sell => (price.unwrap_or(trigger - slip), trigger),
    };
    Some(Meeting { on_the_book: None, lowest: Some(lowest), highest: Some(highest) })
}

pub(super) fn self_match(view: &View<'_>, level: Level) -> Found {
    let f = view.facts;
    let Some(limit) = f.limits[place(level)].self_match_orders_max else { return Found::Open };
    if f.order.self_match_prevention && !view.errs(GateId::SelfMatch, 2) {
        return Found::Open;
    }
    let Some(own) = meeting(view, f.order) else { return Found::Open };
    let meets = |order: &Order| {
        let Some(other) = meeting(view, order) else { return true };
        other.on_the_book.is_some_and(|price| own.takes(price))
            || own.on_the_book.is_some_and(|price| other.takes(price))
    };
    let replaced = f.replaced.as_ref().map(|replaced| replaced.place);
    let counts = f.model.orders.iter().enumerate().filter(|(place, placed)| {
        placed.is_live()
            && Some(*place) != replaced
            && placed.instrument == f.instrument
            && (level == Level::Firm || placed.account == f.account)
            && placed.side() != view.side()
            && !(placed.is_permit() && view.errs(GateId::SelfMatch, 0))
            && placed.versions().iter().any(meets)
    });
    let count = i128::try_from(counts.count()).unwrap_or(i128::MAX);
    Found::at_most(Ratio::whole(count), Ratio::whole(i128::from(limit)))
}
