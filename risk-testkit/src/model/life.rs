//! The life of an order after it was judged, and the passing of time.

use risk_core::{
    Explanation, Message as Asks, Order, OrderHandle, OrderRef, OrderState, Reason, Timestamp, TradingState,
};

use super::facts::Facts;
use super::judge::{is_exit, judge};
use super::ledger::Ledger;
use super::orders::{Happened, Placed};
use super::reports::Whose;
use super::tally::Tally;
use super::world::{Change, Entry, Message, Model, Owner, Table};
use super::{Answer, Bug, Evaluated};

impl Model {
    /// A new step at a time: time never goes back, and a clock that steps back too far is dead.
    pub(super) fn begin(&mut self, now: Option<Timestamp>) {
        self.step += 1;
        self.now = now.map(Timestamp::nanos).filter(|now| {
            let back = i64::try_from(self.config.settings.clock_back_ms_max).unwrap_or(i64::MAX);
            self.last == i64::MIN || self.last.saturating_sub(*now) <= back.saturating_mul(1_000_000)
        });
        if let Some(now) = &mut self.now {
            *now = self.last.max(*now);
            self.last = *now;
            let now = *now;
            for place in 0..self.orders.len() {
                if self.orders[place].is_permit() && self.orders[place].expires <= now {
                    self.happens(place, Happened::Ended { at: now, remembered: false });
                }
            }
            self.expire_changes();
            self.bound_aside();
            self.end_what_is_temporary();
            self.roll_when_due();
            self.bound_aside();
            self.keep_aside();
        }
    }

    /// Of each table only the last change counts: where it has ended, what lasts is written anew.
    fn end_what_is_temporary(&mut self) {
        let mut seen = Vec::new();
        let mut ended = Vec::new();
        for change in self.changes.iter().rev() {
            if !seen.contains(&change.of) {
                seen.push(change.of);
                ended.extend(change.until.filter(|until| *until <= self.last).map(|_| change.of));
            }
        }
        for of in ended {
            let limits = self.lasting(of);
            let stricter = super::limits::is_stricter(&limits, &self.table(of));
            self.changes.push(Change { step: self.step, of, limits, stricter, until: None });
        }
    }

    /// The day rolls when its instant is reached, once, and then no instant is known.
    pub(super) fn roll_when_due(&mut self) {
        if self.next_roll.is_some_and(|at| at <= self.last) {
            self.next_roll = None;
            self.entries.push(Entry::Rolled);
        }
    }

    /// Judges an order and, when it passes, holds it; says also what would be answered with each mistake, and what is
    /// wrong with an explanation.
    pub fn evaluate(
        &mut self,
        order: &Order,
        now: Option<Timestamp>,
        bugs: &[Bug],
        told: Option<&Explanation>,
    ) -> Evaluated {
        self.begin(now);
        let exits =
            Facts::of(self, order, self.last).is_some_and(|facts| is_exit(&facts.view(None), facts.quantity));
        let views: Vec<Option<Bug>> = bugs.iter().copied().map(Some).chain([None]).collect();
        let (mut answers, objection) = judge(self, order, &views, told);
        let answer = answers.pop().unwrap_or(Answer::refused(Reason::EvaluationError));
        if answer.is_approval() {
            self.hold(order, &answer);
        }
        self.see();
        Evaluated { answer, mistaken: answers, objection, exits }
    }

    /// The name an engine gave to the order that was approved last.
    pub fn name_last(&mut self, handle: OrderHandle) {
        if let Some(order) = self.orders.last_mut() {
            order.handle = Some(handle);
        }
    }

