//! Changes of orders at the venue: what of them is judged, what is held, and what becomes of them.
//!
//! - Less of the same at the same price passes in every state, like a cancel. Any other change is judged as the whole
//!   new order, in a world without the old one; what is filled of it is no longer open.
//! - What neither grows nor gets more aggressive is an exit. It holds all the same what it can cost.
//! - A change is never made smaller: refused, the old order stands.

use risk_core::{
    Change as Asked, Kind, Order, OrderHandle, OrderRef, OrderState, Reason, Scope, Side, Timestamp,
    TradingState, Verdict,
};
use rust_decimal::Decimal;

use super::bug::{Bug, Part};
use super::exact::exactly;
use super::facts::{Facts, Replaced};
use super::judge::{by_the_list, well_formed};
use super::ledger::{Ledger, share};
use super::orders::{Happened, Placed};
use super::tally::Tally;
use super::traded::Worth;
use super::world::Model;
use super::{Answer, Evaluated};

/// A change that was approved.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) handle: Option<OrderHandle>,
    /// The whole order as it would be.
    pub(super) order: Order,
    /// It has an id of its own.
    pub(super) renames: bool,
    /// Total quantity, and what was open of it.
    pub(super) total: i128,
    pub(super) open: i128,
    /// What that opens, and what is held for it.
    openings: [i128; 2],
    pub(super) charges: [i128; 3],
    pub(super) worth: Option<Worth>,
    decreases: bool,
    exits: bool,
    expires: i64,
    step: u64,
}

/// An order as it would be.
pub(super) struct Proposed {
    place: usize,
    order: Order,
    before: [Option<Decimal>; 2],
    total: i128,
    was: i128,
    renames: bool,
}

fn prices(order: &Order) -> [Option<Decimal>; 2] {
    match order.kind {
        Kind::Limit { price } => [Some(price), None],
        Kind::Stop { trigger } => [None, Some(trigger)],
        Kind::StopLimit { trigger, price } => [Some(price), Some(trigger)],
        _ => [None, None],
    }
}

impl Placed {
    /// When permits of changes expire.
    pub(super) fn permits_of_changes(&self) -> impl Iterator<Item = i64> {
        let under_way = if self.changes.is_empty() { Vec::new() } else { self.now().under_way };
        under_way.into_iter().filter(|(_, sent)| !sent).map(|(change, _)| self.changes[change].expires)
    }
}

impl Proposed {
    fn same_prices(&self) -> bool {
        prices(&self.order) == self.before
    }

    fn is_less_of_the_same(&self) -> bool {
        self.total < self.was && self.same_prices()
    }

    /// Nothing grows, no price and no trigger gets more aggressive.
    fn is_no_worse(&self) -> bool {
        let ([price, trigger], [was_price, was_trigger]) = (prices(&self.order), self.before);
        let aggressive = match self.order.side {
            Side::Buy => price > was_price || trigger < was_trigger,
            Side::Sell => price < was_price || trigger > was_trigger,
        };
        self.total <= self.was && !aggressive
    }
}

impl Model {
    /// Judges a change and, when it passes, holds the larger of what there is.
    pub fn modify(
        &mut self,
        named: &OrderRef,
        asked: &Asked,
        now: Option<Timestamp>,
        bugs: &[Bug],
    ) -> Evaluated {
        self.begin(now);
        let proposed = self.proposed(named, asked);
        let mistaken = bugs.iter().map(|bug| self.judge_change(&proposed, Some(*bug)).0).collect();
        let (answer, change) = self.judge_change(&proposed, None);
        if let (Ok(proposed), Some((change, spent))) = (&proposed, change) {
            let (account, strategy) =
                (self.orders[proposed.place].account, self.orders[proposed.place].strategy);
            self.spend(account, spent);
            let exits = change.openings.map(|opens| change.exits || opens == 0);
            let what =
                if change.decreases { [Tally::Cancel; 2] } else { exits.map(|exits| Tally::Order { exits }) };
            self.orders[proposed.place].changes.push(change);
            let last = self.orders[proposed.place].changes.len() - 1;
            self.happens(proposed.place, Happened::Asked(last));
            self.take_message(account, strategy, what);
        }
        self.see();
        Evaluated { answer, mistaken, objection: None, exits: false }
    }

    /// The name an engine gave to the change that was approved last, of the order that is named.
    pub fn name_change(&mut self, named: &OrderRef, handle: OrderHandle) {
        if let Some(change) = self.live(named).and_then(|place| self.orders[place].changes.last_mut()) {
            change.handle = Some(handle);
        }
    }

    /// When the permit of a change expires.
    pub fn change_expires(&self, handle: OrderHandle) -> Option<i64> {
        self.change(handle).map(|(place, change)| self.orders[place].changes[change].expires)
    }

