//! The guard's call sites. Everything before them reads data, everything after them shows results.
//!
//! The recorded exchange stands for the venue: an order that the guard lets out is accepted, filled and cancelled as
//! its rows say. Fills of a reduced order stop at what was approved; rows of a refused order concern the market's book
//! only.

use std::collections::HashMap;
use std::error::Error;
use std::time::Instant;

use risk_core::{
    AccountHandle, Config, Decision, End, Engine, Fill, Input, InstrumentHandle, Journal, ManualClock,
    Message, Order, OrderHandle, OrderRef, Outbound, Quote, Side, StrategyHandle, Timestamp,
};
use rust_decimal::Decimal;

use crate::accounts::{Account, STRATEGY};
use crate::book;
use crate::flow::{Event, New, What};
use crate::refusal;
use crate::tally::{Answer, Tally};

type Fed = Result<(), Box<dyn Error + Send + Sync>>;

/// The most records these events can make: an order is evaluated, redeemed and accepted, a fill may end its order, a
/// cancel is asked for and done.
pub(crate) fn records_max(events: &[Event]) -> usize {
    let of = |event: &Event| match event.what {
        What::New(_) => 3,
        What::Fill { .. } | What::Cancel { .. } => 2,
        What::Quote(_) | What::Unknown { .. } => 1,
        What::Snapshot | What::Elsewhere | What::NotFallen => 0,
    };
    Account::ALL.len() + events.iter().map(of).sum::<usize>()
}

/// An order at the exchange.
#[derive(Clone, Copy)]
struct Working {
    handle: OrderHandle,
    left: Decimal,
}

/// A guard, and what a trading system knows of its orders.
pub(crate) struct Judge<J> {
    engine: Engine<ManualClock, J>,
    clock: ManualClock,
    instrument: InstrumentHandle,
    accounts: [(AccountHandle, StrategyHandle); Account::ALL.len()],
    working: HashMap<u64, Working>,
}

impl<J: Journal> Judge<J> {
    /// A guard with these limits. At `start_ms`, its accounts have what [`Account::equity`] says.
    pub(crate) fn new(
        config: &Config,
        start_ms: i64,
        journal: J,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let clock = ManualClock::at(Timestamp::from_millis(start_ms));
        let mut engine = Engine::new(config, clock.clone(), journal)?;
        let traded = config.instruments.first().ok_or("there is no instrument to trade")?;
        let instrument = engine.instrument(&traded.symbol)?;
        let mut accounts = [Default::default(); Account::ALL.len()];
        for account in Account::ALL {
            let handle = engine.account(account.name())?;
            accounts[account.index()] = (handle, engine.strategy(handle, STRATEGY)?);
            engine.ingest(Input::Balance { account: handle, balance: account.equity() })?;
        }
        Ok(Self { engine, clock, instrument, accounts, working: HashMap::with_capacity(1 << 15) })
    }

    /// The guard.
    pub(crate) fn engine(&self) -> &Engine<ManualClock, J> {
        &self.engine
    }

    /// Takes in one event: a quote, an order to evaluate, what became of an order.
    pub(crate) fn feed(&mut self, event: &Event, tally: &mut Tally) -> Fed {
        self.clock.set(Timestamp::from_millis(event.at_ms));
        match event.what {
            What::Quote(quote) => self.quote(quote, event, tally),
            What::New(new) => self.evaluate(&new, event, tally),
            What::Fill { id, quantity, price, done } => {
                let Some(working) = self.working.get(&id).copied() else { return Ok(()) };
                let filled = quantity.min(working.left);
                self.fill(id, &working, filled, price, event.line)?;
                if done && filled < working.left { self.cancel(id) } else { Ok(()) }
            }
            What::Cancel { id } => self.cancel(id),
            What::Unknown { id } => self.unknown(id),
            What::Snapshot | What::Elsewhere | What::NotFallen => Ok(()),
        }
    }

