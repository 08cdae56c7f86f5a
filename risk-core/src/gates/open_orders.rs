//! Open orders: no more at once than this, held permits included.
//!
//! Orders that open must leave the exit reserve; orders that open nothing may use all of it.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::plain::Plain;
use crate::reason::Reason;

pub(crate) struct OpenOrders;

impl Gate for OpenOrders {
    const INFO: GateInfo = GateInfo {
        id: GateId::OpenOrders,
        reason: Reason::OpenOrdersLimit,
        levels: &Level::ALL,
        exits: Exits::Part("reserve"),
        sizing: false,
        measures: "orders that are held or working, this one included",
        unit: "count",
        rule: "RTS 6 Art. 15(1)(d), open order limits of venues",
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let limits = facts.limits(level);
        let Some(limit) = limits.open_orders else { return Measured::Open };
        if trial.opening(level).0 > 0
            && let Err(reason) = facts.all_accounted_for(level)
        {
            return Measured::Lacks(reason);
        }
        let reserve = limits.open_orders_reserve.unwrap_or(0);
        let limit = if trial.opening(level).0 > 0 { limit.saturating_sub(reserve) } else { limit };
        let [book, _] = facts.books;
        let open = match level {
            Level::Firm => u32::try_from(facts.state.reservation.len()).unwrap_or(u32::MAX),
            Level::Account => facts.account.open_orders,
            Level::Strategy => facts.strategy.open_orders,
            Level::Instrument => book.open_orders,
        };
        // An order that is changed is among them already.
        let new = u32::from(facts.replaced.is_none());
        Measured::at_most(i128::from(open.saturating_add(new)), i128::from(limit))
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
        let [most_of_firm, most_of_account, most_of_strategy, most] = plain.strictest.open_orders;
        let [book, _] = facts.books;
        facts.state.reservation.is_below(most_of_firm)
            && facts.account.open_orders < most_of_account
            && facts.strategy.open_orders < most_of_strategy
            && book.open_orders < most
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Count
    }
}
