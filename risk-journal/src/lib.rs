//! A journal that survives: every decision of a guard on disk, so that a process that dies comes back with the
//! positions, holds, counters, days, halts and limits it had, and so that an auditor can trust what is read.
//!
//! ```text
//! evaluate -> record -> frame -> segment (mapped, or written and synced) -> answer
//!                                   |
//!                    helper thread: sync, touch ahead, hash, snapshot, next segment
//! ```
//!
//! One argument is enough, a folder: [`guard`] for threads that share it; [`open`] with a clock and options of its own.
//!
//! ```
//! use risk_core::{Account, Asset, Config, Instrument, ManualClock, Scope, TradingState, Timestamp};
//! use risk_journal::{Options, open};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = tempfile::tempdir()?;
//! # let folder = home.path().join("journal");
//! let mut config = Config::new("USD");
//! config.assets.push(Asset::new("USD", 2));
//! config.instruments.push(Instrument::new("BTC-USD", "USD", 2, 8));
//! config.firm.unlimited = Some("an example".into());
//! config.accounts.push(Account::new("main", "USD").unlimited("an example").strategy("grid"));
//! let clock = ManualClock::at(Timestamp::from_millis(1_700_000_000_000));
//!
//! let mut first = open(&folder, &config, clock.clone(), Options::default())?;
//! first.engine.halt(Scope::Firm, "a test of the kill switch", "ops");
//! drop(first); // the process ends, in whatever way
//!
//! let again = open(&folder, &config, clock, Options::default())?;
//! assert_eq!(again.engine.trading_state(Scope::Firm), TradingState::Halted);
//! println!("{}", again.report);
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//!
//! - **Nothing acknowledged is lost.** [`Durability`] says when a record counts as kept. Halts, resumes and changed
//!   limits are on disk before they are acknowledged, always.
//! - **Nothing damaged is accepted.** A torn tail, which a crash leaves, is cut and reported. Anything else that is wrong
//!   starts the firm halted, says what and where, and keeps the damaged files.
//! - **A failure stops trading.** An I/O error is never tried again: the journal takes nothing more, and the engine
//!   halts the firm (JOURNAL_UNAVAILABLE). The next process starts halted and says why.
//! - **Changes show.** A keyed chain over all records finds the first one that is not what was written ([`verify`]).
//! - **A disk error under mapped memory does not kill the process.** It would raise SIGBUS; a handler puts an empty page in
//!   place, the write or the sync fails, and the guard halts ([`mapping`] says how).
//! - **A full disk stops what opens first.** While there is no next segment, the last eighth of one is kept for facts,
//!   halts, exits and cancels.
//! - **It need not grow for ever.** [`Options::keep_records`] deletes old segments whole, behind a snapshot and a checkpoint
//!   made with the key, which [`verify`] accepts as a start.
//!
//! # What is not
//!
//! Under [`Durability::Group`] a power loss can take the last few ms with it, approvals among them: what was sent in that
//! time is not on record, and not in the sums that cumulative limits are held against, until reports or a position
//! snapshot tell of it. Where that must not be, an account sets `unsynced_notional_max`
//! ([`risk_core::Limits::unsynced_notional_max`]): it approves only out of what a synced record has set aside. A process
//! that dies loses nothing. [`Durability::Always`] has no such gap.
//!
//! Sectors of 512 bytes are taken to be written whole or not at all, as every common disk and file system has it.

#![deny(unsafe_code)]
#![warn(missing_docs)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

// What is on disk.
mod bytes;
pub mod codec;
pub mod frame;
pub mod segment;
// Where it is kept.
pub mod disk;
pub mod mapping;
// Writing.
mod ending;
mod helper;
mod journal;
mod options;
mod retire;
mod store;
// Reading.
pub mod chain;
pub mod log;
mod open;
mod recover;
mod snapshot;
// Looking back.
mod history;
mod verify;

pub use chain::{ChainKey, Checkpoint};
pub use history::{History, Place, Records};
pub use journal::FileJournal;
pub use log::{Damage, Wrong};
pub use open::{OpenError, Opened, guard, open, open_as, open_guard, open_on};
pub use options::{Durability, Options};
pub use recover::Recovery;
pub use verify::{Verified, verify};
