//! What people read of a refusal: units they know, and what is to blame.

use std::sync::Arc;

use risk_core::{
    Account, Asset, Config, Holding, Input, Instrument, InstrumentHandle, Limits, ManualClock, MemoryJournal,
    Order, Quote, RiskGuard, Snapshot, StrategyHandle, Timestamp,
};
use rust_decimal::Decimal;

const NOW: Timestamp = Timestamp::from_nanos(1_700_000_000_000_000_000);

fn guard(limits: Limits) -> RiskGuard {
    let mut config = Config::new("USD");
    config.assets.push(Asset::new("USD", 2));
    config.firm.limits = limits;
    for symbol in ["AAA", "BBB", "CCC"] {
        config.instruments.push(Instrument::new(symbol, "USD", 2, 0));
    }
    config.accounts.push(Account::new("main", "USD").unlimited("the firm's limits hold").strategy("only"));
    RiskGuard::new(&config, ManualClock::at(NOW), MemoryJournal::with_capacity(100)).unwrap()
}

fn names(guard: &RiskGuard) -> (InstrumentHandle, StrategyHandle) {
    let account = guard.account("main").unwrap();
    (guard.instrument("AAA").unwrap(), guard.strategy(account, "only").unwrap())
}

/// The refusal of an order to buy 1 of AAA, quoted 99.97 to 100.04, as a person reads it.
fn refusal(limits: Limits, change: impl FnOnce(Order) -> Order) -> String {
    let guard = guard(limits);
    let (instrument, strategy) = names(&guard);
    let quote = Quote::new(instrument, Decimal::new(9_997, 2), Decimal::new(10_004, 2), NOW);
    guard.ingest(Input::Quote(quote)).unwrap();
    let account = guard.account("main").unwrap();
    let order = Order::buy(instrument, 1).account(account).strategy(strategy).id("a1");
    guard.evaluate(&change(order)).permit().unwrap_err().to_string()
}

#[test]
fn spreads_and_collars_read_in_basis_points() {
    let spread = Limits { spread_bps_max: Some(6), ..Limits::default() };
    let text = refusal(spread, |order| order);
    // 0.07 of 100.005: a hair more than 6.9996.
    assert!(text.contains(": 7 bps, at most 6 bps (firm)"), "{text}");

    let collar = Limits { collar_bps: Some(100), collar_passive_bps: Some(500), ..Limits::default() };
    // The mark is 100.01.
    let text = refusal(collar.clone(), |order| order.limit(Decimal::new(10_102, 2)));
    assert!(text.contains(": 100.99 bps, at most 100 bps (firm)"), "{text}");
    let text = refusal(collar.clone(), |order| order.limit(Decimal::new(9_500, 2)));
    assert!(text.contains(": 500.95 bps, at most 500 bps (firm)"), "{text}");
    // The price of a stop-limit is measured from its trigger, the trigger from the mark.
    let text = refusal(collar.clone(), |order| order.stop(104).limit(106));
    assert!(text.contains(": 192.31 bps, at most 100 bps (firm)"), "{text}");
    let text = refusal(collar, |order| order.stop(106).limit(106));
    assert!(text.contains(": 598.95 bps, at most 500 bps (firm)"), "{text}");
}

#[test]
fn what_never_had_a_mark_is_named() {
    let guard = guard(Limits { gross_exposure_max: Some(1_000_000.into()), ..Limits::default() });
    let account = guard.account("main").unwrap();
    let of = |symbol: &str| guard.instrument(symbol).unwrap();
    let holding = |symbol: &str, quantity: i64| Holding {
        instrument: of(symbol),
        quantity: quantity.into(),
        price: 10.into(),
    };
    let positions = vec![holding("AAA", 1), holding("CCC", -2)];
    guard
        .ingest(Input::Snapshot(Arc::new(Snapshot { account, balance: None, positions, orders: None })))
        .unwrap();
    assert_eq!(guard.unmarked(account), [of("AAA"), of("CCC")]);
    guard.ingest(Input::Quote(Quote::new(of("AAA"), 9, 11, NOW))).unwrap();
    assert_eq!(guard.unmarked(account), [of("CCC")]);
    assert_eq!(guard.unmarked(Default::default()), []);
    assert_eq!(guard.seq(), 2);
    let before = guard.digest();
    guard.ingest(Input::Quote(Quote::of_sides(of("CCC"), Some(9.into()), None, NOW))).unwrap();
    assert_eq!(guard.unmarked(account), [of("CCC")]);
    assert_ne!(guard.digest(), before);
}
