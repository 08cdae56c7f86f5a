//! Values carried over the border of C and back.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use risk_core::Reason;
use risk_guard::explain::{rg_last_refusal_parts, rg_refusal};
use risk_guard::number::{rg_decimal, rg_decimal_print};
use risk_guard::words::rg_status::{self, *};
use rust_decimal::Decimal;

use super::world::{error, number, zeroed};

pub(super) fn text(text: &str) -> CString {
    CString::new(text).unwrap()
}

pub(super) fn sized<T: Copy>() -> T {
    let mut value: T = zeroed();
    // SAFETY: every structure of the header begins with its size.
    unsafe { ptr::from_mut(&mut value).cast::<u32>().write(size_of::<T>() as u32) };
    value
}

pub(super) fn dec(value: Decimal) -> rg_decimal {
    number(&value.to_string())
}

pub(super) fn opt(value: Option<Decimal>) -> rg_decimal {
    value.map_or_else(zeroed, dec)
}

pub(super) fn back(value: rg_decimal) -> Decimal {
    if value.present == 0 {
        return Decimal::ZERO;
    }
    let (mut bytes, mut length) = ([0_u8; 40], 0);
    // SAFETY: everything lives during the call.
    assert_eq!(unsafe { rg_decimal_print(&value, bytes.as_mut_ptr().cast(), 40, &mut length) }, RG_OK);
    std::str::from_utf8(&bytes[..length]).unwrap().parse().unwrap()
}

pub(super) fn parts() -> rg_refusal {
    let mut parts = sized();
    // SAFETY: it lives during the call.
    assert_eq!(unsafe { rg_last_refusal_parts(&mut parts) }, RG_OK);
    parts
}

pub(super) fn chars(bytes: &[c_char]) -> String {
    // SAFETY: the library ends its texts with a NUL.
    unsafe { CStr::from_ptr(bytes.as_ptr()) }.to_str().unwrap().to_owned()
}

pub(super) fn code(reason: u32) -> String {
    let known = Reason::ALL.iter().find(|known| u32::from(known.number()) == reason);
    known.map_or("", |known| known.code()).to_owned()
}

/// A text of any length.
pub(super) fn long(call: impl Fn(*mut c_char, usize, *mut usize) -> rg_status) -> String {
    let mut bytes = vec![0_u8; 1 << 16];
    let mut length = 0;
    if call(bytes.as_mut_ptr().cast(), bytes.len(), &mut length) == RG_BUFFER_TOO_SMALL {
        bytes.resize(length + 1, 0);
        assert_eq!(call(bytes.as_mut_ptr().cast(), bytes.len(), &mut length), RG_OK, "{}", error());
    }
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}

pub(super) fn refused(status: rg_status, word: &str) -> String {
    match status {
        RG_OK => word.to_owned(),
        RG_REFUSED => format!("refused {}", code(parts().reason)),
        other => format!("refused {other:?}"),
    }
}
