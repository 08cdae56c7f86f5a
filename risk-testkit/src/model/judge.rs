//! How readings become an answer: the first failing gate that size cannot cure, else the smallest capacity.

use risk_core::{Explanation, GateId, Kind, Level, Order, Reason, Scope, TradingState, Verdict};

use crate::house;

use super::Answer;
use super::bug::{Bug, Part};
use super::exact::{Ratio, exactly};
use super::facts::{Facts, View};
use super::gates::{Exits, Found, Rule, measure, rules_seen};
use super::view::{ACCOUNT, STRATEGY};
use super::world::Model;

/// What stands in the way of an order.
#[derive(Clone, Copy, Debug)]
struct Failure {
    gate: GateId,
    level: Level,
    reason: Reason,
}

/// Judges an order as the model is now, once for each mistake, and hears what an explanation says of it; changes
/// nothing. Everything is added up once for all of it.
pub(super) fn judge(
    model: &Model,
    order: &Order,
    bugs: &[Option<Bug>],
    told: Option<&Explanation>,
) -> (Vec<Answer>, Option<String>) {
    let facts = Facts::of(model, order, model.last);
    let answer = |bug: &Option<Bug>| match (before_the_list(model, order, *bug), &facts) {
        (Err(answer), _) => answer,
        (Ok(()), Some(facts)) => by_the_list(&facts.view(*bug)),
        (Ok(()), None) => Answer::refused(Reason::InvalidOrder),
    };
    let objection = facts.as_ref().zip(told).and_then(|(facts, told)| facts.view(None).objection(told));
    (bugs.iter().map(answer).collect(), objection)
}

/// Judges an order of a list; where one before it was refused, no rule of the house is asked.
pub(super) fn judge_listed(model: &Model, order: &Order, house: bool) -> Answer {
    if let Err(answer) = before_the_list(model, order, None) {
        return answer;
    }
    match Facts::of(model, order, model.last) {
        Some(facts) => by_the_list(&View { house, ..facts.view(None) }),
        None => Answer::refused(Reason::InvalidOrder),
    }
}

/// The checks that come first, in their order.
fn before_the_list(model: &Model, order: &Order, bug: Option<Bug>) -> Result<(), Answer> {
    let errs = |number| bug == Some(Bug { part: Part::Gate(GateId::KillSwitch), number });
    if model.trading(Scope::Firm) == TradingState::Halted && !errs(2) {
        return Err(Answer::stopped());
    }
    model.now.ok_or(Answer::refused(Reason::ClockUnavailable))?;
    let account = model.account_place(order.account).ok_or(Answer::refused(Reason::UnknownAccount))?;
    let strategy =
        model.strategy_place(order.strategy).filter(|place| model.handles.strategies[*place].0 == account);
    let strategy = strategy.ok_or(Answer::refused(Reason::UnknownStrategy))?;
    let instrument =
        model.instrument_place(order.instrument).ok_or(Answer::refused(Reason::UnknownInstrument))?;
    match order.trader {
        None if model.account(account).trader_required => return Err(Answer::refused(Reason::UnknownTrader)),
        Some(trader) if model.trader_place(trader).is_none() => {
            return Err(Answer::refused(Reason::UnknownTrader));
        }
        _ => {}
    }
    let blind = match model.venue(instrument) {
        Some(venue) if errs(0) => Some(Scope::Venue(venue)),
        _ if errs(1) => Some(Scope::Strategy(order.strategy)),
        _ if errs(2) => Some(Scope::Firm),
        _ if errs(3) => order.trader.map(Scope::Trader),
        _ => None,
    };
    let [shared, own] = model.scopes(account, strategy, instrument, order.trader, blind);
    if shared.max(own) == TradingState::Halted {
        return Err(Answer::stopped());
    }
    if well_formed(model, order, instrument) { Ok(()) } else { Err(Answer::refused(Reason::InvalidOrder)) }
}

/// Ids are ids, quantities whole numbers of their scale above zero, prices too unless they may be below.
pub(super) fn well_formed(model: &Model, order: &Order, instrument: usize) -> bool {
    let of = model.instrument(instrument);
    let quantity = |value| exactly(value, of.quantity_scale).is_some_and(|units| units > 0);
    let price = |value| exactly(value, of.price_scale).is_some_and(|units| units > 0 || of.negative_prices);
    let prices = match order.kind {
        Kind::Limit { price } => [Some(price), None],
        Kind::Stop { trigger } => [Some(trigger), None],
        Kind::StopLimit { trigger, price } => [Some(price), Some(trigger)],
        _ => [None, None],
    };
    order.id.is_valid()
        && order.parent.is_none_or(|parent| parent.is_valid())
        && quantity(order.quantity)
        && order.parent_quantity.is_none_or(quantity)
        && prices.into_iter().flatten().all(price)
}

/// Every gate that fails at a quantity, in order of precedence.
fn failures<'v>(view: &'v View<'_>, quantity: i128) -> impl Iterator<Item = (Rule, Failure)> + use<'v> {
    let view = *view;
    rules_seen(&view).into_iter().flat_map(move |rule| {
        let at = move |level: Level| {
            let found = measure(&view, &rule, level, quantity);
            let reason = match &found {
                Found::Lacks(reason) => *reason,
                Found::Open | Found::Number { .. } => rule.reason,
            };
            (!found.passes()).then_some((rule, Failure { gate: rule.gate, level, reason }))
        };
        Level::ALL.into_iter().filter(|level| rule.levels.contains(level)).filter_map(at)
    })
}

