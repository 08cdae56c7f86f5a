//! Changes of orders at the venue: what is judged, what is held, which name finds which order.

use proptest::collection::vec;
use proptest::prelude::*;
use risk_core::{
    AccountKind, Change, Decision, End, Fill, Input, Level, Message, OrderHandle, OrderRef, OrderState,
    Permit, Reason, Scope, TradingState, Verdict, replay,
};
use rust_decimal::Decimal;

use super::world::{World, cases, config, dec, limits_of};

/// An order of 5 at the venue, by its handle.
fn working(world: &mut World) -> OrderHandle {
    let permit = world.engine.evaluate(&world.order()).permit().unwrap();
    world.engine.redeem(permit).unwrap().handle()
}

fn approve(world: &mut World, order: impl Into<OrderRef>, change: &Change) -> Permit {
    world.engine.modify(order, change).permit().unwrap()
}

/// The change is sent; its handle.
fn send(world: &mut World, permit: Permit) -> OrderHandle {
    let outbound = world.engine.redeem(permit).unwrap();
    assert_eq!(outbound.message(), Message::Replace);
    assert!(outbound.replaces().is_some());
    outbound.handle()
}

fn buying(world: &World) -> Decimal {
    world.engine.position(world.main, world.btc).buying
}

fn fill(world: &mut World, order: impl Into<OrderRef>, execution: &str, quantity: i64) {
    world.ingest(Input::Fill(Fill::new(order, execution, quantity, 100)));
}

fn refused(decision: Decision) -> Reason {
    assert!(matches!(decision.verdict(), Verdict::Rejected | Verdict::EmergencyStop), "{decision:?}");
    decision.reason().unwrap()
}

#[test]
fn a_change_can_be_looked_at_without_being_made() {
    let mut config = config();
    config.accounts[0].limits.order_quantity_max = Some(dec("7"));
    let mut world = World::quoted(&config);
    let order = working(&mut world);
    for (quantity, reason) in [("7", None), ("7.001", Some(Reason::OrderQuantityMax)), ("4", None)] {
        let change = Change::new().quantity(dec(quantity));
        let before = world.engine.digest();
        let explained = world.engine.explain_change(order, &change);
        assert_eq!(world.engine.digest(), before, "{quantity}");
        assert_eq!(explained.rejection.map(|why| why.reason), reason);
        // Less of the same is judged by no gate.
        assert_eq!(explained.readings().next().is_none(), quantity == "4");
        let breaches: Vec<_> = explained.breaches().filter_map(|line| line.breach).collect();
        assert_eq!(breaches, Vec::from_iter(reason));
        let decision = world.engine.modify(order, &change);
        assert_eq!((decision.verdict(), decision.reason()), (explained.verdict, reason));
        if let Ok(permit) = decision.permit() {
            assert_eq!(permit.quantity(), explained.quantity);
            world.engine.release(permit).unwrap();
        }
    }
    let nobody = world.engine.explain_change(OrderHandle::default(), &Change::new().quantity(1));
    assert_eq!(nobody.rejection.map(|why| why.reason), Some(Reason::UnknownOrder));
}

#[test]
fn the_larger_of_both_is_held_until_the_venue_answers() {
    let mut world = World::quoted(&config());
    let order = working(&mut world);
    let larger = approve(&mut world, order, &Change::new().quantity(8));
    assert_eq!(buying(&world), dec("8"));
    world.engine.release(larger).unwrap();
    assert_eq!(buying(&world), dec("5"), "a change that is given back holds nothing");

    let permit = approve(&mut world, order, &Change::new().quantity(8));
    let change = send(&mut world, permit);
    world.ingest(Input::Done { order: change.into(), end: End::Rejected });
    assert_eq!(buying(&world), dec("5"), "a refused change leaves the order as it was");
    assert_eq!(world.engine.order_state(order), OrderState::Sent);

    let permit = approve(&mut world, order, &Change::new().quantity(8));
    let change = send(&mut world, permit);
    world.ingest(Input::Accepted { order: change.into(), quantity: None });
    assert_eq!(buying(&world), dec("8"));

    let permit = approve(&mut world, order, &Change::new().quantity(3));
    let change = send(&mut world, permit);
    assert_eq!(buying(&world), dec("8"), "less is free only when the venue says so");
    world.ingest(Input::Accepted { order: change.into(), quantity: None });
    assert_eq!(buying(&world), dec("3"));
    world.ingest(Input::Done { order: order.into(), end: End::Cancelled });
    assert_eq!(buying(&world), Decimal::ZERO);
}

