//! An order that was not judged cannot be sent.
use risk_core::{Order, Outbound};

fn venue(_: Outbound) {}

fn send(order: Order) {
    venue(order);
}

fn main() {}
