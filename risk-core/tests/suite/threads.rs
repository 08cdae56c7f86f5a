//! One guard, many threads: a halt is a halt, the last headroom is used once, and a panic approves nothing afterwards.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use risk_core::{
    Clock, Config, Decision, Event, IngestError, Input, Journal, JournalError, Lift, Message, Order, Quote,
    Reason, Record, ResumeError, RiskGuard, Scope, Timestamp, TradingState,
};
use rust_decimal::Decimal;

use super::world::{NOW, config};

/// What a record says that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Approved,
    Redeemed,
    Halted,
    Other,
}

/// A journal that others can read, and that panics at a record when told to.
#[derive(Clone, Default)]
struct Watched {
    seen: Arc<Mutex<Vec<Seen>>>,
    panics: Arc<AtomicBool>,
}

impl Journal for Watched {
    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        assert!(!self.panics.load(Ordering::SeqCst), "the journal panics, as it was told");
        let seen = match record.event {
            Event::Evaluated { outcome, .. } if outcome.approved > 0 => Seen::Approved,
            Event::Redeemed { refused: None, .. } => Seen::Redeemed,
            Event::Halted { .. } => Seen::Halted,
            _ => Seen::Other,
        };
        self.seen.lock().unwrap().push(seen);
        Ok(())
    }

    fn sync_to(&mut self, _: u64) -> Result<(), JournalError> {
        Ok(())
    }

    fn durable_seq(&self) -> u64 {
        0
    }

    fn is_short(&self) -> bool {
        false
    }
}

/// A clock that panics when told to.
#[derive(Clone, Default)]
struct Nervous(Arc<AtomicBool>);

impl Clock for Nervous {
    fn now(&self) -> Option<Timestamp> {
        assert!(!self.0.load(Ordering::SeqCst), "the clock panics, as it was told");
        Some(NOW)
    }
}

struct Desk {
    guard: RiskGuard,
    journal: Watched,
    clock: Nervous,
}

impl Desk {
    fn new(config: &Config) -> Self {
        let (journal, clock) = (Watched::default(), Nervous::default());
        let guard = RiskGuard::new(config, clock.clone(), journal.clone()).unwrap();
        let quote = Quote::new(guard.instrument("BTC").unwrap(), 99, 101, NOW);
        guard.ingest(Input::Quote(quote)).unwrap();
        Self { guard, journal, clock }
    }

    fn order(&self, id: &str) -> Order {
        let main = self.guard.account("main").unwrap();
        Order::buy(self.guard.instrument("BTC").unwrap(), 1)
            .limit(100)
            .account(main)
            .strategy(self.guard.strategy(main, "s").unwrap())
            .id(id)
    }
}

fn roomy(gross: i64) -> Config {
    let mut config = config();
    config.firm.limits.gross_exposure_max = Some(gross.into());
    config.capacity.live_orders = 4_096;
    config.capacity.order_ids = 65_536;
    config
}

#[test]
fn nothing_passes_after_a_halt_has_returned() {
    for round in 0..10 {
        let desk = Desk::new(&roomy(1_000_000_000));
        let halted = AtomicBool::new(false);
        let (approved, late, stopped) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (desk, halted, approved, late, stopped) = (&desk, &halted, &approved, &late, &stopped);
                scope.spawn(move || {
                    let mut n = 0;
                    while stopped.load(Ordering::SeqCst) < 800 {
                        n += 1;
                        let order = desk.order(&format!("{thread}-{n}"));
                        let was_halted = halted.load(Ordering::SeqCst);
                        match desk.guard.evaluate(&order) {
                            Decision::Approved(permit) => {
                                approved.fetch_add(1, Ordering::SeqCst);
                                late.fetch_add(u64::from(was_halted), Ordering::SeqCst);
                                let was_halted = halted.load(Ordering::SeqCst);
                                if let Ok(outbound) = desk.guard.redeem(permit) {
                                    late.fetch_add(u64::from(was_halted), Ordering::SeqCst);
                                    desk.guard.abandon(outbound);
                                }
                            }
                            Decision::EmergencyStop(_) => {
                                stopped.fetch_add(1, Ordering::SeqCst);
                            }
                            other => panic!("{other:?}"),
                        }
                    }
                });
            }
            while approved.load(Ordering::SeqCst) < 50 + round {
                std::thread::yield_now();
            }
            let scope = if round % 2 == 0 {
                Scope::Firm
            } else {
                Scope::Account(desk.guard.account("main").unwrap())
            };
            desk.guard.halt(scope, "stop", "ops");
            halted.store(true, Ordering::SeqCst);
        });
        assert_eq!(late.load(Ordering::SeqCst), 0);
        let seen = desk.journal.seen.lock().unwrap();
        let halt = seen.iter().position(|seen| *seen == Seen::Halted).unwrap();
        assert!(seen[..halt].contains(&Seen::Approved) && seen[..halt].contains(&Seen::Redeemed));
        assert!(seen[halt + 1..].iter().all(|seen| *seen == Seen::Other), "something passed after the halt");
        assert!(seen.len() > halt + 500, "the threads went on trying");
    }
}

