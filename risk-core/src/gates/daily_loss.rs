//! Daily loss: once the day has lost this much, in money or in percent, nothing is opened until it rolls.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::{Compare, Unit};
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::num::Money;
use crate::reason::Reason;

pub(crate) struct DailyLoss;

impl Gate for DailyLoss {
    const INFO: GateInfo = GateInfo {
        id: GateId::DailyLoss,
        reason: Reason::DailyLossLimit,
        levels: &[Level::Firm, Level::Account, Level::Strategy],
        exits: Exits::Exempt,
        sizing: false,
        measures: "loss of the day; a gain is none",
        unit: "money",
        rule: "SEC 15c3-5(c)(1)(i), prop-firm practice",
    };

    const ONLY_BY_LIMIT: bool = true;
    const BY_LINES: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, level: Level) -> Measured {
        let Some(limit) = facts.limits(level).daily_loss else { return Measured::Open };
        match facts.loss_of_day(level) {
            Ok(loss) => Measured::below(loss.0.max(0), limit.0),
            Err(reason) => Measured::Lacks(reason),
        }
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        facts.money_unit(level, 0)
    }
}

pub(crate) struct DailyLossPercent;

impl Gate for DailyLossPercent {
    const INFO: GateInfo = GateInfo {
        id: GateId::DailyLossPercent,
        reason: Reason::DailyLossPercent,
        levels: &[Level::Firm, Level::Account, Level::Strategy],
        exits: Exits::Exempt,
        sizing: false,
        measures: "loss of the day against a share of the equity at its start",
        unit: "money",
        rule: "prop-firm practice",
    };

    const ONLY_BY_LIMIT: bool = true;
    const BY_LINES: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, level: Level) -> Measured {
        let Some(ppm) = facts.limits(level).daily_loss_ppm else { return Measured::Open };
        match facts.loss_of_day(level).and_then(|loss| Ok((loss, facts.equity_at_day_start(level)?))) {
            Ok((loss, start)) => Measured::ratio(loss.max(Money::ZERO), start, ppm, Compare::Below),
            Err(reason) => Measured::Lacks(reason),
        }
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        facts.money_unit(level, 6)
    }
}
