//! The narrow seam to the disk: one folder, a handful of calls. Tests put a disk behind it that fails, tears and dies.

use core::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::mapping::Mapping;

/// The folder of one journal.
///
/// Names are plain names inside it. A name that [`Disk::create`] or [`Disk::rename`] made is durable after
/// [`Disk::sync_names`].
pub trait Disk: fmt::Debug + Send + Sync + 'static {
    /// An open file.
    type File: Medium;

    /// The names in the folder, in no order.
    ///
    /// # Errors
    /// As the disk says.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Opens a file that is there.
    ///
    /// # Errors
    /// As the disk says; also for what is no plain file.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Makes a new file of so many zero bytes, for which there is room from then on.
    ///
    /// # Errors
    /// As the disk says; also when the name is taken.
    fn create(&self, name: &str, bytes: u64) -> io::Result<Self::File>;

    /// Gives a file another name, which may be taken: then the other file is gone.
    ///
    /// # Errors
    /// As the disk says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// As the disk says.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes names durable.
    ///
    /// # Errors
    /// As the disk says.
    fn sync_names(&self) -> io::Result<()>;
}

/// An open file. Calls take places, so that threads share one.
pub trait Medium: fmt::Debug + Send + Sync + 'static {
    /// Its size in bytes.
    ///
    /// # Errors
    /// As the disk says.
    fn size(&self) -> io::Result<u64>;

    /// Fills the buffer from a place.
    ///
    /// # Errors
    /// As the disk says; also when the file ends before.
    fn read_at(&self, place: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Writes at a place. The file grows as needed.
    ///
    /// # Errors
    /// As the disk says. What was written then is not known.
    fn write_at(&self, place: u64, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything that was written is durable. It is not tried again after it has failed: a kernel may
    /// have thrown away what it could not write.
    ///
    /// # Errors
    /// As the disk says.
    fn sync(&self) -> io::Result<()>;

    /// The file as memory, where the disk can do that.
    ///
    /// # Errors
    /// As the disk says.
    fn map(&self) -> io::Result<Option<Mapping>> {
        Ok(None)
    }
}

/// Everything in a file.
///
/// # Errors
/// As the disk says.
pub fn read_all<F: Medium>(file: &F) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; crate::bytes::narrow(file.size()?)];
    file.read_at(0, &mut bytes)?;
    Ok(bytes)
}

/// Replaces a file whole: written under another name, synced, renamed, the name synced. After a crash the old one or
/// the new one is there.
///
/// # Errors
/// As the disk says.
pub fn replace<D: Disk>(disk: &D, name: &str, bytes: &[u8]) -> io::Result<()> {
    let part = format!("{name}{PART}");
    if disk.names()?.contains(&part) {
        disk.remove(&part)?;
    }
    let file = disk.create(&part, 0)?;
    file.write_at(0, bytes)?;
    file.sync()?;
    disk.rename(&part, name)?;
    disk.sync_names()
}

/// What the names of unfinished files end with.
pub const PART: &str = ".part";

/// A folder on the machine's own disk, locked for one writer.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Held as long as this lives; another writer is refused.
    _lock: Option<File>,
}

const LOCK: &str = "lock";

impl Folder {
    /// Opens a folder for writing; it is made if it is not there. Only its owner may look inside.
    ///
    /// # Errors
    /// `WouldBlock` when another process writes there; `PermissionDenied` when others may read or write the folder, or
    /// it is no plain folder of this user; else as the disk says.
    pub fn lock(path: &Path) -> io::Result<Self> {
        if !path.try_exists()? {
            let mut builder = DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(path)?;
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                sync_folder(parent)?;
            }
        }
        guarded(path)?;
        let lock = options().create(true).open(path.join(LOCK))?;
        private(&lock, path)?;
        fs4::FileExt::try_lock(&lock).map_err(|error| match error {
            fs4::TryLockError::WouldBlock => {
                io::Error::new(io::ErrorKind::WouldBlock, "another process writes this journal")
            }
            fs4::TryLockError::Error(error) => error,
        })?;
        Ok(Self { path: path.to_owned(), _lock: Some(lock) })
    }

    /// Opens a folder for reading, beside a writer.
    ///
    /// # Errors
    /// As [`Folder::lock`], without the lock.
    pub fn look(path: &Path) -> io::Result<Self> {
        guarded(path)?;
        Ok(Self { path: path.to_owned(), _lock: None })
    }

    fn place(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// Files are the owner's alone, and never reached through a link.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC);
    }
    options
}

fn denied(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{}: {why}", path.display()))
}

fn guarded(path: &Path) -> io::Result<()> {
    let at = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let about = fs::symlink_metadata(path).map_err(at)?;
    if !about.is_dir() {
        return Err(denied(path, "is no plain folder"));
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&about) & 0o077 != 0 {
        return Err(denied(path, "others may enter it; make it 0700"));
    }
    Ok(())
}

fn private(file: &File, path: &Path) -> io::Result<()> {
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(denied(path, "is no plain file"));
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&about) & 0o077 != 0 {
        return Err(denied(path, "others may read or write it; make it 0600"));
    }
    Ok(())
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere a folder cannot be synced; names are made durable with the files.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// How much is written at once to give a file its blocks. A kernel may keep such a piece together, and a sync of one of
/// its bytes then takes all its pages from whoever stores to them next: so it is small.
static ZEROS: [u8; 1 << 16] = [0; 1 << 16];

impl Disk for Folder {
    type File = Plain;

    fn names(&self) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(&self.path)?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn open(&self, name: &str) -> io::Result<Plain> {
        let path = self.place(name);
        let file = options().open(&path)?;
        private(&file, &path)?;
        Ok(Plain(file))
    }

    fn create(&self, name: &str, bytes: u64) -> io::Result<Plain> {
        let file = Plain(options().create_new(true).open(self.place(name))?);
        if bytes > 0 {
            fs4::FileExt::allocate(&file.0, bytes)?;
            // Room alone would leave the blocks to be made on the first write: zeros make them now.
            let mut place = 0;
            while place < bytes {
                let piece = ZEROS.len().min(crate::bytes::narrow(bytes - place));
                file.write_at(place, ZEROS.get(..piece).unwrap_or_default())?;
                place += crate::bytes::wide(piece);
            }
        }
        Ok(file)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.place(from), self.place(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.place(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        sync_folder(&self.path)
    }
}

/// A file of the machine's own disk.
#[derive(Debug)]
pub struct Plain(File);

impl Medium for Plain {
    fn size(&self) -> io::Result<u64> {
        self.0.metadata().map(|about| about.len())
    }

    #[cfg(unix)]
    fn read_at(&self, place: u64, buffer: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, buffer, place)
    }

    #[cfg(unix)]
    fn write_at(&self, place: u64, bytes: &[u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.0, bytes, place)
    }

    #[cfg(windows)]
    fn read_at(&self, place: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let at = place + crate::bytes::wide(done);
            match std::os::windows::fs::FileExt::seek_read(&self.0, rest, at)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => done += read,
            }
        }
        Ok(())
    }

    #[cfg(windows)]
    fn write_at(&self, place: u64, bytes: &[u8]) -> io::Result<()> {
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            let at = place + crate::bytes::wide(done);
            match std::os::windows::fs::FileExt::seek_write(&self.0, rest, at)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => done += written,
            }
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn map(&self) -> io::Result<Option<Mapping>> {
        Mapping::new(&self.0)
    }
}
