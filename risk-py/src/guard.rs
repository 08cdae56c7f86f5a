//! The guard: the one door, and what it says about itself.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use risk_core::{Clock, Config, Decision, Limits, RiskGuard};

use crate::clock::{GuardClock, ManualClock};
use crate::config;
use crate::contain::{Pace, attempt, contained, poisoned};
use crate::decision::{Approved, EmergencyStop, Leave, PyBinding, PyRejection, Reduced, Rejected};
use crate::error;
use crate::handles::{Account, Asset, Instrument, Strategy, Trader, Venue};
use crate::memory::SharedMemory;
use crate::opening::Opening;
use crate::order::{Fields, Order, change};
use crate::permit::{Outbound, Permit};
use crate::reports::order_ref;
use crate::rules::{self, Failures};

/// The one door: every order passes `evaluate` before it may leave the process. Threads share it.
///
/// `config` is a mapping; `Guard.from_text` and `Guard.from_file` read TOML and JSON. All of them take these keywords:
///
/// - `clock`: a `ManualClock` instead of the machine's.
/// - `journal`: a folder that every record is kept in. A guard that is opened on it again goes on where it ended: positions,
///   holds, halts, limits, days. What was found is in `recovery`.
/// - `durability`, with a journal: `group` (the default: a process that dies loses nothing, a machine at most 10 ms) or
///   `always` (on disk before the answer).
/// - `records`, without one: how many records to keep in memory, 16,384 if nothing is said; `keep`: the `last` (the default),
///   or the `first`, and then no order is approved (JOURNAL_UNAVAILABLE).
/// - `house_rules`: functions by the names of the rules in the configuration. Each is shown a `View` and answers with a
///   `Measurement`, or `None` where the rule does not apply; it can only refuse (HOUSE_RULE), and must not call a guard.
///
/// Raises `ConfigError` and `JournalError`; there is no guard without limits, or a reason to have none.
///
/// >>> desk = rg.Guard({
/// ...     "firm": {"currency": "USD", "unlimited": "an example"}, "assets": [{"code": "USD", "digits": 2}],
/// ...     "instruments": [{"symbol": "X", "quote": "USD", "price_scale": 2, "quantity_scale": 0,
/// ...                      "price_increment": "0.01", "quantity_increment": 1}],
/// ...     "accounts": [{"name": "a", "currency": "USD", "unlimited": "an example", "strategies": [{"name": "s"}]}],
/// ...     "house_rules": [{"name": "small"}],
/// ... }, house_rules={"small": lambda view: rg.Measurement.at_most(view.quantity, 10)})
/// >>> x, s = desk.instrument("X"), desk.strategy(desk.account("a"), "s")
/// >>> desk.quote(x, 99, 101)
/// >>> desk.evaluate(rg.Order(x, "buy", 11, strategy=s, id="a1")).reason
/// 'HOUSE_RULE'
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct Guard {
    pub(crate) guard: RiskGuard,
    pub(crate) clock: GuardClock,
    pub(crate) pace: Pace,
    pub(crate) memory: Option<SharedMemory>,
    pub(crate) config: Config,
    /// What the rules of the house have raised.
    pub(crate) failures: Failures,
    /// What was found when the journal was opened.
    pub(crate) report: Option<String>,
}

