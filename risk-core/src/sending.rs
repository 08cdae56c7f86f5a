//! From the permit to the socket: redeemed once, or given back; and cancels, which always pass.

use crate::clock::{Clock, Timestamp};
use crate::decision::Rejection;
use crate::engine::Engine;
use crate::handle::{InstrumentHandle, OrderHandle};
use crate::input::OrderRef;
use crate::judge::halted;
use crate::order::Order;
use crate::permit::{Message, Outbound, Permit};
use crate::reason::Reason;
use crate::record::{Event, Journal};
use crate::reservation::OrderState;
use crate::state::at;

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Turns a permit into the message that may be sent. It is used up either way; when refused, its hold is released.
    ///
    /// # Errors
    /// Expired, spent or foreign; a scope has been halted, or set to reducing for an order that opens; a limit of its
    /// scopes has become stricter, or more of it would open than was judged (PERMIT_STALE); the clock or the journal
    /// is gone.
    pub fn redeem(&mut self, permit: Permit) -> Result<Outbound, Rejection> {
        let now = self.clock.now();
        self.redeem_at(permit, now)
    }

    /// [`Engine::redeem`] at a given time.
    ///
    /// # Errors
    /// As [`Engine::redeem`].
    #[allow(clippy::needless_pass_by_value, reason = "a permit is used up")]
    pub fn redeem_at(&mut self, permit: Permit, now: Option<Timestamp>) -> Result<Outbound, Rejection> {
        if permit.handle.engine != self.tag {
            return Err(Rejection::of(Reason::PermitForeign));
        }
        let refused = self.redeem_slot(permit.handle, now).err();
        let expired = self.state.now >= permit.expires;
        let refused = refused.map(|reason| match reason {
            // Settling has already taken an expired permit away.
            Reason::PermitSpent if expired => Reason::PermitExpired,
            reason => reason,
        });
        match refused {
            Some(Reason::KillSwitchActive) => Err(halted()),
            Some(reason) => Err(Rejection::of(reason)),
            None if permit.handle.is_version() => Ok(self.replacing(permit.handle, permit.expires)),
            None => Ok(self.outbound(permit.handle, Message::New, permit.expires)),
        }
    }

    /// The part of a redeem that is recorded and replayed.
    pub(crate) fn redeem_slot(&mut self, handle: OrderHandle, now: Option<Timestamp>) -> Result<(), Reason> {
        if handle.is_version() {
            return self.redeem_version(handle, now);
        }
        let time = self.advance(now);
        let slot = self.state.reservation.slot(handle, self.tag);
        let slot = slot.filter(|slot| self.state.reservation.is_permit(*slot));
        let looked = match (slot, time) {
            (None, _) => Err(Reason::PermitSpent),
            (Some(_), None) => Err(Reason::ClockUnavailable),
            (Some(slot), Some(_)) => self.state.look_again(slot),
        };
        let event = Event::Redeemed { order: handle, refused: looked.err() };
        let written = self.record(time, event);
        let looked = if written.is_err() { Err(Reason::JournalUnavailable) } else { looked };
        match (slot, looked) {
            (Some(slot), Ok(())) => self.state.reservation.mark_sent(slot, self.state.now),
            // Nothing was sent and nothing can be any more.
            (Some(slot), Err(_)) => self.state.drop_hold(slot),
            (None, _) => {}
        }
        looked
    }

    pub(crate) fn outbound(&self, handle: OrderHandle, message: Message, deadline: Timestamp) -> Outbound {
        let mut order = match self.state.reservation.order(handle.slot) {
            Some(order) => *order,
            None => Order::buy(InstrumentHandle::default(), 0),
        };
        if let Some(hold) = self.state.reservation.hold(handle.slot) {
            let scale = at(&self.state.instruments, hold.instrument).map_or(0, |i| i.traded.quantity_scale);
            order.quantity = rust_decimal::Decimal::new(hold.approved.0, scale).normalize();
        }
        Outbound { handle, message, order, replaces: None, deadline }
    }

    fn replacing(&self, handle: OrderHandle, deadline: Timestamp) -> Outbound {
        let version = self.state.versions.get(handle.slot);
        let replaces = version.map(|version| self.state.handle(self.tag, version.of));
        let order =
            version.map_or_else(|| Order::buy(InstrumentHandle::default(), 0), |version| version.order);
        Outbound { handle, message: Message::Replace, order, replaces, deadline }
    }

    /// Gives a permit back unused; its hold is gone and its id is free.
    ///
    /// # Errors
    /// When it is foreign, spent, or has expired (its hold is gone then, too).
    #[allow(clippy::needless_pass_by_value, reason = "a permit is used up")]
    pub fn release(&mut self, permit: Permit) -> Result<Order, Rejection> {
        let now = self.clock.now();
        self.release_at(permit, now)
    }

    /// [`Engine::release`] at a given time.
    ///
    /// # Errors
    /// As [`Engine::release`].
    #[allow(clippy::needless_pass_by_value, reason = "a permit is used up")]
    pub fn release_at(&mut self, permit: Permit, now: Option<Timestamp>) -> Result<Order, Rejection> {
        if permit.handle.engine != self.tag {
            return Err(Rejection::of(Reason::PermitForeign));
        }
        let order = match self.state.versions.get(permit.handle.slot) {
            Some(version) if permit.handle.is_version() => Some(version.order),
            _ => self.state.reservation.order(permit.handle.slot).copied(),
        };
        match (self.release_slot(permit.handle, now), order) {
            (Ok(()), Some(order)) => Ok(order),
            _ if self.state.now >= permit.expires => Err(Rejection::of(Reason::PermitExpired)),
            _ => Err(Rejection::of(Reason::PermitSpent)),
        }
    }

    pub(crate) fn release_slot(&mut self, handle: OrderHandle, now: Option<Timestamp>) -> Result<(), Reason> {
        if handle.is_version() {
            return self.release_version(handle, now);
        }
        let time = self.advance(now);
        let slot = self.state.reservation.slot(handle, self.tag);
        let slot = slot.filter(|slot| self.state.reservation.is_permit(*slot)).ok_or(Reason::PermitSpent);
        // Releasing only gives room back: it takes effect also when it cannot be recorded.
        let _ = self.record(time, Event::Released { order: handle, refused: slot.err() });
        self.state.drop_hold(slot?);
        Ok(())
    }

    /// Proof that a redeemed order was not sent: its hold is gone and its id is free. For a cancel, only a note.
    #[allow(clippy::needless_pass_by_value, reason = "an outbound message is used up")]
    pub fn abandon(&mut self, outbound: Outbound) {
        let now = self.clock.now();
        self.abandon_at(outbound, now);
    }

    /// [`Engine::abandon`] at a given time.
    #[allow(clippy::needless_pass_by_value, reason = "an outbound message is used up")]
    pub fn abandon_at(&mut self, outbound: Outbound, now: Option<Timestamp>) {
        if outbound.handle.engine == self.tag {
            self.abandon_slot(outbound.handle, outbound.message == Message::Cancel, now);
        }
    }

    pub(crate) fn abandon_slot(&mut self, handle: OrderHandle, cancel: bool, now: Option<Timestamp>) {
        if handle.is_version() {
            return self.abandon_version(handle, now);
        }
        let time = self.advance(now);
        let _ = self.record(time, Event::Abandoned { order: handle, cancel });
        let Some(slot) = self.state.reservation.slot(handle, self.tag) else { return };
        let Some(hold) = self.state.reservation.hold_mut(slot) else { return };
        if cancel {
            hold.cancel_sent = false;
        } else if hold.state == OrderState::Sent && hold.filled.0 == 0 {
            // What was executed was sent, whatever the caller says.
            self.state.drop_hold(slot);
        }
    }

    /// Lets a cancel out. Never refused, in no state; counted as a message and recorded. For an order that is not
    /// known the message names what was asked for, and an anomaly is counted.
    pub fn cancel(&mut self, order: impl Into<OrderRef>) -> Outbound {
        let now = self.clock.now();
        self.cancel_at(order, now)
    }

    /// [`Engine::cancel`] at a given time.
    pub fn cancel_at(&mut self, order: impl Into<OrderRef>, now: Option<Timestamp>) -> Outbound {
        let time = self.advance(now);
        let order = order.into();
        let slot = self.find_order(&order);
        let mut kept = order;
        kept.strip_foreign(self.tag);
        let event = Event::Cancelled { order: kept, known: slot.is_some() };
        if self.record(time, event.clone()).is_err() {
            self.keep_unrecorded(time, event);
        }
        match slot {
            Some(slot) => {
                self.state.take_messages(slot, [false; 2]);
                if let Some(hold) = self.state.reservation.hold_mut(slot) {
                    hold.cancel_sent = true;
                }
                self.outbound(self.state.handle(self.tag, slot), Message::Cancel, Timestamp::MAX)
            }
            None => {
                self.state.anomalies = self.state.anomalies.saturating_add(1);
                let mut named = Order::buy(InstrumentHandle::default(), 0);
                if let OrderRef::Client { account, id } = order {
                    named.account = account;
                    named.id = id;
                }
                let handle = OrderHandle::default();
                let (message, deadline) = (Message::Cancel, Timestamp::MAX);
                Outbound { handle, message, order: named, replaces: None, deadline }
            }
        }
    }
}
