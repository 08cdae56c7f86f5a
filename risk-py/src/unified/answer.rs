//! The answer to an order: as it is decided, as the trader sees it, and as a line of the audit log.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};
use risk_core::{Binding, Id, Reading, Rejection, Side, Verdict};
use rust_decimal::Decimal;

use super::order::Asked;
use super::refusal::Refusal;
use super::text::{json_number, json_text, stamp};
use crate::decision::{digits, name_of, unit};
use crate::order::side_name;

/// An answer before anybody has seen it.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) reason: String,
    pub(super) adjusted: Option<f64>,
    pub(super) score: f64,
    /// Details as a JSON object.
    pub(super) details: Option<String>,
}

impl Answer {
    #[cold]
    pub(super) fn refused(refusal: &Refusal) -> Self {
        Self {
            verdict: Verdict::Rejected,
            reason: refusal.reason(),
            adjusted: None,
            score: 1.0,
            details: None,
        }
    }

    /// What the core has refused.
    pub(super) fn rejected(why: &Rejection, notes: Option<&str>) -> Self {
        use risk_core::GateId;

        let mut details = Details::new(notes);
        let gate = why.gate.map(name_of);
        details.reading(
            why.reason.code(),
            gate.as_deref(),
            why.level.map(|level| level.name()),
            why.reading.as_ref(),
        );
        if matches!(why.gate, Some(GateId::GrossExposure | GateId::PositionNotional | GateId::GroupExposure))
        {
            details.put("old_code", &json_text("EXPOSURE_REDUCTION_TOO_SMALL"));
        }
        let stopped = why.reason == risk_core::Reason::KillSwitchActive;
        let verdict = if stopped { Verdict::EmergencyStop } else { Verdict::Rejected };
        Self { verdict, reason: why.to_string(), adjusted: None, score: 1.0, details: Some(details.close()) }
    }

    /// What the core has approved as it was asked for.
    pub(super) fn approved(asked: &Asked, score: f64, notes: Option<&str>) -> Self {
        Self {
            verdict: Verdict::Approved,
            reason: format!("APPROVED: {} {} {}", side_name(asked.side), asked.size, asked.symbol),
            adjusted: None,
            score,
            details: notes.map(|notes| Details::new(Some(notes)).close()),
        }
    }

    /// What the core has approved a part of.
    pub(super) fn reduced(
        why: &Binding,
        asked: &Asked,
        held: Decimal,
        score: f64,
        notes: Option<&str>,
    ) -> Self {
        let mut details = Details::new(notes);
        details.reading(
            why.reason.code(),
            Some(&name_of(why.gate)),
            Some(why.level.name()),
            why.reading.as_ref(),
        );
        details.sizes(asked.size, held);
        Self {
            verdict: Verdict::Reduced,
            reason: format!("EXPOSURE_SIZE_REDUCED: {why}"),
            adjusted: Some(floor(held)),
            score,
            details: Some(details.close()),
        }
    }

    /// What is left of an order that something is missing for: the part that reduces a position.
    pub(super) fn exit_part(asked: &Asked, part: Decimal, why: &Refusal, score: f64) -> Self {
        let mut details = Details::new(None);
        details.put("code", &json_text(why.code));
        details.sizes(asked.size, part);
        Self {
            verdict: Verdict::Reduced,
            reason: format!(
                "EXPOSURE_SIZE_REDUCED: to the exit part {}, because {}",
                part.normalize(),
                why.reason()
            ),
            adjusted: Some(floor(part)),
            score,
            details: Some(details.close()),
        }
    }

    pub(super) fn passes(&self) -> bool {
        matches!(self.verdict, Verdict::Approved | Verdict::Reduced)
    }
}

/// The float whose shortest text is not more.
fn floor(value: Decimal) -> f64 {
    use rust_decimal::prelude::ToPrimitive;

    let near = value.to_f64().unwrap_or(0.0);
    let is_more =
        risk_core::parse_decimal(zmij::Buffer::new().format(near)).map_or(true, |read| read > value);
    if is_more { near.next_down().max(0.0) } else { near }
}

/// Details on their way.
struct Details {
    text: String,
}

impl Details {
    /// `notes` is what every answer says at the moment.
    fn new(notes: Option<&str>) -> Self {
        let mut details = Self { text: String::from("{") };
        if let Some(notes) = notes {
            details.put("portfolio", &json_text(notes));
        }
        details
    }

    fn put(&mut self, name: &str, json: &str) {
        if self.text.len() > 1 {
            self.text.push_str(", ");
        }
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str("\": ");
        self.text.push_str(json);
    }

