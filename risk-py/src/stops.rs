//! Stopping: halts and what they leave to do, latches, trips.

use pyo3::prelude::*;
use risk_core::{LatchId, Lift, Scope, TradingState};

use crate::error::{self, invalid};
use crate::guard::{Guard, parsed};
use crate::handles::{Account, Instrument, OrderHandle, Strategy, Trader, Venue};
use crate::order::Order;

/// What is halted: `None` is the firm.
pub(crate) fn scope(of: Option<&Bound<'_, PyAny>>) -> PyResult<Scope> {
    let Some(of) = of else { return Ok(Scope::Firm) };
    if let Ok(account) = of.cast::<Account>() {
        Ok(Scope::Account(account.get().handle))
    } else if let Ok(strategy) = of.cast::<Strategy>() {
        Ok(Scope::Strategy(strategy.get().handle))
    } else if let Ok(instrument) = of.cast::<Instrument>() {
        Ok(Scope::Instrument(instrument.get().handle))
    } else if let Ok(venue) = of.cast::<Venue>() {
        Ok(Scope::Venue(venue.get().handle))
    } else if let Ok(trader) = of.cast::<Trader>() {
        Ok(Scope::Trader(trader.get().handle))
    } else {
        Err(invalid("scope", of, "is no account, strategy, instrument, venue or trader"))
    }
}

fn state_name(state: TradingState) -> &'static str {
    match state {
        TradingState::Active => "active",
        TradingState::Reducing => "reducing",
        TradingState::Halted => "halted",
    }
}

/// The number of a latch, and the orders to cancel.
type Pulled = (u64, Vec<OrderHandle>);

fn pulled((latch, orders): (LatchId, Vec<risk_core::OrderHandle>)) -> Pulled {
    (latch.number(), handles(orders))
}

fn handles(orders: Vec<risk_core::OrderHandle>) -> Vec<OrderHandle> {
    orders.into_iter().map(|handle| OrderHandle { handle }).collect()
}

#[pymethods]
impl Guard {
    /// Halts a scope (`None`: the firm) before the call returns: nothing is approved in it, and no permit redeems, until
    /// `resume`. Returns the number of the latch and the orders at the venue to cancel. Never fails, in no state.
    ///
    /// >>> latch, to_cancel = guard.halt(reason="something is wrong", by="ops")
    /// >>> guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).reason
    /// 'KILL_SWITCH_ACTIVE'
    #[pyo3(signature = (scope=None, *, reason, by))]
    fn halt(
        &self,
        py: Python<'_>,
        scope: Option<&Bound<'_, PyAny>>,
        reason: &str,
        by: &str,
    ) -> PyResult<Pulled> {
        let scope = self::scope(scope)?;
        self.run(py, |guard| guard.halt(scope, reason, by)).map(pulled)
    }

    /// Lets only orders of a scope through that open nothing. Returns the number of the latch and the orders at the venue
    /// that open, newest first: those to cancel.
    ///
    /// >>> latch, to_cancel = guard.reduce_only(btc, reason="no new risk", by="ops")
    /// >>> guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).reason
    /// 'REDUCING_ONLY'
    #[pyo3(signature = (scope=None, *, reason, by))]
    fn reduce_only(
        &self,
        py: Python<'_>,
        scope: Option<&Bound<'_, PyAny>>,
        reason: &str,
        by: &str,
    ) -> PyResult<Pulled> {
        let scope = self::scope(scope)?;
        self.run(py, |guard| guard.reduce_only(scope, reason, by)).map(pulled)
    }

