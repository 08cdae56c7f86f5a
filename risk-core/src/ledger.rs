//! How facts change the state: quotes, rates, executions, balances, the day. Sums are kept, never recomputed, and
//! every change goes through [`State::move_sums`], which moves each sum by the difference.

use crate::book::{Book, BookOf, EMPTY, Lack, NOWHERE, Owner, Part};
use crate::instrument::Traded;
use crate::num::{Money, Price, Quantity, Round};
use crate::order::Side;
use crate::state::{State, Sums, at, at_mut};

impl State {
    /// Values a book anew, at the mark and the rates of now, and lets its owner's peaks follow. Mostly a strategy is alone
    /// in its account and an instrument: when its book was valued last, that is what its account's is worth too.
    fn revalue(&mut self, index: u32, last: u32) {
        let Some(book) = at(&self.books, index) else { return };
        let (owner, before) = (book.owner, book.part());
        match at(&self.books, last) {
            Some(own) if own.whole == index && own.holds_like(book) => {
                let after = own.part();
                self.count_as(index, &before, &after);
                self.renet_like(index, last);
            }
            _ => self.appraise(index, &before),
        }
        self.touch(owner);
    }

    /// Puts a changed book back, valued at the mark and the rates of now. The caller then calls [`State::touch`].
    pub(crate) fn put(&mut self, index: u32, book: Book) {
        let Some(place) = at_mut(&mut self.books, index) else { return };
        let before = place.part();
        let was = core::mem::replace(place, book);
        self.invest(&was, &book);
        self.keep_within(index);
        self.appraise(index, &before);
        if was.position != book.position && book.whole == NOWHERE {
            self.follow_position(index, book.instrument);
        }
    }

    /// Where the venue keeps reduce-only orders within the account's position, a book knows that position.
    pub(crate) fn keep_within(&mut self, index: u32) {
        let Some(book) = at(&self.books, index) else { return };
        if at(&self.instruments, book.instrument).is_some_and(|of| of.traded.enforces_reduce_only) {
            let whole = if book.whole == NOWHERE { index } else { book.whole };
            let position = at(&self.books, whole).map_or(Quantity::ZERO, |whole| whole.position);
            if let Some(book) = at_mut(&mut self.books, index) {
                book.keeps_within = position;
            }
        }
    }

    /// An account's position has moved: what the venue lets its strategies' reduce-only orders do, too.
    fn follow_position(&mut self, whole: u32, instrument: u32) {
        let Some(of) = at(&self.instruments, instrument) else { return };
        let mut next = if of.traded.enforces_reduce_only { of.holders } else { None };
        while let Some((index, book)) = next.and_then(|index| Some((index, at(&self.books, index)?))) {
            next = book.next;
            if book.whole == whole {
                let before = book.part();
                self.keep_within(index);
                self.appraise(index, &before);
            }
        }
    }

    /// Values a book where it stands, and moves every sum it is part of from what it counted for before.
    fn appraise(&mut self, index: u32, before: &Part) {
        let Some(book) = at(&self.books, index) else { return };
        let Some(instrument) = at(&self.instruments, book.instrument) else { return };
        let valued = if book.is_flat() {
            Ok((Money::ZERO, Money::ZERO, Money::ZERO))
        } else {
            self.value(book, &instrument.traded, instrument.mark)
        };
        let (exposure, exposure_firm, unrealised) = valued.unwrap_or_default();
        let after = Part {
            exposure,
            exposure_firm,
            unrealised,
            worst: book.worst_quantity().unwrap_or(0),
            counted: book.counts(instrument.traded.quantity_min),
            lack: valued.err().unwrap_or_default(),
        };
        self.count_as(index, before, &after);
        self.renet(index);
    }

