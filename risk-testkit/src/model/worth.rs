//! What quantities are worth: values, exposures and profit at the mark, and equity as it is seen after each step.

use risk_core::{ExposurePrice, Reason};

use super::exact::{Ratio, Toward};
use super::ledger::{Book, Ledger};
use super::world::{Entry, Model, Owner, Seen};

/// What a book is worth: exposure in the account's currency and in the firm's, profit at the mark in the account's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Worth {
    pub(super) exposure: i128,
    pub(super) firm: i128,
    pub(super) unrealised: i128,
}

impl Model {
    /// Whether an account pays in cash.
    pub(super) fn pays_in_cash(&self, account: usize) -> bool {
        self.account(account).kind == risk_core::AccountKind::Cash
    }

    /// The asset an instrument's value is counted in.
    pub(super) fn quote_asset(&self, instrument: usize) -> usize {
        self.asset(&self.instrument(instrument).quote)
    }

    /// quantity x price x multiplier, or quantity x multiplier / price where inverse, in quote money.
    pub(super) fn value(&self, instrument: usize, quantity: i128, price: i128, toward: Toward) -> i128 {
        let of = self.instrument(instrument);
        let quantity = Ratio::units(quantity, of.quantity_scale).times(&Ratio::of(of.multiplier));
        let price = Ratio::units(price, of.price_scale);
        let value = if of.inverse { quantity.per(&price) } else { Some(quantity.times(&price)) };
        let value = value.expect("inverse instruments have prices above zero");
        value.round(self.money_scale(self.quote_asset(instrument)), toward)
    }

    /// The price that values a holding at a mark: never below the floor, or the fixed one.
    pub(super) fn valuation_price(&self, instrument: usize, mark: i128) -> i128 {
        let of = self.instrument(instrument);
        let units = |price| Ratio::of(price).round(of.price_scale, Toward::Away);
        match of.exposure_price {
            ExposurePrice::Fixed(price) => units(price),
            ExposurePrice::Market => mark.abs().max(of.exposure_price_min.map_or(0, units)),
        }
    }

    /// The worse of a book's two sides, with the surcharge of that side, in quote money.
    pub(super) fn worst(&self, instrument: usize, book: &Book, mark: i128) -> i128 {
        let price = self.valuation_price(instrument, mark);
        let long = self.value(instrument, (book.position + book.buys).abs(), price, Toward::Ceiling);
        let short = self.value(instrument, (book.position - book.sells).abs(), price, Toward::Ceiling);
        (long + book.extra_buys).max(short + book.extra_sells)
    }

    /// Profit of a position at the mark, in quote money.
    fn unrealised(&self, instrument: usize, book: &Book, mark: i128) -> i128 {
        if book.position == 0 {
            return 0;
        }
        let quantity = book.position.abs();
        if (book.position > 0) != self.instrument(instrument).inverse {
            self.value(instrument, quantity, mark, Toward::Floor) - book.cost
        } else {
            book.cost - self.value(instrument, quantity, mark, Toward::Ceiling)
        }
    }

    /// What a book is worth. As the core has it, a book that cannot be counted in the firm's currency has no worth in
    /// its account's either.
    pub(super) fn worth(&self, owner: Owner, instrument: usize, book: &Book) -> Result<Worth, Reason> {
        if (book.position, book.buys, book.sells) == (0, 0, 0) {
            return Ok(Worth::default());
        }
        let (mark, _) = self.mark(instrument).ok_or(Reason::DataGap)?;
        let exposure = self.in_account(owner, instrument, self.worst(instrument, book, mark))?;
        let firm = self.in_firm(owner, exposure)?;
        let unrealised = self.unrealised(instrument, book, mark);
        let (from, to) = (self.quote_asset(instrument), self.currency(self.account_of(owner)));
        let unrealised = self.convert(unrealised, from, to, Toward::Floor).ok_or(Reason::NoRate)?;
        Ok(Worth { exposure, firm, unrealised })
    }

    /// Quote money in the account's currency, rounded up.
    pub(super) fn in_account(&self, owner: Owner, instrument: usize, amount: i128) -> Result<i128, Reason> {
        let (from, to) = (self.quote_asset(instrument), self.currency(self.account_of(owner)));
        self.convert(amount, from, to, Toward::Ceiling).ok_or(Reason::NoRate)
    }

    /// The account's money in the firm's currency, rounded up.
    pub(super) fn in_firm(&self, owner: Owner, amount: i128) -> Result<i128, Reason> {
        let from = self.currency(self.account_of(owner));
        self.convert(amount, from, self.firm_currency(), Toward::Ceiling).ok_or(Reason::NoRate)
    }

    /// Notes equity after a step. What cannot be valued counts as no profit until it can.
    pub(super) fn see(&mut self) {
        let ledger = Ledger::of(self);
        let profit = |owner: Owner| -> i128 {
            let own = ledger.books.iter().filter(|((of, _), _)| *of == owner);
            own.map(|((_, i), book)| self.worth(owner, *i, book).map_or(0, |worth| worth.unrealised)).sum()
        };
        let mut seen = Seen::default();
        for (place, cash) in ledger.cash.iter().enumerate() {
            let equity = cash + profit(Owner::Account(place));
            let known = ledger.known[place];
            let firm = self.convert(equity, self.currency(place), self.firm_currency(), Toward::Floor);
            seen.accounts.push((equity, firm.filter(|_| known)));
        }
        seen.firm = seen.accounts.iter().filter_map(|(_, firm)| *firm).sum();
        for (place, realised) in ledger.realised.iter().enumerate() {
            seen.strategies.push(realised + profit(Owner::Strategy(place)));
        }
        if seen != ledger.seen {
            self.entries.push(Entry::Seen(seen));
        }
    }
}
