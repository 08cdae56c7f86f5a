//! What was executed, by single executions, by cumulative reports, and what was taken back.
//!
//! An execution whose profit cannot be converted moves the position and halts its account.
//! An execution that belongs to nothing known halts the account its reference names, or the firm. One that is larger
//! than what its order had open sets the account to reducing. Execution ids are remembered for the duplicate window,
//! and so is what was executed of an order that has ended.

use risk_core::{Booking, Bust, Cause, Cumulative, Fill, Id, OrderRef, Origin, Scope, Side, TradingState};
use rust_decimal::Decimal;

use super::exact::{Ratio, Toward};
use super::ledger::share;
use super::orders::Happened;
use super::tally::Tally;
use super::world::{Entry, LateSlice, Model, Table};

/// Where an execution is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    account: usize,
    strategy: usize,
    instrument: usize,
    side: Side,
}

/// How much, at what price and for what fee, in units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amounts {
    quantity: i128,
    price: i128,
    fee: i128,
}

/// An execution by its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Execution {
    account: usize,
    id: Id,
    at: i64,
    target: Target,
    amounts: Amounts,
    /// The order while it lived, and the client order id after it.
    order: Option<usize>,
    name: Option<Id>,
}

/// Of which order a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// One that lives.
    Live(usize),
    /// One that does not: account and client order id.
    Past(usize, Id),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Report {
    Executed(Amounts),
    /// Quantity, average in millionths of a unit of price, fees.
    Reached(i128, i128, Option<i128>),
    Corrected(Amounts, Amounts),
    /// The order lives no more: what is known of it is known by its id.
    Ended(usize),
}

/// A report, and when it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reported {
    whose: Whose,
    at: i64,
    target: Target,
    report: Report,
}

/// What is known of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub(super) filled: i128,
    ahead: i128,
    value: i128,
    fees: i128,
    stated: bool,
}

/// Places beyond those of prices that an average has.
const FINER: u32 = 6;

impl Total {
    /// What is new of a report: quantity, value, fee.
    fn take(&mut self, report: &Report) -> (i128, i128, i128) {
        let new = match report {
            Report::Executed(whole) => {
                let known = whole.quantity.min(self.ahead);
                let new = whole.quantity - known;
                self.ahead -= known;
                let part = self.stated && known > 0;
                let fee = if part { share(whole.fee, new, whole.quantity) } else { whole.fee };
                (new, value_of(new, whole.price), fee)
            }
            Report::Reached(quantity, average, fees) => {
                if *quantity < self.filled {
                    return (0, 0, 0);
                }
                let new = quantity - self.filled;
                let fee = fees.map_or(0, |fees| fees - self.fees);
                if new == 0 && fee == 0 {
                    return (0, 0, 0);
                }
                self.stated |= fees.is_some();
                self.ahead += new;
                (new, if new > 0 { quantity * average - self.value } else { 0 }, fee)
            }
            Report::Corrected(was, is) => {
                let value = value_of(is.quantity, is.price) - value_of(was.quantity, was.price);
                (is.quantity - was.quantity, value, is.fee - was.fee)
            }
            Report::Ended(_) => (0, 0, 0),
        };
        self.filled = (self.filled + new.0).max(0);
        self.value += new.1;
        self.fees += new.2;
        new
    }
}

fn value_of(quantity: i128, price: i128) -> i128 {
    quantity * price * 1_000_000
}

impl Model {
    /// What is known to be executed of an order.
    pub(super) fn total(&self, whose: Whose) -> Total {
        self.known(whose).0
    }

    /// The same, and where it was booked; of an order that does not live only while it is remembered.
    fn known(&self, whose: Whose) -> (Total, Option<Target>) {
        let (mut total, mut target, mut since) = (Total::default(), None, None);
        for reported in self.reports.iter().filter(|reported| reported.whose == whose) {
            let past = matches!(whose, Whose::Past(..));
            let gone = |from: i64| past && reported.at >= from.saturating_add(self.window());
            if since.is_none_or(gone) {
                (total, since) = (Total::default(), Some(reported.at));
            }
            if let Report::Ended(place) = reported.report {
                total = self.total(Whose::Live(place));
            } else {
                total.take(&reported.report);
            }
            target = Some(reported.target);
        }
        match (whose, since) {
            (Whose::Past(..), Some(from)) if self.last >= from.saturating_add(self.window()) => {
                (Total::default(), None)
            }
            _ => (total, target),
        }
    }

