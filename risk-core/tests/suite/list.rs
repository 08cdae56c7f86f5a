//! Lists: all of it or nothing, each order judged with those before it, and no trace of what was refused.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use risk_core::{
    Fill, Input, LIST_ORDERS_MAX, Level, ListDecision, ListRejection, MessageRate, Order, OrderRef, Outbound,
    Reason, Scope, Side, Verdict, replay,
};
use rust_decimal::Decimal;

use super::life::{self, Life};
use super::world::{World, cases, config, dec, limits_of};

/// Buys of so many BTC at 100, one id each.
fn buys(world: &World, quantities: &[i64]) -> Arc<[Order]> {
    quantities
        .iter()
        .zip(0_u64..)
        .map(|(quantity, number)| Order {
            id: format!("o{number}").into(),
            quantity: (*quantity).into(),
            ..world.order()
        })
        .collect()
}

fn refused(decision: ListDecision) -> ListRejection {
    *decision.permit().unwrap_err()
}

fn buying(world: &World) -> Decimal {
    world.engine.position(world.main, world.btc).buying
}

#[test]
fn a_list_is_held_and_redeemed_as_one() {
    let config = config();
    let mut world = World::quoted(&config);
    let list = buys(&world, &[1, 2, 3]);
    let permit = world.engine.evaluate_list(&list).permit().unwrap();
    assert_eq!((permit.orders(), buying(&world)), (3, dec("6")));
    let mut outbounds: Vec<Outbound> = Vec::new();
    world.engine.redeem_list(permit, &mut outbounds).unwrap();
    let sent: Vec<_> = outbounds.iter().map(|outbound| outbound.order().quantity).collect();
    assert_eq!(sent, [1, 2, 3].map(Decimal::from));
    assert_eq!(world.engine.metrics().decisions[0], (Verdict::Approved, 3));

    let permit = world.engine.evaluate_list(&list).permit().unwrap_err();
    assert_eq!(permit.leading.reason, Reason::DuplicateOrder);
    let journal = world.engine.journal();
    let again = replay(&config, journal.base(), journal.records()).unwrap();
    assert_eq!(again.digest(), world.engine.digest());
}

#[test]
fn a_list_that_is_no_longer_whole_is_not_sent() {
    let mut world = World::quoted(&config());
    let permit = world.engine.evaluate_list(&buys(&world, &[1, 2, 3])).permit().unwrap();
    let second = world.engine.find(OrderRef::Client { account: world.main, id: "o1".into() }).unwrap();
    // Executed though nobody sent it, and another order comes into its place.
    world.ingest(Input::Fill(Fill::new(second, "x1", 2, 100)));
    let other = world.engine.evaluate(&world.order()).permit().unwrap();
    let mut outbounds: Vec<Outbound> = Vec::new();
    let why = world.engine.redeem_list(permit, &mut outbounds).unwrap_err();
    assert_eq!((why.reason, outbounds.len()), (Reason::PermitSpent, 0));
    assert_eq!(world.engine.redeem(other).unwrap().order().id, "order".into());
}

#[test]
fn orders_of_a_list_share_every_headroom() {
    let mut config = config();
    limits_of(&mut config, Level::Account).gross_exposure_max = Some(dec("800"));
    let mut world = World::quoted(&config);
    let why = refused(world.engine.evaluate_list(&buys(&world, &[5, 4, 3])));
    assert_eq!((why.leading.reason, why.order), (Reason::TotalExposureLimit, Some(1)));
    // The third fits beside the first: one is refused for itself.
    assert_eq!((why.refused, why.orders), (1, 3));
    assert_eq!(buying(&world), Decimal::ZERO, "nothing of a refused list is held");
    assert_eq!(world.engine.evaluate_list(&buys(&world, &[5, 3])).verdict(), Verdict::Approved);
}