#[test]
fn sums_see_the_old_order_taken_out_and_the_new_one_put_in() {
    let mut config = config();
    limits_of(&mut config, Level::Account).gross_exposure_max = Some(dec("800"));
    let mut world = World::quoted(&config);
    let order = working(&mut world);
    assert_eq!(refused(world.engine.modify(order, &Change::new().quantity(9))), Reason::TotalExposureLimit);
    assert_eq!(buying(&world), dec("5"), "a refusal leaves the old order as it stands");
    let permit = approve(&mut world, order, &Change::new().quantity(8));
    assert_eq!(permit.quantity(), dec("8"));
}

#[test]
fn only_what_is_more_counts_as_traded_and_an_unused_change_gives_it_back() {
    let mut config = config();
    limits_of(&mut config, Level::Account).daily_value_max = Some(dec("1000"));
    let mut world = World::quoted(&config);
    let order = working(&mut world);
    assert_eq!(refused(world.engine.modify(order, &Change::new().quantity(11))), Reason::DailyValueLimit);
    let first = approve(&mut world, order, &Change::new().quantity(8));
    let second = approve(&mut world, order, &Change::new().quantity(10));
    assert_eq!(refused(world.engine.modify(order, &Change::new().quantity(11))), Reason::DailyValueLimit);
    // The larger one still counts for all of it; what is sent counts for good.
    world.engine.release(first).unwrap();
    let other =
        |id: &str, quantity: i64| risk_core::Order { quantity: quantity.into(), ..world.order().id(id) };
    let (one, two, three) = (other("one", 1), other("two", 2), other("three", 3));
    assert_eq!(world.engine.evaluate(&one).reason(), Some(Reason::DailyValueLimit));
    world.engine.release(second).unwrap();
    let permit = approve(&mut world, order, &Change::new().quantity(8));
    let change = send(&mut world, permit);
    world.ingest(Input::Done { order: change.into(), end: End::Rejected });
    world.ingest(Input::Done { order: order.into(), end: End::Cancelled });
    assert_eq!(world.engine.evaluate(&three).reason(), Some(Reason::DailyValueLimit));
    assert_eq!(world.engine.evaluate(&two).verdict(), Verdict::Approved);
}

#[test]
fn single_order_gates_judge_the_whole_new_order() {
    let mut config = config();
    limits_of(&mut config, Level::Account).order_quantity_max = Some(dec("6"));
    limits_of(&mut config, Level::Firm).collar_bps = Some(100);
    let mut world = World::quoted(&config);
    let order = working(&mut world);
    fill(&mut world, order, "x1", 4);
    // Only 3 of 7 would be open, but it is an order of 7.
    assert_eq!(refused(world.engine.modify(order, &Change::new().quantity(7))), Reason::OrderQuantityMax);
    assert_eq!(refused(world.engine.modify(order, &Change::new().price(102))), Reason::PriceCollar);
    assert_eq!(refused(world.engine.modify(order, &Change::new().price(dec("0.001")))), Reason::InvalidOrder);
    assert_eq!(refused(world.engine.modify(order, &Change::new().trigger(90))), Reason::InvalidOrder);
    let _ = approve(&mut world, order, &Change::new().price(101));
}

#[test]
fn less_of_the_same_passes_where_a_cancel_does() {
    let mut world = World::quoted(&config());
    let order = working(&mut world);
    let _ = world.engine.halt(Scope::Firm, "stop", "ops");
    let more_passive = Change::new().price(99);
    assert_eq!(world.engine.modify(order, &more_passive).verdict(), Verdict::EmergencyStop);
    let permit = approve(&mut world, order, &Change::new().quantity(2));
    let change = send(&mut world, permit);
    world.ingest(Input::Accepted { order: change.into(), quantity: None });
    assert_eq!(buying(&world), dec("2"));
    // Down to what is filled: nothing is left of it.
    fill(&mut world, order, "x1", 1);
    let permit = approve(&mut world, order, &Change::new().quantity(1));
    let change = send(&mut world, permit);
    world.ingest(Input::Accepted { order: change.into(), quantity: None });
    assert_eq!(world.engine.order_state(order), OrderState::Ended);
}

#[test]
fn what_neither_grows_nor_gets_more_aggressive_is_an_exit() {
    let mut world = World::quoted(&config());
    let order = working(&mut world);
    let _ = world.engine.reduce_only(Scope::Account(world.main), "less", "ops");
    let aggressive = Change::new().price(dec("100.50"));
    assert_eq!(refused(world.engine.modify(order, &aggressive)), Reason::ReducingOnly);
    let permit = approve(&mut world, order, &Change::new().price(99));
    let _ = send(&mut world, permit);
    assert_eq!(world.engine.trading_state(Scope::Account(world.main)), TradingState::Reducing);
}

