//! A small desk that trades: what the tests write journals with.

use risk_core::{
    Account, Asset, Capacity, Clock, Config, Engine, Fill, Input, Instrument, Journal, Lift, Limits,
    LimitsOf, ManualClock, MessageRate, Order, OrderRef, Quote, Scope, Timestamp, TradingState,
};
use rust_decimal::Decimal;

pub(super) const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

const ACCOUNTS: [&str; 2] = ["main", "side"];

/// Tables that are copied and hashed in no time.
pub(super) fn small() -> Capacity {
    Capacity {
        assets: 2,
        instruments: 4,
        accounts: 3,
        strategies: 6,
        traders: 4,
        books: 32,
        live_orders: 64,
        order_ids: 256,
        order_ids_for_exits: 16,
        executions: 64,
        parents: 16,
        latches: 8,
        changes: 64,
        temporary_limits: 8,
    }
}

/// Two accounts, two instruments, limits that sometimes bind, small tables.
pub(super) fn config() -> Config {
    let mut config = Config::new("USD");
    config.capacity = small();
    config.assets.push(Asset::new("USD", 2));
    config.firm.limits = Limits { gross_exposure_max: Some(50_000.into()), ..Limits::default() };
    for symbol in ["BTC-USD", "ETH-USD"] {
        config.instruments.push(Instrument::new(symbol, "USD", 2, 4));
    }
    let rate = MessageRate { messages: 50, interval_ms: 1_000, burst: 40, exit_reserve: 5 };
    for name in ACCOUNTS {
        let limits = Limits {
            gross_exposure_max: Some(20_000.into()),
            daily_loss_max: Some(5_000.into()),
            message_rate: Some(rate),
            ..Limits::default()
        };
        config.accounts.push(Account::new(name, "USD").limits(limits).strategy("grid"));
    }
    config
}

/// The same desk, with ids that are free again after a second: it trades for as long as anybody watches.
pub(super) fn busy() -> Config {
    let mut config = config();
    config.settings.duplicate_window_ms = 1_000;
    config
}

/// Something to do, drawn at random.
pub(super) struct Trader {
    pub(super) random: fastrand::Rng,
    /// By account and id: handles do not outlive a process.
    sent: Vec<(usize, String, Decimal)>,
    number: u64,
}

impl Trader {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), sent: Vec::new(), number: seed << 32 }
    }

    fn name(&mut self, prefix: &str) -> String {
        self.number += 1;
        format!("{prefix}-{}", self.number)
    }

    /// One call of the engine, sometimes two.
    pub(super) fn step<C: Clock, J: Journal>(&mut self, engine: &mut Engine<C, J>, clock: &ManualClock) {
        clock.advance_ms(self.random.i64(0..40));
        let place = self.random.usize(..2);
        let account = engine.account(ACCOUNTS[place]).unwrap();
        let strategy = engine.strategy(account, "grid").unwrap();
        let instrument = engine.instrument(["BTC-USD", "ETH-USD"][self.random.usize(..2)]).unwrap();
        match self.random.u32(..100) {
            0..50 => {
                let quantity = Decimal::new(self.random.i64(1..400_000), 4);
                let side = if self.random.bool() { Order::buy } else { Order::sell };
                let name = self.name("o");
                let order = side(instrument, quantity).limit(Decimal::new(self.random.i64(9_000..11_000), 2));
                let order = order.account(account).strategy(strategy).id(&name);
                if let Ok(permit) = engine.evaluate(&order).permit() {
                    match self.random.u32(..10) {
                        0 => drop(permit),
                        1 => drop(engine.release(permit)),
                        _ => {
                            if let Ok(outbound) = engine.redeem(permit) {
                                self.sent.push((place, name, outbound.order().quantity));
                            }
                        }
                    }
                }
            }
            50..65 => {
                let mid = self.random.i64(9_500..10_500);
                let (bid, ask) = (Decimal::new(mid - 1, 2), Decimal::new(mid + 1, 2));
                let at = engine.now().max(START);
                let _ = engine.ingest(Input::Quote(Quote::new(instrument, bid, ask, at)));
            }
            65..85 if !self.sent.is_empty() => {
                let (place, id, quantity) = self.sent.swap_remove(self.random.usize(..self.sent.len()));
                let account = engine.account(ACCOUNTS[place]).unwrap();
                let order = OrderRef::Client { account, id: id.into() };
                let name = self.name("x");
                let fill = Fill::new(order, name, quantity, Decimal::new(self.random.i64(9_500..10_500), 2));
                let _ = engine.ingest(Input::Fill(fill));
            }
            85..90 => {
                let _ = engine
                    .ingest(Input::Balance { account, balance: self.random.i64(10_000..20_000).into() });
            }
            90..92 if !self.sent.is_empty() => {
                let (place, id, _) = &self.sent[self.random.usize(..self.sent.len())];
                let account = engine.account(ACCOUNTS[*place]).unwrap();
                let _ = engine.cancel(OrderRef::Client { account, id: id.into() });
            }
            92 => {
                let latch = engine.halt(Scope::Account(account), "a test", "ops").latch;
                let _ = engine.resume(
                    Scope::Account(account),
                    Lift::UpTo(latch),
                    TradingState::Active,
                    "it is over",
                    "ops",
                );
            }
            93 => {
                let limits = Limits {
                    gross_exposure_max: Some(self.random.i64(10_000..30_000).into()),
                    ..Limits::default()
                };
                let of = LimitsOf::Account(account);
                let _ = engine.ingest(Input::Limits {
                    of,
                    limits: limits.into(),
                    by: "ops".into(),
                    reason: "".into(),
                    second: None,
                    expires: None,
                });
            }
            94 => drop(engine.ingest(Input::DayRoll)),
            _ => engine.tick(),
        }
    }

    /// So many steps.
    pub(super) fn trade<C: Clock, J: Journal>(
        &mut self,
        engine: &mut Engine<C, J>,
        clock: &ManualClock,
        steps: u32,
    ) {
        for _ in 0..steps {
            self.step(engine, clock);
        }
    }
}
