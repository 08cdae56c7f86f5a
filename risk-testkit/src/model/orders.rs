//! Approved orders and what became of them: everything else about an order is worked out from that list.

use risk_core::{Id, Order, OrderHandle, OrderRef, OrderState, Side};

use super::changes::Change;
use super::ledger::share;
use super::traded::Worth;
use super::world::Model;

/// An order that was approved.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) handle: Option<OrderHandle>,
    pub(super) order: Order,
    pub(super) account: usize,
    pub(super) strategy: usize,
    pub(super) instrument: usize,
    pub(super) approved: i128,
    pub(super) at: i64,
    pub(super) step: u64,
    pub(super) expires: i64,
    /// What it opened when it was judged: in the account's book, in the strategy's.
    pub(super) openings: [i128; 2],
    /// By how much its opening part is above the mark of that moment, in quote money, in both books; and what it can
    /// cost where it is paid in cash, in the account's money.
    pub(super) charges: [i128; 3],
    /// What it counts for in what is traded in a day; nothing at all while no limit needed it.
    pub(super) worth: Option<Worth>,
    /// Until when it is remembered as what was asked for: in its account, in its strategy.
    pub(super) remembered: [Option<i64>; 2],
    /// Whether it opened nothing, anywhere.
    pub(super) exits: bool,
    /// How often the day had rolled.
    pub(super) day: usize,
    /// The step of the list it was approved in.
    pub(super) list: Option<u64>,
    /// Changes of it that were approved, in their order.
    pub(super) changes: Vec<Change>,
    pub(super) happened: Vec<Happened>,
    /// How often the day had rolled when each happened.
    pub(super) days: Vec<usize>,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    /// Its permit was redeemed.
    Sent { at: i64 },
    /// The venue took it.
    Accepted,
    /// So much of it was executed.
    Filled(i128),
    /// So much of it is known to be executed in total.
    Known(i128),
    /// The venue works more of it than was approved: what is open, and as if so much in total had been approved.
    Raised { open: i128, total: i128 },
    /// A change of it was approved: from now on the larger is held.
    Asked(usize),
    /// The permit of a change was redeemed.
    ChangeSent(usize),
    /// A change will not come true; its id stays taken for a while if the venue has seen it.
    ChangeGone { change: usize, at: i64, remembered: bool },
    /// A change is the order now; those before it come true no more.
    Changed { change: usize, at: i64 },
    /// It ended; its id stays taken for a while if it had been sent.
    Ended { at: i64, remembered: bool },
}

/// An order as it is after all that has happened.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// What can still be executed, and the charges on it.
    pub(super) open: i128,
    pub(super) charges: [i128; 3],
    pub(super) filled: i128,
    /// What was approved in total, or what the venue works beyond that.
    pub(super) total: i128,
    /// What it uses of its parent.
    pub(super) used: i128,
    /// What the venue has confirmed, while changes of it are under way: total, what was open of it, charges on that.
    confirmed: Option<(i128, i128, [i128; 3])>,
    /// Changes under way, and whether they were sent.
    pub(super) under_way: Vec<(usize, bool)>,
    /// The order as the venue has confirmed it.
    pub(super) order: Order,
    /// The id it had before, and the change that took it away.
    former: Option<(Id, usize)>,
}

/// Charges on a part of what they are on, rounded up.
fn part_of(charges: [i128; 3], part: i128, whole: i128) -> [i128; 3] {
    charges.map(|charge| share(charge, part, whole.max(1)))
}

impl Standing {
    fn happens(&mut self, of: &Placed, what: &Happened) {
        match *what {
            Happened::Sent { .. } | Happened::Accepted | Happened::Ended { .. } => {}
            Happened::Known(filled) => self.filled = filled,
            Happened::Filled(quantity) => {
                let left = (self.open - quantity).max(0);
                self.used += (quantity - self.open).max(0);
                self.charges = part_of(self.charges, left, self.open);
                (self.open, self.filled) = (left, self.filled + quantity);
            }
            Happened::Raised { open, total } => {
                self.charges = part_of(self.charges, open, self.open);
                self.used += open - self.open;
                (self.open, self.total) = (open, self.total.max(total));
                if let Some(confirmed) = &mut self.confirmed {
                    *confirmed = (self.total, self.open, self.charges);
                }
            }
            Happened::Asked(change) => {
                self.confirmed.get_or_insert((self.total, self.open, self.charges));
                self.under_way.push((change, false));
                self.hold_largest(of);
            }
            Happened::ChangeSent(change) => {
                self.under_way.iter_mut().filter(|(of, _)| *of == change).for_each(|(_, sent)| *sent = true);
            }
            Happened::ChangeGone { change, .. } => {
                self.under_way.retain(|(of, _)| *of != change);
                self.hold_largest(of);
            }
            Happened::Changed { change, .. } => {
                self.under_way.retain(|(of, _)| *of > change);
                let now = &of.changes[change];
                self.confirmed = Some((now.total, now.open, now.charges));
                self.total = now.total;
                let id = self.order.id;
                self.order = now.order;
                if now.renames {
                    self.former = Some((id, change));
                } else {
                    self.order.id = id;
                }
                self.hold_largest(of);
            }
        }
    }

