//! Opening a journal: new or not, and an engine that goes on where its records end.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use risk_core::{
    AnyClock, AnyJournal, Clock, Config, Engine, Kept, MemoryJournal, RiskGuard, Scope, SystemClock, Veto,
    replay,
};

use crate::bytes::wide;
use crate::chain::{CHECKPOINTS, Chain, ChainKey, Checkpoint, Link, hex, read_checkpoints, tags_name};
use crate::disk::{Disk, Folder, Medium, read_all, replace};
use crate::helper::{Helper, Sealed, Work};
use crate::journal::FileJournal;
use crate::log::{Damage, Listing, Wrong};
use crate::options::{Durability, Options};
use crate::recover::{Recovered, Recovery, Source, recover};
use crate::segment::{FRAMES_AT, Header, Identity, SEGMENT_BYTES_MAX, SEGMENT_BYTES_MIN, name};
use crate::store::{FAILED, Segment, Shared, make};

/// The configuration that the journal began with, as JSON.
pub(crate) const CONFIG: &str = "config.json";
/// The key of the chain, where the host keeps none.
const KEY: &str = "key";

/// Why a journal cannot be opened. Without a journal there is no guard, and so no order.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The disk says no.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What the disk says.
        error: io::Error,
    },
    /// An option that is none.
    #[error("{0}")]
    Options(String),
    /// The configuration is none.
    #[error(transparent)]
    Config(#[from] risk_core::ConfigError),
    /// It is not the one that the journal began with. Limits are changed by an input, on record.
    #[error(
        "the journal was begun with another configuration; open it with that one (config.json in its folder) \
         and change limits by an input, so that the change is on record"
    )]
    ConfigChanged,
    /// The key is not the one that the journal began with, or it is not there.
    #[error("the key of the chain is missing, or is not the one that the journal began with")]
    Key,
    /// Nothing can be recovered.
    #[error("nothing can be recovered: {0}")]
    Damaged(#[from] Damage),
}

impl OpenError {
    fn io(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self::Io { what, error }
    }
}

/// An engine that goes on where its records end.
#[derive(Debug)]
pub struct Opened<C, J> {
    /// The engine.
    pub engine: Engine<C, J>,
    /// What was found.
    pub report: Recovery,
}

/// Opens the journal in a folder, or begins one, and recovers the engine.
///
/// A torn tail is cut and reported. Anything else that is wrong halts the firm: the reason is in the latch, and in
/// full in the report. Permits of the process before are no more; what they held is free again under
/// [`Durability::Always`], and held until a report resolves it otherwise.
///
/// Where the configuration names rules of the house, they need their functions: [`open_as`].
///
/// # Errors
/// What keeps the journal from being opened, [`OpenError`].
pub fn open<C: Clock>(
    folder: &Path,
    config: &Config,
    clock: C,
    options: Options,
) -> Result<Opened<C, AnyJournal>, OpenError> {
    open_as(folder, config, clock, options, Vec::new(), |journal| journal)
}

/// [`open`] with the functions of the rules of the house, and with the journal made into another: for a host that has
/// journals of several kinds.
///
/// # Errors
/// As [`open`].
pub fn open_as<C: Clock, J: risk_core::Journal>(
    folder: &Path,
    config: &Config,
    clock: C,
    options: Options,
    vetoes: Vec<Veto>,
    wrap: impl FnOnce(AnyJournal) -> J,
) -> Result<Opened<C, J>, OpenError> {
    if let Durability::Memory { records } = options.durability {
        let engine = replay(config, &Kept::default(), []).map_err(|error| match error {
            risk_core::ReplayError::Config(error) => OpenError::Config(error),
            other => OpenError::Options(other.to_string()),
        })?;
        let journal = wrap(Box::new(MemoryJournal::last(records)));
        let engine = engine.continue_with_vetoes(clock, journal, vetoes)?;
        return Ok(Opened { engine, report: Recovery::default() });
    }
    check(config, &options, &vetoes)?;
    let disk = Folder::lock(folder).map_err(OpenError::io("the folder cannot be used"))?;
    let every = match options.durability {
        Durability::Group { sync_within_ms } => Duration::from_millis(sync_within_ms).div_f64(2.0),
        Durability::Always | Durability::Memory { .. } => Duration::from_millis(20),
    };
    let ready = prepare(disk, config, options)?;
    let helper = Helper::start(ready.work, every).map_err(OpenError::io("no thread can be started"))?;
    let clearing = Arc::clone(&ready.shared);
    let journal = wrap(Box::new(FileJournal::new(
        ready.shared,
        ready.segment,
        (ready.report.seq, ready.report.replayed),
        ready.how,
        helper,
    )));
    let engine = ready.engine.continue_with_vetoes(clock, journal, vetoes)?;
    Ok(begin(engine, ready.report, ready.how.0, ready.new, &clearing))
}

