//! Presets: limits to start from, each with the rule or practice it comes from.
//!
//! Regulations say *that* a limit is needed and leave the number to the firm. The numbers here are shares of the equity
//! that is given, meant to be looked at and changed; they are no legal advice. [`Preset::sources`] says for each field
//! why it is there. A configuration with a preset has no findings ([`crate::Config::lint`]).
//!
//! ```
//! use risk_core::{Account, Asset, Config, presets};
//! let mut config = Config::new("USD");
//! config.assets.push(Asset::new("USD", 2));
//! config.accounts.push(Account::new("main", "USD").strategy("grid"));
//! presets::small_crypto(10_000.into()).apply(&mut config);
//! assert!(config.check().is_ok());
//! assert_eq!(config.accounts[0].limits.order_notional_max, Some(1_000.into()));
//! ```

use rust_decimal::Decimal;

use crate::config::Config;
use crate::day::{DayRoll, LocalTime};
use crate::limits::{DrawdownFrom, Limits, MessageRate};
use crate::lint::Rule;

/// Limits of a firm and of each of its accounts, and where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name: that of the function that makes it.
    pub name: &'static str,
    /// The firm's limits, in its currency.
    pub firm: Limits,
    /// Each account's limits, in its currency.
    pub account: Limits,
    /// When the day rolls, where it is not configured yet.
    pub day_roll: DayRoll,
    /// Fields of [`Limits`] that no account may do without from now on.
    pub required_limits: Vec<&'static str>,
    /// The regulation it follows; [`Config::lint_with`] holds a configuration against it.
    pub rule: Option<Rule>,
    /// The field and the article or practice it answers to.
    pub sources: &'static [(&'static str, &'static str)],
}

impl Preset {
    /// Sets the limits that are not set yet, of the firm and of every account, and the day. What is set stays as it is.
    pub fn apply(&self, config: &mut Config) {
        config.firm.limits = config.firm.limits.filled_from(&self.firm);
        for account in &mut config.accounts {
            account.limits = account.limits.filled_from(&self.account);
        }
        if config.day_roll.is_none() {
            config.day_roll = Some(self.day_roll.clone());
        }
        for field in &self.required_limits {
            if !config.required_limits.iter().any(|known| known == field) {
                config.required_limits.push((*field).to_owned());
            }
        }
    }
}

/// So many percent of an amount; an amount too large for that has no limits here, and [`Config::check`] says so.
fn percent(amount: Decimal, share: u32) -> Option<Decimal> {
    let part = amount.checked_mul(Decimal::from(share))?.checked_div(Decimal::ONE_HUNDRED)?;
    Some(part.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::ToZero).normalize())
}

fn midnight(zone: &str) -> DayRoll {
    DayRoll::new(LocalTime::default(), zone)
}

fn rate(messages: u32, burst: u32, exit_reserve: u32) -> Option<MessageRate> {
    Some(MessageRate { messages, interval_ms: 1_000, burst, exit_reserve })
}

