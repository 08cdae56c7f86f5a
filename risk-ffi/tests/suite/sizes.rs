//! Structures of programs that were compiled with another header.

use std::ptr;

use risk_guard::order::{rg_decision, rg_evaluate, rg_order};
use risk_guard::words::rg_status::RG_OK;

use super::world::{World, decision, zeroed};

/// A program from a later header: what it says beyond is zero, and what it asks for beyond is left alone.
#[test]
fn a_longer_structure_that_says_nothing_new_is_taken() {
    let w = World::new();
    let mut order = [0_u64; size_of::<rg_order>() / 8 + 4];
    let mut answer = [u64::MAX; size_of::<rg_decision>() / 8 + 4];
    let (to, from) = (answer.as_mut_ptr().cast::<rg_decision>(), order.as_mut_ptr().cast::<rg_order>());
    // SAFETY: aligned, and there is room for more than is written.
    unsafe {
        from.write(w.order(c"a1", "1"));
        from.cast::<u32>().write(size_of::<rg_order>() as u32 + 32);
        to.write(decision());
        to.cast::<u32>().write(size_of::<rg_decision>() as u32 + 32);
        assert_eq!(rg_evaluate(w.guard, from, to), RG_OK);
        assert_eq!(ptr::read(to).verdict, 1);
        assert_eq!(to.cast::<u32>().read(), size_of::<rg_decision>() as u32 + 32, "the size is the caller's");
    }
    assert_eq!(answer[size_of::<rg_decision>() / 8..], [u64::MAX; 4]);
    w.free();
}

/// What the first version of the header had is where it was; structures grow at their ends.
#[test]
fn the_layout_of_the_first_header_stands() {
    use std::mem::offset_of;
    let order: rg_order = zeroed();
    assert_eq!((size_of_val(&order), offset_of!(rg_order, trader)), (144, 136));
    assert_eq!(
        [
            offset_of!(rg_order, side),
            offset_of!(rg_order, account),
            offset_of!(rg_order, strategy),
            offset_of!(rg_order, instrument),
            offset_of!(rg_order, id),
            offset_of!(rg_order, kind),
            offset_of!(rg_order, time_in_force),
            offset_of!(rg_order, quantity),
            offset_of!(rg_order, price),
            offset_of!(rg_order, trigger),
            offset_of!(rg_order, created_at_ns),
            offset_of!(rg_order, parent),
            offset_of!(rg_order, parent_quantity),
            offset_of!(rg_order, flags),
        ],
        [4, 8, 16, 24, 32, 40, 44, 48, 64, 80, 96, 104, 112, 128]
    );
    assert_eq!(
        [
            offset_of!(rg_decision, verdict),
            offset_of!(rg_decision, reason),
            offset_of!(rg_decision, level),
            offset_of!(rg_decision, quantity),
            offset_of!(rg_decision, permit),
            offset_of!(rg_decision, order),
            offset_of!(rg_decision, expires_ns),
        ],
        [4, 8, 12, 16, 32, 40, 56]
    );
}
