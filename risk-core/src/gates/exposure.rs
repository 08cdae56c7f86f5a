//! Exposure: what is held and asked for altogether, in one direction, in one group, in one instrument, and against
//! equity. But for net exposure, longs and shorts do not net.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::{Compare, Unit};
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::num::Money;
use crate::reason::Reason;

pub(crate) struct GrossExposure;

impl Gate for GrossExposure {
    const INFO: GateInfo = GateInfo {
        id: GateId::GrossExposure,
        reason: Reason::TotalExposureLimit,
        levels: &[Level::Firm, Level::Account, Level::Strategy],
        exits: Exits::Exempt,
        sizing: true,
        measures: "worst-case exposure over all instruments, with this order",
        unit: "money",
        rule: "SEC 15c3-5(c)(1)(i)",
    };

    const ONLY_BY_LIMIT: bool = true;
    const BY_LINES: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let Some(limit) = facts.limits(level).gross_exposure else { return Measured::Open };
        match facts.gross_after(trial, level) {
            Ok(gross) => Measured::at_most(gross.0, limit.0),
            Err(reason) => Measured::Lacks(reason),
        }
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        facts.money_unit(level, 0)
    }
}

pub(crate) struct NetExposure;

impl Gate for NetExposure {
    const INFO: GateInfo = GateInfo {
        id: GateId::NetExposure,
        reason: Reason::NetExposureLimit,
        levels: &[Level::Firm, Level::Account, Level::Strategy],
        exits: Exits::Exempt,
        sizing: true,
        measures: "exposure in the order's direction over all instruments, shorts against longs, with all that is asked \
                   for in it filled and nothing against it, with this order",
        unit: "money",
        rule: "market risk limits of RTS 6 Art. 15(4)",
    };

    const ONLY_BY_LIMIT: bool = true;
    const BY_LINES: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let Some(limit) = facts.limits(level).net_exposure else { return Measured::Open };
        match facts.net_after(trial, level) {
            Ok(net) => Measured::at_most(net.0, limit.0),
            Err(reason) => Measured::Lacks(reason),
        }
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        facts.money_unit(level, 0)
    }
}

pub(crate) struct GroupExposure;

impl Gate for GroupExposure {
    const INFO: GateInfo = GateInfo {
        id: GateId::GroupExposure,
        reason: Reason::CorrelationLimit,
        levels: &[Level::Firm, Level::Account],
        exits: Exits::Exempt,
        sizing: true,
        measures: "worst-case exposure of the instrument's group, with this order, against a share of equity",
        unit: "money",
        rule: "concentration practice",
    };

    const ONLY_BY_LIMIT: bool = true;
    const BY_LINES: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let Some(ppm) = facts.limits(level).group_ppm else { return Measured::Open };
        let found = facts.group_after(trial, level).and_then(|group| Ok((group, facts.equity(level)?)));
        against_equity(found, ppm)
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        facts.money_unit(level, 6)
    }
}

pub(crate) struct Leverage;

impl Gate for Leverage {
    const INFO: GateInfo = GateInfo {
        id: GateId::Leverage,
        reason: Reason::LeverageLimit,
        levels: &[Level::Firm, Level::Account],
        exits: Exits::Exempt,
        sizing: true,
        measures: "worst-case exposure over all instruments, with this order, against a multiple of equity",
        unit: "money",
        rule: "SEC 15c3-5(c)(1)(i)",
    };

    const ONLY_BY_LIMIT: bool = true;
    const BY_LINES: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let Some(ppm) = facts.limits(level).leverage_ppm else { return Measured::Open };
        let found = facts.gross_after(trial, level).and_then(|gross| Ok((gross, facts.equity(level)?)));
        against_equity(found, ppm)
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        facts.money_unit(level, 6)
    }
}

pub(crate) struct Concentration;

impl Gate for Concentration {
    const INFO: GateInfo = GateInfo {
        id: GateId::Concentration,
        reason: Reason::ConcentrationLimit,
        levels: &[Level::Account],
        exits: Exits::Exempt,
        sizing: true,
        measures: "worst-case exposure of the instrument, with this order, against a share of equity",
        unit: "money",
        rule: "concentration practice",
    };

    const ONLY_BY_LIMIT: bool = true;
    const BY_LINES: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let Some(ppm) = facts.limits(level).concentration_ppm else { return Measured::Open };
        let found = facts.exposure_after(trial, level).and_then(|held| Ok((held, facts.equity(level)?)));
        against_equity(found, ppm)
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        facts.money_unit(level, 6)
    }
}

#[inline(always)]
fn against_equity(found: Result<(Money, Money), Reason>, ppm: u64) -> Measured {
    match found {
        Ok((exposure, equity)) => Measured::ratio(exposure, equity, ppm, Compare::AtMost),
        Err(reason) => Measured::Lacks(reason),
    }
}
