//! Looks that go wrong: at explanations, names, sessions, configurations.

use std::ptr;

use risk_guard::change::rg_change;
use risk_guard::explain::{rg_explain, rg_explain_change, rg_explain_list};
use risk_guard::guard::rg_config_lint;
use risk_guard::look::rg_unmarked;
use risk_guard::names::rg_symbol;
use risk_guard::number::rg_decimal;
use risk_guard::time::rg_session_of;
use risk_guard::words::rg_status::*;

use super::bad_calls::{Bad, named, sized};
use super::world::{World, decision, zeroed};

pub(super) fn looks(w: World, list: &mut Vec<Bad>) {
    macro_rules! bad {
        ($what:expr, $status:expr, $call:expr) => {
            // SAFETY: what can be read is readable, and what cannot is looked at first.
            list.push(($what.to_owned(), $status, Box::new(move || unsafe { $call })));
        };
    }
    bad!("an explanation into too little", RG_BUFFER_TOO_SMALL, {
        rg_explain(w.guard, &w.order(c"b1", "1"), &mut decision(), ptr::null_mut(), 0, &mut 0)
    });
    bad!("an explanation without a length", RG_NULL_POINTER, {
        rg_explain(w.guard, &w.order(c"b1", "1"), &mut decision(), ptr::null_mut(), 0, ptr::null_mut())
    });
    bad!("a list explained into too little", RG_BUFFER_TOO_SMALL, {
        let list = &mut sized();
        rg_explain_list(w.guard, &w.order(c"b1", "1"), 1, list, ptr::null_mut(), 0, &mut 0)
    });
    bad!("a change with a price below nothing explained", RG_INVALID_NUMBER, {
        let change = rg_change { price: rg_decimal { present: 9, ..zeroed() }, ..sized() };
        rg_explain_change(w.guard, &named(&w), &change, &mut decision(), ptr::null_mut(), 0, &mut 0)
    });
    bad!("unmarked into null", RG_NULL_POINTER, rg_unmarked(w.guard, w.account, ptr::null_mut(), 1, &mut 0));
    bad!("unmarked without a count", RG_NULL_POINTER, {
        rg_unmarked(w.guard, w.account, ptr::null_mut(), 0, ptr::null_mut())
    });
    bad!("the symbol of nothing", RG_UNKNOWN_NAME, rg_symbol(w.guard, 0, ptr::null_mut(), 0, &mut 0));
    bad!(
        "the symbol of an account",
        RG_UNKNOWN_NAME,
        rg_symbol(w.guard, w.account, ptr::null_mut(), 0, &mut 0)
    );
    bad!("a symbol into too little", RG_BUFFER_TOO_SMALL, {
        rg_symbol(w.guard, w.instrument, ptr::null_mut(), 0, &mut 0)
    });
    bad!("a session that opens nowhere", RG_NULL_POINTER, {
        rg_session_of(w.guard, w.instrument, ptr::null_mut(), &mut 0)
    });
    bad!("a session that closes nowhere", RG_NULL_POINTER, {
        rg_session_of(w.guard, w.instrument, &mut 0, ptr::null_mut())
    });
    bad!("a look at a configuration that is null", RG_NULL_POINTER, {
        rg_config_lint(ptr::null(), 0, 1, ptr::null(), ptr::null_mut(), 0, &mut 0)
    });
    bad!("a look at a configuration that is none", RG_CONFIG, {
        rg_config_lint(c"x".as_ptr(), 1, 2, ptr::null(), ptr::null_mut(), 0, &mut 0)
    });
    bad!("a look at a configuration in no format", RG_INVALID_VALUE, {
        rg_config_lint(c"".as_ptr(), 0, 0, ptr::null(), ptr::null_mut(), 0, &mut 0)
    });
    bad!("a look at a configuration without a length", RG_NULL_POINTER, {
        rg_config_lint(c"".as_ptr(), 0, 1, ptr::null(), ptr::null_mut(), 0, ptr::null_mut())
    });
}
