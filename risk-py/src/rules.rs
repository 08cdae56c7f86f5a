//! Rules of the house as Python functions.
//!
//! A rule is asked under the guard's lock, with the interpreter attached: whoever waits for that lock has given the
//! interpreter away, so that the two locks are only ever taken in one order. A rule that calls a guard is refused the
//! call; a rule that raises, or answers with anything else than it may, refuses the order.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use risk_core::{Answer, Compare, GateReading, Level, Undecided, Veto};
use rust_decimal::Decimal;

use crate::error::{invalid, plain};
use crate::guard::{Guard, parsed};
use crate::number;
use crate::order::{Order, text};

thread_local! {
    /// Whether this thread is inside of a rule.
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Raises inside of a rule: it is asked under a guard's lock, and a call of a guard could wait for ever.
#[inline]
pub(crate) fn outside(py: Python<'_>) -> PyResult<()> {
    if ASKED.get() {
        return Err(plain(py, "RiskEvaluationError", "a rule of the house must not call a guard"));
    }
    Ok(())
}

struct Asked(bool);

impl Asked {
    fn begin() -> Self {
        Self(ASKED.replace(true))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        ASKED.set(self.0);
    }
}

/// How many exceptions of rules are kept.
const FAILURES_MAX: usize = 64;

/// What rules have raised, until somebody looks.
#[derive(Clone, Default)]
pub(crate) struct Failures(Arc<Mutex<VecDeque<Failure>>>);

/// The name of a rule, and what it raised.
type Failure = (String, Py<PyAny>);

impl Failures {
    fn keep(&self, py: Python<'_>, rule: &str, error: PyErr) {
        // Whoever wants to stop the program has not meant the rule.
        if error.is_instance_of::<PyKeyboardInterrupt>(py) {
            let _ = py.import("_thread").and_then(|module| module.call_method0("interrupt_main"));
        }
        let error = error.into_value(py).into_any();
        let mut kept = self.0.lock();
        let oldest = if kept.len() == FAILURES_MAX { kept.pop_front() } else { None };
        kept.push_back((rule.to_owned(), error));
        drop(kept);
        // Not under the lock: the end of a Python object can run anything.
        drop(oldest);
    }

    pub(crate) fn take(&self) -> Vec<Failure> {
        std::mem::take(&mut *self.0.lock()).into()
    }
}

/// The functions by the names of their rules.
pub(crate) fn vetoes(functions: Option<&Bound<'_, PyDict>>, failures: &Failures) -> PyResult<Vec<Veto>> {
    let Some(functions) = functions else { return Ok(Vec::new()) };
    let veto = |(name, function): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let Ok(rule) = name.cast::<PyString>() else {
            return Err(invalid("house_rules", &name, "is a key that is no text"));
        };
        let rule = rule.to_str()?.to_owned();
        if !function.is_callable() {
            return Err(invalid(&format!("house_rules.{rule}"), &function, "cannot be called"));
        }
        let (function, failures) = (function.unbind(), failures.clone());
        Ok(Veto::new(&rule.clone(), move |view: &risk_core::View<'_>| {
            Python::attach(|py| ask(py, &rule, &function, view, &failures))
        }))
    };
    functions.iter().map(veto).collect()
}

fn ask(
    py: Python<'_>,
    rule: &str,
    function: &Py<PyAny>,
    view: &risk_core::View<'_>,
    failures: &Failures,
) -> Answer {
    let _asked = Asked::begin();
    let answer = || -> PyResult<Option<risk_core::Measurement>> {
        let answer = function.bind(py).call1((View::of(view),))?;
        if answer.is_none() {
            return Ok(None);
        }
        let Ok(measurement) = answer.cast::<Measurement>() else {
            return Err(invalid("answer", &answer, "is neither a Measurement nor None"));
        };
        Ok(Some(measurement.get().inner))
    };
    answer().map_err(|error| {
        failures.keep(py, rule, error);
        Undecided
    })
}

/// What a rule of the house answers: what it measured and what it allows, in a unit of its own. The guard compares.
///
/// >>> answer = rg.Measurement.at_most("1.5", 2)
/// >>> answer.measured, answer.limit
/// (Decimal('1.5'), Decimal('2'))
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct Measurement {
    inner: risk_core::Measurement,
}

