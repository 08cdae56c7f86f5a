//! The guard: the one door, and what it says about itself.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use risk_core::{Clock, Config, Decision, Limits, MemoryJournal, RiskGuard};
use risk_journal::{Durability, Options};

use crate::clock::{GuardClock, ManualClock};
use crate::config;
use crate::contain::{Pace, attempt, contained, poisoned};
use crate::decision::{Approved, EmergencyStop, PyBinding, PyRejection, Reduced, Rejected};
use crate::error;
use crate::handles::{Account, Asset, Instrument, Strategy, Venue};
use crate::memory::SharedMemory;
use crate::order::{Fields, Order};
use crate::permit::{Outbound, Permit};
use crate::rules::{self, Failures};

/// The guard every order passes. Threads share it.
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct Guard {
    pub(crate) guard: RiskGuard,
    pub(crate) clock: GuardClock,
    pub(crate) pace: Pace,
    pub(crate) memory: Option<SharedMemory>,
    pub(crate) config: Config,
    /// What the rules of the house have raised.
    pub(crate) failures: Failures,
    report: Option<String>,
}

/// Records in memory where no number is given.
const RECORDS: usize = 16_384;

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
        let permit = |permit| Py::new(py, Permit::of(permit, &self.guard, self.pace));
        let refusal = |rejection| Py::new(py, PyRejection::of(rejection));
        Ok(match decision {
            Decision::Approved(held) => Py::new(py, Approved { permit: permit(held)? })?.into_any(),
            Decision::Reduced(held, why) => {
                let binding = Py::new(py, PyBinding::of(why))?;
                Py::new(py, Reduced { permit: permit(held)?, binding })?.into_any()
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

    /// A guard from TOML or JSON text. `origin` names the text in messages, with line and field.
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

    /// A guard from a file that ends in `.toml` or `.json`.
    #[staticmethod]
    #[pyo3(signature = (path, *, clock=None, journal=None, durability=None, records=None, keep=None,
        house_rules=None))]
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
    /// `EmergencyStop`.
    fn evaluate(&self, py: Python<'_>, order: &Bound<'_, Order>) -> PyResult<Py<PyAny>> {
        self.judge(py, &order.get().order)
    }

    /// `evaluate` of an order given by its fields, without making an `Order` first.
    #[pyo3(signature = (instrument, side, quantity, *, price=None, trigger=None, id=None, strategy=None, account=None,
        time_in_force=None, reduce_only=false, reducible=true, created_at_ns=None, parent=None, parent_quantity=None,
        self_match_prevention=false))]
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
        };
        self.judge(py, &fields.order()?)
    }

    /// Redeems a permit of this guard; one of another guard is refused (PERMIT_FOREIGN).
    fn redeem(&self, py: Python<'_>, permit: &Bound<'_, Permit>) -> PyResult<Outbound> {
        permit.get().redeem_at(py, &self.guard)
    }

    /// Says that an outbound message was never sent: what it held is free again. The only proof there is.
    fn abandon(&self, py: Python<'_>, outbound: &Bound<'_, Outbound>) -> PyResult<()> {
        let outbound = outbound.get().take(py)?;
        self.run(py, move |guard| guard.abandon(outbound))
    }

    /// The account of this name. Raises `UnknownNameError`.
    fn account(&self, py: Python<'_>, name: &str) -> PyResult<Account> {
        let found = self.run(py, |guard| guard.account(name))?;
        found.map(|handle| Account { handle, name: name.to_owned() }).map_err(|e| error::unknown(py, &e))
    }

    /// The strategy of this name in an account. Raises `UnknownNameError`.
    fn strategy(&self, py: Python<'_>, account: &Bound<'_, Account>, name: &str) -> PyResult<Strategy> {
        let account = account.get().handle;
        let found = self.run(py, |guard| guard.strategy(account, name))?;
        found
            .map(|handle| Strategy { handle, account, name: name.to_owned() })
            .map_err(|e| error::unknown(py, &e))
    }

    /// The instrument of this symbol. Raises `UnknownNameError`.
    fn instrument(&self, py: Python<'_>, symbol: &str) -> PyResult<Instrument> {
        let found = self.run(py, |guard| guard.instrument(symbol))?;
        found.map(|handle| Instrument { handle, name: symbol.to_owned() }).map_err(|e| error::unknown(py, &e))
    }

    /// The asset of this code. Raises `UnknownNameError`.
    fn asset(&self, py: Python<'_>, code: &str) -> PyResult<Asset> {
        let found = self.run(py, |guard| guard.asset(code))?;
        found.map(|handle| Asset { handle, name: code.to_owned() }).map_err(|e| error::unknown(py, &e))
    }

    /// The venue of this name. Raises `UnknownNameError`.
    fn venue(&self, py: Python<'_>, name: &str) -> PyResult<Venue> {
        let found = self.run(py, |guard| guard.venue(name))?;
        found.map(|handle| Venue { handle, name: name.to_owned() }).map_err(|e| error::unknown(py, &e))
    }

    /// Registers an instrument, with limits of its own. Raises `ConfigError`; nothing has changed then.
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
    fn add_account(&self, py: Python<'_>, account: &Bound<'_, PyAny>) -> PyResult<Account> {
        let account: risk_core::Account = config::read(account, "account")?;
        let added = self.run(py, |guard| guard.add_account(&account))?;
        let handle = added.map_err(|e| error::config(py, &e))?;
        Ok(Account { handle, name: account.name })
    }

    /// Registers a strategy of an account. Raises `ConfigError`; nothing has changed then.
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

    /// What was found when the journal was opened; `None` for a guard without one.
    #[getter]
    fn recovery(&self) -> Option<&str> {
        self.report.as_deref()
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

/// What is wrong with a configuration, and limits that cannot work or are a trap: one sentence each.
#[pyfunction]
pub(crate) fn lint(py: Python<'_>, config: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let config = config::whole(config)?;
    let found = contained(py, Pace::Quick, || config.lint())?;
    Ok(found.iter().map(ToString::to_string).collect())
}

/// How a guard is opened, besides its configuration.
struct Opening<'a, 'py> {
    clock: Option<&'a Bound<'py, ManualClock>>,
    journal: Option<PathBuf>,
    durability: Option<&'a str>,
    records: Option<usize>,
    keep: Option<&'a str>,
    house_rules: Option<&'a Bound<'py, PyDict>>,
}

impl Opening<'_, '_> {
    fn open(self, py: Python<'_>, config: Config) -> PyResult<Guard> {
        let clock = GuardClock::new(self.clock);
        let failures = Failures::default();
        let vetoes = rules::vetoes(self.house_rules, &failures)?;
        // A rule is asked under the guard's lock and runs Python: whoever waits for that lock must let Python run.
        let pace = if vetoes.is_empty() { Pace::Quick } else { Pace::Waits };
        let Some(folder) = self.journal else {
            let memory = memory(py, self.durability, self.records, self.keep)?;
            let made = contained(py, Pace::Waits, || {
                RiskGuard::with_vetoes(&config, clock.clone(), memory.clone(), vetoes)
            });
            let guard = made?.map_err(|e| error::config(py, &e))?;
            return Ok(Guard { guard, clock, pace, memory: Some(memory), config, failures, report: None });
        };
        let wrong = |text: &str| Err(error::plain(py, "ConfigError", text));
        if self.records.is_some() || self.keep.is_some() {
            return wrong("records, keep: a journal in a folder keeps them all");
        }
        if !vetoes.is_empty() {
            return wrong("house_rules: a guard with a journal in a folder takes none from Python");
        }
        let durability = match self.durability {
            None | Some("group") => Durability::Group { sync_within_ms: 10 },
            Some("always") => Durability::Always,
            Some(other) => {
                return wrong(&format!("durability: {other:?} is neither \"group\" nor \"always\""));
            }
        };
        let options = Options { durability, ..Options::default() };
        let opened =
            contained(py, Pace::Waits, || risk_journal::open_guard(&folder, &config, clock.clone(), options));
        let (guard, report) =
            opened?.map_err(|e| error::plain(py, "JournalError", &format!("{}: {e}", folder.display())))?;
        let report = Some(report.to_string());
        Ok(Guard { guard, clock, pace: Pace::Waits, memory: None, config, failures, report })
    }
}

/// The journal of a guard that keeps its records in memory.
fn memory(
    py: Python<'_>,
    durability: Option<&str>,
    records: Option<usize>,
    keep: Option<&str>,
) -> PyResult<SharedMemory> {
    let wrong = |text: &str| Err(error::plain(py, "ConfigError", text));
    if durability.is_some() {
        return wrong("durability: needs a journal, the folder to keep records in");
    }
    let records = records.unwrap_or(RECORDS);
    if records == 0 || records > 10_000_000 {
        return wrong(&format!("records: {records} is not 1 to 10,000,000"));
    }
    match keep {
        None | Some("last") => Ok(SharedMemory::of(MemoryJournal::last(records))),
        Some("first") => Ok(SharedMemory::of(MemoryJournal::with_capacity(records))),
        Some(other) => wrong(&format!("keep: {other:?} is neither \"last\" nor \"first\"")),
    }
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
