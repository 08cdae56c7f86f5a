//! Short sale: where an instrument may not be sold short, a sell closes what the account holds and no more.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::instrument::ShortSale as Rule;
use crate::limits::Level;
use crate::order::Side;
use crate::reason::Reason;

pub(crate) struct ShortSale;

impl Gate for ShortSale {
    const INFO: GateInfo = GateInfo {
        id: GateId::ShortSale,
        reason: Reason::ShortSale,
        levels: &[Level::Account],
        exits: Exits::Exempt,
        sizing: false,
        measures: "quantity of a sell beyond what the account holds, where selling short is forbidden",
        unit: "quantity",
        rule: "Regulation SHO Rule 203(b), Regulation (EU) 236/2012 Art. 12",
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        match (facts.instrument.traded.short_sale, facts.parsed.side) {
            (Rule::Allowed, _) | (Rule::Forbidden, Side::Buy) => Measured::Open,
            (Rule::Forbidden, Side::Sell) => Measured::at_most(i128::from(trial.opening(level).0), 0),
        }
    }

    fn unit(facts: &Facts<'_>, _: Level) -> Unit {
        facts.quantity_unit()
    }
}
