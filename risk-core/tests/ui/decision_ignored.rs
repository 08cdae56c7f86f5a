//! A decision cannot be ignored where unused results are denied.
#![deny(unused_must_use)]
use risk_core::{Order, RiskGuard};

fn ignore(guard: &RiskGuard, order: &Order) {
    guard.evaluate(order);
}

fn main() {}
