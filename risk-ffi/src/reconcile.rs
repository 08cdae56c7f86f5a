//! The venue's truth in place of what the ledger thought, and what was different.

use core::ffi::c_char;
use std::sync::Arc;

use risk_core::{Difference, Holding, Id, Input, Side, Snapshot, StatedOrder};
use rust_decimal::Decimal;

use crate::border::{Fault, border};
use crate::handle::{rg_account, rg_guard, rg_instrument};
use crate::input::{decimal, ingest, refuse, rg_ingested};
use crate::memory::{self, Out, Sized32, check, place, put};
use crate::number::rg_decimal;
use crate::order::{id, rg_order_handle};
use crate::permit::RG_ID_BYTES;
use crate::registry::{Open, with};
use crate::words;
use crate::words::rg_difference_kind::{self, *};
use crate::words::rg_status::{self, RG_BUFFER_TOO_SMALL, RG_INVALID_VALUE};

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

/// Most positions, and most orders, of a snapshot.
const STATED_MAX: usize = 1 << 20;

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
            if count > STATED_MAX {
                let text = format!("count: {count} is more than {STATED_MAX}");
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
                Input::Snapshot(Arc::new(Snapshot {
                    account: open.account(account),
                    balance,
                    positions,
                    orders: None,
                }))
            }))
        })
    }
}

/// One position of an account at the venue.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_stated_position {
    /// sizeof(rg_stated_position).
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// In what.
    pub instrument: rg_instrument,
    /// How much; short where negative.
    pub quantity: rg_decimal,
    /// Average price it was opened at, in the quote asset.
    pub price: rg_decimal,
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl Sized32 for rg_stated_position {
    const LEAST: usize = 48;
}

/// One order of an account at the venue.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_stated_order {
    /// sizeof(rg_stated_order).
    pub size: u32,
    /// An rg_side.
    pub side: u32,
    /// Its client order id.
    pub id: *const c_char,
    /// Of what.
    pub instrument: rg_instrument,
    /// What can still be executed of it, above 0.
    pub open: rg_decimal,
    /// Its limit price; absent where it has none.
    pub price: rg_decimal,
}

// SAFETY: repr(C), its size comes first, whole numbers and a pointer; 64 bits: no padding (asserted below).
unsafe impl Sized32 for rg_stated_order {
    const LEAST: usize = 56;
}

/// What an account really is, by its venue: all of its positions, and where they are stated its balance and all of its
/// orders. Structures of a list stand one after the other and have one size.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_snapshot {
    /// sizeof(rg_snapshot).
    pub size: u32,
    /// 1: the orders are stated, also where there are none: what is not among them has ended, but for what was sent within
    /// `unknown_settle_ms`, and what nobody knew here is held. 0: nothing is said of orders.
    pub has_orders: u32,
    /// Whose.
    pub account: rg_account,
    /// Its cash, in its currency; absent: not stated.
    pub balance: rg_decimal,
    /// Its positions; what is not among them is flat.
    pub positions: *const rg_stated_position,
    /// How many.
    pub position_count: u64,
    /// Its orders at the venue.
    pub orders: *const rg_stated_order,
    /// How many.
    pub order_count: u64,
}

// SAFETY: repr(C), its size comes first, whole numbers and pointers; 64 bits: no padding (asserted below).
unsafe impl Sized32 for rg_snapshot {
    const LEAST: usize = 64;
}

/// Something that the ledger and the venue did not agree on. Set its size before the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_difference {
    /// sizeof(rg_difference).
    pub size: u32,
    /// An rg_difference_kind.
    pub kind: u32,
    /// Position: in what; else 0.
    pub instrument: rg_instrument,
    /// Open, gone, not seen yet: which order; else zeroed.
    pub order: rg_order_handle,
    /// Balance, position, open: what the ledger had; absent where it knew nothing.
    pub known: rg_decimal,
    /// Balance, position, open: what it is.
    pub stated: rg_decimal,
    /// Stranger: the client order id of an order that nobody knew here, with a NUL; else empty.
    pub id: [c_char; RG_ID_BYTES],
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl Sized32 for rg_difference {
    const LEAST: usize = 136;
}

const _: () = assert!(size_of::<rg_stated_position>() == 48 && size_of::<rg_difference>() == 136);
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<rg_stated_order>() == 56 && size_of::<rg_snapshot>() == 64);

/// A snapshot of the caller, without what only its guard knows.
struct Stated {
    account: rg_account,
    balance: Option<Decimal>,
    positions: Vec<(rg_instrument, Decimal, Decimal)>,
    orders: Option<Vec<Working>>,
}

/// In what, its id and side, what is open of it, and its price.
type Working = (rg_instrument, Id, Side, Decimal, Option<Decimal>);

