//! Playing a history: each step is done to the engine and to the model, and both are compared.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use risk_core::{
    Change, Config, Engine, GATES, GateId, Input, Lift, ListPermit, ManualClock, MemoryJournal, Message,
    Order, OrderHandle, OrderRef, Outbound, Permit, Rejection, Scope, Side, Timestamp, TradingState,
};

use super::dice::Dice;
use super::{Tally, world};
use crate::model::{Bug, Handles, Model, Owner, Shown};

/// Nanoseconds in a millisecond.
pub(super) const MS: i64 = 1_000_000;

/// One step.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// An order is judged.
    Evaluate(Order),
    /// An input comes in.
    Ingest(Input),
    /// A change of an order is judged.
    Modify(OrderRef, Change),
    /// A list is judged.
    EvaluateList(Arc<[Order]>),
    /// The list's permit at this place is redeemed.
    RedeemList(usize),
    /// The list's permit at this place is given back.
    ReleaseList(usize),
    /// The permit at this place is redeemed.
    Redeem(usize),
    /// The permit at this place is given back.
    Release(usize),
    /// The message at this place was not sent.
    Abandon(usize),
    /// An order is cancelled.
    Cancel(OrderRef),
    /// Only time passes.
    Tick,
    /// The process comes back.
    Restart,
    /// A scope is pulled down.
    PullDown(Scope, TradingState),
    /// Latches are lifted.
    Resume(Scope, Lift, TradingState),
    /// The clock is set (`None`: it fails); no step of its own.
    Clock(Option<i64>),
}

impl Action {
    /// In words, for who looks into a difference.
    fn said(&self) -> String {
        match self {
            // Few of its many fields say something.
            Self::Ingest(Input::Limits { of, limits, expires, .. }) => {
                let text = toml::to_string(&**limits).unwrap_or_default().replace('\n', ", ");
                format!("limits of {of:?} until {expires:?}: {text}")
            }
            action => format!("{action:?}"),
        }
    }
}

/// A history that is being played.
pub(super) struct Play {
    pub(super) rng: Dice,
    pub(super) config: Config,
    pub(super) model: Model,
    pub(super) plan: VecDeque<Action>,
    pub(super) permits: Vec<Permit>,
    /// Permits of lists, with the first order of each.
    pub(super) lists: Vec<(ListPermit, OrderHandle)>,
    pub(super) outbounds: Vec<Outbound>,
    pub(super) orders: Vec<OrderHandle>,
    /// Handles of changes.
    pub(super) changes: Vec<OrderHandle>,
    pub(super) tally: Tally,
    pub(super) mids: Vec<i64>,
    /// Whether the last quote of an instrument lets orders pass.
    pub(super) usable: Vec<bool>,
    /// What the clock says, in nanoseconds.
    pub(super) time: i64,
    pub(super) names: u64,
    /// The strategy whose turn it is, after something was done to it.
    pub(super) watched: Option<(usize, Option<Side>)>,
    /// The quantity last given for a parent of a strategy.
    pub(super) parents: BTreeMap<(usize, u32), i64>,
    /// The gate whose limits this history sets most: each has its turn, however long the list grows.
    pub(super) focus: GateId,
    alive: bool,
    clock: ManualClock,
    pub(super) engine: Engine<ManualClock, MemoryJournal>,
    /// The last steps, with their times.
    log: VecDeque<(i64, Action)>,
}

/// Engine and model do not agree.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Reproduces it.
    pub seed: u64,
    /// At which step.
    pub step: u64,
    /// What each says.
    pub what: String,
    /// The last steps.
    pub log: Vec<String>,
}

impl core::fmt::Display for Difference {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for line in &self.log {
            writeln!(f, "  {line}")?;
        }
        write!(f, "seed {}, step {}: {}", self.seed, self.step, self.what)
    }
}

impl core::error::Error for Difference {}

/// Plays a history of some steps and looks for the deliberate mistakes.
///
/// # Errors
/// The first difference between engine and model.
///
/// # Panics
/// When the generator makes a world that the engine does not take.
pub fn play(seed: u64, steps: u64, bugs: &[Bug]) -> Result<Tally, Box<Difference>> {
    through(Play::new(Dice::with_seed(seed), steps), seed, steps, bugs)
}

