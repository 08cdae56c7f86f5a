//! Orders at the venue are changed, lists are judged together.

use core::ffi::c_char;
use std::sync::Arc;

use risk_core::{Change, LIST_ORDERS_MAX, ListDecision, ListRejection, Order, Verdict};

use crate::border::{Fault, Refusal, border, keep_refusal};
use crate::handle::{Kind, pack, rg_guard, rg_permit};
use crate::kept::Leave;
use crate::memory::{self, Out, Sized32, check, put};
use crate::number::rg_decimal;
use crate::order::{no_room, optional_id, optional_time, poisoned, rg_decision, rg_order};
use crate::permit::{Named, refused, rg_order_ref, rg_outbound, take};
use crate::registry::{Open, regardless_if};
use crate::words::rg_status::{self, RG_BUFFER_TOO_SMALL, RG_INVALID_VALUE, RG_WRONG_HANDLE};
use crate::words::{self, rg_verdict};

/// What is to change about an order at the venue; what is absent stays. Side, instrument, account and strategy cannot
/// change: that would be another order.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_change {
    /// sizeof(rg_change).
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// The client order id from then on; null: the same.
    pub id: *const c_char,
    /// The total quantity, what is already filled included.
    pub quantity: rg_decimal,
    /// The limit price, of an order that has one.
    pub price: rg_decimal,
    /// The trigger, of an order that has one.
    pub trigger: rg_decimal,
    /// When the trading system decided on it, in nanoseconds since the epoch; 0: not said.
    pub created_at_ns: i64,
}

// SAFETY: repr(C), its size comes first, whole numbers and a pointer; 64 bits: no padding (asserted below).
unsafe impl Sized32 for rg_change {
    const LEAST: usize = 72;
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<rg_change>() == 72);

impl rg_change {
    /// Reads it.
    ///
    /// # Safety
    /// `from` is null or as large as it says; its id is null or ends with a NUL.
    pub(crate) unsafe fn read(from: *const Self) -> Result<Change, Fault> {
        // SAFETY: the caller's promise.
        let told = unsafe { memory::read("change", from)? };
        if told.reserved != 0 {
            return Err(Fault::new(RG_INVALID_VALUE, "reserved is not 0"));
        }
        Ok(Change {
            // SAFETY: the caller's promise.
            id: unsafe { optional_id(told.id) },
            quantity: told.quantity.optional("quantity")?,
            price: told.price.optional("price")?,
            trigger: told.trigger.optional("trigger")?,
            created_at: optional_time(told.created_at_ns),
        })
    }
}

/// Judges a change of an order at the venue: approved or refused, never reduced; refused means that the old order
/// stands. The redeemed permit is a RG_MESSAGE_REPLACE.
///
/// # Safety
/// `order` is null or can be read, its id null or with a NUL; `change` and `decision` are null or as large as they say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_modify(
    guard: rg_guard,
    order: *const rg_order_ref,
    change: *const rg_change,
    decision: *mut rg_decision,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise, for all three.
        let (out, named, change) =
            unsafe { (Out::new("decision", decision)?, Named::read(order)?, rg_change::read(change)?) };
        let answer = regardless_if(
            guard,
            |open| {
                let order = named.at(open);
                let decision = open.engine.modify(order, &change);
                rg_decision::of(open, decision)
            },
            || Ok(rg_decision::refused(rg_verdict::RG_REJECTED, &poisoned(), 0)),
        )?;
        // SAFETY: looked at above.
        unsafe { out.write(&answer) };
        Ok(())
    })
}

/// The answer to a list. Set its size before the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_list_decision {
    /// sizeof(rg_list_decision).
    pub size: u32,
    /// An rg_verdict, never RG_REDUCED.
    pub verdict: u32,
    /// Why it was refused, an rg_reason: the one that leads; 0 for an approval.
    pub reason: u32,
    /// Its level, an rg_level; 0 where there is none.
    pub level: u32,
    /// The order it is of, from 0; -1 where it is of the list as a whole, or nothing was refused.
    pub order: i64,
    /// How many orders were refused for themselves.
    pub refused: u32,
    /// How many orders the list has.
    pub orders: u32,
    /// The permit for all of them; 0 when there is none.
    pub permit: rg_permit,
    /// When it is too late to redeem, in nanoseconds since the epoch; 0 when there is no permit.
    pub expires_ns: i64,
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl Sized32 for rg_list_decision {
    const LEAST: usize = 48;
}

const _: () = assert!(size_of::<rg_list_decision>() == 48);

impl rg_list_decision {
    fn of(open: &mut Open, decision: ListDecision) -> Result<Self, Fault> {
        match decision {
            ListDecision::Approved(permit) => {
                let (orders, expires_ns) = (permit.orders(), permit.expires().nanos());
                let (generation, index) = match open.leaves.keep(Leave::List(permit), open.engine.now()) {
                    Ok(place) => place,
                    Err(leave) => return Err(no_room(open, leave)),
                };
                let permit = pack(Kind::ListPermit, open.tag.guard, generation, index);
                Ok(Self { expires_ns, permit, ..Self::without_permit(orders, None, open.handle()) })
            }
            ListDecision::Rejected(why) | ListDecision::EmergencyStop(why) => {
                Ok(Self::without_permit(why.orders, Some(&why), open.handle()))
            }
        }
    }

