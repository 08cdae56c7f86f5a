//! Holding and letting go: what an approval puts into every sum, and what its end takes out again.

use crate::book::{Ask, Asked, BookOf, NOWHERE, Owner, Part};
use crate::cash::Charges;
use crate::clock::Timestamp;
use crate::halt::TradingState;
use crate::judge::Pass;
use crate::num::{Money, Quantity};
use crate::order::{Order, Side};
use crate::parents::Parent;
use crate::reason::Reason;
use crate::reservation::{Beneath, Hold, OrderState};
use crate::state::{State, at, at_mut};
use crate::table::{Key, keyed};

/// How far the tables had grown, so that what was only tried leaves no trace.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    books: usize,
    groups: usize,
    due: Timestamp,
}

impl State {
    pub(crate) fn mark(&self) -> Mark {
        Mark { books: self.books.len(), groups: self.account_groups.len(), due: self.due }
    }

    /// Closes the books that have been opened since, newest first. Nothing is held in them any more.
    pub(crate) fn return_to(&mut self, mark: &Mark) {
        while self.books.len() > mark.books {
            let Some(book) = self.books.pop() else { break };
            self.close_book(&book, mark.groups);
        }
        self.due = mark.due;
    }

    /// Settles what is due at the engine's time: permits that expired, ids and parents that may be forgotten, and
    /// what happens by itself at a known time.
    #[inline]
    pub(crate) fn settle(&mut self) {
        if self.now >= self.due {
            self.settle_due();
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_due(&mut self) {
        let now = self.now;
        while let Some(slot) = self.reservation.expired(now) {
            self.drop_hold(slot);
        }
        while let Some(version) = self.versions.expired(now) {
            self.drop_version(version);
        }
        self.ids.settle(now);
        self.executions.settle(now);
        self.past.settle(now);
        self.repeats.settle(now);
        self.parents.settle(now);
        if self.schedule.is_due(now) {
            self.keep_schedule();
        }
        if now >= self.response.wakes() {
            self.response.feel(now);
        }
        let permits = self.reservation.due().min(self.versions.due());
        let memories = self.ids.due().min(self.executions.due()).min(self.past.due());
        let memories = memories.min(self.parents.due()).min(self.repeats.due());
        self.due = permits.min(memories).min(self.schedule.due()).min(self.response.wakes());
    }

    /// Puts an approved order into every sum it is part of. Nothing when a table is full, which the judge has excluded.
    #[inline(always)]
    pub(crate) fn hold(&mut self, order: &Order, pass: &Pass, expires: Timestamp) -> Option<u32> {
        let [mut book, mut own] = pass.places;
        if own == NOWHERE {
            book = self.open_book(Owner::Account(pass.ids.account), pass.ids.instrument)?;
            own = self.open_book(Owner::Strategy(pass.ids.strategy), pass.ids.instrument)?;
            self.work_out_for(pass.ids, [book, own]);
        }
        let [surcharge, own_surcharge, cash] = pass.surcharges;
        match pass.exposures {
            // The judge has valued them: only what depends on quantities is left.
            Some([exposure, own_exposure]) => {
                self.ask(book, pass, surcharge, exposure)?;
                self.ask_own(own, pass, own_surcharge, own_exposure)?;
            }
            None => {
                self.ask_unvalued(book, pass.ask, pass.quantity, surcharge)?;
                self.ask_unvalued(own, pass.ask, pass.quantity, own_surcharge)?;
            }
        }
        self.hold_cash(pass.ids.account, Money::ZERO, cash);
        self.spend(pass.ids.account, pass.spends);
        let side = pass.ask.side;
        let parent = match (order.parent, pass.parent_quantity) {
            (None, _) => None,
            (Some(parent), whole) => {
                let key = keyed(parent.digest(), pass.ids.account);
                let whole = whole.unwrap_or(pass.quantity);
                let new = Parent::new(key, pass.ids.instrument, side, whole);
                Some(self.parents.join(&new, pass.quantity, self.now)?)
            }
        };
        let hold = Hold {
            state: OrderState::Permitted,
            generation: 0,
            cancel_sent: false,
            filled: Quantity::ZERO,
            before: None,
            after: None,
            list_next: None,
            versions: None,
            account: pass.ids.account,
            strategy: pass.ids.strategy,
            instrument: pass.ids.instrument,
            trader: pass.ids.trader,
            books: [book, own],
            sells: side == Side::Sell,
            kept_within: pass.ask.within.is_some(),
            open: pass.quantity,
            approved: pass.quantity,
            surcharges: pass.surcharges,
            openings: pass.openings,
            parent,
            id: pass.key,
            expires,
            judged: self.seq,
        };
        let slot = self.reservation.insert(hold, order)?;
        self.count_order(&hold, |orders| orders.saturating_add(1));
        if let Some(worth) = pass.worth {
            self.count_traded(slot, pass, worth);
        }
        if let Some(asked) = pass.asked {
            self.remember_asked(asked, pass.ids.account, pass.ids.strategy);
        }
        self.enter_new(slot, book, pass.ids.instrument, side, pass.key_by_price);
        if let Some(free) = pass.free {
            self.ids.table.fill(free, pass.key, slot);
        }
        self.wake_at(expires);
        Some(slot)
    }

    /// Asks for an order's quantity in the account's book, of which is known what it is worth then.
    #[inline(always)]
    fn ask(&mut self, index: u32, pass: &Pass, surcharge: Money, worth: (Money, Money)) -> Option<()> {
        let (of, before, after) = self.put_on(index, pass, surcharge, worth)?;
        self.move_sums_of_account(pass.ids.account, of, &before, &after);
        self.renet_side(index, pass.ask.side);
        Some(())
    }

    /// The same in the strategy's book.
    #[inline(always)]
    fn ask_own(&mut self, index: u32, pass: &Pass, surcharge: Money, worth: (Money, Money)) -> Option<()> {
        let (_, before, after) = self.put_on(index, pass, surcharge, worth)?;
        self.move_sums_of_strategy(pass.ids.strategy, &before, &after);
        self.renet_side(index, pass.ask.side);
        Some(())
    }

    /// What the book counted for before, and after.
    #[inline(always)]
    fn put_on(
        &mut self,
        index: u32,
        pass: &Pass,
        surcharge: Money,
        worth: (Money, Money),
    ) -> Option<(BookOf, Part, Part)> {
        let book = at_mut(&mut self.books, index)?;
        let before = book.part();
        book.put_on(pass.ask, pass.quantity, surcharge)?;
        // What counts already still does with more asked for.
        if !book.counted {
            book.counted = book.counts(at(&self.instruments, pass.ids.instrument)?.traded.quantity_min);
        }
        (book.exposure, book.exposure_firm) = worth;
        Some((book.of(), before, book.part()))
    }

    /// The same where its worth is not known.
    #[cold]
    #[inline(never)]
    fn ask_unvalued(&mut self, index: u32, ask: Ask, quantity: Quantity, surcharge: Money) -> Option<()> {
        let mut book = *at(&self.books, index)?;
        book.put_on(ask, quantity, surcharge)?;
        self.put(index, book);
        Some(())
    }

    /// Takes one message from each bucket of an order that is new in a list, that is changed or cancelled, and whether it
    /// asks for one that opens nothing.
    pub(crate) fn take_messages(&mut self, slot: u32, exits: [bool; 2]) {
        let Some(&Hold { account, strategy, .. }) = self.reservation.hold(slot) else { return };
        self.take_message_of(account, strategy, exits);
    }

    #[inline(always)]
    pub(crate) fn take_message_of(&mut self, account: u32, strategy: u32, exits: [bool; 2]) {
        self.tally_message(account, strategy, exits);
        let now = self.now;
        if let Some(bucket) = &self.firm.limits.bucket {
            self.firm.bucket.take(now, bucket);
        }
        if let Some(account) = at_mut(&mut self.accounts, account)
            && let Some(bucket) = &account.limits.bucket
        {
            account.bucket.take(now, bucket);
        }
        if let Some(strategy) = at_mut(&mut self.strategies, strategy)
            && let Some(bucket) = &strategy.limits.bucket
        {
            strategy.bucket.take(now, bucket);
        }
    }

    /// What a redeem checks again: halts, stricter limits, and that no more would open than was judged.
    pub(crate) fn look_again(&self, slot: u32) -> Result<(), Reason> {
        let hold = self.reservation.hold(slot).ok_or(Reason::PermitSpent)?;
        self.look_again_as(
            hold,
            hold.open,
            [Asked::one(self.ask_of(hold), hold.open); 2],
            hold.openings,
            hold.judged,
        )
    }

    /// The same for what the order would be, judged at a record. `left_out` of what its two books ask for was not there
    /// when it was judged: its own hold, and in a list those after it.
    pub(crate) fn look_again_as(
        &self,
        hold: &Hold,
        open: Quantity,
        left_out: [Asked; 2],
        openings: [Quantity; 2],
        judged_at: u64,
    ) -> Result<(), Reason> {
        let account = at(&self.accounts, hold.account).ok_or(Reason::EvaluationError)?;
        let strategy = at(&self.strategies, hold.strategy).ok_or(Reason::EvaluationError)?;
        let instrument = at(&self.instruments, hold.instrument).ok_or(Reason::EvaluationError)?;
        let trading = self.trading(account, instrument, hold.trader);
        if trading.max(strategy.trading) == TradingState::Halted {
            return Err(Reason::KillSwitchActive);
        }
        let ask = self.ask_of(hold);
        let mut own_tightened = 0;
        let books = hold.books.iter().zip(left_out).zip(openings);
        for (((index, left_out), judged), state) in books.zip([trading, strategy.trading]) {
            let book = at(&self.books, *index).ok_or(Reason::EvaluationError)?;
            if let Some(limits) = book.limits.and_then(|limits| at(&self.book_limits, limits)) {
                own_tightened = limits.tightened;
            }
            let opens = book.opening_without(ask, left_out, open);
            if opens.0 > 0 && state == TradingState::Reducing {
                return Err(Reason::ReducingOnly);
            }
            if opens > judged {
                return Err(Reason::PermitStale);
            }
        }
        let tightened =
            [self.firm.tightened, account.tightened, strategy.tightened, instrument.tightened, own_tightened];
        if tightened.iter().any(|at| *at > judged_at) {
            return Err(Reason::PermitStale);
        }
        Ok(())
    }

    /// Takes what an order still holds out of every sum, frees its slot and its id.
    pub(crate) fn drop_hold(&mut self, slot: u32) {
        let Some(&Hold { id, state, .. }) = self.reservation.hold(slot) else { return };
        if state == OrderState::Permitted {
            self.give_back_traded(slot);
        }
        self.end(slot);
        self.ids.table.remove(id);
    }

    /// What the next order that is only tried is put upon.
    pub(crate) fn beneath(&self, asked: Option<[u64; 2]>) -> Option<Beneath> {
        let (slot, _) = self.reservation.next()?;
        self.reservation.beneath(self.traded.at(slot), asked)
    }

    /// Takes a hold back as if it had never been: the last one that was made.
    pub(crate) fn back_out(&mut self, slot: u32, before: &Beneath, spent: Money) {
        let Some(hold) = self.reservation.hold(slot).copied() else { return };
        self.leave(slot);
        self.unspend(hold.account, spent);
        self.take_off(&hold, hold.open, hold.surcharges);
        if let Some(parent) = hold.parent {
            self.parents.back_out(parent, hold.open);
        }
        self.count_order(&hold, |orders| orders.saturating_sub(1));
        if let Some(asked) = before.asked {
            self.forget_asked(asked, hold.account, hold.strategy);
        }
        self.give_back_traded(slot);
        self.traded.restore(slot, before.traded);
        self.reservation.back_out(slot, before);
        self.ids.table.remove(hold.id);
    }

    /// An order that was sent has ended: as [`State::drop_hold`], but its id stays taken for a while.
    pub(crate) fn finish(&mut self, slot: u32) {
        let Some(&Hold { id, parent, .. }) = self.reservation.hold(slot) else { return };
        self.remember_total(slot);
        self.count_streaks(slot);
        self.end(slot);
        self.remember_id(id, parent);
    }

    /// The id is alive no more, and stays taken for the duplicate window; with the parent of its order.
    pub(crate) fn remember_id(&mut self, id: Key, parent: Option<u32>) {
        let until = self.remembered_until();
        self.ids.remember(id, until, parent);
        self.wake_at(until);
    }

    /// Until when what has ended now stays known.
    pub(crate) fn remembered_until(&self) -> Timestamp {
        Timestamp::from_nanos(self.now.nanos().saturating_add(self.settings.duplicate_window))
    }

    /// When a permit that is given now expires.
    pub(crate) fn permit_expires(&self) -> Timestamp {
        Timestamp::from_nanos(self.now.nanos().saturating_add(self.settings.permit_ttl))
    }

    fn end(&mut self, slot: u32) {
        self.leave(slot);
        self.end_versions(slot);
        let Some(hold) = self.reservation.hold(slot).copied() else { return };
        self.take_off(&hold, hold.open, hold.surcharges);
        if let Some(parent) = hold.parent {
            let until = self.remembered_until();
            self.parents.leave(parent, hold.open, until);
            self.wake_at(until);
        }
        self.count_order(&hold, |orders| orders.saturating_sub(1));
        self.reservation.remove(slot);
    }

    /// One live order more, or one less: in its account, in its strategy and in its account's book. The firm's are all
    /// that there are.
    #[inline(always)]
    fn count_order(&mut self, hold: &Hold, count: impl Fn(u32) -> u32) {
        let [book, _] = hold.books;
        if let Some(account) = at_mut(&mut self.accounts, hold.account) {
            account.open_orders = count(account.open_orders);
        }
        if let Some(strategy) = at_mut(&mut self.strategies, hold.strategy) {
            strategy.open_orders = count(strategy.open_orders);
        }
        if let Some(book) = at_mut(&mut self.books, book) {
            book.open_orders = count(book.open_orders);
        }
    }

    /// In which way an order is held.
    pub(crate) fn ask_of(&self, hold: &Hold) -> Ask {
        let [book, _] = hold.books;
        let whole = || at(&self.books, book).map_or(Quantity::ZERO, |book| book.position);
        Ask { side: hold.side(), within: hold.kept_within.then(whole) }
    }

    /// Takes a part of a hold off both books.
    pub(crate) fn take_off(&mut self, hold: &Hold, quantity: Quantity, surcharges: Charges) {
        let [.., cash] = surcharges;
        self.hold_cash(hold.account, cash, Money::ZERO);
        if quantity.0 == 0 {
            return;
        }
        let ask = self.ask_of(hold);
        for (index, surcharge) in hold.books.iter().zip(surcharges) {
            if let Some(mut book) = at(&self.books, *index).copied() {
                book.take_off(ask, quantity, surcharge);
                self.put(*index, book);
                self.touch(book.owner);
            }
        }
    }
}
