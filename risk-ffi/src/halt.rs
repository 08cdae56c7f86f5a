//! Stopping and starting.

use core::ffi::c_char;

use risk_core::{LatchId, Lift, ResumeError, Scope, TradingState};

use crate::answer::{json, tell};
use crate::border::{Fault, border};
use crate::handle::rg_guard;
use crate::memory::{self, Out, TEXT_BYTES_MAX, check, put};
use crate::order::{rg_order, rg_order_handle};
use crate::registry::{Open, regardless, with};
use crate::words;
use crate::words::rg_scope_kind::{
    self, RG_SCOPE_ACCOUNT, RG_SCOPE_FIRM, RG_SCOPE_INSTRUMENT, RG_SCOPE_STRATEGY, RG_SCOPE_TRADER,
    RG_SCOPE_VENUE,
};
use crate::words::rg_status::{self, RG_INVALID_VALUE, RG_POISONED, RG_RESUME_REFUSED};

/// What is halted: everything, or one venue, account, strategy or instrument.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_scope {
    /// An rg_scope_kind.
    pub kind: u32,
    /// 0.
    pub reserved: u32,
    /// Its handle; 0 for the firm.
    pub handle: u64,
}

impl rg_scope {
    /// # Safety
    /// `from` is null or can be read.
    pub(crate) unsafe fn read(from: *const Self) -> Result<(rg_scope_kind, u64), Fault> {
        check("scope", from)?;
        // SAFETY: looked at, and readable by the caller's promise.
        let scope = unsafe { from.read() };
        let kind = words::scope_kind("scope.kind", scope.kind)?;
        if scope.reserved != 0 || (kind == RG_SCOPE_FIRM && scope.handle != 0) {
            return Err(Fault::new(RG_INVALID_VALUE, "scope: reserved, or the handle of the firm, is not 0"));
        }
        Ok((kind, scope.handle))
    }
}

/// A scope as the guard knows it. A handle of another guard is unknown; for a halt the core then halts the firm.
fn scope_at(open: &Open, (kind, handle): (rg_scope_kind, u64)) -> Scope {
    match kind {
        RG_SCOPE_FIRM => Scope::Firm,
        RG_SCOPE_VENUE => Scope::Venue(open.venue(handle)),
        RG_SCOPE_ACCOUNT => Scope::Account(open.account(handle)),
        RG_SCOPE_STRATEGY => Scope::Strategy(open.strategy(handle)),
        RG_SCOPE_INSTRUMENT => Scope::Instrument(open.instrument(handle)),
        RG_SCOPE_TRADER => Scope::Trader(open.trader(handle)),
    }
}

/// A text for people that must not keep a halt from happening: what is none is shown as far as it goes.
///
/// # Safety
/// `text` is null or ends with a NUL.
unsafe fn words_of(text: *const c_char) -> String {
    // SAFETY: the caller's promise.
    let bytes = unsafe { memory::bytes(text, TEXT_BYTES_MAX) };
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

/// Stops a scope (RG_HALTED) or lets it only close (RG_REDUCING): from before this returns, nothing in it is approved
/// that should not be, and no permit of it redeems. It is never refused, not even by a poisoned guard; a scope that the
/// guard does not know, is null or malformed halts the firm, and a state that is neither of the two is RG_HALTED.
///
/// `latch` becomes the latch to lift it by. `orders` receives the orders at the venue that should be cancelled, at most
/// `capacity`, and `count` how many there are: look at the rest with rg_open_orders. Each of the three may be null.
///
/// # Safety
/// `scope` is null or can be read; `reason` and `by` are null or texts with a NUL; `latch` and `count` are null or can be
/// written; `orders` is null or can be written for `capacity` of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_halt(
    guard: rg_guard,
    scope: *const rg_scope,
    state: u32,
    reason: *const c_char,
    by: *const c_char,
    latch: *mut u64,
    orders: *mut rg_order_handle,
    capacity: usize,
    count: *mut usize,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise, for all three.
        let (scope, reason, by) = unsafe { (rg_scope::read(scope), words_of(reason), words_of(by)) };
        // Somebody wants to stop: whatever is wrong with how it is said, stop.
        let reducing =
            scope.is_ok() && words::trading_state("state", state).is_ok_and(|s| s == TradingState::Reducing);
        let scope = scope.unwrap_or((RG_SCOPE_FIRM, 0));
        let (id, affected) = regardless(guard, |open| {
            let scope = scope_at(open, scope);
            let halt = if reducing {
                open.engine.reduce_only(scope, &reason, &by)
            } else {
                open.engine.halt(scope, &reason, &by)
            };
            let (id, affected) = (halt.latch, halt.orders.to_vec());
            Ok((id, affected.into_iter().map(|order| rg_order_handle::of(open, order)).collect::<Vec<_>>()))
        })?;
        // SAFETY: the caller's promise.
        unsafe {
            write_orders(&affected, orders, capacity, count);
            if check("latch", latch).is_ok() {
                put(latch, id.number());
            }
        }
        Ok(())
    })
}

/// # Safety
/// `orders` is null or can be written for `capacity` of them; `count` is null or can be written.
unsafe fn write_orders(
    found: &[rg_order_handle],
    orders: *mut rg_order_handle,
    capacity: usize,
    count: *mut usize,
) {
    if check("orders", orders).is_ok() {
        for (place, order) in found.iter().take(capacity).enumerate() {
            // SAFETY: `place` is below `capacity`, and the caller says that so many can be written.
            unsafe { orders.add(place).write(*order) };
        }
    }
    if check("count", count).is_ok() {
        // SAFETY: looked at, and writable by the caller's promise.
        unsafe { count.write(found.len()) };
    }
}

