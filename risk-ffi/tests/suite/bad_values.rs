//! Values that are none: orders, permits, names, numbers, scopes, options.

use std::ffi::{CStr, c_char};
use std::ptr;

use risk_guard::border::rg_abi_check;
use risk_guard::change::{rg_redeem_list, rg_release_list};
use risk_guard::guard::{rg_config_check, rg_guard_free, rg_guard_new, rg_options, rg_recovery};
use risk_guard::halt::{rg_open_orders, rg_resume, rg_scope, rg_trading_state_of};
use risk_guard::input::*;
use risk_guard::look::*;
use risk_guard::names::*;
use risk_guard::number::*;
use risk_guard::order::{rg_evaluate, rg_order};
use risk_guard::permit::{rg_abandon, rg_order_ref, rg_release};
use risk_guard::reconcile::*;
use risk_guard::report::*;
use risk_guard::words::rg_status::{self, *};

use super::bad_calls::{Bad, fill, firm, limits_change, named, quote, sized};
use super::world::{CONFIG, World, decision, make, number, options, outbound, zeroed};

/// A text whose bytes are no UTF-8.
const LATIN: &CStr = c"\xe9\xff";

/// Longer than any name.
fn long() -> *const c_char {
    const LONG: [u8; 5_001] = {
        let mut text = [b'a'; 5_001];
        text[5_000] = 0;
        text
    };
    LONG.as_ptr().cast()
}

/// Something about an order that is not its size.
pub(super) fn orders(w: World, list: &mut Vec<Bad>) {
    let mut order = |what: &str, status: rg_status, change: fn(&mut rg_order)| {
        let call = move || {
            let mut order = w.order(c"b1", "1");
            change(&mut order);
            // SAFETY: both live during the call.
            unsafe { rg_evaluate(w.guard, &order, &mut decision()) }
        };
        list.push((format!("an order with {what}"), status, Box::new(call)));
    };
    order("no side", RG_INVALID_VALUE, |o| o.side = 0);
    order("side 3", RG_INVALID_VALUE, |o| o.side = 3);
    order("any side", RG_INVALID_VALUE, |o| o.side = u32::MAX);
    order("no kind", RG_INVALID_VALUE, |o| o.kind = 0);
    order("kind 5", RG_INVALID_VALUE, |o| o.kind = 5);
    order("any kind", RG_INVALID_VALUE, |o| o.kind = u32::MAX);
    order("no time in force", RG_INVALID_VALUE, |o| o.time_in_force = 0);
    order("time in force 6", RG_INVALID_VALUE, |o| o.time_in_force = 6);
    order("flag 8", RG_INVALID_VALUE, |o| o.flags = 8);
    order("every flag", RG_INVALID_VALUE, |o| o.flags = u32::MAX);
    order("something reserved", RG_INVALID_VALUE, |o| o.reserved = 1);
    order("no quantity", RG_INVALID_NUMBER, |o| o.quantity = zeroed());
    order("no price", RG_INVALID_NUMBER, |o| o.price = zeroed());
    order("a trigger too many", RG_INVALID_NUMBER, |o| o.trigger = o.price);
    order("a price too many", RG_INVALID_NUMBER, |o| o.kind = 1);
    order("a stop without a trigger", RG_INVALID_NUMBER, |o| (o.kind, o.price) = (3, zeroed()));
    order("a stop with a price", RG_INVALID_NUMBER, |o| (o.kind, o.trigger) = (3, o.price));
    order("a stop-limit without a trigger", RG_INVALID_NUMBER, |o| o.kind = 4);
    order("a stop-limit without a price", RG_INVALID_NUMBER, |o| {
        (o.kind, o.trigger, o.price) = (4, o.price, zeroed());
    });
    order("a quantity of 29 places", RG_INVALID_NUMBER, |o| o.quantity.scale = 29);
    order("a quantity of 255 places", RG_INVALID_NUMBER, |o| o.quantity.scale = 255);
    order("a quantity that is present twice", RG_INVALID_NUMBER, |o| o.quantity.present = 2);
    order("a quantity below below zero", RG_INVALID_NUMBER, |o| o.quantity.negative = 2);
    order("a quantity with something reserved", RG_INVALID_NUMBER, |o| o.quantity.reserved = 1);
    order("digits but no quantity", RG_INVALID_NUMBER, |o| o.quantity.present = 0);
    order("a price of 29 places", RG_INVALID_NUMBER, |o| o.price.scale = 29);
    order("a parent's quantity of 29 places", RG_INVALID_NUMBER, |o| {
        (o.parent_quantity.present, o.parent_quantity.scale) = (1, 29);
    });
}

