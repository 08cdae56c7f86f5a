//! Calls as nobody should make them: every kind, with every extreme.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use risk_core::{End, ExposurePrice, Instrument, MarkSource, Status, TimeInForce, TradingState};
use rust_decimal::Decimal;

/// A number as it comes in when something is wrong: extremes, zero, negative, too fine; or an ordinary one.
fn number() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        4 => (1_i64..2_000, 0_u32..3).prop_map(|(n, scale)| Decimal::new(n, scale)),
        1 => (any::<i64>(), 0_u32..=28).prop_map(|(n, scale)| Decimal::new(n, scale)),
        1 => (any::<i128>(), 0_u32..=28).prop_filter_map("a decimal", |(n, scale)| {
            Decimal::try_from_i128_with_scale(n >> 32, scale).ok()
        }),
        1 => prop::sample::select(vec![
            Decimal::ZERO, Decimal::MAX, Decimal::MIN, Decimal::NEGATIVE_ONE, Decimal::new(1, 28),
            Decimal::new(i64::MAX, 0), Decimal::new(i64::MIN, 0), Decimal::new(i64::MAX, 3), Decimal::new(i64::MAX, 12),
        ]),
    ]
}

/// An instant: around now, far away, or the ends of time.
fn instant() -> impl Strategy<Value = i64> {
    const NOW: i64 = super::world::NOW.nanos();
    prop_oneof![
        12 => NOW..NOW + 5_000_000_000,
        1 => any::<i64>(),
        1 => prop::sample::select(vec![i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX]),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-d]",
        1 => ".{0,8}",
        1 => "[a-z]{63,70}",
        1 => Just(String::new()),
    ]
}

/// A pick among what there is: the engine's own handles, another engine's, and the default.
pub(super) type Pick = prop::sample::Index;

/// One call, before it is bound to an engine.
#[derive(Clone, Debug)]
pub(super) enum Call {
    Evaluate(AnyOrder),
    Explain(AnyOrder),
    Headroom(Pick, Pick, Pick),
    Redeem(Pick),
    Release(Pick),
    Abandon(Pick),
    Cancel(Pick, String),
    /// Looked at or not, and redeemed or released.
    List(Vec<AnyOrder>, bool, bool),
    Modify(Pick, String, [Option<Decimal>; 3], Option<String>),
    Fill {
        order: Pick,
        execution: String,
        quantity: Decimal,
        price: Decimal,
        fee: Decimal,
        booking: Option<(Pick, Pick, bool)>,
    },
    Report {
        order: Pick,
        end: Option<End>,
    },
    Quote {
        instrument: Pick,
        fields: [Option<Decimal>; 6],
        at: i64,
    },
    Money {
        what: u8,
        which: (Pick, Pick),
        amount: Decimal,
    },
    Host {
        account: Pick,
        figures: [Option<Decimal>; 4],
        count: Option<u32>,
    },
    Snapshot {
        account: Pick,
        balance: Option<Decimal>,
        positions: Vec<(Pick, Decimal, Decimal)>,
    },
    Limits {
        of: u8,
        which: Pick,
        values: [Option<Decimal>; 6],
        small: [Option<u32>; 4],
    },
    Status(Pick, Status, String),
    Halt(u8, Pick, TradingState, String),
    Resume(u8, Pick, u64, TradingState, String),
    Register(u8, Box<Instrument>, String),
    Time(i64),
    Tick,
    DayRoll,
}

#[derive(Clone, Debug)]
pub(super) struct AnyOrder {
    pub(super) names: (Pick, Pick, Pick),
    pub(super) id: String,
    pub(super) buy: bool,
    pub(super) quantity: Decimal,
    pub(super) prices: (Option<Decimal>, Option<Decimal>),
    pub(super) flags: (bool, bool),
    pub(super) time_in_force: TimeInForce,
    pub(super) created_at: Option<i64>,
    pub(super) parent: Option<(String, Option<Decimal>)>,
}

fn any_order() -> impl Strategy<Value = AnyOrder> {
    let tif = prop::sample::select(vec![
        TimeInForce::GoodTillCancel,
        TimeInForce::ImmediateOrCancel,
        TimeInForce::FillOrKill,
        TimeInForce::AllOrNone,
        TimeInForce::Day,
    ]);
    (
        (any::<Pick>(), any::<Pick>(), any::<Pick>()),
        text(),
        any::<bool>(),
        number(),
        (option::of(number()), option::weighted(0.2, number())),
        (prop::bool::weighted(0.1), prop::bool::weighted(0.8)),
        tif,
        option::weighted(0.2, instant()),
        option::weighted(0.2, (text(), option::of(number()))),
    )
        .prop_map(|(names, id, buy, quantity, prices, flags, time_in_force, created_at, parent)| {
            AnyOrder { names, id, buy, quantity, prices, flags, time_in_force, created_at, parent }
        })
}

