//! The calls as a C program makes them, from Rust: through pointers and numbers only.

mod any_calls;
mod any_values;
mod bad_calls;
mod bad_looks;
mod bad_reports;
mod bad_truth;
mod bad_values;
mod carry;
mod driver;
mod driver_folder;
mod driver_inputs;
mod driver_lists;
mod driver_questions;
mod driver_truth;
mod handles;
mod house;
mod looks;
mod processes;
mod rules;
mod scenarios;
mod sizes;
mod world;
