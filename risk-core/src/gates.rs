//! The policy: one closed list of gates, in the order of precedence.
//!
//! A gate *measures*; [`crate::decision::Reading::passes`] compares. A gate cannot decide, hold, allocate, read a clock
//! or be switched off. The list below is the only one: the walk, [`GATES`], `docs/gates.md` and the tests are made from
//! it. To add a gate, write its file under `gates/`, and one line here.

use core::fmt;
use core::ops::ControlFlow;

use crate::decision::{Compare, Unit, passes};
use crate::facts::{Facts, Trial};
use crate::limits::{FIELDS, Level, Limits};
use crate::num::{Money, PPM};
use crate::plain::Plain;
use crate::reason::Reason;

mod buying_power;
mod collar;
mod cooldown;
mod daily_loss;
mod data;
mod drawdown;
mod duplicate;
mod exposure;
mod house_rule;
mod increments;
mod kill_switch;
mod message_rate;
mod name;
mod open_orders;
mod order_age;
mod order_size;
mod order_to_trade;
mod parent;
mod participation;
mod position;
mod position_count;
mod reducing;
mod repeat;
mod restriction;
mod self_match;
mod session;
mod short_sale;
mod traded_value;

/// The list. Its order is the precedence: the first that fails and that size cannot cure decides a rejection.
macro_rules! gates {
    ($with:ident) => {
        $with! {
            KillSwitch: kill_switch,
            Reducing: reducing,
            ReduceOnly: reducing,
            Restriction: restriction,
            Session: session,
            ShortSale: short_sale,
            PriceIncrement: increments,
            QuantityIncrement: increments,
            QuantityMin: increments,
            QuantityMax: increments,
            NotionalMin: increments,
            OrderAge: order_age,
            Duplicate: duplicate,
            Repeat: repeat,
            SelfMatch: self_match,
            Parent: parent,
            MessageRate: message_rate,
            DataGap: data,
            StaleData: data,
            DataCompleteness: data,
            CrossedBook: data,
            Spread: data,
            PriceCollar: collar,
            OrderQuantity: order_size,
            OrderNotional: order_size,
            Participation: participation,
            DailyLoss: daily_loss,
            DailyLossPercent: daily_loss,
            Drawdown: drawdown,
            Cooldown: cooldown,
            PositionCount: position_count,
            TradedValue: traded_value,
            OpenOrders: open_orders,
            GrossExposure: exposure,
            NetExposure: exposure,
            PositionQuantity: position,
            PositionNotional: position,
            GroupExposure: exposure,
            Leverage: exposure,
            BuyingPower: buying_power,
            Concentration: exposure,
            OrderToTrade: order_to_trade,
            HouseRule: house_rule,
        }
    };
}

macro_rules! declare {
    ($($gate:ident: $module:ident,)*) => {
        /// The name of a gate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum GateId {
            $(
                #[doc = concat!("See [`GATES`], entry `", stringify!($gate), "`.")]
                $gate,
            )*
        }

        impl GateId {
            /// How many gates there are.
            pub const COUNT: usize = [$(Self::$gate),*].len();

            /// Its name in text, such as `price_collar`: the one that is serialised.
            ///
            /// ```
            /// assert_eq!(risk_core::GateId::PriceCollar.name(), "price_collar");
            /// ```
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$gate => {
                        const NAME: &name::Name = &name::Name::of(stringify!($gate));
                        NAME.as_str()
                    })*
                }
            }

            /// Its bit in a [`GateSet`].
            #[inline(always)]
            const fn bit(self) -> u64 {
                let mut bit = 1;
                $(
                    if matches!(self, Self::$gate) {
                        return bit;
                    }
                    bit <<= 1_u32;
                )*
                bit
            }

            /// Whether any limit is this gate's.
            const fn reads_a_limit(self) -> bool {
                let mut rest = FIELDS;
                while let Some((first, tail)) = rest.split_first() {
                    if first.gate.bit() == self.bit() {
                        return true;
                    }
                    rest = tail;
                }
                false
            }

            /// What the gate is.
            pub fn info(self) -> &'static GateInfo {
                match self { $(Self::$gate => &$module::$gate::INFO,)* }
            }
        }

        /// Every gate, in order of precedence.
        pub const GATES: [GateInfo; GateId::COUNT] = [$($module::$gate::INFO),*];

        /// The gates that pass where sums stay below their lines.
        const BY_LINES: GateSet = {
            let mut set = 0;
            $(
                if $module::$gate::BY_LINES {
                    set |= GateId::$gate.bit();
                }
            )*
            GateSet(set)
        };

        /// Shows every gate, at each of its levels, to a visitor, in order of precedence; straight-line code. A gate
        /// that passes plainly is not measured.
        #[inline(always)]
        pub(crate) fn walk<V: Visit>(
            facts: &Facts<'_>,
            trial: &Trial,
            plain: Option<&Plain<'_>>,
            visit: &mut V,
        ) -> ControlFlow<()> {
            $(step::<$module::$gate, V>(facts, trial, plain, visit)?;)*
            ControlFlow::Continue(())
        }

        /// Whether every gate passes plainly, at each of its levels.
        #[inline(always)]
        pub(crate) fn all_pass_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
            plain.below_lines $(&& (const { $module::$gate::BY_LINES } || passes_plainly::<$module::$gate>(facts, plain)))*
        }
    };
}

