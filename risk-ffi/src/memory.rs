//! The caller's memory: read and written only after pointer, alignment and size were looked at.

use core::ffi::c_char;

use crate::border::Fault;
use crate::words::rg_status::{
    RG_INVALID_TEXT, RG_INVALID_VALUE, RG_MISALIGNED, RG_NULL_POINTER, RG_STRUCT_SIZE,
};

/// Longest text that is read where nothing shorter is said, in bytes: a configuration.
pub(crate) const TEXT_BYTES_MAX: usize = 16 << 20;
/// Longest name that is read, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 256;
/// Larger than any version of a structure will ever be.
const STRUCT_BYTES_MAX: usize = 4_096;

/// A structure of the header whose first field is its size in bytes.
///
/// # Safety
/// `repr(C)`, its first field is a `u32`, every pattern of bytes is a value, and it has no padding: what a caller does
/// not know of it, being shorter, is zero.
pub(crate) unsafe trait Sized32: Copy {
    /// The size in the first version of the header: nothing shorter was ever valid.
    const LEAST: usize;
}

pub(crate) fn null(what: &'static str) -> Fault {
    Fault::new(RG_NULL_POINTER, format!("{what} is null"))
}

/// Looks at a pointer: not null, aligned.
#[inline]
pub(crate) fn check<T>(what: &'static str, pointer: *const T) -> Result<(), Fault> {
    if pointer.is_null() {
        return Err(null(what));
    }
    if !pointer.is_aligned() {
        return Err(Fault::new(RG_MISALIGNED, format!("{what} is not aligned to {}", align_of::<T>())));
    }
    Ok(())
}

#[cold]
fn wrong_size(what: &'static str, size: usize, least: usize, most: usize) -> Fault {
    Fault::new(RG_STRUCT_SIZE, format!("{what}: size {size} is not between {least} and {most}"))
}

/// Reads a structure that may be shorter or longer than ours.
///
/// # Safety
/// `from` is null, or points to as many readable bytes as its first field says, and to that field.
#[inline]
pub(crate) unsafe fn read<T: Sized32>(what: &'static str, from: *const T) -> Result<T, Fault> {
    let mut room = core::mem::MaybeUninit::uninit();
    // SAFETY: the caller's promise is passed on.
    unsafe { see(what, from, &mut room).copied() }
}

/// A structure where it stands, or in `room` where it is shorter or longer than ours.
///
/// # Safety
/// As [`read`]; the structure stays as it is during the call.
#[inline]
pub(crate) unsafe fn see<'a, T: Sized32>(
    what: &'static str,
    from: *const T,
    room: &'a mut core::mem::MaybeUninit<T>,
) -> Result<&'a T, Fault> {
    check(what, from)?;
    // SAFETY: not null, aligned at least as a u32, and readable by the caller's promise.
    let size = unsafe { from.cast::<u32>().read() } as usize;
    if size == size_of::<T>() {
        // SAFETY: aligned, and the caller says that so many bytes can be read; every pattern is a value.
        return Ok(unsafe { &*from });
    }
    // SAFETY: the caller's promise is passed on.
    Ok(room.write(unsafe { read_other(what, from, size)? }))
}

/// # Safety
/// As [`read`]; `size` is what the first field says, and the pointer was looked at.
#[cold]
unsafe fn read_other<T: Sized32>(what: &'static str, from: *const T, size: usize) -> Result<T, Fault> {
    if size < T::LEAST || size > STRUCT_BYTES_MAX {
        return Err(wrong_size(what, size, T::LEAST, size_of::<T>()));
    }
    // SAFETY: the caller says that `size` bytes can be read.
    let bytes = unsafe { core::slice::from_raw_parts(from.cast::<u8>(), size) };
    let known = bytes.len().min(size_of::<T>());
    if bytes.iter().skip(known).any(|byte| *byte != 0) {
        let text =
            format!("{what}: size {size} says more than the {} bytes this library knows", size_of::<T>());
        return Err(Fault::new(RG_STRUCT_SIZE, text));
    }
    let mut value = core::mem::MaybeUninit::<T>::zeroed();
    // SAFETY: `known` bytes are readable, and writable in `value`; both do not overlap.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), value.as_mut_ptr().cast::<u8>(), known) };
    // SAFETY: every pattern of bytes is a value, and every byte was set.
    Ok(unsafe { value.assume_init() })
}

