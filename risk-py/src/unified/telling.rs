//! Telling the core what the trader says: limits, prices, positions and figures, each when it has changed and is needed.

use std::sync::Arc;

use risk_core::{Holding, HostFigures, Id, Input, LimitsOf, Note, Snapshot, Timestamp};
use rust_decimal::{Decimal, RoundingStrategy};

use super::desk::{Desk, Seen};
use super::limits::{MOST, SeenLimits, down, up};
use super::market::AHEAD;
use super::order::LOT;
use super::portfolio::SeenPortfolio;
use super::refusal::{ERROR, Refusal};

impl Desk {
    pub(super) fn tell_limits(&mut self, seen: &SeenLimits) -> Result<(), Refusal> {
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
    pub(super) fn tell_positions(
        &mut self,
        place: usize,
        price: Option<Decimal>,
        seen: &Seen,
    ) -> Result<(), Refusal> {
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
    pub(super) fn state_positions(&mut self) -> Result<(), Refusal> {
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
        match self.holds.orders(&self.symbols) {
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
    pub(super) fn tell_figures(&mut self, seen: &Seen) -> Result<(), Refusal> {
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
}

/// Money in the places the core keeps, rounded against the trader.
fn floor(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(8, RoundingStrategy::ToNegativeInfinity)
}
