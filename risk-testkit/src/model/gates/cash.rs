//! Cash accounts: what buys can cost against the money there is, and sells against what is held.

use risk_core::{GateId, Reason, Side};

use super::super::exact::{Ratio, Toward};
use super::super::facts::View;
use super::super::view::ACCOUNT;
use super::{Found, found};
use risk_core::Level;

/// What an order can cost: at its own limit price or at its worst, fees in. Nothing where it is not paid in cash.
pub(in super::super) fn cost(view: &View<'_>, quantity: i128, fees: bool) -> Result<i128, Reason> {
    let f = view.facts;
    let opens = view.opening_of(ACCOUNT, quantity) > 0;
    if !f.model.pays_in_cash(f.account) || view.side() == Side::Sell || !opens {
        return Ok(0);
    }
    let price = match f.price {
        Some(price) => price.abs(),
        None => view.worst_price(false, true).ok_or(Reason::DataGap)?,
    };
    let value = f.model.value(f.instrument, view.open(quantity), price, Toward::Ceiling);
    let of = &f.model.account(f.account).fees;
    let bps = if fees { i128::from(of.maker_bps.max(of.taker_bps)) } else { 0 };
    Ok(value + Ratio::units(value * bps, 4).round(0, Toward::Ceiling))
}

pub(super) fn in_cash(view: &View<'_>, quantity: i128) -> Found {
    found(|| {
        let f = view.facts;
        if view.side() == Side::Sell {
            return Ok(Found::at_most(view.number(view.opening_of(ACCOUNT, quantity)), Ratio::whole(0)));
        }
        if !f.ledger.known[f.account] {
            return Err(Reason::NoEquity);
        }
        let own = if view.errs(GateId::BuyingPower, 0) { 0 } else { cost(view, quantity, true)? };
        let replaced = f.replaced.as_ref().map(|replaced| replaced.place);
        let held = f.model.orders.iter().enumerate().filter(|(place, order)| {
            order.account == f.account && order.is_live() && Some(*place) != replaced
        });
        let sum = held.map(|(_, order)| order.now().charges[2]).sum::<i128>()
            + own
            + view.unaccounted(Level::Account)?;
        let there = if f.model.quote_asset(f.instrument) == f.model.currency(f.account) {
            f.ledger.cash[f.account] - f.ledger.invested(f.model, f.account)
        } else {
            0
        };
        Ok(Found::at_most(view.money(Level::Account, sum), view.money(Level::Account, there)))
    })
}
