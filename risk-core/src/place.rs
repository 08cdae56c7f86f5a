//! Where in a configuration something stands: while it is checked, this follows, so that a message can name the field.

use core::fmt;

#[cfg(feature = "text")]
use crate::error::ConfigError;

/// One step down from the top of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into a field, or to what a table has under a name.
    Field(String),
    /// To an entry of a list.
    Entry(usize),
}

impl From<&str> for Step {
    fn from(name: &str) -> Self {
        Self::Field(name.to_owned())
    }
}

impl From<usize> for Step {
    fn from(entry: usize) -> Self {
        Self::Entry(entry)
    }
}

/// The way from the top of a configuration to a part of it, shown as `accounts[0].limits.collar_bps`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place(pub(crate) Vec<Step>);

impl Place {
    /// Goes to a field at the top.
    pub(crate) fn top(&mut self, field: &str) {
        self.0 = vec![field.into()];
    }

    /// Goes to an entry of a list at the top.
    pub(crate) fn entry(&mut self, list: &str, entry: usize) {
        self.0 = vec![list.into(), entry.into()];
    }

    /// Goes to a field of a table at the top.
    pub(crate) fn field(&mut self, table: &str, field: &str) {
        self.0 = vec![table.into(), field.into()];
    }

    /// Goes to a part of an account.
    pub(crate) fn part(&mut self, part: &str, step: impl Into<Step>) {
        self.0.truncate(2);
        self.0.extend([part.into(), step.into()]);
    }

    /// The field that an error is about, from the part of the configuration that was being checked.
    #[cfg(feature = "text")]
    pub(crate) fn of(mut self, problem: &ConfigError) -> Self {
        let is_entry = matches!(self.0.last(), Some(Step::Entry(_)));
        match problem {
            ConfigError::Limit { field, .. } | ConfigError::AboveCeiling { field, .. } => {
                if is_entry {
                    self.0.push("limits".into());
                }
                self.0.push((*field).into());
            }
            ConfigError::Instrument { field, .. } => self.0.push((*field).into()),
            // Such a field is named from the top, as far as that is not a list.
            ConfigError::Setting { field, .. } if self.0.is_empty() => {
                self.0.extend(field.split('.').map(Step::from));
            }
            ConfigError::Setting { field, .. } => self.0.extend(field.split('.').next_back().map(Step::from)),
            ConfigError::NoLimits { .. } => self.0.push("limits".into()),
            ConfigError::RequiredLimit { field, .. } => {
                self.0.extend(["limits".into(), field.as_str().into()]);
            }
            ConfigError::Duplicate { kind, .. } => self.0.push(match *kind {
                "asset" => "code".into(),
                "instrument" => "symbol".into(),
                _ => "name".into(),
            }),
            ConfigError::Unknown { kind: "asset", .. } if is_entry => {
                let of_instrument = self.0.first() == Some(&"instruments".into());
                self.0.push(if of_instrument { "quote".into() } else { "currency".into() });
            }
            ConfigError::Unknown { kind: "account", .. } if is_entry => self.0.push("accounts".into()),
            ConfigError::Unknown { kind: "instrument", .. } if is_entry => self.0.push("may_trade".into()),
            ConfigError::Full { kind, .. } => {
                let table = match *kind {
                    "strategy" => "strategies".to_owned(),
                    kind => format!("{kind}s"),
                };
                self.field("capacity", &table);
            }
            ConfigError::Unknown { .. }
            | ConfigError::Text { .. }
            | ConfigError::At { .. }
            | ConfigError::Journal(_) => {}
        }
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            match step {
                Step::Entry(entry) => write!(f, "[{entry}]")?,
                Step::Field(name) => {
                    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
                    let dot = if depth == 0 { "" } else { "." };
                    if !name.is_empty() && name.chars().all(bare) {
                        write!(f, "{dot}{name}")?;
                    } else {
                        write!(f, "{dot}{name:?}")?;
                    }
                }
            }
        }
        Ok(())
    }
}
