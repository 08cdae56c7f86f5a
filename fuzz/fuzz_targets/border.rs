//! Calls of the C interface in any order, with handles, sizes and pointers that are right or wrong.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| risk_fuzz::c_calls_are_answered(bytes));
