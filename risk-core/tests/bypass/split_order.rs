//! One order that is too large, as many that are not.

include!("guard.inc");

fn main() {
    let desk = Desk::new();
    let mut approved = 0;
    for n in 0..10_000 {
        if desk.guard.evaluate(&desk.order(&format!("o{n}"), 1)).permit().is_ok() {
            approved += 1;
        }
    }
    assert_eq!(approved, 10);
}
