//! An engine as the table of `ARCHITECTURE.md` measures it: limits at all four levels, ring journal, injected time.

use std::time::{Duration, Instant};

use risk_core::{
    Account, AccountHandle, Asset, Capacity, Config, Decision, DrawdownFrom, Engine, Fill, Input, Instrument,
    InstrumentHandle, Limits, ManualClock, MemoryJournal, MessageRate, Order, Permit, Quote, Strategy,
    StrategyHandle, Timestamp,
};
use rust_decimal::Decimal;

/// The engine that is measured.
pub type Measured = Engine<ManualClock, MemoryJournal>;

/// Orders that are timed together.
pub const BATCH: u32 = 1_024;

/// Which limits are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Every limit, at each of its levels.
    All,
    /// None: what is always on.
    None,
    /// Message rate.
    Rate,
    /// Quote age, completeness, spread, collar.
    Data,
    /// Order quantity and notional.
    Size,
    /// Daily loss in money and percent, drawdown.
    Loss,
    /// Position count, gross, position, group, leverage.
    Exposure,
    /// Order size, rate and daily loss: what the peer has.
    Peer,
}

/// How large the world is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Accounts, with one strategy each.
    pub accounts: usize,
    /// Instruments.
    pub instruments: usize,
    /// Orders that rest at the venue, and so ids that are taken.
    pub live: u32,
}

/// A small desk: what most figures are measured on.
pub const DESK: Size = Size { accounts: 8, instruments: 64, live: 65_536 };

/// An engine with the handles to ask it.
pub struct World {
    /// The engine.
    pub engine: Measured,
    /// Accounts with their strategies.
    pub owners: Vec<(AccountHandle, StrategyHandle)>,
    /// Instruments.
    pub instruments: Vec<InstrumentHandle>,
    /// The time at which everything is fresh.
    pub now: Timestamp,
    next: u64,
}

/// Everything is set, and nothing binds.
pub fn limits(group: Group) -> Limits {
    let large = Decimal::from(1_000_000_000_000_u64);
    let has = |other| group == Group::All || group == other;
    let peer = group == Group::Peer;
    let rate =
        MessageRate { messages: 1_000_000_000, interval_ms: 1_000, burst: 1_000_000_000, exit_reserve: 10 };
    Limits {
        order_age_ms_max: (group == Group::All).then_some(60_000),
        message_rate: (has(Group::Rate) || peer).then_some(rate),
        mark_age_ms_max: has(Group::Data).then_some(3_600_000),
        data_completeness_percent_min: has(Group::Data).then_some(Decimal::from(50)),
        spread_bps_max: has(Group::Data).then_some(500),
        collar_bps: has(Group::Data).then_some(500),
        collar_passive_bps: has(Group::Data).then_some(5_000),
        order_quantity_max: (has(Group::Size) || peer).then_some(large),
        order_notional_max: (has(Group::Size) || peer).then_some(large),
        daily_loss_max: (has(Group::Loss) || peer).then_some(large),
        daily_loss_percent_max: has(Group::Loss).then_some(Decimal::from(50)),
        drawdown_percent_max: has(Group::Loss).then_some(Decimal::from(50)),
        drawdown_from: DrawdownFrom::Peak,
        position_count_max: has(Group::Exposure).then_some(1_000_000),
        gross_exposure_max: has(Group::Exposure).then_some(large),
        position_quantity_max: has(Group::Exposure).then_some(large),
        position_notional_max: has(Group::Exposure).then_some(large),
        group_exposure_percent_max: has(Group::Exposure).then_some(Decimal::from(90_000)),
        leverage_max: has(Group::Exposure).then_some(Decimal::from(900)),
    }
}

/// Only what has a meaning at the level.
fn at_level(group: Group, level: risk_core::Level) -> Limits {
    let mut limits = limits(group);
    if level != risk_core::Level::Firm {
        limits.order_age_ms_max = None;
    }
    let firm_or_instrument = matches!(level, risk_core::Level::Firm | risk_core::Level::Instrument);
    if !firm_or_instrument {
        limits.mark_age_ms_max = None;
        limits.data_completeness_percent_min = None;
        limits.spread_bps_max = None;
        limits.collar_bps = None;
        limits.collar_passive_bps = None;
    }
    if level == risk_core::Level::Instrument {
        limits.message_rate = None;
        limits.daily_loss_max = None;
        limits.daily_loss_percent_max = None;
        limits.drawdown_percent_max = None;
        limits.position_count_max = None;
        limits.gross_exposure_max = None;
    }
    if level == risk_core::Level::Account {
        limits.position_quantity_max = None;
        limits.position_notional_max = None;
    }
    if !matches!(level, risk_core::Level::Firm | risk_core::Level::Account) {
        limits.group_exposure_percent_max = None;
        limits.leverage_max = None;
    }
    limits
}

