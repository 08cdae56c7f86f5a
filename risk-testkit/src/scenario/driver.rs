//! Who executes a scenario. The same texts run through the core, and through every binding that has a driver.

use risk_core::Verdict;
use rust_decimal::Decimal;

use super::{Command, Setup};

/// A guard under test.
pub trait Driver: Sized {
    /// A guard made from a setup.
    ///
    /// # Errors
    /// Why there is none, in words.
    fn start(setup: &Setup) -> Result<Self, String>;

    /// The time from now on, in nanoseconds since the epoch; nothing when the clock is dead.
    fn set_time(&mut self, nanos: Option<i64>);

    /// Does one thing.
    fn run(&mut self, command: &Command) -> Reply;

    /// Answers a question, such as `position main BTC`, `gross main`, `state a1`, `trading firm`.
    ///
    /// # Errors
    /// Why it cannot, in words.
    fn read(&mut self, query: &[String]) -> Result<String, String>;

    /// What is left to show at the end: that the journal replays to the same state.
    ///
    /// # Errors
    /// What is different, in words.
    fn finish(&mut self) -> Result<(), String>;
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A decision on an order.
    Decision(Answer),
    /// Anything else, as words: `sent`, `refused PERMIT_EXPIRED`, `applied`, `anomaly over_fill`.
    Words(String),
}

/// A decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Which of the four.
    pub verdict: Verdict,
    /// What may be sent: 0 when nothing may.
    pub quantity: Decimal,
    /// The code of the reason; empty for an approval.
    pub reason: String,
    /// The level, or for a malformed order the field; empty where there is none.
    pub detail: String,
}

impl Answer {
    /// `approved`, `reduced 3 PRICE_COLLAR firm`, `rejected PRICE_COLLAR firm`, `stop KILL_SWITCH_ACTIVE`.
    pub fn words(&self) -> Vec<String> {
        let mut words = vec![verb(self.verdict).to_owned()];
        if self.verdict == Verdict::Reduced {
            words.push(self.quantity.to_string());
        }
        words.extend([&self.reason, &self.detail].into_iter().filter(|word| !word.is_empty()).cloned());
        words
    }

    /// The answer as it is counted: without quantity and detail.
    pub fn kind(&self) -> String {
        format!("{} {}", verb(self.verdict), self.reason).trim_end().to_owned()
    }
}

impl Reply {
    /// The reply as it is compared with what was expected.
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::Decision(answer) => answer.words(),
            Self::Words(words) => words.split_whitespace().map(str::to_owned).collect(),
        }
    }
}

/// How a scenario spells a verdict.
pub fn verb(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approved => "approved",
        Verdict::Reduced => "reduced",
        Verdict::Rejected => "rejected",
        Verdict::EmergencyStop => "stop",
    }
}