/// The orders at the venue in a scope, at most `capacity`; `count` becomes how many there are.
///
/// # Safety
/// `scope` is null or can be read; `orders` is null or can be written for `capacity` of them; `count` is null or can be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_open_orders(
    guard: rg_guard,
    scope: *const rg_scope,
    orders: *mut rg_order_handle,
    capacity: usize,
    count: *mut usize,
) -> rg_status {
    border(|| {
        check("count", count)?;
        if capacity > 0 {
            check("orders", orders)?;
        }
        // SAFETY: the caller's promise.
        let scope = unsafe { rg_scope::read(scope)? };
        let found = with(guard, |open| {
            let scope = scope_at(open, scope);
            let found = open.engine.open_orders(scope).map(|order| rg_order_handle::of(open, order));
            Ok(found.collect::<Vec<_>>())
        })?;
        // SAFETY: the caller's promise.
        unsafe { write_orders(&found, orders, capacity, count) };
        Ok(())
    })
}

/// Most orders that rg_exits writes at a time.
const EXITS_MAX: usize = 1 << 20;

/// Market orders, reduce-only, that would close what the strategies of a scope hold, less what closes it already: at most
/// `capacity`, and `count` becomes how many there are. Set the size of each place before the call; all sizes are equal.
/// None is sent by itself: give each an id and show it to rg_evaluate; it passes once its scopes are reducing or active.
/// What strategies of one account hold against one another is not listed: rg_ingest_transfer closes it without an order.
///
/// # Safety
/// `scope` is null or can be read; `orders` is null or can be written for `capacity` of the size of the first; `count` is
/// null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_exits(
    guard: rg_guard,
    scope: *const rg_scope,
    orders: *mut rg_order,
    capacity: usize,
    count: *mut usize,
) -> rg_status {
    border(|| {
        check("count", count)?;
        // SAFETY: the caller's promise, for both.
        let (places, scope) =
            unsafe { (Out::all("orders", orders, capacity, EXITS_MAX)?, rg_scope::read(scope)?) };
        let found = with(guard, |open| {
            let exits = open.engine.exits(scope_at(open, scope));
            Ok(exits.iter().map(|order| rg_order::unnamed(open, order)).collect::<Vec<_>>())
        })?;
        // SAFETY: looked at above, for both.
        unsafe {
            put(count, found.len());
            for (order, place) in found.iter().zip(places) {
                place.write(order);
            }
        }
        Ok(())
    })
}

/// Lifts latches of a scope, down to `to`: the only way down there is. `latch` is the number of the one latch, or with
/// `up_to` 1 of the last of those the operator has seen. `by` must name a person. RG_RESUME_REFUSED: nothing was lifted.
///
/// # Safety
/// `scope` is null or can be read; `reason` and `by` are null or texts with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_resume(
    guard: rg_guard,
    scope: *const rg_scope,
    latch: u64,
    up_to: u32,
    to: u32,
    reason: *const c_char,
    by: *const c_char,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise, for all three.
        let (scope, reason, by) = unsafe {
            let reason = memory::optional_text("reason", reason, TEXT_BYTES_MAX)?.unwrap_or("");
            (rg_scope::read(scope)?, reason, memory::optional_text("by", by, TEXT_BYTES_MAX)?.unwrap_or(""))
        };
        let lift = match up_to {
            0 => Lift::One(LatchId::from_number(latch)),
            1 => Lift::UpTo(LatchId::from_number(latch)),
            _ => return Err(Fault::new(RG_INVALID_VALUE, format!("up_to: {up_to} is not 0 or 1"))),
        };
        let to = match words::trading_state("to", to)? {
            TradingState::Halted => return Err(Fault::new(RG_INVALID_VALUE, "to: a resume does not halt")),
            to => to,
        };
        with(guard, |open| {
            let scope = scope_at(open, scope);
            open.engine.resume(scope, lift, to, reason, by).map_err(|problem| {
                let poisoned = matches!(problem, ResumeError::Poisoned);
                Fault::new(if poisoned { RG_POISONED } else { RG_RESUME_REFUSED }, problem.to_string())
            })
        })
    })
}

/// The state of a scope, an rg_trading_state: by its own latches and those above it. Unknown scopes are halted.
///
/// # Safety
/// `scope` is null or can be read; `state` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_trading_state_of(
    guard: rg_guard,
    scope: *const rg_scope,
    state: *mut u32,
) -> rg_status {
    border(|| {
        check("state", state)?;
        // SAFETY: the caller's promise.
        let scope = unsafe { rg_scope::read(scope)? };
        let found = with(guard, |open| Ok(open.engine.trading_state(scope_at(open, scope))))?;
        // SAFETY: looked at above.
        unsafe { put(state, words::of_trading_state(found)) };
        Ok(())
    })
}

/// Every latch that holds, oldest first, as a JSON array: id, scope, state, cause, reason, by, at.
///
/// # Safety
/// `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_latches(
    guard: rg_guard,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        tell(buffer, capacity, length, || {
            regardless(guard, |open| {
                let latches: Vec<_> = open.engine.latches().collect();
                json(&latches)
            })
        })
    }
}
