//! How inputs come in: checked, recorded, applied. What a fact says is never a reason to refuse it.

use rust_decimal::Decimal;

use crate::book::Owner;
use crate::clock::{Clock, Timestamp};
use crate::engine::Engine;
use crate::error::{ConfigError, IngestError};
use crate::halt::{Cause, Scope, TradingState};
use crate::handle::AccountHandle;
use crate::input::{
    Anomaly, Booking, Fill, Holding, HostFigures, Ingested, Input, LimitsOf, OrderRef, Quote, Snapshot,
};
use crate::instrument::{MarkSource, QuoteField, Traded};
use crate::limits::{Compiled, Level, Limits};
use crate::num::{self, Misfit, Money, Price, Quantity, Rate, Round};
use crate::order::{Field, Side};
use crate::record::{Event, Journal};
use crate::reservation::{Hold, OrderState};
use crate::state::{Host, QuoteState, State, at, at_mut};
use crate::table::keyed;
use crate::text::Note;

/// An input whose numbers and handles have been read.
enum Read {
    Quote { instrument: u32, quote: QuoteState, mark: Option<Price>, rounded: bool },
    Mark { instrument: u32, price: Price, at: Timestamp, rounded: bool },
    Rate { from: u32, to: u32, rate: Rate },
    Balance { account: u32, balance: Money },
    Flow { account: u32, amount: Money },
    Host { account: u32, host: Host },
    Accepted { slot: Option<u32> },
    Fill(ReadFill),
    Done { slot: Option<u32> },
    Snapshot { account: u32, balance: Option<Money> },
    DayRoll,
    Limits { of: LimitsOf, compiled: Compiled },
    Status,
}

/// An execution that has been read: where it goes, and how much.
struct ReadFill {
    slot: Option<u32>,
    target: Option<Target>,
    key: [u64; 2],
    quantity: Quantity,
    price: Price,
    fee: Money,
    rounded: bool,
    late: bool,
}

/// Where an execution is booked.
#[derive(Clone, Copy)]
struct Target {
    account: u32,
    strategy: u32,
    instrument: u32,
    side: Side,
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Takes in what the outside tells, at the clock's time.
    ///
    /// # Errors
    /// A malformed input: an unknown handle, a number that is none, a text that is no identifier. It changed nothing.
    /// Facts are applied also when the journal has failed (the firm is halted then) and when the clock is dead.
    pub fn ingest(&mut self, input: Input) -> Result<Ingested, IngestError> {
        let now = self.clock.now();
        self.ingest_at(input, now)
    }

    /// [`Engine::ingest`] at a given time.
    ///
    /// # Errors
    /// As [`Engine::ingest`].
    pub fn ingest_at(&mut self, input: Input, now: Option<Timestamp>) -> Result<Ingested, IngestError> {
        let time = self.advance(now);
        let read = self.read(&input)?;
        let mut effect = self.foresee(&read);
        // A loosened limit that is not on record would be a limit nobody can explain: it is the one input refused.
        let needs_record = matches!(read, Read::Limits { .. });
        if self.record(time, Event::Ingested { input: input.clone(), effect }).is_err() && needs_record {
            return Err(IngestError::Unrecorded);
        }
        if effect.anomaly.is_some() {
            self.state.anomalies = self.state.anomalies.saturating_add(1);
        }
        self.apply(&input, read, &mut effect);
        Ok(effect)
    }

    /// What will become of an input, as far as it can be told before it is applied: this goes on record.
    fn foresee(&self, read: &Read) -> Ingested {
        let mut effect = Ingested::default();
        match read {
            Read::Quote { rounded, .. } | Read::Mark { rounded, .. } => effect.rounded = *rounded,
            Read::Accepted { slot: None } | Read::Done { slot: None } => {
                effect.anomaly = Some(Anomaly::UnknownOrder)
            }
            Read::Fill(fill) => {
                effect.rounded = fill.rounded;
                effect.repeated = self.state.executions.table.get(fill.key).is_some();
                let open = fill.slot.and_then(|slot| self.state.reservation.hold(slot)).map(|hold| hold.open);
                effect.anomaly = match (effect.repeated, fill.target, open) {
                    (true, _, _) => None,
                    (false, None, _) => Some(Anomaly::NotApplied),
                    (false, Some(_), Some(open)) => (fill.quantity > open).then_some(Anomaly::OverFill),
                    (false, Some(_), None) if fill.late => Some(Anomaly::LateFill),
                    (false, Some(_), None) => Some(Anomaly::UnknownOrder),
                };
            }
            _ => {}
        }
        effect
    }

