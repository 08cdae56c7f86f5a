//! What a risk officer would ask about a configuration: limits that cannot work, and limits that are a trap.
//!
//! [`Config::check`] refuses what is wrong in itself. What is looked for here is legal and yet not what anyone wants: a
//! limit that a stricter one always forestalls, a collar that lets everything through, a limit below the smallest order,
//! a rate that traps exits. Nothing here changes a decision.
//!
//! Some of it can only be seen with numbers that are not in a configuration. They come as [`References`]; what is not
//! known is not looked at.

mod above;
mod beside;
mod data;
mod present;
mod settings;
mod sizes;
mod tables;

use core::fmt;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::config::Config;
use crate::limits::Level;

pub use present::Rule;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Severity {
    /// Worth a look; there can be good reasons for it.
    Note,
    /// A limit that does little or nothing, or will surprise somebody.
    Warning,
    /// A control that is absent in effect, or trading that cannot work.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! weaknesses {
    ($($(#[$doc:meta])* $name:ident: $severity:ident,)*) => {
        /// What is weak about a configuration.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
        pub enum Weakness { $($(#[$doc])* $name,)* }

        impl Weakness {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// How much it matters.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }
    };
}

weaknesses! {
    /// A limit that a stricter one always forestalls: it can never decide. Example: an account's `gross_exposure_max` of
    /// 300,000 USD under a firm's of 200,000 USD.
    Shadowed: Warning,
    /// A strategy's or an account's limit above that of its owner: it decides only while something else offsets it.
    /// Example: a strategy's `gross_exposure_max` of 80,000 in an account with 50,000.
    RarelyDecides: Warning,
    /// Looser than another limit of its level at the equity that is known. Example: `gross_exposure_max` of 500,000 beside
    /// `leverage_max` 2 with an equity of 100,000.
    ShadowedByEquity: Note,
    /// One order may be larger than the whole position or exposure: against a mistyped size it protects no better than
    /// that. Example: `order_notional_max` 50,000 beside `gross_exposure_max` 20,000.
    OrderAbovePosition: Warning,
    /// One order may be larger than a share of what is traded in a day. Example: `order_quantity_max` 50,000 where 100,000
    /// are traded in a day.
    OrderAboveVolume: Warning,
    /// A loss limit above everything that may be held. Example: `daily_loss_max` 30,000 beside `gross_exposure_max` 20,000.
    LossAboveExposure: Warning,
    /// A loss limit that is reached when everything is lost. Example: `drawdown_percent_max` 100.
    TotalLoss: Error,
    /// A number that says "none" in digits. Example: `gross_exposure_max` 99,999,999,999,999. Leave it out instead, so that
    /// `coverage()` shows it.
    Astronomical: Warning,
    /// A limit of 0: nothing is opened; it is not "off". Example: `daily_loss_max` 0.
    Zero: Warning,
    /// A limit below the smallest order of an instrument: nothing passes. Example: `order_notional_max` 50 where a lot is
    /// worth 100.
    BelowSmallestOrder: Error,
    /// More positions are allowed than there are instruments. Example: `position_count_max` 10 with three instruments.
    CountNeverReached: Note,
    /// A collar too wide to stop a mistyped price. Example: `collar_bps` 5,000; beyond 10,000 no sell is ever refused.
    WideCollar: Warning,
    /// The passive side is held tighter than the aggressive one: harmless deep quotes are refused, dangerous ones pass.
    /// Example: `collar_passive_bps` 50 beside `collar_bps` 200.
    CollarsCrossed: Warning,
    /// A collar around a mark of any age. Example: `collar_bps` without `mark_age_ms_max` at the firm or the instrument.
    CollarOnOldMark: Warning,
    /// A spread may be so wide that an order at the touch is outside of the collar. Example: `spread_bps_max` 500 beside
    /// `collar_bps` 100.
    SpreadBeyondCollar: Note,
    /// Every market order that opens is refused, for its assumed slippage alone is beyond the collar. Example: an instrument
    /// with `slippage_bps` 100 under a `collar_bps` of 50.
    MarketOrdersRefused: Error,
    /// A spread limit that lets any market through. Example: `spread_bps_max` 20,000, which no two positive prices reach.
    WideSpread: Warning,
    /// Data, or an order, may be so old that its age protects from nothing. Example: `mark_age_ms_max` of a day.
    OldData: Warning,
    /// A field that has no effect as things are. Example: `drawdown_from` without `drawdown_percent_max`.
    NoEffect: Warning,
    /// Losses are limited by the day, and no time is configured at which it ends: it lasts until the host says so. Example:
    /// `daily_loss_max` without `day_roll`.
    DayNeverEnds: Note,
    /// The whole burst is open to orders that open: a busy strategy delays its own exits. Example: `message_rate` without
    /// `exit_reserve`.
    NoExitReserve: Warning,
    /// A burst above what the rate gives in a day: the rate is never felt. Example: 10,000 at once, 1 a minute.
    BurstAboveDay: Error,
    /// A full position takes very many orders to close. Example: `position_quantity_max` 1,000 with `order_quantity_max` 1.
    SlowExit: Warning,
    /// A table fills within minutes at a rate that is allowed, and then refuses (LEDGER_FULL). Example: `live_orders` 100
    /// beside a burst of 500.
    TableTooSmall: Warning,
    /// A permit outlives what it was judged by. Example: `permit_ttl_ms` of ten minutes.
    LongPermit: Warning,
    /// A clock may err so far that times mean little. Example: `clock_back_ms_max` of an hour.
    LooseClock: Warning,
    /// Client order ids are free again before a resend can be noticed. Example: `duplicate_window_ms` 0.
    ShortMemory: Warning,
    /// Orders are never cut to what fits: one unit too much refuses all of it. Example: `reduced_fraction_min_percent` 100.
    NeverReduced: Note,
    /// Orders are cut to whatever fits, to a single lot. Example: `reduced_fraction_min_percent` 0.
    ReducedToDust: Note,
    /// A control every desk has that nothing here sets for an account. Example: no limit on the size of an order.
    Missing: Warning,
    /// A control that a regulation demands and nothing here sets for an account. Example: no price collar, RTS 6
    /// Art. 15(1)(a).
    Required: Error,
    /// Somebody who may trade nothing. Example: a strategy whose only symbol its account may not trade.
    NothingToTrade: Warning,
    /// Strategies were given more capital than the account is known to have. Example: 60,000 and 60,000 of 100,000.
    CapitalAboveEquity: Warning,
}

/// One thing a person should look at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Finding {
    /// What is weak.
    pub what: Weakness,
    /// At which level; nothing for settings and capacities.
    pub level: Option<Level>,
    /// Whose: `the firm`, the name of an account, `account/strategy`, a symbol, `account SYMBOL`, `settings`, `capacity`.
    pub of: String,
    /// The field of [`crate::Limits`], [`crate::Settings`] or [`crate::Capacity`].
    pub field: String,
    /// One sentence: the values, what they mean, what to do.
    pub text: String,
}

impl Finding {
    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.what.severity()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.severity().name())?;
        if let Some(level) = self.level.filter(|level| *level != Level::Firm) {
            write!(f, "{} ", level.name())?;
        }
        write!(f, "{}, {}: {}", self.of, self.field, self.text)
    }
}

/// What is known besides the configuration. Everything is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// By symbol.
    pub instruments: BTreeMap<String, Reference>,
    /// Equity by account, in its currency.
    pub equity: BTreeMap<String, Decimal>,
    /// One unit of the first currency is so many of the second.
    pub rates: BTreeMap<(String, String), Decimal>,
    /// The regulation whose demands must be met.
    pub rule: Option<Rule>,
}

/// What is known of an instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// A price that is typical now, in the quote asset.
    pub price: Option<Decimal>,
    /// Average daily volume, in units of the instrument.
    pub daily_volume: Option<Decimal>,
}

impl Config {
    /// Looks for limits that cannot work or are a trap; the worst first.
    ///
    /// ```
    /// use risk_core::{Account, Asset, Config, Limits, lint::Weakness};
    /// let mut config = Config::new("USD");
    /// config.assets.push(Asset::new("USD", 2));
    /// config.firm.limits.gross_exposure_max = Some(20_000.into());
    /// let limits = Limits { gross_exposure_max: Some(30_000.into()), ..Limits::default() };
    /// config.accounts.push(Account::new("main", "USD").limits(limits));
    ///
    /// let found = config.lint();
    /// let found = found.iter().find(|finding| finding.what == Weakness::Shadowed).unwrap();
    /// assert_eq!(
    ///     found.to_string(),
    ///     "warning: account main, gross_exposure_max: 30000 USD is never reached, for the firm's 20000 USD refuses \
    ///      before; lower it or leave it out"
    /// );
    /// ```
    pub fn lint(&self) -> Vec<Finding> {
        self.lint_with(&References::default())
    }

    /// [`Config::lint`] with prices, volumes, equity and rates that are known, and the demands of a regulation.
    pub fn lint_with(&self, known: &References) -> Vec<Finding> {
        let mut look = Look { config: self, known, found: Vec::new() };
        look.above();
        look.beside();
        look.sizes();
        look.data();
        look.settings();
        look.present();
        let mut found = look.found;
        found.sort_by_key(|finding| core::cmp::Reverse(finding.severity()));
        found
    }
}

/// A configuration that is being looked at.
struct Look<'a> {
    config: &'a Config,
    known: &'a References,
    found: Vec<Finding>,
}

impl Look<'_> {
    fn add(&mut self, what: Weakness, (level, of): (Option<Level>, &str), field: &str, text: String) {
        let (of, field) = (of.to_owned(), field.to_owned());
        self.found.push(Finding { what, level, of, field, text });
    }

    /// An amount in another currency, where that is known.
    fn convert(&self, amount: Decimal, from: &str, to: &str) -> Option<Decimal> {
        if from == to {
            return Some(amount);
        }
        let rate = |a: &str, b: &str| self.known.rates.get(&(a.to_owned(), b.to_owned())).copied();
        match (rate(from, to), rate(to, from)) {
            (Some(rate), _) => amount.checked_mul(rate),
            (None, Some(rate)) => amount.checked_div(rate),
            (None, None) => None,
        }
    }
}
