//! The calls as a C program makes them, from Rust: through pointers and numbers only.

mod bad_calls;
mod bad_values;
mod handles;
mod processes;
mod sizes;
mod world;
