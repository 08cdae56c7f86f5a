//! The JSON Schema of the configuration (feature `schema`): for editors, and for pipelines that check a file before it
//! is shipped.
//!
//! It says which fields there are and of what kind. What depends on several fields, on ranges or on names is checked by
//! [`crate::Config::check`]. The committed copy is `docs/config.schema.json`.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::config::Config;
use crate::day::LocalTime;

/// A decimal number as a configuration has it: a number, or the same as text where a format has no exact decimals.
pub(crate) struct Number;

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "pattern": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$",
        })
    }
}

impl JsonSchema for LocalTime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "LocalTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$" })
    }
}

/// The schema of a [`Config`], draft 2020-12, indented, with a line end.
pub fn config() -> String {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(plain));
    let mut schema = settings.into_generator().into_root_schema_for::<Config>();
    schema.insert("title".to_owned(), "Configuration of the risk guard".into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// What is written for readers of the code does not belong in a schema: examples, links, whole tables as defaults (each
/// field has its own).
fn plain(schema: &mut Schema) {
    if let Some(text) = schema.get("description").and_then(|text| text.as_str()) {
        let first = text.split("\n\n").next().unwrap_or_default();
        let text = first.replace('\n', " ").replace("[`", "`").replace("`]", "`").replace("crate::", "");
        schema.insert("description".to_owned(), text.into());
    }
    if schema.get("default").is_some_and(|default| default.is_null() || default.is_object()) {
        schema.remove("default");
    }
}
