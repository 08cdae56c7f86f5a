//! One order that fails everything, repaired one fault at a time: each step shows the next reason, and no other.
//!
//! The world is built anew for every step, with the faults that are left. Two pairs cannot be there at once: an
//! instrument without any quote has none that is old, partial, crossed or wide (DATA_GAP comes from another holding
//! instead, and the instrument's own is tried in `boundaries`); and a crossed quote has no spread (the repair of the
//! crossed quote is a wide one). A journal that fails overrides everything and is tried in the scenario `journal_full`.

use std::collections::BTreeSet;

use risk_core::{
    Decision, Fill, GATES, GateId, HouseRule, Input, Limits, LimitsOf, MessageRate, Order, OrderRef, Quote,
    QuoteField, Reason, Scope, SessionHours, Sessions, ShortSale, Side, Status,
};
use rust_decimal::Decimal;

use super::world::{NOW, World, config, dec};

/// What can be wrong, in the order in which it must be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    FirmHalted,
    ClockDead,
    AccountUnknown,
    StrategyUnknown,
    InstrumentUnknown,
    Malformed,
    Gate(GateId),
}

/// Every fault with its reason. A halt of a narrower scope stands before the parsing, though its gate is in the list.
fn faults() -> Vec<(Fault, Reason)> {
    let mut faults = vec![
        (Fault::FirmHalted, Reason::KillSwitchActive),
        (Fault::ClockDead, Reason::ClockUnavailable),
        (Fault::AccountUnknown, Reason::UnknownAccount),
        (Fault::StrategyUnknown, Reason::UnknownStrategy),
        (Fault::InstrumentUnknown, Reason::UnknownInstrument),
        (Fault::Gate(GateId::KillSwitch), Reason::KillSwitchActive),
        (Fault::Malformed, Reason::InvalidOrder),
    ];
    let rest = GATES.iter().filter(|gate| gate.id != GateId::KillSwitch);
    faults.extend(rest.map(|gate| (Fault::Gate(gate.id), gate.reason)));
    faults
}

/// A world with these faults, and the order that meets them.
struct Broken {
    faults: BTreeSet<Fault>,
    world: World,
    order: Order,
}

impl Broken {
    fn has(&self, gate: GateId) -> bool {
        self.faults.contains(&Fault::Gate(gate))
    }

    fn new(faults: BTreeSet<Fault>) -> Self {
        let has = |gate| faults.contains(&Fault::Gate(gate));
        let mut config = config();
        let btc = &mut config.instruments[0];
        if has(GateId::Restriction) {
            btc.status = Status::Blocked;
        }
        if has(GateId::Session) {
            let hours = SessionHours::new("09:30".parse().unwrap(), "16:00".parse().unwrap());
            btc.sessions = Some(Sessions::new("UTC", [hours]));
        }
        if has(GateId::ShortSale) {
            btc.short_sale = ShortSale::Forbidden;
        }
        if has(GateId::BuyingPower) {
            btc.initial_margin_bps = 100_000;
        }
        if has(GateId::PriceIncrement) {
            btc.price_increment = 7.into();
        }
        if has(GateId::QuantityIncrement) {
            btc.quantity_increment = 7.into();
        }
        if has(GateId::QuantityMin) {
            btc.quantity_min = Some(1_000.into());
        }
        if has(GateId::QuantityMax) {
            btc.quantity_max = Some(1.into());
        }
        if has(GateId::NotionalMin) {
            btc.notional_min = Some(1_000_000.into());
        }
        btc.required_data = vec![QuoteField::Bid, QuoteField::Ask, QuoteField::Last];
        let mut new = config.instruments[1].clone();
        new.symbol = "NEW".to_owned();
        config.instruments.push(new);
        if has(GateId::HouseRule) {
            config.house_rules.push(HouseRule::new("quantity.0"));
        }
        let world = World::new(&config);
        let mut order = world.order().limit(200).created_at(NOW);
        if faults.contains(&Fault::Gate(GateId::ShortSale)) {
            order.side = Side::Sell;
        }
        let mut broken = Self { faults, world, order };
        broken.past();
        broken.limits();
        broken.quotes();
        broken.halts();
        broken
    }

