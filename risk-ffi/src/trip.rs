//! What the guard has done by itself: warnings, and latches that a limit or a trip has pulled.

use risk_core::{Cause, Scope, Trip};

use crate::border::{Fault, border};
use crate::handle::{Kind, rg_guard};
use crate::memory::{Out, Sized32};
use crate::registry::{Open, regardless};
use crate::words;
use crate::words::rg_scope_kind::{
    RG_SCOPE_ACCOUNT, RG_SCOPE_FIRM, RG_SCOPE_INSTRUMENT, RG_SCOPE_STRATEGY, RG_SCOPE_TRADER, RG_SCOPE_VENUE,
};
use crate::words::rg_status::{self, RG_UNAVAILABLE};

/// A limit or a trip has responded. Set its size before the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_trip {
    /// sizeof(rg_trip).
    pub size: u32,
    /// An rg_cause.
    pub cause: u32,
    /// Whose limit or what was stopped: an rg_scope_kind; 0: one this header does not know. A limit of an instrument stops
    /// it in all accounts.
    pub scope: u32,
    /// What the latch holds the scope at, an rg_trading_state; RG_ACTIVE is a warning, which latches nothing.
    pub state: u32,
    /// The scope's handle; 0 for the firm.
    pub handle: u64,
    /// The latch, for rg_resume; 0 for a warning.
    pub latch: u64,
    /// RG_CAUSE_LIMIT: where the limit stands, an rg_level; else 0.
    pub level: u32,
    /// 0.
    pub reserved: u32,
    /// RG_CAUSE_LIMIT: the gate that reads the limit, such as "daily_loss", with a NUL; else empty.
    pub gate: [core::ffi::c_char; 32],
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl Sized32 for rg_trip {
    const LEAST: usize = 72;
}

const _: () = assert!(size_of::<rg_trip>() == 72);

impl rg_trip {
    fn of(open: &Open, trip: &Trip) -> Self {
        let (scope, handle) = match trip.scope {
            Scope::Firm => (RG_SCOPE_FIRM as u32, 0),
            Scope::Venue(venue) => (RG_SCOPE_VENUE as u32, open.tag.name(Kind::Venue, venue.ordinal())),
            Scope::Account(account) => (RG_SCOPE_ACCOUNT as u32, open.of_account(account)),
            Scope::Strategy(strategy) => (RG_SCOPE_STRATEGY as u32, open.of_strategy(strategy)),
            Scope::Instrument(instrument) => (RG_SCOPE_INSTRUMENT as u32, open.of_instrument(instrument)),
            Scope::Trader(trader) => (RG_SCOPE_TRADER as u32, open.of_trader(trader)),
            _ => (0, 0),
        };
        let (gate, level) = match trip.cause {
            Cause::Limit { gate, level } => (gate.name(), words::of_level(level)),
            _ => ("", 0),
        };
        Self {
            size: 0,
            cause: words::of_cause(trip.cause),
            scope,
            state: words::of_trading_state(trip.state),
            handle,
            latch: trip.latch.map_or(0, risk_core::LatchId::number),
            level,
            reserved: 0,
            gate: crate::memory::place(gate),
        }
    }
}

/// Takes the oldest trip or warning that was not taken yet: ask after a call or on a timer until it is RG_UNAVAILABLE,
/// there is none. The guard keeps the 64 latest that nobody took; all are on record, and every latch is in rg_latches.
/// What a halted scope has at the venue is in rg_open_orders.
///
/// # Safety
/// `trip` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_take_trip(guard: rg_guard, trip: *mut rg_trip) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new("trip", trip)? };
        let taken = regardless(guard, |open| {
            if open.trips.is_empty() {
                open.trips.extend(open.engine.take_trips());
            }
            let trip = open.trips.pop_front();
            let trip = trip.ok_or_else(|| Fault::new(RG_UNAVAILABLE, "nothing has tripped since"))?;
            Ok(rg_trip::of(open, &trip))
        })?;
        // SAFETY: looked at above.
        unsafe { out.write(&taken) };
        Ok(())
    })
}