    fn reading(&mut self, code: &str, gate: Option<&str>, level: Option<&str>, reading: Option<&Reading>) {
        let text = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), json_text);
        self.put("code", &json_text(code));
        self.put("gate", &text(gate));
        self.put("level", &text(level));
        self.put("measured", &text(reading.map(|r| digits(r, r.measured)).as_deref()));
        self.put("limit", &text(reading.map(|r| digits(r, r.limit)).as_deref()));
        self.put("unit", &text(reading.map(unit).as_deref()));
    }

    fn sizes(&mut self, asked: Decimal, approved: Decimal) {
        self.put("asked", &json_text(&asked.to_string()));
        self.put("approved", &json_text(&approved.normalize().to_string()));
    }

    fn close(mut self) -> String {
        self.text.push('}');
        self.text
    }
}

/// The members of `RiskDecision`, in the order of [`Verdict::ALL`].
static DECISIONS: PyOnceLock<[Py<PyAny>; 4]> = PyOnceLock::new();

fn decision(py: Python<'_>, verdict: Verdict) -> PyResult<Py<PyAny>> {
    let members = DECISIONS.get_or_try_init(py, || {
        let kind = py.import("risk_guard._shapes")?.getattr("RiskDecision")?;
        let member = |name: &str| kind.getattr(name).map(Bound::unbind);
        Ok::<_, PyErr>([
            member("APPROVE")?,
            member("REDUCE_SIZE")?,
            member("REJECT")?,
            member("EMERGENCY_STOP")?,
        ])
    })?;
    let [approve, reduce, reject, stop] = members;
    Ok(match verdict {
        Verdict::Approved => approve,
        Verdict::Reduced => reduce,
        Verdict::Rejected => reject,
        Verdict::EmergencyStop => stop,
    }
    .clone_ref(py))
}

fn value_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approved => "approve",
        Verdict::Reduced => "reduce_size",
        Verdict::Rejected => "reject",
        Verdict::EmergencyStop => "emergency_stop",
    }
}

/// The answer to an order. ``adjusted_size`` is set where the size was reduced: send exactly that.
///
/// ``decision`` is a ``RiskDecision``, ``reason`` a code, a colon and an explanation, ``risk_score`` from 0 to 1,
/// ``evaluation_time_ms`` in milliseconds, ``breach_details`` a dict or ``None``, ``timestamp`` in seconds since the epoch.
#[pyclass(frozen, module = "risk_guard.unified", name = "RiskEvaluationResult")]
pub(crate) struct RiskEvaluationResult {
    told: Told,
    adjusted_size: Option<f64>,
    risk_score: f64,
    took_ms: AtomicU64,
    details: PyOnceLock<Py<PyAny>>,
    timestamp: f64,
}

/// What the guard has decided, or what somebody else has put together.
enum Told {
    Here(Box<Answer>),
    Elsewhere { decision: Py<PyAny>, reason: Py<PyAny> },
}

impl RiskEvaluationResult {
    pub(super) fn of(answer: Answer, now: f64) -> Self {
        Self {
            adjusted_size: answer.adjusted,
            risk_score: answer.score,
            told: Told::Here(Box::new(answer)),
            took_ms: AtomicU64::new(0),
            details: PyOnceLock::new(),
            timestamp: now,
        }
    }

    /// What was decided; nothing for a result that the guard has not made.
    pub(super) fn answer(&self) -> Option<&Answer> {
        match &self.told {
            Told::Here(answer) => Some(answer),
            Told::Elsewhere { .. } => None,
        }
    }

    pub(super) fn timestamp(&self) -> f64 {
        self.timestamp
    }

    pub(super) fn took(&self, ms: f64) {
        self.took_ms.store(ms.to_bits(), Ordering::Relaxed);
    }
}

