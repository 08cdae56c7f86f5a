//! What the benches share: an engine with limits at all four levels, orders to judge, and the floor.

pub mod door;
pub mod fixture;
pub mod floor;
pub mod limits;
pub mod timing;
