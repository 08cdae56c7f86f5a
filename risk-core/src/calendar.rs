//! From a local time and a zone to instants (feature `tz`): outside of the engine, which only hears of the next one.
//!
//! - A local time that a zone skips (clocks go forward) rolls at the first instant after the gap.
//! - A local time that comes twice (clocks go back) rolls at its first occurrence.
//! - A date that a zone skips altogether has no day, and does not roll: two budgets in one day would be one too many.
//!
//! The zone data comes with the library, so that every platform computes the same; a journal holds the instants, so that
//! a replay needs none of it. To use other data, compute the instants yourself and feed [`Input::NextRoll`].

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

use crate::clock::Timestamp;
use crate::day::DayRoll;
use crate::input::Input;

/// Computes when a trading day rolls.
///
/// ```
/// use risk_core::{Calendar, DayRoll, Input, Timestamp};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let calendar = Calendar::new(&DayRoll::new("17:00".parse()?, "America/New_York"))?;
/// let noon = Timestamp::from_millis(1_700_000_000_000 - 18_800_000); // 2023-11-14 12:00 in New York
/// let next = calendar.next_after(noon);
/// assert_eq!(next, Some(noon.plus_ms(5 * 3_600_000)));
///
/// // In the host's loop, with `engine.next_roll()`: an input only when the engine knows no instant.
/// assert_eq!(calendar.input(None, noon), next.map(|at| Input::NextRoll { at }));
/// assert_eq!(calendar.input(next, noon), None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Calendar {
    at: Time,
    zone: TimeZone,
}

/// A zone that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("day_roll: zone {0:?} is not in the zone data; it is an IANA name such as America/New_York")]
pub struct UnknownZone(pub String);

impl Calendar {
    /// A calendar of a configured day.
    ///
    /// # Errors
    /// When there is no zone of that name.
    pub fn new(roll: &DayRoll) -> Result<Self, UnknownZone> {
        let unknown = || UnknownZone(roll.zone.clone());
        let zone = TimeZoneDatabase::bundled().get(&roll.zone).map_err(|_| unknown())?;
        let [hour, minute, second] = [roll.at.hour(), roll.at.minute(), roll.at.second()].map(i8::try_from);
        let time = match (hour, minute, second) {
            (Ok(hour), Ok(minute), Ok(second)) => Time::new(hour, minute, second, 0).ok(),
            _ => None,
        };
        Ok(Self { at: time.ok_or_else(unknown)?, zone })
    }

    /// The first roll after an instant, that instant itself excluded. Nothing beyond the year 2262.
    pub fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        let instant = jiff::Timestamp::from_nanosecond(now.nanos().into()).ok()?;
        // A gap can move a roll past midnight, and a zone can repeat or skip a date: begin a day early, look some ahead.
        let mut date = self.zone.to_datetime(instant).date().yesterday().ok()?;
        let mut found: Option<jiff::Timestamp> = None;
        for _ in 0..5 {
            let roll = self.roll_of(date).filter(|roll| *roll > instant);
            found = match (found, roll) {
                (Some(earlier), Some(roll)) => Some(earlier.min(roll)),
                (one, other) => one.or(other),
            };
            date = date.tomorrow().ok()?;
        }
        let nanos = i64::try_from(found?.as_nanosecond()).ok()?;
        Some(Timestamp::from_nanos(nanos))
    }

    /// The input that tells an engine its next roll, if it knows none. Ask on every turn of the host's loop.
    pub fn input(&self, known: Option<Timestamp>, now: Timestamp) -> Option<Input> {
        if known.is_some() {
            return None;
        }
        self.next_after(now).map(|at| Input::NextRoll { at })
    }

    /// When the day of a date rolls. Nothing where the zone has no such date.
    fn roll_of(&self, date: Date) -> Option<jiff::Timestamp> {
        let begin = self.first_instant(date, Time::midnight())?;
        if self.zone.to_datetime(begin).date() != date {
            return None;
        }
        self.first_instant(date, self.at)
    }

    /// The first instant at which the clocks show a local time, or, where they skip it, the first after it.
    fn first_instant(&self, date: Date, time: Time) -> Option<jiff::Timestamp> {
        let local = date.to_datetime(time);
        match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok(),
            AmbiguousOffset::Gap { before, after } => {
                // The clocks change after the one and not after the other.
                self.change(after.to_timestamp(local).ok()?, before.to_timestamp(local).ok()?, before)
            }
        }
    }

    /// The first second of (early, late] that no longer has the offset from before.
    fn change(
        &self,
        early: jiff::Timestamp,
        late: jiff::Timestamp,
        before: Offset,
    ) -> Option<jiff::Timestamp> {
        let (mut early, mut late) = (early, late);
        while late.as_second().checked_sub(early.as_second())? > 1 {
            let half = late.as_second().checked_sub(early.as_second())?.checked_div(2)?;
            let middle = early.checked_add(SignedDuration::from_secs(half)).ok()?;
            if self.zone.to_offset(middle) == before { early = middle } else { late = middle }
        }
        Some(late)
    }
}
