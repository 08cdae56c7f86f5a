//! Changes of limits: what no scenario can say, for it is not in the language.

use risk_core::{
    Account, Asset, Config, ConfigError, Engine, IngestError, Input, Instrument, Limits, LimitsInForce,
    LimitsOf, ManualClock, MemoryJournal, Strategy, Timestamp, replay,
};
use rust_decimal::Decimal;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn gross(limit: u32) -> Limits {
    Limits { gross_exposure_max: Some(limit.into()), ..Limits::default() }
}

fn config() -> Config {
    let mut config = Config::new("USD");
    config.assets.push(Asset::new("USD", 2));
    config.instruments.push(Instrument::new("BTC", "USD", 2, 3));
    config.firm.limits = gross(1_000);
    config.accounts.push(Account::new("main", "USD").limits(gross(100)).strategy("s"));
    config
}

fn engine(config: &Config) -> Engine<ManualClock, MemoryJournal> {
    Engine::new(config, ManualClock::at(NOW), MemoryJournal::with_capacity(100)).unwrap()
}

fn change(of: LimitsOf, limits: Limits, expires: Option<Timestamp>) -> Input {
    Input::Limits {
        of,
        limits: limits.into(),
        by: "ops".into(),
        reason: "a test".into(),
        second: None,
        expires,
    }
}

#[test]
fn limits_do_not_begin_above_their_ceiling() {
    type Change = fn(&mut Config);
    let above: [(&str, Change); 4] = [
        ("the firm", |c| c.firm.ceiling = gross(999)),
        ("account \"main\"", |c| c.accounts[0].ceiling = gross(99)),
        // Not set is looser than anything.
        ("strategy \"s\"", |c| c.accounts[0].strategies[0].ceiling = gross(1_000_000)),
        ("instrument \"BTC\"", |c| {
            let ceiling = Limits { collar_bps: Some(100), ..Limits::default() };
            c.instrument_ceilings.insert("BTC".to_owned(), ceiling);
        }),
    ];
    for (whose, change) in above {
        let mut config = config();
        change(&mut config);
        match config.check() {
            Err(ConfigError::AboveCeiling { at, .. }) => assert_eq!(at, whose),
            other => panic!("{whose}: {other:?}"),
        }
    }
    let mut config = config();
    config.firm.ceiling = gross(1_000);
    config.accounts[0].ceiling = gross(100);
    assert_eq!(config.check(), Ok(()));
    config.accounts[0].ceiling.daily_loss_max = Some(Decimal::NEGATIVE_ONE);
    let wrong = config.check().unwrap_err().to_string();
    assert!(wrong.contains("account \"main\", ceiling: daily_loss_max"), "{wrong}");
    config.instrument_ceilings.insert("ETH".to_owned(), Limits::default());
    config.accounts[0].ceiling = Limits::default();
    assert!(config.check().unwrap_err().to_string().contains("instrument_ceilings"));
}

#[test]
fn what_is_required_cannot_be_changed_away() {
    let mut config = config();
    config.required_limits.push("gross_exposure_max".to_owned());
    let mut engine = engine(&config);
    let main = LimitsOf::Account(engine.account("main").unwrap());
    let without = Limits { order_quantity_max: Some(1.into()), ..Limits::default() };
    let until = Some(NOW.plus_ms(1_000));
    // The firm has it, so the account need not, while it is there for good.
    assert!(engine.ingest(change(main, without.clone(), until)).is_ok());
    let refused = engine.ingest(change(LimitsOf::Firm, without.clone(), None)).unwrap_err();
    assert!(refused.to_string().contains("gross_exposure_max is not set for account \"main\""), "{refused}");
    assert!(engine.ingest(change(main, gross(50), None)).is_ok());
    assert!(engine.ingest(change(LimitsOf::Firm, without.clone(), None)).is_ok());
    assert!(matches!(engine.ingest(change(main, without.clone(), None)), Err(IngestError::Limits(_))));
    // A limit that ends is none that an account can rely on.
    assert!(engine.ingest(change(LimitsOf::Firm, gross(500), until)).is_ok());
    assert!(matches!(engine.ingest(change(main, without.clone(), None)), Err(IngestError::Limits(_))));
    // Nor can an account be added without.
    let other = Account::new("other", "USD").limits(without);
    assert!(matches!(engine.add_account(&other), Err(ConfigError::RequiredLimit { .. })));
    assert!(engine.add_account(&other.limits(gross(1))).is_ok());
}

#[test]
fn an_operator_sees_what_holds_and_what_comes_back() {
    let config = config();
    let mut engine = engine(&config);
    let main = LimitsOf::Account(engine.account("main").unwrap());
    let lasting = LimitsInForce { limits: gross(100), until: None };
    assert_eq!(engine.limits(main), Some(lasting.clone()));
    assert_eq!(engine.limits(LimitsOf::Account(Default::default())), None);
    let until = NOW.plus_ms(60_000);
    engine.ingest(change(main, gross(300), Some(until))).unwrap();
    let temporary = LimitsInForce { limits: gross(300), until: Some((until, gross(100))) };
    assert_eq!(engine.limits(main), Some(temporary.clone()));
    // On record with everything; a snapshot in between and a replay end in the same state.
    let again = replay(&config, engine.journal().base(), engine.journal().records()).unwrap();
    assert_eq!(again.digest(), engine.digest());
    engine.tick_at(Some(until));
    assert_eq!(engine.limits(main), Some(lasting));
    let again = replay(&config, engine.journal().base(), engine.journal().records()).unwrap();
    assert_eq!(again.digest(), engine.digest());
}

#[test]
fn a_later_account_has_its_ceiling_too() {
    let mut engine = engine(&config());
    let mut account = Account::new("late", "USD").limits(gross(10));
    account.ceiling = gross(5);
    assert!(matches!(engine.add_account(&account), Err(ConfigError::AboveCeiling { .. })));
    account.ceiling = gross(20);
    account.strategies.push(Strategy { name: "s".to_owned(), ..Strategy::default() });
    let late = LimitsOf::Account(engine.add_account(&account).unwrap());
    assert_eq!(
        engine.ingest(change(late, gross(21), None)),
        Err(IngestError::AboveCeiling("gross_exposure_max"))
    );
    assert!(engine.ingest(change(late, gross(20), None)).is_ok());
}
