//! Order to trade: so many messages for each fill, and no more.
//!
//! Before the first fill of the window as many as for one. Orders that open must leave the exit reserve; of those that
//! open nothing so many always pass, whatever was sent besides: cancels, which are never refused, take nothing of it.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::reason::Reason;

pub(crate) struct OrderToTrade;

impl Gate for OrderToTrade {
    const INFO: GateInfo = GateInfo {
        id: GateId::OrderToTrade,
        reason: Reason::OrderToTrade,
        levels: &[Level::Account, Level::Strategy],
        exits: Exits::Part("reserve"),
        sizing: false,
        measures: "messages in a window, this one included, against so many for each fill",
        unit: "count",
        rule: "RTS 9 (ratio of unexecuted orders to transactions), excessive messaging rules of venues",
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let limits = facts.limits(level);
        let (Some(limit), Some(window)) = (limits.order_to_trade, limits.order_to_trade_window) else {
            return Measured::Open;
        };
        let tally = if level == Level::Strategy { &facts.strategy.tally } else { &facts.account.tally };
        let counts = tally.count(facts.now, window);
        let new = i128::from(facts.listed.at(level).saturating_add(1));
        let messages = i128::from(counts.messages).saturating_add(new);
        let most = i128::from(limit).saturating_mul(i128::from(counts.fills.max(1)));
        let reserve = i128::from(limits.order_to_trade_reserve.unwrap_or(0));
        if trial.opening(level).0 > 0 {
            return Measured::at_most(messages, most.saturating_sub(reserve).max(0));
        }
        let before = i128::from(counts.exits).saturating_add(i128::from(facts.listed.exits_at(level)));
        let exits = before.saturating_add(1);
        if exits <= reserve { Measured::at_most(exits, reserve) } else { Measured::at_most(messages, most) }
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Count
    }
}
