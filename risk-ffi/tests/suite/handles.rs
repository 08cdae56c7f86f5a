//! Handles live as long as what they name, from any thread, and no longer.

use std::ffi::c_char;
use std::ptr;

use risk_guard::change::{rg_evaluate_list, rg_list_decision, rg_redeem_list};
use risk_guard::guard::{rg_guard_free, rg_set_time};
use risk_guard::halt::{rg_halt, rg_resume, rg_scope, rg_trading_state_of};
use risk_guard::input::rg_ingested;
use risk_guard::look::{rg_digest, rg_digest_of, rg_order_state_of, rg_records, rg_replay};
use risk_guard::number::{rg_decimal_from_double, rg_decimal_print};
use risk_guard::order::{RG_WHOLE, rg_evaluate, rg_order_handle};
use risk_guard::permit::{RG_ID_BYTES, rg_abandon, rg_cancel, rg_order_ref, rg_outbound, rg_release};
use risk_guard::report::{rg_fill, rg_ingest_fill};
use risk_guard::words::rg_status::*;

use super::world::{NOW, World, decision, error, number, outbound, refusal, zeroed};

const APPROVED: u32 = 1;
const REDUCED: u32 = 2;
const REJECTED: u32 = 3;
const STOPPED: u32 = 4;

#[test]
fn a_permit_is_used_once() {
    let w = World::new();
    let answer = w.evaluate(&w.order(c"a1", "1"));
    assert_eq!((answer.verdict, answer.reason), (APPROVED, 0));
    let (status, sent) = w.redeem(answer.permit);
    assert_eq!((status, sent.quantity), (RG_OK, number("1")));
    assert_eq!(w.redeem(answer.permit).0, RG_STALE_HANDLE);
    assert_eq!(rg_release(w.guard, answer.permit), RG_STALE_HANDLE);
    w.free();
}

#[test]
fn a_reduced_order_says_why_and_what_may_be_sent() {
    let w = World::new();
    let answer = w.evaluate(&w.order(c"a1", "20"));
    assert_eq!(answer.verdict, REDUCED);
    assert!(refusal().starts_with("reduced from 20 to "), "{}", refusal());
    let (_, sent) = w.redeem(answer.permit);
    assert_eq!(sent.quantity, answer.quantity);
    assert_eq!(sent.id.map(|letter| letter as u8)[..3], *b"a1\0");
    w.free();
}

#[test]
fn an_expired_permit_is_refused_with_a_reason() {
    let w = World::new();
    let answer = w.evaluate(&w.order(c"a1", "1"));
    assert_eq!(rg_set_time(w.guard, answer.expires_ns), RG_OK);
    assert_eq!(w.redeem(answer.permit).0, RG_REFUSED);
    assert!(refusal().starts_with("PERMIT_EXPIRED"), "{}", refusal());
    w.free();
}

/// Permits that nobody uses do not fill the table: their places come back once they have expired.
#[test]
fn forgotten_permits_make_room_once_they_have_expired() {
    let w = World::new();
    let mut time = NOW;
    let ids: Vec<_> = (0..60).map(|n| std::ffi::CString::new(format!("o{n}")).unwrap()).collect();
    for id in &ids {
        let mut order = w.order(c"x", "0.01");
        order.id = id.as_ptr();
        let answer = w.evaluate(&order);
        assert_eq!(answer.verdict, APPROVED, "{}", refusal());
        time += 2_000_000_000;
        assert_eq!(rg_set_time(w.guard, time), RG_OK);
        w.quote("99", "101");
    }
    w.free();
}

