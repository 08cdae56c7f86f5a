//! Changes of limits: who may make which, how high they go, and what comes back when one ends.
//!
//! A table of limits is changed as a whole. Loosening any of it is a *raise*: it never goes above the table's ceiling,
//! and under dual control it needs a second name. A change with an expiry is temporary: at that instant the lasting
//! limits come back by themselves. There is one lasting and at most one temporary version of a table; a change that
//! lasts ends a temporary one, and a temporary one replaces another, never what lasts. Loosening lifts no latch: what is
//! halted stays halted.

use crate::clock::{Clock, Timestamp};
use crate::compiled::Compiled;
use crate::config::{Account, Config};
use crate::engine::Engine;
use crate::error::{ConfigError, IngestError};
use crate::input::LimitsOf;
use crate::limits::{FIELDS, Level, LimitField, Limits};
use crate::record::Journal;
use crate::state::{State, at};
use crate::text::Id;

/// Whose limits, by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Whose {
    Firm,
    Account(u32),
    Strategy(u32),
    Instrument(u32),
}

/// Limits until an instant, and what comes back then.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Temporary {
    pub(crate) of: Whose,
    pub(crate) until: Timestamp,
    pub(crate) lasting: Limits,
}

/// What changes are held against.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Policy {
    /// A raise needs two names.
    pub(crate) dual_control: bool,
    /// Places in [`FIELDS`] that every account must have, at its own level or the firm's.
    pub(crate) required: Vec<usize>,
    /// How far the limits may be loosened; what is not set there is not bounded.
    pub(crate) firm: Compiled,
    pub(crate) accounts: Vec<Compiled>,
    pub(crate) strategies: Vec<Compiled>,
    pub(crate) instruments: Vec<Compiled>,
}

crate::refresh::refreshable!(Policy { dual_control, required, firm, accounts, strategies, instruments });

impl Policy {
    pub(crate) fn new(config: &Config) -> Self {
        let required = config.required_limits.iter();
        let required = required.filter_map(|name| FIELDS.iter().position(|field| field.name == name));
        Self { dual_control: config.settings.dual_control, required: required.collect(), ..Self::default() }
    }

    fn ceiling(&self, of: Whose) -> Option<&Compiled> {
        match of {
            Whose::Firm => Some(&self.firm),
            Whose::Account(place) => at(&self.accounts, place),
            Whose::Strategy(place) => at(&self.strategies, place),
            Whose::Instrument(place) => at(&self.instruments, place),
        }
    }
}

/// A ceiling, checked like limits, and that the limits it is for do not begin above it.
pub(crate) fn ceiling(
    written: &Limits,
    limits: &Compiled,
    level: Level,
    scale: u32,
    at: &str,
) -> Result<Compiled, ConfigError> {
    let ceiling = Compiled::new(written, level, scale, &format!("{at}, ceiling"))?;
    match limits.loosened_from(&ceiling) {
        Some(field) => Err(ConfigError::AboveCeiling { at: at.to_owned(), field }),
        None => Ok(ceiling),
    }
}

impl State {
    /// Whether a new table may be taken.
    pub(crate) fn check_change(
        &self,
        of: Whose,
        (written, new): (&Limits, &Compiled),
        (by, second): (Id, Option<Id>),
        until: Option<Timestamp>,
    ) -> Result<(), IngestError> {
        if until.is_some_and(|until| until <= self.now) {
            return Err(IngestError::Outdated("the expiry"));
        }
        if until.is_some() && !self.schedule.has_room(of) {
            return Err(IngestError::Full("temporary table of limits"));
        }
        if let Some(field) = self.policy.ceiling(of).and_then(|ceiling| new.loosened_from(ceiling)) {
            return Err(IngestError::AboveCeiling(field));
        }
        if self.policy.dual_control && second.is_none_or(|second| second == by) {
            // Against what holds, and against what lasts: a temporary raise made lasting is a raise.
            let holds = self.compiled(of);
            let lasts = self.schedule.lasting(of).and_then(|lasting| self.compile_for(of, lasting, "").ok());
            let raised = [holds, lasts].iter().flatten().find_map(|before| new.loosened_from(before));
            if let Some(field) = raised {
                return Err(IngestError::SecondName(field));
            }
        }
        self.check_required(of, written).map_err(|e| IngestError::Limits(Box::new(e)))
    }

    /// A change may not take away what every account must have, neither now nor when something temporary ends.
    fn check_required(&self, of: Whose, new: &Limits) -> Result<(), ConfigError> {
        for field in self.required() {
            let missing =
                |at: &str| ConfigError::RequiredLimit { field: field.name.into(), at: at.to_owned() };
            let has = |of: Whose| {
                let written = self.written_limits(of).is_some_and(field.is_set);
                written && self.schedule.lasting(of).is_none_or(field.is_set)
            };
            if (field.is_set)(new) {
                continue;
            }
            match of {
                Whose::Firm => {
                    let without = self.names.accounts.iter().find(|(_, place)| !has(Whose::Account(**place)));
                    if let Some((name, _)) = without {
                        return Err(missing(&format!("account {name:?}")));
                    }
                    if self.accounts.is_empty() {
                        return Err(missing("the firm"));
                    }
                }
                Whose::Account(_) if !has(Whose::Firm) => return Err(missing("the account")),
                Whose::Account(_) | Whose::Strategy(_) | Whose::Instrument(_) => {}
            }
        }
        Ok(())
    }

