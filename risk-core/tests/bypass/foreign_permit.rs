//! A permit of another guard, shown to this one.

include!("guard.inc");

fn main() {
    let (mine, other) = (Desk::new(), Desk::new());
    let why = mine.guard.redeem(other.permit("a", 5)).unwrap_err();
    assert_eq!(why.reason.code(), "PERMIT_FOREIGN");
    let why = mine.guard.release(other.permit("b", 5)).unwrap_err();
    assert_eq!(why.reason.code(), "PERMIT_FOREIGN");
}
