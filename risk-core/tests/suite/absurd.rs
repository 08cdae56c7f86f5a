//! Totality: whatever is asked, the answer is one of four, every call leaves one record, and the journal replays.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use risk_core::{
    AccountHandle, AssetHandle, Booking, Change, Config, Decision, Engine, Fill, Holding, HostFigures, Id,
    Input, InstrumentHandle, Kind, LatchId, Lift, Limits, LimitsOf, ListDecision, ManualClock, MemoryJournal,
    MessageRate, Order, OrderHandle, OrderRef, Outbound, Permit, Quote, Scope, Side, Snapshot,
    StrategyHandle, Timestamp, replay,
};
use rust_decimal::Decimal;

use super::calls::{AnyOrder, Call, Pick, call};
use super::world::config;

/// Everything an engine has handed out so far, and what another engine did.
pub(super) struct Run {
    pub(super) engine: Engine<ManualClock, MemoryJournal>,
    clock: ManualClock,
    accounts: Vec<AccountHandle>,
    strategies: Vec<StrategyHandle>,
    instruments: Vec<InstrumentHandle>,
    assets: Vec<AssetHandle>,
    orders: Vec<OrderHandle>,
    permits: Vec<(bool, Permit)>,
    outbounds: Vec<(bool, Outbound)>,
    pub(super) failed: Option<String>,
}

impl Run {
    pub(super) fn new(config: &Config, journal: MemoryJournal) -> Self {
        let clock = ManualClock::at(super::world::NOW);
        let engine = Engine::new(config, clock.clone(), journal).unwrap();
        let mut run = Self {
            engine,
            clock,
            accounts: vec![AccountHandle::default()],
            strategies: vec![StrategyHandle::default()],
            instruments: vec![InstrumentHandle::default()],
            assets: vec![AssetHandle::default()],
            orders: vec![OrderHandle::default()],
            permits: Vec::new(),
            outbounds: Vec::new(),
            failed: None,
        };
        let mut foreign =
            Engine::new(config, ManualClock::at(super::world::NOW), MemoryJournal::last(8)).unwrap();
        let btc = foreign.instrument("BTC").unwrap();
        let main = foreign.account("main").unwrap();
        let strategy = foreign.strategy(main, "s").unwrap();
        foreign.ingest(Input::Quote(Quote::new(btc, 99, 101, super::world::NOW))).unwrap();
        for id in ["f1", "f2"] {
            let order = Order::buy(btc, 1).account(main).strategy(strategy).id(id);
            let permit = foreign.evaluate(&order).permit().unwrap();
            run.orders.push(permit.order());
            run.permits.push((false, permit));
        }
        let permit =
            foreign.evaluate(&Order::buy(btc, 1).account(main).strategy(strategy).id("f3")).permit().unwrap();
        run.outbounds.push((false, foreign.redeem(permit).unwrap()));
        run.accounts.push(main);
        run.strategies.push(strategy);
        run.instruments.push(btc);
        run.assets.push(foreign.asset("USD").unwrap());
        // Its own names come several times: most calls are about something known.
        for _ in 0..4 {
            let main = run.engine.account("main").unwrap();
            run.accounts.push(main);
            run.strategies.push(run.engine.strategy(main, "s").unwrap());
            run.instruments.extend(["BTC", "ETH"].map(|symbol| run.engine.instrument(symbol).unwrap()));
        }
        run.assets.extend(["USD", "EUR"].map(|code| run.engine.asset(code).unwrap()));
        run
    }

    fn order(&self, any: &AnyOrder) -> Order {
        let side = if any.buy { Order::buy } else { Order::sell };
        let mut order = side(*any.names.2.get(&self.instruments), any.quantity)
            .account(*any.names.0.get(&self.accounts))
            .strategy(*any.names.1.get(&self.strategies))
            .id(any.id.as_str())
            .time_in_force(any.time_in_force);
        order.kind = match any.prices {
            (None, None) => Kind::Market,
            (Some(price), None) => Kind::Limit { price },
            (None, Some(trigger)) => Kind::Stop { trigger },
            (Some(price), Some(trigger)) => Kind::StopLimit { trigger, price },
        };
        (order.reduce_only, order.reducible) = any.flags;
        order.created_at = any.created_at.map(Timestamp::from_nanos);
        if let Some((parent, quantity)) = &any.parent {
            order.parent = Some(Id::new(parent));
            order.parent_quantity = *quantity;
        }
        order
    }

