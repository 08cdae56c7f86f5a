//! Latches that the engine pulls by itself: by what a limit or a trip says, each with its own record.

use crate::clock::{Clock, Timestamp};
use crate::decision::Rejection;
use crate::engine::Engine;
use crate::halt::{Cause, LatchId, Scope, TradingState};
use crate::handle::{AccountHandle, InstrumentHandle, StrategyHandle};
use crate::policy::Whose;
use crate::reason::Reason;
use crate::record::{Event, Journal};
use crate::response::Due;
use crate::text::Note;

/// A limit or a trip has responded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Trip {
    /// Whose limit or which scope. The limit of an instrument stops the instrument in all accounts.
    pub scope: Scope,
    /// What the scope's latch holds it at; `Active` is a warning, which latches nothing.
    pub state: TradingState,
    /// By what.
    pub cause: Cause,
    /// What was measured and the limit, in the unit of the gate; of a heartbeat, nanoseconds.
    pub measured: Option<(i128, i128)>,
    /// The latch, to lift it by; nothing for a warning.
    pub latch: Option<LatchId>,
}

/// How many trips are kept for whoever asks.
pub(crate) const TRIPS_MAX: usize = 64;

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Takes the trips and warnings since they were last taken, oldest first: to be asked for after a call, or on a
    /// timer. The 64 latest are kept; all are on record, and every latch is in [`Engine::latches`]. What a halted scope has
    /// at the venue is [`Engine::open_orders`].
    pub fn take_trips(&mut self) -> impl Iterator<Item = Trip> {
        self.trips.drain(..)
    }

    /// Latches and records what has become due. A replay does that where the records stand.
    #[inline(always)]
    pub(crate) fn respond(&mut self, time: Option<Timestamp>) {
        if !self.state.response.is_quiet() && !self.house.is_on_record() {
            while self.respond_once(time) {}
        }
    }

    /// The first of what is due.
    #[cold]
    #[inline(never)]
    pub(crate) fn respond_once(&mut self, time: Option<Timestamp>) -> bool {
        let Some(due) = self.state.response.take_due() else { return false };
        let scope = scope_of(due.of, self.tag);
        let latch = match due.state {
            TradingState::Active => None,
            // In memory first, as a halt: it holds also when it cannot be recorded.
            state => Some(self.pull(scope, state, due.cause, Note::new(due.cause.name()))),
        };
        let Due { state, cause, measured, .. } = due;
        let trip = Trip { scope, state, cause, measured, latch };
        if self.record(time, Event::Tripped(trip)).is_ok() && latch.is_some() {
            let _ = self.journal.sync_to(self.state.seq);
        }
        if self.trips.len() == TRIPS_MAX {
            self.trips.remove(0);
        }
        self.trips.push(trip);
        true
    }

    /// After a rejection that is on record: it counts, and its limit may have more to say.
    pub(crate) fn rejected(
        &mut self,
        (account, strategy, instrument): (AccountHandle, StrategyHandle, InstrumentHandle),
        rejection: &Rejection,
        time: Option<Timestamp>,
    ) {
        if rejection.reason == Reason::KillSwitchActive {
            return;
        }
        let tag = self.tag;
        let account = account.index_in(tag);
        let (strategy, instrument) = (strategy.index_in(tag), instrument.index_in(tag));
        let state = &mut self.state;
        state.respond_to_rejection(rejection, account, strategy, instrument, tag);
        self.respond(time);
    }
}

/// A table's scope.
pub(crate) fn scope_of(of: Whose, tag: u32) -> Scope {
    match of {
        Whose::Firm => Scope::Firm,
        Whose::Account(place) => Scope::Account(AccountHandle::new(tag, place)),
        Whose::Strategy(place) => Scope::Strategy(StrategyHandle::new(tag, place)),
        Whose::Instrument(place) => Scope::Instrument(InstrumentHandle::new(tag, place)),
    }
}
