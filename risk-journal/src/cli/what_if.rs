//! `what-if`: every recorded order, change and list asked again under other limits. Rules of the house answer as they did.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use comfy_table::{Table, presets};
use risk_core::{
    AccountHandle, Decision, Event, Id, Input, Kept, ListPermit, Order, OrderHandle, OrderRef, Outbound,
    Outcome, Permit, Record, Registration, Rejection, Replayed, Timestamp, replay,
};
use serde::Serialize;

use super::limits::read_trial;
use super::{Journal, Problem, STEP, picture, progress, unreadable};

/// A day, counted from the Unix epoch.
pub(crate) type Day = i64;
pub(crate) const DAY_MS: i64 = 86_400_000;

/// Orders of one day; a change is one, and so is a list.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Count {
    /// All that were asked.
    pub(crate) orders: u64,
    /// Refused as it was.
    pub(crate) refused: u64,
    /// Refused under the other limits.
    pub(crate) refused_then: u64,
    /// Approved, and would have been refused.
    pub(crate) newly_refused: u64,
    /// Refused, and would have been approved.
    pub(crate) newly_approved: u64,
    /// Approved both times, with another quantity.
    pub(crate) other_quantity: u64,
}

/// What came out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) days: BTreeMap<Day, Count>,
    /// Newly refused, by the reason of the refusal.
    pub(crate) newly_refused: BTreeMap<String, u64>,
    /// Newly approved, by the reason it was refused for.
    pub(crate) newly_approved: BTreeMap<String, u64>,
    /// Recorded changes of limits that were left out.
    limit_changes: u64,
    /// Inputs and cancels that named an order by a handle which this trial cannot follow: of a list, all but its first.
    unmatched: u64,
}

struct Trial {
    engine: Replayed,
    report: Report,
    /// By the handle on record.
    permits: HashMap<Key, Permit>,
    /// By the handle of their first order.
    lists: HashMap<Key, ListPermit>,
    sent: HashMap<Key, OrderHandle>,
    outbound: HashMap<Key, Outbound>,
    /// What never went out in this trial.
    unsent: HashSet<Key>,
    unsent_ids: HashSet<(AccountHandle, String)>,
}

/// A handle as a key: it hashes by slot and generation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key(OrderHandle);

pub(crate) fn run(
    history: &Journal,
    limits: &Path,
    drawing: Option<&Path>,
    json: bool,
) -> Result<(), Problem> {
    let config = read_trial(history.config(), limits)?;
    if let Some(first) = history.first().filter(|first| *first > 1) {
        let text =
            format!("records before {first} are deleted: other limits can only be tried from the beginning");
        return Err(unreadable(text));
    }
    let engine = replay(&config, &Kept::default(), []).map_err(unreadable)?;
    let mut trial = Trial {
        engine,
        report: Report::default(),
        permits: HashMap::new(),
        lists: HashMap::new(),
        sent: HashMap::new(),
        outbound: HashMap::new(),
        unsent: HashSet::new(),
        unsent_ids: HashSet::new(),
    };
    let bar = progress(history.last()?, "records");
    for record in history.records(1) {
        let (_, record) = record?;
        trial.ask(&record);
        if record.seq.is_multiple_of(STEP) {
            bar.set_position(record.seq);
        }
    }
    bar.finish_and_clear();
    let report = trial.report;
    if let Some(path) = drawing {
        picture::draw(path, &report).map_err(unreadable)?;
    }
    if json {
        println!("{}", serde_json::to_string(&report).map_err(unreadable)?);
    } else {
        print(&report);
    }
    Ok(())
}

