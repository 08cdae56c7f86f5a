//! A driver of scenarios that knows only the C calls.

use std::collections::HashMap;
use std::ffi::CString;
use std::ptr;

use risk_core::{Side, TimeInForce, TradingState, Verdict};
use risk_guard::change::rg_release_list;
use risk_guard::explain::rg_explain;
use risk_guard::guard::{rg_guard_free, rg_options, rg_set_time, rg_tick};
use risk_guard::halt::{rg_halt, rg_latches, rg_resume, rg_scope};
use risk_guard::look::{rg_digest, rg_digest_of, rg_metrics, rg_replay};
use risk_guard::names::*;
use risk_guard::order::{
    RG_REDUCE_ONLY, RG_SELF_MATCH_PREVENTION, RG_WHOLE, rg_decision, rg_evaluate, rg_order, rg_order_handle,
};
use risk_guard::permit::{rg_abandon, rg_cancel, rg_order_ref, rg_redeem, rg_release};
use risk_guard::words::rg_status::*;
use risk_testkit::scenario::{
    Answer, Command, Driver, JournalLine, OrderLine, OrderName, Reply, ScopeLine, Setup,
};

use super::carry::{back, chars, code, dec, long, opt, parts, refused, sized, text};
use super::house::House;
use super::world::{decision, error, make, options, outbound, zeroed};

/// A guard behind the C calls, with what a scenario has got from it.
pub(super) struct BorderDriver {
    pub(super) guard: u64,
    pub(super) now: i64,
    first: (String, HashMap<String, String>),
    permits: HashMap<OrderName, u64>,
    /// Permits of lists by the names of their first orders, with the names of all.
    pub(super) lists: HashMap<OrderName, (u64, Vec<OrderName>)>,
    pub(super) outbounds: HashMap<OrderName, u64>,
    pub(super) handles: HashMap<OrderName, rg_order_handle>,
    symbols: Vec<String>,
    /// Lives as long as the guard that asks it.
    house: House,
}

impl Drop for BorderDriver {
    fn drop(&mut self) {
        assert_eq!(rg_guard_free(self.guard), RG_OK);
    }
}

impl Driver for BorderDriver {
    fn start(setup: &Setup) -> Result<Self, String> {
        let (journal, records) = match setup.journal {
            JournalLine::Ring(records) => (1, records as u64),
            JournalLine::Full(records) => (2, records as u64),
        };
        Self::begin(setup, &rg_options { journal, records, ..options() })
    }

    fn set_time(&mut self, nanos: Option<i64>) {
        self.now = nanos.unwrap_or(self.now);
        assert_eq!(rg_set_time(self.guard, nanos.unwrap_or(i64::MIN)), RG_OK);
    }

    fn run(&mut self, command: &Command) -> Reply {
        match command {
            Command::Evaluate(line) => Reply::Decision(self.evaluate(line)),
            other => Reply::Words(self.words(other)),
        }
    }

    fn read(&mut self, query: &[String]) -> Result<String, String> {
        let words: Vec<&str> = query.iter().map(String::as_str).collect();
        self.answer(&words)
    }

    fn finish(&mut self) -> Result<(), String> {
        let (mut live, mut again) = (rg_digest { low: 0, high: 0 }, rg_digest { low: 0, high: 0 });
        // SAFETY: both live during the calls.
        let status = unsafe { [rg_digest_of(self.guard, &mut live), rg_replay(self.guard, &mut again)] };
        if status != [RG_OK; 2] {
            return Err(error());
        }
        if self.metric("unrecorded") == "0" && live != again {
            return Err("the journal replays to another state".to_owned());
        }
        Ok(())
    }
}

impl BorderDriver {
    /// A guard that keeps its records as `options` say.
    pub(super) fn begin(setup: &Setup, options: &rg_options) -> Result<Self, String> {
        let now = setup.start_ms * 1_000_000;
        let mut house = House::of(&setup.config);
        let guard = open(setup, &mut house, now, options)?;
        let strategies = setup.first_strategies();
        let first = strategies.first().map(|(account, _)| account.clone()).unwrap_or_default();
        Ok(Self {
            guard,
            now,
            first: (first, strategies.into_iter().collect()),
            permits: HashMap::new(),
            lists: HashMap::new(),
            outbounds: HashMap::new(),
            handles: HashMap::new(),
            symbols: symbols(&setup.config),
            house,
        })
    }

