//! A disk in memory that fails when told to, and dies: what was not synced is there in part, sector by sector, in any
//! mixture of what was written.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};

use risk_journal::disk::{Disk, Medium};

const SECTOR: usize = 512;

/// One file: what would survive now, what was written since, and what a reader sees.
#[derive(Clone, Debug, Default)]
struct Content {
    durable: Vec<u8>,
    pending: Vec<(usize, Vec<u8>)>,
    seen: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Naming {
    Create(String, usize),
    Rename(String, String),
    Remove(String),
}

#[derive(Debug, Default)]
struct Sim {
    files: Vec<Content>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    pending_names: Vec<Naming>,
    calls: u64,
    fail: Option<(u64, ErrorKind)>,
    failed: Option<&'static str>,
    /// No new file finds room.
    full: bool,
}

/// A disk in memory. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(super) struct SimDisk(Arc<Mutex<Sim>>);

/// A file of it.
#[derive(Debug)]
pub(super) struct SimFile(SimDisk, usize);

fn put(bytes: &mut Vec<u8>, place: usize, new: &[u8]) {
    if bytes.len() < place + new.len() {
        bytes.resize(place + new.len(), 0);
    }
    bytes[place..place + new.len()].copy_from_slice(new);
}

fn apply(names: &mut BTreeMap<String, usize>, naming: &Naming) {
    match naming {
        Naming::Create(name, file) => drop(names.insert(name.clone(), *file)),
        Naming::Rename(from, to) => {
            if let Some(file) = names.remove(from) {
                names.insert(to.clone(), file);
            }
        }
        Naming::Remove(name) => drop(names.remove(name)),
    }
}

impl Sim {
    fn call(&mut self, what: &'static str) -> io::Result<()> {
        self.calls += 1;
        if let Some((call, kind)) = self.fail
            && call == self.calls
        {
            self.failed = Some(what);
            return Err(kind.into());
        }
        Ok(())
    }

    fn name(&mut self, naming: Naming) {
        apply(&mut self.names, &naming);
        self.pending_names.push(naming);
    }
}

impl SimDisk {
    /// Call `call` from now on, counted from 1, fails once.
    pub(super) fn fail_at(&self, call: u64, kind: ErrorKind) {
        let mut sim = self.0.lock().unwrap();
        (sim.calls, sim.fail, sim.failed) = (0, Some((call, kind)), None);
    }

    /// From now on there is no room for new files; or there is again.
    pub(super) fn fill(&self, full: bool) {
        self.0.lock().unwrap().full = full;
    }

    /// What has failed, if anything has.
    pub(super) fn failed(&self) -> Option<&'static str> {
        self.0.lock().unwrap().failed
    }

    pub(super) fn calls(&self) -> u64 {
        self.0.lock().unwrap().calls
    }

    /// The process dies: everything that was written is there, nothing is open any more.
    pub(super) fn after_kill(&self) -> Self {
        let sim = self.0.lock().unwrap();
        let files = sim.files.clone();
        let copy = Sim {
            files,
            names: sim.names.clone(),
            durable_names: sim.durable_names.clone(),
            pending_names: sim.pending_names.clone(),
            ..Sim::default()
        };
        Self(Arc::new(Mutex::new(copy)))
    }

    /// The machine dies: names come back up to some point, and each sector of each file as it was at some moment since
    /// it was last synced.
    pub(super) fn after_power_loss(&self, random: &mut fastrand::Rng) -> Self {
        let sim = self.0.lock().unwrap();
        let mut names = sim.durable_names.clone();
        for naming in &sim.pending_names[..random.usize(..=sim.pending_names.len())] {
            apply(&mut names, naming);
        }
        let files: Vec<Content> = sim.files.iter().map(|file| file.torn(random)).collect();
        let durable_names = names.clone();
        Self(Arc::new(Mutex::new(Sim { files, names, durable_names, ..Sim::default() })))
    }

    /// Changes a file behind everybody's back.
    pub(super) fn edit(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut sim = self.0.lock().unwrap();
        let file = sim.names[name];
        change(&mut sim.files[file].seen);
        sim.files[file].durable = sim.files[file].seen.clone();
    }

    /// What a reader of the file sees.
    pub(super) fn content(&self, name: &str) -> Vec<u8> {
        let sim = self.0.lock().unwrap();
        sim.files[sim.names[name]].seen.clone()
    }