    /// The market has moved, and with it what every account has at stake.
    fn quote(&mut self, quote: book::Quote, event: &Event, tally: &mut Tally) -> Fed {
        let at = Timestamp::from_millis(event.at_ms);
        let blank = Quote::new(self.instrument, Decimal::ONE, Decimal::ONE, at);
        self.engine.ingest(Input::Quote(Quote { bid: quote.bid, ask: quote.ask, ..blank }))?;
        for account in Account::ALL {
            self.show(account, event, tally);
        }
        Ok(())
    }

    /// An order that is approved goes out through its permit; one that is refused goes nowhere.
    fn evaluate(&mut self, new: &New, event: &Event, tally: &mut Tally) -> Fed {
        let order = self.order(new);
        let asked = Instant::now();
        let decision = self.engine.evaluate(&order);
        let took = asked.elapsed();

        let (answer, permit) = match decision {
            Decision::Approved(permit) => (Answer::Approved, Some(permit)),
            Decision::Reduced(permit, why) => (Answer::Reduced(why.reason.code()), Some(permit)),
            Decision::Rejected(why) => (Answer::Rejected(why.reason.code()), None),
            Decision::EmergencyStop(why) => (Answer::EmergencyStop(why.reason.code()), None),
        };
        tally.answered(event.at_ms, new.account, answer, took);
        match permit {
            Some(permit) => {
                let (handle, left) = (permit.order(), permit.quantity());
                let outbound = self.engine.redeem(permit)?;
                self.working.insert(new.id, Working { handle, left });
                self.engine.ingest(exchange(outbound))?;
                self.show(new.account, event, tally);
            }
            None if tally.is_first(answer) => {
                // Nothing has changed since the refusal: the same gates see the same facts.
                let explanation = self.engine.explain(&order);
                tally.explain(answer, refusal::told(new, event, tally, &explanation));
            }
            None => {}
        }
        Ok(())
    }

    fn order(&self, new: &New) -> Order {
        let (account, strategy) = self.accounts[new.account.index()];
        let order = match new.side {
            Side::Buy => Order::buy(self.instrument, new.volume),
            Side::Sell => Order::sell(self.instrument, new.volume),
        };
        let order = order.account(account).strategy(strategy).id(new.id.to_string());
        match new.limit {
            Some(price) => order.limit(price),
            None => order,
        }
    }

    fn fill(&mut self, id: u64, working: &Working, filled: Decimal, price: Decimal, line: u64) -> Fed {
        if filled.is_zero() {
            return Ok(());
        }
        self.engine.ingest(Input::Fill(Fill::new(working.handle, line.to_string(), filled, price)))?;
        let left = working.left - filled;
        if left.is_zero() {
            self.working.remove(&id);
        } else {
            self.working.insert(id, Working { left, ..*working });
        }
        Ok(())
    }

    fn cancel(&mut self, id: u64) -> Fed {
        if let Some(working) = self.working.remove(&id) {
            let outbound = self.engine.cancel(working.handle);
            self.engine.ingest(exchange(outbound))?;
        }
        Ok(())
    }

    /// A report about an order that never was: the guard notes an anomaly and goes on.
    fn unknown(&mut self, id: u64) -> Fed {
        let (account, _) = self.accounts[Account::Others.index()];
        let order = OrderRef::Client { account, id: id.to_string().into() };
        self.engine.ingest(Input::Done { order, end: End::Cancelled })?;
        Ok(())
    }

    fn show(&self, account: Account, event: &Event, tally: &mut Tally) {
        let (handle, _) = self.accounts[account.index()];
        if let Some(sums) = self.engine.account_sums(handle) {
            tally.exposure(event.at_ms, account, sums.gross_exposure);
        }
    }
}

/// The venue's side. It takes what the guard lets out, and nothing else, and answers at once.
fn exchange(outbound: Outbound) -> Input {
    let order = outbound.handle().into();
    match outbound.message() {
        Message::Cancel => Input::Done { order, end: End::Cancelled },
        _ => Input::Accepted { order, quantity: None },
    }
}
