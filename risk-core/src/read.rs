//! Reading inputs: handles to places, decimals to integers. What cannot be read is malformed, and changes nothing.

use rust_decimal::Decimal;

use crate::adjust::{ReadAdjustment, ReadTransfer};
use crate::book::{Book, Owner};
use crate::clock::{Clock, Timestamp};
use crate::compiled::Compiled;
use crate::engine::Engine;
use crate::error::IngestError;
use crate::handle::AccountHandle;
use crate::input::{End, Holding, HostFigures, Input, Quote};
use crate::instrument::{MarkSource, QuoteField, Traded};
use crate::num::{self, Misfit, Money, Price, Quantity, Rate, Round};
use crate::order::Field;
use crate::policy::Whose;
use crate::record::Journal;
use crate::reports::{ReadBust, ReadFill};
use crate::session::Session;
use crate::state::{Host, QuoteState, State, at};

/// An input whose numbers and handles have been read.
#[allow(clippy::large_enum_variant, reason = "lives on the stack of one call")]
pub(crate) enum Read {
    Quote { instrument: u32, quote: QuoteState, mark: Option<Price>, rounded: bool },
    Mark { instrument: u32, price: Price, at: Timestamp, rounded: bool },
    Rate { from: u32, to: u32, rate: Rate },
    Balance { account: u32, balance: Money },
    Flow { account: u32, amount: Money },
    Host { account: u32, host: Host },
    Accepted { slot: Option<u32>, version: Option<u32>, total: Option<Quantity> },
    Fill(ReadFill),
    Bust(ReadBust),
    Done { slot: Option<u32>, refused: Option<u32>, early: bool },
    Adjust { instrument: u32, how: ReadAdjustment },
    Transfer(ReadTransfer),
    Snapshot { account: u32, balance: Option<Money> },
    Decide { number: u64, accept: bool },
    Believe { instrument: u32 },
    Heartbeat,
    DayRoll,
    NextRoll { at: Timestamp },
    Session { instrument: u32, session: Session },
    Limits { of: Whose, compiled: Compiled },
    Status,
    DailyVolume { instrument: u32, volume: Quantity, rounded: bool },
}

