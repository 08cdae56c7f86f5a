//! Every one of the four answers must be handled.
use risk_core::{Decision, Permit};

fn permit(decision: Decision) -> Option<Permit> {
    match decision {
        Decision::Approved(permit) => Some(permit),
        Decision::Rejected(_) | Decision::EmergencyStop(_) => None,
    }
}

fn main() {}
