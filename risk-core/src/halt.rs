//! Halts: scopes, states and latches.
//!
//! Each cause is a latch of its own. A scope's state is the strictest of its latches and of the scopes above it;
//! lifting a latch by name is the only way down.

use crate::clock::Timestamp;
use crate::gates::GateId;
use crate::handle::{AccountHandle, InstrumentHandle, StrategyHandle, TraderHandle, VenueHandle};
use crate::limits::Level;
use crate::text::{Id, Note};

/// What a scope lets through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum TradingState {
    /// Every order.
    #[default]
    Active,
    /// Orders that open nothing, and cancels.
    Reducing,
    /// Cancels only.
    Halted,
}

/// What is halted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Scope {
    /// Everything.
    Firm,
    /// All instruments of a venue.
    Venue(VenueHandle),
    /// One account.
    Account(AccountHandle),
    /// One strategy.
    Strategy(StrategyHandle),
    /// One instrument, in all accounts.
    Instrument(InstrumentHandle),
    /// The orders of one trader.
    Trader(TraderHandle),
}

impl Scope {
    /// The same scope in another engine.
    pub(crate) fn rebind(&mut self, engine: u32) {
        match self {
            Self::Firm => {}
            Self::Venue(handle) => handle.rebind(engine),
            Self::Account(handle) => handle.rebind(engine),
            Self::Strategy(handle) => handle.rebind(engine),
            Self::Instrument(handle) => handle.rebind(engine),
            Self::Trader(handle) => handle.rebind(engine),
        }
    }

    /// A scope of another engine is nobody's: on record it names nothing.
    pub(crate) fn strip_foreign(&mut self, engine: u32) {
        match self {
            Self::Firm => {}
            Self::Venue(handle) => handle.strip_foreign(engine),
            Self::Account(handle) => handle.strip_foreign(engine),
            Self::Strategy(handle) => handle.strip_foreign(engine),
            Self::Instrument(handle) => handle.strip_foreign(engine),
            Self::Trader(handle) => handle.strip_foreign(engine),
        }
    }
}

/// Who or what pulled it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Cause {
    /// A person or a program, by name.
    Operator,
    /// The journal could not take a record.
    Journal,
    /// A fact was applied that should not have happened, such as an over-fill.
    Anomaly,
    /// There was no room for another latch, so the whole firm was halted.
    Overflow,
    /// A limit was reached whose action says so.
    Limit {
        /// The gate that reads it.
        gate: GateId,
        /// Where it stands.
        level: Level,
    },
    /// Too many rejections in too short a time.
    RejectStorm,
    /// Too many facts in too short a time that should not have happened.
    AnomalyStorm,
    /// No heartbeat came.
    Heartbeat,
    /// A statement differs from what is known by more than its cap.
    Statement,
}

impl Cause {
    /// In words; of a limit, its gate.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Journal => "the journal failed",
            Self::Anomaly => "an anomaly",
            Self::Overflow => "no room for another latch",
            Self::Limit { gate, .. } => gate.name(),
            Self::RejectStorm => "too many rejections",
            Self::AnomalyStorm => "too many anomalies",
            Self::Heartbeat => "no heartbeat",
            Self::Statement => "a statement that jumps",
        }
    }
}

/// Names one latch; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct LatchId(pub(crate) u64);

impl LatchId {
    /// The latch's number, for display.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The latch of this number, for a resume by a person who read the number.
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// One cause that holds a scope down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Latch {
    /// Its name.
    pub id: LatchId,
    /// What it holds.
    pub scope: Scope,
    /// How far down: `Reducing` or `Halted`.
    pub state: TradingState,
    /// Why it was pulled, by kind.
    pub cause: Cause,
    /// Why it was pulled, in words.
    pub reason: Note,
    /// By whom.
    pub by: Id,
    /// When.
    pub at: Timestamp,
}

/// Which latches a resume lifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Lift {
    /// This one.
    One(LatchId),
    /// Every latch of the scope that was there up to this one: those the operator has seen listed.
    UpTo(LatchId),
}

/// All latches that hold, oldest first.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Latches {
    held: Vec<Latch>,
    capacity: usize,
    next: u64,
}

crate::refresh::refreshable!(Latches { held, capacity, next });

impl Latches {
    pub(crate) fn with_capacity(capacity: u32) -> Self {
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
        // One more than asked for: the last place is the firm's, for when there is no room.
        Self { held: Vec::with_capacity(capacity.saturating_add(1)), capacity, next: 1 }
    }

    pub(crate) fn reserve_all(&mut self) {
        self.held.reserve_exact(self.capacity.saturating_add(1).saturating_sub(self.held.len()));
    }

    /// The same latches in another engine.
    pub(crate) fn rebind(&mut self, engine: u32) {
        self.held.iter_mut().for_each(|latch| latch.scope.rebind(engine));
    }

    /// Adds a latch. With no room left the whole firm is halted instead: a halt is never lost.
    pub(crate) fn add(&mut self, mut latch: Latch) -> LatchId {
        let alike = |held: &&mut Latch| {
            (held.scope, held.cause, held.by, held.reason)
                == (latch.scope, latch.cause, latch.by, latch.reason)
        };
        if let Some(held) = self.held.iter_mut().find(alike) {
            held.state = held.state.max(latch.state);
            return held.id;
        }
        if self.held.len() >= self.capacity {
            if let Some(last) = self.held.iter().find(|held| held.cause == Cause::Overflow) {
                return last.id;
            }
            latch.scope = Scope::Firm;
            latch.state = TradingState::Halted;
            latch.cause = Cause::Overflow;
        }
        latch.id = LatchId(self.next);
        self.next = self.next.saturating_add(1);
        self.held.push(latch);
        latch.id
    }

    /// Whether a resume would find a latch to lift.
    pub(crate) fn has(&self, scope: Scope, lift: Lift) -> bool {
        self.held.iter().any(|latch| latch.scope == scope && lift.takes(latch.id))
    }

    /// Lifts latches down to `to`.
    pub(crate) fn lift(&mut self, scope: Scope, lift: Lift, to: TradingState) {
        for latch in &mut self.held {
            if latch.scope == scope && lift.takes(latch.id) {
                latch.state = latch.state.min(to);
            }
        }
        self.held.retain(|latch| latch.state != TradingState::Active);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Latch> {
        self.held.iter()
    }
}

impl Lift {
    fn takes(self, id: LatchId) -> bool {
        match self {
            Self::One(one) => id == one,
            Self::UpTo(last) => id <= last,
        }
    }
}
