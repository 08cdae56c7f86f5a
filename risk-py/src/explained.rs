//! What would be said to an order, a change or a list, and why. Nothing is held.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use risk_core::Explanation;

use crate::contain::poisoned;
use crate::decision::PyRejection;
use crate::guard::{Guard, parsed};
use crate::handles::Account;
use crate::number;
use crate::order::{Order, change};
use crate::reports::order_ref;

/// An explanation as a dict.
fn shown<'py>(py: Python<'py>, explained: &Explanation) -> PyResult<Bound<'py, PyDict>> {
    let answer = PyDict::new(py);
    answer.set_item("verdict", explained.verdict.name())?;
    let rejection = explained.rejection.map(|why| Py::new(py, PyRejection::of(why))).transpose()?;
    answer.set_item("rejection", rejection)?;
    answer.set_item("quantity", number::to_python(py, explained.quantity)?)?;
    answer.set_item("risk_score", number::to_python(py, explained.risk_score())?)?;
    let readings: Vec<_> = explained.readings().collect();
    answer.set_item("readings", parsed(py, serde_json::to_string(&readings))?)?;
    let crossing: Vec<_> = explained.crossing().iter().map(risk_core::Id::as_str).collect();
    answer.set_item("crossing", crossing)?;
    answer.set_item("text", explained.to_string())?;
    Ok(answer)
}

#[pymethods]
impl Guard {
    /// What `evaluate` would say, and why; holds nothing. A dict: verdict, rejection (a `Rejection` or `None`), quantity
    /// (what it would let through), risk_score (0 to 1: the highest share of any limit that is used), readings (what each
    /// gate measured, in order of precedence), crossing (for SELF_MATCH the ids of the own orders it could trade with), text.
    ///
    /// >>> found = guard.explain(rg.Order(btc, "buy", 3, strategy=grid, id="a1"))
    /// >>> found["verdict"], found["quantity"], found["crossing"]
    /// ('reduced', Decimal('1.9996'), [])
    /// >>> [(reading["gate"], reading["breach"]) for reading in found["readings"] if reading["breach"]]
    /// [('gross_exposure', 'TOTAL_EXPOSURE_LIMIT')]
    fn explain<'py>(&self, py: Python<'py>, order: &Bound<'py, Order>) -> PyResult<Bound<'py, PyDict>> {
        let order = order.get().order;
        let explained = self.run(py, |guard| guard.explain(&order))?.ok_or_else(|| poisoned(py))?;
        shown(py, &explained)
    }

    /// What `modify` would say to a change, with the same arguments, and why: a dict as of `explain`. Nothing changes.
    ///
    /// >>> outbound = guard.evaluate(rg.Order(btc, "buy", 1, price=50_000, strategy=grid, id="a1")).permit_or_raise().redeem()
    /// >>> found = guard.explain_change(outbound.handle, quantity=3)
    /// >>> found["verdict"], found["rejection"].code
    /// ('rejected', 'TOTAL_EXPOSURE_LIMIT')
    #[pyo3(signature = (order, *, quantity=None, price=None, trigger=None, id=None, created_at_ns=None, account=None))]
    #[allow(clippy::too_many_arguments, reason = "the fields of a change, by name")]
    fn explain_change<'py>(
        &self,
        py: Python<'py>,
        order: &Bound<'py, PyAny>,
        quantity: Option<&Bound<'py, PyAny>>,
        price: Option<&Bound<'py, PyAny>>,
        trigger: Option<&Bound<'py, PyAny>>,
        id: Option<&Bound<'py, PyAny>>,
        created_at_ns: Option<&Bound<'py, PyAny>>,
        account: Option<&Bound<'py, Account>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let order = order_ref(order, account)?;
        let change = change(quantity, price, trigger, id, created_at_ns)?;
        let explained = self.run(py, |guard| guard.explain_change(order, &change))?;
        shown(py, &explained.ok_or_else(|| poisoned(py))?)
    }

    /// What `evaluate_list` would say, and why; holds nothing. A dict: rejection (a `Rejection`, or `None` where all would
    /// pass), order (the place of the order it is of, `None` where it is of the list as a whole), orders (for each a dict as
    /// of `explain`, with the holds of those before it).
    ///
    /// >>> orders = [rg.Order(btc, "buy", 1, strategy=grid, id=name) for name in ("l1", "l2")]
    /// >>> found = guard.explain_list(orders)
    /// >>> found["rejection"].code, found["order"], [order["verdict"] for order in found["orders"]]
    /// ('TOTAL_EXPOSURE_LIMIT', 1, ['approved', 'rejected'])
    fn explain_list<'py>(
        &self,
        py: Python<'py>,
        orders: Vec<Bound<'py, Order>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let orders: Vec<_> = orders.iter().map(|order| order.get().order).collect();
        let explained = self.run(py, |guard| guard.explain_list(&orders))?.ok_or_else(|| poisoned(py))?;
        let answer = PyDict::new(py);
        let leading = explained.rejection.as_ref().map(|why| Py::new(py, PyRejection::of(why.leading)));
        answer.set_item("rejection", leading.transpose()?)?;
        answer.set_item("order", explained.rejection.as_ref().and_then(|why| why.order))?;
        let each = explained.orders.iter().map(|order| shown(py, order)).collect::<PyResult<Vec<_>>>()?;
        answer.set_item("orders", PyList::new(py, each)?)?;
        Ok(answer)
    }
}
