//! What a list adds up to: messages, and value.

use crate::book::Asked;
use crate::clock::Timestamp;
use crate::facts::{Facts, Listed};
use crate::limits::Level;
use crate::list::Member;
use crate::num::Money;
use crate::order::{self, Order};
use crate::reason::Reason;
use crate::reservation::Hold;
use crate::state::{State, at};

impl State {
    /// [`State::look_again`] for each order of a list, with the holds of those before it, as it was judged.
    pub(crate) fn look_again_at_list(&self, listed: &[Member]) -> Result<(), Reason> {
        for (place, member) in listed.iter().enumerate() {
            let hold = self.reservation.hold(member.slot()).ok_or(Reason::PermitSpent)?;
            let from_here = listed.iter().skip(place).filter_map(|other| self.reservation.hold(other.slot()));
            let same_side = from_here.filter(|other| other.sells == hold.sells);
            let mut left_out = [Asked::default(); 2];
            for other in same_side {
                for ((sum, book), own) in left_out.iter_mut().zip(other.books).zip(hold.books) {
                    if book == own {
                        sum.add(self.ask_of(other), other.open);
                    }
                }
            }
            self.look_again_as(hold, hold.open, left_out, hold.openings, hold.judged)?;
        }
        Ok(())
    }

    /// Messages that earlier orders of the list will take from the same buckets.
    pub(crate) fn listed_before(&self, order: &Order, tag: u32, listed: &[Member]) -> Listed {
        let (account, strategy) = (order.account.index_in(tag), order.strategy.index_in(tag));
        let mut before = Listed::default();
        for hold in listed.iter().filter_map(|member| self.reservation.hold(member.slot())) {
            before.firm = before.firm.saturating_add(1);
            let own = [Some(hold.account) == account, Some(hold.strategy) == strategy];
            let [of_account, of_strategy] = own.map(i64::from);
            before.account = before.account.saturating_add(of_account);
            before.strategy = before.strategy.saturating_add(of_strategy);
            for ((exits, own), opens) in before.exits.iter_mut().zip(own).zip(hold.openings) {
                *exits = exits.saturating_add(i64::from(own && opens.0 == 0));
            }
        }
        before
    }

    /// Whether the orders together are worth more than a list may be, at their worst prices.
    pub(crate) fn list_is_over(&self, listed: &[Member], time: Option<Timestamp>) -> Option<Reason> {
        let worth = |account: Option<u32>| {
            let held = listed.iter().filter_map(|member| {
                let hold = self.reservation.hold(member.slot())?;
                Some((hold, self.reservation.order(member.slot())?))
            });
            let own = held.filter(|(hold, _)| account.is_none_or(|account| hold.account == account));
            own.map(|(hold, order)| self.notional_of(hold, order, account.is_none(), time?))
                .try_fold(Money::ZERO, |sum, worth| worth.and_then(|worth| sum.plus(worth)))
        };
        let over = |limit: Option<Money>, account| {
            limit.is_some_and(|limit| worth(account).is_none_or(|worth| worth > limit))
        };
        let accounts =
            listed.iter().filter_map(|member| self.reservation.hold(member.slot())).map(|hold| hold.account);
        let limit = |account| at(&self.accounts, account).and_then(|a| a.limits.list_notional);
        let is_over = over(self.firm.limits.list_notional, None)
            || accounts.into_iter().any(|account| over(limit(account), Some(account)));
        is_over.then_some(Reason::ListNotionalLimit)
    }

    /// What an order that is held is worth at its worst price, in the currency of the firm or of its account.
    fn notional_of(&self, hold: &Hold, order: &Order, firm: bool, now: Timestamp) -> Option<Money> {
        let account = at(&self.accounts, hold.account)?;
        let strategy = at(&self.strategies, hold.strategy)?;
        let instrument = at(&self.instruments, hold.instrument)?;
        let ids = hold.named();
        let parsed = order::parse(order, &instrument.traded).ok()?;
        let facts = Facts::gather(self, now, order, parsed, ids, (account, strategy, instrument));
        facts.notional(hold.open, if firm { Level::Firm } else { Level::Account }).ok()
    }
}
