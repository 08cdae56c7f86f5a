//! Adjustments, transfers and snapshots that are none, and decisions on what does not wait.

use std::ptr;

use risk_guard::adjust::*;
use risk_guard::explain::*;
use risk_guard::halt::{rg_exits, rg_scope};
use risk_guard::look::*;
use risk_guard::order::rg_order;
use risk_guard::reconcile::*;
use risk_guard::report::rg_ingest_accepted_for;
use risk_guard::statement::*;
use risk_guard::words::rg_status::{self, *};

use super::bad_calls::{Bad, firm, named, sized};
use super::world::{World, number, zeroed};

pub(super) fn split(w: &World) -> rg_adjustment {
    rg_adjustment { kind: 1, instrument: w.instrument, units_before: 1, units_after: 2, ..sized() }
}

pub(super) fn transfer(w: &World) -> rg_transfer {
    rg_transfer {
        from: w.strategy,
        to: w.strategy,
        instrument: w.instrument,
        quantity: number("1"),
        by: c"ops".as_ptr(),
        ..sized()
    }
}

pub(super) fn snapshot(w: &World) -> rg_snapshot {
    rg_snapshot { account: w.account, ..sized() }
}

fn position(w: &World) -> rg_stated_position {
    rg_stated_position { instrument: w.instrument, quantity: number("1"), price: number("100"), ..sized() }
}

fn order(w: &World) -> rg_stated_order {
    rg_stated_order {
        side: 1,
        id: c"venue-1".as_ptr(),
        instrument: w.instrument,
        open: number("1"),
        ..sized()
    }
}

