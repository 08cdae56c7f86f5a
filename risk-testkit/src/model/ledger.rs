//! Positions, cash and peaks, added up from the first entry.
//!
//! How far that has come is remembered ([`Folded`]), for an entry never changes; at the end of a history everything is
//! added up anew, and must be the same.
//!
//! Rules where the design leaves room, as the core has them:
//! - Realised profit is by average cost. What stays of a cost after a partial close, and what is opened, rounds
//!   against the trader; so do the fee, the conversion to the account's currency and the value of what is left.
//! - Cash starts at zero and takes profit before it is ever stated, so that a loss of the day is known without a
//!   balance. The first balance moves every base by the difference; a later one is profit or loss.
//! - The firm's equity is the sum over accounts whose balance is known and can be converted; one that becomes known
//!   moves every base of the firm by its equity.
//! - A deposit scales peaks by equity after / before, rounded up (moved by the amount where that has no meaning), and
//!   moves the start by the amount.
//! - Stated positions move the strategy `unassigned` by the difference; its cost is its share of the stated one.

use std::collections::BTreeMap;

use risk_core::{Order, Side};

use super::exact::{Ratio, Toward};
use super::world::{Entry, Model, Owner, Seen};

/// What an owner holds and asks for in one instrument, in its units; costs and surcharges in quote money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Book {
    pub(super) position: i128,
    pub(super) cost: i128,
    /// What can be executed of all that is asked for.
    pub(super) buys: i128,
    pub(super) sells: i128,
    /// The buys and the sells among it that no venue keeps within a position.
    pub(super) free: [i128; 2],
    /// Those that the venue keeps within the account's position, as if each were filled whole.
    pub(super) kept: [i128; 2],
    /// That position.
    pub(super) whole: i128,
    pub(super) extra_buys: i128,
    pub(super) extra_sells: i128,
}

impl Book {
    /// Asks for more on a side; for less where it is below zero.
    pub(super) fn ask(&mut self, side: Side, kept: bool, quantity: i128, extra: i128) {
        let of = if kept { &mut self.kept } else { &mut self.free };
        let (place, extras) = match side {
            Side::Buy => (0, &mut self.extra_buys),
            Side::Sell => (1, &mut self.extra_sells),
        };
        (of[place], *extras) = (of[place] + quantity, *extras + extra);
        self.count();
    }

    /// With nothing kept within the position.
    pub(super) fn free_all(&mut self) {
        for (free, kept) in self.free.iter_mut().zip(&mut self.kept) {
            *free += std::mem::take(kept);
        }
        self.count();
    }

    /// The account holds this much: its venue keeps within it what it keeps.
    fn keep_within(&mut self, whole: i128) {
        self.whole = whole;
        self.count();
    }

    fn count(&mut self) {
        self.buys = self.free[0] + self.kept[0].min((-self.whole).max(0));
        self.sells = self.free[1] + self.kept[1].min(self.whole.max(0));
    }

    /// What an order of this side would only close. One that is kept within the account's position shares it with
    /// others that are, unless that position leaves them room for more than this book holds.
    pub(super) fn reducible(&self, side: Side, kept: bool) -> i128 {
        let (sign, place, all) = match side {
            Side::Buy => (-1, 0, self.buys),
            Side::Sell => (1, 1, self.sells),
        };
        let shares = kept && sign * self.whole <= sign * self.position;
        (sign * self.position - if shares { self.free[place] } else { all }).max(0)
    }
}

/// From what losses and falls are measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Track {
    pub(super) day_start: i128,
    pub(super) flows: i128,
    pub(super) peak: i128,
    pub(super) peak_at_end_of_day: i128,
    pub(super) start: i128,
    /// The peak as it would be if deposits moved nothing: only a deliberate mistake reads it.
    pub(super) peak_without_flows: i128,
}

impl Track {
    fn shift(&mut self, by: i128) {
        self.day_start += by;
        self.peak += by;
        self.peak_at_end_of_day += by;
        self.start += by;
        self.peak_without_flows += by;
    }

    fn flow(&mut self, amount: i128, before: i128) {
        let after = before + amount;
        self.flows += amount;
        self.start += amount;
        let moved =
            |peak: i128| match Ratio::whole(peak).times(&Ratio::whole(after)).per(&Ratio::whole(before)) {
                Some(scaled) if before > 0 && after > 0 && peak > 0 => scaled.round(0, Toward::Away),
                _ => (peak + amount).max(after),
            };
        self.peak = moved(self.peak);
        self.peak_at_end_of_day = moved(self.peak_at_end_of_day);
    }

    fn roll(&mut self, equity: i128) {
        self.day_start = equity;
        self.flows = 0;
        self.peak_at_end_of_day = self.peak_at_end_of_day.max(equity);
    }

