//! Looking before asking: every reading of an order, how much would pass, and the limits in force.

use core::ffi::c_char;

use risk_core::{Calendar, Clock, Explanation, LimitsOf, Order, OrderHandle, Rejection};

use crate::answer::{TextOut, json, tell};
use crate::border::{Fault, Refusal, border, keep_refusal};
use crate::change::{list_at, read_list, rg_change, rg_list_decision};
use crate::halt::rg_scope;
use crate::handle::{rg_account, rg_guard, rg_instrument, rg_strategy};
use crate::memory::{self, Out, check, place, put};
use crate::number::rg_decimal;
use crate::order::{rg_decision, rg_order, rg_order_handle};
use crate::permit::{Named, rg_order_ref};
use crate::registry::{Open, with};
use crate::words;
use crate::words::rg_scope_kind::{
    RG_SCOPE_ACCOUNT, RG_SCOPE_FIRM, RG_SCOPE_INSTRUMENT, RG_SCOPE_STRATEGY, RG_SCOPE_TRADER, RG_SCOPE_VENUE,
};
use crate::words::rg_status::{self, RG_INVALID_VALUE, RG_UNAVAILABLE};

/// What rg_evaluate would answer, without a permit and without a hold, and in `buffer` every gate's reading at every
/// level, as a JSON array: gate, level, reading, breach. Why it would be refused or reduced is in rg_last_refusal.
///
/// # Safety
/// As rg_evaluate; `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_explain(
    guard: rg_guard,
    order: *const rg_order,
    decision: *mut rg_decision,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise, for both.
        let (out, asked) = unsafe { (Out::new("decision", decision)?, memory::read("order", order)?) };
        let text = TextOut::new(buffer, capacity, length)?;
        let (answer, readings) = with(guard, |open| {
            // SAFETY: the caller's promise.
            let order = unsafe { asked.at(open)? };
            explained(guard, &open.engine.explain(&order))
        })?;
        // SAFETY: looked at above, and writable by the caller's promise.
        unsafe { text.write_beside(&readings, out, &answer) }
    })
}

/// What rg_modify would answer, without a permit and without a hold; else as rg_explain.
///
/// # Safety
/// As rg_modify; `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_explain_change(
    guard: rg_guard,
    order: *const rg_order_ref,
    change: *const rg_change,
    decision: *mut rg_decision,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise, for all three.
        let (out, named, change) =
            unsafe { (Out::new("decision", decision)?, Named::read(order)?, rg_change::read(change)?) };
        let text = TextOut::new(buffer, capacity, length)?;
        let (answer, readings) = with(guard, |open| {
            let order = named.at(open);
            explained(guard, &open.engine.explain_change(order, &change))
        })?;
        // SAFETY: looked at above, and writable by the caller's promise.
        unsafe { text.write_beside(&readings, out, &answer) }
    })
}

/// What rg_evaluate_list would answer, without a permit and without a hold, and in `buffer` a JSON array with an object for
/// each order, judged with the holds of those before it that would pass: verdict, quantity, rejection, readings.
///
/// # Safety
/// As rg_evaluate_list; `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_explain_list(
    guard: rg_guard,
    orders: *const rg_order,
    count: usize,
    decision: *mut rg_list_decision,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise, for both.
        let (out, asked) = unsafe { (Out::new("decision", decision)?, read_list(orders, count)?) };
        let text = TextOut::new(buffer, capacity, length)?;
        let (answer, list) = with(guard, |open| {
            // SAFETY: the caller's promise.
            let orders: Vec<Order> = unsafe { list_at(&asked, open)? };
            let found = open.engine.explain_list(&orders);
            let list: Vec<_> = found.orders.iter().map(in_full).collect();
            let orders = u32::try_from(count).unwrap_or(u32::MAX);
            Ok((rg_list_decision::without_permit(orders, found.rejection.as_ref(), guard), json(&list)?))
        })?;
        // SAFETY: looked at above, and writable by the caller's promise.
        unsafe { text.write_beside(&list, out, &answer) }
    })
}

/// The answer that an explanation foretells, and its readings as JSON. Keeps why for rg_last_refusal.
fn explained(guard: rg_guard, explanation: &Explanation) -> Result<(rg_decision, String), Fault> {
    let why = explanation.rejection;
    keep_refusal(why.map_or(Refusal::None, |why| Refusal::Rejected(why, guard)));
    let answer = rg_decision {
        size: 0,
        verdict: words::of_verdict(explanation.verdict),
        reason: why.map_or(0, |why| why.reason.number().into()),
        level: why.and_then(|why| why.level).map_or(0, words::of_level),
        quantity: rg_decimal::of(explanation.quantity),
        permit: 0,
        order: rg_order_handle::default(),
        expires_ns: 0,
    };
    Ok((answer, json(&explanation.readings().collect::<Vec<_>>())?))
}

