//! A permit kept for later.

include!("guard.inc");

fn main() {
    let desk = Desk::new();
    let permit = desk.permit("a", 10);
    desk.clock.advance_ms(1_000);
    assert_eq!(desk.guard.redeem(permit).unwrap_err().reason.code(), "PERMIT_EXPIRED");
    // A clock that is set back does not make it fresh again.
    let permit = desk.permit("b", 10);
    desk.clock.advance_ms(1_500);
    desk.guard.tick();
    desk.clock.advance_ms(-900);
    assert_eq!(desk.guard.redeem(permit).unwrap_err().reason.code(), "PERMIT_EXPIRED");
}
