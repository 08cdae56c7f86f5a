//! The steps of both lanes, in the order they run: what is cheap comes first.

mod benches;
pub(crate) mod border;
mod border_faults;
mod code;
mod coverage;
mod dependencies;
mod documentation;
mod examples;
mod fuzz;
pub(crate) mod instructions;
mod interleavings;
mod journal;
mod manifests;
mod memory;
pub(crate) mod model;
pub(crate) mod mutants;
mod package;
mod python;
mod security;
mod seeded;
mod soak;
mod speeds;
mod tests;
mod tidy;
mod versions;
mod workflows;

use crate::evidence;
use crate::generated;
use crate::step::{Lane, Step};

/// Every step. The order is the order in a lane.
pub(crate) const STEPS: &[Step] = &[
    step("tidy", "no machine paths, no hidden tests, no overlong files", Lane::Test, tidy::run),
    step("format", "Rust is formatted", Lane::Test, code::format),
    step("fetch", "Cargo.lock is current; every dependency is at hand", Lane::Test, dependencies::fetch),
    step("typos", "spelling", Lane::Test, code::typos),
    step("manifests", "TOML files are well-formed and formatted", Lane::Test, manifests::run),
    step("deny", "licences, bans and sources of dependencies", Lane::Test, dependencies::deny),
    step("shear", "no dependency is declared and unused", Lane::Test, dependencies::shear),
    step("advisories", "no dependency has a known vulnerability", Lane::Test, dependencies::advisories),
    step("workflows", "the pipeline, by schema and linter", Lane::Test, workflows::run),
    step("clippy", "lints, all targets, all features", Lane::Test, code::clippy),
    step("tests", "tests, all features, debug", Lane::Test, tests::debug),
    step("doctests", "every example in the documentation runs", Lane::Test, tests::documentation),
    step("docs", "generated documents are current", Lane::Test, generated::check),
    step("rustdoc", "documentation without warnings", Lane::Test, documentation::run),
    step("release", "tests of risk-core as it is shipped", Lane::Test, tests::release),
    step("c", "C and C++ programs against the library as it is shipped", Lane::Test, border::shipped),
    step("c-memory", "C and C++ programs under valgrind", Lane::Test, border_faults::valgrind),
    step("examples", "the examples run on real order flow and replay equal", Lane::Test, examples::run),
    step(
        "python",
        "the Python package on every interpreter here: tests, types, examples",
        Lane::Test,
        python::run,
    ),
    step("instructions", "instruction counts within their bounds", Lane::Test, instructions::run),
    step("model-smoke", "generated orders against the reference model", Lane::Test, model::some),
    step("soak-smoke", "two million orders, compared with a ledger", Lane::Test, soak::some),
    step("interleavings", "threads in every order, by a model checker", Lane::Test, interleavings::run),
    step("fuzz-smoke", "some runs of each fuzz target", Lane::Test, fuzz::smoke),
    step(
        "evidence",
        "EVIDENCE.md is what was measured, and every figure within its bound",
        Lane::Test,
        evidence::check,
    ),
    step("properties", "property and model tests, long runs", Lane::Full, tests::properties),
    step("crashes", "the journal: crash states, failing calls, kills, edits", Lane::Full, journal::crashes),
    step(
        "history",
        "ten million events replay to one state, release and debug",
        Lane::Full,
        journal::history,
    ),
    step("features", "every set of features, linted", Lane::Full, versions::features),
    step("msrv", "builds with the minimum Rust", Lane::Full, versions::minimum),
    step("package", "the crates can be published", Lane::Full, package::run),
    step("semver", "the crates keep what the last version promised", Lane::Full, package::semver),
    step("wheel", "the wheel that is published installs and decides", Lane::Full, python::published),
    step("audit", "cargo-audit; its report", Lane::Full, security::audit),
    step(
        "pip-audit",
        "what Python tools depend on has no known vulnerability",
        Lane::Full,
        security::pip_audit,
    ),
    step("bandit", "Python that looks like a weakness", Lane::Full, security::bandit),
    step("miri", "risk-core and the border of C under Miri", Lane::Full, memory::miri),
    step("address", "the journal and shared guards under AddressSanitizer", Lane::Full, memory::address),
    step("thread", "shared guards under ThreadSanitizer", Lane::Full, memory::thread),
    step("seeded", "mistakes put in on purpose are found", Lane::Full, seeded::run),
    step("mutants", "small changes of the code are noticed by a test", Lane::Full, mutants::run),
    step("coverage", "lines that tests run, Rust and Python", Lane::Full, coverage::run),
    step("fuzz", "50 million runs of the fuzz targets", Lane::Full, fuzz::full),
    step("model", "a hundred million orders against the reference model", Lane::Full, model::many),
    step("soak", "a hundred million orders, compared with a ledger; memory flat", Lane::Full, soak::many),
    step(
        "c-address",
        "C and C++ programs with AddressSanitizer in both halves",
        Lane::Full,
        border_faults::address,
    ),
    step(
        "c-thread",
        "C and C++ threads with ThreadSanitizer in both halves",
        Lane::Full,
        border_faults::thread,
    ),
    step("c-numba", "a strategy compiled by numba calls the guard", Lane::Full, border::numba),
    step("c-install", "an installed library is found by pkg-config and CMake", Lane::Full, border::installed),
    step(
        "journal",
        "what the journal costs an order, records a second, recovery; no time is judged",
        Lane::Full,
        journal::speeds,
    ),
    step("bench", "the table of speeds; no time is judged", Lane::Full, benches::run),
];

const fn step(
    name: &'static str,
    about: &'static str,
    lane: Lane,
    run: fn(&crate::workspace::Workspace) -> anyhow::Result<crate::step::Outcome>,
) -> Step {
    Step { name, about, lane, run }
}
