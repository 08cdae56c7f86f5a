//! Positions that change without an order: splits, settlements and expiries of an instrument, and transfers from one
//! strategy to another. Nothing here makes a profit or a loss that the mark had not made before.

use rust_decimal::Decimal;

use crate::book::{Book, Owner};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::IngestError;
use crate::handle::{InstrumentHandle, StrategyHandle};
use crate::instrument::{Status, Traded};
use crate::num::{Money, Price, Quantity, Round};
use crate::order::{Field, Kind, Order, Side};
use crate::read::{read_price, read_quantity};
use crate::record::Journal;
use crate::reservation::OrderState;
use crate::state::{QuoteState, State, at, at_mut};
use crate::text::Id;

/// What happens to an instrument, and so to everybody who holds it or has orders in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Adjustment {
    /// Each `from` units have become `to`: 1 to 4 is a split, 10 to 1 a reverse one, 20 to 21 a dividend in shares.
    ///
    /// Quantities grow and prices fall by it: positions, orders that live and what is known of those that have ended,
    /// parents, the daily volume, the quote and the mark. Fractions round against the trader: positions and orders away
    /// from zero, and what that adds costs what it is worth. A payment in lieu is for a [`Snapshot`](crate::Snapshot). Permits that were
    /// not redeemed are stale (PERMIT_STALE). Limits in units of the instrument are nobody's but their owner's: change
    /// them with it. Not for inverse contracts, whose value does not follow.
    Split {
        /// How many units before, above zero.
        from: u32,
        /// How many units they are now, above zero.
        to: u32,
    },
    /// Gains and losses up to a price are paid, as for futures every day: the mark moves there, positions stay, cost
    /// that much from now on, and what they had made or lost is realised. Orders go on.
    Settled {
        /// In the quote asset.
        #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
        price: Decimal,
    },
    /// It has ended: positions are paid out at a price and are no more, orders have ended, permits that were not redeemed
    /// are stale (PERMIT_STALE), and the instrument is [`Status::CloseOnly`].
    Expired {
        /// In the quote asset; 0 where it ended worthless.
        #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
        price: Decimal,
    },
}

/// A position goes from one strategy to another of the same account, without an order and at the mark: what it has made
/// or lost stays with the strategy that held it, as realised. Costs nothing, and the account does not notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Transfer {
    /// Whose it was.
    pub from: StrategyHandle,
    /// Whose it is.
    pub to: StrategyHandle,
    /// In what.
    pub instrument: InstrumentHandle,
    /// How much of what `from` holds, long or short; above zero and not more than that.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    pub quantity: Decimal,
    /// Who says so.
    pub by: Id,
}

/// An adjustment that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ReadAdjustment {
    Split { ratio: Ratio, rounded: bool },
    Settled { price: Price },
    Expired { price: Price },
}

/// A transfer that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadTransfer {
    from: u32,
    to: u32,
    instrument: u32,
    /// What the first strategy gives away.
    side: Side,
    quantity: Quantity,
    mark: Price,
}

/// What one unit becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ratio {
    from: u32,
    to: u32,
}

impl Ratio {
    fn inverted(self) -> Self {
        Self { from: self.to, to: self.from }
    }

    /// A number of units; what leaves the 64 bits stays at their end.
    fn of(self, units: i64, round: Round) -> i64 {
        let product = i128::from(units).saturating_mul(i128::from(self.to));
        let under = i128::from(self.from);
        let whole = product.checked_div(under).unwrap_or(product);
        let left = product.checked_rem(under).unwrap_or(0);
        let away = if round == Round::Up { left.signum() } else { 0 };
        let limit = if product < 0 { i64::MIN } else { i64::MAX };
        i64::try_from(whole.saturating_add(away)).unwrap_or(limit)
    }

    fn quantity(self, quantity: Quantity, round: Round) -> Quantity {
        Quantity(self.of(quantity.0, round))
    }

    /// Prices go the other way.
    fn price(self, price: Price) -> Price {
        Price(self.inverted().of(price.0, Round::Up))
    }

