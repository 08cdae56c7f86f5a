//! The one place where the guard is asked. Everything before it reads data, everything after it shows results.
//!
//! For the moment a stand-in answers: it approves every order, and keeps positions and working orders itself so that
//! exposures can be shown.

use std::collections::HashMap;
use std::time::Instant;

use rust_decimal::Decimal;

use crate::accounts::Account;
use crate::flow::{Event, New, What};
use crate::rows::Side;
use crate::tally::{Answer, Tally};

/// What an account may have at stake, in USD.
fn exposure_max(account: Account) -> Decimal {
    Decimal::from(match account {
        Account::Maker070 => 27_000,
        Account::Maker075 => 23_000,
        Account::Maker150 => 36_000,
        Account::Maker060 => 17_000,
        Account::Maker050 => 14_000,
        Account::Others => 5_300_000,
    })
}

struct Working {
    account: Account,
    side: Side,
    left: Decimal,
}

#[derive(Default)]
struct Stake {
    position: Decimal,
    buys: Decimal,
    sells: Decimal,
}

/// Lives through the events of the half hour.
#[derive(Default)]
pub(crate) struct Judge {
    mark: Option<Decimal>,
    working: HashMap<u64, Working>,
    stakes: [Stake; Account::ALL.len()],
}

impl Judge {
    /// Sets out what the tally needs to know of the limits.
    pub(crate) fn new(tally: &mut Tally) -> Self {
        for account in Account::ALL {
            tally.limit(account, exposure_max(account));
        }
        Self::default()
    }

    /// Takes in one event: a quote, an order to evaluate, what became of an order.
    pub(crate) fn feed(&mut self, event: &Event, tally: &mut Tally) {
        let touched = match event.what {
            What::Quote(quote) => {
                self.mark = quote.mid().or(self.mark);
                None
            }
            What::New(new) => {
                let asked = Instant::now();
                let answer = self.evaluate(&new);
                tally.answered(event.at_ms, new.account, answer, asked.elapsed());
                Some(new.account)
            }
            What::Fill { id, quantity, done, .. } => self.fill(id, quantity, done),
            What::Cancel { id } => self.take(id, None),
            What::Snapshot | What::Elsewhere | What::Unknown { .. } | What::NotFallen { .. } => None,
        };
        if let (Some(account), Some(mark)) = (touched, self.mark) {
            tally.exposure(event.at_ms, account, self.stake(account).worst() * mark);
        }
    }

    /// The guard's call site: `evaluate`, and `redeem` when there is a permit.
    fn evaluate(&mut self, new: &New) -> Answer {
        let working = Working { account: new.account, side: new.side, left: new.volume };
        *self.stake(new.account).side(new.side) += new.volume;
        self.working.insert(new.id, working);
        Answer::Approved
    }

    /// Fills stop at what was approved; orders that were refused have none.
    fn fill(&mut self, id: u64, quantity: Decimal, done: bool) -> Option<Account> {
        let working = self.working.get(&id)?;
        let (account, side, filled) = (working.account, working.side, quantity.min(working.left));
        let stake = self.stake(account);
        match side {
            Side::Buy => stake.position += filled,
            Side::Sell => stake.position -= filled,
        }
        self.take(id, (!done).then_some(filled))
    }

    /// Takes a quantity, or all that is left, off a working order.
    fn take(&mut self, id: u64, part: Option<Decimal>) -> Option<Account> {
        let working = self.working.get_mut(&id)?;
        let (account, side, quantity) = (working.account, working.side, part.unwrap_or(working.left));
        working.left -= quantity;
        if working.left.is_zero() || part.is_none() {
            self.working.remove(&id);
        }
        *self.stake(account).side(side) -= quantity;
        Some(account)
    }

    fn stake(&mut self, account: Account) -> &mut Stake {
        &mut self.stakes[account.index()]
    }
}

impl Stake {
    fn side(&mut self, side: Side) -> &mut Decimal {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }

    /// The larger position that can come of it: all buys filled and no sell, or the reverse.
    fn worst(&self) -> Decimal {
        (self.position + self.buys).abs().max((self.position - self.sells).abs())
    }
}