#[test]
fn a_freed_guard_is_gone_with_everything_of_it() {
    let w = World::new();
    let answer = w.evaluate(&w.order(c"a1", "1"));
    w.free();
    assert_eq!(rg_guard_free(w.guard), RG_STALE_HANDLE);
    assert_eq!(w.redeem(answer.permit).0, RG_STALE_HANDLE);
    assert_eq!(rg_guard_free(0), RG_OK);
    // Another guard in the same place: what the old one gave names nothing in it.
    let new = World::new();
    let order = risk_guard::order::rg_order { account: w.account, ..new.order(c"a1", "1") };
    if new.account != w.account {
        let answer = new.evaluate(&order);
        assert_eq!((answer.verdict, answer.permit), (REJECTED, 0));
        assert!(refusal().starts_with("UNKNOWN_ACCOUNT"), "{}", refusal());
        assert_ne!(new.redeem(w.evaluate_status().1).0, RG_OK);
    }
    new.free();
}

impl World {
    /// What an evaluation of a guard that is gone answers.
    fn evaluate_status(&self) -> (risk_guard::words::rg_status, u64) {
        let mut answer = decision();
        // SAFETY: both live during the call.
        let status = unsafe { rg_evaluate(self.guard, &self.order(c"z", "1"), &mut answer) };
        (status, answer.permit)
    }
}

#[test]
fn nothing_is_written_unless_the_status_is_ok() {
    let w = World::new();
    let mut answer = decision();
    (answer.verdict, answer.permit, answer.expires_ns) = (77, 78, 79);
    let mut order = w.order(c"a1", "1");
    order.side = 9;
    // SAFETY: both live during the call.
    assert_eq!(unsafe { rg_evaluate(w.guard, &order, &mut answer) }, RG_INVALID_VALUE);
    assert_eq!((answer.verdict, answer.permit, answer.expires_ns), (77, 78, 79));
    assert_eq!(error(), "side: 9 is no value of it");
    w.evaluate(&w.order(c"a1", "1"));
    assert_eq!(error(), "", "a call that succeeds leaves no error behind");
    w.free();
}

/// What is no identifier is answered by the core, and on record: INVALID_ORDER.
#[test]
fn an_id_that_is_none_is_an_invalid_order() {
    let w = World::new();
    let mut long = [b'a' as c_char; 66];
    long[65] = 0;
    for id in [ptr::null(), c"".as_ptr(), c"two words".as_ptr(), c"\xff\xfe".as_ptr(), long.as_ptr()] {
        let mut order = w.order(c"x", "1");
        order.id = id;
        let answer = w.evaluate(&order);
        assert_eq!((answer.verdict, answer.permit), (REJECTED, 0));
        assert!(refusal().starts_with("INVALID_ORDER: id"), "{}", refusal());
    }
    w.free();
}

#[test]
fn a_halt_stops_whatever_is_wrong_with_how_it_is_said() {
    let strange = rg_scope { kind: 99, reserved: 0, handle: 0 };
    let foreign = rg_scope { kind: 3, reserved: 0, handle: 12_345 };
    for (scope, state) in
        [(ptr::null(), 3), (&raw const strange, 3), (&raw const foreign, 3), (ptr::null(), 0)]
    {
        let w = World::new();
        let answer = w.evaluate(&w.order(c"a1", "1"));
        let none = ptr::null_mut();
        // SAFETY: what can be read is readable.
        let halted = unsafe {
            rg_halt(
                w.guard,
                scope,
                state,
                c"\xff".as_ptr(),
                ptr::null(),
                ptr::null_mut(),
                none,
                0,
                ptr::null_mut(),
            )
        };
        assert_eq!(halted, RG_OK);
        assert_eq!(w.redeem(answer.permit).0, RG_REFUSED);
        assert_eq!(w.evaluate(&w.order(c"a2", "1")).verdict, STOPPED);
        w.free();
    }
}

