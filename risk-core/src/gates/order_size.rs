//! Order size: one order is never larger than this, in quantity and in money at its worst price.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::num::CANONICAL_PLACES;
use crate::plain::Plain;
use crate::reason::Reason;

pub(crate) struct OrderQuantity;

impl Gate for OrderQuantity {
    const INFO: GateInfo = GateInfo {
        id: GateId::OrderQuantity,
        reason: Reason::OrderQuantityMax,
        levels: &Level::ALL,
        exits: Exits::Apply,
        sizing: true,
        measures: "quantity of the order",
        unit: "quantity",
        rule: "RTS 6 Art. 15(1)(c), SEC 15c3-5(c)(1)(ii)",
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        match facts.limits(level).order_quantity {
            None => Measured::Open,
            Some(limit) => Measured::at_most(facts.canonical(trial.quantity.abs()), limit),
        }
    }

    #[inline(always)]
    fn passes_plainly(_: &Facts<'_>, plain: &Plain<'_>) -> bool {
        plain.trial.quantity.abs() <= plain.strictest.quantity
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Quantity { scale: CANONICAL_PLACES }
    }
}

pub(crate) struct OrderNotional;

impl Gate for OrderNotional {
    const INFO: GateInfo = GateInfo {
        id: GateId::OrderNotional,
        reason: Reason::OrderNotionalMax,
        levels: &Level::ALL,
        exits: Exits::Apply,
        sizing: true,
        measures: "value of the order at its worst price",
        unit: "money",
        rule: "RTS 6 Art. 15(1)(b), SEC 15c3-5(c)(1)(ii)",
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let Some(limit) = facts.limits(level).order_notional else { return Measured::Open };
        match facts.notional(trial.quantity, level) {
            Ok(value) => Measured::at_most(value.0, limit.0),
            // An exit that has no price or no rate is judged by its quantity alone.
            Err(Reason::DataGap | Reason::NoRate) if trial.opening(level).0 == 0 => Measured::Open,
            Err(reason) => Measured::Lacks(reason),
        }
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        facts.money_unit(level, 0)
    }

    #[inline(always)]
    fn passes_plainly(_: &Facts<'_>, plain: &Plain<'_>) -> bool {
        plain.notional_is_within()
    }
}
