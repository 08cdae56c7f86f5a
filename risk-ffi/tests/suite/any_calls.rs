//! Calls of the C interface in any order, as bytes say; a fuzzer chooses them, or chance.

use std::ffi::c_char;
use std::ptr;

use risk_guard::adjust::{rg_adjustment, rg_ingest_adjustment, rg_ingest_transfer, rg_transfer};
use risk_guard::border::RG_ABI_VERSION;
use risk_guard::change::*;
use risk_guard::explain::*;
use risk_guard::guard::{rg_guard_free, rg_guard_new, rg_options, rg_set_time, rg_tick};
use risk_guard::halt::*;
use risk_guard::input::*;
use risk_guard::look::*;
use risk_guard::names::{rg_find_account, rg_find_instrument, rg_find_strategy, rg_find_trader, rg_symbol};
use risk_guard::number::rg_decimal;
use risk_guard::order::*;
use risk_guard::permit::*;
use risk_guard::reconcile::*;
use risk_guard::report::*;
use risk_guard::scalar::{rg_scalar_check, rg_scalar_quote, rg_scalar_redeem};
use risk_guard::statement::*;
use risk_guard::time::{rg_ingest_session, rg_session_of};
use risk_guard::trip::{rg_take_trip, rg_trip};
use risk_guard::words::rg_status::{self, *};

use super::any_values::{Caller, Given, NOW};

const CONFIG: &str = r#"
capacity = { assets = 2, instruments = 2, accounts = 2, strategies = 4, books = 8, live_orders = 8, changes = 4, order_ids = 32, order_ids_for_exits = 4, executions = 16, parents = 2, latches = 4, traders = 2 }
assets = [{ code = "USD", digits = 2 }]
traders = [{ name = "alice" }]
firm = { currency = "USD", limits = { collar_bps = 500 } }
[[instruments]]
symbol = "BTC"
quote = "USD"
price_scale = 2
price_increment = "0.01"
quantity_scale = 3
quantity_increment = "0.001"
sessions = { zone = "UTC", hours = [{ days = ["monday"], open = "00:00", close = "23:59" }] }
[[accounts]]
name = "main"
currency = "USD"
limits = { gross_exposure_max = 1000, self_match_orders_max = 0 }
statements = { balance_jump_max = 500 }
strategies = [{ name = "s" }, { name = "t" }]
"#;