    /// One of the last executions of an account.
    pub fn recent_execution(&self, account: usize, back: usize) -> Option<Id> {
        self.executions.iter().rev().filter(|known| known.account == account).nth(back).map(|known| known.id)
    }

    /// Whether a bust is of an execution in an instrument that its correction fits.
    pub fn remembers(&self, bust: &Bust) -> bool {
        let place =
            self.account_place(bust.account).and_then(|account| self.execution(account, bust.execution));
        place.is_some_and(|place| {
            let of = self.instrument(self.executions[place].target.instrument);
            bust.instead.is_none_or(|is| {
                let (price, quantity) = (is.price.normalize(), is.quantity.normalize());
                let possible = of.negative_prices || price > Decimal::ZERO;
                possible && price.scale() <= of.price_scale && quantity.scale() <= of.quantity_scale
            })
        })
    }

    /// The order ends.
    pub(super) fn note_end(&mut self, place: usize) {
        let whose = Whose::Past(self.orders[place].account, self.order(place).id);
        let target = self.target_of(place);
        if self.total(Whose::Live(place)) != Total::default() {
            self.reports.push(Reported { whose, at: self.last, target, report: Report::Ended(place) });
        }
    }

    /// Whether an order was sent only just now.
    pub(super) fn just_sent(&self, place: usize) -> bool {
        let settle = i64::try_from(self.config.settings.unknown_settle_ms).unwrap_or(i64::MAX);
        let settle = settle.saturating_mul(1_000_000);
        let sent = self.orders[place].happened.iter().find_map(|what| match what {
            Happened::Sent { at } => Some(*at),
            _ => None,
        });
        sent.is_none_or(|sent| self.last < sent.saturating_add(settle))
    }

    fn target_of(&self, place: usize) -> Target {
        let order = &self.orders[place];
        let (account, strategy, instrument) = (order.account, order.strategy, order.instrument);
        Target { account, strategy, instrument, side: order.side() }
    }

    fn booked(&self, booking: Option<Booking>) -> Option<Target> {
        let booking = booking?;
        let account = self.account_place(booking.account)?;
        let strategy = self.strategy_place(booking.strategy);
        let own = strategy.filter(|place| self.handles.strategies[*place].0 == account);
        let strategy = own.unwrap_or_else(|| self.unassigned(account));
        let instrument = self.instrument_place(booking.instrument)?;
        Some(Target { account, strategy, instrument, side: booking.side })
    }

    /// The order that lives, the one that has ended and is named by its handle, where it is booked, and what it is known
    /// by when it does not live.
    fn report_of(
        &self,
        order: &OrderRef,
        booking: Option<Booking>,
    ) -> (Option<usize>, Option<usize>, Option<Target>, Option<Whose>) {
        let live = self.live(order);
        let ended = match order {
            OrderRef::Handle(handle) if live.is_none() => self.placed(*handle),
            OrderRef::Handle(_) | OrderRef::Client { .. } => None,
        };
        let past = match order {
            OrderRef::Client { account, id } => {
                self.account_place(*account).and_then(|account| self.known(Whose::Past(account, *id)).1)
            }
            OrderRef::Handle(_) => None,
        };
        let target =
            live.or(ended).map(|place| self.target_of(place)).or_else(|| self.booked(booking)).or(past);
        let whose = match (live, ended, order, target) {
            (Some(place), ..) => Some(Whose::Live(place)),
            (None, Some(place), ..) => Some(Whose::Past(self.orders[place].account, self.order(place).id)),
            (None, None, OrderRef::Client { id, .. }, Some(target)) => Some(Whose::Past(target.account, *id)),
            (None, None, ..) => None,
        };
        (live, ended, target, whose)
    }

    pub(super) fn stop(&mut self, scope: Scope, state: TradingState, reason: &str) {
        self.pull(scope, state, Cause::Anomaly, reason, "engine");
    }

    fn nobodys(&mut self, order: &OrderRef) {
        let scope = match order {
            OrderRef::Client { account, .. } if self.account_place(*account).is_some() => {
                Scope::Account(*account)
            }
            OrderRef::Client { .. } | OrderRef::Handle(_) => Scope::Firm,
        };
        self.stop(scope, TradingState::Halted, "a fact could not be applied");
    }

