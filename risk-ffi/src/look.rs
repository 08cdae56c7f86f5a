//! Looking: positions, sums, room, counts, records. Nothing here is recorded or held.

use core::ffi::c_char;

use risk_core::{AccountSums, Journal, Position, replay};

use crate::answer::{json, lines, tell};
use crate::border::{Fault, border};
use crate::handle::{rg_account, rg_guard, rg_instrument, rg_strategy};
use crate::memory::{Out, Sized32, check, put};
use crate::number::rg_decimal;
use crate::permit::{Named, rg_order_ref};
use crate::registry::{Open, regardless, with};
use crate::words;
use crate::words::rg_status::{self, RG_UNAVAILABLE, RG_UNKNOWN_NAME};

/// What is held of one instrument, in its units. Set its size before the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_position {
    /// sizeof(rg_position).
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Signed position.
    pub quantity: rg_decimal,
    /// Held or working to buy.
    pub buying: rg_decimal,
    /// Held or working to sell.
    pub selling: rg_decimal,
    /// Worst-case exposure, in the account's currency.
    pub exposure: rg_decimal,
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl Sized32 for rg_position {
    const LEAST: usize = 72;
}

const _: () = assert!(size_of::<rg_position>() == 72);

impl rg_position {
    fn of(position: &Position) -> Self {
        Self {
            size: 0,
            reserved: 0,
            quantity: rg_decimal::of(position.quantity),
            buying: rg_decimal::of(position.buying),
            selling: rg_decimal::of(position.selling),
            exposure: rg_decimal::of(position.exposure),
        }
    }
}

/// Sums of one account, in its currency. Set its size before the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_account_sums {
    /// sizeof(rg_account_sums).
    pub size: u32,
    /// Instruments with a position or a pending open.
    pub positions: u32,
    /// Equity; absent until a balance was stated.
    pub equity: rg_decimal,
    /// Profit of the day; a loss is negative.
    pub day_profit: rg_decimal,
    /// Worst-case exposure over all instruments.
    pub gross_exposure: rg_decimal,
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl Sized32 for rg_account_sums {
    const LEAST: usize = 56;
}

const _: () = assert!(size_of::<rg_account_sums>() == 56);

impl rg_account_sums {
    fn of(sums: &AccountSums) -> Self {
        Self {
            size: 0,
            positions: sums.positions,
            equity: rg_decimal::of_option(sums.equity),
            day_profit: rg_decimal::of(sums.day_profit),
            gross_exposure: rg_decimal::of(sums.gross_exposure),
        }
    }
}

/// # Safety
/// `position` is null or as large as it says.
unsafe fn look(
    guard: rg_guard,
    position: *mut rg_position,
    find: impl FnOnce(&Open) -> Position,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new("position", position)? };
        let found = with(guard, |open| Ok(find(open)))?;
        // SAFETY: looked at above.
        unsafe { out.write(&rg_position::of(&found)) };
        Ok(())
    })
}

/// What an account holds of an instrument; zeros where one of them is unknown.
///
/// # Safety
/// `position` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_position_of_account(
    guard: rg_guard,
    account: rg_account,
    instrument: rg_instrument,
    position: *mut rg_position,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        look(guard, position, |open| open.engine.position(open.account(account), open.instrument(instrument)))
    }
}

/// What a strategy holds of an instrument; zeros where one of them is unknown.
///
/// # Safety
/// `position` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_position_of_strategy(
    guard: rg_guard,
    strategy: rg_strategy,
    instrument: rg_instrument,
    position: *mut rg_position,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        look(guard, position, |open| {
            open.engine.strategy_position(open.strategy(strategy), open.instrument(instrument))
        })
    }
}

/// The sums of an account.
///
/// # Safety
/// `sums` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_sums_of_account(
    guard: rg_guard,
    account: rg_account,
    sums: *mut rg_account_sums,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new("sums", sums)? };
        let found = with(guard, |open| {
            let sums = open.engine.account_sums(open.account(account));
            sums.ok_or_else(|| Fault::new(RG_UNKNOWN_NAME, "the account is not known to this guard"))
        })?;
        // SAFETY: looked at above.
        unsafe { out.write(&rg_account_sums::of(&found)) };
        Ok(())
    })
}

/// What a strategy has made or lost since it was registered, realised and at the marks, in its account's currency; absent
/// for a strategy that is unknown.
///
/// # Safety
/// `profit` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_profit_of_strategy(
    guard: rg_guard,
    strategy: rg_strategy,
    profit: *mut rg_decimal,
) -> rg_status {
    border(|| {
        check("profit", profit)?;
        let found = with(guard, |open| Ok(open.engine.strategy_profit(open.strategy(strategy))))?;
        // SAFETY: looked at above.
        unsafe { put(profit, rg_decimal::of_option(found)) };
        Ok(())
    })
}

/// The instruments that an account holds or has orders in and that have no price: until each has one, nothing that would
/// open passes where a sum of the account is limited. At most `capacity` are written; `count` becomes how many there are.
///
/// # Safety
/// `instruments` is null or can be written for `capacity` of them; `count` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_unmarked(
    guard: rg_guard,
    account: rg_account,
    instruments: *mut rg_instrument,
    capacity: usize,
    count: *mut usize,
) -> rg_status {
    border(|| {
        check("count", count)?;
        if capacity > 0 {
            check("instruments", instruments)?;
        }
        let found = with(guard, |open| {
            let found = open.engine.unmarked(open.account(account)).into_iter();
            Ok(found.map(|instrument| open.of_instrument(instrument)).collect::<Vec<_>>())
        })?;
        // SAFETY: looked at above; the caller says that so many can be written.
        unsafe {
            core::ptr::copy_nonoverlapping(found.as_ptr(), instruments, found.len().min(capacity));
            put(count, found.len());
        }
        Ok(())
    })
}

