//! Several orders or none.

use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use risk_core::{ListDecision, ListRejection, Verdict};

use crate::decision::PyRejection;
use crate::error::{forbidden, plain, refused, refused_as};
use crate::guard::Guard;
use crate::order::Order;
use crate::permit::Outbound;

/// The guard's leave to send a list, once and for a short time.
///
/// >>> with_permit = guard.evaluate_list([rg.Order(btc, "buy", "0.5", strategy=grid, id="l1")])
/// >>> permit = with_permit.permit
/// >>> permit.orders, permit.expires_ns > clock.now_ns
/// (1, True)
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct ListPermit {
    slot: Mutex<Option<risk_core::ListPermit>>,
    guard: Py<Guard>,
    orders: u32,
    expires_ns: i64,
}

impl ListPermit {
    fn take(&self, py: Python<'_>) -> PyResult<risk_core::ListPermit> {
        self.slot.lock().take().ok_or_else(|| {
            let error =
                plain(py, "RiskViolationError", "PERMIT_SPENT: the permit was used before; evaluate again");
            let _ = error.value(py).setattr("code", "PERMIT_SPENT");
            error
        })
    }
}

#[pymethods]
impl ListPermit {
    /// How many orders it is for.
    #[getter]
    fn orders(&self) -> u32 {
        self.orders
    }

    /// When it is too late to redeem, in nanoseconds since the epoch.
    #[getter]
    fn expires_ns(&self) -> i64 {
        self.expires_ns
    }

    /// Spends it: all messages that may leave now, in the order of the list.
    ///
    /// >>> permit = guard.evaluate_list([rg.Order(btc, "buy", "0.5", strategy=grid, id="l1")]).permit_or_raise()
    /// >>> permit.redeem()
    /// [<Outbound new l1 0.5>]
    fn redeem(&self, py: Python<'_>) -> PyResult<Vec<Outbound>> {
        let permit = self.take(py)?;
        let redeemed = self.guard.get().run(py, move |guard| guard.redeem_list(permit))?;
        let outbounds = redeemed.map_err(|why| refused(py, &why))?;
        Ok(outbounds.into_iter().map(Outbound::of).collect())
    }

    /// Gives it back: what it held is free again.
    ///
    /// >>> permit = guard.evaluate_list([rg.Order(btc, "buy", "0.5", strategy=grid, id="l1")]).permit_or_raise()
    /// >>> permit.release()
    /// >>> guard.position(main, btc)["buying"]
    /// Decimal('0')
    fn release(&self, py: Python<'_>) -> PyResult<()> {
        let permit = self.take(py)?;
        let released = self.guard.get().run(py, move |guard| guard.release_list(permit))?;
        released.map_err(|why| refused(py, &why))
    }

    fn __hash__(&self) -> PyResult<isize> {
        Err(forbidden("a permit cannot be hashed"))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(forbidden("a permit cannot be copied or pickled"))
    }

    fn __copy__(&self) -> PyResult<()> {
        Err(forbidden("a permit cannot be copied"))
    }

    #[pyo3(signature = (_memo=None, /))]
    fn __deepcopy__(&self, _memo: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        Err(forbidden("a permit cannot be copied"))
    }
}

/// All orders of the list may be sent, with this permit.
///
/// >>> guard.evaluate_list([rg.Order(btc, "buy", "0.5", strategy=grid, id="l1")]).verdict
/// 'approved'
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct ListApproved {
    permit: Py<ListPermit>,
}

#[pymethods]
impl ListApproved {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    fn match_args(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, ["permit"])
    }

    /// The permit.
    #[getter]
    fn permit(&self, py: Python<'_>) -> Py<ListPermit> {
        self.permit.clone_ref(py)
    }

    /// `approved`.
    #[getter]
    fn verdict(&self) -> &'static str {
        Verdict::Approved.name()
    }

    /// The permit.
    ///
    /// >>> guard.evaluate_list([rg.Order(btc, "buy", "0.5", strategy=grid, id="l1")]).permit_or_raise().orders
    /// 1
    fn permit_or_raise(&self, py: Python<'_>) -> Py<ListPermit> {
        self.permit.clone_ref(py)
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(forbidden("a decision is neither true nor false"))
    }

    fn __hash__(&self) -> PyResult<isize> {
        Err(forbidden("a decision cannot be hashed"))
    }
}