    fn order_ref(&self, pick: &Pick, id: &str) -> OrderRef {
        if id.len() > 1 {
            OrderRef::Handle(*pick.get(&self.orders))
        } else {
            OrderRef::Client { account: *pick.get(&self.accounts), id: Id::new(id) }
        }
    }

    fn scope(&self, scope: u8, which: &Pick) -> Scope {
        match scope {
            0 => Scope::Firm,
            1 => Scope::Account(*which.get(&self.accounts)),
            2 => Scope::Strategy(*which.get(&self.strategies)),
            3 => Scope::Instrument(*which.get(&self.instruments)),
            _ => Scope::Venue(risk_core::VenueHandle::default()),
        }
    }

    /// One call; notes a failure when it leaves more or fewer records than it should.
    pub(super) fn step(&mut self, call: &Call) {
        let before = (self.engine.seq(), self.engine.metrics().unrecorded);
        let (least, most) = self.act(call);
        let after = (self.engine.seq(), self.engine.metrics().unrecorded);
        let records = (after.0 - before.0) + (after.1 - before.1);
        if !(least..=most).contains(&records) {
            self.failed.get_or_insert(format!("{call:?} left {records} records, not {least} to {most}"));
        }
    }

    /// Does it, and says how many records it may leave.
    fn act(&mut self, call: &Call) -> (u64, u64) {
        match call {
            Call::Evaluate(any) => {
                let order = self.order(any);
                match self.engine.evaluate(&order) {
                    Decision::Approved(permit) | Decision::Reduced(permit, _) => {
                        if permit.quantity() <= Decimal::ZERO || permit.quantity() > order.quantity {
                            self.failed.get_or_insert(format!("{order:?} got {permit:?}"));
                        }
                        self.orders.push(permit.order());
                        self.permits.push((true, permit));
                    }
                    Decision::Rejected(why) | Decision::EmergencyStop(why) => drop(why.to_string()),
                }
                (1, 1)
            }
            Call::Explain(any) => {
                let order = self.order(any);
                let explanation = self.engine.explain(&order);
                let score = explanation.risk_score();
                if score < Decimal::ZERO || score > Decimal::ONE {
                    self.failed.get_or_insert(format!("{order:?} scores {score}"));
                }
                drop(explanation.to_string());
                (0, 1)
            }
            Call::Headroom(account, strategy, instrument) => {
                let _ = self.engine.headroom(
                    *account.get(&self.accounts),
                    *strategy.get(&self.strategies),
                    *instrument.get(&self.instruments),
                    Side::Buy,
                );
                (0, 1)
            }
            Call::Redeem(pick) => {
                if self.permits.is_empty() {
                    return (0, 0);
                }
                let (own, permit) = self.permits.swap_remove(pick.index(self.permits.len()));
                if let Ok(outbound) = self.engine.redeem(permit) {
                    if !own {
                        self.failed.get_or_insert("a foreign permit was redeemed".to_owned());
                    }
                    self.outbounds.push((own, outbound));
                }
                (u64::from(own), 1)
            }
            Call::Release(pick) => {
                if self.permits.is_empty() {
                    return (0, 0);
                }
                let (own, permit) = self.permits.swap_remove(pick.index(self.permits.len()));
                let _ = self.engine.release(permit);
                (u64::from(own), 1)
            }
            Call::Abandon(pick) => {
                if self.outbounds.is_empty() {
                    return (0, 0);
                }
                let (own, outbound) = self.outbounds.swap_remove(pick.index(self.outbounds.len()));
                self.engine.abandon(outbound);
                (u64::from(own), 1)
            }
            Call::Cancel(pick, id) => {
                let order = self.order_ref(pick, id);
                let outbound = self.engine.cancel(order);
                // A cancel of an order that is not known is nobody's: abandoning it leaves no record.
                let own = outbound.handle() != OrderHandle::default();
                self.outbounds.push((own, outbound));
                (1, 1)
            }
            Call::List(list, look, redeem) => {
                let orders: Vec<_> = list.iter().map(|any| self.order(any)).collect();
                if *look {
                    drop(self.engine.explain_list(&orders));
                }
                match self.engine.evaluate_list(&orders.into()) {
                    ListDecision::Approved(permit) if *redeem => {
                        let mut outbounds = Vec::new();
                        if self.engine.redeem_list(permit, &mut outbounds).is_ok() {
                            self.orders.extend(outbounds.iter().map(Outbound::handle));
                            self.outbounds.extend(outbounds.into_iter().map(|outbound| (true, outbound)));
                        }
                        (2, 2 + u64::from(*look))
                    }
                    ListDecision::Approved(permit) => {
                        let _ = self.engine.release_list(permit);
                        (2, 2 + u64::from(*look))
                    }
                    ListDecision::Rejected(why) | ListDecision::EmergencyStop(why) => {
                        drop(why.to_string());
                        (1, 1 + u64::from(*look))
                    }
                }
            }
            Call::Modify(pick, id, [quantity, price, trigger], new) => {
                let order = self.order_ref(pick, id);
                let id = new.as_deref().map(Id::new);
                let change =
                    Change { id, quantity: *quantity, price: *price, trigger: *trigger, created_at: None };
                match self.engine.modify(order, &change) {
                    Decision::Approved(permit) => {
                        self.orders.push(permit.order());
                        self.permits.push((true, permit));
                    }
                    Decision::Reduced(..) => {
                        self.failed.get_or_insert(format!("{change:?} was reduced"));
                    }
                    Decision::Rejected(why) | Decision::EmergencyStop(why) => drop(why.to_string()),
                }
                (1, 1)
            }
            Call::Tick => {
                self.engine.tick();
                (1, 1)
            }
            Call::Time(nanos) => {
                self.clock.set(Timestamp::from_nanos(*nanos));
                (0, 0)
            }
            Call::Halt(scope, which, state, by) => {
                let scope = self.scope(*scope, which);
                let now = risk_core::Clock::now(&self.clock);
                self.engine.pull_down_at(scope, *state, "absurd", by, now);
                (1, 1)
            }
            Call::Resume(scope, which, latch, to, by) => {
                let scope = self.scope(*scope, which);
                let lift = if latch % 2 == 0 {
                    Lift::UpTo(LatchId::from_number(*latch))
                } else {
                    Lift::One(LatchId::from_number(*latch))
                };
                let _ = self.engine.resume(scope, lift, *to, "absurd", by);
                (1, 1)
            }
            Call::Register(what, instrument, name) => {
                let limits = Limits { gross_exposure_max: Some(1_000.into()), ..Limits::default() };
                let account = risk_core::Account::new(name, "USD").limits(limits).strategy(name);
                let strategy = risk_core::Strategy { name: name.clone(), ..Default::default() };
                let done = match what {
                    0 => self
                        .engine
                        .add_instrument(instrument, &Limits::default())
                        .map(|i| self.instruments.push(i)),
                    1 => self.engine.add_account(&account).map(|a| self.accounts.push(a)),
                    _ => {
                        self.engine.add_strategy(self.accounts[2], &strategy).map(|s| self.strategies.push(s))
                    }
                };
                if done.is_ok() { (1, 1) } else { (0, 1) }
            }
            other => {
                let input = self.input(other);
                let _ = self.engine.ingest(input);
                (1, 1)
            }
        }
    }

