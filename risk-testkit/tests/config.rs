//! What is wrong with a configuration is said with file, line and field, whatever it is.

use risk_core::{Config, ConfigError};

/// A configuration with one line of it replaced, or with a line put in place of a mark such as `#1`.
const TOML: &str = r#"
required_limits = ["order_notional_max"]
[settings]
permit_ttl_ms = 1000
#settings
[capacity]
accounts = 2
[firm]
currency = "USD"
[firm.limits]
order_notional_max = 1000
#firm
[[assets]]
code = "USD"
digits = 2
#asset
[[instruments]]
symbol = "BTC/USD"
quote = "USD"
price_scale = 2
price_increment = "0.01"
quantity_scale = 4
quantity_increment = "0.0001"
#instrument
[instrument_limits."BTC/USD"]
order_quantity_max = 5
#instrument-limits
[[accounts]]
name = "main"
currency = "USD"
unlimited = "the firm's hold"
#account
[accounts.instrument_limits."BTC/USD"]
order_quantity_max = 2
#own
[[accounts.strategies]]
name = "a"
[[accounts.strategies]]
name = "b"
#strategy
[accounts.strategies.limits]
order_quantity_max = 1
#strategy-limits
"#;

/// What to change, and the field that the message must name; its line is the one that was changed, unless said.
const WRONG: &[(&str, &str, &str)] = &[
    ("permit_ttl_ms = 1000", "permit_ttl_ms = 0", "settings.permit_ttl_ms"),
    ("#settings", "reduced_fraction_min_percent = 101", "settings.reduced_fraction_min_percent"),
    ("#settings", "reduced_fraction_min_percent = \"0.00001\"", "settings.reduced_fraction_min_percent"),
    ("accounts = 2", "accounts = 0", "capacity.accounts"),
    ("currency = \"USD\"\n[firm.limits]", "currency = \"GBP\"\n[firm.limits]", "firm.currency"),
    ("#firm", "leverage_max = -1", "firm.limits.leverage_max"),
    ("#firm", "collar_passive_bps = 1000001", "firm.limits.collar_passive_bps"),
    ("digits = 2", "digits = 9", "assets[0].digits"),
    ("#asset", "[[assets]]\ndigits = 2\ncode = \"USD\"", "assets[1].code"),
    ("price_increment = \"0.01\"", "price_increment = \"0.001\"", "instruments[0].price_increment"),
    ("quote = \"USD\"", "quote = \"EUR\"", "instruments[0].quote"),
    ("#instrument-limits", "order_age_ms_max = 1", "instrument_limits.\"BTC/USD\".order_age_ms_max"),
    ("#instrument-limits", "[instrument_limits.NONE]", "instrument_limits.NONE"),
    ("#account", "limits.collar_bps = 7", "accounts[0].limits.collar_bps"),
    ("#account", "may_trade = [\"NONE\"]", "accounts[0].may_trade"),
    (
        "#own",
        "message_rate = { messages = 1, interval_ms = 1, burst = 1 }",
        "accounts[0].instrument_limits.\"BTC/USD\".message_rate",
    ),
    ("#own", "[accounts.instrument_limits.NONE]", "accounts[0].instrument_limits.NONE"),
    ("name = \"b\"", "name = \"a\"", "accounts[0].strategies[1].name"),
    ("#strategy", "capital = -1", "accounts[0].strategies[1].capital"),
    ("#strategy-limits", "leverage_max = 1", "accounts[0].strategies[1].limits.leverage_max"),
    ("name = \"main\"", "name = \"\"", "accounts[0].name"),
    // Said of what is not there: the line of what it is missing in.
    ("unlimited = \"the firm's hold\"", "", "accounts[0].limits"),
    ("[\"order_notional_max\"]", "[\"no_limit\"]", "required_limits[0]"),
    ("[\"order_notional_max\"]", "[\"drawdown_percent_max\"]", "accounts[0].limits.drawdown_percent_max"),
];

