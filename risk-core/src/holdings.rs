//! What is held, for whoever looks: positions, and the sums of accounts and strategies.

use rust_decimal::Decimal;

use crate::book::{Book, Lack, Owner};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::explain::decimal_money;
use crate::handle::{AccountHandle, InstrumentHandle, StrategyHandle};
use crate::order::Side;
use crate::record::Journal;
use crate::state::at;

/// What is held of one instrument, in its units; exposure in the account's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Position {
    /// Signed position.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub quantity: Decimal,
    /// Held or working to buy, as far as it can be executed.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub buying: Decimal,
    /// Held or working to sell, as far as it can be executed.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub selling: Decimal,
    /// Worst-case exposure.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub exposure: Decimal,
}

/// Sums of one account, in its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AccountSums {
    /// Equity, once a balance was stated.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    pub equity: Option<Decimal>,
    /// Profit of the day; a loss is negative.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub day_profit: Decimal,
    /// Worst-case exposure over all instruments.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub gross_exposure: Decimal,
    /// Instruments with a position or a pending open.
    pub positions: u32,
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// What an account holds of an instrument: position, and quantity held or working to buy and to sell.
    pub fn position(&self, account: AccountHandle, instrument: InstrumentHandle) -> Position {
        let owner = account.index_in(self.tag).map(Owner::Account);
        self.position_of(owner, instrument)
    }

    /// What a strategy holds of an instrument.
    pub fn strategy_position(&self, strategy: StrategyHandle, instrument: InstrumentHandle) -> Position {
        let owner = strategy.index_in(self.tag).map(Owner::Strategy);
        self.position_of(owner, instrument)
    }

    /// What a strategy has made or lost since it was registered, realised and at the marks, in its account's currency.
    pub fn strategy_profit(&self, strategy: StrategyHandle) -> Option<Decimal> {
        let strategy = strategy.index_in(self.tag).and_then(|place| at(&self.state.strategies, place))?;
        let currency = at(&self.state.accounts, strategy.account)?.currency;
        let profit = strategy.realised.0.saturating_add(strategy.unrealised.0);
        Some(decimal_money(profit, self.state.money_scale(currency)))
    }

    fn position_of(&self, owner: Option<Owner>, instrument: InstrumentHandle) -> Position {
        let place = instrument.index_in(self.tag);
        let book = owner.zip(place).and_then(|(owner, place)| self.state.book(owner, place));
        let book = book.and_then(|book| at(&self.state.books, book));
        book.map_or_else(Position::default, |book| {
            let quantity = |quantity| self.state.decimal_quantity(instrument.ordinal(), quantity);
            let account = at(&self.state.accounts, self.state.account_of(book.owner));
            let scale = account.map_or(0, |account| self.state.money_scale(account.currency));
            Position {
                quantity: quantity(book.position),
                buying: quantity(book.asked_in_all(Side::Buy)),
                selling: quantity(book.asked_in_all(Side::Sell)),
                exposure: decimal_money(book.exposure.0, scale),
            }
        })
    }

    /// Sums of an account, in its currency.
    pub fn account_sums(&self, account: AccountHandle) -> Option<AccountSums> {
        let account = account.index_in(self.tag).and_then(|place| at(&self.state.accounts, place))?;
        let scale = self.state.money_scale(account.currency);
        let equity = account.balance.0.saturating_add(account.unrealised.0);
        let loss = account.track.day_start.0.saturating_add(account.track.flows.0).saturating_sub(equity);
        Some(AccountSums {
            equity: account.known.then(|| decimal_money(equity, scale)),
            day_profit: decimal_money(0_i128.saturating_sub(loss), scale),
            gross_exposure: decimal_money(account.sums.gross.0, scale),
            positions: account.sums.count,
        })
    }

    /// What an account holds or asks for that never had a mark, in the order it was first traded. While there is any,
    /// the account opens nothing (DATA_GAP at its level).
    ///
    /// ```
    /// # use risk_core::{AccountHandle, RiskGuard};
    /// # fn on(guard: &RiskGuard, account: AccountHandle) {
    /// for instrument in guard.unmarked(account) {
    ///     eprintln!("{instrument:?} needs a price before this account can open anything");
    /// }
    /// # }
    /// ```
    pub fn unmarked(&self, account: AccountHandle) -> Vec<InstrumentHandle> {
        let Some(account) = account.index_in(self.tag) else { return Vec::new() };
        let lacks = |book: &&Book| book.owner == Owner::Account(account) && book.lack == Lack::Mark;
        let found = self.state.books.iter().filter(lacks);
        found.map(|book| InstrumentHandle::new(self.tag, book.instrument)).collect()
    }
}