    /// What has happened before: orders, holdings, a loss.
    fn past(&mut self) {
        let quote = Quote::new(self.world.eth, 9, 11, NOW);
        self.world.ingest(Input::Quote(quote));
        self.world.ingest(Input::DailyVolume { instrument: self.world.btc, quantity: 1_000.into() });
        self.world.balance(1_000);
        self.world.lose(10);
        self.world.hold(self.world.eth, Side::Buy, Decimal::ONE, Decimal::ZERO);
        if self.has(GateId::DataGap) {
            let new = self.world.engine.instrument("NEW").unwrap();
            self.world.hold(new, Side::Buy, Decimal::ONE, Decimal::ZERO);
            // An opening now would fail: what is asked for below sells what is held.
        }
        if self.has(GateId::SelfMatch) {
            self.world.hold(self.world.btc, Side::Buy, Decimal::ONE, Decimal::ZERO);
            let own = Order { side: Side::Sell, quantity: Decimal::ONE, ..self.order.id("own") };
            // Refused while something before it is wrong with the instrument.
            drop(self.world.engine.evaluate(&own));
        }
        if self.has(GateId::Cooldown) {
            self.lose_by_an_order();
        }
        let rate = self.has(GateId::MessageRate).then_some(MessageRate {
            messages: 1,
            interval_ms: 3_600_000,
            burst: 1,
            exit_reserve: 0,
        });
        self.change(LimitsOf::Account(self.world.main), Limits { message_rate: rate, ..Limits::default() });
        let id = if self.has(GateId::Duplicate) { self.order.id } else { "another".into() };
        let mut first = Order::sell(self.world.eth, 1)
            .limit(10)
            .account(self.world.main)
            .strategy(self.world.strategy)
            .id(id);
        if self.has(GateId::Parent) {
            first = first.parent("parent", 1);
            self.order = self.order.parent("parent", 1);
        }
        let permit = self.world.engine.evaluate(&first).permit().unwrap();
        let _ = self.world.engine.redeem(permit).unwrap();
    }

    /// What was bought at 100 is sold at 10 while losses in a row are counted.
    fn lose_by_an_order(&mut self) {
        let limits = Limits {
            loss_streak_max: Some(1),
            loss_streak_window_ms: Some(1_000),
            cooldown_ms: Some(1_000),
            ..Limits::default()
        };
        self.change(LimitsOf::Account(self.world.main), limits);
        self.world.hold(self.world.eth, Side::Buy, Decimal::ONE, Decimal::ZERO);
        let (account, strategy) = (self.world.main, self.world.strategy);
        let sell = Order::sell(self.world.eth, 1).limit(10).account(account).strategy(strategy).id("loss");
        let permit = self.world.engine.evaluate(&sell).permit().unwrap();
        let _ = self.world.engine.redeem(permit).unwrap();
        let fill = Fill::new(OrderRef::Client { account, id: "loss".into() }, "loss", 1, 10);
        self.world.ingest(Input::Fill(fill));
    }

