//! A file as memory: what is stored here is in the kernel's hands at once and survives the process, at the price of a
//! few stores. The only `unsafe` of this crate.
//!
//! # Why this is sound
//!
//! The memory is only ever seen as atomic words, so that the thread that appends and the one that touches pages ahead
//! never race, and neither does another process that maps the same file. The mapping is owned: words cannot be used
//! after it is gone.
//!
//! # Why an I/O error does not kill the process
//!
//! A store to a page that the kernel cannot provide (the device is gone, the file was cut) raises SIGBUS, which by
//! default ends the process. Blocks are allocated, written and faulted in before a segment is used, so this is rare; it
//! is not impossible. A handler, installed once, looks whether the address is inside a mapping of this module. If so,
//! it puts an empty page in its place and marks the mapping as failed: the store ends, [`Mapping::write`] sees the mark
//! and reports an error, and the guard halts (JOURNAL_UNAVAILABLE). Any other SIGBUS goes to the handler that was
//! there before.
//!
//! The handler calls `mmap` and reads atomics, nothing else: that is safe in a signal handler. On platforms without
//! such signals there are no mappings, and records are written with ordinary calls.

#![allow(unsafe_code, reason = "memory that a kernel can take away has no safe interface")]

use std::fs::File;
use std::io;

#[cfg(unix)]
pub use unix::Mapping;

#[cfg(not(unix))]
pub use elsewhere::Mapping;

#[cfg(not(unix))]
mod elsewhere {
    use super::{File, io};

    /// There are none on this platform.
    #[derive(Debug)]
    pub enum Mapping {}

    impl Mapping {
        pub(crate) fn new(_: &File) -> io::Result<Option<Self>> {
            Ok(None)
        }

        /// Never called.
        pub fn write(&self, _: usize, _: &[u8]) -> io::Result<()> {
            match *self {}
        }

        /// Never called.
        pub fn touch(&self, _: usize, _: usize) {
            match *self {}
        }