/// Structures that stand one after the other, each as many bytes as the first of them says; none for a count of 0.
///
/// # Safety
/// `from` is null, or readable for `count` structures of the size that the first says.
pub(crate) unsafe fn read_all<T: Sized32>(
    what: &'static str,
    from: *const T,
    count: usize,
    most: usize,
) -> Result<Vec<T>, Fault> {
    let mut found = Vec::with_capacity(count.min(most));
    for place in 0..some(what, count, most)? {
        // SAFETY: the caller's promise.
        let at = unsafe { nth(what, from.cast_mut(), place)? };
        // SAFETY: the same; each says its own size.
        found.push(unsafe { read(what, at.cast_const())? });
    }
    Ok(found)
}

/// So many of something, if that is not too many.
fn some(what: &'static str, count: usize, most: usize) -> Result<usize, Fault> {
    if count > most {
        return Err(Fault::new(RG_INVALID_VALUE, format!("{what}: {count} of them are more than {most}")));
    }
    Ok(count)
}

/// One of structures that stand one after the other, all of one size.
///
/// # Safety
/// `first` is null, or there are more than `place` structures of the size that the first says.
unsafe fn nth<T: Sized32>(what: &'static str, first: *mut T, place: usize) -> Result<*mut T, Fault> {
    check(what, first)?;
    // SAFETY: not null, aligned at least as a u32, and readable by the caller's promise.
    let size = unsafe { first.cast::<u32>().read() };
    if (size as usize) < T::LEAST || size as usize > STRUCT_BYTES_MAX {
        return Err(wrong_size(what, size as usize, T::LEAST, size_of::<T>()));
    }
    // SAFETY: the caller says that there are so many of this size.
    let at = unsafe { first.cast::<u8>().add(place * size as usize).cast::<T>() };
    check(what, at)?;
    // SAFETY: the same.
    if unsafe { at.cast::<u32>().read() } != size {
        return Err(Fault::new(RG_STRUCT_SIZE, format!("{what}: number {place} has another size")));
    }
    Ok(at)
}

/// A structure of the caller that will be written: looked at before anything is done.
pub(crate) struct Out<T> {
    to: *mut T,
    size: usize,
}

impl<T: Sized32> Out<T> {
    /// Looks at it. The caller has set its size.
    ///
    /// # Safety
    /// `to` is null, or points to as many writable bytes as its first field says, and to that field.
    #[inline]
    pub(crate) unsafe fn new(what: &'static str, to: *mut T) -> Result<Self, Fault> {
        check(what, to)?;
        // SAFETY: not null, aligned at least as a u32, and readable by the caller's promise.
        let size = unsafe { to.cast::<u32>().read() } as usize;
        if size < T::LEAST || size > STRUCT_BYTES_MAX {
            return Err(wrong_size(what, size, T::LEAST, size_of::<T>()));
        }
        Ok(Self { to, size })
    }

    /// One that may be missing.
    ///
    /// # Safety
    /// As [`Out::new`].
    #[inline]
    pub(crate) unsafe fn optional(what: &'static str, to: *mut T) -> Result<Option<Self>, Fault> {
        // SAFETY: the caller's promise.
        (!to.is_null()).then(|| unsafe { Self::new(what, to) }).transpose()
    }

    /// Looks at structures that stand one after the other, each as many bytes as the first of them says.
    ///
    /// # Safety
    /// `to` is null, or can be written for `capacity` structures of the size that the first says.
    pub(crate) unsafe fn all(
        what: &'static str,
        to: *mut T,
        capacity: usize,
        most: usize,
    ) -> Result<Vec<Self>, Fault> {
        let places = 0..capacity.min(most);
        // SAFETY: the caller's promise, for both.
        places.map(|place| unsafe { Self::new(what, nth(what, to, place)?) }).collect()
    }

    /// Writes what the caller knows of it, all but its size.
    ///
    /// # Safety
    /// As [`Out::new`], still.
    #[inline]
    pub(crate) unsafe fn write(self, value: &T) {
        let (head, whole) = (size_of::<u32>(), size_of::<T>());
        let from = core::ptr::from_ref(value).cast::<u8>();
        // SAFETY: as many bytes of both can be accessed as both have; a Rust value and the caller's memory do not overlap.
        let copy = |known: usize| unsafe {
            core::ptr::copy_nonoverlapping(from.add(head), self.to.cast::<u8>().add(head), known - head);
        };
        // What is nearly always so is a number that the compiler knows, and no call.
        if self.size == whole { copy(whole) } else { copy(self.size.min(whole)) }
    }
}

/// Writes a plain value.
///
/// # Safety
/// `to` was looked at by [`check`], and can be written.
#[inline]
pub(crate) unsafe fn put<T>(to: *mut T, value: T) {
    // SAFETY: the caller's promise.
    unsafe { to.write(value) }
}

