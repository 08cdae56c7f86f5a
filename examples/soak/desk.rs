//! The desk: orders drawn at random, what becomes of them, and the ledger beside the engine.

use std::collections::BTreeMap;

use risk_core::{
    Account, AccountHandle, Asset, Capacity, Config, Decision, End, Engine, Fill, Input, Instrument,
    InstrumentHandle, Limits, ManualClock, MemoryJournal, MessageRate, Order, OrderHandle, OrderRef, Quote,
    Reason, Side, StrategyHandle, Timestamp,
};
use rust_decimal::Decimal;

const ACCOUNTS: usize = 16;
const INSTRUMENTS: usize = 32;
/// Orders at the venue, at most.
const LIVE_MAX: usize = 4_096;
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// Between two orders.
const STEP_NANOS: i64 = 50_000;

/// What has happened.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) orders: u64,
    pub(crate) approved: u64,
    pub(crate) reduced: u64,
    pub(crate) refused: BTreeMap<Reason, u64>,
    pub(crate) executions: u64,
    pub(crate) compared: u64,
}

/// An order at the venue.
struct Live {
    handle: OrderHandle,
    account: usize,
    instrument: usize,
    side: Side,
    /// Lots.
    open: i64,
}

/// What one account has of one instrument, in lots, by the ledger.
#[derive(Clone, Copy, Default)]
struct Held {
    position: i64,
    buying: i64,
    selling: i64,
}

/// An engine, and the ledger beside it.
pub(crate) struct Desk {
    pub(crate) tally: Tally,
    engine: Engine<ManualClock, MemoryJournal>,
    clock: ManualClock,
    now: i64,
    random: fastrand::Rng,
    accounts: Vec<(AccountHandle, StrategyHandle)>,
    instruments: Vec<InstrumentHandle>,
    mids: Vec<i64>,
    live: Vec<Live>,
    held: Vec<Held>,
    number: u64,
}

fn config() -> Config {
    let mut config = Config::new("USD");
    config.assets.push(Asset::new("USD", 2));
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    config.capacity = Capacity {
        instruments: size(INSTRUMENTS),
        accounts: size(ACCOUNTS),
        strategies: size(ACCOUNTS * 2),
        books: size(ACCOUNTS * INSTRUMENTS * 3),
        live_orders: size(LIVE_MAX * 2),
        order_ids: 65_536,
        order_ids_for_exits: 1_024,
        executions: 65_536,
        ..Capacity::default()
    };
    // A second: what has ended is forgotten all the time.
    config.settings.duplicate_window_ms = 1_000;
    config.firm.limits = Limits {
        collar_bps: Some(500),
        mark_age_ms_max: Some(60_000),
        gross_exposure_max: Some(20_000_000.into()),
        ..Limits::default()
    };
    for n in 0..INSTRUMENTS {
        let mut instrument = Instrument::new(&format!("I{n}"), "USD", 2, 2);
        instrument.quantity_increment = Decimal::new(1, 1);
        config.instruments.push(instrument);
    }
    for n in 0..ACCOUNTS {
        let limits = Limits {
            order_quantity_max: Some(90.into()),
            order_notional_max: Some(9_000.into()),
            gross_exposure_max: Some(1_500_000.into()),
            position_quantity_max: None,
            position_count_max: Some(30),
            leverage_max: Some(3.into()),
            message_rate: Some(MessageRate {
                messages: 2_000,
                interval_ms: 1_000,
                burst: 500,
                exit_reserve: 50,
            }),
            ..Limits::default()
        };
        config.accounts.push(Account::new(&format!("a{n}"), "USD").limits(limits).strategy("s"));
    }
    config
}

impl Desk {
    pub(crate) fn new(seed: u64) -> Self {
        let clock = ManualClock::at(NOW);
        let engine = Engine::new(&config(), clock.clone(), MemoryJournal::last(1 << 16));
        let mut engine = engine.expect("the desk's configuration is valid");
        let accounts: Vec<_> = (0..ACCOUNTS)
            .map(|n| {
                let account = engine.account(&format!("a{n}")).expect("configured");
                (account, engine.strategy(account, "s").expect("configured"))
            })
            .collect();
        let instruments: Vec<_> =
            (0..INSTRUMENTS).map(|n| engine.instrument(&format!("I{n}")).expect("configured")).collect();
        for (account, _) in &accounts {
            let balance = Input::Balance { account: *account, balance: 1_000_000.into() };
            engine.ingest(balance).expect("a balance");
        }
        let mut desk = Self {
            tally: Tally::default(),
            engine,
            clock,
            now: NOW.nanos(),
            random: fastrand::Rng::with_seed(seed),
            accounts,
            mids: vec![10_000; instruments.len()],
            instruments,
            live: Vec::with_capacity(LIVE_MAX),
            held: vec![Held::default(); ACCOUNTS * INSTRUMENTS],
            number: 0,
        };
        (0..INSTRUMENTS).for_each(|instrument| desk.quote(instrument));
        desk
    }

    /// Records so far.
    pub(crate) fn records(&self) -> u64 {
        self.engine.seq()
    }

    /// One order, and what else happens in that time.
    pub(crate) fn step(&mut self) {
        self.now += STEP_NANOS;
        self.clock.set(Timestamp::from_nanos(self.now));
        if self.random.u8(..) < 24 {
            let instrument = self.random.usize(..INSTRUMENTS);
            self.quote(instrument);
        }
        self.order();
        // About as much ends as begins.
        while !self.live.is_empty() && (self.live.len() >= LIVE_MAX || self.random.u8(..) < 150) {
            self.report();
        }
    }

