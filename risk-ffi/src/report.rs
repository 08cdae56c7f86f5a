//! What the venue reports on orders, and what an account really holds.

use core::ffi::c_char;
use std::sync::Arc;

use risk_core::{Booking, Fill, Holding, Input, Snapshot};
use rust_decimal::Decimal;

use crate::border::Fault;
use crate::handle::{rg_account, rg_guard, rg_instrument, rg_strategy};
use crate::input::{decimal, ingest, rg_ingested};
use crate::memory::{self, Sized32, check};
use crate::number::rg_decimal;
use crate::order::{id, optional_id};
use crate::permit::{Named, rg_order_ref};
use crate::words;
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
    /// 0.
    pub reserved: u32,
    /// Booking: the id of the parent order; null: none.
    pub parent: *const c_char,
}

// SAFETY: repr(C), its size comes first, whole numbers and pointers; 64 bits: no padding (asserted below).
unsafe impl Sized32 for rg_fill {
    const LEAST: usize = 136;
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<rg_fill>() == 136);

/// One position of a snapshot.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_holding {
    /// In what.
    pub instrument: rg_instrument,
    /// How much; short where negative.
    pub quantity: rg_decimal,
    /// Average price it was opened at, in the quote asset.
    pub price: rg_decimal,
}

/// Most positions of a snapshot.
const HOLDINGS_MAX: usize = 1 << 20;

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
            Ok(Box::new(move |open| Input::Accepted { order: named.at(open) }))
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
            if told.reserved != 0 || told.has_booking > 1 {
                return Err(Fault::new(RG_INVALID_VALUE, "reserved or has_booking is out of range"));
            }
            let named = Named::of(&told.order)?;
            let (quantity, price) = (told.quantity.needed("quantity")?, told.price.needed("price")?);
            let (execution, parent) = (id(told.execution), optional_id(told.parent));
            let fee = told.fee.optional("fee")?.unwrap_or(Decimal::ZERO);
            let side = (told.has_booking == 1).then(|| words::side("side", told.side)).transpose()?;
            Ok(Box::new(move |open| {
                let booking = side.map(|side| Booking {
                    account: open.account(told.account),
                    strategy: open.strategy(told.strategy),
                    instrument: open.instrument(told.instrument),
                    side,
                    parent,
                });
                Input::Fill(Fill { fee, booking, ..Fill::new(named.at(open), execution, quantity, price) })
            }))
        })
    }
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

/// What an account really holds: replaces its positions (what is not listed is flat) and, where it is not null, its
/// balance.
///
/// # Safety
/// `balance` is null or can be read; `holdings` is null or readable for `count` of them; `ingested` is null or as large
/// as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_snapshot(
    guard: rg_guard,
    account: rg_account,
    balance: *const rg_decimal,
    holdings: *const rg_holding,
    count: usize,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let balance = if balance.is_null() { None } else { Some(decimal("balance", balance)?) };
            if count > HOLDINGS_MAX {
                let text = format!("count: {count} is more than {HOLDINGS_MAX}");
                return Err(Fault::new(RG_INVALID_VALUE, text));
            }
            let mut told = Vec::with_capacity(count);
            if count > 0 {
                check("holdings", holdings)?;
                for holding in core::slice::from_raw_parts(holdings, count) {
                    let quantity = holding.quantity.needed("quantity")?;
                    told.push((holding.instrument, quantity, holding.price.needed("price")?));
                }
            }
            Ok(Box::new(move |open| {
                let holding = |(instrument, quantity, price)| Holding {
                    instrument: open.instrument(instrument),
                    quantity,
                    price,
                };
                let positions = told.into_iter().map(holding).collect();
                Input::Snapshot(Arc::new(Snapshot { account: open.account(account), balance, positions }))
            }))
        })
    }
}
