//! Nothing turns an order into an outbound message.
use risk_core::{Order, Outbound};

fn venue(_: Outbound) {}

fn send(order: Order) {
    venue(order.into());
}

fn main() {}