    /// A book counts for something else from now on: every sum it is part of moves.
    #[inline(always)]
    fn count_as(&mut self, index: u32, before: &Part, after: &Part) {
        let Some(book) = at_mut(&mut self.books, index) else { return };
        (book.exposure, book.exposure_firm, book.unrealised) =
            (after.exposure, after.exposure_firm, after.unrealised);
        (book.counted, book.lack) = (after.counted, after.lack);
        let of = book.of();
        self.move_sums(of, before, after);
    }

    fn value(
        &self,
        book: &Book,
        traded: &Traded,
        mark: Option<Price>,
    ) -> Result<(Money, Money, Money), Lack> {
        let mark = mark.ok_or(Lack::Mark)?;
        let account = at(&self.accounts, self.account_of(book.owner)).ok_or(Lack::Rate)?;
        let to_account = self.rate(traded.quote, account.currency).ok_or(Lack::Rate)?;
        let to_firm = self.rate(account.currency, self.firm.currency).ok_or(Lack::Rate)?;
        // What overflows has no value either: it refuses openings until the position is smaller.
        let quote = book.worst().and_then(|worst| worst.value(traded, mark)).ok_or(Lack::Rate)?;
        let exposure = to_account.convert(quote, Round::Up).ok_or(Lack::Rate)?;
        let exposure_firm = to_firm.convert(exposure, Round::Up).ok_or(Lack::Rate)?;
        let unrealised = book.unrealised_at(traded, mark).ok_or(Lack::Rate)?;
        let unrealised = to_account.convert_against(unrealised).ok_or(Lack::Rate)?;
        Ok((exposure, exposure_firm, unrealised))
    }

    pub(crate) fn account_of(&self, owner: Owner) -> u32 {
        match owner {
            Owner::Account(account) => account,
            Owner::Strategy(strategy) => at(&self.strategies, strategy).map_or(u32::MAX, |s| s.account),
        }
    }

    /// Moves every sum that a book is part of, from what it counted for to what it counts for now.
    #[inline(always)]
    fn move_sums(&mut self, of: BookOf, before: &Part, after: &Part) {
        match of.owner {
            Owner::Strategy(strategy) => self.move_sums_of_strategy(strategy, before, after),
            Owner::Account(account) => self.move_sums_of_account(account, of, before, after),
        }
    }

    /// The same where the book is known to be a strategy's.
    #[inline(always)]
    pub(crate) fn move_sums_of_strategy(&mut self, strategy: u32, before: &Part, after: &Part) {
        let Some(strategy) = at_mut(&mut self.strategies, strategy) else { return };
        strategy.sums.shift(before, after);
        shift(&mut strategy.unrealised, before.unrealised, after.unrealised);
    }

    /// The same where it is known to be an account's.
    #[inline(always)]
    pub(crate) fn move_sums_of_account(&mut self, account: u32, of: BookOf, before: &Part, after: &Part) {
        let Some(account) = at_mut(&mut self.accounts, account) else { return };
        account.sums.shift(before, after);
        shift(&mut account.unrealised, before.unrealised, after.unrealised);
        if let Some(group) = at_mut(&mut self.account_groups, of.group) {
            shift(group, before.exposure, after.exposure);
        }
        let Some(instrument) = at_mut(&mut self.instruments, of.instrument) else { return };
        if instrument.traded.initial_margin_bps > 0 {
            let margin = |part: &Part| instrument.traded.initial_margin(part.exposure);
            shift(&mut account.sums.margin, margin(before), margin(after));
        }
        let (firm_before, firm_after) = (before.exposure_firm, after.exposure_firm);
        shift(&mut self.firm.sums.gross, firm_before, firm_after);
        self.firm.sums.shift_lack(before, after);
        shift(&mut instrument.firm_exposure, firm_before, firm_after);
        count(&mut instrument.firm_unrated, before.lack == Lack::Rate, after.lack == Lack::Rate);
        instrument.firm_quantity =
            instrument.firm_quantity.wrapping_sub(before.worst).wrapping_add(after.worst);
        if before.counted != after.counted {
            let counted = instrument.counted > 0;
            count(&mut instrument.counted, before.counted, after.counted);
            count(&mut self.firm.sums.count, counted, instrument.counted > 0);
        }
        if let Some(group) = at_mut(&mut self.groups, instrument.group) {
            shift(group, firm_before, firm_after);
        }
    }