    /// Any of the versions may be executed: the largest quantity and the largest charges of all of them are held.
    fn hold_largest(&mut self, of: &Placed) {
        let under_way = self.under_way.iter().map(|(change, _)| {
            let change = &of.changes[*change];
            (change.total, change.open, change.charges)
        });
        let (mut most, mut dearest) = (0, [0; 3]);
        for (total, open, charges) in self.confirmed.into_iter().chain(under_way) {
            let left = (total - self.filled).max(0);
            let charges = part_of(charges, left.min(open), open);
            most = most.max(left);
            for (dearest, charge) in dearest.iter_mut().zip(charges) {
                *dearest = charge.max(*dearest);
            }
        }
        self.used += most - self.open;
        (self.open, self.charges) = (most, dearest);
        if self.under_way.is_empty() {
            self.confirmed = None;
        }
    }
}

/// Whose an id is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// The order's, or the one it had before its last change.
    Order,
    /// A change's that is under way.
    Change(usize),
    /// Nobody's any more, since then.
    Past(i64),
}

impl Placed {
    pub(super) fn side(&self) -> Side {
        self.order.side
    }

    pub(super) fn ended(&self) -> Option<(i64, bool)> {
        self.happened.iter().find_map(|what| match what {
            Happened::Ended { at, remembered } => Some((*at, *remembered)),
            _ => None,
        })
    }

    pub(super) fn is_live(&self) -> bool {
        self.ended().is_none()
    }

    /// Still only a permit: neither redeemed nor executed.
    pub(super) fn is_permit(&self) -> bool {
        self.happened.is_empty()
    }

    /// A permit that nobody redeemed, and nobody can redeem any more.
    pub(super) fn was_never_sent(&self) -> bool {
        matches!(self.happened.first(), Some(Happened::Ended { remembered: false, .. }))
    }

    /// As it is now.
    pub(super) fn now(&self) -> Standing {
        let mut standing = Standing {
            open: self.approved,
            charges: self.charges,
            filled: 0,
            total: self.approved,
            used: self.approved,
            confirmed: None,
            under_way: Vec::new(),
            order: self.order,
            former: None,
        };
        for what in &self.happened {
            standing.happens(self, what);
        }
        standing
    }

    /// The orders it is or may come to be.
    pub(super) fn versions(&self) -> Vec<Order> {
        let now = self.now();
        let changes = now.under_way.iter().map(|(change, _)| self.changes[*change].order);
        core::iter::once(now.order).chain(changes).collect()
    }

    /// Every id it has or had not long ago. One that is free again is none.
    pub(super) fn names(&self) -> Vec<(Id, Name)> {
        if self.changes.is_empty() {
            return match self.ended() {
                None => vec![(self.order.id, Name::Order)],
                Some((at, true)) => vec![(self.order.id, Name::Past(at))],
                Some((_, false)) => Vec::new(),
            };
        }
        let mut standing = Self { happened: Vec::new(), ..self.clone() }.now();
        let mut past = Vec::new();
        let renamed = |change: usize| self.changes[change].renames.then(|| self.changes[change].order.id);
        for what in &self.happened {
            match *what {
                Happened::ChangeGone { change, at, remembered: true } => {
                    past.extend(renamed(change).map(|id| (id, Name::Past(at))));
                }
                Happened::Changed { change, at } => {
                    let older = standing.under_way.iter().filter(|(older, _)| *older < change);
                    past.extend(
                        older.filter_map(|(older, _)| renamed(*older)).map(|id| (id, Name::Past(at))),
                    );
                    let former = standing.former.filter(|_| self.changes[change].renames);
                    past.extend(former.map(|(id, _)| (id, Name::Past(at))));
                }
                _ => {}
            }
            standing.happens(self, what);
        }
        let former = standing.former.map(|(id, _)| id);
        match self.ended() {
            None => {
                past.extend(
                    [Some(standing.order.id), former].into_iter().flatten().map(|id| (id, Name::Order)),
                );
                let changes =
                    standing.under_way.iter().filter_map(|(change, _)| Some((renamed(*change)?, *change)));
                past.extend(changes.map(|(id, change)| (id, Name::Change(change))));
            }
            Some((at, remembered)) => {
                let own = Some(standing.order.id).filter(|_| remembered);
                let sent = standing.under_way.iter().filter(|(_, sent)| *sent);
                let sent = sent.filter_map(|(change, _)| renamed(*change));
                past.extend(own.into_iter().chain(former).chain(sent).map(|id| (id, Name::Past(at))));
            }
        }
        past
    }

    /// The state an engine would show.
    pub(super) fn state(&self) -> OrderState {
        if self.ended().is_some() {
            return OrderState::Ended;
        }
        let says = |what: &Happened| match what {
            Happened::Accepted => Some(OrderState::Working),
            Happened::Sent { .. } => Some(OrderState::Sent),
            _ => None,
        };
        self.happened.iter().rev().find_map(says).unwrap_or(OrderState::Permitted)
    }

