//! What a venue says about orders: taken, executed, corrected, ended. A malformed report raises and changes nothing;
//! every other one is applied.

use pyo3::prelude::*;
use pyo3::types::PyString;
use risk_core::{Booking, Bust, Corrected, Cumulative, End, Fill, Input, OrderRef, Origin};

use crate::error::{invalid, plain};
use crate::guard::Guard;
use crate::handles::{Account, Instrument, OrderHandle, Strategy};
use crate::number;
use crate::order::{id, side, text};

/// An order by its handle, or by its client order id and account.
pub(crate) fn order_ref(
    order: &Bound<'_, PyAny>,
    account: Option<&Bound<'_, Account>>,
) -> PyResult<OrderRef> {
    if let Ok(handle) = order.cast::<OrderHandle>() {
        return Ok(OrderRef::Handle(handle.get().handle));
    }
    if !order.is_instance_of::<PyString>() {
        return Err(invalid("order", order, "is neither an OrderHandle nor a client order id"));
    }
    let account =
        account.ok_or_else(|| invalid("order", order, "is a client order id: name its account too"))?;
    Ok(OrderRef::Client { account: account.get().handle, id: id(order, "order")? })
}

/// Where a report belongs should its order not be known.
struct Place<'a, 'py> {
    /// The strategy's own where it is not named.
    account: Option<&'a Bound<'py, Account>>,
    strategy: Option<&'a Bound<'py, Strategy>>,
    instrument: Option<&'a Bound<'py, Instrument>>,
    side: Option<&'a Bound<'py, PyAny>>,
    parent: Option<&'a Bound<'py, PyAny>>,
}

impl Place<'_, '_> {
    fn booking(&self, py: Python<'_>) -> PyResult<Option<Booking>> {
        match (self.strategy, self.instrument, self.side) {
            (None, None, None) => Ok(None),
            (Some(strategy), Some(instrument), Some(way)) => Ok(Some(Booking {
                account: self.account.map_or(strategy.get().account, |account| account.get().handle),
                strategy: strategy.get().handle,
                instrument: instrument.get().handle,
                side: side(way)?,
                parent: self.parent.map(|parent| id(parent, "parent")).transpose()?,
            })),
            _ => Err(plain(py, "InputError", "strategy, instrument and side: name all three or none")),
        }
    }
}

