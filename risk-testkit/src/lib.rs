//! What the tests share.

pub mod alloc;
pub mod history;
pub mod house;
pub mod model;
pub mod scenario;
