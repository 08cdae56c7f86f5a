//! Rules of the house: who is named, who is asked, what is on record, and that a replay asks nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use risk_core::{
    Change, Config, ConfigError, Engine, Event, GateId, HouseRule, Kept, Level, ManualClock, Measurement,
    MemoryJournal, Order, Reason, Rejection, Unit, Verdict, Veto, Vetoed, View, replay,
};
use risk_testkit::house::vetoes;

use super::world::{NOW, World, config, dec};

fn with_rules(names: &[&str]) -> Config {
    let mut config = config();
    config.house_rules = names.iter().map(|name| HouseRule::new(name)).collect();
    config
}

fn made(config: &Config, vetoes: Vec<Veto>) -> Result<(), ConfigError> {
    Engine::with_vetoes(config, ManualClock::at(NOW), MemoryJournal::with_capacity(8), vetoes).map(|_| ())
}

fn nothing(name: &str) -> Veto {
    Veto::new(name, |_: &View<'_>| Ok(None))
}

fn refused(world: &mut World, order: &Order) -> Rejection {
    world.engine.evaluate(order).permit().unwrap_err()
}

#[test]
fn an_engine_has_exactly_the_rules_that_its_configuration_names() {
    let config = with_rules(&["one", "two"]);
    let text = |vetoes| made(&config, vetoes).unwrap_err().to_string();
    assert_eq!(text(vec![]), "house_rules: one has no function; give one where the engine is made");
    assert_eq!(
        text(vec![nothing("one")]),
        "house_rules: two has no function; give one where the engine is made"
    );
    let three = text(vec![nothing("one"), nothing("two"), nothing("three")]);
    assert_eq!(three, "house rule \"three\" (in the functions given) is not known");
    let twice = text(vec![nothing("one"), nothing("one"), nothing("two")]);
    assert_eq!(twice, "house rule \"one\" is there twice");
    assert_eq!(made(&config, vec![nothing("two"), nothing("one")]), Ok(()));
    let plain = Engine::new(&config, ManualClock::at(NOW), MemoryJournal::with_capacity(8));
    assert!(plain.is_err());
}

#[test]
fn names_and_numbers_of_rules_are_checked() {
    for (names, problem) in [
        (vec!["two words"], "house_rules: \"two words\" is not 1 to 15 of [A-Za-z0-9_.:-]"),
        (vec![""], "house_rules: \"\" is not 1 to 15 of [A-Za-z0-9_.:-]"),
        (vec!["a", "b", "a"], "house rule \"a\" is there twice"),
        (vec!["1", "2", "3", "4", "5", "6", "7", "8", "9"], "house_rules: 9 rules are more than 8"),
    ] {
        assert_eq!(with_rules(&names).check().unwrap_err().to_string(), problem);
    }
    assert!(with_rules(&["a23456789012345"]).check().is_ok());
    assert!(with_rules(&["a234567890123456"]).check().is_err());
}

#[test]
fn a_refusal_names_the_rule_and_reads_as_one_sentence() {
    let mut world = World::quoted(&with_rules(&["silent.0", "quantity.4.5", "fails.3", "panics.2"]));
    let order = world.order();
    let why = refused(&mut world, &order);
    assert_eq!(
        (why.reason, why.gate, why.level),
        (Reason::HouseRule, Some(GateId::HouseRule), Some(Level::Firm))
    );
    let refusal = why.house.unwrap();
    assert_eq!((refusal.rule.as_str(), refusal.place, refusal.why), ("quantity.4.5", 1, Vetoed::Measured));
    let reading = why.reading.unwrap();
    assert_eq!((reading.measured, reading.limit, reading.unit), (50, 45, Unit::Number { scale: 1 }));
    assert_eq!(
        why.to_string(),
        "HOUSE_RULE: what a rule of the house measures, quantity.4.5: 5, at most 4.5 (firm); ask whoever answers for \
         the rule"
    );
    let why = refused(&mut world, &Order { quantity: 4.into(), ..order });
    assert_eq!(why.house.map(|refusal| refusal.why), Some(Vetoed::Failed));
    assert!(why.to_string().contains("fails.3: it could not answer"), "{why}");
    let why = refused(&mut world, &Order { quantity: 2.into(), ..order });
    assert_eq!(why.house.map(|refusal| refusal.why), Some(Vetoed::Panicked));
    assert!(why.to_string().contains("panics.2: it panicked"), "{why}");
    assert!(world.engine.evaluate(&Order { quantity: 1.into(), ..order }).permit().is_ok());
}

#[test]
fn numbers_that_cannot_be_compared_refuse() {
    let mut config = config();
    config.house_rules.push(HouseRule::new("wide"));
    let wide = Veto::new("wide", |_: &View<'_>| {
        Ok(Some(Measurement::below(dec("0.0000000000000000000000000001"), rust_decimal::Decimal::MAX)))
    });
    let journal = MemoryJournal::with_capacity(64);
    let mut engine = Engine::with_vetoes(&config, ManualClock::at(NOW), journal, vec![wide]).unwrap();
    let main = engine.account("main").unwrap();
    let strategy = engine.strategy(main, "s").unwrap();
    let btc = engine.instrument("BTC").unwrap();
    engine.ingest(risk_core::Input::Quote(risk_core::Quote::new(btc, 99, 101, NOW))).unwrap();
    let order = Order::buy(btc, 1).account(main).strategy(strategy).id("a");
    let why = engine.evaluate(&order).permit().unwrap_err();
    assert_eq!(why.house.map(|refusal| refusal.why), Some(Vetoed::Failed), "{why}");
}

