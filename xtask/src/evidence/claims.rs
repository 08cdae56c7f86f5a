//! What is claimed. Each line rests on a figure that a step measures.

use core::fmt;

/// A claim and its figure.
pub(super) struct Claim {
    /// What is claimed.
    pub(super) says: &'static str,
    /// The step that measures it.
    pub(super) step: &'static str,
    /// The name of the figure in that step.
    pub(super) figure: &'static str,
    /// What is counted.
    pub(super) unit: &'static str,
    /// Where the claim ends.
    pub(super) bound: Bound,
}

/// What a figure has to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    pub(super) fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, "at least {}", super::grouped(*bound)),
            Self::AtMost(bound) => write!(f, "at most {}", super::grouped(*bound)),
        }
    }
}

impl Claim {
    /// Its figure's name among all figures.
    pub(super) fn key(&self) -> String {
        format!("{}.{}", self.step, self.figure)
    }
}

const fn claim(
    says: &'static str,
    (step, figure): (&'static str, &'static str),
    unit: &'static str,
    bound: Bound,
) -> Claim {
    Claim { says, step, figure, unit, bound }
}

/// All of them, what a reader asks first at the top.
pub(super) const CLAIMS: &[Claim] = &[
    claim(
        "Half an hour of a real exchange's order flow is judged, and the journal leads to the same state again",
        ("examples", "orders"),
        "orders",
        Bound::AtLeast(150_000.0),
    ),
    claim(
        "Orders without end through one engine: every position, hold and sum agrees with a ledger beside it",
        ("soak", "orders"),
        "orders",
        Bound::AtLeast(100_000_000.0),
    ),
    claim("Its memory does not grow meanwhile", ("soak", "growth"), "bytes", Bound::AtMost(1_048_576.0)),
    claim(
        "Halts, racing orders, one id twice, two installations: every order in which threads can take the lock",
        ("interleavings", "tried"),
        "interleavings",
        Bound::AtLeast(100_000.0),
    ),
    claim(
        "A journal whose machine died at any moment: nothing acknowledged is lost, nothing damaged is taken",
        ("crashes", "states"),
        "crash states",
        Bound::AtLeast(10_000_000.0),
    ),
    claim(
        "Processes killed under load: nothing acknowledged is lost, a halt survives",
        ("crashes", "kills"),
        "kills",
        Bound::AtLeast(500.0),
    ),
    claim(
        "Machines that lose their power with headroom set aside: no approval is forgotten by a cumulative limit",
        ("crashes", "headroom"),
        "lives",
        Bound::AtLeast(3_000.0),
    ),
    claim(
        "A journal in files (`Group`) adds to the median approval, beside one that keeps nothing",
        ("journal", "added"),
        "ns",
        Bound::AtMost(250.0),
    ),
    claim(
        "It takes records from an engine, each on disk at the end of the run",
        ("journal", "records"),
        "records a second",
        Bound::AtLeast(1_000_000.0),
    ),
    claim(
        "The same bytes in that run by a program that only writes and syncs: the disk's own limit",
        ("journal", "disk"),
        "records a second",
        Bound::AtLeast(0.0),
    ),
    claim(
        "Ten million records are recovered without any snapshot",
        ("journal", "recovery-all"),
        "s",
        Bound::AtMost(60.0),
    ),
    claim(
        "The same journal is recovered from its last snapshot and the records after it",
        ("journal", "recovery"),
        "s",
        Bound::AtMost(10.0),
    ),
    claim(
        "A history replays to the identical state: in debug, in release, and from every snapshot",
        ("history", "events"),
        "events",
        Bound::AtLeast(10_000_000.0),
    ),
    claim(
        "A mistake put in on purpose is found by each of model, fuzzer, model checker, crash states and lost headroom",
        ("seeded", "found"),
        "mistakes",
        Bound::AtLeast(4.0),
    ),
];
