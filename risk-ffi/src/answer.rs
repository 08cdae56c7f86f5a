//! Answers in words: a text of any length into the caller's buffer, all of it or how much room it needs.

use core::ffi::c_char;

use risk_core::Record;

use crate::border::{Fault, border};
use crate::memory::{Out, Sized32, check, copy_text, null, put};
use crate::words::rg_status::{self, RG_BUFFER_TOO_SMALL, RG_UNAVAILABLE};

/// A call that answers with a text, and does nothing where it would have no place.
///
/// # Safety
/// `buffer` is null or can be written for `capacity` bytes; `length` is null or can be written.
pub(crate) unsafe fn tell<S: AsRef<str>>(
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    say: impl FnOnce() -> Result<S, Fault>,
) -> rg_status {
    border(|| {
        let out = TextOut::new(buffer, capacity, length)?;
        let text = say()?;
        // SAFETY: the caller's promise.
        unsafe { out.write(text.as_ref()) }
    })
}

/// A buffer for a text of any length: all of it, or RG_BUFFER_TOO_SMALL and the length that is needed.
pub(crate) struct TextOut {
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
}

impl TextOut {
    /// Looks at it.
    pub(crate) fn new(buffer: *mut c_char, capacity: usize, length: *mut usize) -> Result<Self, Fault> {
        check("length", length)?;
        if buffer.is_null() && capacity > 0 {
            return Err(null("buffer"));
        }
        Ok(Self { buffer, capacity, length })
    }

    /// Writes it.
    ///
    /// # Safety
    /// `buffer` is null or can be written for `capacity` bytes, `length` can be written.
    pub(crate) unsafe fn write(self, text: &str) -> Result<(), Fault> {
        // SAFETY: looked at, and writable by the caller's promise.
        unsafe { put(self.length, text.len()) };
        if text.len() >= self.capacity {
            let needed = text.len().saturating_add(1);
            return Err(Fault::new(RG_BUFFER_TOO_SMALL, format!("the text and its NUL need {needed} bytes")));
        }
        // SAFETY: the caller's promise.
        unsafe { copy_text(text.as_bytes(), self.buffer, self.capacity) };
        Ok(())
    }

    /// Writes it, and the structure beside it: that only where the text has its place.
    ///
    /// # Safety
    /// As [`TextOut::write`]; the structure's as [`Out::write`].
    pub(crate) unsafe fn write_beside<T: Sized32>(
        self,
        text: &str,
        out: Out<T>,
        value: &T,
    ) -> Result<(), Fault> {
        // SAFETY: the caller's promise, for both.
        unsafe {
            self.write(text)?;
            out.write(value);
        }
        Ok(())
    }
}

/// What can be serialised, as JSON.
pub(crate) fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|problem| Fault::new(RG_UNAVAILABLE, problem.to_string()))
}

/// Records as JSON lines.
pub(crate) fn lines<'a>(records: impl IntoIterator<Item = &'a Record>) -> Result<String, Fault> {
    let lines: Result<Vec<String>, Fault> = records.into_iter().map(json).collect();
    Ok(lines?.join("\n"))
}
