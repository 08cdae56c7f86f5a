//! The answer: one of four, never an error, a panic or a maybe.

use core::fmt;

use rust_decimal::Decimal;

use crate::gates::GateId;
use crate::handle::OrderHandle;
use crate::house::{Refusal, Vetoed};
use crate::limits::Level;
use crate::num;
use crate::order::{Flaw, Malformed};
use crate::permit::Permit;
use crate::reason::Reason;

/// What the guard says about an order. There is no fifth answer.
///
/// ```
/// # use risk_core::{Decision, Outbound, RiskGuard};
/// # fn send(_: Outbound) {}
/// # fn on(guard: &RiskGuard, decision: Decision) {
/// match decision {
///     Decision::Approved(permit) | Decision::Reduced(permit, _) => {
///         if let Ok(outbound) = guard.redeem(permit) {
///             send(outbound);
///         }
///     }
///     Decision::Rejected(why) | Decision::EmergencyStop(why) => eprintln!("{why}"),
/// }
/// # }
/// ```
#[must_use = "an approved order is sent through its permit; a dropped permit keeps its hold until it expires"]
#[derive(Debug)]
pub enum Decision {
    /// Send exactly this order.
    Approved(Permit),
    /// Send a smaller quantity, which the permit carries.
    Reduced(Permit, Binding),
    /// Do not send.
    Rejected(Rejection),
    /// Do not send: trading is halted in a scope of this order.
    EmergencyStop(Rejection),
}

impl Decision {
    /// Which of the four.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Approved(_) => Verdict::Approved,
            Self::Reduced(..) => Verdict::Reduced,
            Self::Rejected(_) => Verdict::Rejected,
            Self::EmergencyStop(_) => Verdict::EmergencyStop,
        }
    }

    /// The permit, when there is one; the refusal otherwise.
    ///
    /// # Errors
    /// The rejection, when the order was rejected or stopped.
    pub fn permit(self) -> Result<Permit, Rejection> {
        match self {
            Self::Approved(permit) | Self::Reduced(permit, _) => Ok(permit),
            Self::Rejected(rejection) | Self::EmergencyStop(rejection) => Err(rejection),
        }
    }

    /// Why it was refused or reduced; nothing for an approval.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Approved(_) => None,
            Self::Reduced(_, binding) => Some(binding.reason),
            Self::Rejected(rejection) | Self::EmergencyStop(rejection) => Some(rejection.reason),
        }
    }
}

/// Which of the four answers, without what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Verdict {
    /// The whole order may be sent.
    Approved,
    /// A part of it may be sent.
    Reduced,
    /// It may not be sent.
    Rejected,
    /// It may not be sent: a scope of it is halted.
    EmergencyStop,
}

impl Verdict {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Approved, Self::Reduced, Self::Rejected, Self::EmergencyStop];

    /// `approved`, `reduced`, `rejected` or `emergency_stop`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Reduced => "reduced",
            Self::Rejected => "rejected",
            Self::EmergencyStop => "emergency_stop",
        }
    }
}

/// What made a reduced order smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Binding {
    /// Its reason.
    pub reason: Reason,
    /// The gate.
    pub gate: GateId,
    /// The level whose limit bound.
    pub level: Level,
    /// What the whole order measured against the limit.
    pub reading: Option<Reading>,
    /// The quantity that was asked for.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub asked: Decimal,
    /// The quantity that may be sent.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub approved: Decimal,
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "reduced from {} to {} by {} ({})",
            self.asked.normalize(),
            self.approved.normalize(),
            self.reason,
            self.level.name()
        )?;
        match &self.reading {
            Some(reading) => write!(f, ": the whole order measures {reading}"),
            None => Ok(()),
        }
    }
}

/// Why an order may not be sent. Its text is one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Rejection {
    /// The stable reason.
    pub reason: Reason,
    /// The gate that refused; nothing for what stands before the gates.
    pub gate: Option<GateId>,
    /// The level whose limit refused.
    pub level: Option<Level>,
    /// What was measured and what the limit is.
    pub reading: Option<Reading>,
    /// Which field is malformed, for INVALID_ORDER.
    pub malformed: Option<Malformed>,
    /// Which rule of the house refused, for HOUSE_RULE.
    pub house: Option<Refusal>,
    /// For SELF_MATCH, the own order that accepts most of those it could trade with: what to cancel first.
    /// [`crate::Explanation::crossing`] names them all.
    pub crossing: Option<OrderHandle>,
}

