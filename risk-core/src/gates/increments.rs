//! Increments and venue bounds: an order is on the tick, in whole lots, and of a size that the venue takes.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::num::{Multiples, Price, Round};
use crate::plain::Plain;
use crate::reason::Reason;

const RULE: &str = "venue rules; SEC 15c3-5(c)(1)(ii)";

pub(crate) struct PriceIncrement;

impl Gate for PriceIncrement {
    const INFO: GateInfo = GateInfo {
        id: GateId::PriceIncrement,
        reason: Reason::PriceIncrement,
        levels: &[Level::Instrument],
        exits: Exits::Apply,
        sizing: false,
        measures: "how far the price or the trigger is off the tick",
        unit: "price",
        rule: RULE,
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, _: Level) -> Measured {
        let tick = facts.instrument.traded.price_increment;
        let off =
            |price: Option<Price>| price.and_then(|price| price.0.checked_rem_euclid(tick)).unwrap_or(0);
        Measured::at_most(i128::from(off(facts.parsed.price).max(off(facts.parsed.trigger))), 0)
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, _: &Plain<'_>) -> bool {
        let ticks = &facts.instrument.traded.ticks;
        on_tick(ticks, facts.parsed.price) && on_tick(ticks, facts.parsed.trigger)
    }

    fn unit(facts: &Facts<'_>, _: Level) -> Unit {
        facts.price_unit(0)
    }
}

/// A price below zero is as far off the tick as its amount.
#[inline(always)]
fn on_tick(ticks: &Multiples, price: Option<Price>) -> bool {
    match price {
        Some(price) => ticks.has(price.abs()),
        None => true,
    }
}

pub(crate) struct QuantityIncrement;

impl Gate for QuantityIncrement {
    const INFO: GateInfo = GateInfo {
        id: GateId::QuantityIncrement,
        reason: Reason::QuantityIncrement,
        levels: &[Level::Instrument],
        exits: Exits::Apply,
        sizing: false,
        measures: "what the quantity has beyond whole lots",
        unit: "quantity",
        rule: RULE,
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, _: Level) -> Measured {
        let lot = facts.instrument.traded.quantity_increment;
        let rest = if lot == 1 { 0 } else { trial.quantity.0.checked_rem(lot).unwrap_or(0) };
        Measured::at_most(i128::from(rest), 0)
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
        facts.instrument.traded.lots.has(plain.trial.quantity.abs())
    }

    fn unit(facts: &Facts<'_>, _: Level) -> Unit {
        facts.quantity_unit()
    }
}

pub(crate) struct QuantityMin;

impl Gate for QuantityMin {
    const INFO: GateInfo = GateInfo {
        id: GateId::QuantityMin,
        reason: Reason::QuantityMin,
        levels: &[Level::Instrument],
        exits: Exits::Exempt,
        sizing: false,
        measures: "quantity against the venue's smallest",
        unit: "quantity",
        rule: RULE,
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, _: Level) -> Measured {
        match facts.instrument.traded.quantity_min {
            None => Measured::Open,
            Some(least) => Measured::at_least(i128::from(trial.quantity.0), i128::from(least.0)),
        }
    }

    fn unit(facts: &Facts<'_>, _: Level) -> Unit {
        facts.quantity_unit()
    }
}

pub(crate) struct QuantityMax;

impl Gate for QuantityMax {
    const INFO: GateInfo = GateInfo {
        id: GateId::QuantityMax,
        reason: Reason::QuantityMax,
        levels: &[Level::Instrument],
        exits: Exits::Apply,
        sizing: false,
        measures: "quantity against the venue's largest",
        unit: "quantity",
        rule: RULE,
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, _: Level) -> Measured {
        match facts.instrument.traded.quantity_max {
            None => Measured::Open,
            Some(most) => Measured::at_most(i128::from(trial.quantity.0), i128::from(most.0)),
        }
    }

    fn unit(facts: &Facts<'_>, _: Level) -> Unit {
        facts.quantity_unit()
    }
}

pub(crate) struct NotionalMin;

impl Gate for NotionalMin {
    const INFO: GateInfo = GateInfo {
        id: GateId::NotionalMin,
        reason: Reason::NotionalMin,
        levels: &[Level::Instrument],
        exits: Exits::Exempt,
        sizing: false,
        measures: "value at the order's own price, or the mark, against the venue's smallest",
        unit: "money of the quote asset",
        rule: RULE,
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, _: Level) -> Measured {
        let traded = &facts.instrument.traded;
        let Some(least) = traded.notional_min else { return Measured::Open };
        let Some(price) = facts.parsed.price.or(facts.mark) else { return Measured::Lacks(Reason::DataGap) };
        match traded.valuer.value(trial.quantity.abs(), price.abs(), Round::Down) {
            Some(value) => Measured::at_least(value.0, least.0),
            None => Measured::Lacks(Reason::EvaluationError),
        }
    }

    fn unit(facts: &Facts<'_>, _: Level) -> Unit {
        facts.quote_unit()
    }
}
