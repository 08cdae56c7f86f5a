//! A scenario as a conversation, for bindings that are not Rust: reads the file that is named, writes each call as one
//! line of JSON to standard output, and reads the answer as one line of JSON from standard input.
//!
//! | line | answer |
//! |---|---|
//! | `{"start": {"config": TOML, "journal": ["ring", 4096], "now_ns": .., "first": [[ACCOUNT, STRATEGY], ..], "rules": [NAME, ..]}}` | `null`, or why there is no guard |
//! | `{"time": NS or null}` | `null` |
//! | `{"run": [COMMAND, {..}]}` | `["approved", QUANTITY, REASON, DETAIL]` for a decision, words for everything else |
//! | `{"read": [WORD, ..]}` | `{"value": ..}` or `{"problem": ..}` |
//! | `{"finish": null}` | `null`, or what is different |
//! | `{"end": null or PROBLEM}`, the last | none |
//!
//! Decimals are text.

use std::io::{self, BufRead, Write};

use risk_core::{Side, TimeInForce, TradingState, Verdict};
use risk_testkit::scenario::{
    Answer, Command, Driver, JournalLine, OrderLine, OrderName, Reply, Scenario, ScopeLine, Setup, run, verb,
};
use serde_json::{Value, json};

fn main() {
    let path = std::env::args().nth(1).expect("a scenario file");
    let text = std::fs::read_to_string(&path).expect("a scenario file that can be read");
    let problem = Scenario::parse(&text, &path).and_then(|scenario| run::<Other>(&scenario)).err();
    tell(&json!({ "end": problem.map(|problem| problem.to_string()) }));
}

/// Whoever is at the other end.
struct Other;

fn tell(line: &Value) {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("somebody who listens");
}

fn ask(line: &Value) -> Value {
    tell(line);
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).expect("an answer");
    serde_json::from_str(&answer).expect("an answer in JSON")
}

fn done(answer: &Value) -> Result<(), String> {
    answer.as_str().map_or(Ok(()), |problem| Err(problem.to_owned()))
}

impl Driver for Other {
    fn start(setup: &Setup) -> Result<Self, String> {
        let config = toml::to_string(&setup.config).map_err(|e| e.to_string())?;
        let journal = match setup.journal {
            JournalLine::Ring(records) => json!(["ring", records]),
            JournalLine::Full(records) => json!(["full", records]),
        };
        let now_ns = setup.start_ms * 1_000_000;
        let first = setup.first_strategies();
        let rules = setup.config.get("house_rules").and_then(toml::Value::as_array);
        let rules: Vec<_> = rules.into_iter().flatten().filter_map(|rule| rule["name"].as_str()).collect();
        let start =
            json!({ "config": config, "journal": journal, "now_ns": now_ns, "first": first, "rules": rules });
        done(&ask(&json!({ "start": start }))).map(|()| Self)
    }

    fn set_time(&mut self, nanos: Option<i64>) {
        ask(&json!({ "time": nanos }));
    }

    fn run(&mut self, command: &Command) -> Reply {
        match ask(&json!({ "run": called(command) })) {
            Value::String(words) => Reply::Words(words),
            answer => Reply::Decision(decision(&answer)),
        }
    }

    fn read(&mut self, query: &[String]) -> Result<String, String> {
        let answer = ask(&json!({ "read": query }));
        let word = |name: &str| answer[name].as_str().map(str::to_owned);
        word("value").ok_or_else(|| word("problem").unwrap_or_else(|| "no answer".to_owned()))
    }

    fn finish(&mut self) -> Result<(), String> {
        done(&ask(&json!({ "finish": null })))
    }
}

fn decision(answer: &Value) -> Answer {
    let word = |at: usize| answer[at].as_str().expect("four words").to_owned();
    let said = word(0);
    let verdict = Verdict::ALL.into_iter().find(|verdict| verb(*verdict) == said).expect("a verdict");
    Answer { verdict, quantity: word(1).parse().expect("a quantity"), reason: word(2), detail: word(3) }
}

