//! What would be held: how many, how much of the instrument, of its group, and of everything.

use std::collections::BTreeSet;

use risk_core::{GateId, Level, Reason};

use super::super::exact::{Ratio, Toward};
use super::super::facts::View;
use super::super::ledger::Book;
use super::super::view::ACCOUNT;
use super::super::worth::Worth;
use super::form::place;
use super::{Found, found, money};

/// A book counts when it holds something beyond dust, or when what is asked for can make it larger.
fn counts(view: &View<'_>, instrument: usize, book: &Book, pending: bool) -> bool {
    let held = book.position.abs();
    let worst = (book.position + book.buys).abs().max((book.position - book.sells).abs());
    held >= view.facts.model.dust(instrument) || (pending && worst > held)
}

pub(super) fn count(view: &View<'_>, level: Level) -> Found {
    found(|| {
        let f = view.facts;
        let Some(limit) = f.limits[place(level)].position_count_max else { return Ok(Found::Open) };
        view.accounted(level)?;
        let pending = !view.errs(GateId::PositionCount, 1);
        let mut instruments: BTreeSet<usize> = view
            .owned(level)
            .filter(|key| counts(view, key.1, &f.ledger.books[key], pending))
            .map(|(_, instrument)| instrument)
            .collect();
        let among = instruments.contains(&f.instrument);
        let ledger = i128::try_from(instruments.len()).unwrap_or(i128::MAX);
        instruments.insert(f.instrument);
        let mut count = if level == Level::Account { view.count_of_account(ledger)? } else { ledger };
        count += i128::from(!among && !view.errs(GateId::PositionCount, 0));
        Ok(Found::at_most(Ratio::whole(count), Ratio::whole(i128::from(limit))))
    })
}

/// Part of the worth of a book that a level counts.
fn part(level: Level, worth: &Worth) -> i128 {
    if level == Level::Firm { worth.firm } else { worth.exposure }
}

fn before(view: &View<'_>, level: Level) -> i128 {
    let key = (view.owner(View::whose(level)), view.facts.instrument);
    view.facts.worth.get(&key).and_then(|worth| worth.ok()).map_or(0, |worth| part(level, &worth))
}

/// Exposure of the order's own book with the order, in the level's currency.
fn after(view: &View<'_>, level: Level, quantity: i128) -> Result<i128, Reason> {
    view.in_level(level, view.after(View::whose(level), quantity)?)
}

/// Gross exposure with the order, before any mistake.
fn gross_with(view: &View<'_>, level: Level, quantity: i128) -> Result<i128, Reason> {
    view.valued(level)?;
    let after = after(view, level, quantity)?;
    Ok(gross_without(view, level)? - before(view, level) + after + view.unaccounted(level)?)
}

/// A mistake: the order's opening part counts at the mark.
fn gross_unsurcharged(view: &View<'_>, level: Level, quantity: i128) -> Result<i128, Reason> {
    let f = view.facts;
    let (mark, _) = f.mark.ok_or(Reason::DataGap)?;
    let own = view.with(view.book(View::whose(level)), quantity, 0);
    let own = view.in_level(level, f.model.worst(f.instrument, &own, mark))?;
    Ok(gross_without(view, level)? - before(view, level) + own)
}

fn gross_without(view: &View<'_>, level: Level) -> Result<i128, Reason> {
    let sum = view.owned(level).filter_map(|key| view.facts.worth[&key].ok()).map(|w| part(level, &w)).sum();
    if level == Level::Account { view.gross_of_account(sum) } else { Ok(sum) }
}

pub(super) fn gross(view: &View<'_>, level: Level, quantity: i128) -> Found {
    found(|| {
        let f = view.facts;
        let Some(limit) = f.limits[place(level)].gross_exposure_max else { return Ok(Found::Open) };
        let mut gross = gross_with(view, level, quantity)?;
        let (mark, _) = f.mark.ok_or(Reason::DataGap)?;
        let whose = View::whose(level);
        if view.errs(GateId::GrossExposure, 0) {
            let held = |book: &Book| book.held();
            gross = 0;
            for key in view.owned(level).filter(|key| key.1 != f.instrument || key.0 != view.owner(whose)) {
                let worth = f.model.worth(key.0, key.1, &held(&f.ledger.books[&key]))?;
                gross += part(level, &worth);
            }
            let own = view.with(held(&view.book(whose)), quantity, 0);
            gross += view.in_level(level, f.model.worst(f.instrument, &own, mark))?;
        }
        if view.errs(GateId::GrossExposure, 1) {
            gross = gross_unsurcharged(view, level, quantity)?;
        }
        if view.errs(GateId::GrossExposure, 2) {
            let price = view.worst_price(true, true).ok_or(Reason::DataGap)?;
            let opening = view.opening(level, quantity);
            let value = f.model.value(f.instrument, opening, price, Toward::Ceiling);
            gross = gross_without(view, level)? + view.in_level(level, value)?;
        }
        Ok(Found::at_most(view.money(level, gross), money(view, level, limit)))
    })
}

