//! What the outside tells the guard. A malformed input raises and changes nothing.

use std::sync::Arc;

use pyo3::prelude::*;
use risk_core::{HostFigures, Id, Ingested, Input, LimitsOf, Note, Quote, Session, Status};

use crate::config;
use crate::error::{self, invalid};
use crate::guard::{Guard, parsed};
use crate::handles::{Account, Asset, Instrument, Strategy};
use crate::number;
use crate::order::text;

impl Guard {
    pub(crate) fn take_in<'py>(&self, py: Python<'py>, input: Input) -> PyResult<Bound<'py, PyAny>> {
        let ingested = self.run(py, move |guard| guard.ingest(input))?;
        self.unusual(py, ingested.map_err(|problem| error::ingest(py, &problem))?)
    }

    /// What was unusual about an input; nothing, nearly always.
    pub(crate) fn unusual<'py>(&self, py: Python<'py>, ingested: Ingested) -> PyResult<Bound<'py, PyAny>> {
        if ingested == Ingested::default() {
            return Ok(py.None().into_bound(py));
        }
        parsed(py, serde_json::to_string(&ingested))
    }
}

#[pymethods]
impl Guard {
    /// A quote: best bid and ask in the quote asset, sizes in units of the instrument. What is not known is `None`.
    ///
    /// Every input returns `None`, or a dict that says what was unusual: repeated, rounded, an anomaly, a latch.
    ///
    /// >>> guard.quote(btc, "49_990".replace("_", ""), 50_010.5, bid_size=3, at_ns=clock.now_ns)
    /// >>> guard.quote(btc, float("nan"), 50_010)
    /// Traceback (most recent call last):
    ///     ...
    /// risk_guard.exceptions.InvalidValueError: bid: nan is not finite
    #[pyo3(signature = (instrument, bid, ask, *, at_ns=None, bid_size=None, ask_size=None, last=None, volume=None))]
    #[allow(clippy::too_many_arguments, reason = "the fields of a quote, by name")]
    fn quote<'py>(
        &self,
        py: Python<'py>,
        instrument: &Bound<'py, Instrument>,
        bid: Option<&Bound<'py, PyAny>>,
        ask: Option<&Bound<'py, PyAny>>,
        at_ns: Option<&Bound<'py, PyAny>>,
        bid_size: Option<&Bound<'py, PyAny>>,
        ask_size: Option<&Bound<'py, PyAny>>,
        last: Option<&Bound<'py, PyAny>>,
        volume: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let at = number::instant(at_ns, "at_ns")?.map_or_else(|| self.now(py), Ok)?;
        let mut quote = Quote::of_sides(
            instrument.get().handle,
            number::maybe(bid, "bid")?,
            number::maybe(ask, "ask")?,
            at,
        );
        quote.bid_size = number::maybe(bid_size, "bid_size")?;
        quote.ask_size = number::maybe(ask_size, "ask_size")?;
        quote.last = number::maybe(last, "last")?;
        quote.volume = number::maybe(volume, "volume")?;
        self.take_in(py, Input::Quote(quote))
    }

    /// The mark of an instrument whose `mark_source` is `input`, in its quote asset.
    ///
    /// >>> index = guard.add_instrument({"symbol": "IDX", "quote": "USD", "price_scale": 2, "quantity_scale": 0,
    /// ...     "price_increment": "0.01", "quantity_increment": 1, "mark_source": "input"})
    /// >>> guard.mark(index, 4_800)
    #[pyo3(signature = (instrument, price, *, at_ns=None))]
    fn mark<'py>(
        &self,
        py: Python<'py>,
        instrument: &Bound<'py, Instrument>,
        price: &Bound<'py, PyAny>,
        at_ns: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let at = number::instant(at_ns, "at_ns")?.map_or_else(|| self.now(py), Ok)?;
        let price = number::decimal(price, "price")?;
        self.take_in(py, Input::Mark { instrument: instrument.get().handle, price, at })
    }

    /// What is traded of an instrument in a day, on average, in units of it: limits on participation are a share of it.
    ///
    /// >>> guard.daily_volume(btc, 25_000)
    fn daily_volume<'py>(
        &self,
        py: Python<'py>,
        instrument: &Bound<'py, Instrument>,
        quantity: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let quantity = number::decimal(quantity, "quantity")?;
        self.take_in(py, Input::DailyVolume { instrument: instrument.get().handle, quantity })
    }

    /// An exchange rate: one unit of `base` is `rate` units of `into`.
    ///
    /// >>> guard.rate(guard.asset("USD"), guard.asset("USD"), 2)
    /// Traceback (most recent call last):
    ///     ...
    /// risk_guard.exceptions.InputError: rate: 2 is between a currency and itself
    fn rate<'py>(
        &self,
        py: Python<'py>,
        base: &Bound<'py, Asset>,
        into: &Bound<'py, Asset>,
        rate: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let rate = number::decimal(rate, "rate")?;
        self.take_in(py, Input::Rate { from: base.get().handle, to: into.get().handle, rate })
    }

    /// The cash of an account, without unrealised profit, in its currency.
    ///
    /// >>> guard.balance(main, 99_500)
    /// >>> guard.account_sums(main)["day_profit"]
    /// Decimal('-500')
    fn balance<'py>(
        &self,
        py: Python<'py>,
        account: &Bound<'py, Account>,
        balance: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let balance = number::decimal(balance, "balance")?;
        self.take_in(py, Input::Balance { account: account.get().handle, balance })
    }

    /// A deposit, or a withdrawal where negative, in the account's currency.
    ///
    /// >>> guard.flow(main, 5_000)
    /// >>> guard.account_sums(main)["equity"], guard.account_sums(main)["day_profit"]
    /// (Decimal('105000'), Decimal('0'))
    fn flow<'py>(
        &self,
        py: Python<'py>,
        account: &Bound<'py, Account>,
        amount: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let amount = number::decimal(amount, "amount")?;
        self.take_in(py, Input::Flow { account: account.get().handle, amount })
    }

    /// Figures of the host that replace the ledger's for a while. What is `None` is taken from the ledger.
    ///
    /// >>> guard.host_figures(main, equity=90_000, day_profit=-1_000, position_count=2)
    #[pyo3(signature = (account, *, equity=None, day_profit=None, drawdown_percent=None, position_count=None,
        gross_exposure=None))]
    #[allow(clippy::too_many_arguments, reason = "figures, by name")]
    fn host_figures<'py>(
        &self,
        py: Python<'py>,
        account: &Bound<'py, Account>,
        equity: Option<&Bound<'py, PyAny>>,
        day_profit: Option<&Bound<'py, PyAny>>,
        drawdown_percent: Option<&Bound<'py, PyAny>>,
        position_count: Option<&Bound<'py, PyAny>>,
        gross_exposure: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let count = |value: &Bound<'py, PyAny>| {
            let whole = number::whole(value, "position_count")?;
            u32::try_from(whole).map_err(|_| invalid("position_count", value, "is out of range"))
        };
        let figures = HostFigures {
            account: account.get().handle,
            equity: number::maybe(equity, "equity")?,
            day_profit: number::maybe(day_profit, "day_profit")?,
            drawdown_percent: number::maybe(drawdown_percent, "drawdown_percent")?,
            position_count: position_count.map(count).transpose()?,
            gross_exposure: number::maybe(gross_exposure, "gross_exposure")?,
        };
        self.take_in(py, Input::Host(figures))
    }

    /// Lets time pass: settles what expires by it (permits, temporary limits, the day), and judges what is due by time.
    ///
    /// >>> permit = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).permit_or_raise()
    /// >>> clock.advance_ms(60_000)
    /// >>> guard.tick()
    /// >>> guard.order_state("a1", main)
    /// 'ended'
    fn tick(&self, py: Python<'_>) -> PyResult<()> {
        self.run(py, |guard| guard.tick())
    }

    /// The host is alive. Where the configuration has a heartbeat trip, one that stays away pulls the firm down.
    ///
    /// >>> guard.heartbeat()
    fn heartbeat<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.take_in(py, Input::Heartbeat)
    }

    /// The trading day rolls: day starts are set anew, and nothing else.
    ///
    /// >>> guard.balance(main, 99_500)
    /// >>> guard.day_roll()
    /// >>> guard.account_sums(main)["day_profit"]
    /// Decimal('0')
    fn day_roll<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.take_in(py, Input::DayRoll)
    }

    /// The trading day rolls by itself at an instant, in nanoseconds since the epoch, once. It replaces one that was
    /// known; one that has passed rolls at once.
    ///
    /// >>> guard.day_rolls_at(clock.now_ns + 3_600 * 10**9)
    /// >>> guard.next_roll_ns() == clock.now_ns + 3_600 * 10**9
    /// True
    fn day_rolls_at<'py>(&self, py: Python<'py>, at_ns: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let at = risk_core::Timestamp::from_nanos(number::whole(at_ns, "at_ns")?);
        self.take_in(py, Input::NextRoll { at })
    }

    /// The session of an instrument that has `sessions`: the one that is open, or the next, in nanoseconds since the epoch.
    /// It replaces the one that was known; outside of it nothing is opened in the instrument. Raises `InputError` for an
    /// instrument without `sessions`.
    ///
    /// >>> try:
    /// ...     guard.session(btc, 1, 2)
    /// ... except rg.InputError as no:
    /// ...     print(no.code)
    /// sessionless
    fn session<'py>(
        &self,
        py: Python<'py>,
        instrument: &Bound<'py, Instrument>,
        opens_ns: &Bound<'py, PyAny>,
        closes_ns: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let session = Session {
            opens: risk_core::Timestamp::from_nanos(number::whole(opens_ns, "opens_ns")?),
            closes: risk_core::Timestamp::from_nanos(number::whole(closes_ns, "closes_ns")?),
        };
        self.take_in(py, Input::Session { instrument: instrument.get().handle, session })
    }

    /// New limits, all of them, of the firm (`None`), an account, a strategy or an instrument. Raises `InputError` where
    /// they are refused; the old ones stay.
    ///
    /// >>> guard.set_limits(main, {"gross_exposure_max": 50_000}, by="ops", reason="smaller for today")
    /// >>> guard.limits(main)["gross_exposure_max"]
    /// '50000'
    #[pyo3(signature = (of, limits, *, by, reason, second=None, expires_ns=None))]
    #[allow(clippy::too_many_arguments, reason = "the fields of a change, by name")]
    fn set_limits<'py>(
        &self,
        py: Python<'py>,
        of: Option<&Bound<'py, PyAny>>,
        limits: &Bound<'py, PyAny>,
        by: &Bound<'py, PyAny>,
        reason: &str,
        second: Option<&Bound<'py, PyAny>>,
        expires_ns: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let input = Input::Limits {
            of: limits_of(of)?,
            limits: Arc::new(config::read(limits, "limits")?),
            by: name(by, "by")?,
            reason: Note::new(reason),
            second: second.map(|second| name(second, "second")).transpose()?,
            expires: number::instant(expires_ns, "expires_ns")?,
        };
        self.take_in(py, input)
    }

    /// The status of an instrument: `open`, `close_only` or `blocked`.
    ///
    /// >>> guard.set_status(btc, "close_only", by="ops")
    /// >>> guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).reason
    /// 'INSTRUMENT_RESTRICTED'
    #[pyo3(signature = (instrument, status, *, by))]
    fn set_status<'py>(
        &self,
        py: Python<'py>,
        instrument: &Bound<'py, Instrument>,
        status: &Bound<'py, PyAny>,
        by: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let status = match text(status, "status")? {
            "open" => Status::Open,
            "close_only" => Status::CloseOnly,
            "blocked" => Status::Blocked,
            _ => return Err(invalid("status", status, "is none of open, close_only, blocked")),
        };
        let instrument = instrument.get().handle;
        self.take_in(py, Input::Status { instrument, status, by: name(by, "by")? })
    }
}

pub(crate) fn name(value: &Bound<'_, PyAny>, field: &str) -> PyResult<Id> {
    text(value, field).map(Id::new)
}

/// Whose limits: `None` is the firm.
pub(crate) fn limits_of(of: Option<&Bound<'_, PyAny>>) -> PyResult<LimitsOf> {
    let Some(of) = of else { return Ok(LimitsOf::Firm) };
    if let Ok(account) = of.cast::<Account>() {
        Ok(LimitsOf::Account(account.get().handle))
    } else if let Ok(strategy) = of.cast::<Strategy>() {
        Ok(LimitsOf::Strategy(strategy.get().handle))
    } else if let Ok(instrument) = of.cast::<Instrument>() {
        Ok(LimitsOf::Instrument(instrument.get().handle))
    } else {
        Err(invalid("of", of, "is no account, strategy or instrument"))
    }
}
