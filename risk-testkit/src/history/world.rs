//! The world that histories play in: made from a seed, small enough that everything meets everything.

use risk_core::{
    Account, AccountKind, Asset, Capacity, Config, DrawdownFrom, ExposurePrice, HouseRule, Instrument,
    Limits, LocalTime, MarkSource, MessageRate, QuoteField, SessionHours, Sessions, Settings, ShortSale,
    Status, Strategy, Trader,
};
use rust_decimal::Decimal;

use super::dice::Dice;

/// A decimal of `units` of 10^-`scale`.
pub(super) fn dec(units: i64, scale: u32) -> Decimal {
    Decimal::new(units, scale)
}

fn maybe<T>(rng: &mut Dice, percent: u32, value: T) -> Option<T> {
    (rng.u32(0..100) < percent).then_some(value)
}

/// Middle prices the random walk starts from, in units, by instrument.
pub(super) const MIDS: [i64; 6] = [5_000_000, 250_000, 500_000, 0, 4_000, 38_000];

/// Scales, lots, ticks, multipliers, an inverse contract, one with prices below zero, one valued at a fixed price, one
/// whose mark is given; two groups that are shared and two instruments alone.
fn instruments(rng: &mut Dice) -> Vec<Instrument> {
    let mut spot = Instrument::new("BTC-USD", "USD", 2, 4);
    spot.price_increment = dec(5, 1);
    spot.quantity_increment = dec(1, 3);
    spot.quantity_min = Some(dec(2, 3));
    spot.quantity_max = Some(dec(50, 0));
    spot.notional_min = Some(dec(150, 0));
    spot.group = Some("crypto".to_owned());
    spot.venue = Some("north".to_owned());
    spot.slippage_bps = 25;
    let mut cross = Instrument::new("ETH-EUR", "EUR", 2, 3);
    cross.group = Some("crypto".to_owned());
    cross.venue = Some("south".to_owned());
    cross.quantity_increment = dec(10, 3);
    cross.required_data = vec![QuoteField::Bid, QuoteField::Ask, QuoteField::BidSize, QuoteField::AskSize];
    cross.short_sale = if rng.u32(0..2) == 0 { ShortSale::Forbidden } else { ShortSale::Allowed };
    let hours = SessionHours::new(LocalTime::default(), LocalTime::default());
    cross.sessions = Some(Sessions::new("UTC", [hours]));
    let mut inverse = Instrument::new("BTC-PERP", "BTC", 1, 0);
    inverse.inverse = true;
    inverse.multiplier = dec(100, 0);
    inverse.slippage_bps = 10;
    inverse.initial_margin_bps = if rng.u32(0..2) == 0 { 0 } else { rng.u32(100..4_000) };
    inverse.venue = Some("north".to_owned());
    inverse.notional_min = maybe(rng, 50, dec(1, 3));
    let mut spread = Instrument::new("POWER-SPREAD", "USD", 2, 0);
    spread.negative_prices = true;
    spread.exposure_price_min = Some(dec(10, 0));
    spread.multiplier = dec(10, 0);
    spread.price_increment = dec(5, 2);
    spread.slippage_bps = 100;
    spread.group = Some("energy".to_owned());
    let mut option = Instrument::new("OPTION", "EUR", 2, 0);
    option.exposure_price = ExposurePrice::Fixed(dec(100, 0));
    option.multiplier = dec(100, 0);
    option.quantity_min = Some(dec(3, 0));
    option.notional_min = maybe(rng, 70, dec(9_000, 0));
    option.venue = Some("south".to_owned());
    let mut index = Instrument::new("NIKKEI", "JPY", 0, 0);
    index.mark_source = MarkSource::Input;
    index.quantity_increment = dec(10, 0);
    index.initial_margin_bps = if rng.u32(0..2) == 0 { 0 } else { rng.u32(500..9_000) };
    index.quantity_max = Some(dec(500, 0));
    index.group = Some("energy".to_owned());
    index.status = if rng.u32(0..8) == 0 { Status::CloseOnly } else { Status::Open };
    let mut all = vec![spot, cross, inverse, spread, option, index];
    for instrument in &mut all {
        instrument.venue_enforces_reduce_only = rng.u32(0..2) == 0;
    }
    all
}

