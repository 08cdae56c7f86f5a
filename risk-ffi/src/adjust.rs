//! Positions that change without an order: what happens to an instrument, and what goes from one strategy to another.

use core::ffi::c_char;

use risk_core::{Adjustment, Input, Transfer};

use crate::border::Fault;
use crate::handle::{rg_guard, rg_instrument, rg_strategy};
use crate::input::{ingest, rg_ingested};
use crate::memory::{self, Sized32};
use crate::number::rg_decimal;
use crate::order::id;
use crate::words;
use crate::words::rg_adjustment_kind::{RG_ADJUSTMENT_EXPIRED, RG_ADJUSTMENT_SETTLED, RG_ADJUSTMENT_SPLIT};
use crate::words::rg_status::{self, RG_INVALID_VALUE};

/// What happens to an instrument, and so to everybody who holds it or has orders in it. What is not of its kind is zero.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_adjustment {
    /// sizeof(rg_adjustment).
    pub size: u32,
    /// An rg_adjustment_kind.
    pub kind: u32,
    /// Which.
    pub instrument: rg_instrument,
    /// Split: how many units before, above 0.
    pub units_before: u32,
    /// Split: how many units they are now, above 0: 1 and 4 is a split, 10 and 1 a reverse one.
    pub units_after: u32,
    /// Settled, expired: the price that is paid, in the quote asset; 0 where it ended worthless.
    pub price: rg_decimal,
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl Sized32 for rg_adjustment {
    const LEAST: usize = 40;
}

const _: () = assert!(size_of::<rg_adjustment>() == 40);

impl rg_adjustment {
    fn read(&self) -> Result<Adjustment, Fault> {
        let kind = words::adjustment_kind("kind", self.kind)?;
        let surplus = if kind == RG_ADJUSTMENT_SPLIT {
            (self.price.present != 0).then_some("price")
        } else {
            (self.units_before != 0 || self.units_after != 0).then_some("units_before or units_after")
        };
        if let Some(field) = surplus {
            let text = format!("{field}: it is not of this kind of adjustment");
            return Err(Fault::new(RG_INVALID_VALUE, text));
        }
        Ok(match kind {
            RG_ADJUSTMENT_SPLIT => Adjustment::Split { from: self.units_before, to: self.units_after },
            RG_ADJUSTMENT_SETTLED => Adjustment::Settled { price: self.price.needed("price")? },
            RG_ADJUSTMENT_EXPIRED => Adjustment::Expired { price: self.price.needed("price")? },
        })
    }
}

/// A split, a settlement or an expiry: positions, costs, the mark and orders of an instrument in one record, and no
/// profit or loss. Permits that were not redeemed are refused from then on.
///
/// # Safety
/// `adjustment` is null or as large as it says; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_adjustment(
    guard: rg_guard,
    adjustment: *const rg_adjustment,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let told = memory::read("adjustment", adjustment)?;
            let how = told.read()?;
            Ok(Box::new(move |open| Input::Adjust { instrument: open.instrument(told.instrument), how }))
        })
    }
}

/// A position goes from one strategy to another of the same account, without an order and at the mark.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_transfer {
    /// sizeof(rg_transfer).
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Whose it was.
    pub from: rg_strategy,
    /// Whose it is.
    pub to: rg_strategy,
    /// In what.
    pub instrument: rg_instrument,
    /// How much of what `from` holds, long or short: above 0, and not more than that.
    pub quantity: rg_decimal,
    /// Who says so.
    pub by: *const c_char,
}

// SAFETY: repr(C), its size comes first, whole numbers and a pointer; 64 bits: no padding (asserted below).
unsafe impl Sized32 for rg_transfer {
    const LEAST: usize = 56;
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<rg_transfer>() == 56);

/// Hands a position to another strategy. What it has made or lost stays with the strategy that held it; the account does
/// not notice.
///
/// # Safety
/// `transfer` is null or as large as it says, its text null or with a NUL; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_transfer(
    guard: rg_guard,
    transfer: *const rg_transfer,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let told = memory::read("transfer", transfer)?;
            if told.reserved != 0 {
                return Err(Fault::new(RG_INVALID_VALUE, "reserved is not 0"));
            }
            let (quantity, by) = (told.quantity.needed("quantity")?, id(told.by));
            Ok(Box::new(move |open| {
                Input::Transfer(Transfer {
                    from: open.strategy(told.from),
                    to: open.strategy(told.to),
                    instrument: open.instrument(told.instrument),
                    quantity,
                    by,
                })
            }))
        })
    }
}