    fn read(&self, input: &Input) -> Result<Read, IngestError> {
        let state = &self.state;
        let tag = self.tag;
        let account_of = |handle: AccountHandle| {
            let place = handle.index_in(tag).ok_or(IngestError::Unknown("account"))?;
            let account = at(&state.accounts, place).ok_or(IngestError::Unknown("account"))?;
            Ok((place, state.money_scale(account.currency)))
        };
        match input {
            Input::Quote(quote) => state.read_quote(quote, tag),
            Input::Mark { instrument, price, at: when } => {
                let place = instrument.index_in(tag).ok_or(IngestError::Unknown("instrument"))?;
                let traded = &at(&state.instruments, place).ok_or(IngestError::Unknown("instrument"))?.traded;
                let (price, rounded) = read_price("price", *price, traded, Round::Up)?;
                Ok(Read::Mark { instrument: place, price, at: *when, rounded })
            }
            Input::Rate { from, to, rate } => {
                let from = from.index_in(tag).ok_or(IngestError::Unknown("asset"))?;
                let to = to.index_in(tag).ok_or(IngestError::Unknown("asset"))?;
                let scales = (state.money_scale(from), state.money_scale(to));
                let wrong = |problem| IngestError::Number { field: "rate", value: *rate, problem };
                if from == to {
                    return Err(wrong("is between a currency and itself"));
                }
                if *rate <= Decimal::ZERO {
                    return Err(wrong("is not above zero"));
                }
                let rate = Rate::new(*rate, scales.0, scales.1).ok_or_else(|| wrong("is out of range"))?;
                Ok(Read::Rate { from, to, rate })
            }
            Input::Balance { account, balance } => {
                let (account, scale) = account_of(*account)?;
                Ok(Read::Balance { account, balance: read_money("balance", *balance, scale)? })
            }
            Input::Flow { account, amount } => {
                let (account, scale) = account_of(*account)?;
                Ok(Read::Flow { account, amount: read_money("amount", *amount, scale)? })
            }
            Input::Host(figures) => {
                let (account, scale) = account_of(figures.account)?;
                Ok(Read::Host { account, host: state.read_host(account, scale, figures)? })
            }
            Input::Accepted { order } => Ok(Read::Accepted { slot: self.find_order(order) }),
            Input::Done { order, .. } => Ok(Read::Done { slot: self.find_order(order) }),
            Input::Fill(fill) => self.read_fill(fill).map(Read::Fill),
            Input::Snapshot(snapshot) => {
                let (account, scale) = account_of(snapshot.account)?;
                let balance =
                    snapshot.balance.map(|value| read_money("balance", value, scale)).transpose()?;
                for holding in &snapshot.positions {
                    state.read_holding(holding, tag)?;
                }
                let books = u32::try_from(snapshot.positions.len()).unwrap_or(u32::MAX).saturating_mul(2);
                if state.room_for_books() < books {
                    return Err(IngestError::Full("book"));
                }
                Ok(Read::Snapshot { account, balance })
            }
            Input::DayRoll => Ok(Read::DayRoll),
            Input::Limits { of, limits, by, .. } => {
                if !by.is_valid() {
                    return Err(IngestError::Text(Field::Id));
                }
                let compiled = state.compile(*of, limits, tag)?;
                Ok(Read::Limits { of: *of, compiled })
            }
            Input::Status { instrument, by, .. } => {
                if !by.is_valid() {
                    return Err(IngestError::Text(Field::Id));
                }
                let place = instrument.index_in(tag).ok_or(IngestError::Unknown("instrument"))?;
                at(&state.instruments, place).ok_or(IngestError::Unknown("instrument"))?;
                Ok(Read::Status)
            }
        }
    }

