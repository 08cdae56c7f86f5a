//! The trades of the recording check the rows: what was filled, order by order, is what was traded.

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::flow::{Event, What};
use crate::rows::TradeRow;

/// Traded and filled quantities of the orders that were evaluated.
#[derive(Default)]
pub(crate) struct Check {
    traded: HashMap<u64, Decimal>,
    filled: HashMap<u64, Decimal>,
}

impl Check {
    /// Adds the trades up.
    pub(crate) fn new(trades: &[TradeRow]) -> Self {
        let mut check = Self::default();
        for trade in trades {
            for order in [trade.buy_order, trade.sell_order] {
                *check.traded.entry(order).or_default() += trade.amount;
            }
        }
        check
    }

    /// Adds an execution up.
    pub(crate) fn event(&mut self, event: &Event) {
        if let What::Fill { id, quantity, .. } = event.what {
            *self.filled.entry(id).or_default() += quantity;
        }
    }

    /// How many orders were filled, and how many of them the trades file agrees with.
    pub(crate) fn agreement(&self) -> (usize, usize) {
        let filled = self.filled.iter().filter(|(_, quantity)| !quantity.is_zero());
        let agree = filled.clone().filter(|(id, quantity)| self.traded.get(id) == Some(quantity));
        (filled.clone().count(), agree.count())
    }
}
