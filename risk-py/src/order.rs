//! An order as Python asks for it. Frozen: what was judged is what was asked.

use pyo3::prelude::*;
use risk_core::{Change, Id, Kind, Side, TimeInForce};

use crate::error::invalid;
use crate::handles::{Account, Instrument, Strategy, Trader};
use crate::number;

/// An order. Quantities are in units of the instrument, prices in its quote asset, times in nanoseconds since the epoch.
///
/// A market order; a limit order with `price`; a stop with `trigger`; a stop-limit with both. A value that is no number,
/// or no side, raises `InvalidValueError`; everything else the guard judges.
///
/// >>> order = rg.Order(btc, "buy", "1.5", price=50_000, strategy=grid, id="a1", time_in_force="day")
/// >>> order.side, order.quantity, order.price, order.trigger, order.id, order.time_in_force
/// ('buy', Decimal('1.5'), Decimal('50000'), None, 'a1', 'day')
/// >>> rg.Order(btc, "buy", True)
/// Traceback (most recent call last):
///     ...
/// risk_guard.exceptions.InvalidValueError: quantity: True is a bool, not a number
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct Order {
    pub(crate) order: risk_core::Order,
}

/// The fields of an order in a call.
pub(crate) struct Fields<'a, 'py> {
    pub(crate) instrument: &'a Bound<'py, Instrument>,
    pub(crate) side: &'a Bound<'py, PyAny>,
    pub(crate) quantity: &'a Bound<'py, PyAny>,
    pub(crate) price: Option<&'a Bound<'py, PyAny>>,
    pub(crate) trigger: Option<&'a Bound<'py, PyAny>>,
    pub(crate) id: Option<&'a Bound<'py, PyAny>>,
    pub(crate) strategy: Option<&'a Bound<'py, Strategy>>,
    pub(crate) account: Option<&'a Bound<'py, Account>>,
    pub(crate) time_in_force: Option<&'a Bound<'py, PyAny>>,
    pub(crate) reduce_only: bool,
    pub(crate) reducible: bool,
    pub(crate) self_match_prevention: bool,
    pub(crate) created_at_ns: Option<&'a Bound<'py, PyAny>>,
    pub(crate) parent: Option<&'a Bound<'py, PyAny>>,
    pub(crate) parent_quantity: Option<&'a Bound<'py, PyAny>>,
    pub(crate) trader: Option<&'a Bound<'py, Trader>>,
}

impl Fields<'_, '_> {
    pub(crate) fn order(&self) -> PyResult<risk_core::Order> {
        let mut order = risk_core::Order::new(
            self.instrument.get().handle,
            side(self.side)?,
            number::decimal(self.quantity, "quantity")?,
        );
        if let Some(price) = self.price {
            order = order.limit(number::decimal(price, "price")?);
        }
        if let Some(trigger) = self.trigger {
            order = order.stop(number::decimal(trigger, "trigger")?);
        }
        if let Some(value) = self.id {
            order.id = id(value, "id")?;
        }
        if let Some(strategy) = self.strategy {
            order.strategy = strategy.get().handle;
            order.account = strategy.get().account;
        }
        if let Some(account) = self.account {
            order.account = account.get().handle;
        }
        if let Some(value) = self.time_in_force {
            order.time_in_force = time_in_force(value)?;
        }
        order.reduce_only = self.reduce_only;
        order.reducible = self.reducible;
        order.self_match_prevention = self.self_match_prevention;
        order.created_at = number::instant(self.created_at_ns, "created_at_ns")?;
        order.parent = self.parent.map(|value| id(value, "parent")).transpose()?;
        order.parent_quantity = number::maybe(self.parent_quantity, "parent_quantity")?;
        order.trader = self.trader.map(|trader| trader.get().handle);
        Ok(order)
    }
}

pub(crate) fn side(value: &Bound<'_, PyAny>) -> PyResult<Side> {
    match text(value, "side")? {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        _ => Err(invalid("side", value, "is neither \"buy\" nor \"sell\"")),
    }
}

