//! What an order meets: everything added up anew, and the order's own prices.

use std::collections::BTreeMap;

use risk_core::{Kind, Level, Limits, Order, Reason};

use super::bug::Bug;
use super::exact::exactly;
use super::ledger::Ledger;
use super::world::{Model, Owner};
use super::worth::Worth;

/// What is known when an order is judged.
pub(super) struct Facts<'a> {
    pub(super) model: &'a Model,
    pub(super) now: i64,
    pub(super) order: &'a Order,
    pub(super) account: usize,
    pub(super) strategy: usize,
    pub(super) instrument: usize,
    pub(super) quantity: i128,
    pub(super) price: Option<i128>,
    pub(super) trigger: Option<i128>,
    pub(super) parent_quantity: Option<i128>,
    pub(super) mark: Option<(i128, i64)>,
    pub(super) ledger: Ledger,
    pub(super) worth: BTreeMap<(Owner, usize), Result<Worth, Reason>>,
    pub(super) limits: [Limits; 4],
    /// The order at the venue that it takes the place of.
    pub(super) replaced: Option<Replaced>,
}

/// What is known of an order that is changed.
pub(super) struct Replaced {
    pub(super) place: usize,
    pub(super) filled: i128,
    /// What it counts for at its parent.
    pub(super) counted: i128,
    /// What is held for it, and the charges on that.
    pub(super) open: i128,
    pub(super) charges: [i128; 3],
    /// Nothing grows and nothing gets more aggressive.
    pub(super) exits: bool,
    /// The same is asked for as before.
    pub(super) same: bool,
    /// It gets an id of its own.
    pub(super) renames: bool,
}

/// Facts as they are seen with a deliberate mistake, or with none.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) bug: Option<Bug>,
    /// What it opens is asked for what is held.
    pub(super) as_held: bool,
    /// The rules of the house are asked.
    pub(super) house: bool,
}

impl<'a> Facts<'a> {
    /// Of a well-formed order whose parties are known.
    pub(super) fn of(model: &'a Model, order: &'a Order, now: i64) -> Option<Self> {
        let account = model.account_place(order.account)?;
        let strategy = model.strategy_place(order.strategy)?;
        let instrument = model.instrument_place(order.instrument)?;
        match order.trader {
            Some(trader) => model.trader_place(trader).map(|_| ())?,
            None => (!model.account(account).trader_required).then_some(())?,
        }
        let of = model.instrument(instrument);
        let (price, trigger) = match order.kind {
            Kind::Limit { price } => (Some(price), None),
            Kind::Stop { trigger } => (None, Some(trigger)),
            Kind::StopLimit { trigger, price } => (Some(price), Some(trigger)),
            _ => (None, None),
        };
        let ledger = Ledger::of(model);
        let worth = ledger.books.iter().map(|(key, book)| (*key, model.worth(key.0, key.1, book))).collect();
        Some(Self {
            model,
            now,
            order,
            account,
            strategy,
            instrument,
            quantity: exactly(order.quantity, of.quantity_scale)?,
            price: price.and_then(|price| exactly(price, of.price_scale)),
            trigger: trigger.and_then(|trigger| exactly(trigger, of.price_scale)),
            parent_quantity: order.parent_quantity.and_then(|quantity| exactly(quantity, of.quantity_scale)),
            mark: model.mark(instrument),
            ledger,
            worth,
            limits: Level::ALL.map(|level| model.limits(level, account, strategy, instrument)),
            replaced: None,
        })
    }

    pub(super) fn view(&'a self, bug: Option<Bug>) -> View<'a> {
        View { facts: self, bug, as_held: false, house: true }
    }
}
