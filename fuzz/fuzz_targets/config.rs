//! Text as a configuration: refused with a message, or an engine that decides.
#![no_main]

use risk_core::{Capacity, Config, Engine, ManualClock, MemoryJournal, Timestamp};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for read in [Config::from_toml(text, "any"), Config::from_json(text, "any")] {
        let mut config = match read {
            Ok(config) => config,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                continue;
            }
        };
        // How large the tables are is the writer's business; here they would only cost memory.
        config.capacity = Capacity { live_orders: 16, order_ids: 64, executions: 16, ..Capacity::default() };
        for finding in config.lint() {
            assert!(!finding.to_string().is_empty());
        }
        let clock = ManualClock::at(Timestamp::from_millis(1_700_000_000_000));
        if let Ok(engine) = Engine::new(&config, clock, MemoryJournal::last(4)) {
            drop(engine.coverage());
        }
    }
});
