//! Looking: what would be said to an order, how much room there is, what is held.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use risk_core::InstrumentHandle;

use crate::contain::poisoned;
use crate::decision::PyRejection;
use crate::error::{self, invalid};
use crate::guard::{Guard, parsed};
use crate::handles::{Account, Instrument, Strategy};
use crate::inputs::limits_of;
use crate::number;
use crate::order::{Order, side};
use crate::reports::order_ref;

/// The largest quantity that would pass, and what would refuse more.
type Room<'py> = (Option<Bound<'py, PyAny>>, Option<Py<PyRejection>>);

impl Guard {
    /// An instrument by its handle; nothing if it is of another guard.
    pub(crate) fn named(&self, py: Python<'_>, handle: InstrumentHandle) -> PyResult<Option<Instrument>> {
        let symbol = self.run(py, |guard| guard.symbol(handle))?;
        Ok(symbol.map(|name| Instrument { handle, name }))
    }
}

#[pymethods]
impl Guard {
    /// The largest market order that would pass now, in units of the instrument (`None`: nothing limits it), and a
    /// `Rejection`: what would refuse one lot more.
    ///
    /// >>> quantity, bound = guard.headroom(grid, btc, "buy")
    /// >>> quantity, bound.code
    /// (Decimal('1.9996'), 'TOTAL_EXPOSURE_LIMIT')
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
        let quantity = number::maybe_to_python(py, room.quantity)?;
        Ok((quantity, room.bound.map(|why| Py::new(py, PyRejection::of(why))).transpose()?))
    }

    /// Which gates have no limit at which level, as dicts: gate, level, of (whose), limits (the fields to set).
    ///
    /// >>> [(gap["of"], gap["limits"]) for gap in guard.coverage() if gap["gate"] == "gross_exposure"]
    /// [('the firm', ['gross_exposure_max']), ('grid', ['gross_exposure_max']), ('unassigned', ['gross_exposure_max'])]
    fn coverage<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let missing = self.run(py, |guard| guard.coverage())?;
        parsed(py, serde_json::to_string(&missing.uncovered))
    }

    /// What the guard has done so far, as a dict: pairs in decisions, reasons and gates, counts of anomalies, records and
    /// unrecorded facts, how full each table is (utilisation: name, used, capacity), latency_ns of `evaluate`.
    ///
    /// >>> _ = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1"))
    /// >>> dict(guard.metrics()["decisions"])["approved"]
    /// 1
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let metrics = self.run(py, |guard| guard.metrics())?;
        parsed(py, serde_json::to_string(&metrics))
    }

    /// What an account or a strategy holds of an instrument, as a dict of `Decimal`s: quantity (short where negative),
    /// buying and selling (held or working) in units of the instrument, exposure in the account's currency.
    ///
    /// >>> _ = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1"))
    /// >>> guard.position(main, btc)["buying"], guard.position(grid, btc)["quantity"]
    /// (Decimal('1'), Decimal('0'))
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

    /// Sums of an account as a dict: equity (`None` where its cash is not known), day_profit and gross_exposure in its
    /// currency, positions (how many). `None` for an account of another guard.
    ///
    /// >>> guard.account_sums(main)["equity"]
    /// Decimal('100000')
    fn account_sums<'py>(
        &self,
        py: Python<'py>,
        account: &Bound<'py, Account>,
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        let account = account.get().handle;
        let Some(sums) = self.run(py, |guard| guard.account_sums(account))? else { return Ok(None) };
        let answer = PyDict::new(py);
        answer.set_item("equity", number::maybe_to_python(py, sums.equity)?)?;
        answer.set_item("day_profit", number::to_python(py, sums.day_profit)?)?;
        answer.set_item("gross_exposure", number::to_python(py, sums.gross_exposure)?)?;
        answer.set_item("positions", sums.positions)?;
        Ok(Some(answer))
    }

    /// What a strategy has made or lost since it was registered, realised and at the marks, in its account's currency;
    /// `None` for a strategy of another guard.
    ///
    /// >>> guard.strategy_profit(grid)
    /// Decimal('0')
    fn strategy_profit<'py>(
        &self,
        py: Python<'py>,
        strategy: &Bound<'py, Strategy>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let strategy = strategy.get().handle;
        let profit = self.run(py, |guard| guard.strategy_profit(strategy))?;
        number::maybe_to_python(py, profit)
    }

    /// What an account holds or asks for that never had a mark: while there is any, it opens nothing (DATA_GAP).
    ///
    /// >>> guard.unmarked(main)
    /// []
    fn unmarked(&self, py: Python<'_>, account: &Bound<'_, Account>) -> PyResult<Vec<Instrument>> {
        let account = account.get().handle;
        let lacking = self.run(py, |guard| guard.unmarked(account))?;
        lacking.into_iter().filter_map(|handle| self.named(py, handle).transpose()).collect()
    }

    /// The instrument of an order of this guard. Raises `UnknownNameError` for an order of another one.
    ///
    /// >>> guard.instrument_of(rg.Order(btc, "buy", 1)).name
    /// 'BTC-USD'
    fn instrument_of(&self, py: Python<'_>, order: &Bound<'_, Order>) -> PyResult<Instrument> {
        let unknown = || error::plain(py, "UnknownNameError", "the order's instrument is not of this guard");
        self.named(py, order.get().order.instrument)?.ok_or_else(unknown)
    }

    /// `permitted`, `sent`, `working` or `ended` (also for an order that never was), of an order named by its handle, or by
    /// its client order id and account.
    ///
    /// >>> _ = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1"))
    /// >>> guard.order_state("a1", main)
    /// 'permitted'
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

    /// The session of an instrument that is known: when it opens and closes, in nanoseconds since the epoch. `None` where it
    /// has no `sessions`, and where none is known: then nothing is opened in it.
    ///
    /// >>> guard.session_of(btc) is None
    /// True
    fn session_of(&self, py: Python<'_>, instrument: &Bound<'_, Instrument>) -> PyResult<Option<(i64, i64)>> {
        let instrument = instrument.get().handle;
        let session = self.run(py, |guard| guard.session(instrument))?;
        Ok(session.map(|session| (session.opens.nanos(), session.closes.nanos())))
    }

    /// The limits in force of the firm (`None`), an account, a strategy or an instrument, as a dict; numbers are text.
    ///
    /// >>> guard.limits(main)["gross_exposure_max"]
    /// '100000'
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
    ///
    /// >>> guard.limits_end_ns(main) is None
    /// True
    #[pyo3(signature = (of=None))]
    fn limits_end_ns(&self, py: Python<'_>, of: Option<&Bound<'_, PyAny>>) -> PyResult<Option<i64>> {
        let of = limits_of(of)?;
        let limits = self.run(py, |guard| guard.limits(of))?;
        Ok(limits.and_then(|found| found.until).map(|(at, _)| at.nanos()))
    }

    /// When the trading day rolls next by itself, in nanoseconds since the epoch; `None` where that is not known.
    ///
    /// >>> guard.next_roll_ns() is None
    /// True
    fn next_roll_ns(&self, py: Python<'_>) -> PyResult<Option<i64>> {
        Ok(self.run(py, |guard| guard.next_roll())?.map(risk_core::Timestamp::nanos))
    }
}
