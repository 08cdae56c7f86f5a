//! What the drop-in knows, and how it judges: tell the core what has changed, ask the core. Nothing here runs Python, so
//! that its lock is never held while anything of the interpreter is waited for.

use std::sync::Arc;

use risk_core::{
    AccountHandle, Config, ConfigError, Decision, End, Holding, HostFigures, Id, Input, LimitsOf,
    MemoryJournal, Note, Order, Permit, RiskGuard, Scope, Side, Snapshot, StrategyHandle, SystemClock,
    Timestamp, TradingState,
};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::answer::Answer;
use super::holds::{Base, Hold, Holds};
use super::limits::{MOST, SeenLimits, down, up};
use super::market::AHEAD;
use super::order::{Asked, LOT};
use super::portfolio::SeenPortfolio;
use super::refusal::{ERROR, Refusal};
use super::repeats::{Pace, Repeats};
use super::symbols::Symbols;

/// An order and all that was read for it.
pub(super) struct Seen {
    pub(super) asked: Asked,
    /// The group its symbol is to be in, where the trader says so.
    pub(super) group: Option<String>,
    pub(super) price: Result<Decimal, Refusal>,
    pub(super) limits: Arc<SeenLimits>,
    pub(super) portfolio: Arc<SeenPortfolio>,
    /// How many minutes old a portfolio may be.
    pub(super) age_minutes: Result<f64, Refusal>,
    pub(super) pace: Result<Pace, Refusal>,
    /// What every answer says at the moment.
    pub(super) notes: Option<&'static str>,
    /// In seconds since the epoch.
    pub(super) now: f64,
}

/// An answer, the hold behind it, and the name by which the core knows the order.
pub(super) struct Judged {
    pub(super) answer: Answer,
    pub(super) hold: Option<u64>,
    pub(super) id: Option<Id>,
}

/// The state of the drop-in, behind one lock.
pub(super) struct Desk {
    pub(super) core: RiskGuard,
    pub(super) holds: Holds,
    account: AccountHandle,
    strategy: StrategyHandle,
    symbols: Symbols,
    repeats: Repeats,
    unnamed: u64,
    limits: u64,
    gross_limit: Decimal,
    portfolio: Option<Arc<SeenPortfolio>>,
    /// The positions the core was told are those of `portfolio`.
    stated: bool,
    /// Positions that cannot be used, by their symbol.
    wrong: Vec<(String, Refusal)>,
    refreshed: f64,
    /// Changes of prices and positions in the core: it adds what happens after it was told figures.
    changes: u64,
    figures: Option<(u64, u64)>,
    day_start: Option<Decimal>,
    /// Exposure that the trader states and that is of no position.
    beyond: Decimal,
    exposure: Decimal,
    /// In nanoseconds since the epoch.
    clock: i64,
}

/// What the core is made from. The limits are the trader's, told before they are needed.
const CONFIG: &str = r#"{
    "firm": {"currency": "USD", "limits": {"collar_bps": 1000, "position_notional_max": 0}},
    "assets": [{"code": "USD", "digits": 2}],
    "accounts": [{"name": "trader", "currency": "USD", "limits": {"gross_exposure_max": 0}}],
    "settings": {"host_age_ms_max": 1000000000, "unknown_settle_ms": 0},
    "capacity": {"instruments": 1024, "books": 4096, "live_orders": 8192, "order_ids": 131072,
        "order_ids_for_exits": 16384}
}"#;
/// Records in memory. The audit log is the trail; they are what a replay would begin with.
const RECORDS: usize = 16_384;

impl Desk {
    pub(super) fn new() -> Result<Self, String> {
        let wrong = |problem: ConfigError| problem.to_string();
        let config = Config::from_json(CONFIG, "the drop-in").map_err(wrong)?;
        let core = RiskGuard::new(&config, SystemClock, MemoryJournal::last(RECORDS)).map_err(wrong)?;
        let account = core.account("trader").map_err(|problem| problem.to_string())?;
        // What the trader states belongs to nobody in particular, and so do its orders: one position, not two.
        let strategy = core.strategy(account, "unassigned").map_err(|problem| problem.to_string())?;
        Ok(Self {
            core,
            holds: Holds::default(),
            account,
            strategy,
            symbols: Symbols::default(),
            repeats: Repeats::default(),
            unnamed: 0,
            limits: 0,
            gross_limit: Decimal::ZERO,
            portfolio: None,
            stated: false,
            wrong: Vec::new(),
            refreshed: 0.0,
            changes: 0,
            figures: None,
            day_start: None,
            beyond: Decimal::ZERO,
            exposure: Decimal::ZERO,
            clock: 0,
        })
    }