    fn is_exact(self, units: i64) -> bool {
        self.of(units, Round::Up) == self.of(units, Round::Down)
    }

    fn decimal(self, value: Decimal, places: u32) -> Decimal {
        let product = value.checked_mul(self.to.into());
        let scaled = product.and_then(|product| product.checked_div(self.from.into()));
        scaled.map_or(value, |scaled| {
            scaled.round_dp_with_strategy(places, rust_decimal::RoundingStrategy::AwayFromZero).normalize()
        })
    }

    /// An order as it is now.
    fn order(self, order: &mut Order, traded: &Traded) {
        order.quantity = self.decimal(order.quantity, traded.quantity_scale);
        order.parent_quantity = order.parent_quantity.map(|whole| self.decimal(whole, traded.quantity_scale));
        let price = |value: &mut Decimal| *value = self.inverted().decimal(*value, traded.price_scale);
        match &mut order.kind {
            Kind::Market => {}
            Kind::Limit { price: limit } => price(limit),
            Kind::Stop { trigger } => price(trigger),
            Kind::StopLimit { trigger, price: limit } => {
                price(trigger);
                price(limit);
            }
        }
    }
}

impl<C: Clock, J: Journal> Engine<C, J> {
    pub(crate) fn read_adjustment(
        &self,
        instrument: InstrumentHandle,
        how: &Adjustment,
    ) -> Result<(u32, ReadAdjustment), IngestError> {
        let place = instrument.index_in(self.tag).ok_or(IngestError::Unknown("instrument"))?;
        let of = at(&self.state.instruments, place).ok_or(IngestError::Unknown("instrument"))?;
        let traded = &of.traded;
        let read = match *how {
            Adjustment::Split { from, to } => {
                let wrong =
                    |field, value: u32, problem| IngestError::Number { field, value: value.into(), problem };
                for (field, value) in [("from", from), ("to", to)] {
                    if value == 0 {
                        return Err(wrong(field, value, "is not above zero"));
                    }
                }
                if traded.valuer.is_inverse() {
                    return Err(wrong("to", to, "splits an inverse contract"));
                }
                let ratio = Ratio { from, to };
                let rounded = !self.state.books_in(place).all(|(_, book)| ratio.is_exact(book.position.0));
                ReadAdjustment::Split { ratio, rounded }
            }
            Adjustment::Settled { price } => {
                ReadAdjustment::Settled { price: read_price("price", price, traded, Round::Up)?.0 }
            }
            Adjustment::Expired { price } if price == Decimal::ZERO => {
                ReadAdjustment::Expired { price: Price(0) }
            }
            Adjustment::Expired { price } => {
                ReadAdjustment::Expired { price: read_price("price", price, traded, Round::Up)?.0 }
            }
        };
        Ok((place, read))
    }

    pub(crate) fn read_transfer(&self, transfer: &Transfer) -> Result<ReadTransfer, IngestError> {
        let state = &self.state;
        if !transfer.by.is_valid() {
            return Err(IngestError::Text(Field::Id));
        }
        let unknown = || IngestError::Unknown("strategy");
        let from = transfer.from.index_in(self.tag).ok_or_else(unknown)?;
        let to = transfer.to.index_in(self.tag).ok_or_else(unknown)?;
        let account = at(&state.strategies, from).ok_or_else(unknown)?.account;
        if from == to || at(&state.strategies, to).ok_or_else(unknown)?.account != account {
            return Err(IngestError::Unknown("second strategy of the account"));
        }
        let place = transfer.instrument.index_in(self.tag).ok_or(IngestError::Unknown("instrument"))?;
        let instrument = at(&state.instruments, place).ok_or(IngestError::Unknown("instrument"))?;
        let wrong = |problem| IngestError::Number { field: "quantity", value: transfer.quantity, problem };
        let (quantity, rounded) = read_quantity("quantity", transfer.quantity, &instrument.traded)?;
        if quantity.0 <= 0 {
            return Err(wrong("is not above zero"));
        }
        let held = state.book(Owner::Strategy(from), place).and_then(|book| at(&state.books, book));
        let held = held.map_or(Quantity::ZERO, |book| book.position);
        if rounded || quantity.abs() > held.abs() {
            return Err(wrong("is more than the strategy holds, or finer than the instrument"));
        }
        let mark = instrument.mark.ok_or(IngestError::Unknown("mark"))?;
        let currency = at(&state.accounts, account).map_or(u32::MAX, |account| account.currency);
        state.rate(instrument.traded.quote, currency).ok_or(IngestError::Unknown("rate"))?;
        if state.book(Owner::Strategy(to), place).is_none() && state.room_for_books() == 0 {
            return Err(IngestError::Full("book"));
        }
        let side = if held.0 > 0 { Side::Sell } else { Side::Buy };
        Ok(ReadTransfer { from, to, instrument: place, side, quantity, mark })
    }
}

