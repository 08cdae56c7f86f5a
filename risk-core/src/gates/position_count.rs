//! Position count: no more instruments at once than this.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::reason::Reason;

pub(crate) struct PositionCount;

impl Gate for PositionCount {
    const INFO: GateInfo = GateInfo {
        id: GateId::PositionCount,
        reason: Reason::PositionCountLimit,
        levels: &[Level::Firm, Level::Account, Level::Strategy],
        exits: Exits::Exempt,
        sizing: false,
        measures: "instruments with a position or a pending open, this one included; dust is ignored",
        unit: "count",
        rule: "prop-firm practice",
    };

    const ONLY_BY_LIMIT: bool = true;
    const BY_LINES: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, level: Level) -> Measured {
        let Some(limit) = facts.limits(level).position_count else { return Measured::Open };
        match facts.position_count(level) {
            Ok(count) => Measured::at_most(i128::from(count), i128::from(limit)),
            Err(reason) => Measured::Lacks(reason),
        }
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Count
    }
}