    pub(super) fn is_halted(&self) -> bool {
        self.core.trading_state(Scope::Firm) != TradingState::Active
    }

    /// One order: what has changed is told, then the core is asked.
    pub(super) fn judge(&mut self, seen: &Seen) -> Judged {
        let asked = &seen.asked;
        let none = |refusal: &Refusal| Judged { answer: Answer::refused(refusal), hold: None, id: None };
        // What only an opening needs is remembered, and asked again where it is known that the order opens.
        let mut problem = seen.price.as_ref().err().cloned();
        let price = seen.price.as_ref().ok().copied();
        let known = self.symbols.find(&asked.symbol).and_then(|place| self.symbols.get(place).mark);
        let mark = price.or(known);
        let group = seen.group.as_deref();
        let place =
            match self.symbols.seen(&self.core, &asked.symbol, group, mark.or(asked.price), asked.size) {
                Ok(place) => place,
                Err(refusal) => return none(&problem.unwrap_or(refusal)),
            };
        let mut mine = true;
        if let Err(refusal) = self.tell_positions(place, price, seen) {
            problem.get_or_insert(refusal);
            mine = false;
        }
        if problem.is_none() {
            let told = self
                .tell_limits(&seen.limits)
                .and_then(|()| self.tell_figures(seen))
                .and_then(|()| self.repeats.check(place, asked, seen.pace.clone()?, seen.now));
            problem = told.err();
        }
        let symbol = self.symbols.get(place);
        let exact = symbol.registered;
        let quantity = if exact { asked.size } else { symbol.lots_up(asked.size) };
        match problem {
            None => self.ask(place, quantity, price, seen),
            Some(problem) => {
                let part = if mine { quantity.min(self.reducible(place, asked.side)) } else { Decimal::ZERO };
                if part <= Decimal::ZERO {
                    return none(&problem);
                }
                let mut judged = self.ask(place, part, mark, seen);
                if part < quantity && judged.answer.verdict == risk_core::Verdict::Approved {
                    judged.answer = Answer::exit_part(asked, part, &problem, judged.answer.score);
                }
                judged
            }
        }
    }

    /// How much of the position an order of this side can close, holds taken off.
    fn reducible(&self, place: usize, side: Side) -> Decimal {
        let symbol = self.symbols.get(place);
        if symbol.uncounted {
            return Decimal::ZERO;
        }
        let held = self.core.position(self.account, symbol.handle);
        match side {
            Side::Sell => held.quantity - held.selling,
            Side::Buy => -held.quantity - held.buying,
        }
    }

    fn ask(&mut self, place: usize, quantity: Decimal, price: Option<Decimal>, seen: &Seen) -> Judged {
        let (asked, notes) = (&seen.asked, seen.notes);
        let id = match &asked.client {
            Some((_, id)) => *id,
            None => {
                self.unnamed += 1;
                Id::new(&format!("unnamed:{}", self.unnamed))
            }
        };
        let symbol = self.symbols.get(place);
        let limit = asked.price.map(|price| if symbol.registered { price } else { symbol.ticks(price) });
        let mut order = Order::new(symbol.handle, asked.side, quantity);
        (order.id, order.account, order.strategy) = (id, self.account, self.strategy);
        if let Some(limit) = limit {
            order = order.limit(limit);
        }
        let refused = |why| Judged { answer: Answer::rejected(&why, notes), hold: None, id: Some(id) };
        let (permit, binding): (Permit, _) = match self.core.evaluate(&order) {
            Decision::Approved(permit) => (permit, None),
            Decision::Reduced(permit, binding) => (permit, Some(binding)),
            Decision::Rejected(why) | Decision::EmergencyStop(why) => return refused(why),
        };
        let held = match self.core.redeem(permit) {
            Ok(outbound) => outbound.order().quantity,
            Err(why) => return refused(why),
        };
        let hold = self.holds.add(Hold {
            symbol: place,
            id,
            side: asked.side,
            market: asked.market,
            size: held,
            limit,
            worth: asked.price.or(price).unwrap_or_default(),
            time: seen.now,
            base: Base {
                value: symbol.value.unwrap_or_default(),
                exposure: self.exposure,
                listed: self.portfolio.as_ref().is_some_and(|stated| !stated.listed.is_empty()),
            },
            grown: Decimal::ZERO,
            filled: Decimal::ZERO,
            settled: Decimal::ZERO,
            told: held,
        });
        self.repeats.approved(place, asked, seen.pace.as_ref().ok().copied(), seen.now);
        let score = self.score();
        let answer = match binding {
            None => Answer::approved(asked, score, notes),
            Some(why) => Answer::reduced(&why, asked, held, score, notes),
        };
        Judged { answer, hold: Some(hold), id: Some(id) }
    }

