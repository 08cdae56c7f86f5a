//! After construction nothing allocates: no order, no input, no halt, no snapshot of a ring.

use std::hint::black_box;
use std::sync::Arc;

use risk_core::{
    Account, Action, Asset, Capacity, Config, End, Engine, Fill, HeartbeatTrip, HostFigures, Input,
    Instrument, Journal, Lift, LimitAction, LimitActions, Limits, LimitsOf, ManualClock, MemoryJournal,
    MessageRate, Order, OrderRef, Quote, RiskGuard, Scope, StormTrip, Strategy, Timestamp, TradingState,
    Trips,
};
use risk_testkit::alloc::{Counting, allocations};
use rust_decimal::Decimal;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn config() -> Config {
    let limits = |gross: i64| Limits {
        gross_exposure_max: Some(gross.into()),
        order_notional_max: Some(20_000.into()),
        message_rate: Some(MessageRate { messages: 100, interval_ms: 100, burst: 200, exit_reserve: 10 }),
        daily_loss_max: Some(50_000.into()),
        drawdown_percent_max: Some(50.into()),
        position_count_max: Some(8),
        actions: LimitActions::default()
            .with("daily_loss_max", LimitAction { action: Action::Halt, warn_percent: Some(99) })
            .unwrap(),
        ..Limits::default()
    };
    let mut config = Config::new("USD");
    let storm = StormTrip { count: 4_096, window_ms: 1, action: Action::Halt };
    let heartbeat = HeartbeatTrip { heartbeat_ms_max: 1 << 36, action: Action::Halt };
    config.trips =
        Trips { reject_storm: Some(storm), anomaly_storm: Some(storm), heartbeat: Some(heartbeat) };
    config.capacity = Capacity {
        live_orders: 64,
        order_ids: 256,
        order_ids_for_exits: 16,
        executions: 32,
        ..Capacity::default()
    };
    config.settings.duplicate_window_ms = 500;
    config.assets.push(Asset::new("USD", 2));
    config.assets.push(Asset::new("EUR", 2));
    config.firm.limits = Limits { collar_bps: Some(500), mark_age_ms_max: Some(60_000), ..limits(400_000) };
    for n in 0..8 {
        let mut instrument = Instrument::new(&format!("I{n}"), if n < 6 { "USD" } else { "EUR" }, 2, 3);
        instrument.group = Some(format!("G{}", n % 3));
        config.instruments.push(instrument);
    }
    for n in 0..4 {
        let mut account = Account::new(&format!("A{n}"), "USD").limits(limits(100_000));
        account.strategies.push(Strategy {
            name: "s".to_owned(),
            limits: limits(80_000),
            ..Strategy::default()
        });
        config.accounts.push(account);
    }
    config
}

/// Everything that may happen, many times. Returns how many orders were approved and how many were not.
fn run<J: Journal>(
    engine: &mut Engine<ManualClock, J>,
    clock: &ManualClock,
    rounds: u32,
    orders: &[Order],
    limits: &Arc<Limits>,
) -> [u32; 2] {
    let mut answers = [0; 2];
    let usd = engine.asset("USD").unwrap();
    let eur = engine.asset("EUR").unwrap();
    for round in 0..rounds {
        let order = orders[round as usize % orders.len()];
        clock.advance_ms(3);
        let now = clock_now(clock);
        engine.ingest(Input::Quote(Quote::new(order.instrument, 99, 101, now))).unwrap();
        match round % 97 {
            0 => {
                engine.ingest(Input::Balance { account: order.account, balance: 100_000.into() }).unwrap();
                engine.ingest(Input::Rate { from: eur, to: usd, rate: Decimal::new(11, 1) }).unwrap();
            }
            10 => drop(engine.ingest(Input::Flow { account: order.account, amount: 5.into() })),
            20 => drop(engine.ingest(Input::DayRoll)),
            21 => drop(engine.ingest(Input::NextRoll { at: now.plus_ms(50) })),
            30 => drop(engine.ingest(host(&order))),
            40 => {
                let halt = engine.halt(Scope::Account(order.account), "test", "ops");
                let lift = Lift::One(halt.latch);
                black_box(halt.orders.len());
                let _ = engine.evaluate(&order);
                engine
                    .resume(Scope::Account(order.account), lift, TradingState::Active, "test", "ops")
                    .unwrap();
            }
            50 => {
                let (of, limits) = (LimitsOf::Account(order.account), limits.clone());
                engine
                    .ingest(Input::Limits {
                        of,
                        limits,
                        by: "ops".into(),
                        reason: "test".into(),
                        second: Some("risk".into()),
                        expires: (round % 2 == 0).then(|| now.plus_ms(100)),
                    })
                    .unwrap();
            }
            60 => drop(black_box(engine.explain(&order))),
            70 => {
                black_box(engine.order_state(OrderRef::Client { account: order.account, id: order.id }));
            }
            _ => {}
        }
        match engine.evaluate(&order).permit() {
            Err(_) => answers[1] += 1,
            Ok(permit) => {
                answers[0] += 1;
                live(engine, permit, round);
            }
        }
    }
    answers
}

