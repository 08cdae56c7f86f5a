//! What the examples share: where data is kept, how it is fetched and checked, how the output looks.
//!
//! The two long examples, `replay` and `burst`, run on recorded order flow of real exchanges. None of it is part of
//! this repository: [`fetch`] gets it once, from the package registry the machine is set up for, into the build's
//! target directory ([`store`]), and nothing is used whose SHA-256 is not the expected one.

pub mod fetch;
pub mod latency;
pub mod look;
pub mod store;
