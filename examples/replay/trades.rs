//! The trades of the recording check the rows: what was filled, order by order, is what was traded.

use std::collections::HashMap;

use rust_decimal::Decimal;

use crate::flow::{Event, What};
use crate::rows::TradeRow;

/// How many orders were filled, and how many of them the trades agree with.
pub(crate) fn agreement(trades: &[TradeRow], events: &[Event]) -> (usize, usize) {
    let mut traded: HashMap<u64, Decimal> = HashMap::new();
    for trade in trades {
        for order in [trade.buy_order, trade.sell_order] {
            *traded.entry(order).or_default() += trade.amount;
        }
    }
    let mut filled: HashMap<u64, Decimal> = HashMap::new();
    for event in events {
        if let What::Fill { id, quantity, .. } = event.what {
            *filled.entry(id).or_default() += quantity;
        }
    }
    filled.retain(|_, quantity| !quantity.is_zero());
    let agree = filled.iter().filter(|(id, quantity)| traded.get(id) == Some(quantity));
    (filled.len(), agree.count())
}
