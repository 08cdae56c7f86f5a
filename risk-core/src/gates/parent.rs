//! Parent quantity: the slices of a parent order never add up to more than the parent (Knight, 2012).

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::reason::Reason;

pub(crate) struct Parent;

impl Gate for Parent {
    const INFO: GateInfo = GateInfo {
        id: GateId::Parent,
        reason: Reason::ParentQuantity,
        levels: &[Level::Account],
        exits: Exits::Apply,
        sizing: true,
        measures: "approved for the parent, this order included, against the parent's quantity",
        unit: "quantity",
        rule: "RTS 6 Art. 15(3), SEC 15c3-5(c)(1)(ii)",
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, _: Level) -> Measured {
        if facts.order.parent.is_none() {
            return Measured::Open;
        }
        if !trial.is_pure_exit()
            && let Err(reason) = facts.all_accounted_for(Level::Account)
        {
            return Measured::Lacks(reason);
        }
        let asked = facts.parsed.parent_quantity;
        let (used, whole) = match facts.parent {
            // The first quantity, instrument and side are fixed.
            Some(parent) => {
                let same = parent.instrument == facts.ids.instrument
                    && parent.side == facts.parsed.side
                    && asked.is_none_or(|asked| asked == parent.quantity);
                if !same {
                    return Measured::Lacks(Reason::ParentQuantity);
                }
                // An order that is replaced counts as what it is to become.
                let counted = facts.replaced.map_or(crate::num::Quantity::ZERO, |replaced| replaced.counted);
                (parent.used.excess_over(counted), parent.quantity)
            }
            None => match asked {
                Some(asked) => (crate::num::Quantity::ZERO, asked),
                None => return Measured::Lacks(Reason::ParentQuantity),
            },
        };
        let filled = facts.replaced.map_or(crate::num::Quantity::ZERO, |replaced| replaced.filled);
        match used.plus(trial.quantity.max(filled)) {
            Some(total) => Measured::at_most(i128::from(total.0), i128::from(whole.0)),
            None => Measured::Lacks(Reason::EvaluationError),
        }
    }

    fn unit(facts: &Facts<'_>, _: Level) -> Unit {
        facts.quantity_unit()
    }
}
