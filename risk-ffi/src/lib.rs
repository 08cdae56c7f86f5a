//! The guard for C, C++ and everything that can call C: `risk_guard.h`, generated from this crate, and beside it
//! `risk_guard.hpp`.
//!
//! A thin adapter: it translates, calls `risk-core`, and translates back. It decides nothing.
//!
//! - **Statuses.** Every call that can fail returns a status; on anything but [`RG_OK`](words::rg_status::RG_OK) nothing
//!   was written to the caller's memory, and an order that was asked about counts as refused.
//! - **Zero is never good.** In every enumeration 0 is reserved; a structure that was only zeroed approves nothing.
//! - **Handles** are numbers with a kind and a generation. One that is freed, spent, of another kind or of another guard
//!   is a status, never somebody else's.
//! - **Panics** end at the border. The guard they happened in is in doubt from then on: it refuses every order.
//!
//! The names here are those of the header, so that one search finds both sides.

#![warn(missing_docs)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc)]
#![allow(non_camel_case_types)]

// What crosses the border, and how.
pub mod border;
pub mod memory;
pub mod number;
pub mod words;
// What stays on this side.
mod answer;
mod book;
pub mod handle;
pub mod kept;
mod registry;
// The calls, in the order of an order's life.
pub mod adjust;
pub mod change;
pub mod explain;
pub mod guard;
pub mod halt;
pub mod input;
pub mod look;
pub mod names;
pub mod order;
pub mod permit;
pub mod reconcile;
pub mod report;
pub mod rule;
pub mod scalar;
pub mod statement;
pub mod time;
pub mod trip;
