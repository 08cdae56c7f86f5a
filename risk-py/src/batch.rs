//! Many orders in one call: columns in, columns out, with the interpreter free meanwhile.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, StringBuilder};
use arrow_array::{Array, ArrayRef, StructArray};
use arrow_schema::{DataType, Field};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use pyo3_arrow::ffi::to_array_pycapsules;
use risk_core::{
    AccountHandle, Decision, Fill, Id, Input, InstrumentHandle, Kind, Order, Quote, RiskGuard, Side,
    StrategyHandle, Timestamp,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::columns::{Numbers, Table, Texts, side_of};
use crate::contain::{Pace, contained};
use crate::error::plain;
use crate::guard::Guard;
use crate::handles::Strategy;
use crate::permit::Issued;
use crate::permits::Permits;

/// Decisions as columns, one row for each order: `verdict`, `reason` (null for an approval) and `approved`, the quantity
/// as text. Speaks the Arrow capsule protocol: `pyarrow.record_batch(columns)`, `polars.DataFrame(columns)`.
///
/// >>> import pyarrow as pa
/// >>> orders = pa.table({"symbol": ["BTC-USD"], "side": ["buy"], "quantity": [1.0], "id": ["a1"]})
/// >>> columns, permits = guard.evaluate_table(orders, grid)
/// >>> len(columns), pa.record_batch(columns).to_pydict()
/// (1, {'verdict': ['approved'], 'reason': [None], 'approved': ['1']})
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct Columns {
    array: ArrayRef,
    field: Arc<Field>,
}

#[pymethods]
impl Columns {
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let array = self.array.as_ref();
        to_array_pycapsules(py, self.field.clone(), array, requested_schema).map_err(PyErr::from)
    }

    fn __len__(&self) -> usize {
        self.array.len()
    }

    fn __repr__(&self) -> String {
        format!("<Columns, {} rows>", self.array.len())
    }
}

/// What an order of a table was answered.
struct Answer {
    verdict: &'static str,
    reason: Option<&'static str>,
    approved: Option<Decimal>,
    exposure: Option<f64>,
}

const UNREADABLE: Answer =
    Answer { verdict: "rejected", reason: Some("INVALID_ORDER"), approved: None, exposure: None };

fn columns(answers: &[Answer], with_exposure: bool) -> Columns {
    let mut verdict = StringBuilder::new();
    let mut reason = StringBuilder::new();
    let mut approved = StringBuilder::new();
    let mut exposure = Float64Builder::new();
    for answer in answers {
        verdict.append_value(answer.verdict);
        reason.append_option(answer.reason);
        match answer.approved {
            None => approved.append_null(),
            Some(quantity) => {
                // A builder of text takes whatever is written.
                let _ = write!(approved, "{}", quantity.normalize());
                approved.append_value("");
            }
        }
        exposure.append_option(answer.exposure);
    }
    let text = |name: &str, nullable| Arc::new(Field::new(name, DataType::Utf8, nullable));
    let mut parts: Vec<(Arc<Field>, ArrayRef)> = vec![
        (text("verdict", false), Arc::new(verdict.finish())),
        (text("reason", true), Arc::new(reason.finish())),
        (text("approved", true), Arc::new(approved.finish())),
    ];
    if with_exposure {
        let field = Arc::new(Field::new("gross_exposure", DataType::Float64, true));
        parts.push((field, Arc::new(exposure.finish())));
    }
    let array = StructArray::from(parts);
    let field = Arc::new(Field::new("", array.data_type().clone(), false));
    Columns { array: Arc::new(array), field }
}

/// The columns of a table of orders.
struct Orders {
    symbol: Texts,
    side: Texts,
    quantity: Numbers,
    price: Option<Numbers>,
    id: Option<Texts>,
    rows: usize,
    first: u64,
}

impl Orders {
    fn read(py: Python<'_>, table: &Table, first: u64) -> PyResult<Self> {
        Ok(Self {
            symbol: Table::needed(py, "symbol", table.texts(py, "symbol")?)?,
            side: Table::needed(py, "side", table.texts(py, "side")?)?,
            quantity: Table::needed(py, "quantity", table.numbers(py, "quantity")?)?,
            price: table.numbers(py, "price")?,
            id: table.texts(py, "id")?,
            rows: table.rows(),
            first,
        })
    }