    fn input(&self, call: &Call) -> Input {
        match call {
            Call::Fill { order, execution, quantity, price, fee, booking } => Input::Fill(Fill {
                order: self.order_ref(order, if booking.is_some() { "nobody" } else { execution }),
                execution: Id::new(execution),
                quantity: *quantity,
                price: *price,
                fee: *fee,
                booking: booking.as_ref().map(|(strategy, instrument, buy)| Booking {
                    account: *strategy.get(&self.accounts),
                    strategy: *strategy.get(&self.strategies),
                    instrument: *instrument.get(&self.instruments),
                    side: if *buy { Side::Buy } else { Side::Sell },
                    parent: Some(Id::new(execution)),
                }),
                origin: risk_core::Origin::Client,
            }),
            Call::Report { order, end } => {
                let order = OrderRef::Handle(*order.get(&self.orders));
                end.map_or(Input::Accepted { order, quantity: None }, |end| Input::Done { order, end })
            }
            Call::Quote { instrument, fields: [bid, ask, bid_size, ask_size, last, volume], at } => {
                Input::Quote(Quote {
                    instrument: *instrument.get(&self.instruments),
                    bid: *bid,
                    ask: *ask,
                    bid_size: *bid_size,
                    ask_size: *ask_size,
                    last: *last,
                    volume: *volume,
                    at: Timestamp::from_nanos(*at),
                })
            }
            Call::Money { what, which: (one, other), amount } => match what {
                0 => Input::Balance { account: *one.get(&self.accounts), balance: *amount },
                1 => Input::Flow { account: *one.get(&self.accounts), amount: *amount },
                2 => {
                    Input::Rate { from: *one.get(&self.assets), to: *other.get(&self.assets), rate: *amount }
                }
                _ => Input::Mark {
                    instrument: *one.get(&self.instruments),
                    price: *amount,
                    at: self.engine.now(),
                },
            },
            Call::Host {
                account,
                figures: [equity, day_profit, drawdown_percent, gross_exposure],
                count,
            } => Input::Host(HostFigures {
                account: *account.get(&self.accounts),
                equity: *equity,
                day_profit: *day_profit,
                drawdown_percent: *drawdown_percent,
                position_count: *count,
                gross_exposure: *gross_exposure,
            }),
            Call::Snapshot { account, balance, positions } => {
                let holding = |(instrument, quantity, price): &(Pick, _, _)| Holding {
                    instrument: *instrument.get(&self.instruments),
                    quantity: *quantity,
                    price: *price,
                };
                Input::Snapshot(Arc::new(Snapshot {
                    account: *account.get(&self.accounts),
                    balance: *balance,
                    positions: positions.iter().map(holding).collect(),
                    orders: None,
                }))
            }
            Call::Limits { of, which, values: [a, b, c, d, e, f], small: [g, h, i, j] } => {
                let of = match of {
                    0 => LimitsOf::Firm,
                    1 => LimitsOf::Account(*which.get(&self.accounts)),
                    2 => LimitsOf::Strategy(*which.get(&self.strategies)),
                    _ => LimitsOf::Instrument(*which.get(&self.instruments)),
                };
                let both = matches!(of, LimitsOf::Firm | LimitsOf::Account(_));
                let limits = Limits {
                    order_notional_max: *a,
                    order_quantity_max: *b,
                    gross_exposure_max: c.filter(|_| both),
                    leverage_max: d.filter(|_| both),
                    daily_loss_max: e.filter(|_| both),
                    position_notional_max: f.filter(|_| !both),
                    position_count_max: g.filter(|_| both),
                    collar_bps: h.filter(|_| of == LimitsOf::Firm),
                    mark_age_ms_max: i.filter(|_| of == LimitsOf::Firm).map(u64::from),
                    message_rate: j.filter(|_| both).map(|n| MessageRate {
                        messages: n,
                        interval_ms: 1_000,
                        burst: n.saturating_mul(n),
                        exit_reserve: n >> 1,
                    }),
                    ..Limits::default()
                };
                Input::Limits {
                    of,
                    limits: Arc::new(limits),
                    by: "ops".into(),
                    reason: "absurd".into(),
                    second: None,
                    expires: j.map(|ms| self.engine.now().plus_ms(i64::from(ms))),
                }
            }
            Call::Status(instrument, status, by) => Input::Status {
                instrument: *instrument.get(&self.instruments),
                status: *status,
                by: Id::new(by),
            },
            _ => match self.engine.seq() % 5 {
                0 => Input::NextRoll { at: Timestamp::from_nanos(i64::MIN) },
                1 => Input::NextRoll { at: Timestamp::MAX },
                2 => Input::NextRoll { at: self.engine.now().plus_ms(500) },
                _ => Input::DayRoll,
            },
        }
    }
}