fn worst_quantity(book: &Book) -> i128 {
    (book.position + book.buys).abs().max((book.position - book.sells).abs())
}

pub(super) fn position(view: &View<'_>, level: Level, quantity: i128) -> Found {
    let f = view.facts;
    let Some(limit) = f.limits[place(level)].position_quantity_max else { return Found::Open };
    if let Err(reason) = view.accounted(level) {
        return Found::Lacks(reason);
    }
    let whose = View::whose(level);
    let mut own = view.book(whose);
    if view.errs(GateId::PositionQuantity, 1) {
        own.free_all();
    }
    let mut worst = worst_quantity(&view.with(own, quantity, 0));
    if level == Level::Firm && !view.errs(GateId::PositionQuantity, 2) {
        let others = view.owned(level).filter(|key| key.1 == f.instrument && key.0 != view.owner(ACCOUNT));
        worst += others.map(|key| worst_quantity(&f.ledger.books[&key])).sum::<i128>();
    }
    Found::up_to(view.number(worst), Ratio::of(limit), view.errs(GateId::PositionQuantity, 0))
}

pub(super) fn position_notional(view: &View<'_>, level: Level, quantity: i128) -> Found {
    found(|| {
        let f = view.facts;
        let Some(limit) = f.limits[place(level)].position_notional_max else { return Ok(Found::Open) };
        let (whose, (mark, _)) = (View::whose(level), f.mark.ok_or(Reason::DataGap)?);
        let mut own = view.book(whose);
        if view.errs(GateId::PositionNotional, 2) {
            (own.extra_buys, own.extra_sells) = (0, 0);
        }
        let extra = view.surcharge(view.opening(level, quantity))?;
        let extra = if view.errs(GateId::PositionNotional, 0) { 0 } else { extra };
        let own = view.with(own, quantity, extra);
        let mut value = f.model.worst(f.instrument, &own, mark);
        if view.errs(GateId::PositionNotional, 1) {
            let price = f.model.valuation_price(f.instrument, mark);
            let side = |quantity: i128| f.model.value(f.instrument, quantity.abs(), price, Toward::Floor);
            value = (side(own.position + own.buys) + own.extra_buys)
                .max(side(own.position - own.sells) + own.extra_sells);
        }
        let mut value = view.in_level(level, value)?;
        if level == Level::Firm {
            for key in view.owned(level).filter(|key| key.1 == f.instrument && key.0 != view.owner(ACCOUNT)) {
                value += f.worth[&key]?.firm;
            }
        }
        value += view.unaccounted(level)?;
        Ok(Found::at_most(view.money(level, value), money(view, level, limit)))
    })
}

/// Whether two instruments are limited together; without a group each is one of its own.
fn together(view: &View<'_>, other: usize) -> bool {
    let f = view.facts;
    let group = |instrument: usize| f.model.instrument(instrument).group.as_ref();
    other == f.instrument || (group(other).is_some() && group(other) == group(f.instrument))
}

pub(super) fn group(view: &View<'_>, level: Level, quantity: i128) -> Found {
    found(|| {
        let f = view.facts;
        let Some(limit) = f.limits[place(level)].group_exposure_percent_max else { return Ok(Found::Open) };
        let own = (view.owner(ACCOUNT), f.instrument);
        let mut sum = after(view, level, quantity)?;
        let alone = view.errs(GateId::GroupExposure, 0);
        let mut netted = sum * view.with(view.book(ACCOUNT), quantity, 0).net().signum();
        for key in view.owned(level).filter(|key| *key != own && together(view, key.1)) {
            let worth = f.worth[&key].map_or(0, |worth| part(level, &worth));
            sum += if alone && key.1 != f.instrument { 0 } else { worth };
            netted += worth * f.ledger.books[&key].net().signum();
        }
        sum += view.unaccounted(level)?;
        if view.errs(GateId::GroupExposure, 1) {
            sum = netted.abs();
        }
        let equity = view.equity(level)?;
        let equity = if view.errs(GateId::GroupExposure, 2) { view.day_start(level, true)? } else { equity };
        let percent = Ratio::whole(sum * 100).per(&Ratio::whole(equity)).unwrap_or(Ratio::whole(0));
        Ok(Found::at_most(percent, Ratio::of(limit)))
    })
}

