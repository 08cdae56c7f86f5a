//! Handles of a guard in which everything is allowed.

include!("guard.inc");

fn main() {
    let (mine, other) = (Desk::new(), Desk::new());
    let foreign = other.order("a", 1);
    let own = mine.order("a", 1);
    for (order, reason) in [
        (foreign, "UNKNOWN_ACCOUNT"),
        (Order { account: own.account, ..foreign }, "UNKNOWN_STRATEGY"),
        (Order { account: own.account, strategy: own.strategy, ..foreign }, "UNKNOWN_INSTRUMENT"),
        (Order { account: Default::default(), ..own }, "UNKNOWN_ACCOUNT"),
        (Order { strategy: Default::default(), ..own }, "UNKNOWN_STRATEGY"),
        (Order { instrument: Default::default(), ..own }, "UNKNOWN_INSTRUMENT"),
    ] {
        assert_eq!(mine.guard.evaluate(&order).permit().unwrap_err().reason.code(), reason);
    }
    let _ = mine.guard.evaluate(&own).permit().unwrap();
}
