//! Turnover value: what was approved today, exits included, with this order. Only what opens is refused.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::plain::Plain;
use crate::reason::Reason;
use crate::traded::Turnover;

pub(crate) struct TradedValue;

impl Gate for TradedValue {
    const INFO: GateInfo = GateInfo {
        id: GateId::TradedValue,
        reason: Reason::DailyValueLimit,
        levels: &[Level::Firm, Level::Account, Level::Strategy],
        exits: Exits::Exempt,
        sizing: true,
        measures: "value of what was approved today at worst prices, with this order",
        unit: "money",
        rule: "SEC 15c3-5(c)(1)(i), daily limits of brokers",
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let Some(limit) = facts.limits(level).daily_value else { return Measured::Open };
        let Turnover { value, unvalued } = facts.traded(level);
        if unvalued > 0 {
            // Something was traded of which nobody knows how much: the sum would be too small.
            return Measured::Lacks(Reason::DailyValueLimit);
        }
        let worth = match facts.notional(trial.quantity, level) {
            Ok(value) => Turnover::of(Some(value)),
            Err(reason) => return Measured::Lacks(reason),
        };
        // Of an order that is changed only what is more than before is new.
        let [account, firm] = facts.replaced.map(|replaced| replaced.worth).unwrap_or_default();
        let before = if level == Level::Firm { firm } else { account };
        let lost = match facts.unaccounted(level) {
            Ok(lost) => lost,
            Err(reason) => return Measured::Lacks(reason),
        };
        match value.plus(worth.excess_over(before).value).and_then(|with| with.plus(lost)) {
            Some(with) => Measured::at_most(with.0, limit.0),
            None => Measured::Lacks(Reason::EvaluationError),
        }
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        facts.money_unit(level, 0)
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
        let [most_of_firm, most_of_account, most_of_strategy] = plain.strictest.daily_value;
        let passes = |level, most| {
            let Turnover { value, unvalued } = facts.traded(level);
            value.plus(plain.notional(level)).is_some_and(|with| with <= most) && unvalued == 0
        };
        passes(Level::Firm, most_of_firm)
            && passes(Level::Account, most_of_account)
            && passes(Level::Strategy, most_of_strategy)
    }
}
