//! House rule: what whoever built the guard in wants refused besides. See [`crate::Veto`].

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::reason::Reason;

pub(crate) struct HouseRule;

impl Gate for HouseRule {
    const INFO: GateInfo = GateInfo {
        id: GateId::HouseRule,
        reason: Reason::HouseRule,
        levels: &[Level::Firm],
        exits: Exits::Part("as declared"),
        sizing: false,
        measures: "what a rule of the house measures",
        unit: "the rule's own",
        rule: "SEC 15c3-5(d), the broker's own controls",
    };

    /// It stands last in the list for its place; its functions are asked when the rest has passed, by the judge.
    #[inline(always)]
    fn measure(_: &Facts<'_>, _: &Trial, _: Level) -> Measured {
        Measured::Open
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Number { scale: 0 }
    }
}
