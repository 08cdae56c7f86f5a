//! Times that a busy machine spoils little.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::fixture::BATCH;

/// What criterion is told about `rounds` rounds: each as long as the median one.
///
/// A ring journal that copies the state, and another program's turn on the core, fall on few rounds. Neither is what
/// an order costs; `latency` shows them, as the slowest calls.
pub fn median_of(rounds: u64, mut round: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..rounds).map(|_| round()).collect();
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    median.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX))
}

/// The same where the call needs nothing made before it: each round is [`BATCH`] calls.
pub fn calls<R>(rounds: u64, mut call: impl FnMut() -> R) -> Duration {
    median_of(rounds, || {
        let begin = Instant::now();
        for _ in 0..BATCH {
            black_box(call());
        }
        begin.elapsed()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_round_does_not_count() {
        let mut times = [5, 900, 7].into_iter().map(Duration::from_nanos);
        assert_eq!(median_of(3, || times.next().unwrap()), Duration::from_nanos(21));
    }
}