/// [`open`] for a guard that threads share.
///
/// # Errors
/// As [`open`].
pub fn open_guard(
    folder: &Path,
    config: &Config,
    clock: impl Clock + Send + 'static,
    options: Options,
) -> Result<(RiskGuard, Recovery), OpenError> {
    let clock: AnyClock = Box::new(clock);
    let Opened { engine, report } = open(folder, config, clock, options)?;
    Ok((RiskGuard::of(engine), report))
}

/// A guard that survives, from a configuration and a folder: the machine's clock, and [`Options::default`].
///
/// ```
/// use risk_core::{Account, Asset, Config, Instrument, Scope, TradingState};
///
/// # fn main() -> Result<(), risk_journal::OpenError> {
/// # let home = tempfile::tempdir().unwrap();
/// # let folder = home.path().join("journal");
/// let mut config = Config::new("USD");
/// config.assets.push(Asset::new("USD", 2));
/// config.instruments.push(Instrument::new("BTC-USD", "USD", 2, 8));
/// config.firm.unlimited = Some("an example".into());
/// config.accounts.push(Account::new("main", "USD").unlimited("an example").strategy("grid"));
///
/// let (guard, found) = risk_journal::guard(&folder, &config)?;
/// assert_eq!((found.seq, guard.trading_state(Scope::Firm)), (0, TradingState::Active));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`open`].
pub fn guard(folder: &Path, config: &Config) -> Result<(RiskGuard, Recovery), OpenError> {
    open_guard(folder, config, SystemClock, Options::default())
}

/// [`open`] on any disk, without a thread: what the helper does is done by [`FileJournal::turn`].
///
/// # Errors
/// As [`open`].
pub fn open_on<D: Disk, C: Clock>(
    disk: D,
    config: &Config,
    clock: C,
    options: Options,
) -> Result<Opened<C, FileJournal<D>>, OpenError> {
    check(config, &options, &[])?;
    let ready = prepare(disk, config, options)?;
    let clearing = Arc::clone(&ready.shared);
    let helper = Helper::idle(ready.work);
    let journal = FileJournal::new(
        ready.shared,
        ready.segment,
        (ready.report.seq, ready.report.replayed),
        ready.how,
        helper,
    );
    let engine = ready.engine.continue_with_vetoes(clock, journal, Vec::new())?;
    Ok(begin(engine, ready.report, ready.how.0, ready.new, &clearing))
}

fn begin<D: Disk, C: Clock, J: risk_core::Journal>(
    mut engine: Engine<C, J>,
    report: Recovery,
    release: bool,
    new: bool,
    shared: &Shared<D>,
) -> Opened<C, J> {
    if !new {
        engine.recovered(release);
    }
    if let Some(first) = report.problems.first() {
        engine.halt(Scope::Firm, &first.to_string(), "recovery");
    }
    if !shared.has_failed() && shared.disk.names().is_ok_and(|names| names.iter().any(|name| name == FAILED))
    {
        // The halt is on disk: the mark has done its work. If it stays, the next process halts once more.
        let _ = shared.disk.remove(FAILED);
    }
    Opened { engine, report }
}

struct Ready<D: Disk> {
    shared: Arc<Shared<D>>,
    segment: Arc<Segment<D::File>>,
    work: Work<D>,
    engine: risk_core::Replayed,
    report: Recovery,
    /// Sync always; snapshots after so many records.
    how: (bool, u64),
    new: bool,
}

/// Everything that can be told before the folder is touched: a journal that cannot be opened is not begun either.
fn check(config: &Config, options: &Options, vetoes: &[Veto]) -> Result<(), OpenError> {
    config.check_with(vetoes)?;
    if !(SEGMENT_BYTES_MIN..=SEGMENT_BYTES_MAX).contains(&options.segment_bytes)
        || !options.segment_bytes.is_multiple_of(SEGMENT_BYTES_MIN)
    {
        let text = format!(
            "segment_bytes: {} is no multiple of {SEGMENT_BYTES_MIN} in range",
            options.segment_bytes
        );
        return Err(OpenError::Options(text));
    }
    Ok(())
}

