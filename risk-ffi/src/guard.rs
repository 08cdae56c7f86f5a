//! A guard, from its configuration to its end.

use core::ffi::c_char;
use std::path::Path;

use risk_core::lint::{Finding, Severity};
use risk_core::{Config, Engine, ManualClock, MemoryJournal, SystemClock, Timestamp, Veto};
use risk_journal::{Durability, OpenError, Options};

use crate::answer::{json, tell};
use crate::book::{Book, Time};
use crate::border::{Fault, abi, border};
use crate::handle::rg_guard;
use crate::memory::{self, Sized32, TEXT_BYTES_MAX, check, put};
use crate::registry::{self, Open, with};
use crate::rule::{self, Numbered, rg_rule};
use crate::words;
use crate::words::rg_clock::{RG_CLOCK_MANUAL, RG_CLOCK_SYSTEM};
use crate::words::rg_format::{self, RG_JSON, RG_TOML};
use crate::words::rg_journal::{
    RG_JOURNAL_FOLDER, RG_JOURNAL_FOLDER_ALWAYS, RG_JOURNAL_FULL, RG_JOURNAL_LAST,
};
use crate::words::rg_status::{self, RG_CONFIG, RG_INVALID_VALUE, RG_JOURNAL, RG_UNAVAILABLE};

/// How a guard gets the time and keeps its records.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_options {
    /// sizeof(rg_options).
    pub size: u32,
    /// An rg_clock.
    pub clock: u32,
    /// The time to begin with, in nanoseconds since the epoch, for RG_CLOCK_MANUAL; else 0.
    pub start_ns: i64,
    /// An rg_journal.
    pub journal: u32,
    /// How much later a record is on disk, in ms, for RG_JOURNAL_FOLDER; 0: 10. Else 0.
    pub sync_within_ms: u32,
    /// How many records are kept in memory; for a folder 0.
    pub records: u64,
    /// The folder, for a journal in one; else null.
    pub folder: *const c_char,
    /// The functions of exactly the rules that the configuration names, one after the other, each `rules[0].size` bytes;
    /// null: none.
    pub rules: *const rg_rule,
    /// How many.
    pub rule_count: u64,
}

// SAFETY: repr(C), its size comes first, whole numbers and pointers, laid out without padding.
unsafe impl Sized32 for rg_options {
    const LEAST: usize = 40;
}

/// Records that are kept in memory where nothing is said.
const RECORDS: usize = 65_536;

fn read_config(text: &str, origin: &str, format: rg_format) -> Result<Config, Fault> {
    let config = match format {
        RG_TOML => Config::from_toml(text, origin),
        RG_JSON => Config::from_json(text, origin),
    };
    config.map_err(|problem| Fault::new(RG_CONFIG, problem.to_string()))
}

/// A journal that is not opened, as a fault.
fn not_opened(problem: &OpenError) -> Fault {
    let status = if matches!(problem, OpenError::Config(_)) { RG_CONFIG } else { RG_JOURNAL };
    Fault::new(status, problem.to_string())
}

/// What the options come to.
struct Chosen<'a> {
    manual: Option<ManualClock>,
    keep: Keep<'a>,
    vetoes: Vec<Veto>,
    numbered: Numbered,
}

enum Keep<'a> {
    Last(usize),
    Full(usize),
    Folder(&'a Path, Durability),
}