#[test]
fn both_names_find_the_order_and_a_taken_one_is_refused() {
    let mut world = World::quoted(&config());
    let main = world.main;
    let by = |id: &str| OrderRef::Client { account: main, id: id.into() };
    let order = working(&mut world);
    let permit = approve(&mut world, by("order"), &Change::new().quantity(6).id("second"));
    let _ = send(&mut world, permit);
    assert_eq!(refused(world.engine.modify(order, &Change::new().id("second"))), Reason::DuplicateOrder);
    assert_eq!(world.engine.order_state(by("second")), OrderState::Sent);
    // An execution under the new name proves that the change was taken.
    fill(&mut world, by("second"), "x1", 1);
    assert_eq!(buying(&world), dec("5"));
    // What was on its way under the old name is still the order's.
    fill(&mut world, by("order"), "x2", 1);
    assert_eq!(buying(&world), dec("4"));
    let permit = approve(&mut world, by("second"), &Change::new().quantity(7).id("third"));
    let third = send(&mut world, permit);
    world.ingest(Input::Accepted { order: third.into(), quantity: None });
    fill(&mut world, by("third"), "x3", 5);
    assert_eq!(world.engine.order_state(order), OrderState::Ended);
    for id in ["order", "second", "third"] {
        let again = risk_core::Order { id: id.into(), ..world.order() };
        assert_eq!(refused(world.engine.evaluate(&again)), Reason::DuplicateOrder, "{id} stays taken");
    }
}

#[test]
fn a_permit_expires_and_cannot_be_changed() {
    let mut world = World::quoted(&config());
    let permit = world.engine.evaluate(&world.order()).permit().unwrap();
    let change = Change::new().quantity(6);
    assert_eq!(refused(world.engine.modify(permit.order(), &change)), Reason::UnknownOrder);
    let order = world.engine.redeem(permit).unwrap().handle();
    let change = approve(&mut world, order, &change);
    assert_eq!(buying(&world), dec("6"));
    world.clock.advance_ms(1_000);
    world.engine.tick();
    assert_eq!(buying(&world), dec("5"));
    assert_eq!(world.engine.redeem(change).unwrap_err().reason, Reason::PermitExpired);
}

#[test]
fn a_parent_counts_the_change_instead_of_the_order() {
    let mut world = World::quoted(&config());
    let order = world.order().parent("p", 10);
    let permit = world.engine.evaluate(&order).permit().unwrap();
    let handle = world.engine.redeem(permit).unwrap().handle();
    fill(&mut world, handle, "x1", 2);
    assert_eq!(refused(world.engine.modify(handle, &Change::new().quantity(11))), Reason::ParentQuantity);
    let permit = approve(&mut world, handle, &Change::new().quantity(10));
    let rest = risk_core::Order { id: "rest".into(), quantity: dec("0.001"), ..order };
    assert_eq!(refused(world.engine.evaluate(&rest)), Reason::ParentQuantity);
    world.engine.release(permit).unwrap();
    assert_eq!(world.engine.evaluate(&rest).verdict(), Verdict::Approved);
}

#[test]
fn a_change_that_is_an_exit_still_holds_what_it_can_cost() {
    let mut config = config();
    config.accounts[0].kind = AccountKind::Cash;
    let mut world = World::quoted(&config);
    world.balance(700);
    let order = working(&mut world);
    let permit = approve(&mut world, order, &Change::new().price(99));
    let change = send(&mut world, permit);
    world.ingest(Input::Accepted { order: change.into(), quantity: None });
    // 495 of 700 are held: there is room for 2 at 100, and for 3 there is not.
    let more = |id: &str, quantity: i64| risk_core::Order {
        id: id.into(),
        quantity: quantity.into(),
        ..world.order()
    };
    let (three, two) = (more("three", 3), more("two", 2));
    assert_eq!(refused(world.engine.evaluate(&three)), Reason::BuyingPower);
    assert_eq!(world.engine.evaluate(&two).verdict(), Verdict::Approved);
}

