//! Latches that limits and trips pull: what may be asked for, what is told, what is on record, and who lifts them.

use proptest::collection::vec;
use proptest::prelude::*;
use risk_core::{
    Action, Cause, Config, Event, GateId, HeartbeatTrip, Input, Kept, Level, Lift, LimitAction, LimitActions,
    Limits, LimitsOf, Order, Quote, Scope, StormTrip, TradingState, Trips, replay,
};
use rust_decimal::Decimal;

use super::world::{NOW, World, cases, config, dec, limits_of};

fn action(limit: &str, action: Action, warn_percent: Option<u8>) -> LimitActions {
    LimitActions::default().with(limit, LimitAction { action, warn_percent }).unwrap()
}

fn problem(limits: Limits, level: Level) -> String {
    let mut config = config();
    *limits_of(&mut config, level) = limits;
    config.check().unwrap_err().to_string()
}

#[test]
fn an_action_needs_a_limit_and_a_warning_one_that_stands() {
    let halt = action("daily_loss_max", Action::Halt, None);
    let text = problem(Limits { actions: halt, ..Limits::default() }, Level::Account);
    assert!(text.ends_with("actions: daily_loss_max has an action and is not set"), "{text}");
    let size = action("order_quantity_max", Action::Halt, Some(70));
    let limits = Limits { order_quantity_max: Some(5.into()), actions: size, ..Limits::default() };
    let text = problem(limits, Level::Instrument);
    assert!(
        text.ends_with("order_quantity_max is measured on an order and cannot warn before one"),
        "{text}"
    );
    for percent in [0, 100] {
        let warn = action("daily_loss_max", Action::Reject, Some(percent));
        let limits = Limits { daily_loss_max: Some(5.into()), actions: warn, ..Limits::default() };
        let text = problem(limits, Level::Firm);
        assert!(text.contains("which is not between 1 and 99"), "{text}");
    }
    let unknown = LimitActions::default().with("drawdown_from", LimitAction::default());
    assert_eq!(unknown.unwrap_err().to_string(), "no limit with an action is called \"drawdown_from\"");
}

#[test]
fn a_trip_that_latches_nothing_is_none() {
    let storm = StormTrip { count: 3, window_ms: 1_000, action: Action::Halt };
    let beat = HeartbeatTrip { heartbeat_ms_max: 500, action: Action::Reducing };
    let wrong = [
        (Trips { reject_storm: Some(StormTrip { count: 0, ..storm }), ..Trips::default() }, "count 0"),
        (Trips { reject_storm: Some(StormTrip { count: 4_097, ..storm }), ..Trips::default() }, "count 4097"),
        (
            Trips { anomaly_storm: Some(StormTrip { window_ms: 0, ..storm }), ..Trips::default() },
            "window_ms 0",
        ),
        (
            Trips { anomaly_storm: Some(StormTrip { action: Action::Reject, ..storm }), ..Trips::default() },
            "reject latches nothing",
        ),
        (
            Trips { heartbeat: Some(HeartbeatTrip { heartbeat_ms_max: 0, ..beat }), ..Trips::default() },
            "heartbeat_ms_max 0",
        ),
        (
            Trips { heartbeat: Some(HeartbeatTrip { action: Action::Reject, ..beat }), ..Trips::default() },
            "reject latches nothing",
        ),
    ];
    for (trips, text) in wrong {
        let problem = Config { trips, ..config() }.check().unwrap_err().to_string();
        assert!(problem.contains(text), "{problem}");
    }
    let right = Trips { reject_storm: Some(storm), anomaly_storm: Some(storm), heartbeat: Some(beat) };
    assert_eq!(Config { trips: right, ..config() }.check(), Ok(()));
}

/// A world in which reaching a loss of 100 halts the account, with a position that can lose it.
fn losing() -> (Config, World) {
    let mut config = config();
    config.accounts[0].limits = Limits {
        daily_loss_max: Some(100.into()),
        order_quantity_max: Some(50.into()),
        actions: action("daily_loss_max", Action::Halt, Some(50)),
        ..Limits::default()
    };
    let mut world = World::quoted(&config);
    world.balance(1_000);
    let btc = world.btc;
    world.hold(btc, risk_core::Side::Buy, 10.into(), Decimal::ZERO);
    (config, world)
}