    /// Removes a file behind everybody's back.
    pub(super) fn forget(&self, name: &str) {
        let mut sim = self.0.lock().unwrap();
        sim.names.remove(name);
        sim.durable_names.remove(name);
    }

    pub(super) fn names_now(&self) -> Vec<String> {
        self.0.lock().unwrap().names.keys().cloned().collect()
    }
}

impl Content {
    fn torn(&self, random: &mut fastrand::Rng) -> Self {
        let mut seen = self.durable.clone();
        // The size is that of some moment, too.
        let grown = random.usize(..=self.pending.len());
        let size = self.pending[..grown].iter().map(|(place, new)| place + new.len()).max().unwrap_or(0);
        let size = size.max(seen.len());
        // How far each sector has come; often all the same, sometimes anything.
        let keen = random.u8(..3);
        for sector in 0..size.div_ceil(SECTOR) {
            let from = sector * SECTOR;
            let upto = match keen {
                0 => grown,
                1 if random.bool() => grown,
                _ => random.usize(..=self.pending.len()),
            };
            for (place, new) in &self.pending[..upto] {
                let start = from.max(*place);
                let end = (from + SECTOR).min(place + new.len()).min(size);
                if start < end {
                    put(&mut seen, start, &new[start - place..end - place]);
                }
            }
        }
        Self { durable: seen.clone(), pending: Vec::new(), seen }
    }
}

impl Disk for SimDisk {
    type File = SimFile;

    fn names(&self) -> io::Result<Vec<String>> {
        let mut sim = self.0.lock().unwrap();
        sim.call("names")?;
        Ok(sim.names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<SimFile> {
        let mut sim = self.0.lock().unwrap();
        sim.call("open")?;
        sim.names.get(name).map(|file| SimFile(self.clone(), *file)).ok_or(ErrorKind::NotFound.into())
    }

    fn create(&self, name: &str, bytes: u64) -> io::Result<SimFile> {
        let mut sim = self.0.lock().unwrap();
        sim.call("create")?;
        if sim.full && bytes > 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        if sim.names.contains_key(name) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let file = sim.files.len();
        let zeros = vec![0; usize::try_from(bytes).unwrap()];
        sim.files.push(Content { durable: Vec::new(), pending: vec![(0, zeros.clone())], seen: zeros });
        sim.name(Naming::Create(name.to_owned(), file));
        Ok(SimFile(self.clone(), file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut sim = self.0.lock().unwrap();
        sim.call("rename")?;
        if !sim.names.contains_key(from) {
            return Err(ErrorKind::NotFound.into());
        }
        sim.name(Naming::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut sim = self.0.lock().unwrap();
        sim.call("remove")?;
        if !sim.names.contains_key(name) {
            return Err(ErrorKind::NotFound.into());
        }
        sim.name(Naming::Remove(name.to_owned()));
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut sim = self.0.lock().unwrap();
        sim.call("sync_names")?;
        sim.durable_names = sim.names.clone();
        sim.pending_names.clear();
        Ok(())
    }
}

impl Medium for SimFile {
    fn size(&self) -> io::Result<u64> {
        let mut sim = self.0.0.lock().unwrap();
        sim.call("size")?;
        Ok(sim.files[self.1].seen.len() as u64)
    }

    fn read_at(&self, place: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut sim = self.0.0.lock().unwrap();
        sim.call("read_at")?;
        let place = usize::try_from(place).unwrap();
        let bytes =
            sim.files[self.1].seen.get(place..place + buffer.len()).ok_or(ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }

    fn write_at(&self, place: u64, bytes: &[u8]) -> io::Result<()> {
        let mut sim = self.0.0.lock().unwrap();
        let place = usize::try_from(place).unwrap();
        let failed = sim.call("write_at");
        // A write that fails has written something.
        let bytes = if failed.is_err() { &bytes[..bytes.len() / 2] } else { bytes };
        let file = &mut sim.files[self.1];
        file.pending.push((place, bytes.to_vec()));
        put(&mut file.seen, place, bytes);
        failed
    }

    fn sync(&self) -> io::Result<()> {
        let mut sim = self.0.0.lock().unwrap();
        let failed = sim.call("sync");
        let file = &mut sim.files[self.1];
        if failed.is_err() {
            // As kernels do: what could not be written is thrown away, and the next sync says all is well.
            file.pending.clear();
            return failed;
        }
        file.durable = file.seen.clone();
        file.pending.clear();
        Ok(())
    }
}
