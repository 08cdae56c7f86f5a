//! Permits are dropped to have their holds forgotten.

include!("guard.inc");

fn main() {
    let desk = Desk::new();
    drop(desk.permit("a", 10));
    assert!(desk.guard.evaluate(&desk.order("b", 1)).permit().is_err());
    std::mem::forget(desk.guard.clone());
    assert!(desk.guard.evaluate(&desk.order("b", 1)).permit().is_err());
}