impl State {
    /// The books in an instrument, with their places.
    fn books_in(&self, instrument: u32) -> impl Iterator<Item = (u32, &Book)> {
        let found = |index: u32| at(&self.books, index).map(|book| (index, book));
        let first = at(&self.instruments, instrument).and_then(|instrument| instrument.holders);
        core::iter::successors(first.and_then(found), move |(_, book)| book.next.and_then(found))
    }

    /// Adjusts an instrument. Nothing where it could not be applied in full.
    pub(crate) fn adjust(&mut self, instrument: u32, how: ReadAdjustment) -> Option<()> {
        match how {
            ReadAdjustment::Split { ratio, .. } => self.split(instrument, ratio),
            ReadAdjustment::Settled { price } => {
                let place = at_mut(&mut self.instruments, instrument)?;
                (place.mark, place.suspect) = (Some(price), None);
                self.pay_out(instrument, price, Book::settle)
            }
            ReadAdjustment::Expired { price } => {
                self.end_orders_in(instrument);
                let seq = self.seq;
                let place = at_mut(&mut self.instruments, instrument)?;
                (place.status, place.tightened) = (Status::CloseOnly, seq);
                self.pay_out(instrument, price, Book::expire)
            }
        }
    }

    /// Realises what every position has made at a price. What stands between two books is no equity: peaks follow when
    /// all are paid.
    fn pay_out(
        &mut self,
        instrument: u32,
        price: Price,
        pay: fn(&mut Book, &Traded, Price) -> Option<Money>,
    ) -> Option<()> {
        let traded = at(&self.instruments, instrument)?.traded;
        let mut whole = Some(());
        let mut next = at(&self.instruments, instrument)?.holders;
        while let Some(index) = next {
            let mut book = *at(&self.books, index)?;
            next = book.next;
            let Some(realised) = pay(&mut book, &traded, price) else {
                whole = None;
                continue;
            };
            self.put(index, book);
            let currency = at(&self.accounts, self.account_of(book.owner)).map_or(u32::MAX, |a| a.currency);
            let realised = self.rate(traded.quote, currency).and_then(|rate| rate.convert_against(realised));
            whole = whole.and(realised.map(|_| ()));
            whole = whole.and(self.realise(book.owner, realised.unwrap_or(Money::ZERO)));
        }
        self.touch_holders(instrument);
        whole
    }

    /// Money made or lost for good.
    fn realise(&mut self, owner: Owner, profit: Money) -> Option<()> {
        let sum = match owner {
            Owner::Account(account) => &mut at_mut(&mut self.accounts, account)?.balance,
            Owner::Strategy(strategy) => &mut at_mut(&mut self.strategies, strategy)?.realised,
        };
        *sum = sum.plus(profit)?;
        Some(())
    }

    /// Every order in an instrument that was sent has ended.
    fn end_orders_in(&mut self, instrument: u32) {
        for slot in self.reservation.slots() {
            let Some(hold) = self.reservation.hold(slot) else { return };
            let sent = matches!(hold.state, OrderState::Sent | OrderState::Working);
            if sent && hold.instrument == instrument {
                self.finish(slot);
            }
        }
    }