/// Limits that most orders pass; tighter ones are set where the numbers of a history are.
pub(super) fn loose(rng: &mut Dice, level: risk_core::Level) -> Limits {
    use risk_core::Level::{Account, Firm, Instrument, Strategy};
    let from = [DrawdownFrom::Peak, DrawdownFrom::PeakAtEndOfDay, DrawdownFrom::Start];
    let rate = MessageRate {
        messages: rng.u32(1..5),
        interval_ms: rng.u32(200..900),
        burst: rng.u32(4..9),
        exit_reserve: rng.u32(0..3),
    };
    let firm_or_instrument = matches!(level, Firm | Instrument);
    let all_but_instrument = level != Instrument;
    let some = |rng: &mut Dice, percent: u32, here: bool| here && rng.u32(0..200) < percent;
    let amount = |rng: &mut Dice, percent: u32, here: bool, value: i64| {
        some(rng, percent, here).then(|| Decimal::from(rng.i64(value / 2..value)))
    };
    let mut limits = Limits {
        order_age_ms_max: some(rng, 40, level == Firm).then_some(400),
        message_rate: some(rng, 30, all_but_instrument).then_some(rate),
        mark_age_ms_max: some(rng, 40, firm_or_instrument).then(|| rng.u64(4_000..15_000)),
        data_completeness_percent_min: some(rng, 30, firm_or_instrument)
            .then(|| dec(*rng.choice(&[50, 75, 100]).unwrap_or(&50), 0)),
        spread_bps_max: some(rng, 110, firm_or_instrument).then(|| rng.u32(150..400)),
        collar_bps: some(rng, 40, firm_or_instrument).then(|| rng.u32(150..600)),
        collar_passive_bps: some(rng, 30, firm_or_instrument).then(|| rng.u32(200..2_000)),
        order_quantity_max: amount(rng, 20, true, 400),
        order_notional_max: amount(rng, 15, level != Instrument, 9_000_000),
        daily_loss_max: amount(rng, 30, all_but_instrument, 90_000),
        daily_loss_percent_max: amount(rng, 30, all_but_instrument, 90),
        drawdown_percent_max: amount(rng, 30, all_but_instrument, 90),
        drawdown_from: *rng.choice(&from).unwrap_or(&DrawdownFrom::Peak),
        position_count_max: some(rng, 20, all_but_instrument).then(|| rng.u32(2..7)),
        participation_percent_max: some(rng, 20, level == Instrument).then(|| dec(rng.i64(10..1_000), 1)),
        daily_value_max: amount(rng, 30, all_but_instrument, 20_000_000),
        open_orders_max: some(rng, 40, true).then(|| rng.u32(8..20)),
        gross_exposure_max: amount(rng, 20, all_but_instrument, 40_000_000),
        net_exposure_max: amount(rng, 20, all_but_instrument, 30_000_000),
        position_quantity_max: amount(rng, 20, level != Account, 900),
        position_notional_max: amount(rng, 10, matches!(level, Firm | Strategy), 30_000_000),
        group_exposure_percent_max: amount(rng, 20, matches!(level, Firm | Account), 20_000),
        leverage_max: amount(rng, 20, matches!(level, Firm | Account), 200),
        concentration_percent_max: amount(rng, 20, level == Account, 15_000),
        ..Limits::default()
    };
    if some(rng, 60, matches!(level, Account | Strategy)) {
        limits.repeated_orders_max = Some(rng.u32(1..4));
        limits.repeated_orders_window_ms = Some(rng.u64(50..3_000));
    }
    if some(rng, 60, matches!(level, Account | Strategy)) {
        limits.order_to_trade_max = Some(rng.u32(2..9));
        limits.order_to_trade_window_ms = Some(rng.u64(100..4_000));
        limits.order_to_trade_exit_reserve = rng.bool().then(|| rng.u32(1..3));
    }
    if some(rng, 60, matches!(level, Account | Strategy)) {
        limits.loss_streak_max = Some(rng.u32(1..3));
        limits.loss_streak_window_ms = Some(rng.u64(500..9_000));
        limits.cooldown_ms = Some(rng.u64(100..3_000));
    }
    limits.self_match_orders_max = some(rng, 40, matches!(level, Firm | Account)).then(|| rng.u32(0..3));
    // Without a draw of its own: as often as there is a limit on what it bounds.
    limits.unsynced_notional_max = limits.gross_exposure_max.filter(|_| level == Account);
    limits.list_notional_max =
        limits.net_exposure_max.filter(|_| matches!(level, Firm | Account)).map(|most| most / dec(300, 0));
    limits.open_orders_exit_reserve = limits.open_orders_max.filter(|_| rng.bool()).map(|_| rng.u32(1..6));
    limits
}