    fn read_fill(&self, fill: &Fill) -> Result<ReadFill, IngestError> {
        if !fill.execution.is_valid() {
            return Err(IngestError::Text(Field::Id));
        }
        let slot = self.find_order(&fill.order);
        let ended = match fill.order {
            OrderRef::Handle(handle) if slot.is_none() && handle.engine == self.tag => {
                self.state.reservation.hold(handle.slot).filter(|hold| hold.generation == handle.generation)
            }
            OrderRef::Handle(_) | OrderRef::Client { .. } => None,
        };
        let of_hold = |hold: &Hold| Target {
            account: hold.account,
            strategy: hold.strategy,
            instrument: hold.instrument,
            side: hold.side(),
        };
        let target = match (slot.and_then(|slot| self.state.reservation.hold(slot)).or(ended), &fill.booking)
        {
            (Some(hold), _) => Some(of_hold(hold)),
            (None, Some(booking)) => self.booking(booking),
            (None, None) => None,
        };
        // What belongs to nothing known is kept apart by an account that cannot exist.
        let owner = match (target, fill.order) {
            (Some(target), _) => target.account,
            (None, OrderRef::Client { account, .. }) => account.ordinal(),
            (None, OrderRef::Handle(_)) => u32::MAX,
        };
        let mut read = ReadFill {
            slot,
            target,
            key: keyed(fill.execution.digest(), owner ^ 0x8000_0000),
            quantity: Quantity::ZERO,
            price: Price(0),
            fee: Money::ZERO,
            rounded: false,
            late: ended.is_some()
                || matches!((target, fill.order), (Some(t), OrderRef::Client { id, .. })
                if self.state.ids.table.get(keyed(id.digest(), t.account)).is_some()),
        };
        let Some(traded) = target.and_then(|t| at(&self.state.instruments, t.instrument)).map(|i| &i.traded)
        else {
            return Ok(read);
        };
        let against = if target.is_some_and(|t| t.side == Side::Buy) { Round::Up } else { Round::Down };
        let (price, price_rounded) = read_price("price", fill.price, traded, against)?;
        let (quantity, quantity_rounded) = read_quantity("quantity", fill.quantity, traded)?;
        if quantity.0 <= 0 {
            let problem = "is not above zero";
            return Err(IngestError::Number { field: "quantity", value: fill.quantity, problem });
        }
        read.fee = read_money("fee", fill.fee, traded.money_scale)?;
        read.price = price;
        read.quantity = quantity;
        read.rounded = price_rounded || quantity_rounded;
        Ok(read)
    }

    fn booking(&self, booking: &Booking) -> Option<Target> {
        let account = booking.account.index_in(self.tag)?;
        let unassigned = at(&self.state.accounts, account)?.unassigned;
        let strategy = booking
            .strategy
            .index_in(self.tag)
            .filter(|place| at(&self.state.strategies, *place).is_some_and(|s| s.account == account));
        let instrument = booking.instrument.index_in(self.tag)?;
        at(&self.state.instruments, instrument)?;
        Some(Target { account, strategy: strategy.unwrap_or(unassigned), instrument, side: booking.side })
    }

    fn apply(&mut self, input: &Input, read: Read, effect: &mut Ingested) {
        match read {
            Read::Quote { instrument, quote, mark, .. } => self.state.set_quote(instrument, quote, mark),
            Read::Mark { instrument, price, at: when, .. } => {
                let Some(place) = at_mut(&mut self.state.instruments, instrument) else { return };
                if place.traded.mark_source == MarkSource::Input {
                    place.mark_at = when;
                    let moved = place.mark.replace(price) != Some(price);
                    if moved {
                        self.state.revalue_holders(instrument);
                    }
                }
            }
            Read::Rate { from, to, rate } => self.state.set_rate(from, to, rate),
            Read::Balance { account, balance } => self.state.set_balance(account, balance),
            Read::Flow { account, amount } => {
                if self.state.add_flow(account, amount).is_none() {
                    self.cannot_apply(Scope::Account(AccountHandle::new(self.tag, account)), effect);
                }
            }
            Read::Host { account, host } => {
                if let Some(account) = at_mut(&mut self.state.accounts, account) {
                    account.host = host;
                }
            }
            Read::Accepted { slot } => {
                let hold = slot.and_then(|slot| self.state.reservation.hold_mut(slot));
                if let Some(hold) = hold
                    && hold.state == OrderState::Sent
                {
                    hold.state = OrderState::Working;
                }
            }
            Read::Done { slot } => {
                if let Some(slot) = slot {
                    self.state.finish(slot);
                }
            }
            Read::Fill(fill) => self.apply_fill(input, &fill, effect),
            Read::Snapshot { account, balance } => {
                if let Input::Snapshot(snapshot) = input {
                    self.apply_snapshot(account, balance, snapshot, effect);
                }
            }
            Read::DayRoll => self.state.roll_day(),
            Read::Limits { of, compiled } => {
                if let Input::Limits { limits, .. } = input {
                    self.state.set_limits(of, limits, compiled, self.tag);
                }
            }
            Read::Status => {
                if let Input::Status { instrument, status, .. } = input
                    && let Some(place) = instrument.index_in(self.tag)
                    && let Some(place) = at_mut(&mut self.state.instruments, place)
                {
                    place.status = *status;
                }
            }
        }
    }

