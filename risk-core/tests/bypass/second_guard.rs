//! The guard of the process is replaced by one without limits.

include!("guard.inc");

fn main() {
    let desk = Desk::new();
    let installed = desk.guard.clone().install_global().unwrap();
    assert!(Desk::new().guard.install_global().is_err());
    assert!(risk_core::RiskGuard::global().unwrap().evaluate(&desk.order("a", 11)).permit().is_ok_and(|permit| {
        permit.quantity() == 10.into()
    }));
    assert!(installed.evaluate(&desk.order("b", 1)).permit().is_err());
}