#[test]
fn coverage_names_the_rules() {
    let mut config = with_rules(&["opening.5"]);
    config.house_rules.push(HouseRule::new("quantity.5").for_exits());
    let world = World::new(&config);
    let coverage = world.engine.coverage();
    assert_eq!(coverage.house_rules, config.house_rules);
    assert!(coverage.iter().all(|missing| missing.gate != GateId::HouseRule));
}

#[test]
fn a_change_is_asked_about_and_a_partial_cancel_is_not() {
    let mut world = World::quoted(&with_rules(&["quantity.5"]));
    let order = world.order().limit(100);
    let permit = world.engine.evaluate(&order).permit().unwrap();
    let _ = world.engine.redeem(permit).unwrap();
    let id = risk_core::OrderRef::Client { account: world.main, id: order.id };
    let more = world.engine.modify(id, &Change { quantity: Some(6.into()), ..Change::default() });
    assert_eq!(more.reason(), Some(Reason::HouseRule));
    let dearer = world.engine.modify(id, &Change { price: Some(dec("100.01")), ..Change::default() });
    assert_eq!(dearer.verdict(), Verdict::Approved);
    world.engine.release(dearer.permit().unwrap()).unwrap();
    // A rule that panics whatever it is asked does not stand in the way of less.
    let mut world = World::quoted(&with_rules(&["panics.5"]));
    let order = Order { quantity: dec("4.9"), ..world.order().limit(100) };
    let permit = world.engine.evaluate(&order).permit().unwrap();
    let _ = world.engine.redeem(permit).unwrap();
    let less =
        world.engine.modify(id_of(&world, &order), &Change { quantity: Some(1.into()), ..Change::default() });
    assert_eq!(less.verdict(), Verdict::Approved);
}

fn id_of(world: &World, order: &Order) -> risk_core::OrderRef {
    risk_core::OrderRef::Client { account: world.main, id: order.id }
}

#[test]
fn of_a_list_the_first_that_is_refused_ends_the_asking() {
    let asked = Arc::new(AtomicU32::new(0));
    let mut config = config();
    config.house_rules.push(HouseRule::new("counts"));
    let counter = Arc::clone(&asked);
    let counts = Veto::new("counts", move |view: &View<'_>| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(Some(Measurement::at_most(view.quantity(), 5)))
    });
    config.accounts[0].limits.order_quantity_max = Some(7.into());
    let journal = MemoryJournal::with_capacity(64);
    let mut engine = Engine::with_vetoes(&config, ManualClock::at(NOW), journal, vec![counts]).unwrap();
    let main = engine.account("main").unwrap();
    let strategy = engine.strategy(main, "s").unwrap();
    let btc = engine.instrument("BTC").unwrap();
    engine.ingest(risk_core::Input::Quote(risk_core::Quote::new(btc, 99, 101, NOW))).unwrap();
    let order = |id: &str, quantity: i64| Order::buy(btc, quantity).account(main).strategy(strategy).id(id);
    // The second is the house's; the fourth a gate's, which leads. The third and the fourth are not asked about.
    let list: Arc<[Order]> = [order("a", 1), order("b", 6), order("c", 6), order("d", 8)].into();
    let refusal = engine.evaluate_list(&list).permit().unwrap_err();
    assert_eq!(
        (refusal.leading.reason, refusal.order, refusal.refused),
        (Reason::OrderQuantityMax, Some(3), 2)
    );
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    let list: Arc<[Order]> = [order("a", 1), order("b", 6)].into();
    let refusal = engine.evaluate_list(&list).permit().unwrap_err();
    assert_eq!((refusal.leading.reason, refusal.order), (Reason::HouseRule, Some(1)));
    assert_eq!(asked.load(Ordering::Relaxed), 4);
    // All of it is on record, and a replay asks nobody.
    let again = replay(&config, &Kept::default(), engine.journal().tail()).unwrap();
    assert_eq!(again.digest(), engine.digest());
    assert_eq!(asked.load(Ordering::Relaxed), 4);
}

