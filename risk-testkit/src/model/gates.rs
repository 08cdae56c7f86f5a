//! The gates as the design's table has them: in order of precedence, what each measures, at which levels, whom it
//! exempts and whether size cures it. Every number is in natural units (money, units of the instrument, percent, basis
//! points, milliseconds), so that a limit can be compared as it is written.

mod cash;
mod collar;
mod crossing;
mod data;
mod exposure;
mod form;
mod loss;
mod net;
mod past;
mod permission;
mod size;

use risk_core::{Compare, GateId, Level, Reason};
use rust_decimal::Decimal;

use super::bug::{Bug, Part};
use super::exact::{Ratio, Toward};
use super::facts::View;

pub(super) use cash::cost;
pub(super) use past::empty_at;
pub(super) use size::worth;

/// What the table says about a gate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) gate: GateId,
    pub(super) reason: Reason,
    pub(super) levels: &'static [Level],
    pub(super) exits: Exits,
    pub(super) sizing: bool,
}

/// What becomes of orders that open nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exits {
    /// They are not looked at.
    Exempt,
    /// They are judged like others.
    Judged,
    /// They are judged in part: a flip can be cut to its exit.
    Partly,
}

/// What a gate found.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// No limit, or none for this order.
    Open,
    /// A number and its limit.
    Number { measured: Ratio, limit: Ratio, how: Compare },
    /// It applies and cannot be measured.
    Lacks(Reason),
}

impl Found {
    pub(super) fn passes(&self) -> bool {
        match self {
            Self::Open => true,
            Self::Lacks(_) => false,
            Self::Number { measured, limit, how: Compare::AtMost } => measured <= limit,
            Self::Number { measured, limit, how: Compare::Below } => measured < limit,
            Self::Number { measured, limit, how: Compare::AtLeast } => measured >= limit,
        }
    }

    fn at_most(measured: Ratio, limit: Ratio) -> Self {
        Self::Number { measured, limit, how: Compare::AtMost }
    }

    fn at_least(measured: Ratio, limit: Ratio) -> Self {
        Self::Number { measured, limit, how: Compare::AtLeast }
    }

    /// Up to the limit or, with a mistake, only below it.
    fn up_to(measured: Ratio, limit: Ratio, strictly: bool) -> Self {
        Self::Number { measured, limit, how: if strictly { Compare::Below } else { Compare::AtMost } }
    }

    /// Below the limit or, with a mistake, also at it.
    fn below(measured: Ratio, limit: Ratio, loosely: bool) -> Self {
        Self::Number { measured, limit, how: if loosely { Compare::AtMost } else { Compare::Below } }
    }

    fn fails_if(condition: bool) -> Self {
        Self::at_most(Ratio::whole(i128::from(condition)), Ratio::whole(0))
    }

    /// The number that was measured, where there is one.
    pub(super) fn number(self) -> Option<Ratio> {
        match self {
            Self::Number { measured, .. } => Some(measured),
            Self::Open | Self::Lacks(_) => None,
        }
    }
}

/// A measurement that ends early where a fact is missing.
fn found(measure: impl FnOnce() -> Result<Found, Reason>) -> Found {
    measure().unwrap_or_else(Found::Lacks)
}

/// A limit in money, rounded down to the money of its level.
fn money(view: &View<'_>, level: Level, limit: Decimal) -> Ratio {
    let scale = view.facts.model.money_scale(view.currency(level));
    Ratio::units(Ratio::of(limit).round(scale, Toward::Floor), scale)
}

const FIRM_AND_INSTRUMENT: &[Level] = &[Level::Firm, Level::Instrument];
const NOT_INSTRUMENT: &[Level] = &[Level::Firm, Level::Account, Level::Strategy];
const NOT_ACCOUNT: &[Level] = &[Level::Firm, Level::Strategy, Level::Instrument];