    /// How much of the exposure limit is used, 0 to 1.
    fn score(&self) -> f64 {
        let gross = self
            .core
            .account_sums(self.account)
            .and_then(|sums| sums.gross_exposure.checked_add(self.beyond));
        let used = gross.and_then(|gross| gross.checked_div(self.gross_limit)).and_then(|used| used.to_f64());
        used.map_or(1.0, |used| used.clamp(0.0, 1.0))
    }

    // ---- telling the core -------------------------------------------------------------------------------------------

    fn tell_limits(&mut self, seen: &SeenLimits) -> Result<(), Refusal> {
        let tables = seen.tables.as_ref().map_err(Clone::clone)?;
        if seen.serial <= self.limits {
            return Ok(());
        }
        let tables_of = [(LimitsOf::Account(self.account), &tables.account), (LimitsOf::Firm, &tables.firm)];
        for (of, limits) in tables_of {
            let (by, reason) = (Id::new("host"), Note::new("limits"));
            let limits = Arc::new(limits.clone());
            let input = Input::Limits { of, limits, by, reason, second: None, expires: None };
            self.core.ingest(input).map_err(|problem| Refusal::new(ERROR, format!("limits: {problem}")))?;
        }
        self.gross_limit = tables.gross;
        self.limits = seen.serial;
        Ok(())
    }

    /// Prices and positions. What only sums need is told by `tell_figures`.
    fn tell_positions(&mut self, place: usize, price: Option<Decimal>, seen: &Seen) -> Result<(), Refusal> {
        // Of two readings that come to this lock in either order, the later one holds.
        let stated = match &self.portfolio {
            Some(newer) if newer.serial > seen.portfolio.serial => Arc::clone(newer),
            _ => Arc::clone(&seen.portfolio),
        };
        stated.whole.clone()?;
        let now = self.time(seen.now);
        let update = stated.update.as_ref().ok().copied().filter(|_| stated.plain);
        let update = update.filter(|update| self.refreshed < *update && *update <= seen.now + AHEAD);
        let mut changed =
            !self.stated || self.portfolio.as_ref().is_none_or(|known| known.serial != stated.serial);
        if let Some(price) = price {
            let symbol = self.symbols.get(place);
            if symbol.mark != Some(price) {
                // A position that is stated as a value is another quantity now.
                changed |= symbol.value.is_some();
            }
        }
        if changed || update.is_some() {
            self.stated = false;
            if update.is_some() {
                self.symbols.iter_mut().for_each(|symbol| symbol.before = symbol.mark);
            }
            self.count_positions(place, price, &stated, now);
        }
        if let Some(price) = price {
            let symbol = self.symbols.get_mut(place);
            if symbol.tell(&self.core, price, now)? {
                self.changes += 1;
            }
            symbol.mark = Some(price);
        }
        if changed || update.is_some() {
            self.portfolio = Some(Arc::clone(&stated));
            if let (Some(update), Ok(settle), true) = (update, &stated.settle, self.wrong.is_empty()) {
                self.holds.refresh(&self.core, self.account, update, *settle, &self.symbols, &stated);
                self.refreshed = update;
            }
            self.state_positions()?;
            self.stated = true;
        }
        // An order in what cannot be read opens.
        let unreadable = |(symbol, _): &&(String, Refusal)| *symbol == seen.asked.symbol;
        match self.wrong.iter().find(unreadable) {
            Some((_, refusal)) => Err(refusal.clone()),
            None => Ok(()),
        }
    }

    /// The time of what is told to the core: it never goes back, whichever thread came to the lock first.
    fn time(&mut self, seconds: f64) -> Timestamp {
        self.clock = self.clock.max((seconds * 1e9) as i64);
        Timestamp::from_nanos(self.clock)
    }