impl Rejection {
    /// A refusal for a reason alone: what stands before the gates, and what an adapter must refuse without the engine.
    pub fn of(reason: Reason) -> Self {
        Self { reason, gate: None, level: None, reading: None, malformed: None, house: None, crossing: None }
    }

    /// A halt stops; all else refuses.
    pub(crate) fn verdict(&self) -> Verdict {
        if self.reason == Reason::KillSwitchActive { Verdict::EmergencyStop } else { Verdict::Rejected }
    }

    pub(crate) fn decision(self) -> Decision {
        match self.verdict() {
            Verdict::EmergencyStop => Decision::EmergencyStop(self),
            Verdict::Approved | Verdict::Reduced | Verdict::Rejected => Decision::Rejected(self),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reason)?;
        if let Some(malformed) = &self.malformed {
            write!(f, ": {}", malformed.field.name())?;
            if let Some(value) = malformed.value {
                write!(f, " {value}")?;
            }
            f.write_str(match malformed.flaw {
                Flaw::Text => " is not 1 to 64 of [A-Za-z0-9_.:-]",
                Flaw::NotPositive => " is not above zero",
                Flaw::Number(num::Misfit::Places) => " has more decimal places than the instrument",
                Flaw::Number(num::Misfit::Range) => " is beyond what the instrument can hold",
                Flaw::Missing => " is missing",
                Flaw::Unexpected => " is no field of this kind of order",
            })?;
        }
        if let Some(gate) = self.gate {
            write!(f, ": {}", gate.info().measures)?;
        }
        if let Some(refusal) = &self.house {
            write!(f, ", {}", refusal.rule)?;
            f.write_str(match refusal.why {
                Vetoed::Measured => "",
                Vetoed::Failed => ": it could not answer",
                Vetoed::Panicked => ": it panicked",
                Vetoed::Absent => ": its function is not there",
            })?;
        }
        if let Some(reading) = &self.reading {
            write!(f, ": {reading}")?;
        }
        if let Some(level) = self.level {
            write!(f, " ({})", level.name())?;
        }
        write!(f, "; {}", self.reason.advice())
    }
}

impl core::error::Error for Rejection {}

/// Which way a reading passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Compare {
    /// Passes up to and with the limit.
    AtMost,
    /// Passes below the limit; reaching it refuses.
    Below,
    /// Passes from the limit up.
    AtLeast,
}

/// What a gate measured, the limit it compared with, and the unit both are in.
///
/// Shares are compared exactly, without a division: both sides of a percentage are then in money, in a finer unit, and
/// those of basis points in what makes one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Reading {
    /// The state or the order, with this order in it.
    pub measured: i128,
    /// The limit.
    pub limit: i128,
    /// Which way it passes.
    pub compare: Compare,
    /// The unit of both.
    pub unit: Unit,
}

impl Reading {
    /// The one comparison there is.
    #[inline]
    pub fn passes(&self) -> bool {
        passes(self.measured, self.limit, self.compare)
    }

    /// How much of the limit is used, in parts per million, 0 to 1,000,000. A limit of zero is used up.
    pub fn utilisation_ppm(&self) -> u32 {
        let full = 1_000_000;
        let (part, whole) = match self.compare {
            Compare::AtMost | Compare::Below => (self.measured, self.limit),
            Compare::AtLeast => (self.limit, self.measured),
        };
        if part <= 0 {
            return if whole <= 0 { full } else { 0 };
        }
        if whole <= 0 || part >= whole {
            return full;
        }
        // 0 < part < whole: halve both until the product fits, which loses less than the answer shows.
        let shift = whole.checked_ilog2().unwrap_or(0).saturating_sub(100);
        let (part, whole) = (part >> shift, (whole >> shift).max(1));
        part.checked_mul(1_000_000)
            .and_then(|scaled| scaled.checked_div(whole))
            .and_then(|ppm| u32::try_from(ppm).ok())
            .map_or(full, |ppm| ppm.min(full))
    }
}

