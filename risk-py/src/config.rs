//! Configuration from Python's mappings: written as JSON, read by the one reader that checks it.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use risk_core::Config;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{self, invalid};
use crate::number;

/// How deep mappings may be nested.
const DEPTH_MAX: usize = 16;

/// A Python value as JSON. Numbers become text, which keeps them exact.
fn value(of: &Bound<'_, PyAny>, field: &str, depth: usize) -> PyResult<Value> {
    if depth > DEPTH_MAX {
        return Err(invalid(field, of, "is nested too deeply"));
    }
    if of.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(flag) = of.cast_exact::<PyBool>() {
        return Ok(Value::Bool(flag.is_true()));
    }
    if let Ok(text) = of.cast::<PyString>() {
        return Ok(Value::String(text.to_str()?.to_owned()));
    }
    if let Ok(whole) = of.cast_exact::<PyInt>() {
        return whole.extract::<i64>().map(Value::from).map_err(|_| invalid(field, of, "is too large"));
    }
    if let Ok(map) = of.cast::<PyDict>() {
        return object(map.iter(), field, depth);
    }
    if of.is_instance_of::<PyList>() || of.is_instance_of::<PyTuple>() {
        let parts = of.try_iter()?.enumerate();
        return parts.map(|(at, part)| value(&part?, &format!("{field}[{at}]"), depth + 1)).collect();
    }
    if !of.is_instance_of::<PyFloat>()
        && let Ok(map) = of.cast::<PyMapping>()
    {
        let items = map.items()?;
        let pairs: Vec<_> = items.iter().map(|item| item.extract()).collect::<PyResult<_>>()?;
        return object(pairs.into_iter(), field, depth);
    }
    number::decimal(of, field).map(|number| Value::String(number.to_string()))
}

fn object<'py>(
    pairs: impl Iterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    field: &str,
    depth: usize,
) -> PyResult<Value> {
    let mut map = Map::new();
    for (key, part) in pairs {
        let Ok(name) = key.cast::<PyString>() else {
            return Err(invalid(field, &key, "is a key that is no text"));
        };
        let name = name.to_str()?;
        let inside = if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
        map.insert(name.to_owned(), value(&part, &inside, depth + 1)?);
    }
    Ok(Value::Object(map))
}

/// Reads something of the configuration from a mapping. `kind` names it in messages.
pub(crate) fn read<T: DeserializeOwned>(mapping: &Bound<'_, PyAny>, kind: &str) -> PyResult<T> {
    let text = value(mapping, kind, 0)?.to_string();
    serde_json::from_str(&text)
        .map_err(|problem| error::plain(mapping.py(), "ConfigError", &format!("{kind}: {}", short(&problem))))
}

/// Without the place in a text that nobody wrote.
fn short(problem: &serde_json::Error) -> String {
    let text = problem.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(before, _)| before.to_owned())
}

/// A whole configuration from a mapping.
pub(crate) fn whole(mapping: &Bound<'_, PyAny>) -> PyResult<Config> {
    let text = value(mapping, "", 0)?.to_string();
    Config::from_json(&text, "the configuration").map_err(|problem| error::config(mapping.py(), &problem))
}

/// A whole configuration from a text.
pub(crate) fn text(py: Python<'_>, text: &str, format: &str, origin: &str) -> PyResult<Config> {
    let config = match format {
        "toml" => Config::from_toml(text, origin),
        "json" => Config::from_json(text, origin),
        other => {
            let message = format!("{origin}: {other:?} is neither \"toml\" nor \"json\"");
            return Err(error::plain(py, "ConfigError", &message));
        }
    };
    config.map_err(|problem| error::config(py, &problem))
}
