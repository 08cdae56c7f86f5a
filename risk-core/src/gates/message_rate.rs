//! Message rate: a bucket that refills steadily (GCRA). Gates look, only an approval takes.
//!
//! Orders that open must leave the exit reserve; orders that open nothing may use all of it.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::plain::Plain;
use crate::reason::Reason;

pub(crate) struct MessageRate;

impl Gate for MessageRate {
    const INFO: GateInfo = GateInfo {
        id: GateId::MessageRate,
        reason: Reason::RateLimit,
        levels: &[Level::Firm, Level::Account, Level::Strategy],
        exits: Exits::Part("reserve"),
        sizing: false,
        measures: "messages in the bucket, this one included",
        unit: "messages",
        rule: "RTS 6 Art. 15(1)(d)",
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let Some(bucket) = facts.limits(level).bucket else { return Measured::Open };
        let messages = facts.listed.at(level).saturating_add(1);
        let filled = facts.bucket(level).filled(facts.now);
        let filled = filled.saturating_add(bucket.interval.saturating_mul(messages));
        let reserve = if trial.opening(level).0 > 0 { bucket.reserve } else { 0 };
        Measured::at_most(i128::from(filled), i128::from(bucket.burst.saturating_sub(reserve)))
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
        let [most_of_firm, most_of_account, most_of_strategy] = plain.strictest.messages;
        // Earlier orders of a list have taken none yet.
        facts.listed.firm == 0
            && facts.state.firm.bucket.filled(facts.now) <= most_of_firm
            && facts.account.bucket.filled(facts.now) <= most_of_account
            && facts.strategy.bucket.filled(facts.now) <= most_of_strategy
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        Unit::Messages { interval_ns: facts.limits(level).bucket.map_or(1, |bucket| bucket.interval) }
    }
}
