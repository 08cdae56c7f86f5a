//! The slow reference model against the engine: generated histories, and after each step everything that both can say.
//!
//! Of each order the decision (verdict, reason, gate, level, approved quantity), every reading of every gate at every
//! level, and what a redeem says; after each step every position, the sums of every account, the states of orders and
//! the latches. A failure names a seed: `RISK_SEED=n` plays that history alone; `RISK_CASES=n` plays more of them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use risk_core::{GATES, Reason, Verdict};
use risk_testkit::history::{Difference, Tally, play};
use risk_testkit::model::Bug;

/// Histories in the fast lane, and calls of the engine in each.
const CASES: u64 = 150;
const STEPS: u64 = 250;
/// Most of them: more than the above are played only while a deliberate mistake has not shown.
const MOST: u64 = 600;
/// The first seed.
const FIRST: u64 = 3_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// All histories, played once for all tests. Mistakes that have shown are not looked for again.
static PLAYED: LazyLock<Result<Tally, Box<Difference>>> = LazyLock::new(|| {
    let cases = number("RISK_CASES").unwrap_or(CASES);
    let (seeds, enough) = match number("RISK_SEED") {
        Some(seed) => (seed..seed + 1, seed + 1),
        None => (FIRST..FIRST + cases.max(MOST), FIRST + cases),
    };
    let mut total = Tally::default();
    let mut left = Bug::all();
    for seed in seeds {
        if seed >= enough && left.is_empty() {
            break;
        }
        let tally = play(seed, STEPS, &left)?;
        left.retain(|bug| !tally.caught.contains_key(bug));
        total.add(tally);
    }
    println!("{total}");
    Ok(total)
});

fn played() -> &'static Tally {
    match &*PLAYED {
        Ok(tally) => tally,
        Err(difference) => panic!("{difference}"),
    }
}

/// One history alone says nothing about all of them.
fn is_whole() -> bool {
    number("RISK_SEED").is_none()
}

#[test]
fn engine_and_model_agree() {
    let tally = played();
    assert!(tally.orders > 0 && tally.orders < tally.steps);
}

#[test]
fn every_verdict_and_reason_is_met() {
    let tally = played();
    let before_the_gates = [
        Reason::UnknownAccount,
        Reason::UnknownStrategy,
        Reason::UnknownInstrument,
        Reason::InvalidOrder,
        Reason::ClockUnavailable,
        Reason::NoRate,
        Reason::NoEquity,
        Reason::LedgerFull,
    ];
    let wanted: BTreeSet<Reason> = GATES.iter().map(|gate| gate.reason).chain(before_the_gates).collect();
    let missing: Vec<_> = wanted.iter().filter(|reason| !tally.reasons.contains_key(reason)).collect();
    let redeems =
        [Reason::KillSwitchActive, Reason::ReducingOnly, Reason::PermitExpired, Reason::PermitStale];
    let unmet: Vec<_> = redeems.iter().filter(|reason| !tally.redeems.contains(reason)).collect();
    let verdicts = Verdict::ALL.iter().all(|verdict| tally.verdicts.contains_key(verdict));
    assert!(!is_whole() || (missing.is_empty() && unmet.is_empty() && verdicts), "{missing:?} {unmet:?}");
}

#[test]
fn half_of_all_numbers_are_near_a_limit() {
    let near = played().near_percent();
    assert!(!is_whole() || near >= 50, "only {near} % of the numbers lie within one step of a limit");
}

#[test]
fn the_comparison_sees_every_deliberate_mistake() {
    let caught = &played().caught;
    let unseen: Vec<String> =
        Bug::all().iter().filter(|bug| !caught.contains_key(bug)).map(Bug::to_string).collect();
    assert!(!is_whole() || unseen.is_empty(), "{} not seen:\n{}", unseen.len(), unseen.join("\n"));
}
