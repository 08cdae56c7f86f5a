//! House rules: vetoes of whoever builds the guard in. They are asked after the list, and can only refuse.
//!
//! The configuration names them, in their order; the functions are given where the engine is made, and none can be
//! added, left out or exchanged later. What a rule answers is on record: a replay asks no function.

use core::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rust_decimal::Decimal;

use crate::config::Config;
use crate::decision::{Compare, Reading, Rejection, Unit};
use crate::error::ConfigError;
use crate::facts::{Facts, Trial};
use crate::gates::GateId;
use crate::limits::Level;
use crate::reason::Reason;
use crate::record::{ListOutcome, Outcome};
use crate::view::View;

/// Most rules of a house.
pub const HOUSE_RULES_MAX: usize = 8;

/// Longest name of a rule, in bytes.
pub const RULE_NAME_BYTES_MAX: usize = 15;

/// The name of a house rule, kept in place: 1 to 15 of `[A-Za-z0-9_.:-]`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RuleName {
    bytes: [u8; RULE_NAME_BYTES_MAX],
    length: u8,
}

impl RuleName {
    fn new(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-');
        let mut bytes = [0; RULE_NAME_BYTES_MAX];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        let fits = !text.is_empty() && text.bytes().all(allowed);
        fits.then_some(Self { bytes, length: u8::try_from(text.len()).ok()? })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.bytes.get(..usize::from(self.length)).unwrap_or(&[])).unwrap_or("")
    }
}

impl fmt::Debug for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for RuleName {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// A rule of the house: a veto that an engine of this configuration must be given, by its name. See [`crate::Veto`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct HouseRule {
    /// Its name, 1 to 15 of `[A-Za-z0-9_.:-]`, in decisions and in `coverage()`.
    pub name: String,
    /// Whether it is asked about orders that open nothing, too: it can then keep a trader in a position.
    #[cfg_attr(feature = "serde", serde(default))]
    pub exits: bool,
}

impl HouseRule {
    /// A rule that is asked about orders that open something.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), exits: false }
    }

    /// The same, asked about every order.
    #[must_use]
    pub fn for_exits(mut self) -> Self {
        self.exits = true;
        self
    }
}

/// What a rule measured and what it allows, in a unit of its own. The engine compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// What was measured, with this order in it.
    pub measured: Decimal,
    /// What is allowed.
    pub limit: Decimal,
    /// Which way it passes.
    pub compare: Compare,
}

impl Measurement {
    /// Passes up to and with the limit.
    pub fn at_most(measured: impl Into<Decimal>, limit: impl Into<Decimal>) -> Self {
        Self { measured: measured.into(), limit: limit.into(), compare: Compare::AtMost }
    }

    /// Passes below the limit.
    pub fn below(measured: impl Into<Decimal>, limit: impl Into<Decimal>) -> Self {
        Self { measured: measured.into(), limit: limit.into(), compare: Compare::Below }
    }

    /// Passes from the limit up.
    pub fn at_least(measured: impl Into<Decimal>, limit: impl Into<Decimal>) -> Self {
        Self { measured: measured.into(), limit: limit.into(), compare: Compare::AtLeast }
    }

    /// Both in the finer of their scales; nothing where that does not fit.
    fn reading(&self) -> Option<Reading> {
        let scale = self.measured.scale().max(self.limit.scale());
        let units = |value: Decimal| {
            let finer = 10_i128.checked_pow(scale.checked_sub(value.scale())?)?;
            value.mantissa().checked_mul(finer)
        };
        let (measured, limit) = (units(self.measured)?, units(self.limit)?);
        Some(Reading { measured, limit, compare: self.compare, unit: Unit::Number { scale } })
    }
}

/// A rule that could not answer: the order is refused. Any error becomes one with `?`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Undecided;

impl<E: core::error::Error> From<E> for Undecided {
    fn from(_: E) -> Self {
        Self
    }
}

/// What a rule answers: nothing where it does not concern the order, or what it measured.
pub type Answer = Result<Option<Measurement>, Undecided>;

type Function = Box<dyn Fn(&View<'_>) -> Answer + Send + Sync>;

/// The function of a house rule, with the name that the configuration has for it.
///
/// It is called under the guard's lock, once for each order that every gate lets through (for an order that is
/// reduced, as it would be sent), and once more by `explain` and `headroom`: it should be a plain, fast function of
/// what it is shown, and must not call the guard. A panic in it refuses the order; where panics abort, the process ends.
///
/// ```
/// use risk_core::{Config, HouseRule, Level, Measurement, Veto};
/// let mut config = Config::new("USD");
/// config.house_rules.push(HouseRule::new("fat-finger"));
/// let fat_finger = Veto::new("fat-finger", |view| {
///     Ok(view.notional(Level::Account).map(|notional| Measurement::at_most(notional, 50_000)))
/// });
/// ```
pub struct Veto {
    name: String,
    function: Function,
}

impl Veto {
    /// The function of the rule of this name.
    pub fn new(name: &str, function: impl Fn(&View<'_>) -> Answer + Send + Sync + 'static) -> Self {
        Self { name: name.to_owned(), function: Box::new(function) }
    }
}

impl fmt::Debug for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Veto").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a house rule refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Vetoed {
    /// By what it measured.
    Measured,
    /// It answered with an error, or with numbers that cannot be compared.
    Failed,
    /// It panicked.
    Panicked,
    /// Its function was not given when the engine was made again from its records.
    Absent,
}

/// Which house rule refused, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Refusal {
    /// Its name.
    pub rule: RuleName,
    /// Its place among the rules of the configuration, from 0.
    pub place: u8,
    /// Why.
    pub why: Vetoed,
}

