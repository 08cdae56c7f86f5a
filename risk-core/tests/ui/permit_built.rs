//! A permit cannot be built.
use risk_core::{OrderHandle, Permit, Timestamp};

fn main() {
    let _ = Permit { handle: OrderHandle::default(), quantity: 1.into(), expires: Timestamp::MAX };
}
