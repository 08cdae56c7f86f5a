//! A small firm to try single rules on: one account with one strategy, the instrument that is traded and another one.

use risk_core::{
    Account, AccountHandle, Asset, Booking, Capacity, Config, Engine, Fill, Input, Instrument,
    InstrumentHandle, Level, Limits, ManualClock, MemoryJournal, Order, OrderRef, Quote, Side, Strategy,
    StrategyHandle, Timestamp,
};
use risk_testkit::house::vetoes;
use rust_decimal::Decimal;

/// When everything begins.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// How often a property is tried: as said here, or as `PROPTEST_CASES` says.
pub(super) fn cases(usual: u32) -> proptest::test_runner::Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    proptest::test_runner::Config {
        cases: asked.unwrap_or(usual),
        failure_persistence: None,
        ..Default::default()
    }
}

/// A decimal from text.
pub(super) fn dec(text: &str) -> Decimal {
    risk_core::parse_decimal(text).unwrap()
}

/// `units` of 10^-`scale`.
pub(super) fn units(units: i64, scale: u32) -> Decimal {
    Decimal::new(units, scale)
}

/// A configuration without limits: `BTC` (prices of two places, quantities of three) and `ETH`, account `main`, strategy
/// `s`.
pub(super) fn config() -> Config {
    let mut config = Config::new("USD");
    config.capacity = Capacity {
        instruments: 8,
        accounts: 4,
        strategies: 12,
        books: 32,
        live_orders: 64,
        order_ids: 256,
        order_ids_for_exits: 8,
        executions: 64,
        parents: 16,
        latches: 8,
        changes: 32,
        ..Capacity::default()
    };
    config.assets.push(Asset::new("USD", 2));
    config.firm.unlimited = Some("a test of single limits".to_owned());
    config.instruments.push(Instrument::new("BTC", "USD", 2, 3));
    config.instruments.push(Instrument::new("ETH", "USD", 2, 3));
    let mut account = Account::new("main", "USD").unlimited("a test of single limits");
    account.strategies.push(Strategy { name: "s".to_owned(), ..Strategy::default() });
    config.accounts.push(account);
    config
}

/// The limits of one level in a configuration: those of `BTC` at the level of the instrument.
pub(super) fn limits_of(config: &mut Config, level: Level) -> &mut Limits {
    match level {
        Level::Firm => &mut config.firm.limits,
        Level::Account => &mut config.accounts[0].limits,
        Level::Strategy => &mut config.accounts[0].strategies[0].limits,
        Level::Instrument => config.instrument_limits.entry("BTC".to_owned()).or_default(),
    }
}

/// An engine with the handles of that configuration.
pub(super) struct World {
    pub(super) engine: Engine<ManualClock, MemoryJournal>,
    pub(super) clock: ManualClock,
    pub(super) main: AccountHandle,
    pub(super) strategy: StrategyHandle,
    pub(super) btc: InstrumentHandle,
    pub(super) eth: InstrumentHandle,
    executions: u32,
}

impl World {
    pub(super) fn new(config: &Config) -> Self {
        let clock = ManualClock::at(NOW);
        let engine =
            Engine::with_vetoes(config, clock.clone(), MemoryJournal::with_capacity(256), vetoes(config))
                .unwrap();
        Self::around(engine, clock)
    }

    /// Around an engine of that configuration.
    pub(super) fn around(engine: Engine<ManualClock, MemoryJournal>, clock: ManualClock) -> Self {
        let main = engine.account("main").unwrap();
        let strategy = engine.strategy(main, "s").unwrap();
        let (btc, eth) = (engine.instrument("BTC").unwrap(), engine.instrument("ETH").unwrap());
        Self { engine, clock, main, strategy, btc, eth, executions: 0 }
    }

    /// The same with a quote of BTC around a mark of 100.
    pub(super) fn quoted(config: &Config) -> Self {
        let mut world = Self::new(config);
        world.quote("99.99", "100.01");
        world
    }

    pub(super) fn quote(&mut self, bid: &str, ask: &str) {
        let now = self.engine.now().max(NOW);
        self.ingest(Input::Quote(Quote::new(self.btc, dec(bid), dec(ask), now)));
    }

    pub(super) fn ingest(&mut self, input: Input) {
        self.engine.ingest(input).unwrap();
    }

    pub(super) fn balance(&mut self, balance: i64) {
        self.ingest(Input::Balance { account: self.main, balance: balance.into() });
    }

    /// An execution that came from nowhere: a position without an order.
    pub(super) fn hold(&mut self, instrument: InstrumentHandle, side: Side, quantity: Decimal, fee: Decimal) {
        self.executions += 1;
        let unknown = OrderRef::Client { account: self.main, id: "nobody".into() };
        let execution = format!("x{}", self.executions);
        let booking = Booking { account: self.main, strategy: self.strategy, instrument, side, parent: None };
        let fill = Fill::new(unknown, execution.as_str(), quantity, 100);
        self.ingest(Input::Fill(Fill { fee, booking: Some(booking), ..fill }));
    }

    /// A loss of the day, of the strategy, its account and the firm, without a position.
    pub(super) fn lose(&mut self, amount: i64) {
        self.hold(self.btc, Side::Buy, Decimal::ONE, amount.into());
        self.hold(self.btc, Side::Sell, Decimal::ONE, Decimal::ZERO);
    }

    /// A thousandth that an order buys and another sells again, for less.
    pub(super) fn trade_at_a_loss(&mut self) {
        for (side, id, price) in [(Side::Buy, "entry", 100), (Side::Sell, "loss", 99)] {
            let order = Order { side, id: id.into(), quantity: dec("0.001"), ..self.order() }.limit(price);
            let permit = self.engine.evaluate(&order).permit().unwrap();
            let _ = self.engine.redeem(permit).unwrap();
            let order = OrderRef::Client { account: self.main, id: id.into() };
            self.ingest(Input::Fill(Fill::new(order, id, dec("0.001"), price)));
        }
    }

    /// Buy 5 BTC at 100, whole.
    pub(super) fn order(&self) -> Order {
        Order::buy(self.btc, 5)
            .limit(100)
            .account(self.main)
            .strategy(self.strategy)
            .id("order")
            .not_reducible()
    }

    /// A small order that is approved and let go: it takes a message from every bucket.
    pub(super) fn message(&mut self, id: &str) {
        let order = Order { id: id.into(), quantity: dec("0.001"), ..self.order() };
        let permit = self.engine.evaluate(&order).permit().unwrap();
        self.engine.release(permit).unwrap();
    }
}
