//! Histories of many threads, recorded as they happened: there is one order of the calls that explains every answer and
//! that no thread could have seen otherwise. The records claim to be that order; this holds them to it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use risk_core::{
    Event, Input, Journal, JournalError, Kept, Lift, ManualClock, Order, OrderHandle, Quote, Reason, Record,
    RiskGuard, Scope, TradingState, Verdict, replay,
};

use super::world::{NOW, config};

/// A journal that others can read.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<Record>>>);

impl Journal for Shared {
    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        self.0.lock().unwrap().push(record);
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

/// What a call was about: enough to find its record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum What {
    Evaluated(String),
    Redeemed(OrderHandle),
    Halted(String),
}

/// A call as its thread saw it.
#[derive(Clone, Debug)]
struct Call {
    what: What,
    /// Ticks of a counter that all threads share: before the call was made, and after it had returned.
    made: u64,
    returned: u64,
    /// What it answered.
    answer: (Verdict, Option<Reason>),
}

/// Calls with the number of their records. The first two where one had returned before the other was made, and yet has
/// the later record.
fn first_disorder(calls: &[(u64, &Call)]) -> Option<(Call, Call)> {
    let mut by_record: Vec<_> = calls.to_vec();
    by_record.sort_by_key(|(seq, _)| *seq);
    // Going back through the records: nothing later may have returned before this was made.
    let mut earliest: Option<&Call> = None;
    for (_, call) in by_record.iter().rev() {
        if let Some(later) = earliest
            && later.returned < call.made
        {
            return Some(((*call).clone(), later.clone()));
        }
        if earliest.is_none_or(|later| call.returned < later.returned) {
            earliest = Some(call);
        }
    }
    None
}

fn what_of(record: &Record) -> Option<(What, (Verdict, Option<Reason>))> {
    match &record.event {
        Event::Evaluated { order, outcome } => {
            Some((What::Evaluated(order.id.as_str().to_owned()), (outcome.verdict, outcome.reason)))
        }
        Event::Redeemed { order, refused } => {
            let verdict = if refused.is_none() { Verdict::Approved } else { Verdict::Rejected };
            Some((What::Redeemed(*order), (verdict, *refused)))
        }
        Event::Halted { reason, .. } => {
            Some((What::Halted(reason.as_str().to_owned()), (Verdict::Approved, None)))
        }
        _ => None,
    }
}

#[test]
fn the_records_are_an_order_in_which_it_can_have_happened() {
    let mut config = config();
    config.capacity.live_orders = 4_096;
    config.capacity.order_ids = 16_384;
    config.firm.limits.gross_exposure_max = Some(150_000.into());
    let (records, ticks) = (Shared::default(), AtomicU64::new(0));
    let guard = RiskGuard::new(&config, ManualClock::at(NOW), records.clone()).unwrap();
    let main = guard.account("main").unwrap();
    let strategy = guard.strategy(main, "s").unwrap();
    let instrument = guard.instrument("BTC").unwrap();
    guard.ingest(Input::Quote(Quote::new(instrument, 99, 101, NOW))).unwrap();
    let calls = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..6_u64 {
            let (guard, ticks, calls) = (guard.clone(), &ticks, &calls);
            scope.spawn(move || {
                let tick = || ticks.fetch_add(1, Ordering::SeqCst);
                let mut mine = Vec::new();
                for n in 0..400 {
                    let id = format!("{thread}-{n}");
                    let latch = (thread == 0 && n % 50 == 0).then(|| {
                        let made = tick();
                        let (latch, _) = guard.halt(Scope::Firm, &id, "ops");
                        let answer = (Verdict::Approved, None);
                        mine.push(Call { what: What::Halted(id.clone()), made, returned: tick(), answer });
                        latch
                    });
                    let order =
                        Order::buy(instrument, 1).limit(100).account(main).strategy(strategy).id(id.as_str());
                    let made = tick();
                    let decision = guard.evaluate(&order);
                    let answer = (decision.verdict(), decision.reason());
                    mine.push(Call { what: What::Evaluated(id.clone()), made, returned: tick(), answer });
                    if let Ok(permit) = decision.permit() {
                        let what = What::Redeemed(permit.order());
                        let made = tick();
                        let sent = guard.redeem(permit);
                        let reason = sent.as_ref().err().map(|why| why.reason);
                        let verdict = if sent.is_ok() { Verdict::Approved } else { Verdict::Rejected };
                        mine.push(Call { what, made, returned: tick(), answer: (verdict, reason) });
                        if let Ok(outbound) = sent {
                            guard.abandon(outbound);
                        }
                    }
                    if let Some(latch) = latch {
                        guard
                            .resume(Scope::Firm, Lift::One(latch), TradingState::Active, "go", "ops")
                            .unwrap();
                    }
                }
                calls.lock().unwrap().extend(mine);
            });
        }
    });
    let (records, calls) = (records.0.lock().unwrap(), calls.lock().unwrap());
    let by_what: HashMap<_, _> =
        records.iter().filter_map(|r| what_of(r).map(|(what, answer)| (what, (r.seq, answer)))).collect();
    let mut ordered = Vec::new();
    for call in calls.iter() {
        let (seq, recorded) = by_what.get(&call.what).expect("every call has a record");
        assert_eq!(*recorded, call.answer, "{call:?}");
        ordered.push((*seq, call));
    }
    assert_eq!(by_what.len(), calls.len(), "every record has a call");
    assert!(calls.len() > 2_500 && calls.iter().any(|call| call.answer.0 == Verdict::EmergencyStop));
    assert_eq!(first_disorder(&ordered).map(|pair| format!("{pair:?}")), None);
    // One after the other, the calls are answered the same.
    assert_eq!(replay(&config, &Kept::default(), records.iter()).unwrap().seq(), records.last().unwrap().seq);
}

#[test]
fn a_disorder_is_seen() {
    let call = |id: &str, made, returned| Call {
        what: What::Evaluated(id.to_owned()),
        made,
        returned,
        answer: (Verdict::Approved, None),
    };
    let (a, b, c) = (call("a", 0, 5), call("b", 1, 2), call("c", 3, 9));
    assert!(first_disorder(&[(1, &b), (2, &a), (3, &c)]).is_none());
    assert!(first_disorder(&[(1, &b), (2, &c), (3, &a)]).is_none());
    // `b` had returned before `c` was made.
    let (first, later) = first_disorder(&[(1, &a), (2, &c), (3, &b)]).unwrap();
    assert_eq!((first.what, later.what), (c.what, b.what));
}