#[pymethods]
impl RiskEvaluationResult {
    #[new]
    #[pyo3(signature = (decision, reason, adjusted_size=None, risk_score=0.0, evaluation_time_ms=0.0, breach_details=None,
        timestamp=None))]
    #[allow(clippy::too_many_arguments, reason = "its fields, by name")]
    fn new(
        py: Python<'_>,
        decision: Py<PyAny>,
        reason: Py<PyAny>,
        adjusted_size: Option<f64>,
        risk_score: f64,
        evaluation_time_ms: f64,
        breach_details: Option<Py<PyAny>>,
        timestamp: Option<f64>,
    ) -> PyResult<Self> {
        let details = PyOnceLock::new();
        let _ = details.set(py, breach_details.unwrap_or_else(|| py.None()));
        Ok(Self {
            told: Told::Elsewhere { decision, reason },
            adjusted_size,
            risk_score,
            took_ms: AtomicU64::new(evaluation_time_ms.to_bits()),
            details,
            timestamp: timestamp.unwrap_or_else(super::text::now),
        })
    }

    #[getter]
    fn decision(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match &self.told {
            Told::Here(answer) => decision(py, answer.verdict),
            Told::Elsewhere { decision, .. } => Ok(decision.clone_ref(py)),
        }
    }

    #[getter]
    fn reason<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.told {
            Told::Here(answer) => Ok(answer.reason.as_str().into_pyobject(py)?.into_any()),
            Told::Elsewhere { reason, .. } => Ok(reason.bind(py).clone()),
        }
    }

    #[getter]
    fn adjusted_size(&self) -> Option<f64> {
        self.adjusted_size
    }

    #[getter]
    fn risk_score(&self) -> f64 {
        self.risk_score
    }

    #[getter]
    fn evaluation_time_ms(&self) -> f64 {
        f64::from_bits(self.took_ms.load(Ordering::Relaxed))
    }

    #[getter]
    fn breach_details<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let details = self.details.get_or_try_init(py, || {
            match self.answer().and_then(|answer| answer.details.as_deref()) {
                Some(text) => py.import("json")?.call_method1("loads", (text,)).map(Bound::unbind),
                None => Ok(py.None()),
            }
        })?;
        Ok(details.bind(py).clone())
    }

    #[getter(timestamp)]
    fn made_at(&self) -> f64 {
        self.timestamp
    }

    #[classattr]
    #[pyo3(name = "__match_args__")]
    fn match_args(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, FIELDS)
    }

    /// Its fields, the decision by its value.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let values = PyDict::new(py);
        let decision = self.decision(py)?.into_bound(py);
        values.set_item("decision", decision.getattr_opt(intern!(py, "value"))?.unwrap_or(decision))?;
        values.set_item("reason", self.reason(py)?)?;
        values.set_item("adjusted_size", self.adjusted_size)?;
        values.set_item("risk_score", self.risk_score)?;
        values.set_item("evaluation_time_ms", self.evaluation_time_ms())?;
        values.set_item("breach_details", self.breach_details(py)?)?;
        values.set_item("timestamp", self.timestamp)?;
        Ok(values)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let parts = FIELDS.map(|name| slf.getattr(name));
        let parts = parts.into_iter().collect::<PyResult<Vec<_>>>()?;
        Ok((slf.get_type().into_any(), PyTuple::new(slf.py(), parts)?))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let mut text = String::from("RiskEvaluationResult(");
        for (place, name) in FIELDS.into_iter().enumerate() {
            let value = slf.getattr(name)?.repr()?;
            text.push_str(if place == 0 { "" } else { ", " });
            text.push_str(&format!("{name}={value}"));
        }
        text.push(')');
        Ok(text)
    }
}

const FIELDS: [&str; 7] = [
    "decision",
    "reason",
    "adjusted_size",
    "risk_score",
    "evaluation_time_ms",
    "breach_details",
    "timestamp",
];

/// What a line says besides the answer.
pub(super) struct Line<'a> {
    pub(super) number: u64,
    pub(super) at: f64,
    pub(super) took_ns: u128,
    /// The order as a JSON object.
    pub(super) order: &'a str,
    pub(super) order_id: Option<Id>,
}

impl Line<'_> {
    /// The line of the audit log, with its end.
    pub(super) fn of(&self, answer: &Answer) -> String {
        use std::fmt::Write;

        let mut line = String::with_capacity(512);
        let (ms, rest) = (self.took_ns / 1_000_000, self.took_ns % 1_000_000);
        let _ = write!(line, "{{\"evaluation\": {}, \"timestamp\": \"", self.number);
        stamp(&mut line, self.at);
        let _ = write!(line, "\", \"decision\": \"{}\", \"reason\": ", value_of(answer.verdict));
        super::text::put_json_text(&mut line, &answer.reason);
        line.push_str(", \"adjusted_size\": ");
        json_number(&mut line, answer.adjusted);
        line.push_str(", \"risk_score\": ");
        json_number(&mut line, Some(answer.score));
        let _ = write!(
            line,
            ", \"evaluation_time_ms\": {ms}.{rest:06}, \"order\": {}, \"order_id\": ",
            self.order
        );
        match &self.order_id {
            None => line.push_str("null"),
            Some(id) => super::text::put_json_text(&mut line, id.as_str()),
        }
        line.push_str(", \"breach_details\": ");
        line.push_str(answer.details.as_deref().unwrap_or("null"));
        line.push_str("}\n");
        line
    }
}

/// An order as a JSON object, its numbers as exact text.
pub(super) fn order_json(asked: &Asked) -> String {
    use std::fmt::Write;

    let mut text = String::with_capacity(160);
    text.push_str("{\"symbol\": ");
    super::text::put_json_text(&mut text, &asked.symbol);
    let side = match asked.side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    };
    let _ = write!(text, ", \"side\": \"{side}\", \"size\": \"{}\", \"price\": ", asked.size);
    match asked.price {
        None => text.push_str("null"),
        Some(price) => {
            let _ = write!(text, "\"{price}\"");
        }
    }
    text.push_str(", \"client_order_id\": ");
    match &asked.client {
        None => text.push_str("null"),
        Some((name, _)) => super::text::put_json_text(&mut text, name),
    }
    text.push('}');
    text
}