#[test]
fn a_list_uses_up_what_can_be_reduced_and_opposite_sides_do_not_net() {
    let mut config = config();
    limits_of(&mut config, Level::Account).gross_exposure_max = Some(dec("700"));
    let mut world = World::quoted(&config);
    world.hold(world.btc, Side::Buy, dec("5"), Decimal::ZERO);
    let latch = world.engine.reduce_only(Scope::Firm, "less", "ops").latch;
    let order = world.order();
    let sell = |id: &str, quantity: i64| Order {
        id: id.into(),
        side: Side::Sell,
        quantity: quantity.into(),
        ..order
    };
    let both: Arc<[Order]> = [sell("a", 3), sell("b", 3)].into();
    let why = refused(world.engine.evaluate_list(&both));
    assert_eq!((why.leading.reason, why.order), (Reason::ReducingOnly, Some(1)));
    let lift = risk_core::Lift::One(latch);
    world.engine.resume(Scope::Firm, lift, risk_core::TradingState::Active, "go", "ops").unwrap();
    // 5 held and 3 more to buy are 8 on one side, whatever is sold beside it.
    let hedged: Arc<[Order]> = [sell("a", 3), Order { quantity: dec("3"), ..order }].into();
    assert_eq!(refused(world.engine.evaluate_list(&hedged)).leading.reason, Reason::TotalExposureLimit);
}

#[test]
fn a_list_that_closes_and_opens_is_redeemed_as_it_was_judged() {
    let mut world = World::quoted(&config());
    world.hold(world.btc, Side::Buy, dec("5"), Decimal::ZERO);
    let order = world.order();
    let sell = |id: &str, quantity: i64| Order {
        id: id.into(),
        side: Side::Sell,
        quantity: quantity.into(),
        ..order
    };
    // The second opens, because the first has used up what can be closed; that is no reason to look at the first anew.
    let list: Arc<[Order]> = [sell("a", 4), sell("b", 3)].into();
    let permit = world.engine.evaluate_list(&list).permit().unwrap();
    let mut outbounds: Vec<Outbound> = Vec::new();
    world.engine.redeem_list(permit, &mut outbounds).unwrap();
    assert_eq!(outbounds.len(), 2);
}

#[test]
fn the_first_gate_leads_and_reasons_are_counted() {
    let mut config = config();
    limits_of(&mut config, Level::Account).order_quantity_max = Some(dec("6"));
    let mut world = World::quoted(&config);
    let mut list = buys(&world, &[7, 1, 8, 9]).to_vec();
    list[3].quantity = dec("0.0001");
    list[2].id = list[1].id;
    let why = refused(world.engine.evaluate_list(&list.into()));
    assert_eq!((why.leading.reason, why.order, why.refused), (Reason::InvalidOrder, Some(3), 3));
    let counts: Vec<_> = why.reasons().collect();
    assert_eq!(
        counts,
        [(Reason::OrderQuantityMax, 1), (Reason::DuplicateOrder, 1), (Reason::InvalidOrder, 1)]
    );
    assert!(why.to_string().starts_with("3 of 4 orders refused; order 3: INVALID_ORDER"), "{why}");
}

#[test]
fn a_list_takes_a_message_for_each_order() {
    let mut config = config();
    limits_of(&mut config, Level::Account).message_rate =
        Some(MessageRate { messages: 1, interval_ms: 1_000, burst: 3, exit_reserve: 0 });
    let mut world = World::quoted(&config);
    assert_eq!(
        refused(world.engine.evaluate_list(&buys(&world, &[1, 1, 1, 1]))).leading.reason,
        Reason::RateLimit
    );
    // The refused list took none.
    assert_eq!(world.engine.evaluate_list(&buys(&world, &[1, 1, 1])).verdict(), Verdict::Approved);
    assert_eq!(world.engine.evaluate(&world.order()).reason(), Some(Reason::RateLimit));
}

#[test]
fn a_list_as_a_whole_has_a_limit() {
    for level in [Level::Firm, Level::Account] {
        let mut config = config();
        limits_of(&mut config, level).list_notional_max = Some(dec("1000"));
        let mut world = World::quoted(&config);
        let why = refused(world.engine.evaluate_list(&buys(&world, &[5, 5, 1])));
        assert_eq!((why.leading.reason, why.order, why.refused), (Reason::ListNotionalLimit, None, 0));
        assert_eq!(buying(&world), Decimal::ZERO);
        assert_eq!(world.engine.evaluate_list(&buys(&world, &[5, 5])).verdict(), Verdict::Approved);
    }
}