    pub(super) fn proposed(&self, named: &OrderRef, asked: &Asked) -> Result<Proposed, Reason> {
        let place = self.live(named).ok_or(Reason::UnknownOrder)?;
        let placed = &self.orders[place];
        if !matches!(placed.state(), OrderState::Sent | OrderState::Working) {
            return Err(Reason::UnknownOrder);
        }
        let now = placed.now();
        let scale = self.instrument(placed.instrument).quantity_scale;
        let mut current = now.order;
        current.quantity =
            Decimal::try_from_i128_with_scale(now.total, scale).unwrap_or_default().normalize();
        let mut order = current;
        order.quantity = asked.quantity.unwrap_or(current.quantity);
        order.id = asked.id.unwrap_or(current.id);
        order.created_at = asked.created_at;
        match (&mut order.kind, asked.price, asked.trigger) {
            (_, None, None) => {}
            (Kind::Limit { price }, Some(new), None) => *price = new,
            (Kind::Stop { trigger }, None, Some(new)) => *trigger = new,
            (Kind::StopLimit { trigger, price }, new, moved) => {
                (*price, *trigger) = (new.unwrap_or(*price), moved.unwrap_or(*trigger));
            }
            _ => return Err(Reason::InvalidOrder),
        }
        if !well_formed(self, &order, placed.instrument) {
            return Err(Reason::InvalidOrder);
        }
        let total = exactly(order.quantity, scale).ok_or(Reason::InvalidOrder)?;
        Ok(Proposed {
            place,
            renames: order.id != current.id,
            before: prices(&current),
            order,
            total,
            was: now.total,
        })
    }

    /// Room for one more version, and before the first for what is confirmed; an eighth is kept for what decreases.
    fn has_room_for(&self, proposed: &Proposed) -> bool {
        let size = |size: u32| usize::try_from(size).unwrap_or(usize::MAX);
        let capacity = &self.config.capacity;
        let all = size(capacity.changes);
        let used: usize = self.orders.iter().map(Placed::places_of_changes).sum();
        let needs = if self.orders[proposed.place].now().under_way.is_empty() { 2 } else { 1 };
        let less = proposed.is_less_of_the_same();
        let (kept, ids_kept) = if less { (0, 0) } else { (all / 8, size(capacity.order_ids_for_exits)) };
        let ids = !proposed.renames || self.ids_taken(self.last) + ids_kept < size(capacity.order_ids);
        ids && used + kept + needs <= all
    }

    /// The answer, and where it is approved the change and what it takes of the headroom that is set aside.
    fn judge_change(
        &self,
        proposed: &Result<Proposed, Reason>,
        bug: Option<Bug>,
    ) -> (Answer, Option<(Change, i128)>) {
        let refused = |reason| (Answer::refused(reason), None);
        let errs = |number| bug == Some(Bug { part: Part::Modify, number });
        let less = proposed.as_ref().is_ok_and(Proposed::is_less_of_the_same) && !errs(3);
        if self.trading(Scope::Firm) == TradingState::Halted && !less {
            return (Answer::stopped(), None);
        }
        let proposed = match proposed {
            Ok(proposed) => proposed,
            Err(reason) => return refused(*reason),
        };
        if !self.has_room_for(proposed) {
            return refused(Reason::LedgerFull);
        }
        let placed = &self.orders[proposed.place];
        let taken = self.taken(placed.account, proposed.order.id, self.last).contains(&true);
        if less {
            if proposed.renames && taken {
                return refused(Reason::DuplicateOrder);
            }
            let now = placed.now();
            let open = (proposed.total - now.filled).max(0);
            let charges = now.charges.map(|charge| share(charge, open.min(now.open.max(1)), now.open.max(1)));
            return self.approve(proposed, open, [0, 0], charges, None, 0);
        }
        if self.now.is_none() {
            return refused(Reason::ClockUnavailable);
        }
        let [shared, own] =
            self.scopes(placed.account, placed.strategy, placed.instrument, placed.order.trader, None);
        if shared.max(own) == TradingState::Halted {
            return (Answer::stopped(), None);
        }
        let Some(facts) = self.facts_of(proposed, bug) else { return refused(Reason::InvalidOrder) };
        let view = facts.view(bug);
        let answer = by_the_list(&view);
        if !answer.is_approval() {
            return (answer, None);
        }
        let view = view.as_held();
        let openings = [0, 1].map(|whose| view.opening_of(whose, proposed.total));
        let [book, own] = openings.map(|opening| view.surcharge(opening).unwrap_or(0));
        let cash = super::gates::cost(&view, proposed.total, true).unwrap_or(0);
        let worth = self.needs_traded().then(|| view.worth(proposed.total));
        let spent = facts.view(bug).spends(proposed.total).unwrap_or(0);
        self.approve(proposed, view.open(proposed.total), openings, [book, own, cash], worth, spent)
    }

    pub(super) fn facts_of<'a>(&'a self, proposed: &'a Proposed, bug: Option<Bug>) -> Option<Facts<'a>> {
        let errs = |number| bug == Some(Bug { part: Part::Modify, number });
        let now = self.orders[proposed.place].now();
        let mut facts = Facts::of(self, &proposed.order, self.last)?;
        facts.replaced = Some(Replaced {
            place: proposed.place,
            filled: if errs(1) { 0 } else { now.filled },
            counted: now.filled + now.open,
            open: if errs(0) { 0 } else { now.open },
            charges: now.charges,
            exits: proposed.is_no_worse() && !errs(2),
            same: proposed.total == proposed.was && proposed.same_prices(),
            renames: proposed.renames,
        });
        Some(facts)
    }

