//! What happens by itself when its time comes: the day rolls.
//!
//! Nothing here is an event of its own. It follows from the time of the next record, like the expiry of a permit, so a
//! replay does the same without zone data.

use crate::clock::{Clock, Timestamp};
use crate::engine::Engine;
use crate::record::Journal;
use crate::state::State;

/// Instants that the engine waits for.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Schedule {
    /// The earliest of them: the one comparison on every call. The end of time when there is none.
    due: Timestamp,
    /// When the day rolls next.
    roll: Option<Timestamp>,
}

crate::refresh::refreshable!(Schedule { due, roll });

impl Schedule {
    pub(crate) fn new() -> Self {
        Self { due: Timestamp::MAX, roll: None }
    }

    /// Whether something is due.
    #[inline]
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.due <= now
    }

    /// The day rolls at this instant instead of any that was known before.
    pub(crate) fn set_roll(&mut self, at: Timestamp) {
        self.roll = Some(at);
        self.look_ahead();
    }

    fn look_ahead(&mut self) {
        self.due = self.roll.unwrap_or(Timestamp::MAX);
    }
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// When the trading day rolls next, as the last [`crate::Input::NextRoll`] said. Nothing once it has rolled: then the
    /// host feeds the following instant, or the day goes on.
    pub fn next_roll(&self) -> Option<Timestamp> {
        self.state.schedule.roll
    }
}

impl State {
    /// Does what is due. The day rolls once, however long nobody looked: it starts with the last known equity.
    #[cold]
    pub(crate) fn keep_schedule(&mut self) {
        if self.schedule.roll.is_some_and(|at| at <= self.now) {
            self.schedule.roll = None;
            self.roll_day();
        }
        self.schedule.look_ahead();
    }
}
