//! The order is changed between the judgement and the send.

include!("guard.inc");

fn main() {
    let desk = Desk::new();
    let mut order = desk.order("a", 1);
    let permit = desk.guard.evaluate(&order).permit().unwrap();
    order.quantity = 1_000.into();
    order.side = risk_core::Side::Sell;
    let outbound = desk.guard.redeem(permit).unwrap();
    assert_eq!((outbound.order().quantity, outbound.order().side), (1.into(), risk_core::Side::Buy));
    // A copy of what may be sent is an order like any other: it has to be judged.
    let copy = Order { quantity: 1_000.into(), ..*outbound.order() };
    assert!(desk.guard.evaluate(&copy).permit().is_err());
}
