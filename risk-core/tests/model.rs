//! The slow reference model against the engine: generated histories, and after each step everything that both can say.
//!
//! Of each order the decision (verdict, reason, gate, level, approved quantity), every reading of every gate at every
//! level, and what a redeem says; after each step every position, the sums of every account, the states of orders and
//! the latches. A failure names a seed: `RISK_SEED=n` plays that history alone; `RISK_CASES=n` plays more of them, and
//! `cargo xtask model` as many as wanted.

use risk_core::{Reason, Verdict};
use risk_testkit::history::{Met, Tally, play_many, reasons_that_orders_meet};
use risk_testkit::model::Bug;

/// Histories in the fast lane, and calls of the engine in each.
const CASES: u64 = 150;
const STEPS: u64 = 250;
/// Most of them: more than the above are played only while a deliberate mistake has not shown.
const MOST: u64 = 1_200;
/// The first seed.
const FIRST: u64 = 3_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// One test, for the histories are the same for all that is asked of them: that engine and model agree, and that this
/// says something: every answer was met, numbers were near limits, and each deliberate mistake showed.
#[test]
fn engine_and_model_agree_and_a_mistake_would_show() {
    let cases = number("RISK_CASES").unwrap_or(CASES);
    let (seeds, enough) = match number("RISK_SEED") {
        Some(seed) => (seed..seed + 1, seed + 1),
        None => (FIRST..FIRST + cases.max(MOST), FIRST + cases),
    };
    let played = play_many(seeds, STEPS, Bug::all(), |met, seed| seed < enough || !met.left.is_empty());
    let met = played.unwrap_or_else(|difference| panic!("{difference}"));
    println!("{}", met.tally);
    let wrong = if number("RISK_SEED").is_some() { Vec::new() } else { shortcomings(&met) };
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What keeps all histories together from saying much.
fn shortcomings(met: &Met) -> Vec<String> {
    let Tally { reasons, redeems, verdicts, orders, steps, .. } = &met.tally;
    let mut wrong = Vec::new();
    if *orders == 0 || orders >= steps {
        wrong.push(format!("{orders} orders in {steps} steps"));
    }
    let unmet: Vec<_> = reasons_that_orders_meet().into_iter().filter(|r| !reasons.contains_key(r)).collect();
    if !unmet.is_empty() {
        wrong.push(format!("no order met {unmet:?}"));
    }
    let of_redeems =
        [Reason::KillSwitchActive, Reason::ReducingOnly, Reason::PermitExpired, Reason::PermitStale];
    let unmet: Vec<_> = of_redeems.iter().filter(|reason| !redeems.contains(reason)).collect();
    if !unmet.is_empty() {
        wrong.push(format!("no redeem met {unmet:?}"));
    }
    let unmet: Vec<_> = Verdict::ALL.iter().filter(|verdict| !verdicts.contains_key(verdict)).collect();
    if !unmet.is_empty() {
        wrong.push(format!("no order met {unmet:?}"));
    }
    let near = met.tally.near_percent();
    if near < 50 {
        wrong.push(format!("only {near} % of the numbers lie within one step of a limit"));
    }
    wrong.extend(met.left.iter().map(|bug| format!("nobody saw the mistake {bug}")));
    wrong
}