/// The life of an approved order, in one of several ways.
fn live<J: Journal>(engine: &mut Engine<ManualClock, J>, permit: risk_core::Permit, round: u32) {
    let (order, quantity) = (permit.order(), permit.quantity());
    match round % 7 {
        0 => drop(permit),
        1 => drop(engine.release(permit).unwrap()),
        2 => {
            let outbound = engine.redeem(permit).unwrap();
            engine.abandon(outbound);
        }
        _ => {
            let Ok(outbound) = engine.redeem(permit) else { return };
            engine.ingest(Input::Accepted { order: order.into(), quantity: None }).unwrap();
            let part = Fill::new(order, outbound.order().id, quantity / Decimal::TEN, 100);
            engine.ingest(Input::Fill(part)).unwrap();
            engine.ingest(Input::Fill(part)).unwrap();
            let _ = black_box(engine.cancel(order));
            engine.ingest(Input::Done { order: order.into(), end: End::Cancelled }).unwrap();
            let _ = black_box(engine.cancel(order));
        }
    }
}

fn host(order: &Order) -> Input {
    Input::Host(HostFigures {
        account: order.account,
        equity: Some(100_000.into()),
        day_profit: Some(Decimal::ZERO),
        drawdown_percent: None,
        position_count: None,
        gross_exposure: None,
    })
}

fn clock_now(clock: &ManualClock) -> Timestamp {
    risk_core::Clock::now(clock).unwrap()
}

/// Orders with ids of their own, made beforehand.
fn orders<J: Journal>(engine: &Engine<ManualClock, J>, count: u32) -> Vec<Order> {
    let order = |n: u32| {
        let account = engine.account(&format!("A{}", n % 4)).unwrap();
        let instrument = engine.instrument(&format!("I{}", n % 8)).unwrap();
        let side = if n.is_multiple_of(3) { Order::sell } else { Order::buy };
        let order = side(instrument, n % 90 + 10)
            .account(account)
            .strategy(engine.strategy(account, "s").unwrap())
            .id(format!("o{n}").as_str());
        let order = if n.is_multiple_of(5) { order } else { order.limit(100) };
        if n.is_multiple_of(11) { order.parent(format!("p{}", n / 50).as_str(), 1_000) } else { order }
    };
    (0..count).map(order).collect()
}

fn allocates_nothing(journal: MemoryJournal) {
    let clock = ManualClock::at(NOW);
    let mut engine = Engine::new(&config(), clock.clone(), journal).unwrap();
    let orders = orders(&engine, 6_500);
    // Limits are shared with the journal, not copied into it.
    let limits = Arc::new(Limits { gross_exposure_max: Some(100_000.into()), ..Limits::default() });
    let (answers, count) = allocations(|| run(&mut engine, &clock, 5_000, &orders, &limits));
    assert!(answers[0] > 1_000 && answers[1] > 100, "{answers:?}");
    assert_eq!(count, 0, "allocations");
}

#[test]
fn a_journal_that_keeps_all_allocates_nothing() {
    allocates_nothing(MemoryJournal::with_capacity(100_000));
}

/// A ring takes a snapshot of the whole state every now and then: into memory it has had from the beginning.
#[test]
fn a_ring_allocates_nothing() {
    allocates_nothing(MemoryJournal::last(1_000));
}

#[test]
fn a_full_journal_and_the_refusals_after_it_allocate_nothing() {
    let clock = ManualClock::at(NOW);
    let mut engine = Engine::new(&config(), clock.clone(), MemoryJournal::with_capacity(50)).unwrap();
    let orders = orders(&engine, 300);
    let ((), count) = allocations(|| {
        for order in &orders {
            let _ = engine.evaluate(order);
            let _ = black_box(engine.cancel(OrderRef::Client { account: order.account, id: order.id }));
        }
    });
    assert_eq!(count, 0, "allocations");
    assert!(engine.metrics().unrecorded > 100);
}

#[test]
fn a_shared_guard_allocates_nothing_either() {
    let clock = ManualClock::at(NOW);
    let guard = RiskGuard::new(&config(), clock.clone(), MemoryJournal::with_capacity(10_000)).unwrap();
    let (account, instrument) = (guard.account("A0").unwrap(), guard.instrument("I0").unwrap());
    let order =
        Order::buy(instrument, 1).limit(100).account(account).strategy(guard.strategy(account, "s").unwrap());
    for account in (0..4).map(|n| guard.account(&format!("A{n}")).unwrap()) {
        guard.ingest(Input::Balance { account, balance: 100_000.into() }).unwrap();
    }
    let ids: Vec<_> = (0..1_000).map(|n| risk_core::Id::new(&format!("o{n}"))).collect();
    let (sent, count) = allocations(|| {
        let mut sent = 0;
        for id in &ids {
            clock.advance_ms(1);
            guard.ingest(Input::Quote(Quote::new(instrument, 99, 101, clock_now(&clock)))).unwrap();
            if let Ok(permit) = guard.evaluate(&order.id(*id)).permit() {
                let outbound = guard.redeem(permit).unwrap();
                guard.ingest(Input::Done { order: outbound.handle().into(), end: End::Rejected }).unwrap();
                sent += 1;
            }
        }
        sent
    });
    assert!(sent > 200, "{sent}");
    assert_eq!(count, 0, "allocations");
}
