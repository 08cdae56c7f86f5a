//! Neither can what a redeem or a cancel hands out.
#![deny(unused_must_use)]
use risk_core::{OrderHandle, Permit, RiskGuard};

fn ignore(guard: &RiskGuard, permit: Permit, order: OrderHandle) {
    guard.redeem(permit);
    guard.cancel(order);
}

fn main() {}