fn prepare<D: Disk>(disk: D, config: &Config, options: Options) -> Result<Ready<D>, OpenError> {
    let mapped = matches!(options.durability, Durability::Group { .. });
    let how = (matches!(options.durability, Durability::Always), options.snapshot_every);
    let mut listing = Listing::of(&disk).map_err(OpenError::io("the folder cannot be read"))?;
    for part in listing.parts.drain(..) {
        disk.remove(&part).map_err(OpenError::io("an unfinished file cannot be removed"))?;
    }
    let new = listing.segments.is_empty() && listing.snapshots.is_empty() && listing.tags.is_empty();
    if new {
        create(&disk, config, &options, mapped)?;
        listing = Listing::of(&disk).map_err(OpenError::io("the folder cannot be read"))?;
    }
    let key = read_key(&disk, &listing, options.key.as_ref())?;
    let identity = identity(&disk, &listing)?;
    same_config(&disk, config, &identity)?;
    let genesis = Chain::begin(&key, &identity);
    let marks = Marks::read(&disk, &key)?;
    let source = Source {
        disk: &disk,
        listing: &listing,
        identity: &identity,
        config,
        genesis: &genesis,
        checkpoints: &marks.links,
    };
    let Recovered { engine, mut report, tail } = recover(&source)?;
    report.problems.extend(marks.problem);
    if listing.has(FAILED) {
        let text = disk.open(FAILED).and_then(|file| read_all(&file)).unwrap_or_default();
        let what = Wrong::Failed(String::from_utf8_lossy(&text).into_owned());
        report.problems.push(Damage { file: FAILED.to_owned(), place: 0, seq: report.seq, what });
    }
    let cut = OpenError::io("the end of the journal cannot be made ready");
    let ending = crate::ending::Ending { disk: &disk, listing: &listing, identity, mapped };
    let segment = ending.make_ready(&tail, &report, options.segment_bytes).map_err(&cut)?;
    let checkpoints = if tail.aside { ending.keep_checkpoints(report.seq).map_err(&cut)? } else { marks.end };
    let sealed = Sealed {
        place: tail.place,
        tags: tail.sealed,
        checkpoints,
        checkpoint: marks.links.last_key_value().map_or(0, |(seq, _)| (*seq).min(tail.chain.seq)),
        vouched: marks.links.into_keys().filter(|seq| *seq <= tail.chain.seq).collect(),
        chain: tail.chain,
    };
    let segment = Arc::new(segment);
    let shared = Arc::new(Shared::new(
        disk,
        identity,
        (options.segment_bytes, mapped, options.keep_records),
        Arc::clone(&segment),
        report.seq,
    ));
    let work = Work::new(Arc::clone(&shared), sealed);
    work.prepare_next();
    Ok(Ready { shared, segment, work, engine, report, how, new })
}

fn config_bytes(config: &Config) -> Result<(Vec<u8>, [u8; 32]), OpenError> {
    let bytes = serde_json::to_vec_pretty(config).map_err(|error| OpenError::Options(error.to_string()))?;
    let hash = *blake3::hash(&bytes).as_bytes();
    Ok((bytes, hash))
}

/// Whether the configuration is the one that the journal began with. What an earlier version wrote has no fields that came
/// later: it is read as this version reads it, where what is not said has its default, and what it means is compared.
fn same_config<D: Disk>(disk: &D, config: &Config, identity: &Identity) -> Result<(), OpenError> {
    if config_bytes(config)?.1 == identity.config {
        return Ok(());
    }
    let text = disk.open(CONFIG).and_then(|file| read_all(&file));
    let text = text.map_err(OpenError::io("the journal's configuration cannot be read"))?;
    let began: Option<Config> = serde_json::from_slice(&text).ok();
    let genuine = *blake3::hash(&text).as_bytes() == identity.config;
    if genuine && began.as_ref() == Some(config) { Ok(()) } else { Err(OpenError::ConfigChanged) }
}

/// Everything a journal has before its first record. The first segment comes last: without it, it is all done again.
fn create<D: Disk>(disk: &D, config: &Config, options: &Options, mapped: bool) -> Result<(), OpenError> {
    let (bytes, hash) = config_bytes(config)?;
    let io = OpenError::io("the journal cannot be begun");
    replace(disk, CONFIG, &bytes).map_err(&io)?;
    let key = match &options.key {
        Some(key) => key.clone(),
        None => {
            let key = ChainKey::random().map_err(&io)?;
            replace(disk, KEY, hex(key.bytes()).as_bytes()).map_err(&io)?;
            key
        }
    };
    let mut journal = [0; 16];
    getrandom::fill(&mut journal).map_err(|error| io(io::Error::other(error)))?;
    let identity = Identity { journal, config: hash };
    let line = serde_json::to_string(&Chain::begin(&key, &identity).checkpoint(0)).unwrap_or_default() + "\n";
    replace(disk, CHECKPOINTS, line.as_bytes()).map_err(&io)?;
    make(disk, identity, 1, options.segment_bytes, mapped).map_err(&io)?;
    Ok(())
}

pub(crate) fn read_key<D: Disk>(
    disk: &D,
    listing: &Listing,
    given: Option<&ChainKey>,
) -> Result<ChainKey, OpenError> {
    if let Some(key) = given {
        return Ok(key.clone());
    }
    if !listing.has(KEY) {
        return Err(OpenError::Key);
    }
    let text =
        disk.open(KEY).and_then(|file| read_all(&file)).map_err(OpenError::io("the key cannot be read"))?;
    let key = std::str::from_utf8(&text).ok().and_then(|text| ChainKey::from_hex(text.trim()));
    key.ok_or(OpenError::Key)
}

