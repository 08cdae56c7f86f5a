//! What comes in: each input becomes an entry of a list.
//!
//! An execution whose profit cannot be converted moves the position and halts its account.
//! An execution that belongs to nothing known halts the account its reference names, or the firm. One that is larger
//! than what its order had open sets the account to reducing. Execution ids are remembered for the duplicate window.

use risk_core::{
    Cause, Fill, Holding, Input, LimitsOf, OrderRef, Quote, Scope, Side, Snapshot, TradingState,
};

use super::exact::{Ratio, Toward};
use super::ledger::Ledger;
use super::orders::Happened;
use super::world::{Change, Entry, Hosted, LateSlice, Model, Owner, Quoted, Table};

/// Where an execution is booked.
struct Target {
    account: usize,
    strategy: usize,
    instrument: usize,
    side: Side,
}

impl Model {
    /// Takes an input in. Malformed ones are not generated.
    ///
    /// # Panics
    /// On an input that names something the model does not know where that is not part of the game.
    pub fn ingest(&mut self, input: &Input, now: Option<risk_core::Timestamp>) {
        self.begin(now);
        let known = "generated inputs name known things";
        match input {
            Input::Quote(quote) => self.take_quote(quote),
            Input::Mark { instrument, price, at } => {
                let place = self.instrument_place(*instrument).expect(known);
                let price = self.price(place, *price, Toward::Away);
                self.marks.push((place, price, at.nanos()));
            }
            Input::Rate { from, to, rate } => {
                let pair = (self.asset_place(*from).expect(known), self.asset_place(*to).expect(known));
                self.rates.push((pair.0, pair.1, Ratio::of(*rate)));
            }
            Input::Balance { account, balance } => {
                let account = self.account_place(*account).expect(known);
                let balance =
                    Ratio::of(*balance).round(self.money_scale(self.currency(account)), Toward::Floor);
                self.entries.push(Entry::Stated { account, balance });
            }
            Input::Flow { account, amount } => {
                let account = self.account_place(*account).expect(known);
                let currency = self.currency(account);
                let amount = Ratio::of(*amount).round(self.money_scale(currency), Toward::Floor);
                let firm = self.convert(amount, currency, self.firm_currency(), Toward::Floor);
                self.entries.push(Entry::Flowed { account, amount, firm });
            }
            Input::Host(figures) => {
                let account = self.account_place(figures.account).expect(known);
                let ledger = Ledger::of(self);
                let (count, gross) = self.held(&ledger, account);
                let (profit, _) = ledger.seen.accounts[account];
                self.hosts.push(Hosted { figures: *figures, account, at: self.last, profit, count, gross });
            }
            Input::Accepted { order } => {
                if let Some(place) = self.live(order)
                    && self.orders[place].state() == risk_core::OrderState::Sent
                {
                    self.orders[place].happened.push(Happened::Accepted);
                }
            }
            Input::Done { order, .. } => {
                if let Some(place) = self.live(order) {
                    self.finish(place);
                }
            }
            Input::Fill(fill) => self.take_fill(fill),
            Input::Snapshot(snapshot) => self.take_snapshot(snapshot),
            Input::DayRoll => self.entries.push(Entry::Rolled),
            Input::NextRoll { at } => {
                self.next_roll = Some(at.nanos());
                self.roll_when_due();
            }
            Input::Limits { of, limits, expires, .. } => {
                let of = match of {
                    LimitsOf::Account(handle) => Table::Account(self.account_place(*handle).expect(known)),
                    LimitsOf::Strategy(handle) => Table::Strategy(self.strategy_place(*handle).expect(known)),
                    LimitsOf::Instrument(handle) => {
                        Table::Instrument(self.instrument_place(*handle).expect(known))
                    }
                    _ => Table::Firm,
                };
                let stricter = super::limits::is_stricter(limits, &self.table(of));
                let (limits, until) = ((**limits).clone(), expires.map(risk_core::Timestamp::nanos));
                self.changes.push(Change { step: self.step, of, limits, stricter, until });
            }
            Input::Status { instrument, status, .. } => {
                self.statuses.push((self.instrument_place(*instrument).expect(known), *status));
            }
            _ => panic!("the core has an input that the model does not know"),
        }
        self.see();
    }

    pub(super) fn price(&self, instrument: usize, price: rust_decimal::Decimal, toward: Toward) -> i128 {
        Ratio::of(price).round(self.instrument(instrument).price_scale, toward)
    }

    /// A finer quote is seen wider than it is.
    fn take_quote(&mut self, quote: &Quote) {
        let instrument =
            self.instrument_place(quote.instrument).expect("generated quotes name known instruments");
        self.quotes.push(Quoted {
            instrument,
            bid: quote.bid.map(|bid| self.price(instrument, bid, Toward::Floor)),
            ask: quote.ask.map(|ask| self.price(instrument, ask, Toward::Ceiling)),
            at: quote.at.nanos(),
            whole: *quote,
        });
    }

    /// What a host counts: positions without what is only asked for.
    fn held(&self, ledger: &Ledger, account: usize) -> (i128, i128) {
        let (mut count, mut gross) = (0, 0);
        for ((owner, instrument), book) in &ledger.books {
            if *owner != Owner::Account(account) {
                continue;
            }
            let position = book.position.abs();
            count += i128::from(position >= self.dust(*instrument));
            if let Some((mark, _)) = self.mark(*instrument) {
                let price = self.valuation_price(*instrument, mark);
                let value = self.value(*instrument, position, price, Toward::Ceiling);
                gross += self.in_account(*owner, *instrument, value).unwrap_or(0);
            }
        }
        (count, gross)
    }

