//! The linter: a configuration without findings, and for each weakness the smallest change that brings it in.

use std::collections::BTreeSet;

use risk_core::lint::{Finding, References, Rule, Severity, Weakness};
use risk_core::{
    Account, Asset, Config, DayRoll, DrawdownFrom, Instrument, Level, Limits, MessageRate, Strategy,
};
use rust_decimal::Decimal;

fn dec(units: i64, scale: u32) -> Option<Decimal> {
    Some(Decimal::new(units, scale))
}

/// Nothing to find: one firm, one account with two strategies, two instruments.
fn sound() -> (Config, References) {
    let mut config = Config::new("USD");
    config.assets = vec![Asset::new("USD", 2), Asset::new("EUR", 2)];
    let mut btc = Instrument::new("BTC", "USD", 2, 3);
    btc.slippage_bps = 50;
    btc.quantity_max = dec(1_000, 0);
    config.instruments = vec![btc, Instrument::new("ETH", "EUR", 2, 2)];
    config.day_roll = Some(DayRoll::new(Default::default(), "UTC"));
    config.firm.limits = Limits {
        mark_age_ms_max: Some(5_000),
        collar_bps: Some(200),
        collar_passive_bps: Some(5_000),
        spread_bps_max: Some(100),
        message_rate: Some(MessageRate { messages: 20, interval_ms: 1_000, burst: 40, exit_reserve: 10 }),
        gross_exposure_max: dec(200_000, 0),
        daily_loss_max: dec(20_000, 0),
        ..Limits::default()
    };
    let limits = Limits {
        order_notional_max: dec(20_000, 0),
        gross_exposure_max: dec(100_000, 0),
        daily_loss_max: dec(5_000, 0),
        drawdown_percent_max: dec(20, 0),
        leverage_max: dec(2, 0),
        group_exposure_percent_max: dec(100, 0),
        ..Limits::default()
    };
    let mut main = Account::new("main", "USD").limits(limits);
    for name in ["grid", "trend"] {
        main.strategies.push(Strategy {
            name: name.to_owned(),
            capital: dec(50_000, 0),
            limits: Limits { gross_exposure_max: dec(60_000, 0), ..Limits::default() },
            ..Strategy::default()
        });
    }
    config.accounts.push(main);
    let limits =
        Limits { order_quantity_max: dec(5, 0), position_quantity_max: dec(50, 0), ..Limits::default() };
    config.instrument_limits.insert("BTC".to_owned(), limits);
    let mut known = References::default();
    known.instruments.entry("BTC".to_owned()).or_default().price = dec(3_000, 0);
    known.equity.insert("main".to_owned(), 100_000.into());
    (config, known)
}

fn found(change: impl FnOnce(&mut Config, &mut References)) -> Vec<Finding> {
    let (mut config, mut known) = sound();
    change(&mut config, &mut known);
    config.check().unwrap();
    config.lint_with(&known)
}

/// What a change brings in: weakness, where, field; worst first.
fn brings(change: impl FnOnce(&mut Config, &mut References)) -> Vec<(Weakness, String, String)> {
    found(change).into_iter().map(|f| (f.what, f.of, f.field)).collect()
}

type Change = fn(&mut Config, &mut References);

fn btc(config: &mut Config) -> &mut Limits {
    config.instrument_limits.get_mut("BTC").unwrap()
}

