//! A guard belongs to the process that made it.

#![cfg(all(unix, not(miri)))]

use std::ffi::CString;

use risk_guard::guard::{rg_guard_free, rg_options};
use risk_guard::look::{rg_position, rg_position_of_account};
use risk_guard::order::rg_evaluate;
use risk_guard::words::rg_status::{RG_FORKED, RG_OK};

use super::world::{CONFIG, World, decision, make, number, options, refusal, zeroed};

/// The child of a fork may not use the guard of its parent, not even to free it, and can make one of its own.
#[test]
fn a_guard_is_not_inherited() {
    let w = World::new();
    // SAFETY: the child only makes calls of the library and ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let mut answer = decision();
        // SAFETY: both live during the call.
        let asked = unsafe { rg_evaluate(w.guard, &w.order(c"c1", "1"), &mut answer) };
        let freed = rg_guard_free(w.guard);
        let mut own = 0;
        let made = make(CONFIG, &options(), &mut own);
        let right = asked == RG_FORKED
            && answer.permit == 0
            && freed == RG_FORKED
            && made == RG_OK
            && rg_guard_free(own) == RG_OK;
        // SAFETY: ends the child without what its parent has registered for its end.
        unsafe { libc::_exit(i32::from(!right)) };
    }
    let mut status = 0;
    // SAFETY: waits for the child that was just made.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0, "the child was answered otherwise");
    assert_ne!(w.evaluate(&w.order(c"p1", "1")).permit, 0, "the parent goes on");
    w.free();
}

/// A journal in a folder is all it takes: what a killed process had sent is held by the next one.
#[test]
fn a_guard_goes_on_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = CString::new(folder.path().join("journal").to_str().unwrap()).unwrap();
    let options = rg_options { journal: 3, records: 0, folder: path.as_ptr(), ..options() };
    // SAFETY: the child only makes calls of the library and is killed.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let w = World::with(CONFIG, &options);
        let answer = w.evaluate(&w.order(c"a1", "6"));
        let sent = w.redeem(answer.permit).0 == RG_OK;
        // SAFETY: ends the child, at once either way.
        unsafe {
            if sent {
                libc::kill(libc::getpid(), libc::SIGKILL);
            }
            libc::_exit(1)
        };
    }
    let mut status = 0;
    // SAFETY: waits for the child that was just made.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGKILL, "{status}");
    let w = World::with(CONFIG, &options);
    let mut found = rg_position { size: size_of::<rg_position>() as u32, ..zeroed() };
    // SAFETY: it lives during the call.
    let looked = unsafe { rg_position_of_account(w.guard, w.account, w.instrument, &mut found) };
    assert_eq!((looked, found.buying), (RG_OK, number("6")));
    // Its id is taken, and what it holds leaves room for less.
    assert_eq!(w.evaluate(&w.order(c"a1", "1")).verdict, 3);
    let answer = w.evaluate(&w.order(c"a2", "6"));
    assert_eq!((answer.verdict, answer.quantity), (2, number("3.9")), "{}", refusal());
    w.free();
}
