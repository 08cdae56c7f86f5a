//! The right to send once, and the message that may leave.

use parking_lot::Mutex;
use pyo3::prelude::*;
use risk_core::{Message, RiskGuard};

use crate::contain::{Pace, contained, poisoned};
use crate::error::{forbidden, plain, refused};
use crate::handles::OrderHandle;
use crate::number;
use crate::order::Order;

macro_rules! once_only {
    ($name:ident, $text:literal, { $($more:tt)* }) => {
        #[pymethods]
        impl $name {
            $($more)*

            fn __hash__(&self) -> PyResult<isize> {
                Err(forbidden(concat!($text, " cannot be hashed")))
            }

            fn __reduce__(&self) -> PyResult<()> {
                Err(forbidden(concat!($text, " cannot be copied or pickled")))
            }

            #[pyo3(signature = (_protocol=None, /))]
            fn __reduce_ex__(&self, _protocol: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
                Err(forbidden(concat!($text, " cannot be copied or pickled")))
            }

            fn __copy__(&self) -> PyResult<()> {
                Err(forbidden(concat!($text, " cannot be copied")))
            }

            #[pyo3(signature = (_memo=None, /))]
            fn __deepcopy__(&self, _memo: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
                Err(forbidden(concat!($text, " cannot be copied")))
            }
        }
    };
}

/// The permit of an answer, or none. It is made an object when somebody looks at it: that is a good part of what an
/// answer costs, and an answer that is only looked through needs none.
pub(crate) struct Issued(Mutex<Form>);

enum Form {
    Absent,
    Kept(risk_core::Permit),
    Made(Py<Permit>),
}

impl Issued {
    pub(crate) fn of(permit: Option<risk_core::Permit>) -> Self {
        Self(Mutex::new(permit.map_or(Form::Absent, Form::Kept)))
    }

    /// The object, the same one every time.
    pub(crate) fn object(
        &self,
        py: Python<'_>,
        guard: &RiskGuard,
        pace: Pace,
    ) -> PyResult<Option<Py<Permit>>> {
        let empty = match &*self.0.lock() {
            Form::Absent => return Ok(None),
            Form::Made(made) => return Ok(Some(made.clone_ref(py))),
            Form::Kept(permit) => Permit::empty(permit, guard, pace),
        };
        // Not under the lock: whoever makes an object may have to wait for other threads that look.
        let made = Py::new(py, empty)?;
        let mut form = self.0.lock();
        match std::mem::replace(&mut *form, Form::Absent) {
            Form::Kept(permit) => {
                *made.get().slot.lock() = Some(permit);
                *form = Form::Made(made.clone_ref(py));
                Ok(Some(made))
            }
            Form::Made(first) => {
                *form = Form::Made(first.clone_ref(py));
                drop(form);
                drop(made);
                Ok(Some(first))
            }
            Form::Absent => Ok(None),
        }
    }
}

/// The guard's leave to send one order, once, for a short time. Redeem it, or release it.
///
/// A dropped permit keeps its hold until it expires. As a context manager it releases what was not redeemed.
///
/// >>> with guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).permit_or_raise() as permit:
/// ...     print(permit.quantity, permit.spent, permit.expires_ns > clock.now_ns)
/// 1 False True
/// >>> permit.spent
/// True
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct Permit {
    slot: Mutex<Option<risk_core::Permit>>,
    guard: RiskGuard,
    pace: Pace,
    quantity: rust_decimal::Decimal,
    expires_ns: i64,
    handle: risk_core::OrderHandle,
}

impl Permit {
    /// What a permit is seen to be, without it.
    fn empty(permit: &risk_core::Permit, guard: &RiskGuard, pace: Pace) -> Self {
        Self {
            slot: Mutex::new(None),
            guard: guard.clone(),
            pace,
            quantity: permit.quantity(),
            expires_ns: permit.expires().nanos(),
            handle: permit.order(),
        }
    }

    fn take(&self, py: Python<'_>) -> PyResult<risk_core::Permit> {
        self.slot.lock().take().ok_or_else(|| {
            let text = "PERMIT_SPENT: the permit was used before; evaluate again";
            let error = plain(py, "RiskViolationError", text);
            let _ = error.value(py).setattr("code", "PERMIT_SPENT");
            error
        })
    }

    /// Redeems it, where it was issued.
    pub(crate) fn redeem_at(&self, py: Python<'_>, guard: &RiskGuard) -> PyResult<Outbound> {
        let permit = self.take(py)?;
        let mut permit = Some(permit);
        let redeemed = contained(py, self.pace, || permit.take().map(|permit| guard.redeem(permit)));
        match redeemed? {
            Some(Ok(outbound)) => Ok(Outbound::of(outbound)),
            Some(Err(rejection)) => Err(refused(py, &rejection)),
            None => Err(poisoned(py)),
        }
    }
}

