//! When the journal runs out of room, or fails: who is refused first, and what is kept of what could not be recorded.
//!
//! A journal says when little room is left ([`Journal::is_short`]). That is on record, because a replay cannot ask a disk,
//! and from then on orders that open are refused: the rest is for facts, halts, exits and cancels. When it fails all the
//! same, the firm is halted; facts are applied and cancels let out as before, and the first of them are kept in memory.

use crate::clock::{Clock, Timestamp};
use crate::engine::Engine;
use crate::halt::{Cause, Scope, TradingState};
use crate::record::{Event, Journal, Record};
use crate::text::Note;

/// How many are kept.
pub const UNRECORDED_MAX: usize = 256;

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Facts, halts and cancels that took effect after the journal had failed, the oldest first: at most
    /// [`UNRECORDED_MAX`], and `metrics().unrecorded` counts all. They have no number (0) and are in no replay: what the
    /// process after this one must be told again, by a snapshot or by hand.
    pub fn unrecorded(&self) -> &[Record] {
        &self.unrecorded
    }

    /// Keeps what takes effect although it could not be recorded, while there is room.
    #[cold]
    #[inline(never)]
    pub(crate) fn keep_unrecorded(&mut self, at: Option<Timestamp>, event: Event) {
        if self.unrecorded.len() < UNRECORDED_MAX {
            self.unrecorded.push(Record { seq: 0, at, event });
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn journal_failed(&mut self) {
        self.counts.unrecorded = self.counts.unrecorded.saturating_add(1);
        self.state.firm.unrecorded = true;
        self.pull(Scope::Firm, TradingState::Halted, Cause::Journal, Note::new("the journal failed"));
    }

    /// Follows what the journal says of its room. A replay does that where the records stand.
    #[inline(always)]
    pub(crate) fn keep_room(&mut self, time: Option<Timestamp>) {
        let short = self.journal.is_short();
        if short != self.state.short {
            self.follow_room(short, time);
        }
    }

    #[cold]
    #[inline(never)]
    fn follow_room(&mut self, short: bool, time: Option<Timestamp>) {
        if !self.house.is_on_record() && !self.state.firm.unrecorded {
            self.note_room(short, time);
        }
    }

    pub(crate) fn note_room(&mut self, short: bool, time: Option<Timestamp>) {
        if self.record(time, Event::Room { short }).is_ok() {
            self.state.short = short;
        }
    }
}