    /// Lifts a latch of a scope, or with `up_to` every latch of it up to that one, down to `active` or `reducing`. The only
    /// way down. Raises `ResumeError`, for a latch that is not there or a `by` that names nobody.
    ///
    /// >>> latch, _ = guard.halt(reason="a test of the switch", by="ops")
    /// >>> guard.resume(latch=latch, reason="it works", by="ops")
    /// >>> guard.trading_state()
    /// 'active'
    #[pyo3(signature = (scope=None, *, latch=None, up_to=None, to="active", reason, by))]
    #[allow(clippy::too_many_arguments, reason = "the fields of a resume, by name")]
    fn resume(
        &self,
        py: Python<'_>,
        scope: Option<&Bound<'_, PyAny>>,
        latch: Option<u64>,
        up_to: Option<u64>,
        to: &str,
        reason: &str,
        by: &str,
    ) -> PyResult<()> {
        let scope = self::scope(scope)?;
        let wrong = |text: String| error::plain(py, "ResumeError", &text);
        let lift = match (latch, up_to) {
            (Some(one), None) => Lift::One(LatchId::from_number(one)),
            (None, Some(last)) => Lift::UpTo(LatchId::from_number(last)),
            _ => return Err(wrong("name either latch or up_to".to_owned())),
        };
        let to = match to {
            "active" => TradingState::Active,
            "reducing" => TradingState::Reducing,
            other => return Err(wrong(format!("to: {other:?} is neither \"active\" nor \"reducing\""))),
        };
        let resumed = self.run(py, |guard| guard.resume(scope, lift, to, reason, by))?;
        resumed.map_err(|problem| error::resume(py, &problem))
    }

    /// `active`, `reducing` or `halted`: the strictest of a scope's own latches and of the scopes above it.
    ///
    /// >>> guard.trading_state(main)
    /// 'active'
    #[pyo3(signature = (scope=None))]
    fn trading_state(&self, py: Python<'_>, scope: Option<&Bound<'_, PyAny>>) -> PyResult<&'static str> {
        let scope = self::scope(scope)?;
        self.run(py, |guard| guard.trading_state(scope)).map(state_name)
    }

    /// All latches that hold, oldest first, as dicts: id, scope, state, cause, reason, by, at (nanoseconds since the epoch).
    ///
    /// >>> _ = guard.halt(main, reason="looks odd", by="ops")
    /// >>> [(latch["state"], latch["reason"], latch["by"]) for latch in guard.latches()]
    /// [('halted', 'looks odd', 'ops')]
    fn latches<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let latches = self.run(py, |guard| guard.latches())?;
        parsed(py, serde_json::to_string(&latches))
    }

    /// Orders at the venue in a scope: what a halt returns, at any time.
    ///
    /// >>> sent = guard.evaluate(rg.Order(btc, "buy", 1, strategy=grid, id="a1")).permit_or_raise().redeem()
    /// >>> guard.open_orders(btc) == [sent.handle]
    /// True
    #[pyo3(signature = (scope=None))]
    fn open_orders(&self, py: Python<'_>, scope: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<OrderHandle>> {
        let scope = self::scope(scope)?;
        self.run(py, |guard| guard.open_orders(scope)).map(handles)
    }

    /// Market orders that would flatten what is held in a scope, over what working orders close already, in lots that can
    /// be sent. They have no id yet and hold nothing: give each an id and `evaluate` it, also where the scope is reducing.
    ///
    /// >>> guard.snapshot(main, {btc: (2, 49_000)})
    /// >>> [(order.side, order.quantity) for order in guard.exits(main)]
    /// [('sell', Decimal('2'))]
    #[pyo3(signature = (scope=None))]
    fn exits(&self, py: Python<'_>, scope: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Order>> {
        let scope = self::scope(scope)?;
        let exits = self.run(py, |guard| guard.exits(scope))?;
        Ok(exits.into_iter().map(|order| Order { order }).collect())
    }

    /// Takes the trips and warnings since they were last taken, oldest first, as dicts: scope, state (`active` for a
    /// warning), cause, measured and limit, latch. To be asked for after a call, or on a timer; the 64 latest are kept.
    ///
    /// >>> guard.take_trips()
    /// []
    fn take_trips<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let trips = self.run(py, |guard| guard.take_trips())?;
        parsed(py, serde_json::to_string(&trips))
    }
}
