//! Position: the worst case of one instrument, in quantity and in money.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::num::CANONICAL_PLACES;
use crate::plain::Plain;
use crate::reason::Reason;

const LEVELS: &[Level] = &[Level::Firm, Level::Strategy, Level::Instrument];

pub(crate) struct PositionQuantity;

impl Gate for PositionQuantity {
    const INFO: GateInfo = GateInfo {
        id: GateId::PositionQuantity,
        reason: Reason::PositionSizeLimit,
        levels: LEVELS,
        exits: Exits::Exempt,
        sizing: true,
        measures: "worst-case position of the instrument, with this order",
        unit: "quantity",
        rule: "position limits of venues and MiFID II Art. 57",
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let Some(limit) = facts.limits(level).position_quantity else { return Measured::Open };
        match facts.position_after(trial, level) {
            Ok(position) => Measured::at_most(facts.canonical(position), limit),
            Err(reason) => Measured::Lacks(reason),
        }
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
        let [most_of_firm, most_of_strategy, most] = plain.strictest.position;
        facts.plain_positions(plain).is_some_and(|[firm, strategy, account]| {
            firm <= most_of_firm && strategy <= most_of_strategy && account <= most
        })
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Quantity { scale: CANONICAL_PLACES }
    }
}

pub(crate) struct PositionNotional;

impl Gate for PositionNotional {
    const INFO: GateInfo = GateInfo {
        id: GateId::PositionNotional,
        reason: Reason::PositionSizeLimit,
        levels: LEVELS,
        exits: Exits::Exempt,
        sizing: true,
        measures: "value of the worst-case position of the instrument, with this order",
        unit: "money",
        rule: "SEC 15c3-5(c)(1)(i)",
    };

    const ONLY_BY_LIMIT: bool = true;
    const BY_LINES: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let Some(limit) = facts.limits(level).position_notional else { return Measured::Open };
        match facts.exposure_after(trial, level) {
            Ok(exposure) => Measured::at_most(exposure.0, limit.0),
            Err(reason) => Measured::Lacks(reason),
        }
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        facts.money_unit(level, 0)
    }
}
