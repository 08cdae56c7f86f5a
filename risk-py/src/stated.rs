//! What a venue states of an account, what was different, and statements that wait for somebody's decision.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use risk_core::{Holding, IngestError, Ingested, Snapshot};
use rust_decimal::Decimal;

use crate::error::{self, invalid};
use crate::guard::{Guard, parsed};
use crate::handles::{Account, Instrument, OrderHandle};
use crate::number;
use crate::order::{id, side, side_name};

/// An order as the venue has it, for `Guard.snapshot` and `Guard.reconcile`.
///
/// `open` is what can still be executed of it, in units of the instrument; `price` its limit price in the quote asset,
/// where it has one. Raises `InvalidValueError` for what is no number, no side or no id.
///
/// >>> order = rg.StatedOrder("a7", btc, "buy", "0.5", price=49_000)
/// >>> order.id, order.side, order.open, order.price
/// ('a7', 'buy', Decimal('0.5'), Decimal('49000'))
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct StatedOrder {
    stated: risk_core::StatedOrder,
    instrument: Py<Instrument>,
}

#[pymethods]
impl StatedOrder {
    #[new]
    #[pyo3(signature = (id, instrument, side, open, *, price=None))]
    fn new<'py>(
        id: &Bound<'py, PyAny>,
        instrument: &Bound<'py, Instrument>,
        side: &Bound<'py, PyAny>,
        open: &Bound<'py, PyAny>,
        price: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let stated = risk_core::StatedOrder {
            id: self::id(id, "id")?,
            instrument: instrument.get().handle,
            side: self::side(side)?,
            open: number::decimal(open, "open")?,
            price: number::maybe(price, "price")?,
        };
        Ok(Self { stated, instrument: instrument.clone().unbind() })
    }

    /// Its client order id.
    #[getter]
    fn id(&self) -> &str {
        self.stated.id.as_str()
    }

    /// Of what.
    #[getter]
    fn instrument(&self, py: Python<'_>) -> Py<Instrument> {
        self.instrument.clone_ref(py)
    }

    /// `buy` or `sell`.
    #[getter]
    fn side(&self) -> &'static str {
        side_name(self.stated.side)
    }

    /// What can still be executed of it, in units of the instrument.
    #[getter]
    fn open<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::to_python(py, self.stated.open)
    }

    /// Its limit price, in the quote asset.
    #[getter]
    fn price<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        number::maybe_to_python(py, self.stated.price)
    }

    fn __repr__(&self) -> String {
        format!("<StatedOrder {} {} {}>", self.stated.id.as_str(), self.side(), self.stated.open)
    }
}

/// Something that the guard and the venue did not agree on, as `Guard.reconcile` tells it.
///
/// >>> _, [cash, position] = guard.reconcile(main, {btc: (2, 49_000)}, balance=90_000)
/// >>> cash.what, cash.known, cash.stated
/// ('balance', Decimal('100000'), Decimal('90000'))
/// >>> position.what, position.instrument.name, position.known, position.stated
/// ('position', 'BTC-USD', Decimal('0'), Decimal('2'))
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct Difference {
    what: &'static str,
    instrument: Option<Py<Instrument>>,
    order: Option<risk_core::OrderHandle>,
    id: Option<String>,
    known: Option<Decimal>,
    stated: Option<Decimal>,
}

#[pymethods]
impl Difference {
    /// What is different: `balance` (in the account's currency), `position`, `open` (more or less of an order is open),
    /// `gone` (the venue has an order no more: it has ended), `not_seen_yet` (an order was only just sent and stays held)
    /// or `stranger` (the venue has an order that nobody knew here: it is held).
    #[getter]
    fn what(&self) -> &'static str {
        self.what
    }

    /// Of a `position`, in what.
    #[getter]
    fn instrument(&self, py: Python<'_>) -> Option<Py<Instrument>> {
        self.instrument.as_ref().map(|instrument| instrument.clone_ref(py))
    }

    /// Which order is `open` otherwise, `gone` or `not_seen_yet`.
    #[getter]
    fn order(&self) -> Option<OrderHandle> {
        self.order.map(|handle| OrderHandle { handle })
    }

    /// The client order id of a `stranger`.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// What the guard had; `None` for a balance that was never stated.
    #[getter]
    fn known<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        number::maybe_to_python(py, self.known)
    }

    /// What the venue says: the truth from now on.
    #[getter]
    fn stated<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        number::maybe_to_python(py, self.stated)
    }

    fn __repr__(&self) -> String {
        let show = |value: Option<Decimal>| value.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
        match (self.known, self.stated) {
            (None, None) => format!("<Difference {}>", self.what),
            (known, stated) => format!("<Difference {}: {}, not {}>", self.what, show(stated), show(known)),
        }
    }
}

