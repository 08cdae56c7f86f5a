//! A world as the table of speeds measures it: limits at all four levels, ring journal, injected time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use risk_core::{
    Account, AccountHandle, Asset, Capacity, Config, Decision, End, Engine, Fill, Input, Instrument,
    InstrumentHandle, Level, LimitsOf, ManualClock, MemoryJournal, Note, Order, OrderRef, Permit, Quote,
    RiskGuard, Strategy, StrategyHandle, Timestamp,
};
use rust_decimal::Decimal;

use crate::door::Door;
use crate::limits::at_level;
use crate::timing::median_of;

pub use crate::limits::Group;

/// The engine that is measured.
pub type Measured = Engine<ManualClock, MemoryJournal>;

/// Orders that are timed together.
pub const BATCH: u32 = 1_024;
/// Records the ring journal keeps at least.
pub const RING: usize = 32_768;
/// Instruments that one account trades, at most.
const TRADED: usize = 64;

/// How large the world is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Accounts, with one strategy each.
    pub accounts: usize,
    /// Instruments.
    pub instruments: usize,
    /// Orders that rest at the venue, and so ids that are taken.
    pub live: u32,
    /// Orders that have ended, whose ids are taken too.
    pub ended: u32,
}

/// A small desk: what most figures are measured on.
pub const DESK: Size = Size { accounts: 8, instruments: 64, live: 65_536, ended: 0 };
/// The desk at the end of a busy day.
pub const BUSY_DAY: Size = Size { ended: 1_000_000 - DESK.live, ..DESK };
/// A large house, with as many orders as the desk.
pub const HOUSE: Size = Size { accounts: 1_000, instruments: 10_000, ..DESK };

/// What makes orders come back smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    /// The firm's `order_quantity_max`.
    Quantity,
    /// The firm's `order_notional_max`.
    Notional,
}

/// An engine, or the guard around one, with the handles to ask it.
pub struct World<D = Measured> {
    /// Who judges.
    pub door: D,
    /// Accounts with their strategies.
    pub owners: Vec<(AccountHandle, StrategyHandle)>,
    /// Instruments.
    pub instruments: Vec<InstrumentHandle>,
    /// The time at which everything is fresh.
    pub now: Timestamp,
    group: Group,
    /// Units that an order asks for beyond one to ten.
    extra: i64,
    next: u64,
}

impl World {
    /// A world of this size in which every order of [`World::order`] is approved.
    ///
    /// # Panics
    /// When the fixture does not fit the library any more: a bench has nobody to answer to.
    #[must_use]
    pub fn new(size: Size, group: Group) -> Self {
        Self::behind(size, group, |config| {
            Engine::new(config, ManualClock::at(FRESH), MemoryJournal::last(RING)).expect("a valid fixture")
        })
    }
}

impl World<RiskGuard> {
    /// The same world behind the guard that threads share.
    ///
    /// # Panics
    /// As [`World::new`].
    #[must_use]
    pub fn guarded(size: Size, group: Group) -> Self {
        Self::behind(size, group, |config| {
            RiskGuard::new(config, ManualClock::at(FRESH), MemoryJournal::last(RING))
                .expect("a valid fixture")
        })
    }
}

/// The time of the world, at which everything is fresh.
pub const FRESH: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// What an engine of the world is made from.
#[must_use]
pub fn config(size: Size, group: Group) -> Config {
    let small = |number: usize| u32::try_from(number).expect("small");
    let mut config = Config::new("USD");
    config.capacity = Capacity {
        assets: 4,
        instruments: small(size.instruments) + 1,
        accounts: small(size.accounts) + 1,
        strategies: small(size.accounts) * 2 + 2,
        traders: 4,
        books: small(size.accounts * size.instruments.min(TRADED) * 2) + 4_096,
        live_orders: size.live + 4_096,
        changes: 1_024,
        order_ids: (size.live + size.ended + 8_192).next_power_of_two(),
        order_ids_for_exits: 1_024,
        executions: 4_096,
        parents: 1_024,
        latches: 16,
        temporary_limits: 16,
    };
    config.assets.push(Asset::new("USD", 2));
    config.firm.limits = at_level(group, Level::Firm);
    config.firm.unlimited = Some("a bench".to_owned());
    for number in 0..size.instruments {
        let symbol = format!("SYM{number}");
        let mut instrument = Instrument::new(&symbol, "USD", 2, 4);
        instrument.group = Some(format!("group {}", number % 16));
        instrument.slippage_bps = 20;
        config.instruments.push(instrument);
        config.instrument_limits.insert(symbol, at_level(group, Level::Instrument));
    }
    for number in 0..size.accounts {
        let mut account = Account::new(&format!("account {number}"), "USD")
            .limits(at_level(group, Level::Account))
            .unlimited("a bench");
        account.strategies.push(Strategy {
            name: "main".to_owned(),
            limits: at_level(group, Level::Strategy),
            ..Strategy::default()
        });
        config.accounts.push(account);
    }
    config
}