/// Everything of them that can be wrong beside their sizes.
pub(super) fn truth(w: World, list: &mut Vec<Bad>) {
    let none = ptr::null_mut();
    let mut adjustment = |what: &str, status: rg_status, told: rg_adjustment| {
        // SAFETY: it lives during the call.
        let call = move || unsafe { rg_ingest_adjustment(w.guard, &told, none) };
        list.push((format!("an adjustment {what}"), status, Box::new(call)));
    };
    let good = split(&w);
    let settled = rg_adjustment { kind: 2, units_before: 0, units_after: 0, ..good };
    adjustment("of no kind", RG_INVALID_VALUE, rg_adjustment { kind: 0, ..good });
    adjustment("of kind 4", RG_INVALID_VALUE, rg_adjustment { kind: 4, ..good });
    adjustment("of a split with a price", RG_INVALID_VALUE, rg_adjustment { price: number("1"), ..good });
    adjustment("of a split from nothing", RG_INPUT_REFUSED, rg_adjustment { units_before: 0, ..good });
    adjustment("of a split to nothing", RG_INPUT_REFUSED, rg_adjustment { units_after: 0, ..good });
    adjustment("of nothing", RG_INPUT_REFUSED, rg_adjustment { instrument: 0, ..good });
    adjustment("of an account", RG_INPUT_REFUSED, rg_adjustment { instrument: w.account, ..good });
    adjustment("of a settlement without a price", RG_INVALID_NUMBER, settled);
    adjustment("of an expiry without a price", RG_INVALID_NUMBER, rg_adjustment { kind: 3, ..settled });
    let settled = rg_adjustment { price: number("1"), ..settled };
    adjustment("of a settlement in units", RG_INVALID_VALUE, rg_adjustment { units_after: 1, ..settled });
    let below = number("-1");
    adjustment(
        "of an expiry below zero",
        RG_INPUT_REFUSED,
        rg_adjustment { kind: 3, price: below, ..settled },
    );

    let mut moved = |what: &str, status: rg_status, told: rg_transfer| {
        // SAFETY: it lives during the call.
        let call = move || unsafe { rg_ingest_transfer(w.guard, &told, none) };
        list.push((format!("a transfer {what}"), status, Box::new(call)));
    };
    let good = transfer(&w);
    moved("of more than is held", RG_INPUT_REFUSED, good);
    moved("from nobody", RG_INPUT_REFUSED, rg_transfer { from: 0, ..good });
    moved("to nobody", RG_INPUT_REFUSED, rg_transfer { to: 0, ..good });
    moved("of nothing", RG_INPUT_REFUSED, rg_transfer { instrument: 0, ..good });
    moved("by nobody", RG_INPUT_REFUSED, rg_transfer { by: ptr::null(), ..good });
    moved("of zero", RG_INPUT_REFUSED, rg_transfer { quantity: number("0"), ..good });
    moved("without a quantity", RG_INVALID_NUMBER, rg_transfer { quantity: zeroed(), ..good });
    moved("with something reserved", RG_INVALID_VALUE, rg_transfer { reserved: 1, ..good });

    let mut stated = |what: &str, status: rg_status, change: fn(&mut rg_snapshot)| {
        let call = move || {
            let mut told = snapshot(&w);
            change(&mut told);
            // SAFETY: what can be read is readable, and what cannot is looked at first.
            unsafe { rg_reconcile(w.guard, &told, none, ptr::null_mut(), 0, ptr::null_mut()) }
        };
        list.push((format!("a snapshot {what}"), status, Box::new(call)));
    };
    stated("of nobody", RG_INPUT_REFUSED, |s| s.account = 0);
    stated("with a bad balance", RG_INVALID_NUMBER, |s| s.balance.present = 2);
    stated("of positions that are null", RG_NULL_POINTER, |s| s.position_count = 1);
    stated("of positions without end", RG_INVALID_VALUE, |s| s.position_count = u64::MAX);
    stated("of orders that are null", RG_NULL_POINTER, |s| (s.has_orders, s.order_count) = (1, 1));
    stated("of orders without end", RG_INVALID_VALUE, |s| (s.has_orders, s.order_count) = (1, u64::MAX));
    stated("whose orders are stated twice", RG_INVALID_VALUE, |s| s.has_orders = 2);

    let mut held = |what: &str, status: rg_status, positions: Vec<rg_stated_position>| {
        let call = move || {
            let (first, count) = (positions.as_ptr(), positions.len() as u64);
            let told = rg_snapshot { positions: first, position_count: count, ..snapshot(&w) };
            // SAFETY: everything lives during the call.
            unsafe { rg_reconcile(w.guard, &told, none, ptr::null_mut(), 0, ptr::null_mut()) }
        };
        list.push((format!("a position {what}"), status, Box::new(call)));
    };
    let good = position(&w);
    held("of no size", RG_STRUCT_SIZE, vec![rg_stated_position { size: 0, ..good }]);
    held("of another size", RG_STRUCT_SIZE, vec![good, rg_stated_position { size: 56, ..good }]);
    held("with something reserved", RG_INVALID_VALUE, vec![rg_stated_position { reserved: 1, ..good }]);
    held("without a quantity", RG_INVALID_NUMBER, vec![rg_stated_position { quantity: zeroed(), ..good }]);
    held("without a price", RG_INVALID_NUMBER, vec![good, rg_stated_position { price: zeroed(), ..good }]);
    held("in nothing", RG_INPUT_REFUSED, vec![rg_stated_position { instrument: 0, ..good }]);

    let mut working = |what: &str, status: rg_status, orders: Vec<rg_stated_order>| {
        let call = move || {
            let (first, count) = (orders.as_ptr(), orders.len() as u64);
            let told = rg_snapshot { has_orders: 1, orders: first, order_count: count, ..snapshot(&w) };
            // SAFETY: everything lives during the call.
            unsafe { rg_reconcile(w.guard, &told, none, ptr::null_mut(), 0, ptr::null_mut()) }
        };
        list.push((format!("a stated order {what}"), status, Box::new(call)));
    };
    let good = order(&w);
    working("of no size", RG_STRUCT_SIZE, vec![rg_stated_order { size: 0, ..good }]);
    working("of no side", RG_INVALID_VALUE, vec![rg_stated_order { side: 0, ..good }]);
    working("of side 3", RG_INVALID_VALUE, vec![good, rg_stated_order { side: 3, ..good }]);
    working("without an id", RG_INPUT_REFUSED, vec![rg_stated_order { id: ptr::null(), ..good }]);
    working("of nothing", RG_INPUT_REFUSED, vec![rg_stated_order { instrument: 0, ..good }]);
    working("that is not open", RG_INPUT_REFUSED, vec![rg_stated_order { open: number("0"), ..good }]);
    working("without a quantity", RG_INVALID_NUMBER, vec![rg_stated_order { open: zeroed(), ..good }]);
    let bad = risk_guard::number::rg_decimal { present: 3, ..zeroed() };
    working("with a bad price", RG_INVALID_NUMBER, vec![rg_stated_order { price: bad, ..good }]);

    // SAFETY, for every call here: what can be read is readable, and what cannot is looked at first.
    macro_rules! bad {
        ($what:literal, $status:ident, $call:expr) => {
            list.push(($what.to_owned(), $status, Box::new(move || unsafe { $call })));
        };
    }
    bad!("differences without a count", RG_NULL_POINTER, {
        rg_reconcile(w.guard, &snapshot(&w), none, &mut sized(), 1, ptr::null_mut())
    });
    bad!("differences into null", RG_NULL_POINTER, {
        rg_reconcile(w.guard, &snapshot(&w), none, ptr::null_mut(), 1, &mut 0)
    });
    bad!("more differences than there is room for", RG_BUFFER_TOO_SMALL, {
        let held = position(&w);
        let told = rg_snapshot { positions: &held, position_count: 1, ..snapshot(&w) };
        rg_reconcile(w.guard, &told, none, &mut sized(), 0, &mut 0)
    });
    bad!("an acceptance for null", RG_NULL_POINTER, {
        rg_ingest_accepted_for(w.guard, &named(&w), ptr::null(), none)
    });
    bad!("an acceptance for nothing", RG_INVALID_NUMBER, {
        rg_ingest_accepted_for(w.guard, &named(&w), &zeroed(), none)
    });
    bad!("a statement nobody made", RG_UNAVAILABLE, rg_next_withheld(w.guard, 0, &mut sized()));
    bad!("the text of one", RG_UNAVAILABLE, rg_withheld_text(w.guard, 1, [0; 8].as_mut_ptr(), 8, &mut 0));
    bad!("a statement accepted", RG_INPUT_REFUSED, rg_accept_statement(w.guard, 1, c"ops".as_ptr(), none));
    bad!("one accepted by nobody", RG_INPUT_REFUSED, rg_accept_statement(w.guard, 1, ptr::null(), none));
    bad!("a statement discarded", RG_INPUT_REFUSED, rg_discard_statement(w.guard, 1, c"ops".as_ptr(), none));
    bad!("a price believed that is not in doubt", RG_INPUT_REFUSED, {
        rg_believe_reference(w.guard, w.instrument, c"ops".as_ptr(), none)
    });
    bad!("the price of nothing", RG_INPUT_REFUSED, rg_believe_reference(w.guard, 0, c"ops".as_ptr(), none));
    bad!("suspicion into null", RG_NULL_POINTER, rg_is_suspect(w.guard, w.instrument, ptr::null_mut()));
    bad!("exits into null", RG_NULL_POINTER, rg_exits(w.guard, &firm(), ptr::null_mut(), 1, &mut 0));
    bad!("exits without a count", RG_NULL_POINTER, rg_exits(w.guard, &firm(), none_of(), 0, ptr::null_mut()));
    bad!("exits of no scope", RG_INVALID_VALUE, {
        rg_exits(w.guard, &rg_scope { kind: 9, ..firm() }, none_of(), 0, &mut 0)
    });
    bad!("a score into null", RG_NULL_POINTER, {
        rg_risk_score(w.guard, &w.order(c"b1", "1"), ptr::null_mut())
    });
    bad!("a profit into null", RG_NULL_POINTER, rg_profit_of_strategy(w.guard, w.strategy, ptr::null_mut()));
    bad!("a number of a record into null", RG_NULL_POINTER, rg_durable_seq(w.guard, ptr::null_mut()));
}

fn none_of() -> *mut rg_order {
    ptr::null_mut()
}