    /// The order of a row; nothing where a part of it cannot be read.
    fn order(
        &self,
        row: usize,
        names: &mut Names<'_>,
        who: (AccountHandle, StrategyHandle),
    ) -> Option<Order> {
        let side = side_of(self.side.at(row))?;
        let quantity = self.quantity.at(row).ok()??;
        let price = match &self.price {
            Some(prices) => prices.at(row).ok()?,
            None => None,
        };
        // An unknown symbol is the guard's to answer.
        let instrument = self.symbol.at(row).map(|symbol| names.find(symbol)).unwrap_or_default();
        let mut order = Order::new(instrument, side, quantity).account(who.0).strategy(who.1);
        if let Some(price) = price {
            order = order.limit(price);
        }
        order.id = match &self.id {
            Some(ids) => Id::new(ids.at(row).unwrap_or("")),
            None => Id::new(&format!("row:{}:{row}", self.first)),
        };
        Some(order)
    }
}

/// Instruments by name, looked up once each.
struct Names<'a> {
    guard: &'a RiskGuard,
    known: HashMap<String, InstrumentHandle>,
    /// The one of the row before: tables are often sorted by symbol, or have only one.
    last: (String, InstrumentHandle),
}

impl<'a> Names<'a> {
    fn of(guard: &'a RiskGuard) -> Self {
        Self { guard, known: HashMap::new(), last: (String::new(), InstrumentHandle::default()) }
    }

    fn find(&mut self, symbol: &str) -> InstrumentHandle {
        if self.last.0 == symbol {
            return self.last.1;
        }
        let handle = match self.known.get(symbol) {
            Some(handle) => *handle,
            None => {
                let handle = self.guard.instrument(symbol).unwrap_or_default();
                self.known.insert(symbol.to_owned(), handle);
                handle
            }
        };
        self.last.0.clear();
        self.last.0.push_str(symbol);
        self.last.1 = handle;
        handle
    }
}

/// An answer, and the permit that came with it.
fn answered(decision: Decision) -> (Answer, Option<risk_core::Permit>) {
    let (verdict, reason) = (decision.verdict().name(), decision.reason().map(|reason| reason.code()));
    let permit = decision.permit().ok();
    let approved = permit.as_ref().map(risk_core::Permit::quantity);
    (Answer { verdict, reason, approved, exposure: None }, permit)
}

#[pymethods]
impl Guard {
    /// Evaluates a table of orders in its order: columns `symbol`, `side` (`buy`, `sell`), `quantity`, and if there are
    /// any `price` and `id`. Numbers are floats (by their shortest decimal form), integers, decimals or text. Returns the
    /// decisions as columns, and the permits by row, as a sequence (`None` where there is none). A row that cannot be read is rejected
    /// (INVALID_ORDER) and not recorded.
    ///
    /// >>> import pyarrow as pa
    /// >>> orders = pa.table({"symbol": ["BTC-USD", "NOPE"], "side": ["buy", "buy"], "quantity": [3, 1], "id": ["a1", "a2"]})
    /// >>> columns, permits = guard.evaluate_table(orders, grid)
    /// >>> pa.record_batch(columns).column("reason").to_pylist(), list(permits)
    /// (['TOTAL_EXPOSURE_LIMIT', 'UNKNOWN_INSTRUMENT'], [<Permit for 1.9996>, None])
    fn evaluate_table(
        &self,
        py: Python<'_>,
        table: &Bound<'_, PyAny>,
        strategy: &Bound<'_, Strategy>,
    ) -> PyResult<(Columns, Permits)> {
        let table = Table::read(py, table, "table")?;
        let orders = Orders::read(py, &table, self.guard.seq())?;
        let who = (strategy.get().account, strategy.get().handle);
        let work = || {
            let mut names = Names::of(&self.guard);
            let mut judge = |row| match orders.order(row, &mut names, who) {
                Some(order) => answered(self.guard.evaluate(&order)),
                None => (UNREADABLE, None),
            };
            let mut judge = |row| {
                let (answer, permit) = judge(row);
                (answer, Issued::of(permit))
            };
            let (answers, permits) = (0..orders.rows).map(&mut judge).unzip::<_, _, Vec<_>, Vec<_>>();
            (columns(&answers, false), permits)
        };
        let (columns, permits) = contained(py, Pace::Waits, work)?;
        Ok((columns, Permits::of(permits, &self.guard, self.pace)))
    }