#[test]
fn a_resume_lifts_what_it_names() {
    let w = World::new();
    let firm = rg_scope { kind: 1, reserved: 0, handle: 0 };
    let (mut latch, mut state, mut count) = (0, 0, 9);
    let mut orders = [rg_order_handle::default(); 4];
    // SAFETY: everything lives during the calls.
    unsafe {
        let by = c"ops".as_ptr();
        assert_eq!(rg_halt(w.guard, &firm, 3, by, by, &mut latch, orders.as_mut_ptr(), 4, &mut count), RG_OK);
        assert_eq!(count, 0);
        assert_eq!(rg_resume(w.guard, &firm, latch + 1, 0, 1, by, by), RG_RESUME_REFUSED);
        assert_eq!(rg_resume(w.guard, &firm, latch, 0, 1, by, ptr::null()), RG_RESUME_REFUSED, "nobody");
        assert_eq!(rg_resume(w.guard, &firm, latch, 0, 1, by, by), RG_OK);
        assert_eq!(rg_trading_state_of(w.guard, &firm, &mut state), RG_OK);
    }
    assert_eq!(state, 1);
    w.free();
}

/// The order of one guard is nobody's order in another; the cancel goes out all the same.
#[test]
fn an_order_of_another_guard_is_unknown() {
    let (one, two) = (World::new(), World::new());
    let answer = one.evaluate(&one.order(c"a1", "1"));
    let (_, sent) = one.redeem(answer.permit);
    let foreign = rg_order_ref { handle: sent.order, ..zeroed() };
    let (mut out, mut state) = (outbound(), 0);
    // SAFETY: everything lives during the calls.
    unsafe {
        assert_eq!(rg_cancel(two.guard, &foreign, &mut out), RG_OK);
        assert_eq!((out.message, out.order), (2, rg_order_handle::default()));
        assert_eq!(rg_order_state_of(two.guard, &foreign, &mut state), RG_OK);
        assert_eq!(state, 1, "ended");
        assert_eq!(rg_order_state_of(one.guard, &foreign, &mut state), RG_OK);
        assert_eq!(state, 3, "sent");
    }
    one.free();
    two.free();
}

#[test]
fn a_list_is_redeemed_whole_or_not_at_all() {
    let w = World::new();
    let orders = [w.order(c"l1", "1"), w.order(c"l2", "2")];
    let mut answer: rg_list_decision =
        rg_list_decision { size: size_of::<rg_list_decision>() as u32, ..zeroed() };
    let mut sent = [outbound(); 2];
    let mut count = 0;
    // SAFETY: everything lives during the calls.
    unsafe {
        assert_eq!(rg_evaluate_list(w.guard, orders.as_ptr(), 2, &mut answer), RG_OK);
        assert_eq!((answer.verdict, answer.orders), (APPROVED, 2));
        let short = rg_redeem_list(w.guard, answer.permit, sent.as_mut_ptr(), 1, &mut count);
        assert_eq!(short, RG_BUFFER_TOO_SMALL, "and the permit is still good");
        assert_eq!(rg_redeem_list(w.guard, answer.permit, sent.as_mut_ptr(), 2, &mut count), RG_OK);
        assert_eq!((count, sent[1].quantity), (2, number("2")));
        let again = rg_redeem_list(w.guard, answer.permit, sent.as_mut_ptr(), 2, &mut count);
        assert_eq!(again, RG_STALE_HANDLE);
    }
    w.free();
}

#[test]
fn an_abandoned_order_holds_nothing() {
    let w = World::new();
    let (_, sent) = w.redeem(w.evaluate(&w.order(c"a1", "9")).permit);
    let mut second = w.order(c"a2", "9");
    second.flags = RG_WHOLE;
    assert_eq!(w.evaluate(&second).verdict, REJECTED);
    assert_eq!(rg_abandon(w.guard, sent.handle), RG_OK);
    assert_eq!(rg_abandon(w.guard, sent.handle), RG_STALE_HANDLE);
    assert_eq!(w.evaluate(&second).verdict, APPROVED, "{}", refusal());
    w.free();
}

