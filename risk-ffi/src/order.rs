//! Orders are judged.

use core::ffi::c_char;
use core::mem::MaybeUninit;

use risk_core::{
    Decision, ID_BYTES_MAX, Id, Kind as OrderKind, Order, OrderHandle, Reason, Rejection, TimeInForce,
    Timestamp,
};

use crate::border::{Fault, Refusal, border, keep_refusal};
use crate::handle::{Kind, pack, rg_account, rg_guard, rg_instrument, rg_permit, rg_strategy, rg_trader};
use crate::kept::Leave;
use crate::memory::{self, Out, Sized32};
use crate::number::rg_decimal;
use crate::registry::{Open, regardless_if};
use crate::words::rg_kind::{RG_LIMIT, RG_MARKET, RG_STOP, RG_STOP_LIMIT};
use crate::words::rg_status::{self, RG_FULL, RG_INVALID_NUMBER, RG_INVALID_VALUE};
use crate::words::{self, rg_kind, rg_time_in_force, rg_verdict};

/// In rg_order.flags: the order may only make the position smaller. Grants nothing.
pub const RG_REDUCE_ONLY: u32 = 1;
/// In rg_order.flags: the order is sent whole or not at all; the guard may not answer with less.
pub const RG_WHOLE: u32 = 2;
/// In rg_order.flags: the order carries the venue's own instruction against self matches, so that it is none.
pub const RG_SELF_MATCH_PREVENTION: u32 = 4;

/// An order at a guard: which one, and of which guard. Zeroed, it is none.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct rg_order_handle {
    /// The guard.
    pub guard: rg_guard,
    /// The order, as that guard counts them.
    pub order: u64,
}

/// The kind, price and trigger of an order. A kind that this header does not know is 0: do not send it.
pub(crate) fn of_kind(order: &Order) -> (u32, rg_decimal, rg_decimal) {
    let none = rg_decimal::default();
    match order.kind {
        OrderKind::Market => (rg_kind::RG_MARKET as u32, none, none),
        OrderKind::Limit { price } => (rg_kind::RG_LIMIT as u32, rg_decimal::of(price), none),
        OrderKind::Stop { trigger } => (rg_kind::RG_STOP as u32, none, rg_decimal::of(trigger)),
        OrderKind::StopLimit { trigger, price } => {
            (rg_kind::RG_STOP_LIMIT as u32, rg_decimal::of(price), rg_decimal::of(trigger))
        }
        _ => (0, none, none),
    }
}

pub(crate) fn of_time_in_force(time_in_force: TimeInForce) -> u32 {
    match time_in_force {
        TimeInForce::GoodTillCancel => rg_time_in_force::RG_GOOD_TILL_CANCEL as u32,
        TimeInForce::Day => rg_time_in_force::RG_DAY as u32,
        TimeInForce::ImmediateOrCancel => rg_time_in_force::RG_IMMEDIATE_OR_CANCEL as u32,
        TimeInForce::FillOrKill => rg_time_in_force::RG_FILL_OR_KILL as u32,
        TimeInForce::AllOrNone => rg_time_in_force::RG_ALL_OR_NONE as u32,
        _ => 0,
    }
}

/// RG_REDUCE_ONLY and so on, of an order.
pub(crate) fn flags_of(order: &Order) -> u32 {
    let flag = |is: bool, flag: u32| if is { flag } else { 0 };
    flag(order.reduce_only, RG_REDUCE_ONLY)
        | flag(!order.reducible, RG_WHOLE)
        | flag(order.self_match_prevention, RG_SELF_MATCH_PREVENTION)
}

impl rg_order {
    /// An order of the guard's own making, without its texts.
    pub(crate) fn unnamed(open: &Open, order: &Order) -> Self {
        let (kind, price, trigger) = of_kind(order);
        Self {
            size: 0,
            side: words::of_side(order.side),
            account: open.of_account(order.account),
            strategy: open.of_strategy(order.strategy),
            instrument: open.of_instrument(order.instrument),
            id: core::ptr::null(),
            kind,
            time_in_force: of_time_in_force(order.time_in_force),
            quantity: rg_decimal::of(order.quantity),
            price,
            trigger,
            created_at_ns: order.created_at.map_or(0, Timestamp::nanos),
            parent: core::ptr::null(),
            parent_quantity: rg_decimal::of_option(order.parent_quantity),
            flags: flags_of(order),
            reserved: 0,
            trader: order.trader.map_or(0, |trader| open.of_trader(trader)),
        }
    }
}