    /// Places its changes take where changes are kept: each that is under way, what was confirmed, the id before.
    pub(super) fn places_of_changes(&self) -> usize {
        if self.changes.is_empty() || !self.is_live() {
            return 0;
        }
        let now = self.now();
        now.under_way.len() + usize::from(!now.under_way.is_empty()) + usize::from(now.former.is_some())
    }
}

impl Model {
    /// Something becomes of an order.
    pub(super) fn happens(&mut self, place: usize, what: Happened) {
        let day = self.day();
        self.orders[place].happened.push(what);
        self.orders[place].days.push(day);
    }

    pub(super) fn window(&self) -> i64 {
        i64::try_from(self.config.settings.duplicate_window_ms).unwrap_or(i64::MAX).saturating_mul(1_000_000)
    }

    /// The live order a reference names, and the change of it that is under way, where it names one.
    pub(super) fn named(&self, named: &OrderRef) -> Option<(usize, Option<usize>)> {
        let live = |place: usize| self.orders[place].is_live();
        match named {
            OrderRef::Handle(handle) => match self.placed(*handle) {
                Some(place) => live(place).then_some((place, None)),
                None => self.change_of(*handle),
            },
            OrderRef::Client { account, id } => {
                let account = self.account_place(*account)?;
                let own = (0..self.orders.len())
                    .filter(|place| self.orders[*place].account == account && live(*place));
                own.into_iter().find_map(|place| {
                    let named = self.orders[place].names().into_iter().find(|(name, _)| name == id)?;
                    match named.1 {
                        Name::Order => Some((place, None)),
                        Name::Change(change) => Some((place, Some(change))),
                        Name::Past(_) => None,
                    }
                })
            }
        }
    }

    /// The order of a change's handle: the change is under way, or its place is where the order's last id is kept.
    fn change_of(&self, handle: OrderHandle) -> Option<(usize, Option<usize>)> {
        (0..self.orders.len()).find_map(|place| {
            let order = &self.orders[place];
            let change = order.changes.iter().position(|change| change.handle == Some(handle))?;
            let now = order.now();
            if !order.is_live() {
                None
            } else if now.under_way.iter().any(|(of, _)| *of == change) {
                Some((place, Some(change)))
            } else {
                now.former.filter(|(_, of)| *of == change).map(|_| (place, None))
            }
        })
    }

    /// The live order a reference names.
    pub(super) fn live(&self, named: &OrderRef) -> Option<usize> {
        self.named(named).map(|(place, _)| place)
    }

    fn is_past(&self, name: Name, now: i64) -> bool {
        matches!(name, Name::Past(at) if now < at.saturating_add(self.window()))
    }

    /// The order that had this id not long ago, and has it no more.
    pub(super) fn remembered(&self, account: usize, id: Id) -> Option<usize> {
        self.orders.iter().rposition(|order| {
            let kept = |(name, what): (Id, Name)| name == id && self.is_past(what, self.last);
            order.account == account && order.names().into_iter().any(kept)
        })
    }

    /// Whether a client order id is taken: by an order that lives, or by one that was sent and ended not long ago.
    pub(super) fn taken(&self, account: usize, id: Id, now: i64) -> [bool; 2] {
        let mut by = [false; 2];
        for order in self.orders.iter().filter(|order| order.account == account) {
            for (_, what) in order.names().into_iter().filter(|(name, _)| *name == id) {
                by[0] |= !matches!(what, Name::Past(_));
                by[1] |= self.is_past(what, now);
            }
        }
        by
    }

    /// Ids that are taken, over all accounts.
    pub(super) fn ids_taken(&self, now: i64) -> usize {
        let is = |(_, what): &(Id, Name)| !matches!(what, Name::Past(_)) || self.is_past(*what, now);
        self.orders.iter().map(|order| order.names().iter().filter(|name| is(name)).count()).sum()
    }

    /// What an engine would say of an order, by the place in order of approval.
    pub fn order_state(&self, place: usize) -> OrderState {
        self.orders[place].state()
    }

    /// How many orders were ever approved.
    pub fn approved(&self) -> usize {
        self.orders.len()
    }

    /// How many of them live.
    pub fn live_orders(&self) -> usize {
        self.orders.iter().filter(|order| order.is_live()).count()
    }

    /// An order that was approved, as the venue has confirmed it.
    pub fn order(&self, place: usize) -> Order {
        let order = &self.orders[place];
        if order.changes.is_empty() { order.order } else { order.now().order }
    }

    /// What of it can still be executed, in units.
    pub fn open(&self, place: usize) -> i128 {
        self.orders[place].now().open
    }

    /// What was approved, in units.
    pub fn approved_quantity(&self, place: usize) -> i128 {
        self.orders[place].now().total
    }

    /// The step in which an order was approved.
    pub fn step_of(&self, order: OrderHandle) -> Option<u64> {
        self.placed(order).map(|place| self.orders[place].step)
    }

    /// When its permit expires.
    pub fn expires(&self, place: usize) -> i64 {
        self.orders[place].expires
    }
}
