//! All tables of limits of a configuration, each with its name and currency, and their fields as plain numbers.

use rust_decimal::Decimal;

use super::Look;
use crate::config::{Account, Strategy};
use crate::instrument::Instrument;
use crate::limits::{Level, Limits};

/// One table of limits.
#[derive(Clone)]
pub(super) struct Table<'a> {
    pub(super) level: Level,
    pub(super) of: String,
    pub(super) currency: &'a str,
    pub(super) limits: &'a Limits,
    /// The account it belongs to.
    pub(super) account: Option<&'a Account>,
    pub(super) strategy: Option<&'a Strategy>,
    /// The only instrument it is about.
    pub(super) instrument: Option<&'a Instrument>,
}

impl Table<'_> {
    /// Where a finding is.
    pub(super) fn at(&self) -> (Option<Level>, &str) {
        (Some(self.level), &self.of)
    }

    /// How another table is named in a text: with its limit following.
    pub(super) fn owner(&self) -> String {
        match (self.level, self.account) {
            (Level::Firm, _) => "the firm's".to_owned(),
            (Level::Account, _) => format!("account {}'s", self.of),
            (Level::Strategy, _) => format!("strategy {}'s", self.of),
            (Level::Instrument, None) => format!("the instrument's ({} in every account)", self.of),
            (Level::Instrument, Some(_)) => format!("the account's own ({})", self.of),
        }
    }
}

/// What a field counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Money of the table's currency.
    Money,
    /// Anything that is the same at every level; the word is its unit.
    Plain(&'static str),
}

/// One field of [`Limits`] as a number.
#[derive(Clone, Copy)]
pub(super) struct Number {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) get: fn(&Limits) -> Option<Decimal>,
    /// The larger is the stricter.
    pub(super) is_min: bool,
}

macro_rules! numbers {
    ($($name:ident: $kind:expr, $is_min:literal;)*) => {
        /// Every limit that is a number.
        pub(super) const NUMBERS: &[Number] = &[$(Number {
            name: stringify!($name),
            kind: $kind,
            get: |limits| limits.$name.map(Decimal::from),
            is_min: $is_min,
        }),*];
    };
}

numbers! {
    order_age_ms_max: Kind::Plain("ms"), false;
    repeated_orders_max: Kind::Plain("orders"), false;
    repeated_orders_window_ms: Kind::Plain("ms"), true;
    self_match_orders_max: Kind::Plain("orders"), false;
    mark_age_ms_max: Kind::Plain("ms"), false;
    data_completeness_percent_min: Kind::Plain("%"), true;
    spread_bps_max: Kind::Plain("bps"), false;
    collar_bps: Kind::Plain("bps"), false;
    collar_passive_bps: Kind::Plain("bps"), false;
    order_quantity_max: Kind::Plain("units"), false;
    order_notional_max: Kind::Money, false;
    participation_percent_max: Kind::Plain("% of a day's volume"), false;
    daily_loss_max: Kind::Money, false;
    daily_loss_percent_max: Kind::Plain("%"), false;
    drawdown_percent_max: Kind::Plain("%"), false;
    loss_streak_max: Kind::Plain("losses in a row"), false;
    loss_streak_window_ms: Kind::Plain("ms"), true;
    cooldown_ms: Kind::Plain("ms"), true;
    position_count_max: Kind::Plain("positions"), false;
    daily_value_max: Kind::Money, false;
    open_orders_max: Kind::Plain("orders"), false;
    open_orders_exit_reserve: Kind::Plain("orders"), true;
    gross_exposure_max: Kind::Money, false;
    net_exposure_max: Kind::Money, false;
    position_quantity_max: Kind::Plain("units"), false;
    position_notional_max: Kind::Money, false;
    group_exposure_percent_max: Kind::Plain("% of equity"), false;
    leverage_max: Kind::Plain("times equity"), false;
    concentration_percent_max: Kind::Plain("% of equity"), false;
    order_to_trade_max: Kind::Plain("messages for each fill"), false;
    order_to_trade_exit_reserve: Kind::Plain("messages"), true;
}

impl Number {
    pub(super) fn of(name: &str) -> Option<&'static Self> {
        NUMBERS.iter().find(|number| number.name == name)
    }

    /// The value with its unit.
    pub(super) fn shown(&self, value: Decimal, currency: &str) -> String {
        let unit = match self.kind {
            Kind::Money => currency,
            Kind::Plain(unit) => unit,
        };
        format!("{} {unit}", value.normalize())
    }
}

impl<'a> Look<'a> {
    pub(super) fn firm(&self) -> Table<'a> {
        Table {
            level: Level::Firm,
            of: "the firm".to_owned(),
            currency: &self.config.firm.currency,
            limits: &self.config.firm.limits,
            account: None,
            strategy: None,
            instrument: None,
        }
    }

    pub(super) fn account(&self, account: &'a Account) -> Table<'a> {
        Table {
            level: Level::Account,
            of: account.name.clone(),
            currency: &account.currency,
            limits: &account.limits,
            account: Some(account),
            ..self.firm()
        }
    }

    pub(super) fn strategy(&self, account: &'a Account, strategy: &'a Strategy) -> Table<'a> {
        Table {
            level: Level::Strategy,
            of: format!("{}/{}", account.name, strategy.name),
            limits: &strategy.limits,
            strategy: Some(strategy),
            ..self.account(account)
        }
    }

    fn instrument(
        &self,
        symbol: &str,
        limits: &'a Limits,
        account: Option<&'a Account>,
    ) -> Option<Table<'a>> {
        let instrument = self.config.instruments.iter().find(|instrument| instrument.symbol == symbol)?;
        let of = account.map_or_else(|| symbol.to_owned(), |account| format!("{} {symbol}", account.name));
        Some(Table {
            level: Level::Instrument,
            of,
            currency: &instrument.quote,
            limits,
            account,
            strategy: None,
            instrument: Some(instrument),
        })
    }

    /// The limits of instruments that hold in every account.
    pub(super) fn general(&self) -> Vec<Table<'a>> {
        let tables = self.config.instrument_limits.iter();
        tables.filter_map(|(symbol, limits)| self.instrument(symbol, limits, None)).collect()
    }

    /// The limits an account has for single instruments.
    pub(super) fn own(&self, account: &'a Account) -> Vec<Table<'a>> {
        let tables = account.instrument_limits.iter();
        tables.filter_map(|(symbol, limits)| self.instrument(symbol, limits, Some(account))).collect()
    }

    /// Every table there is.
    pub(super) fn tables(&self) -> Vec<Table<'a>> {
        let mut tables = vec![self.firm()];
        tables.extend(self.general());
        for account in &self.config.accounts {
            tables.push(self.account(account));
            tables.extend(account.strategies.iter().map(|strategy| self.strategy(account, strategy)));
            tables.extend(self.own(account));
        }
        tables
    }

    /// The instruments a table is about: those that are not blocked and that its owner may trade.
    pub(super) fn traded(&self, table: &Table<'a>) -> Vec<&'a Instrument> {
        let permitted = |list: Option<&Vec<String>>, symbol: &String| list.is_none_or(|l| l.contains(symbol));
        let all = self.config.instruments.iter();
        all.filter(|instrument| table.instrument.is_none_or(|only| only.symbol == instrument.symbol))
            .filter(|instrument| instrument.status != crate::instrument::Status::Blocked)
            .filter(|i| permitted(table.account.and_then(|a| a.may_trade.as_ref()), &i.symbol))
            .filter(|i| permitted(table.strategy.and_then(|s| s.may_trade.as_ref()), &i.symbol))
            .collect()
    }
}