fn any_instrument() -> impl Strategy<Value = Instrument> {
    (text(), 0_u32..14, 0_u32..14, number(), any::<[bool; 4]>(), option::of(number())).prop_map(
        |(symbol, price_scale, quantity_scale, multiplier, flags, floor)| {
            let mut instrument = Instrument::new(&symbol, "USD", price_scale, quantity_scale);
            instrument.multiplier = multiplier;
            instrument.inverse = flags[0];
            instrument.negative_prices = flags[1];
            instrument.exposure_price_min = floor;
            if flags[2] {
                instrument.mark_source = MarkSource::Input;
            }
            if flags[3] {
                instrument.exposure_price = ExposurePrice::Fixed(multiplier);
            }
            instrument
        },
    )
}

pub(super) fn call() -> impl Strategy<Value = Call> {
    let pick = any::<Pick>;
    let state =
        || prop::sample::select(vec![TradingState::Active, TradingState::Reducing, TradingState::Halted]);
    let end = option::of(prop::sample::select(vec![End::Cancelled, End::Rejected, End::Expired]));
    let status = prop::sample::select(vec![Status::Open, Status::CloseOnly, Status::Blocked]);
    let small = || option::weighted(0.3, 0_u32..1_000);
    prop_oneof![
        12 => any_order().prop_map(Call::Evaluate),
        1 => any_order().prop_map(Call::Explain),
        1 => (pick(), pick(), pick()).prop_map(|(a, b, c)| Call::Headroom(a, b, c)),
        6 => pick().prop_map(Call::Redeem),
        1 => pick().prop_map(Call::Release),
        1 => pick().prop_map(Call::Abandon),
        2 => (pick(), text()).prop_map(|(order, id)| Call::Cancel(order, id)),
        2 => (vec(any_order(), 0..4), any::<bool>(), any::<bool>())
            .prop_map(|(orders, look, redeem)| Call::List(orders, look, redeem)),
        5 => (pick(), text(), prop::array::uniform3(option::weighted(0.4, number())), option::weighted(0.4, text()))
            .prop_map(|(order, id, values, new_id)| Call::Modify(order, id, values, new_id)),
        5 => (pick(), text(), number(), number(), number(), option::weighted(0.3, (pick(), pick(), any::<bool>())))
            .prop_map(|(order, execution, quantity, price, fee, booking)| Call::Fill {
                order, execution, quantity, price, fee, booking,
            }),
        2 => (pick(), end).prop_map(|(order, end)| Call::Report { order, end }),
        6 => (pick(), prop::array::uniform6(option::weighted(0.8, number())), instant())
            .prop_map(|(instrument, fields, at)| Call::Quote { instrument, fields, at }),
        3 => (0_u8..4, (pick(), pick()), number()).prop_map(|(what, which, amount)| Call::Money { what, which, amount }),
        1 => (pick(), prop::array::uniform4(option::of(number())), small())
            .prop_map(|(account, figures, count)| Call::Host { account, figures, count }),
        1 => (pick(), option::of(number()), vec((pick(), number(), number()), 0..3))
            .prop_map(|(account, balance, positions)| Call::Snapshot { account, balance, positions }),
        2 => (0_u8..4, pick(), prop::array::uniform6(option::weighted(0.3, number())), prop::array::uniform4(small()))
            .prop_map(|(of, which, values, small)| Call::Limits { of, which, values, small }),
        1 => (pick(), status, text()).prop_map(|(instrument, status, by)| Call::Status(instrument, status, by)),
        1 => (0_u8..5, pick(), state(), text()).prop_map(|(scope, which, state, by)| Call::Halt(scope, which, state, by)),
        3 => (0_u8..5, pick(), 0_u64..30, state(), text())
            .prop_map(|(scope, which, latch, to, by)| Call::Resume(scope, which, latch, to, by)),
        1 => (0_u8..3, any_instrument(), text()).prop_map(|(what, instrument, name)| Call::Register(what, Box::new(instrument), name)),
        3 => instant().prop_map(Call::Time),
        1 => Just(Call::Tick),
        1 => Just(Call::DayRoll),
    ]
}