    fn see(&mut self, equity: i128) {
        self.peak = self.peak.max(equity);
        self.peak_without_flows = self.peak_without_flows.max(equity);
    }
}

/// Everything the entries and the orders add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ledger {
    pub(super) books: BTreeMap<(Owner, usize), Book>,
    pub(super) cash: Vec<i128>,
    pub(super) known: Vec<bool>,
    pub(super) realised: Vec<i128>,
    /// What orders made in their account's book and their strategy's.
    pub(super) made: BTreeMap<(usize, usize), super::streak::Made>,
    pub(super) accounts: Vec<Track>,
    pub(super) strategies: Vec<Track>,
    pub(super) firm: Track,
    /// Equity as last seen.
    pub(super) seen: Seen,
}

/// The sum of the first entries.
#[derive(Clone, Debug, Default)]
pub(super) struct Folded {
    entries: usize,
    ledger: Option<Ledger>,
}

impl Folded {
    /// The sum of all entries there are.
    fn of(&mut self, model: &Model) -> &Ledger {
        let ledger = self.ledger.get_or_insert_with(|| Ledger::new(model));
        for entry in model.entries.iter().skip(self.entries) {
            ledger.add(model, entry);
        }
        self.entries = model.entries.len();
        ledger
    }
}

impl Model {
    /// Whether the venue keeps an order within the position of its account.
    pub(super) fn keeps(&self, order: &Order, instrument: usize) -> bool {
        order.reduce_only && self.instrument(instrument).venue_enforces_reduce_only
    }

    /// Whether everything added up anew is what was remembered.
    pub fn adds_up(&self) -> bool {
        Folded::default().of(self) == self.folded.borrow_mut().of(self)
    }
}

impl Ledger {
    /// Nothing has happened yet.
    fn new(model: &Model) -> Self {
        let (accounts, strategies) = (model.handles.accounts.len(), model.handles.strategies.len());
        Self {
            cash: vec![0; accounts],
            known: vec![false; accounts],
            realised: vec![0; strategies],
            accounts: vec![Track::default(); accounts],
            strategies: vec![Track::default(); strategies],
            seen: Seen { accounts: vec![(0, None); accounts], strategies: vec![0; strategies], firm: 0 },
            ..Self::default()
        }
    }

    /// Adds everything up.
    pub(super) fn of(model: &Model) -> Self {
        let mut ledger = model.folded.borrow_mut().of(model).clone();
        for order in model.orders.iter() {
            let now = order.now();
            let (open, [first, second, _]) =
                if order.is_live() { (now.open, now.charges) } else { (0, [0; 3]) };
            let extra = [first, second];
            let owners = [Owner::Account(order.account), Owner::Strategy(order.strategy)];
            for (owner, extra) in owners.into_iter().zip(extra) {
                let book = ledger.books.entry((owner, order.instrument)).or_default();
                book.ask(order.side(), model.keeps(&order.order, order.instrument), open, extra);
            }
        }
        let wholes: BTreeMap<_, _> = ledger.books.iter().map(|(key, book)| (*key, book.position)).collect();
        for ((owner, instrument), book) in &mut ledger.books {
            let whole = wholes.get(&(Owner::Account(model.account_of(*owner)), *instrument));
            book.keep_within(whole.copied().unwrap_or(0));
        }
        ledger
    }

    /// A book, or an empty one that knows what its account holds.
    pub(super) fn book(&self, model: &Model, owner: Owner, instrument: usize) -> Book {
        let whole = self.books.get(&(Owner::Account(model.account_of(owner)), instrument));
        let whole = whole.map_or(0, |whole| whole.position);
        self.books.get(&(owner, instrument)).copied().unwrap_or(Book { whole, ..Book::default() })
    }

    /// What the positions of an account cost that are paid in its currency; what shorts brought in counts against it.
    pub(super) fn invested(&self, model: &Model, account: usize) -> i128 {
        let own = |owner: &Owner, instrument: usize| {
            *owner == Owner::Account(account) && model.quote_asset(instrument) == model.currency(account)
        };
        let books = self.books.iter().filter(|((owner, instrument), _)| own(owner, *instrument));
        books.map(|(_, book)| if book.position < 0 { -book.cost } else { book.cost }).sum()
    }

