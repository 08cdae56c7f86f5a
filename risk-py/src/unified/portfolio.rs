//! The trader's portfolio: read when something in it has changed, down to the fields of its positions.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyString};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::limits::MOST;
use super::order::{is_symbol, price};
use super::refusal::{ERROR, Read, Refusal, amount, count, kept, seconds, shown};

/// What the trader states for all positions together.
#[derive(Clone, Copy)]
pub(super) struct Figures {
    pub(super) total: Decimal,
    pub(super) profit: Decimal,
    pub(super) drawdown_percent: Decimal,
    pub(super) count: u32,
    pub(super) exposure: Decimal,
}

/// One position that can be read.
pub(super) struct Listed {
    pub(super) symbol: String,
    /// In money, negative for a short.
    pub(super) value: Decimal,
    /// In units, negative for a short, where the entry says it.
    pub(super) quantity: Option<Decimal>,
    /// The entry's own price.
    pub(super) price: Option<Decimal>,
    /// The group it is to be in, where `symbol_groups` says so.
    pub(super) group: Option<String>,
}

/// A portfolio as it was read. Each part is asked for only by an order that needs it.
pub(super) struct SeenPortfolio {
    /// Counts the readings: what was read later holds.
    pub(super) serial: u64,
    /// Whether it is a portfolio with positions at all.
    pub(super) whole: Result<(), Refusal>,
    pub(super) update: Result<f64, Refusal>,
    /// Whether `last_update` is a plain number: only such a one is a refresh.
    pub(super) plain: bool,
    /// How long holds of market orders and of others last, in seconds.
    pub(super) settle: Result<[f64; 2], Refusal>,
    pub(super) figures: Result<Figures, Refusal>,
    pub(super) listed: Vec<Listed>,
    /// Positions that cannot be read, by their symbol.
    pub(super) wrong: Vec<(String, Refusal)>,
}

/// The last reading, and what it was made from: as long as nothing of that is another object, it holds.
pub(super) struct LastPortfolio {
    state: Py<PyAny>,
    version: i64,
    parts: Vec<Py<PyAny>>,
    pub(super) seen: Arc<SeenPortfolio>,
}

impl LastPortfolio {
    /// A reading of something that is a portfolio. `version` is how often its fields were assigned, looked at before.
    pub(super) fn read(
        guard: &Bound<'_, PyAny>,
        state: &Bound<'_, PyAny>,
        version: i64,
        serial: u64,
    ) -> PyResult<Self> {
        let py = state.py();
        let mut parts = Vec::new();
        let update = state.getattr(intern!(py, "last_update"))?;
        let mut seen = SeenPortfolio {
            serial,
            whole: Ok(()),
            plain: update.cast_exact::<PyFloat>().is_ok() || update.cast_exact::<PyInt>().is_ok(),
            update: kept(py, seconds(&update, "portfolio_state.last_update", "STALE_DATA"))?,
            settle: kept(py, settle(guard))?,
            figures: kept(py, figures(state))?,
            listed: Vec::new(),
            wrong: Vec::new(),
        };
        let groups = guard.getattr(intern!(py, "symbol_groups"))?;
        let positions = state.getattr(intern!(py, "positions"))?;
        match positions.cast::<PyDict>() {
            Err(_) => {
                let text = format!("portfolio_state.positions: {} is no dict", shown(&positions));
                seen.whole = Err(Refusal::new(ERROR, text));
            }
            Ok(positions) => {
                for item in positions.items() {
                    let (symbol, entry): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
                    walk(&symbol, &entry, &mut |part| {
                        parts.push(part.map_or_else(|| py.None(), |part| part.clone().unbind()));
                        Ok(())
                    })?;
                    match kept(py, listed(&symbol, &entry))? {
                        Ok(position) => {
                            let group = group(&groups, &position.symbol);
                            seen.listed.push(Listed { group, ..position });
                        }
                        Err(refusal) => {
                            let name = symbol.extract::<&str>().unwrap_or_default();
                            seen.wrong.push((name.to_owned(), refusal));
                        }
                    }
                }
            }
        }
        Ok(Self { state: state.clone().unbind(), version, parts, seen: Arc::new(seen) })
    }

    /// Whether a portfolio is as it was read.
    pub(super) fn is_of(&self, state: &Bound<'_, PyAny>, version: i64) -> PyResult<bool> {
        if !self.state.is(state) || self.version != version {
            return Ok(false);
        }
        let py = state.py();
        let positions = state.getattr(intern!(py, "positions"))?;
        let Ok(positions) = positions.cast::<PyDict>() else { return Ok(false) };
        if positions.is_empty() {
            return Ok(self.parts.is_empty());
        }
        let mut before = self.parts.iter();
        let mut same = true;
        for item in positions.items() {
            let (symbol, entry): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
            walk(&symbol, &entry, &mut |part| {
                let known = before.next();
                same &= match (known, part) {
                    (Some(known), Some(part)) => known.is(part),
                    (Some(known), None) => known.is_none(py),
                    (None, _) => false,
                };
                Ok(())
            })?;
        }
        Ok(same && before.next().is_none())
    }
}

impl SeenPortfolio {
    /// What is no portfolio.
    pub(super) fn none(state: &Bound<'_, PyAny>, serial: u64) -> Self {
        let refusal = Refusal::new(ERROR, format!("portfolio_state: {} is no PortfolioState", shown(state)));
        Self {
            serial,
            whole: Err(refusal.clone()),
            update: Err(refusal.clone()),
            plain: false,
            settle: Err(refusal.clone()),
            figures: Err(refusal),
            listed: Vec::new(),
            wrong: Vec::new(),
        }
    }
}