    fn split(&mut self, instrument: u32, ratio: Ratio) -> Option<()> {
        // Half of what fits leaves room for every fraction that is rounded up.
        let fits = |units: i64| ratio.of(units, Round::Up).unsigned_abs() < i64::MAX.unsigned_abs() >> 1;
        let of = at(&self.instruments, instrument)?;
        let priced =
            of.mark.is_none_or(|mark| fits(mark.0) && ratio.inverted().of(mark.0, Round::Up) < i64::MAX);
        let counted = |book: &Book| {
            book.worst_quantity().is_some_and(|worst| i64::try_from(worst).is_ok_and(fits))
                && fits(book.kept_buys.0)
                && fits(book.kept_sells.0)
        };
        if !priced || !self.books_in(instrument).all(|(_, book)| counted(book)) {
            return None;
        }
        let (traded, mark) = (of.traded, of.mark.map(|mark| ratio.price(mark)));
        for slot in self.reservation.slots() {
            self.split_order(slot, instrument, ratio, &traded);
        }
        let before = core::mem::replace(&mut at_mut(&mut self.instruments, instrument)?.mark, mark);
        self.split_positions(instrument, ratio, before.zip(mark));
        self.split_memories(instrument, ratio);
        let place = at_mut(&mut self.instruments, instrument)?;
        // A permit is for what was judged, and that is another quantity now.
        place.tightened = self.seq;
        place.suspect = None;
        place.daily_volume = place.daily_volume.map(|volume| ratio.quantity(volume, Round::Down));
        if let Some(QuoteState { bid, ask, .. }) = &mut place.quote {
            *bid = bid.map(|bid| Price(ratio.inverted().of(bid.0, Round::Down)));
            *ask = ask.map(|ask| ratio.price(ask));
        }
        self.revalue_holders(instrument);
        Some(())
    }

    fn split_order(&mut self, slot: u32, instrument: u32, ratio: Ratio, traded: &Traded) {
        let Some(hold) = self.reservation.hold(slot).copied() else { return };
        if hold.instrument != instrument || hold.state == OrderState::Ended {
            return;
        }
        let open = ratio.quantity(hold.open, Round::Up);
        let ask = self.ask_of(&hold);
        for index in hold.books {
            if let Some(mut book) = at(&self.books, index).copied() {
                book.take_off(ask, hold.open, Money::ZERO);
                // It was seen to fit.
                let _ = book.put_on(ask, open, Money::ZERO);
                self.put(index, book);
            }
        }
        let up = |quantity: Quantity| ratio.quantity(quantity, Round::Up);
        let mut total = self.reservation.total(slot);
        total.split(|units, round| ratio.of(units, round));
        self.reservation.set_total(slot, total);
        self.reservation.change(slot, |hold, order| {
            hold.open = open;
            hold.approved = up(hold.approved);
            hold.openings = hold.openings.map(up);
            ratio.order(order, traded);
        });
        self.versions.change(hold.versions, |version| {
            (version.total, version.open) = (up(version.total), up(version.open));
            version.openings = version.openings.map(up);
            ratio.order(&mut version.order, traded);
        });
        self.enter_again(slot);
    }

    /// Positions of strategies still add up to their account's: each gets what the sum up to it grows by.
    fn split_positions(&mut self, instrument: u32, ratio: Ratio, marks: Option<(Price, Price)>) {
        let mut next = at(&self.instruments, instrument).and_then(|instrument| instrument.holders);
        while let Some(whole) = next {
            let Some(book) = at(&self.books, whole).copied() else { return };
            next = book.next;
            if !matches!(book.owner, Owner::Account(_)) {
                continue;
            }
            self.split_position(whole, ratio.quantity(book.position, Round::Up), marks);
            let mut sum = 0_i64;
            let mut inner = at(&self.instruments, instrument).and_then(|instrument| instrument.holders);
            while let Some(index) = inner {
                let Some(own) = at(&self.books, index).copied() else { return };
                inner = own.next;
                if !matches!(own.owner, Owner::Strategy(_)) || own.whole != whole {
                    continue;
                }
                let before = ratio.of(sum, Round::Up);
                sum = sum.saturating_add(own.position.0);
                let position = ratio.of(sum, Round::Up).saturating_sub(before);
                self.split_position(index, Quantity(position), marks);
            }
        }
    }