pub(crate) fn side_name(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

/// Text, or text of an int: a client order id.
pub(crate) fn id(value: &Bound<'_, PyAny>, field: &str) -> PyResult<Id> {
    if let Ok(text) = value.cast::<pyo3::types::PyString>() {
        // What is not an identifier is answered and recorded as such.
        return Ok(text.to_str().map_or_else(|_| Id::default(), Id::new));
    }
    let number = number::whole(value, field)?;
    u64::try_from(number).map(Id::from).map_err(|_| invalid(field, value, "is negative"))
}

pub(crate) fn text<'a>(value: &'a Bound<'_, PyAny>, field: &str) -> PyResult<&'a str> {
    match value.cast::<pyo3::types::PyString>() {
        Ok(text) => text.to_str(),
        Err(_) => Err(invalid(field, value, "is no text")),
    }
}

/// A change of an order, by its fields: what is `None` stays.
pub(crate) fn change(
    quantity: Option<&Bound<'_, PyAny>>,
    price: Option<&Bound<'_, PyAny>>,
    trigger: Option<&Bound<'_, PyAny>>,
    id: Option<&Bound<'_, PyAny>>,
    created_at_ns: Option<&Bound<'_, PyAny>>,
) -> PyResult<Change> {
    Ok(Change {
        id: id.map(|value| self::id(value, "id")).transpose()?,
        quantity: number::maybe(quantity, "quantity")?,
        price: number::maybe(price, "price")?,
        trigger: number::maybe(trigger, "trigger")?,
        created_at: number::instant(created_at_ns, "created_at_ns")?,
    })
}

/// Names of the times in force, as they are written and as the core names them.
const TIMES_IN_FORCE: [(&str, TimeInForce); 5] = [
    ("good_till_cancel", TimeInForce::GoodTillCancel),
    ("day", TimeInForce::Day),
    ("immediate_or_cancel", TimeInForce::ImmediateOrCancel),
    ("fill_or_kill", TimeInForce::FillOrKill),
    ("all_or_none", TimeInForce::AllOrNone),
];

fn time_in_force(value: &Bound<'_, PyAny>) -> PyResult<TimeInForce> {
    let name = text(value, "time_in_force")?;
    let found = TIMES_IN_FORCE.iter().find(|(known, _)| *known == name);
    found.map(|(_, time)| *time).ok_or_else(|| {
        invalid(
            "time_in_force",
            value,
            "is none of good_till_cancel, day, immediate_or_cancel, fill_or_kill, all_or_none",
        )
    })
}

#[pymethods]
impl Order {
    #[new]
    #[pyo3(signature = (instrument, side, quantity, *, price=None, trigger=None, id=None, strategy=None, account=None,
        time_in_force=None, reduce_only=false, reducible=true, created_at_ns=None, parent=None, parent_quantity=None,
        self_match_prevention=false, trader=None))]
    #[allow(clippy::too_many_arguments, reason = "the fields of an order, by name")]
    fn new<'py>(
        instrument: &Bound<'py, Instrument>,
        side: &Bound<'py, PyAny>,
        quantity: &Bound<'py, PyAny>,
        price: Option<&Bound<'py, PyAny>>,
        trigger: Option<&Bound<'py, PyAny>>,
        id: Option<&Bound<'py, PyAny>>,
        strategy: Option<&Bound<'py, Strategy>>,
        account: Option<&Bound<'py, Account>>,
        time_in_force: Option<&Bound<'py, PyAny>>,
        reduce_only: bool,
        reducible: bool,
        created_at_ns: Option<&Bound<'py, PyAny>>,
        parent: Option<&Bound<'py, PyAny>>,
        parent_quantity: Option<&Bound<'py, PyAny>>,
        self_match_prevention: bool,
        trader: Option<&Bound<'py, Trader>>,
    ) -> PyResult<Self> {
        let fields = Fields {
            instrument,
            side,
            quantity,
            price,
            trigger,
            id,
            strategy,
            account,
            time_in_force,
            reduce_only,
            reducible,
            self_match_prevention,
            created_at_ns,
            parent,
            parent_quantity,
            trader,
        };
        Ok(Self { order: fields.order()? })
    }

    /// The client order id.
    #[getter]
    fn id(&self) -> &str {
        self.order.id.as_str()
    }

    /// `buy` or `sell`.
    #[getter]
    fn side(&self) -> &'static str {
        side_name(self.order.side)
    }

    /// How much, in units of the instrument.
    #[getter]
    fn quantity<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::to_python(py, self.order.quantity)
    }

    /// The worst price accepted, of a limit or stop-limit order.
    #[getter]
    fn price<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.order.kind {
            Kind::Limit { price } | Kind::StopLimit { price, .. } => number::to_python(py, price).map(Some),
            _ => Ok(None),
        }
    }

    /// The trigger, of a stop or stop-limit order.
    #[getter]
    fn trigger<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.order.kind {
            Kind::Stop { trigger } | Kind::StopLimit { trigger, .. } => {
                number::to_python(py, trigger).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Position of the instrument in order of registration.
    #[getter]
    fn instrument_ordinal(&self) -> u32 {
        self.order.instrument.ordinal()
    }

    /// How long it works.
    #[getter]
    fn time_in_force(&self) -> &'static str {
        let found = TIMES_IN_FORCE.iter().find(|(_, time)| *time == self.order.time_in_force);
        found.map_or("", |(name, _)| name)
    }

    /// Whether it may only make the position smaller.
    #[getter]
    fn reduce_only(&self) -> bool {
        self.order.reduce_only
    }

    /// Whether the guard may answer with less.
    #[getter]
    fn reducible(&self) -> bool {
        self.order.reducible
    }

    /// Whether it carries the venue's own instruction against self matches.
    #[getter]
    fn self_match_prevention(&self) -> bool {
        self.order.self_match_prevention
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().order == self.order)
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.order.hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        format!("<Order {} {} {}>", self.order.id.as_str(), self.side(), self.order.quantity)
    }
}
