//! What the model shows, in the words of the engine's public views.

use risk_core::{AccountSums, Position};
use rust_decimal::Decimal;

use super::ledger::Ledger;
use super::world::{Model, Owner};

/// Every position by owner and instrument, and the sums of every account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Positions, with what is asked for and what they expose.
    pub positions: Vec<(Owner, usize, Position)>,
    /// Sums, by account.
    pub sums: Vec<AccountSums>,
}

fn decimal(units: i128, scale: u32) -> Decimal {
    Decimal::try_from_i128_with_scale(units, scale).expect("generated amounts are small").normalize()
}

impl Model {
    /// Everything added up once.
    pub fn show(&self) -> Shown {
        let ledger = Ledger::of(self);
        let mut positions = Vec::new();
        let accounts = (0..self.handles.accounts.len()).map(Owner::Account);
        for owner in accounts.chain((0..self.handles.strategies.len()).map(Owner::Strategy)) {
            for (place, of) in self.config.instruments.iter().enumerate() {
                let Some(book) = ledger.books.get(&(owner, place)) else {
                    positions.push((owner, place, Position::default()));
                    continue;
                };
                let worth = self.worth(owner, place, book).unwrap_or_default();
                let quantity = |units| decimal(units, of.quantity_scale);
                let currency = self.currency(self.account_of(owner));
                let shown = Position {
                    quantity: quantity(book.position),
                    buying: quantity(book.buys),
                    selling: quantity(book.sells),
                    exposure: decimal(worth.exposure, self.money_scale(currency)),
                };
                positions.push((owner, place, shown));
            }
        }
        let sums = (0..self.handles.accounts.len()).map(|account| self.sums(&ledger, account)).collect();
        Shown { positions, sums }
    }

    fn sums(&self, ledger: &Ledger, account: usize) -> AccountSums {
        let scale = self.money_scale(self.currency(account));
        let owner = Owner::Account(account);
        let (mut gross, mut profit, mut positions) = (0, 0, 0);
        for ((_, instrument), book) in ledger.books.iter().filter(|((of, _), _)| *of == owner) {
            let worth = self.worth(owner, *instrument, book).unwrap_or_default();
            (gross, profit) = (gross + worth.exposure, profit + worth.unrealised);
            let held = book.position.abs();
            let worst = (book.position + book.buys).abs().max((book.position - book.sells).abs());
            positions += u32::from(held >= self.dust(*instrument) || worst > held);
        }
        let equity = ledger.cash[account] + profit;
        let track = &ledger.accounts[account];
        AccountSums {
            equity: ledger.known[account].then(|| decimal(equity, scale)),
            day_profit: decimal(equity - track.day_start - track.flows, scale),
            gross_exposure: decimal(gross, scale),
            positions,
        }
    }
}