fn figures(state: &Bound<'_, PyAny>) -> Read<Figures> {
    let py = state.py();
    let money = |name: &Bound<'_, PyString>, least| -> Read<Decimal> {
        amount(&state.getattr(name)?, &format!("portfolio_state.{name}"), least, MOST)
    };
    let drawdown = state.getattr(intern!(py, "max_drawdown_from_peak"))?;
    let positions = state.getattr(intern!(py, "position_count"))?;
    Ok(Figures {
        total: money(intern!(py, "total_value_usd"), -MOST)?,
        profit: money(intern!(py, "daily_pnl_usd"), -MOST)?,
        drawdown_percent: {
            let field = "portfolio_state.max_drawdown_from_peak";
            amount(&drawdown, field, Decimal::ZERO, Decimal::MAX)?
        },
        count: count(&positions, "portfolio_state.position_count")?,
        exposure: money(intern!(py, "total_exposure_usd"), Decimal::ZERO)?,
    })
}

/// How an entry may name its quantity.
const QUANTITIES: [&str; 4] = ["quantity", "qty", "size", "amount"];

/// Shows every part of a position that its reading looks at.
fn walk(
    symbol: &Bound<'_, PyAny>,
    entry: &Bound<'_, PyAny>,
    look: &mut impl FnMut(Option<&Bound<'_, PyAny>>) -> PyResult<()>,
) -> PyResult<()> {
    let py = symbol.py();
    look(Some(symbol))?;
    look(Some(entry))?;
    let Ok(entry) = entry.cast::<PyDict>() else { return Ok(()) };
    for name in [intern!(py, "value_usd"), intern!(py, "side"), intern!(py, "price")] {
        look(entry.get_item(name)?.as_ref())?;
    }
    for name in [intern!(py, "quantity"), intern!(py, "qty"), intern!(py, "size"), intern!(py, "amount")] {
        look(entry.get_item(name)?.as_ref())?;
    }
    Ok(())
}

fn listed(symbol: &Bound<'_, PyAny>, entry: &Bound<'_, PyAny>) -> Read<Listed> {
    let py = symbol.py();
    let known =
        symbol.cast::<PyString>().ok().and_then(|text| text.to_str().ok()).filter(|text| is_symbol(text));
    let (Some(known), Ok(entry)) = (known, entry.cast::<PyDict>()) else {
        let text = format!("portfolio_state.positions[{}]: {} is no position", shown(symbol), shown(entry));
        return Err(Refusal::new(ERROR, text).into());
    };
    let name = |field: &str| format!("portfolio_state.positions['{known}'].{field}");
    let any = |field: &str, value: &Bound<'_, PyAny>| amount(value, &name(field), -MOST, MOST);
    let value = entry.get_item(intern!(py, "value_usd"))?.unwrap_or_else(|| py.None().into_bound(py));
    let mut value = any("value_usd", &value)?;
    let side = entry.get_item(intern!(py, "side"))?.filter(|side| !side.is_none());
    let long = match side {
        None => !value.is_sign_negative(),
        Some(side) => long(&side, || name("side"))?,
    };
    value.set_sign_negative(!long);
    let mut quantity = None;
    for field in QUANTITIES {
        if let Some(given) = entry.get_item(field)? {
            let mut given = any(field, &given)?;
            given.set_sign_negative(!long);
            quantity = Some(given);
            break;
        }
    }
    let own = entry.get_item(intern!(py, "price"))?.filter(|price| !price.is_none());
    let price = own.map(|own| price(&own, &name("price"))).transpose()?;
    Ok(Listed { symbol: known.to_owned(), value, quantity, price, group: None })
}

fn long(side: &Bound<'_, PyAny>, name: impl FnOnce() -> String) -> Read<bool> {
    let inner = side.getattr_opt(intern!(side.py(), "value"))?.unwrap_or_else(|| side.clone());
    match inner.extract::<&str>().map(str::to_ascii_lowercase).as_deref() {
        Ok("buy" | "long") => Ok(true),
        Ok("sell" | "short") => Ok(false),
        _ => Err(Refusal::new(ERROR, format!("{}: {} is no side", name(), shown(side))).into()),
    }
}

/// How many minutes old a portfolio may be.
pub(super) fn age_minutes(value: &Bound<'_, PyAny>) -> Read<f64> {
    if let Ok(whole) = value.cast_exact::<PyInt>()
        && let Ok(whole) = whole.extract::<u32>()
    {
        return Ok(f64::from(whole));
    }
    let age = amount(value, "max_portfolio_age_minutes", Decimal::ZERO, Decimal::MAX)?;
    Ok(age.to_f64().unwrap_or(0.0))
}

/// The group that `symbol_groups` names for a symbol, where it is a text.
pub(super) fn group(groups: &Bound<'_, PyAny>, symbol: &str) -> Option<String> {
    let groups = groups.cast::<PyDict>().ok().filter(|groups| !groups.is_empty())?;
    let group: String = groups.get_item(symbol).ok()??.extract().ok()?;
    Some(group).filter(|group| !group.is_empty())
}

fn settle(guard: &Bound<'_, PyAny>) -> Read<[f64; 2]> {
    let seconds = guard.getattr(intern!(guard.py(), "hold_settle_seconds"))?;
    let of = |kind: &str| -> Read<f64> {
        let field = format!("hold_settle_seconds[{kind:?}]");
        let value = seconds.get_item(kind).map_err(|_| Refusal::new(ERROR, format!("{field} is missing")))?;
        Ok(amount(&value, &field, Decimal::ZERO, Decimal::MAX)?.to_f64().unwrap_or(f64::MAX))
    };
    Ok([of("market")?, of("other")?])
}
