//! Inputs of a scenario through the C calls.

use std::ptr;

use risk_core::{Adjustment, Side};
use risk_guard::adjust::*;
use risk_guard::input::*;
use risk_guard::reconcile::*;
use risk_guard::report::*;
use risk_guard::statement::*;
use risk_guard::time::*;
use risk_guard::words::rg_status::{self, RG_OK};
use risk_testkit::scenario::{BookingLine, Command, CumulativeLine, FillLine, OrderName, QuoteLine};
use rust_decimal::Decimal;

use super::carry::{dec, opt, sized, text};
use super::driver::BorderDriver;
use super::world::error;

impl BorderDriver {
    /// Feeds an input; what became of it, in the words of a scenario.
    pub(super) fn input(&self, command: &Command) -> String {
        let (guard, mut effect) = (self.guard, sized::<rg_ingested>());
        let to = &raw mut effect;
        // SAFETY, for every call here: everything lives during it.
        let status = unsafe {
            match command {
                Command::Accept(name, None) => {
                    self.with_ref(name, |order| rg_ingest_accepted(guard, &order, to))
                }
                Command::Accept(name, Some(quantity)) => {
                    self.with_ref(name, |order| rg_ingest_accepted_for(guard, &order, &dec(*quantity), to))
                }
                Command::Done(name, end) => {
                    let end = match end.as_str() {
                        "cancelled" => 1,
                        "rejected" => 2,
                        "expired" => 3,
                        "unknown" => 4,
                        other => panic!("{other} is no end"),
                    };
                    self.with_ref(name, |order| rg_ingest_done(guard, &order, end, to))
                }
                Command::Fill(line) => self.fill(line, to),
                Command::Cumulative(line) => self.cumulative(line, to),
                Command::Bust { account, execution, instead } => {
                    let execution = text(execution);
                    let (quantity, price, fee) = instead
                        .map_or_else(Default::default, |(quantity, price, fee)| {
                            (dec(quantity), dec(price), dec(fee))
                        });
                    let report = rg_report {
                        kind: if instead.is_some() { 3 } else { 2 },
                        account: self.account(account),
                        execution: execution.as_ptr(),
                        quantity,
                        price,
                        fee,
                        ..sized()
                    };
                    rg_ingest_report(guard, &report, to)
                }
                Command::Quote(line) => rg_ingest_quote(guard, &self.quote(line), to),
                Command::Mark { instrument, price, age_ns } => {
                    let instrument = self.instrument(instrument);
                    rg_ingest_mark(guard, instrument, &dec(*price), self.now - age_ns, to)
                }
                Command::Rate { from, to: into, rate } => {
                    rg_ingest_rate(guard, self.asset(from), self.asset(into), &dec(*rate), to)
                }
                Command::DailyVolume(instrument, quantity) => {
                    rg_ingest_daily_volume(guard, self.instrument(instrument), &dec(*quantity), to)
                }
                Command::Balance(account, balance) => {
                    rg_ingest_balance(guard, self.account(account), &dec(*balance), to)
                }
                Command::Flow(account, amount) => {
                    rg_ingest_flow(guard, self.account(account), &dec(*amount), to)
                }
                Command::Host(account, figures) => {
                    let mut host = rg_host_figures { account: self.account(account), ..sized() };
                    for (name, value) in figures {
                        match name.as_str() {
                            "equity" => host.equity = dec(*value),
                            "day_profit" => host.day_profit = dec(*value),
                            "drawdown_percent" => host.drawdown_percent = dec(*value),
                            "gross_exposure" => host.gross_exposure = dec(*value),
                            _ => {
                                host.has_position_count = 1;
                                host.position_count = u32::try_from(*value).unwrap();
                            }
                        }
                    }
                    rg_ingest_host(guard, &host, to)
                }
                Command::Adjust(instrument, how) => {
                    let mut told =
                        rg_adjustment { instrument: self.instrument(instrument), kind: 1, ..sized() };
                    match how {
                        Adjustment::Split { from, to } => {
                            (told.units_before, told.units_after) = (*from, *to)
                        }
                        Adjustment::Settled { price } => (told.kind, told.price) = (2, dec(*price)),
                        Adjustment::Expired { price } => (told.kind, told.price) = (3, dec(*price)),
                        other => panic!("{other:?} is no adjustment"),
                    }
                    rg_ingest_adjustment(guard, &told, to)
                }
                Command::Transfer { account, from, to: into, instrument, quantity, by } => {
                    let by = text(by);
                    let told = rg_transfer {
                        from: self.strategy(account, from),
                        to: self.strategy(account, into),
                        instrument: self.instrument(instrument),
                        quantity: dec(*quantity),
                        by: by.as_ptr(),
                        ..sized()
                    };
                    rg_ingest_transfer(guard, &told, to)
                }
                Command::Believe(instrument, by) => {
                    rg_believe_reference(guard, self.instrument(instrument), text(by).as_ptr(), to)
                }
                Command::Decide { accept, number, by } => {
                    let (number, by) =
                        (number.unwrap_or_else(|| self.withheld().first().copied().unwrap_or(0)), text(by));
                    if *accept {
                        rg_accept_statement(guard, number, by.as_ptr(), to)
                    } else {
                        rg_discard_statement(guard, number, by.as_ptr(), to)
                    }
                }
                Command::Snapshot { reported: true, .. } => {
                    return self.reconcile(command, to);
                }
                Command::Snapshot { orders: Some(_), .. } => {
                    let reconcile = |told: &rg_snapshot| {
                        rg_reconcile(guard, told, to, ptr::null_mut(), 0, ptr::null_mut())
                    };
                    self.with_snapshot(command, reconcile)
                }
                Command::Snapshot { account, balance, positions, .. } => {
                    let holding = |(instrument, quantity, price): &(String, Decimal, Decimal)| rg_holding {
                        instrument: self.instrument(instrument),
                        quantity: dec(*quantity),
                        price: dec(*price),
                    };
                    let holdings: Vec<_> = positions.iter().map(holding).collect();
                    let balance = balance.map(dec);
                    let balance = balance.as_ref().map_or(ptr::null(), ptr::from_ref);
                    let account = self.account(account);
                    rg_ingest_snapshot(guard, account, balance, holdings.as_ptr(), holdings.len(), to)
                }
                Command::Heartbeat => rg_ingest_heartbeat(guard, to),
                Command::DayRoll => rg_ingest_day_roll(guard, to),
                Command::Session { instrument, opens_ns, closes_ns } => {
                    let (opens, closes) = (self.now + opens_ns, self.now + closes_ns);
                    rg_ingest_session(guard, self.instrument(instrument), opens, closes, to)
                }
                Command::NextRoll(ns) => rg_ingest_next_roll(guard, self.now + ns, to),
                Command::Status { instrument, status, by } => {
                    let status = match status.as_str() {
                        "open" => 1,
                        "close_only" => 2,
                        _ => 3,
                    };
                    let instrument = self.instrument(instrument);
                    rg_ingest_status(guard, instrument, status, text(by).as_ptr(), to)
                }
                Command::Change { of, limits, by, second, until_ns } => {
                    let scope = self.scope(of);
                    let (limits, by) = (toml::to_string(limits).unwrap(), text(by));
                    let second = second.as_deref().map(text);
                    let change = rg_limits_change {
                        scope: scope.kind,
                        handle: scope.handle,
                        limits: limits.as_ptr().cast(),
                        length: limits.len() as u64,
                        format: 1,
                        by: by.as_ptr(),
                        reason: c"a scenario".as_ptr(),
                        second: second.as_ref().map_or(ptr::null(), |name| name.as_ptr()),
                        expires_ns: until_ns.map_or(0, |ns| self.now + ns),
                        ..sized()
                    };
                    rg_ingest_limits(guard, &change, to)
                }
                other => panic!("{other:?} is no input"),
            }
        };
        ingested(status, &effect)
    }