#[pymethods]
impl Guard {
    /// The venue has taken an order, named by its handle, or by its client order id and account; with `quantity`, for so
    /// much in total, in units of the instrument.
    ///
    /// >>> sent = guard.evaluate(rg.Order(btc, "buy", 1, price=50_000, strategy=grid, id="a1")).permit_or_raise().redeem()
    /// >>> guard.accepted(sent.handle, quantity=1)
    /// >>> guard.order_state(sent.handle)
    /// 'working'
    #[pyo3(signature = (order, account=None, *, quantity=None))]
    fn accepted<'py>(
        &self,
        py: Python<'py>,
        order: &Bound<'py, PyAny>,
        account: Option<&Bound<'py, Account>>,
        quantity: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let order = order_ref(order, account)?;
        let quantity = number::maybe(quantity, "quantity")?;
        self.take_in(py, Input::Accepted { order, quantity })
    }

    /// An execution. It is always applied, once per execution id. `fee` is in the quote asset; a rebate is negative.
    /// `strategy`, `instrument` and `side`, all three or none, say where it belongs should the order not be known.
    /// `origin` is `client`, or `venue` for what the venue wanted (a liquidation): it is of no order, and no anomaly.
    ///
    /// >>> sent = guard.evaluate(rg.Order(btc, "buy", 1, price=50_000, strategy=grid, id="a1")).permit_or_raise().redeem()
    /// >>> guard.fill(sent.handle, "x-17", "0.4", 49_990, fee="1.2")
    /// >>> guard.fill(sent.handle, "x-17", "0.4", 49_990, fee="1.2")["repeated"]
    /// True
    /// >>> guard.position(grid, btc)["quantity"]
    /// Decimal('0.4')
    #[pyo3(signature = (order, execution, quantity, price, *, fee=None, account=None, strategy=None, instrument=None,
        side=None, parent=None, origin=None))]
    #[allow(clippy::too_many_arguments, reason = "the fields of an execution, by name")]
    fn fill<'py>(
        &self,
        py: Python<'py>,
        order: &Bound<'py, PyAny>,
        execution: &Bound<'py, PyAny>,
        quantity: &Bound<'py, PyAny>,
        price: &Bound<'py, PyAny>,
        fee: Option<&Bound<'py, PyAny>>,
        account: Option<&Bound<'py, Account>>,
        strategy: Option<&Bound<'py, Strategy>>,
        instrument: Option<&Bound<'py, Instrument>>,
        side: Option<&Bound<'py, PyAny>>,
        parent: Option<&Bound<'py, PyAny>>,
        origin: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut fill = Fill::new(
            order_ref(order, account)?,
            id(execution, "execution")?,
            number::decimal(quantity, "quantity")?,
            number::decimal(price, "price")?,
        );
        fill.fee = number::maybe(fee, "fee")?.unwrap_or_default();
        fill.booking = Place { account, strategy, instrument, side, parent }.booking(py)?;
        fill.origin =
            match origin.map(|origin| text(origin, "origin").map(|name| (origin, name))).transpose()? {
                None | Some((_, "client")) => Origin::Client,
                Some((_, "venue")) => Origin::Venue,
                Some((origin, _)) => return Err(invalid("origin", origin, "is neither client nor venue")),
            };
        self.take_in(py, Input::Fill(fill))
    }

    /// How much of an order is executed so far, all in all, at which average price: the position moves by what is new.
    /// It may come again, late, and beside single executions. `fees` is what it cost so far, in the quote asset; leave it
    /// out where fees come with the executions. The other fields are those of `fill`.
    ///
    /// >>> sent = guard.evaluate(rg.Order(btc, "buy", 1, price=50_000, strategy=grid, id="a1")).permit_or_raise().redeem()
    /// >>> guard.filled_so_far(sent.handle, "0.4", 49_990)
    /// >>> guard.filled_so_far(sent.handle, "0.9", 49_995)
    /// >>> guard.position(grid, btc)["quantity"]
    /// Decimal('0.9')
    #[pyo3(signature = (order, quantity, average_price, *, fees=None, account=None, strategy=None, instrument=None,
        side=None, parent=None))]
    #[allow(clippy::too_many_arguments, reason = "the fields of a report, by name")]
    fn filled_so_far<'py>(
        &self,
        py: Python<'py>,
        order: &Bound<'py, PyAny>,
        quantity: &Bound<'py, PyAny>,
        average_price: &Bound<'py, PyAny>,
        fees: Option<&Bound<'py, PyAny>>,
        account: Option<&Bound<'py, Account>>,
        strategy: Option<&Bound<'py, Strategy>>,
        instrument: Option<&Bound<'py, Instrument>>,
        side: Option<&Bound<'py, PyAny>>,
        parent: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut report = Cumulative::new(
            order_ref(order, account)?,
            number::decimal(quantity, "quantity")?,
            number::decimal(average_price, "average_price")?,
        );
        report.fees = number::maybe(fees, "fees")?;
        report.booking = Place { account, strategy, instrument, side, parent }.booking(py)?;
        self.take_in(py, Input::Cumulative(report))
    }

    /// An execution of an account, by the venue's id, never happened; or with `quantity` and `price`, both or none, it was
    /// another one. `fee` is what that cost.
    ///
    /// >>> sent = guard.evaluate(rg.Order(btc, "buy", 1, price=50_000, strategy=grid, id="a1")).permit_or_raise().redeem()
    /// >>> guard.fill(sent.handle, "x-17", 1, 49_990)
    /// >>> guard.bust(main, "x-17", quantity="0.1", price=49_990)
    /// >>> guard.position(grid, btc)["quantity"]
    /// Decimal('0.1')
    #[pyo3(signature = (account, execution, *, quantity=None, price=None, fee=None))]
    fn bust<'py>(
        &self,
        py: Python<'py>,
        account: &Bound<'py, Account>,
        execution: &Bound<'py, PyAny>,
        quantity: Option<&Bound<'py, PyAny>>,
        price: Option<&Bound<'py, PyAny>>,
        fee: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let fee = number::maybe(fee, "fee")?;
        let instead = match (number::maybe(quantity, "quantity")?, number::maybe(price, "price")?, fee) {
            (Some(quantity), Some(price), fee) => {
                Some(Corrected { quantity, price, fee: fee.unwrap_or_default() })
            }
            (None, None, None) => None,
            _ => return Err(plain(py, "InputError", "quantity and price: name both, or none and no fee")),
        };
        let account = account.get().handle;
        self.take_in(py, Input::Bust(Bust { account, execution: id(execution, "execution")?, instead }))
    }

    /// An order has ended: `end` is `cancelled`, `rejected`, `expired`, or `unknown` where the venue does not know it.
    /// What was not executed is free again; of an unknown one only after `unknown_settle_ms`, because it may still be on
    /// its way (`withheld`).
    ///
    /// >>> sent = guard.evaluate(rg.Order(btc, "buy", 1, price=50_000, strategy=grid, id="a1")).permit_or_raise().redeem()
    /// >>> guard.done(sent.handle, "cancelled")
    /// >>> guard.order_state("a1", main)
    /// 'ended'
    #[pyo3(signature = (order, end, account=None))]
    fn done<'py>(
        &self,
        py: Python<'py>,
        order: &Bound<'py, PyAny>,
        end: &Bound<'py, PyAny>,
        account: Option<&Bound<'py, Account>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let end = match text(end, "end")? {
            "cancelled" => End::Cancelled,
            "rejected" => End::Rejected,
            "expired" => End::Expired,
            "unknown" => End::Unknown,
            _ => return Err(invalid("end", end, "is none of cancelled, rejected, expired, unknown")),
        };
        self.take_in(py, Input::Done { order: order_ref(order, account)?, end })
    }
}