pub(super) fn leverage(view: &View<'_>, level: Level, quantity: i128) -> Found {
    found(|| {
        let Some(limit) = view.facts.limits[place(level)].leverage_max else { return Ok(Found::Open) };
        let mut gross = gross_with(view, level, quantity)?;
        let mut equity = view.equity(level)?;
        if view.errs(GateId::Leverage, 1) {
            equity = view.day_start(level, true)?;
        }
        if view.errs(GateId::Leverage, 2) {
            gross = gross_without(view, level)?;
        }
        if view.errs(GateId::Leverage, 0) {
            gross = gross_unsurcharged(view, level, quantity)?;
        }
        let ratio = Ratio::whole(gross).per(&Ratio::whole(equity)).unwrap_or(Ratio::whole(0));
        Ok(Found::at_most(ratio, Ratio::of(limit)))
    })
}

pub(super) fn buying_power(view: &View<'_>, quantity: i128) -> Found {
    let level = Level::Account;
    found(|| {
        let f = view.facts;
        let bps = |instrument: usize| i128::from(f.model.instrument(instrument).initial_margin_bps);
        if bps(f.instrument) == 0 {
            return Ok(Found::Open);
        }
        let own = (view.owner(ACCOUNT), f.instrument);
        let share = |exposure: i128, bps: i128| Ratio::units(exposure * bps, 4).round(0, Toward::Ceiling);
        let held = if view.errs(GateId::BuyingPower, 0) { 0 } else { quantity };
        let mut margin = share(after(view, level, held)?, bps(f.instrument));
        for key in view.owned(level).filter(|key| *key != own) {
            let exposure = f.worth[&key].map_or(0, |worth| part(level, &worth));
            let rate = if view.errs(GateId::BuyingPower, 1) { bps(f.instrument) } else { bps(key.1) };
            margin += share(exposure, rate);
        }
        // Nobody knows of which instrument: it may be the one with the highest.
        let highest = (0..f.model.config.instruments.len()).map(bps).max().unwrap_or(0);
        margin += share(view.unaccounted(level)?, highest);
        let equity = view.equity(level)?;
        let equity = if view.errs(GateId::BuyingPower, 2) { view.day_start(level, true)? } else { equity };
        Ok(Found::at_most(view.money(level, margin), view.money(level, equity)))
    })
}

pub(super) fn concentration(view: &View<'_>, quantity: i128) -> Found {
    let level = Level::Account;
    found(|| {
        let f = view.facts;
        let Some(limit) = f.limits[place(level)].concentration_percent_max else { return Ok(Found::Open) };
        let mut held = after(view, level, quantity)? + view.unaccounted(level)?;
        if view.errs(GateId::Concentration, 0) {
            let (mark, _) = f.mark.ok_or(Reason::DataGap)?;
            let own = view.with(view.book(ACCOUNT), quantity, 0);
            held = view.in_level(level, f.model.worst(f.instrument, &own, mark))?;
        }
        if view.errs(GateId::Concentration, 1) {
            let own = (view.owner(ACCOUNT), f.instrument);
            let others = view.owned(level).filter(|key| *key != own && together(view, key.1));
            held += others.map(|key| f.worth[&key].map_or(0, |worth| part(level, &worth))).sum::<i128>();
        }
        let equity = view.equity(level)?;
        let equity = if view.errs(GateId::Concentration, 2) { view.day_start(level, true)? } else { equity };
        let percent = Ratio::whole(held * 100).per(&Ratio::whole(equity)).unwrap_or(Ratio::whole(0));
        Ok(Found::at_most(percent, Ratio::of(limit)))
    })
}

impl Book {
    /// Only what it holds.
    pub(super) fn held(&self) -> Self {
        Self { position: self.position, cost: self.cost, whole: self.whole, ..Self::default() }
    }

    /// Position with everything asked for.
    fn net(&self) -> i128 {
        self.position + self.buys - self.sells
    }
}