    /// Profit of an owner has moved: its peak follows, and the firm's equity with its account's.
    pub(crate) fn touch(&mut self, owner: Owner) {
        let place = match owner {
            Owner::Account(account) => account,
            Owner::Strategy(place) => {
                if let Some(strategy) = at_mut(&mut self.strategies, place) {
                    let profit = strategy.profit();
                    strategy.track.crest(profit);
                    if !strategy.track.lines.hold_at(profit) {
                        self.draw_strategy_lines(place);
                    }
                }
                return;
            }
        };
        let to_firm =
            at(&self.accounts, place).and_then(|a| self.rate(a.currency, self.firm.currency)).copied();
        let Some(account) = at_mut(&mut self.accounts, place) else { return };
        // Without a stated balance the base is missing, but profit and loss, and so the day's loss, are known.
        let equity = account.equity();
        account.track.crest(equity);
        let leaves = !account.track.lines.hold_at(equity);
        let now = if account.known { to_firm.and_then(|rate| rate.convert_against(equity)) } else { None };
        let before = core::mem::replace(&mut account.equity_firm, now);
        match (before, now) {
            (Some(before), Some(now)) => {
                self.firm.equity.0 = self.firm.equity.0.wrapping_add(now.0.wrapping_sub(before.0));
            }
            (None, Some(now)) => {
                self.firm.equity.0 = self.firm.equity.0.wrapping_add(now.0);
                self.firm.unknown_equity = self.firm.unknown_equity.saturating_sub(1);
                // What becomes known is no profit.
                self.firm.track.shift(now);
                self.draw_firm_lines();
            }
            (Some(before), None) => {
                self.firm.equity.0 = self.firm.equity.0.wrapping_sub(before.0);
                self.firm.unknown_equity = self.firm.unknown_equity.saturating_add(1);
                self.firm.track.shift(Money(0_i128.wrapping_sub(before.0)));
                self.draw_firm_lines();
            }
            (None, None) => {}
        }
        if leaves {
            self.draw_account_lines(place);
        }
        self.follow_firm();
    }

    /// The firm's equity has moved: where it has left their band, its lines are drawn anew.
    #[inline(always)]
    fn follow_firm(&mut self) {
        if !self.firm.track.lines.hold_at(self.firm.equity) {
            self.draw_firm_lines();
        }
    }

    /// The firm's peak follows, once every account has been touched: between two of them its equity is a mixture that
    /// never was.
    #[inline]
    fn crest(&mut self) {
        self.firm.track.crest(self.firm.equity);
        self.follow_firm();
    }

    /// The mark of an instrument has moved: every holder is worth something else.
    pub(crate) fn revalue_holders(&mut self, instrument: u32) {
        let mut next = at(&self.instruments, instrument).and_then(|instrument| instrument.holders);
        let mut last = NOWHERE;
        while let Some(index) = next {
            let Some(book) = at(&self.books, index) else { break };
            next = book.next;
            if !book.is_flat() {
                self.revalue(index, last);
                last = index;
            }
        }
        self.crest();
    }

    /// Peaks of everybody who has a book in an instrument follow.
    pub(crate) fn touch_holders(&mut self, instrument: u32) {
        let mut next = at(&self.instruments, instrument).and_then(|instrument| instrument.holders);
        while let Some(book) = next.and_then(|index| at(&self.books, index)) {
            let owner = book.owner;
            next = book.next;
            self.touch(owner);
        }
        self.crest();
    }