    fn fill(&self, line: &FillLine, to: *mut rg_ingested) -> rg_status {
        let execution = text(&line.execution);
        let parent = line.booking.as_ref().and_then(|(.., parent)| parent.as_deref()).map(text);
        let booking = self.booked(&line.name, line.booking.as_ref());
        self.with_ref(&line.name, |order| {
            let mut fill = rg_fill {
                order,
                execution: execution.as_ptr(),
                quantity: dec(line.quantity),
                price: dec(line.price),
                fee: dec(line.fee),
                origin: if line.venue { 2 } else { 0 },
                parent: parent.as_ref().map_or(ptr::null(), |parent| parent.as_ptr()),
                ..sized()
            };
            if let Some((account, strategy, instrument, side)) = booking {
                fill.has_booking = 1;
                (fill.account, fill.strategy) = (account, strategy);
                (fill.instrument, fill.side) = (instrument, side);
            }
            // SAFETY: everything lives during the call.
            unsafe { rg_ingest_fill(self.guard, &fill, to) }
        })
    }

    fn cumulative(&self, line: &CumulativeLine, to: *mut rg_ingested) -> rg_status {
        let parent = line.booking.as_ref().and_then(|(.., parent)| parent.as_deref()).map(text);
        let booking = self.booked(&line.name, line.booking.as_ref());
        self.with_ref(&line.name, |order| {
            let mut report = rg_report {
                kind: 1,
                order,
                quantity: dec(line.quantity),
                price: dec(line.average_price),
                fee: opt(line.fees),
                parent: parent.as_ref().map_or(ptr::null(), |parent| parent.as_ptr()),
                ..sized()
            };
            if let Some((account, strategy, instrument, side)) = booking {
                report.has_booking = 1;
                (report.account, report.strategy) = (account, strategy);
                (report.instrument, report.side) = (instrument, side);
            }
            // SAFETY: everything lives during the call.
            unsafe { rg_ingest_report(self.guard, &report, to) }
        })
    }