pub(super) fn by_the_list(view: &View<'_>) -> Answer {
    let asked = view.facts.quantity;
    let changes = view.facts.replaced.is_some();
    let whole = changes || !view.facts.order.reducible || never_reduced(view.facts.order);
    let (mut first, mut smallest): (Option<Failure>, Option<(i128, Failure)>) = (None, None);
    for (rule, failure) in failures(view, asked) {
        first.get_or_insert(failure);
        if whole {
            return Answer::failed(failure.reason, failure.gate, failure.level);
        }
        let Some(capacity) = capacity(view, &rule, failure.level, asked) else {
            return Answer::failed(failure.reason, failure.gate, failure.level);
        };
        if smallest.is_none_or(|(least, _)| capacity < least) {
            smallest = Some((capacity, failure));
        }
    }
    let (Some(first), Some((capacity, bound))) = (first, smallest) else { return room(view, asked, None) };
    let rejected = Answer::failed(first.reason, first.gate, first.level);
    let of = view.facts.model.instrument(view.facts.instrument);
    let lot = exactly(of.quantity_increment, of.quantity_scale).unwrap_or(1);
    let lots = |quantity: i128| quantity - quantity % lot;
    let least = Ratio::of(view.facts.model.config.settings.reduced_fraction_min_percent);
    let passes = |quantity: &i128| {
        let share = Ratio::whole(quantity * 100).per(&Ratio::whole(asked)).unwrap_or(Ratio::whole(0));
        let enough = is_exit(view, *quantity) || share >= least;
        *quantity > 0 && enough && failures(view, *quantity).next().is_none()
    };
    // What the smallest capacity has room for, or the part of it that opens nothing.
    let exit = view.reducible_of(ACCOUNT).min(view.reducible_of(STRATEGY)).min(capacity);
    match [lots(capacity), lots(exit)].into_iter().find(passes) {
        Some(reduced) => room(view, reduced, Some(bound)),
        None => rejected,
    }
}

fn never_reduced(order: &Order) -> bool {
    use risk_core::TimeInForce;
    matches!(order.time_in_force, TimeInForce::FillOrKill | TimeInForce::AllOrNone)
}

/// It opens nothing, neither in the account nor in the strategy.
pub(super) fn is_exit(view: &View<'_>, quantity: i128) -> bool {
    view.opening_of(ACCOUNT, quantity) == 0 && view.opening_of(STRATEGY, quantity) == 0
}

/// The largest quantity up to the asked one that passes a gate which fails at the asked one; nothing where size is no
/// cure. A gate that exempts exits has room for the exit part of a flip, and if it is not sizing, for exactly that.
pub(super) fn capacity(view: &View<'_>, rule: &Rule, level: Level, asked: i128) -> Option<i128> {
    let passes = |quantity: i128| measure(view, rule, level, quantity).passes();
    let exit = match rule.exits {
        Exits::Judged => 0,
        Exits::Exempt | Exits::Partly => view.reducible(level),
    };
    let whole_exits = view.errs(GateId::Reducing, 2) && rule.gate == GateId::Reducing
        || view.errs(GateId::ReduceOnly, 2) && rule.gate == GateId::ReduceOnly;
    let cut = exit > 0 && exit < asked && passes(exit) && !whole_exits;
    let floor = if cut { exit } else { 0 };
    if !rule.sizing {
        return cut.then_some(floor);
    }
    let (mut low, mut high) = (floor, asked);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if passes(middle) { low = middle } else { high = middle }
    }
    Some(low)
}

/// Whether a rule of the house has something against it.
fn refused_by_the_house(view: &View<'_>, left: i128) -> bool {
    let errs = |number| view.errs(GateId::HouseRule, number);
    let quantity = if errs(2) { view.facts.quantity } else { left };
    let model = view.facts.model;
    let scale = model.instrument(view.facts.instrument).quantity_scale;
    let over = |name: &str| {
        let (kind, limit) = house::named(name).expect("a history has rules it knows");
        let counts = match kind {
            house::Kind::Opening => view.opening_of(ACCOUNT, quantity),
            _ => quantity,
        };
        let (counts, limit) = (Ratio::units(counts, scale), Ratio::of(limit));
        if errs(0) { counts >= limit } else { counts > limit }
    };
    let asked = |exits: bool| exits || errs(1) || !is_exit(view, left);
    model.config.house_rules.iter().any(|rule| asked(rule.exits) && over(&rule.name))
}

/// After the list: room for one more, and the rules of the house.
fn room(view: &View<'_>, quantity: i128, bound: Option<Failure>) -> Answer {
    let model = view.facts.model;
    let live = model.live_orders();
    let capacity = &model.config.capacity;
    let kept = if is_exit(view, quantity) { 0 } else { capacity.order_ids_for_exits };
    let size = |size: u32| usize::try_from(size).unwrap_or(usize::MAX);
    let changes = view.facts.replaced.is_some();
    // A change has the place and the books that its order has.
    if !changes
        && (live >= size(capacity.live_orders)
            || model.ids_taken(view.facts.now) + size(kept) >= size(capacity.order_ids))
    {
        return Answer::refused(Reason::LedgerFull);
    }
    if let Err(reason) = view.spends(quantity) {
        return Answer::refused(reason);
    }
    if view.house && refused_by_the_house(view, quantity) {
        return Answer::failed(Reason::HouseRule, GateId::HouseRule, Level::Firm);
    }
    match bound {
        None => Answer { verdict: Verdict::Approved, quantity, ..Answer::nothing() },
        Some(bound) => Answer {
            verdict: Verdict::Reduced,
            reason: Some(bound.reason),
            gate: Some(bound.gate),
            level: Some(bound.level),
            quantity,
        },
    }
}
