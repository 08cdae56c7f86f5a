//! Limits of one table against one another, and values that mean nothing by themselves.

use rust_decimal::Decimal;

use super::tables::{Kind, NUMBERS, Number, Table};
use super::{Look, Weakness};
use crate::config::Account;
use crate::limits::{DrawdownFrom, Level, MessageRate};

/// Money above this is no limit of anyone's.
const ASTRONOMICAL: i64 = 10_000_000_000_000;
/// Milliseconds in a day.
const DAY_MS: u64 = 86_400_000;

/// Pairs of one table: the first is pointless above the second, and why.
const PAIRS: &[(&str, &str, Weakness, &str)] = &[
    (
        "order_quantity_max",
        "position_quantity_max",
        Weakness::OrderAbovePosition,
        "one order may be larger than the whole position; set it to the largest order you would send on purpose",
    ),
    (
        "order_notional_max",
        "position_notional_max",
        Weakness::OrderAbovePosition,
        "one order may be larger than the whole position; set it to the largest order you would send on purpose",
    ),
    (
        "order_notional_max",
        "gross_exposure_max",
        Weakness::OrderAbovePosition,
        "one order may be larger than all exposure; set it to the largest order you would send on purpose",
    ),
    (
        "order_notional_max",
        "daily_value_max",
        Weakness::Shadowed,
        "one order may be larger than all that may be traded in a day, which refuses before; lower it",
    ),
    (
        "position_notional_max",
        "gross_exposure_max",
        Weakness::Shadowed,
        "the position of one instrument is a part of all exposure, which refuses before; lower it or leave it out",
    ),
    (
        "open_orders_exit_reserve",
        "open_orders_max",
        Weakness::Shadowed,
        "all of it and more is kept for exits, so that nothing opens; lower the reserve",
    ),
    (
        "order_to_trade_exit_reserve",
        "order_to_trade_max",
        Weakness::Shadowed,
        "before a fill all of it is kept for exits, so that nothing opens; lower the reserve",
    ),
    (
        "net_exposure_max",
        "gross_exposure_max",
        Weakness::Shadowed,
        "net exposure is never more than gross, which refuses before; lower it or leave it out",
    ),
    (
        "concentration_percent_max",
        "group_exposure_percent_max",
        Weakness::Shadowed,
        "an instrument is a part of its group, which refuses before; lower it or leave it out",
    ),
    (
        "daily_loss_max",
        "gross_exposure_max",
        Weakness::LossAboveExposure,
        "everything that may be held would have to be lost first; lower it",
    ),
];

impl<'a> Look<'a> {
    pub(super) fn beside(&mut self) {
        for table in self.tables() {
            self.pairs(&table);
            self.alone(&table);
            self.percentages(&table);
            if let Some(rate) = table.limits.message_rate {
                self.rate(&table, rate);
            }
        }
        for account in &self.config.accounts {
            if let Some(equity) = self.known.equity.get(&account.name).copied() {
                self.with_equity(account, equity);
            }
        }
    }

    fn pairs(&mut self, table: &Table<'a>) {
        for (large, small, what, why) in PAIRS {
            let (Some(large), Some(small)) = (Number::of(large), Number::of(small)) else { continue };
            let (Some(value), Some(bound)) = ((large.get)(table.limits), (small.get)(table.limits)) else {
                continue;
            };
            if value > bound {
                let text = format!(
                    "{} is above {} of {}: {why}",
                    large.shown(value, table.currency),
                    small.name,
                    small.shown(bound, table.currency),
                );
                self.add(*what, table.at(), large.name, text);
            }
        }
    }

    fn alone(&mut self, table: &Table<'a>) {
        for number in NUMBERS {
            let Some(value) = (number.get)(table.limits) else { continue };
            let shown = number.shown(value, table.currency);
            if number.kind == Kind::Money && value >= Decimal::from(ASTRONOMICAL) {
                let text = format!(
                    "{shown} is a limit in name only; set one that can be reached or leave it out, so that coverage() \
                     shows that there is none"
                );
                self.add(Weakness::Astronomical, table.at(), number.name, text);
            }
            if value.is_zero() && number.is_min {
                let text = format!("a minimum of {shown} always passes; raise it or leave it out");
                self.add(Weakness::NoEffect, table.at(), number.name, text);
            } else if value.is_zero() && number.name != "collar_bps" && number.name != "collar_passive_bps" {
                let text = "0 is a limit and lets nothing open; leave it out where none is meant, or use \
                            reduce_only or the instrument's status to close"
                    .to_owned();
                self.add(Weakness::Zero, table.at(), number.name, text);
            }
        }
        let limits = table.limits;
        if limits.drawdown_percent_max.is_none() && limits.drawdown_from != DrawdownFrom::default() {
            let text = "without drawdown_percent_max it has no effect; set that limit too".to_owned();
            self.add(Weakness::NoEffect, table.at(), "drawdown_from", text);
        }
    }