impl rg_order_handle {
    /// As the caller knows it; zeroed where it names nothing.
    #[inline]
    pub(crate) fn of(open: &Open, handle: OrderHandle) -> Self {
        if handle == OrderHandle::default() {
            return Self::default();
        }
        Self { guard: open.handle(), order: handle.to_bits() }
    }
}

/// An order as the trading system asks for it. Zero it, set its size, then what it has. Quantities are in units of the
/// instrument, prices in its quote asset. A handle of another guard, or none, is answered UNKNOWN_ACCOUNT and so on; an
/// id that is no id is answered INVALID_ORDER.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_order {
    /// sizeof(rg_order).
    pub size: u32,
    /// An rg_side.
    pub side: u32,
    /// The account it trades for.
    pub account: rg_account,
    /// The strategy that sends it.
    pub strategy: rg_strategy,
    /// What is traded.
    pub instrument: rg_instrument,
    /// The client order id, 1 to 64 of [A-Za-z0-9_.:-], unique in its account.
    pub id: *const c_char,
    /// An rg_kind.
    pub kind: u32,
    /// An rg_time_in_force.
    pub time_in_force: u32,
    /// How much, above 0.
    pub quantity: rg_decimal,
    /// The worst price, for RG_LIMIT and RG_STOP_LIMIT; else absent.
    pub price: rg_decimal,
    /// The trigger, for RG_STOP and RG_STOP_LIMIT; else absent.
    pub trigger: rg_decimal,
    /// When the trading system made it, in nanoseconds since the epoch; 0: not said.
    pub created_at_ns: i64,
    /// The id of the parent order it is a slice of; null: none.
    pub parent: *const c_char,
    /// The parent's whole quantity; absent: not said.
    pub parent_quantity: rg_decimal,
    /// RG_REDUCE_ONLY, RG_WHOLE, RG_SELF_MATCH_PREVENTION.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
    /// Who asks for it; 0: nobody is named.
    pub trader: rg_trader,
}

// SAFETY: repr(C), its size comes first, whole numbers and pointers; 64 bits: no padding (asserted below).
unsafe impl Sized32 for rg_order {
    const LEAST: usize = 136;
}

/// The answer. Set its size before the call. Only RG_APPROVED and RG_REDUCED have a permit, and only a redeemed permit
/// may be sent.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_decision {
    /// sizeof(rg_decision).
    pub size: u32,
    /// An rg_verdict.
    pub verdict: u32,
    /// Why it was refused or reduced, an rg_reason; 0 for an approval.
    pub reason: u32,
    /// The level whose limit refused or reduced, an rg_level; 0 where there is none.
    pub level: u32,
    /// The quantity that may be sent; absent when none may.
    pub quantity: rg_decimal,
    /// The permit; 0 when there is none. Redeem it or release it; else it keeps its hold until it expires.
    pub permit: rg_permit,
    /// The order, for reports and cancels; zeroed when there is no permit.
    pub order: rg_order_handle,
    /// When it is too late to redeem, in nanoseconds since the epoch; 0 when there is no permit.
    pub expires_ns: i64,
}

// SAFETY: repr(C), its size comes first, whole numbers; 64 bits: no padding (asserted below).
unsafe impl Sized32 for rg_decision {
    const LEAST: usize = 64;
}

const _: () = assert!(size_of::<rg_decision>() == 64);
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<rg_order>() == 144);

/// An id as the core takes it: what is none is an id that no call takes.
///
/// # Safety
/// `text` is null or readable up to its NUL or for 66 bytes.
#[inline]
pub(crate) unsafe fn id(text: *const c_char) -> Id {
    // SAFETY: the caller's promise.
    match unsafe { memory::bytes(text, ID_BYTES_MAX) } {
        None => Id::default(),
        Some(bytes) => Id::of_bytes(bytes),
    }
}

