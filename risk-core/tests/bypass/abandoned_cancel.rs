//! A cancel that is abandoned does not free what was sent.

include!("guard.inc");

fn main() {
    let desk = Desk::new();
    let sent = desk.guard.redeem(desk.permit("a", 10)).unwrap();
    let cancel = desk.guard.cancel(sent.handle());
    desk.guard.abandon(cancel);
    assert!(desk.guard.evaluate(&desk.order("b", 1)).permit().is_err());
    // Nor does time.
    desk.clock.advance_ms(86_400_000);
    desk.guard.tick();
    assert!(desk.guard.evaluate(&desk.order("b", 1)).permit().is_err());
    // Only the proof that it was not sent does.
    desk.guard.abandon(sent);
    let _ = desk.permit("b", 10);
}
