//! A driver of scenarios whose guard keeps its journal in a folder, and comes back from it.

use std::ffi::CString;

use risk_guard::guard::rg_options;
use risk_guard::look::{rg_durable_seq, rg_seq};
use risk_guard::words::rg_status::RG_OK;
use risk_testkit::scenario::{Command, Driver, Reply, Setup};

use super::driver::BorderDriver;
use super::world::options;

pub(super) struct FolderDriver {
    inner: BorderDriver,
    setup: Setup,
    path: CString,
    _folder: tempfile::TempDir,
}

impl FolderDriver {
    /// On disk at most a millisecond later.
    fn options(path: &CString) -> rg_options {
        rg_options { journal: 3, sync_within_ms: 1, records: 0, folder: path.as_ptr(), ..options() }
    }

    /// Scenarios know no time between a record and its being on disk.
    fn wait(&self) {
        let (mut last, mut durable) = (0, 0);
        // SAFETY: both live during the calls.
        while unsafe {
            assert_eq!(rg_seq(self.inner.guard, &mut last), RG_OK);
            assert_eq!(rg_durable_seq(self.inner.guard, &mut durable), RG_OK);
            durable < last
        } {
            std::thread::sleep(std::time::Duration::from_micros(200));
        }
    }
}

impl Driver for FolderDriver {
    fn start(setup: &Setup) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let path = folder.path().join("journal");
        let path = CString::new(path.to_str().ok_or("no text")?).map_err(|e| e.to_string())?;
        let inner = BorderDriver::begin(setup, &Self::options(&path))?;
        Ok(Self { inner, setup: setup.clone(), path, _folder: folder })
    }

    fn set_time(&mut self, nanos: Option<i64>) {
        self.inner.set_time(nanos);
    }

    fn run(&mut self, command: &Command) -> Reply {
        let reply = match command {
            Command::Restart => {
                let come_back = self.inner.come_back(&self.setup, &Self::options(&self.path));
                Reply::Words(come_back.map_or_else(|why| why, |()| "restarted".to_owned()))
            }
            other => self.inner.run(other),
        };
        self.wait();
        reply
    }

    fn read(&mut self, query: &[String]) -> Result<String, String> {
        self.inner.read(query)
    }

    /// The journal comes back to the state it was left in, but for permits, which are held as if they had been sent.
    fn finish(&mut self) -> Result<(), String> {
        self.inner.come_back(&self.setup, &Self::options(&self.path))
    }
}
