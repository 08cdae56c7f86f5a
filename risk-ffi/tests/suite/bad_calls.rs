//! Calls as they go wrong in real programs: each has its status and a text, and changes nothing.

use std::ffi::c_char;
use std::ptr;

use risk_guard::adjust::*;
use risk_guard::change::{
    rg_change, rg_evaluate_list, rg_list_decision, rg_modify, rg_redeem_list, rg_release_list,
};
use risk_guard::explain::*;
use risk_guard::guard::{rg_recovery, rg_set_time, rg_tick};
use risk_guard::halt::*;
use risk_guard::input::*;
use risk_guard::look::*;
use risk_guard::names::*;
use risk_guard::order::{rg_decision, rg_evaluate, rg_evaluate_at, rg_order};
use risk_guard::permit::{rg_abandon, rg_cancel, rg_order_ref, rg_outbound, rg_redeem, rg_release};
use risk_guard::reconcile::*;
use risk_guard::report::*;
use risk_guard::statement::*;
use risk_guard::time::*;
use risk_guard::trip::{rg_take_trip, rg_trip};
use risk_guard::words::rg_status::{self, *};

use super::bad_looks::looks;
use super::bad_reports::{reports, rules, total};
use super::bad_truth::{snapshot, split, transfer, truth};
use super::bad_values::{orders, others, spent};
use super::world::{World, decision, error, number, outbound, zeroed};

/// A call with one thing wrong, and its status.
pub(super) type Bad = (String, rg_status, Box<dyn Fn() -> rg_status>);

