//! From local times and zones to instants: a guard only hears of the next one.

use pyo3::prelude::*;
use risk_core::{DayRoll, Sessions, Timestamp};

use crate::config;
use crate::error::plain;
use crate::number;

fn instant(value: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    number::whole(value, "now_ns").map(Timestamp::from_nanos)
}

/// When a trading day rolls, from a mapping: `at`, a local time, and `zone`, an IANA name. A local time that the zone skips
/// is the first instant after the gap, one that comes twice its first. Raises `ConfigError`.
///
/// >>> day = rg.Calendar({"at": "17:00", "zone": "America/New_York"})
/// >>> if guard.next_roll_ns() is None:  # in the loop of the host
/// ...     guard.day_rolls_at(day.next_after_ns(clock.now_ns))
/// >>> guard.next_roll_ns() == day.next_after_ns(clock.now_ns)
/// True
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct Calendar {
    calendar: risk_core::Calendar,
}

#[pymethods]
impl Calendar {
    #[new]
    fn new(day: &Bound<'_, PyAny>) -> PyResult<Self> {
        let roll: DayRoll = config::read(day, "day")?;
        let calendar = risk_core::Calendar::new(&roll);
        let calendar = calendar.map_err(|e| plain(day.py(), "ConfigError", &format!("day: {e}")))?;
        Ok(Self { calendar })
    }

    /// The first roll after an instant, that instant excluded, in nanoseconds since the epoch; `None` after the year 2262.
    ///
    /// >>> rg.Calendar({"at": "00:00", "zone": "UTC"}).next_after_ns(0) == 24 * 3_600 * 10**9
    /// True
    fn next_after_ns(&self, now_ns: &Bound<'_, PyAny>) -> PyResult<Option<i64>> {
        Ok(self.calendar.next_after(instant(now_ns)?).map(Timestamp::nanos))
    }
}

/// The sessions of an instrument, from a mapping as its `sessions` are in a configuration: `zone`, an IANA name, and
/// `hours`, each with `days`, `open` and `close`. Raises `ConfigError`.
///
/// >>> hours = {"days": ["monday", "tuesday"], "open": "09:30", "close": "16:00"}
/// >>> opens, closes = rg.SessionCalendar({"zone": "UTC", "hours": [hours]}).session_at_ns(clock.now_ns)
/// >>> (closes - opens) // 60_000_000_000, closes > clock.now_ns
/// (390, True)
#[pyclass(frozen, module = "risk_guard")]
pub(crate) struct SessionCalendar {
    calendar: risk_core::SessionCalendar,
}

#[pymethods]
impl SessionCalendar {
    #[new]
    fn new(sessions: &Bound<'_, PyAny>) -> PyResult<Self> {
        let hours: Sessions = config::read(sessions, "sessions")?;
        let calendar = risk_core::SessionCalendar::new(&hours);
        let calendar =
            calendar.map_err(|e| plain(sessions.py(), "ConfigError", &format!("sessions: {e}")))?;
        Ok(Self { calendar })
    }

    /// The session that is open at an instant, or the next: when it opens and closes, in nanoseconds since the epoch, as
    /// `Guard.session` takes them. `None` where none opens within a week and a day.
    ///
    /// >>> hours = {"days": ["thursday"], "open": "10:00", "close": "11:00"}
    /// >>> rg.SessionCalendar({"zone": "UTC", "hours": [hours]}).session_at_ns(0)  # the epoch was a Thursday
    /// (36000000000000, 39600000000000)
    fn session_at_ns(&self, now_ns: &Bound<'_, PyAny>) -> PyResult<Option<(i64, i64)>> {
        let session = self.calendar.session_at(instant(now_ns)?);
        Ok(session.map(|session| (session.opens.nanos(), session.closes.nanos())))
    }
}
