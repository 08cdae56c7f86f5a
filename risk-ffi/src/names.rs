//! Names become handles, once; everything after that goes by handle.

use core::ffi::c_char;

use risk_core::{Account, Instrument, Limits, Strategy, Trader, UnknownName};

use crate::answer::tell;
use crate::border::{Fault, border};
use crate::handle::{
    INDEX_MAX, Kind, rg_account, rg_asset, rg_guard, rg_instrument, rg_strategy, rg_trader, rg_venue,
};
use crate::memory::{self, NAME_BYTES_MAX, TEXT_BYTES_MAX, check, put};
use crate::registry::{Open, with};
use crate::words;
use crate::words::rg_format::{self, RG_JSON, RG_TOML};
use crate::words::rg_status::{self, RG_CONFIG, RG_FULL, RG_UNKNOWN_NAME};

fn unknown(problem: UnknownName) -> Fault {
    Fault::new(RG_UNKNOWN_NAME, problem.to_string())
}

/// The caller's number of something with an ordinal.
fn number(open: &Open, kind: Kind, ordinal: u32) -> Result<u64, Fault> {
    if ordinal > INDEX_MAX {
        return Err(Fault::new(RG_FULL, format!("{ordinal} is more than handles can count")));
    }
    Ok(open.tag.name(kind, ordinal))
}

/// Looks a name up and writes its handle.
///
/// # Safety
/// `name` is null or a text with a NUL; `result` is null or can be written.
unsafe fn look_up(
    guard: rg_guard,
    name: *const c_char,
    result: *mut u64,
    find: impl FnOnce(&Open, &str) -> Result<(Kind, u32), UnknownName>,
) -> rg_status {
    border(|| {
        check("result", result)?;
        // SAFETY: the caller's promise.
        let name = unsafe { memory::text("name", name, NAME_BYTES_MAX)? };
        let handle = with(guard, |open| {
            let (kind, ordinal) = find(open, name).map_err(unknown)?;
            number(open, kind, ordinal)
        })?;
        // SAFETY: looked at above.
        unsafe { put(result, handle) };
        Ok(())
    })
}

/// The account of this name.
///
/// # Safety
/// `name` is null or a text with a NUL; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_find_account(
    guard: rg_guard,
    name: *const c_char,
    result: *mut rg_account,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        look_up(guard, name, result, |open, name| Ok((Kind::Account, open.engine.account(name)?.ordinal())))
    }
}

/// The strategy of this name in an account.
///
/// # Safety
/// `name` is null or a text with a NUL; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_find_strategy(
    guard: rg_guard,
    account: rg_account,
    name: *const c_char,
    result: *mut rg_strategy,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        look_up(guard, name, result, |open, name| {
            Ok((Kind::Strategy, open.engine.strategy(open.account(account), name)?.ordinal()))
        })
    }
}

/// The trader of this name.
///
/// # Safety
/// `name` is null or a text with a NUL; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_find_trader(
    guard: rg_guard,
    name: *const c_char,
    result: *mut rg_trader,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        look_up(guard, name, result, |open, name| Ok((Kind::Trader, open.engine.trader(name)?.ordinal())))
    }
}

/// The instrument of this symbol.
///
/// # Safety
/// `symbol` is null or a text with a NUL; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_find_instrument(
    guard: rg_guard,
    symbol: *const c_char,
    result: *mut rg_instrument,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        look_up(guard, symbol, result, |open, name| {
            Ok((Kind::Instrument, open.engine.instrument(name)?.ordinal()))
        })
    }
}

/// The symbol of an instrument: the way back from a handle. RG_UNKNOWN_NAME for one that is not of this guard.
///
/// # Safety
/// `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_symbol(
    guard: rg_guard,
    instrument: rg_instrument,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        tell(buffer, capacity, length, || {
            with(guard, |open| {
                let symbol = open.engine.symbol(open.instrument(instrument)).map(str::to_owned);
                symbol.ok_or_else(|| Fault::new(RG_UNKNOWN_NAME, "the instrument is not known to this guard"))
            })
        })
    }
}

/// The asset of this code.
///
/// # Safety
/// `code` is null or a text with a NUL; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_find_asset(
    guard: rg_guard,
    code: *const c_char,
    result: *mut rg_asset,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        look_up(guard, code, result, |open, name| Ok((Kind::Asset, open.engine.asset(name)?.ordinal())))
    }
}

