//! The first lines of a scenario: who trades what within which limits. They become a configuration as text, which is
//! what every binding can read.

use toml::{Table, Value};

use super::command::ScopeLine;
use super::words::{Words, whole};

/// What the guard of a scenario is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// The configuration.
    pub config: Table,
    /// How the journal is kept.
    pub journal: JournalLine,
    /// When it begins, in milliseconds since the epoch.
    pub start_ms: i64,
}

/// How the journal is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalLine {
    /// The last records, with a snapshot to replay from.
    Ring(usize),
    /// So many records, then it is full.
    Full(usize),
}

impl Default for Setup {
    /// A firm in USD, small tables, a ring.
    fn default() -> Self {
        let mut capacity = Table::new();
        for (name, size) in [
            ("instruments", 32),
            ("accounts", 8),
            ("strategies", 24),
            ("books", 128),
            ("live_orders", 512),
            ("order_ids", 2_048),
            ("order_ids_for_exits", 64),
            ("executions", 1_024),
            ("parents", 256),
            ("latches", 16),
        ] {
            capacity.insert(name.to_owned(), Value::Integer(size));
        }
        let mut firm = Table::new();
        firm.insert("currency".to_owned(), text("USD"));
        let mut config = Table::new();
        config.insert("capacity".to_owned(), Value::Table(capacity));
        config.insert("firm".to_owned(), Value::Table(firm));
        Self { config, journal: JournalLine::Ring(4_096), start_ms: 1_700_000_000_000 }
    }
}

impl Setup {
    /// Reads a line. `Ok(false)`: it is no setup line.
    pub(super) fn read(&mut self, line: &str) -> Result<bool, String> {
        let mut words = Words::new(line);
        match words.next("a word")? {
            "firm" => {
                let currency = words.next("the firm's currency")?.to_owned();
                self.table("firm").insert("currency".to_owned(), Value::String(currency));
                let limits = limits(words.keys())?;
                self.table("firm").insert("limits".to_owned(), Value::Table(limits));
            }
            "asset" => {
                let code = words.next("the code")?.to_owned();
                self.add_asset(&code, whole("digits", words.next("the digits")?)?);
            }
            "instrument" => self.instrument(&mut words)?,
            "account" => self.account(&mut words)?,
            "strategy" => self.strategy(&mut words)?,
            "trader" => self.trader(&mut words)?,
            "limits" => self.instrument_limits(&mut words)?,
            "trips" => self.trips(&mut words)?,
            "house_rule" => self.house_rule(&mut words)?,
            "ceiling" => self.ceiling(&mut words)?,
            what @ ("settings" | "capacity") => {
                for (key, value) in words.keys() {
                    self.table(what).insert(key.to_owned(), scalar(value));
                }
            }
            "journal" => {
                let kind = words.next("ring or full")?;
                let size = whole("records", words.next("how many records")?)?;
                self.journal = match kind {
                    "ring" => JournalLine::Ring(size),
                    "full" => JournalLine::Full(size),
                    other => return Err(format!("{other:?} is not ring or full")),
                };
            }
            "start" => self.start_ms = whole("start", words.next("milliseconds")?)?,
            _ => return Ok(false),
        }
        words.end().map(|()| true)
    }

    /// Takes a block of TOML: a configuration as it stands in a file.
    pub(super) fn merge(&mut self, block: &str) -> Result<(), String> {
        let table: Table = toml::from_str(block).map_err(|e| e.to_string())?;
        self.config.extend(table);
        Ok(())
    }

    /// What was not said and has only one sensible answer: currencies of two digits, a strategy for an account that
    /// has none, and that a level without limits has none on purpose.
    pub(super) fn complete(&mut self) {
        let mut currencies = vec![self.table("firm").get("currency").cloned()];
        for (list, key) in [("instruments", "quote"), ("accounts", "currency")] {
            currencies.extend(self.list(list).iter().map(|entry| entry.get(key).cloned()));
        }
        for currency in currencies.into_iter().flatten() {
            if let Value::String(code) = currency {
                self.add_asset(&code, 2);
            }
        }
        for account in self.list("accounts") {
            let Some(account) = account.as_table_mut() else { continue };
            account.entry("unlimited").or_insert_with(|| text("the scenario sets none"));
            account.entry("strategies").or_insert_with(|| Value::Array(vec![named("s")]));
        }
        self.table("firm").entry("unlimited").or_insert_with(|| text("the scenario sets none"));
    }