/// What the first segment whose header can be read says.
pub(crate) fn identity<D: Disk>(disk: &D, listing: &Listing) -> Result<Identity, OpenError> {
    let mut damage = Damage { file: name(1), place: 0, seq: 1, what: Wrong::Missing };
    for index in &listing.segments {
        let mut head = vec![0; FRAMES_AT];
        let read = disk.open(&name(*index)).and_then(|file| file.read_at(0, &mut head));
        let flaw = match read {
            Ok(()) => match Header::read(&head) {
                Ok(header) => return Ok(header.identity),
                Err(flaw) => Wrong::Header(flaw),
            },
            Err(error) => crate::log::unreadable(&error),
        };
        damage = Damage { file: name(*index), place: 0, seq: 0, what: flaw };
    }
    Err(damage.into())
}

/// The journal's own checkpoints.
pub(crate) struct Marks {
    pub(crate) links: BTreeMap<u64, Link>,
    /// Where the next line goes.
    pub(crate) end: u64,
    pub(crate) problem: Option<Damage>,
}

impl Marks {
    /// Reads them, and makes the file ready to be written after.
    fn read<D: Disk>(disk: &D, key: &ChainKey) -> Result<Self, OpenError> {
        let (marks, rest) = Self::parse(disk, key)?;
        if let Some(kept) = rest {
            replace(disk, CHECKPOINTS, &kept).map_err(OpenError::io("checkpoints cannot be written"))?;
        }
        Ok(marks)
    }

    /// Reads them.
    pub(crate) fn look<D: Disk>(disk: &D, key: &ChainKey) -> Result<Self, OpenError> {
        Self::parse(disk, key).map(|(marks, _)| marks)
    }

    /// The checkpoints, and what the file should be where it is not that.
    fn parse<D: Disk>(disk: &D, key: &ChainKey) -> Result<(Self, Option<Vec<u8>>), OpenError> {
        let mut marks = Self { links: BTreeMap::new(), end: 0, problem: None };
        let mut text = match disk.open(CHECKPOINTS).and_then(|file| read_all(&file)) {
            Ok(text) => text,
            Err(error) => {
                marks.problem = Some(wrong(0, crate::log::unreadable(&error)));
                return Ok((marks, Some(Vec::new())));
            }
        };
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        marks.end = wide(whole);
        match read_checkpoints(&text) {
            Ok(list) if list.is_empty() => {
                marks.problem = Some(wrong(0, Wrong::Checkpoint("there is none".to_owned())));
            }
            Ok(list) => marks.take(&list, key)?,
            Err((line, text)) => {
                marks.problem = Some(wrong(wide(line), Wrong::Checkpoint(format!("line {line}: {text}"))));
            }
        }
        let torn = whole < text.len();
        text.truncate(whole);
        Ok((marks, torn.then_some(text)))
    }

    fn take(&mut self, list: &[Checkpoint], key: &ChainKey) -> Result<(), OpenError> {
        for (number, checkpoint) in list.iter().enumerate() {
            match checkpoint.link().filter(|_| checkpoint.is_genuine(key)) {
                Some(link) => drop(self.links.insert(checkpoint.seq, link)),
                None if number == 0 => return Err(OpenError::Key),
                None => {
                    let text = format!("line {} was not made with this key", number + 1);
                    self.problem = Some(wrong(checkpoint.seq, Wrong::Checkpoint(text)));
                }
            }
        }
        Ok(())
    }
}

fn wrong(seq: u64, what: Wrong) -> Damage {
    Damage { file: CHECKPOINTS.to_owned(), place: 0, seq, what }
}

/// Tags that recovery found missing are written to their files, durable as the next checkpoint takes them to be. Those
/// that are there may be in the kernel's hands only, left by a process that was killed: they are synced too.
pub(crate) fn write_tags<D: Disk>(disk: &D, index: u32, after: u64, tags: &[u8]) -> io::Result<()> {
    if tags.is_empty() && !disk.names()?.contains(&tags_name(index)) {
        return Ok(());
    }
    let file = tags_file(disk, index)?;
    if !tags.is_empty() {
        file.write_at(after * wide(crate::chain::TAG_BYTES), tags)?;
    }
    file.sync()
}

/// The file with the tags of a segment; made if it is not there.
pub(crate) fn tags_file<D: Disk>(disk: &D, index: u32) -> io::Result<D::File> {
    let name = tags_name(index);
    if disk.names()?.contains(&name) {
        return disk.open(&name);
    }
    let file = disk.create(&name, 0)?;
    disk.sync_names()?;
    Ok(file)
}