    /// The process has ended and another one opens the journal: permits are gone, orders are known by what they were.
    pub(super) fn come_back(&mut self, setup: &Setup, options: &rg_options) -> Result<(), String> {
        assert_eq!(rg_guard_free(self.guard), RG_OK);
        self.guard = open(setup, &mut self.house, self.now, options)?;
        self.permits.clear();
        self.lists.clear();
        self.outbounds.clear();
        self.handles.values_mut().for_each(|handle| handle.guard = self.guard);
        Ok(())
    }

    pub(super) fn account(&self, name: &str) -> u64 {
        let mut found = 0;
        // SAFETY: everything lives during the call. A name nobody has stays 0.
        unsafe { rg_find_account(self.guard, text(name).as_ptr(), &mut found) };
        found
    }

    pub(super) fn strategy(&self, account: &str, name: &str) -> u64 {
        let mut found = 0;
        // SAFETY: as above.
        unsafe { rg_find_strategy(self.guard, self.account(account), text(name).as_ptr(), &mut found) };
        found
    }

    pub(super) fn instrument(&self, symbol: &str) -> u64 {
        let mut found = 0;
        // SAFETY: as above.
        unsafe { rg_find_instrument(self.guard, text(symbol).as_ptr(), &mut found) };
        found
    }

    pub(super) fn trader(&self, name: &str) -> u64 {
        let mut found = 0;
        // SAFETY: as above.
        unsafe { rg_find_trader(self.guard, text(name).as_ptr(), &mut found) };
        found
    }

    pub(super) fn asset(&self, symbol: &str) -> u64 {
        let mut found = 0;
        // SAFETY: as above.
        unsafe { rg_find_asset(self.guard, text(symbol).as_ptr(), &mut found) };
        found
    }

    pub(super) fn scope(&self, line: &ScopeLine) -> rg_scope {
        // A handle that names nothing: a scope that is not known.
        let handle = |found: u64| if found == 0 { u64::MAX } else { found };
        let (kind, handle) = match line {
            ScopeLine::Firm => (1, 0),
            ScopeLine::Venue(name) => {
                let mut found = 0;
                // SAFETY: as above.
                unsafe { rg_find_venue(self.guard, text(name).as_ptr(), &mut found) };
                (2, handle(found))
            }
            ScopeLine::Account(name) => (3, handle(self.account(name))),
            ScopeLine::Strategy(account, name) => (4, handle(self.strategy(account, name))),
            ScopeLine::Instrument(symbol) => (5, handle(self.instrument(symbol))),
            ScopeLine::Trader(name) => (6, handle(self.trader(name))),
        };
        rg_scope { kind, reserved: 0, handle }
    }

    pub(super) fn full(&self, name: &OrderName) -> OrderName {
        let account = name.account.clone().unwrap_or_else(|| self.first.0.clone());
        OrderName { id: name.id.clone(), account: Some(account), by_id: false }
    }

    /// How the scenario calls an order.
    pub(super) fn name_of(&self, order: &rg_order_handle) -> String {
        let known = self.handles.iter().find(|(_, handle)| *handle == order);
        known.map_or("?".to_owned(), |(name, _)| name.id.clone())
    }

    pub(super) fn symbols(&self) -> impl Iterator<Item = &str> {
        self.symbols.iter().map(String::as_str)
    }

    /// Calls with the order as a report names it.
    pub(super) fn with_ref<R>(&self, name: &OrderName, call: impl FnOnce(rg_order_ref) -> R) -> R {
        let full = self.full(name);
        match self.handles.get(&full).filter(|_| !name.by_id) {
            Some(handle) => call(rg_order_ref { handle: *handle, account: 0, id: ptr::null() }),
            None => {
                let id = text(&full.id);
                let account = self.account(full.account.as_deref().unwrap_or_default());
                call(rg_order_ref { handle: zeroed(), account, id: id.as_ptr() })
            }
        }
    }

    /// Calls with the order of a line.
    fn with_order<R>(&self, line: &OrderLine, call: impl FnOnce(&rg_order) -> R) -> R {
        let mut texts = Vec::new();
        let order = self.order(line, &mut texts);
        call(&order)
    }

