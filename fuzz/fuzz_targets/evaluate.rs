//! Orders of any kind against limits of any size: an answer and a record each, and never more than was asked for.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| risk_fuzz::orders_are_answered(bytes));
