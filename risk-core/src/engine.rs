//! The page that runs everything: decide, record, apply, hand over.

use core::sync::atomic::{AtomicU32, Ordering};

use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::decision::{Binding, Decision, Rejection, Verdict};
use crate::error::{ConfigError, JournalError, UnknownName};
use crate::facts::Listed;
use crate::halt::{Cause, Latch, LatchId, Scope, TradingState};
use crate::handle::{
    AccountHandle, AssetHandle, InstrumentHandle, OrderHandle, StrategyHandle, TraderHandle, VenueHandle,
};
use crate::hold::Mark;
use crate::house::{House, Veto};
use crate::input::{Ingested, Input, OrderRef};
use crate::judge::{Judgement, Pass, halted};
use crate::list::{LIST_ORDERS_MAX, Member};
use crate::metrics::Counts;
use crate::order::Order;
use crate::permit::Permit;
use crate::reason::Reason;
use crate::record::{Event, Journal, Outcome, Record, SnapshotOf, digest_of};
use crate::reservation::OrderState;
use crate::state::{State, at};
use crate::text::{Id, Note};
use crate::trip::{TRIPS_MAX, Trip};
use crate::unrecorded::UNRECORDED_MAX;
use crate::versions::VERSION;

use core::hash::Hash;

/// A single-writer state machine that every order passes. Pure but for the clock and the journal it was given.
///
/// See the crate's documentation for the flow. [`crate::RiskGuard`] is the handle that threads share.
#[derive(Debug)]
pub struct Engine<C, J> {
    pub(crate) tag: u32,
    pub(crate) clock: C,
    pub(crate) journal: J,
    pub(crate) state: State,
    pub(crate) house: House,
    pub(crate) counts: Counts,
    /// What limits and trips did by themselves, until somebody takes it.
    pub(crate) trips: Vec<Trip>,
    /// Orders a halt hands out, so that a halt allocates nothing.
    pub(crate) affected: Vec<OrderHandle>,
    /// Orders of the list that is being judged or redeemed, and what was there before them.
    pub(crate) listed: Vec<Member>,
    pub(crate) before_list: Mark,
    /// What took effect and could not be recorded.
    pub(crate) unrecorded: Vec<Record>,
}

/// Engines are numbered so that one never takes another's handles and permits.
static ENGINES: AtomicU32 = AtomicU32::new(1);

impl<C: Clock, J: Journal> Engine<C, J> {
    /// An engine that has seen nothing yet.
    ///
    /// # Errors
    /// The first thing that is wrong with the configuration. Nothing falls back to a default. A configuration that names
    /// rules of the house needs their functions: [`Engine::with_vetoes`].
    pub fn new(config: &Config, clock: C, journal: J) -> Result<Self, ConfigError> {
        Self::with_vetoes(config, clock, journal, Vec::new())
    }

    /// [`Engine::new`] with the functions of the rules of the house: exactly those that the configuration names.
    ///
    /// # Errors
    /// As [`Engine::new`]; a rule without a function, a function without a rule, two of one name.
    pub fn with_vetoes(
        config: &Config,
        clock: C,
        journal: J,
        vetoes: Vec<Veto>,
    ) -> Result<Self, ConfigError> {
        let state = State::new(config)?;
        Ok(Self::with_state(state, House::on_record(config).with(vetoes)?, clock, journal))
    }

    pub(crate) fn with_state(state: State, house: House, clock: C, journal: J) -> Self {
        let places = state.reservation.capacity();
        let tag = ENGINES.fetch_add(1, Ordering::Relaxed);
        let affected = Vec::with_capacity(places);
        let listed = Vec::with_capacity(places.min(LIST_ORDERS_MAX));
        let (counts, before_list) = (Counts::default(), Mark::default());
        let trips = Vec::with_capacity(TRIPS_MAX);
        let unrecorded = Vec::with_capacity(UNRECORDED_MAX);
        let mut engine = Self {
            tag,
            clock,
            journal,
            state,
            house,
            counts,
            trips,
            affected,
            listed,
            before_list,
            unrecorded,
        };
        engine.offer_snapshots();
        engine
    }

    /// Judges an order at the clock's time, and holds what it approves.
    ///
    /// Total: whatever the order, the answer is one of the four, and is on record before it has an effect.
    pub fn evaluate(&mut self, order: &Order) -> Decision {
        let now = self.clock.now();
        self.evaluate_at(order, now)
    }