/// The bytes of a text that ends with a NUL, without it; nothing for null. One byte more than `most` is read at most.
///
/// # Safety
/// `text` is null, or readable up to its NUL or for `most + 1` bytes.
#[inline]
pub(crate) unsafe fn bytes<'a>(text: *const c_char, most: usize) -> Option<&'a [u8]> {
    if text.is_null() {
        return None;
    }
    let start = text.cast::<u8>();
    let mut length = 0;
    // SAFETY: everything before the NUL was no NUL, so this byte is readable.
    while length <= most && unsafe { start.add(length).read() } != 0 {
        length += 1;
    }
    // SAFETY: so many bytes were just read.
    Some(unsafe { core::slice::from_raw_parts(start, length) })
}

/// A text that must be there.
///
/// # Safety
/// As [`bytes`].
pub(crate) unsafe fn text<'a>(
    what: &'static str,
    text: *const c_char,
    most: usize,
) -> Result<&'a str, Fault> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes(text, most) }.ok_or_else(|| null(what))?;
    utf8(what, bytes, most)
}

/// A text that may be missing.
///
/// # Safety
/// As [`bytes`].
pub(crate) unsafe fn optional_text<'a>(
    what: &'static str,
    text: *const c_char,
    most: usize,
) -> Result<Option<&'a str>, Fault> {
    // SAFETY: the caller's promise.
    unsafe { bytes(text, most) }.map(|bytes| utf8(what, bytes, most)).transpose()
}

/// A text of a given length.
///
/// # Safety
/// `text` is null, or readable for `length` bytes.
pub(crate) unsafe fn sized_text<'a>(
    what: &'static str,
    text: *const c_char,
    length: usize,
    most: usize,
) -> Result<&'a str, Fault> {
    if text.is_null() {
        return Err(null(what));
    }
    if length > most {
        return Err(Fault::new(RG_INVALID_TEXT, format!("{what} has more than {most} bytes")));
    }
    // SAFETY: not null, and the caller says that so many bytes can be read.
    utf8(what, unsafe { core::slice::from_raw_parts(text.cast::<u8>(), length) }, most)
}

fn utf8<'a>(what: &'static str, bytes: &'a [u8], most: usize) -> Result<&'a str, Fault> {
    if bytes.len() > most {
        return Err(Fault::new(RG_INVALID_TEXT, format!("{what} has more than {most} bytes")));
    }
    core::str::from_utf8(bytes).map_err(|_| Fault::new(RG_INVALID_TEXT, format!("{what} is not UTF-8")))
}

/// A text with a NUL in a field of a structure, cut where it does not fit.
pub(crate) fn place<const N: usize>(text: &str) -> [c_char; N] {
    let mut bytes = [0; N];
    for (to, from) in bytes.iter_mut().zip(text.bytes().take(N - 1)) {
        *to = from as c_char;
    }
    bytes
}

/// Copies a text and a NUL into a buffer, cut to it. Returns the length of the whole text.
///
/// # Safety
/// `buffer` is null or can be written for `capacity` bytes.
pub(crate) unsafe fn copy_text(text: &[u8], buffer: *mut c_char, capacity: usize) -> usize {
    if !buffer.is_null() && capacity > 0 {
        let kept = text.len().min(capacity - 1);
        // SAFETY: `kept` + 1 is at most `capacity`, and the caller says that so many bytes can be written.
        unsafe {
            core::ptr::copy_nonoverlapping(text.as_ptr(), buffer.cast::<u8>(), kept);
            buffer.add(kept).write(0);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{Out, Sized32, read};
    use crate::words::rg_status::RG_STRUCT_SIZE;

    /// A structure that has grown: its first version ended after `old`.
    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Grown {
        size: u32,
        old: u32,
        new: u64,
    }

    // SAFETY: repr(C), its size comes first, whole numbers, no padding.
    unsafe impl Sized32 for Grown {
        const LEAST: usize = 8;
    }

    #[test]
    fn a_program_with_the_old_header_says_nothing_of_what_is_new() {
        let memory = [Grown { size: 8, old: 7, new: 9 }];
        // SAFETY: more than it says can be read.
        assert_eq!(unsafe { read("grown", memory.as_ptr()) }.unwrap(), Grown { size: 8, old: 7, new: 0 });
        let short = Grown { size: 7, ..memory[0] };
        // SAFETY: more than it says can be read.
        assert_eq!(unsafe { read("grown", &short) }.unwrap_err().status, RG_STRUCT_SIZE);
    }

    #[test]
    fn a_program_with_the_old_header_is_told_what_it_knows() {
        let mut memory = Grown { size: 8, old: 1, new: 2 };
        // SAFETY: more than it says can be written.
        unsafe { Out::new("grown", &mut memory).unwrap().write(&Grown { size: 0, old: 5, new: 6 }) };
        assert_eq!(memory, Grown { size: 8, old: 5, new: 2 });
    }
}
