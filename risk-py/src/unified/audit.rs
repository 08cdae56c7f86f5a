//! The audit log: one line of JSON for each evaluation, in the hands of the system before the answer is given.
//!
//! A line is one write to a file opened to append, so that neither threads nor processes need a lock for it. It survives
//! the end of the process, not that of the machine. A log that was deleted or moved away is opened again.

use std::fs::{File, OpenOptions};
use std::io::{Error, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::RwLock;

/// How long, in ms, a log that was moved away (and not deleted) may go on taking lines under its new name.
const MOVED_MS: u64 = 1_000;

struct Open {
    path: PathBuf,
    file: File,
    /// When it was last seen to be under its path, in ms since `Audit` was made.
    looked: AtomicU64,
}

/// The log that is open now.
pub(super) struct Audit {
    open: RwLock<Option<Arc<Open>>>,
    begun: Instant,
}

impl Audit {
    pub(super) fn new() -> Self {
        Self { open: RwLock::new(None), begun: Instant::now() }
    }

    /// Writes a line that ends in a newline.
    pub(super) fn write(&self, path: &Path, line: &str) -> Result<(), Error> {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let known = self.open.read().clone().filter(|open| open.path == path);
        let open = match known {
            Some(open) if open.is_there(now)? => open,
            _ => self.reopen(path, now)?,
        };
        let written = (&open.file).write(line.as_bytes())?;
        if written == line.len() { Ok(()) } else { Err(Error::other("a line was cut")) }
    }

    #[cold]
    fn reopen(&self, path: &Path, now: u64) -> Result<Arc<Open>, Error> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let open = Arc::new(Open { path: path.to_owned(), file, looked: AtomicU64::new(now) });
        *self.open.write() = Some(Arc::clone(&open));
        Ok(open)
    }
}

impl Open {
    #[cfg(unix)]
    fn is_there(&self, now: u64) -> Result<bool, Error> {
        use std::os::unix::fs::MetadataExt;

        let mine = self.file.metadata()?;
        if mine.nlink() == 0 {
            return Ok(false);
        }
        if now.saturating_sub(self.looked.load(Ordering::Relaxed)) < MOVED_MS {
            return Ok(true);
        }
        self.looked.store(now, Ordering::Relaxed);
        let there = std::fs::metadata(&self.path);
        Ok(there.is_ok_and(|there| (there.dev(), there.ino()) == (mine.dev(), mine.ino())))
    }

    /// A file that is open can be neither deleted nor moved.
    #[cfg(not(unix))]
    fn is_there(&self, now: u64) -> Result<bool, Error> {
        self.looked.store(now, Ordering::Relaxed);
        Ok(true)
    }
}
