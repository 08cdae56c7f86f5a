//! There is no permit from nothing.
use risk_core::Permit;

fn main() {
    let _: Permit = Default::default();
}
