//! When limits and trips respond: what is over, whether that has been said before, and what is still to be latched.
//!
//! This is part of the fold: every call notes what has become due. The engine then latches and records it, one record
//! each; a replay does so where those records stand.

use crate::action::{Action, Actions, HeartbeatTrip, STANDING, StormTrip, Trips};
use crate::clock::{NANOS_PER_MS, Timestamp};
use crate::decision::{Compare, Rejection, passes};
use crate::gates::{GateId, Measured};
use crate::halt::{Cause, Latch, TradingState};
use crate::limits::Level;
use crate::policy::Whose;
use crate::standing::Standing;
use crate::state::{State, at};
use crate::trip::scope_of;

/// What is the same breach still is said again after this long.
const AGAIN: i64 = 86_400_000 * NANOS_PER_MS;

/// What has to be latched, or with `Active` only said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Due {
    pub(crate) of: Whose,
    pub(crate) state: TradingState,
    pub(crate) cause: Cause,
    pub(crate) measured: Option<(i128, i128)>,
}

/// Most that can be due and not latched: more is found again by the next call.
const DUE_MAX: usize = 16;

/// A standing measure of one table with an action or a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Watch {
    of: Whose,
    gate: GateId,
    /// When it last fired, while it has not been inside since.
    tripped: Option<Timestamp>,
    warned: Option<Timestamp>,
}

/// The times of the last so many of something.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Recent {
    times: Vec<Timestamp>,
    next: usize,
    tripped: Option<Timestamp>,
}

crate::refresh::refreshable!(Recent { times, next, tripped });

impl Recent {
    fn with_capacity(count: u32) -> Self {
        let never = Timestamp::from_nanos(i64::MIN);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Self { times: vec![never; count], next: 0, tripped: None }
    }

    /// One more. Whether that makes it a storm that has not been said yet.
    fn add(&mut self, now: Timestamp, window: i64) -> bool {
        if let Some(place) = self.times.get_mut(self.next) {
            *place = now;
        }
        self.next = self.next.saturating_add(1).checked_rem(self.times.len()).unwrap_or(0);
        // The place that is written next holds the oldest.
        let never = i64::MIN;
        let oldest = self.times.get(self.next).filter(|oldest| oldest.nanos() != never);
        let storm = oldest.is_some_and(|oldest| now.since(*oldest) <= window);
        fires(&mut self.tripped, storm, now)
    }
}

/// Whether what is over (or not) now has to be said, and that it was.
fn fires(said: &mut Option<Timestamp>, over: bool, now: Timestamp) -> bool {
    if !over {
        *said = None;
        return false;
    }
    let fires = said.is_none_or(|said| now.since(said) >= AGAIN);
    if fires {
        *said = Some(now);
    }
    fires
}

/// Everything that responds.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Response {
    trips: Compiled,
    watches: Vec<Watch>,
    /// Rejections by account; the last place is for what names none.
    rejections: Vec<Recent>,
    anomalies: Recent,
    /// The last heartbeat, or the first call.
    beat: Option<Timestamp>,
    stopped: Option<Timestamp>,
    due: Vec<Due>,
}

crate::refresh::refreshable!(Response { trips, watches, rejections, anomalies, beat, stopped, due });

/// [`Trips`] in nanoseconds and states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Compiled {
    rejections: Option<(i64, TradingState)>,
    anomalies: Option<(i64, TradingState)>,
    heartbeat: Option<(i64, TradingState)>,
}

impl Response {
    pub(crate) fn new(trips: &Trips, accounts: u32) -> Self {
        let nanos = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(NANOS_PER_MS);
        let state = |action: Action| action.latches().unwrap_or(TradingState::Halted);
        let storm = |storm: StormTrip| (nanos(storm.window_ms), state(storm.action));
        let beat = |beat: HeartbeatTrip| (nanos(beat.heartbeat_ms_max), state(beat.action));
        let compiled = Compiled {
            rejections: trips.reject_storm.map(storm),
            anomalies: trips.anomaly_storm.map(storm),
            heartbeat: trips.heartbeat.map(beat),
        };
        let accounts = usize::try_from(accounts).unwrap_or(usize::MAX).saturating_add(1);
        let rejections = trips
            .reject_storm
            .map(|storm| (0..accounts).map(|_| Recent::with_capacity(storm.count)).collect::<Vec<_>>());
        Self {
            trips: compiled,
            watches: Vec::new(),
            rejections: rejections.unwrap_or_default(),
            anomalies: Recent::with_capacity(trips.anomaly_storm.map_or(0, |storm| storm.count)),
            beat: None,
            stopped: None,
            due: Vec::with_capacity(DUE_MAX),
        }
    }

    pub(crate) fn reserve_all(&mut self) {
        self.due.reserve_exact(DUE_MAX.saturating_sub(self.due.len()));
    }

