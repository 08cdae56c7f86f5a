//! The four answers and what they carry.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use risk_core::{Binding, Reading, Rejection, RiskGuard, Verdict};

use crate::contain::{Pace, poisoned};
use crate::error::{forbidden, refused_as};
use crate::handles::OrderHandle;
use crate::number;
use crate::permit::{Issued, Permit};

/// A value and its limit in the unit people read, as `Decimal`s with the unit's name.
fn shown<'py>(py: Python<'py>, reading: &Reading, value: i128) -> PyResult<Bound<'py, PyAny>> {
    number::text_to_python(py, &digits(reading, value))
}

/// A value as digits, without its unit.
pub(crate) fn digits(reading: &Reading, value: i128) -> String {
    let text = reading.unit.show(value);
    text.split(' ').next().unwrap_or("").chars().filter(|c| *c != ',').collect()
}

/// The name of a reading's unit.
pub(crate) fn unit(reading: &Reading) -> String {
    reading.unit.show(0).split_once(' ').map_or_else(String::new, |(_, unit)| unit.to_owned())
}

/// A gate's name in records and documents.
pub(crate) fn name_of(gate: risk_core::GateId) -> String {
    serde_json::to_value(gate).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Why an order may not be sent, as Python attributes.
#[derive(Clone, Copy)]
pub(crate) struct Refusal(pub(crate) Rejection);

impl Refusal {
    pub(crate) fn fill(self, fields: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = fields.py();
        fields.set_item("code", self.0.reason.code())?;
        fields.set_item("gate", self.0.gate.map(name_of))?;
        fields.set_item("level", self.0.level.map(|level| level.name()))?;
        if let Some(reading) = &self.0.reading {
            fields.set_item("measured", shown(py, reading, reading.measured)?)?;
            fields.set_item("limit", shown(py, reading, reading.limit)?)?;
            fields.set_item("unit", unit(reading))?;
        }
        Ok(())
    }
}

macro_rules! readings {
    ($name:ident, { $($more:tt)* }) => {
        #[pymethods]
        impl $name {
            /// The stable reason code.
            #[getter]
            fn code(&self) -> &'static str {
                self.inner.reason.code()
            }

            /// The stable number of the reason.
            #[getter]
            fn number(&self) -> u16 {
                self.inner.reason.number()
            }

            /// What a person can do about it.
            #[getter]
            fn advice(&self) -> &'static str {
                self.inner.reason.advice()
            }

            /// What was measured, in `unit`.
            #[getter]
            fn measured<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
                self.inner.reading.as_ref().map(|reading| shown(py, reading, reading.measured)).transpose()
            }

            /// The limit, in `unit`.
            #[getter]
            fn limit<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
                self.inner.reading.as_ref().map(|reading| shown(py, reading, reading.limit)).transpose()
            }

            /// The unit of `measured` and `limit`: a currency, `ms`, `%`, `bps`, `messages`, or nothing for quantities,
            /// prices and counts.
            #[getter]
            fn unit(&self) -> Option<String> {
                self.inner.reading.as_ref().map(unit)
            }

            /// The gate that refused or bound.
            #[getter]
            fn gate(&self) -> Option<String> {
                self.gate_name()
            }

            /// The level whose limit refused or bound: `firm`, `account`, `strategy` or `instrument`.
            #[getter]
            fn level(&self) -> Option<&'static str> {
                self.level_name()
            }

            $($more)*

            fn __str__(&self) -> String {
                self.inner.to_string()
            }

            fn __repr__(&self) -> String {
                format!("<{}>", self.inner)
            }
        }
    };
}

/// Why an order may not be sent. Its text is one sentence.
///
/// >>> why = guard.evaluate(rg.Order(btc, "buy", 1, price=60_000, strategy=grid, id="a1")).rejection
/// >>> why.code, why.gate, why.level, why.measured, why.limit, why.unit
/// ('PRICE_COLLAR', 'price_collar', 'firm', Decimal('2000'), Decimal('500'), 'bps')
#[pyclass(frozen, module = "risk_guard", name = "Rejection")]
pub(crate) struct PyRejection {
    inner: Rejection,
}