    /// Names of the accounts with their first strategies: what an order line means that names none.
    pub fn first_strategies(&self) -> Vec<(String, String)> {
        let name = |value: &Value| value.get("name").and_then(Value::as_str).map(str::to_owned);
        let accounts = self.config.get("accounts").and_then(Value::as_array);
        let first = |account: &Value| {
            let strategies = account.get("strategies").and_then(Value::as_array);
            let first = strategies.and_then(|all| all.first()).and_then(name);
            name(account).zip(first)
        };
        accounts.into_iter().flatten().filter_map(first).collect()
    }

    /// Sets a limit to its loosest value, which is none, wherever it is set. Returns how often it was set.
    pub fn loosen(&mut self, limit: &str) -> usize {
        fn visit(value: &mut Value, limit: &str) -> usize {
            match value {
                Value::Table(table) => {
                    let removed = usize::from(table.remove(limit).is_some());
                    removed + table.iter_mut().map(|(_, inner)| visit(inner, limit)).sum::<usize>()
                }
                Value::Array(list) => list.iter_mut().map(|inner| visit(inner, limit)).sum(),
                _ => 0,
            }
        }
        self.config.iter_mut().map(|(_, value)| visit(value, limit)).sum()
    }

    fn table(&mut self, name: &str) -> &mut Table {
        let entry = self.config.entry(name).or_insert_with(|| Value::Table(Table::new()));
        if !entry.is_table() {
            *entry = Value::Table(Table::new());
        }
        match entry {
            Value::Table(table) => table,
            _ => unreachable!("it was made a table"),
        }
    }

    fn list(&mut self, name: &str) -> &mut Vec<Value> {
        let entry = self.config.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        if !entry.is_array() {
            *entry = Value::Array(Vec::new());
        }
        match entry {
            Value::Array(list) => list,
            _ => unreachable!("it was made a list"),
        }
    }

    fn add_asset(&mut self, code: &str, digits: i64) {
        let known = |asset: &Value| asset.get("code").and_then(Value::as_str) == Some(code);
        if !self.list("assets").iter().any(known) {
            let mut asset = Table::new();
            asset.insert("code".to_owned(), text(code));
            asset.insert("digits".to_owned(), Value::Integer(digits));
            self.list("assets").push(Value::Table(asset));
        }
    }

    /// `instrument BTC USD price=2 quantity=4 tick=0.5 lot=0.1 min=.. max=..`, and any field by its own name.
    fn instrument(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let mut entry = Table::new();
        entry.insert("symbol".to_owned(), text(words.next("the symbol")?));
        entry.insert("quote".to_owned(), text(words.next("the currency of its price")?));
        let price: u32 = words.key("price").map_or(Ok(2), |scale| whole("price", scale))?;
        let quantity: u32 = words.key("quantity").map_or(Ok(0), |scale| whole("quantity", scale))?;
        for (scale, places, increment) in
            [("price_scale", price, "price_increment"), ("quantity_scale", quantity, "quantity_increment")]
        {
            let unit = rust_decimal::Decimal::new(1, places.min(28));
            entry.insert(scale.to_owned(), Value::Integer(places.into()));
            entry.insert(increment.to_owned(), Value::String(unit.to_string()));
        }
        if let Some(zone) = words.key("sessions") {
            // The hours are of no matter here: sessions come in as instants.
            let hours = "{ days = [\"monday\"], open = \"00:00\", close = \"00:00\" }";
            let sessions = format!("zone = {zone:?}\nhours = [{hours}]");
            let sessions: Table = toml::from_str(&sessions).map_err(|e| e.to_string())?;
            entry.insert("sessions".to_owned(), Value::Table(sessions));
        }
        for (key, value) in words.keys() {
            let (key, value) = match key {
                "tick" => ("price_increment", scalar(value)),
                "lot" => ("quantity_increment", scalar(value)),
                "min" => ("quantity_min", scalar(value)),
                "max" => ("quantity_max", scalar(value)),
                "required_data" => (key, names(value)),
                "fixed" => (
                    "exposure_price",
                    Value::Table([("fixed".to_owned(), scalar(value))].into_iter().collect()),
                ),
                _ => (key, scalar(value)),
            };
            entry.insert(key.to_owned(), value);
        }
        self.list("instruments").push(Value::Table(entry));
        Ok(())
    }