impl Stated {
    /// # Safety
    /// `from` is null or as large as it says; its lists are null or as many as it says, their ids null or with a NUL.
    unsafe fn read(from: *const rg_snapshot) -> Result<Self, Fault> {
        // SAFETY: the caller's promise.
        let told = unsafe { memory::read("snapshot", from)? };
        let many = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        // SAFETY: the caller's promise, for both.
        let (positions, orders) = unsafe {
            (
                memory::read_all("positions", told.positions, many(told.position_count), STATED_MAX)?,
                memory::read_all("orders", told.orders, many(told.order_count), STATED_MAX)?,
            )
        };
        if told.has_orders > 1 || (told.has_orders == 0 && !orders.is_empty()) {
            return Err(Fault::new(RG_INVALID_VALUE, "has_orders is not 0 or 1, or 0 beside orders"));
        }
        let position = |held: &rg_stated_position| {
            if held.reserved != 0 {
                return Err(Fault::new(RG_INVALID_VALUE, "positions: reserved is not 0"));
            }
            Ok((held.instrument, held.quantity.needed("quantity")?, held.price.needed("price")?))
        };
        let order = |order: &rg_stated_order| {
            let side = words::side("side", order.side)?;
            // SAFETY: the caller's promise.
            let id = unsafe { id(order.id) };
            Ok((order.instrument, id, side, order.open.needed("open")?, order.price.optional("price")?))
        };
        let orders = orders.iter().map(order).collect::<Result<_, Fault>>()?;
        Ok(Self {
            account: told.account,
            balance: told.balance.optional("balance")?,
            positions: positions.iter().map(position).collect::<Result<_, Fault>>()?,
            orders: (told.has_orders == 1).then_some(orders),
        })
    }

    fn at(self, open: &Open) -> Snapshot {
        let holding = |(instrument, quantity, price)| Holding {
            instrument: open.instrument(instrument),
            quantity,
            price,
        };
        let order = |(instrument, id, side, left, price)| StatedOrder {
            id,
            instrument: open.instrument(instrument),
            side,
            open: left,
            price,
        };
        Snapshot {
            account: open.account(self.account),
            balance: self.balance,
            positions: self.positions.into_iter().map(holding).collect(),
            orders: self.orders.map(|orders| orders.into_iter().map(order).collect()),
        }
    }
}

impl rg_difference {
    fn of(open: &Open, difference: &Difference) -> Self {
        let of = |kind: rg_difference_kind| Self {
            size: 0,
            kind: kind as u32,
            instrument: 0,
            order: rg_order_handle::default(),
            known: rg_decimal::default(),
            stated: rg_decimal::default(),
            id: [0; RG_ID_BYTES],
        };
        match *difference {
            Difference::Balance { known, stated } => Self {
                known: rg_decimal::of_option(known),
                stated: rg_decimal::of(stated),
                ..of(RG_DIFFERENCE_BALANCE)
            },
            Difference::Position { instrument, known, stated } => Self {
                instrument: open.of_instrument(instrument),
                known: rg_decimal::of(known),
                stated: rg_decimal::of(stated),
                ..of(RG_DIFFERENCE_POSITION)
            },
            Difference::Open { order, known, stated } => Self {
                order: rg_order_handle::of(open, order),
                known: rg_decimal::of(known),
                stated: rg_decimal::of(stated),
                ..of(RG_DIFFERENCE_OPEN)
            },
            Difference::Gone { order } => {
                Self { order: rg_order_handle::of(open, order), ..of(RG_DIFFERENCE_GONE) }
            }
            Difference::NotSeenYet { order } => {
                Self { order: rg_order_handle::of(open, order), ..of(RG_DIFFERENCE_NOT_SEEN_YET) }
            }
            Difference::Stranger { id } => Self { id: place(id.as_str()), ..of(RG_DIFFERENCE_STRANGER) },
            _ => of(RG_OTHER_DIFFERENCE),
        }
    }
}

/// Replaces the positions, and where they are stated the balance and the working orders, of an account by its venue's
/// truth, and says what was different. The differences are booked to the strategy `unassigned`.
///
/// `differences` receives them: set the size of each place before the call; all sizes are equal. `count` becomes how many
/// there are. If that is more than `capacity`, nothing is replaced (RG_BUFFER_TOO_SMALL): ask again with more room. Null
/// with a capacity of 0: nobody wants to know, and `count` may be null.
///
/// # Safety
/// `snapshot` is null or as large as it says, its lists as many as it says; `ingested` is null or as large as it says;
/// `differences` is null or can be written for `capacity` of the size of the first; `count` is null or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_reconcile(
    guard: rg_guard,
    snapshot: *const rg_snapshot,
    ingested: *mut rg_ingested,
    differences: *mut rg_difference,
    capacity: usize,
    count: *mut usize,
) -> rg_status {
    border(|| {
        let silent = differences.is_null() && capacity == 0;
        if !silent || !count.is_null() {
            check("count", count)?;
        }
        // SAFETY: the caller's promise, for all three.
        let (effect, places, stated) = unsafe {
            let places = Out::all("differences", differences, capacity, STATED_MAX)?;
            (Out::optional("ingested", ingested)?, places, Stated::read(snapshot)?)
        };
        let answer = with(guard, |open| {
            let snapshot = Arc::new(stated.at(open));
            if !silent {
                let found = open.engine.differences(&snapshot).len();
                if found > places.len() {
                    return Ok(Err(found));
                }
            }
            let done = open.engine.reconcile(snapshot).map_err(|problem| refuse(&problem))?;
            let differences = done.differences.iter().map(|one| rg_difference::of(open, one));
            Ok(Ok((done.effect, differences.collect::<Vec<_>>())))
        })?;
        let found = answer.as_ref().map_or_else(|found| *found, |(_, differences)| differences.len());
        if !count.is_null() {
            // SAFETY: looked at above.
            unsafe { put(count, found) };
        }
        let Ok((done, differences)) = answer else {
            return Err(Fault::new(RG_BUFFER_TOO_SMALL, format!("there are {found} differences")));
        };
        // SAFETY: looked at above, for both.
        unsafe {
            for (difference, place) in differences.iter().zip(places) {
                place.write(difference);
            }
            if let Some(effect) = effect {
                effect.write(&rg_ingested::of(&done));
            }
        }
        Ok(())
    })
}