    /// The smallest quantity that is a position.
    pub(super) fn dust(&self, instrument: usize) -> i128 {
        let of = self.instrument(instrument);
        of.quantity_min.map_or(1, |least| Ratio::of(least).round(of.quantity_scale, Toward::Away))
    }

    pub(super) fn finish(&mut self, place: usize) {
        self.orders[place].happened.push(Happened::Ended { at: self.last, remembered: true });
    }

    fn take_fill(&mut self, fill: &Fill) {
        let live = self.live(&fill.order);
        let ended = match fill.order {
            OrderRef::Handle(handle) => self.placed(handle),
            OrderRef::Client { .. } => None,
        };
        let target = match live.or(ended) {
            Some(place) => {
                let order = &self.orders[place];
                let (account, strategy, instrument) = (order.account, order.strategy, order.instrument);
                Some(Target { account, strategy, instrument, side: order.side() })
            }
            None => fill.booking.and_then(|booking| {
                let account = self.account_place(booking.account)?;
                let strategy = self.strategy_place(booking.strategy);
                let own = strategy.filter(|place| self.handles.strategies[*place].0 == account);
                let strategy = own.unwrap_or_else(|| self.unassigned(account));
                let instrument = self.instrument_place(booking.instrument)?;
                Some(Target { account, strategy, instrument, side: booking.side })
            }),
        };
        let Some(target) = target else {
            let scope = match fill.order {
                OrderRef::Client { account, .. } if self.account_place(account).is_some() => {
                    Scope::Account(account)
                }
                OrderRef::Client { .. } | OrderRef::Handle(_) => Scope::Firm,
            };
            return self.pull(
                scope,
                TradingState::Halted,
                Cause::Anomaly,
                "a fact could not be applied",
                "engine",
            );
        };
        let until = |at: i64| at.saturating_add(self.window());
        let again = |(account, id, at): &(usize, risk_core::Id, i64)| {
            *account == target.account && *id == fill.execution && self.last < until(*at)
        };
        if self.executions.iter().any(again) {
            return;
        }
        self.executions.push((target.account, fill.execution, self.last));
        let of = self.instrument(target.instrument);
        let toward = if target.side == Side::Buy { Toward::Ceiling } else { Toward::Floor };
        let price = self.price(target.instrument, fill.price, toward);
        let quantity = Ratio::of(fill.quantity).round(of.quantity_scale, Toward::Away);
        let quote = self.quote_asset(target.instrument);
        let fee = -Ratio::of(-fill.fee).round(self.money_scale(quote), Toward::Floor);
        if live.is_none() {
            self.note_late(fill, ended, &target, quantity);
        }
        let mut over = false;
        if let Some(place) = live {
            let open = self.orders[place].open().0;
            over = quantity > open;
            self.orders[place].happened.push(Happened::Filled(quantity));
            if quantity >= open {
                self.finish(place);
            }
        }
        let rate = self.rate(quote, self.currency(target.account));
        let unknown = rate.is_none();
        let Target { account, strategy, instrument, side } = target;
        self.entries.push(Entry::Executed {
            account,
            strategy,
            instrument,
            side,
            quantity,
            price,
            fee,
            rate,
        });
        let scope = Scope::Account(self.handles.accounts[account]);
        if unknown {
            self.pull(scope, TradingState::Halted, Cause::Anomaly, "a fact could not be applied", "engine");
        } else if over {
            let reason = "more was executed than was approved";
            self.pull(scope, TradingState::Reducing, Cause::Anomaly, reason, "engine");
        }
    }

    /// An execution of an order that does not live counts against the parent of that order: the one it had as long as
    /// the order is known, else the one that is booked.
    fn note_late(&mut self, fill: &Fill, ended: Option<usize>, target: &Target, quantity: i128) {
        let by_id = match fill.order {
            OrderRef::Client { id, .. } => self.remembered(target.account, id),
            OrderRef::Handle(_) => None,
        };
        let parent = match ended.or(by_id) {
            Some(place) => self.orders[place].order.parent,
            None => fill.booking.and_then(|booking| booking.parent),
        };
        if let Some(parent) = parent {
            let Target { account, instrument, side, .. } = *target;
            let (at, step) = (self.last, self.step);
            self.late.push(LateSlice { account, parent, instrument, side, quantity, at, step });
        }
    }

    fn take_snapshot(&mut self, snapshot: &Snapshot) {
        let account = self.account_place(snapshot.account).expect("generated snapshots name known accounts");
        let ledger = Ledger::of(self);
        let listed =
            |instrument: usize, holding: &Holding| holding.instrument == self.handles.instruments[instrument];
        let flat: Vec<usize> = ledger
            .books
            .keys()
            .filter(|(owner, instrument)| {
                *owner == Owner::Account(account)
                    && !snapshot.positions.iter().any(|h| listed(*instrument, h))
            })
            .map(|(_, instrument)| *instrument)
            .collect();
        for instrument in flat {
            self.entries.push(Entry::Adjusted { account, instrument, position: 0, cost: 0 });
        }
        for holding in &snapshot.positions {
            let instrument = self.instrument_place(holding.instrument).expect("a known instrument");
            let scale = self.instrument(instrument).quantity_scale;
            let position = Ratio::of(holding.quantity).round(scale, Toward::Away);
            let price = self.price(instrument, holding.price, Toward::Away);
            let cost = self.value(instrument, position.abs(), price.abs(), Toward::Ceiling);
            self.entries.push(Entry::Adjusted { account, instrument, position, cost });
        }
        if let Some(balance) = snapshot.balance {
            let balance = Ratio::of(balance).round(self.money_scale(self.currency(account)), Toward::Floor);
            self.entries.push(Entry::Stated { account, balance });
        }
    }
}
