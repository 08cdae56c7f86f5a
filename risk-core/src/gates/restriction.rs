//! Status and permission: what is blocked or not permitted is not traded; what is close-only is only closed.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::instrument::Status;
use crate::limits::Level;
use crate::reason::Reason;

pub(crate) struct Restriction;

impl Gate for Restriction {
    const INFO: GateInfo = GateInfo {
        id: GateId::Restriction,
        reason: Reason::InstrumentRestricted,
        levels: &[Level::Account, Level::Strategy, Level::Instrument],
        exits: Exits::Part("close-only"),
        sizing: false,
        measures: "whether the instrument is blocked, close-only and opened, or not permitted to the account, the strategy or the trader",
        unit: "count",
        rule: "RTS 6 Art. 15(2), SEC 15c3-5(c)(2)(ii)",
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let instrument = facts.ids.instrument;
        Measured::fails_if(match level {
            Level::Firm => false,
            // A trader has no level: what it may do is a matter of the account that it trades for.
            Level::Account => {
                let trader =
                    facts.trader.is_none_or(|trader| trader.may_trade(instrument, facts.ids.account));
                !trader || !facts.account.permission.allows(instrument)
            }
            Level::Strategy => !facts.strategy.permission.allows(instrument),
            Level::Instrument => match facts.instrument.status {
                Status::Open => false,
                Status::CloseOnly => trial.opening(level).0 > 0,
                Status::Blocked => true,
            },
        })
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Count
    }
}