impl Difference {
    fn of(what: &'static str) -> Self {
        Self { what, instrument: None, order: None, id: None, known: None, stated: None }
    }

    fn told(py: Python<'_>, guard: &Guard, difference: risk_core::Difference) -> PyResult<Self> {
        use risk_core::Difference as Told;
        Ok(match difference {
            Told::Balance { known, stated } => Self { known, stated: Some(stated), ..Self::of("balance") },
            Told::Position { instrument, known, stated } => Self {
                instrument: guard.named(py, instrument)?.map(|found| Py::new(py, found)).transpose()?,
                known: Some(known),
                stated: Some(stated),
                ..Self::of("position")
            },
            Told::Open { order, known, stated } => {
                Self { order: Some(order), known: Some(known), stated: Some(stated), ..Self::of("open") }
            }
            Told::Gone { order } => Self { order: Some(order), ..Self::of("gone") },
            Told::NotSeenYet { order } => Self { order: Some(order), ..Self::of("not_seen_yet") },
            Told::Stranger { id } => Self { id: Some(id.as_str().to_owned()), ..Self::of("stranger") },
            _ => Self::of("other"),
        })
    }
}

/// A snapshot as it is written in a call.
fn snapshot(
    account: &Bound<'_, Account>,
    positions: &Bound<'_, PyDict>,
    balance: Option<&Bound<'_, PyAny>>,
    orders: Option<Vec<Bound<'_, StatedOrder>>>,
) -> PyResult<Arc<Snapshot>> {
    let mut holdings = Vec::with_capacity(positions.len());
    for (instrument, held) in positions.iter() {
        let Ok(named) = instrument.cast::<Instrument>() else {
            return Err(invalid("positions", &instrument, "is a key that is no Instrument"));
        };
        let Ok((quantity, price)) = held.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>() else {
            return Err(invalid("positions", &held, "is no pair of quantity and price"));
        };
        holdings.push(Holding {
            instrument: named.get().handle,
            quantity: number::decimal(&quantity, "quantity")?,
            price: number::decimal(&price, "price")?,
        });
    }
    Ok(Arc::new(Snapshot {
        account: account.get().handle,
        balance: number::maybe(balance, "balance")?,
        positions: holdings,
        orders: orders.map(|orders| orders.iter().map(|order| order.get().stated).collect()),
    }))
}

