//! Sessions: the hours in which an instrument may be opened. As with the trading day, the engine knows no zones: it holds
//! two instants that came in as an input, and outside of them the instrument is closed.

use crate::clock::{Clock, Timestamp};
use crate::day::LocalTime;
use crate::engine::Engine;
use crate::error::IngestError;
use crate::handle::InstrumentHandle;
use crate::record::Journal;
use crate::state::{State, at, at_mut};

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(missing_docs, reason = "days of the week")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// When an instrument is traded, in local time: what a calendar (feature `tz`) makes instants from.
///
/// ```
/// use risk_core::{SessionHours, Sessions, Weekday};
/// let hours = SessionHours::new("09:30".parse()?, "16:00".parse()?).on([Weekday::Monday, Weekday::Tuesday]);
/// let sessions = Sessions::new("America/New_York", [hours]);
/// assert_eq!(sessions.hours[0].days.len(), 2);
/// # Ok::<(), risk_core::NoLocalTime>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Sessions {
    /// The zone by its IANA name, such as `America/New_York` or `UTC`.
    pub zone: String,
    /// The hours, at least one.
    pub hours: Vec<SessionHours>,
}

/// Hours of some days of the week.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct SessionHours {
    /// The days on which it opens, at least one.
    pub days: Vec<Weekday>,
    /// When it opens.
    pub open: LocalTime,
    /// When it closes; not after `open`: on the following day.
    pub close: LocalTime,
}

impl Sessions {
    /// These hours of a zone.
    pub fn new(zone: &str, hours: impl IntoIterator<Item = SessionHours>) -> Self {
        Self { zone: zone.to_owned(), hours: hours.into_iter().collect() }
    }

    /// What is wrong with them.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.hours.is_empty() {
            return Err("hours is empty: it would never open".to_owned());
        }
        if self.hours.iter().any(|hours| hours.days.is_empty()) {
            return Err("days is empty: hours of no day never open".to_owned());
        }
        Ok(())
    }
}

impl SessionHours {
    /// From Monday to Friday.
    pub fn new(open: LocalTime, close: LocalTime) -> Self {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        Self { days: vec![Monday, Tuesday, Wednesday, Thursday, Friday], open, close }
    }

    /// On these days instead.
    #[must_use]
    pub fn on(mut self, days: impl IntoIterator<Item = Weekday>) -> Self {
        self.days = days.into_iter().collect();
        self
    }
}

/// The session that is known: from `opens` on, until before `closes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Session {
    /// Its first instant.
    pub opens: Timestamp,
    /// The first instant after it.
    pub closes: Timestamp,
}

impl Session {
    /// Nanoseconds until it opens, 0 while it is open; nothing once it has closed.
    #[inline]
    pub(crate) fn opens_in(self, now: Timestamp) -> Option<i64> {
        (now < self.closes).then(|| self.opens.since(now).max(0))
    }
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// The session that is known of an instrument, as the last [`crate::Input::Session`] said; it may be over. The host
    /// feeds the following one then, or the instrument stays closed.
    pub fn session(&self, instrument: InstrumentHandle) -> Option<Session> {
        instrument.index_in(self.tag).and_then(|place| at(&self.state.instruments, place))?.session
    }
}

impl State {
    /// The place of an instrument whose session this can be.
    pub(crate) fn read_session(
        &self,
        instrument: InstrumentHandle,
        session: Session,
        tag: u32,
    ) -> Result<u32, IngestError> {
        let place = instrument.index_in(tag).ok_or(IngestError::Unknown("instrument"))?;
        let of = at(&self.instruments, place).ok_or(IngestError::Unknown("instrument"))?;
        if !of.traded.sessions {
            return Err(IngestError::Sessionless);
        }
        if session.opens >= session.closes {
            return Err(IngestError::EmptySession(session));
        }
        Ok(place)
    }

    pub(crate) fn set_session(&mut self, instrument: u32, session: Session) {
        if let Some(place) = at_mut(&mut self.instruments, instrument) {
            place.session = Some(session);
        }
    }
}