    /// What the trader's positions are in units.
    fn count_positions(
        &mut self,
        asked: usize,
        price: Option<Decimal>,
        stated: &SeenPortfolio,
        now: Timestamp,
    ) {
        for symbol in self.symbols.iter_mut() {
            (symbol.value, symbol.quantity, symbol.uncounted) = (None, Decimal::ZERO, false);
        }
        self.wrong.clone_from(&stated.wrong);
        for listed in &stated.listed {
            let known = self.symbols.find(&listed.symbol);
            let market = price.filter(|_| known == Some(asked));
            let mark = known.and_then(|place| self.symbols.get(place).dearest(market)).or(listed.price);
            let counted = match (listed.quantity, mark) {
                (Some(quantity), mark) => {
                    // Without a price it is worth what the trader says.
                    let own = || listed.value.abs().checked_div(quantity.abs());
                    mark.or_else(own).map(|mark| (quantity, mark, false))
                }
                (None, Some(mark)) => listed.value.checked_div(mark).map(|quantity| (quantity, mark, false)),
                // Its price was never seen: it counts by its value, at a price of one, until it is.
                (None, None) => Some((listed.value, Decimal::ONE, true)),
            };
            let Some((quantity, mark, uncounted)) = counted else {
                let text = format!("portfolio_state.positions['{}']: is out of range", listed.symbol);
                self.wrong.push((listed.symbol.clone(), Refusal::new(ERROR, text)));
                continue;
            };
            let size = quantity.abs().max(LOT);
            let place =
                self.symbols.seen(&self.core, &listed.symbol, listed.group.as_deref(), Some(mark), size);
            let told = place.and_then(|place| {
                let symbol = self.symbols.get_mut(place);
                if symbol.mark.is_none() && market.is_none() && mark > Decimal::ZERO {
                    symbol.tell(&self.core, mark, now)?;
                }
                let quantity = symbol.lots_down(down(quantity, LOT.scale()));
                (symbol.value, symbol.quantity, symbol.uncounted) = (Some(listed.value), quantity, uncounted);
                Ok(())
            });
            if let Err(refusal) = told {
                self.wrong.push((listed.symbol.clone(), refusal));
            }
        }
    }

    /// States positions and open orders: the trader's, and what was reported as filled since it spoke.
    fn state_positions(&mut self) -> Result<(), Refusal> {
        self.changes += 1;
        let mut quantities: Vec<Decimal> = self.symbols.iter().map(|symbol| symbol.quantity).collect();
        for hold in self.holds.iter() {
            if let Some(quantity) = quantities.get_mut(hold.symbol) {
                *quantity += hold.executed();
            }
        }
        let held =
            quantities.into_iter().zip(self.symbols.iter()).filter(|(quantity, _)| !quantity.is_zero());
        let positions: Vec<Holding> = held
            .map(|(quantity, symbol)| Holding {
                instrument: symbol.handle,
                quantity,
                price: symbol.ticks(symbol.mark.unwrap_or(Decimal::ONE)),
            })
            .collect();
        let state = |orders| {
            let snapshot =
                Snapshot { account: self.account, balance: None, positions: positions.clone(), orders };
            let told = self.core.ingest(Input::Snapshot(Arc::new(snapshot)));
            told.map_err(|problem| Refusal::new(ERROR, format!("portfolio_state.positions: {problem}")))
        };
        match self.holds.to_state(&self.symbols) {
            None => state(None)?,
            Some((first, all)) => {
                if first.is_some() {
                    state(first)?;
                }
                state(Some(all))?
            }
        };
        self.holds.stated();
        Ok(())
    }