    /// [`Engine::evaluate`] at a given time; `None` is a dead clock.
    pub fn evaluate_at(&mut self, order: &Order, now: Option<Timestamp>) -> Decision {
        let time = self.advance(now);
        if self.state.firm.trading == TradingState::Halted {
            return self.refuse(order, time, &halted(), Decision::EmergencyStop);
        }
        let plainly = match time {
            Some(now) if self.house.is_empty() => self.state.passes_plainly(order, self.tag, now),
            _ => None,
        };
        match plainly {
            Some(pass) => self.approve(order, time, &pass),
            None => self.decide(order, time),
        }
    }

    /// Judges an order that does not pass plainly, and answers.
    #[inline(never)]
    fn decide(&mut self, order: &Order, time: Option<Timestamp>) -> Decision {
        self.state.work_out(order, self.tag);
        match &self.judge(order, time) {
            Judgement::Pass(pass) => self.approve(order, time, pass),
            Judgement::Refuse(rejection) => self.refuse(order, time, rejection, Decision::Rejected),
            Judgement::Stop(rejection) => self.refuse(order, time, rejection, Decision::EmergencyStop),
        }
    }

    /// Records what is approved, then holds it and makes its permit. Everything was checked: after the record it
    /// succeeds.
    #[inline(always)]
    fn approve(&mut self, order: &Order, time: Option<Timestamp>, pass: &Pass) -> Decision {
        let bound = pass.bound.as_ref();
        let next = self.state.reservation.next();
        let outcome = Outcome {
            verdict: if bound.is_some() { Verdict::Reduced } else { Verdict::Approved },
            reason: bound.map(|bound| bound.reason),
            gate: bound.map(|bound| bound.gate),
            level: bound.map(|bound| bound.level),
            measured: bound.and_then(|bound| bound.reading).map(|r| (r.measured, r.limit)),
            ..Outcome::approved(
                pass.quantity.0,
                next.map(|(slot, generation)| OrderHandle { engine: self.tag, slot, generation }),
            )
        };
        if self.record_evaluation(time, order, &outcome).is_err() {
            return self.count(Decision::Rejected(Rejection::of(Reason::JournalUnavailable)));
        }
        self.hold(order, pass)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn count(&mut self, decision: Decision) -> Decision {
        self.counts.add(&decision);
        decision
    }

    /// Records a refusal. One that cannot be recorded is a refusal of its own.
    #[inline(always)]
    fn refuse(
        &mut self,
        order: &Order,
        time: Option<Timestamp>,
        rejection: &Rejection,
        answer: impl FnOnce(Rejection) -> Decision,
    ) -> Decision {
        let decision = answer(*rejection);
        let outcome = Outcome::refused(decision.verdict(), rejection);
        // Only an order that is refused can name what is another engine's: on record it names nothing.
        let foreign = order.is_foreign(self.tag).then(|| order.without_foreign(self.tag));
        match self.record_evaluation(time, foreign.as_ref().unwrap_or(order), &outcome) {
            Ok(()) => {
                self.rejected((order.account, order.strategy, order.instrument), rejection, time);
                self.counts.add(&decision);
                decision
            }
            Err(_) => self.count(Decision::Rejected(Rejection::of(Reason::JournalUnavailable))),
        }
    }

    /// What stands before the gates, then the gates.
    pub(crate) fn judge(&self, order: &Order, time: Option<Timestamp>) -> Judgement {
        self.judge_as(order, time, Listed::default())
    }

    /// The same for an order that stands in a list.
    #[inline(always)]
    pub(crate) fn judge_as(&self, order: &Order, time: Option<Timestamp>, listed: Listed) -> Judgement {
        if self.state.firm.trading == TradingState::Halted {
            return Judgement::Stop(halted());
        }
        match time {
            None => Judgement::Refuse(Rejection::of(Reason::ClockUnavailable)),
            Some(now) => self.state.judge(order, self.tag, now, listed, &self.house),
        }
    }

    /// Moves time on, and settles what expires by it. `None`: the time is not known, and stands still.
    pub(crate) fn advance(&mut self, now: Option<Timestamp>) -> Option<Timestamp> {
        self.state.now = self.time_of(now?)?;
        self.state.settle();
        let time = Some(self.state.now);
        self.respond(time);
        self.keep_aside(time);
        self.keep_room(time);
        time
    }

    /// Engine time at a reading of the clock. Nothing when the clock has stepped back so far that it is dead.
    pub(crate) fn time_of(&self, now: Timestamp) -> Option<Timestamp> {
        let last = self.state.now;
        let dead = last.nanos() != i64::MIN && last.since(now) > self.state.settings.clock_back;
        if dead { None } else { Some(last.max(now)) }
    }

    /// Writes the next record. When that fails the firm is halted at once, and stays so.
    pub(crate) fn record(&mut self, at: Option<Timestamp>, event: Event) -> Result<(), JournalError> {
        let seq = self.next_record()?;
        let written = self.journal.append(Record { seq, at, event });
        self.recorded(seq, written)
    }

    /// [`Engine::record`] of an evaluation, which the journal may write without a detour.
    #[inline(always)]
    fn record_evaluation(
        &mut self,
        at: Option<Timestamp>,
        order: &Order,
        outcome: &Outcome,
    ) -> Result<(), JournalError> {
        let seq = self.next_record()?;
        let written = self.journal.append_evaluation(seq, at, order, outcome);
        self.recorded(seq, written)
    }

    /// [`Engine::record`] of an input, likewise.
    pub(crate) fn record_input(
        &mut self,
        at: Option<Timestamp>,
        input: &Input,
        effect: Ingested,
    ) -> Result<(), JournalError> {
        let seq = self.next_record()?;
        let written = self.journal.append_input(seq, at, input, effect);
        self.recorded(seq, written)
    }

    /// The number of the next record.
    #[inline(always)]
    fn next_record(&mut self) -> Result<u64, JournalError> {
        if self.state.firm.unrecorded {
            self.counts.unrecorded = self.counts.unrecorded.saturating_add(1);
            return Err(JournalError::Failed("it failed before"));
        }
        if self.journal.wants_snapshot() {
            self.journal.snapshot(SnapshotOf(&self.state));
        }
        Ok(self.state.seq.saturating_add(1))
    }

    #[inline(always)]
    fn recorded(&mut self, seq: u64, written: Result<(), JournalError>) -> Result<(), JournalError> {
        match written {
            Ok(()) => self.state.seq = seq,
            Err(_) => self.journal_failed(),
        }
        written
    }

    /// Waits until every record so far is durable: on disk, where the journal is in a folder.
    ///
    /// # Errors
    /// When the journal cannot make it so: the firm is halted then.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        let synced = self.journal.sync_to(self.state.seq);
        if synced.is_err() {
            self.journal_failed();
        }
        synced
    }