    /// The order of a line; its texts live as long as `texts`.
    pub(super) fn order(&self, line: &OrderLine, texts: &mut Vec<CString>) -> rg_order {
        let account = line.name.account.as_deref().unwrap_or(&self.first.0);
        let strategy = line.strategy.as_ref().or_else(|| self.first.1.get(account));
        // A text stays where it is when the list of texts grows.
        let mut keep = |kept: &str| {
            texts.push(text(kept));
            texts.last().map_or(ptr::null(), |kept| kept.as_ptr())
        };
        rg_order {
            side: if line.side == Side::Buy { 1 } else { 2 },
            account: self.account(account),
            strategy: strategy.map_or(0, |name| self.strategy(account, name)),
            instrument: self.instrument(&line.instrument),
            id: keep(&line.name.id),
            kind: match (line.price, line.trigger) {
                (None, None) => 1,
                (Some(_), None) => 2,
                (None, Some(_)) => 3,
                (Some(_), Some(_)) => 4,
            },
            time_in_force: match line.time_in_force {
                TimeInForce::GoodTillCancel => 1,
                TimeInForce::Day => 2,
                TimeInForce::ImmediateOrCancel => 3,
                TimeInForce::FillOrKill => 4,
                TimeInForce::AllOrNone => 5,
                _ => 0,
            },
            quantity: dec(line.quantity),
            price: opt(line.price),
            trigger: opt(line.trigger),
            created_at_ns: line.age_ns.map_or(0, |age| self.now - age),
            parent: line.parent.as_ref().map_or(ptr::null(), |(parent, _)| keep(parent)),
            parent_quantity: opt(line.parent.as_ref().and_then(|(_, quantity)| *quantity)),
            flags: if line.reduce_only { RG_REDUCE_ONLY } else { 0 }
                | if line.whole { RG_WHOLE } else { 0 }
                | if line.self_match_prevention { RG_SELF_MATCH_PREVENTION } else { 0 },
            // A name that nobody has is no trader, not nobody.
            trader: line.trader.as_ref().map_or(0, |name| match self.trader(name) {
                0 => u64::MAX,
                found => found,
            }),
            ..sized()
        }
    }

    fn answer_of(&self, answer: &rg_decision) -> Answer {
        let verdict = Verdict::ALL[answer.verdict as usize - 1];
        let detail = match chars(&parts().field) {
            field if !field.is_empty() => field,
            _ => ["", "firm", "account", "strategy", "instrument"][answer.level as usize].to_owned(),
        };
        Answer { verdict, quantity: back(answer.quantity), reason: code(answer.reason), detail }
    }

    fn evaluate(&mut self, line: &OrderLine) -> Answer {
        let mut made = decision();
        self.with_order(line, |order| {
            // SAFETY: everything lives during the call.
            assert_eq!(unsafe { rg_evaluate(self.guard, order, &mut made) }, RG_OK, "{}", error());
        });
        if made.permit != 0 {
            let name = self.full(&line.name);
            self.handles.insert(name.clone(), made.order);
            self.permits.insert(name, made.permit);
        }
        self.answer_of(&made)
    }

    fn explain(&self, line: &OrderLine) -> String {
        let mut made = decision();
        let readings = self.with_order(line, |order| {
            let made = &raw mut made;
            // SAFETY: everything lives during the call.
            long(|buffer, capacity, length| unsafe {
                rg_explain(self.guard, order, made, buffer, capacity, length)
            })
        });
        let answer = Answer { detail: String::new(), ..self.answer_of(&made) };
        let mut words = answer.words();
        if answer.verdict != Verdict::Approved {
            words.push("breaches".to_owned());
        }
        let readings: serde_json::Value = serde_json::from_str(&readings).unwrap();
        let breaches = readings.as_array().unwrap().iter().filter_map(|reading| reading["breach"].as_str());
        words.extend(breaches.map(str::to_owned));
        words.join(" ")
    }