/// The venue of this name.
///
/// # Safety
/// `name` is null or a text with a NUL; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_find_venue(
    guard: rg_guard,
    name: *const c_char,
    result: *mut rg_venue,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        look_up(guard, name, result, |open, name| Ok((Kind::Venue, open.engine.venue(name)?.ordinal())))
    }
}

/// Reads something of the configuration from text, as it stands in a configuration file.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(
    what: &'static str,
    text: &str,
    format: rg_format,
) -> Result<T, Fault> {
    let refuse = |problem: String| Fault::new(RG_CONFIG, format!("{what}: {problem}"));
    match format {
        RG_TOML => toml::from_str(text).map_err(|problem| refuse(problem.to_string())),
        RG_JSON => serde_json::from_str(text).map_err(|problem| refuse(problem.to_string())),
    }
}

/// Registers something that is written in text, and writes its handle.
///
/// # Safety
/// `text` is null or readable for `length` bytes; `result` is null or can be written.
unsafe fn register<T: serde::de::DeserializeOwned>(
    (guard, what, format): (rg_guard, &'static str, u32),
    (text, length): (*const c_char, usize),
    result: *mut u64,
    add: impl FnOnce(&mut Open, &T) -> Result<(Kind, u32), Fault>,
) -> rg_status {
    border(|| {
        check("result", result)?;
        let format = words::format("format", format)?;
        // SAFETY: the caller's promise.
        let text = unsafe { memory::sized_text(what, text, length, TEXT_BYTES_MAX)? };
        let entry: T = parse(what, text, format)?;
        let handle = with(guard, |open| {
            let (kind, ordinal) = add(open, &entry)?;
            number(open, kind, ordinal)
        })?;
        // SAFETY: looked at above.
        unsafe { put(result, handle) };
        Ok(())
    })
}

/// Registers an account with its strategies, written as an entry of `accounts` in a configuration.
///
/// # Safety
/// `text` is null or readable for `length` bytes; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_add_account(
    guard: rg_guard,
    text: *const c_char,
    length: usize,
    format: u32,
    result: *mut rg_account,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        register((guard, "account", format), (text, length), result, |open, account: &Account| {
            let added = open.engine.add_account(account);
            Ok((Kind::Account, added.map_err(|e| Fault::new(RG_CONFIG, e.to_string()))?.ordinal()))
        })
    }
}

/// Registers a strategy of an account, written as an entry of its `strategies` in a configuration.
///
/// # Safety
/// `text` is null or readable for `length` bytes; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_add_strategy(
    guard: rg_guard,
    account: rg_account,
    text: *const c_char,
    length: usize,
    format: u32,
    result: *mut rg_strategy,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        register((guard, "strategy", format), (text, length), result, |open, strategy: &Strategy| {
            let added = open.engine.add_strategy(open.account(account), strategy);
            Ok((Kind::Strategy, added.map_err(|e| Fault::new(RG_CONFIG, e.to_string()))?.ordinal()))
        })
    }
}

/// Registers a trader, written as an entry of `traders` in a configuration.
///
/// # Safety
/// `text` is null or readable for `length` bytes; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_add_trader(
    guard: rg_guard,
    text: *const c_char,
    length: usize,
    format: u32,
    result: *mut rg_trader,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        register((guard, "trader", format), (text, length), result, |open, trader: &Trader| {
            let added = open.engine.add_trader(trader);
            Ok((Kind::Trader, added.map_err(|e| Fault::new(RG_CONFIG, e.to_string()))?.ordinal()))
        })
    }
}

/// An instrument with the limits it has in every account.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    instrument: Instrument,
    #[serde(default)]
    limits: Limits,
}

/// Registers an instrument: a table `instrument`, written as an entry of `instruments` in a configuration, and perhaps
/// a table `limits`, which hold in every account.
///
/// # Safety
/// `text` is null or readable for `length` bytes; `result` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_add_instrument(
    guard: rg_guard,
    text: *const c_char,
    length: usize,
    format: u32,
    result: *mut rg_instrument,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        register((guard, "instrument", format), (text, length), result, |open, listed: &Listed| {
            let added = open.engine.add_instrument(&listed.instrument, &listed.limits);
            Ok((Kind::Instrument, added.map_err(|e| Fault::new(RG_CONFIG, e.to_string()))?.ordinal()))
        })
    }
}
