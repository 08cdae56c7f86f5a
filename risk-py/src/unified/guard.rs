//! The guard that the trader calls: reads without a lock, judges under it, writes the line, answers.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use pyo3::exceptions::{PyException, PyRuntimeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use risk_core::{Id, Verdict};
use rust_decimal::Decimal;

use super::answer::{Answer, Line, RiskEvaluationResult, order_json};
use super::audit::Audit;
use super::desk::{Desk, Judged, Seen};
use super::history::{Decisions, Lines};
use super::market;
use super::order::{Asked, core_id};
use super::portfolio::{age_minutes, group};
use super::readings::Readings;
use super::refusal::{ERROR, Refusal, described, kept};
use super::repeats::Pace;
use super::text;
use crate::error::{invalid, plain};
use crate::number;

/// What `UnifiedRiskGuard` is made of: everything between the call and the answer.
#[pyclass(frozen, subclass, module = "risk_guard")]
pub(crate) struct UnifiedGuard {
    desk: Mutex<Held>,
    readings: Readings,
    audit: Audit,
    log_path: Mutex<Option<(Py<PyAny>, Arc<PathBuf>)>>,
    lines: Arc<Lines>,
    evaluations: AtomicU64,
    approvals: AtomicU64,
    rejections: AtomicU64,
    took_ns: AtomicU64,
}

/// The desk, and whether a call has begun and not ended: seen by the next one, that means a panic.
struct Held {
    desk: Desk,
    busy: bool,
}

/// What the guard has decided in this thread and not yet answered.
struct Issued {
    guard: usize,
    result: Py<RiskEvaluationResult>,
    order: Py<PyAny>,
    hold: Option<u64>,
    id: Option<Id>,
    shown: Option<String>,
}

/// The last order of this thread and its hold, for the decorator.
struct Last {
    guard: usize,
    order: Py<PyAny>,
    hold: Option<u64>,
}

