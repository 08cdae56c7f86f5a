//! A guard without limits and without a reason to have none.

include!("guard.inc");

fn main() {
    let mut config = Config::new("USD");
    config.assets.push(Asset::new("USD", 2));
    assert!(RiskGuard::new(&config, ManualClock::at(Timestamp::EPOCH), MemoryJournal::last(10)).is_err());
    config.firm.unlimited = Some("  ".to_owned());
    assert!(RiskGuard::new(&config, ManualClock::at(Timestamp::EPOCH), MemoryJournal::last(10)).is_err());
    config.firm.limits = Limits { gross_exposure_max: Some(1.into()), ..Limits::default() };
    config.accounts.push(Account::new("main", "USD"));
    assert!(RiskGuard::new(&config, ManualClock::at(Timestamp::EPOCH), MemoryJournal::last(10)).is_err());
    // A reload without any is a change on record; one that is nobody's is refused.
    let desk = Desk::new();
    let nothing = |by: &str| Input::Limits {
        of: risk_core::LimitsOf::Firm,
        limits: Limits::default().into(),
        by: by.into(),
        reason: "none".into(),
        second: None,
        expires: None,
    };
    assert!(desk.guard.ingest(nothing("")).is_err());
    let quantity = |id: &str| desk.guard.evaluate(&desk.order(id, 100)).permit().map(|permit| permit.quantity());
    assert_eq!(quantity("a").unwrap(), 10.into());
}