    pub(super) fn hold(&mut self, order: &Order, answer: &Answer) {
        let facts = Facts::of(self, order, self.last);
        let facts = facts.expect("an approved order has known parties");
        let view = facts.view(None);
        let openings = [view.opening_of(0, answer.quantity), view.opening_of(1, answer.quantity)];
        let [book, own] = openings.map(|opening| view.surcharge(opening).unwrap_or(0));
        let cash = super::gates::cost(&view, answer.quantity, true).unwrap_or(0);
        let worth = self.needs_traded().then(|| view.worth(answer.quantity));
        let remembered = [Table::Account(facts.account), Table::Strategy(facts.strategy)].map(|of| {
            let window = self.table(of).repeated_orders_window_ms?;
            Some(self.last.saturating_add(i64::try_from(window).ok()?.saturating_mul(1_000_000)))
        });
        let ttl = i64::try_from(self.config.settings.permit_ttl_ms).unwrap_or(i64::MAX);
        let placed = Placed {
            handle: None,
            order: *order,
            account: facts.account,
            strategy: facts.strategy,
            instrument: facts.instrument,
            approved: answer.quantity,
            at: self.last,
            step: self.step,
            expires: self.last.saturating_add(ttl.saturating_mul(1_000_000)),
            openings,
            charges: [book, own, cash],
            worth,
            remembered,
            exits: openings == [0, 0],
            day: self.day(),
            list: None,
            changes: Vec::new(),
            happened: Vec::new(),
            days: Vec::new(),
        };
        let spent = view.spends(answer.quantity).unwrap_or(0);
        self.spend(placed.account, spent);
        let exits = [0, 1].map(|book| Tally::Order { exits: placed.openings[book] == 0 });
        self.take_message(placed.account, placed.strategy, exits);
        self.orders.push(placed);
    }

    /// Whether a limit on what is traded stands anywhere.
    pub(super) fn needs_traded(&self) -> bool {
        let accounts = (0..self.handles.accounts.len()).map(Table::Account);
        let strategies = (0..self.handles.strategies.len()).map(Table::Strategy);
        let mut tables = accounts.chain(strategies).chain([Table::Firm]);
        tables.any(|of| self.table(of).daily_value_max.is_some())
    }

    /// How often the day has rolled.
    pub(super) fn day(&self) -> usize {
        self.entries.iter().filter(|entry| matches!(entry, Entry::Rolled)).count()
    }

    pub(super) fn take_message(&mut self, account: usize, strategy: usize, what: [Tally; 2]) {
        let cancel = what == [Tally::Cancel; 2];
        self.tally(Table::Account(account), what[0]);
        self.tally(Table::Strategy(strategy), what[1]);
        let bucket = |of: Table| {
            let rate = self.table(of).message_rate;
            rate.as_ref().map(super::limits::bucket).map(|(interval, burst, _)| (interval, burst))
        };
        let buckets =
            [bucket(Table::Firm), bucket(Table::Account(account)), bucket(Table::Strategy(strategy))];
        self.messages.push(Message { at: self.last, account, strategy, cancel, buckets });
    }

    /// What a redeem says. Refused, the hold is gone.
    ///
    /// # Errors
    /// The reason of the refusal.
    pub fn redeem(&mut self, handle: OrderHandle, now: Option<Timestamp>) -> Result<(), Reason> {
        self.begin(now);
        if self.is_change(handle) {
            let looked = self.redeem_change(handle);
            self.see();
            return looked;
        }
        let place = self.placed(handle).filter(|place| self.orders[*place].is_permit());
        let looked = match (place, self.now) {
            (None, _) => {
                let expired =
                    self.placed(handle).is_some_and(|place| self.orders[place].expires <= self.last);
                Err(if expired { Reason::PermitExpired } else { Reason::PermitSpent })
            }
            (Some(_), None) => Err(Reason::ClockUnavailable),
            (Some(place), Some(_)) => self.look_again(place),
        };
        if let Some(place) = place {
            let ended = Happened::Ended { at: self.last, remembered: false };
            self.happens(place, if looked.is_ok() { Happened::Sent { at: self.last } } else { ended });
        }
        self.see();
        looked
    }

    fn look_again(&self, place: usize) -> Result<(), Reason> {
        let order = &self.orders[place];
        self.look_again_as(order, self.opens_now(&Ledger::of(self), order), order.openings, order.step)
    }