#[test]
fn a_trip_is_told_with_its_reading_and_its_latch() {
    let (config, mut world) = losing();
    world.quote("94", "94.02");
    let told: Vec<_> = world.engine.take_trips().collect();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].state, told[0].latch), (TradingState::Active, None));
    assert_eq!(told[0].cause, Cause::Limit { gate: GateId::DailyLoss, level: Level::Account });
    world.quote("89", "89.02");
    let told: Vec<_> = world.engine.take_trips().collect();
    let [trip] = told[..] else { panic!("{told:?}") };
    assert_eq!((trip.scope, trip.state), (Scope::Account(world.main), TradingState::Halted));
    // 10 from 100 to 89.01, of 100, in hundred-millionths.
    assert_eq!(trip.measured, Some((10_990_000_000, 10_000_000_000)));
    let latch = world.engine.latches().next().copied().unwrap();
    assert_eq!((Some(latch.id), latch.cause, latch.by), (trip.latch, trip.cause, "engine".into()));
    assert_eq!(latch.reason.as_str(), "daily_loss");
    // On record, after the price that did it.
    let last = world.engine.journal().tail().last().cloned().unwrap();
    assert_eq!(last.event, Event::Tripped(trip));
    let again = replay(&config, &Kept::default(), world.engine.journal().tail()).unwrap();
    assert_eq!(again.digest(), world.engine.digest());
}

/// The record of the trip is the one that a crash has lost: the engine that goes on latches before it does anything.
#[test]
fn a_trip_that_was_lost_with_its_record_is_pulled_by_the_next_call() {
    let (config, mut world) = losing();
    world.quote("89", "89.02");
    let mut records: Vec<_> = world.engine.journal().tail().cloned().collect();
    assert!(matches!(records.pop().map(|record| record.event), Some(Event::Tripped(_))));
    let clock = risk_core::ManualClock::at(NOW);
    let journal = risk_core::MemoryJournal::with_capacity(16);
    let engine = replay(&config, &Kept::default(), &records).unwrap().continue_with(clock.clone(), journal);
    let mut again = World::around(engine, clock);
    let order = again.order();
    let why = again.engine.evaluate(&order).permit().unwrap_err();
    assert_eq!(why.reason, risk_core::Reason::KillSwitchActive);
    assert_eq!(again.engine.take_trips().count(), 1);
    let events: Vec<_> = again.engine.journal().tail().map(|record| record.event.clone()).collect();
    assert!(matches!(events[..], [Event::Tripped(_), Event::Evaluated { .. }]), "{events:?}");
}

#[test]
fn loosening_an_action_is_loosening() {
    let (mut config, _) = losing();
    config.settings.dual_control = true;
    let mut world = World::quoted(&config);
    let change = |actions: LimitActions| Input::Limits {
        of: LimitsOf::Account(world.main),
        limits: Limits { actions, ..config.accounts[0].limits.clone() }.into(),
        by: "ana".into(),
        reason: "test".into(),
        second: None,
        expires: None,
    };
    let milder = change(action("daily_loss_max", Action::Reducing, None));
    let stricter = change(
        action("daily_loss_max", Action::Halt, Some(10))
            .with("order_quantity_max", LimitAction { action: Action::Reducing, warn_percent: None })
            .unwrap(),
    );
    let refused = world.engine.ingest(milder).unwrap_err().to_string();
    assert_eq!(refused, "loosening actions needs a second person's name; the old limits stay");
    assert!(world.engine.ingest(stricter).is_ok());
}

/// What can happen to a world with every trip there is.
#[derive(Clone, Copy, Debug)]
enum Step {
    Price(i64),
    Order(i64),
    Wait(i64),
    Beat,
    Tick,
    Fill,
    Roll,
    Resume,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (80_i64..120).prop_map(Step::Price),
        (1_i64..70).prop_map(Step::Order),
        prop_oneof![Just(1_i64), Just(400), Just(600), Just(90_000_000)].prop_map(Step::Wait),
        Just(Step::Beat),
        Just(Step::Tick),
        Just(Step::Fill),
        Just(Step::Roll),
        Just(Step::Resume),
    ]
}

