//! Order age: an order decided on old data, or dated in the future, is not sent.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::plain::Plain;
use crate::reason::Reason;

pub(crate) struct OrderAge;

impl Gate for OrderAge {
    const INFO: GateInfo = GateInfo {
        id: GateId::OrderAge,
        reason: Reason::OrderStale,
        levels: &[Level::Firm],
        exits: Exits::Apply,
        sizing: false,
        measures: "time since the order was made; a time further ahead than `future_ms_max` fails too",
        unit: "ms",
        rule: "FIX 103=4, RTS 6 Art. 16",
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, level: Level) -> Measured {
        let limit = facts.limits(level).order_age;
        let Some(created) = facts.order.created_at else {
            // A configured limit whose order field is missing refuses.
            return if limit.is_some() { Measured::Lacks(Reason::OrderStale) } else { Measured::Open };
        };
        let age = facts.now.since(created);
        let ahead = 0_i64.saturating_sub(age);
        if ahead > facts.state.settings.future {
            return Measured::at_most(i128::from(ahead), i128::from(facts.state.settings.future));
        }
        match limit {
            None => Measured::Open,
            Some(limit) => Measured::at_most(i128::from(age), i128::from(limit)),
        }
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
        match facts.order.created_at {
            Some(created) => {
                let age = facts.now.since(created);
                age <= plain.strictest.order_age && 0_i64.saturating_sub(age) <= facts.state.settings.future
            }
            None => plain.strictest.order_age == i64::MAX,
        }
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Time
    }
}