impl<'a> Chosen<'a> {
    /// # Safety
    /// The folder is null or a text with a NUL; the rules are null or as many as is said.
    unsafe fn read(options: &rg_options) -> Result<Self, Fault> {
        let invalid = |text: &'static str| Err(Fault::new(RG_INVALID_VALUE, text));
        let manual = match words::clock("clock", options.clock)? {
            RG_CLOCK_SYSTEM if options.start_ns != 0 => {
                return invalid("start_ns is for a manual clock only");
            }
            RG_CLOCK_SYSTEM => None,
            RG_CLOCK_MANUAL => Some(ManualClock::at(Timestamp::from_nanos(options.start_ns))),
        };
        let journal = words::journal("journal", options.journal)?;
        // SAFETY: the caller's promise.
        let folder = unsafe { memory::optional_text("folder", options.folder, 4_096)? };
        let records = usize::try_from(options.records).unwrap_or(usize::MAX);
        let keep = match (journal, folder, options.sync_within_ms) {
            (RG_JOURNAL_LAST | RG_JOURNAL_FULL, Some(_), _) => {
                return invalid("folder is for a journal in a folder only");
            }
            (RG_JOURNAL_LAST | RG_JOURNAL_FULL | RG_JOURNAL_FOLDER_ALWAYS, _, 1..) => {
                return invalid("sync_within_ms is for RG_JOURNAL_FOLDER only");
            }
            (RG_JOURNAL_LAST | RG_JOURNAL_FULL, ..) if !(1..=1 << 28).contains(&records) => {
                return invalid("records is not between 1 and 268435456");
            }
            (RG_JOURNAL_LAST, ..) => Keep::Last(records),
            (RG_JOURNAL_FULL, ..) => Keep::Full(records),
            (RG_JOURNAL_FOLDER | RG_JOURNAL_FOLDER_ALWAYS, None | Some(""), _) => {
                return invalid("folder is missing");
            }
            (RG_JOURNAL_FOLDER | RG_JOURNAL_FOLDER_ALWAYS, ..) if records != 0 => {
                return invalid("records is for a journal in memory only");
            }
            (RG_JOURNAL_FOLDER, Some(folder), sync) => {
                let sync_within_ms = if sync == 0 { 10 } else { sync.into() };
                Keep::Folder(Path::new(folder), Durability::Group { sync_within_ms })
            }
            (RG_JOURNAL_FOLDER_ALWAYS, Some(folder), _) => {
                Keep::Folder(Path::new(folder), Durability::Always)
            }
        };
        let numbered = Numbered::default();
        // SAFETY: the caller's promise.
        let vetoes = unsafe { rule::read(options.rules, options.rule_count, &numbered)? };
        Ok(Self { manual, keep, vetoes, numbered })
    }

    fn open(self, config: Config) -> Result<Open, Fault> {
        let time = match &self.manual {
            Some(clock) => Time::Manual(clock.clone()),
            None => Time::System(SystemClock),
        };
        let journal = match self.keep {
            Keep::Last(records) => MemoryJournal::last(records),
            Keep::Full(records) => MemoryJournal::with_capacity(records),
            Keep::Folder(folder, durability) => {
                let options = Options { durability, ..Options::default() };
                let opened = risk_journal::open_as(folder, &config, time, options, self.vetoes, Book::Folder)
                    .map_err(|problem| not_opened(&problem))?;
                let found = Some(opened.report.to_string());
                return Ok(Open::new(opened.engine, config, self.manual, self.numbered, found));
            }
        };
        let engine = Engine::with_vetoes(&config, time, Book::Memory(journal), self.vetoes)
            .map_err(|problem| Fault::new(RG_CONFIG, problem.to_string()))?;
        Ok(Open::new(engine, config, self.manual, self.numbered, None))
    }
}

/// Makes a guard from a configuration in text. `abi_version` is RG_ABI_VERSION; `origin` names the file in messages and
/// may be null; null `options` mean the machine's clock and the last 65,536 records in memory.
///
/// With a journal in a folder, the guard goes on where that journal ends; rg_recovery says what was found.
///
/// # Safety
/// `config` is null or readable for `length` bytes, `origin` null or a text with a NUL, `options` null or as large as it
/// says, `result` null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_guard_new(
    abi_version: u32,
    config: *const c_char,
    length: usize,
    format: u32,
    origin: *const c_char,
    options: *const rg_options,
    result: *mut rg_guard,
) -> rg_status {
    border(|| {
        abi(abi_version)?;
        check("result", result)?;
        let format = words::format("format", format)?;
        // SAFETY: the caller's promise, for all three.
        let (text, origin) = unsafe {
            let origin = memory::optional_text("origin", origin, 4_096)?;
            (memory::sized_text("config", config, length, TEXT_BYTES_MAX)?, origin)
        };
        let chosen = if options.is_null() {
            Chosen {
                manual: None,
                keep: Keep::Last(RECORDS),
                vetoes: Vec::new(),
                numbered: Numbered::default(),
            }
        } else {
            // SAFETY: the caller's promise.
            unsafe { Chosen::read(&memory::read("options", options)?)? }
        };
        let config = read_config(text, origin.unwrap_or("the configuration"), format)?;
        let handle = registry::add(Box::new(chosen.open(config)?))?;
        // SAFETY: looked at above.
        unsafe { put(result, handle) };
        Ok(())
    })
}