#[test]
fn what_a_rule_said_is_on_record_and_replays_without_it() {
    let config = with_rules(&["quantity.4", "panics.2"]);
    let mut world = World::quoted(&config);
    let order = world.order();
    for (id, quantity) in [("a", 1), ("b", 2), ("c", 5)] {
        drop(world.engine.evaluate(&Order { quantity: quantity.into(), id: id.into(), ..order }));
    }
    let recorded: Vec<_> = world
        .engine
        .journal()
        .tail()
        .filter_map(|record| match record.event {
            Event::Evaluated { outcome, .. } => {
                Some((outcome.veto.map(|veto| (veto.rule, veto.why)), outcome.measured))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        recorded,
        [(None, None), (Some((1, Vetoed::Panicked)), None), (Some((0, Vetoed::Measured)), Some((5, 4)))]
    );
    let again = replay(&config, &Kept::default(), world.engine.journal().tail()).unwrap();
    assert_eq!(again.digest(), world.engine.digest());
    // An engine that goes on without the functions refuses what they were for, and with them it asks again.
    let mut blind = again.continue_with(ManualClock::at(NOW), MemoryJournal::with_capacity(8));
    let order = Order {
        account: blind.account("main").unwrap(),
        strategy: blind.strategy(blind.account("main").unwrap(), "s").unwrap(),
        instrument: blind.instrument("BTC").unwrap(),
        quantity: 1.into(),
        id: "d".into(),
        ..order
    };
    let why = blind.evaluate(&order).permit().unwrap_err();
    assert_eq!(why.house.map(|refusal| refusal.why), Some(Vetoed::Absent));
    let again = replay(&config, &Kept::default(), world.engine.journal().tail()).unwrap();
    let journal = MemoryJournal::with_capacity(8);
    let seeing = again.continue_with_vetoes(ManualClock::at(NOW), journal, vetoes(&config)).unwrap();
    let order = Order {
        account: seeing.account("main").unwrap(),
        strategy: seeing.strategy(seeing.account("main").unwrap(), "s").unwrap(),
        instrument: seeing.instrument("BTC").unwrap(),
        ..order
    };
    let mut seeing = seeing;
    assert_eq!(seeing.evaluate(&order).verdict(), Verdict::Approved);
}

#[test]
fn explain_shows_every_rule_and_headroom_stays_within_them() {
    let mut world = World::quoted(&with_rules(&["quantity.4", "silent.0", "opening.3"]));
    let order = world.order();
    let told = world.engine.explain(&order);
    let rules: Vec<_> = told
        .readings()
        .filter_map(|line| Some((line.rule?.as_str().to_owned(), line.breach.is_some())))
        .collect();
    assert_eq!(rules, [("quantity.4".to_owned(), true), ("opening.3".to_owned(), true)]);
    assert!(told.to_string().contains("quantity.4"), "{told}");
    let (main, strategy, btc) = (world.main, world.strategy, world.btc);
    let headroom = world.engine.headroom(main, strategy, btc, risk_core::Side::Buy);
    assert_eq!(headroom.quantity, Some(3.into()));
    assert_eq!(headroom.bound.map(|bound| bound.reason), Some(Reason::HouseRule));
}

#[test]
fn a_rule_sees_the_facts_that_the_gates_see() {
    let mut config = config();
    config.house_rules.push(HouseRule::new("looks"));
    config.accounts[0].limits.gross_exposure_max = Some(10_000.into());
    let looks = Veto::new("looks", |view: &View<'_>| {
        assert_eq!(view.quantity(), 5.into());
        assert_eq!((view.position(Level::Account), view.position(Level::Strategy)), (2.into(), 2.into()));
        assert_eq!(
            (view.opening(Level::Account), view.is_exit(), view.is_change()),
            (5.into(), false, false)
        );
        assert_eq!(view.mark(), Some(100.into()));
        assert_eq!(view.quote(), (Some(dec("99.99")), Some(dec("100.01"))));
        assert_eq!(view.now(), NOW);
        assert_eq!(view.order().id, "order".into());
        assert_eq!(view.equity(Level::Account), Some(1_000.into()));
        assert_eq!(view.loss_of_day(Level::Account), Some(0.into()));
        assert_eq!(view.notional(Level::Account), Some(500.into()));
        let gross = view.reading(GateId::GrossExposure, Level::Account).unwrap();
        assert_eq!(gross.unit.show(gross.measured), "700 USD");
        assert_eq!(view.gross_exposure(Level::Account), Some(700.into()));
        assert_eq!(view.exposure(Level::Firm), Some(700.into()));
        assert_eq!(view.reading(GateId::GrossExposure, Level::Firm), None);
        let mut lines = 0;
        view.each_reading(|line| lines += u32::from(line.breach.is_none()));
        assert!(lines > 3);
        Ok(None)
    });
    let journal = MemoryJournal::with_capacity(64);
    let clock = ManualClock::at(NOW);
    let engine = Engine::with_vetoes(&config, clock.clone(), journal, vec![looks]).unwrap();
    let mut world = World::around(engine, clock);
    world.quote("99.99", "100.01");
    let btc = world.btc;
    world.hold(btc, risk_core::Side::Buy, 2.into(), 0.into());
    world.balance(1_000);
    let order = Order { id: "order".into(), ..world.order() };
    let decision = world.engine.evaluate(&order);
    assert_eq!(decision.verdict(), Verdict::Approved, "{decision:?}");
}
