//! Is every limit felt? The half hour again and again, each time without one of the limits.

use std::error::Error;
use std::panic::resume_unwind;
use std::thread;

use comfy_table::CellAlignment;
use risk_core::{Config, GATES, Journal, JournalError, Record};
use risk_examples::look::{self, count};
use serde_json::Value;

use crate::flow::Event;
use crate::run::Run;
use crate::tally::Tally;

type Failed = Box<dyn Error + Send + Sync>;

/// Remembers nothing: these runs are compared, not replayed.
struct Forget(u64);

impl Journal for Forget {
    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        self.0 = record.seq;
        Ok(())
    }

    fn sync_to(&mut self, _: u64) -> Result<(), JournalError> {
        Ok(())
    }

    fn durable_seq(&self) -> u64 {
        self.0
    }

    fn is_short(&self) -> bool {
        false
    }
}

/// One limit: where it stands in the configuration, and how to say that.
struct Place {
    table: String,
    field: String,
    name: String,
}

/// Prints what each limit changes; fails when one changes nothing.
pub(crate) fn show(config: &Config, events: &[Event], whole: &Tally) -> Result<(), Failed> {
    let written = serde_json::to_value(config)?;
    let places = places(&written);
    let bar = look::progress(places.len() * events.len(), "events, without each limit in turn");
    let run = |place: &Place| {
        let run = Run::new(&without(&written, place)?, events, Forget(0), |_| bar.inc(1))?;
        Ok::<Tally, Failed>(run.tally)
    };
    let tallies = on_all_cores(&places, run)?;
    bar.finish_and_clear();

    let mut table = look::table(&["without", "approved", "reduced", "refused", "by reason"]);
    if let Some(reasons) = table.column_mut(4) {
        reasons.set_cell_alignment(CellAlignment::Left);
    }
    let mut idle = Vec::new();
    for (place, tally) in places.into_iter().zip(&tallies) {
        let changes = changes(whole, tally);
        if changes.is_empty() {
            idle.push(place.name.clone());
        }
        let answers = tally.answers;
        table.add_row([
            place.name,
            count(answers.approved),
            count(answers.reduced),
            count(answers.rejected + answers.stopped),
            changes.join("\n"),
        ]);
    }
    println!("{table}");
    if idle.is_empty() { Ok(()) } else { Err(format!("no order feels {}", idle.join(", ")).into()) }
}

/// Does the same with every item, each core with its share of them; results in the order of the items.
fn on_all_cores<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, Failed> + Sync,
) -> Result<Vec<R>, Failed> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let work = &work;
    thread::scope(|scope| {
        let shares = items.chunks(items.len().div_ceil(cores).max(1));
        let at_work: Vec<_> =
            shares.map(|share| scope.spawn(move || share.iter().map(work).collect::<Vec<_>>())).collect();
        let done = at_work.into_iter().flat_map(|share| share.join().unwrap_or_else(|e| resume_unwind(e)));
        done.collect()
    })
}

/// Every limit that is set, in the order of the file.
fn places(config: &Value) -> Vec<Place> {
    let mut tables = vec![("/firm/limits".to_owned(), "firm".to_owned())];
    for (index, account) in array(config, "accounts").iter().enumerate() {
        let name = account["name"].as_str().unwrap_or_default().to_owned();
        tables.push((format!("/accounts/{index}/limits"), name.clone()));
        for (inner, strategy) in array(account, "strategies").iter().enumerate() {
            let strategy = strategy["name"].as_str().unwrap_or_default();
            let table = format!("/accounts/{index}/strategies/{inner}/limits");
            tables.push((table, format!("{name}/{strategy}")));
        }
    }
    let mut places = Vec::new();
    for (table, of) in tables {
        let fields = config.pointer(&table).and_then(Value::as_object).into_iter().flatten();
        for (field, value) in fields {
            if is_limit(field) && !value.is_null() {
                let (table, field) = (table.clone(), field.clone());
                places.push(Place { name: format!("{of}: {field}"), table, field });
            }
        }
    }
    for (index, instrument) in array(config, "instruments").iter().enumerate() {
        let symbol = instrument["symbol"].as_str().unwrap_or_default();
        for field in ["notional_min", "quantity_min", "quantity_max"] {
            if !instrument[field].is_null() {
                let (table, field) = (format!("/instruments/{index}"), field.to_owned());
                places.push(Place { name: format!("{symbol}: {field}"), table, field });
            }
        }
    }
    places
}

/// Whether a gate reads it: a table of limits also says how they are meant.
fn is_limit(field: &str) -> bool {
    GATES.iter().any(|gate| gate.limits().any(|limit| limit == field))
}

fn array<'a>(of: &'a Value, field: &str) -> &'a [Value] {
    of[field].as_array().map_or(&[], Vec::as_slice)
}

/// The configuration without one limit. Its owner may then have none at all.
fn without(config: &Value, place: &Place) -> Result<Config, Failed> {
    let mut config = config.clone();
    if let Some(table) = config.pointer_mut(&place.table).and_then(Value::as_object_mut) {
        table.remove(&place.field);
    }
    let owner = place.table.strip_suffix("/limits").filter(|owner| !owner.contains("/strategies/"));
    if let Some(owner) = owner.and_then(|owner| config.pointer_mut(owner)).and_then(Value::as_object_mut) {
        let limits = owner["limits"].as_object();
        let is_set = |(key, value): (&String, &Value)| is_limit(key) && !value.is_null();
        if !limits.is_some_and(|limits| limits.iter().any(is_set)) {
            owner.insert("unlimited".to_owned(), "its only limit is taken away".into());
        }
    }
    Ok(Config::from_json(&config.to_string(), "the limits without one")?)
}

/// Lines of the table of decisions that differ, as `REASON +3`.
fn changes(whole: &Tally, without: &Tally) -> Vec<String> {
    let mut changes = Vec::new();
    for (kind, before, after) in
        [("reduced by ", &whole.reduced, &without.reduced), ("", &whole.refused, &without.refused)]
    {
        let mut reasons: Vec<_> = before.keys().chain(after.keys()).copied().collect();
        reasons.sort_unstable();
        reasons.dedup();
        for reason in reasons {
            let [before, after] = [before, after].map(|counts| counts.get(reason).copied().unwrap_or(0));
            if after != before {
                let sign = if after > before { '+' } else { '-' };
                changes.push(format!("{kind}{reason} {sign}{}", count(after.abs_diff(before))));
            }
        }
    }
    changes
}
