//! What was approved cannot be changed on its way.
use risk_core::Outbound;

fn more(outbound: &mut Outbound) {
    outbound.order.quantity = 1_000.into();
    outbound.order().quantity = 1_000.into();
}

fn main() {}
