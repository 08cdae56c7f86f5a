//! A permit cannot be built from another one with a larger quantity.
use risk_core::Permit;

fn more(permit: Permit) -> Permit {
    Permit { quantity: 1_000.into(), ..permit }
}

fn main() {}