impl Guard {
    /// Does something with the guard; a panic on the way is GUARD_POISONED, as an exception.
    pub(crate) fn run<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&RiskGuard) -> R + Send,
    ) -> PyResult<R> {
        contained(py, self.pace, || work(&self.guard))
    }

    /// Evaluates; a panic is the rejection that the guard itself gives from then on.
    fn judge(&self, py: Python<'_>, order: &risk_core::Order) -> PyResult<Py<PyAny>> {
        rules::outside(py)?;
        let work = || self.guard.evaluate(order);
        match attempt(py, self.pace, work).or_else(|| attempt(py, self.pace, work)) {
            Some(decision) => self.answer(py, decision),
            None => Err(poisoned(py)),
        }
    }

    pub(crate) fn answer(&self, py: Python<'_>, decision: Decision) -> PyResult<Py<PyAny>> {
        let leave = |permit| Leave::of(permit, &self.guard, self.pace);
        let refusal = |rejection| Py::new(py, PyRejection::of(rejection));
        Ok(match decision {
            Decision::Approved(held) => Py::new(py, Approved { permit: leave(held) })?.into_any(),
            Decision::Reduced(held, why) => {
                let binding = Py::new(py, PyBinding::of(why))?;
                Py::new(py, Reduced { permit: leave(held), binding })?.into_any()
            }
            Decision::Rejected(why) => Py::new(py, Rejected { rejection: refusal(why)? })?.into_any(),
            Decision::EmergencyStop(why) => {
                Py::new(py, EmergencyStop { rejection: refusal(why)? })?.into_any()
            }
        })
    }

    /// The guard's time, for inputs that name none.
    pub(crate) fn now(&self, py: Python<'_>) -> PyResult<risk_core::Timestamp> {
        let unknown = || error::plain(py, "InputError", "at_ns: the time is not known; name it");
        self.clock.now().ok_or_else(unknown)
    }
}