    /// Nothing has to be latched.
    #[inline(always)]
    pub(crate) fn is_quiet(&self) -> bool {
        self.due.is_empty()
    }

    /// Takes what has been due longest.
    pub(crate) fn take_due(&mut self) -> Option<Due> {
        if self.due.is_empty() { None } else { Some(self.due.remove(0)) }
    }

    fn has_room(&self) -> bool {
        self.due.len() < DUE_MAX
    }

    fn add(&mut self, due: Due) {
        if self.has_room() {
            self.due.push(due);
        }
    }

    /// When a heartbeat will be missing.
    pub(crate) fn wakes(&self) -> Timestamp {
        let Some((longest, _)) = self.trips.heartbeat else { return Timestamp::MAX };
        match (self.stopped, self.beat) {
            (Some(stopped), _) => stopped.plus_nanos(AGAIN),
            (None, Some(beat)) => beat.plus_nanos(longest.saturating_add(1)),
            (None, None) => Timestamp::from_nanos(i64::MIN),
        }
    }

    /// The heart beats.
    pub(crate) fn beats(&mut self, now: Timestamp) {
        (self.beat, self.stopped) = (Some(now), None);
    }

    /// Whether it has stood still for too long.
    pub(crate) fn feel(&mut self, now: Timestamp) {
        let Some((longest, state)) = self.trips.heartbeat else { return };
        let since = now.since(*self.beat.get_or_insert(now));
        if self.has_room() && fires(&mut self.stopped, since > longest, now) {
            let measured = Some((i128::from(since), i128::from(longest)));
            self.add(Due { of: Whose::Firm, state, cause: Cause::Heartbeat, measured });
        }
    }

    /// One more order, change or list of an account was rejected.
    fn count_rejection(&mut self, account: Option<u32>, now: Timestamp) {
        let Some((window, state)) = self.trips.rejections else { return };
        let nobody = self.rejections.len().saturating_sub(1);
        let place = account.and_then(|place| usize::try_from(place).ok()).filter(|place| *place < nobody);
        let recent = self.rejections.get_mut(place.unwrap_or(nobody));
        if recent.is_some_and(|recent| recent.add(now, window)) {
            let of = place.and(account).map_or(Whose::Firm, Whose::Account);
            self.add(Due { of, state, cause: Cause::RejectStorm, measured: None });
        }
    }

    /// One more fact should not have happened.
    pub(crate) fn count_anomaly(&mut self, now: Timestamp) {
        let Some((window, state)) = self.trips.anomalies else { return };
        if self.anomalies.add(now, window) {
            self.add(Due { of: Whose::Firm, state, cause: Cause::AnomalyStorm, measured: None });
        }
    }
}

impl State {
    /// Watches what the limits of now have actions for; what is watched already keeps what was said of it.
    pub(crate) fn watch_limits(&mut self) {
        let watches = &mut self.response.watches;
        let mut watch = |of: Whose, actions: &Actions| {
            for gate in STANDING {
                let known = watches.iter().position(|watch| (watch.of, watch.gate) == (of, gate));
                match (known, actions.of(gate) != Action::Reject || actions.warns(gate).is_some()) {
                    (None, true) => watches.push(Watch { of, gate, tripped: None, warned: None }),
                    (Some(place), false) => {
                        watches.remove(place);
                    }
                    (None, false) | (Some(_), true) => {}
                }
            }
        };
        watch(Whose::Firm, &self.firm.limits.actions);
        for (place, account) in (0..).zip(&self.accounts) {
            watch(Whose::Account(place), &account.limits.actions);
        }
        for (place, strategy) in (0..).zip(&self.strategies) {
            watch(Whose::Strategy(place), &strategy.limits.actions);
        }
    }

    /// Looks at everything that is watched.
    #[inline]
    pub(crate) fn observe(&mut self) {
        for index in 0..self.response.watches.len() {
            self.observe_one(index);
        }
    }

    fn observe_one(&mut self, index: usize) {
        let Some(&watch) = self.response.watches.get(index) else { return };
        let Some((level, actions, measured)) = self.measure(&watch) else { return };
        let Measured::Value { measured, limit, compare } = measured else { return };
        let now = self.now;
        let over = !passes(measured, limit, compare);
        let cause = Cause::Limit { gate: watch.gate, level };
        let due = |state| Due { of: watch.of, state, cause, measured: Some((measured, limit)) };
        let response = &mut self.response;
        if !response.has_room() {
            return;
        }
        let Some(kept) = response.watches.get_mut(index) else { return };
        if let Some(percent) = actions.warns(watch.gate) {
            let part = measured.checked_mul(100).zip(limit.checked_mul(i128::from(percent)));
            let near = part.is_none_or(|(part, whole)| part >= whole);
            if fires(&mut kept.warned, near, now) && !over {
                response.due.push(due(TradingState::Active));
            }
        }
        let Some(kept) = response.watches.get_mut(index) else { return };
        if let Some(state) = actions.of(watch.gate).latches()
            && fires(&mut kept.tripped, over, now)
        {
            response.add(due(state));
        }
    }

