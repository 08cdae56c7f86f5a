//! From a fuzzer's bytes to calls of an engine, and of the C interface.
//!
//! The calls are those of the property tests, word for word: their files are part of this crate. What is new here is who
//! chooses: the fuzzer, by the seed of each call.

#![allow(dead_code, unused_imports, missing_docs)]

// The calls and worlds of the property tests.
#[path = "../../risk-core/tests/suite/absurd.rs"]
mod absurd;
#[path = "../../risk-ffi/tests/suite/any_calls.rs"]
mod any_calls;
#[path = "../../risk-ffi/tests/suite/any_values.rs"]
mod any_values;
#[path = "../../risk-core/tests/suite/calls.rs"]
mod calls;
#[path = "../../risk-journal/tests/suite/desk.rs"]
mod desk;
#[path = "../../risk-journal/tests/suite/sim.rs"]
mod sim;
#[path = "../../risk-core/tests/suite/world.rs"]
mod world;

mod journals;
mod orders;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use risk_core::{MemoryJournal, replay};

pub use journals::Written;
pub use orders::orders_are_answered;

/// Bytes that a call is made from.
const BYTES: usize = 4;

/// The calls these bytes stand for: four are the seed of one. Bytes changed change a call, bytes moved move calls.
fn calls_of(bytes: &[u8], calls_max: usize) -> Vec<calls::Call> {
    thread_local!(static KINDS: proptest::strategy::BoxedStrategy<calls::Call> = calls::call().boxed());
    let of = |seed: &[u8]| {
        let long: Vec<u8> = seed.iter().copied().cycle().take(32).collect();
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &long);
        // A strategy may find nothing that it takes: then there is one call fewer.
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        KINDS.with(|kinds| kinds.new_tree(&mut runner)).ok().map(|tree| tree.current())
    };
    bytes.chunks_exact(BYTES).take(calls_max).filter_map(of).collect()
}

/// Any calls of an engine: each is answered and leaves the records it should; and done again from them the state is the
/// same, from the beginning and from a snapshot.
///
/// # Panics
/// When it is not.
pub fn calls_are_replayed(bytes: &[u8], calls_max: usize) {
    let config = absurd::absurd_config();
    let mut whole = absurd::Run::new(&config, MemoryJournal::with_capacity(calls_max * 3));
    let mut ring = absurd::Run::new(&config, MemoryJournal::last(7));
    for call in &calls_of(bytes, calls_max) {
        whole.step(call);
        assert_eq!(whole.failed, None);
        ring.step(call);
    }
    let journal = whole.engine.journal();
    let again = replay(&config, journal.base(), journal.records()).expect("it can be done again");
    assert_eq!(again.digest(), whole.engine.digest());
    assert_eq!(ring.engine.digest(), whole.engine.digest());
    let journal = ring.engine.journal();
    let again =
        replay(&config, journal.base(), journal.tail()).expect("it can be done again from a snapshot");
    assert_eq!(again.digest(), whole.engine.digest());
}

/// Any calls of the C interface: each has a status, and the records replay.
///
/// # Panics
/// When it is otherwise.
pub fn c_calls_are_answered(bytes: &[u8]) {
    any_calls::c_calls_are_answered(bytes);
}