/// The same with choices that somebody else made, one to eight bytes each; what they leave open follows from the seed 0.
///
/// # Errors
/// The first difference between engine and model.
///
/// # Panics
/// When the generator makes a world that the engine does not take.
pub fn play_choices(choices: Vec<u8>, steps: u64) -> Result<Tally, Box<Difference>> {
    through(Play::new(Dice::with_bytes(choices, 0), steps), 0, steps, &[])
}

fn through(mut play: Play, seed: u64, steps: u64, bugs: &[Bug]) -> Result<Tally, Box<Difference>> {
    let mut left = bugs.to_vec();
    while play.tally.steps < steps {
        let action = match play.plan.pop_front() {
            Some(action) => action,
            None => {
                play.think();
                continue;
            }
        };
        play.remember(&action);
        let done = play.act(action, &mut left, seed).and_then(|()| play.compare_views());
        if let Err(what) = done {
            let log = play.log.iter().map(|(time, action)| format!("{time} {}", action.said())).collect();
            return Err(Box::new(Difference { seed, step: play.tally.steps, what, log }));
        }
    }
    if !play.model.adds_up() {
        let what = "what the model has added up is not what its entries add up to".to_owned();
        return Err(Box::new(Difference { seed, step: play.tally.steps, what, log: Vec::new() }));
    }
    Ok(play.tally)
}

impl Play {
    fn new(mut rng: Dice, steps: u64) -> Self {
        let config = world::config(&mut rng);
        let time = 1_700_000_000_000_000_000 + rng.i64(0..1_000_000);
        let clock = ManualClock::at(Timestamp::from_nanos(time));
        let records = usize::try_from(2 * steps + 64).unwrap_or(4_096);
        let engine = Engine::with_vetoes(
            &config,
            clock.clone(),
            MemoryJournal::with_capacity(records),
            crate::house::vetoes(&config),
        );
        let engine = engine.expect("the world is a valid configuration");
        let model = Model::new(&config, Handles::of(&engine, &config));
        let focus = GATES[rng.usize(0..GATES.len())].id;
        let mut play = Self {
            rng,
            config,
            model,
            plan: VecDeque::new(),
            permits: Vec::new(),
            lists: Vec::new(),
            outbounds: Vec::new(),
            orders: Vec::new(),
            changes: Vec::new(),
            tally: Tally::default(),
            mids: world::MIDS.to_vec(),
            usable: vec![true; world::MIDS.len()],
            time,
            names: 0,
            watched: None,
            parents: BTreeMap::new(),
            focus,
            alive: true,
            clock,
            engine,
            log: VecDeque::new(),
        };
        play.begin();
        play
    }

    fn remember(&mut self, action: &Action) {
        if self.log.len() == 40 {
            self.log.pop_front();
        }
        self.log.push_back((self.time, action.clone()));
    }

    /// Time goes on; no step of its own.
    pub(super) fn set_clock(&mut self, time: i64) {
        self.time = time;
        self.clock.set(Timestamp::from_nanos(time));
    }

    pub(super) fn now(&self) -> Option<Timestamp> {
        self.alive.then(|| Timestamp::from_nanos(self.time))
    }

