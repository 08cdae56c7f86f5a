//! Stopping, looking and looking back: halts, cancels, changes, explanations, counts, records and replay.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use risk_core::{Change, Kept, Lift, Record, Scope, TradingState, replay};
use risk_journal::History;
use risk_journal::disk::Folder;

use crate::contain::{Pace, contained, poisoned};
use crate::decision::PyRejection;
use crate::error::{self, invalid};
use crate::guard::{Guard, parsed};
use crate::handles::{Account, Instrument, OrderHandle, Strategy, Venue};
use crate::inputs::limits_of;
use crate::number;
use crate::order::{Order, id, side};
use crate::permit::Outbound;
use crate::reports::order_ref;

/// What is halted: `None` is the firm.
fn scope(of: Option<&Bound<'_, PyAny>>) -> PyResult<Scope> {
    let Some(of) = of else { return Ok(Scope::Firm) };
    if let Ok(account) = of.cast::<Account>() {
        Ok(Scope::Account(account.get().handle))
    } else if let Ok(strategy) = of.cast::<Strategy>() {
        Ok(Scope::Strategy(strategy.get().handle))
    } else if let Ok(instrument) = of.cast::<Instrument>() {
        Ok(Scope::Instrument(instrument.get().handle))
    } else if let Ok(venue) = of.cast::<Venue>() {
        Ok(Scope::Venue(venue.get().handle))
    } else {
        Err(invalid("scope", of, "is no account, strategy, instrument or venue"))
    }
}

fn state_name(state: TradingState) -> &'static str {
    match state {
        TradingState::Active => "active",
        TradingState::Reducing => "reducing",
        TradingState::Halted => "halted",
    }
}

/// The largest quantity that would pass, and what would refuse more.
type Room<'py> = (Option<Bound<'py, PyAny>>, Option<Py<PyRejection>>);

/// The number of a latch, and the orders to cancel.
type Pulled = (u64, Vec<OrderHandle>);

fn pulled((latch, orders): (risk_core::LatchId, Vec<risk_core::OrderHandle>)) -> Pulled {
    (latch.number(), orders.into_iter().map(|handle| OrderHandle { handle }).collect())
}

#[pymethods]
impl Guard {
    /// Halts a scope (`None`: the firm) before the call returns. Returns the number of the latch and the orders to cancel.
    #[pyo3(signature = (scope=None, *, reason, by))]
    fn halt(
        &self,
        py: Python<'_>,
        scope: Option<&Bound<'_, PyAny>>,
        reason: &str,
        by: &str,
    ) -> PyResult<Pulled> {
        let scope = self::scope(scope)?;
        self.run(py, |guard| guard.halt(scope, reason, by)).map(pulled)
    }

    /// Lets only orders through that open nothing. Returns the number of the latch and the orders to cancel.
    #[pyo3(signature = (scope=None, *, reason, by))]
    fn reduce_only(
        &self,
        py: Python<'_>,
        scope: Option<&Bound<'_, PyAny>>,
        reason: &str,
        by: &str,
    ) -> PyResult<Pulled> {
        let scope = self::scope(scope)?;
        self.run(py, |guard| guard.reduce_only(scope, reason, by)).map(pulled)
    }

    /// Lifts a latch of a scope, or with `up_to` every latch up to it, down to `active` or `reducing`. The only way
    /// down. Raises `ResumeError`.
    #[pyo3(signature = (scope=None, *, latch=None, up_to=None, to="active", reason, by))]
    #[allow(clippy::too_many_arguments, reason = "the fields of a resume, by name")]
    fn resume(
        &self,
        py: Python<'_>,
        scope: Option<&Bound<'_, PyAny>>,
        latch: Option<u64>,
        up_to: Option<u64>,
        to: &str,
        reason: &str,
        by: &str,
    ) -> PyResult<()> {
        let scope = self::scope(scope)?;
        let wrong = |text: String| error::plain(py, "ResumeError", &text);
        let lift = match (latch, up_to) {
            (Some(one), None) => Lift::One(risk_core::LatchId::from_number(one)),
            (None, Some(last)) => Lift::UpTo(risk_core::LatchId::from_number(last)),
            _ => return Err(wrong("name either latch or up_to".to_owned())),
        };
        let to = match to {
            "active" => TradingState::Active,
            "reducing" => TradingState::Reducing,
            other => return Err(wrong(format!("to: {other:?} is neither \"active\" nor \"reducing\""))),
        };
        let resumed = self.run(py, |guard| guard.resume(scope, lift, to, reason, by))?;
        resumed.map_err(|problem| error::resume(py, &problem))
    }

