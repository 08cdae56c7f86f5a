//! A permit is used up by the call that takes it.
use risk_core::{Permit, RiskGuard};

fn twice(guard: &RiskGuard, permit: Permit) {
    let _ = guard.redeem(permit);
    let _ = guard.redeem(permit);
}

fn main() {}
