//! The handle that threads share: one lock around one engine, and the one guard of a process.

mod registered;

use std::sync::Arc;
use std::time::Instant;

use rust_decimal::Decimal;

use crate::change::Change;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::control::Halt;
use crate::decision::{Decision, Rejection};
use crate::engine::Engine;
use crate::error::{ConfigError, IngestError, JournalError, ResumeError};
use crate::explain::{Coverage, Explanation, Headroom};
use crate::halt::{Latch, LatchId, Lift, Scope, TradingState};
use crate::handle::{AccountHandle, InstrumentHandle, OrderHandle, StrategyHandle};
use crate::holdings::{AccountSums, Position};
use crate::house::Veto;
use crate::input::{Ingested, Input, LimitsOf, OrderRef, Snapshot};
use crate::list::{ListDecision, ListExplanation, ListPermit};
use crate::metrics::{Durations, Metrics};
use crate::order::{Order, Side};
use crate::permit::{Outbound, Permit};
use crate::policy::LimitsInForce;
use crate::reason::Reason;
use crate::reconcile::Reconciled;
use crate::record::Journal;
use crate::reservation::OrderState;
use crate::session::Session;
use crate::statement::WithheldStatement;
use crate::sync::{Mutex, OnceCell};
use crate::trip::Trip;

/// A clock of any kind.
pub type AnyClock = Box<dyn Clock + Send>;
/// A journal of any kind.
pub type AnyJournal = Box<dyn Journal + Send>;

/// A guard that threads share. Clones are the same guard.
///
/// Should a call ever panic (a bug), the guard is poisoned: every later order is rejected (GUARD_POISONED), every permit
/// refused, and only cancels pass, until it is constructed again and its journal replayed.
#[derive(Clone)]
pub struct RiskGuard {
    shared: Arc<Mutex<Guarded>>,
}

struct Guarded {
    engine: Engine<AnyClock, AnyJournal>,
    durations: Durations,
    calls: u64,
    /// A call has begun and not ended: seen by the next call, it means a panic.
    busy: bool,
}

/// How many calls of `evaluate` share one time measurement.
const SAMPLE: u64 = 64;

#[cfg(not(shuttle))]
static GLOBAL: OnceCell<RiskGuard> = OnceCell::new();
#[cfg(shuttle)]
shuttle::lazy_static! { static ref GLOBAL: OnceCell<RiskGuard> = OnceCell::new(); }

/// Why nothing is registered any more.
const DOUBTED: ConfigError = ConfigError::Journal(JournalError::Failed("the guard is poisoned"));

/// The process already has its guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this process already has its guard; it is installed once and stays")]
pub struct AlreadyInstalled;

impl core::fmt::Debug for RiskGuard {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RiskGuard").finish_non_exhaustive()
    }
}

impl RiskGuard {
    /// A guard from a configuration.
    ///
    /// # Errors
    /// The first thing that is wrong with the configuration.
    pub fn new(
        config: &Config,
        clock: impl Clock + Send + 'static,
        journal: impl Journal + Send + 'static,
    ) -> Result<Self, ConfigError> {
        Self::with_vetoes(config, clock, journal, Vec::new())
    }

    /// [`RiskGuard::new`] with the functions of the rules of the house, as [`Engine::with_vetoes`].
    ///
    /// # Errors
    /// As [`Engine::with_vetoes`].
    pub fn with_vetoes(
        config: &Config,
        clock: impl Clock + Send + 'static,
        journal: impl Journal + Send + 'static,
        vetoes: Vec<Veto>,
    ) -> Result<Self, ConfigError> {
        let clock: AnyClock = Box::new(clock);
        let journal: AnyJournal = Box::new(journal);
        Engine::with_vetoes(config, clock, journal, vetoes).map(Self::of)
    }

    /// A guard around an engine that is there already: one that was recovered.
    pub fn of(engine: Engine<AnyClock, AnyJournal>) -> Self {
        let guarded = Guarded { engine, durations: Durations::default(), calls: 0, busy: false };
        Self { shared: Arc::new(Mutex::new(guarded)) }
    }

