//! A record as one line: what a table and a CSV file have in common, and which records are asked for.

use std::io;

use clap::Args;
use clap::builder::PossibleValuesParser;
use risk_core::{
    Config, Event, Input, InstrumentHandle, Kind, Order, OrderRef, Outcome, Reason, Record, Scope,
};
use serde::Serialize;

/// The kinds of records, as [`Event`] names them.
const KINDS: [&str; 19] = [
    "evaluated",
    "modified",
    "list_evaluated",
    "list_redeemed",
    "list_released",
    "redeemed",
    "released",
    "abandoned",
    "cancelled",
    "ingested",
    "halted",
    "resumed",
    "ticked",
    "tripped",
    "set_aside",
    "headroom_durable",
    "registered",
    "recovered",
    "room",
];

/// Which records.
#[derive(Args)]
pub(crate) struct Filter {
    /// From this record on.
    #[arg(long, value_name = "SEQ", default_value_t = 1)]
    pub(crate) from: u64,
    /// Up to this record.
    #[arg(long, value_name = "SEQ")]
    pub(crate) to: Option<u64>,
    /// The last so many.
    #[arg(long, value_name = "N", conflicts_with = "from")]
    pub(crate) last: Option<u64>,
    /// Only of this kind.
    #[arg(long, ignore_case = true, value_parser = PossibleValuesParser::new(KINDS))]
    kind: Option<String>,
    /// Only orders with this verdict.
    #[arg(long, ignore_case = true, value_parser = ["approved", "reduced", "rejected", "emergency_stop"])]
    verdict: Option<String>,
    /// Only with this reason, such as PRICE_COLLAR.
    #[arg(long, value_name = "CODE", value_parser = reason)]
    reason: Option<String>,
    /// Only of this instrument.
    #[arg(long, value_name = "SYMBOL")]
    instrument: Option<String>,
    /// Only of this account.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Only with this client order id.
    #[arg(long)]
    id: Option<String>,
}

/// A reason's code in any case; of one that is none, those that look like it are named.
fn reason(text: &str) -> Result<String, String> {
    let codes = || Reason::ALL.iter().map(|reason| reason.code());
    // What became of an input has a name too, and no code.
    if codes().any(|code| code.eq_ignore_ascii_case(text))
        || text.bytes().any(|byte| byte.is_ascii_lowercase())
    {
        return Ok(text.to_owned());
    }
    let like = codes().filter(|code| text.split('_').any(|word| word.len() > 3 && code.contains(word)));
    let like = like.collect::<Vec<_>>().join(", ");
    Err(if like.is_empty() { "no reason has this code".to_owned() } else { format!("there are {like}") })
}

impl Filter {
    pub(crate) fn takes(&self, row: &Row) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
        };
        self.to.is_none_or(|to| row.seq <= to)
            && is(&self.kind, &row.kind)
            && is(&self.verdict, &row.verdict)
            && is(&self.reason, &row.reason)
            && is(&self.instrument, &row.instrument)
            && is(&self.account, &row.account)
            && is(&self.id, &row.id)
    }
}

/// A record as a line. What does not apply is empty.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Row {
    pub(crate) seq: u64,
    /// Nanoseconds since the Unix epoch.
    pub(crate) at_ns: Option<i64>,
    pub(crate) kind: String,
    pub(crate) account: String,
    pub(crate) instrument: String,
    pub(crate) id: String,
    pub(crate) side: String,
    pub(crate) quantity: String,
    pub(crate) verdict: String,
    pub(crate) reason: String,
    pub(crate) gate: String,
    pub(crate) level: String,
    pub(crate) measured: String,
    pub(crate) limit: String,
    pub(crate) by: String,
    pub(crate) text: String,
}

