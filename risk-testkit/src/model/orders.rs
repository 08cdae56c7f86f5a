//! Approved orders and what became of them: everything else about an order is worked out from that list.

use risk_core::{Order, OrderHandle, OrderRef, OrderState, Side};

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
    /// By how much its opening part is above the mark of that moment, in quote money, in both books.
    pub(super) surcharges: [i128; 2],
    /// What it can cost where it is paid in cash, in the account's money.
    pub(super) cash: i128,
    /// What it counts for in what is traded in a day, in the account's money and the firm's, where that can be said;
    /// nothing at all while no limit needed it.
    pub(super) worth: Option<[Option<i128>; 2]>,
    /// Until when it is remembered as what was asked for: in its account, in its strategy.
    pub(super) remembered: [Option<i64>; 2],
    /// Whether it opened nothing, anywhere.
    pub(super) exits: bool,
    /// How often the day had rolled.
    pub(super) day: usize,
    pub(super) happened: Vec<Happened>,
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
    /// The venue works more of it than was approved: what is open, and as if so much in total had been approved.
    Raised { open: i128, total: i128 },
    /// It ended; its id stays taken for a while if it had been sent.
    Ended { at: i64, remembered: bool },
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

    /// What it uses of its parent: what was approved, what was executed beyond that, what it was raised by.
    pub(super) fn used(&self) -> i128 {
        let (mut open, mut used) = (self.approved, self.approved);
        for what in &self.happened {
            let after = after(what, open);
            match what {
                Happened::Filled(quantity) => used += (quantity - open).max(0),
                Happened::Raised { .. } => used += after - open,
                Happened::Sent { .. } | Happened::Accepted | Happened::Ended { .. } => {}
            }
            open = after;
        }
        used
    }

    /// What was approved in total, or what the venue accepted beyond that.
    pub(super) fn most(&self) -> i128 {
        let raised = self.happened.iter().filter_map(|what| match what {
            Happened::Raised { total, .. } => Some(*total),
            _ => None,
        });
        raised.fold(self.approved, i128::max)
    }

    /// What can still be executed, and the surcharges on it: of each execution the rest keeps its share, rounded up.
    pub(super) fn open(&self) -> (i128, [i128; 2]) {
        let mut extra = self.surcharges;
        let open =
            self.each_open(|left, open| extra = extra.map(|extra| super::ledger::share(extra, left, open)));
        (open, extra)
    }

    /// What the rest of it can still cost, in the same way.
    pub(super) fn cash_held(&self) -> i128 {
        let mut cash = self.cash;
        self.each_open(|left, open| cash = super::ledger::share(cash, left, open.max(1)));
        if self.is_live() { cash } else { 0 }
    }

    /// A permit that nobody redeemed, and nobody can redeem any more.
    pub(super) fn was_never_sent(&self) -> bool {
        matches!(self.happened.first(), Some(Happened::Ended { remembered: false, .. }))
    }

    /// What is open at the end; each change of it, as after and before.
    fn each_open(&self, mut change: impl FnMut(i128, i128)) -> i128 {
        let mut open = self.approved;
        for what in &self.happened {
            let left = after(what, open);
            if left != open {
                change(left, open);
            }
            open = left;
        }
        open
    }

    /// The state an engine would show.
    pub(super) fn state(&self) -> OrderState {
        if self.ended().is_some() {
            return OrderState::Ended;
        }
        match self
            .happened
            .iter()
            .rev()
            .find(|what| !matches!(what, Happened::Filled(_) | Happened::Raised { .. }))
        {
            Some(Happened::Accepted) => OrderState::Working,
            Some(_) => OrderState::Sent,
            None if self.happened.is_empty() => OrderState::Permitted,
            None => OrderState::Sent,
        }
    }
}

/// What is open of an order after something happened to it.
fn after(what: &Happened, open: i128) -> i128 {
    match what {
        Happened::Filled(quantity) => (open - quantity).max(0),
        Happened::Raised { open, .. } => *open,
        Happened::Sent { .. } | Happened::Accepted | Happened::Ended { .. } => open,
    }
}

impl Model {
    pub(super) fn window(&self) -> i64 {
        i64::try_from(self.config.settings.duplicate_window_ms).unwrap_or(i64::MAX).saturating_mul(1_000_000)
    }

    /// The live order a reference names.
    pub(super) fn live(&self, named: &OrderRef) -> Option<usize> {
        let place = match named {
            OrderRef::Handle(handle) => self.placed(*handle),
            OrderRef::Client { account, id } => {
                let account = self.account_place(*account)?;
                self.orders.iter().position(|o| o.account == account && o.order.id == *id && o.is_live())
            }
        };
        place.filter(|place| self.orders[*place].is_live())
    }

    /// The order that was sent, has ended not long ago and had this id.
    pub(super) fn remembered(&self, account: usize, id: risk_core::Id) -> Option<usize> {
        self.orders.iter().rposition(|order| {
            let kept =
                matches!(order.ended(), Some((at, true)) if self.last < at.saturating_add(self.window()));
            order.account == account && order.order.id == id && kept
        })
    }

    /// Whether a client order id is taken: by an order that lives, or by one that was sent and ended not long ago.
    pub(super) fn taken(&self, account: usize, id: risk_core::Id, now: i64) -> [bool; 2] {
        let mut by = [false; 2];
        for order in self.orders.iter().filter(|order| order.account == account && order.order.id == id) {
            match order.ended() {
                None => by[0] = true,
                Some((at, true)) if now < at.saturating_add(self.window()) => by[1] = true,
                Some(_) => {}
            }
        }
        by
    }

    /// Ids that are taken, over all accounts.
    pub(super) fn ids_taken(&self, now: i64) -> usize {
        let is = |order: &&Placed| match order.ended() {
            None => true,
            Some((at, remembered)) => remembered && now < at.saturating_add(self.window()),
        };
        self.orders.iter().filter(is).count()
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

    /// An order that was approved.
    pub fn order(&self, place: usize) -> &Order {
        &self.orders[place].order
    }

    /// What of it can still be executed, in units.
    pub fn open(&self, place: usize) -> i128 {
        self.orders[place].open().0
    }

    /// What was approved, in units.
    pub fn approved_quantity(&self, place: usize) -> i128 {
        self.orders[place].most()
    }

    /// When its permit expires.
    pub fn expires(&self, place: usize) -> i64 {
        self.orders[place].expires
    }
}