/// Every weakness at least once: what is changed, whose it is, and the field that is named.
const CHANGES: &[(Weakness, &str, &str, Change)] = &[
    (Weakness::Shadowed, "main", "gross_exposure_max", |c, _| {
        c.accounts[0].limits.gross_exposure_max = dec(200_001, 0);
        c.accounts[0].limits.leverage_max = None;
    }),
    (Weakness::Shadowed, "main/grid", "order_notional_max", |c, _| {
        c.accounts[0].strategies[0].limits.order_notional_max = dec(20_001, 0);
    }),
    (Weakness::Shadowed, "BTC", "collar_bps", |c, _| btc(c).collar_bps = Some(201)),
    (Weakness::Shadowed, "BTC", "order_quantity_max", |c, _| {
        btc(c).order_quantity_max = dec(1_001, 0);
        btc(c).position_quantity_max = dec(2_000, 0);
    }),
    (Weakness::Shadowed, "main BTC", "order_quantity_max", |c, _| {
        let own = Limits { order_quantity_max: dec(6, 0), ..Limits::default() };
        c.accounts[0].instrument_limits.insert("BTC".to_owned(), own);
    }),
    (Weakness::Shadowed, "main", "message_rate", |c, _| {
        let rate = MessageRate { messages: 50, interval_ms: 1_000, burst: 40, exit_reserve: 10 };
        c.accounts[0].limits.message_rate = Some(rate);
    }),
    (Weakness::Shadowed, "main", "daily_loss_percent_max", |c, _| {
        c.accounts[0].limits.daily_loss_percent_max = dec(21, 0);
    }),
    (Weakness::Shadowed, "main", "group_exposure_percent_max", |c, _| {
        c.accounts[0].limits.group_exposure_percent_max = dec(201, 0);
    }),
    (Weakness::Shadowed, "main/grid", "position_notional_max", |c, _| {
        c.accounts[0].strategies[0].limits.position_notional_max = dec(60_001, 0);
    }),
    (Weakness::RarelyDecides, "main/grid", "gross_exposure_max", |c, _| {
        c.accounts[0].strategies[0].limits.gross_exposure_max = dec(100_001, 0);
    }),
    (Weakness::RarelyDecides, "main", "daily_loss_max", |c, _| {
        c.accounts[0].limits.daily_loss_max = dec(20_001, 0);
    }),
    (Weakness::ShadowedByEquity, "main", "gross_exposure_max", |_, k| {
        k.equity.insert("main".to_owned(), 40_000.into());
    }),
    (Weakness::ShadowedByEquity, "main", "daily_loss_max", |c, _| {
        c.accounts[0].limits.daily_loss_percent_max = dec(4, 0);
    }),
    (Weakness::OrderAbovePosition, "main", "order_notional_max", |c, _| {
        c.accounts[0].limits.order_notional_max = dec(100_001, 0);
    }),
    (Weakness::OrderAbovePosition, "BTC", "order_quantity_max", |c, _| {
        btc(c).order_quantity_max = dec(51, 0);
    }),
    (Weakness::OrderAboveVolume, "BTC", "order_quantity_max", |_, k| {
        k.instruments.get_mut("BTC").unwrap().daily_volume = dec(49, 0);
    }),
    (Weakness::LossAboveExposure, "main/grid", "daily_loss_max", |c, _| {
        c.accounts[0].strategies[0].limits.daily_loss_max = dec(60_001, 0);
    }),
    (Weakness::TotalLoss, "main", "drawdown_percent_max", |c, _| {
        c.accounts[0].limits.drawdown_percent_max = dec(100, 0);
    }),
    (Weakness::Astronomical, "the firm", "gross_exposure_max", |c, _| {
        c.firm.limits.gross_exposure_max = dec(99_999_999_999_999, 0);
    }),
    (Weakness::Zero, "main", "daily_loss_max", |c, _| c.accounts[0].limits.daily_loss_max = dec(0, 0)),
    (Weakness::BelowSmallestOrder, "main", "gross_exposure_max", |c, _| {
        // A lot of 0.001 at 3,000.
        c.accounts[0].limits.gross_exposure_max = dec(299, 2);
    }),
    (Weakness::BelowSmallestOrder, "BTC", "order_quantity_max", |c, _| {
        btc(c).order_quantity_max = dec(9, 4);
    }),
    (Weakness::BelowSmallestOrder, "main", "order_notional_max", |c, k| {
        // A lot of 0.01 ETH at 300,000 EUR and 1.5 USD a EUR.
        k.instruments.entry("ETH".to_owned()).or_default().price = dec(300_000, 0);
        k.rates.insert(("EUR".to_owned(), "USD".to_owned()), Decimal::new(15, 1));
        c.accounts[0].limits.order_notional_max = dec(4_499, 0);
    }),
    (Weakness::CountNeverReached, "main", "position_count_max", |c, _| {
        c.accounts[0].limits.position_count_max = Some(2);
    }),
    (Weakness::WideCollar, "the firm", "collar_bps", |c, _| c.firm.limits.collar_bps = Some(2_001)),
    (Weakness::WideCollar, "the firm", "collar_passive_bps", |c, _| {
        c.firm.limits.collar_passive_bps = Some(10_000);
    }),
    (Weakness::CollarsCrossed, "the firm", "collar_passive_bps", |c, _| {
        c.firm.limits.collar_passive_bps = Some(199);
    }),
    (Weakness::CollarOnOldMark, "the firm", "collar_bps", |c, _| c.firm.limits.mark_age_ms_max = None),
    (Weakness::SpreadBeyondCollar, "BTC", "spread_bps_max", |c, _| {
        c.firm.limits.spread_bps_max = None;
        btc(c).spread_bps_max = Some(401);
    }),
    (Weakness::MarketOrdersRefused, "BTC", "collar_bps", |c, _| {
        btc(c).collar_bps = Some(50);
    }),
    (Weakness::WideSpread, "the firm", "spread_bps_max", |c, _| c.firm.limits.spread_bps_max = Some(20_000)),
    (Weakness::OldData, "the firm", "mark_age_ms_max", |c, _| {
        c.firm.limits.mark_age_ms_max = Some(3_600_001);
    }),
    (Weakness::OldData, "the firm", "order_age_ms_max", |c, _| {
        c.firm.limits.order_age_ms_max = Some(86_400_001);
    }),
    (Weakness::OldData, "settings", "host_age_ms_max", |c, _| c.settings.host_age_ms_max = 3_600_001),
    (Weakness::NoEffect, "main", "drawdown_from", |c, _| {
        c.accounts[0].limits.drawdown_percent_max = None;
        c.accounts[0].limits.drawdown_from = DrawdownFrom::Start;
    }),
    (Weakness::NoEffect, "the firm", "data_completeness_percent_min", |c, _| {
        c.firm.limits.data_completeness_percent_min = dec(0, 0);
    }),
    (Weakness::NoEffect, "the firm", "data_completeness_percent_min", |c, _| {
        c.firm.limits.data_completeness_percent_min = dec(50, 0);
        c.instruments[1].required_data.clear();
    }),
    (Weakness::DayNeverEnds, "settings", "day_roll", |c, _| c.day_roll = None),
    (Weakness::NoExitReserve, "the firm", "message_rate", |c, _| {
        c.firm.limits.message_rate.as_mut().unwrap().exit_reserve = 0;
    }),
    (Weakness::BurstAboveDay, "the firm", "message_rate", |c, _| {
        let rate = MessageRate { messages: 1, interval_ms: 60_000, burst: 1_441, exit_reserve: 10 };
        c.firm.limits.message_rate = Some(rate);
    }),
    (Weakness::SlowExit, "BTC", "position_quantity_max", |c, _| {
        btc(c).position_quantity_max = dec(501, 0);
    }),
    (Weakness::TableTooSmall, "capacity", "live_orders", |c, _| c.capacity.live_orders = 39),
    (Weakness::TableTooSmall, "capacity", "order_ids", |c, _| {
        // 20 a second for ten minutes, and the burst.
        c.capacity.order_ids = 12_039 + c.capacity.order_ids_for_exits;
    }),
    (Weakness::LongPermit, "settings", "permit_ttl_ms", |c, _| c.settings.permit_ttl_ms = 60_001),
    (Weakness::LongPermit, "settings", "permit_ttl_ms", |c, _| c.firm.limits.order_age_ms_max = Some(999)),
    (Weakness::LooseClock, "settings", "clock_back_ms_max", |c, _| c.settings.clock_back_ms_max = 60_001),
    (Weakness::LooseClock, "the firm", "mark_age_ms_max", |c, _| c.firm.limits.mark_age_ms_max = Some(999)),
    (Weakness::ShortMemory, "settings", "duplicate_window_ms", |c, _| c.settings.duplicate_window_ms = 0),
    (Weakness::NeverReduced, "settings", "reduced_fraction_min_percent", |c, _| {
        c.settings.reduced_fraction_min_percent = 100.into();
    }),
    (Weakness::ReducedToDust, "settings", "reduced_fraction_min_percent", |c, _| {
        c.settings.reduced_fraction_min_percent = 0.into();
    }),
    (Weakness::Missing, "main", "collar_bps", |c, _| c.firm.limits.collar_bps = None),
    (Weakness::Missing, "main", "mark_age_ms_max", |c, _| {
        // Only one of the two instruments has it.
        c.firm.limits.collar_bps = None;
        c.firm.limits.mark_age_ms_max = None;
        btc(c).mark_age_ms_max = Some(5_000);
        btc(c).collar_bps = Some(200);
    }),
    (Weakness::Required, "main", "order_quantity_max", |_, k| k.rule = Some(Rule::Rts6)),
    (Weakness::NothingToTrade, "main/grid", "may_trade", |c, _| {
        c.accounts[0].may_trade = Some(vec!["BTC".into()]);
        c.accounts[0].strategies[0].may_trade = Some(vec!["ETH".into()]);
    }),
    (Weakness::CapitalAboveEquity, "main", "strategies.capital", |c, _| {
        c.accounts[0].strategies[0].capital = dec(50_001, 0);
    }),
];

