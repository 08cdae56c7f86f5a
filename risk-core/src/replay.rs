//! Same records in, same decisions out: an engine rebuilt from its journal, every answer compared on the way.

use core::hash::Hash;

use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{ConfigError, JournalError};
use crate::halt::Scope;
use crate::house::House;
use crate::input::{Input, LimitsOf, OrderRef};
use crate::order::Order;
use crate::record::{Event, Journal, Kept, Outcome, Record, Registration, digest_of};
use crate::state::State;
use crate::trip::Trip;

/// Why a history does not replay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The configuration is none.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A record is missing: numbers have a gap, or do not begin after the base.
    #[error("record {expected} is missing; the next one is {found}")]
    Gap {
        /// The number that should come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The engine answers differently than the record says.
    #[error("record {seq} does not replay: {what}")]
    Differs {
        /// Which.
        seq: u64,
        /// What was recorded, and what came out.
        what: String,
    },
}

/// A clock that nobody reads: a replay brings its own time.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> Option<Timestamp> {
        None
    }
}

/// Keeps the last record only: what the replayed engine answered.
#[derive(Debug, Default)]
pub struct LastRecord(Option<Record>);

impl Journal for LastRecord {
    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        self.0 = Some(record);
        Ok(())
    }

    fn sync_to(&mut self, _: u64) -> Result<(), JournalError> {
        Ok(())
    }

    fn durable_seq(&self) -> u64 {
        self.0.as_ref().map_or(0, |record| record.seq)
    }

    fn is_short(&self) -> bool {
        false
    }
}

/// An engine in the state after its records.
pub type Replayed = Engine<NoClock, LastRecord>;

/// Rebuilds an engine from the configuration it was made from, or from a snapshot, and the records since. Every record
/// is done again, and its answer compared: decisions, and through them the state, are the same bit for bit.
///
/// # Errors
/// A configuration that is none, a gap, or the first record that comes out differently.
pub fn replay<'r>(
    config: &Config,
    base: &Kept,
    records: impl IntoIterator<Item = &'r Record>,
) -> Result<Replayed, ReplayError> {
    let state = match &base.0 {
        Some(state) => state.as_ref().clone(),
        None => State::new(config)?,
    };
    let mut engine = Engine::with_state(state, House::on_record(config), NoClock, LastRecord::default());
    engine.adopt_latches();
    for record in records {
        engine.repeat(record)?;
    }
    Ok(engine)
}

impl Replayed {
    /// Does the next record again, and compares the answer. [`replay`] does this for all; one at a time serves records
    /// that are read from a file.
    ///
    /// # Errors
    /// A gap, or an answer that differs; the engine is of no use then.
    pub fn repeat(&mut self, record: &Record) -> Result<(), ReplayError> {
        let expected = self.seq().saturating_add(1);
        if record.seq != expected {
            return Err(ReplayError::Gap { expected, found: record.seq });
        }
        let now = record.at;
        self.answer_as(record);
        match &record.event {
            Event::Evaluated { order, .. } => {
                let _ = self.evaluate_at(&self.bind_order(order), now);
            }
            Event::Modified { order, change, .. } => {
                let _ = self.modify_at(self.bind_ref(*order), change, now);
            }
            Event::ListEvaluated { orders, .. } => {
                let orders = orders.iter().map(|order| self.bind_order(order)).collect();
                let _ = self.evaluate_list_at(&orders, now);
            }
            Event::ListRedeemed { first, .. } => {
                let _ = self.redeem_list_slots(self.bind(*first), now);
            }
            Event::ListReleased { first, .. } => {
                let _ = self.release_list_slots(self.bind(*first), now);
            }
            Event::Redeemed { order, .. } => {
                let _ = self.redeem_slot(self.bind(*order), now);
            }
            Event::Released { order, .. } => {
                let _ = self.release_slot(self.bind(*order), now);
            }
            Event::Abandoned { order, cancel } => self.abandon_slot(self.bind(*order), *cancel, now),
            Event::Cancelled { order, .. } => {
                let _ = self.cancel_at(self.bind_ref(*order), now);
            }
            Event::Ingested { input, .. } => {
                let _ = self.ingest_at(self.bind_input(input), now);
            }
            Event::Halted { scope, state, reason, by } => {
                self.pull_down_as(self.bind_scope(*scope), *state, *reason, *by, now);
            }
            Event::Resumed { scope, lift, to, reason, by, .. } => {
                let _ = self.resume_at(self.bind_scope(*scope), *lift, *to, (*reason, *by), now);
            }
            Event::Ticked => self.tick_at(now),
            Event::Tripped(_) => {
                let time = self.advance(now);
                let _ = self.respond_once(time);
            }
            Event::SetAside => {
                let time = self.advance(now);
                self.ask_aside(time);
            }
            Event::HeadroomDurable => {
                let time = self.advance(now);
                self.take_aside(time);
            }
            Event::Registered(registration) => self.register_again(registration, now),
            Event::Recovered { release } => self.recovered_at(*release, now),
            Event::Room { short } => {
                let time = self.advance(now);
                self.note_room(*short, time);
            }
        }
        match &self.journal.0 {
            Some(again) if same(again, record) => Ok(()),
            again => Err(ReplayError::Differs {
                seq: record.seq,
                what: format!("recorded {record:?}, replayed {again:?}"),
            }),
        }
    }

    /// Rules of the house answer the next call as they did in this record: a replay asks nobody. Where they were not
    /// asked then, they have nothing against it.
    pub fn answer_as(&mut self, record: &Record) {
        match &record.event {
            Event::Evaluated { outcome, .. } | Event::Modified { outcome, .. } => self.house.recall(outcome),
            Event::ListEvaluated { outcome, .. } => self.house.recall_list(outcome),
            _ => {}
        }
    }