    fn amounts(&self, target: &Target, quantity: Decimal, price: Decimal, fee: Decimal) -> Amounts {
        let toward = if target.side == Side::Buy { Toward::Ceiling } else { Toward::Floor };
        let scale = self.instrument(target.instrument).quantity_scale;
        Amounts {
            quantity: Ratio::of(quantity).round(scale, Toward::Away),
            price: self.price(target.instrument, price, toward),
            fee: -Ratio::of(-fee).round(self.money_scale(self.quote_asset(target.instrument)), Toward::Floor),
        }
    }

    pub(super) fn take_fill(&mut self, fill: &Fill) {
        let (live, ended, target, whose) = match fill.origin {
            Origin::Client => self.report_of(&fill.order, fill.booking),
            Origin::Venue => (None, None, self.booked(fill.booking), None),
        };
        let Some(target) = target else { return self.nobodys(&fill.order) };
        if self.execution(target.account, fill.execution).is_some() {
            return;
        }
        let amounts = self.amounts(&target, fill.quantity, fill.price, fill.fee);
        let name = match (live, whose) {
            (Some(place), _) => Some(self.order(place).id),
            (None, Some(Whose::Past(_, id))) => Some(id),
            (None, _) => None,
        };
        let (account, id, at) = (target.account, fill.execution, self.last);
        self.executions.push(Execution { account, id, at, target, amounts, order: live, name });
        let report = Report::Executed(amounts);
        let (quantity, _, fee) = whose.map(|whose| self.total(whose)).unwrap_or_default().take(&report);
        if fill.origin == Origin::Client {
            self.tally_fill(&target, quantity);
        }
        if live.is_none() && fill.origin == Origin::Client {
            self.note_late(&fill.order, fill.booking, ended, &target, quantity);
        }
        self.execute(&fill.order, whose, &target, report, Amounts { quantity, fee, ..amounts });
    }

    pub(super) fn take_cumulative(&mut self, report: &Cumulative) {
        let (live, ended, target, whose) = self.report_of(&report.order, report.booking);
        let (Some(target), Some(whose)) = (target, whose) else { return self.nobodys(&report.order) };
        let fees = report.fees.unwrap_or_default();
        let whole = self.amounts(&target, report.quantity, report.average_price, fees);
        let toward = if target.side == Side::Buy { Toward::Ceiling } else { Toward::Floor };
        let of = self.instrument(target.instrument);
        let average = Ratio::of(report.average_price).round(of.price_scale + FINER, toward);
        let (negative, scale) = (of.negative_prices, 0);
        let reached = Report::Reached(whole.quantity, average, report.fees.map(|_| whole.fee));
        let (quantity, value, fee) = self.total(whose).take(&reached);
        if quantity == 0 && fee == 0 {
            return;
        }
        let exact = Ratio::whole(value).per(&Ratio::whole(quantity * 1_000_000));
        let price = exact.map(|price| price.round(scale, toward));
        let price = price.filter(|price| *price > 0 || negative).unwrap_or(whole.price);
        self.tally_fill(&target, quantity);
        if live.is_none() {
            self.note_late(&report.order, report.booking, ended, &target, quantity);
        }
        self.execute(&report.order, Some(whose), &target, reached, Amounts { quantity, price, fee });
    }

    pub(super) fn take_bust(&mut self, bust: &Bust) {
        let account = self.account_place(bust.account).expect("generated busts name known accounts");
        let Some(place) = self.execution(account, bust.execution) else {
            let scope = Scope::Account(bust.account);
            return self.stop(scope, TradingState::Halted, "a fact could not be applied");
        };
        let Execution { target, amounts: was, order, name, .. } = self.executions[place];
        let is = bust
            .instead
            .map_or(Amounts::default(), |is| self.amounts(&target, is.quantity, is.price, is.fee));
        if was == is {
            return;
        }
        self.executions[place].amounts = is;
        let live = order.filter(|place| self.orders[*place].is_live());
        let whose = live.map(Whose::Live).or(name.map(|id| Whose::Past(account, id)));
        self.note(whose, &target, Report::Corrected(was, is));
        let reversed = self.book(&target, None, target.side.opposite(), &Amounts { fee: -was.fee, ..was });
        let more = (is.quantity - was.quantity).max(0);
        let over = self.is_over(live, more);
        let rate = self.book(&target, None, target.side, &is);
        self.fill(live, more);
        self.judge_execution(&target, over, reversed && rate);
    }

