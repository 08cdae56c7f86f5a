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
use crate::day::{DayRoll, LocalTime};
use crate::handle::InstrumentHandle;
use crate::input::Input;
use crate::session::{Session, SessionHours, Sessions, Weekday};

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
    zone: Zone,
}

/// A zone, and how its local times become instants.
#[derive(Clone, Debug)]
struct Zone(TimeZone);

/// A zone that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("zone {0:?} is not in the zone data; it is an IANA name such as America/New_York")]
pub struct UnknownZone(pub String);

impl Calendar {
    /// A calendar of a configured day.
    ///
    /// # Errors
    /// When there is no zone of that name.
    pub fn new(roll: &DayRoll) -> Result<Self, UnknownZone> {
        Ok(Self { at: time_of(roll.at), zone: Zone::named(&roll.zone)? })
    }

    /// The first roll after an instant, that instant itself excluded. Nothing beyond the year 2262.
    pub fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        let instant = instant_of(now)?;
        // A gap can move a roll past midnight, and a zone can repeat or skip a date: begin a day early, look some ahead.
        let mut date = self.zone.date(instant).yesterday().ok()?;
        let mut found: Option<jiff::Timestamp> = None;
        for _ in 0..5 {
            let roll = self.roll_of(date).filter(|roll| *roll > instant);
            found = match (found, roll) {
                (Some(earlier), Some(roll)) => Some(earlier.min(roll)),
                (one, other) => one.or(other),
            };
            date = date.tomorrow().ok()?;
        }
        timestamp_of(found?)
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
        self.zone.has(date).then(|| self.zone.first_instant(date, self.at))?
    }
}

/// Computes the sessions of an instrument.
///
/// ```
/// use risk_core::{Engine, InstrumentHandle, SessionCalendar, SessionHours, Sessions, Timestamp};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let instrument = InstrumentHandle::default();
/// let hours = SessionHours::new("09:30".parse()?, "16:00".parse()?);
/// let calendar = SessionCalendar::new(&Sessions::new("America/New_York", [hours]))?;
/// let noon = Timestamp::from_millis(1_700_000_000_000 - 18_800_000); // Tuesday, 2023-11-14 12:00 in New York
/// let open = calendar.session_at(noon).unwrap();
/// assert_eq!(open.closes, noon.plus_ms(4 * 3_600_000));
///
/// // In the host's loop, with `engine.session(instrument)`: an input only when that one is over, or none is known.
/// assert!(calendar.input(instrument, None, noon).is_some());
/// assert!(calendar.input(instrument, Some(open), noon).is_none());
/// assert!(calendar.input(instrument, Some(open), open.closes).is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SessionCalendar {
    zone: Zone,
    hours: Vec<SessionHours>,
}

impl SessionCalendar {
    /// A calendar of configured sessions.
    ///
    /// # Errors
    /// When there is no zone of that name.
    pub fn new(sessions: &Sessions) -> Result<Self, UnknownZone> {
        Ok(Self { zone: Zone::named(&sessions.zone)?, hours: sessions.hours.clone() })
    }

    /// The session that is open at an instant, or the next one. Nothing where none opens within a week and a day, or
    /// beyond the year 2262. A local time that a zone skips is the first instant after the gap; one that comes twice
    /// opens at the first and closes at the first.
    pub fn session_at(&self, now: Timestamp) -> Option<Session> {
        let mut date = self.zone.date(instant_of(now)?).yesterday().ok()?;
        let mut first: Option<Session> = None;
        for _ in 0..10 {
            for session in self.hours.iter().filter_map(|hours| self.session_of(date, hours)) {
                if session.closes > now && first.is_none_or(|first| session.opens < first.opens) {
                    first = Some(session);
                }
            }
            date = date.tomorrow().ok()?;
        }
        first
    }

    /// The input that tells an engine the session that is open, or the next, if it knows none that is not over. Ask on
    /// every turn of the host's loop.
    pub fn input(
        &self,
        instrument: InstrumentHandle,
        known: Option<Session>,
        now: Timestamp,
    ) -> Option<Input> {
        if known.is_some_and(|known| now < known.closes) {
            return None;
        }
        self.session_at(now).map(|session| Input::Session { instrument, session })
    }

    fn session_of(&self, date: Date, hours: &SessionHours) -> Option<Session> {
        if !hours.days.contains(&day_of(date)) || !self.zone.has(date) {
            return None;
        }
        let closing = if hours.close > hours.open { date } else { date.tomorrow().ok()? };
        let opens = timestamp_of(self.zone.first_instant(date, time_of(hours.open))?)?;
        let closes = timestamp_of(self.zone.first_instant(closing, time_of(hours.close))?)?;
        (opens < closes).then_some(Session { opens, closes })
    }
}

fn day_of(date: Date) -> Weekday {
    use jiff::civil::Weekday as Civil;
    match date.weekday() {
        Civil::Monday => Weekday::Monday,
        Civil::Tuesday => Weekday::Tuesday,
        Civil::Wednesday => Weekday::Wednesday,
        Civil::Thursday => Weekday::Thursday,
        Civil::Friday => Weekday::Friday,
        Civil::Saturday => Weekday::Saturday,
        Civil::Sunday => Weekday::Sunday,
    }
}

/// The same time of day. What [`LocalTime`] holds is one; midnight stands for what cannot be.
fn time_of(at: LocalTime) -> Time {
    let [hour, minute, second] = [at.hour(), at.minute(), at.second()].map(i8::try_from);
    match (hour, minute, second) {
        (Ok(hour), Ok(minute), Ok(second)) => Time::new(hour, minute, second, 0).unwrap_or_default(),
        _ => Time::default(),
    }
}

fn instant_of(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_nanosecond(at.nanos().into()).ok()
}

fn timestamp_of(instant: jiff::Timestamp) -> Option<Timestamp> {
    i64::try_from(instant.as_nanosecond()).ok().map(Timestamp::from_nanos)
}

impl Zone {
    fn named(name: &str) -> Result<Self, UnknownZone> {
        let found = TimeZoneDatabase::bundled().get(name);
        found.map(Self).map_err(|_| UnknownZone(name.to_owned()))
    }

    /// The date that the clocks show.
    fn date(&self, at: jiff::Timestamp) -> Date {
        self.0.to_datetime(at).date()
    }

    /// Whether the zone does not skip this date altogether.
    fn has(&self, date: Date) -> bool {
        self.first_instant(date, Time::midnight()).is_some_and(|begin| self.date(begin) == date)
    }

    /// The first instant at which the clocks show a local time, or, where they skip it, the first after it.
    fn first_instant(&self, date: Date, time: Time) -> Option<jiff::Timestamp> {
        let local = date.to_datetime(time);
        match self.0.to_ambiguous_timestamp(local).offset() {
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
            if self.0.to_offset(middle) == before { early = middle } else { late = middle }
        }
        Some(late)
    }
}
