//! The guards of this process: a fixed table, so that a number can always be looked up and never leads into memory that
//! is gone.

use std::collections::VecDeque;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::{Mutex, MutexGuard};
use risk_core::{
    AccountHandle, AssetHandle, Config, Engine, InstrumentHandle, ManualClock, StrategyHandle, TraderHandle,
    Trip, VenueHandle,
};

use crate::book::{Book, Time};
use crate::border::Fault;
use crate::handle::{GENERATION_MAX, GUARDS_MAX, Kind, Tag, pack, rg_guard, unpack};
use crate::kept::{Leaves, Outbounds};
use crate::rule::{self, Numbered};
use crate::words::rg_status::{
    RG_FORKED, RG_FULL, RG_INSIDE_RULE, RG_POISONED, RG_STALE_HANDLE, RG_WRONG_HANDLE,
};

/// One guard.
pub(crate) struct Open {
    pub(crate) engine: Engine<Time, Book>,
    pub(crate) config: Config,
    /// The clock, where the caller sets it.
    pub(crate) manual: Option<ManualClock>,
    pub(crate) leaves: Leaves,
    pub(crate) outbounds: Outbounds,
    /// Trips taken from the engine that the caller has not asked for yet.
    pub(crate) trips: VecDeque<Trip>,
    /// Tells the rules of the house the tag.
    numbered: Numbered,
    /// What was found in the journal's folder.
    pub(crate) recovery: Option<String>,
    pub(crate) tag: Tag,
    /// A call has begun and not ended: seen by the next call, it means a panic.
    busy: bool,
}

impl Open {
    pub(crate) fn new(
        engine: Engine<Time, Book>,
        config: Config,
        manual: Option<ManualClock>,
        numbered: Numbered,
        recovery: Option<String>,
    ) -> Self {
        let holds = config.capacity.live_orders.saturating_add(config.capacity.changes);
        let (leaves, outbounds) = (Leaves::with_capacity(holds), Outbounds::new());
        let tag = Tag { guard: 0, generation: 0 };
        let trips = VecDeque::new();
        Self { engine, config, manual, leaves, outbounds, trips, numbered, recovery, tag, busy: false }
    }

    #[inline]
    pub(crate) fn account(&self, handle: u64) -> AccountHandle {
        let ordinal = self.tag.ordinal(Kind::Account, handle);
        ordinal.map_or_else(AccountHandle::default, |ordinal| self.engine.account_of(ordinal))
    }

    #[inline]
    pub(crate) fn strategy(&self, handle: u64) -> StrategyHandle {
        let ordinal = self.tag.ordinal(Kind::Strategy, handle);
        ordinal.map_or_else(StrategyHandle::default, |ordinal| self.engine.strategy_of(ordinal))
    }

    #[inline]
    pub(crate) fn trader(&self, handle: u64) -> TraderHandle {
        let ordinal = self.tag.ordinal(Kind::Trader, handle);
        ordinal.map_or_else(TraderHandle::default, |ordinal| self.engine.trader_of(ordinal))
    }

    #[inline]
    pub(crate) fn instrument(&self, handle: u64) -> InstrumentHandle {
        let ordinal = self.tag.ordinal(Kind::Instrument, handle);
        ordinal.map_or_else(InstrumentHandle::default, |ordinal| self.engine.instrument_of(ordinal))
    }

    pub(crate) fn asset(&self, handle: u64) -> AssetHandle {
        let ordinal = self.tag.ordinal(Kind::Asset, handle);
        ordinal.map_or_else(AssetHandle::default, |ordinal| self.engine.asset_of(ordinal))
    }

    pub(crate) fn venue(&self, handle: u64) -> VenueHandle {
        let ordinal = self.tag.ordinal(Kind::Venue, handle);
        ordinal.map_or_else(VenueHandle::default, |ordinal| self.engine.venue_of(ordinal))
    }

    /// The guard's own number.
    pub(crate) fn handle(&self) -> rg_guard {
        pack(Kind::Guard, self.tag.guard, self.tag.generation, 0)
    }

    /// A named handle for the caller; 0 for one that names nothing.
    pub(crate) fn of_account(&self, handle: AccountHandle) -> u64 {
        if handle == AccountHandle::default() { 0 } else { self.tag.name(Kind::Account, handle.ordinal()) }
    }

    pub(crate) fn of_strategy(&self, handle: StrategyHandle) -> u64 {
        if handle == StrategyHandle::default() { 0 } else { self.tag.name(Kind::Strategy, handle.ordinal()) }
    }

    pub(crate) fn of_trader(&self, handle: TraderHandle) -> u64 {
        if handle == TraderHandle::default() { 0 } else { self.tag.name(Kind::Trader, handle.ordinal()) }
    }

    pub(crate) fn of_instrument(&self, handle: InstrumentHandle) -> u64 {
        if handle == InstrumentHandle::default() {
            0
        } else {
            self.tag.name(Kind::Instrument, handle.ordinal())
        }
    }
}