#[pymethods]
impl Guard {
    #[new]
    #[pyo3(signature = (config, *, clock=None, journal=None, durability=None, records=None, keep=None,
        house_rules=None))]
    #[allow(clippy::too_many_arguments, reason = "keywords")]
    fn new(
        py: Python<'_>,
        config: &Bound<'_, PyAny>,
        clock: Option<&Bound<'_, ManualClock>>,
        journal: Option<PathBuf>,
        durability: Option<&str>,
        records: Option<usize>,
        keep: Option<&str>,
        house_rules: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let config = config::whole(config)?;
        Opening { clock, journal, durability, records, keep, house_rules }.open(py, config)
    }

    /// A guard from TOML or JSON text. `origin` names the text in messages, with line and field. Raises `ConfigError`.
    ///
    /// >>> text = """
    /// ... instruments = []
    /// ... accounts = []
    /// ... assets = [{ code = "USD", digits = 2 }]
    /// ... firm = { currency = "USD", limits = { collar_bps = -1 } }
    /// ... """
    /// >>> rg.Guard.from_text(text, origin="limits.toml")
    /// Traceback (most recent call last):
    ///     ...
    /// risk_guard.exceptions.ConfigError: limits.toml: TOML parse error at line 5, column 52...
    #[staticmethod]
    #[pyo3(signature = (text, format="toml", *, origin="limits", clock=None, journal=None, durability=None, records=None, keep=None,
        house_rules=None))]
    #[allow(clippy::too_many_arguments, reason = "keywords")]
    fn from_text(
        py: Python<'_>,
        text: &str,
        format: &str,
        origin: &str,
        clock: Option<&Bound<'_, ManualClock>>,
        journal: Option<PathBuf>,
        durability: Option<&str>,
        records: Option<usize>,
        keep: Option<&str>,
        house_rules: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        Opening { clock, journal, durability, records, keep, house_rules }
            .open(py, config::text(py, text, format, origin)?)
    }

    /// A guard from a file that ends in `.toml` or `.json`. Raises `ConfigError`, with file, line and field.
    ///
    /// >>> rg.Guard.from_file("nowhere.toml")
    /// Traceback (most recent call last):
    ///     ...
    /// risk_guard.exceptions.ConfigError: nowhere.toml: No such file or directory (os error 2)
    #[staticmethod]
    #[pyo3(signature = (path, *, clock=None, journal=None, durability=None, records=None, keep=None,
        house_rules=None))]
    #[allow(clippy::too_many_arguments, reason = "keywords")]
    fn from_file(
        py: Python<'_>,
        path: PathBuf,
        clock: Option<&Bound<'_, ManualClock>>,
        journal: Option<PathBuf>,
        durability: Option<&str>,
        records: Option<usize>,
        keep: Option<&str>,
        house_rules: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|problem| error::plain(py, "ConfigError", &format!("{origin}: {problem}")))?;
        let format = path.extension().map(|end| end.to_string_lossy().into_owned()).unwrap_or_default();
        Opening { clock, journal, durability, records, keep, house_rules }
            .open(py, config::text(py, &text, &format, &origin)?)
    }

    /// Judges an order and holds what it approves. The answer is one of `Approved`, `Reduced`, `Rejected` and
    /// `EmergencyStop`, whatever is wrong with the order or the guard.
    ///
    /// >>> guard.evaluate(rg.Order(btc, "buy", 1, price=50_010, strategy=grid, id="a1"))
    /// <Approved>
    /// >>> guard.evaluate(rg.Order(btc, "buy", 1, price=60_000, strategy=grid, id="a2")).reason
    /// 'PRICE_COLLAR'
    fn evaluate(&self, py: Python<'_>, order: &Bound<'_, Order>) -> PyResult<Py<PyAny>> {
        self.judge(py, &order.get().order)
    }

    /// `evaluate` of an order given by its fields, those of `Order`, without making one first: the fastest way to ask.
    ///
    /// >>> guard.evaluate_new(btc, "buy", "0.5", price=50_010, strategy=grid, id="a1").permit_or_raise()
    /// <Permit for 0.5>
    #[pyo3(signature = (instrument, side, quantity, *, price=None, trigger=None, id=None, strategy=None, account=None,
        time_in_force=None, reduce_only=false, reducible=true, created_at_ns=None, parent=None, parent_quantity=None,
        self_match_prevention=false, trader=None))]
    #[allow(clippy::too_many_arguments, reason = "the fields of an order, by name")]
    fn evaluate_new<'py>(
        &self,
        py: Python<'py>,
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
    ) -> PyResult<Py<PyAny>> {
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
        self.judge(py, &fields.order()?)
    }

    /// Redeems a permit of this guard: `Permit.redeem`, where it is sure whose it is. Raises as that does, and
    /// `RiskViolationError` for one of another guard (PERMIT_FOREIGN).
    ///
    /// >>> permit = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).permit_or_raise()
    /// >>> guard.redeem(permit)
    /// <Outbound new a1 1>
    fn redeem(&self, py: Python<'_>, permit: &Bound<'_, Permit>) -> PyResult<Outbound> {
        permit.get().redeem_at(py, &self.guard)
    }

    /// A message that cancels an order, named by its handle, or by its client order id and account. It is never refused: in
    /// no state, and not for an order that is not known. The order holds until the venue says that it has ended (`done`).
    ///
    /// >>> outbound = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).permit_or_raise().redeem()
    /// >>> guard.cancel(outbound.handle)
    /// <Outbound cancel a1 1>
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

    /// Judges a change of an order at the venue: what is `None` stays. `quantity` is the total, filled included, in units of
    /// the instrument; prices are in its quote asset. Never reduced. Until the venue has answered, the worse of both holds.
    ///
    /// >>> outbound = guard.evaluate(rg.Order(btc, "buy", 1, price=50_000, strategy=grid, id="a1")).permit_or_raise().redeem()
    /// >>> guard.accepted(outbound.handle)
    /// >>> change = guard.modify("a1", price=50_005, account=main).permit_or_raise().redeem()
    /// >>> change.message, change.order.price, change.replaces == outbound.handle
    /// ('replace', Decimal('50005'), True)
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
        let change = change(quantity, price, trigger, id, created_at_ns)?;
        let decision = self.run(py, |guard| guard.modify(order, &change))?;
        self.answer(py, decision)
    }

    /// Says that an outbound message was never sent: what it held is free again. There is no other proof of it. Raises
    /// `RiskEvaluationError` the second time.
    ///
    /// >>> outbound = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).permit_or_raise().redeem()
    /// >>> guard.abandon(outbound)
    /// >>> guard.order_state("a1", main)
    /// 'ended'
    fn abandon(&self, py: Python<'_>, outbound: &Bound<'_, Outbound>) -> PyResult<()> {
        let outbound = outbound.get().take(py)?;
        self.run(py, move |guard| guard.abandon(outbound))
    }

    /// The account of this name. Raises `UnknownNameError`.
    ///
    /// >>> guard.account("main")
    /// <Account main>
    fn account(&self, py: Python<'_>, name: &str) -> PyResult<Account> {
        let found = self.run(py, |guard| guard.account(name))?;
        found.map(|handle| Account { handle, name: name.to_owned() }).map_err(|e| error::unknown(py, &e))
    }

    /// The strategy of this name in an account; every account has one more, `unassigned`. Raises `UnknownNameError`.
    ///
    /// >>> guard.strategy(main, "grid")
    /// <Strategy grid>
    fn strategy(&self, py: Python<'_>, account: &Bound<'_, Account>, name: &str) -> PyResult<Strategy> {
        let account = account.get().handle;
        let found = self.run(py, |guard| guard.strategy(account, name))?;
        found
            .map(|handle| Strategy { handle, account, name: name.to_owned() })
            .map_err(|e| error::unknown(py, &e))
    }

    /// The trader of this name. Raises `UnknownNameError`.
    ///
    /// >>> guard.add_trader({"name": "t17"}) == guard.trader("t17")
    /// True
    fn trader(&self, py: Python<'_>, name: &str) -> PyResult<Trader> {
        let found = self.run(py, |guard| guard.trader(name))?;
        found.map(|handle| Trader { handle, name: name.to_owned() }).map_err(|e| error::unknown(py, &e))
    }

    /// The instrument of this symbol. Raises `UnknownNameError`.
    ///
    /// >>> guard.instrument("BTC-USD")
    /// <Instrument BTC-USD>
    fn instrument(&self, py: Python<'_>, symbol: &str) -> PyResult<Instrument> {
        let found = self.run(py, |guard| guard.instrument(symbol))?;
        found.map(|handle| Instrument { handle, name: symbol.to_owned() }).map_err(|e| error::unknown(py, &e))
    }

    /// The asset of this code. Raises `UnknownNameError`.
    ///
    /// >>> guard.asset("USD")
    /// <Asset USD>
    fn asset(&self, py: Python<'_>, code: &str) -> PyResult<Asset> {
        let found = self.run(py, |guard| guard.asset(code))?;
        found.map(|handle| Asset { handle, name: code.to_owned() }).map_err(|e| error::unknown(py, &e))
    }

    /// The venue of this name. Raises `UnknownNameError`.
    ///
    /// >>> guard.venue("nowhere")
    /// Traceback (most recent call last):
    ///     ...
    /// risk_guard.exceptions.UnknownNameError: no venue is called "nowhere"
    fn venue(&self, py: Python<'_>, name: &str) -> PyResult<Venue> {
        let found = self.run(py, |guard| guard.venue(name))?;
        found.map(|handle| Venue { handle, name: name.to_owned() }).map_err(|e| error::unknown(py, &e))
    }

    /// Registers an instrument, with limits of its own, as the configuration spells them. Raises `ConfigError`; nothing has
    /// changed then.
    ///
    /// >>> eth = {"symbol": "ETH-USD", "quote": "USD", "price_scale": 2, "quantity_scale": 6,
    /// ...        "price_increment": "0.01", "quantity_increment": "0.001"}
    /// >>> guard.add_instrument(eth, {"order_quantity_max": 50})
    /// <Instrument ETH-USD>
    #[pyo3(signature = (instrument, limits=None))]
    fn add_instrument(
        &self,
        py: Python<'_>,
        instrument: &Bound<'_, PyAny>,
        limits: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Instrument> {
        let instrument: risk_core::Instrument = config::read(instrument, "instrument")?;
        let limits: Limits =
            limits.map(|limits| config::read(limits, "limits")).transpose()?.unwrap_or_default();
        let added = self.run(py, |guard| guard.add_instrument(&instrument, &limits))?;
        let handle = added.map_err(|e| error::config(py, &e))?;
        Ok(Instrument { handle, name: instrument.symbol })
    }

    /// Registers an account with its strategies. Raises `ConfigError`; nothing has changed then.
    ///
    /// >>> guard.add_account({"name": "second", "currency": "USD", "limits": {"open_orders_max": 10}})
    /// <Account second>
    fn add_account(&self, py: Python<'_>, account: &Bound<'_, PyAny>) -> PyResult<Account> {
        let account: risk_core::Account = config::read(account, "account")?;
        let added = self.run(py, |guard| guard.add_account(&account))?;
        let handle = added.map_err(|e| error::config(py, &e))?;
        Ok(Account { handle, name: account.name })
    }

    /// Registers a strategy of an account. Raises `ConfigError`; nothing has changed then.
    ///
    /// >>> guard.add_strategy(main, {"name": "hedge", "limits": {"gross_exposure_max": 10_000}})
    /// <Strategy hedge>
    fn add_strategy(
        &self,
        py: Python<'_>,
        account: &Bound<'_, Account>,
        strategy: &Bound<'_, PyAny>,
    ) -> PyResult<Strategy> {
        let account = account.get().handle;
        let strategy: risk_core::Strategy = config::read(strategy, "strategy")?;
        let added = self.run(py, |guard| guard.add_strategy(account, &strategy))?;
        let handle = added.map_err(|e| error::config(py, &e))?;
        Ok(Strategy { handle, account, name: strategy.name })
    }

    /// Registers a trader. Raises `ConfigError`; nothing has changed then.
    ///
    /// >>> guard.add_trader({"name": "t18", "may_trade": ["BTC-USD"]})
    /// <Trader t18>
    fn add_trader(&self, py: Python<'_>, trader: &Bound<'_, PyAny>) -> PyResult<Trader> {
        let trader: risk_core::Trader = config::read(trader, "trader")?;
        let added = self.run(py, |guard| guard.add_trader(&trader))?;
        let handle = added.map_err(|e| error::config(py, &e))?;
        Ok(Trader { handle, name: trader.name })
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(pyo3::exceptions::PyTypeError::new_err("a guard cannot be copied or pickled: there is one state"))
    }

    fn __copy__(&self) -> PyResult<()> {
        self.__reduce__()
    }

    #[pyo3(signature = (_memo=None, /))]
    fn __deepcopy__(&self, _memo: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        self.__reduce__()
    }

    fn __repr__(&self) -> String {
        format!("<Guard, {} records>", self.guard.seq())
    }
}