    /// What is to be said of so many orders, refused or not, and what is kept for rg_last_refusal.
    pub(crate) fn without_permit(orders: u32, why: Option<&ListRejection>, guard: rg_guard) -> Self {
        keep_refusal(why.map_or(Refusal::None, |why| Refusal::Rejected(why.leading, guard)));
        Self {
            size: 0,
            verdict: words::of_verdict(why.map_or(Verdict::Approved, ListRejection::verdict)),
            reason: why.map_or(0, |why| why.leading.reason.number().into()),
            level: why.and_then(|why| why.leading.level).map_or(0, words::of_level),
            order: why.and_then(|why| why.order).map_or(-1, i64::from),
            refused: why.map_or(0, |why| why.refused),
            orders,
            permit: 0,
            expires_ns: 0,
        }
    }

    fn poisoned(orders: usize) -> Self {
        let why = poisoned();
        keep_refusal(Refusal::Rejected(why, 0));
        Self {
            size: 0,
            verdict: rg_verdict::RG_REJECTED as u32,
            reason: why.reason.number().into(),
            level: 0,
            order: -1,
            refused: 0,
            orders: u32::try_from(orders).unwrap_or(u32::MAX),
            permit: 0,
            expires_ns: 0,
        }
    }
}

/// The orders of a list. What the core would refuse for its length is not read: one more than the most is enough to be
/// refused.
///
/// # Safety
/// `orders` is null or readable for `count` orders of the size that the first says.
pub(crate) unsafe fn read_list(orders: *const rg_order, count: usize) -> Result<Vec<rg_order>, Fault> {
    let read = count.min(LIST_ORDERS_MAX + 1);
    // SAFETY: the caller's promise.
    unsafe { memory::read_all("orders", orders, read, read) }
}

/// With the handles of a guard.
///
/// # Safety
/// Their texts are null or end with a NUL.
pub(crate) unsafe fn list_at<L: FromIterator<Order>>(orders: &[rg_order], open: &Open) -> Result<L, Fault> {
    // SAFETY: the caller's promise.
    orders.iter().map(|order| unsafe { order.at(open) }).collect()
}

/// Judges several orders together: all of them are approved and held, or none. Each is judged with the holds of those
/// before it; nothing is reduced. The orders stand one after the other, each `orders[0].size` bytes; all sizes are equal.
///
/// # Safety
/// `orders` is null or readable for `count` orders of that size, their texts null or with a NUL; `decision` is null or
/// as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_evaluate_list(
    guard: rg_guard,
    orders: *const rg_order,
    count: usize,
    decision: *mut rg_list_decision,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise.
        let (out, asked) = unsafe { (Out::new("decision", decision)?, read_list(orders, count)?) };
        let answer = regardless_if(
            guard,
            |open| {
                // SAFETY: the caller's promise.
                let orders: Arc<[Order]> = unsafe { list_at(&asked, open)? };
                let decision = open.engine.evaluate_list(&orders);
                rg_list_decision::of(open, decision)
            },
            || Ok(rg_list_decision::poisoned(count)),
        )?;
        // SAFETY: looked at above.
        unsafe { out.write(&answer) };
        Ok(())
    })
}

/// Turns the permit of a list into its messages, once: all of them, or RG_REFUSED and none. `capacity` must be at least
/// the number of its orders (RG_BUFFER_TOO_SMALL; the permit is still good); `count` becomes how many there are. Set the
/// size of each place before the call; all sizes are equal.
///
/// # Safety
/// `outbounds` is null or can be written for `capacity` messages of the size of the first; `count` is null or can be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_redeem_list(
    guard: rg_guard,
    permit: rg_permit,
    outbounds: *mut rg_outbound,
    capacity: usize,
    count: *mut usize,
) -> rg_status {
    border(|| {
        check("count", count)?;
        check("outbounds", outbounds)?;
        // SAFETY: the caller's promise.
        let places = unsafe { Out::all("outbounds", outbounds, capacity, LIST_ORDERS_MAX)? };
        let messages = regardless_if(
            guard,
            |open| {
                let parts = open.tag.own("permit", Kind::ListPermit, permit)?;
                if let Some(Leave::List(list)) = open.leaves.look(parts.generation, parts.index)
                    && list.orders() as usize > places.len()
                {
                    let text = format!("the list has {} orders", list.orders());
                    return Err(Fault::new(RG_BUFFER_TOO_SMALL, text));
                }
                let Leave::List(list) = take(open, Kind::ListPermit, permit)? else {
                    return Err(Fault::new(RG_WRONG_HANDLE, "permit: it is not for a list"));
                };
                let mut messages = Vec::with_capacity(list.orders() as usize);
                open.engine.redeem_list(list, &mut messages).map_err(|why| refused(&why))?;
                Ok(messages.into_iter().map(|message| rg_outbound::of(open, message)).collect::<Vec<_>>())
            },
            || Err(refused(&poisoned())),
        )?;
        // SAFETY: looked at above.
        unsafe { put(count, messages.len()) };
        for (message, place) in messages.iter().zip(places) {
            // SAFETY: looked at above.
            unsafe { place.write(message) };
        }
        Ok(())
    })
}

/// Gives the permit of a list back: nothing was sent and nothing will be.
#[unsafe(no_mangle)]
pub extern "C" fn rg_release_list(guard: rg_guard, permit: rg_permit) -> rg_status {
    border(|| {
        regardless_if(
            guard,
            |open| match take(open, Kind::ListPermit, permit)? {
                Leave::List(list) => open.engine.release_list(list).map_err(|why| refused(&why)),
                Leave::One(_) => Err(Fault::new(RG_WRONG_HANDLE, "permit: it is not for a list")),
            },
            || Err(refused(&poisoned())),
        )
    })
}