/// A call of a guard that would be fine.
type Call = (&'static str, Box<dyn Fn(u64) -> rg_status>);

pub(super) fn sized<T: Copy>() -> T {
    let mut value: T = zeroed();
    // SAFETY: every structure of the header begins with its size.
    unsafe { ptr::from_mut(&mut value).cast::<u32>().write(size_of::<T>() as u32) };
    value
}

pub(super) fn quote(w: &World) -> rg_quote {
    rg_quote { instrument: w.instrument, bid: number("99"), ask: number("101"), at_ns: 1, ..sized() }
}

pub(super) fn fill(w: &World) -> rg_fill {
    let order = rg_order_ref { account: w.account, id: c"f1".as_ptr(), ..zeroed() };
    rg_fill { order, execution: c"x".as_ptr(), quantity: number("1"), price: number("100"), ..sized() }
}

pub(super) fn firm() -> rg_scope {
    rg_scope { kind: 1, reserved: 0, handle: 0 }
}

pub(super) fn named(w: &World) -> rg_order_ref {
    rg_order_ref { account: w.account, id: c"a1".as_ptr(), ..zeroed() }
}

pub(super) fn limits_change() -> rg_limits_change {
    let text = "collar_bps = 400";
    rg_limits_change {
        scope: 1,
        limits: text.as_ptr().cast(),
        length: text.len() as u64,
        format: 1,
        by: c"ops".as_ptr(),
        ..sized()
    }
}

/// Every call that takes a guard, as it would be fine but for the guard.
fn calls(w: World) -> Vec<Call> {
    let text = |call: unsafe extern "C" fn(u64, *mut c_char, usize, *mut usize) -> rg_status| {
        Box::new(move |guard| {
            let (mut bytes, mut length) = ([0; 64], 0);
            // SAFETY: everything lives during the call.
            unsafe { call(guard, bytes.as_mut_ptr(), 64, &mut length) }
        }) as Box<dyn Fn(u64) -> rg_status>
    };
    let name = |call: unsafe extern "C" fn(u64, *const c_char, *mut u64) -> rg_status| {
        Box::new(move |guard| {
            let mut found = 0;
            // SAFETY: everything lives during the call.
            unsafe { call(guard, c"main".as_ptr(), &mut found) }
        }) as Box<dyn Fn(u64) -> rg_status>
    };
    macro_rules! call {
        ($list:ident, $name:ident, $guard:ident => $call:expr) => {
            // SAFETY: everything lives during the call.
            #[allow(unused_unsafe)]
            $list.push((stringify!($name), Box::new(move |$guard: u64| unsafe { $call })));
        };
    }
    let none = ptr::null_mut();
    let mut list: Vec<Call> = Vec::new();
    call!(list, rg_evaluate, g => rg_evaluate(g, &w.order(c"b1", "1"), &mut decision()));
    call!(list, rg_evaluate_at, g => rg_evaluate_at(g, &w.order(c"b1", "1"), 1, &mut decision()));
    call!(list, rg_evaluate_list, g => rg_evaluate_list(g, &w.order(c"b1", "1"), 1, &mut sized::<rg_list_decision>()));
    call!(list, rg_modify, g => rg_modify(g, &named(&w), &sized::<rg_change>(), &mut decision()));
    call!(list, rg_redeem, g => rg_redeem(g, w.guard, &mut outbound()));
    call!(list, rg_redeem_list, g => rg_redeem_list(g, w.guard, &mut outbound(), 1, &mut 0));
    call!(list, rg_release, g => rg_release(g, 1));
    call!(list, rg_release_list, g => rg_release_list(g, 1));
    call!(list, rg_abandon, g => rg_abandon(g, 1));
    call!(list, rg_cancel, g => rg_cancel(g, &named(&w), &mut outbound()));
    call!(list, rg_ingest_quote, g => rg_ingest_quote(g, &quote(&w), none));
    call!(list, rg_ingest_mark, g => rg_ingest_mark(g, w.instrument, &number("1"), 1, none));
    call!(list, rg_ingest_rate, g => rg_ingest_rate(g, w.asset, w.asset, &number("1"), none));
    call!(list, rg_ingest_balance, g => rg_ingest_balance(g, w.account, &number("1"), none));
    call!(list, rg_ingest_flow, g => rg_ingest_flow(g, w.account, &number("1"), none));
    call!(list, rg_ingest_daily_volume, g => rg_ingest_daily_volume(g, w.instrument, &number("1"), none));
    call!(list, rg_ingest_heartbeat, g => rg_ingest_heartbeat(g, none));
    call!(list, rg_ingest_host, g => rg_ingest_host(g, &sized::<rg_host_figures>(), none));
    call!(list, rg_ingest_accepted, g => rg_ingest_accepted(g, &named(&w), none));
    call!(list, rg_ingest_done, g => rg_ingest_done(g, &named(&w), 1, none));
    call!(list, rg_ingest_fill, g => rg_ingest_fill(g, &fill(&w), none));
    call!(list, rg_ingest_report, g => rg_ingest_report(g, &total(&w), none));
    call!(list, rg_ingest_accepted_for, g => rg_ingest_accepted_for(g, &named(&w), &number("1"), none));
    call!(list, rg_ingest_adjustment, g => rg_ingest_adjustment(g, &split(&w), none));
    call!(list, rg_ingest_transfer, g => rg_ingest_transfer(g, &transfer(&w), none));
    call!(list, rg_reconcile, g => rg_reconcile(g, &snapshot(&w), none, ptr::null_mut(), 0, ptr::null_mut()));
    call!(list, rg_next_withheld, g => rg_next_withheld(g, 0, &mut sized::<rg_withheld>()));
    call!(list, rg_withheld_text, g => rg_withheld_text(g, 1, [0; 8].as_mut_ptr(), 8, &mut 0));
    call!(list, rg_accept_statement, g => rg_accept_statement(g, 1, c"ops".as_ptr(), none));
    call!(list, rg_discard_statement, g => rg_discard_statement(g, 1, c"ops".as_ptr(), none));
    call!(list, rg_believe_reference, g => rg_believe_reference(g, w.instrument, c"ops".as_ptr(), none));
    call!(list, rg_is_suspect, g => rg_is_suspect(g, w.instrument, &mut 0));
    call!(list, rg_exits, g => rg_exits(g, &firm(), ptr::null_mut(), 0, &mut 0));
    call!(list, rg_crossing_orders, g => rg_crossing_orders(g, &w.order(c"b1", "1"), [0; 8].as_mut_ptr(), 8, &mut 0));
    call!(list, rg_risk_score, g => rg_risk_score(g, &w.order(c"b1", "1"), &mut zeroed()));
    call!(list, rg_profit_of_strategy, g => rg_profit_of_strategy(g, w.strategy, &mut zeroed()));
    call!(list, rg_durable_seq, g => rg_durable_seq(g, &mut 0));
    call!(list, rg_headroom, g => rg_headroom(g, w.account, w.strategy, w.instrument, 1, &mut zeroed()));
    call!(list, rg_limits_in_force, g => rg_limits_in_force(g, &firm(), [0; 8].as_mut_ptr(), 8, &mut 0));
    call!(list, rg_next_roll, g => rg_next_roll(g, &mut 0));
    call!(list, rg_live_orders, g => rg_live_orders(g, &mut 0));
    call!(list, rg_explain, g => rg_explain(g, &w.order(c"b1", "1"), &mut decision(), [0; 8].as_mut_ptr(), 8, &mut 0));
    call!(list, rg_explain_change, g => rg_explain_change(g, &named(&w), &sized::<rg_change>(), &mut decision(), [0; 8].as_mut_ptr(), 8, &mut 0));
    call!(list, rg_explain_list, g => rg_explain_list(g, &w.order(c"b1", "1"), 1, &mut sized::<rg_list_decision>(), [0; 8].as_mut_ptr(), 8, &mut 0));
    call!(list, rg_unmarked, g => rg_unmarked(g, w.account, ptr::null_mut(), 0, &mut 0));
    call!(list, rg_symbol, g => rg_symbol(g, w.instrument, [0; 8].as_mut_ptr(), 8, &mut 0));
    call!(list, rg_session_of, g => rg_session_of(g, w.instrument, &mut 0, &mut 0));
    call!(list, rg_sync, g => rg_sync(g));
    call!(list, rg_take_trip, g => rg_take_trip(g, &mut sized::<rg_trip>()));
    call!(list, rg_ingest_snapshot, g => rg_ingest_snapshot(g, w.account, ptr::null(), ptr::null(), 0, none));
    call!(list, rg_ingest_day_roll, g => rg_ingest_day_roll(g, none));
    call!(list, rg_ingest_session, g => rg_ingest_session(g, w.instrument, 1, 2, none));
    call!(list, rg_ingest_next_roll, g => rg_ingest_next_roll(g, i64::MAX, none));
    call!(list, rg_ingest_status, g => rg_ingest_status(g, w.instrument, 1, c"ops".as_ptr(), none));
    call!(list, rg_ingest_limits, g => rg_ingest_limits(g, &limits_change(), none));
    call!(list, rg_halt, g => rg_halt(g, &firm(), 3, ptr::null(), ptr::null(), ptr::null_mut(), ptr::null_mut(), 0, ptr::null_mut()));
    call!(list, rg_resume, g => rg_resume(g, &firm(), 1, 0, 1, ptr::null(), c"ops".as_ptr()));
    call!(list, rg_open_orders, g => rg_open_orders(g, &firm(), ptr::null_mut(), 0, &mut 0));
    call!(list, rg_trading_state_of, g => rg_trading_state_of(g, &firm(), &mut 0));
    call!(list, rg_position_of_account, g => rg_position_of_account(g, w.account, w.instrument, &mut sized::<rg_position>()));
    call!(list, rg_position_of_strategy, g => rg_position_of_strategy(g, w.strategy, w.instrument, &mut sized::<rg_position>()));
    call!(list, rg_sums_of_account, g => rg_sums_of_account(g, w.account, &mut sized::<rg_account_sums>()));
    call!(list, rg_order_state_of, g => rg_order_state_of(g, &named(&w), &mut 0));
    call!(list, rg_seq, g => rg_seq(g, &mut 0));
    call!(list, rg_digest_of, g => rg_digest_of(g, &mut rg_digest { low: 0, high: 0 }));
    call!(list, rg_replay, g => rg_replay(g, &mut rg_digest { low: 0, high: 0 }));
    call!(list, rg_records, g => rg_records(g, 0, 1, [0; 8].as_mut_ptr(), 8, &mut 0));
    call!(list, rg_set_time, g => rg_set_time(g, 1));
    call!(list, rg_tick, g => rg_tick(g));
    call!(list, rg_find_trader, g => rg_find_trader(g, c"t".as_ptr(), &mut 0));
    call!(list, rg_find_strategy, g => rg_find_strategy(g, w.account, c"s".as_ptr(), &mut 0));
    call!(list, rg_add_account, g => rg_add_account(g, c"name = \"n\"\ncurrency = \"USD\"\nunlimited = \"a test\"".as_ptr(), 48, 1, &mut 0));
    list.push(("rg_latches", text(rg_latches)));
    list.push(("rg_coverage", text(rg_coverage)));
    list.push(("rg_metrics", text(rg_metrics)));
    list.push(("rg_unrecorded", text(rg_unrecorded)));
    list.push(("rg_recovery", text(rg_recovery)));
    list.push(("rg_find_account", name(rg_find_account)));
    list.push(("rg_find_instrument", name(rg_find_instrument)));
    list.push(("rg_find_asset", name(rg_find_asset)));
    list.push(("rg_find_venue", name(rg_find_venue)));
    list
}

/// No guard, or not one any more.
fn bad_guards(w: World, list: &mut Vec<Bad>) {
    let gone = World::new();
    gone.free();
    let never = w.guard + (1 << 40);
    for (what, guard, status) in [
        ("0", 0, RG_WRONG_HANDLE),
        ("all bits", u64::MAX, RG_WRONG_HANDLE),
        ("an account", w.account, RG_WRONG_HANDLE),
        ("a guard that was freed", gone.guard, RG_STALE_HANDLE),
        ("a guard that never was", never, RG_WRONG_HANDLE),
        ("a place beyond", w.guard + 1, RG_WRONG_HANDLE),
    ] {
        for (name, call) in calls(w) {
            list.push((format!("{name} with {what} for a guard"), status, Box::new(move || call(guard))));
        }
    }
}

/// A structure in memory of its own, which can be read but not at this place, or says a wrong size.
fn bad_structs<T: Copy + 'static>(
    name: &str,
    good: T,
    least: usize,
    list: &mut Vec<Bad>,
    call: impl Fn(*mut T) -> rg_status + Copy + 'static,
) {
    list.push((format!("{name}: null"), RG_NULL_POINTER, Box::new(move || call(ptr::null_mut()))));
    for shift in [1, 2] {
        let moved = move || {
            let mut memory = vec![0_u64; size_of::<T>() / 8 + 2];
            // SAFETY: there is room for the shifted structure.
            let place = unsafe { memory.as_mut_ptr().cast::<u8>().add(shift).cast::<T>() };
            // SAFETY: the same, and no alignment is assumed.
            unsafe { place.write_unaligned(good) };
            call(place)
        };
        list.push((format!("{name}: {shift} beside its place"), RG_MISALIGNED, Box::new(moved)));
    }
    for size in [0, 4, least - 1, 4_097, u32::MAX as usize] {
        let wrong = move || {
            let mut memory = vec![0_u64; 1_024];
            let place = memory.as_mut_ptr().cast::<T>();
            // SAFETY: aligned, and there is room.
            unsafe { place.write(good) };
            // SAFETY: the size comes first.
            unsafe { place.cast::<u32>().write(size as u32) };
            call(place)
        };
        list.push((format!("{name}: size {size}"), RG_STRUCT_SIZE, Box::new(wrong)));
    }
}