        /// Never called.
        pub fn sync(&self, _: usize, _: usize) -> io::Result<()> {
            match *self {}
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

    use memmap2::{MmapOptions, MmapRaw};

    use super::{File, io};

    /// Bytes of a page, or a divisor of them.
    const PAGE: usize = 4_096;
    const WORD: usize = 8;

    /// A file as memory.
    #[derive(Debug)]
    pub struct Mapping {
        memory: MmapRaw,
        slot: &'static Slot,
    }

    impl Mapping {
        /// Maps the whole file and faults every page in. Nothing when as many mappings as can be watched are in use.
        pub(crate) fn new(file: &File) -> io::Result<Option<Self>> {
            install()?;
            let memory = MmapOptions::new().populate().map_raw(file)?;
            let start = memory.as_ptr().addr();
            let Some(slot) = SLOTS.iter().find(|slot| slot.take(start, memory.len())) else {
                return Ok(None);
            };
            Ok(Some(Self { memory, slot }))
        }

        fn words(&self) -> &[AtomicU64] {
            // SAFETY: the mapping is readable, writable and aligned to a page, lives as long as `self`, and is never
            // seen as anything but atomic words. A page that cannot be provided is replaced by the handler below.
            unsafe { std::slice::from_raw_parts(self.memory.as_ptr().cast(), self.memory.len() / WORD) }
        }

        /// Stores bytes at a place; both are multiples of 8. The first word comes last, so that a process that dies in
        /// between leaves a frame that never began.
        ///
        /// # Errors
        /// Beyond the end; when the kernel could not provide a page, now or before.
        pub fn write(&self, place: usize, bytes: &[u8]) -> io::Result<()> {
            let (chunks, rest) = bytes.as_chunks::<WORD>();
            let words = self.words().get(place / WORD..).and_then(|words| words.get(..chunks.len()));
            let Some(words) = words.filter(|_| rest.is_empty() && place.is_multiple_of(WORD)) else {
                return Err(io::ErrorKind::InvalidInput.into());
            };
            let mut pairs = words.iter().zip(chunks);
            let first = pairs.next();
            for (word, chunk) in pairs {
                word.store(u64::from_ne_bytes(*chunk), Ordering::Relaxed);
            }
            if let Some((word, chunk)) = first {
                word.store(u64::from_ne_bytes(*chunk), Ordering::Release);
            }
            self.unfailed()
        }

        /// An error where the kernel could not provide a page, now or before.
        fn unfailed(&self) -> io::Result<()> {
            if self.slot.failed.load(Ordering::Acquire) {
                return Err(io::Error::other("the mapped file cannot be written (SIGBUS)"));
            }
            Ok(())
        }

        /// Returns when the bytes between two places are durable. Pages that were touched behind them stay as they are:
        /// a sync of the whole file would write them, and have the next store to each wait for the kernel again.
        ///
        /// # Errors
        /// As the disk says; when the kernel could not provide a page, now or before.
        pub fn sync(&self, from: usize, to: usize) -> io::Result<()> {
            self.memory.flush_range(from, to.saturating_sub(from))?;
            self.unfailed()
        }

        /// Makes pages writable ahead of need, without changing them.
        pub fn touch(&self, place: usize, bytes: usize) {
            let first = place / WORD;
            let words = self.words().get(first..).unwrap_or_default();
            let words = words.get(..bytes / WORD).unwrap_or(words);
            for word in words.iter().step_by(PAGE / WORD) {
                // Ahead of the last frame there are zeros, and they stay. An `or` of nothing would be compiled to a load,
                // which leaves the page as it is.
                let _ = word.compare_exchange(0, 0, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
    }

    impl Drop for Mapping {
        fn drop(&mut self) {
            // Before the memory goes, or its address could be someone else's while it is still watched.
            self.slot.start.store(0, Ordering::Release);
            self.slot.used.store(false, Ordering::Release);
        }
    }

    /// A mapping that is watched.
    #[derive(Debug)]
    struct Slot {
        used: AtomicBool,
        start: AtomicUsize,
        length: AtomicUsize,
        failed: AtomicBool,
    }

    /// A journal needs three at a time; a process rarely has more than a few journals.
    static SLOTS: [Slot; 64] = [const {
        Slot {
            used: AtomicBool::new(false),
            start: AtomicUsize::new(0),
            length: AtomicUsize::new(0),
            failed: AtomicBool::new(false),
        }
    }; 64];

    impl Slot {
        fn take(&self, start: usize, length: usize) -> bool {
            if self.used.swap(true, Ordering::AcqRel) {
                return false;
            }
            self.failed.store(false, Ordering::Release);
            self.length.store(length, Ordering::Release);
            self.start.store(start, Ordering::Release);
            true
        }

        fn contains(&self, address: usize) -> bool {
            let start = self.start.load(Ordering::Acquire);
            start != 0 && address >= start && address - start < self.length.load(Ordering::Acquire)
        }
    }

    /// What handled SIGBUS before.
    struct Before(libc::sigaction);

    // SAFETY: a plain value that is written once, before the handler is installed that reads it.
    unsafe impl Send for Before {}
    // SAFETY: as above.
    unsafe impl Sync for Before {}

    static BEFORE: OnceLock<Before> = OnceLock::new();
    static INSTALLED: OnceLock<bool> = OnceLock::new();

    fn install() -> io::Result<()> {
        let installed = *INSTALLED.get_or_init(|| {
            // SAFETY: all zero is a valid `sigaction`; both pointers are valid for the calls; the handler has the
            // signature that SA_SIGINFO demands and does only what a handler may.
            unsafe {
                let mut before: libc::sigaction = std::mem::zeroed();
                if libc::sigaction(libc::SIGBUS, std::ptr::null(), &raw mut before) != 0 {
                    return false;
                }
                let _ = BEFORE.set(Before(before));
                let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                    on_bus_error;
                let mut ours: libc::sigaction = std::mem::zeroed();
                ours.sa_sigaction = handler as libc::sighandler_t;
                ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
                libc::sigemptyset(&raw mut ours.sa_mask);
                libc::sigaction(libc::SIGBUS, &raw const ours, std::ptr::null_mut()) == 0
            }
        });
        if installed { Ok(()) } else { Err(io::Error::other("no handler for SIGBUS can be installed")) }
    }

    extern "C" fn on_bus_error(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        // SAFETY: the kernel passes valid pointers to a handler that was installed with SA_SIGINFO.
        let address = unsafe { (*info).si_addr() }.addr();
        for slot in SLOTS.iter().filter(|slot| slot.contains(address)) {
            slot.failed.store(true, Ordering::Release);
            let page = address & !(PAGE - 1);
            // SAFETY: the page belongs to a mapping of this module, which is only seen as atomic words: an empty page
            // in its place is as good as any other content. `mmap` keeps to async-signal safety on Linux and BSD.
            let placed = unsafe {
                libc::mmap(
                    std::ptr::without_provenance_mut(page),
                    PAGE,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
                    -1,
                    0,
                )
            };
            if placed != libc::MAP_FAILED {
                return;
            }
        }
        hand_on(signal, info, context);
    }

    /// Not ours: what would have happened without this module.
    fn hand_on(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        let Some(Before(before)) = BEFORE.get() else { return };
        let handler = before.sa_sigaction;
        if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
            // SAFETY: restores the default; the store is done again and ends the process, as it would have.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        } else if before.sa_flags & libc::SA_SIGINFO != 0 {
            // SAFETY: it was installed with SA_SIGINFO and so has this signature.
            let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                unsafe { std::mem::transmute(handler) };
            handler(signal, info, context);
        } else {
            // SAFETY: it was installed without SA_SIGINFO and so has this signature.
            let handler: extern "C" fn(libc::c_int) = unsafe { std::mem::transmute(handler) };
            handler(signal);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_in_the_file() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(8_192).unwrap();
        let mapping = Mapping::new(&file).unwrap().unwrap();
        mapping.write(4_088, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]).unwrap();
        mapping.touch(0, 8_192);
        let mut read = [0; 16];
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut read, 4_088).unwrap();
        assert_eq!(read, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        assert!(mapping.write(8_192, &[0; 8]).is_err() && mapping.write(4, &[0; 8]).is_err());
    }

    /// Pages of this thread that the kernel had to make ready so far.
    #[cfg(target_os = "linux")]
    fn faults() -> i64 {
        // SAFETY: all zero is a valid `rusage`, and the pointer is valid for the call.
        unsafe {
            let mut used: libc::rusage = std::mem::zeroed();
            assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &raw mut used), 0);
            used.ru_minflt
        }
    }

    /// Also after a sync of what is before them, as the helper does it.
    #[test]
    #[cfg(target_os = "linux")]
    fn whoever_stores_to_pages_that_were_touched_waits_for_none() {
        const PAGES: usize = 256;
        let file = tempfile::tempfile().unwrap();
        // In pieces, as a segment is made.
        for place in (0..PAGES as u64 * 4_096).step_by(1 << 16) {
            std::os::unix::fs::FileExt::write_all_at(&file, &[0; 1 << 16], place).unwrap();
        }
        file.sync_all().unwrap();
        let mapping = Mapping::new(&file).unwrap().unwrap();
        mapping.touch(0, PAGES * 4_096);
        mapping.write(0, &[7; 8]).unwrap();
        mapping.sync(0, 8).unwrap();
        let before = faults();
        for page in 1..PAGES {
            mapping.write(page * 4_096, &[7; 8]).unwrap();
        }
        let waited = faults() - before;
        assert!(waited < 16, "{waited} of {PAGES} pages");
    }

    /// A real SIGBUS: the file is cut below its mapping.
    #[test]
    fn a_page_that_is_gone_is_an_error_and_not_the_end() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(8_192).unwrap();
        let mapping = Mapping::new(&file).unwrap().unwrap();
        mapping.write(0, &[7; 8]).unwrap();
        file.set_len(0).unwrap();
        assert!(mapping.write(4_096, &[7; 8]).is_err());
        assert!(mapping.write(0, &[7; 8]).is_err(), "a mapping that has failed stays so");
        mapping.touch(0, 8_192);
    }
}