/// Makes the next call of a guard panic on its way, to show what that does: the guard is poisoned.
#[pyfunction]
pub(crate) fn _panic_next(guard: &Bound<'_, Guard>) {
    guard.get().clock.panic_next();
}

/// What is wrong with a configuration, and limits that cannot work or are a trap: one sentence each. Raises `ConfigError`
/// for one that cannot be read.
///
/// >>> found = rg.lint({"firm": {"currency": "USD", "limits": {"collar_bps": 9_000}}, "instruments": [], "accounts": [],
/// ...                  "assets": [{"code": "USD", "digits": 2}]})
/// >>> isinstance(found, list)
/// True
#[pyfunction]
pub(crate) fn lint(py: Python<'_>, config: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let config = config::whole(config)?;
    let found = contained(py, Pace::Quick, || config.lint())?;
    Ok(found.iter().map(ToString::to_string).collect())
}

/// A mapping from text that serde wrote.
pub(crate) fn parsed<'py>(
    py: Python<'py>,
    text: Result<String, serde_json::Error>,
) -> PyResult<Bound<'py, PyAny>> {
    let text = text.map_err(|problem| error::plain(py, "RiskEvaluationError", &problem.to_string()))?;
    let options = PyDict::new(py);
    options.set_item("parse_float", py.import("decimal")?.getattr("Decimal")?)?;
    py.import("json")?.getattr("loads")?.call((text,), Some(&options))
}
