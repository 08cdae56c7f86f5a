//! What can go wrong outside of a decision: typed, with the field and the value in the message.

use crate::order::Field;
use crate::session::Session;

/// A configuration that is not taken. Nothing falls back to a default.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Text that is not a configuration.
    #[error("{origin}: {problem}")]
    Text {
        /// The file, or what else the text came from.
        origin: String,
        /// The parser's message, with line and field.
        problem: String,
    },
    /// A configuration in a text that nothing can be made from.
    #[error("{origin}:{}{field}: {problem}", numbered(*.line))]
    At {
        /// The file, or what else the text came from.
        origin: String,
        /// The line, from 1, of the field, or of what it is missing in; nothing where the text has neither.
        line: Option<usize>,
        /// The field from the top of the configuration, such as `accounts[0].limits.collar_bps`.
        field: String,
        /// What is wrong with it.
        problem: Box<ConfigError>,
    },
    /// A limit with a value that is no limit.
    #[error("limits of {at}: {field}: {problem}")]
    Limit {
        /// Whose limits: `firm`, `account x`, `strategy y`, `instrument z`.
        at: String,
        /// The field of [`crate::Limits`].
        field: &'static str,
        /// What is wrong, with the value.
        problem: String,
    },
    /// An instrument that cannot be traded as written.
    #[error("instrument {symbol}: {field}: {problem}")]
    Instrument {
        /// Its symbol.
        symbol: String,
        /// The field of [`crate::Instrument`].
        field: &'static str,
        /// What is wrong, with the value.
        problem: String,
    },
    /// A level that has neither limits nor an explicit reason to have none.
    #[error("{at} has no limits; set some, or say unlimited = \"why\"")]
    NoLimits {
        /// The firm or which account.
        at: String,
    },
    /// A gate named in `required_limits` that has no limit where one is demanded.
    #[error("required limit {field} is not set for {at}, nor at a level above")]
    RequiredLimit {
        /// The field of [`crate::Limits`].
        field: String,
        /// Which account.
        at: String,
    },
    /// Limits that begin above their ceiling.
    #[error("limits of {at}: {field} is looser than its ceiling, or not set")]
    AboveCeiling {
        /// Whose limits.
        at: String,
        /// The field of [`crate::Limits`].
        field: &'static str,
    },
    /// A setting with a value that is none.
    #[error("{field}: {problem}")]
    Setting {
        /// The field.
        field: &'static str,
        /// What is wrong, with the value.
        problem: String,
    },
    /// Two entries of one name.
    #[error("{kind} {name:?} is there twice")]
    Duplicate {
        /// What it is.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A name that nothing has.
    #[error("{kind} {name:?} (in {at}) is not known")]
    Unknown {
        /// What it should be.
        kind: &'static str,
        /// The name.
        name: String,
        /// Where it is used.
        at: String,
    },
    /// A table is full; its capacity is fixed at construction.
    #[error("no room for another {kind}: the capacity is {capacity}")]
    Full {
        /// Which table.
        kind: &'static str,
        /// Its size.
        capacity: u32,
    },
    /// The journal could not take the registration.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

fn numbered(line: Option<usize>) -> String {
    line.map_or_else(|| " ".to_owned(), |line| format!("{line}: "))
}

/// A name that no account, strategy or instrument has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no {kind} is called {name:?}")]
pub struct UnknownName {
    /// What was looked for.
    pub kind: &'static str,
    /// The name.
    pub name: String,
}

/// A journal that cannot take a record. The firm is halted at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// It is full.
    #[error("the journal is full ({records} records)")]
    Full {
        /// What it holds.
        records: u64,
    },
    /// Its medium failed.
    #[error("the journal failed: {0}")]
    Failed(&'static str),
}

/// An input that is malformed. It changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// A handle of another engine, or none.
    #[error("the {0} is not known to this engine")]
    Unknown(&'static str),
    /// A number that is no fact.
    #[error("{field}: {value} {problem}")]
    Number {
        /// The field of the input.
        field: &'static str,
        /// Its value.
        value: rust_decimal::Decimal,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An identifier that is none.
    #[error("{} is not 1 to 64 of [A-Za-z0-9_.:-]", .0.name())]
    Text(Field),
    /// Older than what it would replace.
    #[error("{0} is older than what is already known")]
    Outdated(&'static str),
    /// A table is full.
    #[error("no room for another {0}")]
    Full(&'static str),
    /// A limits change that is refused; the old limits stay.
    #[error("the limits were refused and the old ones stay: {0}")]
    Limits(Box<ConfigError>),
    /// A limit looser than its ceiling, or left out where there is one; the old limits stay.
    #[error("{0} is looser than its ceiling; the old limits stay")]
    AboveCeiling(&'static str),
    /// A limit is loosened under dual control by one person alone; the old limits stay.
    #[error("loosening {0} needs a second person's name; the old limits stay")]
    SecondName(&'static str),
    /// A change of limits that the journal cannot record; the old limits stay.
    #[error("the change could not be recorded, and is not made")]
    Unrecorded,
    /// A session that does not open before it closes.
    #[error("the session opens at {}, and closes no later than that, at {}", .0.opens.nanos(), .0.closes.nanos())]
    EmptySession(Session),
    /// The instrument has no sessions.
    #[error("the instrument has no `sessions` in its configuration")]
    Sessionless,
    /// A panic has left the guard in doubt.
    #[error("the guard is poisoned")]
    Poisoned,
}

/// A state change that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The scope is not known to this engine.
    #[error("the scope is not known to this engine")]
    UnknownScope,
    /// No operator is named.
    #[error("a resume needs the name of an operator")]
    Unnamed,
    /// There is no such latch in this scope.
    #[error("there is no such latch in this scope")]
    UnknownLatch,
    /// The journal cannot record it, and what is not recorded is not lifted.
    #[error("the resume could not be recorded")]
    Unrecorded,
    /// A panic has left the guard in doubt.
    #[error("the guard is poisoned")]
    Poisoned,
}
