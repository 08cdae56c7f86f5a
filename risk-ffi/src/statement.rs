//! What was not believed: statements beyond their caps wait for somebody's decision, prices that jump for confirmation.

use core::ffi::c_char;

use risk_core::{Input, WithheldStatement};

use crate::answer::{json, tell};
use crate::border::{Fault, border};
use crate::handle::{rg_account, rg_guard, rg_instrument};
use crate::input::{Told, ingest, rg_ingested};
use crate::memory::{Out, Sized32, check, put};
use crate::order::id;
use crate::registry::{Open, with};
use crate::words::rg_statement_kind::{
    RG_OTHER_STATEMENT, RG_STATEMENT_BALANCE, RG_STATEMENT_HOST, RG_STATEMENT_SNAPSHOT,
};
use crate::words::rg_status::{self, RG_UNAVAILABLE};

/// A statement that jumped beyond a cap of its account (`statements`): it is on record and not applied, and halts the
/// account until it is accepted or discarded. Set its size before the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_withheld {
    /// sizeof(rg_withheld).
    pub size: u32,
    /// An rg_statement_kind.
    pub kind: u32,
    /// Its number, to decide it by; never used twice.
    pub number: u64,
    /// What it is about.
    pub account: rg_account,
    /// When it came, in nanoseconds since the epoch.
    pub at_ns: i64,
    /// The latch it pulled.
    pub latch: u64,
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl Sized32 for rg_withheld {
    const LEAST: usize = 40;
}

const _: () = assert!(size_of::<rg_withheld>() == 40);

impl rg_withheld {
    fn of(open: &Open, statement: &WithheldStatement) -> Self {
        let kind = match statement.input {
            Input::Balance { .. } => RG_STATEMENT_BALANCE,
            Input::Host(_) => RG_STATEMENT_HOST,
            Input::Snapshot(_) => RG_STATEMENT_SNAPSHOT,
            _ => RG_OTHER_STATEMENT,
        };
        Self {
            size: 0,
            kind: kind as u32,
            number: statement.number,
            account: open.of_account(statement.account),
            at_ns: statement.at.nanos(),
            latch: statement.latch.number(),
        }
    }
}

/// The oldest statement that waits for a decision and has a number above `after`: begin with 0, go on with its number
/// until RG_UNAVAILABLE, there is none.
///
/// # Safety
/// `withheld` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_next_withheld(
    guard: rg_guard,
    after: u64,
    withheld: *mut rg_withheld,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new("withheld", withheld)? };
        let found = with(guard, |open| {
            let mut waiting = open.engine.withheld_statements();
            let next = waiting.find(|statement| statement.number > after);
            let next = next.ok_or_else(|| Fault::new(RG_UNAVAILABLE, "no further statement waits"))?;
            Ok(rg_withheld::of(open, next))
        })?;
        // SAFETY: looked at above.
        unsafe { out.write(&found) };
        Ok(())
    })
}

/// What a statement that waits says, as a JSON object. RG_UNAVAILABLE for a number that none has.
///
/// # Safety
/// `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_withheld_text(
    guard: rg_guard,
    number: u64,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        tell(buffer, capacity, length, || {
            with(guard, |open| {
                let mut waiting = open.engine.withheld_statements();
                let found = waiting.find(|statement| statement.number == number);
                let found = found.ok_or_else(|| {
                    Fault::new(RG_UNAVAILABLE, format!("number: no statement that waits is number {number}"))
                })?;
                json(&found.input)
            })
        })
    }
}

/// # Safety
/// `by` is null or a text with a NUL.
unsafe fn decide(statement: u64, accept: bool, by: *const c_char) -> Told {
    // SAFETY: the caller's promise.
    let by = unsafe { id(by) };
    Box::new(move |_| Input::Decide { statement, accept, by })
}

/// A withheld statement is right: it is applied, and the halt that it caused is lifted when it was the last of its
/// account. `by` names who says so. RG_INPUT_REFUSED: no name, no such statement, or it cannot be applied any more.
///
/// # Safety
/// `by` is null or a text with a NUL; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_accept_statement(
    guard: rg_guard,
    number: u64,
    by: *const c_char,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe { ingest(guard, ingested, || Ok(decide(number, true, by))) }
}

/// A withheld statement is wrong: it is forgotten, and the halt that it caused is lifted when it was the last of its
/// account. `by` names who says so. RG_INPUT_REFUSED: no name, or no such statement.
///
/// # Safety
/// `by` is null or a text with a NUL; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_discard_statement(
    guard: rg_guard,
    number: u64,
    by: *const c_char,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe { ingest(guard, ingested, || Ok(decide(number, false, by))) }
}

/// The suspect price of an instrument is right: it becomes the mark. `by` names who says so. RG_INPUT_REFUSED: no name, an
/// unknown instrument, or one whose price is not suspect.
///
/// # Safety
/// `by` is null or a text with a NUL; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_believe_reference(
    guard: rg_guard,
    instrument: rg_instrument,
    by: *const c_char,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let by = id(by);
            Ok(Box::new(move |open| Input::Believe { instrument: open.instrument(instrument), by }))
        })
    }
}

/// Whether the last price of an instrument was not believed (RG_REASON_REFERENCE_SUSPECT): `suspect` becomes 0 or 1. An
/// unknown instrument is suspect.
///
/// # Safety
/// `suspect` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_is_suspect(
    guard: rg_guard,
    instrument: rg_instrument,
    suspect: *mut u32,
) -> rg_status {
    border(|| {
        check("suspect", suspect)?;
        let found = with(guard, |open| Ok(open.engine.is_suspect(open.instrument(instrument))))?;
        // SAFETY: looked at above.
        unsafe { put(suspect, found.into()) };
        Ok(())
    })
}
