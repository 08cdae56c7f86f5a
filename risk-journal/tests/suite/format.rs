//! The bytes of every kind of record, as constants: a change of format is noticed here, before it is noticed by a
//! journal that cannot be read any more.
//!
//! A new kind is one line in [`samples`]. Constants are in `records.txt`, next to this file; run with `BLESS=1` they are
//! written anew. A kind that is new at the end of its enumeration changes no other line. Where a line changes that has
//! been released, `RECORD_FORMAT` rises (`STATE_FORMAT` and `REASONS_VERSION` for `versions.txt`), and CHANGELOG says **[record format]**.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use risk_core::*;
use risk_journal::codec::{RECORD_FORMAT, decode};
use rust_decimal::Decimal;

/// Places of `Ingested` among events, and of others that have kinds of their own.
const INGESTED: u32 = 9;

fn number() -> Decimal {
    Decimal::new(-12_345, 2)
}

fn at() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_123)
}

fn latch() -> LatchId {
    serde_json::from_str("7").unwrap()
}

fn outcome() -> Outcome {
    Outcome {
        verdict: Verdict::Reduced,
        reason: Some(Reason::PositionSizeLimit),
        gate: Some(GateId::PriceCollar),
        level: Some(Level::Strategy),
        measured: Some((-5, 1 << 70)),
        malformed: None,
        veto: None,
        approved: 250,
        order: Some(OrderHandle::default()),
    }
}

fn order(instrument: InstrumentHandle) -> Order {
    let order = Order::sell(instrument, Decimal::new(15, 1)).limit(Decimal::new(10_050, 2));
    Order { parent: Some("p-1".into()), created_at: Some(at()), ..order.id("o-1").reduce_only() }
}

fn limits() -> Limits {
    Limits { gross_exposure_max: Some(number().abs()), ..Limits::default() }
}

