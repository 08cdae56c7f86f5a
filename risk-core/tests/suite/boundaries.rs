//! Every gate at every one of its levels, at its limit: made from the list, so that a new gate cannot be forgotten.

use core::cmp::Ordering;

use risk_core::{Compare, Decision, Exits, GATES, GateInfo, Level, Order, Reading, Side, Verdict};
use rust_decimal::Decimal;

use super::fixtures::{Case, FIXTURES, Fixture};

/// Every gate of the list at each of its levels, with its fixture.
fn everywhere() -> impl Iterator<Item = (&'static GateInfo, Level, &'static Fixture)> {
    GATES.iter().flat_map(|gate| {
        let fixture = FIXTURES.iter().find(|fixture| fixture.gate == gate.id);
        let fixture = fixture.unwrap_or_else(|| panic!("{:?} has no fixture", gate.id));
        gate.levels.iter().map(move |level| (gate, *level, fixture))
    })
}

/// The reading of a gate at a level, as `explain` shows it.
fn reading(case: &mut Case, gate: &GateInfo, level: Level) -> Option<Reading> {
    let explanation = case.world.engine.explain(&case.order);
    explanation
        .readings()
        .find(|line| (line.gate, line.level) == (gate.id, level))
        .and_then(|line| line.reading)
}

fn passes(compare: Compare, offset: i64) -> bool {
    match compare {
        Compare::AtMost => offset <= 0,
        Compare::Below => offset < 0,
        Compare::AtLeast => offset >= 0,
    }
}

/// An offset that fails.
fn failing(fixture: &Fixture) -> i64 {
    if fixture.compare == Compare::AtLeast { -1 } else { 1 }
}

#[test]
fn every_gate_has_exactly_one_fixture() {
    for gate in &GATES {
        let count = FIXTURES.iter().filter(|fixture| fixture.gate == gate.id).count();
        assert_eq!(count, 1, "{:?}", gate.id);
        assert!(!gate.levels.is_empty(), "{:?} looks nowhere", gate.id);
    }
    assert_eq!(FIXTURES.len(), GATES.len());
}

#[test]
fn below_at_and_above_every_limit() {
    for (gate, level, fixture) in everywhere() {
        for offset in [-1, 0, 1] {
            if fixture.yes_or_no && offset < 0 {
                continue;
            }
            let at = format!("{:?} at the {} level, {offset} beyond the limit", gate.id, level.name());
            let mut case = (fixture.case)(level, offset);
            let found = reading(&mut case, gate, level);
            if fixture.yes_or_no {
                assert!(
                    offset == 0 || found.is_some_and(|r| r.measured > r.limit) || lacks(&mut case, gate),
                    "{at}"
                );
            } else {
                let found = found.unwrap_or_else(|| panic!("{at}: not measured"));
                let expected = offset.cmp(&0);
                assert_eq!(found.measured.cmp(&found.limit), expected, "{at}: {found}");
                assert_eq!(found.compare, fixture.compare, "{at}");
            }
            let decision = case.world.engine.evaluate(&case.order);
            if passes(fixture.compare, offset) {
                assert!(matches!(decision, Decision::Approved(_)), "{at}: {decision:?}");
            } else {
                refused_by(decision, gate, level, &at);
            }
        }
    }
}

/// Whether the gate could not be measured: a rejection without a reading.
fn lacks(case: &mut Case, gate: &GateInfo) -> bool {
    let explanation = case.world.engine.explain(&case.order);
    explanation.breaches().any(|line| line.gate == gate.id && line.reading.is_none())
}

fn refused_by(decision: Decision, gate: &GateInfo, level: Level, at: &str) {
    match decision {
        Decision::Rejected(why) => {
            assert_eq!((why.gate, why.reason), (Some(gate.id), gate.reason), "{at}: {why}");
            assert_eq!(why.level, Some(level), "{at}: {why}");
        }
        Decision::EmergencyStop(why) => {
            assert_eq!((why.gate, why.reason), (Some(gate.id), gate.reason), "{at}: {why}")
        }
        passed => panic!("{at}: {passed:?}"),
    }
}

/// The failing case, with a position that the order would close in part or whole.
fn with_position(fixture: &Fixture, level: Level, quantity: Decimal) -> Case {
    let mut case = (fixture.case)(level, failing(fixture));
    let btc = case.world.btc;
    let side = match case.order.side {
        Side::Buy => Side::Sell,
        Side::Sell => Side::Buy,
    };
    case.world.hold(btc, side, quantity, Decimal::ZERO);
    case
}

