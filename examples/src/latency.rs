//! Times of many calls, and their percentiles.

use std::time::Duration;

/// The times of calls, in nanoseconds, kept one by one: a run of this size fits in memory, and nothing is rounded.
#[derive(Debug, Default)]
pub struct Latencies {
    nanos: Vec<u32>,
}

impl Latencies {
    /// Room for `calls` times, so that the measured loop does not allocate.
    #[must_use]
    pub fn with_capacity(calls: usize) -> Self {
        Self { nanos: Vec::with_capacity(calls) }
    }

    /// Notes the time of one call; more than four seconds counts as four.
    pub fn note(&mut self, time: Duration) {
        self.nanos.push(u32::try_from(time.as_nanos()).unwrap_or(u32::MAX));
    }

    /// Sorts what was noted.
    #[must_use]
    pub fn sorted(mut self) -> Percentiles {
        self.nanos.sort_unstable();
        Percentiles { nanos: self.nanos }
    }
}

/// Times in ascending order.
#[derive(Debug)]
pub struct Percentiles {
    nanos: Vec<u32>,
}

impl Percentiles {
    /// How many calls were timed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.nanos.len()
    }

    /// The smallest time that at least `per_mille` of a thousand calls did not exceed: 500 is the median, 1000 the
    /// maximum. 0 when nothing was timed.
    #[must_use]
    pub fn per_mille(&self, per_mille: usize) -> u32 {
        let rank = (self.nanos.len() * per_mille.min(1000)).div_ceil(1000);
        self.nanos.get(rank.saturating_sub(1)).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut times = Latencies::default();
        for nanos in (1..=1000).rev() {
            times.note(Duration::from_nanos(nanos));
        }
        let times = times.sorted();
        assert_eq!([0, 500, 990, 999, 1000].map(|p| times.per_mille(p)), [1, 500, 990, 999, 1000]);
        assert_eq!(Latencies::default().sorted().per_mille(500), 0);
    }
}