thread_local! {
    static ISSUED: RefCell<Option<Issued>> = const { RefCell::new(None) };
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

const DEFAULTS: &str = "the default figures were never replaced";
const POISONED: &str = "GUARD_POISONED: a panic has left the guard in doubt; start the process again";

impl UnifiedGuard {
    /// Does something with the desk. Nothing where a panic has left it in doubt.
    fn with<R>(&self, work: impl FnOnce(&mut Desk) -> R) -> Option<R> {
        let mut held = self.desk.lock();
        if held.busy {
            return None;
        }
        held.busy = true;
        let done = catch_unwind(AssertUnwindSafe(|| work(&mut held.desk))).ok();
        held.busy = done.is_none();
        done
    }

    fn desk<R>(&self, work: impl FnOnce(&mut Desk) -> R) -> PyResult<R> {
        self.with(work).ok_or_else(|| PyRuntimeError::new_err(POISONED))
    }

    /// Reads, judges, and makes the result; what cannot be read is refused.
    fn gates(
        &self,
        guard: &Bound<'_, PyAny>,
        order: &Bound<'_, PyAny>,
        data: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(Judged, Option<String>, f64)> {
        let py = guard.py();
        let now = text::now();
        let refused = |refusal: &Refusal| Judged { answer: Answer::refused(refusal), hold: None, id: None };
        let limits = self.readings.limits(guard)?;
        let flag = match &limits.flag {
            Ok(flag) => *flag,
            Err(refusal) => return Ok((refused(refusal), None, now)),
        };
        let mut halted = self.desk(|desk| desk.is_halted())?;
        if flag != halted {
            // Only `True` says something: it halts. `False` is put right.
            guard.call_method0(intern!(py, "_sync_kill_flag"))?;
            halted = self.desk(|desk| desk.is_halted())?;
        }
        if halted {
            return Ok((self.stopped(guard)?, None, now));
        }
        let asked = match kept(py, Asked::read(order))? {
            Ok(asked) => asked,
            Err(refusal) => return Ok((refused(&refusal), None, now)),
        };
        let shown = order_json(&asked);
        let price = kept(py, market::price_of(data, &asked.symbol, now, &limits.quality))?;
        let (portfolio, first) = self.readings.portfolio(guard)?;
        let groups = guard.getattr(intern!(py, "symbol_groups"))?;
        let seen = Seen {
            group: group(&groups, &asked.symbol),
            asked,
            price,
            limits,
            portfolio,
            age_minutes: kept(py, age_minutes(&guard.getattr(intern!(py, "max_portfolio_age_minutes"))?))?,
            pace: kept(py, Pace::read(guard))?,
            notes: first.then_some(DEFAULTS),
            now,
        };
        let judged =
            self.with(|desk| desk.judge(&seen)).unwrap_or_else(|| refused(&Refusal::new(ERROR, POISONED)));
        if judged.answer.verdict == Verdict::EmergencyStop {
            return Ok((self.stopped(guard)?, Some(shown), now));
        }
        Ok((judged, Some(shown), now))
    }

    #[cold]
    fn stopped(&self, guard: &Bound<'_, PyAny>) -> PyResult<Judged> {
        let why = guard.getattr("kill_switch_reason")?;
        let why =
            if why.is_truthy()? { super::refusal::text_of(&why) } else { "trading is halted".to_owned() };
        let answer = Answer {
            verdict: Verdict::EmergencyStop,
            reason: format!("KILL_SWITCH_ACTIVE: {why}"),
            adjusted: None,
            score: 1.0,
            details: None,
        };
        Ok(Judged { answer, hold: None, id: None })
    }

    /// The path of the audit log. It is made from what the attribute holds, once for each object.
    fn log_path(&self, guard: &Bound<'_, PyAny>) -> PyResult<Arc<PathBuf>> {
        let path = guard.getattr(intern!(guard.py(), "audit_log_path"))?;
        if let Some((known, made)) = &*self.log_path.lock()
            && known.is(&path)
        {
            return Ok(Arc::clone(made));
        }
        let made = Arc::new(path.extract::<PathBuf>()?);
        drop(self.log_path.lock().replace((path.unbind(), Arc::clone(&made))));
        Ok(made)
    }

    /// Writes a line, other threads running meanwhile.
    fn write(&self, guard: &Bound<'_, PyAny>, line: &str) -> Result<(), String> {
        let py = guard.py();
        let path = self.log_path(guard).map_err(|error| described(py, &error))?;
        py.detach(|| self.audit.write(&path, line)).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn take_back_hold(&self, hold: Option<u64>) {
        if let Some(hold) = hold {
            let _ = self.with(|desk| desk.take_back(hold));
        }
    }
}

#[pymethods]
impl UnifiedGuard {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let desk = Desk::new().map_err(PyRuntimeError::new_err)?;
        Ok(Self {
            desk: Mutex::new(Held { desk, busy: false }),
            readings: Readings::default(),
            audit: Audit::new(),
            log_path: Mutex::new(None),
            lines: Arc::default(),
            evaluations: AtomicU64::new(0),
            approvals: AtomicU64::new(0),
            rejections: AtomicU64::new(0),
            took_ns: AtomicU64::new(0),
        })
    }

    /// Remembers the portfolio it begins with: answers say so until it is replaced.
    fn _begin(slf: &Bound<'_, Self>) -> PyResult<()> {
        slf.get().readings.begin(slf.as_any())
    }

    /// Judges an order, holds what it approves and writes the audit line. Never raises; what cannot be judged is
    /// rejected.
    #[pyo3(signature = (order, market_data=None))]
    fn evaluate_order(
        slf: &Bound<'_, Self>,
        order: &Bound<'_, PyAny>,
        market_data: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<RiskEvaluationResult>> {
        let (py, this, begin) = (slf.py(), slf.get(), Instant::now());
        drop(ISSUED.take());
        let name = intern!(py, "_execute_unified_risk_gates");
        let answered = slf.call_method1(name, (order, market_data));
        let issued = ISSUED.take().filter(|issued| issued.guard == slf.as_ptr() as usize);
        let (mut result, mut hold, mut id, mut shown) = match (answered, issued) {
            (Ok(result), Some(mine)) if mine.result.is(&result) && mine.order.is(order) => {
                (mine.result, mine.hold, mine.id, mine.shown)
            }
            (answered, issued) => {
                this.take_back_hold(issued.and_then(|issued| issued.hold));
                let text = match answered {
                    Ok(_) => "RiskEvaluationError: the answer is not the one made for this order".to_owned(),
                    Err(error) if error.is_instance_of::<PyException>(py) => described(py, &error),
                    Err(error) => return Err(error),
                };
                let answer = Answer::refused(&Refusal::new(ERROR, text));
                (Py::new(py, RiskEvaluationResult::of(answer, text::now()))?, None, None, None)
            }
        };
        let order_shown = match shown.take() {
            Some(shown) => shown,
            None => py.import("risk_guard._audit_text")?.call_method1("order_shown", (order,))?.extract()?,
        };
        let number = this.evaluations.fetch_add(1, Ordering::Relaxed) + 1;
        let took_ns = begin.elapsed().as_nanos();
        let mut line = line_of(result.get(), number, took_ns, &order_shown, id);
        if let Err(problem) = this.write(slf.as_any(), &line) {
            slf.call_method1(
                intern!(py, "_critical"),
                (format!("the audit line cannot be written: {problem}"),),
            )?;
            this.take_back_hold(hold.take());
            id = None;
            let text = format!("the audit line cannot be written: {problem}");
            let answer = Answer::refused(&Refusal::new(ERROR, text));
            result = Py::new(py, RiskEvaluationResult::of(answer, text::now()))?;
            line = line_of(result.get(), number, took_ns, &order_shown, id);
        }
        let took_ns = begin.elapsed().as_nanos();
        result.get().took(took_ns as f64 / 1e6);
        this.took_ns.fetch_add(u64::try_from(took_ns).unwrap_or(u64::MAX), Ordering::Relaxed);
        let passes = result.get().answer().is_some_and(Answer::passes);
        let counter = if passes { &this.approvals } else { &this.rejections };
        counter.fetch_add(1, Ordering::Relaxed);
        this.lines.push(line);
        drop(LAST.replace(Some(Last { guard: slf.as_ptr() as usize, order: order.clone().unbind(), hold })));
        Ok(result)
    }

    /// What `evaluate_order` delegates to.
    #[pyo3(signature = (order, market_data=None))]
    fn _execute_unified_risk_gates(
        slf: &Bound<'_, Self>,
        order: &Bound<'_, PyAny>,
        market_data: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<RiskEvaluationResult>> {
        let (py, this) = (slf.py(), slf.get());
        let (judged, shown, now) = this.gates(slf.as_any(), order, market_data)?;
        let result = Py::new(py, RiskEvaluationResult::of(judged.answer, now))?;
        drop(ISSUED.replace(Some(Issued {
            guard: slf.as_ptr() as usize,
            result: result.clone_ref(py),
            order: order.clone().unbind(),
            hold: judged.hold,
            id: judged.id,
            shown,
        })));
        Ok(result)
    }

    /// The order was cancelled, or was never sent: what it held is free. Whether it was known.
    fn cancelled(&self, order_id: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Some(id) = named(order_id)? else { return Ok(false) };
        self.desk(|desk| desk.cancelled(id))
    }

    /// So much of the order was executed; it counts on as position until the next refresh. Whether it was known.
    fn filled(&self, order_id: &Bound<'_, PyAny>, size: &Bound<'_, PyAny>) -> PyResult<bool> {
        let amount = number::decimal(size, "size")?;
        if amount <= Decimal::ZERO {
            return Err(invalid("size", size, "is not above zero"));
        }
        let Some(id) = named(order_id)? else { return Ok(false) };
        let filled = self.desk(|desk| desk.filled(id, amount))?;
        filled.map_err(|refusal| plain(size.py(), "RiskEvaluationError", &refusal.reason()))
    }

    /// Registers a symbol's own increments: sizes and prices of orders are whole multiples of them, and are judged exactly.
    /// To be called before the first order of the symbol. Raises `InvalidValueError`.
    fn register_increments(
        slf: &Bound<'_, Self>,
        symbol: &str,
        price_increment: &Bound<'_, PyAny>,
        size_increment: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let positive = |value: &Bound<'_, PyAny>, field: &str| match number::decimal(value, field)? {
            number if number > Decimal::ZERO => Ok(number),
            _ => Err(invalid(field, value, "is not above zero")),
        };
        let tick = positive(price_increment, "price_increment")?;
        let lot = positive(size_increment, "size_increment")?;
        let group = group(&slf.getattr(intern!(slf.py(), "symbol_groups"))?, symbol);
        let done = slf.get().desk(|desk| desk.register(symbol, group.as_deref(), tick, lot))?;
        done.map_err(|refusal| plain(slf.py(), "InvalidValueError", &refusal.text))
    }

    /// The hold of the order this thread has just had approved.
    fn _last_hold(slf: &Bound<'_, Self>, order: &Bound<'_, PyAny>) -> Option<u64> {
        LAST.with_borrow(|last| match last {
            Some(last) if last.guard == slf.as_ptr() as usize && last.order.is(order) => last.hold,
            _ => None,
        })
    }

    /// Ends a hold of an order that will not be sent.
    fn _take_back(&self, hold: Option<u64>) {
        self.take_back_hold(hold);
    }

    /// Halts the core.
    fn _stop(&self, reason: &str) -> PyResult<()> {
        self.desk(|desk| desk.halt(reason))
    }

    /// Lifts every latch of the core; whether trading goes on.
    fn _go_on(&self, reason: &str) -> PyResult<bool> {
        self.desk(|desk| desk.resume(reason))
    }

    /// Whether the core is halted. One that is in doubt is.
    #[getter]
    fn _halted(&self) -> bool {
        self.with(|desk| desk.is_halted()).unwrap_or(true)
    }

    /// When the portfolio was last refreshed, as far as it was seen, in seconds since the epoch.
    #[getter]
    fn _refreshed(&self) -> PyResult<f64> {
        self.desk(|desk| desk.refreshed())
    }

    /// How many holds there are, and how many of them the core has.
    #[getter]
    fn _held(&self) -> PyResult<(usize, u64)> {
        self.desk(|desk| (desk.holds.len(), desk.live()))
    }

    /// Writes a line to the audit log; raises `OSError`.
    fn _write(slf: &Bound<'_, Self>, line: &str) -> PyResult<()> {
        let written = slf.get().write(slf.as_any(), line);
        written.map_err(pyo3::exceptions::PyOSError::new_err)
    }

    /// The last decisions, newest last: a sequence of dicts.
    #[getter]
    fn decision_history(&self) -> Decisions {
        Decisions::of(&self.lines)
    }

    /// The last decisions as a list, newest last.
    #[pyo3(signature = (limit=100))]
    fn get_recent_decisions<'py>(&self, py: Python<'py>, limit: isize) -> PyResult<Bound<'py, PyAny>> {
        Ok(Decisions::of(&self.lines).list(py, Some(usize::try_from(limit).unwrap_or(0)))?.into_any())
    }

    /// How many orders were evaluated.
    #[getter]
    fn evaluation_count(&self) -> u64 {
        self.evaluations.load(Ordering::Relaxed)
    }

    /// How many were approved, in whole or in part.
    #[getter]
    fn approvals_count(&self) -> u64 {
        self.approvals.load(Ordering::Relaxed)
    }

    /// How many were not.
    #[getter]
    fn rejections_count(&self) -> u64 {
        self.rejections.load(Ordering::Relaxed)
    }

    /// Counts and times.
    fn get_performance_metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let total = self.evaluation_count();
        let share = |part: f64| if total == 0 { 0.0 } else { part / total as f64 };
        let metrics = PyDict::new(py);
        metrics.set_item("total_evaluations", total)?;
        metrics.set_item("approvals", self.approvals_count())?;
        metrics.set_item("rejections", self.rejections_count())?;
        metrics.set_item("approval_rate", share(self.approvals_count() as f64))?;
        metrics.set_item("rejection_rate", share(self.rejections_count() as f64))?;
        metrics
            .set_item("avg_evaluation_time_ms", share(self.took_ns.load(Ordering::Relaxed) as f64 / 1e6))?;
        metrics.set_item("kill_switch_active", self._halted())?;
        metrics.set_item("decision_history_size", self.lines.len())?;
        Ok(metrics)
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("the guard cannot be copied or pickled: there is one state"))
    }

    fn __copy__(&self) -> PyResult<()> {
        self.__reduce__()
    }

    #[pyo3(signature = (_memo=None, /))]
    fn __deepcopy__(&self, _memo: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        self.__reduce__()
    }
}

fn line_of(result: &RiskEvaluationResult, number: u64, took_ns: u128, order: &str, id: Option<Id>) -> String {
    let line = Line { number, at: result.timestamp(), took_ns, order, order_id: id };
    result.answer().map_or_else(String::new, |answer| line.of(answer))
}

/// The order that a report names, by its client order id or by itself.
fn named(order: &Bound<'_, PyAny>) -> PyResult<Option<Id>> {
    let name = if order.is_instance_of::<PyString>() {
        order.clone()
    } else {
        match order.getattr_opt("client_order_id")? {
            Some(name) => name,
            None => return Ok(None),
        }
    };
    name.cast::<PyString>().ok().map(core_id).transpose()
}