/// # Safety
/// As [`id`].
#[inline]
pub(crate) unsafe fn optional_id(text: *const c_char) -> Option<Id> {
    // SAFETY: the caller's promise.
    (!text.is_null()).then(|| unsafe { id(text) })
}

/// A time that may be missing: 0.
#[inline]
pub(crate) fn optional_time(nanos: i64) -> Option<Timestamp> {
    (nanos != 0).then_some(Timestamp::from_nanos(nanos))
}

#[cold]
fn presence(field: &'static str, given: bool) -> Fault {
    let text = if given {
        format!("{field} is given, but this kind of order has none")
    } else {
        format!("{field} is missing")
    };
    Fault::new(RG_INVALID_NUMBER, text)
}

impl rg_order {
    /// The order for the core, with the handles of a guard.
    ///
    /// # Safety
    /// Its texts are null or end with a NUL.
    #[inline]
    pub(crate) unsafe fn at(&self, open: &Open) -> Result<Order, Fault> {
        if self.flags & !(RG_REDUCE_ONLY | RG_WHOLE | RG_SELF_MATCH_PREVENTION) != 0 || self.reserved != 0 {
            return Err(unknown_bits(self.flags, self.reserved));
        }
        Ok(Order {
            // SAFETY: the caller's promise.
            id: unsafe { id(self.id) },
            account: open.account(self.account),
            strategy: open.strategy(self.strategy),
            instrument: open.instrument(self.instrument),
            side: words::side("side", self.side)?,
            quantity: self.quantity.needed("quantity")?,
            kind: self.kind()?,
            time_in_force: words::time_in_force("time_in_force", self.time_in_force)?,
            reduce_only: self.flags & RG_REDUCE_ONLY != 0,
            reducible: self.flags & RG_WHOLE == 0,
            self_match_prevention: self.flags & RG_SELF_MATCH_PREVENTION != 0,
            created_at: optional_time(self.created_at_ns),
            // SAFETY: the caller's promise.
            parent: unsafe { optional_id(self.parent) },
            parent_quantity: self.parent_quantity.optional("parent_quantity")?,
            trader: if self.trader == 0 { None } else { Some(open.trader(self.trader)) },
        })
    }

    #[inline]
    fn kind(&self) -> Result<OrderKind, Fault> {
        let (price, trigger) = (self.price.optional("price")?, self.trigger.optional("trigger")?);
        match (words::kind("kind", self.kind)?, price, trigger) {
            (RG_MARKET, None, None) => Ok(OrderKind::Market),
            (RG_LIMIT, Some(price), None) => Ok(OrderKind::Limit { price }),
            (RG_STOP, None, Some(trigger)) => Ok(OrderKind::Stop { trigger }),
            (RG_STOP_LIMIT, Some(price), Some(trigger)) => Ok(OrderKind::StopLimit { trigger, price }),
            (RG_LIMIT | RG_STOP_LIMIT, None, _) => Err(presence("price", false)),
            (RG_STOP | RG_STOP_LIMIT, _, None) => Err(presence("trigger", false)),
            (RG_MARKET | RG_STOP, Some(_), _) => Err(presence("price", true)),
            (RG_MARKET | RG_LIMIT, _, Some(_)) => Err(presence("trigger", true)),
        }
    }
}

#[cold]
fn unknown_bits(flags: u32, reserved: u32) -> Fault {
    Fault::new(RG_INVALID_VALUE, format!("flags {flags:#x} or reserved {reserved:#x} have unknown bits"))
}

/// A refusal as the core would give it, for a guard that is not asked any more.
pub(crate) fn poisoned() -> Rejection {
    Rejection::of(Reason::GuardPoisoned)
}

impl rg_decision {
    pub(crate) fn refused(verdict: rg_verdict, rejection: &Rejection, guard: rg_guard) -> Self {
        keep_refusal(Refusal::Rejected(*rejection, guard));
        Self {
            size: 0,
            verdict: verdict as u32,
            reason: rejection.reason.number().into(),
            level: rejection.level.map_or(0, words::of_level),
            quantity: rg_decimal::default(),
            permit: 0,
            order: rg_order_handle::default(),
            expires_ns: 0,
        }
    }