/// Permits and messages that are none.
pub(super) fn spent(w: World, list: &mut Vec<Bad>) {
    let other = World::new();
    let used = w.evaluate(&w.order(c"u1", "0.1"));
    let (status, sent) = w.redeem(used.permit);
    assert_eq!(status, RG_OK);
    assert_eq!(rg_abandon(w.guard, sent.handle), RG_OK);
    let foreign = other.evaluate(&other.order(c"u1", "0.1")).permit;
    for (what, permit, status) in [
        ("0", 0, RG_WRONG_HANDLE),
        ("all bits", u64::MAX, RG_WRONG_HANDLE),
        ("a guard", w.guard, RG_WRONG_HANDLE),
        ("an instrument", w.instrument, RG_WRONG_HANDLE),
        ("a message", sent.handle, RG_WRONG_HANDLE),
        ("a used one", used.permit, RG_STALE_HANDLE),
        ("one of the next generation", used.permit + (2 << 24), RG_STALE_HANDLE),
        ("one that was never given", used.permit + 1, RG_STALE_HANDLE),
        ("another guard's", foreign, RG_FOREIGN_HANDLE),
    ] {
        let redeem = move || w.redeem(permit).0;
        list.push((format!("rg_redeem of {what}"), status, Box::new(redeem)));
        list.push((format!("rg_release of {what}"), status, Box::new(move || rg_release(w.guard, permit))));
        let wrong = RG_WRONG_HANDLE;
        list.push((
            format!("rg_release_list of {what}"),
            wrong,
            Box::new(move || rg_release_list(w.guard, permit)),
        ));
        let redeem_list = move || {
            // SAFETY: everything lives during the call.
            unsafe { rg_redeem_list(w.guard, permit, &mut outbound(), 1, &mut 0) }
        };
        list.push((format!("rg_redeem_list of {what}"), wrong, Box::new(redeem_list)));
    }
    for (what, handle, status) in [
        ("0", 0, RG_WRONG_HANDLE),
        ("a permit", used.permit, RG_WRONG_HANDLE),
        ("an abandoned one", sent.handle, RG_STALE_HANDLE),
        ("one that never was", sent.handle + 5, RG_STALE_HANDLE),
    ] {
        list.push((format!("rg_abandon of {what}"), status, Box::new(move || rg_abandon(w.guard, handle))));
    }
}

