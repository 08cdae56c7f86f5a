//! A level's [`Limits`] in integers, checked once when they are taken in.

use rust_decimal::Decimal;

use crate::action::Actions;
use crate::bucket::Bucket;
use crate::clock::NANOS_PER_MS;
use crate::error::ConfigError;
use crate::gates::GateSet;
use crate::limits::{DrawdownFrom, FIELDS, Level, Limits};
use crate::num::{self, Money, Round};
use crate::repeats::REPEATS_MAX;
use crate::streak::STREAK_MAX;

/// The limits of one level in integers. Limits round down and minima up: never looser than written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Compiled {
    /// Gates that have a limit here.
    pub(crate) gates: GateSet,
    pub(crate) order_age: Option<i64>,
    pub(crate) repeats: Option<u32>,
    pub(crate) repeat_window: Option<i64>,
    pub(crate) self_match: Option<u32>,
    pub(crate) bucket: Option<Bucket>,
    pub(crate) mark_age: Option<i64>,
    pub(crate) completeness_ppm: Option<u32>,
    pub(crate) spread_bps: Option<u32>,
    pub(crate) collar_bps: Option<u32>,
    pub(crate) collar_passive_bps: Option<u32>,
    /// In canonical units (1e-18).
    pub(crate) order_quantity: Option<i128>,
    pub(crate) order_notional: Option<Money>,
    pub(crate) participation_ppm: Option<u64>,
    pub(crate) list_notional: Option<Money>,
    pub(crate) unsynced_notional: Option<Money>,
    pub(crate) actions: Actions,
    pub(crate) daily_loss: Option<Money>,
    pub(crate) daily_loss_ppm: Option<u64>,
    pub(crate) drawdown_ppm: Option<u64>,
    pub(crate) drawdown_from: DrawdownFrom,
    pub(crate) loss_streak: Option<u32>,
    pub(crate) loss_streak_window: Option<i64>,
    pub(crate) cooldown: Option<i64>,
    pub(crate) position_count: Option<u32>,
    pub(crate) daily_value: Option<Money>,
    pub(crate) open_orders: Option<u32>,
    pub(crate) open_orders_reserve: Option<u32>,
    pub(crate) gross_exposure: Option<Money>,
    pub(crate) net_exposure: Option<Money>,
    /// In canonical units (1e-18).
    pub(crate) position_quantity: Option<i128>,
    pub(crate) position_notional: Option<Money>,
    pub(crate) group_ppm: Option<u64>,
    pub(crate) leverage_ppm: Option<u64>,
    pub(crate) concentration_ppm: Option<u64>,
    pub(crate) order_to_trade: Option<u32>,
    pub(crate) order_to_trade_window: Option<i64>,
    pub(crate) order_to_trade_reserve: Option<u32>,
}