#[pymethods]
impl Guard {
    /// What an account really holds, from now on: `positions` maps instruments to pairs of quantity (in units of the
    /// instrument, short where negative) and average price (in the quote asset); what is not listed is flat. `balance`
    /// is its cash in its currency. `orders`, where they are stated, are all it has at the venue: what is not among them
    /// has ended, but for what was sent within `unknown_settle_ms`. Differences belong to the strategy `unassigned`.
    ///
    /// Raises `InputError` and `InvalidValueError`; nothing has changed then. Beyond a cap of the account's `statements`
    /// it is withheld (`withheld_statements`).
    ///
    /// >>> guard.snapshot(main, {btc: ("1.5", 49_000)}, balance=90_000, orders=[])
    /// >>> guard.position(main, btc)["quantity"]
    /// Decimal('1.5')
    #[pyo3(signature = (account, positions, *, balance=None, orders=None))]
    fn snapshot<'py>(
        &self,
        py: Python<'py>,
        account: &Bound<'py, Account>,
        positions: &Bound<'py, PyDict>,
        balance: Option<&Bound<'py, PyAny>>,
        orders: Option<Vec<Bound<'py, StatedOrder>>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let snapshot = self::snapshot(account, positions, balance, orders)?;
        self.take_in(py, risk_core::Input::Snapshot(snapshot))
    }

    /// `snapshot`, and what was different before it: a pair of what every input returns and a list of `Difference`s.
    ///
    /// >>> unusual, differences = guard.reconcile(main, {btc: (2, 49_000)})
    /// >>> unusual, differences
    /// (None, [<Difference position: 2, not 0>])
    #[pyo3(signature = (account, positions, *, balance=None, orders=None))]
    fn reconcile<'py>(
        &self,
        py: Python<'py>,
        account: &Bound<'py, Account>,
        positions: &Bound<'py, PyDict>,
        balance: Option<&Bound<'py, PyAny>>,
        orders: Option<Vec<Bound<'py, StatedOrder>>>,
    ) -> PyResult<(Bound<'py, PyAny>, Vec<Difference>)> {
        let snapshot = self::snapshot(account, positions, balance, orders)?;
        let told = self.run(py, move |guard| guard.reconcile(snapshot))?;
        let told = told.map_err(|problem| error::ingest(py, &problem))?;
        let differences = told.differences.into_iter().map(|found| Difference::told(py, self, found));
        Ok((self.unusual(py, told.effect)?, differences.collect::<PyResult<_>>()?))
    }

    /// Statements (balances, figures of the host, snapshots) that jump beyond a cap of their account, as dicts: their
    /// number, account, input, time and latch. Their account is halted until each is accepted or discarded by somebody.
    ///
    /// >>> guard.withheld_statements()
    /// []
    fn withheld_statements<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let withheld = self.run(py, |guard| guard.withheld_statements())?;
        parsed(py, serde_json::to_string(&withheld))
    }

    /// A withheld statement is right, says `by`: it is applied as if it had just come, and with the last one of its
    /// account the halt it pulled is lifted. Raises `InputError` for a number that is not among them.
    ///
    /// >>> guard.accept_statement(1, by="ops")
    /// Traceback (most recent call last):
    ///     ...
    /// risk_guard.exceptions.InputError: the statement is not known to this engine
    #[pyo3(signature = (number, *, by))]
    fn accept_statement<'py>(&self, py: Python<'py>, number: u64, by: &str) -> PyResult<Bound<'py, PyAny>> {
        self.decide(py, |guard| guard.accept_statement(number, by))
    }

    /// A withheld statement is wrong, says `by`: it is forgotten, and with the last one of its account the halt it pulled
    /// is lifted. Raises `InputError` for a number that is not among them.
    ///
    /// >>> guard.discard_statement(1, by="ops")
    /// Traceback (most recent call last):
    ///     ...
    /// risk_guard.exceptions.InputError: the statement is not known to this engine
    #[pyo3(signature = (number, *, by))]
    fn discard_statement<'py>(&self, py: Python<'py>, number: u64, by: &str) -> PyResult<Bound<'py, PyAny>> {
        self.decide(py, |guard| guard.discard_statement(number, by))
    }

    /// The price of an instrument that jumped beyond `reference_jump_bps_max` is right, says `by`: it is the reference at
    /// once, without waiting for more quotes that agree. Raises `InputError` where no price is in doubt.
    ///
    /// >>> guard.believe_reference(btc, by="ops")
    /// Traceback (most recent call last):
    ///     ...
    /// risk_guard.exceptions.InputError: the suspect price is not known to this engine
    #[pyo3(signature = (instrument, *, by))]
    fn believe_reference<'py>(
        &self,
        py: Python<'py>,
        instrument: &Bound<'py, Instrument>,
        by: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let instrument = instrument.get().handle;
        self.decide(py, |guard| guard.believe_reference(instrument, by))
    }
}

impl Guard {
    fn decide<'py>(
        &self,
        py: Python<'py>,
        decide: impl FnOnce(&risk_core::RiskGuard) -> Result<Ingested, IngestError> + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        let effect = self.run(py, decide)?.map_err(|problem| error::ingest(py, &problem))?;
        self.unusual(py, effect)
    }
}