    /// Another position, with the profit that it had; where nothing is left of it, that is realised.
    fn split_position(&mut self, index: u32, position: Quantity, marks: Option<(Price, Price)>) {
        let Some(mut book) = at(&self.books, index).copied() else { return };
        let Some(instrument) = at(&self.instruments, book.instrument) else { return };
        let (traded, owner) = (instrument.traded, book.owner);
        let made = marks.and_then(|(before, _)| book.unrealised_at(&traded, before));
        book.position = position;
        if position.0 == 0 {
            book.cost = Money::ZERO;
            let currency = at(&self.accounts, self.account_of(owner)).map_or(u32::MAX, |a| a.currency);
            let rate = self.rate(traded.quote, currency);
            let made = rate.zip(made).and_then(|(rate, made)| rate.convert_against(made));
            let _ = self.realise(owner, made.unwrap_or(Money::ZERO));
        } else if let (Some((_, after)), Some(made)) = (marks, made) {
            // What it makes now beyond that is what was rounded: it counts as paid for.
            let beyond = book.unrealised_at(&traded, after).and_then(|now| now.minus(made));
            book.cost = beyond.and_then(|beyond| book.dearer_by(beyond, &traded)).unwrap_or(book.cost);
        }
        self.put(index, book);
        // Where something is left its owner follows when it is valued anew.
        if position.0 == 0 {
            self.touch(owner);
        }
    }

    /// What is remembered of executions, orders that have ended and parents.
    fn split_memories(&mut self, instrument: u32, ratio: Ratio) {
        let units = |units, round| ratio.of(units, round);
        for executed in self.executions.values_mut().filter(|kept| kept.target.instrument == instrument) {
            let amounts = &mut executed.amounts;
            amounts.quantity = ratio.quantity(amounts.quantity, Round::Up);
            amounts.price = ratio.price(amounts.price);
        }
        for past in self.past.values_mut().filter(|kept| kept.target.instrument == instrument) {
            past.total.split(units);
        }
        self.parents.split(instrument, units);
    }

    pub(crate) fn transfer(&mut self, transfer: &ReadTransfer) -> Option<()> {
        let ReadTransfer { from, to, instrument, side, quantity, mark } = *transfer;
        let traded = at(&self.instruments, instrument)?.traded;
        let mut whole = Some(());
        for (strategy, side) in [(from, side), (to, side.opposite())] {
            let owner = Owner::Strategy(strategy);
            let index = self.open_book(owner, instrument)?;
            let mut book = *at(&self.books, index)?;
            let realised = book.execute(&traded, side, quantity, mark)?;
            self.put(index, book);
            let currency = at(&self.accounts, self.account_of(owner))?.currency;
            let realised = self.rate(traded.quote, currency)?.convert_against(realised)?;
            whole = whole.and(self.realise(owner, realised));
            self.touch(owner);
        }
        whole
    }
}

impl Book {
    /// What it would have cost to make so much less.
    fn dearer_by(&self, less: Money, traded: &Traded) -> Option<Money> {
        let long = (self.position.0 > 0) != traded.valuer.is_inverse();
        if long { self.cost.plus(less) } else { self.cost.minus(less) }
    }

    /// What the position has made at a price; it costs that much from now on.
    fn settle(&mut self, traded: &Traded, price: Price) -> Option<Money> {
        let made = self.unrealised_at(traded, price)?;
        self.cost = self.dearer_by(made, traded)?;
        Some(made)
    }

    /// What the position has made at a price; it is no more.
    fn expire(&mut self, traded: &Traded, price: Price) -> Option<Money> {
        let made = self.unrealised_at(traded, price)?;
        (self.position, self.cost) = (Quantity::ZERO, Money::ZERO);
        Some(made)
    }
}