    /// What a watch measures, where it can be measured.
    fn measure(&self, watch: &Watch) -> Option<(Level, Actions, Measured)> {
        let (level, limits, account, strategy) = match watch.of {
            Whose::Firm => {
                let account = at(&self.accounts, 0)?;
                (Level::Firm, &self.firm.limits, account, at(&self.strategies, account.unassigned)?)
            }
            Whose::Account(place) => {
                let account = at(&self.accounts, place)?;
                (Level::Account, &account.limits, account, at(&self.strategies, account.unassigned)?)
            }
            Whose::Strategy(place) => {
                let strategy = at(&self.strategies, place)?;
                (Level::Strategy, &strategy.limits, at(&self.accounts, strategy.account)?, strategy)
            }
            Whose::Instrument(_) => return None,
        };
        let standing = Standing { state: self, now: self.now, account, strategy };
        Some((level, limits.actions, standing.measure(watch.gate, level, limits)))
    }

    /// An order was rejected: by which gate, at which level, of whom.
    #[cold]
    #[inline(never)]
    pub(crate) fn respond_to_rejection(
        &mut self,
        rejection: &Rejection,
        account: Option<u32>,
        strategy: Option<u32>,
        instrument: Option<u32>,
        tag: u32,
    ) {
        self.response.count_rejection(account, self.now);
        let Some((gate, level)) = rejection.gate.zip(rejection.level) else { return };
        let measured = rejection.reading.map(|reading| (reading.measured, reading.limit));
        let found = match level {
            Level::Firm => Some((Whose::Firm, &self.firm.limits)),
            Level::Account => {
                account.and_then(|place| Some((Whose::Account(place), &at(&self.accounts, place)?.limits)))
            }
            Level::Strategy => strategy
                .and_then(|place| Some((Whose::Strategy(place), &at(&self.strategies, place)?.limits))),
            Level::Instrument => instrument.and_then(|place| {
                Some((Whose::Instrument(place), self.limits_of_instrument(account, place)?))
            }),
        };
        let Some((of, limits)) = found else { return };
        let Some(state) = limits.actions.of(gate).latches() else { return };
        // Losses are watched as they stand: they were said when they came about.
        let stands = [GateId::DailyLoss, GateId::DailyLossPercent, GateId::Drawdown].contains(&gate);
        let due = Due { of, state, cause: Cause::Limit { gate, level }, measured };
        if stands {
            self.observe();
        } else {
            let held = |latch: &Latch| {
                (latch.scope, latch.cause) == (scope_of(of, tag), due.cause) && latch.state >= state
            };
            let said = |other: &Due| (other.of, other.cause, other.state) == (of, due.cause, state);
            if !self.latches.iter().any(held) && !self.response.due.iter().any(said) {
                self.response.add(due);
            }
        }
    }

    fn limits_of_instrument(
        &self,
        account: Option<u32>,
        instrument: u32,
    ) -> Option<&crate::compiled::Compiled> {
        let book = account.and_then(|account| self.book(crate::book::Owner::Account(account), instrument));
        let own = book.and_then(|book| at(&self.books, book)).and_then(|book| book.limits);
        match own.and_then(|own| at(&self.book_limits, own)) {
            Some(own) => Some(&own.effective),
            None => at(&self.instruments, instrument).map(|instrument| &instrument.limits),
        }
    }
}

impl Standing<'_> {
    /// What a standing gate measures without an order.
    pub(crate) fn measure(&self, gate: GateId, level: Level, limits: &crate::compiled::Compiled) -> Measured {
        let ratio = |part: crate::num::Money, whole, ppm| {
            Measured::ratio(part.max(crate::num::Money::ZERO), whole, ppm, Compare::Below)
        };
        let found = match gate {
            GateId::DailyLoss => limits
                .daily_loss
                .map(|limit| self.loss_of_day(level).map(|loss| Measured::below(loss.0.max(0), limit.0))),
            GateId::DailyLossPercent => limits.daily_loss_ppm.map(|ppm| {
                let start = self.equity_at_day_start(level);
                self.loss_of_day(level).and_then(|loss| Ok(ratio(loss, start?, ppm)))
            }),
            GateId::Drawdown => limits.drawdown_ppm.map(|ppm| {
                let fall = self.fall_of_equity(level, limits.drawdown_from);
                fall.map(|(fall, from)| ratio(fall, from, ppm))
            }),
            GateId::GrossExposure => limits
                .gross_exposure
                .map(|limit| self.gross(level).map(|gross| Measured::at_most(gross.0, limit.0))),
            _ => None,
        };
        found.map_or(Measured::Open, |found| found.unwrap_or_else(Measured::Lacks))
    }
}