gates!(declare);

/// A set of gates: those that have a limit somewhere. Worked out when limits change, so that an order pays one test for
/// a gate that nobody set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct GateSet(u64);

const _: () = assert!(GateId::COUNT <= 64, "a set of gates is one word");

impl GateSet {
    pub(crate) const NONE: Self = Self(0);

    /// The gates that read a limit which is set.
    pub(crate) fn limited_by(limits: &Limits) -> Self {
        let set = FIELDS.iter().filter(|field| (field.is_set)(limits));
        Self(set.fold(0, |all, field| all | field.gate.bit()))
    }

    #[inline(always)]
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline(always)]
    pub(crate) const fn has(self, gate: GateId) -> bool {
        self.0 & gate.bit() != 0
    }

    /// Whether any of them is one that lines are drawn for.
    #[inline(always)]
    pub(crate) const fn has_any_by_lines(self) -> bool {
        self.0 & BY_LINES.0 != 0
    }
}

/// By name, never by place: a gate that comes in between changes no record of another.
#[cfg(feature = "serde")]
impl serde::Serialize for GateId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for GateId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        let gate = GATES.iter().map(|gate| gate.id).find(|gate| gate.name() == name);
        gate.ok_or_else(|| serde::de::Error::custom(format!("{name:?} is no gate")))
    }
}

/// What a gate is, for people and for tests.
#[derive(Clone, Copy, Debug)]
pub struct GateInfo {
    /// Its name.
    pub id: GateId,
    /// The reason it gives.
    pub reason: Reason,
    /// The levels it looks at. The first that fails is named.
    pub levels: &'static [Level],
    /// Whether an order that opens nothing is exempt.
    pub exits: Exits,
    /// Whether it says which smaller quantity would pass.
    pub sizing: bool,
    /// What it measures, in one line.
    pub measures: &'static str,
    /// The unit of what it measures.
    pub unit: &'static str,
    /// The rule or practice it answers to.
    pub rule: &'static str,
}

impl GateInfo {
    /// Whether it looks at a level.
    const fn has(&self, level: Level) -> bool {
        let mut rest = self.levels;
        while let Some((first, tail)) = rest.split_first() {
            if first.place() == level.place() {
                return true;
            }
            rest = tail;
        }
        false
    }

    /// The names of the limits it reads; none where it always applies.
    pub fn limits(&self) -> impl Iterator<Item = &'static str> {
        let id = self.id;
        FIELDS.iter().filter(move |field| field.gate == id).map(|field| field.name)
    }
}

/// Whether a gate looks at orders that open nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exits {
    /// It does not: limits that exist to stop new risk never trap a trader in a position.
    Exempt,
    /// It does.
    Apply,
    /// In part; says which.
    Part(&'static str),
}

impl fmt::Display for Exits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Exempt => "exempt",
            Self::Apply => "no",
            Self::Part(which) => which,
        })
    }
}

/// A gate: constants that describe it, and how it measures.
pub(crate) trait Gate {
    const INFO: GateInfo;

    /// Nothing but a limit of its own can make it fail: where none is set at any level, the common case does not ask it.
    const ONLY_BY_LIMIT: bool = false;

    /// It passes at every level where sums stay below the lines that are drawn for them ([`crate::lines`]): the common
    /// case does not ask it.
    const BY_LINES: bool = false;

    /// The state or the order against the limit of one level.
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured;

    /// The unit of what it measures at that level.
    fn unit(facts: &Facts<'_>, level: Level) -> Unit;

    /// Whether it passes at all of its levels so plainly that measuring would tell nothing. Yes only where measuring
    /// would pass at each; a gate that is measured in a few instructions has no plainer way.
    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool
    where
        Self: Sized,
    {
        // Written out: a level that a gate does not have leaves no code behind, and none is asked which it is.
        (const { !Self::INFO.has(Level::Firm) } || passes_at::<Self>(facts, plain, Level::Firm))
            && (const { !Self::INFO.has(Level::Account) } || passes_at::<Self>(facts, plain, Level::Account))
            && (const { !Self::INFO.has(Level::Strategy) }
                || passes_at::<Self>(facts, plain, Level::Strategy))
            && (const { !Self::INFO.has(Level::Instrument) }
                || passes_at::<Self>(facts, plain, Level::Instrument))
    }
}

/// What a gate found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measured {
    /// No limit here, or none for this order.
    Open,
    /// Measured and limit, in the gate's unit.
    Value { measured: i128, limit: i128, compare: Compare },
    /// It applies and cannot be measured.
    Lacks(Reason),
}

