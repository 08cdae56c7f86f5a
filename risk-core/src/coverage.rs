//! Which gates have no limit, and where: nothing is absent without being named.

use crate::gates::GateId;
use crate::house::HouseRule;
use crate::limits::Level;

/// A gate without a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Uncovered {
    /// The gate.
    pub gate: GateId,
    /// The level at which it has no limit.
    pub level: Level,
    /// Whose: the firm, or the name of the account, strategy or instrument.
    pub of: String,
    /// The limits that would cover it.
    pub limits: Vec<&'static str>,
}

/// Which gates have no limit at which level, and the rules of the house. As a slice, what is not covered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Coverage {
    /// Gates without a limit.
    pub uncovered: Vec<Uncovered>,
    /// The vetoes that are asked after the gates, in their order; those that are not `exits` let every exit through.
    pub house_rules: Vec<HouseRule>,
}

impl core::ops::Deref for Coverage {
    type Target = [Uncovered];

    fn deref(&self) -> &[Uncovered] {
        &self.uncovered
    }
}

impl IntoIterator for Coverage {
    type Item = Uncovered;
    type IntoIter = std::vec::IntoIter<Uncovered>;

    fn into_iter(self) -> Self::IntoIter {
        self.uncovered.into_iter()
    }
}