    /// Makes this the guard of the process. That succeeds once; nothing replaces or removes it.
    ///
    /// # Errors
    /// When the process already has one.
    pub fn install_global(self) -> Result<&'static Self, AlreadyInstalled> {
        let mut installed = false;
        let guard = GLOBAL.get_or_init(|| {
            installed = true;
            self
        });
        if installed { Ok(guard) } else { Err(AlreadyInstalled) }
    }

    /// The guard of the process, if it has one.
    pub fn global() -> Option<&'static Self> {
        GLOBAL.get()
    }

    /// Does something with the engine, unless a panic has left it in doubt.
    #[inline]
    fn with<R>(&self, poisoned: impl FnOnce() -> R, work: impl FnOnce(&mut Guarded) -> R) -> R {
        let mut guarded = self.shared.lock();
        if guarded.busy {
            return poisoned();
        }
        guarded.busy = true;
        let result = work(&mut guarded);
        guarded.busy = false;
        result
    }

    /// Does what passes in any state: a panic on the way leaves the engine in doubt, and nothing takes that back.
    fn regardless<R>(&self, work: impl FnOnce(&mut Guarded) -> R) -> R {
        let mut guarded = self.shared.lock();
        let doubted = core::mem::replace(&mut guarded.busy, true);
        let result = work(&mut guarded);
        guarded.busy = doubted;
        result
    }

    /// [`Engine::evaluate`].
    #[inline]
    pub fn evaluate(&self, order: &Order) -> Decision {
        let poisoned = || Decision::Rejected(Rejection::of(Reason::GuardPoisoned));
        self.with(poisoned, |guarded| {
            let now = guarded.engine.clock.now();
            guarded.evaluate(order, now)
        })
    }

    /// [`Engine::evaluate_at`].
    #[inline]
    pub fn evaluate_at(&self, order: &Order, now: Option<Timestamp>) -> Decision {
        let poisoned = || Decision::Rejected(Rejection::of(Reason::GuardPoisoned));
        self.with(poisoned, |guarded| guarded.evaluate(order, now))
    }

    /// [`Engine::modify`].
    pub fn modify(&self, order: impl Into<OrderRef>, change: &Change) -> Decision {
        let poisoned = || Decision::Rejected(Rejection::of(Reason::GuardPoisoned));
        self.with(poisoned, |guarded| guarded.engine.modify(order, change))
    }

    /// [`Engine::evaluate_list`].
    pub fn evaluate_list(&self, orders: &Arc<[Order]>) -> ListDecision {
        self.with(|| ListDecision::poisoned(orders.len()), |guarded| guarded.engine.evaluate_list(orders))
    }

    /// [`Engine::redeem_list`].
    ///
    /// # Errors
    /// As [`Engine::redeem_list`], and when the guard is poisoned.
    pub fn redeem_list(&self, permit: ListPermit) -> Result<Vec<Outbound>, Rejection> {
        let poisoned = || Err(Rejection::of(Reason::GuardPoisoned));
        self.with(poisoned, |guarded| {
            let mut outbounds = Vec::new();
            guarded.engine.redeem_list(permit, &mut outbounds).map(|()| outbounds)
        })
    }

    /// [`Engine::release_list`].
    ///
    /// # Errors
    /// As [`Engine::release_list`], and when the guard is poisoned.
    pub fn release_list(&self, permit: ListPermit) -> Result<(), Rejection> {
        let poisoned = || Err(Rejection::of(Reason::GuardPoisoned));
        self.with(poisoned, |guarded| guarded.engine.release_list(permit))
    }

    /// [`Engine::redeem`].
    ///
    /// # Errors
    /// As [`Engine::redeem`], and when the guard is poisoned.
    pub fn redeem(&self, permit: Permit) -> Result<Outbound, Rejection> {
        let poisoned = || Err(Rejection::of(Reason::GuardPoisoned));
        self.with(poisoned, |guarded| guarded.engine.redeem(permit))
    }

    /// [`Engine::release`].
    ///
    /// # Errors
    /// As [`Engine::release`], and when the guard is poisoned.
    pub fn release(&self, permit: Permit) -> Result<Order, Rejection> {
        let poisoned = || Err(Rejection::of(Reason::GuardPoisoned));
        self.with(poisoned, |guarded| guarded.engine.release(permit))
    }

    /// [`Engine::abandon`].
    pub fn abandon(&self, outbound: Outbound) {
        self.with(|| (), |guarded| guarded.engine.abandon(outbound));
    }

    /// [`Engine::cancel`]. Passes also when the guard is poisoned.
    pub fn cancel(&self, order: impl Into<OrderRef>) -> Outbound {
        self.regardless(|guarded| guarded.engine.cancel(order))
    }

    /// [`Engine::ingest`].
    ///
    /// # Errors
    /// As [`Engine::ingest`], and when the guard is poisoned.
    pub fn ingest(&self, input: Input) -> Result<Ingested, IngestError> {
        self.with(|| Err(IngestError::Poisoned), |guarded| guarded.engine.ingest(input))
    }

    /// [`Engine::reconcile`].
    ///
    /// # Errors
    /// As [`Engine::reconcile`], and when the guard is poisoned.
    pub fn reconcile(&self, snapshot: impl Into<Arc<Snapshot>>) -> Result<Reconciled, IngestError> {
        self.with(|| Err(IngestError::Poisoned), |guarded| guarded.engine.reconcile(snapshot))
    }

    /// [`Engine::open_orders`].
    pub fn open_orders(&self, scope: Scope) -> Vec<OrderHandle> {
        self.shared.lock().engine.open_orders(scope).collect()
    }

    /// [`Engine::exits`].
    pub fn exits(&self, scope: Scope) -> Vec<Order> {
        self.with(Vec::new, |guarded| guarded.engine.exits(scope))
    }

    /// [`Engine::believe_reference`].
    ///
    /// # Errors
    /// As [`Engine::believe_reference`], and when the guard is poisoned.
    pub fn believe_reference(&self, instrument: InstrumentHandle, by: &str) -> Result<Ingested, IngestError> {
        self.with(|| Err(IngestError::Poisoned), |guarded| guarded.engine.believe_reference(instrument, by))
    }

    /// [`Engine::withheld_statements`].
    pub fn withheld_statements(&self) -> Vec<WithheldStatement> {
        self.with(Vec::new, |guarded| guarded.engine.withheld_statements().cloned().collect())
    }

    /// [`Engine::accept_statement`].
    ///
    /// # Errors
    /// As [`Engine::accept_statement`], and when the guard is poisoned.
    pub fn accept_statement(&self, number: u64, by: &str) -> Result<Ingested, IngestError> {
        self.with(|| Err(IngestError::Poisoned), |guarded| guarded.engine.accept_statement(number, by))
    }

    /// [`Engine::discard_statement`].
    ///
    /// # Errors
    /// As [`Engine::discard_statement`], and when the guard is poisoned.
    pub fn discard_statement(&self, number: u64, by: &str) -> Result<Ingested, IngestError> {
        self.with(|| Err(IngestError::Poisoned), |guarded| guarded.engine.discard_statement(number, by))
    }

    /// [`Engine::sync`].
    ///
    /// # Errors
    /// As [`Engine::sync`], and when the guard is poisoned.
    pub fn sync(&self) -> Result<(), JournalError> {
        self.with(|| Err(JournalError::Failed("the guard is poisoned")), |guarded| guarded.engine.sync())
    }

    /// [`Engine::tick`].
    pub fn tick(&self) {
        self.with(|| (), |guarded| guarded.engine.tick());
    }

    /// [`Engine::take_trips`].
    pub fn take_trips(&self) -> Vec<Trip> {
        self.with(Vec::new, |guarded| guarded.engine.take_trips().collect())
    }

    /// [`Engine::halt`]. Returns the latch and the orders to cancel. Passes also when the guard is poisoned.
    pub fn halt(&self, scope: Scope, reason: &str, by: &str) -> (LatchId, Vec<OrderHandle>) {
        self.regardless(|guarded| {
            let Halt { latch, orders } = guarded.engine.halt(scope, reason, by);
            (latch, orders.to_vec())
        })
    }

    /// [`Engine::reduce_only`]. Returns the latch and the orders to cancel.
    pub fn reduce_only(&self, scope: Scope, reason: &str, by: &str) -> (LatchId, Vec<OrderHandle>) {
        self.regardless(|guarded| {
            let Halt { latch, orders } = guarded.engine.reduce_only(scope, reason, by);
            (latch, orders.to_vec())
        })
    }

    /// [`Engine::resume`].
    ///
    /// # Errors
    /// As [`Engine::resume`], and when the guard is poisoned.
    pub fn resume(
        &self,
        scope: Scope,
        lift: Lift,
        to: TradingState,
        reason: &str,
        by: &str,
    ) -> Result<(), ResumeError> {
        self.with(|| Err(ResumeError::Poisoned), |guarded| guarded.engine.resume(scope, lift, to, reason, by))
    }

    /// [`Engine::latches`].
    pub fn latches(&self) -> Vec<Latch> {
        self.shared.lock().engine.latches().copied().collect()
    }

    /// [`Engine::trading_state`]; halted when the guard is poisoned.
    pub fn trading_state(&self, scope: Scope) -> TradingState {
        self.with(|| TradingState::Halted, |guarded| guarded.engine.trading_state(scope))
    }

    /// [`Engine::explain_change`]. Nothing when the guard is poisoned.
    pub fn explain_change(&self, order: impl Into<OrderRef>, change: &Change) -> Option<Explanation> {
        self.with(|| None, |guarded| Some(guarded.engine.explain_change(order, change)))
    }

    /// [`Engine::explain_list`]. Nothing when the guard is poisoned.
    pub fn explain_list(&self, orders: &[Order]) -> Option<ListExplanation> {
        self.with(|| None, |guarded| Some(guarded.engine.explain_list(orders)))
    }

    /// [`Engine::explain`]. Nothing when the guard is poisoned.
    pub fn explain(&self, order: &Order) -> Option<Explanation> {
        self.with(|| None, |guarded| Some(guarded.engine.explain(order)))
    }

    /// [`Engine::headroom`]. Nothing when the guard is poisoned.
    pub fn headroom(
        &self,
        account: AccountHandle,
        strategy: StrategyHandle,
        instrument: InstrumentHandle,
        side: Side,
    ) -> Option<Headroom> {
        self.with(|| None, |guarded| Some(guarded.engine.headroom(account, strategy, instrument, side)))
    }

    /// [`Engine::coverage`].
    pub fn coverage(&self) -> Coverage {
        self.shared.lock().engine.coverage()
    }

    /// [`Engine::unrecorded`].
    pub fn unrecorded(&self) -> Vec<crate::record::Record> {
        self.shared.lock().engine.unrecorded().to_vec()
    }

    /// [`Engine::metrics`], with the sampled latency of `evaluate`.
    pub fn metrics(&self) -> Metrics {
        let guarded = self.shared.lock();
        Metrics { latency_ns: guarded.durations.latency(), ..guarded.engine.metrics() }
    }

    /// [`Engine::seq`].
    pub fn seq(&self) -> u64 {
        self.shared.lock().engine.seq()
    }

    /// [`Engine::digest`]. Walks the whole state under the lock: to compare with a replay, not beside trading.
    pub fn digest(&self) -> u128 {
        self.shared.lock().engine.digest()
    }

    /// [`Engine::unmarked`].
    pub fn unmarked(&self, account: AccountHandle) -> Vec<InstrumentHandle> {
        self.shared.lock().engine.unmarked(account)
    }

    /// [`Engine::position`].
    pub fn position(&self, account: AccountHandle, instrument: InstrumentHandle) -> Position {
        self.shared.lock().engine.position(account, instrument)
    }

    /// [`Engine::strategy_position`].
    pub fn strategy_position(&self, strategy: StrategyHandle, instrument: InstrumentHandle) -> Position {
        self.shared.lock().engine.strategy_position(strategy, instrument)
    }

    /// [`Engine::account_sums`].
    pub fn account_sums(&self, account: AccountHandle) -> Option<AccountSums> {
        self.shared.lock().engine.account_sums(account)
    }

    /// [`Engine::strategy_profit`].
    pub fn strategy_profit(&self, strategy: StrategyHandle) -> Option<Decimal> {
        self.shared.lock().engine.strategy_profit(strategy)
    }

    /// [`Engine::limits`].
    pub fn limits(&self, of: LimitsOf) -> Option<LimitsInForce> {
        self.shared.lock().engine.limits(of)
    }

    /// [`Engine::session`].
    pub fn session(&self, instrument: InstrumentHandle) -> Option<Session> {
        self.shared.lock().engine.session(instrument)
    }

    /// [`Engine::next_roll`].
    pub fn next_roll(&self) -> Option<Timestamp> {
        self.shared.lock().engine.next_roll()
    }

    /// [`Engine::order_state`].
    pub fn order_state(&self, order: impl Into<OrderRef>) -> OrderState {
        self.shared.lock().engine.order_state(order)
    }
}

impl Guarded {
    /// One call in 64 is timed: reading a clock costs as much as several gates.
    #[inline]
    fn evaluate(&mut self, order: &Order, now: Option<Timestamp>) -> Decision {
        self.calls = self.calls.wrapping_add(1);
        if !self.calls.is_multiple_of(SAMPLE) {
            return self.engine.evaluate_at(order, now);
        }
        let begin = Instant::now();
        let decision = self.engine.evaluate_at(order, now);
        self.durations.add(u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX));
        decision
    }
}
