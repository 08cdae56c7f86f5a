//! The price collar, in basis points of its reference.
//!
//! A limit price is measured from the mark: ahead of it by the aggressive limit, behind it by the passive one where
//! there is one. A trigger that has not passed is measured by the passive limit, on both sides, and the price of its
//! stop-limit by the aggressive limit from the trigger. What executes now without a price is measured at the far side
//! with slippage, if it opens.

use risk_core::{GateId, Level, Reason, Side};

use super::super::exact::Ratio;
use super::super::facts::View;
use super::form::place;
use super::{Found, found};

pub(super) fn collar(view: &View<'_>, level: Level, quantity: i128) -> Found {
    found(|| {
        let f = view.facts;
        let limits = &f.limits[place(level)];
        let (aggressive, mut passive) = (limits.collar_bps, limits.collar_passive_bps);
        if aggressive.is_none() && passive.is_none() {
            return Ok(Found::Open);
        }
        if view.errs(GateId::PriceCollar, 1) {
            passive = aggressive.or(passive);
        }
        let opens = view.opening(level, quantity) > 0;
        let now = view.executes_now();
        if f.price.is_none() && now && !opens {
            return Ok(Found::Open);
        }
        let Some((mark, _)) = f.mark else {
            return if opens { Err(Reason::DataGap) } else { Ok(Found::Open) };
        };
        Ok(match (f.price, f.trigger.filter(|_| !now)) {
            (Some(price), Some(trigger)) => {
                let reference = if view.errs(GateId::PriceCollar, 2) { mark } else { trigger };
                let price = ahead(view, price, reference, aggressive);
                if price.passes() { apart(view, trigger, mark, passive) } else { price }
            }
            (Some(price), None) => {
                let behind = if view.side() == Side::Buy { price < mark } else { price > mark };
                match passive.filter(|_| behind) {
                    Some(_) => apart(view, price, mark, passive),
                    None => ahead(view, price, mark, aggressive),
                }
            }
            (None, Some(trigger)) => apart(view, trigger, mark, passive),
            (None, None) => ahead(view, view.far(true).unwrap_or(mark), mark, aggressive),
        })
    })
}

/// How far a price is on the aggressive side of its reference.
fn ahead(view: &View<'_>, price: i128, reference: i128, limit: Option<u32>) -> Found {
    let distance = if view.side() == Side::Buy { price - reference } else { reference - price };
    within(view, distance, reference, limit)
}

/// How far a price is from its reference, either way.
fn apart(view: &View<'_>, price: i128, reference: i128, limit: Option<u32>) -> Found {
    within(view, (price - reference).abs(), reference, limit)
}

fn within(view: &View<'_>, distance: i128, reference: i128, limit: Option<u32>) -> Found {
    let Some(limit) = limit else { return Found::Open };
    let strictly = view.errs(GateId::PriceCollar, 0);
    let distance = Ratio::whole(distance * 10_000);
    match distance.per(&Ratio::whole(reference.abs())) {
        Some(bps) => Found::up_to(bps, Ratio::whole(i128::from(limit)), strictly),
        // Of a reference of zero nothing is a share.
        None => Found::up_to(distance, Ratio::whole(0), strictly),
    }
}