impl Compiled {
    /// Checks every field; `at` says whose limits these are, for the message.
    pub(crate) fn new(
        limits: &Limits,
        level: Level,
        money_scale: u32,
        at: &str,
    ) -> Result<Self, ConfigError> {
        let check = Check { at, money_scale };
        check.levels(limits, level)?;
        check.belong_together(limits)?;
        let bucket = limits.message_rate.map(|rate| Bucket::new(&rate)).transpose();
        Ok(Self {
            gates: GateSet::limited_by(limits),
            order_age: check.ms("order_age_ms_max", limits.order_age_ms_max)?,
            repeats: limits.repeated_orders_max,
            repeat_window: check.ms("repeated_orders_window_ms", limits.repeated_orders_window_ms)?,
            self_match: limits.self_match_orders_max,
            bucket: bucket.map_err(|problem| check.wrong("message_rate", problem))?,
            mark_age: check.ms("mark_age_ms_max", limits.mark_age_ms_max)?,
            completeness_ppm: check
                .percent("data_completeness_percent_min", limits.data_completeness_percent_min)?
                .and_then(|ppm| u32::try_from(ppm).ok()),
            spread_bps: check.bps("spread_bps_max", limits.spread_bps_max)?,
            collar_bps: check.bps("collar_bps", limits.collar_bps)?,
            collar_passive_bps: check.bps("collar_passive_bps", limits.collar_passive_bps)?,
            order_quantity: check.canonical("order_quantity_max", limits.order_quantity_max)?,
            order_notional: check.amount("order_notional_max", limits.order_notional_max)?,
            participation_ppm: check
                .percent("participation_percent_max", limits.participation_percent_max)?,
            list_notional: check.amount("list_notional_max", limits.list_notional_max)?,
            unsynced_notional: check.amount("unsynced_notional_max", limits.unsynced_notional_max)?,
            actions: Actions::new(limits).map_err(|problem| check.wrong("actions", problem))?,
            daily_loss: check.amount("daily_loss_max", limits.daily_loss_max)?,
            daily_loss_ppm: check.percent("daily_loss_percent_max", limits.daily_loss_percent_max)?,
            drawdown_ppm: check.percent("drawdown_percent_max", limits.drawdown_percent_max)?,
            drawdown_from: limits.drawdown_from,
            loss_streak: limits.loss_streak_max,
            loss_streak_window: check.ms("loss_streak_window_ms", limits.loss_streak_window_ms)?,
            cooldown: check.ms("cooldown_ms", limits.cooldown_ms)?,
            position_count: limits.position_count_max,
            daily_value: check.amount("daily_value_max", limits.daily_value_max)?,
            open_orders: limits.open_orders_max,
            open_orders_reserve: limits.open_orders_exit_reserve,
            gross_exposure: check.amount("gross_exposure_max", limits.gross_exposure_max)?,
            net_exposure: check.amount("net_exposure_max", limits.net_exposure_max)?,
            position_quantity: check.canonical("position_quantity_max", limits.position_quantity_max)?,
            position_notional: check.amount("position_notional_max", limits.position_notional_max)?,
            group_ppm: check.ratio(
                "group_exposure_percent_max",
                limits.group_exposure_percent_max,
                4,
                Decimal::from(100_000),
                " percent",
            )?,
            leverage_ppm: check.ratio("leverage_max", limits.leverage_max, 6, Decimal::from(1_000), "")?,
            concentration_ppm: check.ratio(
                "concentration_percent_max",
                limits.concentration_percent_max,
                4,
                Decimal::from(100_000),
                " percent",
            )?,
            order_to_trade: limits.order_to_trade_max,
            order_to_trade_window: check.ms("order_to_trade_window_ms", limits.order_to_trade_window_ms)?,
            order_to_trade_reserve: limits.order_to_trade_exit_reserve,
        })
    }

    /// Whether any limit is stricter than in `before`, so that permits judged under `before` must be judged again.
    pub(crate) fn is_tighter_than(&self, before: &Self) -> bool {
        // Two rates have no common order: another one is another limit.
        let other_rate = self.bucket.is_some() && self.bucket != before.bucket;
        // An action is looked at last, and says nothing about what was judged.
        other_rate || before.loosened_from(self).is_some_and(|field| field != "actions")
    }
}

/// What a number has to be, said with its field and whose limits they are.
struct Check<'a> {
    at: &'a str,
    money_scale: u32,
}