impl PyRejection {
    pub(crate) fn of(inner: Rejection) -> Self {
        Self { inner }
    }

    fn gate_name(&self) -> Option<String> {
        self.inner.gate.map(name_of)
    }

    fn level_name(&self) -> Option<&'static str> {
        self.inner.level.map(risk_core::Level::name)
    }
}

readings!(PyRejection, {
    /// Which field is malformed, for INVALID_ORDER.
    #[getter]
    fn field(&self) -> Option<&'static str> {
        self.inner.malformed.map(|malformed| malformed.field.name())
    }

    /// For SELF_MATCH, the own order that accepts most of those it could trade with: what to cancel first.
    #[getter]
    fn crossing(&self) -> Option<OrderHandle> {
        self.inner.crossing.map(|handle| OrderHandle { handle })
    }
});

/// What made a reduced order smaller.
///
/// >>> why = guard.evaluate(rg.Order(btc, "buy", 3, strategy=grid, id="a1")).binding
/// >>> why.code, why.level, why.asked, why.approved
/// ('TOTAL_EXPOSURE_LIMIT', 'account', Decimal('3'), Decimal('1.9996'))
#[pyclass(frozen, module = "risk_guard", name = "Binding")]
pub(crate) struct PyBinding {
    inner: Binding,
}

readings!(PyBinding, {
    /// The quantity that was asked for.
    #[getter]
    fn asked<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::to_python(py, self.inner.asked)
    }

    /// The quantity that may be sent.
    #[getter]
    fn approved<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::to_python(py, self.inner.approved)
    }
});

/// What an answer carries, as the object that is seen.
trait Carried<T> {
    fn object(&self, py: Python<'_>) -> PyResult<Py<T>>;
}

impl<T> Carried<T> for Py<T> {
    fn object(&self, py: Python<'_>) -> PyResult<Py<T>> {
        Ok(self.clone_ref(py))
    }
}

/// The permit of an answer, and whose it is.
pub(crate) struct Leave {
    permit: Issued,
    guard: RiskGuard,
    pace: Pace,
}

impl Leave {
    pub(crate) fn of(permit: risk_core::Permit, guard: &RiskGuard, pace: Pace) -> Self {
        Self { permit: Issued::of(Some(permit)), guard: guard.clone(), pace }
    }
}

impl Carried<Permit> for Leave {
    fn object(&self, py: Python<'_>) -> PyResult<Py<Permit>> {
        self.permit.object(py, &self.guard, self.pace)?.ok_or_else(|| poisoned(py))
    }
}

macro_rules! answer {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $member:ident: $held:ty => $kind:ty),* } $verdict:expr) => {
        $(#[$doc])*
        #[pyclass(frozen, module = "risk_guard")]
        pub(crate) struct $name { $(pub(crate) $member: $held,)* }

        #[pymethods]
        impl $name {
            $(
                $(#[$what])*
                #[getter]
                fn $member(&self, py: Python<'_>) -> PyResult<Py<$kind>> {
                    self.$member.object(py)
                }
            )*

            #[classattr]
            #[pyo3(name = "__match_args__")]
            fn match_args(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
                PyTuple::new(py, [$(stringify!($member)),*])
            }

            /// `approved`, `reduced`, `rejected` or `emergency_stop`.
            #[getter]
            fn verdict(&self) -> &'static str {
                $verdict.name()
            }

            /// The reason code; `None` for an approval.
            #[getter]
            fn reason(&self) -> Option<&'static str> {
                self.code()
            }

            /// The permit; raises `RiskViolationError` or `EmergencyStopError` where there is none.
            ///
            /// >>> guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).permit_or_raise()
            /// <Permit for 1>
            fn permit_or_raise(&self, py: Python<'_>) -> PyResult<Py<Permit>> {
                self.leave(py)
            }

            fn __bool__(&self) -> PyResult<bool> {
                Err(pyo3::exceptions::PyTypeError::new_err(
                    "a decision is neither true nor false; use match, or look at .verdict",
                ))
            }

            fn __hash__(&self) -> PyResult<isize> {
                Err(forbidden("a decision cannot be hashed"))
            }

            fn __reduce__(&self) -> PyResult<()> {
                Err(forbidden("a decision cannot be copied or pickled"))
            }

            #[pyo3(signature = (_protocol=None, /))]
            fn __reduce_ex__(&self, _protocol: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
                Err(forbidden("a decision cannot be copied or pickled"))
            }

            fn __copy__(&self) -> PyResult<()> {
                Err(forbidden("a decision cannot be copied"))
            }

            #[pyo3(signature = (_memo=None, /))]
            fn __deepcopy__(&self, _memo: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
                Err(forbidden("a decision cannot be copied"))
            }

            fn __repr__(&self) -> String {
                let why = self.reason().map_or_else(String::new, |code| format!(" {code}"));
                format!("<{}{why}>", stringify!($name))
            }
        }
    };
}