/// Where an order stands, an rg_order_state; one that is not known has ended.
///
/// # Safety
/// `order` is null or can be read, its id null or with a NUL; `state` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_order_state_of(
    guard: rg_guard,
    order: *const rg_order_ref,
    state: *mut u32,
) -> rg_status {
    border(|| {
        check("state", state)?;
        // SAFETY: the caller's promise.
        let named = unsafe { Named::read(order)? };
        let found = with(guard, |open| Ok(open.engine.order_state(named.at(open))))?;
        // SAFETY: looked at above.
        unsafe { put(state, words::of_order_state(found)) };
        Ok(())
    })
}

/// Which gates have no limit at which level, as a JSON array.
///
/// # Safety
/// `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_coverage(
    guard: rg_guard,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe { tell(buffer, capacity, length, || with(guard, |open| json(&open.engine.coverage()))) }
}

/// What the guard has done so far, as a JSON object: decisions, reasons, gates, anomalies, records, use of its tables.
///
/// # Safety
/// `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_metrics(
    guard: rg_guard,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe { tell(buffer, capacity, length, || regardless(guard, |open| json(&open.engine.metrics()))) }
}

/// The number of the last record: it grows with every call that is recorded.
///
/// # Safety
/// `seq` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_seq(guard: rg_guard, seq: *mut u64) -> rg_status {
    border(|| {
        check("seq", seq)?;
        let found = with(guard, |open| Ok(open.engine.seq()))?;
        // SAFETY: looked at above.
        unsafe { put(seq, found) };
        Ok(())
    })
}

/// The number of the last record that a power loss would leave: with a journal in a folder the last one that is on disk,
/// with one in memory the last one.
///
/// # Safety
/// `seq` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_durable_seq(guard: rg_guard, seq: *mut u64) -> rg_status {
    border(|| {
        check("seq", seq)?;
        let found = with(guard, |open| Ok(open.engine.journal().durable_seq()))?;
        // SAFETY: looked at above.
        unsafe { put(seq, found) };
        Ok(())
    })
}

/// Waits until every record so far would survive a power loss. RG_JOURNAL: the journal cannot make it so, and the firm is
/// halted.
#[unsafe(no_mangle)]
pub extern "C" fn rg_sync(guard: rg_guard) -> rg_status {
    border(|| {
        with(guard, |open| {
            open.engine.sync().map_err(|problem| Fault::new(rg_status::RG_JOURNAL, problem.to_string()))
        })
    })
}

/// The code of a reason by its number, such as "PRICE_COLLAR". RG_INVALID_VALUE for a number that is none.
///
/// # Safety
/// `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_reason_text(
    reason: u32,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    let say = || {
        let known = risk_core::Reason::ALL.iter().find(|known| u32::from(known.number()) == reason);
        let known = known.ok_or_else(|| {
            Fault::new(rg_status::RG_INVALID_VALUE, format!("reason: {reason} is no number of one"))
        })?;
        Ok(known.code())
    };
    // SAFETY: the caller's promise.
    unsafe { tell(buffer, capacity, length, say) }
}

/// 128 bits that stand for the whole state: equal states have equal ones, on every platform and in every build.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct rg_digest {
    /// The low half.
    pub low: u64,
    /// The high half.
    pub high: u64,
}

impl rg_digest {
    fn of(digest: u128) -> Self {
        Self { low: digest as u64, high: (digest >> 64) as u64 }
    }
}

/// The digest of the guard's state. Walks all of it: not beside trading.
///
/// # Safety
/// `digest` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_digest_of(guard: rg_guard, digest: *mut rg_digest) -> rg_status {
    border(|| {
        check("digest", digest)?;
        let found = with(guard, |open| Ok(open.engine.digest()))?;
        // SAFETY: looked at above.
        unsafe { put(digest, rg_digest::of(found)) };
        Ok(())
    })
}

/// Decides everything in the guard's records again and writes the digest it comes to: rg_digest_of, if nothing went
/// unrecorded. For a journal in memory; one in a folder has its own tool, `risk-journal`.
///
/// # Safety
/// `digest` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_replay(guard: rg_guard, digest: *mut rg_digest) -> rg_status {
    border(|| {
        check("digest", digest)?;
        let found = with(guard, |open| {
            let journal = open.engine.journal().in_memory()?;
            let again = replay(&open.config, journal.base(), journal.tail());
            Ok(again.map_err(|problem| Fault::new(RG_UNAVAILABLE, problem.to_string()))?.digest())
        })?;
        // SAFETY: looked at above.
        unsafe { put(digest, rg_digest::of(found)) };
        Ok(())
    })
}

/// Records of a journal in memory from number `from` on, at most `most` of them, oldest first, as JSON lines.
///
/// # Safety
/// `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_records(
    guard: rg_guard,
    from: u64,
    most: usize,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        tell(buffer, capacity, length, || {
            with(guard, |open| {
                let journal = open.engine.journal().in_memory()?;
                lines(journal.records().filter(|record| record.seq >= from).take(most))
            })
        })
    }
}

/// Facts, halts and cancels that took effect after the journal had failed, the oldest first, as JSON lines: no replay has
/// them, and the next process must be told them again. At most 256; `unrecorded` of rg_metrics counts all.
///
/// # Safety
/// `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_unrecorded(
    guard: rg_guard,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe { tell(buffer, capacity, length, || regardless(guard, |open| lines(open.engine.unrecorded()))) }
}