impl Trial {
    fn ask(&mut self, record: &Record) {
        let bound = self.engine.bound(record);
        let at = record.at;
        self.engine.answer_as(record);
        match (&record.event, bound.event) {
            (Event::Evaluated { outcome, .. }, Event::Evaluated { order, .. }) => {
                let decision = self.engine.evaluate_at(&order, at);
                self.compare(at, outcome, decision, Some((order.account, order.id)));
            }
            (Event::Modified { outcome, .. }, Event::Modified { order, change, .. }) => {
                // Of an order that never went out here there is nothing to change.
                if let Some(here) = self.here(unbound(order)) {
                    let decision = self.engine.modify_at(here, &change, at);
                    let id = match (order, change.id) {
                        (OrderRef::Client { account, .. }, Some(id)) => Some((account, id)),
                        _ => None,
                    };
                    self.compare(at, outcome, decision, id);
                }
            }
            (Event::ListEvaluated { outcome, .. }, Event::ListEvaluated { orders, .. }) => {
                self.ask_list(&orders, &outcome.leading, at);
            }
            (Event::ListRedeemed { first, refused: None }, _) => {
                if let Some(permit) = self.lists.remove(&Key(*first)) {
                    let mut outbounds: Vec<Outbound> = Vec::new();
                    if self.engine.redeem_list_at(permit, &mut outbounds, at).is_ok()
                        && let Some(outbound) = outbounds.into_iter().next()
                    {
                        self.sent.insert(Key(*first), outbound.handle());
                        self.outbound.insert(Key(*first), outbound);
                    }
                }
            }
            (Event::ListRedeemed { first, .. } | Event::ListReleased { first, .. }, _) => {
                if let Some(permit) = self.lists.remove(&Key(*first)) {
                    let _ = self.engine.release_list_at(permit, at);
                }
            }
            (Event::Redeemed { order, refused: None }, _) => {
                if let Some(permit) = self.permits.remove(&Key(*order)) {
                    match self.engine.redeem_at(permit, at) {
                        Ok(outbound) => {
                            self.sent.insert(Key(*order), outbound.handle());
                            self.outbound.insert(Key(*order), outbound);
                        }
                        Err(_) => drop(self.unsent.insert(Key(*order))),
                    }
                }
            }
            (Event::Redeemed { order, .. } | Event::Released { order, .. }, _) => {
                if let Some(permit) = self.permits.remove(&Key(*order)) {
                    let _ = self.engine.release_at(permit, at);
                }
            }
            (Event::Abandoned { order, cancel: false }, _) => {
                if let Some(outbound) = self.outbound.remove(&Key(*order)) {
                    self.engine.abandon_at(outbound, at);
                }
            }
            (_, Event::Cancelled { order, .. }) => {
                if let Some(order) = self.here(order) {
                    let _ = self.engine.cancel_at(order, at);
                }
            }
            (_, Event::Ingested { input, .. }) => self.tell(input, at),
            (_, Event::Halted { scope, state, reason, by }) => {
                let _ = self.engine.pull_down_at(scope, state, reason.as_str(), by.as_str(), at);
            }
            (_, Event::Resumed { scope, lift, to, reason, by, .. }) => {
                let _ = self.engine.resume(scope, lift, to, reason.as_str(), by.as_str());
            }
            (_, Event::Registered(registration)) => self.register(&registration),
            (_, Event::Ticked) => self.engine.tick_at(at),
            (_, Event::Recovered { release }) => {
                self.permits.clear();
                self.lists.clear();
                self.engine.recovered(release);
            }
            _ => {}
        }
    }

    fn compare(
        &mut self,
        at: Option<Timestamp>,
        outcome: &Outcome,
        decision: Decision,
        id: Option<(AccountHandle, Id)>,
    ) {
        let id = id.map(|(account, id)| (account, id.to_string()));
        match (self.count(at, outcome, decision.permit()), outcome.order.map(Key)) {
            (Some(permit), Some(key)) => {
                self.unsent_ids.retain(|unsent| Some(unsent) != id.as_ref());
                self.permits.insert(key, permit);
            }
            (Some(permit), None) => drop(self.engine.release_at(permit, at)),
            (None, Some(key)) => {
                self.unsent.insert(key);
                self.unsent_ids.extend(id);
            }
            (None, None) => {}
        }
    }

    fn ask_list(&mut self, orders: &std::sync::Arc<[Order]>, leading: &Outcome, at: Option<Timestamp>) {
        let decision = self.engine.evaluate_list_at(orders, at);
        let permit = decision.permit().map_err(|refused| refused.leading);
        let ids = || orders.iter().map(|order| (order.account, order.id.to_string()));
        match (self.count(at, leading, permit), leading.order.map(Key)) {
            (Some(permit), Some(key)) => {
                for id in ids() {
                    self.unsent_ids.remove(&id);
                }
                self.lists.insert(key, permit);
            }
            (Some(permit), None) => drop(self.engine.release_list_at(permit, at)),
            (None, Some(key)) => {
                self.unsent.insert(key);
                self.unsent_ids.extend(ids());
            }
            (None, None) => {}
        }
    }