once_only!(Permit, "a permit", {
    /// The quantity that may be sent, in units of the instrument.
    #[getter]
    fn quantity<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::to_python(py, self.quantity)
    }

    /// When it is too late to redeem, in nanoseconds since the epoch.
    #[getter]
    fn expires_ns(&self) -> i64 {
        self.expires_ns
    }

    /// The order it holds for.
    #[getter]
    fn handle(&self) -> OrderHandle {
        OrderHandle { handle: self.handle }
    }

    /// Whether it was redeemed or released.
    #[getter]
    fn spent(&self) -> bool {
        self.slot.lock().is_none()
    }

    /// Spends it: the message that may leave now. Raises `RiskViolationError` (PERMIT_SPENT, PERMIT_EXPIRED,
    /// PERMIT_STALE) or `EmergencyStopError`; the permit is spent in any case.
    ///
    /// >>> permit = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).permit_or_raise()
    /// >>> permit.redeem()
    /// <Outbound new a1 1>
    /// >>> permit.redeem()
    /// Traceback (most recent call last):
    ///     ...
    /// risk_guard.exceptions.RiskViolationError: PERMIT_SPENT: the permit was used before; evaluate again
    fn redeem(&self, py: Python<'_>) -> PyResult<Outbound> {
        self.redeem_at(py, &self.guard)
    }

    /// Gives it back: what it held is free again. Raises `RiskViolationError` where it was used before.
    ///
    /// >>> permit = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).permit_or_raise()
    /// >>> permit.release()
    /// >>> guard.position(main, btc)["buying"]
    /// Decimal('0')
    fn release(&self, py: Python<'_>) -> PyResult<()> {
        let mut permit = Some(self.take(py)?);
        let released = contained(py, self.pace, || permit.take().map(|permit| self.guard.release(permit)));
        match released? {
            Some(Ok(_)) => Ok(()),
            Some(Err(rejection)) => Err(refused(py, &rejection)),
            None => Err(poisoned(py)),
        }
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    /// Releases what was not redeemed. Hides no exception.
    #[pyo3(signature = (_kind=None, _value=None, _traceback=None))]
    fn __exit__(
        &self,
        py: Python<'_>,
        _kind: Option<&Bound<'_, PyAny>>,
        _value: Option<&Bound<'_, PyAny>>,
        _traceback: Option<&Bound<'_, PyAny>>,
    ) -> bool {
        // An expired permit holds nothing any more: there is nothing to give back, and nothing to say.
        let mut permit = self.slot.lock().take();
        let _ = contained(py, self.pace, || permit.take().map(|permit| self.guard.release(permit)));
        false
    }

    fn __repr__(&self) -> String {
        let spent = if self.slot.lock().is_none() { " spent" } else { "" };
        format!("<Permit for {}{spent}>", self.quantity)
    }
});

/// A message that may leave the process: the only thing a function that talks to the venue should take.
///
/// >>> out = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).permit_or_raise().redeem()
/// >>> out.message, out.id, out.quantity, out.order.side, out.replaces
/// ('new', 'a1', Decimal('1'), 'buy', None)
/// >>> out.deadline_ns > clock.now_ns
/// True
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct Outbound {
    slot: Mutex<Option<risk_core::Outbound>>,
    order: risk_core::Order,
    handle: risk_core::OrderHandle,
    replaces: Option<risk_core::OrderHandle>,
    message: Message,
    deadline_ns: i64,
}

impl Outbound {
    pub(crate) fn of(outbound: risk_core::Outbound) -> Self {
        Self {
            order: *outbound.order(),
            handle: outbound.handle(),
            replaces: outbound.replaces(),
            message: outbound.message(),
            deadline_ns: outbound.deadline().nanos(),
            slot: Mutex::new(Some(outbound)),
        }
    }

    /// Takes it out, for `abandon`.
    pub(crate) fn take(&self, py: Python<'_>) -> PyResult<risk_core::Outbound> {
        self.slot.lock().take().ok_or_else(|| plain(py, "RiskEvaluationError", "it was abandoned before"))
    }
}

once_only!(Outbound, "an outbound message", {
    /// `new`, `cancel` or `replace`.
    #[getter]
    fn message(&self) -> &'static str {
        match self.message {
            Message::Cancel => "cancel",
            Message::Replace => "replace",
            Message::New => "new",
            _ => "other",
        }
    }

    /// The order, with the quantity that was approved.
    #[getter]
    fn order(&self) -> Order {
        Order { order: self.order }
    }

    /// The client order id.
    #[getter]
    fn id(&self) -> &str {
        self.order.id.as_str()
    }

    /// The quantity that was approved, in units of the instrument.
    #[getter]
    fn quantity<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::to_python(py, self.order.quantity)
    }

    /// The order's handle, for reports and for a cancel.
    #[getter]
    fn handle(&self) -> OrderHandle {
        OrderHandle { handle: self.handle }
    }

    /// The order that a replace changes.
    #[getter]
    fn replaces(&self) -> Option<OrderHandle> {
        self.replaces.map(|handle| OrderHandle { handle })
    }

    /// The instant after which it must not be written to the socket any more, in nanoseconds since the epoch.
    #[getter]
    fn deadline_ns(&self) -> i64 {
        self.deadline_ns
    }

    fn __repr__(&self) -> String {
        format!("<Outbound {} {} {}>", self.message(), self.order.id.as_str(), self.order.quantity)
    }
});
