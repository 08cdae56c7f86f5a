//! An order as the trader gives it, read once: what is judged afterwards cannot be changed from outside.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString, PyType};
use risk_core::{Id, Side};
use rust_decimal::Decimal;

use super::refusal::{INVALID, Read, Refusal, number, seconds, shown};

/// The lot of a symbol without registered increments.
pub(super) const LOT: Decimal = Decimal::from_parts(1, 0, 0, false, 8);
const SIZE_MAX: Decimal = Decimal::from_parts(0xA4C6_8000, 0x0003_8D7E, 0, false, 0);
const PRICE_MIN: Decimal = Decimal::from_parts(1, 0, 0, false, 12);
const PRICE_MAX: Decimal = Decimal::from_parts(0xD4A5_1000, 0xE8, 0, false, 0);

/// An order that can be read.
pub(super) struct Asked {
    pub(super) symbol: String,
    pub(super) side: Side,
    pub(super) size: Decimal,
    pub(super) price: Option<Decimal>,
    pub(super) market: bool,
    /// The client order id as the trader wrote it, as text and as the core knows it.
    pub(super) client: Option<(String, Id)>,
}

impl Asked {
    pub(super) fn read(order: &Bound<'_, PyAny>) -> Read<Self> {
        let py = order.py();
        // What is no attribute is missing; what is one and raises is passed on.
        let symbol = symbol(order.getattr_opt(intern!(py, "symbol"))?.as_ref())?;
        let side = side(py, order.getattr_opt(intern!(py, "side"))?.as_ref())?;
        let size = match order.getattr_opt(intern!(py, "size"))? {
            Some(size) => number(&size, "size", INVALID)?,
            None => return Err(missing("size")),
        };
        if size > SIZE_MAX || size < LOT {
            return invalid(format!("size: {size} is not {LOT} to {SIZE_MAX}"));
        }
        let price = order.getattr_opt(intern!(py, "price"))?.filter(|price| !price.is_none());
        let price = price.map(|price| self::price(&price, "price")).transpose()?;
        let market = match order.getattr_opt(intern!(py, "order_type"))? {
            None => true,
            Some(kind) => {
                let kind = text(&kind, "order_type")?.to_str();
                kind.is_ok_and(|kind| kind.eq_ignore_ascii_case("market"))
            }
        };
        if let Some(strategy) = order.getattr_opt(intern!(py, "strategy_id"))? {
            text(&strategy, "strategy_id")?;
        }
        match order.getattr_opt(intern!(py, "timestamp"))? {
            Some(time) => seconds(&time, "timestamp", INVALID)?,
            None => return Err(missing("timestamp")),
        };
        let client = order.getattr_opt(intern!(py, "client_order_id"))?.filter(|id| !id.is_none());
        let client = client.map(|id| known_as(&id)).transpose()?;
        Ok(Self { symbol, side, size, price, market, client })
    }
}

fn invalid<T>(text: String) -> Read<T> {
    Err(Refusal::new(INVALID, text).into())
}

#[cold]
fn missing(field: &str) -> super::refusal::Trouble {
    Refusal::new(INVALID, format!("{field}: is missing")).into()
}

fn symbol(value: Option<&Bound<'_, PyAny>>) -> Read<String> {
    let Some(value) = value else { return Err(missing("symbol")) };
    if let Ok(text) = value.cast::<PyString>()
        && let Ok(text) = text.to_str()
        && is_symbol(text)
    {
        return Ok(text.to_owned());
    }
    invalid(format!("symbol: {} is no symbol", shown(value)))
}

/// 1 to 64 printable ASCII characters.
pub(super) fn is_symbol(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// A text that says something.
fn text<'a, 'py>(value: &'a Bound<'py, PyAny>, field: &str) -> Read<&'a Bound<'py, PyString>> {
    match value.cast::<PyString>() {
        Ok(text) if !text.is_empty()? => Ok(text),
        _ => invalid(format!("{field}: {} is no text", shown(value))),
    }
}

/// The members of `OrderSide`.
static SIDES: PyOnceLock<(Py<PyAny>, Py<PyAny>, Py<PyType>)> = PyOnceLock::new();

fn side(py: Python<'_>, value: Option<&Bound<'_, PyAny>>) -> Read<Side> {
    let Some(value) = value else { return Err(missing("side")) };
    let (buy, sell, kind) = SIDES.get_or_try_init(py, || {
        let kind = py.import("risk_guard._shapes")?.getattr("OrderSide")?.cast_into::<PyType>()?;
        Ok::<_, PyErr>((kind.getattr("BUY")?.unbind(), kind.getattr("SELL")?.unbind(), kind.unbind()))
    })?;
    if value.is(buy) {
        return Ok(Side::Buy);
    }
    if value.is(sell) {
        return Ok(Side::Sell);
    }
    let inner =
        if value.is_instance(kind.bind(py))? { value.getattr(intern!(py, "value"))? } else { value.clone() };
    match inner.cast::<PyString>().map(|text| text.to_str()) {
        Ok(Ok(text)) if text.eq_ignore_ascii_case("buy") => Ok(Side::Buy),
        Ok(Ok(text)) if text.eq_ignore_ascii_case("sell") => Ok(Side::Sell),
        _ => invalid(format!("side: {} is neither buy nor sell", shown(value))),
    }
}

/// A price that some symbol can hold.
pub(super) fn price(value: &Bound<'_, PyAny>, field: &str) -> Read<Decimal> {
    let price = number(value, field, INVALID)?;
    if (PRICE_MIN..=PRICE_MAX).contains(&price) {
        return Ok(price);
    }
    invalid(format!("{field}: {price} is not {PRICE_MIN} to {PRICE_MAX}"))
}

/// A client order id as text, and as the core knows it.
fn known_as(value: &Bound<'_, PyAny>) -> Read<(String, Id)> {
    let text = text(value, "client_order_id")?;
    Ok((text.to_string_lossy().into_owned(), core_id(text)?))
}

/// A client order id as the core knows it: itself, or a name made from it where it is too long or of other characters.
pub(super) fn core_id(text: &Bound<'_, PyString>) -> PyResult<Id> {
    let hashed = |bytes: &[u8]| Id::new(&format!("blake3:{}", &blake3::hash(bytes).to_hex()[..48]));
    match text.to_str() {
        Ok(plain) => {
            let id = Id::new(plain);
            Ok(if id.is_valid() { id } else { hashed(plain.as_bytes()) })
        }
        // Half of a pair of surrogates is text to Python, and bytes to everybody else.
        Err(_) => {
            let bytes = text.call_method1("encode", ("utf-8", "surrogatepass"))?;
            Ok(hashed(bytes.cast::<PyBytes>()?.as_bytes()))
        }
    }
}
