//! Most orders pass at a glance, without a reading. That shortcut says yes only where every reading passes: `evaluate`
//! approves exactly the orders in which `explain`, which measures every gate, finds no breach.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use risk_core::{DrawdownFrom, Input, Limits, LimitsOf, MessageRate, Verdict};
use rust_decimal::Decimal;

use super::life::{ACCOUNTS, Event, Life, STRATEGIES, SYMBOLS, config, event};
use super::world::cases;

/// Whose limits change.
#[derive(Clone, Copy, Debug)]
enum Whose {
    Firm,
    Account(usize),
    Strategy(usize, usize),
    Instrument(usize),
}

#[derive(Clone, Debug)]
enum Step {
    Life(Event),
    Limits(Whose, Arc<Limits>),
    Flow(usize, i64),
}

fn number(range: std::ops::Range<i64>) -> impl Strategy<Value = Option<Decimal>> {
    proptest::option::of(range.prop_map(Decimal::from))
}

/// Limits near what these histories reach, at a level that has all of them but what only the firm and accounts have.
fn limits() -> impl Strategy<Value = Limits> {
    let from =
        prop_oneof![Just(DrawdownFrom::Peak), Just(DrawdownFrom::PeakAtEndOfDay), Just(DrawdownFrom::Start)];
    let losses = (number(0..3_000), number(0..40), number(0..40), from);
    let sums = (number(0..12_000), number(0..8_000), proptest::option::of(0..4_u32), number(0..60_000));
    (losses, sums, each_order()).prop_map(
        |((loss, percent, fall, from), (gross, net, count, value), each)| Limits {
            daily_loss_max: loss,
            daily_loss_percent_max: percent,
            drawdown_percent_max: fall,
            drawdown_from: from,
            gross_exposure_max: gross,
            net_exposure_max: net,
            position_count_max: count,
            daily_value_max: value,
            message_rate: each.open_orders_max.map(|most| MessageRate {
                messages: 1 + most % 7,
                interval_ms: 1_000,
                burst: 2 + most,
                exit_reserve: 1,
            }),
            ..each
        },
    )
}

/// Limits of one order and of how many live: all four levels have them.
fn each_order() -> impl Strategy<Value = Limits> {
    let most = (proptest::option::of(2..40_u32), 0..2_u32);
    (number(1..60), number(50..6_000), most).prop_map(|(quantity, notional, (open, reserve))| Limits {
        order_quantity_max: quantity,
        order_notional_max: notional,
        open_orders_max: open,
        open_orders_exit_reserve: open.map(|_| reserve),
        ..Limits::default()
    })
}

fn step() -> impl Strategy<Value = Step> {
    let account = (0..2_usize, limits(), number(0..3), number(0..200), number(0..200)).prop_map(
        |(place, limits, leverage, group, share)| {
            let limits = Limits {
                leverage_max: leverage,
                group_exposure_percent_max: group,
                concentration_percent_max: share,
                ..limits
            };
            Step::Limits(Whose::Account(place), Arc::new(limits))
        },
    );
    let strategy = (0..2_usize, 0..2_usize, limits(), number(0..6_000), number(0..60)).prop_map(
        |(account, strategy, limits, notional, quantity)| {
            let limits =
                Limits { position_notional_max: notional, position_quantity_max: quantity, ..limits };
            Step::Limits(Whose::Strategy(account, strategy), Arc::new(limits))
        },
    );
    let bps = || proptest::option::of(0..3_000_u32);
    let own = || proptest::option::of(0..3_u32);
    let firm = (limits(), number(0..3), bps(), bps(), own(), number(0..60)).prop_map(
        |(limits, leverage, collar, passive, own, quantity)| {
            let limits = Limits {
                leverage_max: leverage,
                collar_bps: collar,
                collar_passive_bps: passive,
                spread_bps_max: collar,
                self_match_orders_max: own,
                position_quantity_max: quantity,
                ..limits
            };
            Step::Limits(Whose::Firm, Arc::new(limits))
        },
    );
    let instrument = (0..SYMBOLS.len(), each_order(), bps(), bps(), number(0..60), number(0..6_000))
        .prop_map(|(place, limits, collar, passive, quantity, notional)| {
            let limits = Limits {
                collar_bps: collar,
                collar_passive_bps: passive,
                spread_bps_max: passive,
                position_quantity_max: quantity,
                position_notional_max: notional,
                ..limits
            };
            Step::Limits(Whose::Instrument(place), Arc::new(limits))
        });
    prop_oneof![
        40 => event().prop_map(Step::Life),
        1 => account,
        1 => strategy,
        1 => firm,
        1 => instrument,
        1 => (0..2_usize, -3_000..3_000_i64).prop_map(|(account, amount)| Step::Flow(account, amount)),
    ]
}

fn happen(life: &mut Life, step: Step) -> Result<bool, TestCaseError> {
    let (whose, limits) = match step {
        Step::Life(event) => return asked(life, event),
        Step::Flow(place, amount) => {
            let account = life.engine.account(ACCOUNTS[place]).unwrap();
            let amount = amount.into();
            life.engine.ingest_at(Input::Flow { account, amount }, Some(life.now)).unwrap();
            return Ok(false);
        }
        Step::Limits(whose, limits) => (whose, limits),
    };
    let account = |place: usize| life.engine.account(ACCOUNTS[place]).unwrap();
    let of = match whose {
        Whose::Firm => LimitsOf::Firm,
        Whose::Account(place) => LimitsOf::Account(account(place)),
        Whose::Strategy(place, own) => {
            LimitsOf::Strategy(life.engine.strategy(account(place), STRATEGIES[own]).unwrap())
        }
        Whose::Instrument(place) => LimitsOf::Instrument(life.engine.instrument(SYMBOLS[place]).unwrap()),
    };
    let input =
        Input::Limits { of, limits, by: "ops".into(), reason: "test".into(), expires: None, second: None };
    life.engine.ingest_at(input, Some(life.now)).unwrap();
    Ok(false)
}

/// Whether it was an order, and passed.
fn asked(life: &mut Life, event: Event) -> Result<bool, TestCaseError> {
    let Some(order) = life.build(event, "asked") else {
        life.step(event);
        return Ok(false);
    };
    let explained = life.engine.explain(&order);
    let passes = explained.breaches().next().is_none();
    let (verdict, ..) = life.step(event).unwrap();
    prop_assert_eq!(verdict == Verdict::Approved, passes, "{}", explained);
    Ok(passes)
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn what_passes_plainly_is_what_every_gate_passes(steps in vec(step(), 1..200)) {
        let mut life = Life::new(&config(), false);
        for step in steps {
            happen(&mut life, step)?;
        }
    }
}