    /// Counts what is different. The permit, where there is one here.
    fn count<P>(&mut self, at: Option<Timestamp>, was: &Outcome, now: Result<P, Rejection>) -> Option<P> {
        let day = at.map_or(0, |at| at.millis().div_euclid(DAY_MS));
        let count = self.report.days.entry(day).or_default();
        let approved = self.engine.last_outcome().map(|outcome| outcome.approved);
        count.orders += 1;
        count.refused += u64::from(was.order.is_none());
        count.refused_then += u64::from(now.is_err());
        match (was.order, now) {
            (Some(_), Ok(permit)) => {
                count.other_quantity += u64::from(approved != Some(was.approved));
                Some(permit)
            }
            (Some(_), Err(refusal)) => {
                count.newly_refused += 1;
                *self.report.newly_refused.entry(refusal.reason.code().to_owned()).or_default() += 1;
                None
            }
            (None, Ok(permit)) => {
                count.newly_approved += 1;
                let reason = was.reason.map_or("", risk_core::Reason::code).to_owned();
                *self.report.newly_approved.entry(reason).or_default() += 1;
                Some(permit)
            }
            (None, Err(_)) => None,
        }
    }

    /// The order in this trial; nothing when it never went out here.
    fn here(&mut self, order: OrderRef) -> Option<OrderRef> {
        match order {
            OrderRef::Handle(handle) => {
                let here = self.sent.get(&Key(handle)).copied().map(OrderRef::Handle);
                self.report.unmatched += u64::from(here.is_none() && !self.unsent.contains(&Key(handle)));
                here
            }
            OrderRef::Client { account, id } => {
                let unsent = self.unsent_ids.contains(&(account, id.to_string()));
                (!unsent).then_some(order)
            }
        }
    }

    fn tell(&mut self, mut input: Input, at: Option<Timestamp>) {
        match &mut input {
            Input::Limits { .. } => {
                self.report.limit_changes += 1;
                return;
            }
            Input::Accepted { order, .. } | Input::Done { order, .. } => match self.here(unbound(*order)) {
                Some(here) => *order = here,
                None => return,
            },
            Input::Fill(fill) => match self.here(unbound(fill.order)) {
                Some(here) => fill.order = here,
                None => return,
            },
            Input::Cumulative(report) => match self.here(unbound(report.order)) {
                Some(here) => report.order = here,
                None => return,
            },
            _ => {}
        }
        let _ = self.engine.ingest_at(input, at);
    }

    fn register(&mut self, registration: &Registration) {
        let _ = match registration {
            Registration::Instrument(both) => self.engine.add_instrument(&both.0, &both.1).map(|_| ()),
            Registration::Account(account) => self.engine.add_account(account).map(|_| ()),
            Registration::Strategy(account, strategy) => {
                self.engine.add_strategy(*account, strategy).map(|_| ())
            }
            Registration::Trader(trader) => self.engine.add_trader(trader).map(|_| ()),
            _ => Ok(()),
        };
    }
}

/// What a binding did to a handle of an order is taken back: it is looked up as it was recorded.
fn unbound(order: OrderRef) -> OrderRef {
    match order {
        OrderRef::Handle(handle) => OrderRef::Handle(handle.of_no_engine()),
        client @ OrderRef::Client { .. } => client,
    }
}

fn print(report: &Report) {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header([
        "day",
        "orders",
        "refused",
        "refused then",
        "newly refused",
        "newly approved",
        "other quantity",
    ]);
    for (day, count) in &report.days {
        let numbers = [
            count.orders,
            count.refused,
            count.refused_then,
            count.newly_refused,
            count.newly_approved,
            count.other_quantity,
        ];
        table.add_row([picture::date(*day)].into_iter().chain(numbers.map(|number| number.to_string())));
    }
    println!("{table}");
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(["reason", "newly refused", "newly approved"]);
    let reasons: std::collections::BTreeSet<_> =
        report.newly_refused.keys().chain(report.newly_approved.keys()).collect();
    for reason in reasons {
        let number = |counts: &BTreeMap<String, u64>| counts.get(reason).copied().unwrap_or(0).to_string();
        table.add_row([reason.clone(), number(&report.newly_refused), number(&report.newly_approved)]);
    }
    println!("\n{table}");
    if report.limit_changes > 0 {
        println!("\n{} recorded changes of limits were left out", report.limit_changes);
    }
    if report.unmatched > 0 {
        println!(
            "\n{} reports and cancels named an order of a list by its handle and could not be followed",
            report.unmatched
        );
    }
}