    /// What was refused before it could be recorded has still moved the time and settled what was due: that is on
    /// record, so that a replay does the same.
    pub(crate) fn record_time(&mut self, time: Option<Timestamp>) {
        let _ = self.record(time, Event::Ticked);
    }

    /// Pulls a latch on the engine's own account.
    pub(crate) fn pull(&mut self, scope: Scope, state: TradingState, cause: Cause, reason: Note) -> LatchId {
        let at = self.state.now;
        let latch = Latch { id: LatchId(0), scope, state, cause, reason, by: Id::new("engine"), at };
        let id = self.state.latches.add(latch);
        self.state.apply_latches(self.tag);
        id
    }

    /// Holds an approved order and makes its permit.
    #[inline(always)]
    fn hold(&mut self, order: &Order, pass: &Pass) -> Decision {
        let expires = self.state.permit_expires();
        let Some(slot) = self.state.hold(order, pass, expires) else {
            let decision = self.not_held();
            return self.count(decision);
        };
        let exits = pass.openings.map(|opens| opens.0 == 0);
        self.state.take_message_of(pass.ids.account, pass.ids.strategy, exits);
        let handle = self.state.handle(self.tag, slot);
        let Some(bound) = pass.bound else {
            self.counts.approved();
            return Decision::Approved(Permit { handle, quantity: order.quantity, expires });
        };
        let scale = at(&self.state.instruments, pass.ids.instrument).map_or(0, |i| i.traded.quantity_scale);
        let quantity = rust_decimal::Decimal::new(pass.quantity.0, scale).normalize();
        let binding = Binding {
            reason: bound.reason,
            gate: bound.gate,
            level: bound.level,
            reading: bound.reading,
            asked: order.quantity,
            approved: quantity,
        };
        self.count(Decision::Reduced(Permit { handle, quantity, expires }, binding))
    }

    /// Not reached: room was seen before the record was written. If it ever is, the firm stops.
    #[cold]
    #[inline(never)]
    pub(crate) fn not_held(&mut self) -> Decision {
        self.pull(Scope::Firm, TradingState::Halted, Cause::Anomaly, Note::new("a hold could not be made"));
        Decision::Rejected(Rejection::of(Reason::EvaluationError))
    }

    /// Lets time pass without anything else: settles expired permits.
    pub fn tick(&mut self) {
        let now = self.clock.now();
        self.tick_at(now);
    }

    /// [`Engine::tick`] at a given time.
    pub fn tick_at(&mut self, now: Option<Timestamp>) {
        let time = self.advance(now);
        let _ = self.record(time, Event::Ticked);
        self.state.observe();
        self.respond(time);
    }

    /// The slot of a live order, however it is named: a change of it names it too.
    pub(crate) fn find_order(&self, order: &OrderRef) -> Option<u32> {
        let slot = self.find_slot(order)?;
        if slot & VERSION == 0 { Some(slot) } else { self.state.versions.get(slot).map(|version| version.of) }
    }

