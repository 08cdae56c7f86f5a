//! What was approved and is not yet known to be in the trader's figures, and when it ends.

use std::collections::{BTreeMap, HashMap};

use risk_core::{AccountHandle, End, Id, Input, OrderRef, RiskGuard, Side, StatedOrder};
use rust_decimal::Decimal;

use super::portfolio::{Figures, SeenPortfolio};
use super::symbols::Symbols;

/// One hold.
pub(super) struct Hold {
    pub(super) symbol: usize,
    pub(super) id: Id,
    pub(super) side: Side,
    pub(super) market: bool,
    pub(super) size: Decimal,
    /// Its limit price, as the core knows it.
    pub(super) limit: Option<Decimal>,
    /// What it was valued at, should the market price not be known any more.
    pub(super) worth: Decimal,
    /// When it was made, in seconds since the epoch.
    pub(super) time: f64,
    /// What the trader stated at that time.
    pub(super) base: Base,
    /// How much of it growth of the stated value stands for, as of the last refresh.
    pub(super) grown: Decimal,
    /// How much of it was reported as filled.
    pub(super) filled: Decimal,
    /// How much of it the last refresh contains, in one way or the other.
    pub(super) settled: Decimal,
    /// How much of it the core holds.
    pub(super) told: Decimal,
}

/// What the trader stated when a hold was made.
#[derive(Clone, Copy)]
pub(super) struct Base {
    /// Signed value of the symbol.
    pub(super) value: Decimal,
    pub(super) exposure: Decimal,
    /// Whether any position was listed: else growth shows in the exposure alone.
    pub(super) listed: bool,
}

impl Hold {
    /// A fill that is reported and shows in the value is one fill.
    fn gone(&self) -> Decimal {
        self.grown.max(self.filled)
    }

    pub(super) fn open(&self) -> Decimal {
        self.size - self.gone()
    }

    /// What is position by now and not in the trader's figures; negative for a sale.
    pub(super) fn executed(&self) -> Decimal {
        let executed = self.gone() - self.settled;
        match self.side {
            Side::Buy => executed,
            Side::Sell => -executed,
        }
    }
}

/// All holds, the oldest first.
#[derive(Default)]
pub(super) struct Holds {
    all: BTreeMap<u64, Hold>,
    by_id: HashMap<Id, u64>,
    next: u64,
}

impl Holds {
    pub(super) fn add(&mut self, hold: Hold) -> u64 {
        self.next += 1;
        self.by_id.insert(hold.id, self.next);
        self.all.insert(self.next, hold);
        self.next
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Hold> {
        self.all.values()
    }

    pub(super) fn named(&mut self, id: Id) -> Option<(u64, &mut Hold)> {
        let key = *self.by_id.get(&id)?;
        self.all.get_mut(&key).map(|hold| (key, hold))
    }

    /// Nothing of an order is open any more, and what was filled of it is not yet in the trader's figures.
    pub(super) fn close(&mut self, id: Id) {
        let Some(hold) = self.by_id.remove(&id).and_then(|key| self.all.get_mut(&key)) else { return };
        hold.size = hold.gone();
    }

    /// Ends a hold: what was open of it is free. Whether there was one.
    pub(super) fn end(&mut self, core: &RiskGuard, account: AccountHandle, key: u64, end: End) -> bool {
        let Some(hold) = self.all.remove(&key) else { return false };
        if self.by_id.get(&hold.id) == Some(&key) {
            self.by_id.remove(&hold.id);
        }
        if hold.told > Decimal::ZERO {
            // A core that does not take it goes on holding it, which refuses more and approves nothing.
            let order = OrderRef::Client { account, id: hold.id };
            let _ = core.ingest(Input::Done { order, end });
        }
        true
    }

    /// The trader has spoken at `update`: holds that are old enough end, and growth comes off the others, oldest first.
    pub(super) fn refresh(
        &mut self,
        core: &RiskGuard,
        account: AccountHandle,
        update: f64,
        settle: [f64; 2],
        symbols: &Symbols,
        stated: &SeenPortfolio,
    ) {
        let over = |hold: &Hold| update >= hold.time + settle[usize::from(!hold.market)];
        let ended: Vec<u64> = self.all.iter().filter(|(_, hold)| over(hold)).map(|(key, _)| *key).collect();
        for key in ended {
            self.end(core, account, key, End::Expired);
        }
        let listed = !stated.listed.is_empty();
        let exposure = stated.figures.as_ref().ok().map(|figures: &Figures| figures.exposure);
        // By symbol and direction; without positions there is one sum for all.
        let mut pools: HashMap<Option<(usize, bool)>, Decimal> = HashMap::new();
        for hold in self.all.values_mut() {
            let symbol = symbols.get(hold.symbol);
            let bought = hold.side == Side::Buy;
            let by_value = listed || hold.base.listed;
            let pool = pools.entry(by_value.then_some((hold.symbol, bought))).or_insert_with(|| {
                let grown = if by_value {
                    let grown = symbol.value.unwrap_or_default() - hold.base.value;
                    if bought { grown } else { -grown }
                } else {
                    exposure.unwrap_or_default() - hold.base.exposure
                };
                grown.max(Decimal::ZERO)
            });
            let mark = symbol.mark.unwrap_or(hold.worth);
            let due = pool.checked_div(mark).map_or(hold.size, |due| due.min(hold.size));
            *pool = due.checked_mul(mark).map_or(Decimal::ZERO, |taken| (*pool - taken).max(Decimal::ZERO));
            hold.grown = symbol.lots_down(due);
            hold.settled = hold.gone();
        }
    }

    /// What the core is to hold, where that is not what it holds: all open orders, and before them those that only
    /// have to go because more of them is open than the core knows.
    pub(super) fn orders(&self, symbols: &Symbols) -> Option<(Option<Vec<StatedOrder>>, Vec<StatedOrder>)> {
        if self.all.values().all(|hold| hold.open() == hold.told) {
            return None;
        }
        let more = |hold: &Hold| hold.told > Decimal::ZERO && hold.open() > hold.told;
        let orders = |but: bool| {
            let open = self.all.values().filter(|hold| hold.open() > Decimal::ZERO && !(but && more(hold)));
            open.map(|hold| StatedOrder {
                id: hold.id,
                instrument: symbols.get(hold.symbol).handle,
                side: hold.side,
                open: hold.open(),
                price: hold.limit,
            })
            .collect()
        };
        let first = self.all.values().any(more).then(|| orders(true));
        let all = orders(false);
        Some((first, all))
    }

    /// The core holds what it was to hold.
    pub(super) fn stated(&mut self) {
        for hold in self.all.values_mut() {
            hold.told = hold.open();
        }
    }
}