impl Measured {
    #[inline]
    pub(crate) fn at_most(measured: i128, limit: i128) -> Self {
        Self::Value { measured, limit, compare: Compare::AtMost }
    }

    #[inline]
    pub(crate) fn below(measured: i128, limit: i128) -> Self {
        Self::Value { measured, limit, compare: Compare::Below }
    }

    #[inline]
    pub(crate) fn at_least(measured: i128, limit: i128) -> Self {
        Self::Value { measured, limit, compare: Compare::AtLeast }
    }

    /// part / whole against ppm / 1,000,000, without the division: both sides in money, six places finer.
    #[inline]
    pub(crate) fn ratio(part: Money, whole: Money, ppm: u64, compare: Compare) -> Self {
        match (part.0.checked_mul(PPM), whole.0.checked_mul(i128::from(ppm))) {
            (Some(measured), Some(limit)) => Self::Value { measured, limit, compare },
            _ => Self::Lacks(Reason::EvaluationError),
        }
    }

    /// Fails when the condition holds: for gates that have no number.
    #[inline]
    pub(crate) fn fails_if(condition: bool) -> Self {
        Self::at_most(i128::from(condition), 0)
    }

    #[inline]
    pub(crate) fn passes(self) -> bool {
        match self {
            Self::Open => true,
            Self::Value { measured, limit, compare } => passes(measured, limit, compare),
            Self::Lacks(_) => false,
        }
    }
}

/// Who is shown the gates: the judge, which stops at the first refusal, or `explain`, which looks at all.
pub(crate) trait Visit {
    fn visit<G: Gate>(
        &mut self,
        facts: &Facts<'_>,
        trial: &Trial,
        level: Level,
        measured: Measured,
    ) -> ControlFlow<()>;
}

#[inline(always)]
fn step<G: Gate, V: Visit>(
    facts: &Facts<'_>,
    trial: &Trial,
    plain: Option<&Plain<'_>>,
    visit: &mut V,
) -> ControlFlow<()> {
    match plain {
        Some(plain) if passes_plainly::<G>(facts, plain) => ControlFlow::Continue(()),
        _ => at_each_level::<G, V>(facts, trial, visit),
    }
}

#[inline(always)]
fn passes_plainly<G: Gate>(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
    const { assert!(!G::ONLY_BY_LIMIT || G::INFO.id.reads_a_limit(), "a gate that would never be asked") };
    let unlimited = const { G::ONLY_BY_LIMIT } && !plain.strictest.gates.has(const { G::INFO.id });
    let exempt = const { matches!(G::INFO.exits, Exits::Exempt) } && plain.trial.is_pure_exit();
    let below = const { G::BY_LINES } && plain.below_lines;
    unlimited || exempt || below || G::passes_plainly(facts, plain)
}

#[inline(always)]
fn passes_at<G: Gate>(facts: &Facts<'_>, plain: &Plain<'_>, level: Level) -> bool {
    measured::<G>(facts, &plain.trial, level).passes()
}

#[cold]
#[inline(never)]
fn at_each_level<G: Gate, V: Visit>(facts: &Facts<'_>, trial: &Trial, visit: &mut V) -> ControlFlow<()> {
    for level in G::INFO.levels {
        visit.visit::<G>(facts, trial, *level, measured::<G>(facts, trial, *level))?;
    }
    ControlFlow::Continue(())
}

/// What the gate measures, or nothing where the order is exempt.
#[inline(always)]
pub(crate) fn measured<G: Gate>(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
    let exempt = const { matches!(G::INFO.exits, Exits::Exempt) } && trial.opening(level).0 == 0;
    if exempt { Measured::Open } else { G::measure(facts, trial, level) }
}

/// `docs/gates.md`, made from the list.
pub fn table() -> String {
    use fmt::Write;
    let mut text = String::from(
        "# The gates\n\n\
         Generated from the gate list; do not edit. The order is the precedence: the first gate that fails and that a\n\
         smaller size cannot cure decides the rejection.\n\n\
         | # | gate | measures | unit | limits | reason | levels | exits | sizing | rule |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for (number, gate) in GATES.iter().enumerate() {
        let levels: Vec<_> = gate.levels.iter().map(|level| level.name()).collect();
        let limits: Vec<_> = gate.limits().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(
            text,
            "| {} | {:?} | {} | {} | {} | {} | {} | {} | {} | {} |",
            number.saturating_add(1),
            gate.id,
            gate.measures,
            gate.unit,
            if limits.is_empty() { "always on".to_owned() } else { limits.join(", ") },
            gate.reason.code(),
            levels.join(", "),
            gate.exits,
            if gate.sizing { "yes" } else { "" },
            gate.rule,
        );
    }
    text.push_str("\n## Reasons\n\n| number | code | FIX 103 | what to do |\n|---|---|---|---|\n");
    for reason in Reason::ALL {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            reason.number(),
            reason.code(),
            reason.fix_103(),
            reason.advice()
        );
    }
    text
}
