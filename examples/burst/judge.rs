//! The guard's call sites.
//!
//! What NASDAQ has recorded is taken for what it would have answered: an order that the guard lets out is accepted,
//! executed and deleted as the messages say. Orders are asked for whole or not at all, since they were executed whole;
//! executions of a refused order concern the market's book only.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;

use risk_core::{
    AccountHandle, Config, Decision, End, Engine, Fill, Input, InstrumentHandle, ManualClock, MemoryJournal,
    Message, Order, OrderHandle, OrderRef, OrderState, Outbound, Quote, Side, StrategyHandle, Timestamp,
};
use rust_decimal::Decimal;

use crate::desk::{ACCOUNT, EQUITY, STRATEGY};
use crate::flow::{Step, Steps, What};
use crate::itch::Price;
use crate::quotes;

/// 30 July 2019, midnight in New York.
const MIDNIGHT_NS: i64 = 1_564_459_200_000_000_000;

/// What a trading system says to its guard; ready to be said, so that only the guard is measured.
pub(crate) enum Call {
    /// May this order go out?
    Evaluate(Order),
    /// Let a cancel out.
    Cancel(OrderRef),
    /// The venue says that an order was executed.
    Fill(Fill),
    /// Anything else the guard should know.
    Tell(Input),
}

/// What the guard has answered.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    pub(crate) approved: u64,
    pub(crate) reduced: u64,
    pub(crate) rejected: u64,
    pub(crate) stopped: u64,
    pub(crate) by_reason: BTreeMap<&'static str, u64>,
    /// Cancels, of known and unknown orders.
    pub(crate) cancels: u64,
    /// Executions of orders that the guard had let out.
    pub(crate) fills: u64,
    /// Executions of orders that it had refused.
    pub(crate) not_sent: u64,
}

impl Answers {
    /// All calls of `evaluate`.
    pub(crate) fn orders(&self) -> u64 {
        self.approved + self.reduced + self.rejected + self.stopped
    }
}

/// A guard, and the names of what it guards.
pub(crate) struct Judge {
    engine: Engine<ManualClock, MemoryJournal>,
    clock: ManualClock,
    account: AccountHandle,
    strategy: StrategyHandle,
    instruments: HashMap<u16, InstrumentHandle>,
    /// What it has answered.
    pub(crate) answers: Answers,
}

type Made<T> = Result<T, Box<dyn Error>>;

impl Judge {
    /// A guard that knows its account's equity, and has room for these many records.
    pub(crate) fn new(config: &Config, symbols: &BTreeMap<u16, String>, records: usize) -> Made<Self> {
        let clock = ManualClock::at(Timestamp::from_nanos(MIDNIGHT_NS));
        let mut engine = Engine::new(config, clock.clone(), MemoryJournal::with_capacity(records))?;
        let account = engine.account(ACCOUNT)?;
        let strategy = engine.strategy(account, STRATEGY)?;
        let named = symbols.iter().map(|(&number, name)| Ok((number, engine.instrument(name)?)));
        let instruments = named.collect::<Made<_>>()?;
        engine.ingest(Input::Balance { account, balance: EQUITY.into() })?;
        Ok(Self { engine, clock, account, strategy, instruments, answers: Answers::default() })
    }

    /// The most records a message makes: a cancel and its confirmation, an order evaluated, redeemed and accepted, and
    /// a quote.
    pub(crate) const RECORDS_MAX: usize = 6;

    /// States the quotes that hold when the burst begins.
    pub(crate) fn open(&mut self, at_ns: u64, seeds: &BTreeMap<u16, quotes::Quote>) -> Made<()> {
        self.clock.set(time(at_ns));
        for (&symbol, &quote) in seeds {
            let quote = self.quote(symbol, quote, time(at_ns));
            self.engine.ingest(quote)?;
        }
        Ok(())
    }

    /// What a trading system would say about a message.
    pub(crate) fn calls(&self, message: &Steps) -> Vec<Call> {
        message.steps.iter().map(|step| self.call(step, time(message.at_ns))).collect()
    }

