//! A few orders straight from bytes: no generator between the fuzzer and the engine, so that millions fit into minutes.

use risk_core::{
    Decision, Engine, Fill, Input, Kind, Limits, ManualClock, MemoryJournal, Order, OrderRef, Quote,
    TimeInForce, Timestamp,
};
use rust_decimal::Decimal;

use crate::world::{NOW, config};

/// The bytes that are left. When there are none, zeros.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn long(&mut self) -> i64 {
        i64::from_le_bytes([(); 8].map(|()| self.byte()))
    }

    /// Mostly something that could be meant.
    fn number(&mut self) -> Decimal {
        match self.byte() {
            kind @ 0..=199 => {
                Decimal::new(i64::from(self.byte()) * 256 + i64::from(self.byte()), u32::from(kind % 4))
            }
            kind @ 200..=239 => Decimal::new(self.long(), u32::from(kind) % 29),
            240..=245 => Decimal::MAX,
            246..=250 => Decimal::MIN,
            _ => Decimal::ZERO,
        }
    }

    fn option(&mut self) -> Option<Decimal> {
        (self.byte() < 128).then(|| self.number())
    }

    fn instant(&mut self) -> Timestamp {
        match self.byte() {
            0..=199 => NOW.plus_ms(i64::from(self.byte()) * 10),
            _ => Timestamp::from_nanos(self.long()),
        }
    }
}

/// Limits as the bytes say, a quote, and orders until the bytes end: one answer each, and one record.
///
/// # Panics
/// When an order gets more than it asked for, or leaves no record.
pub fn orders_are_answered(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let mut config = config();
    config.accounts[0].limits = Limits {
        gross_exposure_max: bytes.option().map(|n| n.abs()),
        order_notional_max: bytes.option().map(|n| n.abs()),
        position_count_max: Some(u32::from(bytes.byte())),
        collar_bps: None,
        ..Limits::default()
    };
    config.firm.limits.collar_bps = Some(u32::from(bytes.byte()) * 40 + 1);
    let clock = ManualClock::at(NOW);
    let Ok(mut engine) = Engine::new(&config, clock.clone(), MemoryJournal::last(8)) else { return };
    let account = engine.account("main").expect("configured");
    let strategy = engine.strategy(account, "s").expect("configured");
    let instrument = engine.instrument("BTC").expect("configured");
    let mut quote = Quote::new(instrument, bytes.number(), bytes.number(), bytes.instant());
    quote.last = bytes.option();
    let _ = engine.ingest(Input::Quote(quote));
    let mut number = 0_u32;
    while !bytes.0.is_empty() && number < 12 {
        number += 1;
        let side = bytes.byte();
        let make = if side % 2 == 0 { Order::buy } else { Order::sell };
        let mut order = make(instrument, bytes.number()).account(account).strategy(strategy);
        order = if side & 2 == 0 { order.id(format!("o{number}").as_str()) } else { order.id("o1") };
        order.kind = match side >> 6 {
            0 => Kind::Market,
            1 => Kind::Limit { price: bytes.number() },
            2 => Kind::Stop { trigger: bytes.number() },
            _ => Kind::StopLimit { trigger: bytes.number(), price: bytes.number() },
        };
        order.reduce_only = side & 4 != 0;
        order.reducible = side & 8 == 0;
        order.self_match_prevention = number % 4 == 0;
        order.time_in_force = if side & 16 == 0 { TimeInForce::Day } else { TimeInForce::FillOrKill };
        order.created_at = (side & 32 != 0).then(|| bytes.instant());
        let before = engine.seq();
        let decision = engine.evaluate(&order);
        assert_eq!(engine.seq(), before + 1, "one call, one record");
        match decision {
            Decision::Approved(permit) | Decision::Reduced(permit, _) => {
                assert!(
                    permit.quantity() > Decimal::ZERO && permit.quantity() <= order.quantity,
                    "{order:?}"
                );
                let (quantity, handle) = (permit.quantity(), permit.order());
                if let (Ok(_), true) = (engine.redeem(permit), bytes.byte() < 128) {
                    let fill = Fill::new(
                        OrderRef::Handle(handle),
                        format!("e{number}").as_str(),
                        quantity,
                        bytes.number(),
                    );
                    let _ = engine.ingest(Input::Fill(fill));
                }
            }
            Decision::Rejected(why) | Decision::EmergencyStop(why) => assert!(!why.reason.code().is_empty()),
        }
        clock.set(NOW.plus_ms(i64::from(number) * 300));
    }
}