/// One that is read and says more than this library knows.
fn newer_structs<T: Copy + 'static>(
    name: &str,
    good: T,
    list: &mut Vec<Bad>,
    call: impl Fn(*mut T) -> rg_status + Copy + 'static,
) {
    let longer = move || {
        let mut memory = vec![0_u64; size_of::<T>() / 8 + 2];
        let place = memory.as_mut_ptr().cast::<T>();
        // SAFETY: aligned, and there is room.
        unsafe { place.write(good) };
        // SAFETY: the size comes first.
        unsafe { place.cast::<u32>().write(size_of::<T>() as u32 + 8) };
        memory[size_of::<T>() / 8] = 1;
        call(memory.as_mut_ptr().cast())
    };
    list.push((format!("{name}: says more than is known"), RG_STRUCT_SIZE, Box::new(longer)));
}

fn structs(w: World, list: &mut Vec<Bad>) {
    let none = ptr::null_mut();
    // SAFETY, for every call here: what can be read is readable, and what cannot is looked at first.
    macro_rules! read {
        ($name:ident, $good:expr, $least:expr, $place:ident => $call:expr) => {
            let call = move |place: *mut _| {
                let $place = place as *const _;
                unsafe { $call }
            };
            bad_structs(stringify!($name), $good, $least, list, call);
            newer_structs(stringify!($name), $good, list, call);
        };
    }
    macro_rules! written {
        ($name:ident, $type:ty, $place:ident => $call:expr) => {
            let call = move |$place: *mut $type| unsafe { $call };
            bad_structs(
                concat!(stringify!($name), " into"),
                sized::<$type>(),
                first_size::<$type>(),
                list,
                call,
            );
        };
    }
    read!(rg_evaluate, w.order(c"b1", "1"), 136, p => rg_evaluate(w.guard, p, &mut decision()));
    read!(rg_evaluate_list, w.order(c"b1", "1"), 136, p => rg_evaluate_list(w.guard, p, 1, &mut sized::<rg_list_decision>()));
    read!(rg_explain, w.order(c"b1", "1"), 136, p => rg_explain(w.guard, p, &mut decision(), [0; 8].as_mut_ptr(), 8, &mut 0));
    read!(rg_explain_list, w.order(c"b1", "1"), 136, p => rg_explain_list(w.guard, p, 1, &mut sized::<rg_list_decision>(), [0; 8].as_mut_ptr(), 8, &mut 0));
    read!(rg_explain_change, sized::<rg_change>(), 72, p => rg_explain_change(w.guard, &named(&w), p, &mut decision(), [0; 8].as_mut_ptr(), 8, &mut 0));
    read!(rg_modify, sized::<rg_change>(), 72, p => rg_modify(w.guard, &named(&w), p, &mut decision()));
    read!(rg_ingest_quote, quote(&w), 120, p => rg_ingest_quote(w.guard, p, none));
    read!(rg_ingest_fill, fill(&w), 136, p => rg_ingest_fill(w.guard, p, none));
    read!(rg_ingest_report, total(&w), 136, p => rg_ingest_report(w.guard, p, none));
    read!(rg_ingest_host, rg_host_figures { account: w.account, ..sized() }, 88, p => rg_ingest_host(w.guard, p, none));
    read!(rg_ingest_limits, limits_change(), 72, p => rg_ingest_limits(w.guard, p, none));
    read!(rg_ingest_adjustment, split(&w), 40, p => rg_ingest_adjustment(w.guard, p, none));
    read!(rg_ingest_transfer, transfer(&w), 56, p => rg_ingest_transfer(w.guard, p, none));
    read!(rg_reconcile, snapshot(&w), 64, p => rg_reconcile(w.guard, p, none, ptr::null_mut(), 0, ptr::null_mut()));
    read!(rg_crossing_orders, w.order(c"b1", "1"), 136, p => rg_crossing_orders(w.guard, p, [0; 8].as_mut_ptr(), 8, &mut 0));
    written!(rg_exits, rg_order, p => rg_exits(w.guard, &firm(), p, 1, &mut 0));
    written!(rg_reconcile, rg_difference, p => rg_reconcile(w.guard, &snapshot(&w), none, p, 1, &mut 0));
    written!(rg_next_withheld, rg_withheld, p => rg_next_withheld(w.guard, 0, p));
    written!(rg_evaluate, rg_decision, p => rg_evaluate(w.guard, &w.order(c"b1", "1"), p));
    written!(rg_modify, rg_decision, p => rg_modify(w.guard, &named(&w), &sized::<rg_change>(), p));
    written!(rg_evaluate_list, rg_list_decision, p => rg_evaluate_list(w.guard, &w.order(c"b1", "1"), 1, p));
    written!(rg_explain, rg_decision, p => rg_explain(w.guard, &w.order(c"b1", "1"), p, [0; 8].as_mut_ptr(), 8, &mut 0));
    written!(rg_explain_list, rg_list_decision, p => rg_explain_list(w.guard, &w.order(c"b1", "1"), 1, p, [0; 8].as_mut_ptr(), 8, &mut 0));
    written!(rg_explain_change, rg_decision, p => rg_explain_change(w.guard, &named(&w), &sized::<rg_change>(), p, [0; 8].as_mut_ptr(), 8, &mut 0));
    written!(rg_redeem, rg_outbound, p => rg_redeem(w.guard, 1, p));
    written!(rg_cancel, rg_outbound, p => rg_cancel(w.guard, &named(&w), p));
    written!(rg_take_trip, rg_trip, p => rg_take_trip(w.guard, p));
    written!(rg_position_of_account, rg_position, p => rg_position_of_account(w.guard, w.account, w.instrument, p));
    written!(rg_sums_of_account, rg_account_sums, p => rg_sums_of_account(w.guard, w.account, p));
    for size in [0, 4, 23, 4_097] {
        let wrong = move || {
            let mut ingested = rg_ingested { size, ..zeroed() };
            // SAFETY: both live during the call.
            unsafe { rg_ingest_quote(w.guard, &quote(&w), &mut ingested) }
        };
        list.push((format!("rg_ingest_quote into: size {size}"), RG_STRUCT_SIZE, Box::new(wrong)));
    }
}

