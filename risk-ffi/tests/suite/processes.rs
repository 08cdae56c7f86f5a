//! A guard belongs to the process that made it.

#![cfg(all(unix, not(miri)))]

use risk_guard::guard::rg_guard_free;
use risk_guard::order::rg_evaluate;
use risk_guard::words::rg_status::{RG_FORKED, RG_OK};

use super::world::{CONFIG, World, decision, make, options};

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