    fn words(&mut self, command: &Command) -> String {
        match command {
            Command::Explain(line) => self.explain(line),
            Command::List(lines) => self.list(lines),
            Command::Redeem(name) => {
                let name = self.full(name);
                if let Some(list) = self.lists.remove(&name) {
                    return self.redeem_list(list);
                }
                let Some(permit) = self.permits.remove(&name) else { return "refused NO_PERMIT".to_owned() };
                let mut sent = outbound();
                // SAFETY: it lives during the call.
                let status = unsafe { rg_redeem(self.guard, permit, &mut sent) };
                if status == RG_OK {
                    self.outbounds.insert(name, sent.handle);
                }
                refused(status, "sent")
            }
            Command::Release(name) if self.lists.contains_key(&self.full(name)) => {
                let list = self.lists.remove(&self.full(name));
                refused(rg_release_list(self.guard, list.map_or(0, |(permit, _)| permit)), "released")
            }
            Command::Release(name) => match self.permits.remove(&self.full(name)) {
                None => "refused NO_PERMIT".to_owned(),
                Some(permit) => refused(rg_release(self.guard, permit), "released"),
            },
            Command::Abandon(name) => match self.outbounds.remove(&self.full(name)) {
                None => "refused NO_OUTBOUND".to_owned(),
                Some(sent) => refused(rg_abandon(self.guard, sent), "abandoned"),
            },
            Command::Cancel(name) => {
                let mut sent = outbound();
                // SAFETY: everything lives during the call.
                let status = self.with_ref(name, |order| unsafe { rg_cancel(self.guard, &order, &mut sent) });
                assert_eq!(status, RG_OK);
                if sent.order == rg_order_handle::default() { "out unknown" } else { "out" }.to_owned()
            }
            Command::Halt { scope, state, by, reason } => self.halt(scope, *state, by, reason),
            Command::Resume { scope, to, latch, by } => self.resume(scope, *to, *latch, by),
            Command::Tick => refused(rg_tick(self.guard), "ticked"),
            input => self.input(input),
        }
    }

    fn halt(&self, scope: &ScopeLine, state: TradingState, by: &str, reason: &str) -> String {
        let (scope, by, reason) = (self.scope(scope), text(by), text(reason));
        let (mut orders, mut count) = ([rg_order_handle::default(); 256], 0);
        let state = if state == TradingState::Reducing { 2 } else { 3 };
        // SAFETY: everything lives during the call.
        let status = unsafe {
            let (reason, by, to) = (reason.as_ptr(), by.as_ptr(), orders.as_mut_ptr());
            rg_halt(self.guard, &scope, state, reason, by, ptr::null_mut(), to, 256, &mut count)
        };
        assert_eq!(status, RG_OK);
        let names: Vec<_> = orders[..count].iter().map(|order| self.name_of(order)).collect();
        format!("halted {}", if names.is_empty() { "nothing".to_owned() } else { names.join(" ") })
    }

    fn resume(&self, scope: &ScopeLine, to: TradingState, latch: Option<u64>, by: &str) -> String {
        let last = self.latches().iter().filter_map(|latch| latch["id"].as_u64()).max().unwrap_or(0);
        let (latch, up_to) = latch.map_or((last, 1), |number| (number, 0));
        let to = if to == TradingState::Reducing { 2 } else { 1 };
        let (scope, by) = (self.scope(scope), text(by));
        let reason = c"as the scenario says".as_ptr();
        // SAFETY: everything lives during the call.
        match unsafe { rg_resume(self.guard, &scope, latch, up_to, to, reason, by.as_ptr()) } {
            RG_OK => "resumed".to_owned(),
            _ => match error().as_str() {
                "a resume needs the name of an operator" => "refused unnamed".to_owned(),
                "the scope is not known to this engine" => "refused unknown_scope".to_owned(),
                "there is no such latch in this scope" => "refused unknown_latch".to_owned(),
                "the resume could not be recorded" => "refused unrecorded".to_owned(),
                other => format!("refused {other}"),
            },
        }
    }

    pub(super) fn latches(&self) -> Vec<serde_json::Value> {
        // SAFETY: the buffer is as large as is said.
        let text =
            long(|buffer, capacity, length| unsafe { rg_latches(self.guard, buffer, capacity, length) });
        serde_json::from_str(&text).unwrap()
    }

    pub(super) fn metric(&self, name: &str) -> String {
        // SAFETY: the buffer is as large as is said.
        let text =
            long(|buffer, capacity, length| unsafe { rg_metrics(self.guard, buffer, capacity, length) });
        serde_json::from_str::<serde_json::Value>(&text).unwrap()[name].to_string()
    }
}

fn open(setup: &Setup, house: &mut House, now: i64, options: &rg_options) -> Result<u64, String> {
    let config = toml::to_string(&setup.config).map_err(|e| e.to_string())?;
    let (rules, mut guard) = (house.rules(), 0);
    let (first, rule_count) = (rules.as_ptr(), rules.len() as u64);
    let options = rg_options { start_ns: now, rules: first, rule_count, ..*options };
    if make(&config, &options, &mut guard) == RG_OK { Ok(guard) } else { Err(error()) }
}

fn symbols(config: &toml::Table) -> Vec<String> {
    let instruments = config.get("instruments").and_then(|all| all.as_array());
    let symbol = |instrument: &toml::Value| instrument["symbol"].as_str().unwrap().to_owned();
    instruments.into_iter().flatten().map(symbol).collect()
}
