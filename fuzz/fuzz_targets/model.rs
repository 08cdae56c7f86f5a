//! Histories that make sense, chosen by the bytes: the engine and the reference model agree on everything.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(difference) = risk_testkit::history::play_choices(bytes.to_vec(), 40) {
        panic!("{difference}");
    }
});
