//! The trading day as it is configured: a local time and a zone.

use core::fmt;
use core::str::FromStr;

/// When the trading day rolls: at a local time of a zone. The instants are computed outside of the engine (feature `tz`)
/// and come in as [`crate::Input::NextRoll`].
///
/// ```
/// use risk_core::DayRoll;
/// let roll = DayRoll::new("17:00".parse()?, "America/New_York");
/// assert_eq!(roll.at.to_string(), "17:00");
/// # Ok::<(), risk_core::NoLocalTime>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct DayRoll {
    /// The local time, `HH:MM` or `HH:MM:SS`.
    pub at: LocalTime,
    /// The zone by its IANA name, such as `America/New_York` or `UTC`.
    pub zone: String,
}

impl DayRoll {
    /// At this local time of this zone.
    pub fn new(at: LocalTime, zone: &str) -> Self {
        Self { at, zone: zone.to_owned() }
    }
}

/// A time of day without a zone, `00:00:00` to `23:59:59`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime {
    hour: u8,
    minute: u8,
    second: u8,
}

impl LocalTime {
    /// A time of day; nothing when there is no such time.
    pub fn new(hour: u8, minute: u8, second: u8) -> Option<Self> {
        (hour < 24 && minute < 60 && second < 60).then_some(Self { hour, minute, second })
    }

    /// Hours, 0 to 23.
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// Minutes, 0 to 59.
    pub fn minute(self) -> u8 {
        self.minute
    }

    /// Seconds, 0 to 59.
    pub fn second(self) -> u8 {
        self.second
    }
}

/// Text that is no time of day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time of day: HH:MM or HH:MM:SS, 00:00 to 23:59:59")]
pub struct NoLocalTime(pub String);

impl FromStr for LocalTime {
    type Err = NoLocalTime;

    fn from_str(text: &str) -> Result<Self, NoLocalTime> {
        let two = |part: &str| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        };
        let mut parts = text.split(':').map(two);
        let time = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Some(hour)), Some(Some(minute)), None, None) => Self::new(hour, minute, 0),
            (Some(Some(hour)), Some(Some(minute)), Some(Some(second)), None) => {
                Self::new(hour, minute, second)
            }
            _ => None,
        };
        time.ok_or_else(|| NoLocalTime(text.chars().take(16).collect()))
    }
}

impl fmt::Display for LocalTime {
    /// `HH:MM`, with `:SS` where there are seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)?;
        if self.second == 0 { Ok(()) } else { write!(f, ":{:02}", self.second) }
    }
}

#[cfg(feature = "serde")]
mod as_text {
    use super::LocalTime;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    impl Serialize for LocalTime {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.collect_str(self)
        }
    }

    impl<'de> Deserialize<'de> for LocalTime {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            String::deserialize(from)?.parse().map_err(de::Error::custom)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LocalTime;

    #[test]
    fn times_are_read_and_written_the_same() {
        for text in ["00:00", "17:00", "23:59:59", "09:30", "00:00:01"] {
            assert_eq!(text.parse::<LocalTime>().unwrap().to_string(), text);
        }
        assert_eq!("08:15:00".parse::<LocalTime>().unwrap(), LocalTime::new(8, 15, 0).unwrap());
        for text in
            ["", "5", "24:00", "12:60", "12:00:60", "1:00", "01:0", "+1:00", "01:00:00:00", "01:00:", "aa:bb"]
        {
            let refused = text.parse::<LocalTime>().unwrap_err();
            assert!(refused.to_string().contains("is no time of day"), "{refused}");
        }
        assert_eq!(LocalTime::new(24, 0, 0), None);
    }
}
