//! What a guard has done: counts per decision, gate and reason, and how long it took.

use crate::clock::Clock;
use crate::decision::{Decision, Rejection, Verdict};
use crate::engine::Engine;
use crate::gates::GateId;
use crate::reason::Reason;
use crate::record::Journal;

/// Running counts. Not part of the state: a replay counts its own.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    verdicts: [u64; 4],
    /// By the place of a reason in [`Reason::ALL`].
    reasons: [u64; Reason::ALL.len()],
    gates: [u64; GateId::COUNT],
    pub(crate) unrecorded: u64,
}

impl Default for Counts {
    fn default() -> Self {
        Self { verdicts: [0; 4], reasons: [0; Reason::ALL.len()], gates: [0; GateId::COUNT], unrecorded: 0 }
    }
}

impl Counts {
    /// One more approval.
    #[inline(always)]
    pub(crate) fn approved(&mut self) {
        let [approved, ..] = &mut self.verdicts;
        *approved = approved.wrapping_add(1);
    }

    /// Approvals of a list.
    pub(crate) fn add_many(&mut self, verdict: Verdict, count: u32) {
        let place = Verdict::ALL.iter().position(|known| *known == verdict);
        if let Some(sum) = place.and_then(|place| self.verdicts.get_mut(place)) {
            *sum = sum.saturating_add(count.into());
        }
    }

    /// Refusals of a list: every order of it, and once the leading reason.
    pub(crate) fn add_refusals(&mut self, verdict: Verdict, leading: &Rejection, count: u32) {
        self.add_many(verdict, count);
        self.add_reason(leading.reason, leading.gate);
    }

    pub(crate) fn add(&mut self, decision: &Decision) {
        let (verdict, why) = match decision {
            Decision::Approved(_) => (0, None),
            Decision::Reduced(_, binding) => (1, Some((binding.reason, Some(binding.gate)))),
            Decision::Rejected(rejection) => (2, Some((rejection.reason, rejection.gate))),
            Decision::EmergencyStop(rejection) => (3, Some((rejection.reason, rejection.gate))),
        };
        bump(&mut self.verdicts, Some(verdict));
        if let Some((reason, gate)) = why {
            self.add_reason(reason, gate);
        }
    }

    fn add_reason(&mut self, reason: Reason, gate: Option<GateId>) {
        bump(&mut self.reasons, Reason::ALL.iter().position(|r| *r == reason));
        let place = gate.and_then(|gate| crate::gates::GATES.iter().position(|g| g.id == gate));
        bump(&mut self.gates, place);
    }
}

fn bump(counts: &mut [u64], place: Option<usize>) {
    if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
        *count = count.saturating_add(1);
    }
}

/// What a guard has done so far.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Metrics {
    /// Decisions by kind.
    pub decisions: Vec<(Verdict, u64)>,
    /// Refusals and reductions by reason; reasons that never occurred are absent.
    pub reasons: Vec<(Reason, u64)>,
    /// The same by gate.
    pub gates: Vec<(GateId, u64)>,
    /// Facts that should not have happened.
    pub anomalies: u64,
    /// Calls that could not be recorded.
    pub unrecorded: u64,
    /// Records written.
    pub records: u64,
    /// Used and total places of each table of fixed size.
    pub utilisation: Vec<(&'static str, u64, u64)>,
    /// Sampled durations of `evaluate`, in nanoseconds: median, 99th percentile, 99.9th, largest. Only a shared guard
    /// measures them.
    pub latency_ns: Option<Latency>,
}

/// Sampled durations in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Latency {
    /// How many were sampled.
    pub samples: u64,
    /// Half are below.
    pub p50: u64,
    /// 99 of 100 are below.
    pub p99: u64,
    /// 999 of 1000 are below.
    pub p999: u64,
    /// The longest.
    pub max: u64,
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// What this engine has done so far.
    pub fn metrics(&self) -> Metrics {
        let state = &self.state;
        let long = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        let nonzero = |count: &u64| *count > 0;
        let gates = crate::gates::GATES.iter().map(|gate| gate.id);
        Metrics {
            decisions: Verdict::ALL.into_iter().zip(self.counts.verdicts).collect(),
            reasons: Reason::ALL
                .iter()
                .copied()
                .zip(self.counts.reasons)
                .filter(|(_, n)| nonzero(n))
                .collect(),
            gates: gates.zip(self.counts.gates).filter(|(_, n)| nonzero(n)).collect(),
            anomalies: state.anomalies,
            unrecorded: self.counts.unrecorded,
            records: state.seq,
            utilisation: vec![
                ("live_orders", long(state.reservation.len()), long(state.reservation.capacity())),
                (
                    "changes",
                    long(state.versions.capacity().saturating_sub(state.versions.room())),
                    long(state.versions.capacity()),
                ),
                ("order_ids", long(state.ids.table.len()), long(state.ids.table.capacity())),
                ("executions", long(state.executions.len()), long(state.executions.capacity())),
                ("books", long(state.books.len()), long(state.book_index.capacity())),
            ],
            latency_ns: None,
        }
    }
}

/// A histogram of durations: 16 steps per power of two, so that a value is known to 6 %.
#[derive(Clone, Debug)]
pub(crate) struct Durations {
    counts: [u64; 1024],
    samples: u64,
    max: u64,
}

impl Default for Durations {
    fn default() -> Self {
        Self { counts: [0; 1024], samples: 0, max: 0 }
    }
}

impl Durations {
    pub(crate) fn add(&mut self, nanos: u64) {
        bump(&mut self.counts, Some(place_of(nanos)));
        self.samples = self.samples.saturating_add(1);
        self.max = self.max.max(nanos);
    }

    pub(crate) fn latency(&self) -> Option<Latency> {
        (self.samples > 0).then(|| Latency {
            samples: self.samples,
            p50: self.quantile(500),
            p99: self.quantile(990),
            p999: self.quantile(999),
            max: self.max,
        })
    }

    fn quantile(&self, per_mille: u64) -> u64 {
        let wanted = self.samples.saturating_mul(per_mille).div_ceil(1_000);
        let mut seen = 0_u64;
        for (place, count) in self.counts.iter().enumerate() {
            seen = seen.saturating_add(*count);
            if seen >= wanted {
                return top_of(place).min(self.max);
            }
        }
        self.max
    }
}

fn place_of(nanos: u64) -> usize {
    let power = nanos.max(16).ilog2();
    let step = (nanos.max(16) >> power.saturating_sub(4)) & 15;
    let place = u64::from(power.saturating_sub(4)).saturating_mul(16).saturating_add(step);
    usize::try_from(place).unwrap_or(usize::MAX).min(1023)
}

fn top_of(place: usize) -> u64 {
    let place = u64::try_from(place).unwrap_or(0);
    let (power, step) = (place >> 4, place & 15);
    step.saturating_add(17)
        .checked_shl(u32::try_from(power).unwrap_or(0))
        .unwrap_or(u64::MAX)
        .saturating_sub(1)
}
