//! What is remembered of a run, for the report and the picture.

use std::collections::BTreeMap;
use std::time::Duration;

use risk_examples::latency::Latencies;
use rust_decimal::Decimal;

use crate::accounts::Account;
use crate::flow::{Event, What};

/// What became of an order; the reason is the guard's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Sent as it was asked.
    Approved,
    /// Sent for less.
    Reduced(&'static str),
    /// Not sent.
    Rejected(&'static str),
    /// Not sent, trading is halted.
    EmergencyStop(&'static str),
}

/// Reasons with the number of their orders, the most frequent first.
pub(crate) fn by_number(reasons: &BTreeMap<&'static str, u64>) -> Vec<(&'static str, u64)> {
    let mut sorted: Vec<_> = reasons.iter().map(|(&reason, &orders)| (reason, orders)).collect();
    sorted.sort_by_key(|&(_, orders)| std::cmp::Reverse(orders));
    sorted
}

/// Events by kind.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) snapshot: u64,
    pub(crate) quotes: u64,
    pub(crate) crossed: u64,
    pub(crate) fills: u64,
    pub(crate) cancels: u64,
    pub(crate) elsewhere: u64,
    pub(crate) unknown: u64,
    pub(crate) not_fallen: u64,
}

/// Answers by kind.
#[derive(Clone, Copy, Default)]
pub(crate) struct Answers {
    pub(crate) approved: u64,
    pub(crate) reduced: u64,
    pub(crate) rejected: u64,
    pub(crate) stopped: u64,
}

impl Answer {
    /// Why the order was not sent.
    fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Approved | Self::Reduced(_) => None,
            Self::Rejected(reason) | Self::EmergencyStop(reason) => Some(reason),
        }
    }
}

impl Answers {
    /// All calls of `evaluate`.
    pub(crate) fn orders(self) -> u64 {
        self.approved + self.reduced + self.rejected + self.stopped
    }

    fn note(&mut self, answer: Answer) {
        *match answer {
            Answer::Approved => &mut self.approved,
            Answer::Reduced(_) => &mut self.reduced,
            Answer::Rejected(_) => &mut self.rejected,
            Answer::EmergencyStop(_) => &mut self.stopped,
        } += 1;
    }
}

/// One account's run.
#[derive(Default)]
pub(crate) struct Course {
    /// What was answered to it.
    pub(crate) answers: Answers,
    /// The limit of its exposure; USD.
    pub(crate) limit: Option<Decimal>,
    /// Its highest exposure; USD.
    pub(crate) peak: Decimal,
    /// Its highest exposure from each of these seconds of the run until the next of them; USD.
    pub(crate) by_second: BTreeMap<i64, Decimal>,
    /// Its exposure now; USD.
    last: Decimal,
}

impl Course {
    fn exposure(&mut self, second: i64, exposure: Decimal) {
        self.peak = self.peak.max(exposure);
        if let Some((&before, _)) = self.by_second.last_key_value()
            && before + 1 < second
        {
            self.by_second.insert(before + 1, self.last);
        }
        let highest = self.by_second.entry(second).or_insert(self.last);
        *highest = exposure.max(*highest);
        self.last = exposure;
    }
}

/// The whole run.
#[derive(Default)]
pub(crate) struct Tally {
    /// Exchange time of the first and the last event, in milliseconds.
    pub(crate) span_ms: Option<(i64, i64)>,
    /// Events by kind.
    pub(crate) seen: Seen,
    /// Answers by kind.
    pub(crate) answers: Answers,
    /// Orders that were refused, by reason.
    pub(crate) refused: BTreeMap<&'static str, u64>,
    /// Orders that were reduced, by reason.
    pub(crate) reduced: BTreeMap<&'static str, u64>,
    /// Refusals by reason in each minute of the run.
    pub(crate) refused_by_minute: BTreeMap<(&'static str, i64), u64>,
    /// What the guard's `evaluate` took.
    pub(crate) evaluate: Latencies,
    /// The first refused order of each reason, explained.
    explained: BTreeMap<&'static str, String>,
    courses: [Course; Account::ALL.len()],
}

impl Tally {
    /// An empty one, with room for this many orders.
    pub(crate) fn new(orders: usize) -> Self {
        Self { evaluate: Latencies::with_capacity(orders), ..Self::default() }
    }

    /// Counts an event.
    pub(crate) fn event(&mut self, event: &Event) {
        let start = self.span_ms.map_or(event.at_ms, |(start, _)| start);
        self.span_ms = Some((start, event.at_ms));
        let seen = &mut self.seen;
        *match event.what {
            What::Snapshot => &mut seen.snapshot,
            What::Quote(quote) => {
                seen.crossed += u64::from(quote.crossed());
                &mut seen.quotes
            }
            What::New(_) => return,
            What::Fill { .. } => &mut seen.fills,
            What::Cancel { .. } => &mut seen.cancels,
            What::Elsewhere => &mut seen.elsewhere,
            What::Unknown { .. } => &mut seen.unknown,
            What::NotFallen => &mut seen.not_fallen,
        } += 1;
    }

    /// Notes what was answered to an order, and how long it took.
    pub(crate) fn answered(&mut self, at_ms: i64, account: Account, answer: Answer, took: Duration) {
        self.answers.note(answer);
        self.courses[account.index()].answers.note(answer);
        self.evaluate.note(took);
        match answer {
            Answer::Approved => {}
            Answer::Reduced(reason) => *self.reduced.entry(reason).or_default() += 1,
            Answer::Rejected(reason) | Answer::EmergencyStop(reason) => {
                *self.refused.entry(reason).or_default() += 1;
                let minute = self.since_start(at_ms) / 60_000;
                *self.refused_by_minute.entry((reason, minute)).or_default() += 1;
            }
        }
    }

    /// Sets the limit an account's exposure is shown against.
    pub(crate) fn limit(&mut self, account: Account, exposure_max: Option<Decimal>) {
        self.courses[account.index()].limit = exposure_max;
    }

    /// Whether an answer is a refusal for a reason that has no explanation yet.
    pub(crate) fn is_first(&self, answer: Answer) -> bool {
        answer.refusal().is_some_and(|reason| !self.explained.contains_key(reason))
    }

    /// Keeps the explanation of a refused order.
    pub(crate) fn explain(&mut self, answer: Answer, explanation: String) {
        if let Some(reason) = answer.refusal() {
            self.explained.insert(reason, explanation);
        }
    }

    /// Explanations, those of the most frequent reasons first.
    pub(crate) fn explained(&self) -> Vec<&str> {
        let mut reasons: Vec<_> = self.explained.iter().collect();
        reasons.sort_by_key(|(reason, _)| std::cmp::Reverse(self.refused.get(*reason)));
        reasons.into_iter().map(|(_, explanation)| explanation.as_str()).collect()
    }

    /// Notes an account's exposure.
    pub(crate) fn exposure(&mut self, at_ms: i64, account: Account, exposure: Decimal) {
        let second = self.since_start(at_ms) / 1000;
        self.courses[account.index()].exposure(second, exposure);
    }

    /// What became of one account.
    pub(crate) fn course(&self, account: Account) -> &Course {
        &self.courses[account.index()]
    }

    /// Milliseconds of the run before a time.
    pub(crate) fn since_start(&self, at_ms: i64) -> i64 {
        self.span_ms.map_or(0, |(start, _)| at_ms - start)
    }
}