struct Slot {
    /// In which process its guard was made, counted in forks.
    process: AtomicU32,
    body: Mutex<Body>,
}

struct Body {
    /// How often the slot was used.
    generation: u32,
    open: Option<Box<Open>>,
}

static SLOTS: [Slot; GUARDS_MAX] =
    [const { Slot { process: AtomicU32::new(0), body: Mutex::new(Body { generation: 1, open: None }) } };
        GUARDS_MAX];

/// How often this process was forked off another: a child counts one more than its parent.
static FORKS: AtomicU32 = AtomicU32::new(0);
static WATCH_FORKS: Once = Once::new();

extern "C" fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// From the first guard on, children know that they are not their parent.
fn watch_forks() {
    #[cfg(unix)]
    WATCH_FORKS.call_once(|| {
        // SAFETY: the handler only counts, which is safe at any time.
        unsafe { libc::pthread_atfork(None, None, Some(forked)) };
    });
}

/// Gives a guard its number.
pub(crate) fn add(mut open: Box<Open>) -> Result<rg_guard, Fault> {
    watch_forks();
    for (place, slot) in SLOTS.iter().enumerate() {
        // A slot that is busy has a guard; after a fork its lock may never come free.
        let Some(mut body) = slot.body.try_lock() else { continue };
        if body.open.is_some() || body.generation >= GENERATION_MAX {
            continue;
        }
        open.tag = Tag { guard: place as u8, generation: body.generation };
        let _first = open.numbered.set(open.tag);
        let handle = open.handle();
        slot.process.store(FORKS.load(Ordering::Relaxed), Ordering::Relaxed);
        body.open = Some(open);
        return Ok(handle);
    }
    Err(Fault::new(RG_FULL, format!("a process has at most {GUARDS_MAX} guards at a time")))
}

/// Takes a guard out: from then on its number, and every number of its, names nothing.
pub(crate) fn remove(handle: rg_guard) -> Result<Box<Open>, Fault> {
    let (slot, generation) = find(handle)?;
    let mut body = enter(slot)?;
    if body.generation != generation {
        return Err(stale(handle, generation, body.generation));
    }
    let open = body.open.take().ok_or_else(|| stale(handle, generation, generation))?;
    body.generation += 1;
    Ok(open)
}

#[inline]
fn find(handle: rg_guard) -> Result<(&'static Slot, u32), Fault> {
    let parts = unpack(handle);
    let slot = SLOTS.get(usize::from(parts.guard));
    let Some(slot) = slot.filter(|_| parts.kind == Kind::Guard as u8 && parts.index == 0) else {
        return Err(wrong(handle));
    };
    // Before its lock is touched: in a child it may be held by a thread that is not there.
    if slot.process.load(Ordering::Relaxed) != FORKS.load(Ordering::Relaxed) {
        return Err(Fault::new(RG_FORKED, "the guard was made before this process was forked"));
    }
    Ok((slot, parts.generation))
}

