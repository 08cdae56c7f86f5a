//! From a place in a configuration to the line of its text, and back.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use toml::de::DeTable;

use crate::place::{Place, Step};

/// The line, from 1, of the deepest step of a place that stands in TOML. Nothing where not even the first does.
pub(crate) fn line_in_toml(text: &str, place: &Place) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let mut table = Some(document.get_ref());
    let mut list = None;
    let mut start = None;
    for step in &place.0 {
        let (from, value) = match step {
            Step::Field(name) => match table.and_then(|table| table.get_key_value(name.as_str())) {
                Some((key, value)) => (key.span().start, value),
                None => break,
            },
            Step::Entry(entry) => match list.and_then(|list: &toml::de::DeArray<'_>| list.get(*entry)) {
                Some(value) => (value.span().start, value),
                None => break,
            },
        };
        start = Some(from);
        (table, list) = (value.get_ref().as_table(), value.get_ref().as_array());
    }
    start.map(|start| line_at(text, start))
}

/// The same in JSON.
pub(crate) fn line_in_json(text: &str, place: &Place) -> Option<usize> {
    let mut value = text;
    let mut start = None;
    for step in &place.0 {
        let inner = match step {
            Step::Field(name) => fields(value).and_then(|fields| fields.get(name.as_str()).copied()),
            Step::Entry(entry) => entries(value).and_then(|entries| entries.get(*entry).copied()),
        };
        let Some(inner) = inner else { break };
        value = inner.get();
        start = offset(text, value);
    }
    start.map(|start| line_at(text, start))
}

/// The deepest value of a JSON text that a line and column, from 1, lie in. Nothing deeper than the top where the text
/// is no JSON at all.
pub(crate) fn place_in_json(text: &str, line: usize, column: usize) -> Place {
    let mut place = Place::default();
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let wanted = before.saturating_add(column).saturating_sub(1);
    let is_in = |raw: &RawValue| {
        let start = offset(text, raw.get());
        start.is_some_and(|start| (start..start.saturating_add(raw.get().len())).contains(&wanted))
    };
    let mut value = text;
    loop {
        let step: Option<(Step, &RawValue)> = match (fields(value), entries(value)) {
            (Some(fields), _) => {
                fields.into_iter().find(|(_, raw)| is_in(raw)).map(|(name, raw)| (Step::Field(name), raw))
            }
            (None, Some(entries)) => entries
                .into_iter()
                .enumerate()
                .find(|(_, raw)| is_in(raw))
                .map(|(n, raw)| (Step::Entry(n), raw)),
            (None, None) => None,
        };
        let Some((step, raw)) = step else { return place };
        place.0.push(step);
        value = raw.get();
    }
}

fn fields(object: &str) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(object).ok()
}

fn entries(array: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(array).ok()
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> Option<usize> {
    part.as_ptr().addr().checked_sub(text.as_ptr().addr()).filter(|offset| *offset <= text.len())
}

fn line_at(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.bytes().filter(|byte| *byte == b'\n').count().saturating_add(1)
}
