//! The schema of the configuration: every file that is shipped fits it, and what does not fit is no configuration.

use std::path::{Path, PathBuf};

use risk_core::Config;
use serde_json::{Map, Value, json};

/// Why a value does not fit a schema: the part of JSON Schema that is in use, and nothing is skipped silently.
fn misfit(root: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    let Value::Object(schema) = schema else { return None };
    schema.iter().find_map(|(word, rule)| match word.as_str() {
        "$schema" | "title" | "description" | "default" | "$defs" | "format" => None,
        "$ref" => {
            let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
            misfit(root, &root["$defs"][name], value, at)
        }
        "type" => {
            let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
            (!types.iter().any(|wanted| is(value, wanted.as_str().unwrap())))
                .then(|| format!("{at}: {value} is not {rule}"))
        }
        "properties" => rule.as_object().unwrap().iter().find_map(|(name, rule)| {
            let value = value.get(name)?;
            misfit(root, rule, value, &format!("{at}.{name}"))
        }),
        "additionalProperties" => {
            let named = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
            let others =
                value.as_object().into_iter().flatten().filter(|(name, _)| !named.contains_key(*name));
            let mut others = others.map(|(name, value)| (format!("{at}.{name}"), value));
            match rule {
                Value::Bool(false) => others.next().map(|(at, _)| format!("{at} is not known")),
                rule => others.find_map(|(at, value)| misfit(root, rule, value, &at)),
            }
        }
        "required" => rule.as_array().unwrap().iter().find_map(|name| {
            value.get(name.as_str().unwrap()).is_none().then(|| format!("{at} has no {name}"))
        }),
        "items" => value.as_array()?.iter().find_map(|item| misfit(root, rule, item, at)),
        "anyOf" | "oneOf" => {
            let fits = rule.as_array().unwrap().iter().any(|one| misfit(root, one, value, at).is_none());
            (!fits).then(|| format!("{at}: {value} is none of {rule}"))
        }
        "enum" => {
            (!rule.as_array().unwrap().contains(value)).then(|| format!("{at}: {value} is not in {rule}"))
        }
        "const" => (rule != value).then(|| format!("{at}: {value} is not {rule}")),
        "minimum" => {
            value.as_f64().filter(|v| *v < rule.as_f64().unwrap()).map(|v| format!("{at}: {v} is too small"))
        }
        // There are two patterns: of a time of day, and of a decimal.
        "pattern" if rule.as_str().unwrap().contains(':') => {
            value.as_str().and_then(|v| v.parse::<risk_core::LocalTime>().err()).map(|e| format!("{at}: {e}"))
        }
        "pattern" => {
            value.as_str().and_then(|v| risk_core::parse_decimal(v).err()).map(|e| format!("{at}: {e}"))
        }
        other => panic!("{other} is not understood"),
    })
}

fn is(value: &Value, wanted: &str) -> bool {
    match wanted {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

fn schema() -> Value {
    serde_json::from_str(&risk_core::schema::config()).unwrap()
}

fn judged(value: &Value) -> Option<String> {
    let schema = schema();
    misfit(&schema, &schema, value, "")
}

/// Every configuration file of the repository.
fn shipped() -> Vec<PathBuf> {
    fn visit(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                visit(&entry, files);
            } else if entry.extension().is_some_and(|e| e == "toml")
                && entry.file_name().unwrap() != "Cargo.toml"
            {
                files.push(entry);
            }
        }
    }
    let mut files = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"), &mut files);
    files.sort();
    files
}

#[test]
fn every_file_that_is_shipped_fits() {
    let files = shipped();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(&file).unwrap();
        let config = Config::from_toml(&text, &name).unwrap();
        let value: toml::Value = toml::from_str(&text).unwrap();
        assert_eq!(judged(&serde_json::to_value(value).unwrap()), None, "{name}");
        // Written by the library it fits as well, and comes back the same.
        let written = serde_json::to_value(&config).unwrap();
        assert_eq!(judged(&written), None, "{name}");
        assert_eq!(Config::from_json(&written.to_string(), &name).unwrap(), config);
    }
}

fn least() -> Map<String, Value> {
    let Value::Object(least) = json!({
        "firm": { "currency": "USD", "limits": { "gross_exposure_max": "1e3", "collar_bps": 50 } },
        "assets": [{ "code": "USD", "digits": 2 }],
    }) else {
        unreachable!("an object");
    };
    least
}

#[test]
fn what_does_not_fit_is_no_configuration_either() {
    assert_eq!(judged(&least().into()), None);
    assert!(Config::from_json(&Value::from(least()).to_string(), "least").is_ok());
    let wrong = [
        ("/firm/limits", "gross_exposure", json!(1)),
        ("/firm/limits", "gross_exposure_max", json!("much")),
        ("/firm/limits", "gross_exposure_max", json!(true)),
        ("/firm/limits", "collar_bps", json!(-1)),
        ("/firm/limits", "collar_bps", json!(1.5)),
        ("/firm/limits", "drawdown_from", json!("top")),
        ("/firm", "currency", Value::Null),
        ("", "accounts", json!([{ "name": "main" }])),
        ("", "settings", json!({ "permit_ttl": 1 })),
        ("", "day_roll", json!({ "at": "24:00", "zone": "UTC" })),
    ];
    for (path, field, value) in wrong {
        let mut config = Value::from(least());
        config.pointer_mut(path).unwrap().as_object_mut().unwrap().insert(field.to_owned(), value);
        let found = judged(&config).unwrap_or_else(|| panic!("{config} fits"));
        assert!(found.contains(field), "{field}: {found}");
        assert!(Config::from_json(&config.to_string(), "wrong").is_err(), "{config}");
    }
}

#[test]
fn the_committed_schema_is_that_of_the_code() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/config.schema.json");
    let committed = std::fs::read_to_string(file).unwrap();
    assert!(committed == risk_core::schema::config(), "write it with `cargo xtask docs`");
}
