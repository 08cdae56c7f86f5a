//! What comes in: each input becomes an entry of a list.

use risk_core::{End, Holding, Input, LimitsOf, MarkSource, Quote, Snapshot};

use super::exact::{Ratio, Toward};
use super::ledger::Ledger;
use super::orders::Happened;
use super::world::{Change, Entry, Hosted, Model, Owner, Quoted, Table};

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
                if self.instrument(place).mark_source == MarkSource::Quote || self.believes(place, price) {
                    self.marks.push((place, price, at.nanos()));
                }
            }
            Input::Session { instrument, session } => {
                let place = self.instrument_place(*instrument).expect(known);
                self.sessions.push((place, session.opens.nanos(), session.closes.nanos()));
            }
            Input::DailyVolume { instrument, quantity } => {
                let place = self.instrument_place(*instrument).expect(known);
                let scale = self.instrument(place).quantity_scale;
                self.volumes.push((place, Ratio::of(*quantity).round(scale, Toward::Floor)));
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
            Input::Accepted { order, quantity } => {
                if let Some((place, change)) = self.named(order) {
                    let raised = quantity.and_then(|quantity| self.raised(place, quantity));
                    if let Some(change) = change {
                        self.confirm(place, change);
                    } else if self.orders[place].state() == risk_core::OrderState::Sent {
                        self.happens(place, Happened::Accepted);
                    }
                    if let Some(open) = raised.filter(|_| self.orders[place].is_live()) {
                        self.raise(place, open);
                    }
                }
            }
            Input::Done { order, end } => {
                match self.named(order) {
                    Some((place, Some(change))) if *end == End::Rejected => {
                        self.drop_change(place, change, true)
                    }
                    // That a change is not known says nothing about its order.
                    Some((_, Some(_))) if *end == End::Unknown => {}
                    Some((place, _)) if *end == End::Unknown && self.just_sent(place) => {}
                    Some((place, _)) => self.finish(place),
                    None => {}
                }
            }
            Input::Fill(fill) => self.take_fill(fill),
            Input::Cumulative(report) => self.take_cumulative(report),
            Input::Bust(bust) => self.take_bust(bust),
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

    /// Whether a price is believed: near the last good one, or the last of enough that agree with the first of them, for
    /// long enough. One that is not is doubted, and one that is ends all doubt.
    fn believes(&mut self, instrument: usize, price: i128) -> bool {
        let limit = self.instrument(instrument).reference_jump_bps_max.map(i128::from);
        let (Some(bps), Some((mark, _))) = (limit, self.mark(instrument)) else { return true };
        let near = |price: i128, of: i128| (price - of).abs() * 10_000 <= of.abs() * bps;
        let mut believed = near(price, mark);
        if !believed {
            let own: Vec<_> = self.doubted.iter().filter(|(of, ..)| *of == instrument).copied().collect();
            if own.first().is_some_and(|(_, first, _)| !near(price, *first)) {
                self.doubted.retain(|(of, ..)| *of != instrument);
            }
            self.doubted.push((instrument, price, self.last));
            let own: Vec<_> = self.doubted.iter().filter(|(of, ..)| *of == instrument).collect();
            let settings = &self.config.settings;
            let long =
                i64::try_from(settings.reference_confirm_ms).unwrap_or(i64::MAX).saturating_mul(1_000_000);
            let enough = usize::try_from(settings.reference_confirmations).unwrap_or(usize::MAX);
            believed = own.len() >= enough && self.last.saturating_sub(own[0].2) >= long;
        }
        if believed {
            self.doubted.retain(|(of, ..)| *of != instrument);
        }
        believed
    }

    /// Whether the last price of an instrument is doubted.
    pub(super) fn is_suspect(&self, instrument: usize) -> bool {
        self.doubted.iter().any(|(of, ..)| *of == instrument)
    }

    /// The venue states an order's total: what is open then, where that is more than was approved.
    fn raised(&self, place: usize, quantity: rust_decimal::Decimal) -> Option<i128> {
        let order = &self.orders[place];
        let total = Ratio::of(quantity).round(self.instrument(order.instrument).quantity_scale, Toward::Away);
        let now = order.now();
        let open = (total - now.filled).max(0);
        (open > now.open && open > now.total - now.filled).then_some(open)
    }

    /// More than was approved is open at once, and the account only closes.
    fn raise(&mut self, place: usize, open: i128) {
        let account = self.handles.accounts[self.orders[place].account];
        if self.orders[place].is_permit() {
            self.happens(place, Happened::Sent { at: self.last });
        }
        let total = open + self.orders[place].now().filled;
        self.happens(place, Happened::Raised { open, total });
        let reason = "the venue works more than was approved";
        self.stop(risk_core::Scope::Account(account), risk_core::TradingState::Reducing, reason);
    }

    pub(super) fn price(&self, instrument: usize, price: rust_decimal::Decimal, toward: Toward) -> i128 {
        Ratio::of(price).round(self.instrument(instrument).price_scale, toward)
    }

    /// A finer quote is seen wider than it is.
    fn take_quote(&mut self, quote: &Quote) {
        let instrument =
            self.instrument_place(quote.instrument).expect("generated quotes name known instruments");
        let bid = quote.bid.map(|bid| self.price(instrument, bid, Toward::Floor));
        let ask = quote.ask.map(|ask| self.price(instrument, ask, Toward::Ceiling));
        if let (Some(bid), Some(ask), MarkSource::Quote) = (bid, ask, self.instrument(instrument).mark_source)
            && bid < ask
        {
            let mid = Ratio::units(5 * (bid + ask), 1).round(0, Toward::Away);
            if !self.believes(instrument, mid) {
                return;
            }
        }
        self.quotes.push(Quoted { instrument, bid, ask, at: quote.at.nanos(), whole: *quote });
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
        self.note_end(place);
        self.close(place);
        self.happens(place, Happened::Ended { at: self.last, remembered: true });
    }

    fn take_snapshot(&mut self, snapshot: &Snapshot) {
        let account = self.account_place(snapshot.account).expect("generated snapshots name known accounts");
        self.account_for(account);
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