#[pymethods]
impl Measurement {
    /// Passes up to and with the limit.
    ///
    /// >>> rg.Measurement.at_most(2, 2)  # passes
    /// <Measurement 2 at most 2>
    #[staticmethod]
    fn at_most(measured: &Bound<'_, PyAny>, limit: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::made(Compare::AtMost, measured, limit)
    }

    /// Passes below the limit.
    ///
    /// >>> rg.Measurement.below(2, 2)  # does not pass
    /// <Measurement 2 below 2>
    #[staticmethod]
    fn below(measured: &Bound<'_, PyAny>, limit: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::made(Compare::Below, measured, limit)
    }

    /// Passes from the limit up.
    ///
    /// >>> rg.Measurement.at_least(2, 2)  # passes
    /// <Measurement 2 at least 2>
    #[staticmethod]
    fn at_least(measured: &Bound<'_, PyAny>, limit: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::made(Compare::AtLeast, measured, limit)
    }

    /// What was measured.
    #[getter]
    fn measured<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::to_python(py, self.inner.measured)
    }

    /// What is allowed.
    #[getter]
    fn limit<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::to_python(py, self.inner.limit)
    }

    fn __repr__(&self) -> String {
        format!("<Measurement {} {} {}>", self.inner.measured, self.words(), self.inner.limit)
    }
}

impl Measurement {
    fn words(&self) -> &'static str {
        match self.inner.compare {
            Compare::AtMost => "at most",
            Compare::Below => "below",
            Compare::AtLeast => "at least",
        }
    }

    fn made(compare: Compare, measured: &Bound<'_, PyAny>, limit: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (measured, limit) = (number::decimal(measured, "measured")?, number::decimal(limit, "limit")?);
        Ok(Self { inner: risk_core::Measurement { measured, limit, compare } })
    }
}

/// One fact at each of the four levels.
type AtLevels = [Option<Decimal>; 4];

/// What a rule of the house is shown: an order that every gate lets through, and what is known about it. A copy.
///
/// Levels are `firm`, `account`, `strategy` and `instrument`. Money is in the currency of the level, quantities are in units
/// of the instrument. What is not known is `None`: a rule that needs it should raise, which refuses.
///
/// >>> def rule(view):
/// ...     if view.is_exit or view.is_change or view.mark is None:
/// ...         return None
/// ...     print(view.order.id, view.quantity, view.bid, view.ask, view.now_ns == clock.now_ns)
/// ...     print(view.opening("account"), view.position("account"), view.notional("account"))
/// ...     print(view.exposure("account"), view.gross_exposure("account"))
/// ...     print(view.equity("account"), view.loss_of_day("account"), view.readings()[-1]["gate"])
/// ...     return rg.Measurement.at_most(view.notional("account"), 100)
/// >>> desk = rg.Guard({
/// ...     "firm": {"currency": "USD", "unlimited": "an example"}, "assets": [{"code": "USD", "digits": 2}],
/// ...     "instruments": [{"symbol": "X", "quote": "USD", "price_scale": 2, "quantity_scale": 0,
/// ...                      "price_increment": "0.01", "quantity_increment": 1}],
/// ...     "accounts": [{"name": "a", "currency": "USD", "unlimited": "an example", "strategies": [{"name": "s"}]}],
/// ...     "house_rules": [{"name": "small"}],
/// ... }, clock=clock, house_rules={"small": rule})
/// >>> x, s = desk.instrument("X"), desk.strategy(desk.account("a"), "s")
/// >>> desk.quote(x, 99, 101)
/// >>> desk.evaluate(rg.Order(x, "buy", 1, price=100, strategy=s, id="a1")).verdict
/// a1 1 99 101 True
/// 1 0 100
/// 100 100
/// None 0 crossed_book
/// 'approved'
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct View {
    order: risk_core::Order,
    quantity: Decimal,
    is_exit: bool,
    is_change: bool,
    now_ns: i64,
    mark: Option<Decimal>,
    quote: (Option<Decimal>, Option<Decimal>),
    opening: AtLevels,
    position: AtLevels,
    notional: AtLevels,
    exposure: AtLevels,
    gross_exposure: AtLevels,
    equity: AtLevels,
    loss_of_day: AtLevels,
    readings: Vec<GateReading>,
}