fn tripping() -> Config {
    let (mut config, _) = losing();
    let limits = &mut config.accounts[0].limits;
    limits.gross_exposure_max = Some(1_500.into());
    limits.actions = limits
        .actions
        .with("gross_exposure_max", LimitAction { action: Action::Reducing, warn_percent: Some(80) })
        .and_then(|actions| {
            actions.with("order_quantity_max", LimitAction { action: Action::Reducing, warn_percent: None })
        })
        .unwrap();
    config.trips = Trips {
        reject_storm: Some(StormTrip { count: 3, window_ms: 1_000, action: Action::Reducing }),
        anomaly_storm: Some(StormTrip { count: 2, window_ms: 1_000, action: Action::Halt }),
        heartbeat: Some(HeartbeatTrip { heartbeat_ms_max: 500, action: Action::Reducing }),
    };
    config
}

proptest! {
    #![proptest_config(cases(60))]

    /// A trip never lowers a state, and nothing but a resume does; the journal replays with every trip in its place.
    #[test]
    fn only_a_resume_lowers_a_state(steps in vec(step(), 1..60)) {
        let config = tripping();
        let mut world = World::quoted(&config);
        world.balance(1_000);
        let btc = world.btc;
        world.hold(btc, risk_core::Side::Buy, 10.into(), Decimal::ZERO);
        let scopes = [Scope::Firm, Scope::Account(world.main)];
        let mut time = NOW;
        let mut ids = 0_u32;
        let mut trips = 0;
        for step in steps {
            let before = scopes.map(|scope| world.engine.trading_state(scope));
            let latches: Vec<_> = world.engine.latches().map(|latch| latch.id).collect();
            ids += 1;
            match step {
                Step::Price(price) => {
                    let quote = Quote::new(btc, Decimal::from(price) - dec("0.01"), Decimal::from(price) + dec("0.01"), time);
                    world.ingest(Input::Quote(quote));
                }
                Step::Order(quantity) => {
                    let id = format!("o{ids}");
                    let order = Order { quantity: quantity.into(), id: id.as_str().into(), ..world.order() };
                    drop(world.engine.evaluate(&order));
                }
                Step::Wait(ms) => {
                    time = time.plus_ms(ms);
                    world.clock.set(time);
                }
                Step::Beat => world.ingest(Input::Heartbeat),
                Step::Tick => world.engine.tick(),
                Step::Fill => world.hold(btc, risk_core::Side::Sell, Decimal::ONE, Decimal::ZERO),
                Step::Roll => world.ingest(Input::DayRoll),
                Step::Resume => {
                    for scope in scopes {
                        let last = world.engine.latches().map(|latch| latch.id).max();
                        if let Some(last) = last {
                            let _ = world.engine.resume(scope, Lift::UpTo(last), TradingState::Active, "test", "ana");
                        }
                    }
                }
            }
            let told: Vec<_> = world.engine.take_trips().collect();
            trips += told.len();
            for trip in &told {
                prop_assert_eq!(trip.latch.is_some(), trip.state != TradingState::Active);
            }
            if !matches!(step, Step::Resume) {
                let after = scopes.map(|scope| world.engine.trading_state(scope));
                prop_assert!(before[0] <= after[0] && before[1] <= after[1], "{:?}: {:?} to {:?}", step, before, after);
                let held: Vec<_> = world.engine.latches().map(|latch| latch.id).collect();
                prop_assert!(latches.iter().all(|latch| held.contains(latch)));
            }
        }
        let recorded = world.engine.journal().tail().filter(|record| matches!(record.event, Event::Tripped(_))).count();
        prop_assert_eq!(recorded, trips);
        let again = replay(&config, &Kept::default(), world.engine.journal().tail()).unwrap();
        prop_assert_eq!(again.digest(), world.engine.digest());
    }
}