    fn approve(
        &self,
        proposed: &Proposed,
        open: i128,
        openings: [i128; 2],
        charges: [i128; 3],
        worth: Option<Worth>,
        spent: i128,
    ) -> (Answer, Option<(Change, i128)>) {
        let ttl = i64::try_from(self.config.settings.permit_ttl_ms).unwrap_or(i64::MAX);
        let change = Change {
            handle: None,
            order: proposed.order,
            renames: proposed.renames,
            total: proposed.total,
            open,
            openings,
            charges,
            worth,
            decreases: proposed.is_less_of_the_same(),
            exits: proposed.is_no_worse(),
            expires: self.last.saturating_add(ttl.saturating_mul(1_000_000)),
            step: self.step,
        };
        let answer = Answer { verdict: Verdict::Approved, quantity: proposed.total, ..Answer::nothing() };
        (answer, Some((change, spent)))
    }

    /// A change that is under way, by its handle.
    fn change(&self, handle: OrderHandle) -> Option<(usize, usize)> {
        match self.named(&OrderRef::Handle(handle)) {
            Some((place, Some(change))) => Some((place, change)),
            _ => None,
        }
    }

    /// Whether a handle is that of a change, whatever has become of it.
    pub(super) fn is_change(&self, handle: OrderHandle) -> bool {
        self.orders.iter().flat_map(|order| &order.changes).any(|change| change.handle == Some(handle))
    }

    /// A change whose permit is out, and one that was sent.
    fn change_at(&self, handle: OrderHandle, sent: bool) -> Option<(usize, usize)> {
        let (place, change) = self.change(handle)?;
        self.orders[place].now().under_way.contains(&(change, sent)).then_some((place, change))
    }

    /// What a redeem of a change says. Refused, the order stands as it was.
    pub(super) fn redeem_change(&mut self, handle: OrderHandle) -> Result<(), Reason> {
        let Some((place, change)) = self.change_at(handle, false) else {
            let of = |c: &&Change| c.handle == Some(handle);
            let known = self.orders.iter().flat_map(|order| &order.changes).find(of);
            let expired = known.is_some_and(|change| change.expires <= self.last);
            return Err(if expired { Reason::PermitExpired } else { Reason::PermitSpent });
        };
        let looked = if self.orders[place].changes[change].decreases {
            Ok(())
        } else if self.now.is_none() {
            Err(Reason::ClockUnavailable)
        } else {
            self.look_again_at_change(place, change)
        };
        match looked {
            Ok(()) => self.happens(place, Happened::ChangeSent(change)),
            Err(_) => self.drop_change(place, change, false),
        }
        looked
    }

    fn look_again_at_change(&self, place: usize, change: usize) -> Result<(), Reason> {
        let order = &self.orders[place];
        let now = order.now();
        let change = &order.changes[change];
        let open = if change.exits { 0 } else { (change.total - now.filled).max(0) };
        let opens = self.opens_instead(&Ledger::of(self), order, &[order], open);
        self.look_again_as(order, opens, change.openings, change.step)
    }

    /// Gives the permit of a change back.
    pub(super) fn release_change(&mut self, handle: OrderHandle) -> Result<(), Reason> {
        let Some((place, change)) = self.change_at(handle, false) else {
            return self.redeem_change(handle);
        };
        self.drop_change(place, change, false);
        Ok(())
    }

    /// A replace was not sent after all.
    pub(super) fn abandon_change(&mut self, handle: OrderHandle) {
        if let Some((place, change)) = self.change_at(handle, true) {
            self.drop_change(place, change, false);
        }
    }

    /// A change will not come true. Where nothing else could still be executed the order has ended.
    pub(super) fn drop_change(&mut self, place: usize, change: usize, remembered: bool) {
        self.happens(place, Happened::ChangeGone { change, at: self.last, remembered });
        self.end_if_nothing_is_open(place);
    }

    /// The venue has taken a change.
    pub(super) fn confirm(&mut self, place: usize, change: usize) {
        self.happens(place, Happened::Changed { change, at: self.last });
        self.end_if_nothing_is_open(place);
    }

    fn end_if_nothing_is_open(&mut self, place: usize) {
        if self.orders[place].is_live() && self.orders[place].now().open == 0 {
            self.finish(place);
        }
    }

    /// Permits of changes that have expired, first to expire first.
    pub(super) fn expire_changes(&mut self) {
        loop {
            let mut due: Vec<(i64, u64, usize, usize)> = Vec::new();
            for (place, order) in
                self.orders.iter().enumerate().filter(|(_, o)| !o.changes.is_empty() && o.is_live())
            {
                let out = order.now().under_way.into_iter().filter(|(_, sent)| !sent);
                let out = out.map(|(of, _)| (order.changes[of].expires, order.changes[of].step, place, of));
                due.extend(out.filter(|(expires, ..)| *expires <= self.last));
            }
            let Some((_, _, place, change)) = due.into_iter().min() else { return };
            self.drop_change(place, change, false);
        }
    }
}