    /// An execution that is remembered.
    fn execution(&self, account: usize, id: Id) -> Option<usize> {
        self.executions.iter().rposition(|known| {
            known.account == account && known.id == id && self.last < known.at.saturating_add(self.window())
        })
    }

    /// What is known of an order is more from now on.
    fn note(&mut self, whose: Option<Whose>, target: &Target, report: Report) {
        if let Some(whose) = whose {
            self.reports.push(Reported { whose, at: self.last, target: *target, report });
        }
    }

    fn tally_fill(&mut self, target: &Target, quantity: i128) {
        if quantity > 0 {
            self.tally(Table::Account(target.account), Tally::Fill);
            self.tally(Table::Strategy(target.strategy), Tally::Fill);
        }
    }

    /// What is new of a report takes effect. Where it names a change, the venue has taken that; the order may end by it.
    fn execute(
        &mut self,
        order: &OrderRef,
        whose: Option<Whose>,
        target: &Target,
        report: Report,
        new: Amounts,
    ) {
        let mut live = match whose {
            Some(Whose::Live(place)) => Some(place),
            Some(Whose::Past(..)) | None => None,
        };
        let over = self.is_over(live, new.quantity);
        if let (Some(place), Some((_, Some(change)))) = (live, self.named(order)) {
            self.confirm(place, change);
        }
        let ended = live.is_some_and(|place| !self.orders[place].is_live());
        if ended {
            live = None;
        } else {
            self.note(whose, target, report);
        }
        self.fill(live, new.quantity);
        let order = live.filter(|_| self.needs_streaks());
        let booked = self.book(target, order, target.side, &new);
        self.judge_execution(target, over, booked);
    }

    fn is_over(&self, live: Option<usize>, quantity: i128) -> bool {
        live.is_some_and(|place| quantity > self.orders[place].now().open)
    }

    /// The order executes so much more.
    fn fill(&mut self, live: Option<usize>, quantity: i128) {
        let Some(place) = live else { return };
        if self.orders[place].is_permit() {
            self.happens(place, Happened::Sent { at: self.last });
        }
        self.happens(place, Happened::Filled(quantity));
        let filled = self.total(Whose::Live(place)).filled;
        self.happens(place, Happened::Known(filled));
        if self.orders[place].now().open == 0 {
            self.finish(place);
        }
    }

    /// Books what was executed; whether its profit could be converted.
    fn book(&mut self, target: &Target, order: Option<usize>, side: Side, amounts: &Amounts) -> bool {
        let Target { account, strategy, instrument, .. } = *target;
        let Amounts { quantity, price, fee } = *amounts;
        if quantity == 0 && fee == 0 {
            return true;
        }
        let rate = self.rate(self.quote_asset(instrument), self.currency(account));
        let known = rate.is_some();
        self.entries.push(Entry::Executed {
            account,
            strategy,
            instrument,
            side,
            quantity,
            price,
            fee,
            rate,
            order,
        });
        known
    }

    fn judge_execution(&mut self, target: &Target, over: bool, booked: bool) {
        let scope = Scope::Account(self.handles.accounts[target.account]);
        if !booked {
            self.stop(scope, TradingState::Halted, "a fact could not be applied");
        } else if over {
            self.stop(scope, TradingState::Reducing, "more was executed than was approved");
        }
    }

    /// An execution of an order that does not live counts against the parent of that order: the one it had as long as
    /// the order is known, else the one that is booked.
    fn note_late(
        &mut self,
        order: &OrderRef,
        booking: Option<Booking>,
        ended: Option<usize>,
        target: &Target,
        quantity: i128,
    ) {
        let by_id = match order {
            OrderRef::Client { id, .. } => self.remembered(target.account, *id),
            OrderRef::Handle(_) => None,
        };
        let parent = match ended.or(by_id) {
            Some(place) => self.orders[place].order.parent,
            None => booking.and_then(|booking| booking.parent),
        };
        if let Some(parent) = parent {
            let Target { account, instrument, side, .. } = *target;
            let (at, step) = (self.last, self.step);
            self.late.push(LateSlice { account, parent, instrument, side, quantity, at, step });
        }
    }
}
