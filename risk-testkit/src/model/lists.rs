//! Lists: all of it or nothing, each order judged with the holds of those before it, never made smaller.
//!
//! All are judged, also after one was refused; then no rule of the house is asked any more. The refusal that leads is the
//! one whose gate stands first, and among those the first in the list.

use risk_core::{Level, Order, OrderHandle, Reason, Timestamp, Verdict};

use super::Answer;
use super::bug::{Bug, Part};
use super::exact::{Ratio, Toward};
use super::facts::Facts;
use super::gates::rules;
use super::judge::judge_listed;
use super::ledger::Ledger;
use super::orders::Happened;
use super::world::{Model, Table};

/// What the model says about a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListAnswer {
    /// The answer, or the refusal that leads.
    pub answer: Answer,
    /// Which order that is of; nothing where it is of the whole.
    pub order: Option<usize>,
    /// How many orders were refused for themselves.
    pub refused: usize,
}

/// Where a refusal stands: what is looked at before the gates, the gates, what comes after them.
fn precedence(answer: &Answer) -> usize {
    match (answer.gate, answer.reason) {
        (Some(gate), _) => 10 + rules().iter().position(|rule| rule.gate == gate).unwrap_or(0),
        (None, Some(Reason::ClockUnavailable)) => 0,
        (None, Some(Reason::InvalidOrder)) => 9,
        (None, Some(Reason::LedgerFull | Reason::HeadroomNotDurable)) => usize::MAX,
        (None, _) => 1,
    }
}

impl Model {
    /// Judges a list and, when all of it passes, holds all of it; says also what would be answered with each mistake.
    pub fn evaluate_list(
        &mut self,
        orders: &[Order],
        now: Option<Timestamp>,
        bugs: &[Bug],
    ) -> (ListAnswer, Vec<ListAnswer>) {
        self.begin(now);
        let tried = |model: &mut Self, bug: Option<Bug>| {
            let (orders_before, messages) = (model.orders.len(), model.messages.len());
            let (tallies, asides) = (model.tallies.clone(), model.asides.clone());
            let answer = model.try_list(orders, bug);
            if bug.is_some() || !answer.answer.is_approval() {
                model.orders.truncate(orders_before);
                model.messages.truncate(messages);
                model.tallies = tallies;
                model.asides = asides;
            }
            answer
        };
        let mistaken: Vec<_> = bugs.iter().map(|bug| tried(self, Some(*bug))).collect();
        let answer = tried(self, None);
        self.see();
        (answer, mistaken)
    }

    fn try_list(&mut self, orders: &[Order], bug: Option<Bug>) -> ListAnswer {
        let errs = |number| bug == Some(Bug { part: Part::List, number });
        let first = self.orders.len();
        let whole = |reason| ListAnswer { answer: Answer::refused(reason), order: None, refused: 0 };
        let mut leads: Option<(usize, ListAnswer)> = None;
        let mut refused = 0;
        for (place, order) in orders.iter().enumerate() {
            let asked = Order { reducible: errs(2) && order.reducible, ..*order };
            let answer = judge_listed(self, &asked, refused == 0);
            if answer.is_approval() {
                self.hold(order, &answer);
                if errs(0) {
                    self.orders.truncate(first);
                } else if let Some(held) = self.orders.last_mut() {
                    held.list = Some(self.step);
                }
                continue;
            }
            refused += 1;
            let stands = if errs(1) { 0 } else { precedence(&answer) };
            if leads.is_none_or(|(before, _)| stands < before) {
                leads = Some((stands, ListAnswer { answer, order: Some(place), refused }));
            }
        }
        match leads {
            Some((_, answer)) => ListAnswer { refused, ..answer },
            None if orders.is_empty() => whole(Reason::InvalidOrder),
            None if !errs(3) && self.is_too_much(first) => whole(Reason::ListNotionalLimit),
            None => {
                let answer = Answer { verdict: Verdict::Approved, ..Answer::nothing() };
                ListAnswer { answer, order: None, refused: 0 }
            }
        }
    }