/// Whether a guard can be made from a configuration: RG_OK, or RG_CONFIG and in rg_last_error what is wrong where.
///
/// # Safety
/// `config` is null or readable for `length` bytes, `origin` null or a text with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_config_check(
    config: *const c_char,
    length: usize,
    format: u32,
    origin: *const c_char,
) -> rg_status {
    // SAFETY: the caller's promise.
    border(|| unsafe { given(config, length, format, origin) }.map(|_| ()))
}

/// What a risk officer would ask about a configuration: limits that cannot work or are a trap, the worst first, as a JSON
/// array: severity (note, warning, error), what, level, of, field, text. An empty array: nothing was found. RG_CONFIG, as
/// rg_config_check, where no guard can be made from it.
///
/// # Safety
/// As rg_config_check; `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_config_lint(
    config: *const c_char,
    length_of_config: usize,
    format: u32,
    origin: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    let say = || {
        // SAFETY: the caller's promise.
        let config = unsafe { given(config, length_of_config, format, origin)? };
        let found: Vec<_> = config.lint().into_iter().map(Found::from).collect();
        json(&found)
    };
    // SAFETY: the caller's promise.
    unsafe { tell(buffer, capacity, length, say) }
}

/// A finding with its severity, which follows from what it is.
#[derive(serde::Serialize)]
struct Found {
    severity: Severity,
    #[serde(flatten)]
    finding: Finding,
}

impl From<Finding> for Found {
    fn from(finding: Finding) -> Self {
        Self { severity: finding.severity(), finding }
    }
}

/// A configuration as the caller gives it.
///
/// # Safety
/// `config` is null or readable for `length` bytes, `origin` null or a text with a NUL.
unsafe fn given(
    config: *const c_char,
    length: usize,
    format: u32,
    origin: *const c_char,
) -> Result<Config, Fault> {
    let format = words::format("format", format)?;
    // SAFETY: the caller's promise.
    let (text, origin) = unsafe {
        let origin = memory::optional_text("origin", origin, 4_096)?;
        (memory::sized_text("config", config, length, TEXT_BYTES_MAX)?, origin)
    };
    read_config(text, origin.unwrap_or("the configuration"), format)
}

/// Ends a guard; 0 is fine. From then on its handle, and every handle that came from it, is RG_STALE_HANDLE,
/// RG_FOREIGN_HANDLE or unknown. Calls in other threads end first.
#[unsafe(no_mangle)]
pub extern "C" fn rg_guard_free(guard: rg_guard) -> rg_status {
    border(|| {
        if guard != 0 {
            drop(registry::remove(guard)?);
        }
        Ok(())
    })
}

/// Sets the clock of a guard made with RG_CLOCK_MANUAL, in nanoseconds since the epoch. INT64_MIN: the time is not known
/// from now on, and every order is refused.
#[unsafe(no_mangle)]
pub extern "C" fn rg_set_time(guard: rg_guard, now_ns: i64) -> rg_status {
    border(|| {
        with(guard, |open| match &open.manual {
            Some(clock) => {
                clock.set(Timestamp::from_nanos(now_ns));
                Ok(())
            }
            None => Err(Fault::new(RG_UNAVAILABLE, "the guard has the machine's clock")),
        })
    })
}

/// Lets time pass: what expires by it is settled. Call it now and then when nothing else happens.
#[unsafe(no_mangle)]
pub extern "C" fn rg_tick(guard: rg_guard) -> rg_status {
    border(|| {
        with(guard, |open| {
            open.engine.tick();
            Ok(())
        })
    })
}

/// What was found in the folder of the journal when the guard was made. RG_UNAVAILABLE for a guard without one.
///
/// # Safety
/// `buffer` can be written for `capacity` bytes; `length` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_recovery(
    guard: rg_guard,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        tell(buffer, capacity, length, || {
            with(guard, |open| {
                open.recovery
                    .clone()
                    .ok_or_else(|| Fault::new(RG_UNAVAILABLE, "the guard has no journal in a folder"))
            })
        })
    }
}