impl<C: Clock, J: Journal> Engine<C, J> {
    pub(crate) fn read(&self, input: &Input) -> Result<Read, IngestError> {
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
            Input::Accepted { order, quantity } => {
                let version = self.find_version(order);
                let slot = self.find_order(order);
                let instrument =
                    slot.and_then(|slot| state.reservation.hold(slot)).map(|hold| hold.instrument);
                let instrument = instrument.and_then(|place| at(&state.instruments, place));
                let total = quantity.zip(instrument).map(|(value, instrument)| {
                    let (total, _) = read_quantity("quantity", value, &instrument.traded)?;
                    let problem = "is not above zero";
                    let wrong = IngestError::Number { field: "quantity", value, problem };
                    if total.0 > 0 { Ok(total) } else { Err(wrong) }
                });
                Ok(Read::Accepted { slot, version, total: total.transpose()? })
            }
            Input::Done { order, end } => {
                // A change that the venue refuses leaves its order as it was; any other end is the order's.
                let version = self.find_version(order);
                let refused = version.filter(|_| *end == End::Rejected);
                let slot = self.find_order(order);
                // That a change is not known says nothing about its order.
                let unbelieved = |slot| version.is_some() || state.is_just_sent(slot);
                let early = *end == End::Unknown && slot.is_some_and(unbelieved);
                Ok(Read::Done { slot, refused, early })
            }
            Input::Fill(fill) => self.read_fill(fill).map(Read::Fill),
            Input::Cumulative(report) => self.read_cumulative(report).map(Read::Fill),
            Input::Bust(bust) => self.read_bust(bust).map(Read::Bust),
            Input::Adjust { instrument, how } => {
                let (instrument, how) = self.read_adjustment(*instrument, how)?;
                Ok(Read::Adjust { instrument, how })
            }
            Input::Transfer(transfer) => self.read_transfer(transfer).map(Read::Transfer),
            Input::Snapshot(snapshot) => {
                let (account, scale) = account_of(snapshot.account)?;
                let balance = self.check_snapshot(snapshot, account, scale)?;
                Ok(Read::Snapshot { account, balance })
            }
            Input::Decide { statement, accept, by } => {
                if !by.is_valid() {
                    return Err(IngestError::Text(Field::Id));
                }
                let withheld = state.withheld.get(*statement).ok_or(IngestError::Unknown("statement"))?;
                if *accept {
                    self.read(&withheld.input)?;
                }
                Ok(Read::Decide { number: *statement, accept: *accept })
            }
            Input::Believe { instrument, by } => {
                if !by.is_valid() {
                    return Err(IngestError::Text(Field::Id));
                }
                let place = instrument.index_in(tag).ok_or(IngestError::Unknown("instrument"))?;
                let suspect = at(&state.instruments, place).map(|instrument| instrument.suspect.is_some());
                match suspect {
                    None => Err(IngestError::Unknown("instrument")),
                    Some(false) => Err(IngestError::Unknown("suspect price")),
                    Some(true) => Ok(Read::Believe { instrument: place }),
                }
            }
            Input::Heartbeat => Ok(Read::Heartbeat),
            Input::DayRoll => Ok(Read::DayRoll),
            Input::NextRoll { at } => Ok(Read::NextRoll { at: *at }),
            Input::Session { instrument, session } => {
                let place = state.read_session(*instrument, *session, tag)?;
                Ok(Read::Session { instrument: place, session: *session })
            }
            Input::Limits { of, limits, by, second, expires, .. } => {
                if !by.is_valid() || second.is_some_and(|second| !second.is_valid()) {
                    return Err(IngestError::Text(Field::Id));
                }
                let label = of.label();
                let of = state.whose(*of, tag)?;
                let compiled = state
                    .compile_for(of, limits, label)
                    .map_err(|wrong| IngestError::Limits(Box::new(wrong)))?;
                state.check_change(of, (limits, &compiled), (*by, *second), *expires)?;
                Ok(Read::Limits { of, compiled })
            }
            Input::Status { instrument, by, .. } => {
                if !by.is_valid() {
                    return Err(IngestError::Text(Field::Id));
                }
                let place = instrument.index_in(tag).ok_or(IngestError::Unknown("instrument"))?;
                at(&state.instruments, place).ok_or(IngestError::Unknown("instrument"))?;
                Ok(Read::Status)
            }
            Input::DailyVolume { instrument, quantity } => {
                let place = instrument.index_in(tag).ok_or(IngestError::Unknown("instrument"))?;
                let traded = &at(&state.instruments, place).ok_or(IngestError::Unknown("instrument"))?.traded;
                let (field, value) = ("quantity", *quantity);
                if value < Decimal::ZERO {
                    return Err(IngestError::Number { field, value, problem: "is negative" });
                }
                let (units, rounded) = num::rounded(value, traded.quantity_scale, Round::Down)
                    .map_err(|wrong| out_of_range(field, value, wrong))?;
                Ok(Read::DailyVolume { instrument: place, volume: Quantity(units), rounded })
            }
        }
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
            let (price, inexact) = read_price(field, value, traded, on_the_line(value, round))?;
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
            let none = Quantity::ZERO;
            let held = Book { buys: none, sells: none, kept_buys: none, kept_sells: none, ..*book };
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

    pub(crate) fn read_holding(
        &self,
        holding: &Holding,
        tag: u32,
    ) -> Result<(u32, Quantity, Money), IngestError> {
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
}

/// The mid, rounded up in magnitude where it falls between two units.
fn mid(bid: Price, ask: Price) -> Option<Price> {
    // The sum of two prices may not fit into one; their mid always does.
    let sum = i128::from(bid.0).checked_add(i128::from(ask.0))?;
    let odd = sum.checked_rem(2)?;
    i64::try_from(sum.checked_div(2)?.checked_add(odd)?).ok().map(Price)
}

pub(crate) fn read_price(
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

pub(crate) fn read_quantity(
    field: &'static str,
    value: Decimal,
    traded: &Traded,
) -> Result<(Quantity, bool), IngestError> {
    num::rounded(value, traded.quantity_scale, Round::Up)
        .map(|(units, rounded)| (Quantity(units), rounded))
        .map_err(|e| out_of_range(field, value, e))
}

pub(crate) fn read_money(field: &'static str, value: Decimal, scale: u32) -> Result<Money, IngestError> {
    let round = if value.is_sign_negative() { Round::Up } else { Round::Down };
    num::money(value, scale, round).ok_or(IngestError::Number { field, value, problem: "is out of range" })
}

/// A cost: what is paid rounds up, what is given back down.
pub(crate) fn read_cost(field: &'static str, value: Decimal, scale: u32) -> Result<Money, IngestError> {
    let round = if value.is_sign_negative() { Round::Down } else { Round::Up };
    num::money(value, scale, round).ok_or(IngestError::Number { field, value, problem: "is out of range" })
}

/// Up or down on the number line: below zero the higher price has the smaller magnitude.
pub(crate) fn on_the_line(value: Decimal, round: Round) -> Round {
    match (round, value.is_sign_negative()) {
        (Round::Up, true) => Round::Down,
        (Round::Down, true) => Round::Up,
        (round, false) => round,
    }
}

fn out_of_range(field: &'static str, value: Decimal, _: Misfit) -> IngestError {
    IngestError::Number { field, value, problem: "is out of range" }
}