/// No order of the list may be sent.
///
/// >>> refused = guard.evaluate_list([rg.Order(btc, "buy", 1, strategy=grid, id=name) for name in ("l1", "l2")])
/// >>> refused.verdict, refused.rejection.code, refused.order, refused.refused, refused.orders, refused.reasons
/// ('rejected', 'TOTAL_EXPOSURE_LIMIT', 1, 1, 2, [('TOTAL_EXPOSURE_LIMIT', 1)])
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct ListRejected {
    rejection: Box<ListRejection>,
    verdict: Verdict,
}

#[pymethods]
impl ListRejected {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    fn match_args(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, ["rejection"])
    }

    /// `rejected` or `emergency_stop`.
    #[getter]
    fn verdict(&self) -> &'static str {
        self.verdict.name()
    }

    /// The refusal that stands first: by the order of the gates, then by the order of the list.
    #[getter]
    fn rejection(&self) -> PyRejection {
        PyRejection::of(self.rejection.leading)
    }

    /// The order it is of, from 0; `None` where it is of the list as a whole.
    #[getter]
    fn order(&self) -> Option<u32> {
        self.rejection.order
    }

    /// How many orders were refused for themselves.
    #[getter]
    fn refused(&self) -> u32 {
        self.rejection.refused
    }

    /// How many orders the list has.
    #[getter]
    fn orders(&self) -> u32 {
        self.rejection.orders
    }

    /// Why orders were refused, and how many for each reason.
    #[getter]
    fn reasons(&self) -> Vec<(&'static str, u32)> {
        self.rejection.reasons().map(|(reason, count)| (reason.code(), count)).collect()
    }

    /// Raises `RiskViolationError` or `EmergencyStopError`.
    ///
    /// >>> guard.evaluate_list([]).permit_or_raise()
    /// Traceback (most recent call last):
    ///     ...
    /// risk_guard.exceptions.RiskViolationError: INVALID_ORDER; correct the field
    fn permit_or_raise(&self, py: Python<'_>) -> PyResult<Py<ListPermit>> {
        Err(refused_as(py, &self.rejection.leading, self.verdict))
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(forbidden("a decision is neither true nor false"))
    }

    fn __hash__(&self) -> PyResult<isize> {
        Err(forbidden("a decision cannot be hashed"))
    }
}

#[pymethods]
impl Guard {
    /// Judges orders together: all or none, never reduced. The answer is `ListApproved` or `ListRejected`.
    ///
    /// >>> guard.evaluate_list([rg.Order(btc, "buy", 1, strategy=grid, id=name) for name in ("l1", "l2")]).verdict
    /// 'rejected'
    /// >>> guard.position(main, btc)["buying"]
    /// Decimal('0')
    fn evaluate_list(this: Py<Self>, py: Python<'_>, orders: Vec<Bound<'_, Order>>) -> PyResult<Py<PyAny>> {
        let orders: Arc<[risk_core::Order]> = orders.iter().map(|order| order.get().order).collect();
        let decision = this.get().run(py, |guard| guard.evaluate_list(&orders))?;
        let verdict = decision.verdict();
        match decision {
            ListDecision::Approved(permit) => {
                let (orders, expires_ns) = (permit.orders(), permit.expires().nanos());
                let permit = ListPermit { slot: Mutex::new(Some(permit)), guard: this, orders, expires_ns };
                Ok(Py::new(py, ListApproved { permit: Py::new(py, permit)? })?.into_any())
            }
            ListDecision::Rejected(rejection) | ListDecision::EmergencyStop(rejection) => {
                Ok(Py::new(py, ListRejected { rejection, verdict })?.into_any())
            }
        }
    }
}