#[inline]
pub(crate) fn passes(measured: i128, limit: i128, compare: Compare) -> bool {
    match compare {
        Compare::AtMost => measured <= limit,
        Compare::Below => measured < limit,
        Compare::AtLeast => measured >= limit,
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.unit.write(f, self.measured)?;
        f.write_str(match self.compare {
            Compare::AtMost => ", at most ",
            Compare::Below => ", must stay below ",
            Compare::AtLeast => ", at least ",
        })?;
        self.unit.write(f, self.limit)
    }
}

/// A currency code, kept in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Code {
    bytes: [u8; 12],
    length: u8,
}

impl Code {
    /// The first 12 bytes of the text, or less where a character would be cut.
    pub(crate) fn new(text: &str) -> Self {
        let mut code = Self::default();
        let mut used = 0_usize;
        for letter in text.chars() {
            let end = used.saturating_add(letter.len_utf8());
            let Some(place) = code.bytes.get_mut(used..end) else { break };
            letter.encode_utf8(place);
            used = end;
        }
        code.length = u8::try_from(used).unwrap_or(0);
        code
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.bytes.get(..usize::from(self.length)).unwrap_or(&[])).unwrap_or("")
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self::new(&text))
    }
}

/// The unit of a reading: what one of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Unit {
    /// 10^-`scale` of a currency.
    Money {
        /// The currency.
        currency: Code,
        /// Decimal places.
        scale: u32,
    },
    /// 10^-`scale` of the instrument's unit of quantity.
    Quantity {
        /// Decimal places.
        scale: u32,
    },
    /// 10^-`scale` of the instrument's unit of price.
    Price {
        /// Decimal places.
        scale: u32,
    },
    /// Nanoseconds.
    Time,
    /// Time in a rate bucket: one message is `interval_ns`.
    Messages {
        /// Nanoseconds a message takes.
        interval_ns: i64,
    },
    /// 10^-`scale` of a percent.
    Percent {
        /// Decimal places.
        scale: u32,
    },
    /// Basis points of a price: one of them is `one`, so that the comparison needs no division. Shown rounded up to a
    /// hundredth.
    BasisPoints {
        /// What one basis point is.
        one: u64,
    },
    /// A number of things.
    Count,
    /// 10^-`scale` of what a house rule counts.
    Number {
        /// Decimal places.
        scale: u32,
    },
}

impl Unit {
    /// Writes a value in this unit as people read it.
    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>, value: i128) -> fmt::Result {
        match *self {
            Self::Money { currency, scale } => {
                num::write_scaled(f, value, scale)?;
                write!(f, " {}", currency.as_str())
            }
            Self::Quantity { scale } | Self::Price { scale } | Self::Number { scale } => {
                num::write_scaled(f, value, scale)
            }
            Self::Percent { scale } => {
                num::write_scaled(f, value, scale)?;
                f.write_str(" %")
            }
            Self::Time => {
                num::write_scaled(f, value, 6)?;
                f.write_str(" ms")
            }
            Self::Messages { interval_ns } => {
                let interval = i128::from(interval_ns).max(1);
                let up = value.saturating_add(interval.saturating_sub(1)).checked_div_euclid(interval);
                write!(f, "{} messages", up.unwrap_or(0))
            }
            Self::BasisPoints { one } => {
                let one = i128::from(one).max(1);
                let up =
                    value.saturating_mul(100).saturating_add(one.saturating_sub(1)).checked_div_euclid(one);
                num::write_scaled(f, up.unwrap_or(0), 2)?;
                f.write_str(" bps")
            }
            Self::Count => num::write_scaled(f, value, 0),
        }
    }

    /// A value in this unit as text, such as `1,250.5 USD`.
    pub fn show(&self, value: i128) -> String {
        struct Shown(Unit, i128);
        impl fmt::Display for Shown {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write(f, self.1)
            }
        }
        Shown(*self, value).to_string()
    }
}
