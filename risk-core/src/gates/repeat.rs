//! Repeat: orders that ask for the same again and again, as a loop does that has lost its way.
//!
//! The same is: instrument, side, the quantity that was asked for (not what it was reduced to), price and trigger.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::book::Owner;
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::reason::Reason;

pub(crate) struct Repeat;

impl Gate for Repeat {
    const INFO: GateInfo = GateInfo {
        id: GateId::Repeat,
        reason: Reason::RepeatedOrder,
        levels: &[Level::Account, Level::Strategy],
        exits: Exits::Exempt,
        sizing: false,
        measures: "approved orders in a window that asked for the same, this one included; at most one more than the limit",
        unit: "count",
        rule: "RTS 6 Art. 15(1)(e), repeated automated execution throttle",
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, level: Level) -> Measured {
        let limits = facts.limits(level);
        let (Some(limit), Some(window)) = (limits.repeats, limits.repeat_window) else {
            return Measured::Open;
        };
        let owner = match level {
            Level::Strategy => Owner::Strategy(facts.ids.strategy),
            Level::Firm | Level::Account | Level::Instrument => Owner::Account(facts.ids.account),
        };
        let repeats = &facts.state.repeats;
        if facts.replaced.is_none() && repeats.is_full() {
            return Measured::Lacks(Reason::LedgerFull);
        }
        let count = repeats.count(facts.asked(), owner, facts.now, window, limit);
        // A change that asks for what its order asked for is that order.
        let new = u32::from(!facts.replaced.is_some_and(|replaced| replaced.same));
        Measured::at_most(i128::from(count.saturating_add(new)), i128::from(limit))
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Count
    }
}
