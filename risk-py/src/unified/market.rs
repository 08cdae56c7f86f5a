//! Market data as the trader gives it: whether it is fresh and whole enough, and its price.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rust_decimal::Decimal;

use super::limits::Quality;
use super::order::price;
use super::refusal::{Read, Refusal, Trouble, number, seconds, shown};

/// Seconds that a time may be ahead of this machine's clock.
pub(super) const AHEAD: f64 = 5.0;

/// The price to judge an order of this symbol with.
pub(super) fn price_of(
    data: Option<&Bound<'_, PyAny>>,
    symbol: &str,
    now: f64,
    quality: &Result<Quality, Refusal>,
) -> Read<Decimal> {
    let refuse = |code, text: String| Err(Refusal::new(code, text).into());
    let Some(data) = data.and_then(|data| data.cast::<PyDict>().ok()).filter(|data| !data.is_empty()) else {
        return refuse("DATA_GAP", "there is no market data".to_owned());
    };
    let py = data.py();
    if let Some(other) = data.get_item(intern!(py, "symbol"))?
        && other.extract::<&str>().ok() != Some(symbol)
    {
        return refuse("DATA_GAP", format!("the market data is of {}", shown(&other)));
    }
    let Some(at) = data.get_item(intern!(py, "timestamp"))? else {
        return refuse("STALE_DATA", "the market data has no timestamp".to_owned());
    };
    let at = seconds(&at, "timestamp", "STALE_DATA")?;
    let quality = quality.as_ref().map_err(Clone::clone)?;
    if at > now + AHEAD {
        return refuse("STALE_DATA", format!("timestamp: {at} is ahead of this machine's clock"));
    }
    if now - at > quality.age_minutes * 60.0 {
        let text =
            format!("the market data is {:.1} s old, at most {} minutes", now - at, quality.age_minutes);
        return refuse("STALE_DATA", text);
    }
    let item = data.get_item(intern!(py, "price"))?;
    let price = usable(py, item.map(|item| price(&item, "price")))?;
    let item = data.get_item(intern!(py, "volume"))?;
    let volume = usable(py, item.map(|item| number(&item, "volume", "")))?.filter(|v| *v >= Decimal::ZERO);
    let present = 1 + u32::from(price.is_some()) + u32::from(volume.is_some());
    if Decimal::from(present) < quality.share * Decimal::from(3) {
        let text = format!("{present} of price, volume and timestamp are usable, at least {}", quality.share);
        return refuse("INCOMPLETE_DATA", text);
    }
    if let Some(item) = data.get_item(intern!(py, "volatility"))?.filter(|item| !item.is_none()) {
        let value = usable(py, Some(number(&item, "volatility", "")))?;
        if value.is_none_or(|value| value < Decimal::ZERO) {
            return refuse("INCOMPLETE_DATA", format!("volatility: {} is none", shown(&item)));
        }
    }
    price.ok_or_else(|| Refusal::new("DATA_GAP", "the market data has no price").into())
}

/// A value that is not there, or cannot be used, is missing.
fn usable(py: Python<'_>, read: Option<Read<Decimal>>) -> PyResult<Option<Decimal>> {
    match read {
        Some(Ok(value)) => Ok(Some(value)),
        None | Some(Err(Trouble::Refused(_))) => Ok(None),
        Some(Err(trouble)) => trouble.settled(py).map(|_| None),
    }
}
