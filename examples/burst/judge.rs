//! The one place where the guard is asked. For the moment a stand-in lets every order pass.

use std::collections::BTreeMap;

use crate::flow::{Step, What};
use crate::itch::Symbol;
use crate::quotes::Quote;

/// What became of the orders.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    /// Orders that may be sent.
    pub(crate) approved: u64,
}

impl Judge {
    /// One account, every symbol registered, and the quotes that hold before the burst.
    pub(crate) fn new(_symbols: &BTreeMap<u16, Symbol>, _quotes: &BTreeMap<u16, Quote>) -> Self {
        Self::default()
    }

    /// Takes in one step: evaluates and sends, cancels, reports a fill, or states a quote.
    pub(crate) fn feed(&mut self, step: &Step) {
        match step.what {
            What::New(_) => self.approved += 1,
            What::Cancel { .. } | What::Reduce { .. } | What::Fill { .. } | What::Quote(_) => {}
        }
    }
}
