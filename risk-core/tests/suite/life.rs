//! Sensible histories: orders that are approved, sent, filled and ended, with quotes and time between them.

use proptest::prelude::*;
use risk_core::{
    Account, Asset, Capacity, Config, Decision, End, Engine, Fill, Input, Instrument, Limits, ManualClock,
    MemoryJournal, Order, OrderHandle, OrderRef, Permit, Quote, Strategy as StrategyConfig, Timestamp,
};
use rust_decimal::Decimal;

use super::world::NOW;

/// Two accounts with two strategies each, three instruments.
pub(super) const ACCOUNTS: [&str; 2] = ["main", "other"];
pub(super) const STRATEGIES: [&str; 2] = ["s", "t"];
pub(super) const SYMBOLS: [&str; 3] = ["BTC", "ETH", "SOL"];

/// One thing that happens. Numbers are places in the lists above, or among the orders that live.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Order {
        account: usize,
        strategy: usize,
        instrument: usize,
        sell: bool,
        quantity: i64,
        price: Option<i64>,
        flags: u8,
    },
    Redeem(u32),
    Release(u32),
    /// Of a live order, some tenths of what is open.
    Fill(u32, u8, i64),
    End(u32),
    Quote {
        instrument: usize,
        mid: i64,
        spread: i64,
    },
    Balance(usize, i64),
    Wait(i64),
    DayRoll,
}

pub(super) fn order() -> impl Strategy<Value = Event> {
    (
        0..2_usize,
        0..2_usize,
        0..3_usize,
        any::<bool>(),
        1..60_i64,
        proptest::option::of(80..125_i64),
        any::<u8>(),
    )
        .prop_map(|(account, strategy, instrument, sell, quantity, price, flags)| Event::Order {
            account,
            strategy,
            instrument,
            sell,
            quantity,
            price,
            flags,
        })
}

pub(super) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => order(),
        6 => any::<u32>().prop_map(Event::Redeem),
        1 => any::<u32>().prop_map(Event::Release),
        5 => (any::<u32>(), 1..14_u8, 80..125_i64).prop_map(|(i, tenths, price)| Event::Fill(i, tenths, price)),
        1 => any::<u32>().prop_map(Event::End),
        3 => (0..3_usize, 80..125_i64, 1..4_i64).prop_map(|(instrument, mid, spread)| Event::Quote { instrument, mid, spread }),
        1 => (0..2_usize, 500..20_000_i64).prop_map(|(account, balance)| Event::Balance(account, balance)),
        2 => (1..700_i64).prop_map(Event::Wait),
        1 => Just(Event::DayRoll),
    ]
}

/// An order that lives, as this side of the interface knows it.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) account: usize,
    pub(super) strategy: usize,
    pub(super) instrument: usize,
    pub(super) sell: bool,
    pub(super) open: Decimal,
    pub(super) handle: OrderHandle,
    pub(super) permit: Option<(Permit, Timestamp)>,
}

/// A decision without what differs between two engines.
pub(super) type Answer = (risk_core::Verdict, Option<risk_core::Reason>, Option<risk_core::Level>, Decimal);

/// An engine and what should be in it.
pub(super) struct Life {
    pub(super) engine: Engine<ManualClock, MemoryJournal>,
    pub(super) clock: ManualClock,
    pub(super) now: Timestamp,
    pub(super) live: Vec<Live>,
    /// Signed, by account, strategy and instrument.
    pub(super) positions: [[[Decimal; 3]; 2]; 2],
    pub(super) answers: Vec<Answer>,
    serial: u32,
    /// Whether time passes with ticks.
    ticks: bool,
}

