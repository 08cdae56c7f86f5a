//! The same history gives the same decisions, bit for bit: in debug, in release and on every platform.
//!
//! The constants change when a decision, the record or the state changes. Then they are made anew, on purpose: the
//! failing test prints them, and the changelog says which decision changed.

use risk_core::{
    Decision, End, HostFigures, Input, Lift, Limits, LimitsOf, MemoryJournal, MessageRate, OrderRef, Scope,
    TradingState, replay,
};
use rust_decimal::Decimal;

use super::life::{ACCOUNTS, Event, Life, SYMBOLS, config};

/// Hash over all records, and over the state after them.
const DIGESTS: (u128, u128) = (0x385c4ca3b805b27516ff2a1f926ceaab, 0x7a8c625cb6e90b57f2a2dbe001912325);

/// Numbers without a meaning, always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u32) -> u32 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        u32::try_from((z ^ (z >> 31)) % u64::from(bound)).unwrap()
    }

    fn place(&mut self, bound: u32) -> usize {
        usize::try_from(self.below(bound)).unwrap()
    }

    fn between(&mut self, low: u32, high: u32) -> i64 {
        i64::from(low + self.below(high - low))
    }

    fn event(&mut self) -> Event {
        match self.below(28) {
            0..8 => Event::Order {
                account: self.place(2),
                strategy: self.place(2),
                instrument: self.place(3),
                sell: self.below(2) == 0,
                quantity: self.between(1, 60),
                price: (self.below(2) == 0).then(|| self.between(80, 125)),
                flags: u8::try_from(self.below(256)).unwrap(),
            },
            8..14 => Event::Redeem(self.below(u32::MAX)),
            14 => Event::Release(self.below(u32::MAX)),
            15..20 => {
                let tenths = u8::try_from(self.between(1, 14)).unwrap();
                Event::Fill(self.below(u32::MAX), tenths, self.between(80, 125))
            }
            20 => Event::End(self.below(u32::MAX)),
            21..24 => Event::Quote {
                instrument: self.place(3),
                mid: self.between(80, 125),
                spread: self.between(1, 4),
            },
            24 => Event::Balance(self.place(2), self.between(4_000, 20_000)),
            25..27 => Event::Wait(self.between(1, 700)),
            _ => Event::DayRoll,
        }
    }
}

/// What operators and hosts do in between.
fn interfere(life: &mut Life, numbers: &mut Numbers) {
    let account = life.engine.account(ACCOUNTS[numbers.place(2)]).unwrap();
    let instrument = life.engine.instrument(SYMBOLS[numbers.place(3)]).unwrap();
    match numbers.below(6) {
        0 | 1 => {
            let scope =
                if numbers.below(2) == 0 { Scope::Account(account) } else { Scope::Instrument(instrument) };
            let state = if numbers.below(2) == 0 { TradingState::Halted } else { TradingState::Reducing };
            let halt = life.engine.pull_down_at(scope, state, "test", "ops", Some(life.now));
            let lift = Lift::UpTo(halt.latch);
            life.step(numbers.event());
            life.engine.resume(scope, lift, TradingState::Active, "test", "ops").unwrap();
        }
        2 => {
            let rate = MessageRate { messages: 20, interval_ms: 1_000, burst: 30, exit_reserve: 5 };
            let limits = Limits {
                gross_exposure_max: Some(numbers.between(4_000, 9_000).into()),
                message_rate: Some(rate),
                ..config().accounts[0].limits.clone()
            };
            let of = LimitsOf::Account(account);
            let input = Input::Limits {
                of,
                limits: limits.into(),
                by: "ops".into(),
                reason: "test".into(),
                second: None,
                expires: (numbers.below(2) == 0).then(|| life.now.plus_ms(numbers.between(1, 3_000))),
            };
            life.engine.ingest(input).unwrap();
            let at = life.now.plus_ms(numbers.between(0, 5_000));
            life.engine.ingest(Input::NextRoll { at }).unwrap();
        }
        3 => {
            let figures = HostFigures {
                account,
                equity: (numbers.below(2) == 0).then(|| numbers.between(3_000, 9_000).into()),
                day_profit: None,
                drawdown_percent: (numbers.below(3) == 0).then_some(Decimal::TWO),
                position_count: None,
                gross_exposure: None,
            };
            life.engine.ingest(Input::Host(figures)).unwrap();
        }
        4 => {
            // A cancel of something that was once there, and a report nobody expects.
            let order =
                OrderRef::Client { account, id: format!("o{}", numbers.below(5_000)).as_str().into() };
            let _ = life.engine.cancel_at(order, Some(life.now));
            let stranger = OrderRef::Client { account, id: "stranger".into() };
            life.engine.ingest(Input::Done { order: stranger, end: End::Expired }).unwrap();
        }
        _ => {
            // Malformed, unknown, and at a dead clock.
            let mut order = life.build(odd_order(), "odd").unwrap();
            order.quantity = Decimal::new(1, 20);
            let answers = [
                life.engine.evaluate_at(&order, Some(life.now)),
                life.engine.evaluate_at(&order.account(Default::default()), Some(life.now)),
                life.engine.evaluate_at(&order, None),
            ];
            assert!(answers.iter().all(|answer| matches!(answer, Decision::Rejected(_))));
        }
    }
}

fn odd_order() -> Event {
    Event::Order { account: 0, strategy: 0, instrument: 0, sell: false, quantity: 1, price: None, flags: 7 }
}

#[test]
fn a_fixed_history_has_a_fixed_hash() {
    let mut config = config();
    config.settings.duplicate_window_ms = 20_000;
    let mut numbers = Numbers(2_026);
    let mut life = Life::recorded(&config, false, MemoryJournal::with_capacity(40_000));
    for n in 0..33_000 {
        life.step(numbers.event());
        if n % 20 == 0 {
            interfere(&mut life, &mut numbers);
        }
    }
    let records = life.engine.seq();
    assert!(records >= 20_000, "{records} calls");
    let passed = life.answers.iter().filter(|answer| !answer.3.is_zero()).count();
    let reasons: std::collections::BTreeSet<_> = life.answers.iter().filter_map(|answer| answer.1).collect();
    assert!(passed > 1_500 && reasons.len() >= 12, "{passed} passed, {reasons:?}");

    let digests = (life.engine.journal().digest(), life.engine.digest());
    assert_eq!(digests, DIGESTS, "now ({:#034x}, {:#034x})", digests.0, digests.1);

    let journal = life.engine.journal();
    let again = replay(&config, journal.base(), journal.records()).unwrap();
    assert_eq!(again.digest(), digests.1);
}
