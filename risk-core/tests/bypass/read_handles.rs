//! Handles and orders that were read from a file.

include!("guard.inc");

fn main() {
    let desk = Desk::new();
    let order = desk.order("a", 1);
    let text = serde_json::to_string(&order).unwrap();
    let read: Order = serde_json::from_str(&text).unwrap();
    // Written down it names ordinals, and ordinals are nobody's until a replay takes them in.
    assert_eq!(desk.guard.evaluate(&read).permit().unwrap_err().reason.code(), "UNKNOWN_ACCOUNT");
    let permit = desk.permit("b", 1);
    let text = serde_json::to_string(&permit.order()).unwrap();
    let handle: risk_core::OrderHandle = serde_json::from_str(&text).unwrap();
    assert_ne!(handle, permit.order());
    assert_eq!(desk.guard.order_state(handle), risk_core::OrderState::Ended);
}
