//! What time brings: that the host is alive, the trading day, sessions.

use risk_core::{Input, Session, Timestamp};

use crate::border::border;
use crate::handle::{rg_guard, rg_instrument};
use crate::input::{ingest, rg_ingested};
use crate::memory::{check, put};
use crate::registry::with;
use crate::words::rg_status;

/// The host is alive. Where the configuration has a heartbeat trip, one that stays away pulls the firm down.
///
/// # Safety
/// `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_heartbeat(guard: rg_guard, ingested: *mut rg_ingested) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe { ingest(guard, ingested, || Ok(Box::new(|_| Input::Heartbeat))) }
}

/// The trading day rolls now.
///
/// # Safety
/// `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_day_roll(guard: rg_guard, ingested: *mut rg_ingested) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe { ingest(guard, ingested, || Ok(Box::new(|_| Input::DayRoll))) }
}

/// When the trading day rolls next, in nanoseconds since the epoch.
///
/// # Safety
/// `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_next_roll(
    guard: rg_guard,
    at_ns: i64,
    ingested: *mut rg_ingested,
) -> rg_status {
    let at = Timestamp::from_nanos(at_ns);
    // SAFETY: the caller's promise.
    unsafe { ingest(guard, ingested, || Ok(Box::new(move |_| Input::NextRoll { at }))) }
}

/// The session of an instrument that has `sessions` in its configuration: the one that is open, or the next, in
/// nanoseconds since the epoch. It replaces the one that was known; outside of it nothing is opened in the instrument.
///
/// # Safety
/// `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_session(
    guard: rg_guard,
    instrument: rg_instrument,
    opens_ns: i64,
    closes_ns: i64,
    ingested: *mut rg_ingested,
) -> rg_status {
    let [opens, closes] = [opens_ns, closes_ns].map(Timestamp::from_nanos);
    let session = Session { opens, closes };
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            Ok(Box::new(move |open| Input::Session { instrument: open.instrument(instrument), session }))
        })
    }
}

/// The session that is known of an instrument, in nanoseconds since the epoch; it may be over, and then the next one has to
/// be told. Both 0: none is known.
///
/// # Safety
/// `opens_ns` and `closes_ns` are null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_session_of(
    guard: rg_guard,
    instrument: rg_instrument,
    opens_ns: *mut i64,
    closes_ns: *mut i64,
) -> rg_status {
    border(|| {
        check("opens_ns", opens_ns)?;
        check("closes_ns", closes_ns)?;
        let found = with(guard, |open| Ok(open.engine.session(open.instrument(instrument))))?;
        // SAFETY: looked at above, for both.
        unsafe {
            put(opens_ns, found.map_or(0, |session| session.opens.nanos()));
            put(closes_ns, found.map_or(0, |session| session.closes.nanos()));
        }
        Ok(())
    })
}
