//! Reading what was executed: which order a report is of, where it is booked, and how much of it is new.

use rust_decimal::Decimal;

use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::IngestError;
use crate::input::{Booking, Fill, OrderRef};
use crate::instrument::Traded;
use crate::num::{self, Price, Round};
use crate::order::{Field, Side};
use crate::read::{on_the_line, read_cost, read_price, read_quantity};
use crate::recent::{Amounts, Executed, FINER, Total, price_of};
use crate::record::Journal;
use crate::report::{Bust, Corrected, Cumulative, Origin};
use crate::state::{State, at};
use crate::table::{Key, keyed};
use crate::text::Id;

/// What was executed, as it was read: where it goes, and how much of it is new.
pub(crate) struct ReadFill {
    pub(crate) of: Named,
    /// A single execution, to be remembered by its id. A cumulative report has none.
    pub(crate) execution: Option<(Key, Amounts)>,
    /// What is new of it.
    pub(crate) new: Amounts,
    /// What is known of the order then.
    pub(crate) total: Total,
    pub(crate) rounded: bool,
    pub(crate) repeated: bool,
    /// The average price cannot be.
    pub(crate) inconsistent: bool,
}

/// What a report names.
pub(crate) struct Named {
    /// The order, while it lives.
    pub(crate) slot: Option<u32>,
    /// The change that the report names: an execution under its name proves that the venue took it.
    pub(crate) version: Option<u32>,
    pub(crate) target: Option<Target>,
    /// The client order id of an order that does not live.
    pub(crate) order: Option<Key>,
    /// The order has ended not long ago.
    pub(crate) late: bool,
    /// The venue wanted it: it is of no order.
    pub(crate) venue: bool,
    /// The parent of an order that does not live.
    pub(crate) parent: Option<Key>,
}

/// Where an execution is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Target {
    pub(crate) account: u32,
    pub(crate) strategy: u32,
    pub(crate) instrument: u32,
    pub(crate) side: Side,
}

/// A bust that was read. What is not remembered cannot be reversed.
pub(crate) struct ReadBust {
    pub(crate) account: u32,
    pub(crate) key: Key,
    pub(crate) was: Option<Executed>,
    /// Nothing executed where it is busted.
    pub(crate) is: Amounts,
    pub(crate) rounded: bool,
}

impl<C: Clock, J: Journal> Engine<C, J> {
    pub(crate) fn read_fill(&self, fill: &Fill) -> Result<ReadFill, IngestError> {
        if !fill.execution.is_valid() {
            return Err(IngestError::Text(Field::Id));
        }
        positive(fill.quantity)?;
        let of = self.report_of(&fill.order, fill.booking.as_ref(), fill.origin);
        // What belongs to nothing known is kept apart by an account that cannot exist.
        let owner = match (of.target, fill.order) {
            (Some(target), _) => target.account,
            (None, OrderRef::Client { account, .. }) => account.index_in(self.tag).unwrap_or(u32::MAX),
            (None, OrderRef::Handle(_)) => u32::MAX,
        };
        let key = execution_key(fill.execution, owner);
        let mut total = self.state.total_of(&of);
        let (whole, rounded) = match self.state.traded_by(&of) {
            None => (Amounts::default(), false),
            Some((traded, side)) => read_amounts(traded, side, fill.quantity, fill.price, fill.fee)?,
        };
        let repeated = self.state.executions.get(key).is_some();
        let mut new = whole;
        if !repeated {
            (new.quantity, new.fee) = total.execute(&whole);
        }
        let execution = Some((key, whole));
        Ok(ReadFill { of, execution, new, total, rounded, repeated, inconsistent: false })
    }

    pub(crate) fn read_cumulative(&self, report: &Cumulative) -> Result<ReadFill, IngestError> {
        positive(report.quantity)?;
        let mut of = self.report_of(&report.order, report.booking.as_ref(), Origin::Client);
        if of.slot.is_none() && of.order.is_none() {
            // Without a name by which it would be known again, nobody can say what of it is new.
            of.target = None;
        }
        let mut total = self.state.total_of(&of);
        let mut read = ReadFill {
            of,
            execution: None,
            new: Amounts::default(),
            total,
            rounded: false,
            repeated: false,
            inconsistent: false,
        };
        let Some((traded, side)) = self.state.traded_by(&read.of) else { return Ok(read) };
        let fees = report.fees.unwrap_or_default();
        let (whole, _) = read_amounts(traded, side, report.quantity, report.average_price, fees)?;
        let up = side == Side::Buy;
        let round = on_the_line(report.average_price, if up { Round::Up } else { Round::Down });
        let value = num::money(report.average_price, traded.price_scale.saturating_add(FINER), round)
            .and_then(|average| average.0.checked_mul(i128::from(whole.quantity.0)))
            .ok_or(IngestError::Number {
                field: "average_price",
                value: report.average_price,
                problem: "is out of range",
            })?;
        read.rounded = Decimal::new(whole.quantity.0, traded.quantity_scale) != report.quantity;
        match total.reach(whole.quantity, value, report.fees.map(|_| whole.fee)) {
            None => read.repeated = true,
            Some((quantity, value, fee)) => {
                let units = price_of(value, quantity, up).and_then(|units| i64::try_from(units).ok());
                let price = units.filter(|units| *units > 0 || traded.negative_prices).map(Price);
                read.inconsistent = price.is_none() && quantity.0 > 0;
                read.new = Amounts { quantity, price: price.unwrap_or(whole.price), fee };
                read.total = total;
            }
        }
        Ok(read)
    }