    /// Keeps the permit, and says what was decided.
    #[inline]
    pub(crate) fn of(open: &mut Open, decision: Decision) -> Result<Self, Fault> {
        let (verdict, permit, reason, level) = match decision {
            Decision::Approved(permit) => {
                keep_refusal(Refusal::None);
                (rg_verdict::RG_APPROVED, permit, 0, 0)
            }
            Decision::Reduced(permit, binding) => {
                keep_refusal(Refusal::Reduced(binding));
                let level = words::of_level(binding.level);
                (rg_verdict::RG_REDUCED, permit, binding.reason.number().into(), level)
            }
            Decision::Rejected(rejection) => {
                return Ok(Self::refused(rg_verdict::RG_REJECTED, &rejection, open.handle()));
            }
            Decision::EmergencyStop(rejection) => {
                return Ok(Self::refused(rg_verdict::RG_EMERGENCY_STOP, &rejection, open.handle()));
            }
        };
        let order = rg_order_handle::of(open, permit.order());
        let (quantity, expires) = (rg_decimal::of(permit.quantity()), permit.expires());
        let (generation, index) = match open.leaves.keep(Leave::One(permit), open.engine.now()) {
            Ok(place) => place,
            Err(leave) => return Err(no_room(open, leave)),
        };
        Ok(Self {
            size: 0,
            verdict: verdict as u32,
            reason,
            level,
            quantity,
            permit: pack(Kind::Permit, open.tag.guard, generation, index),
            order,
            expires_ns: expires.nanos(),
        })
    }
}

/// A permit that cannot be kept is given back: the order counts as refused.
#[cold]
pub(crate) fn no_room(open: &mut Open, leave: Leave) -> Fault {
    let given_back = match leave {
        Leave::One(permit) => open.engine.release(permit).map(|_| ()),
        Leave::List(permit) => open.engine.release_list(permit),
    };
    let text = given_back.map_or_else(|why| why.to_string(), |()| "it was given back".to_owned());
    Fault::new(RG_FULL, format!("no place is left for a permit; {text}"))
}

/// Judges an order at the guard's time. RG_OK says that there is an answer, not that it is yes: look at the verdict. On
/// any other status the order counts as refused.
///
/// # Safety
/// `order` is null or as large as it says, its texts null or with a NUL; `decision` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_evaluate(
    guard: rg_guard,
    order: *const rg_order,
    decision: *mut rg_decision,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe { judge(guard, order, decision, |open, order| open.engine.evaluate(order)) }
}

/// rg_evaluate at a given time, in nanoseconds since the epoch: reads no clock. INT64_MIN: the time is not known, and
/// the order is refused.
///
/// # Safety
/// As rg_evaluate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_evaluate_at(
    guard: rg_guard,
    order: *const rg_order,
    now_ns: i64,
    decision: *mut rg_decision,
) -> rg_status {
    let now = (now_ns != i64::MIN).then_some(Timestamp::from_nanos(now_ns));
    // SAFETY: the caller's promise.
    unsafe { judge(guard, order, decision, |open, order| open.engine.evaluate_at(order, now)) }
}

/// # Safety
/// As rg_evaluate.
#[inline]
unsafe fn judge(
    guard: rg_guard,
    order: *const rg_order,
    decision: *mut rg_decision,
    evaluate: impl FnOnce(&mut Open, &Order) -> Decision,
) -> rg_status {
    border(|| {
        let mut room = MaybeUninit::uninit();
        // SAFETY: the caller's promise, for both.
        let (out, asked) =
            unsafe { (Out::new("decision", decision)?, memory::see("order", order, &mut room)?) };
        let answer = regardless_if(
            guard,
            |open| {
                // SAFETY: the caller's promise.
                let order = unsafe { asked.at(open)? };
                let decision = evaluate(open, &order);
                rg_decision::of(open, decision)
            },
            || Ok(rg_decision::refused(rg_verdict::RG_REJECTED, &poisoned(), 0)),
        )?;
        // SAFETY: looked at above.
        unsafe { out.write(&answer) };
        Ok(())
    })
}
