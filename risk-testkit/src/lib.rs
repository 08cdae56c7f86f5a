//! What the tests share.

pub mod alloc;
pub mod history;
pub mod model;
pub mod scenario;
