//! A level against the levels above it: every level must pass, so the looser of two that measure the same never decides.

use rust_decimal::Decimal;

use super::tables::{Kind, NUMBERS, Number, Table};
use super::{Look, Weakness};
use crate::limits::{Level, MessageRate};

/// Whether what `above` measures is never less than what `below` measures.
///
/// An order is the same everywhere. The firm's exposure and its counts are sums over accounts. But strategies of one
/// account, and profits of several accounts, can offset one another: then only [`Weakness::RarelyDecides`] can be said.
fn covers(above: Level, below: Level, field: &str) -> bool {
    match field {
        "daily_loss_max" | "net_exposure_max" => false,
        "gross_exposure_max" | "position_quantity_max" | "position_notional_max" | "position_count_max" => {
            above == Level::Firm && below != Level::Strategy
        }
        _ => true,
    }
}

/// Fields whose value means the same at another level. Shares of equity do not: each level has its own.
fn comparable(field: &str) -> bool {
    !matches!(
        field,
        "daily_loss_percent_max"
            | "drawdown_percent_max"
            | "group_exposure_percent_max"
            | "leverage_max"
            | "concentration_percent_max"
    )
}

impl<'a> Look<'a> {
    pub(super) fn above(&mut self) {
        let firm = self.firm();
        for table in self.general() {
            self.compare(&table, &[&firm]);
        }
        for account in &self.config.accounts {
            let whole = self.account(account);
            self.compare(&whole, &[&firm]);
            for strategy in &account.strategies {
                self.compare(&self.strategy(account, strategy), &[&firm, &whole]);
            }
            for table in self.own(account) {
                let general = self.general().into_iter().find(|general| {
                    general.instrument.map(|i| &i.symbol) == table.instrument.map(|i| &i.symbol)
                });
                let above: Vec<_> = [&firm, &whole].into_iter().chain(general.as_ref()).collect();
                self.compare(&table, &above);
            }
        }
    }

    fn compare(&mut self, table: &Table<'a>, above: &[&Table<'a>]) {
        for number in NUMBERS.iter().filter(|number| comparable(number.name)) {
            let Some(value) = (number.get)(table.limits) else { continue };
            for over in above {
                if let Some(bound) = self.bound(number, over, table)
                    && if number.is_min { value < bound } else { value > bound }
                {
                    self.shadowed(number, table, over, value);
                    break;
                }
            }
        }
        if let Some(rate) = table.limits.message_rate
            && let Some(over) = above.iter().find(|over| is_slower(over.limits.message_rate, rate))
        {
            let text = format!(
                "{} messages in {} ms and {} at once are never reached, for {} rate refuses before; lower it or leave \
                 it out",
                rate.messages,
                rate.interval_ms,
                rate.burst,
                over.owner()
            );
            self.add(Weakness::Shadowed, table.at(), "message_rate", text);
        }
    }

    /// The other table's limit, in this table's currency.
    fn bound(&self, number: &Number, over: &Table<'a>, table: &Table<'a>) -> Option<Decimal> {
        let bound = (number.get)(over.limits)?;
        match number.kind {
            Kind::Money => self.convert(bound, over.currency, table.currency),
            Kind::Plain(_) => Some(bound),
        }
    }

    fn shadowed(&mut self, number: &Number, table: &Table<'a>, over: &Table<'a>, value: Decimal) {
        let Some(bound) = (number.get)(over.limits) else { return };
        let value = number.shown(value, table.currency);
        let bound = number.shown(bound, over.currency);
        let owner = over.owner();
        if covers(over.level, table.level, number.name) {
            let text = format!(
                "{value} is never reached, for {owner} {bound} refuses before; lower it or leave it out"
            );
            self.add(Weakness::Shadowed, table.at(), number.name, text);
        } else {
            let text = format!(
                "{value} decides only while something else offsets it, for {owner} limit is {bound}; set it below that"
            );
            self.add(Weakness::RarelyDecides, table.at(), number.name, text);
        }
    }
}

/// Whether a rate is at most as fast and at most as bursty as another, and one of both less.
fn is_slower(over: Option<MessageRate>, rate: MessageRate) -> bool {
    let Some(over) = over else { return false };
    let speed = |a: MessageRate, b: MessageRate| u64::from(a.messages).saturating_mul(b.interval_ms.into());
    let (mine, others) = (speed(rate, over), speed(over, rate));
    // What orders that open may use counts: a reserve makes the upper table stricter for them.
    let room = |rate: MessageRate| rate.burst.saturating_sub(rate.exit_reserve);
    others <= mine
        && over.burst <= rate.burst
        && room(over) <= room(rate)
        && (others < mine || over.burst < rate.burst)
}