impl Caller<'_> {
    /// What was written: nothing unless it went well.
    fn judged(&mut self, status: rg_status, answer: &Given<rg_decision>, before: &[u8]) {
        if status != RG_OK {
            assert_eq!(answer.bytes(), before, "{status:?}, and something was written");
        } else if answer.is_right {
            let answer = answer.read();
            assert!((1..=4).contains(&answer.verdict), "verdict {}", answer.verdict);
            assert_eq!(answer.permit != 0, answer.verdict <= 2);
            assert_eq!(answer.reason == 0, answer.verdict == 1);
            if answer.permit != 0 {
                self.handles.push(answer.permit);
                self.orders.push(answer.order);
            }
        }
    }

    /// One call.
    fn call(&mut self) -> rg_status {
        let guard = self.the_guard();
        let none = ptr::null_mut();
        // SAFETY, for every call here: every structure is as large as it says where that can be a size, and every text
        // ends with a NUL.
        unsafe {
            match self.byte() % 42 {
                0..=4 => {
                    let order = self.order();
                    let (order, answer) = (self.give(order), self.give(Self::zeroed::<rg_decision>()));
                    let before = answer.bytes();
                    let status = rg_evaluate(guard, order.place, answer.place);
                    self.judged(status, &answer, &before);
                    status
                }
                5..=7 => {
                    let (permit, out) = (self.last(), self.give(Self::zeroed::<rg_outbound>()));
                    let status = rg_redeem(guard, permit, out.place);
                    if status == RG_OK && out.is_right {
                        self.handles.push(out.read().handle);
                    }
                    status
                }
                8 => rg_release(guard, self.last()),
                9 => rg_abandon(guard, self.last()),
                10 => {
                    let change = rg_change {
                        id: self.text(),
                        quantity: self.number(),
                        price: self.number(),
                        ..Self::zeroed()
                    };
                    let (order, change) = (self.named(), self.give(change));
                    let answer = self.give(Self::zeroed::<rg_decision>());
                    let before = answer.bytes();
                    let status = rg_modify(guard, &order, change.place, answer.place);
                    self.judged(status, &answer, &before);
                    status
                }
                11 => {
                    let (order, out) = (self.named(), self.give(Self::zeroed::<rg_outbound>()));
                    rg_cancel(guard, &order, out.place)
                }
                12 => {
                    // One order, or two of one size.
                    let orders = [self.order(), self.order()]
                        .map(|order| rg_order { size: size_of::<rg_order>() as u32, ..order });
                    let answer = self.give(Self::zeroed::<rg_list_decision>());
                    let count = usize::from(self.byte() % 3);
                    let status = rg_evaluate_list(guard, orders.as_ptr(), count, answer.place);
                    if status == RG_OK && answer.is_right && answer.read().permit != 0 {
                        self.handles.push(answer.read().permit);
                    }
                    status
                }
                13 => {
                    let out = rg_outbound { size: size_of::<rg_outbound>() as u32, ..Self::zeroed() };
                    let (mut out, mut count) = ([out; 2], 0);
                    rg_redeem_list(
                        guard,
                        self.last(),
                        out.as_mut_ptr(),
                        usize::from(self.byte() % 3),
                        &mut count,
                    )
                }
                14 => rg_release_list(guard, self.last()),
                15..=16 => {
                    let fill = rg_fill {
                        has_booking: self.word(2),
                        order: self.named(),
                        execution: self.text(),
                        quantity: self.number(),
                        price: self.number(),
                        fee: self.number(),
                        account: self.handle(0),
                        strategy: self.handle(1),
                        instrument: self.handle(3),
                        side: self.word(3),
                        origin: self.word(3),
                        ..Self::zeroed()
                    };
                    rg_ingest_fill(guard, self.give(fill).place, none)
                }
                17 => {
                    let report = rg_report {
                        kind: self.word(4),
                        order: self.named(),
                        execution: self.text(),
                        account: self.handle(0),
                        quantity: self.number(),
                        price: self.number(),
                        ..Self::zeroed()
                    };
                    rg_ingest_report(guard, self.give(report).place, none)
                }
                18 => rg_ingest_done(guard, &self.named(), self.word(5), none),
                19 => rg_ingest_accepted_for(guard, &self.named(), &self.number(), none),
                20..=21 => {
                    let quote = rg_quote {
                        instrument: self.handle(3),
                        bid: self.number(),
                        ask: self.number(),
                        at_ns: self.instant(),
                        ..Self::zeroed()
                    };
                    let (quote, effect) = (self.give(quote), self.give(Self::zeroed::<rg_ingested>()));
                    rg_ingest_quote(guard, quote.place, effect.place)
                }
                22 => rg_ingest_balance(guard, self.handle(0), &self.number(), none),
                23 => {
                    let told = rg_adjustment {
                        kind: self.word(4),
                        instrument: self.handle(3),
                        units_before: self.word(4),
                        units_after: self.word(4),
                        price: self.number(),
                        ..Self::zeroed()
                    };
                    rg_ingest_adjustment(guard, self.give(told).place, none)
                }
                24 => {
                    let told = rg_transfer {
                        from: self.handle(1),
                        to: self.handle(2),
                        instrument: self.handle(3),
                        quantity: self.number(),
                        by: self.text(),
                        ..Self::zeroed()
                    };
                    rg_ingest_transfer(guard, self.give(told).place, none)
                }
                25..=26 => {
                    let held = rg_stated_position {
                        instrument: self.handle(3),
                        quantity: self.number(),
                        price: self.number(),
                        ..Self::zeroed()
                    };
                    let working = rg_stated_order {
                        side: self.word(3),
                        id: self.text(),
                        instrument: self.handle(3),
                        open: self.number(),
                        price: self.number(),
                        ..Self::zeroed()
                    };
                    let (held, working) = (self.give(held), self.give(working));
                    let told = rg_snapshot {
                        has_orders: self.word(2),
                        account: self.handle(0),
                        balance: self.number(),
                        positions: held.place,
                        position_count: u64::from(self.byte() % 2),
                        orders: working.place,
                        order_count: u64::from(self.byte() % 2),
                        ..Self::zeroed()
                    };
                    let (told, found) = (self.give(told), self.give(Self::zeroed::<rg_difference>()));
                    let mut count = 0;
                    rg_reconcile(
                        guard,
                        told.place,
                        none,
                        found.place,
                        usize::from(self.byte() % 2),
                        &mut count,
                    )
                }
                27 => {
                    let next = self.give(Self::zeroed::<rg_withheld>());
                    let status = rg_next_withheld(guard, u64::from(self.byte() % 3), next.place);
                    if status == RG_OK && next.is_right {
                        let number = next.read().number;
                        let decided = rg_accept_statement(guard, number, self.text(), none);
                        assert_ne!(decided, RG_PANIC);
                    }
                    status
                }
                28 => {
                    let (scope, mut latch) = (self.scope(), 0);
                    let state = self.word(4);
                    let (by, mut orders, mut count) = (self.text(), [rg_order_handle::default(); 2], 0);
                    let status =
                        rg_halt(guard, &scope, state, by, by, &mut latch, orders.as_mut_ptr(), 2, &mut count);
                    let firm = rg_scope { kind: 1, ..Self::zeroed() };
                    let lifted = rg_resume(guard, &firm, latch, 1, 1, c"fuzz".as_ptr(), c"fuzz".as_ptr());
                    assert_ne!(lifted, RG_PANIC);
                    status
                }
                29 => {
                    let (exit, mut count) = (self.give(Self::zeroed::<rg_order>()), 0);
                    rg_exits(guard, &self.scope(), exit.place, usize::from(self.byte() % 2), &mut count)
                }
                30 => {
                    let order = self.order();
                    let (order, answer) = (self.give(order), self.give(Self::zeroed::<rg_decision>()));
                    let (mut text, mut length) = ([0; 4_096], 0);
                    let room = usize::from(self.byte()) * 16;
                    rg_explain(guard, order.place, answer.place, text.as_mut_ptr(), room, &mut length)
                }
                31 => {
                    let refusal = self.give(Self::zeroed::<rg_refusal>());
                    rg_last_refusal_parts(refusal.place)
                }
                32 => rg_take_trip(guard, self.give(Self::zeroed::<rg_trip>()).place),
                33 => {
                    let [account, strategy, instrument] = [0, 1, 3].map(|place| self.handle(place));
                    let (quantity, price) = (f64::from_bits(self.long()), f64::from(self.byte()));
                    let (side, kind) = (self.word(3), self.word(3));
                    let made =
                        rg_scalar_check(guard, account, strategy, instrument, side, kind, quantity, price, 7);
                    assert_ne!(made, 0);
                    if made > 0 {
                        assert!(rg_scalar_redeem(guard, made as u64) != 0);
                    }
                    rg_scalar_quote(guard, instrument, price, price + 1.0, NOW)
                }
                34 => rg_set_time(self.guard, self.instant()),
                35 => {
                    let orders = [self.order(), self.order()]
                        .map(|order| rg_order { size: size_of::<rg_order>() as u32, ..order });
                    let answer = self.give(Self::zeroed::<rg_list_decision>());
                    let (mut text, mut length) = ([0; 4_096], 0);
                    let (count, room) = (usize::from(self.byte() % 3), usize::from(self.byte()) * 16);
                    let buffer = text.as_mut_ptr();
                    rg_explain_list(guard, orders.as_ptr(), count, answer.place, buffer, room, &mut length)
                }
                36 => {
                    let change =
                        rg_change { quantity: self.number(), price: self.number(), ..Self::zeroed() };
                    let (order, change) = (self.named(), self.give(change));
                    let answer = self.give(Self::zeroed::<rg_decision>());
                    let (mut text, mut length) = ([0; 4_096], 0);
                    let (buffer, room) = (text.as_mut_ptr(), usize::from(self.byte()) * 16);
                    rg_explain_change(guard, &order, change.place, answer.place, buffer, room, &mut length)
                }
                37 => {
                    let (mut found, mut count) = ([0; 2], 0);
                    let status = rg_unmarked(
                        guard,
                        self.handle(0),
                        found.as_mut_ptr(),
                        usize::from(self.byte() % 3),
                        &mut count,
                    );
                    let (mut symbol, mut length) = ([0; 8], 0);
                    let named = rg_symbol(guard, self.handle(3), symbol.as_mut_ptr(), 8, &mut length);
                    assert_ne!(named, RG_PANIC);
                    status
                }
                38 => {
                    let (instrument, mut session) = (self.handle(3), [0; 2]);
                    let (opens, closes) = (self.instant(), self.instant());
                    let told = rg_ingest_session(guard, instrument, opens, closes, none);
                    assert_ne!(told, RG_PANIC);
                    let [opens, closes] = &mut session;
                    rg_session_of(guard, instrument, opens, closes)
                }
                39 => {
                    let order = self.order();
                    let (order, mut score) = (self.give(order), rg_decimal::default());
                    rg_risk_score(guard, order.place, &mut score)
                }
                40 => rg_sync(guard),
                _ => rg_tick(guard),
            }
        }
    }
}

