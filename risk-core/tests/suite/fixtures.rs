//! For every gate, a case that stands at its limit: one unit below, exactly on it, one unit above.

use risk_core::{
    Compare, End, GateId, HouseRule, Input, Level, Limits, MessageRate, Order, OrderRef, QuoteField, Scope,
    Session, SessionHours, Sessions, ShortSale, Side, Status,
};
use rust_decimal::Decimal;

use super::world::{NOW, World, config, dec, limits_of, units};

/// A world, and the order that is judged in it.
pub(super) struct Case {
    pub(super) world: World,
    pub(super) order: Order,
}

impl Case {
    fn of(world: World) -> Self {
        let order = world.order();
        Self { world, order }
    }
}

/// How a gate is brought to its limit.
pub(super) struct Fixture {
    pub(super) gate: GateId,
    /// Which way it must pass, said here once more: the test is not told by the gate.
    pub(super) compare: Compare,
    /// A count of faults: 0 passes and 1 does not; there is nothing below.
    pub(super) yes_or_no: bool,
    /// The case in which the gate measures its limit and `offset` of its smallest units more, at a level.
    pub(super) case: fn(Level, i64) -> Case,
}

const fn at_most(gate: GateId, case: fn(Level, i64) -> Case) -> Fixture {
    Fixture { gate, compare: Compare::AtMost, yes_or_no: false, case }
}

const fn below(gate: GateId, case: fn(Level, i64) -> Case) -> Fixture {
    Fixture { gate, compare: Compare::Below, yes_or_no: false, case }
}

const fn at_least(gate: GateId, case: fn(Level, i64) -> Case) -> Fixture {
    Fixture { gate, compare: Compare::AtLeast, yes_or_no: false, case }
}

const fn none(gate: GateId, case: fn(Level, i64) -> Case) -> Fixture {
    Fixture { gate, compare: Compare::AtMost, yes_or_no: true, case }
}