    fn account(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let mut entry = Table::new();
        entry.insert("name".to_owned(), text(words.next("the name")?));
        entry.insert("currency".to_owned(), text(words.next("the currency")?));
        if let Some(symbols) = words.key("may_trade") {
            entry.insert("may_trade".to_owned(), names(symbols));
        }
        if let Some(required) = words.key("trader_required") {
            entry.insert("trader_required".to_owned(), scalar(required));
        }
        if let Some(kind) = words.key("kind") {
            entry.insert("kind".to_owned(), text(kind));
        }
        if let Some(bps) = words.key("taker_bps") {
            let fees = [("taker_bps".to_owned(), scalar(bps))].into_iter().collect();
            entry.insert("fees".to_owned(), Value::Table(fees));
        }
        let mut caps = Table::new();
        for cap in ["balance_jump_max", "equity_jump_max", "position_jump_max"] {
            if let Some(value) = words.key(cap) {
                caps.insert(cap.to_owned(), scalar(value));
            }
        }
        if !caps.is_empty() {
            entry.insert("statements".to_owned(), Value::Table(caps));
        }
        entry.insert("limits".to_owned(), Value::Table(limits(words.keys())?));
        self.list("accounts").push(Value::Table(entry));
        Ok(())
    }

    fn account_named(&mut self, name: &str) -> Result<&mut Table, String> {
        let is = |account: &&mut Value| account.get("name").and_then(Value::as_str) == Some(name);
        let account = self.list("accounts").iter_mut().find(is).and_then(Value::as_table_mut);
        account.ok_or_else(|| format!("no account is called {name:?}"))
    }

    fn strategy(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let both = words.next("ACCOUNT/STRATEGY")?;
        let (account, name) =
            both.split_once('/').ok_or_else(|| format!("{both:?} is not ACCOUNT/STRATEGY"))?;
        let mut entry = Table::new();
        entry.insert("name".to_owned(), text(name));
        if let Some(capital) = words.key("capital") {
            entry.insert("capital".to_owned(), scalar(capital));
        }
        if let Some(symbols) = words.key("may_trade") {
            entry.insert("may_trade".to_owned(), names(symbols));
        }
        entry.insert("limits".to_owned(), Value::Table(limits(words.keys())?));
        let account = self.account_named(account)?;
        match account.entry("strategies").or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(list) => list.push(Value::Table(entry)),
            _ => return Err("strategies is no list".to_owned()),
        }
        Ok(())
    }

    /// `trader t1 may_trade=A,B accounts=main`.
    fn trader(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let mut entry = Table::new();
        entry.insert("name".to_owned(), text(words.next("the name")?));
        for (key, value) in words.keys() {
            entry.insert(key.to_owned(), names(value));
        }
        self.list("traders").push(Value::Table(entry));
        Ok(())
    }

    /// `trips reject_storm=100/1s:halt anomaly_storm=2/1m:reducing heartbeat=500ms:halt`.
    fn trips(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        for (key, value) in words.keys() {
            let wrong = || format!("{key}={value} is not a count, a time and an action");
            let (when, then) = value.split_once(':').ok_or_else(wrong)?;
            let mut trip = Table::new();
            trip.insert("action".to_owned(), text(then));
            let ms = |text: &str| super::words::duration_ns(text).map(|ns| Value::Integer(ns / 1_000_000));
            match when.split_once('/') {
                Some((count, window)) => {
                    trip.insert("count".to_owned(), scalar(count));
                    trip.insert("window_ms".to_owned(), ms(window)?);
                }
                None => {
                    trip.insert("heartbeat_ms_max".to_owned(), ms(when)?);
                }
            }
            self.table("trips").insert(key.to_owned(), Value::Table(trip));
        }
        Ok(())
    }

    /// `house_rule opening.5`, `house_rule quantity.5 exits=true`: see [`crate::house::vetoes`].
    fn house_rule(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let mut rule = Table::new();
        rule.insert("name".to_owned(), text(words.next("the rule's name")?));
        for (key, value) in words.keys() {
            rule.insert(key.to_owned(), scalar(value));
        }
        let rules = self.config.entry("house_rules").or_insert_with(|| Value::Array(Vec::new()));
        rules.as_array_mut().ok_or("house_rules is no list")?.push(Value::Table(rule));
        Ok(())
    }

    /// `ceiling firm ...`, `ceiling account main ...`, `ceiling strategy main/grid ...`, `ceiling instrument BTC ...`.
    fn ceiling(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let scope = super::commands::scope(words)?;
        let values = Value::Table(limits(words.keys())?);
        let owner = match scope {
            ScopeLine::Firm => self.table("firm"),
            ScopeLine::Account(name) => self.account_named(&name)?,
            ScopeLine::Strategy(account, name) => {
                let all = self.account_named(&account)?.get_mut("strategies").and_then(Value::as_array_mut);
                let is = |one: &&mut Value| one.get("name").and_then(Value::as_str) == Some(&name);
                let one = all.and_then(|all| all.iter_mut().find(is)).and_then(Value::as_table_mut);
                one.ok_or_else(|| format!("no strategy is called {name:?}"))?
            }
            ScopeLine::Instrument(symbol) => {
                self.table("instrument_ceilings").insert(symbol, values);
                return Ok(());
            }
            ScopeLine::Venue(name) => return Err(format!("venue {name:?} has no limits")),
            ScopeLine::Trader(name) => return Err(format!("trader {name:?} has no limits")),
        };
        owner.insert("ceiling".to_owned(), values);
        Ok(())
    }

    /// `limits BTC ...` for every account, `limits main BTC ...` for one.
    fn instrument_limits(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let first = words.next("an instrument, or an account and an instrument")?.to_owned();
        let second = words.peek().map(str::to_owned);
        let values = Value::Table(limits(words.keys())?);
        let owner = match &second {
            None => &mut self.config,
            Some(symbol) => {
                words.take(symbol);
                self.account_named(&first)?
            }
        };
        match owner.entry("instrument_limits").or_insert_with(|| Value::Table(Table::new())) {
            Value::Table(table) => table.insert(second.unwrap_or(first), values),
            _ => return Err("instrument_limits is no table".to_owned()),
        };
        Ok(())
    }
}