    /// Equity, profit, drawdown, counts and sums, as the trader states them: only openings need them.
    fn tell_figures(&mut self, seen: &Seen) -> Result<(), Refusal> {
        if let Some((_, refusal)) = self.wrong.first() {
            return Err(refusal.clone());
        }
        let Some(stated) = self.portfolio.clone() else {
            return Err(Refusal::new(ERROR, "portfolio_state: was never read"));
        };
        stated.settle.as_ref().map_err(Clone::clone)?;
        let age = seen.age_minutes.clone()?;
        let update = stated.update.clone()?;
        if update > seen.now + AHEAD {
            let text = format!("portfolio_state.last_update: {update} is ahead of this machine's clock");
            return Err(Refusal::new("STALE_DATA", text));
        }
        if seen.now - update > age * 60.0 {
            let text = format!("the portfolio is {:.0} s old, at most {age} minutes", seen.now - update);
            return Err(Refusal::new("STALE_DATA", text));
        }
        let told = (stated.serial, self.changes);
        if self.figures == Some(told) {
            return Ok(());
        }
        self.figures = None;
        let figures = stated.figures.clone()?;
        let too_large = || Refusal::new(ERROR, "portfolio_state.positions: their sum is out of range");
        let (mut stated_sum, mut sum, mut ledger, mut listed) =
            (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO, 0_u32);
        for symbol in self.symbols.iter() {
            let Some(value) = symbol.value.map(|value| value.abs()) else { continue };
            let worth = symbol.worth().ok_or_else(too_large)?;
            listed += u32::from(!value.is_zero());
            stated_sum = stated_sum.checked_add(value).ok_or_else(too_large)?;
            ledger = ledger.checked_add(worth).ok_or_else(too_large)?;
            sum = sum.checked_add(value.max(worth)).ok_or_else(too_large)?;
        }
        let unlisted = (figures.exposure - stated_sum).max(Decimal::ZERO);
        let gross = sum
            .checked_add(unlisted)
            .filter(|gross| *gross <= MOST * Decimal::from(1_000))
            .ok_or_else(too_large)?;
        let wrong = |problem| Refusal::new(ERROR, format!("portfolio_state: {problem}"));
        let total = floor(figures.total);
        if self.day_start != Some(total) {
            self.core.ingest(Input::Balance { account: self.account, balance: total }).map_err(wrong)?;
            self.core.ingest(Input::DayRoll).map_err(wrong)?;
            self.day_start = Some(total);
        }
        let host = HostFigures {
            account: self.account,
            equity: Some(total),
            day_profit: Some(floor(figures.profit)),
            drawdown_percent: Some(up(figures.drawdown_percent.min(Decimal::ONE_HUNDRED), 4)),
            position_count: Some(figures.count.max(listed)),
            gross_exposure: Some(up(gross, 8)),
        };
        self.core.ingest(Input::Host(host)).map_err(wrong)?;
        self.beyond = gross - ledger;
        self.exposure = figures.exposure;
        self.figures = Some(told);
        Ok(())
    }

    // ---- holds ------------------------------------------------------------------------------------------------------

    /// Ends the hold of an order that was approved and will not be sent.
    pub(super) fn take_back(&mut self, hold: u64) {
        self.holds.end(&self.core, self.account, hold, End::Rejected);
    }

    pub(super) fn cancelled(&mut self, id: Id) -> bool {
        let Some((key, hold)) = self.holds.named(id) else { return false };
        if hold.executed().is_zero() {
            return self.holds.end(&self.core, self.account, key, End::Cancelled);
        }
        // What was reported as filled stays a position until the trader speaks.
        self.holds.close(id);
        // Where that cannot be told, the core goes on holding all of it.
        let _ = self.state_positions();
        true
    }

    /// So much of an order was executed; at most what is left of it. Whether it is known.
    pub(super) fn filled(&mut self, id: Id, size: Decimal) -> Result<bool, Refusal> {
        let Some((_, hold)) = self.holds.named(id) else { return Ok(false) };
        let symbol = self.symbols.get(hold.symbol);
        hold.filled = symbol.lots_down((hold.filled + size.min(hold.size)).min(hold.size));
        self.state_positions()?;
        Ok(true)
    }

    pub(super) fn register(
        &mut self,
        name: &str,
        group: Option<&str>,
        tick: Decimal,
        lot: Decimal,
    ) -> Result<(), Refusal> {
        self.symbols.register(&self.core, name, group, tick, lot).map(drop)
    }

    /// When the trader spoke last, as far as it was heard.
    pub(super) fn refreshed(&self) -> f64 {
        self.refreshed
    }

    /// How many orders the core holds.
    pub(super) fn live(&self) -> u64 {
        let tables = self.core.metrics().utilisation;
        tables.iter().find(|(name, ..)| *name == "live_orders").map_or(0, |(_, used, _)| u64::from(*used))
    }

    pub(super) fn halt(&self, reason: &str) {
        self.core.halt(Scope::Firm, reason, "host");
    }

    /// Lifts every latch. Whether trading goes on.
    pub(super) fn resume(&self, reason: &str) -> bool {
        for latch in self.core.latches() {
            // A latch that stays keeps trading halted, and the answer says so.
            let lift = risk_core::Lift::One(latch.id);
            let _ = self.core.resume(latch.scope, lift, TradingState::Active, reason, "host");
        }
        !self.is_halted()
    }
}

/// Money in the places the core keeps, rounded against the trader.
fn floor(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(8, RoundingStrategy::ToNegativeInfinity)
}
