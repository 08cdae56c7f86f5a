//! Self match: own orders that an order could trade with. See [`crate::crossing`] for which those are.
//!
//! An order that carries the venue's own instruction against self matches is not measured: the venue sees to it.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::plain::Plain;
use crate::reason::Reason;

pub(crate) struct SelfMatch;

impl Gate for SelfMatch {
    const INFO: GateInfo = GateInfo {
        id: GateId::SelfMatch,
        reason: Reason::SelfMatch,
        levels: &[Level::Firm, Level::Account],
        exits: Exits::Apply,
        sizing: false,
        measures: "own orders that it could trade with",
        unit: "count",
        rule: "FINRA Rule 5210.02, CME Rule 534, RTS 6 Art. 13",
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, level: Level) -> Measured {
        match facts.limits(level).self_match {
            Some(limit) if !facts.order.self_match_prevention => {
                let orders = i128::try_from(facts.crossing(level).count()).unwrap_or(i128::MAX);
                Measured::at_most(orders, i128::from(limit))
            }
            Some(_) | None => Measured::Open,
        }
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Count
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
        let passes = |level| facts.is_far_from_own(level) || is_within(facts, &plain.trial, level);
        passes(Level::Firm) && passes(Level::Account)
    }
}

#[cold]
#[inline(never)]
fn is_within(facts: &Facts<'_>, trial: &Trial, level: Level) -> bool {
    SelfMatch::measure(facts, trial, level).passes()
}