/// Everything of an order in a list.
fn in_full(explanation: &Explanation) -> serde_json::Value {
    serde_json::json!({
        "verdict": explanation.verdict, "quantity": explanation.quantity.to_string(),
        "rejection": explanation.rejection, "readings": explanation.readings().collect::<Vec<_>>(),
    })
}

/// Client order ids of the own orders that an order could trade with, where those are too many (RG_REASON_SELF_MATCH), as a
/// JSON array; those that accept most come first. Asks as rg_explain does, without a hold.
///
/// # Safety
/// `order` is null or as large as it says, its texts null or with a NUL; `buffer` can be written for `capacity` bytes;
/// `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_crossing_orders(
    guard: rg_guard,
    order: *const rg_order,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    let say = || {
        // SAFETY: the caller's promise.
        let asked = unsafe { memory::read("order", order)? };
        with(guard, |open| {
            // SAFETY: the caller's promise.
            let order = unsafe { asked.at(open)? };
            json(open.engine.explain(&order).crossing())
        })
    };
    // SAFETY: the caller's promise.
    unsafe { tell(buffer, capacity, length, say) }
}

/// How much of the limits is used, with an order in it: 0 to 1, the highest share of any; 1 when it would be refused.
/// Asks as rg_explain does, without a hold.
///
/// # Safety
/// `order` is null or as large as it says, its texts null or with a NUL; `score` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_risk_score(
    guard: rg_guard,
    order: *const rg_order,
    score: *mut rg_decimal,
) -> rg_status {
    border(|| {
        check("score", score)?;
        // SAFETY: the caller's promise.
        let asked = unsafe { memory::read("order", order)? };
        let found = with(guard, |open| {
            // SAFETY: the caller's promise.
            let order = unsafe { asked.at(open)? };
            Ok(open.engine.explain(&order).risk_score())
        })?;
        // SAFETY: looked at above.
        unsafe { put(score, rg_decimal::of(found)) };
        Ok(())
    })
}

/// The largest market order of a strategy that would pass now, absent where nothing limits it. What would refuse one lot
/// more is in rg_last_refusal.
///
/// # Safety
/// `quantity` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_headroom(
    guard: rg_guard,
    account: rg_account,
    strategy: rg_strategy,
    instrument: rg_instrument,
    side: u32,
    quantity: *mut rg_decimal,
) -> rg_status {
    border(|| {
        check("quantity", quantity)?;
        let side = words::side("side", side)?;
        let found = with(guard, |open| {
            let (account, strategy) = (open.account(account), open.strategy(strategy));
            let instrument = open.instrument(instrument);
            Ok(open.engine.headroom(account, strategy, instrument, side))
        })?;
        keep_refusal(found.bound.map_or(Refusal::None, |why| Refusal::Rejected(why, guard)));
        // SAFETY: looked at above.
        unsafe { put(quantity, rg_decimal::of_option(found.quantity)) };
        Ok(())
    })
}

/// What the last refusal of a thread was about. Set its size before the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_refusal {
    /// sizeof(rg_refusal).
    pub size: u32,
    /// An rg_reason; 0: the last order was approved.
    pub reason: u32,
    /// An rg_level; 0: none.
    pub level: u32,
    /// The nearest FIX OrdRejReason (tag 103).
    pub fix_103: u32,
    /// The gate that refused or reduced, such as "price_collar"; empty for what stands before the gates.
    pub gate: [c_char; 32],
    /// The field that is malformed, for RG_REASON_INVALID_ORDER; else empty.
    pub field: [c_char; 32],
    /// What was measured, with its unit, such as "1,250.5 USD"; empty where nothing was.
    pub measured: [c_char; 64],
    /// The limit, with its unit.
    pub limit: [c_char; 64],
    /// RG_REASON_SELF_MATCH: one own order that it could trade with, for rg_cancel; else zeroed. All of them:
    /// rg_crossing_orders.
    pub crossing: rg_order_handle,
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl crate::memory::Sized32 for rg_refusal {
    const LEAST: usize = 208;
}

const _: () = assert!(size_of::<rg_refusal>() == 224);

