//! The border from the caller's side.

mod suite;
