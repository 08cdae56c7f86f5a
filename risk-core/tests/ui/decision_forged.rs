//! A decision cannot be forged: it needs a permit, and a rejection cannot be turned into one.
use risk_core::{Decision, Rejection};

fn approve(rejection: Rejection) -> Decision {
    Decision::Approved(rejection)
}

fn approve_nothing() -> Decision {
    Decision::Approved(())
}

fn main() {}