/// A firm that trades by algorithm in the European Union: Commission Delegated Regulation (EU) 2017/589 (RTS 6).
///
/// `equity` is the firm's, in its currency, above 0; `order_quantity_max` the largest order of any instrument, in units:
/// Art. 15(1)(c) asks for a volume, which no equity tells. Give single instruments their own where they differ.
///
/// Loss 5 % of equity a day, exposure twice the equity, one order 5 % of it, prices within 5 % of the market.
pub fn rts6(equity: Decimal, order_quantity_max: Decimal) -> Preset {
    let firm = Limits {
        order_age_ms_max: Some(60_000),
        message_rate: rate(50, 100, 20),
        mark_age_ms_max: Some(10_000),
        collar_bps: Some(500),
        collar_passive_bps: Some(5_000),
        daily_loss_max: percent(equity, 5),
        gross_exposure_max: percent(equity, 200),
        ..Limits::default()
    };
    let account = Limits {
        order_quantity_max: Some(order_quantity_max),
        order_notional_max: percent(equity, 5),
        drawdown_percent_max: Some(Decimal::TEN),
        ..Limits::default()
    };
    Preset {
        name: "rts6",
        firm,
        account,
        day_roll: midnight("Europe/Brussels"),
        required_limits: vec![
            "collar_bps",
            "order_notional_max",
            "order_quantity_max",
            "message_rate",
            "gross_exposure_max",
        ],
        rule: Some(Rule::Rts6),
        sources: &[
            ("collar_bps", "RTS 6 Art. 15(1)(a): price collars"),
            ("collar_passive_bps", "RTS 6 Art. 15(1)(a): price collars, the harmless side"),
            ("mark_age_ms_max", "RTS 6 Art. 15(1)(a): a collar needs a price of now"),
            ("order_notional_max", "RTS 6 Art. 15(1)(b): maximum order values"),
            ("order_quantity_max", "RTS 6 Art. 15(1)(c): maximum order volumes"),
            ("message_rate", "RTS 6 Art. 15(1)(d): maximum messages limits"),
            ("gross_exposure_max", "RTS 6 Art. 15(4): market and credit risk limits, by the capital base"),
            ("daily_loss_max", "RTS 6 Art. 15(4): limits by the firm's risk tolerance"),
            ("drawdown_percent_max", "RTS 6 Art. 15(4): limits by the firm's risk tolerance"),
            ("order_age_ms_max", "RTS 6 Art. 16: an order that waited is not what was meant"),
        ],
    }
}

/// A broker or dealer with market access in the United States: 17 CFR 240.15c3-5.
///
/// `credit` is the threshold of one customer (one account), in its currency, above 0. The firm's own threshold is
/// `capital`, in its currency.
///
/// One order 10 % of the credit, prices within 3 % of the market; duplicates are always refused.
pub fn sec_15c3_5(capital: Decimal, credit: Decimal) -> Preset {
    let firm = Limits {
        order_age_ms_max: Some(30_000),
        message_rate: rate(100, 200, 50),
        mark_age_ms_max: Some(5_000),
        collar_bps: Some(300),
        collar_passive_bps: Some(5_000),
        gross_exposure_max: Some(capital),
        ..Limits::default()
    };
    let account = Limits {
        message_rate: rate(20, 40, 10),
        order_notional_max: percent(credit, 10),
        daily_loss_max: percent(credit, 10),
        gross_exposure_max: Some(credit),
        ..Limits::default()
    };
    Preset {
        name: "sec_15c3_5",
        firm,
        account,
        day_roll: midnight("America/New_York"),
        required_limits: vec!["gross_exposure_max", "collar_bps", "order_notional_max", "message_rate"],
        rule: Some(Rule::Sec15c35),
        sources: &[
            (
                "gross_exposure_max",
                "SEC 15c3-5(c)(1)(i): credit and capital thresholds, in aggregate for each customer and the broker",
            ),
            ("daily_loss_max", "SEC 15c3-5(c)(1)(i): capital thresholds"),
            ("collar_bps", "SEC 15c3-5(c)(1)(ii): price parameters, order by order"),
            ("collar_passive_bps", "SEC 15c3-5(c)(1)(ii): price parameters, the harmless side"),
            ("mark_age_ms_max", "SEC 15c3-5(c)(1)(ii): price parameters need a price of now"),
            ("order_notional_max", "SEC 15c3-5(c)(1)(ii): size parameters, order by order"),
            ("message_rate", "SEC 15c3-5(c)(1)(ii): orders over a short period of time"),
            ("order_age_ms_max", "SEC 15c3-5(c)(1)(ii): an order that waited is an error"),
        ],
    }
}