impl Check<'_> {
    fn wrong(&self, field: &'static str, problem: String) -> ConfigError {
        ConfigError::Limit { at: self.at.to_owned(), field, problem }
    }

    /// No limit stands where it means nothing.
    fn levels(&self, limits: &Limits, level: Level) -> Result<(), ConfigError> {
        let gates = FIELDS
            .iter()
            .map(|field| (field.name, (field.is_set)(limits), field.gate.info().levels.contains(&level)));
        // Lists are judged as a whole, by no gate. What is set aside is an account's: by its approvals it is spent, by
        // its snapshot accounted for.
        let others = [
            (
                "list_notional_max",
                limits.list_notional_max.is_some(),
                matches!(level, Level::Firm | Level::Account),
            ),
            ("unsynced_notional_max", limits.unsynced_notional_max.is_some(), level == Level::Account),
        ];
        match gates.chain(others).find(|&(_, is_set, means_something)| is_set && !means_something) {
            Some((field, ..)) => {
                Err(self.wrong(field, format!("has no meaning at the level {}", level.name())))
            }
            None => Ok(()),
        }
    }

    /// A part has its whole, a count its time and the other way round.
    fn belong_together(&self, limits: &Limits) -> Result<(), ConfigError> {
        let parts = [
            (
                ("open_orders_exit_reserve", limits.open_orders_exit_reserve),
                ("open_orders_max", limits.open_orders_max),
            ),
            (
                ("order_to_trade_exit_reserve", limits.order_to_trade_exit_reserve),
                ("order_to_trade_max", limits.order_to_trade_max),
            ),
        ];
        for ((field, part), (of, whole)) in parts {
            if part.is_some() && whole.is_none() {
                return Err(self.wrong(field, format!("is a part of {of}, which is not set")));
            }
        }
        let times = [
            (
                ("repeated_orders_window_ms", limits.repeated_orders_window_ms),
                ("repeated_orders_max", limits.repeated_orders_max),
            ),
            (
                ("order_to_trade_window_ms", limits.order_to_trade_window_ms),
                ("order_to_trade_max", limits.order_to_trade_max),
            ),
            (
                ("loss_streak_window_ms", limits.loss_streak_window_ms),
                ("loss_streak_max", limits.loss_streak_max),
            ),
            (("cooldown_ms", limits.cooldown_ms), ("loss_streak_max", limits.loss_streak_max)),
        ];
        for ((field, time), (of, count)) in times {
            match time {
                None if count.is_some() => {
                    return Err(self.wrong(of, format!("needs {field}, which is not set")));
                }
                Some(_) if count.is_none() => {
                    return Err(self.wrong(field, format!("is a time of {of}, which is not set")));
                }
                Some(0) => return Err(self.wrong(field, "0 is no time".to_owned())),
                None | Some(_) => {}
            }
        }
        if let Some(most) = limits.repeated_orders_max.filter(|most| *most > REPEATS_MAX) {
            return Err(self.wrong("repeated_orders_max", format!("{most} is more than {REPEATS_MAX}")));
        }
        if let Some(losses) = limits.loss_streak_max.filter(|losses| !(1..=STREAK_MAX).contains(losses)) {
            return Err(self.wrong("loss_streak_max", format!("{losses} is not between 1 and {STREAK_MAX}")));
        }
        Ok(())
    }

    /// Milliseconds as nanoseconds.
    fn ms(&self, field: &'static str, value: Option<u64>) -> Result<Option<i64>, ConfigError> {
        value
            .map(|ms| {
                i64::try_from(ms)
                    .ok()
                    .and_then(|ms| ms.checked_mul(NANOS_PER_MS))
                    .ok_or_else(|| self.wrong(field, format!("{ms} ms is out of range")))
            })
            .transpose()
    }

    /// Money of the level's currency, never more than is written.
    fn amount(&self, field: &'static str, value: Option<Decimal>) -> Result<Option<Money>, ConfigError> {
        value.map(|value| self.rounded_down(field, value, self.money_scale)).transpose()
    }

    /// A quantity of any instrument, in units of 1e-18.
    fn canonical(&self, field: &'static str, value: Option<Decimal>) -> Result<Option<i128>, ConfigError> {
        value.map(|value| Ok(self.rounded_down(field, value, num::CANONICAL_PLACES)?.0)).transpose()
    }

    fn rounded_down(&self, field: &'static str, value: Decimal, places: u32) -> Result<Money, ConfigError> {
        if value.is_sign_negative() && !value.is_zero() {
            return Err(self.wrong(field, format!("{value} is negative")));
        }
        num::money(value, places, Round::Down)
            .ok_or_else(|| self.wrong(field, format!("{value} is out of range")))
    }

    /// A share of at most the whole, in millionths.
    fn percent(&self, field: &'static str, value: Option<Decimal>) -> Result<Option<u64>, ConfigError> {
        self.ratio(field, value, 4, Decimal::ONE_HUNDRED, " percent")
    }

    fn ratio(
        &self,
        field: &'static str,
        value: Option<Decimal>,
        places: u32,
        max: Decimal,
        unit: &str,
    ) -> Result<Option<u64>, ConfigError> {
        value
            .map(|value| {
                if value < Decimal::ZERO || value > max {
                    return Err(self.wrong(field, format!("{value} is not between 0 and {max}{unit}")));
                }
                num::exact(value, places).ok().and_then(|units| u64::try_from(units).ok()).ok_or_else(|| {
                    self.wrong(field, format!("{value} has more than {places} decimal places"))
                })
            })
            .transpose()
    }

    fn bps(&self, field: &'static str, value: Option<u32>) -> Result<Option<u32>, ConfigError> {
        match value {
            Some(bps) if bps > 1_000_000 => {
                Err(self.wrong(field, format!("{bps} is more than 1,000,000 (10,000 %)")))
            }
            value => Ok(value),
        }
    }
}