impl Row {
    /// Its texts by the names of their columns, in their order.
    pub(crate) fn texts(&self) -> [(&'static str, &str); 14] {
        [
            ("kind", &self.kind),
            ("account", &self.account),
            ("instrument", &self.instrument),
            ("id", &self.id),
            ("side", &self.side),
            ("quantity", &self.quantity),
            ("verdict", &self.verdict),
            ("reason", &self.reason),
            ("gate", &self.gate),
            ("level", &self.level),
            ("measured", &self.measured),
            ("limit", &self.limit),
            ("by", &self.by),
            ("text", &self.text),
        ]
    }

    fn answered(&mut self, outcome: &Outcome) {
        self.verdict = outcome.verdict.name().to_owned();
        self.reason = outcome.reason.map_or_else(String::new, |reason| reason.code().to_owned());
        self.gate = outcome.gate.map_or_else(String::new, |gate| word(&gate));
        self.level = outcome.level.map_or_else(String::new, |level| level.name().to_owned());
        if let Some((measured, limit)) = outcome.measured {
            (self.measured, self.limit) = (measured.to_string(), limit.to_string());
        }
    }
}

/// Names of what was configured and registered, by ordinal.
pub(crate) struct Names {
    accounts: Vec<String>,
    instruments: Vec<String>,
}

impl Names {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            accounts: config.accounts.iter().map(|account| account.name.clone()).collect(),
            instruments: config.instruments.iter().map(|instrument| instrument.symbol.clone()).collect(),
        }
    }

    fn instrument(&self, handle: InstrumentHandle) -> String {
        if handle == InstrumentHandle::default() {
            return String::new();
        }
        let place = usize::try_from(handle.ordinal()).unwrap_or(usize::MAX);
        self.instruments.get(place).cloned().unwrap_or_else(|| format!("#{place}"))
    }

    fn account(&self, handle: risk_core::AccountHandle) -> String {
        if handle == risk_core::AccountHandle::default() {
            return String::new();
        }
        let place = usize::try_from(handle.ordinal()).unwrap_or(usize::MAX);
        self.accounts.get(place).cloned().unwrap_or_else(|| format!("#{place}"))
    }

    /// The record as a line. What it registers is known from then on.
    pub(crate) fn row(&mut self, record: &Record) -> Row {
        let mut row = Row {
            seq: record.seq,
            at_ns: record.at.map(risk_core::Timestamp::nanos),
            kind: word(&record.event),
            ..Row::default()
        };
        match &record.event {
            Event::Evaluated { order, outcome } => {
                self.order(&mut row, order);
                row.answered(outcome);
            }
            Event::Modified { order, change, outcome } => {
                self.order_ref(&mut row, order);
                row.quantity = change.quantity.map_or_else(String::new, |quantity| quantity.to_string());
                row.answered(outcome);
                row.text = change.id.map_or_else(String::new, |id| format!("as {id}"));
            }
            Event::ListEvaluated { orders, outcome } => {
                if let Some(first) = orders.first() {
                    self.order(&mut row, first);
                }
                row.answered(&outcome.leading);
                row.text = format!("{} orders, {} refused", orders.len(), outcome.refused);
            }
            Event::ListRedeemed { refused, .. } | Event::ListReleased { refused, .. } => {
                row.reason = refused.map_or_else(String::new, |reason| reason.code().to_owned());
            }
            Event::Tripped(trip) => {
                self.scope(&mut row, trip.scope);
                row.text = format!("{} to {}: {}", word(&trip.scope), word(&trip.state), word(&trip.cause));
            }
            Event::Room { short } => {
                row.text = if *short { "little is left" } else { "there is enough" }.to_owned();
            }
            Event::Redeemed { refused, .. } | Event::Released { refused, .. } => {
                row.reason = refused.map_or_else(String::new, |reason| reason.code().to_owned());
            }
            Event::Cancelled { order, .. } => self.order_ref(&mut row, order),
            Event::Ingested { input, effect } => {
                self.input(&mut row, input);
                if let Some(anomaly) = effect.anomaly {
                    row.reason = word(&anomaly);
                }
            }
            Event::Halted { scope, state, reason, by } => {
                self.scope(&mut row, *scope);
                row.text = format!("{} to {}: {reason}", word(scope), word(state));
                row.by = by.to_string();
            }
            Event::Resumed { scope, to, reason, by, done, .. } => {
                self.scope(&mut row, *scope);
                let refused = if *done { "" } else { " (refused)" };
                row.text = format!("{} to {}{refused}: {reason}", word(scope), word(to));
                row.by = by.to_string();
            }
            Event::Registered(registration) => match registration.as_ref() {
                risk_core::Registration::Instrument(both) => {
                    row.instrument.clone_from(&both.0.symbol);
                    self.instruments.push(both.0.symbol.clone());
                }
                risk_core::Registration::Account(account) => {
                    row.account.clone_from(&account.name);
                    self.accounts.push(account.name.clone());
                }
                other => row.text = word(other),
            },
            Event::Recovered { release } => {
                row.text =
                    if *release { "unused permits released" } else { "unused permits held" }.to_owned();
            }
            _ => {}
        }
        row
    }

    fn scope(&self, row: &mut Row, scope: Scope) {
        match scope {
            Scope::Account(account) => row.account = self.account(account),
            Scope::Instrument(instrument) => row.instrument = self.instrument(instrument),
            _ => {}
        }
    }

    fn order(&self, row: &mut Row, order: &Order) {
        row.account = self.account(order.account);
        row.instrument = self.instrument(order.instrument);
        row.id = order.id.to_string();
        row.side = word(&order.side);
        row.quantity = order.quantity.to_string();
        row.text = match order.kind {
            Kind::Market => "market".to_owned(),
            Kind::Limit { price } => format!("limit {price}"),
            Kind::Stop { trigger } => format!("stop {trigger}"),
            Kind::StopLimit { trigger, price } => format!("stop {trigger} limit {price}"),
            other => word(&other),
        };
    }

    fn order_ref(&self, row: &mut Row, order: &OrderRef) {
        if let OrderRef::Client { account, id } = order {
            row.account = self.account(*account);
            row.id = id.to_string();
        }
    }

    fn input(&self, row: &mut Row, input: &Input) {
        row.text = word(input);
        match input {
            Input::Quote(quote) => row.instrument = self.instrument(quote.instrument),
            Input::Mark { instrument, .. }
            | Input::Status { instrument, .. }
            | Input::Adjust { instrument, .. }
            | Input::Believe { instrument, .. }
            | Input::Session { instrument, .. }
            | Input::DailyVolume { instrument, .. } => {
                row.instrument = self.instrument(*instrument);
            }
            Input::Balance { account, .. } | Input::Flow { account, .. } => {
                row.account = self.account(*account)
            }
            Input::Host(figures) => row.account = self.account(figures.account),
            Input::Snapshot(snapshot) => row.account = self.account(snapshot.account),
            Input::Accepted { order, .. } | Input::Done { order, .. } => self.order_ref(row, order),
            Input::Fill(fill) => {
                self.order_ref(row, &fill.order);
                row.quantity = fill.quantity.to_string();
            }
            Input::Cumulative(report) => {
                self.order_ref(row, &report.order);
                row.quantity = report.quantity.to_string();
            }
            Input::Bust(bust) => {
                row.account = self.account(bust.account);
                row.id = bust.execution.to_string();
            }
            Input::Limits { by, .. } | Input::Decide { by, .. } => row.by = by.to_string(),
            _ => {}
        }
    }
}

/// The name that a value has in JSON: for a variant with something in it, that of the variant.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(serde_json::Value::Object(object)) => object.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

/// Whether writing may go on; a reader that has seen enough is no error.
pub(crate) fn is_over(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_record_can_be_asked_for() {
        let error = serde_json::from_str::<Event>("\"nonsense\"").unwrap_err().to_string();
        let known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(known, KINDS, "{error}");
    }

    #[test]
    fn a_reason_is_one_of_the_catalogue() {
        assert!(reason("PRICE_COLLAR").is_ok() && reason("price_collar").is_ok());
        assert!(reason("PRICE_COLAR").unwrap_err().contains("PRICE_COLLAR"));
        assert!(reason("X").is_err());
    }
}