    /// A rate has changed: everything counted in one of its currencies is worth something else.
    pub(crate) fn revalue_currency(&mut self) {
        let books = u32::try_from(self.books.len()).unwrap_or(u32::MAX);
        for index in 0..books {
            if let Some(book) = at(&self.books, index).copied() {
                self.put(index, book);
            }
        }
        let accounts = u32::try_from(self.accounts.len()).unwrap_or(u32::MAX);
        for account in 0..accounts {
            self.touch(Owner::Account(account));
        }
        let strategies = u32::try_from(self.strategies.len()).unwrap_or(u32::MAX);
        for strategy in 0..strategies {
            self.touch(Owner::Strategy(strategy));
        }
        self.crest();
    }

    /// Executions have been booked, all that belong together: only now do peaks follow.
    pub(crate) fn executed(&mut self, owners: [Owner; 2]) {
        for owner in owners {
            self.touch(owner);
        }
        self.crest();
    }

    /// Books an execution in the account's book and the strategy's. Nothing when it cannot be applied; where only the
    /// rate is missing, the position is known all the same and what it made is not. Otherwise what it made in each, and
    /// whether it closed something. The caller then calls [`State::executed`].
    pub(crate) fn execute(
        &mut self,
        owners: [Owner; 2],
        instrument: u32,
        side: Side,
        quantity: Quantity,
        price: Price,
        fee: Money,
    ) -> Option<[(Money, bool); 2]> {
        let traded = at(&self.instruments, instrument)?.traded;
        let mut made = Some([(Money::ZERO, false); 2]);
        for (place, owner) in owners.into_iter().enumerate() {
            let index = self.open_book(owner, instrument)?;
            let mut book = at(&self.books, index).copied()?;
            let closes = book.is_against(side);
            let realised = book.execute(&traded, side, quantity, price)?.minus(fee)?;
            self.put(index, book);
            let currency = at(&self.accounts, self.account_of(owner))?.currency;
            let realised = self.rate(traded.quote, currency).and_then(|rate| rate.convert_against(realised));
            match (&mut made, realised) {
                (Some(made), Some(profit)) => {
                    made.get_mut(place).into_iter().for_each(|made| *made = (profit, closes));
                }
                (made, _) => *made = None,
            }
            let realised = realised.unwrap_or(Money::ZERO);
            match owner {
                Owner::Account(account) => {
                    let account = at_mut(&mut self.accounts, account)?;
                    account.balance = account.balance.plus(realised)?;
                    account.last_execution = self.now;
                }
                Owner::Strategy(strategy) => {
                    let strategy = at_mut(&mut self.strategies, strategy)?;
                    strategy.realised = strategy.realised.plus(realised)?;
                }
            }
        }
        made
    }

    /// A first or a new statement of an account's cash.
    pub(crate) fn set_balance(&mut self, place: u32, balance: Money) {
        let Some(account) = at_mut(&mut self.accounts, place) else { return };
        // A cash account's statement is the money beside its positions.
        let balance =
            if account.cash.only { balance.plus(account.cash.invested).unwrap_or(balance) } else { balance };
        let first = !account.known;
        if first {
            // What was not known before is no profit of the day.
            account.track.shift(Money(balance.0.wrapping_sub(account.balance.0)));
            account.known = true;
        }
        account.balance = balance;
        self.touch(Owner::Account(place));
        self.crest();
        if first {
            self.draw_lines();
        }
    }

    /// A deposit or withdrawal: the peak moves in proportion, the start by the amount.
    pub(crate) fn add_flow(&mut self, place: u32, amount: Money) -> Option<()> {
        let firm = at(&self.accounts, place).and_then(|a| self.rate(a.currency, self.firm.currency));
        let firm_amount = firm.and_then(|rate| rate.convert_against(amount));
        let firm_before = self.firm.equity;
        let account = at_mut(&mut self.accounts, place)?;
        let before = account.balance.plus(account.unrealised)?;
        let balance = account.balance.plus(amount)?;
        account.track.flow(amount, before);
        account.balance = balance;
        if let (true, Some(amount)) = (account.equity_firm.is_some(), firm_amount) {
            self.firm.track.flow(amount, firm_before);
        }
        self.touch(Owner::Account(place));
        self.crest();
        self.draw_lines();
        Some(())
    }