impl World {
    /// A world of this size in which every order of [`World::order`] is approved.
    ///
    /// # Panics
    /// When the fixture does not fit the library any more: a bench has nobody to answer to.
    #[must_use]
    pub fn new(size: Size, group: Group) -> Self {
        let mut config = Config::new("USD");
        config.capacity = Capacity {
            assets: 4,
            instruments: u32::try_from(size.instruments).expect("small") + 1,
            accounts: u32::try_from(size.accounts).expect("small") + 1,
            strategies: u32::try_from(size.accounts).expect("small") * 2 + 2,
            books: u32::try_from((size.accounts * size.instruments * 2).min(1 << 18)).expect("small") + 4_096,
            live_orders: size.live + 4_096,
            order_ids: (size.live + 8_192).next_power_of_two(),
            order_ids_for_exits: 1_024,
            executions: 4_096,
            parents: 1_024,
            latches: 16,
            temporary_limits: 16,
        };
        config.assets.push(Asset::new("USD", 2));
        config.firm.limits = at_level(group, risk_core::Level::Firm);
        config.firm.unlimited = Some("a bench".to_owned());
        for number in 0..size.instruments {
            let symbol = format!("SYM{number}");
            let mut instrument = Instrument::new(&symbol, "USD", 2, 4);
            instrument.group = Some(format!("group {}", number % 16));
            instrument.slippage_bps = 20;
            config.instruments.push(instrument);
            config.instrument_limits.insert(symbol, at_level(group, risk_core::Level::Instrument));
        }
        for number in 0..size.accounts {
            let mut account = Account::new(&format!("account {number}"), "USD")
                .limits(at_level(group, risk_core::Level::Account))
                .unlimited("a bench");
            account.strategies.push(Strategy {
                name: "main".to_owned(),
                limits: at_level(group, risk_core::Level::Strategy),
                ..Strategy::default()
            });
            config.accounts.push(account);
        }
        let now = Timestamp::from_millis(1_700_000_000_000);
        let engine =
            Engine::new(&config, ManualClock::at(now), MemoryJournal::last(32_768)).expect("a valid fixture");
        let owners = (0..size.accounts)
            .map(|number| {
                let account = engine.account(&format!("account {number}")).expect("there");
                (account, engine.strategy(account, "main").expect("there"))
            })
            .collect();
        let instruments = (0..size.instruments)
            .map(|number| engine.instrument(&format!("SYM{number}")).expect("there"))
            .collect();
        let mut world = Self { engine, owners, instruments, now, next: 0 };
        world.fill(size.live);
        world
    }

    fn fill(&mut self, live: u32) {
        for instrument in self.instruments.clone() {
            self.quote(instrument, 10_000);
        }
        for (account, _) in self.owners.clone() {
            let balance = Decimal::from(1_000_000_000_000_u64);
            self.engine.ingest(Input::Balance { account, balance }).expect("a balance");
        }
        for order in self.orders(live) {
            let permit = self.engine.evaluate(&order).permit().expect("an order that passes");
            let _ = self.engine.redeem(permit).expect("a fresh permit");
        }
    }

    /// Feeds a quote around a mid in cents.
    ///
    /// # Panics
    /// When it is refused.
    pub fn quote(&mut self, instrument: InstrumentHandle, mid: i64) {
        let quote = Quote::new(instrument, Decimal::new(mid - 1, 2), Decimal::new(mid + 1, 2), self.now);
        self.engine.ingest(Input::Quote(quote)).expect("a quote");
    }

    /// A holding of 10 units, so that the owner has something to close.
    ///
    /// # Panics
    /// When the fixture does not fit the library any more.
    pub fn hold(&mut self) {
        let order = self.order();
        let permit = self.engine.evaluate(&order).permit().expect("an order that passes");
        let outbound = self.engine.redeem(permit).expect("a fresh permit");
        let quantity = outbound.order().quantity;
        let fill = Fill::new(outbound.handle(), format!("x{}", self.next), quantity, Decimal::new(10_000, 2));
        self.engine.ingest(Input::Fill(fill)).expect("a fill");
    }

    /// The next order: spread over accounts and instruments, one unit to ten, at the market.
    pub fn order(&mut self) -> Order {
        self.next += 1;
        let number = usize::try_from(self.next).expect("small");
        let (account, strategy) = self.owners[number % self.owners.len()];
        let instrument = self.instruments[number * 7 % self.instruments.len()];
        let quantity = Decimal::new(i64::try_from(number % 10).expect("small") * 10_000 + 10_000, 4);
        Order::buy(instrument, quantity)
            .limit(Decimal::new(9_999, 2))
            .account(account)
            .strategy(strategy)
            .id(format!("desk-{}", self.next))
            .created_at(self.now)
    }

    /// Many orders at once, so that building them is not timed.
    pub fn orders(&mut self, count: u32) -> Vec<Order> {
        (0..count).map(|_| self.order()).collect()
    }

    /// Judges and keeps the permits.
    ///
    /// # Panics
    /// When an order is not approved: then something else is measured.
    pub fn judge(&mut self, orders: &[Order], permits: &mut Vec<Permit>) {
        for order in orders {
            match self.engine.evaluate(order) {
                Decision::Approved(permit) | Decision::Reduced(permit, _) => permits.push(permit),
                Decision::Rejected(why) | Decision::EmergencyStop(why) => panic!("{why}"),
            }
        }
    }

    /// Time that judging takes, in batches of [`BATCH`]; making orders and giving permits back is not in it.
    pub fn time(&mut self, rounds: u64) -> Duration {
        let mut permits = Vec::new();
        let mut spent = Duration::ZERO;
        for _ in 0..rounds {
            let orders = self.orders(BATCH);
            permits.reserve(orders.len());
            let begin = Instant::now();
            self.judge(&orders, &mut permits);
            spent += begin.elapsed();
            self.release(&mut permits);
        }
        spent
    }

    /// Gives permits back.
    ///
    /// # Panics
    /// When one is refused.
    pub fn release(&mut self, permits: &mut Vec<Permit>) {
        for permit in permits.drain(..) {
            self.engine.release(permit).expect("a fresh permit");
        }
    }
}
