//! Files of a journal, changed in any way: what is read is what was written, or it is missed loudly.
#![no_main]

use std::sync::LazyLock;

use risk_fuzz::Written;

static WRITTEN: LazyLock<Written> = LazyLock::new(Written::default);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| WRITTEN.survives(bytes));