/// The table. A gate that is not in it fails a test of its own.
pub(super) const FIXTURES: &[Fixture] = &[
    none(GateId::KillSwitch, |_, faults| {
        let mut world = World::quoted(&config());
        if faults > 0 {
            world.engine.halt(Scope::Account(world.main), "test", "ops");
        }
        Case::of(world)
    }),
    none(GateId::Reducing, |level, faults| {
        let mut world = World::quoted(&config());
        let scope = if level == Level::Strategy {
            Scope::Strategy(world.strategy)
        } else {
            Scope::Account(world.main)
        };
        if faults > 0 {
            world.engine.reduce_only(scope, "test", "ops");
        }
        Case::of(world)
    }),
    none(GateId::ReduceOnly, |_, faults| {
        let mut case = Case::of(World::quoted(&config()));
        case.order.reduce_only = faults > 0;
        case
    }),
    none(GateId::Restriction, |level, faults| {
        let mut config = config();
        let only = (faults > 0).then(|| vec!["ETH".to_owned()]);
        match level {
            Level::Account => config.accounts[0].may_trade = only,
            Level::Strategy => config.accounts[0].strategies[0].may_trade = only,
            Level::Instrument if faults > 0 => config.instruments[0].status = Status::Blocked,
            Level::Firm | Level::Instrument => {}
        }
        Case::of(World::quoted(&config))
    }),
    none(GateId::Session, |_, off| {
        let mut config = config();
        let hours = SessionHours::new("09:30".parse().unwrap(), "16:00".parse().unwrap());
        config.instruments[0].sessions = Some(Sessions::new("UTC", [hours]));
        let mut case = Case::of(World::quoted(&config));
        let opens = risk_core::Timestamp::from_nanos(NOW.nanos() + off);
        let session = Session { opens, closes: NOW.plus_ms(1) };
        case.world.ingest(Input::Session { instrument: case.world.btc, session });
        case
    }),
    none(GateId::ShortSale, |_, faults| {
        let mut config = config();
        config.instruments[0].short_sale = if faults > 0 { ShortSale::Forbidden } else { ShortSale::Allowed };
        let mut case = Case::of(World::quoted(&config));
        case.order.side = Side::Sell;
        case
    }),
    none(GateId::PriceIncrement, |_, off| {
        let mut config = config();
        config.instruments[0].price_increment = dec("0.5");
        let mut case = Case::of(World::quoted(&config));
        case.order = case.order.limit(dec("100") + units(off, 2));
        case
    }),
    none(GateId::QuantityIncrement, |_, off| {
        let mut config = config();
        config.instruments[0].quantity_increment = Decimal::ONE;
        let mut case = Case::of(World::quoted(&config));
        case.order.quantity += units(off, 3);
        case
    }),
    at_least(GateId::QuantityMin, |_, offset| {
        let mut config = config();
        config.instruments[0].quantity_min = Some(dec("5") - units(offset, 3));
        Case::of(World::quoted(&config))
    }),
    at_most(GateId::QuantityMax, |_, offset| {
        let mut config = config();
        config.instruments[0].quantity_max = Some(dec("5") - units(offset, 3));
        Case::of(World::quoted(&config))
    }),
    at_least(GateId::NotionalMin, |_, offset| {
        let mut config = config();
        config.instruments[0].notional_min = Some(dec("500") - units(offset, 8));
        Case::of(World::quoted(&config))
    }),
    at_most(GateId::OrderAge, |level, offset| {
        let mut case = limited(level, |limits| limits.order_age_ms_max = Some(100));
        case.order.created_at = Some(risk_core::Timestamp::from_nanos(NOW.nanos() - 100_000_000 - offset));
        case
    }),
    none(GateId::Duplicate, |_, faults| {
        let mut case = Case::of(World::quoted(&config()));
        if faults > 0 {
            let first = Order { quantity: Decimal::ONE, ..case.order };
            drop(case.world.engine.evaluate(&first));
        }
        case
    }),
    at_most(GateId::Repeat, |level, offset| {
        let three = u32::try_from(3 - offset).unwrap();
        let mut case = limited(level, |limits| {
            (limits.repeated_orders_max, limits.repeated_orders_window_ms) = (Some(three), Some(1_000));
        });
        // Two that asked for the same were approved, and are gone.
        for id in ["r1", "r2"] {
            let permit = case.world.engine.evaluate(&case.order.id(id)).permit().unwrap();
            case.world.engine.release(permit).unwrap();
        }
        case
    }),
    at_most(GateId::Parent, |_, offset| {
        let mut case = Case::of(World::quoted(&config()));
        case.order = case.order.parent("parent", dec("5") - units(offset, 3));
        case
    }),
    at_most(GateId::MessageRate, |level, offset| {
        // Three messages a burst, one a second: all three are taken, and a second has passed but for `offset` ns.
        let rate = MessageRate { messages: 1, interval_ms: 1_000, burst: 3, exit_reserve: 0 };
        let mut case = limited(level, |limits| limits.message_rate = Some(rate));
        for id in ["m1", "m2", "m3"] {
            case.world.message(id);
        }
        case.world.clock.set(risk_core::Timestamp::from_nanos(NOW.nanos() + 1_000_000_000 - offset));
        case
    }),
    none(GateId::DataGap, |level, faults| {
        let mut world = if level == Level::Instrument && faults > 0 {
            World::new(&config())
        } else {
            World::quoted(&config())
        };
        if level == Level::Account && faults > 0 {
            world.hold(world.eth, Side::Buy, Decimal::ONE, Decimal::ZERO);
        }
        Case::of(world)
    }),
    at_most(GateId::StaleData, |level, offset| {
        let case = limited(level, |limits| limits.mark_age_ms_max = Some(1_000));
        case.world.clock.set(risk_core::Timestamp::from_nanos(NOW.nanos() + 1_000_000_000 + offset));
        case
    }),
    at_least(GateId::DataCompleteness, |level, offset| {
        let mut config = config();
        config.instruments[0].required_data =
            vec![QuoteField::Bid, QuoteField::Ask, QuoteField::Last, QuoteField::Volume];
        // Bid and ask are there: one half.
        limits_of(&mut config, level).data_completeness_percent_min = Some(dec("50") - units(offset, 4));
        Case::of(World::quoted(&config))
    }),
    below(GateId::CrossedBook, |_, offset| {
        let mut world = World::quoted(&config());
        let bid = dec("100") + units(offset, 2);
        world.quote(&bid.to_string(), "100");
        Case::of(world)
    }),
    at_most(GateId::Spread, |level, offset| {
        // 2 of 100 are 200 basis points; one tick more or less is one more or less.
        let mut case = limited(level, |limits| limits.spread_bps_max = Some(200));
        let ask = dec("101") + units(offset, 2);
        case.world.quote("99", &ask.to_string());
        case
    }),
    at_most(GateId::PriceCollar, |level, offset| {
        let mut case = limited(level, |limits| limits.collar_bps = Some(100));
        case.order = case.order.limit(dec("101") + units(offset, 2));
        case
    }),
    at_most(GateId::OrderQuantity, |level, offset| {
        limited(level, |limits| limits.order_quantity_max = Some(dec("5") - units(offset, 18)))
    }),
    at_most(GateId::OrderNotional, |level, offset| {
        limited(level, |limits| limits.order_notional_max = Some(dec("500") - units(offset, 8)))
    }),
    at_most(GateId::SelfMatch, |level, offset| {
        let two = u32::try_from(2 - offset).unwrap();
        let mut case = limited(level, |limits| limits.self_match_orders_max = Some(two));
        for id in ["m1", "m2"] {
            let own = Order { quantity: Decimal::ONE, side: Side::Sell, ..case.order.limit(100).id(id) };
            drop(case.world.engine.evaluate(&own));
        }
        case
    }),
    at_most(GateId::Participation, |level, offset| {
        // 5 of 500 are 1 percent.
        let limit = Some(dec("1") - units(offset, 4));
        let mut case = limited(level, |limits| limits.participation_percent_max = limit);
        case.world.ingest(Input::DailyVolume { instrument: case.world.btc, quantity: 500.into() });
        case
    }),
    below(GateId::DailyLoss, |level, offset| {
        let case = limited(level, |limits| limits.daily_loss_max = Some(dec("10") - units(offset, 8)));
        having_lost(case)
    }),
    below(GateId::DailyLossPercent, |level, offset| {
        let case = limited(level, |limits| limits.daily_loss_percent_max = Some(dec("1") - units(offset, 4)));
        having_lost(case)
    }),
    below(GateId::Drawdown, |level, offset| {
        let case = limited(level, |limits| limits.drawdown_percent_max = Some(dec("1") - units(offset, 4)));
        having_lost(case)
    }),
    at_least(GateId::Cooldown, |level, offset| {
        // One loss, and a second has passed but for `-offset` ns.
        let mut case = limited(level, |limits| {
            limits.loss_streak_max = Some(1);
            (limits.loss_streak_window_ms, limits.cooldown_ms) = (Some(1_000), Some(1_000));
        });
        case.world.trade_at_a_loss();
        case.world.clock.set(risk_core::Timestamp::from_nanos(NOW.nanos() + 1_000_000_000 + offset));
        case
    }),
    at_most(GateId::PositionCount, |level, offset| {
        let two = u32::try_from(2 - offset).unwrap();
        let mut case = limited(level, |limits| limits.position_count_max = Some(two));
        let quote = risk_core::Quote::new(case.world.eth, 9, 11, NOW);
        case.world.ingest(Input::Quote(quote));
        case.world.hold(case.world.eth, Side::Buy, Decimal::ONE, Decimal::ZERO);
        case
    }),
    at_most(GateId::TradedValue, |level, offset| {
        // 100 are sold and count, with the 500 of the order.
        let mut case = limited(level, |limits| limits.daily_value_max = Some(dec("600") - units(offset, 8)));
        let sold = Order { quantity: Decimal::ONE, side: Side::Sell, ..case.order.id("sold") };
        let permit = case.world.engine.evaluate(&sold).permit().unwrap();
        let _ = case.world.engine.redeem(permit).unwrap();
        let end = Input::Done {
            order: OrderRef::Client { account: case.world.main, id: "sold".into() },
            end: End::Cancelled,
        };
        case.world.ingest(end);
        case
    }),
    at_most(GateId::OpenOrders, |level, offset| {
        let three = u32::try_from(3 - offset).unwrap();
        let mut case = limited(level, |limits| limits.open_orders_max = Some(three));
        for id in ["o1", "o2"] {
            drop(case.world.engine.evaluate(&Order { quantity: Decimal::ONE, ..case.order.id(id) }));
        }
        case
    }),
    at_most(GateId::GrossExposure, |level, offset| {
        limited(level, |limits| limits.gross_exposure_max = Some(dec("500") - units(offset, 8)))
    }),
    at_most(GateId::NetExposure, |level, offset| {
        limited(level, |limits| limits.net_exposure_max = Some(dec("500") - units(offset, 8)))
    }),
    at_most(GateId::PositionQuantity, |level, offset| {
        limited(level, |limits| limits.position_quantity_max = Some(dec("5") - units(offset, 18)))
    }),
    at_most(GateId::PositionNotional, |level, offset| {
        limited(level, |limits| limits.position_notional_max = Some(dec("500") - units(offset, 8)))
    }),
    at_most(GateId::GroupExposure, |level, offset| {
        let limit = Some(dec("50") - units(offset, 4));
        let mut case = limited(level, |limits| limits.group_exposure_percent_max = limit);
        case.world.balance(1_000);
        case
    }),
    at_most(GateId::Leverage, |level, offset| {
        let mut case = limited(level, |limits| limits.leverage_max = Some(dec("0.5") - units(offset, 6)));
        case.world.balance(1_000);
        case
    }),
    at_most(GateId::BuyingPower, |_, offset| {
        let mut config = config();
        config.instruments[0].initial_margin_bps = 5_000;
        let mut case = Case::of(World::quoted(&config));
        let balance = dec("250") - units(offset, 8);
        case.world.ingest(Input::Balance { account: case.world.main, balance });
        case
    }),
    at_most(GateId::Concentration, |level, offset| {
        let limit = Some(dec("50") - units(offset, 4));
        let mut case = limited(level, |limits| limits.concentration_percent_max = limit);
        case.world.balance(1_000);
        case
    }),
    at_most(GateId::OrderToTrade, |level, offset| {
        let three = u32::try_from(3 - offset).unwrap();
        let mut case = limited(level, |limits| {
            (limits.order_to_trade_max, limits.order_to_trade_window_ms) = (Some(three), Some(1_000));
        });
        for id in ["m1", "m2"] {
            case.world.message(id);
        }
        case
    }),
    at_most(GateId::HouseRule, |_, offset| {
        let mut config = config();
        config.house_rules.push(HouseRule::new("quantity.5"));
        let mut case = Case::of(World::quoted(&config));
        case.order.quantity += units(offset, 3);
        case
    }),
];

/// A world with one limit, at one level.
fn limited(level: Level, set: impl FnOnce(&mut Limits)) -> Case {
    let mut config = config();
    set(limits_of(&mut config, level));
    Case::of(World::quoted(&config))
}

/// 10 of 1,000 are lost: by the strategy, its account and the firm.
fn having_lost(mut case: Case) -> Case {
    case.world.balance(1_000);
    case.world.lose(10);
    case
}
