//! What was before: ids that are taken, slices of a parent, messages in a bucket.

use risk_core::{GateId, Kind, Level, Reason, Side};
use rust_decimal::Decimal;

use super::super::exact::{Ratio, exactly};
use super::super::facts::View;
use super::super::orders::Placed;
use super::super::streak::Mistaken;
use super::super::tally::Tally;
use super::super::traded::Turnover;
use super::super::world::{LateSlice, Model, Table};
use super::form::place;
use super::{Found, found, money, size};

pub(super) fn duplicate(view: &View<'_>) -> Found {
    let f = view.facts;
    if f.replaced.as_ref().is_some_and(|replaced| !replaced.renames) {
        return Found::fails_if(false);
    }
    let accounts =
        if view.errs(GateId::Duplicate, 1) { 0..f.ledger.cash.len() } else { f.account..f.account + 1 };
    let taken = accounts.into_iter().any(|account| {
        let [alive, remembered] = f.model.taken(account, f.order.id, f.now);
        (alive && !view.errs(GateId::Duplicate, 2)) || (remembered && !view.errs(GateId::Duplicate, 0))
    });
    Found::fails_if(taken)
}

/// Orders approved in a window that asked for the same, this one included; one more than the limit is as many as any.
pub(super) fn repeat(view: &View<'_>, level: Level) -> Found {
    let f = view.facts;
    let limits = &f.limits[place(level)];
    let (Some(limit), Some(window)) = (limits.repeated_orders_max, limits.repeated_orders_window_ms) else {
        return Found::Open;
    };
    let window = i64::try_from(window).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    let [price, quantity] = [1, 2].map(|number| view.errs(GateId::Repeat, number));
    let scale = f.model.instrument(f.instrument).quantity_scale;
    let same = |order: &&Placed| {
        let asked = exactly(order.order.quantity, scale);
        let (here, until) = match level {
            Level::Strategy => (order.strategy == f.strategy, order.remembered[1]),
            _ => (order.account == f.account, order.remembered[0]),
        };
        here && order.instrument == f.instrument
            && order.side() == view.side()
            && (price || prices(order.order.kind) == prices(f.order.kind))
            && (quantity || asked == Some(f.quantity))
            && until.is_some_and(|until| until > f.now && order.at.saturating_add(window) > f.now)
    };
    let count = u32::try_from(f.model.orders.iter().filter(same).count()).unwrap_or(u32::MAX).min(limit);
    // A change that asks for what its order asked for is that order.
    let new = !view.errs(GateId::Repeat, 0) && !f.replaced.as_ref().is_some_and(|replaced| replaced.same);
    let with = i128::from(count) + i128::from(new);
    Found::at_most(Ratio::whole(with), Ratio::whole(i128::from(limit)))
}

/// Messages in a window with this one, against so many for each fill. Of orders that open nothing as many as are kept for
/// them always pass.
pub(super) fn order_to_trade(view: &View<'_>, level: Level, quantity: i128) -> Found {
    let f = view.facts;
    let limits = &f.limits[place(level)];
    let (Some(limit), Some(ms)) = (limits.order_to_trade_max, limits.order_to_trade_window_ms) else {
        return Found::Open;
    };
    let of = if level == Level::Strategy { Table::Strategy(f.strategy) } else { Table::Account(f.account) };
    let window = i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    let events = f.model.tallied(of, window);
    let count = |is: &dyn Fn(Tally) -> bool| {
        i128::try_from(events.iter().filter(|event| is(event.what)).count()).unwrap_or(i128::MAX)
    };
    let [new, cancels, reserve] = [0, 1, 2].map(|number| view.errs(GateId::OrderToTrade, number));
    let this = i128::from(!new);
    let messages = this + count(&|what| what != Tally::Fill && !(cancels && what == Tally::Cancel));
    let most = i128::from(limit) * count(&|what| what == Tally::Fill).max(1);
    let kept = i128::from(limits.order_to_trade_exit_reserve.unwrap_or(0));
    if view.opening(level, quantity) > 0 {
        let open = if reserve { most } else { (most - kept).max(0) };
        return Found::at_most(Ratio::whole(messages), Ratio::whole(open));
    }
    let exits = this + count(&|what| what == Tally::Order { exits: true });
    if exits <= kept {
        return Found::at_most(Ratio::whole(exits), Ratio::whole(kept));
    }
    Found::at_most(Ratio::whole(messages), Ratio::whole(most))
}

/// Time since the last pause began.
pub(super) fn cooldown(view: &View<'_>, level: Level) -> Found {
    let f = view.facts;
    let Some(pause) = f.limits[place(level)].cooldown_ms else { return Found::Open };
    let [without_fees, openings_too] = [0, 1].map(|number| view.errs(GateId::Cooldown, number));
    let mistaken = Mistaken { without_fees, openings_too };
    let began = f.model.paused(&f.ledger, level, (f.account, f.strategy), mistaken);
    let Some(began) = began else { return Found::Open };
    let elapsed = Ratio::whole(i128::from(f.now - began)).per(&Ratio::whole(1_000_000));
    Found::at_least(elapsed.unwrap_or(Ratio::whole(0)), Ratio::whole(i128::from(pause)))
}

