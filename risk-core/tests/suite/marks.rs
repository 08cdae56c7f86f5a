//! The age of a mark counts also where there is no quote at all.

use risk_core::{
    Account, Asset, Config, Engine, Input, Instrument, Limits, ManualClock, MarkSource, MemoryJournal, Order,
    Reason, Timestamp,
};

/// What an opening order is refused for, when the mark is of this age in ms.
fn refused_for(age_ms: i64) -> Option<Reason> {
    let mut config = Config::new("USD");
    config.assets.push(Asset::new("USD", 2));
    config.firm.limits = Limits { mark_age_ms_max: Some(1_000), ..Limits::default() };
    let mut instrument = Instrument::new("OIL", "USD", 2, 0);
    instrument.mark_source = MarkSource::Input;
    config.instruments.push(instrument);
    config.accounts.push(Account::new("main", "USD").unlimited("the firm's limits hold").strategy("only"));
    let now = Timestamp::from_millis(1_700_000_000_000);
    let mut engine = Engine::new(&config, ManualClock::at(now), MemoryJournal::with_capacity(10)).unwrap();
    let (account, instrument) = (engine.account("main").unwrap(), engine.instrument("OIL").unwrap());
    let strategy = engine.strategy(account, "only").unwrap();
    engine.ingest(Input::Mark { instrument, price: 100.into(), at: now.plus_ms(-age_ms) }).unwrap();
    let order = Order::buy(instrument, 1).limit(100).account(account).strategy(strategy).id("a1");
    engine.evaluate(&order).reason()
}

#[test]
fn a_mark_without_a_quote_ages() {
    assert_eq!(refused_for(0), None);
    assert_eq!(refused_for(1_000), None);
    assert_eq!(refused_for(1_001), Some(Reason::StaleData));
    assert_eq!(refused_for(-86_400_000), Some(Reason::StaleData));
}
