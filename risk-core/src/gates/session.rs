//! Session: outside of its known hours an instrument is not opened. Without known hours it is closed.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::reason::Reason;

pub(crate) struct Session;

impl Gate for Session {
    const INFO: GateInfo = GateInfo {
        id: GateId::Session,
        reason: Reason::SessionClosed,
        levels: &[Level::Instrument],
        exits: Exits::Exempt,
        sizing: false,
        measures: "time until the session of an instrument with `sessions` opens; without a session to come it cannot be measured, and fails",
        unit: "ms",
        rule: "RTS 6 Art. 15(2), FIX 103=2",
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, _: Level) -> Measured {
        if !facts.instrument.traded.sessions {
            return Measured::Open;
        }
        match facts.instrument.session.and_then(|session| session.opens_in(facts.now)) {
            Some(left) => Measured::at_most(i128::from(left), 0),
            None => Measured::Lacks(Reason::SessionClosed),
        }
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Time
    }
}