answer! {
    /// The whole order may be sent, with this permit.
    ///
    /// >>> decision = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1"))
    /// >>> decision.verdict, decision.reason, decision.permit
    /// ('approved', None, <Permit for 1>)
    Approved { #[doc = "The right to send it, once."] permit: Leave => Permit } Verdict::Approved
}

answer! {
    /// A part of the order may be sent; `binding` says what bound it.
    ///
    /// >>> decision = guard.evaluate(rg.Order(btc, "buy", 3, strategy=grid, id="a1"))
    /// >>> decision.verdict, decision.reason, decision.permit
    /// ('reduced', 'TOTAL_EXPOSURE_LIMIT', <Permit for 1.9996>)
    Reduced {
        /// The right to send the part, once.
        permit: Leave => Permit,
        /// What bound it: the limit, and how much was asked.
        binding: Py<PyBinding> => PyBinding
    } Verdict::Reduced
}

answer! {
    /// The order may not be sent.
    ///
    /// >>> decision = guard.evaluate(rg.Order(btc, "buy", "0.00001", strategy=grid, id="a1"))
    /// >>> decision.verdict, decision.reason
    /// ('rejected', 'QUANTITY_INCREMENT')
    Rejected { #[doc = "Why."] rejection: Py<PyRejection> => PyRejection } Verdict::Rejected
}

answer! {
    /// The order may not be sent: a scope of it is halted.
    ///
    /// >>> _ = guard.halt(reason="an example", by="ops")
    /// >>> decision = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1"))
    /// >>> decision.verdict, decision.reason
    /// ('emergency_stop', 'KILL_SWITCH_ACTIVE')
    EmergencyStop { #[doc = "Why."] rejection: Py<PyRejection> => PyRejection } Verdict::EmergencyStop
}

impl PyBinding {
    pub(crate) fn of(inner: Binding) -> Self {
        Self { inner }
    }

    fn gate_name(&self) -> Option<String> {
        Some(name_of(self.inner.gate))
    }

    fn level_name(&self) -> Option<&'static str> {
        Some(self.inner.level.name())
    }
}

impl Approved {
    fn code(&self) -> Option<&'static str> {
        None
    }

    fn leave(&self, py: Python<'_>) -> PyResult<Py<Permit>> {
        self.permit.object(py)
    }
}

impl Reduced {
    fn code(&self) -> Option<&'static str> {
        Some(self.binding.get().inner.reason.code())
    }

    fn leave(&self, py: Python<'_>) -> PyResult<Py<Permit>> {
        self.permit.object(py)
    }
}

impl Rejected {
    fn code(&self) -> Option<&'static str> {
        Some(self.rejection.get().inner.reason.code())
    }

    fn leave(&self, py: Python<'_>) -> PyResult<Py<Permit>> {
        Err(refused_as(py, &self.rejection.get().inner, Verdict::Rejected))
    }
}

impl EmergencyStop {
    fn code(&self) -> Option<&'static str> {
        Some(self.rejection.get().inner.reason.code())
    }

    fn leave(&self, py: Python<'_>) -> PyResult<Py<Permit>> {
        Err(refused_as(py, &self.rejection.get().inner, Verdict::EmergencyStop))
    }
}
