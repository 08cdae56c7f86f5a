//! The handle of an order that has ended, after its place was taken by another.

include!("guard.inc");

fn main() {
    let desk = Desk::new();
    let permit = desk.permit("a", 1);
    let old = permit.order();
    desk.guard.release(permit).unwrap();
    let permit = desk.permit("b", 1);
    assert_ne!(old, permit.order());
    // Ending or cancelling the old one leaves the new one alone.
    let order = risk_core::OrderRef::Handle(old);
    desk.guard.ingest(Input::Done { order, end: risk_core::End::Cancelled }).unwrap();
    let cancel = desk.guard.cancel(old);
    assert_eq!(cancel.message(), risk_core::Message::Cancel);
    assert_eq!(desk.guard.order_state(permit.order()), risk_core::OrderState::Permitted);
    let _ = desk.guard.redeem(permit).unwrap();
}