    fn quote(&mut self, instrument: usize) {
        let mid = &mut self.mids[instrument];
        // Drawn back to where it began.
        *mid += self.random.i64(-30..=30) + (10_000 - *mid) / 200;
        let price = |cents: i64| Decimal::new(cents, 2);
        let (bid, ask) = (price(*mid - 1), price(*mid + 1));
        let at = Timestamp::from_nanos(self.now);
        let quote = Quote::new(self.instruments[instrument], bid, ask, at);
        self.engine.ingest(Input::Quote(quote)).expect("a quote");
    }

    fn order(&mut self) {
        let (account, instrument) = (self.random.usize(..ACCOUNTS), self.random.usize(..INSTRUMENTS));
        let side = if self.random.bool() { Side::Buy } else { Side::Sell };
        let lots = self.random.i64(1..=1_000);
        let price =
            self.mids[instrument] + self.random.i64(-600..=300) * if side == Side::Buy { 1 } else { -1 };
        self.number += 1;
        let make = if side == Side::Buy { Order::buy } else { Order::sell };
        let (owner, strategy) = self.accounts[account];
        let mut id = [0; 20];
        let order = make(self.instruments[instrument], Decimal::new(lots, 1))
            .limit(Decimal::new(price, 2))
            .account(owner)
            .strategy(strategy)
            .id(name(self.number, &mut id));
        self.tally.orders += 1;
        let permit = match self.engine.evaluate(&order) {
            Decision::Approved(permit) => {
                self.tally.approved += 1;
                permit
            }
            Decision::Reduced(permit, _) => {
                self.tally.reduced += 1;
                permit
            }
            Decision::Rejected(why) | Decision::EmergencyStop(why) => {
                *self.tally.refused.entry(why.reason).or_default() += 1;
                return;
            }
        };
        if self.random.u8(..) < 16 {
            self.engine.release(permit).expect("a permit that was just given");
            return;
        }
        let open = tenths(permit.quantity());
        let handle = permit.order();
        drop(self.engine.redeem(permit).expect("a permit that was just given"));
        *self.working(account, instrument, side) += open;
        self.live.push(Live { handle, account, instrument, side, open });
    }

    /// An order at the venue is filled, in part or whole, or has ended.
    fn report(&mut self) {
        let place = self.random.usize(..self.live.len());
        let Live { handle, account, instrument, side, open } = self.live[place];
        let order = OrderRef::Handle(handle);
        let kind = self.random.u8(..);
        let done = if kind < 100 {
            let end = if kind < 90 { End::Cancelled } else { End::Rejected };
            self.engine.ingest(Input::Done { order, end }).expect("an end");
            *self.working(account, instrument, side) -= open;
            true
        } else {
            let filled = if kind < 160 { self.random.i64(1..=open) } else { open };
            self.number += 1;
            let mut id = [0; 20];
            let price = Decimal::new(self.mids[instrument], 2);
            let fill = Fill::new(order, name(self.number, &mut id), Decimal::new(filled, 1), price);
            self.engine.ingest(Input::Fill(fill)).expect("an execution");
            self.tally.executions += 1;
            *self.working(account, instrument, side) -= filled;
            let signed = if side == Side::Buy { filled } else { -filled };
            self.held[account * INSTRUMENTS + instrument].position += signed;
            self.live[place].open -= filled;
            filled == open
        };
        if done {
            self.live.swap_remove(place);
        }
    }

    fn working(&mut self, account: usize, instrument: usize, side: Side) -> &mut i64 {
        let held = &mut self.held[account * INSTRUMENTS + instrument];
        if side == Side::Buy { &mut held.buying } else { &mut held.selling }
    }

    /// Compares every position and everything that works at the venue with the ledger.
    pub(crate) fn check(&mut self) -> Result<(), String> {
        if self.engine.live_orders() != self.live.len() {
            return Err(format!(
                "{} orders live, {} by the ledger",
                self.engine.live_orders(),
                self.live.len()
            ));
        }
        for (place, held) in self.held.iter().enumerate() {
            let (account, instrument) = (place / INSTRUMENTS, place % INSTRUMENTS);
            let found = self.engine.position(self.accounts[account].0, self.instruments[instrument]);
            let wanted = [held.position, held.buying, held.selling].map(|tenths| Decimal::new(tenths, 1));
            if [found.quantity, found.buying, found.selling] != wanted {
                return Err(format!(
                    "account {account}, instrument {instrument}: {found:?}, by the ledger {wanted:?}"
                ));
            }
            self.tally.compared += 3;
        }
        for (account, (handle, _)) in self.accounts.iter().enumerate() {
            let sums = self.engine.account_sums(*handle).ok_or("an account without sums")?;
            let gross: Decimal = self
                .instruments
                .iter()
                .map(|instrument| self.engine.position(*handle, *instrument).exposure)
                .sum();
            if sums.gross_exposure != gross {
                return Err(format!(
                    "account {account}: gross {}, its instruments {gross}",
                    sums.gross_exposure
                ));
            }
            self.tally.compared += 1;
        }
        Ok(())
    }
}

/// A quantity in tenths: every one here is a whole number of them.
fn tenths(quantity: Decimal) -> i64 {
    i64::try_from(quantity * Decimal::TEN).expect("a whole number of lots")
}

/// A number as text, without asking for memory.
fn name(mut number: u64, text: &mut [u8; 20]) -> &str {
    let mut at = text.len();
    loop {
        at -= 1;
        text[at] = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        if number == 0 {
            return core::str::from_utf8(&text[at..]).unwrap_or("");
        }
    }
}