/// Fifty orders of ten threads, and room for twenty-five: twenty-five pass, whoever they are.
#[test]
fn racing_orders_never_exceed_the_last_headroom() {
    for _ in 0..20 {
        let desk = Desk::new(&roomy(2_500));
        let approved = AtomicU32::new(0);
        let start = std::sync::Barrier::new(10);
        std::thread::scope(|scope| {
            for thread in 0..10 {
                let (desk, approved, start) = (&desk, &approved, &start);
                scope.spawn(move || {
                    let orders: Vec<_> = (0..5).map(|n| desk.order(&format!("{thread}-{n}"))).collect();
                    start.wait();
                    for order in orders {
                        let passed = desk.guard.evaluate(&order.not_reducible()).permit().is_ok();
                        approved.fetch_add(u32::from(passed), Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(approved.load(Ordering::SeqCst), 25);
        let main = desk.guard.account("main").unwrap();
        assert_eq!(desk.guard.account_sums(main).unwrap().gross_exposure, Decimal::from(2_500));
    }
}

/// Orders that may be reduced use the room up to the last thousandth, and not beyond.
#[test]
fn racing_reductions_use_the_headroom_exactly() {
    for _ in 0..20 {
        let desk = Desk::new(&roomy(1_234));
        let approved = Mutex::new(Decimal::ZERO);
        let start = std::sync::Barrier::new(10);
        std::thread::scope(|scope| {
            for thread in 0..10 {
                let (desk, approved, start) = (&desk, &approved, &start);
                scope.spawn(move || {
                    let order = Order { quantity: 3.into(), ..desk.order(&format!("{thread}")) };
                    start.wait();
                    if let Ok(permit) = desk.guard.evaluate(&order).permit() {
                        *approved.lock().unwrap() += permit.quantity();
                    }
                });
            }
        });
        assert_eq!(*approved.lock().unwrap(), Decimal::new(12_340, 3));
    }
}

/// Everything a guard must say once a panic has left it in doubt.
fn is_poisoned(desk: &Desk, permits: [risk_core::Permit; 2], sent: risk_core::OrderHandle) {
    let guard = &desk.guard;
    for id in ["p1", "p2"] {
        let Decision::Rejected(why) = guard.evaluate(&desk.order(id)) else { panic!("not rejected") };
        assert_eq!(why.reason, Reason::GuardPoisoned);
    }
    let [one, other] = permits;
    assert_eq!(guard.redeem(one).unwrap_err().reason, Reason::GuardPoisoned);
    assert_eq!(guard.release(other).unwrap_err().reason, Reason::GuardPoisoned);
    assert_eq!(guard.ingest(Input::DayRoll), Err(IngestError::Poisoned));
    assert_eq!(guard.explain(&desk.order("p3")), None);
    assert_eq!(guard.trading_state(Scope::Firm), TradingState::Halted);
    assert!(guard.add_account(&risk_core::Account::new("late", "USD").unlimited("why not")).is_err());
    // Cancels and halts pass; nothing comes back up.
    let cancel = guard.cancel(sent);
    assert_eq!((cancel.message(), cancel.handle()), (Message::Cancel, sent));
    let (latch, _) = guard.halt(Scope::Firm, "stop", "ops");
    let lifted = guard.resume(Scope::Firm, Lift::One(latch), TradingState::Active, "go", "ops");
    assert_eq!(lifted, Err(ResumeError::Poisoned));
    let Decision::Rejected(why) = guard.evaluate(&desk.order("p4")) else { panic!("not rejected") };
    assert_eq!(why.reason, Reason::GuardPoisoned);
}

/// A guard with two permits out and an order at the venue, then a panic during a call.
fn after_a_panic(journal: bool, call: impl Fn(&Desk)) {
    let desk = Desk::new(&roomy(1_000_000));
    let permit = |id| desk.guard.evaluate(&desk.order(id)).permit().unwrap();
    let permits = [permit("a"), permit("b")];
    let sent = desk.guard.redeem(permit("c")).unwrap().handle();
    let told = if journal { &desk.journal.panics } else { &desk.clock.0 };
    told.store(true, Ordering::SeqCst);
    assert!(catch_unwind(AssertUnwindSafe(|| call(&desk))).is_err(), "it does not panic");
    told.store(false, Ordering::SeqCst);
    is_poisoned(&desk, permits, sent);
}

#[test]
fn after_a_panic_nothing_is_approved() {
    for journal in [false, true] {
        after_a_panic(journal, |desk| drop(desk.guard.evaluate(&desk.order("x"))));
        after_a_panic(journal, |desk| drop(desk.guard.ingest(Input::DayRoll)));
        after_a_panic(journal, |desk| desk.guard.tick());
    }
}

/// Calls that pass on a poisoned guard poison it when they panic themselves.
#[test]
fn a_panic_in_a_cancel_or_a_halt_poisons_too() {
    for journal in [false, true] {
        after_a_panic(journal, |desk| drop(desk.guard.cancel(risk_core::OrderHandle::default())));
        after_a_panic(journal, |desk| drop(desk.guard.halt(Scope::Firm, "stop", "ops")));
        after_a_panic(journal, |desk| drop(desk.guard.reduce_only(Scope::Firm, "stop", "ops")));
    }
}
