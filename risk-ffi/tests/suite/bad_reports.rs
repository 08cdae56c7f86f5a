//! Reports and house rules that are none.

use std::ffi::c_void;
use std::ptr;

use risk_guard::guard::rg_options;
use risk_guard::number::rg_decimal;
use risk_guard::report::*;
use risk_guard::rule::{rg_measurement, rg_rule, rg_view};
use risk_guard::trip::{rg_take_trip, rg_trip};
use risk_guard::words::rg_status::{self, *};

use super::bad_calls::{Bad, fill, named, sized};
use super::world::{CONFIG, World, make, number, options, zeroed};

/// A report of a total of an order.
pub(super) fn total(w: &World) -> rg_report {
    rg_report { kind: 1, order: named(w), quantity: number("1"), price: number("100"), ..sized() }
}

fn bust(w: &World) -> rg_report {
    rg_report { kind: 2, account: w.account, execution: c"x1".as_ptr(), ..sized() }
}

pub(super) fn reports(w: World, list: &mut Vec<Bad>) {
    let mut report = |what: &str, status: rg_status, told: rg_report| {
        // SAFETY: it lives during the call.
        let call = move || unsafe { rg_ingest_report(w.guard, &told, ptr::null_mut()) };
        list.push((format!("a report {what}"), status, Box::new(call)));
    };
    let total = total(&w);
    let bust = bust(&w);
    let corrected = rg_report { kind: 3, quantity: number("1"), price: number("100"), ..bust };
    report("of no kind", RG_INVALID_VALUE, rg_report { kind: 0, ..total });
    report("of kind 4", RG_INVALID_VALUE, rg_report { kind: 4, ..total });
    report("of any kind", RG_INVALID_VALUE, rg_report { kind: u32::MAX, ..total });
    report("of a total without a quantity", RG_INVALID_NUMBER, rg_report { quantity: zeroed(), ..total });
    report("of a total without a price", RG_INVALID_NUMBER, rg_report { price: zeroed(), ..total });
    let bad = rg_decimal { present: 3, ..zeroed() };
    report("of a total with a bad fee", RG_INVALID_NUMBER, rg_report { fee: bad, ..total });
    report("of a total with an execution", RG_INVALID_VALUE, rg_report { execution: c"x".as_ptr(), ..total });
    report("of a total with an account", RG_INVALID_VALUE, rg_report { account: w.account, ..total });
    report("of a total with a strategy", RG_INVALID_VALUE, rg_report { strategy: w.strategy, ..total });
    report("of a total booked nowhere", RG_INVALID_VALUE, rg_report { has_booking: 1, ..total });
    report("of a total booked twice", RG_INVALID_VALUE, rg_report { has_booking: 2, ..total });
    report("of a total with a side", RG_INVALID_VALUE, rg_report { side: 1, ..total });
    report("of a total with a parent", RG_INVALID_VALUE, rg_report { parent: c"p".as_ptr(), ..total });
    report("of a bust of an order", RG_INVALID_VALUE, rg_report { order: named(&w), ..bust });
    report("of a bust with a quantity", RG_INVALID_VALUE, rg_report { quantity: number("1"), ..bust });
    report("of a bust with a price", RG_INVALID_VALUE, rg_report { price: number("1"), ..bust });
    report("of a bust with a fee", RG_INVALID_VALUE, rg_report { fee: number("1"), ..bust });
    report("of a bust with a booking", RG_INVALID_VALUE, rg_report { has_booking: 1, side: 1, ..bust });
    report("of a bust with an instrument", RG_INVALID_VALUE, rg_report { instrument: w.instrument, ..bust });
    report("of a bust without an execution", RG_INPUT_REFUSED, rg_report { execution: ptr::null(), ..bust });
    report("of a correction without a price", RG_INVALID_NUMBER, rg_report { price: zeroed(), ..corrected });
    report(
        "of a correction without a quantity",
        RG_INVALID_NUMBER,
        rg_report { quantity: zeroed(), ..corrected },
    );
    report("of a correction of an order", RG_INVALID_VALUE, rg_report { order: named(&w), ..corrected });
    for origin in [3, u32::MAX] {
        // SAFETY: it lives during the call.
        let call =
            move || unsafe { rg_ingest_fill(w.guard, &rg_fill { origin, ..fill(&w) }, ptr::null_mut()) };
        list.push((format!("a fill of origin {origin}"), RG_INVALID_VALUE, Box::new(call)));
    }
    // SAFETY: it lives during the call.
    let none = move || unsafe { rg_take_trip(w.guard, &mut sized::<rg_trip>()) };
    list.push(("a trip where nothing has tripped".to_owned(), RG_UNAVAILABLE, Box::new(none)));
}

unsafe extern "C-unwind" fn silent(_: *mut c_void, _: *const rg_view, _: *mut rg_measurement) -> u32 {
    1
}

/// Guards whose rules are not those of the configuration, or none.
pub(super) fn rules(list: &mut Vec<Bad>) {
    let rule =
        || rg_rule { name: c"calm".as_ptr(), function: Some(silent), context: ptr::null_mut(), ..sized() };
    let with_rule = format!("house_rules = [{{ name = \"calm\" }}]\n{CONFIG}");
    let mut bad = |what: &str, status: rg_status, config: &str, rules: Vec<rg_rule>, count: u64| {
        let config = config.to_owned();
        let call = move || {
            let first = if rules.is_empty() { ptr::null() } else { rules.as_ptr() };
            make(&config, &rg_options { rules: first, rule_count: count, ..options() }, &mut 0)
        };
        list.push((format!("a guard with {what}"), status, Box::new(call)));
    };
    bad("a rule without its function", RG_CONFIG, &with_rule, vec![], 0);
    bad("a function without a rule", RG_CONFIG, CONFIG, vec![rule()], 1);
    bad("a function twice", RG_CONFIG, &with_rule, vec![rule(), rule()], 2);
    bad("no rules but one", RG_NULL_POINTER, &with_rule, vec![], 1);
    bad("rules without end", RG_INVALID_VALUE, &with_rule, vec![rule()], u64::MAX);
    bad("nine rules", RG_INVALID_VALUE, &with_rule, vec![rule(); 9], 9);
    bad("a rule of no size", RG_STRUCT_SIZE, &with_rule, vec![rg_rule { size: 0, ..rule() }], 1);
    bad(
        "a rule with something reserved",
        RG_INVALID_VALUE,
        &with_rule,
        vec![rg_rule { reserved: 1, ..rule() }],
        1,
    );
    bad(
        "a rule without a name",
        RG_NULL_POINTER,
        &with_rule,
        vec![rg_rule { name: ptr::null(), ..rule() }],
        1,
    );
    bad("a rule of another name", RG_CONFIG, &with_rule, vec![rg_rule { name: c"x".as_ptr(), ..rule() }], 1);
    bad("a rule that is null", RG_NULL_POINTER, &with_rule, vec![rg_rule { function: None, ..rule() }], 1);
}