#[test]
fn a_fill_is_applied_once() {
    let w = World::new();
    let (_, sent) = w.redeem(w.evaluate(&w.order(c"a1", "2")).permit);
    let order = rg_order_ref { handle: sent.order, ..zeroed() };
    let fill = rg_fill {
        size: size_of::<rg_fill>() as u32,
        order,
        execution: c"x1".as_ptr(),
        quantity: number("2"),
        price: number("101"),
        ..zeroed()
    };
    let mut effect = rg_ingested { size: size_of::<rg_ingested>() as u32, ..zeroed() };
    // SAFETY: everything lives during the calls.
    unsafe {
        assert_eq!(rg_ingest_fill(w.guard, &fill, &mut effect), RG_OK);
        assert_eq!((effect.repeated, effect.anomaly), (0, 1));
        assert_eq!(rg_ingest_fill(w.guard, &fill, &mut effect), RG_OK);
        assert_eq!(effect.repeated, 1);
    }
    w.free();
}

#[test]
fn the_records_replay_to_the_same_state() {
    let w = World::new();
    let (_, sent) = w.redeem(w.evaluate(&w.order(c"a1", "2")).permit);
    w.evaluate(&w.order(c"a2", "20"));
    assert_ne!(sent.handle, 0);
    let (mut live, mut again) = (rg_digest { low: 0, high: 0 }, rg_digest { low: 1, high: 1 });
    let (mut text, mut length) = (vec![0_u8; 1 << 16], 0);
    // SAFETY: everything lives during the calls.
    unsafe {
        assert_eq!(rg_digest_of(w.guard, &mut live), RG_OK);
        assert_eq!(rg_replay(w.guard, &mut again), RG_OK);
        assert_eq!(rg_records(w.guard, 0, 100, text.as_mut_ptr().cast(), text.len(), &mut length), RG_OK);
    }
    assert_eq!(live, again);
    let lines = String::from_utf8(text[..length].to_vec()).unwrap();
    assert!(lines.lines().count() >= 4 && lines.contains("a2"), "{lines}");
    w.free();
}

#[test]
fn a_double_is_its_shortest_decimal() {
    for (double, text) in [
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (-2.5, "-2.5"),
        (1e22, "10000000000000000000000"),
        (0.0, "0"),
        (-0.0, "0"),
    ] {
        let (mut value, mut bytes, mut length) = (zeroed(), [0_u8; 40], 0);
        // SAFETY: everything lives during the calls.
        unsafe {
            assert_eq!(rg_decimal_from_double(double, &mut value), RG_OK);
            assert_eq!(rg_decimal_print(&value, bytes.as_mut_ptr().cast(), 40, &mut length), RG_OK);
        }
        assert_eq!(std::str::from_utf8(&bytes[..length]), Ok(text));
    }
}

/// Two threads compete for one headroom: together they never get more than there is.
#[test]
fn threads_share_a_guard() {
    let w = World::new();
    let asked = |who: usize| {
        std::thread::spawn(move || {
            let ids: Vec<_> =
                (0..40).map(|n| std::ffi::CString::new(format!("t{who}-{n}")).unwrap()).collect();
            let mut approved = 0;
            for id in &ids {
                let mut order = w.order(c"x", "1");
                order.id = id.as_ptr();
                order.flags = RG_WHOLE;
                let answer = w.evaluate(&order);
                if answer.permit != 0 {
                    let (status, _): (_, rg_outbound) = w.redeem(answer.permit);
                    assert_eq!(status, RG_OK, "{}", error());
                    approved += 1;
                }
            }
            approved
        })
    };
    let threads: Vec<_> = (0..4).map(asked).collect();
    let approved: u32 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!(approved, 9, "1000 of exposure at 101 each");
    w.free();
}

/// A guard is freed while others use it: they are told, and nothing else happens.
#[test]
fn a_guard_is_freed_under_others() {
    for _ in 0..if cfg!(miri) { 2 } else { 20 } {
        let w = World::new();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                std::thread::spawn(move || {
                    loop {
                        match w.evaluate_status() {
                            (RG_OK, permit) if permit != 0 => drop(rg_release(w.guard, permit)),
                            (RG_OK, _) => {}
                            (status, _) => return status,
                        }
                    }
                })
            })
            .collect();
        w.free();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), RG_STALE_HANDLE);
        }
    }
}

const _: () = assert!(RG_ID_BYTES > risk_core::ID_BYTES_MAX);
