//! What venues report, and cancels: also late, repeated, too large, or of nothing known.

use risk_core::{
    AccountHandle, Booking, Bust, Corrected, Cumulative, End, Fill, Id, Input, OrderHandle, OrderRef, Origin,
    Side,
};

use super::play::{Action, Play};
use super::world::dec;

impl Play {
    /// The venue reports: accepted, executed in part, in full or beyond, ended, and reports that are late, repeated or
    /// of nothing known.
    pub(super) fn plan_report(&mut self) {
        let count = self.model.approved();
        if count == 0 {
            return self.plan_stranger();
        }
        let latest = count.saturating_sub(12);
        let place = self.rng.usize(latest..count);
        let live = self.model.order_state(place) != risk_core::OrderState::Ended;
        // By its handle an order that has ended is known only until its place is used again.
        let order = if live { self.named(place) } else { self.named_by_id(place) };
        match self.rng.u32(0..20) {
            0..4 => {
                // Mostly for what was approved; more than that sets the account to reducing.
                let all = i64::try_from(self.model.approved_quantity(place)).unwrap_or(1);
                let (_, _, instrument) = self.model.parties(place);
                let scale = self.config.instruments[instrument].quantity_scale;
                let total = if self.chance(10) { all + self.step() } else { all };
                let quantity = self.chance(40).then(|| dec(total.max(1), scale));
                self.plan.push_back(Action::Ingest(Input::Accepted { order, quantity }));
            }
            4..7 => {
                let end = *self
                    .rng
                    .choice(&[End::Cancelled, End::Rejected, End::Expired, End::Unknown])
                    .unwrap_or(&End::Cancelled);
                self.plan.push_back(Action::Ingest(Input::Done { order, end }));
            }
            7 if self.chance(40) => self.plan_stranger(),
            8 => self.plan_bust(place),
            9 if live || self.chance(30) => self.plan_cumulative(place, order),
            _ if live || self.chance(15) => self.plan_fill(place, order),
            _ => {}
        }
    }

    pub(super) fn plan_fill(&mut self, place: usize, order: OrderRef) {
        let (account, strategy, instrument) = self.model.parties(place);
        if !self.model.can_book(account, instrument) && !self.chance(15) {
            return;
        }
        let (open, side) = (i64::try_from(self.model.open(place)).unwrap_or(1), self.model.order(place).side);
        let lot = self.unit(instrument, false);
        let near = self.chance(70);
        self.drew("plan_fill", near);
        let units = if near { open + self.step() * lot } else { self.rng.i64(1..=open.max(1)) };
        let of = self.config.instruments[instrument].clone();
        let tick = self.unit(instrument, true);
        let mark = self.model.mark_of(instrument).and_then(|mark| i64::try_from(mark).ok());
        let mark = mark.unwrap_or(self.mids[instrument]);
        let price = mark + self.rng.i64(-20..=20) * tick;
        let price = if of.negative_prices && is_sure(&order) { price } else { price.max(1) };
        self.names += 1;
        let repeated = self.chance(6);
        let execution = Id::new(&format!(
            "x{}",
            self.names - if repeated { self.rng.u64(0..self.names.min(6)) } else { 0 }
        ));
        let handles = self.model.handles();
        let booking = Some(Booking {
            account: handles.accounts[account],
            strategy: handles.strategies[strategy].1,
            instrument: handles.instruments[instrument],
            side,
            parent: self.model.order(place).parent,
        });
        let mut fill =
            Fill::new(order, execution, dec(units.max(1), of.quantity_scale), dec(price, of.price_scale));
        fill.fee = if of.inverse { dec(self.rng.i64(-10..100), 8) } else { dec(self.rng.i64(-100..900), 2) };
        fill.booking = booking;
        if self.chance(3) {
            fill.origin = Origin::Venue;
        }
        // Facts may be finer than the instrument: they are rounded against the trader.
        match self.rng.u32(0..30) {
            0 => fill.price += dec(self.rng.i64(1..10), of.price_scale + 1),
            1 => fill.quantity += dec(self.rng.i64(1..10), of.quantity_scale + 1),
            2 => fill.fee += dec(self.rng.i64(-9..10), 16),
            _ => {}
        }
        self.drew("plan_fill", false);
        self.plan.push_back(Action::Ingest(Input::Fill(fill)));
    }

