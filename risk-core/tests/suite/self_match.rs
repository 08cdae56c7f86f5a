//! Self matches beside the scenario: who is named, changes under way, lists, what explains and what replays.

use std::sync::Arc;

use risk_core::{
    Change, Decision, End, Input, Level, ListDecision, Message, Order, OrderHandle, Permit, Reason,
    Rejection, Side, replay,
};
use rust_decimal::Decimal;

use super::world::{World, config, limits_of};

fn world(level: Level) -> World {
    let mut config = config();
    limits_of(&mut config, level).self_match_orders_max = Some(0);
    World::quoted(&config)
}

fn own(world: &World, side: Side, price: i64, id: &str) -> Order {
    Order { side, quantity: Decimal::ONE, ..world.order().limit(price).id(id) }
}

fn send(world: &mut World, side: Side, price: i64, id: &str) -> OrderHandle {
    let order = own(world, side, price, id);
    let permit = world.engine.evaluate(&order).permit().unwrap();
    world.engine.redeem(permit).unwrap().handle()
}

fn refused(decision: Decision) -> Rejection {
    let rejection = decision.permit().unwrap_err();
    assert_eq!(rejection.reason, Reason::SelfMatch);
    rejection
}

fn passes(world: &mut World, order: &Order) -> bool {
    let decision = world.engine.evaluate(order);
    decision.permit().map(|permit: Permit| world.engine.release(permit).unwrap()).is_ok()
}

#[test]
fn the_orders_it_is_with_are_named() {
    for level in [Level::Firm, Level::Account] {
        let mut world = world(level);
        let [_, b, _] =
            [("a", 103), ("b", 101), ("c", 102)].map(|(id, price)| send(&mut world, Side::Sell, price, id));
        let order = own(&world, Side::Buy, 102, "x");
        let why = refused(world.engine.evaluate(&order));
        assert_eq!(why.crossing, Some(b), "the one that accepts most");
        assert_eq!((why.level, why.reading.unwrap().measured), (Some(level), 2));
        assert_eq!(
            why.to_string(),
            format!(
                "SELF_MATCH: own orders that it could trade with: 2, at most 0 ({}); cancel the own order \
                 first, move the price, or let the venue prevent it",
                level.name()
            )
        );
        let explained = world.engine.explain(&order);
        assert_eq!(explained.crossing(), ["b".into(), "c".into()]);
        assert!(explained.to_string().contains("it could trade with c"));
        let passing = world.engine.explain(&order.limit(100));
        assert!(passing.crossing().is_empty() && passing.breaches().next().is_none());
    }
}

#[test]
fn every_version_of_an_order_counts_until_the_venue_has_answered() {
    let mut world = world(Level::Account);
    let sell = send(&mut world, Side::Sell, 105, "s");
    let buy = |world: &World, price| own(world, Side::Buy, price, "b");
    let change = |world: &mut World, price: i64| {
        let permit = world.engine.modify(sell, &Change::new().price(price)).permit().unwrap();
        let outbound = world.engine.redeem(permit).unwrap();
        assert_eq!(outbound.message(), Message::Replace);
        outbound.handle()
    };
    // Closer: what is asked for counts at once.
    let closer = change(&mut world, 103);
    let at = |world: &mut World, price| {
        let order = buy(world, price);
        passes(world, &order)
    };
    assert!(at(&mut world, 102) && !at(&mut world, 103) && !at(&mut world, 105));
    // The venue refuses: the order is where it was.
    world.ingest(Input::Done { order: closer.into(), end: End::Rejected });
    assert!(at(&mut world, 104) && !at(&mut world, 105));
    // Farther: where it stands counts until the venue has moved it.
    let farther = change(&mut world, 107);
    assert!(at(&mut world, 104) && !at(&mut world, 105));
    world.ingest(Input::Accepted { order: farther.into(), quantity: None });
    assert!(at(&mut world, 106) && !at(&mut world, 107));
    world.ingest(Input::Done { order: sell.into(), end: End::Cancelled });
    assert!(at(&mut world, 107));
}

#[test]
fn a_change_is_no_match_with_what_it_replaces() {
    let mut world = world(Level::Account);
    let sell = send(&mut world, Side::Sell, 105, "s");
    let buy = send(&mut world, Side::Buy, 100, "b");
    let why = refused(world.engine.modify(sell, &Change::new().price(100)));
    assert_eq!(why.crossing, Some(buy));
    drop(world.engine.modify(sell, &Change::new().price(101)).permit().unwrap());
}

#[test]
fn orders_of_a_list_see_each_other() {
    let mut world = world(Level::Account);
    let digest = world.engine.digest();
    let list = |world: &World, sell| -> Arc<[Order]> {
        [own(world, Side::Buy, 100, "b"), own(world, Side::Sell, sell, "s")].into()
    };
    let crossed = list(&world, 100);
    let explained = world.engine.explain_list(&crossed);
    assert_eq!(explained.orders[1].crossing(), ["b".into()]);
    assert_eq!(world.engine.digest(), digest, "looking leaves no trace");
    let ListDecision::Rejected(why) = world.engine.evaluate_list(&crossed) else { panic!("it crosses") };
    assert_eq!((why.order, why.leading.reason), (Some(1), Reason::SelfMatch));
    // An entry, where profit is taken and where loss is stopped.
    let stop = Order { side: Side::Sell, ..world.order().stop(95).id("l") };
    let bracket: Arc<[Order]> = list(&world, 110).iter().copied().chain([stop]).collect();
    assert!(matches!(world.engine.evaluate_list(&bracket), ListDecision::Approved(_)));
}

#[test]
fn a_limit_finds_the_orders_that_live_and_a_replay_the_same() {
    let config = config();
    let mut world = World::quoted(&config);
    send(&mut world, Side::Sell, 101, "s");
    let mut limits = config.firm.limits.clone();
    limits.self_match_orders_max = Some(0);
    world.ingest(Input::Limits {
        of: risk_core::LimitsOf::Firm,
        limits: limits.into(),
        by: "ops".into(),
        reason: "test".into(),
        second: None,
        expires: None,
    });
    let order = own(&world, Side::Buy, 101, "b");
    assert_eq!(refused(world.engine.evaluate(&order)).level, Some(Level::Firm));
    let journal = world.engine.journal();
    let again = replay(&config, journal.base(), journal.records()).unwrap();
    assert_eq!(again.digest(), world.engine.digest());
}