#[test]
fn a_sound_configuration_has_no_findings() {
    let found = found(|_, _| {});
    assert!(found.is_empty(), "{}", found.iter().map(|f| format!("{f}\n")).collect::<String>());
}

#[test]
fn every_weakness_is_found_where_it_is() {
    let mut shown = BTreeSet::new();
    for (what, of, field, change) in CHANGES {
        let found = brings(change);
        let wanted = (*what, (*of).to_owned(), (*field).to_owned());
        assert!(found.contains(&wanted), "{wanted:?} is not among {found:?}");
        shown.insert(*what);
    }
    let unshown: Vec<_> = Weakness::ALL.iter().filter(|what| !shown.contains(what)).collect();
    assert!(unshown.is_empty(), "never shown: {unshown:?}");
}

/// One step on the good side of each threshold there is nothing to find.
#[test]
fn at_the_threshold_nothing_is_found() {
    let at: [(&str, Change); 12] = [
        ("equal to the firm's", |c, _| {
            c.firm.limits.gross_exposure_max = dec(100_000, 0);
            c.accounts[0].limits.gross_exposure_max = dec(100_000, 0);
        }),
        ("an order as large as all exposure", |c, _| {
            c.accounts[0].limits.order_notional_max = dec(100_000, 0);
        }),
        ("a position as large as all exposure", |c, _| {
            c.accounts[0].strategies[0].limits.position_notional_max = dec(60_000, 0);
        }),
        ("a lot", |c, _| btc(c).order_quantity_max = btc(c).position_quantity_max.map(|_| Decimal::ONE)),
        ("a tenth of the volume", |_, k| {
            k.instruments.get_mut("BTC").unwrap().daily_volume = dec(50, 0);
        }),
        ("the same loss in a day as in all", |c, _| {
            c.accounts[0].limits.daily_loss_percent_max = dec(20, 0);
        }),
        ("a loss of the start's equity is another", |c, _| {
            c.accounts[0].limits.drawdown_from = DrawdownFrom::Start;
            c.accounts[0].limits.daily_loss_percent_max = dec(30, 0);
        }),
        ("the collar a venue has", |c, _| {
            c.firm.limits.collar_bps = Some(2_000);
        }),
        ("a day's rate at once", |c, _| {
            let rate = MessageRate { messages: 1, interval_ms: 60_000, burst: 1_440, exit_reserve: 10 };
            c.firm.limits.message_rate = Some(rate);
        }),
        ("other currencies without a rate", |c, _| {
            let euro = Limits { order_notional_max: dec(150_000, 0), ..Limits::default() };
            c.firm.limits.order_notional_max = dec(100_000, 0);
            c.instrument_limits.insert("ETH".to_owned(), euro);
        }),
        ("every strategy has what its account lacks", |c, _| {
            c.accounts[0].limits.order_notional_max = None;
            for strategy in &mut c.accounts[0].strategies {
                strategy.limits.order_notional_max = dec(20_000, 0);
            }
        }),
        ("a hundred orders to close", |c, _| btc(c).position_quantity_max = dec(500, 0)),
    ];
    for (what, change) in at {
        let found = found(change);
        assert!(found.is_empty(), "{what}: {}", found.iter().map(|f| format!("{f}\n")).collect::<String>());
    }
}