#[test]
fn every_bad_call_has_its_status_and_changes_nothing() {
    let w = World::new();
    let mut list: Vec<Bad> = Vec::new();
    bad_guards(w, &mut list);
    structs(w, &mut list);
    orders(w, &mut list);
    spent(w, &mut list);
    others(w, &mut list);
    looks(w, &mut list);
    reports(w, &mut list);
    truth(w, &mut list);
    rules(&mut list);
    assert!(list.len() >= 300, "{} bad calls", list.len());
    // What the core refuses leaves the passing of time on record, as a tick does, and nothing else: a twin shows it.
    let twin = World::new();
    spent(twin, &mut Vec::new());
    assert_eq!(twin.state(), w.state());
    let mut problems = Vec::new();
    for (what, status, call) in &list {
        let got = call();
        if got != *status {
            problems.push(format!("{what}: {got:?} ({}), not {status:?}", error()));
        } else if error().is_empty() {
            problems.push(format!("{what}: no text"));
        }
        if w.state() != twin.state() && matches!(status, RG_INPUT_REFUSED | RG_CONFIG) {
            assert_eq!(rg_tick(twin.guard), RG_OK);
        }
        if w.state() != twin.state() {
            problems.push(format!("{what}: changed the state"));
            break;
        }
    }
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), list.len(), problems.join("\n"));
    w.free();
    twin.free();
}

/// The size of a structure in the first header: two have grown at their ends since.
fn first_size<T>() -> usize {
    let grown = [(size_of::<rg_order>(), 136), (size_of::<rg_outbound>(), 216)];
    let size = size_of::<T>();
    grown.into_iter().find(|(now, _)| *now == size).map_or(size, |(_, first)| first)
}
