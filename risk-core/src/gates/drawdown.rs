//! Drawdown: once equity has fallen this far from its peak (or from its start), nothing is opened.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::{Compare, Unit};
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::num::Money;
use crate::reason::Reason;

pub(crate) struct Drawdown;

impl Gate for Drawdown {
    const INFO: GateInfo = GateInfo {
        id: GateId::Drawdown,
        reason: Reason::MaxDrawdown,
        levels: &[Level::Firm, Level::Account, Level::Strategy],
        exits: Exits::Exempt,
        sizing: false,
        measures: "fall of equity against a share of what it fell from",
        unit: "money",
        rule: "prop-firm practice",
    };

    const ONLY_BY_LIMIT: bool = true;
    const BY_LINES: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, level: Level) -> Measured {
        let limits = facts.limits(level);
        let Some(ppm) = limits.drawdown_ppm else { return Measured::Open };
        match facts.fall_of_equity(level, limits.drawdown_from) {
            Ok((fall, from)) => Measured::ratio(fall.max(Money::ZERO), from, ppm, Compare::Below),
            Err(reason) => Measured::Lacks(reason),
        }
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        facts.money_unit(level, 6)
    }
}
