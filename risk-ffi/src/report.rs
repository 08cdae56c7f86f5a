//! What the venue reports on orders.

use core::ffi::c_char;

use risk_core::{Booking, Bust, Corrected, Cumulative, Fill, Id, Input, Side};
use rust_decimal::Decimal;

use crate::border::Fault;
use crate::handle::{rg_account, rg_guard, rg_instrument, rg_strategy};
use crate::input::{Told, decimal, ingest, rg_ingested};
use crate::memory::{self, Sized32};
use crate::number::rg_decimal;
use crate::order::{id, optional_id};
use crate::permit::{Named, rg_order_ref};
use crate::registry::Open;
use crate::words;
use crate::words::rg_report_kind::{self, RG_REPORT_BUST, RG_REPORT_CORRECTION, RG_REPORT_CUMULATIVE};
use crate::words::rg_status::{self, RG_INVALID_VALUE};

/// An execution. It is applied once per execution id, always: late, too large or of an unknown order it is an anomaly.
/// Send the booking with every execution, so that one of an order that has ended has a place.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_fill {
    /// sizeof(rg_fill).
    pub size: u32,
    /// 1: the booking fields below are said.
    pub has_booking: u32,
    /// Of which order.
    pub order: rg_order_ref,
    /// The venue's execution id.
    pub execution: *const c_char,
    /// How much of it, above 0.
    pub quantity: rg_decimal,
    /// At what price, in the quote asset.
    pub price: rg_decimal,
    /// What it cost, in the quote asset; a rebate is negative; absent: nothing.
    pub fee: rg_decimal,
    /// Booking: the account.
    pub account: rg_account,
    /// Booking: the strategy.
    pub strategy: rg_strategy,
    /// Booking: what was traded.
    pub instrument: rg_instrument,
    /// Booking: an rg_side.
    pub side: u32,
    /// An rg_origin; 0: RG_ORIGIN_CLIENT. What the venue wanted is booked where the booking says.
    pub origin: u32,
    /// Booking: the id of the parent order; null: none.
    pub parent: *const c_char,
}

// SAFETY: repr(C), its size comes first, whole numbers and pointers; 64 bits: no padding (asserted below).
unsafe impl Sized32 for rg_fill {
    const LEAST: usize = 136;
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<rg_fill>() == 136);

/// A report beside single executions. It has the fields of every kind there is and will be: those that are not said to be
/// of its kind are zero.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_report {
    /// sizeof(rg_report).
    pub size: u32,
    /// An rg_report_kind.
    pub kind: u32,
    /// Cumulative: of which order.
    pub order: rg_order_ref,
    /// Bust, correction: the venue's execution id.
    pub execution: *const c_char,
    /// Bust, correction: whose execution it was. Cumulative, booking: the account.
    pub account: rg_account,
    /// Cumulative: how much of the order is executed, above 0. Correction: how much it really was.
    pub quantity: rg_decimal,
    /// Cumulative: the average price. Correction: the price it really had. In the quote asset.
    pub price: rg_decimal,
    /// Cumulative: what it cost so far; absent: fees come with the executions, or not at all. Correction: what it cost;
    /// absent: nothing. In the quote asset; a rebate is negative.
    pub fee: rg_decimal,
    /// Cumulative, 1: account above and the fields below are where to book it if the order is not known, or not any more.
    pub has_booking: u32,
    /// Booking: an rg_side.
    pub side: u32,
    /// Booking: the strategy.
    pub strategy: rg_strategy,
    /// Booking: what was traded.
    pub instrument: rg_instrument,
    /// Booking: the id of the parent order; null: none.
    pub parent: *const c_char,
}

// SAFETY: repr(C), its size comes first, whole numbers and pointers; 64 bits: no padding (asserted below).
unsafe impl Sized32 for rg_report {
    const LEAST: usize = 136;
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<rg_report>() == 136);

/// The venue has accepted an order (or a change of it).
///
/// # Safety
/// `order` is null or can be read, its id null or with a NUL; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_accepted(
    guard: rg_guard,
    order: *const rg_order_ref,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let named = Named::read(order)?;
            Ok(Box::new(move |open| Input::Accepted { order: named.at(open), quantity: None }))
        })
    }
}

/// The venue has accepted an order for so much in total, what is executed of it included. More than was approved is held
/// at once, is an anomaly (RG_OVER_ACCEPTED) and sets the account to reducing.
///
/// # Safety
/// `order` is null or can be read, its id null or with a NUL; `quantity` is null or can be read; `ingested` is null or as
/// large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_accepted_for(
    guard: rg_guard,
    order: *const rg_order_ref,
    quantity: *const rg_decimal,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let (named, quantity) = (Named::read(order)?, Some(decimal("quantity", quantity)?));
            Ok(Box::new(move |open| Input::Accepted { order: named.at(open), quantity }))
        })
    }
}