impl View {
    fn of(view: &risk_core::View<'_>) -> Self {
        let mut readings = Vec::new();
        view.each_reading(|reading| readings.push(reading));
        Self {
            order: *view.order(),
            quantity: view.quantity(),
            is_exit: view.is_exit(),
            is_change: view.is_change(),
            now_ns: view.now().nanos(),
            mark: view.mark(),
            quote: view.quote(),
            opening: Level::ALL.map(|level| Some(view.opening(level))),
            position: Level::ALL.map(|level| Some(view.position(level))),
            notional: Level::ALL.map(|level| view.notional(level)),
            exposure: Level::ALL.map(|level| view.exposure(level)),
            gross_exposure: Level::ALL.map(|level| view.gross_exposure(level)),
            equity: Level::ALL.map(|level| view.equity(level)),
            loss_of_day: Level::ALL.map(|level| view.loss_of_day(level)),
            readings,
        }
    }
}

fn at<'py>(facts: &AtLevels, level: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let name = text(level, "level")?;
    let found = Level::ALL.iter().zip(facts).find(|(known, _)| known.name() == name);
    let Some((_, value)) = found else {
        return Err(invalid("level", level, "is none of firm, account, strategy, instrument"));
    };
    number::maybe_to_python(level.py(), *value)
}

#[pymethods]
impl View {
    /// The order as it was asked; a change shows the whole new order.
    #[getter]
    fn order(&self) -> Order {
        Order { order: self.order }
    }

    /// The quantity that would be sent, in units of the instrument: less than asked where the order is reduced.
    #[getter]
    fn quantity<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::to_python(py, self.quantity)
    }

    /// Whether it opens nothing at any level.
    #[getter]
    fn is_exit(&self) -> bool {
        self.is_exit
    }

    /// Whether it replaces an order at the venue.
    #[getter]
    fn is_change(&self) -> bool {
        self.is_change
    }

    /// The guard's time, in nanoseconds since the epoch.
    #[getter]
    fn now_ns(&self) -> i64 {
        self.now_ns
    }

    /// The mark of the instrument, in its quote asset.
    #[getter]
    fn mark<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        number::maybe_to_python(py, self.mark)
    }

    /// The best bid of the last quote.
    #[getter]
    fn bid<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        number::maybe_to_python(py, self.quote.0)
    }

    /// The best ask of the last quote.
    #[getter]
    fn ask<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        number::maybe_to_python(py, self.quote.1)
    }

    /// What of the order opens, by the position of a level (the strategy's own, or that of the account).
    fn opening<'py>(&self, level: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        at(&self.opening, level)
    }

    /// The signed position before the order: the strategy's own, or that of the account.
    fn position<'py>(&self, level: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        at(&self.position, level)
    }

    /// The value of the order alone at its worst price.
    fn notional<'py>(&self, level: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        at(&self.notional, level)
    }

    /// Worst-case exposure of the instrument with the order in it.
    fn exposure<'py>(&self, level: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        at(&self.exposure, level)
    }

    /// Gross exposure with the order in it.
    fn gross_exposure<'py>(&self, level: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        at(&self.gross_exposure, level)
    }

    /// Equity, where it is known and above zero.
    fn equity<'py>(&self, level: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        at(&self.equity, level)
    }

    /// What the day has lost so far; a gain is negative.
    fn loss_of_day<'py>(&self, level: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        at(&self.loss_of_day, level)
    }

    /// Every gate's reading for this order, in order of precedence, as dicts.
    fn readings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        parsed(py, serde_json::to_string(&self.readings))
    }
}

#[pymethods]
impl Guard {
    /// Takes what rules of the house have raised since it was last taken, oldest first: pairs of the rule's name and the
    /// exception. The 64 latest are kept. The orders were refused.
    ///
    /// >>> guard.take_rule_errors()
    /// []
    fn take_rule_errors(&self) -> Vec<Failure> {
        self.failures.take()
    }
}