    /// A backtest: quotes (`symbol`, `bid`, `ask`) and orders in the order of their `at_ns`, quotes first where equal. The
    /// guard's clock, a `ManualClock`, is set to each time. What is approved is redeemed and filled at once, at its limit
    /// price or the far side. Returns the decisions as columns, with the account's `gross_exposure` after each order.
    ///
    /// >>> import pyarrow as pa
    /// >>> now = clock.now_ns
    /// >>> quotes = pa.table({"at_ns": [now, now + 2], "symbol": ["BTC-USD"] * 2, "bid": [49_990, 49_000], "ask": [50_010, 49_020]})
    /// >>> orders = pa.table({"at_ns": [now + 1, now + 3], "symbol": ["BTC-USD"] * 2, "side": ["buy"] * 2,
    /// ...                    "quantity": [1.0, 1.5], "id": ["a1", "a2"]})
    /// >>> pa.record_batch(guard.backtest(quotes, orders, grid)).column("verdict").to_pylist()
    /// ['approved', 'reduced']
    fn backtest(
        &self,
        py: Python<'_>,
        quotes: &Bound<'_, PyAny>,
        orders: &Bound<'_, PyAny>,
        strategy: &Bound<'_, Strategy>,
    ) -> PyResult<Columns> {
        let Some(clock) = self.clock.manual() else {
            return Err(plain(py, "InputError", "a backtest needs a guard with a ManualClock"));
        };
        let (quotes, table) = (Table::read(py, quotes, "quotes")?, Table::read(py, orders, "orders")?);
        let quoted = Quoted {
            symbol: Table::needed(py, "symbol", quotes.texts(py, "symbol")?)?,
            bid: Table::needed(py, "bid", quotes.numbers(py, "bid")?)?,
            ask: Table::needed(py, "ask", quotes.numbers(py, "ask")?)?,
            times: quotes.times(py, "at_ns")?,
        };
        let times = table.times(py, "at_ns")?;
        for (name, times) in [("quotes", &quoted.times), ("orders", &times)] {
            if !times.is_sorted() {
                return Err(plain(py, "InputError", &format!("{name}: at_ns is not in the order of time")));
            }
        }
        let orders = Orders::read(py, &table, self.guard.seq())?;
        let who = (strategy.get().account, strategy.get().handle);
        let work = || {
            let mut names = Names::of(&self.guard);
            let mut far = HashMap::new();
            let mut next = 0_usize;
            let mut answers = Vec::with_capacity(orders.rows);
            for (row, time) in times.iter().enumerate() {
                while let Some(at) = quoted.times.get(next).filter(|at| *at <= time) {
                    clock.set(Timestamp::from_nanos(*at));
                    quoted.feed(next, *at, &mut names, &mut far);
                    next += 1;
                }
                clock.set(Timestamp::from_nanos(*time));
                answers.push(match orders.order(row, &mut names, who) {
                    Some(order) => self.play(&order, &far),
                    None => UNREADABLE,
                });
            }
            answers
        };
        contained(py, Pace::Waits, || columns(&work(), true))
    }
}

/// Bid and ask by instrument.
type Far = HashMap<u32, (Option<Decimal>, Option<Decimal>)>;

struct Quoted {
    symbol: Texts,
    bid: Numbers,
    ask: Numbers,
    times: Vec<i64>,
}

impl Quoted {
    /// Feeds one quote. A number that cannot be read is a missing one, which the guard's data gates see.
    fn feed(&self, row: usize, at: i64, names: &mut Names<'_>, far: &mut Far) {
        let instrument = self.symbol.at(row).map(|symbol| names.find(symbol)).unwrap_or_default();
        let (bid, ask) = (self.bid.at(row).ok().flatten(), self.ask.at(row).ok().flatten());
        far.insert(instrument.ordinal(), (bid, ask));
        let quote = Quote::of_sides(instrument, bid, ask, Timestamp::from_nanos(at));
        // A quote of nothing known, or older than the last, is refused and changes nothing.
        let _ = names.guard.ingest(Input::Quote(quote));
    }
}

impl Guard {
    /// Evaluates, sends and fills one order of a backtest.
    fn play(&self, order: &Order, far: &Far) -> Answer {
        let (mut answer, permit) = answered(self.guard.evaluate(order));
        if let Some(permit) = permit
            && let Ok(outbound) = self.guard.redeem(permit)
        {
            let sides = far.get(&order.instrument.ordinal()).copied().unwrap_or_default();
            let price = match (order.kind, order.side) {
                (Kind::Limit { price } | Kind::StopLimit { price, .. }, _) => Some(price),
                (_, Side::Buy) => sides.1.or(sides.0),
                (_, Side::Sell) => sides.0.or(sides.1),
            };
            if let Some(price) = price {
                let execution = Id::new(&format!("fill:{}", self.guard.seq()));
                let fill = Fill::new(outbound.handle(), execution, outbound.order().quantity, price);
                let _ = self.guard.ingest(Input::Fill(fill));
            }
        }
        let sums = self.guard.account_sums(order.account);
        answer.exposure = sums.and_then(|sums| sums.gross_exposure.to_f64());
        answer
    }
}