#[test]
fn what_exempts_exits_lets_an_exit_through() {
    let mut tried = 0;
    for (gate, level, fixture) in everywhere().filter(|(gate, ..)| gate.exits == Exits::Exempt) {
        let mut case = with_position(fixture, level, 5.into());
        let decision = case.world.engine.evaluate(&case.order);
        assert!(
            matches!(decision, Decision::Approved(_)),
            "{:?} at the {} level: {decision:?}",
            gate.id,
            level.name()
        );
        tried += 1;
    }
    assert!(tried > 30, "{tried} exits");
}

#[test]
fn what_applies_to_exits_refuses_an_exit() {
    let mut tried = 0;
    for (gate, level, fixture) in everywhere().filter(|(gate, ..)| gate.exits == Exits::Apply) {
        let mut case = with_position(fixture, level, 6.into());
        let decision = case.world.engine.evaluate(&case.order);
        refused_by(decision, gate, level, &format!("{:?} at the {} level", gate.id, level.name()));
        tried += 1;
    }
    assert!(tried > 10, "{tried} exits");
}

/// A flip is cut to the part that closes, with the gate's reason; whole, it is refused.
#[test]
fn a_flip_under_a_breach_keeps_its_exit() {
    for (gate, level, fixture) in everywhere().filter(|(gate, ..)| gate.exits == Exits::Exempt) {
        let at = format!("{:?} at the {} level", gate.id, level.name());
        let mut case = with_position(fixture, level, 2.into());
        // From 2 short to 6 long, where a gate with a capacity would let 5 pass.
        let quantity = if gate.sizing { 8 } else { 5 };
        case.order.quantity = quantity.into();
        let Err(why) = case.world.engine.evaluate(&case.order).permit() else { panic!("{at} passes") };
        assert_eq!((why.gate, why.reason), (Some(gate.id), gate.reason), "{at}");
        case.order.reducible = true;
        match case.world.engine.evaluate(&case.order) {
            Decision::Reduced(permit, bound) => {
                assert_eq!((bound.gate, bound.reason), (gate.id, gate.reason), "{at}");
                let exit = if gate.sizing { Decimal::new(6_999, 3) } else { 2.into() };
                assert!(permit.quantity() <= exit && permit.quantity() >= 2.into(), "{at}: {permit:?}");
            }
            other => panic!("{at}: {other:?}"),
        }
    }
}

/// What a sizing gate lets through is the most it lets through: one lot more is refused.
#[test]
fn capacity_is_exact() {
    let mut tried = 0;
    for (gate, level, fixture) in everywhere().filter(|(gate, ..)| gate.sizing) {
        let at = format!("{:?} at the {} level", gate.id, level.name());
        // At the limit exactly with 5; one unit below it the last thousandth does not fit.
        for (offset, most) in [(0, Decimal::from(5)), (1, Decimal::new(4_999, 3))] {
            let ask = |quantity: Decimal, reducible: bool| {
                let case = (fixture.case)(level, offset);
                let order = Order { quantity, reducible, ..case.order };
                let mut world = case.world;
                world.engine.evaluate(&order)
            };
            match ask(10.into(), true) {
                Decision::Reduced(permit, bound) => {
                    assert_eq!(permit.quantity(), most, "{at}");
                    assert_eq!((bound.gate, bound.level, bound.approved), (gate.id, level, most), "{at}");
                }
                other => panic!("{at}: {other:?}"),
            }
            assert_eq!(ask(most, false).verdict(), Verdict::Approved, "{at}");
            refused_by(ask(most + Decimal::new(1, 3), false), gate, level, &at);
        }
        tried += 1;
    }
    assert!(tried > 15, "{tried} gates and levels");
}

/// The text of a refusal says what was measured, what the limit is and what to do.
#[test]
fn a_refusal_reads_as_one_sentence() {
    for (gate, level, fixture) in everywhere() {
        let mut case = (fixture.case)(level, failing(fixture));
        let Err(why) = case.world.engine.evaluate(&case.order).permit() else {
            panic!("{:?} passes", gate.id)
        };
        let text = why.to_string();
        assert!(text.starts_with(gate.reason.code()), "{text}");
        assert!(text.contains(gate.reason.advice()), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

/// Both sides of every comparison are really different: an offset of one is one smallest unit.
#[test]
fn the_comparison_is_the_only_one() {
    for offset in [-1_i128, 0, 1] {
        for (compare, order) in [
            (Compare::AtMost, [Ordering::Less, Ordering::Equal].as_slice()),
            (Compare::Below, &[Ordering::Less]),
            (Compare::AtLeast, &[Ordering::Greater, Ordering::Equal]),
        ] {
            let reading = Reading { measured: offset, limit: 0, compare, unit: risk_core::Unit::Count };
            assert_eq!(reading.passes(), order.contains(&offset.cmp(&0)));
        }
    }
}