    fn call(&self, step: &Step, at: Timestamp) -> Call {
        let order = |id| OrderRef::Client { account: self.account, id };
        match step.what {
            What::New(new) => {
                let (instrument, shares) = (self.instrument(step.symbol), Decimal::from(new.shares));
                let asked = match new.side {
                    Side::Buy => Order::buy(instrument, shares),
                    Side::Sell => Order::sell(instrument, shares),
                };
                let asked = asked.account(self.account).strategy(self.strategy).id(new.id);
                Call::Evaluate(asked.limit(dollars(new.price)).created_at(at).not_reducible())
            }
            What::Cancel { id } => Call::Cancel(order(id)),
            What::Fill { id, execution, shares, price } => {
                Call::Fill(Fill::new(order(id), execution, shares, dollars(price)))
            }
            What::Unknown { id } => Call::Tell(Input::Done { order: order(id), end: End::Expired }),
            What::Quote(quote) => Call::Tell(self.quote(step.symbol, quote, at)),
        }
    }

    /// Says it: all that one message causes.
    pub(crate) fn feed(&mut self, at_ns: u64, calls: &[Call]) -> Made<()> {
        self.clock.set(time(at_ns));
        for call in calls {
            match call {
                Call::Evaluate(order) => self.evaluate(order)?,
                Call::Cancel(order) => {
                    self.answers.cancels += 1;
                    let outbound = self.engine.cancel(*order);
                    // The exchange confirms what it knows; for the rest, the guard has noted an anomaly.
                    if outbound.handle() != OrderHandle::default() {
                        self.engine.ingest(nasdaq(outbound))?;
                    }
                }
                Call::Fill(fill) if self.engine.order_state(fill.order) == OrderState::Ended => {
                    self.answers.not_sent += 1;
                }
                Call::Fill(fill) => {
                    self.answers.fills += 1;
                    self.engine.ingest(Input::Fill(*fill))?;
                }
                Call::Tell(input) => {
                    self.engine.ingest(input.clone())?;
                }
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, order: &Order) -> Made<()> {
        let decision = self.engine.evaluate(order);
        if let Some(reason) = decision.reason() {
            *self.answers.by_reason.entry(reason.code()).or_default() += 1;
        }
        let answers = &mut self.answers;
        let (count, permit) = match decision {
            Decision::Approved(permit) => (&mut answers.approved, Some(permit)),
            Decision::Reduced(permit, _) => (&mut answers.reduced, Some(permit)),
            Decision::Rejected(_) => (&mut answers.rejected, None),
            Decision::EmergencyStop(_) => (&mut answers.stopped, None),
        };
        *count += 1;
        if let Some(permit) = permit {
            let outbound = self.engine.redeem(permit)?;
            self.engine.ingest(nasdaq(outbound))?;
        }
        Ok(())
    }

    /// Facts that should not have happened, and records.
    pub(crate) fn noted(&self) -> (u64, usize) {
        (self.engine.metrics().anomalies, self.engine.journal().len())
    }

    fn quote(&self, symbol: u16, quote: quotes::Quote, at: Timestamp) -> Input {
        let (bid, ask) = (dollars(quote.bid), dollars(quote.ask));
        Input::Quote(Quote::new(self.instrument(symbol), bid, ask, at))
    }

    fn instrument(&self, symbol: u16) -> InstrumentHandle {
        self.instruments.get(&symbol).copied().unwrap_or_default()
    }
}

/// The exchange takes what the guard lets out, and nothing else, and answers at once.
fn nasdaq(outbound: Outbound) -> Input {
    let order = outbound.handle().into();
    match outbound.message() {
        Message::Cancel => Input::Done { order, end: End::Cancelled },
        _ => Input::Accepted { order, quantity: None },
    }
}

fn time(at_ns: u64) -> Timestamp {
    Timestamp::from_nanos(MIDNIGHT_NS + i64::try_from(at_ns).unwrap_or(0))
}

fn dollars(price: Price) -> Decimal {
    Decimal::new(price.0.into(), 4)
}