    /// The change that is named, where it is one that is under way, and not an order.
    pub(crate) fn find_version(&self, order: &OrderRef) -> Option<u32> {
        let slot = self.find_slot(order).filter(|slot| slot & VERSION != 0)?;
        self.state.versions.get(slot).filter(|version| version.is_under_way()).map(|_| slot)
    }

    fn find_slot(&self, order: &OrderRef) -> Option<u32> {
        match order {
            OrderRef::Handle(handle) if handle.is_version() => self.version(*handle),
            OrderRef::Handle(handle) => self.state.reservation.slot(*handle, self.tag),
            OrderRef::Client { account, id } => {
                let account = account.index_in(self.tag)?;
                self.state.live_order(crate::table::keyed(id.digest(), account))
            }
        }
    }

    /// The handle of an order that lives, by any of its names: its own, or that of a change of it.
    pub fn find(&self, order: impl Into<OrderRef>) -> Option<OrderHandle> {
        self.find_order(&order.into()).map(|slot| self.state.handle(self.tag, slot))
    }

    /// The state of an order; `Ended` also for one that never was.
    pub fn order_state(&self, order: impl Into<OrderRef>) -> OrderState {
        let slot = self.find_order(&order.into());
        slot.and_then(|slot| self.state.reservation.hold(slot)).map_or(OrderState::Ended, |hold| hold.state)
    }

    /// The handle of an account.
    ///
    /// # Errors
    /// When no account has this name.
    pub fn account(&self, name: &str) -> Result<AccountHandle, UnknownName> {
        self.named(&self.state.names.accounts, "account", name).map(|at| AccountHandle::new(self.tag, at))
    }

    /// The handle of a strategy of an account.
    ///
    /// # Errors
    /// When the account has no strategy of this name.
    pub fn strategy(&self, account: AccountHandle, name: &str) -> Result<StrategyHandle, UnknownName> {
        let unknown = || UnknownName { kind: "strategy", name: name.to_owned() };
        let account = account.index_in(self.tag).ok_or_else(unknown)?;
        let place = self.state.names.strategies.get(&(account, name.to_owned()));
        place.map(|at| StrategyHandle::new(self.tag, *at)).ok_or_else(unknown)
    }

    /// The handle of a trader.
    ///
    /// # Errors
    /// When no trader has this name.
    pub fn trader(&self, name: &str) -> Result<TraderHandle, UnknownName> {
        self.named(&self.state.names.traders, "trader", name).map(|at| TraderHandle::new(self.tag, at))
    }

    /// The handle of an instrument.
    ///
    /// # Errors
    /// When no instrument has this symbol.
    pub fn instrument(&self, symbol: &str) -> Result<InstrumentHandle, UnknownName> {
        self.named(&self.state.names.instruments, "instrument", symbol)
            .map(|at| InstrumentHandle::new(self.tag, at))
    }

    /// The symbol of an instrument of this engine.
    pub fn symbol(&self, instrument: InstrumentHandle) -> Option<&str> {
        let place = instrument.index_in(self.tag)?;
        let mut names = self.state.names.instruments.iter();
        names.find(|(_, known)| **known == place).map(|(symbol, _)| symbol.as_str())
    }

    /// The handle of an asset.
    ///
    /// # Errors
    /// When no asset has this code.
    pub fn asset(&self, code: &str) -> Result<AssetHandle, UnknownName> {
        self.named(&self.state.names.assets, "asset", code).map(|at| AssetHandle::new(self.tag, at))
    }

    /// The handle of a venue that an instrument names.
    ///
    /// # Errors
    /// When no instrument names this venue.
    pub fn venue(&self, name: &str) -> Result<VenueHandle, UnknownName> {
        self.named(&self.state.names.venues, "venue", name).map(|at| VenueHandle::new(self.tag, at))
    }

    fn named(
        &self,
        names: &std::collections::BTreeMap<String, u32>,
        kind: &'static str,
        name: &str,
    ) -> Result<u32, UnknownName> {
        names.get(name).copied().ok_or_else(|| UnknownName { kind, name: name.to_owned() })
    }

    /// The journal, to read it.
    pub fn journal(&self) -> &J {
        &self.journal
    }

    /// The number of the last record.
    pub fn seq(&self) -> u64 {
        self.state.seq
    }

    /// Engine time: that of the last call, and never earlier than any before.
    pub fn now(&self) -> Timestamp {
        self.state.now
    }

    /// A hash over the whole state. The same on every platform and in every build.
    pub fn digest(&self) -> u128 {
        digest_of(|hasher| self.state.hash(hasher))
    }
}
