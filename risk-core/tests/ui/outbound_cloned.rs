//! An outbound message cannot be cloned and sent twice.
use risk_core::Outbound;

fn twice(outbound: &Outbound) -> (Outbound, Outbound) {
    (outbound.clone(), outbound.clone())
}

fn main() {}
