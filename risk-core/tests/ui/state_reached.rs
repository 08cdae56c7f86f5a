//! The state, and the way around the record, are nobody's.
use risk_core::{Engine, ManualClock, MemoryJournal};

fn reach(engine: &mut Engine<ManualClock, MemoryJournal>) {
    engine.state.firm.unrecorded = false;
    engine.journal = MemoryJournal::with_capacity(1);
}

fn main() {}
