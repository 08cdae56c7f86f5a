//! Permits are used up, messages go out.

use core::ffi::c_char;

use risk_core::{Id, Message, OrderHandle, OrderRef, Outbound, Rejection};

use crate::border::{Fault, Refusal, border, keep_refusal};
use crate::handle::{
    Kind, pack, rg_account, rg_guard, rg_instrument, rg_outbound_handle, rg_permit, rg_strategy, rg_trader,
};
use crate::kept::Leave;
use crate::memory::{Out, Sized32, check, place};
use crate::number::rg_decimal;
use crate::order::{flags_of, id, of_kind, of_time_in_force, poisoned, rg_order_handle};
use crate::registry::{Open, regardless, regardless_if, with};
use crate::words::rg_status::{self, RG_REFUSED, RG_STALE_HANDLE};
use crate::words::{self, rg_message};

/// Bytes of an id with its NUL, and room.
pub const RG_ID_BYTES: usize = 72;

/// A message that may leave the process: send exactly this. Set its size before the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_outbound {
    /// sizeof(rg_outbound).
    pub size: u32,
    /// An rg_message.
    pub message: u32,
    /// Its own handle, for rg_abandon.
    pub handle: rg_outbound_handle,
    /// The order, for reports and cancels; zeroed for a cancel of an order that is not known.
    pub order: rg_order_handle,
    /// The order that a replace changes; else zeroed.
    pub replaces: rg_order_handle,
    /// When it must not be written to the socket any more, in nanoseconds since the epoch.
    pub deadline_ns: i64,
    /// The account.
    pub account: rg_account,
    /// The strategy.
    pub strategy: rg_strategy,
    /// What is traded.
    pub instrument: rg_instrument,
    /// An rg_side.
    pub side: u32,
    /// An rg_kind.
    pub kind: u32,
    /// An rg_time_in_force.
    pub time_in_force: u32,
    /// RG_REDUCE_ONLY, RG_WHOLE, RG_SELF_MATCH_PREVENTION.
    pub flags: u32,
    /// How much: what was approved.
    pub quantity: rg_decimal,
    /// The price; absent where there is none.
    pub price: rg_decimal,
    /// The trigger; absent where there is none.
    pub trigger: rg_decimal,
    /// The client order id, with a NUL.
    pub id: [c_char; RG_ID_BYTES],
    /// Who asked for it; 0: nobody was named.
    pub trader: rg_trader,
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl Sized32 for rg_outbound {
    const LEAST: usize = 216;
}

const _: () = assert!(size_of::<rg_outbound>() == 224);

fn of_message(message: Message) -> u32 {
    (match message {
        Message::New => rg_message::RG_MESSAGE_NEW,
        Message::Cancel => rg_message::RG_MESSAGE_CANCEL,
        Message::Replace => rg_message::RG_MESSAGE_REPLACE,
        _ => rg_message::RG_MESSAGE_OTHER,
    }) as u32
}

impl rg_outbound {
    /// Keeps the message, and says what to send.
    pub(crate) fn of(open: &mut Open, outbound: Outbound) -> Self {
        let order = *outbound.order();
        let (kind, price, trigger) = of_kind(&order);
        let mut shown = Self {
            size: 0,
            message: of_message(outbound.message()),
            handle: 0,
            order: rg_order_handle::of(open, outbound.handle()),
            replaces: rg_order_handle::of(open, outbound.replaces().unwrap_or_default()),
            deadline_ns: outbound.deadline().nanos(),
            account: open.of_account(order.account),
            strategy: open.of_strategy(order.strategy),
            instrument: open.of_instrument(order.instrument),
            side: words::of_side(order.side),
            kind,
            time_in_force: of_time_in_force(order.time_in_force),
            flags: flags_of(&order),
            quantity: rg_decimal::of(order.quantity),
            price,
            trigger,
            id: place(order.id.as_str()),
            trader: order.trader.map_or(0, |trader| open.of_trader(trader)),
        };
        let (generation, index) = open.outbounds.keep(outbound);
        shown.handle = pack(Kind::Outbound, open.tag.guard, generation, index);
        shown
    }
}

/// A refusal of a permit, and its reason for rg_last_refusal.
pub(crate) fn refused(why: &Rejection) -> Fault {
    keep_refusal(Refusal::Rejected(*why, 0));
    Fault::new(RG_REFUSED, why.to_string())
}

/// What a permit stands for, taken out of the table: its number is spent.
pub(crate) fn take(open: &mut Open, kind: Kind, permit: rg_permit) -> Result<Leave, Fault> {
    let parts = open.tag.own("permit", kind, permit)?;
    open.leaves.take(parts.generation, parts.index).ok_or_else(|| {
        Fault::new(RG_STALE_HANDLE, format!("permit: {permit:#x} was used, or has expired and was forgotten"))
    })
}

fn not_of_this_kind() -> Fault {
    Fault::new(rg_status::RG_WRONG_HANDLE, "permit: it is for a list, or is not")
}

