//! The border: how a call begins and ends, what is wrong with it, and the last error of a thread.

use std::borrow::Cow;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use risk_core::{Binding, Rejection};

use crate::handle::rg_guard;
use crate::memory;
use crate::words::rg_status;

/// The version of this header. A program says it to rg_guard_new, which compares.
pub const RG_ABI_VERSION: u32 = 1;

/// The oldest header this library still understands.
const ABI_OLDEST: u32 = 1;

/// What is wrong with a call.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) status: rg_status,
    text: Cow<'static, str>,
}

impl Fault {
    #[cold]
    pub(crate) fn new(status: rg_status, text: impl Into<Cow<'static, str>>) -> Self {
        Self { status, text: text.into() }
    }
}

/// Longest text that is kept of an error, in bytes.
const ERROR_BYTES: usize = 1_024;

// Cells of plain bytes: nothing is registered or dropped when a thread begins or ends.
thread_local! {
    static ERROR_LENGTH: Cell<usize> = const { Cell::new(0) };
    static ERROR: Cell<[u8; ERROR_BYTES]> = const { Cell::new([0; ERROR_BYTES]) };
    static REFUSAL: Cell<Refusal> = const { Cell::new(Refusal::None) };
}

/// Why the last order of this thread was refused or reduced: kept as it is, and put into words when it is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    /// It was not, or no order was judged yet.
    None,
    /// By this guard; 0 where it does not matter.
    Rejected(Rejection, rg_guard),
    Reduced(Binding),
}

/// Keeps a refusal for rg_last_refusal.
pub(crate) fn keep_refusal(refusal: Refusal) {
    REFUSAL.set(refusal);
}

/// The refusal that is kept.
pub(crate) fn kept_refusal() -> Refusal {
    REFUSAL.get()
}

/// Forgets the last error.
pub(crate) fn forget_error() {
    ERROR_LENGTH.set(0);
}

fn keep_error(text: &str) {
    let mut bytes = [0; ERROR_BYTES];
    let mut used = 0;
    for letter in text.chars() {
        let end = used + letter.len_utf8();
        let Some(place) = bytes.get_mut(used..end) else { break };
        letter.encode_utf8(place);
        used = end;
    }
    ERROR.set(bytes);
    ERROR_LENGTH.set(used);
}

/// Runs the inside of an exported function: forgets the last error, contains a panic, and keeps what went wrong.
#[inline]
pub(crate) fn border(inside: impl FnOnce() -> Result<(), Fault>) -> rg_status {
    forget_error();
    match catch_unwind(AssertUnwindSafe(inside)) {
        Ok(Ok(())) => rg_status::RG_OK,
        Ok(Err(fault)) => failed(&fault),
        Err(payload) => {
            // Dropping what was thrown could throw again.
            std::mem::forget(payload);
            failed(&Fault::new(rg_status::RG_PANIC, "a bug was caught at the border; the guard is poisoned"))
        }
    }
}

#[cold]
fn failed(fault: &Fault) -> rg_status {
    keep_error(&fault.text);
    fault.status
}

/// The version of the header this library was built with, RG_ABI_VERSION. Never fails.
#[unsafe(no_mangle)]
pub extern "C" fn rg_abi_version() -> u32 {
    RG_ABI_VERSION
}

/// Whether a program compiled with this RG_ABI_VERSION can use this library: RG_OK or RG_ABI_MISMATCH.
#[unsafe(no_mangle)]
pub extern "C" fn rg_abi_check(abi_version: u32) -> rg_status {
    border(|| abi(abi_version))
}

pub(crate) fn abi(version: u32) -> Result<(), Fault> {
    if (ABI_OLDEST..=RG_ABI_VERSION).contains(&version) {
        return Ok(());
    }
    let text = format!(
        "the program was compiled with version {version} of the header; this library understands {ABI_OLDEST} to {RG_ABI_VERSION}"
    );
    Err(Fault::new(rg_status::RG_ABI_MISMATCH, text))
}

/// The version of the library, such as "0.1.0". Static text, never null.
#[unsafe(no_mangle)]
pub extern "C" fn rg_version() -> *const core::ffi::c_char {
    const VERSION: &core::ffi::CStr =
        match core::ffi::CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"",
        };
    VERSION.as_ptr()
}

/// Writes what was wrong with the last call of this thread, empty if nothing was, with a NUL and cut to the buffer.
/// Returns the length of the whole text without the NUL; a null buffer or a capacity of 0 only asks for it.
///
/// # Safety
/// `buffer` is null or can be written for `capacity` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_last_error(buffer: *mut core::ffi::c_char, capacity: usize) -> usize {
    let bytes = ERROR.get();
    let text = bytes.get(..ERROR_LENGTH.get()).unwrap_or(&[]);
    // SAFETY: the caller's promise.
    unsafe { memory::copy_text(text, buffer, capacity) }
}

/// Writes why the last order of this thread was rejected, stopped or reduced, or its permit refused, as one sentence:
/// gate, measured, limit, unit, level, what to do. Empty when the last order was approved. As rg_last_error.
///
/// # Safety
/// `buffer` is null or can be written for `capacity` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_last_refusal(buffer: *mut core::ffi::c_char, capacity: usize) -> usize {
    let text = catch_unwind(|| match REFUSAL.get() {
        Refusal::None => String::new(),
        Refusal::Rejected(rejection, _) => rejection.to_string(),
        Refusal::Reduced(binding) => binding.to_string(),
    });
    let text = text.unwrap_or_else(|payload| {
        std::mem::forget(payload);
        String::new()
    });
    // SAFETY: the caller's promise.
    unsafe { memory::copy_text(text.as_bytes(), buffer, capacity) }
}
