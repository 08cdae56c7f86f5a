//! The floor: what any guard pays before its first gate. The same look-ups, id table, copies and record, and no gates.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;
use std::time::{Duration, Instant};

use risk_core::{Event, Id, Journal, MemoryJournal, Order, Outcome, Record, Timestamp, Verdict};

use crate::fixture::{BATCH, RING};
use crate::timing::median_of;

/// Ids are mixed already where they are made.
#[derive(Default)]
pub struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }
}

/// A guard without gates.
pub struct Floor {
    /// Ids that are taken.
    ids: HashMap<Id, u32, BuildHasherDefault<Mixed>>,
    orders: Vec<Order>,
    journal: MemoryJournal,
    held: HashMap<(u32, u32), i64, BuildHasherDefault<Mixed>>,
    seq: u64,
    next: usize,
}

impl Floor {
    /// With these orders live.
    #[must_use]
    pub fn new(live: &[Order]) -> Self {
        let blank = live.first().copied();
        let mut floor = Self {
            ids: HashMap::with_capacity_and_hasher(live.len() * 2, BuildHasherDefault::default()),
            orders: blank.map(|order| vec![order; live.len() + 4_096]).unwrap_or_default(),
            journal: MemoryJournal::with_capacity(0),
            held: HashMap::with_capacity_and_hasher(4_096, BuildHasherDefault::default()),
            seq: 0,
            next: 0,
        };
        for order in live {
            floor.pass(order);
        }
        floor.journal = MemoryJournal::last(RING);
        floor
    }

    /// Looks the id up, holds, records and hands a slot over.
    ///
    /// # Panics
    /// Never: the ring journal takes every record.
    pub fn pass(&mut self, order: &Order) -> u32 {
        if self.ids.contains_key(&order.id) {
            return u32::MAX;
        }
        let at = order.created_at.unwrap_or(Timestamp::EPOCH);
        let outcome = Outcome {
            verdict: Verdict::Approved,
            reason: None,
            gate: None,
            level: None,
            measured: None,
            malformed: None,
            veto: None,
            approved: 1,
            order: None,
        };
        self.seq += 1;
        let event = Event::Evaluated { order: *order, outcome };
        let _ = self.journal.append(Record { seq: self.seq, at: Some(at), event });
        let key = (order.account.ordinal(), order.instrument.ordinal());
        *self.held.entry(key).or_default() += 1;
        let slot = self.next;
        self.next = (self.next + 1) % self.orders.len().max(1);
        if let Some(place) = self.orders.get_mut(slot) {
            *place = *order;
        }
        let slot = u32::try_from(slot).unwrap_or(0);
        self.ids.insert(order.id, slot);
        slot
    }

    /// Takes it back.
    pub fn release(&mut self, order: &Order) {
        self.ids.remove(&order.id);
    }
    /// Time that passing these orders takes, as often as there are rounds.
    pub fn time(&mut self, rounds: u64, mut orders: impl FnMut(u32) -> Vec<Order>) -> Duration {
        median_of(rounds, || {
            let orders = orders(BATCH);
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
