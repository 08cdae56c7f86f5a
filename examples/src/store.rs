//! Where fetched data is kept: `data/` in the target directory of the build, never in the source tree.
//!
//! A file is written under a temporary name, checked, and renamed: a file that has its final name is complete.

use std::env;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process;

use sha2::{Digest, Sha256};

/// The target directory of this build.
///
/// Cargo marks it with a `CACHEDIR.TAG`, so it is found from the running program wherever it was configured to be.
/// A program that was copied elsewhere falls back to `CARGO_TARGET_DIR`, then to `target` in the workspace.
#[must_use]
pub fn target_dir() -> PathBuf {
    let marked = env::current_exe().ok().and_then(|exe| {
        let root = exe.ancestors().skip(1).find(|up| up.join("CACHEDIR.TAG").is_file());
        root.map(Path::to_path_buf)
    });
    marked.or_else(|| env::var_os("CARGO_TARGET_DIR").map(PathBuf::from)).unwrap_or_else(|| {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        package.parent().unwrap_or(package).join("target")
    })
}

/// The directory for fetched data, made when it is not there yet.
///
/// # Errors
///
/// When it cannot be created.
pub fn data_dir() -> io::Result<PathBuf> {
    let dir = target_dir().join("data");
    fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// The SHA-256 of a file, in lower-case hexadecimal digits.
///
/// # Errors
///
/// When the file cannot be read.
pub fn sha256(file: &Path) -> io::Result<String> {
    let mut file = File::open(file)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok(format!("{:x}", hash.finalize()));
        }
        hash.update(&chunk[..read]);
    }
}

/// An empty directory beside the data, for work in progress; it is removed with everything in it when dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes one in `dir`; the process id in its name keeps two runs at once apart.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    pub fn new(dir: &Path, name: &str) -> io::Result<Self> {
        let path = dir.join(format!(".{name}-{}", process::id()));
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing is lost when it stays behind: the next run of the same name starts from an empty one.
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_directory_is_gone_when_dropped_and_sums_are_right() {
        let scratch = Scratch::new(&env::temp_dir(), "examples-store").unwrap();
        let path = scratch.path().to_path_buf();
        let file = path.join("abc");
        fs::write(&file, "abc").unwrap();
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&file).unwrap(), known);
        drop(scratch);
        assert!(!path.exists());
    }
}
