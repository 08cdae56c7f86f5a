//! Cooldown: after so many losses in a row, a pause. It begins anew with each further loss of the streak.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::reason::Reason;

pub(crate) struct Cooldown;

impl Gate for Cooldown {
    const INFO: GateInfo = GateInfo {
        id: GateId::Cooldown,
        reason: Reason::Cooldown,
        levels: &[Level::Account, Level::Strategy],
        exits: Exits::Exempt,
        sizing: false,
        measures: "time since orders that closed something have lost so often in a row within a window",
        unit: "ms",
        rule: "prop-firm practice, pauses after losing streaks",
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, level: Level) -> Measured {
        let streak = if level == Level::Strategy { &facts.strategy.streak } else { &facts.account.streak };
        let (Some(pause), Some(began)) = (facts.limits(level).cooldown, streak.paused) else {
            return Measured::Open;
        };
        Measured::at_least(i128::from(facts.now.since(began)), i128::from(pause))
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Time
    }
}
