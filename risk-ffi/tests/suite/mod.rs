//! The calls as a C program makes them, from Rust: through pointers and numbers only.

mod bad_calls;
mod bad_reports;
mod bad_values;
mod carry;
mod driver;
mod driver_inputs;
mod driver_lists;
mod handles;
mod house;
mod processes;
mod rules;
mod scenarios;
mod sizes;
mod world;