#[test]
fn an_order_ends_once_when_a_confirmed_change_leaves_nothing_of_it() {
    let mut world = World::quoted(&config());
    let order = working(&mut world);
    let permit = approve(&mut world, order, &Change::new().quantity(8));
    let _ = send(&mut world, permit);
    let permit = approve(&mut world, order, &Change::new().quantity(6).price(99));
    let smaller = send(&mut world, permit);
    // More than the order had is executed of the larger change, and as much as the smaller one has.
    fill(&mut world, order, "x1", 6);
    world.ingest(Input::Accepted { order: smaller.into(), quantity: None });
    assert_eq!(world.engine.order_state(order), OrderState::Ended);
    assert_eq!((world.engine.live_orders(), buying(&world)), (0, Decimal::ZERO));
    // What is held next is held apart.
    let other = |id: &str| risk_core::Order { id: id.into(), ..world.order() };
    let (one, two) = (other("one"), other("two"));
    for order in [one, two] {
        let permit = world.engine.evaluate(&order).permit().unwrap();
        let order = world.engine.redeem(permit).unwrap().handle();
        let _ = approve(&mut world, order, &Change::new().quantity(7));
    }
    assert_eq!(buying(&world), dec("14"));
}

#[test]
fn what_the_venue_works_beyond_an_approval_stays_held_when_a_change_is_refused() {
    let mut world = World::quoted(&config());
    let order = working(&mut world);
    let permit = approve(&mut world, order, &Change::new().quantity(6));
    let change = send(&mut world, permit);
    world.ingest(Input::Accepted { order: order.into(), quantity: Some(dec("9")) });
    assert_eq!(buying(&world), dec("9"));
    world.ingest(Input::Done { order: change.into(), end: End::Rejected });
    assert_eq!(buying(&world), dec("9"));
}

/// One order and the changes of it that are under way, as the rule says: the largest is held.
#[derive(Debug, Default)]
struct Versions {
    confirmed: i64,
    filled: i64,
    /// Total, permit and, once sent, handle.
    changes: Vec<(i64, Option<Permit>, Option<OrderHandle>)>,
}

impl Versions {
    fn held(&self) -> i64 {
        let totals = self.changes.iter().map(|(total, ..)| *total);
        (totals.fold(self.confirmed, i64::max) - self.filled).max(0)
    }
}

proptest! {
    #![proptest_config(cases(200))]

    /// Whatever becomes of any number of changes, in any order: the hold is the largest version less what is filled.
    #[test]
    fn the_hold_is_the_largest_version(steps in vec((0_u8..7, any::<prop::sample::Index>(), 1_i64..12), 1..60)) {
        let config = config();
        let mut world = World::quoted(&config);
        let order = working(&mut world);
        let mut versions = Versions { confirmed: 5, ..Versions::default() };
        for (number, (what, pick, quantity)) in steps.into_iter().enumerate() {
            let pick = (!versions.changes.is_empty()).then(|| pick.index(versions.changes.len()));
            match (what, pick) {
                (0 | 1, _) => {
                    let mut change = Change::new().quantity(quantity);
                    if what == 1 {
                        change = change.id(format!("c{number}"));
                    }
                    match world.engine.modify(order, &change) {
                        Decision::Approved(permit) => versions.changes.push((quantity, Some(permit), None)),
                        other => prop_assert!(false, "{other:?}"),
                    }
                }
                (2, Some(pick)) => {
                    if let Some(permit) = versions.changes[pick].1.take() {
                        // More than what was judged may open by now, or not: the rule is about what is held.
                        match world.engine.redeem(permit) {
                            Ok(outbound) => versions.changes[pick].2 = Some(outbound.handle()),
                            Err(_) => drop(versions.changes.remove(pick)),
                        }
                    }
                }
                (3, Some(pick)) if versions.changes[pick].1.is_some() => {
                    if let (_, Some(permit), _) = versions.changes.remove(pick) {
                        world.engine.release(permit).unwrap();
                    }
                }
                (4, Some(pick)) => {
                    if let Some(change) = versions.changes[pick].2 {
                        world.ingest(Input::Done { order: change.into(), end: End::Rejected });
                        versions.changes.remove(pick);
                    }
                }
                (5, Some(pick)) => {
                    if let Some(change) = versions.changes[pick].2 {
                        world.ingest(Input::Accepted { order: change.into(), quantity: None });
                        versions.confirmed = versions.changes[pick].0;
                        versions.changes.drain(..=pick);
                    }
                }
                (6, _) if versions.held() > 0 => {
                    let quantity = quantity.min(versions.held());
                    fill(&mut world, order, &format!("x{number}"), quantity);
                    versions.filled += quantity;
                }
                _ => {}
            }
            prop_assert_eq!(buying(&world), Decimal::from(versions.held()), "after {}", number);
            if world.engine.order_state(order) == OrderState::Ended {
                prop_assert_eq!(versions.held(), 0);
                break;
            }
        }
        let journal = world.engine.journal();
        let again = replay(&config, journal.base(), journal.records()).unwrap();
        prop_assert_eq!(again.digest(), world.engine.digest());
    }
}