/// Limits of every kind, at every level, tight enough to bind.
pub(super) fn config() -> Config {
    let number = |n: i64| Some(Decimal::from(n));
    let mut config = Config::new("USD");
    config.capacity = Capacity {
        instruments: 8,
        accounts: 4,
        strategies: 12,
        books: 64,
        live_orders: 256,
        order_ids: 1_024,
        executions: 1_024,
        order_ids_for_exits: 64,
        changes: 32,
        ..Capacity::default()
    };
    config.assets.push(Asset::new("USD", 2));
    config.firm.limits = Limits {
        gross_exposure_max: number(12_000),
        collar_bps: Some(1_500),
        daily_loss_max: number(2_000),
        position_quantity_max: number(70),
        ..Limits::default()
    };
    for symbol in SYMBOLS {
        let mut instrument = Instrument::new(symbol, "USD", 2, 1);
        instrument.quantity_increment = Decimal::new(5, 1);
        instrument.slippage_bps = 50;
        instrument.group = (symbol != "SOL").then(|| "large".to_owned());
        config.instruments.push(instrument);
        let limits =
            Limits { position_quantity_max: number(50), spread_bps_max: Some(350), ..Limits::default() };
        config.instrument_limits.insert(symbol.to_owned(), limits);
    }
    for name in ACCOUNTS {
        let limits = Limits {
            gross_exposure_max: number(8_000),
            order_notional_max: number(5_000),
            daily_loss_percent_max: number(10),
            drawdown_percent_max: number(12),
            position_count_max: Some(2),
            leverage_max: number(2),
            group_exposure_percent_max: number(150),
            ..Limits::default()
        };
        let mut account = Account::new(name, "USD").limits(limits);
        for strategy in STRATEGIES {
            let limits = Limits {
                gross_exposure_max: number(6_000),
                position_notional_max: number(4_500),
                ..Limits::default()
            };
            account.strategies.push(StrategyConfig {
                name: strategy.to_owned(),
                limits,
                ..StrategyConfig::default()
            });
        }
        config.accounts.push(account);
    }
    config
}

impl Life {
    pub(super) fn new(config: &Config, ticks: bool) -> Self {
        Self::recorded(config, ticks, MemoryJournal::last(400))
    }

    pub(super) fn recorded(config: &Config, ticks: bool, journal: MemoryJournal) -> Self {
        let clock = ManualClock::at(NOW);
        let engine = Engine::new(config, clock.clone(), journal).unwrap();
        let mut life = Self {
            engine,
            clock,
            now: NOW,
            live: Vec::new(),
            positions: Default::default(),
            answers: Vec::new(),
            serial: 0,
            ticks,
        };
        for place in 0..3 {
            life.quote(place, 100, 1);
        }
        for place in 0..2 {
            life.balance(place, 5_000);
        }
        life
    }

    pub(super) fn build(&self, event: Event, id: &str) -> Option<Order> {
        let Event::Order { account, strategy, instrument, sell, quantity, price, flags } = event else {
            return None;
        };
        let main = self.engine.account(ACCOUNTS[account]).unwrap();
        let symbol = self.engine.instrument(SYMBOLS[instrument]).unwrap();
        let side = if sell { Order::sell } else { Order::buy };
        let mut order = side(symbol, Decimal::new(quantity * 5, 1))
            .account(main)
            .strategy(self.engine.strategy(main, STRATEGIES[strategy]).unwrap())
            .id(id);
        if let Some(price) = price {
            order = order.limit(price);
        }
        order.reducible = flags & 3 != 0;
        order.reduce_only = flags & 0x3c == 0;
        Some(order)
    }

    /// What an order may close: by its account's position and by its strategy's.
    pub(super) fn closes(&self, event: Event) -> [Decimal; 2] {
        let Event::Order { account, strategy, instrument, sell, .. } = event else {
            return [Decimal::ZERO; 2];
        };
        let sign = if sell { Decimal::ONE } else { Decimal::NEGATIVE_ONE };
        let free = |position: Decimal, of: &dyn Fn(&&Live) -> bool| {
            let same =
                |live: &&Live| live.instrument == instrument && live.sell == sell && live.account == account;
            let working: Decimal =
                self.live.iter().filter(same).filter(|l| of(l)).map(|live| live.open).sum();
            (position * sign - working).max(Decimal::ZERO)
        };
        let whole: Decimal = self.positions[account].iter().map(|strategy| strategy[instrument]).sum();
        let own = self.positions[account][strategy][instrument];
        [free(whole, &|_| true), free(own, &|live| live.strategy == strategy)]
    }