/// Limits by the names of their fields, and `rate=MESSAGES/INTERVAL:BURST[:RESERVE]` for the message rate.
pub(super) fn limits(keys: Vec<(&str, &str)>) -> Result<Table, String> {
    let mut table = Table::new();
    for (key, value) in keys {
        if key == "rate" {
            table.insert("message_rate".to_owned(), rate(value)?);
        } else if let Some(limit) = key.strip_prefix("action.") {
            let actions = table.entry("actions").or_insert_with(|| Value::Table(Table::new()));
            let actions = actions.as_table_mut().ok_or("actions is no table")?;
            actions.insert(limit.to_owned(), Value::Table(action(value)));
        } else {
            table.insert(key.to_owned(), scalar(value));
        }
    }
    Ok(table)
}

fn rate(value: &str) -> Result<Value, String> {
    let shape = || format!("rate={value} is not MESSAGES/INTERVAL:BURST[:RESERVE], such as 50/1s:100:10");
    let mut parts = value.split(':');
    let (messages, interval) = parts.next().and_then(|p| p.split_once('/')).ok_or_else(shape)?;
    let burst = parts.next().ok_or_else(shape)?;
    let reserve = parts.next().unwrap_or("0");
    let interval_ms = super::words::duration_ns(interval)? / 1_000_000;
    let mut table = Table::new();
    for (name, value) in [("messages", messages), ("burst", burst), ("exit_reserve", reserve)] {
        table.insert(name.to_owned(), Value::Integer(whole(name, value)?));
    }
    table.insert("interval_ms".to_owned(), Value::Integer(interval_ms));
    Ok(Value::Table(table))
}

/// Whole numbers and truths as such, everything else as text: decimals are read exactly from text.
/// `halt`, `reducing:70`, `reject:70`: what reaching a limit does, and from which percent on it warns.
fn action(value: &str) -> Table {
    let (then, warn) = value.split_once(':').map_or((value, None), |(then, warn)| (then, Some(warn)));
    let mut action = Table::new();
    action.insert("action".to_owned(), text(then));
    if let Some(warn) = warn {
        action.insert("warn_percent".to_owned(), scalar(warn));
    }
    action
}

fn scalar(value: &str) -> Value {
    match (value.parse(), value.parse()) {
        (Ok(number), _) => Value::Integer(number),
        (_, Ok(truth)) => Value::Boolean(truth),
        _ => text(value),
    }
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn named(name: &str) -> Value {
    Value::Table([("name".to_owned(), text(name))].into_iter().collect())
}

fn names(value: &str) -> Value {
    Value::Array(value.split(',').map(text).collect())
}