    /// The day begins anew everywhere. Counters of the day only: no latch, hold, parent or bucket.
    pub(crate) fn roll_day(&mut self) {
        for account in &mut self.accounts {
            account.track.roll(account.equity());
        }
        for strategy in &mut self.strategies {
            strategy.track.roll(strategy.profit());
        }
        let equity = self.firm.equity;
        self.firm.track.roll(equity);
        self.roll_traded();
        self.draw_lines();
    }

    /// Replaces a position; the difference belongs to the strategy `unassigned`. The caller then calls
    /// [`State::restated`]: what stands between two positions of one statement is no equity.
    pub(crate) fn set_position(
        &mut self,
        account: u32,
        instrument: u32,
        position: Quantity,
        cost: Money,
    ) -> Option<()> {
        let unassigned = at(&self.accounts, account)?.unassigned;
        let (of, to) = (Owner::Account(account), Owner::Strategy(unassigned));
        // Nothing is opened for nothing: see `State::books_missing`.
        if position.0 == 0 && self.book(of, instrument).is_none() {
            return Some(());
        }
        let whole = self.open_book(of, instrument)?;
        let mut book = at(&self.books, whole).copied()?;
        let differs = position != book.position;
        let rest = if differs { Some(self.open_book(to, instrument)?) } else { self.book(to, instrument) };
        let mut own = rest.and_then(|rest| at(&self.books, rest)).copied().unwrap_or(EMPTY);
        own.position = own.position.plus(position.minus(book.position)?)?;
        let part = own.position.abs().min(position.abs());
        own.cost = if part == 0 { Money::ZERO } else { crate::num::share(cost, part, position.abs())? };
        book.position = position;
        book.cost = cost;
        self.put(whole, book);
        if let Some(rest) = rest {
            self.put(rest, own);
        }
        Some(())
    }

    /// An account's positions have been stated, all of them, and perhaps its cash: only now do peaks follow.
    pub(crate) fn restated(&mut self, account: u32, balance: Option<Money>) {
        match balance {
            Some(balance) => self.set_balance(account, balance),
            None => self.touch(Owner::Account(account)),
        }
        if let Some(unassigned) = at(&self.accounts, account).map(|account| account.unassigned) {
            self.touch(Owner::Strategy(unassigned));
        }
        self.crest();
    }
}

impl Sums {
    /// What every owner adds up of its books.
    #[inline(always)]
    fn shift(&mut self, before: &Part, after: &Part) {
        shift(&mut self.gross, before.exposure, after.exposure);
        count(&mut self.count, before.counted, after.counted);
        self.shift_lack(before, after);
    }

    #[inline(always)]
    fn shift_lack(&mut self, before: &Part, after: &Part) {
        if before.lack != after.lack {
            count(&mut self.unmarked, before.lack == Lack::Mark, after.lack == Lack::Mark);
            count(&mut self.unrated, before.lack == Lack::Rate, after.lack == Lack::Rate);
        }
    }
}

/// Moves a sum by the difference. Bounded amounts: the sums stay far inside 128 bits.
#[inline(always)]
pub(crate) fn shift(sum: &mut Money, before: Money, after: Money) {
    sum.0 = sum.0.wrapping_add(after.0.wrapping_sub(before.0));
}

/// Moves a number of things by one of them, which was or was not among them, and is or is not now.
#[inline(always)]
fn count(sum: &mut u32, before: bool, after: bool) {
    if before != after {
        *sum = if after { sum.saturating_add(1) } else { sum.saturating_sub(1) };
    }
}