pub(super) fn absurd_config() -> Config {
    let mut config = config();
    config.assets.push(risk_core::Asset::new("EUR", 2));
    config.capacity.live_orders = 6;
    config.capacity.order_ids = 12;
    config.capacity.order_ids_for_exits = 2;
    config.capacity.executions = 6;
    config.capacity.parents = 3;
    config.capacity.latches = 3;
    config.settings.duplicate_window_ms = 2_000;
    config
}

proptest! {
    #![proptest_config(super::world::cases(300))]

    #[test]
    fn any_history_is_answered_recorded_and_replayed(calls in vec(call(), 1..120), keep in 5_usize..300) {
        let config = absurd_config();
        let mut run = Run::new(&config, MemoryJournal::with_capacity(300));
        let mut ring = Run::new(&config, MemoryJournal::last(keep));
        for call in &calls {
            run.step(call);
            ring.step(call);
            prop_assert_eq!(run.failed.as_ref(), None);
        }
        let journal = run.engine.journal();
        let again = replay(&config, journal.base(), journal.records());
        let again = again.map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(again.digest(), run.engine.digest());
        prop_assert_eq!(again.seq(), run.engine.seq());

        // From the snapshot of a ring, with the same answers.
        prop_assert_eq!(ring.engine.digest(), run.engine.digest());
        let journal = ring.engine.journal();
        let again = replay(&config, journal.base(), journal.tail());
        let again = again.map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(again.digest(), run.engine.digest());
    }
}