    /// What an account that is registered later must have.
    pub(crate) fn demand_required(&self, account: &Account) -> Result<(), ConfigError> {
        let has = |field: &LimitField| {
            let lasts = self.schedule.lasting(Whose::Firm).is_none_or(field.is_set);
            (field.is_set)(&account.limits) || ((field.is_set)(&self.written.firm) && lasts)
        };
        match self.required().find(|field| !has(field)) {
            None => Ok(()),
            Some(field) => {
                let at = format!("account {:?}", account.name);
                Err(ConfigError::RequiredLimit { field: field.name.into(), at })
            }
        }
    }

    fn required(&self) -> impl Iterator<Item = &'static LimitField> {
        self.policy.required.iter().filter_map(|place| FIELDS.get(*place))
    }

    pub(crate) fn whose(&self, of: LimitsOf, tag: u32) -> Result<Whose, IngestError> {
        let (whose, kind) = match of {
            LimitsOf::Firm => (Some(Whose::Firm), "firm"),
            LimitsOf::Account(handle) => (handle.index_in(tag).map(Whose::Account), "account"),
            LimitsOf::Strategy(handle) => (handle.index_in(tag).map(Whose::Strategy), "strategy"),
            LimitsOf::Instrument(handle) => (handle.index_in(tag).map(Whose::Instrument), "instrument"),
        };
        whose.filter(|whose| self.compiled(*whose).is_some()).ok_or(IngestError::Unknown(kind))
    }

    /// The limits that hold, in integers.
    fn compiled(&self, of: Whose) -> Option<Compiled> {
        match of {
            Whose::Firm => Some(self.firm.limits),
            Whose::Account(place) => at(&self.accounts, place).map(|account| account.limits),
            Whose::Strategy(place) => at(&self.strategies, place).map(|strategy| strategy.limits),
            Whose::Instrument(place) => at(&self.instruments, place).map(|instrument| instrument.limits),
        }
    }

    /// The limits that hold, as they were written.
    fn written_limits(&self, of: Whose) -> Option<&Limits> {
        match of {
            Whose::Firm => Some(&self.written.firm),
            Whose::Account(place) => at(&self.written.accounts, place),
            Whose::Strategy(place) => at(&self.written.strategies, place),
            Whose::Instrument(place) => at(&self.instruments, place).map(|i| &i.written_limits),
        }
    }

    /// Limits in the integers of a table.
    pub(crate) fn compile_for(
        &self,
        of: Whose,
        limits: &Limits,
        label: &str,
    ) -> Result<Compiled, ConfigError> {
        let in_currency = |account: u32| {
            at(&self.accounts, account).map_or(0, |account| self.money_scale(account.currency))
        };
        let (level, scale) = match of {
            Whose::Firm => (Level::Firm, self.money_scale(self.firm.currency)),
            Whose::Account(place) => (Level::Account, in_currency(place)),
            Whose::Strategy(place) => {
                let account = at(&self.strategies, place).map_or(u32::MAX, |strategy| strategy.account);
                (Level::Strategy, in_currency(account))
            }
            Whose::Instrument(place) => {
                (Level::Instrument, at(&self.instruments, place).map_or(0, |i| i.traded.money_scale))
            }
        };
        Compiled::new(limits, level, scale, label)
    }

    /// Takes a new table: for good, or until an instant. The caller has seen [`State::check_change`].
    pub(crate) fn change_limits(
        &mut self,
        of: Whose,
        limits: &Limits,
        compiled: Compiled,
        until: Option<Timestamp>,
    ) {
        let ended = self.schedule.end_temporary(of);
        if let Some(until) = until {
            let lasting = ended.or_else(|| self.written_limits(of).cloned()).unwrap_or_default();
            self.schedule.add_temporary(Temporary { of, until, lasting });
            self.wake_at(until);
        }
        self.set_limits(of, limits, compiled, self.seq);
    }

    /// The lasting limits come back. They may be stricter than what was judged by, as of the record that is written next.
    pub(crate) fn restore_limits(&mut self, ended: &Temporary) {
        if let Ok(compiled) = self.compile_for(ended.of, &ended.lasting, "") {
            self.set_limits(ended.of, &ended.lasting, compiled, self.seq.saturating_add(1));
        }
    }
}

/// The limits of one table as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct LimitsInForce {
    /// The limits.
    pub limits: Limits,
    /// When they end, where they are temporary, and what comes back then.
    pub until: Option<(Timestamp, Limits)>,
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// The limits of a table as they are now. Nothing for what this engine does not know.
    pub fn limits(&self, of: LimitsOf) -> Option<LimitsInForce> {
        let of = self.state.whose(of, self.tag).ok()?;
        let until = self.state.schedule.temporary(of).map(|ends| (ends.until, ends.lasting.clone()));
        Some(LimitsInForce { limits: self.state.written_limits(of)?.clone(), until })
    }
}