    fn limits(&mut self) {
        let zero = |gate: GateId| self.has(gate).then_some(Decimal::ZERO);
        let limits = Limits {
            message_rate: self.has(GateId::MessageRate).then_some(MessageRate {
                messages: 1,
                interval_ms: 3_600_000,
                burst: 1,
                exit_reserve: 0,
            }),
            order_quantity_max: zero(GateId::OrderQuantity),
            order_notional_max: zero(GateId::OrderNotional),
            daily_loss_max: zero(GateId::DailyLoss),
            daily_loss_percent_max: zero(GateId::DailyLossPercent),
            drawdown_percent_max: zero(GateId::Drawdown),
            loss_streak_max: self.has(GateId::Cooldown).then_some(1),
            loss_streak_window_ms: self.has(GateId::Cooldown).then_some(1_000),
            cooldown_ms: self.has(GateId::Cooldown).then_some(1_000),
            position_count_max: self.has(GateId::PositionCount).then_some(0),
            repeated_orders_max: self.has(GateId::Repeat).then_some(0),
            repeated_orders_window_ms: self.has(GateId::Repeat).then_some(1_000),
            daily_value_max: zero(GateId::TradedValue),
            self_match_orders_max: self.has(GateId::SelfMatch).then_some(0),
            open_orders_max: self.has(GateId::OpenOrders).then_some(0),
            gross_exposure_max: zero(GateId::GrossExposure),
            net_exposure_max: zero(GateId::NetExposure),
            group_exposure_percent_max: zero(GateId::GroupExposure),
            leverage_max: zero(GateId::Leverage),
            concentration_percent_max: zero(GateId::Concentration),
            order_to_trade_max: self.has(GateId::OrderToTrade).then_some(0),
            order_to_trade_window_ms: self.has(GateId::OrderToTrade).then_some(1_000),
            ..Limits::default()
        };
        self.change(LimitsOf::Account(self.world.main), limits);
        let limits = Limits {
            mark_age_ms_max: self.has(GateId::StaleData).then_some(1),
            data_completeness_percent_min: self.has(GateId::DataCompleteness).then_some(100.into()),
            spread_bps_max: self.has(GateId::Spread).then_some(1),
            collar_bps: self.has(GateId::PriceCollar).then_some(0),
            participation_percent_max: self.has(GateId::Participation).then_some(Decimal::ZERO),
            position_quantity_max: self.has(GateId::PositionQuantity).then_some(Decimal::ZERO),
            position_notional_max: self.has(GateId::PositionNotional).then_some(Decimal::ZERO),
            ..Limits::default()
        };
        self.change(LimitsOf::Instrument(self.world.btc), limits);
        let limits =
            Limits { order_age_ms_max: self.has(GateId::OrderAge).then_some(1), ..Limits::default() };
        self.change(LimitsOf::Firm, limits);
    }

    fn change(&mut self, of: LimitsOf, limits: Limits) {
        let input = Input::Limits {
            of,
            limits: limits.into(),
            by: "ops".into(),
            reason: "test".into(),
            second: None,
            expires: None,
        };
        self.world.ingest(input);
    }

    fn quotes(&mut self) {
        let at = if self.has(GateId::StaleData) { NOW.plus_ms(-10) } else { NOW };
        let mut quote =
            Quote { last: Some(100.into()), ..Quote::new(self.world.btc, dec("50"), dec("150"), at) };
        self.world.ingest(Input::Quote(quote));
        if self.has(GateId::DataCompleteness) {
            quote.last = None;
        }
        if self.has(GateId::CrossedBook) {
            quote.bid = Some(160.into());
        }
        self.world.ingest(Input::Quote(quote));
    }

    /// States, and what is wrong with the order itself.
    fn halts(&mut self) {
        if self.has(GateId::Reducing) {
            self.world.engine.reduce_only(Scope::Account(self.world.main), "test", "ops");
        }
        if self.has(GateId::KillSwitch) {
            self.world.engine.halt(Scope::Account(self.world.main), "test", "ops");
        }
        self.order.reduce_only = self.has(GateId::ReduceOnly);
        if self.has(GateId::OrderAge) {
            self.order.created_at = Some(NOW.plus_ms(-10));
        }
        for fault in &self.faults {
            match fault {
                Fault::FirmHalted => {
                    self.world.engine.halt(Scope::Firm, "test", "ops");
                }
                Fault::ClockDead => self.world.clock.fail(),
                Fault::AccountUnknown => self.order.account = Default::default(),
                Fault::StrategyUnknown => self.order.strategy = Default::default(),
                Fault::InstrumentUnknown => self.order.instrument = Default::default(),
                Fault::Malformed => self.order.quantity = Decimal::NEGATIVE_ONE,
                Fault::Gate(_) => {}
            }
        }
    }
}