    fn apply_fill(&mut self, input: &Input, fill: &ReadFill, effect: &mut Ingested) {
        if effect.repeated {
            return;
        }
        let Some(target) = fill.target else {
            // Nobody knows whose position it is: the narrowest scope that contains it stops.
            let scope = match input {
                Input::Fill(Fill { order: OrderRef::Client { account, .. }, .. })
                    if account.index_in(self.tag).is_some() =>
                {
                    Scope::Account(*account)
                }
                _ => Scope::Firm,
            };
            return self.cannot_apply(scope, effect);
        };
        if self.state.executions.table.is_full() {
            self.state.executions.forget_oldest();
        }
        let until = Timestamp::from_nanos(
            self.state.now.nanos().saturating_add(self.state.settings.duplicate_window),
        );
        self.state.executions.remember(fill.key, until);
        if let Some(slot) = fill.slot {
            self.state.use_hold(slot, fill.quantity);
        }
        let owners = [Owner::Account(target.account), Owner::Strategy(target.strategy)];
        let applied =
            self.state.execute(owners, target.instrument, target.side, fill.quantity, fill.price, fill.fee);
        let account = AccountHandle::new(self.tag, target.account);
        if applied.is_none() {
            self.cannot_apply(Scope::Account(account), effect);
        } else if effect.anomaly == Some(Anomaly::OverFill) {
            let reason = Note::new("more was executed than was approved");
            effect.latch =
                Some(self.pull(Scope::Account(account), TradingState::Reducing, Cause::Anomaly, reason));
        }
        let filled =
            fill.slot.filter(|slot| self.state.reservation.hold(*slot).is_some_and(|hold| hold.open.0 == 0));
        if let Some(slot) = filled {
            self.state.finish(slot);
        }
    }

    fn apply_snapshot(
        &mut self,
        account: u32,
        balance: Option<Money>,
        snapshot: &Snapshot,
        effect: &mut Ingested,
    ) {
        let books = u32::try_from(self.state.books.len()).unwrap_or(u32::MAX);
        let mut whole = Some(());
        for index in 0..books {
            let Some(book) = at(&self.state.books, index) else { continue };
            let instrument = book.instrument;
            let listed = |h: &Holding| h.instrument.index_in(self.tag) == Some(instrument);
            if book.owner == Owner::Account(account) && !snapshot.positions.iter().any(listed) {
                whole = whole.and(self.state.set_position(account, instrument, Quantity::ZERO, Money::ZERO));
            }
        }
        for holding in &snapshot.positions {
            let Ok((instrument, quantity, cost)) = self.state.read_holding(holding, self.tag) else {
                continue;
            };
            whole = whole.and(self.state.set_position(account, instrument, quantity, cost));
        }
        if let Some(balance) = balance {
            self.state.set_balance(account, balance);
        }
        if whole.is_none() {
            self.cannot_apply(Scope::Account(AccountHandle::new(self.tag, account)), effect);
        }
    }

    /// A fact that cannot be applied halts the narrowest scope that is known to contain it.
    fn cannot_apply(&mut self, scope: Scope, effect: &mut Ingested) {
        effect.anomaly = Some(Anomaly::NotApplied);
        let reason = Note::new("a fact could not be applied");
        effect.latch = Some(self.pull(scope, TradingState::Halted, Cause::Anomaly, reason));
    }
}