/// The line, from 1, of the part of a text that begins at a byte.
fn line(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn located(problem: &ConfigError) -> (Option<usize>, &str) {
    match problem {
        ConfigError::At { line, field, origin, .. } => {
            assert_eq!(origin, "limits");
            let text = problem.to_string();
            let start =
                line.map_or_else(|| format!("limits: {field}: "), |line| format!("limits:{line}: {field}: "));
            assert!(text.starts_with(&start), "{text}");
            (*line, field)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn toml_is_refused_with_file_line_and_field() {
    assert!(Config::from_toml(TOML, "limits").is_ok());
    for (from, to, field) in WRONG {
        let text = TOML.replacen(from, to, 1);
        let problem = Config::from_toml(&text, "limits").unwrap_err();
        let (found, named) = located(&problem);
        assert_eq!(named, *field, "{problem}");
        // The line on which the last step of the field stands.
        let last = field.rsplit(['.', ']']).find(|step| !step.is_empty()).unwrap();
        let changed = TOML.find(from).unwrap();
        let expected = match *field {
            "accounts[0].limits" | "accounts[0].limits.drawdown_percent_max" => {
                text.find("[[accounts]]").unwrap()
            }
            "required_limits[0]" => text.find("required_limits").unwrap(),
            _ => changed + text[changed..].find(last).unwrap(),
        };
        assert_eq!(found, Some(line(&text, expected)), "{problem}");
    }
}

#[test]
fn json_is_refused_with_file_line_and_field() {
    let value: toml::Value = toml::from_str(TOML).unwrap();
    let json = serde_json::to_string_pretty(&value).unwrap();
    assert!(Config::from_json(&json, "limits").is_ok());
    for (from, to, field) in WRONG {
        let value: toml::Value = toml::from_str(&TOML.replacen(from, to, 1)).unwrap();
        let text = serde_json::to_string_pretty(&value).unwrap();
        let problem = Config::from_json(&text, "limits").unwrap_err();
        let (found, named) = located(&problem);
        assert_eq!(named, *field, "{problem}");
        let last = field.rsplit(['.', '"']).find(|step| !step.is_empty()).unwrap();
        let on_line = text.lines().nth(found.unwrap() - 1).unwrap();
        let of_entry = field.ends_with(']') || field.starts_with("accounts[0].limits");
        assert!(of_entry || on_line.contains(&format!("\"{last}\":")), "{problem}\n{on_line}");
    }
}

/// What the parsers refuse has a line, too, and in JSON, which shows no text, the field.
#[test]
fn what_is_no_configuration_has_a_line() {
    let message = |text: &str| Config::from_json(text, "limits").unwrap_err().to_string();
    let text = "{\n \"firm\": {\"currency\": \"USD\", \"limits\": {\n  \"collar_bps\": \"many\" } },\n \"assets\": []}";
    let wrong = message(text);
    assert!(wrong.starts_with("limits: firm.limits.collar_bps: ") && wrong.contains("line 3"), "{wrong}");
    let unknown = message(&text.replace("collar_bps", "colar_bps"));
    assert!(unknown.starts_with("limits: firm.limits: ") && unknown.contains("`colar_bps`"), "{unknown}");
    let cut = message("{\n \"firm\": {");
    assert!(cut.starts_with("limits: EOF") && cut.contains("line 2"), "{cut}");

    let wrong =
        Config::from_toml("[firm]\ncurrency = \"USD\"\nlimits.colar_bps = 1\n", "limits").unwrap_err();
    assert!(wrong.to_string().contains("line 3") && wrong.to_string().contains("colar_bps"), "{wrong}");
}

/// Made in code there is no text, and the problem is said as it is.
#[test]
fn without_a_text_there_is_no_line() {
    let mut config = Config::from_toml(TOML, "limits").unwrap();
    config.settings.permit_ttl_ms = 0;
    assert!(matches!(config.check(), Err(ConfigError::Setting { field: "settings.permit_ttl_ms", .. })));
}