    pub(crate) fn read_bust(&self, bust: &Bust) -> Result<ReadBust, IngestError> {
        if !bust.execution.is_valid() {
            return Err(IngestError::Text(Field::Id));
        }
        let account = bust.account.index_in(self.tag).ok_or(IngestError::Unknown("account"))?;
        at(&self.state.accounts, account).ok_or(IngestError::Unknown("account"))?;
        let key = execution_key(bust.execution, account);
        let was = self.state.executions.get(key).copied();
        let traded =
            was.and_then(|was| at(&self.state.instruments, was.target.instrument)).map(|i| &i.traded);
        let (is, rounded) = match (&bust.instead, traded, was) {
            (Some(Corrected { quantity, price, fee }), Some(traded), Some(was)) => {
                read_amounts(traded, was.target.side, *quantity, *price, *fee)?
            }
            (_, _, _) => (Amounts::default(), false),
        };
        Ok(ReadBust { account, key, was, is, rounded })
    }

    fn report_of(&self, order: &OrderRef, booking: Option<&Booking>, origin: Origin) -> Named {
        let booked = booking.and_then(|booking| self.booking(booking));
        if origin == Origin::Venue {
            let (slot, version, order, parent) = (None, None, None, None);
            return Named { slot, version, target: booked, order, late: false, venue: true, parent };
        }
        let slot = self.find_order(order);
        let state = &self.state;
        let ended = match order {
            OrderRef::Handle(handle) if slot.is_none() && handle.engine == self.tag => {
                state.reservation.hold(handle.slot).filter(|hold| hold.generation == handle.generation)
            }
            OrderRef::Handle(_) | OrderRef::Client { .. } => None,
        };
        let hold = slot.and_then(|slot| state.reservation.hold(slot)).or(ended);
        let of_hold = hold.map(|hold| Target {
            account: hold.account,
            strategy: hold.strategy,
            instrument: hold.instrument,
            side: hold.side(),
        });
        let by_id = match order {
            OrderRef::Client { account, id } if slot.is_none() => {
                account.index_in(self.tag).map(|account| keyed(id.digest(), account))
            }
            OrderRef::Client { .. } | OrderRef::Handle(_) => None,
        };
        let past = by_id.and_then(|id| state.past.get(id)).map(|past| past.target);
        let target = of_hold.or(booked).or(past);
        // Its client order id, in the account that it is booked in.
        let key = match (order, target) {
            (OrderRef::Client { id, .. }, Some(target)) if slot.is_none() => {
                Some(keyed(id.digest(), target.account))
            }
            (OrderRef::Client { .. } | OrderRef::Handle(_), _) => ended.map(|hold| hold.id),
        };
        let known = key.filter(|id| ended.is_none() && state.ids.table.get(*id).is_some());
        let parent = match (slot, target) {
            (None, Some(target)) => self.parent_of(order, booking, &target, ended.is_some(), known),
            (Some(_), _) | (None, None) => None,
        };
        let late = ended.is_some() || known.is_some();
        Named { slot, version: self.find_version(order), target, order: key, late, venue: false, parent }
    }

    /// The parent an execution counts against when its order lives no more: the order's own as long as that is known,
    /// else what the booking says.
    fn parent_of(
        &self,
        order: &OrderRef,
        booking: Option<&Booking>,
        target: &Target,
        ended: bool,
        known: Option<Key>,
    ) -> Option<Key> {
        let state = &self.state;
        let of = |parent: Option<Id>| parent.map(|parent| keyed(parent.digest(), target.account));
        match (order, known) {
            (OrderRef::Handle(handle), _) if ended => of(state.reservation.order(handle.slot)?.parent),
            (_, Some(id)) => state.parents.key(state.parent_of_ended(id)?),
            (_, None) => of(booking?.parent),
        }
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
}

impl State {
    /// What is known of the order that a report names.
    fn total_of(&self, of: &Named) -> Total {
        match (of.slot, of.order) {
            (Some(slot), _) => self.reservation.total(slot),
            (None, Some(order)) => self.past.get(order).map(|past| past.total).unwrap_or_default(),
            (None, None) => Total::default(),
        }
    }

    fn traded_by(&self, of: &Named) -> Option<(&Traded, Side)> {
        let target = of.target?;
        at(&self.instruments, target.instrument).map(|instrument| (&instrument.traded, target.side))
    }
}

/// Executions are told apart from orders by their owner.
fn execution_key(execution: Id, owner: u32) -> Key {
    keyed(execution.digest(), owner ^ 0x8000_0000)
}

/// An executed quantity, also of what nobody knows here: nothing and less than that are no execution.
fn positive(quantity: Decimal) -> Result<(), IngestError> {
    if quantity.is_zero() || quantity.is_sign_negative() {
        return Err(IngestError::Number { field: "quantity", value: quantity, problem: "is not above zero" });
    }
    Ok(())
}

/// Numbers of an execution, rounded against the trader where they are finer than the instrument.
fn read_amounts(
    traded: &Traded,
    side: Side,
    quantity: Decimal,
    price: Decimal,
    fee: Decimal,
) -> Result<(Amounts, bool), IngestError> {
    let against = if side == Side::Buy { Round::Up } else { Round::Down };
    let (price, price_rounded) = read_price("price", price, traded, on_the_line(price, against))?;
    let (units, quantity_rounded) = read_quantity("quantity", quantity, traded)?;
    if units.0 <= 0 {
        return Err(IngestError::Number { field: "quantity", value: quantity, problem: "is not above zero" });
    }
    let fee = read_cost("fee", fee, traded.money_scale)?;
    Ok((Amounts { quantity: units, price, fee }, price_rounded || quantity_rounded))
}