    /// Takes the trips and warnings since they were last taken, oldest first, as dicts: scope, state (`Active` for a
    /// warning), cause, measured and limit, latch. To be asked for after a call, or on a timer; the 64 latest are kept.
    fn take_trips<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let trips = self.run(py, |guard| guard.take_trips())?;
        parsed(py, serde_json::to_string(&trips))
    }

    /// Takes what rules of the house have raised since it was last taken, oldest first: pairs of the rule's name and the
    /// exception. The 64 latest are kept. The orders were refused.
    fn take_rule_errors(&self) -> Vec<(String, Py<PyAny>)> {
        self.failures.take()
    }

    /// All latches that hold, oldest first, as dicts.
    fn latches<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let latches = self.run(py, |guard| guard.latches())?;
        parsed(py, serde_json::to_string(&latches))
    }

    /// `active`, `reducing` or `halted`.
    #[pyo3(signature = (scope=None))]
    fn trading_state(&self, py: Python<'_>, scope: Option<&Bound<'_, PyAny>>) -> PyResult<&'static str> {
        let scope = self::scope(scope)?;
        self.run(py, |guard| guard.trading_state(scope)).map(state_name)
    }

    /// A cancel always succeeds, in every state, also of an order that is not known.
    #[pyo3(signature = (order, account=None))]
    fn cancel(
        &self,
        py: Python<'_>,
        order: &Bound<'_, PyAny>,
        account: Option<&Bound<'_, Account>>,
    ) -> PyResult<Outbound> {
        let order = order_ref(order, account)?;
        self.run(py, |guard| guard.cancel(order)).map(Outbound::of)
    }

    /// Judges a change of an order at the venue: what is `None` stays. `quantity` is the total, filled included.
    #[pyo3(signature = (order, *, quantity=None, price=None, trigger=None, id=None, created_at_ns=None, account=None))]
    #[allow(clippy::too_many_arguments, reason = "the fields of a change, by name")]
    fn modify<'py>(
        &self,
        py: Python<'py>,
        order: &Bound<'py, PyAny>,
        quantity: Option<&Bound<'py, PyAny>>,
        price: Option<&Bound<'py, PyAny>>,
        trigger: Option<&Bound<'py, PyAny>>,
        id: Option<&Bound<'py, PyAny>>,
        created_at_ns: Option<&Bound<'py, PyAny>>,
        account: Option<&Bound<'py, Account>>,
    ) -> PyResult<Py<PyAny>> {
        let order = order_ref(order, account)?;
        let change = Change {
            id: id.map(|value| self::id(value, "id")).transpose()?,
            quantity: number::maybe(quantity, "quantity")?,
            price: number::maybe(price, "price")?,
            trigger: number::maybe(trigger, "trigger")?,
            created_at: number::instant(created_at_ns, "created_at_ns")?,
        };
        let decision = self.run(py, |guard| guard.modify(order, &change))?;
        self.answer(py, decision)
    }

    /// What `evaluate` would say, every gate's reading, and the risk score; holds nothing.
    fn explain<'py>(&self, py: Python<'py>, order: &Bound<'py, Order>) -> PyResult<Bound<'py, PyDict>> {
        let order = order.get().order;
        let explained = self.run(py, |guard| guard.explain(&order))?.ok_or_else(|| poisoned(py))?;
        let answer = PyDict::new(py);
        answer.set_item("verdict", explained.verdict.name())?;
        answer.set_item(
            "rejection",
            explained.rejection.map(|why| Py::new(py, PyRejection::of(why))).transpose()?,
        )?;
        answer.set_item("quantity", number::to_python(py, explained.quantity)?)?;
        answer.set_item("risk_score", number::to_python(py, explained.risk_score())?)?;
        let readings: Vec<_> = explained.readings().collect();
        answer.set_item("readings", parsed(py, serde_json::to_string(&readings))?)?;
        answer.set_item("text", explained.to_string())?;
        Ok(answer)
    }

    /// The largest market order that would pass now (`None`: nothing limits it), and what would refuse one lot more.
    fn headroom<'py>(
        &self,
        py: Python<'py>,
        strategy: &Bound<'py, Strategy>,
        instrument: &Bound<'py, Instrument>,
        side: &Bound<'py, PyAny>,
    ) -> PyResult<Room<'py>> {
        let (account, strategy) = (strategy.get().account, strategy.get().handle);
        let (instrument, side) = (instrument.get().handle, self::side(side)?);
        let room = self.run(py, |guard| guard.headroom(account, strategy, instrument, side))?;
        let room = room.ok_or_else(|| poisoned(py))?;
        let quantity = room.quantity.map(|quantity| number::to_python(py, quantity)).transpose()?;
        Ok((quantity, room.bound.map(|why| Py::new(py, PyRejection::of(why))).transpose()?))
    }

    /// Which gates have no limit at which level, as dicts.
    fn coverage<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let missing = self.run(py, |guard| guard.coverage())?;
        parsed(py, serde_json::to_string(&missing.uncovered))
    }

    /// What the guard has done so far, as a dict.
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let metrics = self.run(py, |guard| guard.metrics())?;
        parsed(py, serde_json::to_string(&metrics))
    }

    /// What an account or a strategy holds of an instrument, as a dict of `Decimal`s: quantity, buying, selling in its
    /// units, exposure in the account's currency.
    fn position<'py>(
        &self,
        py: Python<'py>,
        of: &Bound<'py, PyAny>,
        instrument: &Bound<'py, Instrument>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let instrument = instrument.get().handle;
        let held = if let Ok(account) = of.cast::<Account>() {
            let account = account.get().handle;
            self.run(py, |guard| guard.position(account, instrument))?
        } else if let Ok(strategy) = of.cast::<Strategy>() {
            let strategy = strategy.get().handle;
            self.run(py, |guard| guard.strategy_position(strategy, instrument))?
        } else {
            return Err(invalid("of", of, "is neither an account nor a strategy"));
        };
        let answer = PyDict::new(py);
        for (name, value) in [
            ("quantity", held.quantity),
            ("buying", held.buying),
            ("selling", held.selling),
            ("exposure", held.exposure),
        ] {
            answer.set_item(name, number::to_python(py, value)?)?;
        }
        Ok(answer)
    }

    /// Equity, profit of the day and gross exposure of an account in its currency, and its number of positions.
    fn account_sums<'py>(
        &self,
        py: Python<'py>,
        account: &Bound<'py, Account>,
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        let account = account.get().handle;
        let Some(sums) = self.run(py, |guard| guard.account_sums(account))? else { return Ok(None) };
        let answer = PyDict::new(py);
        answer.set_item("equity", sums.equity.map(|value| number::to_python(py, value)).transpose()?)?;
        answer.set_item("day_profit", number::to_python(py, sums.day_profit)?)?;
        answer.set_item("gross_exposure", number::to_python(py, sums.gross_exposure)?)?;
        answer.set_item("positions", sums.positions)?;
        Ok(Some(answer))
    }

    /// `permitted`, `sent`, `working` or `ended` (also for an order that never was).
    #[pyo3(signature = (order, account=None))]
    fn order_state(
        &self,
        py: Python<'_>,
        order: &Bound<'_, PyAny>,
        account: Option<&Bound<'_, Account>>,
    ) -> PyResult<String> {
        let order = order_ref(order, account)?;
        let state = self.run(py, |guard| guard.order_state(order))?;
        Ok(format!("{state:?}").to_lowercase())
    }

    /// The limits in force of the firm (`None`), an account, a strategy or an instrument, as a dict.
    #[pyo3(signature = (of=None))]
    fn limits<'py>(
        &self,
        py: Python<'py>,
        of: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let of = limits_of(of)?;
        let limits = self.run(py, |guard| guard.limits(of))?;
        limits.map(|found| parsed(py, serde_json::to_string(&found.limits))).transpose()
    }

    /// When the temporary limits of the firm (`None`), an account, a strategy or an instrument end, in nanoseconds since
    /// the epoch; `None` where they last.
    #[pyo3(signature = (of=None))]
    fn limits_end_ns(&self, py: Python<'_>, of: Option<&Bound<'_, PyAny>>) -> PyResult<Option<i64>> {
        let of = limits_of(of)?;
        let limits = self.run(py, |guard| guard.limits(of))?;
        Ok(limits.and_then(|found| found.until).map(|(at, _)| at.nanos()))
    }

    /// When the trading day rolls next by itself, in nanoseconds since the epoch; `None` where that is not known.
    fn next_roll_ns(&self, py: Python<'_>) -> PyResult<Option<i64>> {
        Ok(self.run(py, |guard| guard.next_roll())?.map(risk_core::Timestamp::nanos))
    }

    /// Lets time pass: settles what expires by it.
    fn tick(&self, py: Python<'_>) -> PyResult<()> {
        self.run(py, |guard| guard.tick())
    }

    /// The number of the last record.
    #[getter]
    fn seq(&self) -> u64 {
        self.guard.seq()
    }

    /// A hash over the whole state, to compare with a replay. Walks everything.
    fn digest(&self, py: Python<'_>) -> PyResult<u128> {
        contained(py, Pace::Waits, || self.guard.digest())
    }

    /// The last records in memory, oldest first, as dicts. For a journal in a folder: `risk_guard.read_journal`.
    #[pyo3(signature = (last=100))]
    fn records<'py>(&self, py: Python<'py>, last: usize) -> PyResult<Bound<'py, PyAny>> {
        let Some(memory) = &self.memory else {
            return Err(error::plain(
                py,
                "JournalError",
                "the records are in the journal's folder: use read_journal",
            ));
        };
        let records: Vec<Record> = {
            let memory = memory.0.lock();
            memory.records().skip(memory.len().saturating_sub(last)).cloned().collect()
        };
        parsed(py, serde_json::to_string(&records))
    }

    /// Does all records in memory again, compares every answer, and returns the hash of the state they lead to: equal to
    /// `digest`. Raises `JournalError` at the first answer that differs.
    fn replay(&self, py: Python<'_>) -> PyResult<u128> {
        let Some(memory) = &self.memory else {
            return Err(error::plain(
                py,
                "JournalError",
                "the records are in the journal's folder: use replay_journal",
            ));
        };
        let again = contained(py, Pace::Waits, || {
            let memory = memory.0.lock();
            replay(&self.config, memory.base(), memory.tail()).map(|engine| engine.digest())
        });
        again?.map_err(|problem| error::plain(py, "JournalError", &problem.to_string()))
    }
}

