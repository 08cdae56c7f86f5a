//! Duplicate: one client order id is one order, while it lives and for a window after.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::reason::Reason;

pub(crate) struct Duplicate;

impl Gate for Duplicate {
    const INFO: GateInfo = GateInfo {
        id: GateId::Duplicate,
        reason: Reason::DuplicateOrder,
        levels: &[Level::Account],
        exits: Exits::Apply,
        sizing: false,
        measures: "orders of the account that have this id, alive or remembered",
        unit: "count",
        rule: "SEC 15c3-5(c)(1)(ii), FIX 103=6",
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, _: Level) -> Measured {
        Measured::fails_if(facts.id.is_ok())
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Count
    }
}
