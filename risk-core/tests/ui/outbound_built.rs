//! An outbound message cannot be built.
use risk_core::{Message, Order, OrderHandle, Outbound, Timestamp};

fn bypass(order: Order) -> Outbound {
    Outbound { handle: OrderHandle::default(), message: Message::New, order, replaces: None, deadline: Timestamp::MAX }
}

fn main() {}