/// Texts, enumerations and numbers outside of orders.
pub(super) fn others(w: World, list: &mut Vec<Bad>) {
    // SAFETY, for every call here: what can be read is readable, and what cannot is looked at first.
    macro_rules! bad {
        ($what:literal, $status:ident, $call:expr) => {
            #[allow(unused_unsafe)]
            list.push(($what.to_owned(), $status, Box::new(move || unsafe { $call })));
        };
    }
    let none = ptr::null_mut();
    bad!("a name that is null", RG_NULL_POINTER, rg_find_account(w.guard, ptr::null(), &mut 0));
    bad!("a name that is not UTF-8", RG_INVALID_TEXT, rg_find_account(w.guard, LATIN.as_ptr(), &mut 0));
    bad!("a name that is too long", RG_INVALID_TEXT, rg_find_account(w.guard, long(), &mut 0));
    bad!("a name nobody has", RG_UNKNOWN_NAME, rg_find_account(w.guard, c"else".as_ptr(), &mut 0));
    bad!("a name into null", RG_NULL_POINTER, rg_find_account(w.guard, c"main".as_ptr(), ptr::null_mut()));
    bad!("a strategy of no account", RG_UNKNOWN_NAME, rg_find_strategy(w.guard, 0, c"s".as_ptr(), &mut 0));
    bad!(
        "a strategy of an instrument",
        RG_UNKNOWN_NAME,
        rg_find_strategy(w.guard, w.instrument, c"s".as_ptr(), &mut 0)
    );
    bad!("a symbol nobody has", RG_UNKNOWN_NAME, rg_find_instrument(w.guard, c"ETH".as_ptr(), &mut 0));
    bad!("an asset nobody has", RG_UNKNOWN_NAME, rg_find_asset(w.guard, c"EUR".as_ptr(), &mut 0));
    bad!("a venue nobody has", RG_UNKNOWN_NAME, rg_find_venue(w.guard, c"Y".as_ptr(), &mut 0));
    bad!(
        "an account that is there",
        RG_CONFIG,
        rg_add_account(
            w.guard,
            c"name = \"main\"\ncurrency = \"USD\"\nunlimited = \"test\"".as_ptr(),
            49,
            1,
            &mut 0
        )
    );
    bad!("an account in no format", RG_INVALID_VALUE, rg_add_account(w.guard, c"".as_ptr(), 0, 0, &mut 0));
    bad!(
        "an account in another format",
        RG_INVALID_VALUE,
        rg_add_account(w.guard, c"".as_ptr(), 0, 3, &mut 0)
    );
    bad!("an account that is no TOML", RG_CONFIG, rg_add_account(w.guard, c"[[".as_ptr(), 2, 1, &mut 0));
    bad!("an account that is no JSON", RG_CONFIG, rg_add_account(w.guard, c"[[".as_ptr(), 2, 2, &mut 0));
    bad!("an account that is null", RG_NULL_POINTER, rg_add_account(w.guard, ptr::null(), 2, 1, &mut 0));
    bad!(
        "an account without end",
        RG_INVALID_TEXT,
        rg_add_account(w.guard, c"".as_ptr(), usize::MAX, 1, &mut 0)
    );
    bad!(
        "a strategy without an account",
        RG_CONFIG,
        rg_add_strategy(w.guard, 0, c"name = \"t\"".as_ptr(), 10, 1, &mut 0)
    );
    bad!("an instrument without fields", RG_CONFIG, rg_add_instrument(w.guard, c"".as_ptr(), 0, 1, &mut 0));

    bad!("a number that is null", RG_NULL_POINTER, rg_decimal_parse(ptr::null(), &mut zeroed()));
    bad!("a number that is none", RG_INVALID_NUMBER, rg_decimal_parse(c"NaN".as_ptr(), &mut zeroed()));
    bad!("a number that is empty", RG_INVALID_NUMBER, rg_decimal_parse(c"".as_ptr(), &mut zeroed()));
    bad!("a number with a comma", RG_INVALID_NUMBER, rg_decimal_parse(c"1,5".as_ptr(), &mut zeroed()));
    bad!("a number of 29 places", RG_INVALID_NUMBER, rg_decimal_parse(c"1e-29".as_ptr(), &mut zeroed()));
    bad!("a number that is too long", RG_INVALID_TEXT, rg_decimal_parse(long(), &mut zeroed()));
    bad!("a number into null", RG_NULL_POINTER, rg_decimal_parse(c"1".as_ptr(), ptr::null_mut()));
    bad!("NaN", RG_INVALID_NUMBER, rg_decimal_from_double(f64::NAN, &mut zeroed()));
    bad!("infinity", RG_INVALID_NUMBER, rg_decimal_from_double(f64::INFINITY, &mut zeroed()));
    bad!("minus infinity", RG_INVALID_NUMBER, rg_decimal_from_double(f64::NEG_INFINITY, &mut zeroed()));
    bad!("the largest double", RG_INVALID_NUMBER, rg_decimal_from_double(f64::MAX, &mut zeroed()));
    bad!("the smallest double", RG_INVALID_NUMBER, rg_decimal_from_double(f64::MIN_POSITIVE, &mut zeroed()));
    bad!("a double into null", RG_NULL_POINTER, rg_decimal_from_double(1.0, ptr::null_mut()));
    bad!("an integer of 19 places", RG_INVALID_VALUE, rg_decimal_from_int(1, 19, &mut zeroed()));
    bad!(
        "a print of nothing",
        RG_INVALID_NUMBER,
        rg_decimal_print(&zeroed(), [0; 32].as_mut_ptr(), 32, &mut 0)
    );
    bad!("a print of null", RG_NULL_POINTER, rg_decimal_print(ptr::null(), [0; 32].as_mut_ptr(), 32, &mut 0));
    bad!("a print into null", RG_NULL_POINTER, rg_decimal_print(&number("1"), ptr::null_mut(), 32, &mut 0));
    bad!(
        "a print without a length",
        RG_NULL_POINTER,
        rg_decimal_print(&number("1"), [0; 32].as_mut_ptr(), 32, ptr::null_mut())
    );
    bad!(
        "a print into too little",
        RG_BUFFER_TOO_SMALL,
        rg_decimal_print(&number("12.5"), [0; 4].as_mut_ptr(), 4, &mut 0)
    );
    bad!("a comparison with nothing", RG_INVALID_NUMBER, rg_decimal_compare(&number("1"), &zeroed(), &mut 0));
    bad!("a double of nothing", RG_INVALID_NUMBER, rg_decimal_to_double(&zeroed(), &mut 0.0));

    bad!(
        "a mark without a price",
        RG_NULL_POINTER,
        rg_ingest_mark(w.guard, w.instrument, ptr::null(), 1, none)
    );
    bad!(
        "a mark with an absent price",
        RG_INVALID_NUMBER,
        rg_ingest_mark(w.guard, w.instrument, &zeroed(), 1, none)
    );
    bad!("a mark of an account", RG_INPUT_REFUSED, rg_ingest_mark(w.guard, w.account, &number("1"), 1, none));
    bad!("a balance of nobody", RG_INPUT_REFUSED, rg_ingest_balance(w.guard, 0, &number("1"), none));
    bad!(
        "a balance of another kind",
        RG_INPUT_REFUSED,
        rg_ingest_balance(w.guard, w.strategy, &number("1"), none)
    );
    bad!("a flow of nobody", RG_INPUT_REFUSED, rg_ingest_flow(w.guard, 0, &number("1"), none));
    bad!(
        "a volume below zero",
        RG_INPUT_REFUSED,
        rg_ingest_daily_volume(w.guard, w.instrument, &number("-1"), none)
    );
    bad!("a rate of nothing", RG_INPUT_REFUSED, rg_ingest_rate(w.guard, 0, w.asset, &number("1"), none));
    bad!("a rate of zero", RG_INPUT_REFUSED, rg_ingest_rate(w.guard, w.asset, w.asset, &number("0"), none));
    bad!(
        "a quote of nothing",
        RG_INPUT_REFUSED,
        rg_ingest_quote(w.guard, &rg_quote { instrument: 0, ..quote(&w) }, none)
    );
    bad!(
        "a quote with something reserved",
        RG_INVALID_VALUE,
        rg_ingest_quote(w.guard, &rg_quote { reserved: 1, ..quote(&w) }, none)
    );
    bad!(
        "a quote with a bad bid",
        RG_INVALID_NUMBER,
        rg_ingest_quote(w.guard, &rg_quote { bid: rg_decimal { present: 3, ..zeroed() }, ..quote(&w) }, none)
    );
    bad!("an end of no kind", RG_INVALID_VALUE, rg_ingest_done(w.guard, &named(&w), 0, none));
    bad!("an end of kind 5", RG_INVALID_VALUE, rg_ingest_done(w.guard, &named(&w), 5, none));
    bad!("an acceptance of null", RG_NULL_POINTER, rg_ingest_accepted(w.guard, ptr::null(), none));
    bad!(
        "an order named twice",
        RG_INVALID_VALUE,
        rg_ingest_accepted(
            w.guard,
            &rg_order_ref { handle: risk_guard::order::rg_order_handle { guard: 1, order: 1 }, ..named(&w) },
            none
        )
    );
    bad!(
        "a fill without a quantity",
        RG_INVALID_NUMBER,
        rg_ingest_fill(w.guard, &rg_fill { quantity: zeroed(), ..fill(&w) }, none)
    );
    bad!(
        "a fill without a price",
        RG_INVALID_NUMBER,
        rg_ingest_fill(w.guard, &rg_fill { price: zeroed(), ..fill(&w) }, none)
    );
    bad!(
        "a fill without an execution",
        RG_INPUT_REFUSED,
        rg_ingest_fill(w.guard, &rg_fill { execution: ptr::null(), ..fill(&w) }, none)
    );
    bad!(
        "a fill booked on no side",
        RG_INVALID_VALUE,
        rg_ingest_fill(w.guard, &rg_fill { has_booking: 1, ..fill(&w) }, none)
    );
    bad!(
        "a fill booked twice",
        RG_INVALID_VALUE,
        rg_ingest_fill(w.guard, &rg_fill { has_booking: 2, ..fill(&w) }, none)
    );
    bad!(
        "a snapshot of null",
        RG_NULL_POINTER,
        rg_ingest_snapshot(w.guard, w.account, ptr::null(), ptr::null(), 1, none)
    );
    bad!(
        "a snapshot without end",
        RG_INVALID_VALUE,
        rg_ingest_snapshot(w.guard, w.account, ptr::null(), ptr::null(), usize::MAX, none)
    );
    bad!(
        "a status of no kind",
        RG_INVALID_VALUE,
        rg_ingest_status(w.guard, w.instrument, 0, c"ops".as_ptr(), none)
    );
    bad!(
        "a status of kind 4",
        RG_INVALID_VALUE,
        rg_ingest_status(w.guard, w.instrument, 4, c"ops".as_ptr(), none)
    );
    bad!(
        "limits of a venue",
        RG_INVALID_VALUE,
        rg_ingest_limits(w.guard, &rg_limits_change { scope: 2, handle: w.venue, ..limits_change() }, none)
    );
    bad!(
        "limits of no scope",
        RG_INVALID_VALUE,
        rg_ingest_limits(w.guard, &rg_limits_change { scope: 0, ..limits_change() }, none)
    );
    bad!(
        "limits of the firm's account",
        RG_INVALID_VALUE,
        rg_ingest_limits(w.guard, &rg_limits_change { handle: 1, ..limits_change() }, none)
    );
    bad!(
        "limits of no account",
        RG_INVALID_VALUE,
        rg_ingest_limits(w.guard, &rg_limits_change { scope: 3, ..limits_change() }, none)
    );
    bad!(
        "limits of another kind",
        RG_INPUT_REFUSED,
        rg_ingest_limits(
            w.guard,
            &rg_limits_change { scope: 3, handle: w.instrument, ..limits_change() },
            none
        )
    );
    bad!(
        "limits that are none",
        RG_CONFIG,
        rg_ingest_limits(
            w.guard,
            &rg_limits_change { limits: c"colar = 1".as_ptr(), length: 9, ..limits_change() },
            none
        )
    );
    bad!(
        "limits that are null",
        RG_NULL_POINTER,
        rg_ingest_limits(w.guard, &rg_limits_change { limits: ptr::null(), ..limits_change() }, none)
    );
    bad!(
        "limits in no format",
        RG_INVALID_VALUE,
        rg_ingest_limits(w.guard, &rg_limits_change { format: 0, ..limits_change() }, none)
    );

    bad!(
        "a resume of null",
        RG_NULL_POINTER,
        rg_resume(w.guard, ptr::null(), 1, 0, 1, ptr::null(), c"ops".as_ptr())
    );
    bad!(
        "a resume to halted",
        RG_INVALID_VALUE,
        rg_resume(w.guard, &firm(), 1, 0, 3, ptr::null(), c"ops".as_ptr())
    );
    bad!(
        "a resume to nothing",
        RG_INVALID_VALUE,
        rg_resume(w.guard, &firm(), 1, 0, 0, ptr::null(), c"ops".as_ptr())
    );
    bad!(
        "a resume up to what",
        RG_INVALID_VALUE,
        rg_resume(w.guard, &firm(), 1, 2, 1, ptr::null(), c"ops".as_ptr())
    );
    bad!(
        "a resume of scope 7",
        RG_INVALID_VALUE,
        rg_resume(w.guard, &rg_scope { kind: 7, ..firm() }, 1, 0, 1, ptr::null(), c"ops".as_ptr())
    );
    bad!("a state of null", RG_NULL_POINTER, rg_trading_state_of(w.guard, ptr::null(), &mut 0));
    bad!("a state into null", RG_NULL_POINTER, rg_trading_state_of(w.guard, &firm(), ptr::null_mut()));
    bad!(
        "a state of no scope",
        RG_INVALID_VALUE,
        rg_trading_state_of(w.guard, &rg_scope { kind: 0, ..firm() }, &mut 0)
    );
    bad!(
        "a state of the firm's handle",
        RG_INVALID_VALUE,
        rg_trading_state_of(w.guard, &rg_scope { handle: 1, ..firm() }, &mut 0)
    );
    bad!(
        "open orders into null",
        RG_NULL_POINTER,
        rg_open_orders(w.guard, &firm(), ptr::null_mut(), 1, &mut 0)
    );
    bad!(
        "open orders without a count",
        RG_NULL_POINTER,
        rg_open_orders(w.guard, &firm(), ptr::null_mut(), 0, ptr::null_mut())
    );
    bad!("sums of nobody", RG_UNKNOWN_NAME, rg_sums_of_account(w.guard, 0, &mut sized()));
    bad!(
        "coverage without a length",
        RG_NULL_POINTER,
        rg_coverage(w.guard, ptr::null_mut(), 0, ptr::null_mut())
    );
    bad!("coverage into too little", RG_BUFFER_TOO_SMALL, rg_coverage(w.guard, ptr::null_mut(), 0, &mut 0));
    bad!("a recovery without a folder", RG_UNAVAILABLE, rg_recovery(w.guard, ptr::null_mut(), 0, &mut 0));
    bad!("reason 0", RG_INVALID_VALUE, rg_reason_text(0, ptr::null_mut(), 0, &mut 0));

    bad!("a header from before", RG_ABI_MISMATCH, rg_abi_check(0));
    bad!("a header to come", RG_ABI_MISMATCH, rg_abi_check(u32::MAX));
    bad!(
        "a guard for another header",
        RG_ABI_MISMATCH,
        rg_guard_new(99, ptr::null(), 0, 1, ptr::null(), ptr::null(), ptr::null_mut())
    );
    bad!(
        "a guard into null",
        RG_NULL_POINTER,
        rg_guard_new(1, c"".as_ptr(), 0, 1, ptr::null(), ptr::null(), ptr::null_mut())
    );
    bad!(
        "a guard from nothing",
        RG_CONFIG,
        rg_guard_new(1, c"".as_ptr(), 0, 1, ptr::null(), &options(), &mut 0)
    );
    bad!(
        "a guard in no format",
        RG_INVALID_VALUE,
        rg_guard_new(1, c"".as_ptr(), 0, 9, ptr::null(), &options(), &mut 0)
    );
    bad!("a configuration that is null", RG_NULL_POINTER, rg_config_check(ptr::null(), 0, 1, ptr::null()));
    bad!("a configuration that is none", RG_CONFIG, rg_config_check(c"x".as_ptr(), 1, 2, ptr::null()));
    bad!("a free of what is none", RG_WRONG_HANDLE, rg_guard_free(u64::MAX));
    bad!("no clock", RG_INVALID_VALUE, make(CONFIG, &rg_options { clock: 0, ..options() }, &mut 0));
    bad!("clock 3", RG_INVALID_VALUE, make(CONFIG, &rg_options { clock: 3, ..options() }, &mut 0));
    bad!(
        "a start of the machine's clock",
        RG_INVALID_VALUE,
        make(CONFIG, &rg_options { clock: 1, ..options() }, &mut 0)
    );
    bad!("no journal", RG_INVALID_VALUE, make(CONFIG, &rg_options { journal: 0, ..options() }, &mut 0));
    bad!("journal 5", RG_INVALID_VALUE, make(CONFIG, &rg_options { journal: 5, ..options() }, &mut 0));
    bad!(
        "a journal of no records",
        RG_INVALID_VALUE,
        make(CONFIG, &rg_options { records: 0, ..options() }, &mut 0)
    );
    bad!(
        "a journal of all records",
        RG_INVALID_VALUE,
        make(CONFIG, &rg_options { records: u64::MAX, ..options() }, &mut 0)
    );
    bad!(
        "a journal in no folder",
        RG_INVALID_VALUE,
        make(CONFIG, &rg_options { journal: 3, records: 0, ..options() }, &mut 0)
    );
    bad!(
        "a folder for a journal in memory",
        RG_INVALID_VALUE,
        make(CONFIG, &rg_options { folder: c"x".as_ptr(), ..options() }, &mut 0)
    );
    bad!(
        "a folder that is not UTF-8",
        RG_INVALID_TEXT,
        make(CONFIG, &rg_options { folder: LATIN.as_ptr(), ..options() }, &mut 0)
    );
    bad!(
        "a folder below a file",
        RG_JOURNAL,
        make(
            CONFIG,
            &rg_options { journal: 3, records: 0, folder: c"/dev/null/x".as_ptr(), ..options() },
            &mut 0
        )
    );
    bad!("options of no size", RG_STRUCT_SIZE, make(CONFIG, &rg_options { size: 0, ..options() }, &mut 0));
}
