//! Neither redeemed after it was released.
use risk_core::{Permit, RiskGuard};

fn both(guard: &RiskGuard, permit: Permit) {
    let _ = guard.release(permit);
    let _ = guard.redeem(permit);
}

fn main() {}
