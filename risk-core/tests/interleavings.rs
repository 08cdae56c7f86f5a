//! Every order in which threads can take the guard's lock, tried one after the other by a model checker:
//! `cargo xtask interleavings`.

#![cfg(shuttle)]

use std::sync::Mutex;
use std::sync::atomic::AtomicU32 as AtomicCount;

use risk_core::{
    Account, Asset, Capacity, Config, Decision, Event, Input, Instrument, Journal, JournalError, Limits,
    ManualClock, Order, Quote, Reason, Record, RiskGuard, Scope, Timestamp,
};
use shuttle::Runner;
use shuttle::scheduler::DfsScheduler;
use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use shuttle::thread;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// What was written, for the test to read.
#[derive(Clone, Default)]
struct Written(std::sync::Arc<Mutex<Vec<Event>>>);

impl Journal for Written {
    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        self.0.lock().unwrap().push(record.event);
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

impl Written {
    /// Whether anything was passed after the halt.
    fn passed_after_a_halt(&self) -> bool {
        let events = self.0.lock().unwrap();
        let after = events.iter().skip_while(|event| !matches!(event, Event::Halted { .. }));
        after.into_iter().any(|event| match event {
            Event::Evaluated { outcome, .. } => outcome.approved > 0,
            Event::Redeemed { refused, .. } => refused.is_none(),
            _ => false,
        })
    }
}

fn guard(gross: i64) -> RiskGuard {
    recorded(gross).0
}

/// One account, one instrument at 100, and so much gross exposure.
fn recorded(gross: i64) -> (RiskGuard, Written) {
    let written = Written::default();
    let mut config = Config::new("USD");
    config.assets.push(Asset::new("USD", 2));
    config.instruments.push(Instrument::new("BTC", "USD", 2, 3));
    // As small as it can be: it is made anew for every order of the threads.
    config.capacity = Capacity {
        assets: 1,
        instruments: 1,
        accounts: 1,
        strategies: 2,
        traders: 4,
        books: 2,
        live_orders: 4,
        order_ids: 8,
        order_ids_for_exits: 1,
        executions: 4,
        parents: 1,
        latches: 2,
        changes: 1,
        temporary_limits: 1,
    };
    config.firm.limits = Limits { gross_exposure_max: Some(gross.into()), ..Limits::default() };
    config
        .accounts
        .push(Account::new("main", "USD").unlimited("the firm's limit is looked at").strategy("s"));
    let guard = RiskGuard::new(&config, ManualClock::at(NOW), written.clone()).unwrap();
    let quote = Quote::new(guard.instrument("BTC").unwrap(), 99, 101, NOW);
    guard.ingest(Input::Quote(quote)).unwrap();
    (guard, written)
}

fn order(guard: &RiskGuard, id: &str) -> Order {
    let main = guard.account("main").unwrap();
    let instrument = guard.instrument("BTC").unwrap();
    Order::buy(instrument, 1).limit(100).account(main).strategy(guard.strategy(main, "s").unwrap()).id(id)
}

/// Runs it in every order there is, and says how many there were.
fn in_every_order(what: &str, scenario: impl Fn() + Send + Sync + 'static) {
    let mut how = shuttle::Config::default();
    how.stack_size = 1 << 20;
    how.silence_warnings = true;
    let runner = Runner::new(DfsScheduler::new(None, false), how);
    let tried = runner.run(scenario);
    println!("{what}: {tried} interleavings");
    assert!(tried > 5, "only {tried}");
}

/// What was approved before a halt cannot be redeemed after it has returned, and nothing is approved any more.
#[test]
fn after_a_halt_has_returned_nothing_passes() {
    static SENT: AtomicCount = AtomicCount::new(0);
    in_every_order("halt against evaluate and redeem", || {
        let (guard, written) = recorded(1_000_000);
        let halted = Arc::new(AtomicBool::new(false));
        let (theirs, seen) = (guard.clone(), halted.clone());
        let ready = order(&guard, "a");
        let trader = thread::spawn(move || {
            let was_halted = seen.load(Ordering::SeqCst);
            let decision = theirs.evaluate(&ready);
            assert!(!was_halted || matches!(decision, Decision::EmergencyStop(_)), "approved after the halt");
            if let Decision::Approved(permit) = decision {
                let was_halted = seen.load(Ordering::SeqCst);
                let sent = theirs.redeem(permit);
                assert!(!was_halted || sent.is_err(), "redeemed after the halt");
                SENT.fetch_add(u32::from(sent.is_ok()), Ordering::SeqCst);
            }
        });
        guard.halt(Scope::Firm, "stop", "ops");
        halted.store(true, Ordering::SeqCst);
        trader.join().unwrap();
        assert!(!written.passed_after_a_halt(), "passed after the halt, by the records");
    });
    assert!(SENT.load(Ordering::SeqCst) > 0, "in some orders it is sent before the halt");
}

/// Room for two of three orders: two pass in every order, and the sums say so.
#[test]
fn racing_orders_hold_the_last_headroom_once() {
    in_every_order("three orders for two places", || {
        let guard = guard(200);
        let passed = Arc::new(AtomicU32::new(0));
        let orders = ["a", "b", "c"].map(|id| order(&guard, id).not_reducible());
        let threads = orders.map(|order| {
            let (guard, passed) = (guard.clone(), passed.clone());
            thread::spawn(move || match guard.evaluate(&order) {
                Decision::Approved(_) => drop(passed.fetch_add(1, Ordering::SeqCst)),
                Decision::Rejected(why) => assert_eq!(why.reason, Reason::TotalExposureLimit),
                other => panic!("{other:?}"),
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(passed.load(Ordering::SeqCst), 2);
        let sums = guard.account_sums(guard.account("main").unwrap()).unwrap();
        assert_eq!(sums.gross_exposure, 200.into());
    });
}

/// The same client order id from two threads is taken once.
#[test]
fn an_id_is_taken_once() {
    in_every_order("one id twice", || {
        let guard = guard(1_000_000);
        let orders = [order(&guard, "a"), order(&guard, "a")];
        let answers = Arc::new(Mutex::new(Vec::new()));
        let threads = orders.map(|order| {
            let (guard, answers) = (guard.clone(), answers.clone());
            thread::spawn(move || {
                let reason = guard.evaluate(&order).permit().map(|_| ()).map_err(|why| why.reason);
                answers.lock().unwrap().push(reason);
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        let mut answers = answers.lock().unwrap().clone();
        answers.sort_unstable();
        assert_eq!(answers, [Ok(()), Err(Reason::DuplicateOrder)]);
    });
}

/// Two guards are installed at once: one is the process's, and both threads see the same one.
#[test]
fn one_guard_is_installed() {
    in_every_order("two installations", || {
        let guards = [guard(100), guard(200)];
        let installed = Arc::new(AtomicU32::new(0));
        let threads = guards.map(|guard| {
            let installed = installed.clone();
            thread::spawn(move || {
                installed.fetch_add(u32::from(guard.install_global().is_ok()), Ordering::SeqCst);
                assert!(RiskGuard::global().is_some());
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(installed.load(Ordering::SeqCst), 1);
    });
}
