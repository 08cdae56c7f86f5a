//! A permit cannot be cloned.
use risk_core::Permit;

fn twice(permit: &Permit) -> Permit {
    permit.clone()
}

fn main() {}
