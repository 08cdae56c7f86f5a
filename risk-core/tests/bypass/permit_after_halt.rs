//! A permit from before a halt.

include!("guard.inc");

fn main() {
    let desk = Desk::new();
    let permit = desk.permit("a", 10);
    let scope = risk_core::Scope::Account(desk.guard.account("main").unwrap());
    let (latch, _) = desk.guard.halt(scope, "stop", "ops");
    assert_eq!(desk.guard.redeem(permit).unwrap_err().reason.code(), "KILL_SWITCH_ACTIVE");
    // It is gone: a resume does not bring it back, and nobody resumes without a name.
    let lift = risk_core::Lift::One(latch);
    assert!(desk.guard.resume(scope, lift, risk_core::TradingState::Active, "go", "").is_err());
    assert!(desk.guard.evaluate(&desk.order("b", 1)).permit().is_err());
}
