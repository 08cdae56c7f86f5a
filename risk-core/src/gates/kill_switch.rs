//! Kill switch: nothing passes while a scope of the order is halted (RTS 6 Art. 12; SEC 15c3-5(c)).

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::halt::TradingState;
use crate::limits::Level;
use crate::reason::Reason;

pub(crate) struct KillSwitch;

impl Gate for KillSwitch {
    const INFO: GateInfo = GateInfo {
        id: GateId::KillSwitch,
        reason: Reason::KillSwitchActive,
        levels: &[Level::Account],
        exits: Exits::Apply,
        sizing: false,
        measures: "scopes of the order that are halted",
        unit: "count",
        rule: "RTS 6 Art. 12, SEC 15c3-5(c)(1)(i)",
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, _: Level) -> Measured {
        Measured::fails_if(facts.trading == TradingState::Halted)
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Count
    }
}
