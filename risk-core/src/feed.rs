//! What inputs change: quotes and rates, holds that executions use up, limits.

use crate::compiled::Compiled;
use crate::gates::GateSet;
use crate::limits::{Level, Limits};
use crate::num::{self, Money, Price, Quantity, Rate};
use crate::policy::Whose;
use crate::reservation::OrderState;
use crate::state::{QuoteState, State, at_mut};

impl State {
    #[inline]
    pub(crate) fn set_quote(&mut self, instrument: u32, quote: QuoteState, mark: Option<Price>) {
        let Some(place) = at_mut(&mut self.instruments, instrument) else { return };
        let when = quote.at;
        place.quote = Some(quote);
        if let Some(mark) = mark {
            place.mark_at = when;
            let moved = place.mark.replace(mark) != Some(mark);
            if moved && place.holders.is_some() {
                self.revalue_holders(instrument);
            }
        }
    }

    pub(crate) fn set_rate(&mut self, from: u32, to: u32, rate: Rate) {
        let width = u32::try_from(self.assets.len()).unwrap_or(0);
        for (row, column, rate) in [(from, to, rate), (to, from, rate.inverted())] {
            let place = row.saturating_mul(width).saturating_add(column);
            if let Some(kept) = at_mut(&mut self.rates, place) {
                *kept = Some(rate);
            }
        }
        self.revalue_currency();
    }

    /// Whether all that an order may execute has been.
    pub(crate) fn nothing_open(&self, slot: u32) -> bool {
        self.reservation.hold(slot).is_some_and(|hold| hold.open.0 == 0)
    }

    /// An execution uses up a part of its order's hold.
    pub(crate) fn use_hold(&mut self, slot: u32, quantity: Quantity) {
        let Some(hold) = self.reservation.hold(slot).copied() else { return };
        let used = Quantity(quantity.0.min(hold.open.0));
        let left = hold.open.excess_over(used);
        let part =
            |surcharge: Money| num::share(surcharge, left.abs(), hold.open.abs().max(1)).unwrap_or(surcharge);
        let rest = hold.surcharges.map(part);
        let mut gone = hold.surcharges;
        for (gone, rest) in gone.iter_mut().zip(rest) {
            gone.0 = gone.0.saturating_sub(rest.0);
        }
        self.take_off(&hold, used, gone);
        if hold.state == OrderState::Permitted {
            // Executed although nobody redeemed it: whoever sent it went round the guard, but it is out.
            self.reservation.mark_sent(slot, self.now);
        }
        if let Some(hold) = self.reservation.hold_mut(slot) {
            hold.open = left;
            hold.surcharges = rest;
            hold.filled = Quantity(hold.filled.0.saturating_add(quantity.0));
        }
        if let Some(parent) = hold.parent {
            self.parents.add(parent, quantity.excess_over(used));
        }
    }

    /// Puts a table in the place of the one that held. `record` is the one that says so: what was judged before it is
    /// looked at again where a limit became stricter.
    pub(crate) fn set_limits(&mut self, of: Whose, limits: &Limits, compiled: Compiled, record: u64) {
        let replace = |kept: &mut Compiled, tightened: &mut u64, compiled: Compiled| {
            if compiled.is_tighter_than(kept) {
                *tightened = record;
            }
            *kept = compiled;
        };
        match of {
            Whose::Firm => {
                replace(&mut self.firm.limits, &mut self.firm.tightened, compiled);
                self.written.firm.clone_from(limits);
            }
            Whose::Account(place) => {
                if let Some(account) = at_mut(&mut self.accounts, place) {
                    replace(&mut account.limits, &mut account.tightened, compiled);
                }
                if let Some(written) = at_mut(&mut self.written.accounts, place) {
                    written.clone_from(limits);
                }
            }
            Whose::Strategy(place) => {
                if let Some(strategy) = at_mut(&mut self.strategies, place) {
                    replace(&mut strategy.limits, &mut strategy.tightened, compiled);
                }
                if let Some(written) = at_mut(&mut self.written.strategies, place) {
                    written.clone_from(limits);
                }
            }
            Whose::Instrument(place) => {
                let Some(instrument) = at_mut(&mut self.instruments, place) else { return };
                replace(&mut instrument.limits, &mut instrument.tightened, compiled);
                instrument.written_limits.clone_from(limits);
                let scale = instrument.traded.money_scale;
                // Accounts with limits of their own for it have the stricter of both.
                for book in self.books.iter().filter(|book| book.instrument == place) {
                    let Some(own) = book.limits.and_then(|own| at_mut(&mut self.book_limits, own)) else {
                        continue;
                    };
                    let both = limits.tightened_by(&own.written);
                    if let Ok(both) = Compiled::new(&both, Level::Instrument, scale, "") {
                        replace(&mut own.effective, &mut own.tightened, both);
                    }
                }
            }
        }
        self.follow_limits();
    }

    /// Limits, or what they are limits of, have changed: what is kept for the sake of limits follows.
    pub(crate) fn follow_limits(&mut self) {
        let accounts = self.accounts.iter().map(|account| account.limits.gates);
        let all = accounts.chain(self.strategies.iter().map(|strategy| strategy.limits.gates));
        self.worked.expire();
        self.limited = all.fold(self.firm.limits.gates, GateSet::or);
        self.draw_lines();
        self.follow_net();
        self.follow_crossing();
        self.watch_limits();
        self.follow_aside();
    }
}
