//! What happens beyond a refusal: per limit a warning before it and a latch at it, and trips for what no limit sees.

use crate::error::{ConfigError, UnknownName};
use crate::gates::{GATES, GateId};
use crate::halt::TradingState;
use crate::limits::{FIELDS, LimitField, Limits};

/// What reaching a limit does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Action {
    /// The order is refused, and nothing else: the next one is judged anew.
    #[default]
    Reject,
    /// And the scope only closes from then on, until somebody resumes it.
    Reducing,
    /// And the scope is halted from then on, until somebody resumes it.
    Halt,
}

impl Action {
    /// The state it latches; nothing for [`Action::Reject`].
    pub(crate) fn latches(self) -> Option<TradingState> {
        match self {
            Self::Reject => None,
            Self::Reducing => Some(TradingState::Reducing),
            Self::Halt => Some(TradingState::Halted),
        }
    }
}

/// What one limit does besides refusing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct LimitAction {
    /// What reaching it does.
    pub action: Action,
    /// From which share of the limit on it warns, in percent, 1 to 99. Only for losses, drawdown and gross exposure,
    /// which stand without an order.
    pub warn_percent: Option<u8>,
}

/// Actions by the name of the limit; what is not named only rejects. In text, a table of [`LimitAction`].
///
/// ```
/// use risk_core::{Action, LimitAction, LimitActions, Limits};
/// let halt = LimitAction { action: Action::Halt, warn_percent: Some(70) };
/// let actions = LimitActions::default().with("daily_loss_max", halt)?;
/// let limits = Limits { daily_loss_max: Some(1_000.into()), actions, ..Limits::default() };
/// # Ok::<(), risk_core::UnknownName>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LimitActions([LimitAction; FIELDS.len()]);

impl Default for LimitActions {
    fn default() -> Self {
        Self([REJECT; FIELDS.len()])
    }
}

const REJECT: LimitAction = LimitAction { action: Action::Reject, warn_percent: None };

impl LimitActions {
    /// With another action for one limit.
    ///
    /// # Errors
    /// When no limit that can have an action has this name.
    pub fn with(mut self, limit: &str, action: LimitAction) -> Result<Self, UnknownName> {
        let place = FIELDS.iter().position(|field| field.name == limit);
        let place = place.and_then(|place| self.0.get_mut(place));
        *place.ok_or_else(|| UnknownName { kind: "limit with an action", name: limit.to_owned() })? = action;
        Ok(self)
    }

    /// Those that do more than reject.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, LimitAction)> {
        self.fields().map(|(field, action)| (field.name, action))
    }

    fn fields(&self) -> impl Iterator<Item = (&'static LimitField, LimitAction)> {
        FIELDS.iter().zip(self.0).filter(|(_, action)| *action != REJECT)
    }

    /// Two tables' actions: the stricter, and the earlier warning.
    pub(crate) fn tightened_by(mut self, other: &Self) -> Self {
        for (one, more) in self.0.iter_mut().zip(other.0) {
            one.action = one.action.max(more.action);
            one.warn_percent = match (one.warn_percent, more.warn_percent) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        self
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for LimitActions {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = to.serialize_map(Some(self.iter().count()))?;
        for (name, action) in self.iter() {
            map.serialize_entry(name, &action)?;
        }
        map.end()
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for LimitActions {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let named = std::collections::BTreeMap::<String, LimitAction>::deserialize(from)?;
        let empty = Self::default();
        named.into_iter().try_fold(empty, |actions, (name, action)| actions.with(&name, action)).map_err(
            |unknown| {
                serde::de::Error::custom(format!("{} is no limit that can have an action", unknown.name))
            },
        )
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for LimitActions {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LimitActions".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let action = generator.subschema_for::<LimitAction>();
        let properties: serde_json::Map<String, serde_json::Value> =
            FIELDS.iter().map(|field| (field.name.to_owned(), action.clone().into())).collect();
        schemars::json_schema!({
            "description": "What reaching a limit does besides refusing, by the limit's name.",
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        })
    }
}

/// So many in so long, and what then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct StormTrip {
    /// How many trip it, 1 to 4096.
    pub count: u32,
    /// Within how long, in ms, at least 1.
    pub window_ms: u64,
    /// What then: reducing or halt.
    pub action: Action,
}

/// How long the heart may stand still, and what then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct HeartbeatTrip {
    /// Longest time since the last [`crate::Input::Heartbeat`], or since the first call, in ms, at least 1.
    pub heartbeat_ms_max: u64,
    /// What then: reducing or halt.
    pub action: Action,
}

/// What latches a scope although no limit is reached. What is not set does not trip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Trips {
    /// Rejected orders, changes and lists of one account: something sends without looking. Stops the account; what names
    /// no account counts by itself and stops the firm. What a halt stops does not count.
    pub reject_storm: Option<StormTrip>,
    /// Facts that should not have happened (see [`crate::Anomaly`]). Stops the firm.
    pub anomaly_storm: Option<StormTrip>,
    /// A heartbeat that is not there. Stops the firm.
    pub heartbeat: Option<HeartbeatTrip>,
}

