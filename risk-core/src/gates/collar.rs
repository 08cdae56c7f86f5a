//! Price collar: a price far beyond the market is a mistake; deep on the passive side it is mostly harmless.
//!
//! On real flow a symmetric collar refused 438 harmless deep quotes and an aggressive one 8 orders, so the two sides have
//! limits of their own. A trigger may stand on either side of the market, and is measured by the passive limit.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::num::Price;
use crate::order::Side;
use crate::plain::Plain;
use crate::reason::Reason;

pub(crate) struct PriceCollar;

impl Gate for PriceCollar {
    const INFO: GateInfo = GateInfo {
        id: GateId::PriceCollar,
        reason: Reason::PriceCollar,
        levels: &[Level::Firm, Level::Instrument],
        exits: Exits::Part("market orders"),
        sizing: false,
        measures: "distance of the price from the mark, as a share of it",
        unit: "bps",
        rule: "RTS 6 Art. 15(1)(a), SEC 15c3-5(c)(1)(ii)",
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let limits = facts.limits(level);
        let (aggressive, passive) = (limits.collar_bps, limits.collar_passive_bps);
        if aggressive.is_none() && passive.is_none() {
            return Measured::Open;
        }
        let opens = trial.opening(level).0 > 0;
        if facts.parsed.price.is_none() && facts.executes_now && !opens {
            return Measured::Open;
        }
        let Some(mark) = facts.mark else {
            // An exit of something that never had a mark is judged by its quantity alone.
            return if opens { Measured::Lacks(Reason::DataGap) } else { Measured::Open };
        };
        let side = facts.parsed.side;
        match (facts.parsed.price, facts.parsed.trigger) {
            (Some(price), None) => around(side, price, mark, aggressive, passive),
            (Some(price), Some(_)) if facts.executes_now => around(side, price, mark, aggressive, passive),
            (Some(price), Some(trigger)) => {
                let at_trigger = beyond(side, price, trigger, aggressive);
                if at_trigger.passes() { either_way(trigger, mark, passive) } else { at_trigger }
            }
            (None, Some(trigger)) if !facts.executes_now => either_way(trigger, mark, passive),
            (None, _) => match facts.far_side {
                Some(far) => beyond(side, far, mark, aggressive),
                None => Measured::Lacks(Reason::EvaluationError),
            },
        }
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        let (side, aggressive) = (facts.parsed.side, facts.limits(level).collar_bps);
        let reference = match (facts.parsed.price, facts.parsed.trigger) {
            // The price of a stop-limit that waits is measured from its trigger, and is what is shown if it fails.
            (Some(price), Some(trigger))
                if !facts.executes_now && !beyond(side, price, trigger, aggressive).passes() =>
            {
                Some(trigger)
            }
            _ => facts.mark,
        };
        Unit::BasisPoints { one: reference.map_or(0, Price::abs) }
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
        let (aggressive, passive) = (plain.strictest.collar_bps, plain.strictest.collar_passive_bps);
        // Mostly it is a limit price; any other is held to the stricter of both limits, on either side.
        let (Some(price), None, Some(mark)) = (facts.parsed.price, facts.parsed.trigger, facts.mark) else {
            return aggressive.is_none() && passive.is_none();
        };
        let Some(above) = price.0.checked_sub(mark.0) else { return false };
        let limit = match (above >= 0) == (facts.parsed.side == Side::Buy) {
            true => aggressive,
            false => passive,
        };
        let Some(bps) = limit else { return true };
        let distance = i128::from(above.unsigned_abs()).wrapping_mul(10_000);
        distance <= i128::from(mark.abs()).wrapping_mul(i128::from(bps))
    }
}

/// A limit price: beyond the reference by the aggressive limit, short of it by the passive one.
#[inline(always)]
fn around(
    side: Side,
    price: Price,
    reference: Price,
    aggressive: Option<u32>,
    passive: Option<u32>,
) -> Measured {
    let ahead = distance(side, price, reference);
    match passive {
        Some(bps) if ahead < 0 => share(0_i128.saturating_sub(ahead), reference, bps),
        Some(_) | None => beyond(side, price, reference, aggressive),
    }
}

#[inline(always)]
fn beyond(side: Side, price: Price, reference: Price, limit: Option<u32>) -> Measured {
    limit.map_or(Measured::Open, |bps| share(distance(side, price, reference), reference, bps))
}

#[inline(always)]
fn either_way(price: Price, reference: Price, limit: Option<u32>) -> Measured {
    limit.map_or(Measured::Open, |bps| {
        share(distance(Side::Buy, price, reference).saturating_abs(), reference, bps)
    })
}

/// How far a price is beyond the reference on the aggressive side: above for a buy, below for a sell.
#[inline(always)]
fn distance(side: Side, price: Price, reference: Price) -> i128 {
    let above = i128::from(price.0).saturating_sub(i128::from(reference.0));
    match side {
        Side::Buy => above,
        Side::Sell => 0_i128.saturating_sub(above),
    }
}

/// distance / reference <= bps / 10,000, without the division.
#[inline(always)]
fn share(distance: i128, reference: Price, bps: u32) -> Measured {
    let limit = i128::from(reference.abs()).saturating_mul(i128::from(bps));
    Measured::at_most(distance.saturating_mul(10_000), limit)
}