/// The list, in order of precedence.
pub(super) fn rules() -> Vec<Rule> {
    use Exits::{Exempt, Judged, Partly};
    use GateId as G;
    use Level::{Account, Firm, Instrument, Strategy};
    use Reason as R;
    let rule = |gate, reason, levels, exits, sizing| Rule { gate, reason, levels, exits, sizing };
    vec![
        rule(G::KillSwitch, R::KillSwitchActive, &[Account], Judged, false),
        rule(G::Reducing, R::ReducingOnly, &[Account, Strategy], Exempt, false),
        rule(G::ReduceOnly, R::ReduceOnlyOpens, &[Account], Exempt, false),
        rule(G::Restriction, R::InstrumentRestricted, &[Account, Strategy, Instrument], Partly, false),
        rule(G::Session, R::SessionClosed, &[Instrument], Exempt, false),
        rule(G::ShortSale, R::ShortSale, &[Account], Exempt, false),
        rule(G::PriceIncrement, R::PriceIncrement, &[Instrument], Judged, false),
        rule(G::QuantityIncrement, R::QuantityIncrement, &[Instrument], Judged, false),
        rule(G::QuantityMin, R::QuantityMin, &[Instrument], Exempt, false),
        rule(G::QuantityMax, R::QuantityMax, &[Instrument], Judged, false),
        rule(G::NotionalMin, R::NotionalMin, &[Instrument], Exempt, false),
        rule(G::OrderAge, R::OrderStale, &[Firm], Judged, false),
        rule(G::Duplicate, R::DuplicateOrder, &[Account], Judged, false),
        rule(G::Repeat, R::RepeatedOrder, &[Account, Strategy], Exempt, false),
        rule(G::SelfMatch, R::SelfMatch, &[Firm, Level::Account], Judged, false),
        rule(G::Parent, R::ParentQuantity, &[Account], Judged, true),
        rule(G::MessageRate, R::RateLimit, NOT_INSTRUMENT, Partly, false),
        rule(G::DataGap, R::DataGap, &[Account, Instrument], Exempt, false),
        rule(G::StaleData, R::StaleData, FIRM_AND_INSTRUMENT, Exempt, false),
        rule(G::DataCompleteness, R::IncompleteData, FIRM_AND_INSTRUMENT, Exempt, false),
        rule(G::CrossedBook, R::CrossedBook, &[Instrument], Exempt, false),
        rule(G::Spread, R::SpreadTooWide, FIRM_AND_INSTRUMENT, Exempt, false),
        rule(G::PriceCollar, R::PriceCollar, FIRM_AND_INSTRUMENT, Partly, false),
        rule(G::OrderQuantity, R::OrderQuantityMax, &Level::ALL, Judged, true),
        rule(G::OrderNotional, R::OrderNotionalMax, &Level::ALL, Judged, true),
        rule(G::Participation, R::ParticipationLimit, &[Instrument], Exempt, true),
        rule(G::DailyLoss, R::DailyLossLimit, NOT_INSTRUMENT, Exempt, false),
        rule(G::DailyLossPercent, R::DailyLossPercent, NOT_INSTRUMENT, Exempt, false),
        rule(G::Drawdown, R::MaxDrawdown, NOT_INSTRUMENT, Exempt, false),
        rule(G::Cooldown, R::Cooldown, &[Account, Strategy], Exempt, false),
        rule(G::PositionCount, R::PositionCountLimit, NOT_INSTRUMENT, Exempt, false),
        rule(G::TradedValue, R::DailyValueLimit, NOT_INSTRUMENT, Exempt, true),
        rule(G::OpenOrders, R::OpenOrdersLimit, &Level::ALL, Partly, false),
        rule(G::GrossExposure, R::TotalExposureLimit, NOT_INSTRUMENT, Exempt, true),
        rule(G::NetExposure, R::NetExposureLimit, NOT_INSTRUMENT, Exempt, true),
        rule(G::PositionQuantity, R::PositionSizeLimit, NOT_ACCOUNT, Exempt, true),
        rule(G::PositionNotional, R::PositionSizeLimit, NOT_ACCOUNT, Exempt, true),
        rule(G::GroupExposure, R::CorrelationLimit, &[Firm, Account], Exempt, true),
        rule(G::Leverage, R::LeverageLimit, &[Firm, Account], Exempt, true),
        rule(G::BuyingPower, R::BuyingPower, &[Account], Exempt, true),
        rule(G::Concentration, R::ConcentrationLimit, &[Account], Exempt, true),
        rule(G::OrderToTrade, R::OrderToTrade, &[Account, Strategy], Partly, false),
        rule(G::HouseRule, R::HouseRule, &[Firm], Judged, false),
    ]
}