/// The records of a journal in a folder from number `first`, at most `count`, as dicts. Changes nothing; it may be read
/// beside the process that writes it.
#[pyfunction]
#[pyo3(signature = (folder, first=1, count=1000))]
pub(crate) fn read_journal(
    py: Python<'_>,
    folder: PathBuf,
    first: u64,
    count: usize,
) -> PyResult<Bound<'_, PyAny>> {
    let read = contained(py, Pace::Waits, || {
        let history = history(&folder)?;
        let taken = history.records(first).take(count);
        let records: Result<Vec<Record>, String> =
            taken.map(|record| record.map(|(_, record)| record).map_err(|e| e.to_string())).collect();
        records.and_then(|records| serde_json::to_string(&records).map_err(|e| e.to_string()))
    });
    let text = read?;
    parsed(py, Ok(text.map_err(|problem| journal_error(py, &folder, &problem))?))
}

/// Does all records of a journal in a folder again, compares every answer, and returns how many there were and the hash
/// of the state they lead to. Raises `JournalError` at the first answer that differs.
#[pyfunction]
pub(crate) fn replay_journal(py: Python<'_>, folder: PathBuf) -> PyResult<(u64, u128)> {
    let again = contained(py, Pace::Waits, || {
        let history = history(&folder)?;
        let mut engine = replay(history.config(), &Kept::default(), []).map_err(|e| e.to_string())?;
        for record in history.records(1) {
            let (_, record) = record.map_err(|e| e.to_string())?;
            engine.repeat(&record).map_err(|e| e.to_string())?;
        }
        Ok::<_, String>((engine.seq(), engine.digest()))
    });
    again?.map_err(|problem| journal_error(py, &folder, &problem))
}

fn history(folder: &std::path::Path) -> Result<History<Folder>, String> {
    let disk = Folder::look(folder).map_err(|e| e.to_string())?;
    History::open(disk, None).map_err(|e| e.to_string())
}

fn journal_error(py: Python<'_>, folder: &std::path::Path, problem: &str) -> PyErr {
    error::plain(py, "JournalError", &format!("{}: {problem}", folder.display()))
}
