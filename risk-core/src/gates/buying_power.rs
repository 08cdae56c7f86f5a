//! Buying power: what an account can still pay for. On margin: the initial margin of everything it holds and asks for,
//! against its equity. In cash: what its buys can cost, against the money it has; and it sells what it holds.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::order::Side;
use crate::plain::Plain;
use crate::reason::Reason;

pub(crate) struct BuyingPower;

impl Gate for BuyingPower {
    const INFO: GateInfo = GateInfo {
        id: GateId::BuyingPower,
        reason: Reason::BuyingPower,
        levels: &[Level::Account],
        exits: Exits::Exempt,
        sizing: true,
        measures: "on margin: initial margin of all instruments at worst, with this order, against equity, where its \
                   instrument has one; in cash: what buys can cost, this one included, fees in, against the money there \
                   is, and what is sold beyond what is held",
        unit: "money",
        rule: "Regulation T 220.12, SEC 15c3-5(c)(1)(i)",
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        if facts.account.cash.only {
            return in_cash(facts, trial, level);
        }
        if facts.instrument.traded.initial_margin_bps == 0 {
            return Measured::Open;
        }
        match facts.margin_after(trial).and_then(|margin| Ok((margin, facts.equity(level)?))) {
            Ok((margin, equity)) => Measured::at_most(margin.0, equity.0),
            Err(reason) => Measured::Lacks(reason),
        }
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
        if facts.account.cash.only {
            return in_cash(facts, &plain.trial, Level::Account).passes();
        }
        let traded = &facts.instrument.traded;
        traded.initial_margin_bps == 0 || facts.plain_margin_is_within(plain)
    }

    fn unit(facts: &Facts<'_>, level: Level) -> Unit {
        match (facts.account.cash.only, facts.parsed.side) {
            (true, Side::Sell) => facts.quantity_unit(),
            (true, Side::Buy) | (false, _) => facts.money_unit(level, 0),
        }
    }
}

/// A buy against the money there is; of a sell, what is beyond the holding.
#[inline(always)]
fn in_cash(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
    match facts.parsed.side {
        Side::Sell => Measured::at_most(i128::from(trial.opening(level).0), 0),
        Side::Buy => match facts.cash_after(trial) {
            Ok((cost, there)) => Measured::at_most(cost.0, there.0),
            Err(reason) => Measured::Lacks(reason),
        },
    }
}