/// One of every kind. The name is that of the kind, and what is special about it.
fn samples() -> Vec<(&'static str, Event)> {
    let (account, strategy, instrument, asset) = (
        AccountHandle::default(),
        StrategyHandle::default(),
        InstrumentHandle::default(),
        AssetHandle::default(),
    );
    let handle = OrderHandle::default();
    let client = OrderRef::Client { account, id: "o-1".into() };
    let input = |input: Input| Event::Ingested {
        input,
        effect: Ingested { anomaly: Some(Anomaly::LateFill), latch: Some(latch()), ..Ingested::default() },
    };
    let stated = StatedOrder {
        id: "a-9".into(),
        instrument,
        side: Side::Sell,
        open: 3.into(),
        price: Some(number().abs()),
    };
    let booking = Booking { account, strategy, instrument, side: Side::Buy, parent: None };
    let holding = Holding { instrument, quantity: number(), price: number().abs() };
    let listed = ListOutcome { leading: outcome(), order: Some(2), refused: 1, vetoed: None };
    let malformed = Malformed { field: Field::Price, flaw: Flaw::Missing, value: Some(number()) };
    let veto = RecordedVeto { rule: 1, why: Vetoed::Measured, compare: Compare::AtMost, scale: 2 };
    let (by, reason) = (Id::from("ops"), Note::from("a reason"));
    let refused = Some(Reason::PermitExpired);
    let instrument_made = Box::new((Instrument::new("BTC-USD", "USD", 2, 8), limits()));
    let account_made = Account::new("main", "USD").limits(limits()).strategy("grid");
    let strategy_made = account_made.strategies.first().unwrap().clone();
    let registered = |what| Event::Registered(std::sync::Arc::new(what));
    vec![
        ("evaluated", Event::Evaluated { order: order(instrument), outcome: outcome() }),
        (
            "evaluated, malformed",
            Event::Evaluated {
                order: Order::buy(instrument, 1),
                outcome: Outcome { malformed: Some(malformed), order: None, ..outcome() },
            },
        ),
        (
            "evaluated, vetoed",
            Event::Evaluated { order: order(instrument), outcome: Outcome { veto: Some(veto), ..outcome() } },
        ),
        (
            "modified",
            Event::Modified {
                order: client,
                change: Change::new().quantity(7).price(number().abs()).id("o-2"),
                outcome: outcome(),
            },
        ),
        (
            "list evaluated",
            Event::ListEvaluated { orders: vec![order(instrument); 2].into(), outcome: listed },
        ),
        ("list redeemed", Event::ListRedeemed { first: handle, refused: None }),
        ("list released", Event::ListReleased { first: handle, refused }),
        ("redeemed", Event::Redeemed { order: handle, refused }),
        ("released", Event::Released { order: handle, refused: None }),
        ("abandoned", Event::Abandoned { order: handle, cancel: true }),
        ("cancelled", Event::Cancelled { order: OrderRef::Handle(handle), known: true }),
        ("halted", Event::Halted { scope: Scope::Firm, state: TradingState::Reducing, reason, by }),
        (
            "resumed",
            Event::Resumed {
                scope: Scope::Account(account),
                lift: Lift::UpTo(latch()),
                to: TradingState::Active,
                reason,
                by,
                done: true,
            },
        ),
        (
            "tripped",
            Event::Tripped(Trip {
                scope: Scope::Firm,
                state: TradingState::Reducing,
                cause: Cause::Operator,
                measured: Some((2, 1)),
                latch: Some(latch()),
            }),
        ),
        ("ticked", Event::Ticked),
        ("set aside", Event::SetAside),
        ("headroom durable", Event::HeadroomDurable),
        ("registered, instrument", registered(Registration::Instrument(instrument_made))),
        ("registered, account", registered(Registration::Account(account_made))),
        ("registered, strategy", registered(Registration::Strategy(account, strategy_made))),
        ("registered, trader", registered(Registration::Trader(Trader::new("t-1").may_trade(["X"])))),
        ("recovered", Event::Recovered { release: true }),
        ("room", Event::Room { short: true }),
        ("quote", input(Input::Quote(Quote::of_sides(instrument, Some(number()), None, at())))),
        ("mark", input(Input::Mark { instrument, price: number(), at: at() })),
        ("rate", input(Input::Rate { from: asset, to: asset, rate: number() })),
        ("balance", input(Input::Balance { account, balance: number() })),
        ("flow", input(Input::Flow { account, amount: number() })),
        (
            "host figures",
            input(Input::Host(HostFigures {
                account,
                equity: Some(number()),
                day_profit: None,
                drawdown_percent: Some(number()),
                position_count: Some(3),
                gross_exposure: None,
            })),
        ),
        ("accepted", input(Input::Accepted { order: client, quantity: None })),
        ("fill", input(Input::Fill(Fill { booking: Some(booking), ..Fill::new(client, "x-1", 2, 101) }))),
        ("done", input(Input::Done { order: client, end: End::Expired })),
        (
            "snapshot",
            input(Input::Snapshot(
                Snapshot {
                    account,
                    balance: Some(number()),
                    positions: vec![holding],
                    orders: Some(vec![stated]),
                }
                .into(),
            )),
        ),
        (
            "cumulative report",
            input(Input::Cumulative(Cumulative {
                fees: Some(number()),
                booking: Some(booking),
                ..Cumulative::new(client, 2, number().abs())
            })),
        ),
        (
            "bust",
            input(Input::Bust(Bust {
                account,
                execution: "x-1".into(),
                instead: Some(Corrected { quantity: 1.into(), price: number().abs(), fee: number() }),
            })),
        ),
        ("heartbeat", input(Input::Heartbeat)),
        ("daily volume", input(Input::DailyVolume { instrument, quantity: number().abs() })),
        ("split", input(Input::Adjust { instrument, how: Adjustment::Split { from: 1, to: 4 } })),
        (
            "settlement",
            input(Input::Adjust { instrument, how: Adjustment::Settled { price: number().abs() } }),
        ),
        ("expiry", input(Input::Adjust { instrument, how: Adjustment::Expired { price: 0.into() } })),
        (
            "transfer",
            input(Input::Transfer(Transfer {
                from: strategy,
                to: strategy,
                instrument,
                quantity: 2.into(),
                by,
            })),
        ),
        ("decision on a statement", input(Input::Decide { statement: 3, accept: true, by })),
        ("belief", input(Input::Believe { instrument, by })),
        ("day roll", input(Input::DayRoll)),
        (
            "session",
            input(Input::Session { instrument, session: Session { opens: at(), closes: at().plus_ms(1) } }),
        ),
        ("next roll", input(Input::NextRoll { at: at() })),
        (
            "limits",
            input(Input::Limits {
                of: LimitsOf::Firm,
                limits: limits().into(),
                by,
                reason,
                second: Some("cro".into()),
                expires: Some(at()),
            }),
        ),
        ("status", input(Input::Status { instrument, status: Status::CloseOnly, by })),
    ]
}

