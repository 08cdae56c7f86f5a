//! What changes positions without an order: splits, settlements, expiries, transfers.

use pyo3::prelude::*;
use risk_core::{Adjustment, Input, Transfer};

use crate::error::invalid;
use crate::guard::Guard;
use crate::handles::{Instrument, Strategy};
use crate::inputs::name;
use crate::number;

#[pymethods]
impl Guard {
    /// Each `before` units of an instrument have become `after`: 1 to 4 is a split, 10 to 1 a reverse one. Positions,
    /// orders, marks and quotes move together, and nobody gains by it; permits that were not redeemed are stale
    /// (PERMIT_STALE). Limits in units of the instrument stay as they are.
    ///
    /// >>> guard.snapshot(main, {btc: (3, 49_000)})
    /// >>> guard.split(btc, 1, 2)
    /// >>> guard.position(main, btc)["quantity"]
    /// Decimal('6')
    fn split<'py>(
        &self,
        py: Python<'py>,
        instrument: &Bound<'py, Instrument>,
        before: &Bound<'py, PyAny>,
        after: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let units = |value: &Bound<'py, PyAny>, field| {
            let whole = number::whole(value, field)?;
            u32::try_from(whole).map_err(|_| invalid(field, value, "is out of range"))
        };
        self.adjust(
            py,
            instrument,
            Adjustment::Split { from: units(before, "before")?, to: units(after, "after")? },
        )
    }

    /// Gains and losses up to `price`, in the quote asset, are paid, as for futures every day: the mark moves there,
    /// positions stay and cost that much from now on.
    ///
    /// >>> guard.settled(btc, 50_500)
    fn settled<'py>(
        &self,
        py: Python<'py>,
        instrument: &Bound<'py, Instrument>,
        price: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.adjust(py, instrument, Adjustment::Settled { price: number::decimal(price, "price")? })
    }

    /// An instrument has ended: positions are paid out at `price` (in the quote asset; 0 where it ended worthless) and are
    /// no more, orders have ended, and its status is `close_only`.
    ///
    /// >>> guard.expired(btc, 50_500)
    fn expired<'py>(
        &self,
        py: Python<'py>,
        instrument: &Bound<'py, Instrument>,
        price: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.adjust(py, instrument, Adjustment::Expired { price: number::decimal(price, "price")? })
    }

    /// A position goes from one strategy to another of the same account, without an order and at the mark: what it has made
    /// or lost stays where it was. `quantity` is in units of the instrument, above zero and not more than `source` holds,
    /// long or short. Raises `InputError`; nothing has changed then.
    ///
    /// >>> hedge = guard.add_strategy(main, {"name": "hedge"})
    /// >>> guard.snapshot(main, {btc: (3, 49_000)})
    /// >>> guard.transfer(guard.strategy(main, "unassigned"), hedge, btc, 2, by="desk")
    /// >>> guard.position(hedge, btc)["quantity"]
    /// Decimal('2')
    #[pyo3(signature = (source, target, instrument, quantity, *, by))]
    #[allow(clippy::too_many_arguments, reason = "the fields of a transfer")]
    fn transfer<'py>(
        &self,
        py: Python<'py>,
        source: &Bound<'py, Strategy>,
        target: &Bound<'py, Strategy>,
        instrument: &Bound<'py, Instrument>,
        quantity: &Bound<'py, PyAny>,
        by: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let transfer = Transfer {
            from: source.get().handle,
            to: target.get().handle,
            instrument: instrument.get().handle,
            quantity: number::decimal(quantity, "quantity")?,
            by: name(by, "by")?,
        };
        self.take_in(py, Input::Transfer(transfer))
    }
}

impl Guard {
    fn adjust<'py>(
        &self,
        py: Python<'py>,
        instrument: &Bound<'py, Instrument>,
        how: Adjustment,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.take_in(py, Input::Adjust { instrument: instrument.get().handle, how })
    }
}
