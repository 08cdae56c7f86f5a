//! The slow reference model: a second implementation, written separately, that shares only the public types.
//!
//! It keeps lists of events (`world`) and adds them up whenever it is asked something: no running sums that a step
//! changes here and there, exact fractions. It answers for each order what the core should: verdict, reason, gate, level
//! and quantity.
//!
//! Rules that the design leaves open follow the core: its code was read to settle them, its arithmetic was not taken
//! over. Each is written down where it is computed (`ledger`, `standing`, `view`, `inputs`, `gates`). Four are followed
//! although the design can be read otherwise:
//!
//! - A book that cannot be counted in the firm's currency has no worth in its account's either.
//! - The firm's loss of the day leaves out accounts whose balance was never stated.
//! - An execution after an order's end does not count for its parent.
//! - What a stated position leaves to `unassigned` takes a share of the stated cost; where the account is flat, none.
//!
//! Not modelled: numbers too large for the core, failed journals, full tables other than live orders and ids, the names
//! of anomalies.
//!
//! [`Bug`] switches a deliberate mistake on in one gate, to show that a comparison would see it.

mod aside;
mod bug;
mod changes;
mod compare;
mod exact;
mod facts;
mod gates;
mod halts;
mod handles;
mod inputs;
mod judge;
mod ledger;
mod life;
mod limits;
mod lists;
mod near;
mod orders;
mod reports;
mod show;
mod standing;
mod streak;
mod tally;
mod traded;
mod view;
mod world;
mod worth;

use risk_core::{GateId, Level, Reason, Verdict};

pub use bug::{Bug, Part};
pub use handles::Handles;
pub use lists::ListAnswer;
pub use near::Threshold;
pub use show::Shown;
pub use world::{Model, Owner, Table};

/// What the model says about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which of the four.
    pub verdict: Verdict,
    /// Why it was refused or reduced.
    pub reason: Option<Reason>,
    /// By which gate.
    pub gate: Option<GateId>,
    /// At which level.
    pub level: Option<Level>,
    /// The quantity that may be sent, in units of the instrument's scale.
    pub quantity: i128,
}

impl Answer {
    fn nothing() -> Self {
        Self { verdict: Verdict::Rejected, reason: None, gate: None, level: None, quantity: 0 }
    }

    fn refused(reason: Reason) -> Self {
        Self { reason: Some(reason), ..Self::nothing() }
    }

    fn stopped() -> Self {
        let gate = Some(GateId::KillSwitch);
        Self { verdict: Verdict::EmergencyStop, gate, ..Self::refused(Reason::KillSwitchActive) }
    }

    fn failed(reason: Reason, gate: GateId, level: Level) -> Self {
        Self { gate: Some(gate), level: Some(level), ..Self::refused(reason) }
    }

    /// Whether something may be sent.
    pub fn is_approval(&self) -> bool {
        matches!(self.verdict, Verdict::Approved | Verdict::Reduced)
    }
}

/// All that the model says when an order is evaluated.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// The answer.
    pub answer: Answer,
    /// The answers somebody would give who makes one mistake, in the order in which they were asked for.
    pub mistaken: Vec<Answer>,
    /// What an engine's explanation says that the model does not.
    pub objection: Option<String>,
    /// It opens nothing, at no level.
    pub exits: bool,
}