/// An execution.
///
/// # Safety
/// `fill` is null or as large as it says, its texts null or with a NUL; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_fill(
    guard: rg_guard,
    fill: *const rg_fill,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let told = memory::read("fill", fill)?;
            let origin = words::origin("origin", told.origin)?;
            let side = booked_side(told.has_booking, told.side)?;
            let named = Named::of(&told.order)?;
            let (quantity, price) = (told.quantity.needed("quantity")?, told.price.needed("price")?);
            let (execution, parent) = (id(told.execution), optional_id(told.parent));
            let fee = told.fee.optional("fee")?.unwrap_or(Decimal::ZERO);
            let booked = (told.account, told.strategy, told.instrument);
            Ok(Box::new(move |open| {
                let booking = side.map(|side| booking(open, booked, side, parent));
                let fill = Fill::new(named.at(open), execution, quantity, price);
                Input::Fill(Fill { fee, booking, origin, ..fill })
            }))
        })
    }
}

/// The side of a booking; nothing where none is said.
fn booked_side(has_booking: u32, side: u32) -> Result<Option<Side>, Fault> {
    match has_booking {
        0 => Ok(None),
        1 => words::side("side", side).map(Some),
        other => Err(Fault::new(RG_INVALID_VALUE, format!("has_booking: {other} is not 0 or 1"))),
    }
}

/// A booking as its guard knows it.
fn booking(
    open: &Open,
    (account, strategy, instrument): (rg_account, rg_strategy, rg_instrument),
    side: Side,
    parent: Option<Id>,
) -> Booking {
    Booking {
        account: open.account(account),
        strategy: open.strategy(strategy),
        instrument: open.instrument(instrument),
        side,
        parent,
    }
}

impl rg_report {
    /// A field that is not of the kind of a report, and is said.
    fn surplus(&self, kind: rg_report_kind) -> Option<&'static str> {
        let of_order = kind == RG_REPORT_CUMULATIVE;
        let (booked, corrected) = (of_order && self.has_booking == 1, kind != RG_REPORT_BUST);
        let names_order = self.order.handle.guard != 0
            || self.order.handle.order != 0
            || self.order.account != 0
            || !self.order.id.is_null();
        let unless = |allowed: bool, said: bool, field| (!allowed && said).then_some(field);
        unless(of_order, names_order, "order")
            .or(unless(!of_order, !self.execution.is_null(), "execution"))
            .or(unless(!of_order || booked, self.account != 0, "account"))
            .or(unless(corrected, self.quantity.present != 0, "quantity"))
            .or(unless(corrected, self.price.present != 0, "price"))
            .or(unless(corrected, self.fee.present != 0, "fee"))
            .or(unless(of_order, self.has_booking != 0, "has_booking"))
            .or(unless(booked, self.side != 0, "side"))
            .or(unless(booked, self.strategy != 0, "strategy"))
            .or(unless(booked, self.instrument != 0, "instrument"))
            .or(unless(booked, !self.parent.is_null(), "parent"))
    }

    /// # Safety
    /// Its texts are null or end with a NUL.
    unsafe fn read(self) -> Result<Told, Fault> {
        let kind = words::report_kind("kind", self.kind)?;
        if let Some(field) = self.surplus(kind) {
            return Err(Fault::new(RG_INVALID_VALUE, format!("{field}: it is not of this kind of report")));
        }
        let fee = self.fee.optional("fee")?;
        if kind == RG_REPORT_CUMULATIVE {
            let (quantity, average) = (self.quantity.needed("quantity")?, self.price.needed("price")?);
            let side = booked_side(self.has_booking, self.side)?;
            // SAFETY: the caller's promise, for all of them.
            let (named, parent) = unsafe { (Named::of(&self.order)?, optional_id(self.parent)) };
            let booked = (self.account, self.strategy, self.instrument);
            return Ok(Box::new(move |open| {
                let booking = side.map(|side| booking(open, booked, side, parent));
                let report = Cumulative::new(named.at(open), quantity, average);
                Input::Cumulative(Cumulative { fees: fee, booking, ..report })
            }));
        }
        let instead = if kind == RG_REPORT_CORRECTION {
            let fee = fee.unwrap_or(Decimal::ZERO);
            let (quantity, price) = (self.quantity.needed("quantity")?, self.price.needed("price")?);
            Some(Corrected { quantity, price, fee })
        } else {
            None
        };
        // SAFETY: the caller's promise.
        let execution = unsafe { id(self.execution) };
        let account = self.account;
        Ok(Box::new(move |open| Input::Bust(Bust { account: open.account(account), execution, instead })))
    }
}

/// A total of an order, or an execution that is not true after all. It may come again, late and beside single executions:
/// what it says counts once.
///
/// # Safety
/// `report` is null or as large as it says, its texts null or with a NUL; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_report(
    guard: rg_guard,
    report: *const rg_report,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe { ingest(guard, ingested, || memory::read("report", report)?.read()) }
}

/// An order has ended; `end` is an rg_end. What was not executed is free again.
///
/// # Safety
/// `order` is null or can be read, its id null or with a NUL; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_done(
    guard: rg_guard,
    order: *const rg_order_ref,
    end: u32,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let (named, end) = (Named::read(order)?, words::end("end", end)?);
            Ok(Box::new(move |open| Input::Done { order: named.at(open), end }))
        })
    }
}
