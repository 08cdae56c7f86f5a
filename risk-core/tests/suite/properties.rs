//! What holds in every state that a sensible history can reach.

use proptest::collection::vec;
use proptest::prelude::*;
use risk_core::{Config, Input, Instrument, Limits, LimitsOf, Quote, Reason, Verdict};
use rust_decimal::Decimal;

use super::life::{ACCOUNTS, Event, Life, Live, STRATEGIES, SYMBOLS, config, event, order};
use super::world::cases;

/// Holds, positions and sums, as anyone can see them, against what was sent and filled.
fn consistent(life: &mut Life) -> Result<(), TestCaseError> {
    // Whatever has expired is settled by the next call, whichever it is.
    life.engine.tick_at(Some(life.now));
    prop_assert_eq!(life.engine.live_orders(), life.live.len());
    for (account, name) in ACCOUNTS.iter().enumerate() {
        let handle = life.engine.account(name).unwrap();
        let mut gross = Decimal::ZERO;
        let mut positions = 0;
        for (instrument, symbol) in SYMBOLS.iter().enumerate() {
            let symbol = life.engine.instrument(symbol).unwrap();
            let whole = life.engine.position(handle, symbol);
            gross += whole.exposure;
            let mut sums = [Decimal::ZERO; 3];
            for (strategy, name) in STRATEGIES.iter().enumerate() {
                let own = life.engine.strategy(handle, name).unwrap();
                let own = life.engine.strategy_position(own, symbol);
                let held = |sell: bool| -> Decimal {
                    let mine = |live: &&Live| {
                        (live.account, live.strategy, live.instrument, live.sell)
                            == (account, strategy, instrument, sell)
                    };
                    life.live.iter().filter(mine).map(|live| live.open).sum()
                };
                prop_assert_eq!(own.quantity, life.positions[account][strategy][instrument]);
                prop_assert_eq!(own.buying, held(false));
                prop_assert_eq!(own.selling, held(true));
                for (sum, part) in sums.iter_mut().zip([own.quantity, own.buying, own.selling]) {
                    *sum += part;
                }
            }
            prop_assert_eq!(
                [whole.quantity, whole.buying, whole.selling],
                sums,
                "strategies add up to their account"
            );
            let counts = !(whole.quantity.is_zero() && whole.buying.is_zero() && whole.selling.is_zero());
            positions += u32::from(counts);
        }
        let sums = life.engine.account_sums(handle).unwrap();
        prop_assert_eq!(sums.gross_exposure, gross);
        prop_assert_eq!(sums.positions, positions);
    }
    Ok(())
}

/// Reasons for which an order that opens nothing may be refused in these histories (nothing is halted, full or broken).
fn may_refuse_an_exit(reason: Option<Reason>) -> bool {
    matches!(
        reason,
        Some(
            Reason::PriceCollar
                | Reason::OrderQuantityMax
                | Reason::OrderNotionalMax
                | Reason::QuantityIncrement
                | Reason::PriceIncrement
                | Reason::QuantityMax
                | Reason::DuplicateOrder
                | Reason::ParentQuantity
                | Reason::RateLimit
                | Reason::OrderStale
        )
    )
}