    /// Whether an order, or what it is to become, may still be sent as it was judged.
    pub(super) fn look_again_as(
        &self,
        order: &Placed,
        opens: [i128; 2],
        judged: [i128; 2],
        step: u64,
    ) -> Result<(), Reason> {
        let [shared, own] =
            self.scopes(order.account, order.strategy, order.instrument, order.order.trader, None);
        if shared.max(own) == TradingState::Halted {
            return Err(Reason::KillSwitchActive);
        }
        for ((opens, judged), state) in opens.into_iter().zip(judged).zip([shared, own]) {
            if opens > 0 && state == TradingState::Reducing {
                return Err(Reason::ReducingOnly);
            }
            if opens > judged {
                return Err(Reason::PermitStale);
            }
        }
        let tables = [
            Table::Firm,
            Table::Account(order.account),
            Table::Strategy(order.strategy),
            Table::Instrument(order.instrument),
        ];
        let stricter = self.changes.iter().any(|c| c.stricter && c.step > step && tables.contains(&c.of));
        if stricter { Err(Reason::PermitStale) } else { Ok(()) }
    }

    /// What an order opens now with what it still has open, its own hold left out: in its account, in its strategy.
    pub(super) fn opens_now(&self, ledger: &Ledger, order: &Placed) -> [i128; 2] {
        let open = order.now().open;
        self.opens_instead(ledger, order, &[order], open)
    }

    /// The same with another quantity open, where what `left_out` asks for on its side is not there.
    pub(super) fn opens_instead(
        &self,
        ledger: &Ledger,
        order: &Placed,
        left_out: &[&Placed],
        open: i128,
    ) -> [i128; 2] {
        let owners = [Owner::Account(order.account), Owner::Strategy(order.strategy)];
        let mut opens = [0; 2];
        for (owner, opens) in owners.into_iter().zip(&mut opens) {
            let mut book = ledger.book(self, owner, order.instrument);
            for other in left_out {
                let owners = [Owner::Account(other.account), Owner::Strategy(other.strategy)];
                if other.instrument == order.instrument && owners.contains(&owner) {
                    book.ask(other.side(), self.keeps(&other.order, other.instrument), -other.now().open, 0);
                }
            }
            let kept = self.keeps(&order.order, order.instrument);
            *opens = (open - book.reducible(order.side(), kept)).max(0);
        }
        opens
    }

    /// Gives a permit back.
    ///
    /// # Errors
    /// The reason when there is none any more.
    pub fn release(&mut self, handle: OrderHandle, now: Option<Timestamp>) -> Result<(), Reason> {
        self.begin(now);
        if self.is_change(handle) {
            let released = self.release_change(handle);
            self.see();
            return released;
        }
        let place = self.placed(handle);
        let permit = place.filter(|place| self.orders[*place].is_permit());
        let expired = place.is_some_and(|place| self.orders[place].expires <= self.last);
        if let Some(place) = permit {
            self.happens(place, Happened::Ended { at: self.last, remembered: false });
        }
        self.see();
        match permit {
            Some(_) => Ok(()),
            None if expired => Err(Reason::PermitExpired),
            None => Err(Reason::PermitSpent),
        }
    }

    /// Nothing was sent: the hold of a new order goes if the venue has not answered.
    pub fn abandon(&mut self, handle: OrderHandle, message: Asks, now: Option<Timestamp>) {
        self.begin(now);
        if message == Asks::Replace {
            self.abandon_change(handle);
        }
        if let Some(place) = self.placed(handle)
            && message == Asks::New
            && self.orders[place].state() == OrderState::Sent
            && self.total(Whose::Live(place)).filled == 0
        {
            self.happens(place, Happened::Ended { at: self.last, remembered: false });
        }
        self.see();
    }

    /// A cancel takes a message from each bucket of an order that is known.
    pub fn cancel(&mut self, order: &OrderRef, now: Option<Timestamp>) {
        self.begin(now);
        if let Some(place) = self.live(order) {
            let (account, strategy) = (self.orders[place].account, self.orders[place].strategy);
            self.take_message(account, strategy, [Tally::Cancel; 2]);
        }
        self.see();
    }

    /// Time passes.
    pub fn tick(&mut self, now: Option<Timestamp>) {
        self.begin(now);
        self.see();
    }
}