    /// Lets something happen. For an order, what was answered.
    pub(super) fn step(&mut self, event: Event) -> Option<Answer> {
        match event {
            Event::Order { .. } => return Some(self.ask(event)),
            Event::Redeem(pick) => {
                if let Some(place) = self.pick(pick, |live| live.permit.is_some()) {
                    let (permit, _) = self.live[place].permit.take().unwrap();
                    if self.engine.redeem_at(permit, Some(self.now)).is_err() {
                        self.live.remove(place);
                    }
                }
            }
            Event::Release(pick) => {
                if let Some(place) = self.pick(pick, |live| live.permit.is_some()) {
                    let (permit, _) = self.live.remove(place).permit.unwrap();
                    self.engine.release_at(permit, Some(self.now)).unwrap();
                }
            }
            Event::Fill(pick, tenths, price) => {
                if let Some(place) = self.pick(pick, |live| live.permit.is_none()) {
                    self.fill(place, tenths, price);
                }
            }
            Event::End(pick) => {
                if let Some(place) = self.pick(pick, |live| live.permit.is_none()) {
                    let live = self.live.remove(place);
                    let order = OrderRef::Handle(live.handle);
                    self.ingest(Input::Done { order, end: End::Cancelled });
                }
            }
            Event::Quote { instrument, mid, spread } => self.quote(instrument, mid, spread),
            Event::Balance(account, balance) => self.balance(account, balance),
            Event::Wait(ms) => {
                self.now = self.now.plus_ms(ms);
                self.clock.set(self.now);
                let now = self.now;
                self.live.retain(|live| live.permit.as_ref().is_none_or(|(_, expires)| now < *expires));
                if self.ticks {
                    self.engine.tick_at(Some(now));
                }
            }
            Event::DayRoll => self.ingest(Input::DayRoll),
        }
        None
    }

    fn pick(&self, pick: u32, fits: impl Fn(&Live) -> bool) -> Option<usize> {
        let places: Vec<_> = (0..self.live.len()).filter(|place| fits(&self.live[*place])).collect();
        let place = pick.checked_rem(u32::try_from(places.len()).unwrap())?;
        places.get(usize::try_from(place).unwrap()).copied()
    }

    fn ask(&mut self, event: Event) -> Answer {
        self.serial += 1;
        let order = self.build(event, &format!("o{}", self.serial)).unwrap();
        let Event::Order { account, strategy, instrument, sell, .. } = event else { unreachable!() };
        let decision = self.engine.evaluate_at(&order, Some(self.now));
        let answer = answer(&decision);
        if let Decision::Approved(permit) | Decision::Reduced(permit, _) = decision {
            let expires = permit.expires();
            self.live.push(Live {
                account,
                strategy,
                instrument,
                sell,
                open: permit.quantity(),
                handle: permit.order(),
                permit: Some((permit, expires)),
            });
        }
        self.answers.push(answer);
        answer
    }

    fn fill(&mut self, place: usize, tenths: u8, price: i64) {
        self.serial += 1;
        let live = &mut self.live[place];
        let part = (live.open * Decimal::new(tenths.min(10).into(), 1))
            .round_dp(1)
            .max(Decimal::new(1, 1))
            .min(live.open);
        live.open -= part;
        let sign = if live.sell { Decimal::NEGATIVE_ONE } else { Decimal::ONE };
        self.positions[live.account][live.strategy][live.instrument] += part * sign;
        let execution = format!("x{}", self.serial);
        let fill =
            Fill { fee: Decimal::new(1, 2), ..Fill::new(live.handle, execution.as_str(), part, price) };
        if live.open.is_zero() {
            self.live.remove(place);
        }
        self.ingest(Input::Fill(fill));
    }

    fn quote(&mut self, place: usize, mid: i64, spread: i64) {
        let instrument = self.engine.instrument(SYMBOLS[place]).unwrap();
        let (bid, ask) = (Decimal::new(mid * 2 - spread, 0), Decimal::new(mid * 2 + spread, 0));
        self.ingest(Input::Quote(Quote::new(instrument, bid / Decimal::TWO, ask / Decimal::TWO, self.now)));
    }

    fn balance(&mut self, place: usize, balance: i64) {
        let account = self.engine.account(ACCOUNTS[place]).unwrap();
        self.ingest(Input::Balance { account, balance: balance.into() });
    }

    fn ingest(&mut self, input: Input) {
        let effect = self.engine.ingest_at(input, Some(self.now)).unwrap();
        assert_eq!(effect.anomaly, None);
    }
}

/// A decision as it is compared between engines.
pub(super) fn answer(decision: &Decision) -> Answer {
    let (level, quantity) = match decision {
        Decision::Approved(permit) => (None, permit.quantity()),
        Decision::Reduced(permit, bound) => (Some(bound.level), permit.quantity()),
        Decision::Rejected(why) | Decision::EmergencyStop(why) => (why.level, Decimal::ZERO),
    };
    (decision.verdict(), decision.reason(), level, quantity)
}