impl State {
    fn read_quote(&self, quote: &Quote, tag: u32) -> Result<Read, IngestError> {
        let place = quote.instrument.index_in(tag).ok_or(IngestError::Unknown("instrument"))?;
        let instrument = at(&self.instruments, place).ok_or(IngestError::Unknown("instrument"))?;
        let traded = &instrument.traded;
        let mut rounded = false;
        let mut side = |field, value: Option<Decimal>, round| {
            let Some(value) = value else { return Ok(None) };
            let (price, inexact) = read_price(field, value, traded, round)?;
            rounded |= inexact;
            Ok(Some(price))
        };
        // A finer quote is seen wider than it is.
        let bid = side("bid", quote.bid, Round::Down)?;
        let ask = side("ask", quote.ask, Round::Up)?;
        for (field, value) in
            [("bid_size", quote.bid_size), ("ask_size", quote.ask_size), ("volume", quote.volume)]
        {
            if let Some(value) = value.filter(|value| *value < Decimal::ZERO) {
                return Err(IngestError::Number { field, value, problem: "is negative" });
            }
        }
        let present = [
            (QuoteField::Bid, quote.bid),
            (QuoteField::Ask, quote.ask),
            (QuoteField::BidSize, quote.bid_size),
            (QuoteField::AskSize, quote.ask_size),
            (QuoteField::Last, quote.last),
            (QuoteField::Volume, quote.volume),
        ]
        .iter()
        .fold(0, |bits, (field, value)| if value.is_some() { bits | field.bit() } else { bits });
        let good = bid.zip(ask).filter(|(bid, ask)| bid < ask);
        let mark = match traded.mark_source {
            MarkSource::Quote => good.and_then(|(bid, ask)| mid(bid, ask)),
            MarkSource::Input => None,
        };
        let quote = QuoteState { bid, ask, present, at: quote.at };
        Ok(Read::Quote { instrument: place, quote, mark, rounded })
    }

    #[inline]
    fn set_quote(&mut self, instrument: u32, quote: QuoteState, mark: Option<Price>) {
        let Some(place) = at_mut(&mut self.instruments, instrument) else { return };
        let when = quote.at;
        place.quote = Some(quote);
        if let Some(mark) = mark {
            place.mark_at = when;
            let moved = place.mark.replace(mark) != Some(mark);
            if moved && place.holders.is_some() {
                self.revalue_holders(instrument);
            }
        }
    }

    fn set_rate(&mut self, from: u32, to: u32, rate: Rate) {
        let width = u32::try_from(self.assets.len()).unwrap_or(0);
        for (row, column, rate) in [(from, to, rate), (to, from, rate.inverted())] {
            let place = row.saturating_mul(width).saturating_add(column);
            if let Some(kept) = at_mut(&mut self.rates, place) {
                *kept = Some(rate);
            }
        }
        self.revalue_currency();
    }

    fn read_host(&self, place: u32, scale: u32, figures: &HostFigures) -> Result<Host, IngestError> {
        let account = at(&self.accounts, place).ok_or(IngestError::Unknown("account"))?;
        let amount =
            |field, value: Option<Decimal>| value.map(|value| read_money(field, value, scale)).transpose();
        let profit = Money(account.balance.0.saturating_add(account.unrealised.0));
        let drawdown = figures.drawdown_percent.map(|value| {
            let wrong = |problem| IngestError::Number { field: "drawdown_percent", value, problem };
            if value < Decimal::ZERO || value > Decimal::ONE_HUNDRED {
                return Err(wrong("is not between 0 and 100"));
            }
            let (ppm, _) = num::rounded(value, 4, Round::Up).map_err(|_| wrong("is out of range"))?;
            Ok(ppm.unsigned_abs())
        });
        let gross = amount("gross_exposure", figures.gross_exposure)?;
        if let Some(value) = figures.gross_exposure.filter(|value| *value < Decimal::ZERO) {
            return Err(IngestError::Number { field: "gross_exposure", value, problem: "is negative" });
        }
        let (positions, held) = self.held_by(place);
        Ok(Host {
            at: self.now,
            equity: amount("equity", figures.equity)?.map(|equity| (equity, profit)),
            day_profit: amount("day_profit", figures.day_profit)?.map(|day| (day, profit)),
            drawdown_ppm: drawdown.transpose()?,
            position_count: figures.position_count.map(|count| (count, positions)),
            gross: gross.map(|gross| (gross, held)),
        })
    }

