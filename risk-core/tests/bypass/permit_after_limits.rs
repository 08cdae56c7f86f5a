//! A permit from before a limit became stricter.

include!("guard.inc");

fn main() {
    let desk = Desk::new();
    let permit = desk.permit("a", 10);
    let limits = Limits { gross_exposure_max: Some(999.into()), ..Limits::default() };
    let of = risk_core::LimitsOf::Firm;
    desk.guard.ingest(Input::Limits { of, limits: limits.into(), by: "ops".into(), reason: "less".into(), second: None, expires: None }).unwrap();
    assert_eq!(desk.guard.redeem(permit).unwrap_err().reason.code(), "PERMIT_STALE");
}
