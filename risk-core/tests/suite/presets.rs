//! Presets: each is a valid configuration without findings, and names the source of every limit it sets.

use risk_core::lint::References;
use risk_core::presets::{Preset, prop_firm, rts6, sec_15c3_5, small_crypto};
use risk_core::{Account, Asset, Config, GATES, Instrument, Limits};
use rust_decimal::Decimal;

fn presets() -> Vec<(Preset, u32)> {
    vec![
        (rts6(1_000_000.into(), 500.into()), 1_000_000),
        (sec_15c3_5(5_000_000.into(), 500_000.into()), 500_000),
        (small_crypto(10_000.into()), 10_000),
        (prop_firm(100_000.into()), 100_000),
    ]
}

fn config() -> Config {
    let mut config = Config::new("USD");
    config.assets.push(Asset::new("USD", 2));
    config.instruments = ["BTC", "ETH", "SOL"].map(|symbol| Instrument::new(symbol, "USD", 2, 4)).into();
    config.accounts.push(Account::new("main", "USD").strategy("s"));
    config
}

/// Names of the limits that are set.
fn set(limits: &Limits) -> Vec<&'static str> {
    let all = GATES.iter().flat_map(|gate| gate.limits());
    let text = toml::Table::try_from(limits).unwrap();
    all.filter(|name| text.contains_key(*name)).collect()
}

#[test]
fn each_is_valid_and_has_no_findings() {
    for (preset, equity) in presets() {
        let mut config = config();
        preset.apply(&mut config);
        config.check().unwrap_or_else(|e| panic!("{}: {e}", preset.name));
        let mut known = References { rule: preset.rule, ..References::default() };
        known.equity.insert("main".to_owned(), equity.into());
        for instrument in &config.instruments {
            known.instruments.entry(instrument.symbol.clone()).or_default().price = Some(50_000.into());
        }
        let found = config.lint_with(&known);
        assert!(found.is_empty(), "{}: {found:#?}", preset.name);
    }
}

#[test]
fn each_limit_has_a_source_and_each_source_a_limit() {
    for (preset, _) in presets() {
        let limits = set(&preset.firm).into_iter().chain(set(&preset.account));
        let limits: std::collections::BTreeSet<_> = limits.collect();
        let sources =
            preset.sources.iter().map(|(field, _)| *field).filter(|field| *field != "drawdown_from");
        assert_eq!(limits, sources.collect(), "{}", preset.name);
    }
}

#[test]
fn what_is_set_stays() {
    let mut config = config();
    config.firm.limits.collar_bps = Some(50);
    config.accounts[0].limits.drawdown_percent_max = Some(20.into());
    config.required_limits.push("collar_bps".to_owned());
    prop_firm(100_000.into()).apply(&mut config);
    assert_eq!(config.firm.limits.collar_bps, Some(50));
    assert_eq!(config.accounts[0].limits.drawdown_percent_max, Some(20.into()));
    // What a fall is measured from belongs to its limit.
    assert_eq!(config.accounts[0].limits.drawdown_from, Default::default());
    assert_eq!(config.accounts[0].limits.leverage_max, Some(10.into()));
    let once = config.clone();
    prop_firm(100_000.into()).apply(&mut config);
    assert_eq!(config, once);
}

#[test]
fn amounts_are_cut_to_cents_never_raised() {
    let preset = small_crypto(Decimal::new(333, 1));
    assert_eq!(preset.firm.position_notional_max, Some(Decimal::new(999, 2)));
    assert_eq!(preset.account.order_notional_max, Some(Decimal::new(333, 2)));
    assert_eq!(small_crypto(Decimal::new(1_999, 3)).account.order_notional_max, Some(Decimal::new(19, 2)));
    // An amount beyond all numbers sets no limit; then the configuration is refused for the limits it requires.
    let mut config = config();
    small_crypto(Decimal::MAX).apply(&mut config);
    assert!(config.check().is_err());
}
