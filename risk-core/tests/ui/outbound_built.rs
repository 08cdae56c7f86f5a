//! An outbound message cannot be built.
use risk_core::{Message, Order, OrderHandle, Outbound, Timestamp};

fn bypass(order: Order) -> Outbound {
    let (handle, deadline) = (OrderHandle::default(), Timestamp::MAX);
    Outbound { handle, message: Message::New, order, replaces: None, deadline }
}

fn main() {}