/// Without a fuzzer: bytes by chance, the same on every run.
#[test]
fn calls_in_any_order_are_answered() {
    let (runs, calls) = if cfg!(miri) { (3, 20) } else { (400, 64) };
    for seed in 1..=runs {
        let mut state: u64 = seed;
        let mut byte = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        };
        let bytes: Vec<u8> = (0..calls * 24).map(|_| byte()).collect();
        c_calls_are_answered(&bytes);
    }
}

/// Calls until the bytes end: each has a status, none panics, nothing is written unless it went well, and the records
/// replay to the state there is.
///
/// # Panics
/// When it is otherwise.
pub(crate) fn c_calls_are_answered(bytes: &[u8]) {
    // SAFETY: numbers and pointers.
    let zeroed: rg_options = unsafe { std::mem::zeroed() };
    let options = rg_options {
        size: size_of::<rg_options>() as u32,
        clock: 2,
        start_ns: NOW,
        journal: 2,
        records: 1_024,
        ..zeroed
    };
    let (mut guard, mut handles) = (0, vec![0; 5]);
    // SAFETY: everything lives during the calls.
    unsafe {
        let text = CONFIG.as_ptr().cast::<c_char>();
        let made = rg_guard_new(RG_ABI_VERSION, text, CONFIG.len(), 1, ptr::null(), &options, &mut guard);
        assert_eq!(made, RG_OK);
        assert_eq!(rg_find_account(guard, c"main".as_ptr(), &mut handles[0]), RG_OK);
        assert_eq!(rg_find_strategy(guard, handles[0], c"s".as_ptr(), &mut handles[1]), RG_OK);
        assert_eq!(rg_find_strategy(guard, handles[0], c"t".as_ptr(), &mut handles[2]), RG_OK);
        assert_eq!(rg_find_instrument(guard, c"BTC".as_ptr(), &mut handles[3]), RG_OK);
        assert_eq!(rg_find_trader(guard, c"alice".as_ptr(), &mut handles[4]), RG_OK);
        let none = ptr::null_mut();
        assert_eq!(rg_ingest_session(guard, handles[3], NOW, i64::MAX, none), RG_OK);
        assert_eq!(rg_scalar_quote(guard, handles[3], 99.0, 101.0, NOW), RG_OK);
    }
    let mut caller = Caller { bytes, guard, handles, orders: Vec::new() };
    for _ in 0..64 {
        if caller.bytes.is_empty() {
            break;
        }
        let status = caller.call();
        assert!((RG_OK as u32..=RG_INSIDE_RULE as u32).contains(&(status as u32)));
        assert!(!matches!(status, RG_PANIC | RG_POISONED), "{status:?}");
    }
    let (mut live, mut again) = (rg_digest { low: 0, high: 0 }, rg_digest { low: 1, high: 1 });
    // SAFETY: both live during the calls.
    let looked = unsafe { [rg_digest_of(guard, &mut live), rg_replay(guard, &mut again)] };
    assert_eq!((looked, live), ([RG_OK; 2], again));
    assert_eq!(rg_guard_free(guard), RG_OK);
}
