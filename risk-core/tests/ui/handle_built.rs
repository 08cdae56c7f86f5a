//! Handles are handed out, not made: not of an order, not of an account.
use risk_core::{AccountHandle, OrderHandle};

fn main() {
    let _ = OrderHandle { engine: 1, slot: 0, generation: 1 };
    let _ = AccountHandle { engine: 1, index: 0 };
}
