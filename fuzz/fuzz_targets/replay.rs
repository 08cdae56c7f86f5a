//! Long histories of any calls: the records lead to the same state again.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| risk_fuzz::calls_are_replayed(bytes, 80));