    fn act(&mut self, action: Action, bugs: &mut Vec<Bug>, seed: u64) -> Result<(), String> {
        let now = self.now();
        if !matches!(action, Action::Clock(_)) {
            self.tally.steps += 1;
        }
        match action {
            Action::Evaluate(order) => return self.evaluate(&order, bugs, seed),
            Action::Modify(order, change) => return self.modify(order, &change, bugs, seed),
            Action::EvaluateList(orders) => return self.evaluate_list(&orders, bugs, seed),
            Action::RedeemList(place) => {
                let (permit, first) = self.lists.swap_remove(place);
                let expected = self.model.redeem_list(first, now);
                let found = self.engine.redeem_list(permit, &mut self.outbounds);
                let found = found.map_err(|rejection| rejection.reason);
                self.tally.redeems.extend(found.err());
                return same("redeem of a list", &expected, &found);
            }
            Action::ReleaseList(place) => {
                let (permit, first) = self.lists.swap_remove(place);
                let expected = self.model.release_list(first, now);
                let found = self.engine.release_list(permit).map_err(|rejection| rejection.reason);
                return same("release of a list", &expected, &found);
            }
            Action::Ingest(input) => {
                self.model.ingest(&input, now);
                self.engine.ingest(input).map_err(|e| format!("the engine refuses an input: {e}"))?;
            }
            Action::Redeem(place) => {
                let permit = self.permits.swap_remove(place);
                let handle = permit.order();
                let expected = self.model.redeem(handle, now);
                let found = self.engine.redeem(permit);
                let reason = found.as_ref().map(|_| ()).map_err(|rejection: &Rejection| rejection.reason);
                if let Err(reason) = reason {
                    self.tally.redeems.insert(reason);
                }
                if let Ok(outbound) = found {
                    self.outbounds.push(outbound);
                }
                return same("redeem", &expected, &reason);
            }
            Action::Release(place) => {
                let permit = self.permits.swap_remove(place);
                let expected = self.model.release(permit.order(), now);
                let found = self.engine.release(permit).map(|_| ()).map_err(|rejection| rejection.reason);
                return same("release", &expected, &found);
            }
            Action::Abandon(place) => {
                let outbound = self.outbounds.swap_remove(place);
                self.model.abandon(outbound.handle(), outbound.message(), now);
                self.engine.abandon(outbound);
            }
            Action::Cancel(order) => {
                self.model.cancel(&order, now);
                let outbound = self.engine.cancel(order);
                return same("cancel", &Message::Cancel, &outbound.message());
            }
            Action::Restart => {
                self.model.restart(now);
                self.engine.recovered(false);
            }
            Action::Tick => {
                self.model.tick(now);
                self.engine.tick();
            }
            Action::PullDown(scope, state) => {
                let expected = self.model.pull_down(scope, state, "drill", "ops", now);
                let halt = match state {
                    TradingState::Halted => self.engine.halt(scope, "drill", "ops"),
                    TradingState::Active | TradingState::Reducing => {
                        self.engine.reduce_only(scope, "drill", "ops")
                    }
                };
                // Orders of one list are equally old.
                let steps: Vec<_> = halt.orders.iter().map(|order| self.model.step_of(*order)).collect();
                let newest_first = steps.iter().rev().is_sorted();
                same("whether orders to cancel come newest first", &true, &newest_first)?;
                let all = |orders: &[OrderHandle]| orders.iter().copied().collect::<HashSet<_>>();
                return same("orders to cancel", &all(&expected), &all(halt.orders));
            }
            Action::Resume(scope, lift, to) => {
                self.model.resume(scope, lift, to, now);
                let resumed = self.engine.resume(scope, lift, to, "drill over", "ops");
                resumed.map_err(|e| format!("the engine does not resume: {e}"))?;
            }
            Action::Clock(time) => {
                self.alive = time.is_some();
                match time {
                    Some(time) => self.set_clock(time),
                    None => self.clock.fail(),
                }
            }
        }
        Ok(())
    }

    fn compare_views(&mut self) -> Result<(), String> {
        let Shown { positions, sums } = self.model.show();
        let handles = self.model.handles().clone();
        for (owner, instrument, expected) in positions {
            let instrument = handles.instruments[instrument];
            let found = match owner {
                Owner::Account(place) => self.engine.position(handles.accounts[place], instrument),
                Owner::Strategy(place) => {
                    self.engine.strategy_position(handles.strategies[place].1, instrument)
                }
            };
            same(format_args!("position of {owner:?} in {instrument:?}"), &expected, &found)?;
        }
        for (account, expected) in handles.accounts.iter().zip(sums) {
            let found = self.engine.account_sums(*account);
            same(format_args!("sums of {account:?}"), &Some(expected), &found)?;
        }
        for (place, handle) in self.orders.iter().enumerate().rev().take(24) {
            same(
                format_args!("state of order {place}"),
                &self.model.order_state(place),
                &self.engine.order_state(*handle),
            )?;
        }
        same("live orders", &self.model.live_orders(), &self.engine.live_orders())?;
        let latches: Vec<_> = self.engine.latches().map(|latch| (latch.scope, latch.id)).collect();
        same("latches", &self.model.latched(), &latches)
    }
}

pub(super) fn same<T: PartialEq + core::fmt::Debug + ?Sized>(
    what: impl core::fmt::Display,
    expected: &T,
    found: &T,
) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what}: the model says {expected:?}, the engine {found:?}"))
}