#[test]
fn a_halt_a_release_and_time_end_the_whole_permit() {
    let mut world = World::quoted(&config());
    let list = buys(&world, &[1, 2]);
    let permit = world.engine.evaluate_list(&list).permit().unwrap();
    world.engine.release_list(permit).unwrap();
    assert_eq!(buying(&world), Decimal::ZERO);

    let permit = world.engine.evaluate_list(&list).permit().unwrap();
    world.clock.advance_ms(1_000);
    let mut none: Vec<Outbound> = Vec::new();
    assert_eq!(world.engine.redeem_list(permit, &mut none).unwrap_err().reason, Reason::PermitExpired);
    assert_eq!(buying(&world), Decimal::ZERO);

    world.quote("99.99", "100.01");
    let permit = world.engine.evaluate_list(&list).permit().unwrap();
    let _ = world.engine.halt(Scope::Firm, "stop", "ops");
    assert_eq!(world.engine.redeem_list(permit, &mut none).unwrap_err().reason, Reason::KillSwitchActive);
    assert_eq!((buying(&world), none.len()), (Decimal::ZERO, 0));
    assert_eq!(world.engine.evaluate_list(&list).verdict(), Verdict::EmergencyStop);
}

#[test]
fn what_is_no_list_is_refused() {
    let mut world = World::quoted(&config());
    assert_eq!(refused(world.engine.evaluate_list(&Arc::from([]))).leading.reason, Reason::InvalidOrder);
    let long = vec![1; LIST_ORDERS_MAX + 1];
    assert_eq!(refused(world.engine.evaluate_list(&buys(&world, &long))).leading.reason, Reason::LedgerFull);
}

proptest! {
    #![proptest_config(cases(60))]

    /// A list that is looked at leaves no trace; one that is refused leaves none but its record; and one that passes is
    /// what its orders are one by one.
    #[test]
    fn a_list_is_its_orders_one_by_one(events in vec(life::event(), 0..50), list in vec(life::order(), 1..6)) {
        let mut config = life::config();
        // Whether an order may open a book is not the question here.
        config.capacity.books = 128;
        let (mut one, mut other) = (Life::new(&config, false), Life::new(&config, false));
        for event in events {
            one.step(event);
            other.step(event);
        }
        let orders: Vec<_> = list
            .iter()
            .zip(0..)
            .map(|(event, number)| one.build(*event, &format!("list{number}")).unwrap().not_reducible())
            .collect();
        one.engine.tick_at(Some(one.now));
        let before = one.engine.digest();
        let explained = one.engine.explain_list(&orders);
        prop_assert_eq!(one.engine.digest(), before, "looking leaves no trace");

        let decision = one.engine.evaluate_list_at(&orders.clone().into(), Some(one.now));
        prop_assert_eq!(explained.rejection.is_none(), decision.verdict() == Verdict::Approved);
        let alone: Vec<_> = list
            .iter()
            .zip(0..)
            .map(|(event, number)| {
                let order = other.build(*event, &format!("list{number}")).unwrap().not_reducible();
                other.engine.evaluate_at(&order, Some(other.now))
            })
            .collect();
        let refused = alone.iter().filter(|decision| decision.verdict() == Verdict::Rejected).count();
        match decision {
            ListDecision::Approved(permit) => {
                prop_assert_eq!(refused, 0);
                one.engine.release_list_at(permit, Some(one.now)).unwrap();
            }
            ListDecision::Rejected(why) | ListDecision::EmergencyStop(why) => {
                prop_assert_eq!(u32::try_from(refused).unwrap(), why.refused);
            }
        }
        let journal = one.engine.journal();
        let again = replay(&config, journal.base(), journal.tail()).unwrap();
        prop_assert_eq!(again.digest(), one.engine.digest());
    }
}