    fn percentages(&mut self, table: &Table<'a>) {
        let limits = table.limits;
        for (field, value) in [
            ("daily_loss_percent_max", limits.daily_loss_percent_max),
            ("drawdown_percent_max", limits.drawdown_percent_max),
        ] {
            if value.is_some_and(|value| value >= Decimal::ONE_HUNDRED) {
                let text = "100 % is reached when nothing is left; set what may be lost".to_owned();
                self.add(Weakness::TotalLoss, table.at(), field, text);
            }
        }
        // The peak is never below the start of the day, so that the same loss is the larger fall.
        if let (Some(day), Some(fall)) = (limits.daily_loss_percent_max, limits.drawdown_percent_max)
            && limits.drawdown_from != DrawdownFrom::Start
            && day > fall
        {
            let text = format!(
                "a loss of {day} % in a day is a fall of {fall} % from the peak before; lower it or leave it out"
            );
            self.add(Weakness::Shadowed, table.at(), "daily_loss_percent_max", text);
        }
        if let (Some(group), Some(leverage)) = (limits.group_exposure_percent_max, limits.leverage_max)
            && let Some(all) = leverage.checked_mul(Decimal::ONE_HUNDRED)
            && group > all
        {
            let text = format!(
                "{group} % of equity in a group is above all exposure that leverage_max {leverage} allows; lower it or \
                 leave it out"
            );
            self.add(Weakness::Shadowed, table.at(), "group_exposure_percent_max", text);
        }
    }

    fn rate(&mut self, table: &Table<'a>, rate: MessageRate) {
        let MessageRate { messages, interval_ms, burst, exit_reserve } = rate;
        if exit_reserve == 0 {
            let text = format!(
                "orders that open may use all {burst} of the burst, and an exit then waits; set exit_reserve to what \
                 closing everything takes"
            );
            self.add(Weakness::NoExitReserve, table.at(), "message_rate", text);
        }
        let a_day = u64::from(messages).saturating_mul(DAY_MS).checked_div(interval_ms.into());
        if a_day.is_some_and(|a_day| u64::from(burst) > a_day) {
            let text = format!(
                "a burst of {burst} is more than {messages} in {interval_ms} ms gives in a day, so that the rate is \
                 never felt; lower the burst"
            );
            self.add(Weakness::BurstAboveDay, table.at(), "message_rate", text);
        }
    }

    /// Limits in money against those in shares of an equity that is known.
    fn with_equity(&mut self, account: &'a Account, equity: Decimal) {
        let table = self.account(account);
        let limits = table.limits;
        let percent = |share: Decimal| share.checked_mul(equity)?.checked_div(Decimal::ONE_HUNDRED);
        let share = [
            ("gross_exposure_max", limits.gross_exposure_max, "leverage_max", limits.leverage_max, 100),
            (
                "daily_loss_max",
                limits.daily_loss_max,
                "daily_loss_percent_max",
                limits.daily_loss_percent_max,
                1,
            ),
        ];
        for (field, amount, other, share, scale) in share {
            let at_equity = share.and_then(|s| percent(s.checked_mul(Decimal::from(scale))?));
            if let (Some(amount), Some(bound)) = (amount, at_equity)
                && amount > bound
            {
                let text = format!(
                    "{amount} {currency} is above the {bound} {currency} that {other} allows at an equity of {equity}; \
                     only with more equity does it decide",
                    currency = table.currency,
                    bound = bound.normalize(),
                );
                self.add(Weakness::ShadowedByEquity, table.at(), field, text);
            }
        }
        let given = account.strategies.iter().filter_map(|strategy| strategy.capital);
        let given = given.fold(Decimal::ZERO, |sum, capital| sum.saturating_add(capital));
        if given > equity {
            let text = format!(
                "strategies were given {given} {} of an equity of {equity}: their percentages are taken of money that \
                 is not there; lower their capital",
                table.currency
            );
            let at = (Some(Level::Account), account.name.as_str());
            self.add(Weakness::CapitalAboveEquity, at, "strategies.capital", text);
        }
    }
}