impl<D: Door> World<D> {
    /// The same world behind any door that is made from its configuration.
    ///
    /// # Panics
    /// As [`World::new`].
    pub fn behind(size: Size, group: Group, door: impl FnOnce(&Config) -> D) -> Self {
        let door = door(&config(size, group));
        let owners = (0..size.accounts)
            .map(|number| {
                let account = door.account(&format!("account {number}")).expect("there");
                (account, door.strategy(account, "main").expect("there"))
            })
            .collect();
        let instruments = (0..size.instruments)
            .map(|number| door.instrument(&format!("SYM{number}")).expect("there"))
            .collect();
        let mut world = Self { door, owners, instruments, now: FRESH, group, extra: 0, next: 0 };
        world.fill(size);
        world
    }

    fn fill(&mut self, size: Size) {
        for instrument in self.instruments.clone() {
            self.quote(instrument, 10_000);
            let quantity = Decimal::from(1_000_000_000);
            self.door.ingest(Input::DailyVolume { instrument, quantity }).expect("a volume");
        }
        for (account, _) in self.owners.clone() {
            let balance = Decimal::from(1_000_000_000_000_u64);
            self.door.ingest(Input::Balance { account, balance }).expect("a balance");
        }
        for _ in 0..size.ended {
            let order = self.order();
            let order = self.send(&order);
            self.door.ingest(Input::Done { order, end: End::Cancelled }).expect("a live order");
        }
        for _ in 0..size.live {
            let order = self.order();
            self.send(&order);
        }
    }

    /// Judges an order and sends it.
    fn send(&mut self, order: &Order) -> OrderRef {
        let permit = self.door.evaluate(order).permit().expect("an order that passes");
        self.door.redeem(permit).expect("a fresh permit").handle().into()
    }

    /// Feeds a quote around a mid in cents.
    ///
    /// # Panics
    /// When it is refused.
    pub fn quote(&mut self, instrument: InstrumentHandle, mid: i64) {
        let quote = Quote::new(instrument, Decimal::new(mid - 1, 2), Decimal::new(mid + 1, 2), self.now);
        self.door.ingest(Input::Quote(quote)).expect("a quote");
    }

    /// A holding, so that the owner of the order has something to close.
    ///
    /// # Panics
    /// When the fixture does not fit the library any more.
    pub fn hold(&mut self, order: &Order) {
        let sent = self.send(order);
        let fill = Fill::new(sent, format!("x{}", self.next), order.quantity, Decimal::new(10_000, 2));
        self.door.ingest(Input::Fill(fill)).expect("a fill");
    }

    /// The next order: spread over accounts and instruments, one unit to ten, at the market.
    pub fn order(&mut self) -> Order {
        let number = usize::try_from(self.next).expect("small");
        // Each account in turn; when all have had theirs, each goes on to the next of its own instruments.
        let (turn, owner) = (number / self.owners.len(), number % self.owners.len());
        self.order_of(owner, owner * 7 + turn % TRADED * 157)
    }

    /// The next order, of this account in this instrument.
    pub fn order_of(&mut self, owner: usize, instrument: usize) -> Order {
        self.next += 1;
        let (account, strategy) = self.owners[owner % self.owners.len()];
        let instrument = self.instruments[instrument % self.instruments.len()];
        let units = i64::try_from(self.next % 10).expect("small") + 1 + self.extra;
        Order::buy(instrument, Decimal::new(units * 10_000, 4))
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

    /// From now on every order asks for more than one limit of the firm lets through.
    ///
    /// # Panics
    /// When the limits are refused.
    pub fn reduce(&mut self, by: Cap) {
        self.extra = 10;
        let mut limits = at_level(self.group, Level::Firm);
        match by {
            Cap::Quantity => limits.order_quantity_max = Some(Decimal::from(10)),
            Cap::Notional => limits.order_notional_max = Some(Decimal::from(1_000)),
        }
        let limits = Arc::new(limits);
        let reason = Note::new("orders that are reduced");
        let input = Input::Limits {
            of: LimitsOf::Firm,
            limits,
            by: "bench".into(),
            second: None,
            reason,
            expires: None,
        };
        self.door.ingest(input).expect("valid limits");
    }

    /// Judges an order and keeps the permit.
    ///
    /// # Panics
    /// When the answer is not the one that is to be measured.
    #[inline]
    pub fn judge(&mut self, order: &Order, permits: &mut Vec<Permit>) {
        match (self.door.evaluate(order), self.extra) {
            (Decision::Approved(permit), 0) | (Decision::Reduced(permit, _), 1..) => permits.push(permit),
            (Decision::Approved(_) | Decision::Reduced(..), _) => panic!("approved and reduced are confused"),
            (Decision::Rejected(why) | Decision::EmergencyStop(why), _) => panic!("{why}"),
        }
    }

    /// Time that judging takes, in batches of [`BATCH`]; making orders and giving permits back is not in it.
    pub fn time(&mut self, rounds: u64) -> Duration {
        let mut permits = Vec::new();
        median_of(rounds, || {
            let orders = self.orders(BATCH);
            permits.reserve(orders.len());
            let begin = Instant::now();
            for order in &orders {
                self.judge(order, &mut permits);
            }
            let spent = begin.elapsed();
            self.release(&mut permits);
            spent
        })
    }

    /// Gives permits back.
    ///
    /// # Panics
    /// When one is refused.
    pub fn release(&mut self, permits: &mut Vec<Permit>) {
        for permit in permits.drain(..) {
            self.door.release(permit).expect("a fresh permit");
        }
    }
}