    /// How much of an order is executed so far: also less than before, the same again, or too much.
    fn plan_cumulative(&mut self, place: usize, order: OrderRef) {
        let (account, strategy, instrument) = self.model.parties(place);
        if !self.model.can_book(account, instrument) {
            return;
        }
        let of = self.config.instruments[instrument].clone();
        let (lot, tick) = (self.unit(instrument, false), self.unit(instrument, true));
        let all = i64::try_from(self.model.approved_quantity(place)).unwrap_or(1);
        let units = self.rng.i64(1..=all.max(1)) + if self.chance(8) { lot } else { 0 };
        let mark = self.model.mark_of(instrument).and_then(|mark| i64::try_from(mark).ok());
        let price = mark.unwrap_or(self.mids[instrument]) + self.rng.i64(-20..=20) * tick;
        let price = if of.negative_prices && is_sure(&order) { price } else { price.max(1) };
        let handles = self.model.handles();
        let booking = Booking {
            account: handles.accounts[account],
            strategy: handles.strategies[strategy].1,
            instrument: handles.instruments[instrument],
            side: self.model.order(place).side,
            parent: self.model.order(place).parent,
        };
        let mut report = Cumulative::new(order, dec(units, of.quantity_scale), dec(price, of.price_scale));
        report.booking = self.chance(95).then_some(booking);
        if self.chance(40) {
            report.fees = Some(dec(self.rng.i64(-100..900), if of.inverse { 8 } else { 2 }));
        }
        if self.chance(50) {
            report.average_price += dec(self.rng.i64(1..10), of.price_scale + 2);
        }
        self.drew("plan_cumulative", false);
        self.plan.push_back(Action::Ingest(Input::Cumulative(report)));
    }

    /// An execution of not long ago was none, or another one.
    fn plan_bust(&mut self, place: usize) {
        let (account, _, instrument) = self.model.parties(place);
        let back = self.rng.usize(0..3);
        let known = self.model.recent_execution(account, back);
        let execution = known.unwrap_or_else(|| Id::new("nobody-knows-it"));
        let of = self.config.instruments[instrument].clone();
        let (quantity, price) = (
            dec(self.unit(instrument, false) * 2, of.quantity_scale),
            dec(self.mids[instrument].max(1), of.price_scale),
        );
        let corrected = Corrected { quantity, price, fee: dec(self.rng.i64(-9..90), 2) };
        let bust = Bust {
            account: self.model.handles().accounts[account],
            execution,
            instead: self.chance(40).then_some(corrected),
        };
        // One that nobody remembers halts the account: seldom.
        if self.model.remembers(&bust) || self.chance(3) {
            self.drew("plan_bust", false);
            self.plan.push_back(Action::Ingest(Input::Bust(bust)));
        }
    }

    /// An execution or a report of an order that nobody knows.
    pub(super) fn plan_stranger(&mut self) {
        let handles = self.model.handles().clone();
        let account = self.rng.usize(0..handles.accounts.len());
        let strategy = self.rng.usize(0..handles.strategies.len());
        let instrument = self.rng.usize(0..handles.instruments.len());
        let id = Id::new(&format!("stranger-{}", self.rng.u32(0..20)));
        let order = match self.rng.u32(0..3) {
            0 => OrderRef::Handle(OrderHandle::default()),
            1 => OrderRef::Client { account: AccountHandle::default(), id },
            _ => OrderRef::Client { account: handles.accounts[account], id },
        };
        if self.chance(40) {
            self.plan.push_back(Action::Ingest(Input::Accepted { order, quantity: None }));
            return;
        }
        self.names += 1;
        let lot = self.unit(instrument, false);
        let of = &self.config.instruments[instrument];
        let (quantity, price) = (dec(lot * 3, of.quantity_scale), dec(self.mids[instrument], of.price_scale));
        let mut fill = Fill::new(order, Id::new(&format!("x{}", self.names)), quantity, price);
        if self.model.can_book(account, instrument) && self.chance(70) {
            let side = if self.rng.bool() { Side::Buy } else { Side::Sell };
            let (account, strategy) = (handles.accounts[account], handles.strategies[strategy].1);
            let instrument = handles.instruments[instrument];
            let name = self.rng.u32(0..8);
            let parent = (name < 4).then(|| Id::new(&format!("parent-{name}")));
            fill.booking = Some(Booking { account, strategy, instrument, side, parent });
        } else if self.chance(70) {
            return;
        }
        self.drew("plan_stranger", false);
        self.plan.push_back(Action::Ingest(Input::Fill(fill)));
    }

    pub(super) fn plan_cancel(&mut self) {
        if !self.outbounds.is_empty() && self.chance(15) {
            let place = self.rng.usize(0..self.outbounds.len());
            return self.plan.push_back(Action::Abandon(place));
        }
        let count = self.model.approved();
        if count > 0 {
            let place = self.rng.usize(count.saturating_sub(12)..count);
            let order = self.named(place);
            self.plan.push_back(Action::Cancel(order));
        }
    }
}

/// Whether a report means the order that it was drawn for. A client order id may have been used again since, in an
/// instrument that has no prices below zero.
fn is_sure(order: &OrderRef) -> bool {
    matches!(order, OrderRef::Handle(_))
}