/// Uses a permit up: the message, or the number of the reason why it is not good any more.
pub(crate) fn redeem(guard: rg_guard, permit: rg_permit) -> Result<Result<rg_outbound, u32>, Fault> {
    let refuse = |why: Rejection| {
        keep_refusal(Refusal::Rejected(why, guard));
        Ok(Err(why.reason.number().into()))
    };
    regardless_if(
        guard,
        |open| match take(open, Kind::Permit, permit)? {
            Leave::One(permit) => match open.engine.redeem(permit) {
                Ok(outbound) => Ok(Ok(rg_outbound::of(open, outbound))),
                Err(why) => refuse(why),
            },
            Leave::List(_) => Err(not_of_this_kind()),
        },
        || refuse(poisoned()),
    )
}

/// Turns a permit into the message that may be sent, once. RG_REFUSED when it is not good any more (expired, halted,
/// or the state has changed since): rg_last_refusal says why; do not send. The permit is used up either way.
///
/// # Safety
/// `outbound` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_redeem(
    guard: rg_guard,
    permit: rg_permit,
    outbound: *mut rg_outbound,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new("outbound", outbound)? };
        let sent = redeem(guard, permit)?
            .map_err(|_| Fault::new(RG_REFUSED, "the permit was refused; see rg_last_refusal"))?;
        // SAFETY: looked at above.
        unsafe { out.write(&sent) };
        Ok(())
    })
}

/// Gives a permit back: nothing was sent and nothing will be. What it held is free at once.
#[unsafe(no_mangle)]
pub extern "C" fn rg_release(guard: rg_guard, permit: rg_permit) -> rg_status {
    border(|| {
        regardless_if(
            guard,
            |open| match take(open, Kind::Permit, permit)? {
                Leave::One(permit) => open.engine.release(permit).map(|_| ()).map_err(|why| refused(&why)),
                Leave::List(_) => Err(not_of_this_kind()),
            },
            || Err(refused(&poisoned())),
        )
    })
}

/// Says that a message was not sent and never will be: the only proof of it. RG_STALE_HANDLE when it was abandoned
/// before, or RG_OUTBOUNDS_KEPT further messages have gone out since: then it counts as sent.
#[unsafe(no_mangle)]
pub extern "C" fn rg_abandon(guard: rg_guard, outbound: rg_outbound_handle) -> rg_status {
    border(|| {
        with(guard, |open| {
            let parts = open.tag.own("outbound", Kind::Outbound, outbound)?;
            let kept = open.outbounds.take(parts.generation, parts.index);
            let kept = kept.ok_or_else(|| {
                Fault::new(
                    RG_STALE_HANDLE,
                    format!("outbound: {outbound:#x} was abandoned, or counts as sent"),
                )
            })?;
            open.engine.abandon(kept);
            Ok(())
        })
    })
}

/// An order, by its handle or by its account and client order id.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_order_ref {
    /// The handle; zeroed: the order is meant by account and id.
    pub handle: rg_order_handle,
    /// The account.
    pub account: rg_account,
    /// The client order id; null with a handle.
    pub id: *const c_char,
}

/// An order of the caller, without what only its guard knows.
#[derive(Clone, Copy)]
pub(crate) struct Named {
    handle: rg_order_handle,
    account: u64,
    id: Id,
}

impl Named {
    /// Reads it.
    ///
    /// # Safety
    /// `from` is null or can be read; its id is null or ends with a NUL.
    pub(crate) unsafe fn read(from: *const rg_order_ref) -> Result<Self, Fault> {
        check("order", from)?;
        // SAFETY: looked at, and readable by the caller's promise.
        unsafe { Self::of(&from.read()) }
    }

    /// # Safety
    /// Its id is null or ends with a NUL.
    pub(crate) unsafe fn of(from: &rg_order_ref) -> Result<Self, Fault> {
        if from.handle.guard != 0 && (from.account != 0 || !from.id.is_null()) {
            let text = "order: it is named by a handle, and by account or id as well";
            return Err(Fault::new(rg_status::RG_INVALID_VALUE, text));
        }
        // SAFETY: the caller's promise.
        Ok(Self { handle: from.handle, account: from.account, id: unsafe { id(from.id) } })
    }

    /// As the guard knows it. What another guard's handle names is unknown here: that is for the core to say, which
    /// keeps a fact about an unknown order where a status would lose it.
    pub(crate) fn at(&self, open: &Open) -> OrderRef {
        if self.handle.guard == 0 {
            return OrderRef::Client { account: open.account(self.account), id: self.id };
        }
        let own = self.handle.guard == open.handle();
        OrderRef::Handle(if own {
            open.engine.order_of_bits(self.handle.order)
        } else {
            OrderHandle::default()
        })
    }
}

/// A cancel. It is never refused, in any state of the guard, not even a poisoned one; a cancel of an order that is not
/// known goes out too, and is recorded as an anomaly.
///
/// # Safety
/// `order` is null or can be read, its id null or with a NUL; `outbound` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_cancel(
    guard: rg_guard,
    order: *const rg_order_ref,
    outbound: *mut rg_outbound,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise, for both.
        let (out, named) = unsafe { (Out::new("outbound", outbound)?, Named::read(order)?) };
        let sent = regardless(guard, |open| {
            let order = named.at(open);
            let outbound = open.engine.cancel(order);
            Ok(rg_outbound::of(open, outbound))
        })?;
        // SAFETY: looked at above.
        unsafe { out.write(&sent) };
        Ok(())
    })
}