    fn add(&mut self, model: &Model, entry: &Entry) {
        match entry {
            Entry::Executed { account, strategy, instrument, side, quantity, price, fee, rate, order } => {
                let signed = if *side == Side::Buy { *quantity } else { -quantity };
                let scales = (
                    model.money_scale(model.asset(&model.instrument(*instrument).quote)),
                    model.money_scale(model.currency(*account)),
                );
                let owners = [Owner::Account(*account), Owner::Strategy(*strategy)];
                for (place, owner) in owners.into_iter().enumerate() {
                    let book = self.books.entry((owner, *instrument)).or_default();
                    let closes = book.position.signum() * signed.signum() < 0;
                    let gross = execute(model, book, *instrument, signed, *price);
                    let converted = |profit| {
                        rate.as_ref().map_or(0, |rate| {
                            Ratio::units(profit, scales.0).times(rate).round(scales.1, Toward::Floor)
                        })
                    };
                    let profit = converted(gross - fee);
                    if let Some(order) = order.filter(|_| rate.is_some()) {
                        let made = self.made.entry((order, place)).or_default();
                        made.profit += profit;
                        made.gross += converted(gross);
                        made.closes |= closes;
                    }
                    match owner {
                        Owner::Account(place) => self.cash[place] += profit,
                        Owner::Strategy(place) => self.realised[place] += profit,
                    }
                }
            }
            Entry::Adjusted { account, instrument, position, cost } => {
                let whole = self.books.entry((Owner::Account(*account), *instrument)).or_default();
                let difference = position - whole.position;
                (whole.position, whole.cost) = (*position, *cost);
                let rest = (Owner::Strategy(model.unassigned(*account)), *instrument);
                let rest = self.books.entry(rest).or_default();
                rest.position += difference;
                let part = rest.position.abs().min(position.abs());
                rest.cost = share(*cost, part, position.abs());
            }
            Entry::Stated { account, balance } => {
                let paid = if model.pays_in_cash(*account) { self.invested(model, *account) } else { 0 };
                let balance = balance + paid;
                if !self.known[*account] {
                    self.known[*account] = true;
                    self.accounts[*account].shift(balance - self.cash[*account]);
                }
                self.cash[*account] = balance;
            }
            Entry::Flowed { account, amount, firm } => {
                let (equity, in_firm) = self.seen.accounts[*account];
                self.accounts[*account].flow(*amount, equity);
                self.cash[*account] += amount;
                if let (Some(_), Some(amount)) = (in_firm, firm) {
                    self.firm.flow(*amount, self.seen.firm);
                }
            }
            Entry::Rolled => {
                let seen = &self.seen;
                self.accounts
                    .iter_mut()
                    .zip(&seen.accounts)
                    .for_each(|(track, (equity, _))| track.roll(*equity));
                self.strategies
                    .iter_mut()
                    .zip(&seen.strategies)
                    .for_each(|(track, equity)| track.roll(*equity));
                self.firm.roll(seen.firm);
            }
            Entry::Seen(seen) => {
                for ((_, before), (_, now)) in self.seen.accounts.iter().zip(&seen.accounts) {
                    match (before, now) {
                        (None, Some(now)) => self.firm.shift(*now),
                        (Some(before), None) => self.firm.shift(-before),
                        (None, None) | (Some(_), Some(_)) => {}
                    }
                }
                self.accounts
                    .iter_mut()
                    .zip(&seen.accounts)
                    .for_each(|(track, (equity, _))| track.see(*equity));
                self.strategies
                    .iter_mut()
                    .zip(&seen.strategies)
                    .for_each(|(track, equity)| track.see(*equity));
                self.firm.see(seen.firm);
                self.seen = seen.clone();
            }
        }
    }
}

/// A share of an amount, rounded up in magnitude.
pub(super) fn share(amount: i128, part: i128, whole: i128) -> i128 {
    let share = Ratio::whole(amount).times(&Ratio::whole(part)).per(&Ratio::whole(whole));
    share.map_or(0, |share| share.round(0, Toward::Away))
}

/// Books an execution and says what it realised, in quote money.
fn execute(model: &Model, book: &mut Book, instrument: usize, signed: i128, price: i128) -> i128 {
    let before = book.position;
    let closes = before != 0 && (before > 0) != (signed > 0);
    let closed = if closes { before.abs().min(signed.abs()) } else { 0 };
    let opened = signed.abs() - closed;
    let inverse = model.instrument(instrument).inverse;
    let mut realised = 0;
    if closed > 0 {
        let left = share(book.cost, before.abs() - closed, before.abs());
        let cost = book.cost - left;
        book.cost = left;
        realised = if (before > 0) != inverse {
            model.value(instrument, closed, price, Toward::Floor) - cost
        } else {
            cost - model.value(instrument, closed, price, Toward::Ceiling)
        };
    }
    if opened > 0 {
        let toward = if (signed > 0) != inverse { Toward::Ceiling } else { Toward::Floor };
        book.cost += model.value(instrument, opened, price, toward);
    }
    book.position = before + signed;
    realised
}