/// The veto of an order as it is recorded; what was measured stands in the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordedVeto {
    /// The rule's place among those of the configuration, from 0.
    pub rule: u8,
    /// Why it refused.
    pub why: Vetoed,
    /// Which way its reading passes.
    pub compare: Compare,
    /// Decimal places of its reading.
    pub scale: u8,
}

impl RecordedVeto {
    pub(crate) fn of(rejection: &Rejection) -> Option<Self> {
        let refusal = rejection.house?;
        let (compare, scale) = match rejection.reading {
            Some(Reading { compare, unit: Unit::Number { scale }, .. }) => (compare, scale),
            _ => (Compare::AtMost, 0),
        };
        let scale = u8::try_from(scale).unwrap_or(u8::MAX);
        Some(Self { rule: refusal.place, why: refusal.why, compare, scale })
    }
}

/// A rule, and its function where there is one.
struct Rule {
    name: RuleName,
    exits: bool,
    function: Option<Function>,
}

/// The order of a call that a rule refused, which and why, and what was measured.
type Recorded = (u32, RecordedVeto, Option<(i128, i128)>);

/// Who answers.
#[derive(Debug)]
enum Answers {
    /// The functions.
    Live,
    /// The record: nothing where no rule refused, else which order of the call, and how.
    Recorded(Option<Recorded>),
}

/// The rules of the house, in their order.
#[derive(Debug)]
pub(crate) struct House {
    rules: Box<[Rule]>,
    answers: Answers,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").field("name", &self.name).field("exits", &self.exits).finish_non_exhaustive()
    }
}

/// Whether names and number of the rules are such that an engine can have them.
pub(crate) fn check(rules: &[HouseRule]) -> Result<(), ConfigError> {
    let refuse = |problem| Err(ConfigError::Setting { field: "house_rules", problem });
    if rules.len() > HOUSE_RULES_MAX {
        return refuse(format!("{} rules are more than {HOUSE_RULES_MAX}", rules.len()));
    }
    for (place, rule) in rules.iter().enumerate() {
        if RuleName::new(&rule.name).is_none() {
            return refuse(format!("{:?} is not 1 to {RULE_NAME_BYTES_MAX} of [A-Za-z0-9_.:-]", rule.name));
        }
        if rules.iter().take(place).any(|before| before.name == rule.name) {
            return Err(ConfigError::Duplicate { kind: "house rule", name: rule.name.clone() });
        }
    }
    Ok(())
}

impl House {
    /// The rules that a configuration names, without their functions; they answer as recorded.
    pub(crate) fn on_record(config: &Config) -> Self {
        let rule = |rule: &HouseRule| {
            Some(Rule { name: RuleName::new(&rule.name)?, exits: rule.exits, function: None })
        };
        Self { rules: config.house_rules.iter().filter_map(rule).collect(), answers: Answers::Recorded(None) }
    }

    /// Whether these are exactly the functions that are named, each once.
    pub(crate) fn takes(&self, vetoes: &[Veto]) -> Result<(), ConfigError> {
        for (place, Veto { name, .. }) in vetoes.iter().enumerate() {
            if !self.rules.iter().any(|rule| rule.name.as_str() == name) {
                let at = "the functions given".to_owned();
                return Err(ConfigError::Unknown { kind: "house rule", name: name.clone(), at });
            }
            if vetoes.iter().take(place).any(|before| before.name == *name) {
                return Err(ConfigError::Duplicate { kind: "house rule", name: name.clone() });
            }
        }
        let given = |rule: &Rule| vetoes.iter().any(|veto| rule.name.as_str() == veto.name);
        match self.rules.iter().find(|rule| !given(rule)) {
            Some(rule) => {
                let problem = format!("{} has no function; give one where the engine is made", rule.name);
                Err(ConfigError::Setting { field: "house_rules", problem })
            }
            None => Ok(()),
        }
    }

    /// With exactly the functions that are named, each once.
    pub(crate) fn with(mut self, vetoes: Vec<Veto>) -> Result<Self, ConfigError> {
        self.takes(&vetoes)?;
        for Veto { name, function } in vetoes {
            let rule = self.rules.iter_mut().find(|rule| rule.name.as_str() == name);
            if let Some(rule) = rule {
                rule.function = Some(function);
            }
        }
        Ok(self.live())
    }