/// One person or one strategy on crypto venues, without borrowed money. `equity` is the account's, in its currency, the
/// firm's currency the same.
///
/// One order 10 % of equity, one position 30 %, one group 50 %, all of it 100 %; 3 % lost in a day or 10 % from the peak
/// end the buying.
pub fn small_crypto(equity: Decimal) -> Preset {
    let firm = Limits {
        order_age_ms_max: Some(10_000),
        message_rate: rate(5, 20, 10),
        mark_age_ms_max: Some(5_000),
        spread_bps_max: Some(100),
        collar_bps: Some(200),
        collar_passive_bps: Some(5_000),
        position_notional_max: percent(equity, 30),
        ..Limits::default()
    };
    let account = Limits {
        order_notional_max: percent(equity, 10),
        daily_loss_percent_max: Some(3.into()),
        drawdown_percent_max: Some(Decimal::TEN),
        gross_exposure_max: percent(equity, 100),
        group_exposure_percent_max: Some(50.into()),
        leverage_max: Some(Decimal::ONE),
        ..Limits::default()
    };
    Preset {
        name: "small_crypto",
        firm,
        account,
        day_roll: midnight("UTC"),
        required_limits: vec!["order_notional_max", "collar_bps", "gross_exposure_max"],
        rule: None,
        sources: &[
            ("order_notional_max", "practice: no single order decides over the account"),
            ("position_notional_max", "practice: no single coin decides over the account"),
            ("group_exposure_percent_max", "practice: coins fall together"),
            (
                "gross_exposure_max",
                "practice: nothing is borrowed; in money, which holds when equity is wrong",
            ),
            ("leverage_max", "practice: nothing is borrowed"),
            ("daily_loss_percent_max", "practice: a bad day ends"),
            ("drawdown_percent_max", "practice: a strategy that fails is stopped"),
            ("collar_bps", "practice: thin books, mistyped prices"),
            ("collar_passive_bps", "practice: deep quotes are harmless"),
            ("spread_bps_max", "practice: a wide book has no price"),
            ("mark_age_ms_max", "practice: feeds stop without a word"),
            ("order_age_ms_max", "practice: an order that waited is not what was meant"),
            ("message_rate", "venues' own limits, and a reserve for exits"),
        ],
    }
}

/// A funded account under the rules of a proprietary trading firm, as most of them are: 5 % of a day, 10 % of all.
///
/// `capital` is what the account was funded with, in its currency. The limits stand before the firm's own (4 % and 8 %,
/// the latter from the start), for reaching those ends the account.
pub fn prop_firm(capital: Decimal) -> Preset {
    let firm = Limits {
        order_age_ms_max: Some(30_000),
        message_rate: rate(10, 30, 10),
        mark_age_ms_max: Some(10_000),
        collar_bps: Some(200),
        collar_passive_bps: Some(2_000),
        ..Limits::default()
    };
    let account = Limits {
        order_notional_max: percent(capital, 200),
        daily_loss_percent_max: Some(4.into()),
        drawdown_percent_max: Some(8.into()),
        drawdown_from: DrawdownFrom::Start,
        gross_exposure_max: percent(capital, 1_000),
        group_exposure_percent_max: Some(500.into()),
        leverage_max: Some(Decimal::TEN),
        ..Limits::default()
    };
    Preset {
        name: "prop_firm",
        firm,
        account,
        day_roll: DayRoll::new(LocalTime::new(17, 0, 0).unwrap_or_default(), "America/New_York"),
        required_limits: vec!["daily_loss_percent_max", "drawdown_percent_max", "order_notional_max"],
        rule: None,
        sources: &[
            ("daily_loss_percent_max", "prop-firm practice: 5 % of a day's start, with a distance"),
            ("drawdown_percent_max", "prop-firm practice: 10 % of what was funded, with a distance"),
            ("drawdown_from", "prop-firm practice: a static floor"),
            ("leverage_max", "prop-firm practice: 10 times"),
            ("gross_exposure_max", "prop-firm practice: 10 times, in money"),
            ("group_exposure_percent_max", "prop-firm practice: no single bet"),
            ("order_notional_max", "practice: no single order is the whole account"),
            ("collar_bps", "practice: mistyped prices"),
            ("collar_passive_bps", "practice: deep quotes are harmless"),
            ("mark_age_ms_max", "practice: feeds stop without a word"),
            ("order_age_ms_max", "practice: an order that waited is not what was meant"),
            ("message_rate", "prop-firm practice: no flooding; and a reserve for exits"),
        ],
    }
}