    /// Positions of an account without what is only asked for: how many, and their exposure. What a host counts.
    fn held_by(&self, account: u32) -> (u32, Money) {
        let mut count = 0_u32;
        let mut gross = Money::ZERO;
        for book in self.books.iter().filter(|book| book.owner == Owner::Account(account)) {
            let Some(instrument) = at(&self.instruments, book.instrument) else { continue };
            let held = crate::book::Book { buys: Quantity::ZERO, sells: Quantity::ZERO, ..*book };
            count = count.saturating_add(u32::from(held.counts(instrument.traded.quantity_min)));
            let rate =
                at(&self.accounts, account).and_then(|a| self.rate(instrument.traded.quote, a.currency));
            let value = instrument
                .mark
                .and_then(|mark| instrument.traded.exposure(held.position.abs(), mark))
                .zip(rate)
                .and_then(|(value, rate)| rate.convert(value, Round::Up));
            gross.0 = gross.0.saturating_add(value.unwrap_or(Money::ZERO).0);
        }
        (count, gross)
    }

    fn read_holding(&self, holding: &Holding, tag: u32) -> Result<(u32, Quantity, Money), IngestError> {
        let place = holding.instrument.index_in(tag).ok_or(IngestError::Unknown("instrument"))?;
        let traded = &at(&self.instruments, place).ok_or(IngestError::Unknown("instrument"))?.traded;
        let (price, _) = read_price("price", holding.price, traded, Round::Up)?;
        let (quantity, _) = read_quantity("quantity", holding.quantity, traded)?;
        let cost =
            traded.valuer.value(quantity.abs(), price.abs(), Round::Up).ok_or(IngestError::Number {
                field: "quantity",
                value: holding.quantity,
                problem: "is out of range",
            })?;
        Ok((place, quantity, cost))
    }

    /// An execution uses up a part of its order's hold.
    fn use_hold(&mut self, slot: u32, quantity: Quantity) {
        let Some(hold) = self.reservation.hold(slot).copied() else { return };
        let used = Quantity(quantity.0.min(hold.open.0));
        let left = hold.open.excess_over(used);
        let part =
            |surcharge: Money| num::share(surcharge, left.abs(), hold.open.abs().max(1)).unwrap_or(surcharge);
        let [first, second] = hold.surcharges;
        let rest = [part(first), part(second)];
        let gone = [Money(first.0.saturating_sub(rest[0].0)), Money(second.0.saturating_sub(rest[1].0))];
        self.take_off(&hold, used, gone);
        if hold.state == OrderState::Permitted {
            // Executed although nobody redeemed it: whoever sent it went round the guard, but it is out.
            self.reservation.mark_sent(slot);
        }
        if let Some(hold) = self.reservation.hold_mut(slot) {
            hold.open = left;
            hold.surcharges = rest;
            hold.filled = Quantity(hold.filled.0.saturating_add(quantity.0));
        }
        if let Some(parent) = hold.parent {
            self.parents.add(parent, quantity.excess_over(used));
        }
    }

    fn compile(&self, of: LimitsOf, limits: &Limits, tag: u32) -> Result<Compiled, IngestError> {
        let wrong = |e: ConfigError| IngestError::Limits(Box::new(e));
        match of {
            LimitsOf::Firm => {
                let scale = self.money_scale(self.firm.currency);
                Compiled::new(limits, Level::Firm, scale, "the firm").map_err(wrong)
            }
            LimitsOf::Account(handle) => {
                let account = handle.index_in(tag).and_then(|place| at(&self.accounts, place));
                let account = account.ok_or(IngestError::Unknown("account"))?;
                let scale = self.money_scale(account.currency);
                Compiled::new(limits, Level::Account, scale, "the account").map_err(wrong)
            }
            LimitsOf::Strategy(handle) => {
                let strategy = handle.index_in(tag).and_then(|place| at(&self.strategies, place));
                let strategy = strategy.ok_or(IngestError::Unknown("strategy"))?;
                let currency = at(&self.accounts, strategy.account).map_or(0, |account| account.currency);
                let scale = self.money_scale(currency);
                Compiled::new(limits, Level::Strategy, scale, "the strategy").map_err(wrong)
            }
            LimitsOf::Instrument(handle) => {
                let instrument = handle.index_in(tag).and_then(|place| at(&self.instruments, place));
                let instrument = instrument.ok_or(IngestError::Unknown("instrument"))?;
                let scale = instrument.traded.money_scale;
                Compiled::new(limits, Level::Instrument, scale, "the instrument").map_err(wrong)
            }
        }
    }

