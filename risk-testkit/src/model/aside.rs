//! Headroom that is durable before it is spent: what of it is left, asked for and unaccounted for.
//!
//! The model's journal is durable at once, so what one step asks for the next one takes. Steps without a time do neither.

use risk_core::{Level, Reason};

use super::exact::{Ratio, Toward};
use super::facts::View;
use super::judge::is_exit;
use super::orders::Happened;
use super::world::{Model, Table};

/// Of one account, in units of its money.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Aside {
    left: i128,
    asked: Option<i128>,
    unaccounted: i128,
}

impl Model {
    fn unsynced_max(&self, account: usize) -> Option<i128> {
        let limit = self.table(Table::Account(account)).unsynced_notional_max?;
        Some(Ratio::of(limit).round(self.money_scale(self.currency(account)), Toward::Floor))
    }

    /// No more is set aside than the limits of now say.
    pub(super) fn bound_aside(&mut self) {
        for account in 0..self.asides.len() {
            let most = self.unsynced_max(account).unwrap_or(0);
            let aside = &mut self.asides[account];
            aside.left = aside.left.min(most);
            aside.asked = aside.asked.map(|asked| asked.min(most - aside.left));
        }
    }

    /// What was asked for is taken; then more is asked for where less than half is left.
    pub(super) fn keep_aside(&mut self) {
        for account in 0..self.asides.len() {
            let most = self.unsynced_max(account);
            let aside = &mut self.asides[account];
            aside.left += aside.asked.take().unwrap_or(0);
            aside.asked = most.filter(|most| aside.left * 2 < *most).map(|most| most - aside.left);
        }
    }

    pub(super) fn spend(&mut self, account: usize, amount: i128) {
        self.asides[account].left -= amount;
    }

    /// The process comes back: permits may have been used, and what was set aside may have been spent.
    pub fn restart(&mut self, now: Option<risk_core::Timestamp>) {
        let at = self.last;
        for place in 0..self.orders.len() {
            if self.orders[place].is_permit() {
                self.happens(place, Happened::Sent { at });
            }
            if !self.orders[place].is_live() {
                continue;
            }
            let out = self.orders[place].now().under_way.into_iter().filter(|(_, sent)| !sent);
            for (change, _) in out.collect::<Vec<_>>() {
                self.happens(place, Happened::ChangeSent(change));
            }
        }
        self.begin(now);
        for aside in &mut self.asides {
            let unaccounted = aside.unaccounted + aside.left + aside.asked.unwrap_or(0);
            *aside = Aside { unaccounted, ..Aside::default() };
        }
        self.see();
    }

    /// A snapshot says what is true.
    pub(super) fn account_for(&mut self, account: usize) {
        self.asides[account].unaccounted = 0;
    }
}

impl View<'_> {
    /// What an order takes of what is set aside.
    ///
    /// # Errors
    /// When less is left, or it cannot be valued.
    pub(super) fn spends(&self, quantity: i128) -> Result<i128, Reason> {
        let f = self.facts;
        if f.model.unsynced_max(f.account).is_none() || is_exit(self, quantity) {
            return Ok(0);
        }
        let price = self.worst_price(false, true).ok_or(Reason::DataGap)?;
        let value = f.model.value(f.instrument, self.open(quantity), price, Toward::Ceiling);
        let value = self.in_level(Level::Account, value)?;
        if value <= f.model.asides[f.account].left { Ok(value) } else { Err(Reason::HeadroomNotDurable) }
    }

    /// What may be held besides what is known, in the money of a level.
    pub(super) fn unaccounted(&self, level: Level) -> Result<i128, Reason> {
        let model = self.facts.model;
        let of = |account: usize, to: usize| {
            let amount = model.asides[account].unaccounted;
            let converted = model.convert(amount, model.currency(account), to, Toward::Ceiling);
            if amount == 0 { Ok(0) } else { converted.ok_or(Reason::NoRate) }
        };
        match level {
            Level::Firm => (0..model.asides.len()).map(|account| of(account, model.firm_currency())).sum(),
            _ => of(self.facts.account, self.currency(level)),
        }
    }

    /// Money does not say how many: what is counted in anything else cannot be measured.
    pub(super) fn accounted(&self, level: Level) -> Result<(), Reason> {
        let lost = |account: usize| self.facts.model.asides[account].unaccounted > 0;
        let any = match level {
            Level::Firm => (0..self.facts.model.asides.len()).any(lost),
            _ => lost(self.facts.account),
        };
        if any { Err(Reason::HeadroomNotDurable) } else { Ok(()) }
    }
}