/// A command by its name and fields.
fn called(command: &Command) -> Value {
    match command {
        Command::Evaluate(line) => json!(["evaluate", order(line)]),
        Command::List(lines) => {
            json!(["list", { "orders": lines.iter().map(order).collect::<Vec<_>>() }])
        }
        Command::Explain(line) => json!(["explain", order(line)]),
        Command::Redeem(order) => json!(["redeem", name(order)]),
        Command::Release(order) => json!(["release", name(order)]),
        Command::Abandon(order) => json!(["abandon", name(order)]),
        Command::Cancel(order) => json!(["cancel", name(order)]),
        Command::Accept(order, quantity) => {
            json!(["accept", { "order": name(order), "quantity": text(*quantity) }])
        }
        Command::Fill(line) => {
            let origin = if line.venue { "venue" } else { "client" };
            json!(["fill", { "order": name(&line.name), "quantity": line.quantity.to_string(),
                "price": line.price.to_string(), "execution": line.execution, "fee": line.fee.to_string(),
                "booking": line.booking.as_ref().map(booking), "origin": origin }])
        }
        Command::Cumulative(line) => {
            json!(["cumulative", { "order": name(&line.name), "quantity": line.quantity.to_string(),
                "average_price": line.average_price.to_string(), "fees": text(line.fees),
                "booking": line.booking.as_ref().map(booking) }])
        }
        Command::Bust { account, execution, instead } => {
            let instead = instead.map(|(quantity, price, fee)| [quantity, price, fee].map(|n| n.to_string()));
            json!(["bust", { "account": account, "execution": execution, "instead": instead }])
        }
        Command::Done(order, end) => json!(["done", { "order": name(order), "end": end }]),
        Command::Quote(line) => {
            let more: Vec<_> = line.more.iter().map(|(field, value)| (field, value.to_string())).collect();
            json!(["quote", { "instrument": line.instrument, "bid": text(line.bid), "ask": text(line.ask),
                "more": more, "age_ns": line.age_ns }])
        }
        Command::Mark { instrument, price, age_ns } => {
            json!(["mark", { "instrument": instrument, "price": price.to_string(), "age_ns": age_ns }])
        }
        Command::Rate { from, to, rate } => {
            json!(["rate", { "from": from, "to": to, "rate": rate.to_string() }])
        }
        Command::DailyVolume(instrument, quantity) => {
            json!(["daily_volume", { "instrument": instrument, "quantity": quantity.to_string() }])
        }
        Command::Balance(account, balance) => {
            json!(["balance", { "account": account, "balance": balance.to_string() }])
        }
        Command::Flow(account, amount) => {
            json!(["flow", { "account": account, "amount": amount.to_string() }])
        }
        Command::Host(account, figures) => {
            let figures: Vec<_> = figures.iter().map(|(name, value)| (name, value.to_string())).collect();
            json!(["host", { "account": account, "figures": figures }])
        }
        Command::Snapshot { account, balance, positions, orders, reported } => {
            let held = positions.iter().map(|(instrument, quantity, price)| {
                json!([instrument, quantity.to_string(), price.to_string()])
            });
            let orders = orders.as_ref().map(|orders| {
                let stated = orders.iter().map(|(id, way, open, instrument, price)| {
                    json!([id, instrument, side(*way), open.to_string(), text(*price)])
                });
                stated.collect::<Vec<_>>()
            });
            let call = if *reported { "reconcile" } else { "snapshot" };
            json!([call, { "account": account, "balance": text(*balance), "positions": held.collect::<Vec<_>>(),
                "orders": orders }])
        }
        Command::Believe(instrument, by) => json!(["believe", { "instrument": instrument, "by": by }]),
        Command::Adjust(instrument, how) => json!(["adjust", { "instrument": instrument, "how": how }]),
        Command::Transfer { account, from, to, instrument, quantity, by } => {
            json!(["transfer", { "account": account, "from": from, "to": to, "instrument": instrument,
                "quantity": quantity.to_string(), "by": by }])
        }
        Command::Decide { accept, number, by } => {
            json!(["decide", { "accept": accept, "number": number, "by": by }])
        }
        Command::Heartbeat => json!(["heartbeat", {}]),
        Command::DayRoll => json!(["day_roll", {}]),
        Command::Session { instrument, opens_ns, closes_ns } => {
            json!(["session", { "instrument": instrument, "opens_ns": opens_ns, "closes_ns": closes_ns }])
        }
        Command::NextRoll(ns) => json!(["next_roll", { "in_ns": ns }]),
        Command::Change { of, limits, by, second, until_ns } => {
            json!(["change", { "of": scope(of), "limits": limits, "by": by, "second": second, "until_ns": until_ns }])
        }
        Command::Status { instrument, status, by } => {
            json!(["status", { "instrument": instrument, "status": status, "by": by }])
        }
        Command::Halt { scope: of, state, by, reason } => {
            json!(["halt", { "scope": scope(of), "state": state_name(*state), "by": by, "reason": reason }])
        }
        Command::Resume { scope: of, to, latch, by } => {
            json!(["resume", { "scope": scope(of), "to": state_name(*to), "latch": latch, "by": by }])
        }
        Command::Tick => json!(["tick", {}]),
        Command::Restart => json!(["restart", {}]),
    }
}

fn text(value: Option<rust_decimal::Decimal>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn name(name: &OrderName) -> Value {
    json!({ "id": name.id, "account": name.account, "by_id": name.by_id })
}

fn side(side: Side) -> &'static str {
    if side == Side::Buy { "buy" } else { "sell" }
}

fn state_name(state: TradingState) -> &'static str {
    match state {
        TradingState::Active => "active",
        TradingState::Reducing => "reducing",
        TradingState::Halted => "halted",
    }
}

fn scope(scope: &ScopeLine) -> Value {
    match scope {
        ScopeLine::Firm => json!(["firm"]),
        ScopeLine::Venue(name) => json!(["venue", name]),
        ScopeLine::Account(name) => json!(["account", name]),
        ScopeLine::Strategy(account, name) => json!(["strategy", account, name]),
        ScopeLine::Instrument(symbol) => json!(["instrument", symbol]),
        ScopeLine::Trader(name) => json!(["trader", name]),
    }
}

fn booking((strategy, way, instrument, parent): &(String, Side, String, Option<String>)) -> Value {
    json!({ "strategy": strategy, "side": side(*way), "instrument": instrument, "parent": parent })
}

fn order(line: &OrderLine) -> Value {
    let time_in_force = match line.time_in_force {
        TimeInForce::GoodTillCancel => "good_till_cancel",
        TimeInForce::Day => "day",
        TimeInForce::ImmediateOrCancel => "immediate_or_cancel",
        TimeInForce::FillOrKill => "fill_or_kill",
        TimeInForce::AllOrNone => "all_or_none",
        _ => "another",
    };
    let (parent, parent_quantity) = line.parent.clone().unzip();
    json!({ "order": name(&line.name), "strategy": line.strategy, "trader": line.trader, "instrument": line.instrument,
        "side": side(line.side), "quantity": line.quantity.to_string(), "price": text(line.price),
        "trigger": text(line.trigger), "time_in_force": time_in_force, "reduce_only": line.reduce_only,
        "whole": line.whole, "self_match_prevention": line.self_match_prevention, "age_ns": line.age_ns, "parent": parent,
        "parent_quantity": text(parent_quantity.flatten()) })
}
