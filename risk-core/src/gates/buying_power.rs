//! Buying power: what an account can still pay for. On margin: the initial margin of everything it holds and asks for,
//! against its equity.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::reason::Reason;

pub(crate) struct BuyingPower;

impl Gate for BuyingPower {
    const INFO: GateInfo = GateInfo {
        id: GateId::BuyingPower,
        reason: Reason::BuyingPower,
        levels: &[Level::Account],
        exits: Exits::Exempt,
        sizing: true,
        measures: "initial margin of all instruments at worst, with this order, against equity, where its instrument has one",
        unit: "money",
        rule: "Regulation T 220.12, SEC 15c3-5(c)(1)(i)",
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        if facts.instrument.traded.initial_margin_bps == 0 {
            return Measured::Open;
        }
        match facts.margin_after(trial).and_then(|margin| Ok((margin, facts.equity(level)?))) {
            Ok((margin, equity)) => Measured::at_most(margin.0, equity.0),
            Err(reason) => Measured::Lacks(reason),
        }
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        facts.money_unit(level, 0)
    }
}
