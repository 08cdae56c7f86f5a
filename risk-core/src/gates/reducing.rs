//! Reducing: where a scope only allows exits, or the order itself says so, nothing may open. A flip is cut to its exit.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::halt::TradingState;
use crate::limits::Level;
use crate::reason::Reason;

pub(crate) struct Reducing;

impl Gate for Reducing {
    const INFO: GateInfo = GateInfo {
        id: GateId::Reducing,
        reason: Reason::ReducingOnly,
        levels: &[Level::Account, Level::Strategy],
        exits: Exits::Exempt,
        sizing: false,
        measures: "quantity that opens while a scope of the order is reducing",
        unit: "quantity",
        rule: "RTS 6 Art. 12",
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        // The strategy's own scope judges with the strategy's position, all others with the account's.
        let state = match level {
            Level::Strategy => facts.strategy.trading,
            Level::Firm | Level::Account | Level::Instrument => facts.trading_account,
        };
        if state != TradingState::Reducing {
            return Measured::Open;
        }
        Measured::at_most(i128::from(trial.opening(level).0), 0)
    }

    fn unit(facts: &Facts<'_>, _: Level) -> Unit {
        facts.quantity_unit()
    }
}

pub(crate) struct ReduceOnly;

impl Gate for ReduceOnly {
    const INFO: GateInfo = GateInfo {
        id: GateId::ReduceOnly,
        reason: Reason::ReduceOnlyOpens,
        levels: &[Level::Account],
        exits: Exits::Exempt,
        sizing: false,
        measures: "quantity of a reduce-only order that would open",
        unit: "quantity",
        rule: "FIX ExecInst, venues' reduce-only flag",
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        if !facts.order.reduce_only {
            return Measured::Open;
        }
        Measured::at_most(i128::from(trial.opening(level).0), 0)
    }

    fn unit(facts: &Facts<'_>, _: Level) -> Unit {
        facts.quantity_unit()
    }
}
