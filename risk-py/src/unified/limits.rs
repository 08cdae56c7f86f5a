//! The trader's limits: read when they have changed, told to the core when they are needed.

use pyo3::intern;
use pyo3::prelude::*;
use risk_core::Limits;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::refusal::{ERROR, Read, Refusal, amount, count, kept, shown};

/// The largest amount of money that is told to the core: 1e18.
pub(super) const MOST: Decimal = Decimal::from_parts(0xA764_0000, 0x0DE0_B6B3, 0, false, 0);

/// How fresh and how whole market data must be.
pub(super) struct Quality {
    pub(super) age_minutes: f64,
    /// The share of price, volume and timestamp that must be usable.
    pub(super) share: Decimal,
}

/// The limits in the core's words.
pub(super) struct Tables {
    pub(super) account: Limits,
    pub(super) firm: Limits,
    pub(super) gross: Decimal,
}

/// Limits as they were read. Each part is asked for only by an order that needs it.
pub(super) struct SeenLimits {
    /// Counts the readings: what was read later holds.
    pub(super) serial: u64,
    /// The kill flag, where it is one.
    pub(super) flag: Result<bool, Refusal>,
    pub(super) quality: Result<Quality, Refusal>,
    pub(super) tables: Result<Tables, Refusal>,
}

impl SeenLimits {
    pub(super) fn read(
        limits: &Bound<'_, PyAny>,
        collar: &Bound<'_, PyAny>,
        known: bool,
        serial: u64,
    ) -> PyResult<Self> {
        let py = limits.py();
        if !known {
            let refusal = Refusal::new(ERROR, format!("limits: {} is no RiskLimits", shown(limits)));
            let flag = match limits.getattr_opt(intern!(py, "kill_switch_active")) {
                Ok(Some(value)) => flag(&value),
                _ => Err(refusal.clone()),
            };
            return Ok(Self { serial, flag, quality: Err(refusal.clone()), tables: Err(refusal) });
        }
        let flag = flag(&limits.getattr(intern!(py, "kill_switch_active"))?);
        let quality = kept(py, quality(limits))?;
        let tables = kept(py, tables(limits, collar))?;
        Ok(Self { serial, flag, quality, tables })
    }
}

fn flag(value: &Bound<'_, PyAny>) -> Result<bool, Refusal> {
    match value.cast_exact::<pyo3::types::PyBool>() {
        Ok(flag) => Ok(flag.is_true()),
        Err(_) => {
            let text = format!("limits.kill_switch_active: {} is neither True nor False", shown(value));
            Err(Refusal::new(ERROR, text))
        }
    }
}

fn quality(limits: &Bound<'_, PyAny>) -> Read<Quality> {
    let age = field(limits, "max_data_age_minutes", Decimal::MAX)?;
    let share = field(limits, "min_data_completeness", Decimal::ONE)?;
    Ok(Quality { age_minutes: age.to_f64().unwrap_or(0.0), share })
}

fn field(limits: &Bound<'_, PyAny>, name: &str, most: Decimal) -> Read<Decimal> {
    amount(&limits.getattr(name)?, &format!("limits.{name}"), Decimal::ZERO, most)
}

fn tables(limits: &Bound<'_, PyAny>, collar: &Bound<'_, PyAny>) -> Read<Tables> {
    // Rounded against the trader, to the places the core keeps.
    let money = |name| field(limits, name, Decimal::MAX).map(|value| down(value.min(MOST), 8));
    let percent = |name| field(limits, name, Decimal::ONE_HUNDRED).map(|value| down(value, 4));
    let gross = money("max_total_exposure_usd")?;
    let account = Limits {
        daily_loss_max: Some(money("max_daily_loss_usd")?),
        daily_loss_percent_max: Some(percent("max_daily_loss_percent")?),
        drawdown_percent_max: Some(percent("max_drawdown_percent")?),
        position_count_max: Some(count(&limits.getattr("max_position_count")?, "limits.max_position_count")?),
        gross_exposure_max: Some(gross),
        group_exposure_percent_max: {
            let share = field(limits, "max_correlation_exposure", MOST)?;
            Some(down(share * Decimal::ONE_HUNDRED, 4))
        },
        ..Limits::default()
    };
    let collar = amount(collar, "collar_percent", Decimal::ZERO, Decimal::from(10_000))?;
    let firm = Limits {
        collar_bps: (collar * Decimal::ONE_HUNDRED).trunc().to_u32(),
        position_notional_max: Some(money("max_single_position_usd")?),
        ..Limits::default()
    };
    Ok(Tables { account, firm, gross })
}

pub(super) fn down(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::ToZero)
}

pub(super) fn up(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::AwayFromZero)
}