    /// Whether the orders from one on are together worth more than a list may be, at their worst prices.
    fn is_too_much(&self, first: usize) -> bool {
        let listed = &self.orders[first..];
        let worth = |level: Level, account: Option<usize>| {
            let mut sum = 0;
            for order in listed.iter().filter(|order| account.is_none_or(|account| order.account == account))
            {
                let facts = Facts::of(self, &order.order, self.last)?;
                sum += super::gates::worth(&facts.view(None), level, order.approved).ok()?;
            }
            Some(sum)
        };
        let over = |of: Table, currency: usize, worth: Option<i128>| {
            self.table(of).list_notional_max.is_some_and(|limit| {
                let limit = Ratio::of(limit).round(self.money_scale(currency), Toward::Floor);
                worth.is_none_or(|worth| worth > limit)
            })
        };
        let mut accounts = listed.iter().map(|order| order.account);
        over(Table::Firm, self.firm_currency(), worth(Level::Firm, None))
            || accounts.any(|account| {
                over(Table::Account(account), self.currency(account), worth(Level::Account, Some(account)))
            })
    }

    /// The names an engine gave to the orders of the list that was approved last.
    pub fn name_list(&mut self, handles: &[OrderHandle]) {
        let first = self.orders.len() - handles.len();
        for (order, handle) in self.orders[first..].iter_mut().zip(handles) {
            order.handle = Some(*handle);
        }
    }

    /// The orders of a list, by its first order's place.
    fn list_of(&self, first: usize) -> Vec<usize> {
        let list = self.orders[first].list;
        (first..self.orders.len()).filter(|place| self.orders[*place].list == list).collect()
    }

    /// The orders of a list whose permit is out; where one of them is no permit any more, nobody has it.
    fn permitted_list(&self, first: usize) -> Result<Vec<usize>, Reason> {
        let list = self.list_of(first);
        if list.iter().all(|place| self.orders[*place].is_permit()) {
            return Ok(list);
        }
        let expired = self.orders[first].expires <= self.last;
        Err(if expired { Reason::PermitExpired } else { Reason::PermitSpent })
    }

    /// What a redeem of a list says. Refused, all holds are gone.
    ///
    /// # Errors
    /// The reason of the refusal.
    pub fn redeem_list(&mut self, first: OrderHandle, now: Option<Timestamp>) -> Result<(), Reason> {
        self.begin(now);
        let first = self.placed(first).ok_or(Reason::PermitSpent)?;
        let list = self.permitted_list(first);
        let looked = list.clone().and_then(|list| {
            self.now.ok_or(Reason::ClockUnavailable)?;
            let ledger = Ledger::of(self);
            (0..list.len()).try_for_each(|from| self.look_again_from(&ledger, &list[from..]))
        });
        for place in list.into_iter().flatten() {
            self.happens(
                place,
                match looked {
                    Ok(()) => Happened::Sent { at: self.last },
                    Err(_) => Happened::Ended { at: self.last, remembered: false },
                },
            );
        }
        self.see();
        looked
    }

    /// The first of these orders, as it was judged: without those after it.
    fn look_again_from(&self, ledger: &Ledger, list: &[usize]) -> Result<(), Reason> {
        let Some(order) = list.first().map(|place| &self.orders[*place]) else { return Ok(()) };
        let left_out: Vec<_> = list.iter().map(|place| &self.orders[*place]).collect();
        let opens = self.opens_instead(ledger, order, &left_out, order.now().open);
        self.look_again_as(order, opens, order.openings, order.step)
    }

    /// Gives the permit of a list back.
    ///
    /// # Errors
    /// The reason when there is none any more.
    pub fn release_list(&mut self, first: OrderHandle, now: Option<Timestamp>) -> Result<(), Reason> {
        self.begin(now);
        let first = self.placed(first).ok_or(Reason::PermitSpent)?;
        let list = self.permitted_list(first);
        for place in list.iter().flatten() {
            self.happens(*place, Happened::Ended { at: self.last, remembered: false });
        }
        self.see();
        list.map(|_| ())
    }
}