/// A configuration from a seed.
pub(super) fn config(rng: &mut Dice) -> Config {
    use risk_core::Level;
    let mut config = Config::new("USD");
    config.assets =
        vec![Asset::new("USD", 2), Asset::new("EUR", 2), Asset::new("JPY", 0), Asset::new("BTC", 8)];
    config.instruments = instruments(rng);
    config.firm.limits = loose(rng, Level::Firm);
    config.firm.unlimited = Some("histories set limits as they go".to_owned());
    for instrument in &config.instruments {
        config.instrument_limits.insert(instrument.symbol.clone(), loose(rng, Level::Instrument));
    }
    let strategy = |name: &str, capital: Option<i64>, rng: &mut Dice| Strategy {
        name: name.to_owned(),
        capital: capital.map(Decimal::from),
        limits: loose(rng, Level::Strategy),
        ..Strategy::default()
    };
    let account = |name: &str, currency: &str, rng: &mut Dice| {
        Account::new(name, currency)
            .limits(loose(rng, Level::Account))
            .unlimited("histories set limits as they go")
    };
    let mut main = account("main", "USD", rng);
    main.strategies = vec![strategy("grid", Some(100_000), rng), strategy("trend", None, rng)];
    let mut euro = account("euro", "EUR", rng);
    euro.strategies = vec![strategy("carry", None, rng)];
    for (symbol, percent) in [("BTC-USD", 70), ("NIKKEI", 30)] {
        if let Some(limits) = maybe(rng, percent, ()).map(|()| loose(rng, Level::Instrument)) {
            euro.instrument_limits.insert(symbol.to_owned(), limits);
        }
    }
    let mut small = account("small", "USD", rng);
    small.may_trade = Some(vec!["BTC-USD".into(), "BTC-PERP".into(), "POWER-SPREAD".into(), "OPTION".into()]);
    if rng.u32(0..2) == 0 {
        small.kind = AccountKind::Cash;
        small.fees.taker_bps = rng.u32(0..80);
    }
    small.strategies = vec![strategy("scalp", Some(10_000), rng), strategy("hedge", None, rng)];
    small.strategies[0].may_trade = Some(vec!["BTC-USD".into(), "POWER-SPREAD".into()]);
    if rng.bool() {
        // Two that do not look at exits, and one that does; never two of one name.
        config.house_rules = vec![
            HouseRule::new(&format!("opening.{}", rng.u32(1..200))),
            HouseRule::new(&format!("quantity.{}", 2 * rng.u32(1..100))),
            HouseRule::new(&format!("quantity.{}", 2 * rng.u32(10..200) + 1)).for_exits(),
        ];
    }
    euro.trader_required = rng.bool();
    config.traders = vec![
        Trader::new("t1"),
        Trader::new("t2").may_trade(["BTC-USD", "BTC-PERP", "POWER-SPREAD"]),
        Trader::new("t3").on_accounts(["main", "small"]),
    ];
    config.accounts = vec![main, euro, small];
    if rng.u32(0..4) == 0 {
        let suspected = rng.usize(0..config.instruments.len());
        config.instruments[suspected].reference_jump_bps_max = Some(rng.u32(5..80));
    }
    config.settings = Settings {
        permit_ttl_ms: rng.u64(200..1_200),
        clock_back_ms_max: 50,
        future_ms_max: 100,
        duplicate_window_ms: *rng.choice(&[1_500, 4_000, 86_400_000]).unwrap_or(&4_000),
        unknown_settle_ms: *rng.choice(&[0, 400, 5_000]).unwrap_or(&400),
        reduced_fraction_min_percent: dec(*rng.choice(&[0, 10, 25]).unwrap_or(&10), 0),
        host_age_ms_max: 3_000,
        reference_confirmations: rng.u32(1..4),
        reference_confirm_ms: *rng.choice(&[0, 1, 20]).unwrap_or(&0),
        dual_control: false,
    };
    config.capacity = Capacity {
        assets: 8,
        instruments: 16,
        accounts: 8,
        strategies: 16,
        traders: 4,
        books: 256,
        live_orders: *rng.choice(&[6, 14, 64]).unwrap_or(&14),
        order_ids: *rng.choice(&[20, 1_024]).unwrap_or(&1_024),
        order_ids_for_exits: 2,
        executions: 4_096,
        parents: 256,
        latches: 256,
        changes: *rng.choice(&[8, 64]).unwrap_or(&64),
        temporary_limits: 64,
    };
    config
}
