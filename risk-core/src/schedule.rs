//! What happens by itself when its time comes: the day rolls, temporary limits end.
//!
//! Nothing here is an event of its own. It follows from the time of the next record, like the expiry of a permit, so a
//! replay does the same without zone data.

use crate::clock::{Clock, Timestamp};
use crate::engine::Engine;
use crate::limits::Limits;
use crate::policy::{Temporary, Whose};
use crate::record::Journal;
use crate::state::State;

/// Instants that the engine waits for.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Schedule {
    /// The earliest of them. The end of time when there is none.
    due: Timestamp,
    /// When the day rolls next.
    roll: Option<Timestamp>,
    /// Tables of limits that end, at most one for each owner.
    temporary: Vec<Temporary>,
    capacity: usize,
}

crate::refresh::refreshable!(Schedule { due, roll, temporary, capacity });

impl Schedule {
    pub(crate) fn with_capacity(temporary: u32) -> Self {
        let capacity = usize::try_from(temporary).unwrap_or(usize::MAX);
        Self { due: Timestamp::MAX, roll: None, temporary: Vec::with_capacity(capacity), capacity }
    }

    pub(crate) fn reserve_all(&mut self) {
        self.temporary.reserve_exact(self.capacity.saturating_sub(self.temporary.len()));
    }

    /// Whether something is due.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.due <= now
    }

    /// When something is.
    pub(crate) fn due(&self) -> Timestamp {
        self.due
    }

    /// The day rolls at this instant instead of any that was known before.
    pub(crate) fn set_roll(&mut self, at: Timestamp) {
        self.roll = Some(at);
        self.look_ahead();
    }

    /// Whether a table can be made temporary.
    pub(crate) fn has_room(&self, of: Whose) -> bool {
        self.temporary.len() < self.capacity || self.temporary(of).is_some()
    }

    pub(crate) fn temporary(&self, of: Whose) -> Option<&Temporary> {
        self.temporary.iter().find(|ends| ends.of == of)
    }

    /// What comes back when the limits of a table end.
    pub(crate) fn lasting(&self, of: Whose) -> Option<&Limits> {
        self.temporary(of).map(|ends| &ends.lasting)
    }

    pub(crate) fn add_temporary(&mut self, ends: Temporary) {
        self.temporary.push(ends);
        self.look_ahead();
    }

    /// Forgets that limits end, and gives what would have come back.
    pub(crate) fn end_temporary(&mut self, of: Whose) -> Option<Limits> {
        let place = self.temporary.iter().position(|ends| ends.of == of)?;
        let ended = self.temporary.swap_remove(place);
        self.look_ahead();
        Some(ended.lasting)
    }

    fn take_due(&mut self, now: Timestamp) -> Option<Temporary> {
        let place = self.temporary.iter().position(|ends| ends.until <= now)?;
        Some(self.temporary.swap_remove(place))
    }

    fn look_ahead(&mut self) {
        let ends = self.temporary.iter().map(|ends| ends.until);
        self.due = ends.chain(self.roll).min().unwrap_or(Timestamp::MAX);
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
        while let Some(ended) = self.schedule.take_due(self.now) {
            self.restore_limits(&ended);
        }
        if self.schedule.roll.is_some_and(|at| at <= self.now) {
            self.schedule.roll = None;
            self.roll_day();
        }
        self.schedule.look_ahead();
    }
}