fn encoded(event: Event) -> Vec<u8> {
    postcard::to_stdvec(&Record { seq: 77, at: Some(at()), event }).unwrap()
}

/// Bytes before the place of the event among events.
fn head() -> usize {
    encoded(Event::Ticked).len() - 1
}

/// The layout of a state that has one of everything that is configured.
fn state() -> Vec<u8> {
    let journal = MemoryJournal::last(1);
    let engine = Engine::new(&super::desk::config(), ManualClock::at(super::desk::START), journal).unwrap();
    postcard::to_stdvec(engine.journal().base()).unwrap()
}

/// Versions of their own: of records, of the state in snapshots, of the reasons.
#[test]
fn a_change_of_the_state_or_of_the_reasons_is_noticed() {
    let mut text = format!("state {STATE_FORMAT}: {}\n", &blake3::hash(&state()).to_hex()[..32]);
    writeln!(text, "reasons {REASONS_VERSION}:").unwrap();
    for reason in Reason::ALL {
        writeln!(text, "{:>4} {}", reason.number(), reason.code()).unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/versions.txt");
    let on_file = std::fs::read_to_string(&file).unwrap_or_default();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    // Not even blessed: a number or a code that was on file means the same for ever.
    for line in on_file.lines().filter(|line| line.starts_with(' ')) {
        assert!(text.lines().any(|now| now == line), "{line:?} is on file and is no reason any more");
    }
    let on_file = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(text, on_file, "another layout of the state, or other reasons: see the top of format.rs");
}

#[test]
fn the_bytes_of_every_kind_are_those_on_file() {
    let mut text = format!("format {RECORD_FORMAT}\n");
    for (name, event) in samples() {
        let bytes = encoded(event.clone());
        let again = decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(again.event, event, "{name}");
        let hash = blake3::hash(&bytes).to_hex();
        writeln!(text, "{} {:>4} bytes  {name}", &hash[..32], bytes.len()).unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/records.txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let on_file = std::fs::read_to_string(&file).unwrap_or_default();
    let changed: Vec<_> = text.lines().filter(|line| !on_file.lines().any(|known| known == *line)).collect();
    assert_eq!(
        text, on_file,
        "records are written in another way: see the top of format.rs. Changed: {changed:#?}"
    );
}

/// Kinds are numbered from 0 in the order they are declared: what is known, and what no sample has.
#[test]
fn no_kind_is_missing_here() {
    let head = head();
    let kinds = |at: usize, of: &dyn Fn(&[u8]) -> bool| -> BTreeSet<u32> {
        let all = samples().into_iter().map(|(_, event)| encoded(event));
        all.filter(|bytes| of(bytes)).map(|bytes| u32::from(bytes[at])).collect()
    };
    let known = |prefix: &[u8]| -> BTreeSet<u32> {
        let is_known = |kind: &u32| {
            let bytes = [prefix, &[u8::try_from(*kind).unwrap()]].concat();
            // What is no kind is refused as such; of what is one, the rest is missing.
            !postcard::from_bytes::<Record>(&bytes)
                .is_err_and(|error| error == postcard::Error::SerdeDeCustom)
        };
        (0..128).filter(is_known).collect()
    };
    let ticked = encoded(Event::Ticked);
    assert_eq!(kinds(head, &|_| true), known(&ticked[..head]), "events without a sample");
    let ingested = u8::try_from(INGESTED).unwrap();
    let day_roll = Event::Ingested { input: Input::DayRoll, effect: Ingested::default() };
    assert_eq!(encoded(day_roll)[head], ingested);
    let prefix = [&ticked[..head], &[ingested]].concat();
    let inputs = kinds(head + 1, &|bytes| bytes[head] == ingested);
    assert_eq!(inputs, known(&prefix), "inputs without a sample");
}