    /// Account, strategy, instrument and side of a booking, as numbers.
    fn booked(&self, name: &OrderName, booking: Option<&BookingLine>) -> Option<(u64, u64, u64, u32)> {
        let (strategy, side, instrument, _) = booking?;
        let account = self.full(name).account.unwrap_or_default();
        let side = if *side == Side::Buy { 1 } else { 2 };
        Some((self.account(&account), self.strategy(&account, strategy), self.instrument(instrument), side))
    }

    fn quote(&self, line: &QuoteLine) -> rg_quote {
        let mut quote = rg_quote {
            instrument: self.instrument(&line.instrument),
            bid: opt(line.bid),
            ask: opt(line.ask),
            at_ns: self.now - line.age_ns,
            ..sized()
        };
        for (field, value) in &line.more {
            match field.as_str() {
                "bid_size" => quote.bid_size = dec(*value),
                "ask_size" => quote.ask_size = dec(*value),
                "last" => quote.last = dec(*value),
                _ => quote.volume = dec(*value),
            }
        }
        quote
    }
}

/// What became of an input: the status, the effect, and the text of a refusal, in the words of a scenario.
pub(super) fn ingested(status: rg_status, effect: &rg_ingested) -> String {
    if status != RG_OK {
        let text = error();
        let first = text.split([':', ' ']).next().unwrap_or_default();
        let between =
            |before: &str, after: &str| Some(text.strip_prefix(before)?.split_once(after)?.0.to_owned());
        let known = [
            ("unknown ", between("the ", " is not known to this engine")),
            ("second_name ", between("loosening ", " needs")),
            ("full ", text.strip_prefix("no room for another ").map(str::to_owned)),
            ("ceiling ", text.contains("is looser than its ceiling").then(|| first.to_owned())),
            ("sessionless", text.contains("has no `sessions`").then(String::new)),
            ("empty_session", text.starts_with("the session opens at").then(String::new)),
            ("outdated", text.contains("is older than").then(String::new)),
            ("limits", text.starts_with("the limits were refused").then(String::new)),
            ("unrecorded", text.contains("could not be recorded").then(String::new)),
            ("text ", text.contains("is not 1 to 64 of").then(|| first.to_owned())),
        ];
        let found =
            known.into_iter().find_map(|(word, rest)| rest.map(|rest| format!("refused {word}{rest}")));
        return found.unwrap_or_else(|| format!("refused number {first}"));
    }
    let mut words = match (effect.repeated, effect.anomaly) {
        (1, _) => "repeated",
        (_, 1) => "applied",
        (_, 2) => "anomaly unknown_order",
        (_, 3) => "anomaly over_fill",
        (_, 4) => "anomaly late_fill",
        (_, 5) => "anomaly not_applied",
        (_, 6) => "anomaly inconsistent",
        (_, 7) => "anomaly over_accepted",
        _ => "anomaly other",
    }
    .to_owned();
    let flags = [
        (effect.rounded == 1, " rounded"),
        (effect.latch != 0, " latched"),
        (effect.withheld == 1, " withheld"),
    ];
    for (is, word) in flags {
        if is {
            words.push_str(word);
        }
    }
    words
}
