//! The floor: what a good guard pays for an order although it has no gates.
//!
//! It reads the clock; finds the account, the strategy and the instrument, and what the account and the strategy hold
//! in it; reads the order's numbers in the instrument's units; looks its id up; writes the record in the same ring
//! journal; adds the quantity to what is held and to the sums of each scope; keeps the order in a slot and puts its id
//! in. As in the engine, ids come with 128 mixed bits from where they are made, and what is written in several places is
//! not put together first. It does not value, compare or hand a permit over.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::hint::black_box;
use std::time::{Duration, Instant};

use risk_core::{Clock, Journal, Kind, ManualClock, MemoryJournal, Order, Outcome, Verdict};
use rust_decimal::Decimal;

use crate::fixture::{BATCH, FRESH, RING};
use crate::timing::median_of;

/// Takes the first word of a key for its hash: keys are mixed already, or are mixed here by one multiplication.
#[derive(Default)]
pub struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    }
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mixed>>;

/// An order with the bits that stand for its id.
pub struct Ready {
    order: Order,
    id: u64,
}

impl Ready {
    /// Mixes the id once, where the order is made.
    #[must_use]
    pub fn new(order: &Order) -> Self {
        let mut hasher = std::collections::hash_map::DefaultHasher::new();
        order.id.hash(&mut hasher);
        Self { order: *order, id: hasher.finish() }
    }
}

/// A guard without gates.
pub struct Floor {
    clock: ManualClock,
    /// Ids that are taken.
    ids: Map<u64, u32>,
    orders: Vec<Order>,
    journal: MemoryJournal,
    /// What is held: by the firm, and by each account, strategy and instrument.
    firm: i64,
    accounts: Vec<i64>,
    strategies: Vec<i64>,
    instruments: Vec<i64>,
    /// What accounts and strategies hold in each instrument.
    books: Map<u64, i64>,
    seq: u64,
    next: usize,
}

/// More than any world of the benches has of one kind.
const PARTIES: usize = 16_384;

impl Floor {
    /// With these orders live.
    #[must_use]
    pub fn new(live: &[Order]) -> Self {
        let blank = live.first().copied();
        let mut floor = Self {
            clock: ManualClock::at(FRESH),
            ids: Map::with_capacity_and_hasher(live.len() * 2, BuildHasherDefault::default()),
            orders: blank.map(|order| vec![order; live.len() + 4_096]).unwrap_or_default(),
            journal: MemoryJournal::last(RING),
            firm: 0,
            accounts: vec![0; PARTIES],
            strategies: vec![0; PARTIES],
            instruments: vec![0; PARTIES],
            books: Map::with_capacity_and_hasher(PARTIES, BuildHasherDefault::default()),
            seq: 0,
            next: 0,
        };
        for order in live {
            floor.pass(&Ready::new(order));
        }
        floor
    }

    /// Records and holds an order. The slot it is kept in; nothing where it names nobody, is malformed, or its id is
    /// taken.
    pub fn pass(&mut self, ready: &Ready) -> Option<u32> {
        let Ready { order, id } = ready;
        let now = self.clock.now();
        let [account, strategy, instrument] =
            [order.account.ordinal(), order.strategy.ordinal(), order.instrument.ordinal()];
        let place = |ordinal: u32| usize::try_from(ordinal).unwrap_or(usize::MAX);
        let of_account = self.accounts.get_mut(place(account))?;
        let of_strategy = self.strategies.get_mut(place(strategy))?;
        let of_instrument = self.instruments.get_mut(place(instrument))?;
        let quantity = units(order.quantity, 4)?;
        if let Kind::Limit { price } = order.kind {
            black_box(units(price, 2)?);
        }
        if self.ids.contains_key(id) {
            return None;
        }
        let outcome = Outcome {
            verdict: Verdict::Approved,
            reason: None,
            gate: None,
            level: None,
            measured: None,
            malformed: None,
            veto: None,
            approved: quantity,
            order: None,
        };
        self.seq += 1;
        self.journal.append_evaluation(self.seq, now, order, &outcome).ok()?;
        for sum in [&mut self.firm, of_account, of_strategy, of_instrument] {
            *sum = sum.checked_add(quantity)?;
        }
        for owner in [account * 2, strategy * 2 + 1] {
            let held = self.books.entry(u64::from(owner) << 32 | u64::from(instrument)).or_default();
            *held = held.checked_add(quantity)?;
        }
        let slot = self.next;
        self.next = (slot + 1) % self.orders.len().max(1);
        *self.orders.get_mut(slot)? = *order;
        let slot = u32::try_from(slot).ok()?;
        self.ids.insert(*id, slot);
        Some(slot)
    }

    /// Frees its id.
    fn release(&mut self, ready: &Ready) {
        self.ids.remove(&ready.id);
    }

    /// Time that passing these orders takes, as often as there are rounds.
    pub fn time(&mut self, rounds: u64, mut orders: impl FnMut(u32) -> Vec<Order>) -> Duration {
        median_of(rounds, || {
            let orders: Vec<Ready> = orders(BATCH).iter().map(Ready::new).collect();
            let begin = Instant::now();
            for order in &orders {
                black_box(self.pass(order));
            }
            let spent = begin.elapsed();
            orders.iter().for_each(|order| self.release(order));
            spent
        })
    }
}

/// The whole number of units of so many places that a decimal is.
fn units(value: Decimal, scale: u32) -> Option<i64> {
    if value.scale() != scale {
        return None;
    }
    i64::try_from(value.mantissa()).ok()
}