/// Price and trigger.
fn prices(kind: Kind) -> [Option<Decimal>; 2] {
    match kind {
        Kind::Limit { price } => [Some(price), None],
        Kind::Stop { trigger } => [None, Some(trigger)],
        Kind::StopLimit { trigger, price } => [Some(price), Some(trigger)],
        _ => [None, None],
    }
}

/// A parent as its slices so far make it.
struct Parent {
    instrument: usize,
    side: Side,
    whole: i128,
    used: i128,
    live: usize,
    forgotten_at: i64,
}

/// What becomes of the slices of a parent.
enum Slice<'a> {
    Joins(&'a Placed),
    Ends(&'a Placed),
    Late(&'a LateSlice),
}

/// Filled, live and unknown quantity counts; what is confirmed as not executed comes back, and what is executed after
/// all counts again. A parent none of whose slices lives is forgotten after the duplicate window.
fn so_far(view: &View<'_>, returns: bool) -> Option<Parent> {
    let f = view.facts;
    let id = f.order.parent?;
    let slices = f.model.orders.iter().filter(|o| o.account == f.account && o.order.parent == Some(id));
    // In order of time, and an order joins before it ends.
    let mut happened: Vec<(i64, u64, Slice<'_>)> = Vec::new();
    for slice in slices {
        happened.push((slice.at, slice.step, Slice::Joins(slice)));
        if let Some((at, _)) = slice.ended() {
            happened.push((at, slice.step, Slice::Ends(slice)));
        }
    }
    let late = f.model.late.iter().filter(|late| late.account == f.account && late.parent == id);
    happened.extend(late.map(|late| (late.at, late.step, Slice::Late(late))));
    happened.sort_by_key(|(at, step, what)| (*at, *step, matches!(what, Slice::Ends(_))));
    let mut parent: Option<Parent> = None;
    for (at, _, what) in happened {
        if parent.as_ref().is_some_and(|p| p.live == 0 && at >= p.forgotten_at) {
            parent = None;
        }
        match (what, &mut parent) {
            (Slice::Joins(slice), of) => {
                let scale = f.model.instrument(slice.instrument).quantity_scale;
                let asked = slice.order.parent_quantity.and_then(|quantity| exactly(quantity, scale));
                let of = of.get_or_insert_with(|| Parent {
                    instrument: slice.instrument,
                    side: slice.side(),
                    whole: asked.unwrap_or(slice.approved),
                    used: 0,
                    live: 0,
                    forgotten_at: i64::MAX,
                });
                of.live += 1;
                of.used += slice.now().used;
            }
            (Slice::Ends(slice), Some(of)) => {
                of.live -= 1;
                of.used -= if returns { slice.now().open } else { 0 };
                of.forgotten_at = at.saturating_add(f.model.window());
            }
            (Slice::Late(late), Some(of)) if (of.instrument, of.side) == (late.instrument, late.side) => {
                of.used += late.quantity;
            }
            (Slice::Ends(_) | Slice::Late(_), _) => {}
        }
    }
    parent.filter(|p| p.live > 0 || f.now < p.forgotten_at)
}

pub(super) fn parent(view: &View<'_>, quantity: i128) -> Found {
    found(|| {
        let f = view.facts;
        if f.order.parent.is_none() {
            return Ok(Found::Open);
        }
        if !super::super::judge::is_exit(view, quantity) {
            view.accounted(Level::Account)?;
        }
        let asked = f.parent_quantity;
        let loose = view.errs(GateId::Parent, 2);
        let (used, whole) = match so_far(view, !view.errs(GateId::Parent, 1)) {
            None => (0, asked.ok_or(Reason::ParentQuantity)?),
            Some(parent) => {
                let same_quantity = loose || asked.is_none_or(|asked| asked == parent.whole);
                if parent.instrument != f.instrument || parent.side != view.side() || !same_quantity {
                    return Err(Reason::ParentQuantity);
                }
                (parent.used, asked.filter(|_| loose).unwrap_or(parent.whole))
            }
        };
        let (used, whole_order) = match &f.replaced {
            Some(replaced) => ((used - replaced.counted).max(0), quantity.max(replaced.filled)),
            None => (used, quantity),
        };
        let with = if view.errs(GateId::Parent, 0) { used } else { used + whole_order };
        Ok(Found::at_most(view.number(with), view.number(whole)))
    })
}

/// When the bucket of a level will be empty: it empties by a message each interval. A cancel may overdraw it, by one
/// burst.
pub(in super::super) fn empty_at(
    model: &Model,
    level: Level,
    account: usize,
    strategy: usize,
    cancels: bool,
) -> i128 {
    let mut empty_at = i128::from(i64::MIN);
    for message in model.messages.iter().filter(|message| cancels || !message.cancel) {
        let counts = match level {
            Level::Firm => true,
            Level::Strategy => message.strategy == strategy,
            Level::Account | Level::Instrument => message.account == account,
        };
        if let Some((interval, burst)) = message.buckets[place(level)].filter(|_| counts) {
            let (at, interval, burst) = (i128::from(message.at), i128::from(interval), i128::from(burst));
            empty_at = (empty_at.max(at) + interval).min(at + 2 * burst * interval);
        }
    }
    empty_at
}

/// What is in the bucket with this message, in messages.
pub(super) fn message_rate(view: &View<'_>, level: Level, quantity: i128) -> Found {
    let f = view.facts;
    let Some(rate) = f.limits[place(level)].message_rate else { return Found::Open };
    let (interval, burst, reserve) = super::super::limits::bucket(&rate);
    let cancels = !view.errs(GateId::MessageRate, 2);
    let empty_at = empty_at(f.model, level, f.account, f.strategy, cancels);
    let filled = (empty_at - i128::from(f.now)).max(0);
    let kept =
        if view.opening(level, quantity) > 0 && !view.errs(GateId::MessageRate, 1) { reserve } else { 0 };
    let room = burst - kept + i64::from(view.errs(GateId::MessageRate, 0));
    let interval = i128::from(interval);
    let messages = Ratio::whole(filled + interval).per(&Ratio::whole(interval));
    Found::at_most(messages.unwrap_or(Ratio::whole(0)), Ratio::whole(i128::from(room)))
}

/// What was approved today, with this order: of a permit that nobody redeemed nothing counts.
pub(super) fn traded(view: &View<'_>, level: Level, quantity: i128) -> Found {
    found(|| {
        let f = view.facts;
        let Some(limit) = f.limits[place(level)].daily_value_max else { return Ok(Found::Open) };
        let (exits, unsent) = (view.errs(GateId::TradedValue, 0), view.errs(GateId::TradedValue, 1));
        let yesterday = view.errs(GateId::TradedValue, 2);
        let counts = |order: &&Placed| {
            let here = match level {
                Level::Firm => true,
                Level::Strategy => order.strategy == f.strategy,
                Level::Account | Level::Instrument => order.account == f.account,
            };
            here && !(exits && order.exits)
        };
        let at_level = |[account, firm]: [Turnover; 2]| if level == Level::Firm { firm } else { account };
        let (mut sum, mut unvalued) = (0, 0);
        for order in f.model.orders.iter().filter(counts) {
            let Some(counted) = order.counted() else { continue };
            let (value, unknown) = at_level(match () {
                () if unsent && order.was_never_sent() => {
                    order.worth.map(|w| w.map(|v| (v.unwrap_or(0), 0))).unwrap_or_default()
                }
                () if yesterday => counted.all,
                () if counted.day == f.model.day() => counted.today,
                () => continue,
            });
            (sum, unvalued) = (sum + value, unvalued + unknown);
        }
        if unvalued > 0 {
            // What nobody could value makes the sum unknown.
            return Err(Reason::DailyValueLimit);
        }
        // Of an order that is changed only what is more than before is new.
        let before = f.replaced.as_ref().and_then(|replaced| f.model.orders[replaced.place].counted());
        let (before, _) = before.map_or((0, 0), |counted| at_level(counted.all));
        let own = (size::worth(view, level, quantity)? - before).max(0);
        let with = sum + own + view.unaccounted(level)?;
        let scale = f.model.money_scale(view.currency(level));
        Ok(Found::at_most(Ratio::units(with, scale), money(view, level, limit)))
    })
}

/// Orders that live, with this one; some of the limit is kept for orders that open nothing.
pub(super) fn open_orders(view: &View<'_>, level: Level, quantity: i128) -> Found {
    let f = view.facts;
    let limits = &f.limits[place(level)];
    let Some(limit) = limits.open_orders_max else { return Found::Open };
    if let (true, Err(reason)) = (view.opening(level, quantity) > 0, view.accounted(level)) {
        return Found::Lacks(reason);
    }
    let counts = |order: &&Placed| {
        let here = match level {
            Level::Firm => true,
            Level::Account => order.account == f.account,
            Level::Strategy => order.strategy == f.strategy,
            Level::Instrument => order.account == f.account && order.instrument == f.instrument,
        };
        here && order.is_live() && !(order.is_permit() && view.errs(GateId::OpenOrders, 2))
    };
    let live = f.model.orders.iter().filter(counts).count();
    let new = !view.errs(GateId::OpenOrders, 0) && f.replaced.is_none();
    let with = i128::try_from(live).unwrap_or(i128::MAX) + i128::from(new);
    let opens = view.opening(level, quantity) > 0 && !view.errs(GateId::OpenOrders, 1);
    let kept = if opens { limits.open_orders_exit_reserve.unwrap_or(0) } else { 0 };
    Found::at_most(Ratio::whole(with), Ratio::whole((i128::from(limit) - i128::from(kept)).max(0)))
}