/// The account's gross limit in these histories.
const GROSS: i64 = 8_000;

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn holds_and_sums_are_those_of_the_live_orders(events in vec(event(), 1..90)) {
        let mut life = Life::new(&config(), false);
        for event in events {
            life.step(event);
            consistent(&mut life)?;
        }
    }

    #[test]
    fn an_exit_is_refused_only_for_what_looks_at_exits(events in vec(event(), 1..120)) {
        let mut life = Life::new(&config(), false);
        for event in events {
            let closes = life.closes(event);
            let Some((verdict, reason, ..)) = life.step(event) else { continue };
            let Event::Order { quantity, .. } = event else { continue };
            let asked = Decimal::new(quantity * 5, 1);
            if asked <= closes[0].min(closes[1]) && verdict == Verdict::Rejected {
                prop_assert!(may_refuse_an_exit(reason), "an exit of {} of {:?}: {:?}", asked, closes, reason);
            }
        }
    }

    #[test]
    fn an_opening_never_passes_a_limit_by_itself(events in vec(event(), 1..120)) {
        let mut life = Life::new(&config(), false);
        for event in events {
            let closes = life.closes(event);
            let Some((_, _, _, quantity)) = life.step(event) else { continue };
            let Event::Order { account, .. } = event else { continue };
            if quantity > closes[0] {
                let handle = life.engine.account(ACCOUNTS[account]).unwrap();
                let sums = life.engine.account_sums(handle).unwrap();
                prop_assert!(sums.gross_exposure <= GROSS.into(), "{:?}", sums);
                prop_assert!(sums.positions <= 2);
            }
        }
    }

    /// The same orders among other instruments and accounts, registered in another order: the same answers.
    #[test]
    fn what_is_unrelated_decides_nothing(events in vec(event(), 1..90)) {
        let plain = config();
        let mut crowded = config();
        crowded.instruments.reverse();
        crowded.accounts.reverse();
        crowded.accounts.iter_mut().for_each(|account| account.strategies.reverse());
        crowded.instruments.insert(1, Instrument::new("AAA", "USD", 4, 0));
        crowded.instruments.push(Instrument::new("ZZZ", "USD", 0, 4));
        let (mut one, mut other) = (Life::new(&plain, false), Life::new(&crowded, false));
        for event in events {
            let unrelated = other.engine.instrument("AAA").unwrap();
            let quote = Quote::new(unrelated, 7, 8, other.now);
            other.engine.ingest_at(Input::Quote(quote), Some(other.now)).unwrap();
            prop_assert_eq!(one.step(event), other.step(event));
        }
    }

    /// Expired permits need no record: whether time is told or only passes, the answers are the same.
    #[test]
    fn expiry_needs_no_record(events in vec(event(), 1..90)) {
        let (mut told, mut untold) = (Life::new(&config(), true), Life::new(&config(), false));
        for event in events {
            prop_assert_eq!(told.step(event), untold.step(event));
        }
        consistent(&mut told)?;
        consistent(&mut untold)?;
    }

    /// In the same state, a stricter limit turns no refusal into an approval and lets no more through.
    #[test]
    fn stricter_limits_approve_nothing_more(events in vec(event(), 0..60), last in order(), field in 0..6_usize, share in 0..100_i64) {
        let (mut loose, mut strict) = (Life::new(&config(), false), Life::new(&config(), false));
        for event in events {
            loose.step(event);
            strict.step(event);
        }
        let (of, limits) = stricter(&strict, &config(), last, field, share);
        let input = Input::Limits { of, limits: limits.into(), by: "ops".into(), reason: "test".into(), second: None, expires: None };
        strict.engine.ingest_at(input, Some(strict.now)).unwrap();
        let (Some(before), Some(after)) = (loose.step(last), strict.step(last)) else { unreachable!("an order") };
        match (before.0, after.0) {
            (Verdict::Rejected, after) => prop_assert_eq!(after, Verdict::Rejected),
            _ => prop_assert!(after.3 <= before.3, "{:?} {:?}", before, after),
        }
    }
}

/// One table of limits with one of them lowered to a share of what it was.
fn stricter(life: &Life, config: &Config, order: Event, field: usize, percent: i64) -> (LimitsOf, Limits) {
    let Event::Order { account, strategy, .. } = order else { unreachable!("an order") };
    let share = |value: Option<Decimal>| value.map(|value| value * Decimal::new(percent, 2));
    let handle = life.engine.account(ACCOUNTS[account]).unwrap();
    let mut limits = config.accounts[account].limits.clone();
    match field {
        0 => limits.gross_exposure_max = share(limits.gross_exposure_max),
        1 => limits.order_notional_max = share(limits.order_notional_max),
        2 => limits.leverage_max = share(limits.leverage_max),
        3 => limits.position_count_max = Some(1),
        4 => limits.daily_loss_max = share(Some(Decimal::ONE_HUNDRED)),
        _ => {
            let own = life.engine.strategy(handle, STRATEGIES[strategy]).unwrap();
            let mut limits = config.accounts[account].strategies[strategy].limits.clone();
            limits.position_notional_max = share(limits.position_notional_max);
            return (LimitsOf::Strategy(own), limits);
        }
    }
    (LimitsOf::Account(handle), limits)
}

/// The histories are no empty talk: they approve, reduce, refuse for many reasons, fill and close.
#[test]
fn the_histories_reach_what_they_are_about() {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let histories = vec(event(), 80..120);
    let mut seen = std::collections::BTreeMap::new();
    let mut exits = 0;
    for _ in 0..60 {
        let mut life = Life::new(&config(), false);
        for event in histories.new_tree(&mut runner).unwrap().current() {
            let closes = life.closes(event);
            let Some((verdict, reason, ..)) = life.step(event) else { continue };
            *seen.entry((verdict, reason)).or_insert(0) += 1;
            let Event::Order { quantity, .. } = event else { continue };
            exits += u32::from(Decimal::new(quantity * 5, 1) <= closes[0].min(closes[1]));
        }
    }
    let of = |verdict| seen.iter().filter(|((v, _), _)| *v == verdict).map(|(_, n)| n).sum::<i32>();
    assert!(
        of(Verdict::Approved) > 500 && of(Verdict::Reduced) > 50 && of(Verdict::Rejected) > 500,
        "{seen:?}"
    );
    assert!(seen.len() >= 12, "{seen:?}");
    assert!(exits > 30, "{exits} exits");
}