/// What rg_last_refusal says, taken apart: for programs that act on it.
///
/// # Safety
/// `refusal` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_last_refusal_parts(refusal: *mut rg_refusal) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new("refusal", refusal)? };
        let (why, guard) = match crate::border::kept_refusal() {
            Refusal::None => (None, 0),
            Refusal::Rejected(why, guard) => (Some(why), guard),
            Refusal::Reduced(binding) => {
                let (gate, level) = (Some(binding.gate), Some(binding.level));
                (
                    Some(Rejection {
                        gate,
                        level,
                        reading: binding.reading,
                        ..Rejection::of(binding.reason)
                    }),
                    0,
                )
            }
        };
        let crossing = why.and_then(|why| why.crossing).map(OrderHandle::to_bits);
        let shown = |value: fn(&risk_core::Reading) -> i128| {
            why.and_then(|why| why.reading)
                .map_or_else(String::new, |reading| reading.unit.show(value(&reading)))
        };
        let parts = rg_refusal {
            size: 0,
            reason: why.map_or(0, |why| why.reason.number().into()),
            level: why.and_then(|why| why.level).map_or(0, words::of_level),
            fix_103: why.map_or(0, |why| why.reason.fix_103().into()),
            gate: place(why.and_then(|why| why.gate).map_or("", risk_core::GateId::name)),
            field: place(why.and_then(|why| why.malformed).map_or("", |malformed| malformed.field.name())),
            measured: place(&shown(|reading| reading.measured)),
            limit: place(&shown(|reading| reading.limit)),
            crossing: crossing.map_or_else(Default::default, |order| rg_order_handle { guard, order }),
        };
        // SAFETY: looked at above.
        unsafe { out.write(&parts) };
        Ok(())
    })
}

/// The limits in force for a scope that is no venue, as a JSON object: `limits`, and where they end by themselves
/// `until_ns` and the `lasting` limits that come back then.
///
/// # Safety
/// `scope` is null or can be read; `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_limits_in_force(
    guard: rg_guard,
    scope: *const rg_scope,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    let say = || {
        // SAFETY: the caller's promise.
        let (kind, handle) = unsafe { rg_scope::read(scope)? };
        with(guard, |open: &mut Open| {
            let of = match kind {
                RG_SCOPE_FIRM => LimitsOf::Firm,
                RG_SCOPE_ACCOUNT => LimitsOf::Account(open.account(handle)),
                RG_SCOPE_STRATEGY => LimitsOf::Strategy(open.strategy(handle)),
                RG_SCOPE_INSTRUMENT => LimitsOf::Instrument(open.instrument(handle)),
                RG_SCOPE_VENUE | RG_SCOPE_TRADER => {
                    return Err(Fault::new(RG_INVALID_VALUE, "scope: a venue or a trader has no limits"));
                }
            };
            let found = open.engine.limits(of);
            let found =
                found.ok_or_else(|| Fault::new(rg_status::RG_UNKNOWN_NAME, "the scope is not known"))?;
            let (until, lasting) = found.until.unzip();
            json(&serde_json::json!({
                "limits": found.limits, "until_ns": until.map(|at| at.nanos()), "lasting": lasting,
            }))
        })
    };
    // SAFETY: the caller's promise.
    unsafe { tell(buffer, capacity, length, say) }
}

/// When the trading day rolls next, in nanoseconds since the epoch; 0: no instant is known.
///
/// # Safety
/// `at_ns` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_next_roll(guard: rg_guard, at_ns: *mut i64) -> rg_status {
    border(|| {
        check("at_ns", at_ns)?;
        let found = with(guard, |open| Ok(open.engine.next_roll()))?;
        // SAFETY: looked at above.
        unsafe { put(at_ns, found.map_or(0, |at| at.nanos())) };
        Ok(())
    })
}

/// Tells the guard when its configured day (`day_roll`) rolls next, if it does not know: after it was made, and along
/// with rg_tick. RG_UNAVAILABLE without a configured day or a clock.
#[unsafe(no_mangle)]
pub extern "C" fn rg_schedule_day_roll(guard: rg_guard) -> rg_status {
    border(|| {
        with(guard, |open| {
            let missing = |what: &'static str| Fault::new(RG_UNAVAILABLE, what);
            let roll = open.config.day_roll.as_ref().ok_or_else(|| missing("no day_roll is configured"))?;
            let calendar =
                Calendar::new(roll).map_err(|e| Fault::new(rg_status::RG_CONFIG, e.to_string()))?;
            let now = match &open.manual {
                Some(clock) => clock.now(),
                None => risk_core::SystemClock.now(),
            };
            let now = now.ok_or_else(|| missing("the time is not known"))?;
            match calendar.input(open.engine.next_roll(), now) {
                None => Ok(()),
                Some(input) => open.engine.ingest(input).map(|_| ()).map_err(|e| crate::input::refuse(&e)),
            }
        })
    })
}

/// How many orders live: with a permit or at the venue.
///
/// # Safety
/// `count` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_live_orders(guard: rg_guard, count: *mut usize) -> rg_status {
    border(|| {
        check("count", count)?;
        let found = with(guard, |open| Ok(open.engine.live_orders()))?;
        // SAFETY: looked at above.
        unsafe { put(count, found) };
        Ok(())
    })
}
