//! Message rates: a bucket that fills with each message and empties with time.

use crate::clock::{NANOS_PER_MS, Timestamp};

/// A message rate: a bucket of `burst` messages that refills by `messages` every `interval_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct MessageRate {
    /// Messages per interval, at least 1.
    pub messages: u32,
    /// The interval in milliseconds, at least 1.
    pub interval_ms: u32,
    /// Messages at once, at least 1.
    pub burst: u32,
    /// Of the burst, how many only orders that open nothing may use. Less than `burst`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub exit_reserve: u32,
}

/// A bucket's size in time: a message every `interval` nanoseconds, `burst` of them at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Bucket {
    pub(crate) interval: i64,
    pub(crate) burst: i64,
    pub(crate) reserve: i64,
}

/// How full a message bucket is: the time at which it will be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Fill(i64);

impl Fill {
    /// Nanoseconds' worth of messages in the bucket.
    #[inline]
    pub(crate) fn filled(self, now: Timestamp) -> i64 {
        self.0.saturating_sub(now.nanos()).max(0)
    }

    /// Takes one message; never more than one burst below zero.
    #[inline]
    pub(crate) fn take(&mut self, now: Timestamp, bucket: &Bucket) {
        let after = self.0.max(now.nanos()).saturating_add(bucket.interval);
        let deepest = now.nanos().saturating_add(bucket.burst.saturating_mul(2));
        self.0 = after.min(deepest);
    }
}

impl Bucket {
    /// Whether another rate lets more through: more in time, more at once, or more of it to orders that open.
    pub(crate) fn is_slower_than(self, other: Option<Self>) -> bool {
        let Some(other) = other else { return true };
        let messages = |bucket: Self, span: i64| span.checked_div(bucket.interval).unwrap_or(i64::MAX);
        let at_once = |bucket: Self| messages(bucket, bucket.burst);
        let to_open = |bucket: Self| messages(bucket, bucket.burst.saturating_sub(bucket.reserve));
        other.interval < self.interval || at_once(other) > at_once(self) || to_open(other) > to_open(self)
    }

    pub(crate) fn new(rate: &MessageRate) -> Result<Self, String> {
        if rate.messages == 0 || rate.interval_ms == 0 || rate.burst == 0 {
            return Err("messages, interval_ms and burst must be at least 1".to_owned());
        }
        if rate.exit_reserve >= rate.burst {
            return Err(format!(
                "an exit_reserve of {} leaves nothing of a burst of {} to orders that open",
                rate.exit_reserve, rate.burst
            ));
        }
        // A message's share of the interval rounds up: never more messages than written.
        let span = i64::from(rate.interval_ms).saturating_mul(NANOS_PER_MS);
        let messages = i64::from(rate.messages);
        let interval = span.saturating_add(messages.saturating_sub(1)).checked_div(messages).unwrap_or(span);
        let times = |count: u32| interval.checked_mul(i64::from(count));
        let out_of_range = || "the burst is longer than the clock can count".to_owned();
        Ok(Self {
            interval,
            burst: times(rate.burst).filter(|t| *t < i64::MAX >> 3).ok_or_else(out_of_range)?,
            reserve: times(rate.exit_reserve).ok_or_else(out_of_range)?,
        })
    }
}
