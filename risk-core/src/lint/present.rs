//! What is missing: controls that every desk has, and those that a regulation demands.

use super::tables::Table;
use super::{Look, Weakness};
use crate::config::Account;
use crate::instrument::Status;
use crate::limits::{FIELDS, Level, Limits};

/// A regulation, as far as it demands limits.
///
/// What it demands beyond limits (a kill function, duplicate control, permissions) is always on in this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Rule {
    /// Commission Delegated Regulation (EU) 2017/589, investment firms that trade by algorithm.
    Rts6,
    /// 17 CFR 240.15c3-5, brokers and dealers with market access.
    Sec15c35,
}

/// A control: any one of these fields is enough.
pub(crate) type Demand = (&'static [&'static str], &'static str);

/// What every desk has, whatever its regulator.
const USUAL: &[Demand] = &[
    (&["order_quantity_max", "order_notional_max"], "a mistyped size goes out as it is"),
    (&["collar_bps"], "a mistyped price goes out as it is"),
    (&["mark_age_ms_max"], "orders are judged by a price of any age"),
    (&["message_rate"], "a loop may send without end"),
    (&["daily_loss_max", "daily_loss_percent_max", "drawdown_percent_max"], "a losing day has no end"),
    (
        &["gross_exposure_max", "leverage_max", "position_quantity_max", "position_notional_max"],
        "many small orders may add up to any position",
    ),
];

const RTS6: &[Demand] = &[
    (&["collar_bps"], "RTS 6 Art. 15(1)(a), price collars"),
    (&["order_notional_max"], "RTS 6 Art. 15(1)(b), maximum order values"),
    (&["order_quantity_max"], "RTS 6 Art. 15(1)(c), maximum order volumes"),
    (&["message_rate"], "RTS 6 Art. 15(1)(d), maximum messages limits"),
    (&["gross_exposure_max", "leverage_max"], "RTS 6 Art. 15(4), market and credit risk limits"),
    (
        &["daily_loss_max", "daily_loss_percent_max", "drawdown_percent_max"],
        "RTS 6 Art. 15(4), limits by capital base and risk tolerance",
    ),
];

const SEC_15C3_5: &[Demand] = &[
    (&["gross_exposure_max", "leverage_max"], "SEC 15c3-5(c)(1)(i), pre-set credit or capital thresholds"),
    (&["collar_bps"], "SEC 15c3-5(c)(1)(ii), price parameters"),
    (&["order_quantity_max", "order_notional_max"], "SEC 15c3-5(c)(1)(ii), size parameters"),
    (&["message_rate"], "SEC 15c3-5(c)(1)(ii), orders over a short period of time"),
];

impl Rule {
    /// The controls it demands: fields of [`Limits`] of which one is enough, and the article.
    pub fn demands(self) -> &'static [(&'static [&'static str], &'static str)] {
        match self {
            Self::Rts6 => RTS6,
            Self::Sec15c35 => SEC_15C3_5,
        }
    }
}

impl<'a> Look<'a> {
    pub(super) fn present(&mut self) {
        let accounts: Vec<_> = self.config.accounts.iter().collect();
        for account in accounts {
            for (fields, why) in USUAL {
                let by_rule = |rule: Rule| rule.demands().iter().any(|(demanded, _)| demanded == fields);
                if !self.known.rule.is_some_and(by_rule) {
                    self.demand(account, Weakness::Missing, fields, why);
                }
            }
            for (fields, article) in self.known.rule.map_or(&[][..], Rule::demands) {
                self.demand(account, Weakness::Required, fields, article);
            }
        }
    }

    fn demand(&mut self, account: &'a Account, what: Weakness, fields: &[&'static str], why: &str) {
        if fields.iter().any(|field| self.is_covered(account, field)) {
            return;
        }
        let text = format!("not limited at any level: {why}; set {}", fields.join(" or "));
        let first = fields.first().copied().unwrap_or_default();
        self.add(what, (Some(Level::Account), &account.name), first, text);
    }

    /// Whether every order of an account meets this limit at some level.
    fn is_covered(&self, account: &'a Account, field: &str) -> bool {
        let Some(field) = FIELDS.iter().find(|known| known.name == field) else { return false };
        let is_set = |limits: &Limits| (field.is_set)(limits);
        let whole: Table<'a> = self.account(account);
        let strategies = !account.strategies.is_empty()
            && account.strategies.iter().all(|strategy| is_set(&strategy.limits));
        let symbols: Vec<_> =
            self.traded(&whole).into_iter().filter(|i| i.status == Status::Open).map(|i| &i.symbol).collect();
        let of_symbol = |symbol: &&String| {
            let general = self.config.instrument_limits.get(*symbol);
            let own = account.instrument_limits.get(*symbol);
            general.is_some_and(is_set) || own.is_some_and(is_set)
        };
        is_set(&self.config.firm.limits)
            || is_set(&account.limits)
            || strategies
            || (!symbols.is_empty() && symbols.iter().all(of_symbol))
    }
}