impl Trips {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let refuse = |field, problem: String| Err(ConfigError::Setting { field, problem });
        let longest: u64 = 10 * 365 * 86_400_000;
        let mild = || "reject latches nothing; say reducing or halt".to_owned();
        for (field, storm) in
            [("trips.reject_storm", self.reject_storm), ("trips.anomaly_storm", self.anomaly_storm)]
        {
            let Some(storm) = storm else { continue };
            if storm.count == 0 || storm.count > 4_096 {
                return refuse(field, format!("count {} is not between 1 and 4096", storm.count));
            }
            if storm.window_ms == 0 || storm.window_ms > longest {
                return refuse(
                    field,
                    format!("window_ms {} is not between 1 and {longest}", storm.window_ms),
                );
            }
            if storm.action == Action::Reject {
                return refuse(field, mild());
            }
        }
        if let Some(heartbeat) = self.heartbeat {
            let field = "trips.heartbeat";
            let ms = heartbeat.heartbeat_ms_max;
            if ms == 0 || ms > longest {
                return refuse(field, format!("heartbeat_ms_max {ms} is not between 1 and {longest}"));
            }
            if heartbeat.action == Action::Reject {
                return refuse(field, mild());
            }
        }
        Ok(())
    }
}

/// The gates whose measure stands without an order: they can warn, and trip as facts come in.
pub(crate) const STANDING: [GateId; 4] =
    [GateId::DailyLoss, GateId::DailyLossPercent, GateId::Drawdown, GateId::GrossExposure];

/// The actions of one table of limits, by gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Actions {
    /// A bit a gate, by its place in the list.
    reducing: u64,
    halt: u64,
    /// By place in [`STANDING`]; 0 is no warning.
    warn: [u8; STANDING.len()],
}

const _: () = assert!(GateId::COUNT <= 64, "a gate more than there are bits");

fn bit(gate: GateId) -> u64 {
    let place = GATES.iter().position(|info| info.id == gate).and_then(|place| u32::try_from(place).ok());
    place.and_then(|place| 1_u64.checked_shl(place)).unwrap_or(0)
}

impl Actions {
    /// Checks names and shares; the problem otherwise.
    pub(crate) fn new(limits: &Limits) -> Result<Self, String> {
        let mut actions = Self::default();
        for (field, wanted) in limits.actions.fields() {
            let name = field.name;
            if !(field.is_set)(limits) {
                return Err(format!("{name} has an action and is not set"));
            }
            match wanted.action {
                Action::Reject => {}
                Action::Reducing => actions.reducing |= bit(field.gate),
                Action::Halt => actions.halt |= bit(field.gate),
            }
            let Some(percent) = wanted.warn_percent else { continue };
            if percent == 0 || percent > 99 {
                return Err(format!("{name} warns at {percent} percent, which is not between 1 and 99"));
            }
            let place = STANDING.iter().position(|gate| *gate == field.gate);
            let warn = place.and_then(|place| actions.warn.get_mut(place));
            *warn.ok_or_else(|| format!("{name} is measured on an order and cannot warn before one"))? =
                percent;
        }
        Ok(actions)
    }

    /// What a gate does. Limits that share a gate share the stricter.
    pub(crate) fn of(&self, gate: GateId) -> Action {
        match bit(gate) {
            bit if self.halt & bit != 0 => Action::Halt,
            bit if self.reducing & bit != 0 => Action::Reducing,
            _ => Action::Reject,
        }
    }

    /// From which share of its limit on a standing gate warns.
    pub(crate) fn warns(&self, gate: GateId) -> Option<u8> {
        let place = STANDING.iter().position(|standing| *standing == gate)?;
        self.warn.get(place).copied().filter(|percent| *percent > 0)
    }

    /// Whether any gate does less than by others.
    pub(crate) fn is_milder_than(&self, strict: &Self) -> bool {
        let stops = |actions: &Self| actions.halt | actions.reducing;
        strict.halt & !self.halt != 0 || stops(strict) & !stops(self) != 0
    }
}