    fn live(self) -> Self {
        Self { answers: Answers::Live, ..self }
    }

    /// The same rules without their functions, asked from now on: each of them refuses.
    pub(crate) fn unanswered(&self) -> Self {
        let rule = |rule: &Rule| Rule { name: rule.name, exits: rule.exits, function: None };
        Self { rules: self.rules.iter().map(rule).collect(), answers: Answers::Live }
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// It is the engine of a replay.
    #[inline]
    pub(crate) fn is_on_record(&self) -> bool {
        matches!(self.answers, Answers::Recorded(_))
    }

    /// What the next call is answered, by its record.
    pub(crate) fn recall(&mut self, outcome: &Outcome) {
        self.answers = Answers::Recorded(outcome.veto.map(|veto| (0, veto, outcome.measured)));
    }

    /// The same for a list.
    pub(crate) fn recall_list(&mut self, outcome: &ListOutcome) {
        let recorded = outcome.vetoed.and_then(|(place, of)| Some((place, of.veto?, of.measured)));
        self.answers = Answers::Recorded(recorded);
    }

    /// The first rule that refuses an order which every gate lets through.
    pub(crate) fn ask(&self, facts: &Facts<'_>, trial: &Trial) -> Result<(), Rejection> {
        if self.is_empty() {
            return Ok(());
        }
        match &self.answers {
            Answers::Live => {
                let exit = trial.is_pure_exit();
                for (place, rule) in self.rules.iter().enumerate().filter(|(_, rule)| rule.exits || !exit) {
                    rule.asked(facts, trial).map_err(|(why, reading)| rule.refuses(place, why, reading))?;
                }
                Ok(())
            }
            Answers::Recorded(None) => Ok(()),
            Answers::Recorded(Some((order, ..))) if *order != facts.listed.place => Ok(()),
            Answers::Recorded(Some((_, veto, measured))) => {
                let place = usize::from(veto.rule);
                let reading = measured.map(|(measured, limit)| Reading {
                    measured,
                    limit,
                    compare: veto.compare,
                    unit: Unit::Number { scale: u32::from(veto.scale) },
                });
                let rule = self.rules.get(place);
                Err(rule
                    .map_or(Rejection::of(Reason::HouseRule), |rule| rule.refuses(place, veto.why, reading)))
            }
        }
    }

    /// Every rule's answer, for who wants to look: its reading, or why it has none.
    pub(crate) fn look(
        &self,
        facts: &Facts<'_>,
        trial: &Trial,
        mut show: impl FnMut(RuleName, Option<Reading>, bool),
    ) {
        let exit = trial.is_pure_exit();
        if matches!(self.answers, Answers::Recorded(_)) {
            return;
        }
        for rule in self.rules.iter().filter(|rule| rule.exits || !exit) {
            match rule.asked(facts, trial) {
                Ok(None) => {}
                Ok(reading) => show(rule.name, reading, true),
                Err((_, reading)) => show(rule.name, reading, false),
            }
        }
    }

    /// The rules' names, and whether they look at exits.
    pub(crate) fn rules(&self) -> impl Iterator<Item = HouseRule> {
        self.rules.iter().map(|rule| HouseRule { name: rule.name.as_str().to_owned(), exits: rule.exits })
    }
}

impl Rule {
    /// Its reading where it passes, else why it does not.
    fn asked(&self, facts: &Facts<'_>, trial: &Trial) -> Result<Option<Reading>, (Vetoed, Option<Reading>)> {
        let Some(function) = &self.function else { return Err((Vetoed::Absent, None)) };
        let view = View::of(facts, trial);
        // It is shown what it cannot change, so that a panic leaves nothing half done but what is its own.
        let answer = catch_unwind(AssertUnwindSafe(|| function(&view)));
        match answer {
            Ok(Ok(None)) => Ok(None),
            Ok(Ok(Some(measurement))) => match measurement.reading() {
                Some(reading) if reading.passes() => Ok(Some(reading)),
                Some(reading) => Err((Vetoed::Measured, Some(reading))),
                None => Err((Vetoed::Failed, None)),
            },
            Ok(Err(Undecided)) => Err((Vetoed::Failed, None)),
            Err(payload) => {
                // What was thrown may itself panic when it is dropped.
                core::mem::forget(payload);
                Err((Vetoed::Panicked, None))
            }
        }
    }

    #[cold]
    fn refuses(&self, place: usize, why: Vetoed, reading: Option<Reading>) -> Rejection {
        let place = u8::try_from(place).unwrap_or(u8::MAX);
        Rejection {
            gate: Some(GateId::HouseRule),
            level: Some(Level::Firm),
            reading,
            house: Some(Refusal { rule: self.name, place, why }),
            ..Rejection::of(Reason::HouseRule)
        }
    }
}
