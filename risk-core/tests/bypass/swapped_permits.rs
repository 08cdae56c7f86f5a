//! Permits swapped in memory: each stays what it is, and is used once.

include!("guard.inc");

fn main() {
    let desk = Desk::new();
    let (mut large, mut small) = (desk.permit("large", 8), desk.permit("small", 2));
    std::mem::swap(&mut large, &mut small);
    let outbound = desk.guard.redeem(large).unwrap();
    assert_eq!((outbound.order().id.as_str(), outbound.order().quantity), ("small", 2.into()));
    // What was replaced in a variable is spent with it: there is nothing left to redeem a second time.
    let mut kept = Some(small);
    let outbound = desk.guard.redeem(std::mem::take(&mut kept).unwrap()).unwrap();
    assert_eq!((outbound.order().id.as_str(), outbound.order().quantity), ("large", 8.into()));
    assert!(kept.is_none());
    assert!(desk.guard.evaluate(&desk.order("more", 1)).permit().is_err());
}