    /// What the last call recorded, if it evaluated an order, a change, or a list: of that, what leads.
    pub fn last_outcome(&self) -> Option<Outcome> {
        match &self.journal.0.as_ref()?.event {
            Event::Evaluated { outcome, .. } | Event::Modified { outcome, .. } => Some(*outcome),
            Event::ListEvaluated { outcome, .. } => Some(outcome.leading),
            _ => None,
        }
    }

    /// A record that was read from a file, with its handles those of this engine: to ask it something else than what
    /// was asked. Handles of orders stay what they were; they mean nothing to an engine that decides differently.
    #[must_use]
    pub fn bound(&self, record: &Record) -> Record {
        let mut record = record.clone();
        match &mut record.event {
            Event::Evaluated { order, .. } => *order = self.bind_order(order),
            Event::ListEvaluated { orders, .. } => {
                *orders = orders.iter().map(|order| self.bind_order(order)).collect();
            }
            Event::Modified { order: OrderRef::Client { account, .. }, .. }
            | Event::Cancelled { order: OrderRef::Client { account, .. }, .. } => account.rebind(self.tag),
            Event::Ingested { input, .. } => *input = self.bind_input(input),
            Event::Halted { scope, .. }
            | Event::Resumed { scope, .. }
            | Event::Tripped(Trip { scope, .. }) => scope.rebind(self.tag),
            Event::Cancelled { order: OrderRef::Handle(_), .. }
            | Event::Modified { order: OrderRef::Handle(_), .. }
            | Event::ListRedeemed { .. }
            | Event::ListReleased { .. }
            | Event::Redeemed { .. }
            | Event::Released { .. }
            | Event::Abandoned { .. }
            | Event::Ticked
            | Event::SetAside
            | Event::HeadroomDurable
            | Event::Registered(_)
            | Event::Recovered { .. }
            | Event::Room { .. } => {}
        }
        record
    }

    fn register_again(&mut self, registration: &Registration, now: Option<Timestamp>) {
        let _ = match registration {
            Registration::Instrument(both) => self.add_instrument_at(&both.0, &both.1, now).map(|_| ()),
            Registration::Account(account) => self.add_account_at(account, now).map(|_| ()),
            Registration::Strategy(account, strategy) => {
                let mut account = *account;
                account.rebind(self.tag);
                self.add_strategy_at(account, strategy, now).map(|_| ())
            }
            Registration::Trader(trader) => self.add_trader_at(trader, now).map(|_| ()),
        };
    }

    fn bind(&self, mut handle: crate::handle::OrderHandle) -> crate::handle::OrderHandle {
        // Generation 0 is nobody's: the default handle, or what was left of a foreign one.
        if handle.generation != 0 {
            handle.engine = self.tag;
        }
        handle
    }

    fn bind_ref(&self, order: OrderRef) -> OrderRef {
        match order {
            OrderRef::Handle(handle) => OrderRef::Handle(self.bind(handle)),
            OrderRef::Client { mut account, id } => {
                account.rebind(self.tag);
                OrderRef::Client { account, id }
            }
        }
    }

    fn bind_order(&self, order: &Order) -> Order {
        let mut order = *order;
        order.rebind(self.tag);
        order
    }

    fn bind_scope(&self, mut scope: Scope) -> Scope {
        scope.rebind(self.tag);
        scope
    }

    fn bind_input(&self, input: &Input) -> Input {
        let tag = self.tag;
        let mut input = input.clone();
        match &mut input {
            Input::Quote(quote) => quote.instrument.rebind(tag),
            Input::Mark { instrument, .. }
            | Input::Status { instrument, .. }
            | Input::Adjust { instrument, .. }
            | Input::Believe { instrument, .. }
            | Input::Session { instrument, .. }
            | Input::DailyVolume { instrument, .. } => instrument.rebind(tag),
            Input::Rate { from, to, .. } => {
                from.rebind(tag);
                to.rebind(tag);
            }
            Input::Balance { account, .. } | Input::Flow { account, .. } => account.rebind(tag),
            Input::Host(figures) => figures.account.rebind(tag),
            Input::Accepted { order, .. } | Input::Done { order, .. } => *order = self.bind_ref(*order),
            Input::Fill(fill) => {
                fill.order = self.bind_ref(fill.order);
                if let Some(booking) = &mut fill.booking {
                    booking.rebind(tag);
                }
            }
            Input::Cumulative(report) => {
                report.order = self.bind_ref(report.order);
                if let Some(booking) = &mut report.booking {
                    booking.rebind(tag);
                }
            }
            Input::Bust(bust) => bust.account.rebind(tag),
            Input::Transfer(transfer) => {
                transfer.from.rebind(tag);
                transfer.to.rebind(tag);
                transfer.instrument.rebind(tag);
            }
            Input::Snapshot(snapshot) => {
                let mut bound = snapshot.as_ref().clone();
                bound.rebind(tag);
                *snapshot = bound.into();
            }
            Input::DayRoll | Input::NextRoll { .. } | Input::Heartbeat | Input::Decide { .. } => {}
            Input::Limits { of, .. } => match of {
                LimitsOf::Firm => {}
                LimitsOf::Account(handle) => handle.rebind(tag),
                LimitsOf::Strategy(handle) => handle.rebind(tag),
                LimitsOf::Instrument(handle) => handle.rebind(tag),
            },
        }
        input
    }
}

/// Records are the same when they hash the same: the engine that wrote them is not part of them.
fn same(one: &Record, other: &Record) -> bool {
    digest_of(|hasher| one.hash(hasher)) == digest_of(|hasher| other.hash(hasher))
}