fn answer(faults: &[(Fault, Reason)]) -> Decision {
    let mut broken = Broken::new(faults.iter().map(|(fault, _)| *fault).collect());
    broken.world.engine.evaluate(&broken.order)
}

#[test]
fn repaired_one_by_one_the_next_reason_shows() {
    let faults = faults();
    for (step, (fault, reason)) in faults.iter().enumerate() {
        let left = &faults[step..];
        let decision = answer(left);
        assert_eq!(decision.reason(), Some(*reason), "{fault:?}, {} faults left: {decision:?}", left.len());
        let gate = match decision {
            Decision::Rejected(why) | Decision::EmergencyStop(why) => why.gate,
            other => panic!("{other:?}"),
        };
        match fault {
            Fault::Gate(id) => assert_eq!(gate, Some(*id), "{fault:?}"),
            Fault::FirmHalted => assert_eq!(gate, Some(GateId::KillSwitch)),
            _ => assert_eq!(gate, None, "{fault:?}"),
        }
    }
    let decision = answer(&[]);
    assert!(matches!(decision, Decision::Approved(_)), "without a fault: {decision:?}");
}

/// Each fault by itself is a fault: no step above was decided by the one before it that was left over.
#[test]
fn each_fault_alone_is_refused_for_its_own_reason() {
    for fault in faults() {
        assert_eq!(answer(&[fault]).reason(), Some(fault.1), "{:?}", fault.0);
    }
}

/// The order is written down here once more: a gate that moves in the list moves a decision.
#[test]
fn the_order_is_the_one_that_was_agreed() {
    let order: Vec<_> = faults().iter().map(|(_, reason)| reason.code()).collect();
    let agreed = [
        "KILL_SWITCH_ACTIVE",
        "CLOCK_UNAVAILABLE",
        "UNKNOWN_ACCOUNT",
        "UNKNOWN_STRATEGY",
        "UNKNOWN_INSTRUMENT",
        "KILL_SWITCH_ACTIVE",
        "INVALID_ORDER",
        "REDUCING_ONLY",
        "REDUCE_ONLY_OPENS",
        "INSTRUMENT_RESTRICTED",
        "SESSION_CLOSED",
        "SHORT_SALE",
        "PRICE_INCREMENT",
        "QUANTITY_INCREMENT",
        "QUANTITY_MIN",
        "QUANTITY_MAX",
        "NOTIONAL_MIN",
        "ORDER_STALE",
        "DUPLICATE_ORDER",
        "REPEATED_ORDER",
        "SELF_MATCH",
        "PARENT_QUANTITY",
        "RATE_LIMIT",
        "DATA_GAP",
        "STALE_DATA",
        "INCOMPLETE_DATA",
        "CROSSED_BOOK",
        "SPREAD_TOO_WIDE",
        "PRICE_COLLAR",
        "ORDER_QUANTITY_MAX",
        "ORDER_NOTIONAL_MAX",
        "PARTICIPATION_LIMIT",
        "DAILY_LOSS_LIMIT",
        "DAILY_LOSS_PERCENT",
        "MAX_DRAWDOWN",
        "COOLDOWN",
        "POSITION_COUNT_LIMIT",
        "DAILY_VALUE_LIMIT",
        "OPEN_ORDERS_LIMIT",
        "TOTAL_EXPOSURE_LIMIT",
        "NET_EXPOSURE_LIMIT",
        "POSITION_SIZE_LIMIT",
        "POSITION_SIZE_LIMIT",
        "CORRELATION_LIMIT",
        "LEVERAGE_LIMIT",
        "BUYING_POWER",
        "CONCENTRATION_LIMIT",
        "ORDER_TO_TRADE",
        "HOUSE_RULE",
    ];
    assert_eq!(order, agreed);
}
