//! A permit is not yet an order that may be sent.
use risk_core::{Outbound, Permit};

fn venue(_: Outbound) {}

fn send(permit: Permit) {
    venue(permit);
}

fn main() {}