/// The lock of a guard.
#[inline]
fn enter(slot: &'static Slot) -> Result<MutexGuard<'static, Body>, Fault> {
    // What is free is no guard whose rule is being asked, so only who would have to wait is asked where it comes from.
    match slot.body.try_lock() {
        Some(body) => Ok(body),
        None => wait(slot),
    }
}

#[cold]
#[inline(never)]
fn wait(slot: &'static Slot) -> Result<MutexGuard<'static, Body>, Fault> {
    if rule::is_asked() {
        return Err(Fault::new(RG_INSIDE_RULE, "a house rule calls a guard, which would wait for it"));
    }
    Ok(slot.body.lock())
}

#[cold]
fn wrong(handle: rg_guard) -> Fault {
    Fault::new(RG_WRONG_HANDLE, format!("guard: {handle:#x} is no handle of a guard"))
}

#[cold]
fn stale(handle: rg_guard, generation: u32, now: u32) -> Fault {
    if generation == 0 || generation > now {
        return wrong(handle);
    }
    Fault::new(RG_STALE_HANDLE, format!("guard: {handle:#x} was freed"))
}

/// Does something with a guard, whatever its state: a panic on the way leaves it in doubt, and nothing takes that back.
#[inline]
pub(crate) fn regardless<R>(
    handle: rg_guard,
    work: impl FnOnce(&mut Open) -> Result<R, Fault>,
) -> Result<R, Fault> {
    let (slot, generation) = find(handle)?;
    let mut body = enter(slot)?;
    if body.generation != generation {
        return Err(stale(handle, generation, body.generation));
    }
    let Some(open) = body.open.as_deref_mut() else { return Err(stale(handle, generation, 0)) };
    let doubted = core::mem::replace(&mut open.busy, true);
    let result = work(open);
    open.busy = doubted;
    result
}

/// Does something with a guard, unless a panic has left it in doubt.
#[inline]
pub(crate) fn with<R>(
    handle: rg_guard,
    work: impl FnOnce(&mut Open) -> Result<R, Fault>,
) -> Result<R, Fault> {
    regardless_if(handle, work, || Err(Fault::new(RG_POISONED, "a bug has left this guard in doubt")))
}

/// Does something with a guard, or something else if a panic has left it in doubt.
#[inline]
pub(crate) fn regardless_if<R>(
    handle: rg_guard,
    work: impl FnOnce(&mut Open) -> Result<R, Fault>,
    poisoned: impl FnOnce() -> Result<R, Fault>,
) -> Result<R, Fault> {
    let (slot, generation) = find(handle)?;
    let mut body = enter(slot)?;
    if body.generation != generation {
        return Err(stale(handle, generation, body.generation));
    }
    let Some(open) = body.open.as_deref_mut() else { return Err(stale(handle, generation, 0)) };
    if open.busy {
        return poisoned();
    }
    open.busy = true;
    let result = work(open);
    open.busy = false;
    result
}

#[cfg(test)]
mod tests {
    use std::ffi::c_char;
    use std::ptr;

    use super::with;
    use crate::border::{RG_ABI_VERSION, border};
    use crate::guard::{rg_guard_free, rg_guard_new, rg_options, rg_tick};
    use crate::halt::rg_halt;
    use crate::memory::Sized32;
    use crate::order::{rg_decision, rg_evaluate, rg_order};
    use crate::permit::{rg_cancel, rg_order_ref, rg_outbound, rg_redeem, rg_release};
    use crate::words::rg_status::{RG_OK, RG_PANIC, RG_POISONED, RG_REFUSED};

    /// Small tables: under Miri the usual ones take minutes to make.
    const CONFIG: &str = r#"{
        "firm": {"currency": "USD", "unlimited": "a test"},
        "assets": [{"code": "USD", "digits": 2}],
        "capacity": {"assets": 1, "instruments": 1, "accounts": 1, "strategies": 1, "books": 4, "live_orders": 4,
            "changes": 2, "order_ids": 8, "order_ids_for_exits": 2, "executions": 4, "parents": 1, "latches": 2}
    }"#;

    fn sized<T: Sized32>() -> T {
        let mut value = std::mem::MaybeUninit::<T>::zeroed();
        // SAFETY: the size comes first, and zeros are a value.
        unsafe {
            value.as_mut_ptr().cast::<u32>().write(size_of::<T>() as u32);
            value.assume_init()
        }
    }

    fn guard() -> u64 {
        let (text, mut guard) = (CONFIG.as_ptr().cast::<c_char>(), 0);
        let mut options: rg_options = sized();
        (options.clock, options.journal, options.records) = (1, 1, 16);
        // SAFETY: everything lives during the call.
        let made =
            unsafe { rg_guard_new(RG_ABI_VERSION, text, CONFIG.len(), 2, ptr::null(), &options, &mut guard) };
        assert_eq!(made, RG_OK);
        guard
    }

    fn evaluate(guard: u64) -> rg_decision {
        let mut order: rg_order = sized();
        (order.side, order.kind, order.time_in_force) = (1, 1, 1);
        order.quantity.present = 1;
        let mut answer: rg_decision = sized();
        // SAFETY: both live during the call.
        assert_eq!(unsafe { rg_evaluate(guard, &order, &mut answer) }, RG_OK);
        answer
    }

    /// The core has no panic to offer, so the border is given one.
    #[test]
    fn a_panic_is_contained_and_poisons_its_guard_alone() {
        let (one, two) = (guard(), guard());
        let (unknown, poisoned) = (80, 91);
        assert_eq!(evaluate(one).reason, unknown);
        let fell = border(|| with(one, |_| -> Result<(), _> { std::panic::panic_any("a bug") }));
        assert_eq!(fell, RG_PANIC);
        assert_eq!((evaluate(one).verdict, evaluate(one).reason), (3, poisoned));
        assert_eq!(evaluate(two).reason, unknown, "the other guard goes on");
        assert_eq!(rg_tick(one), RG_POISONED);
        assert_eq!(rg_release(one, 1), RG_REFUSED);
        let mut outbound: rg_outbound = sized();
        // SAFETY: an id may be null; everything lives during the calls.
        unsafe {
            assert_eq!(rg_redeem(one, 1, &mut outbound), RG_REFUSED);
            let order = rg_order_ref { handle: Default::default(), account: 0, id: ptr::null() };
            assert_eq!(rg_cancel(one, &order, &mut outbound), RG_OK, "a cancel passes");
            let (no_text, none) = (ptr::null(), ptr::null_mut());
            let halted =
                rg_halt(one, ptr::null(), 3, no_text, no_text, ptr::null_mut(), none, 0, ptr::null_mut());
            assert_eq!(halted, RG_OK, "a halt passes");
        }
        assert_eq!(evaluate(one).reason, poisoned, "and nothing takes it back");
        assert_eq!((rg_guard_free(one), rg_guard_free(two)), (RG_OK, RG_OK));
    }
}
