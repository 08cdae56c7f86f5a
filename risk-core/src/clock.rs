//! Time arrives as data. An engine reads the clock it was given once per call, and refuses orders when it cannot.

use core::fmt;

/// An instant: nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Timestamp(i64);

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);
    /// The last instant there is, in the year 2262.
    pub const MAX: Self = Self(i64::MAX);

    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From milliseconds since the epoch; beyond the year 2262 it stays at the end of time.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(NANOS_PER_MS))
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(NANOS_PER_MS)
    }

    /// This instant moved by some milliseconds.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms.saturating_mul(NANOS_PER_MS)))
    }

    /// Nanoseconds from `earlier` to this instant; negative when it is later.
    pub(crate) const fn plus_nanos(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    pub(crate) const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

pub(crate) const NANOS_PER_MS: i64 = 1_000_000;

impl fmt::Display for Timestamp {
    /// Milliseconds since the epoch, with the unit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.millis())
    }
}

/// Where an engine gets the time. `None` means that the time is not known: orders are refused (CLOCK_UNAVAILABLE).
pub trait Clock {
    /// The time now.
    fn now(&self) -> Option<Timestamp>;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Option<Timestamp> {
        let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(elapsed.as_nanos()).ok().map(Timestamp)
    }
}

/// A clock that a test or a replay sets. Clones share the time.
#[derive(Clone, Debug, Default)]
pub struct ManualClock(std::sync::Arc<core::sync::atomic::AtomicI64>);

impl ManualClock {
    /// A clock that says `now` until told otherwise.
    pub fn at(now: Timestamp) -> Self {
        let clock = Self::default();
        clock.set(now);
        clock
    }

    /// Sets the time.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.nanos(), core::sync::atomic::Ordering::Release);
    }

    /// Moves the time forward.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms.saturating_mul(NANOS_PER_MS), core::sync::atomic::Ordering::AcqRel);
    }

    /// From now on the time is not known.
    pub fn fail(&self) {
        self.0.store(i64::MIN, core::sync::atomic::Ordering::Release);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Option<Timestamp> {
        let nanos = self.0.load(core::sync::atomic::Ordering::Acquire);
        (nanos != i64::MIN).then_some(Timestamp(nanos))
    }
}

impl<C: Clock + ?Sized> Clock for Box<C> {
    fn now(&self) -> Option<Timestamp> {
        (**self).now()
    }
}