#[test]
fn the_worst_comes_first_and_says_where_what_and_what_to_do() {
    let found = found(|c, _| {
        c.settings.reduced_fraction_min_percent = 100.into();
        c.accounts[0].limits.drawdown_percent_max = dec(100, 0);
        c.firm.limits.collar_passive_bps = Some(100);
    });
    let severities: Vec<_> = found.iter().map(Finding::severity).collect();
    assert_eq!(severities, [Severity::Error, Severity::Warning, Severity::Note]);
    assert_eq!(found[0].level, Some(Level::Account));
    assert_eq!(
        found[1].to_string(),
        "warning: the firm, collar_passive_bps: 100 bps on the passive side is tighter than collar_bps of 200: harmless \
         deep quotes are refused where dangerous ones pass; widen it"
    );
    assert_eq!(found[2].level, None);
    for finding in &found {
        assert!(finding.text.contains(';') || finding.text.contains(':'), "{finding}");
    }
}

#[test]
fn what_nobody_limits_is_named_once_for_each_account() {
    let mut config = Config::new("USD");
    config.assets.push(Asset::new("USD", 2));
    config.instruments.push(Instrument::new("BTC", "USD", 2, 3));
    config.firm.unlimited = Some("a test".to_owned());
    config.accounts.push(Account::new("main", "USD").unlimited("a test").strategy("s"));
    let missing = config.lint();
    assert_eq!(missing.len(), 6, "{missing:?}");
    assert!(missing.iter().all(|f| f.what == Weakness::Missing && f.of == "main"));
    for rule in [Rule::Rts6, Rule::Sec15c35] {
        let known = References { rule: Some(rule), ..References::default() };
        let required = config.lint_with(&known);
        let required: Vec<_> = required.iter().filter(|f| f.what == Weakness::Required).collect();
        assert_eq!(required.len(), rule.demands().len());
        assert!(required.iter().all(|f| f.severity() == Severity::Error && f.text.contains("(1)") || f.text.contains("Art.")));
    }
}