/// The list as somebody sees it who makes a mistake.
pub(super) fn rules_seen(view: &View<'_>) -> Vec<Rule> {
    let mut rules = rules();
    if let Some(Bug { part: Part::Gate(gate), number }) = view.bug
        && let Some(rule) = rules.iter_mut().find(|rule| rule.gate == gate)
    {
        use GateId as G;
        match (gate, number) {
            (G::Cooldown, 2)
            | (G::Participation, 0)
            | (G::QuantityMin | G::DataGap | G::CrossedBook, 1)
            | (G::NotionalMin | G::DataCompleteness | G::Spread | G::PositionCount, 2) => {
                rule.exits = Exits::Judged
            }
            (G::QuantityMax, 1) => rule.exits = Exits::Exempt,
            (G::QuantityMax, 2) => rule.sizing = true,
            _ => {}
        }
    }
    rules
}

/// Measures one gate at one level for a quantity, or nothing where the order is exempt.
pub(super) fn measure(view: &View<'_>, rule: &Rule, level: Level, quantity: i128) -> Found {
    if rule.exits == Exits::Exempt && view.opening(level, quantity) == 0 {
        return Found::Open;
    }
    match rule.gate {
        // One stands before the list and one after it: see the judge.
        GateId::KillSwitch | GateId::HouseRule => Found::Open,
        GateId::Reducing => permission::reducing(view, level, quantity),
        GateId::ReduceOnly => permission::reduce_only(view, quantity),
        GateId::Restriction => permission::restriction(view, level, quantity),
        GateId::Session => permission::session(view),
        GateId::ShortSale => permission::short_sale(view, quantity),
        GateId::PriceIncrement => form::price_increment(view),
        GateId::QuantityIncrement => form::quantity_increment(view, quantity),
        GateId::QuantityMin => form::quantity_min(view, quantity),
        GateId::QuantityMax => form::quantity_max(view, quantity),
        GateId::NotionalMin => form::notional_min(view, quantity),
        GateId::OrderAge => form::order_age(view),
        GateId::Duplicate => past::duplicate(view),
        GateId::Repeat => past::repeat(view, level),
        GateId::SelfMatch => crossing::self_match(view, level),
        GateId::Parent => past::parent(view, quantity),
        GateId::MessageRate => past::message_rate(view, level, quantity),
        GateId::DataGap => data::gap(view, level),
        GateId::StaleData => data::stale(view, level),
        GateId::DataCompleteness => data::completeness(view, level),
        GateId::CrossedBook => data::crossed(view),
        GateId::Spread => data::spread(view, level),
        GateId::PriceCollar => collar::collar(view, level, quantity),
        GateId::OrderQuantity => size::quantity(view, level, quantity),
        GateId::OrderNotional => size::notional(view, level, quantity),
        GateId::Participation => size::participation(view, level, quantity),
        GateId::DailyLoss => loss::daily(view, level),
        GateId::DailyLossPercent => loss::daily_percent(view, level),
        GateId::Drawdown => loss::drawdown(view, level),
        GateId::Cooldown => past::cooldown(view, level),
        GateId::PositionCount => exposure::count(view, level),
        GateId::TradedValue => past::traded(view, level, quantity),
        GateId::OpenOrders => past::open_orders(view, level, quantity),
        GateId::GrossExposure => exposure::gross(view, level, quantity),
        GateId::NetExposure => net::net(view, level, quantity),
        GateId::PositionQuantity => exposure::position(view, level, quantity),
        GateId::PositionNotional => exposure::position_notional(view, level, quantity),
        GateId::GroupExposure => exposure::group(view, level, quantity),
        GateId::Leverage => exposure::leverage(view, level, quantity),
        GateId::BuyingPower if view.facts.model.pays_in_cash(view.facts.account) => {
            cash::in_cash(view, quantity)
        }
        GateId::BuyingPower => exposure::buying_power(view, quantity),
        GateId::Concentration => exposure::concentration(view, quantity),
        GateId::OrderToTrade => past::order_to_trade(view, level, quantity),
        gate => panic!("the model has no gate {gate:?}"),
    }
}