    fn set_limits(&mut self, of: LimitsOf, limits: &Limits, compiled: Compiled, tag: u32) {
        let seq = self.seq;
        let replace = |kept: &mut Compiled, tightened: &mut u64, compiled: Compiled| {
            if compiled.is_tighter_than(kept) {
                *tightened = seq;
            }
            *kept = compiled;
        };
        match of {
            LimitsOf::Firm => {
                replace(&mut self.firm.limits, &mut self.firm.tightened, compiled);
                self.written.firm.clone_from(limits);
            }
            LimitsOf::Account(handle) => {
                if let Some(account) =
                    handle.index_in(tag).and_then(|place| at_mut(&mut self.accounts, place))
                {
                    replace(&mut account.limits, &mut account.tightened, compiled);
                }
                if let Some(written) =
                    handle.index_in(tag).and_then(|i| at_mut(&mut self.written.accounts, i))
                {
                    written.clone_from(limits);
                }
            }
            LimitsOf::Strategy(handle) => {
                if let Some(strategy) =
                    handle.index_in(tag).and_then(|place| at_mut(&mut self.strategies, place))
                {
                    replace(&mut strategy.limits, &mut strategy.tightened, compiled);
                }
                if let Some(written) =
                    handle.index_in(tag).and_then(|i| at_mut(&mut self.written.strategies, i))
                {
                    written.clone_from(limits);
                }
            }
            LimitsOf::Instrument(handle) => {
                let Some(place) = handle.index_in(tag) else { return };
                let Some(instrument) = at_mut(&mut self.instruments, place) else { return };
                replace(&mut instrument.limits, &mut instrument.tightened, compiled);
                instrument.written_limits.clone_from(limits);
                let scale = instrument.traded.money_scale;
                // Accounts with limits of their own for it have the stricter of both.
                for book in self.books.iter().filter(|book| book.instrument == place) {
                    let Some(own) = book.limits.and_then(|own| at_mut(&mut self.book_limits, own)) else {
                        continue;
                    };
                    let both = limits.tightened_by(&own.written);
                    if let Ok(both) = Compiled::new(&both, Level::Instrument, scale, "") {
                        replace(&mut own.effective, &mut own.tightened, both);
                    }
                }
            }
        }
    }
}

/// The mid, rounded up in magnitude where it falls between two units.
fn mid(bid: Price, ask: Price) -> Option<Price> {
    let sum = bid.0.checked_add(ask.0)?;
    let odd = sum.checked_rem(2)?;
    sum.checked_div(2)?.checked_add(odd).map(Price)
}

fn read_price(
    field: &'static str,
    value: Decimal,
    traded: &Traded,
    round: Round,
) -> Result<(Price, bool), IngestError> {
    if value <= Decimal::ZERO && !traded.negative_prices {
        return Err(IngestError::Number { field, value, problem: "is not above zero" });
    }
    let (units, rounded) =
        num::rounded(value, traded.price_scale, round).map_err(|e| out_of_range(field, value, e))?;
    if units == 0 && !traded.negative_prices {
        return Err(IngestError::Number {
            field,
            value,
            problem: "is finer than the instrument's price scale",
        });
    }
    Ok((Price(units), rounded))
}

fn read_quantity(
    field: &'static str,
    value: Decimal,
    traded: &Traded,
) -> Result<(Quantity, bool), IngestError> {
    num::rounded(value, traded.quantity_scale, Round::Up)
        .map(|(units, rounded)| (Quantity(units), rounded))
        .map_err(|e| out_of_range(field, value, e))
}

fn read_money(field: &'static str, value: Decimal, scale: u32) -> Result<Money, IngestError> {
    let round = if value.is_sign_negative() { Round::Up } else { Round::Down };
    num::money(value, scale, round).ok_or(IngestError::Number { field, value, problem: "is out of range" })
}

fn out_of_range(field: &'static str, value: Decimal, _: Misfit) -> IngestError {
    IngestError::Number { field, value, problem: "is out of range" }
}
