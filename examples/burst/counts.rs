//! What is in the file, and whether it is what this example was written for.

use std::collections::{BTreeMap, BTreeSet};

use crate::itch::{Message, What};

/// Messages by kind.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) adds: u64,
    pub(crate) replaces: u64,
    pub(crate) deletes: u64,
    pub(crate) partial_cancels: u64,
    pub(crate) executions: u64,
    /// Symbols with a message about an order.
    pub(crate) symbols: usize,
    /// From the first to the last message about an order, in nanoseconds.
    pub(crate) span_ns: u64,
}

impl Counts {
    /// The opening of 30 July 2019.
    pub(crate) const EXPECTED: Self = Self {
        adds: 36_269,
        replaces: 8_655,
        deletes: 8_811,
        partial_cancels: 184,
        executions: 297,
        symbols: 3_939,
        span_ns: 99_901_238,
    };

    /// All messages about orders.
    pub(crate) fn orders(&self) -> u64 {
        self.adds + self.replaces + self.deletes + self.partial_cancels + self.executions
    }
}

/// Counts the messages about orders, and by their type those that are skipped.
pub(crate) fn count(messages: &[Message]) -> (Counts, BTreeMap<char, u64>) {
    let mut counts = Counts::default();
    let mut skipped = BTreeMap::new();
    let mut symbols = BTreeSet::new();
    let mut span = None;
    for message in messages {
        *match message.what {
            What::Add { .. } => &mut counts.adds,
            What::Replace { .. } => &mut counts.replaces,
            What::Delete { .. } => &mut counts.deletes,
            What::Reduce { .. } => &mut counts.partial_cancels,
            What::Execute { .. } => &mut counts.executions,
            What::Directory { .. } => {
                *skipped.entry('R').or_default() += 1;
                continue;
            }
            What::Other(kind) => {
                *skipped.entry(char::from(kind)).or_default() += 1;
                continue;
            }
        } += 1;
        symbols.insert(message.symbol);
        let first = span.map_or(message.at_ns, |(first, _)| first);
        span = Some((first, message.at_ns));
    }
    counts.symbols = symbols.len();
    counts.span_ns = span.map_or(0, |(first, last)| last - first);
    (counts, skipped)
}
