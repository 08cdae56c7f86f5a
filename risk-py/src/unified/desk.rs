//! What the drop-in knows, and how it judges: tell the core what has changed, ask the core. Nothing here runs Python, so
//! that its lock is never held while anything of the interpreter is waited for.

use std::sync::Arc;

use risk_core::{
    AccountHandle, Config, ConfigError, Decision, End, Id, Journal, JournalError, Lift, Order, Outcome,
    Record, RiskGuard, Scope, Side, StrategyHandle, SystemClock, Timestamp, TradingState, Verdict,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::answer::Answer;
use super::holds::{Base, Hold, Holds};
use super::limits::SeenLimits;
use super::order::Asked;
use super::portfolio::SeenPortfolio;
use super::refusal::Refusal;
use super::repeats::{Pace, Repeats};
use super::symbols::Symbols;

/// An order and all that was read for it.
pub(super) struct Seen {
    pub(super) asked: Asked,
    /// The group its symbol is to be in, where the trader says so.
    pub(super) group: Option<String>,
    pub(super) price: Result<Decimal, Refusal>,
    pub(super) limits: Arc<SeenLimits>,
    pub(super) portfolio: Arc<SeenPortfolio>,
    /// How many minutes old a portfolio may be.
    pub(super) age_minutes: Result<f64, Refusal>,
    pub(super) pace: Result<Pace, Refusal>,
    /// What every answer says at the moment.
    pub(super) notes: Option<&'static str>,
    /// In seconds since the epoch.
    pub(super) now: f64,
}

/// An answer, the hold behind it, and the name by which the core knows the order.
pub(super) struct Judged {
    pub(super) answer: Answer,
    pub(super) hold: Option<u64>,
    pub(super) id: Option<Id>,
}

/// The state of the drop-in, behind one lock.
pub(super) struct Desk {
    pub(super) core: RiskGuard,
    pub(super) holds: Holds,
    pub(super) account: AccountHandle,
    pub(super) strategy: StrategyHandle,
    pub(super) symbols: Symbols,
    repeats: Repeats,
    unnamed: u64,
    pub(super) limits: u64,
    pub(super) gross_limit: Decimal,
    pub(super) portfolio: Option<Arc<SeenPortfolio>>,
    /// The positions the core was told are those of `portfolio`.
    pub(super) stated: bool,
    /// Positions that cannot be used, by their symbol.
    pub(super) wrong: Vec<(String, Refusal)>,
    pub(super) refreshed: f64,
    /// Changes of prices and positions in the core: it adds what happens after it was told figures.
    pub(super) changes: u64,
    pub(super) figures: Option<(u64, u64)>,
    pub(super) day_start: Option<Decimal>,
    /// Exposure that the trader states and that is of no position.
    pub(super) beyond: Decimal,
    pub(super) exposure: Decimal,
    /// In nanoseconds since the epoch.
    pub(super) clock: i64,
}

/// What the core is made from. The limits are the trader's, told before they are needed.
const CONFIG: &str = r#"{
    "firm": {"currency": "USD", "limits": {"collar_bps": 1000, "position_notional_max": 0}},
    "assets": [{"code": "USD", "digits": 2}],
    "accounts": [{"name": "trader", "currency": "USD", "limits": {"gross_exposure_max": 0}}],
    "settings": {"host_age_ms_max": 1000000000, "unknown_settle_ms": 0},
    "capacity": {"instruments": 1024, "books": 4096, "live_orders": 8192, "order_ids": 131072,
        "order_ids_for_exits": 16384}
}"#;

/// The records of the drop-in's core: counted and not kept. Its trail is the audit log, and nobody can ask for another.
#[derive(Default)]
struct Counted(u64);

impl Journal for Counted {
    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        self.0 = record.seq;
        Ok(())
    }

    fn append_evaluation(
        &mut self,
        seq: u64,
        _: Option<Timestamp>,
        _: &Order,
        _: &Outcome,
    ) -> Result<(), JournalError> {
        self.0 = seq;
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

impl Desk {
    pub(super) fn new() -> Result<Self, String> {
        let wrong = |problem: ConfigError| problem.to_string();
        let config = Config::from_json(CONFIG, "the drop-in").map_err(wrong)?;
        let core = RiskGuard::new(&config, SystemClock, Counted::default()).map_err(wrong)?;
        let account = core.account("trader").map_err(|problem| problem.to_string())?;
        // What the trader states belongs to nobody in particular, and so do its orders: one position, not two.
        let strategy = core.strategy(account, "unassigned").map_err(|problem| problem.to_string())?;
        Ok(Self {
            core,
            holds: Holds::default(),
            account,
            strategy,
            symbols: Symbols::default(),
            repeats: Repeats::default(),
            unnamed: 0,
            limits: 0,
            gross_limit: Decimal::ZERO,
            portfolio: None,
            stated: false,
            wrong: Vec::new(),
            refreshed: 0.0,
            changes: 0,
            figures: None,
            day_start: None,
            beyond: Decimal::ZERO,
            exposure: Decimal::ZERO,
            clock: 0,
        })
    }

    pub(super) fn is_halted(&self) -> bool {
        self.core.trading_state(Scope::Firm) != TradingState::Active
    }

    /// One order: what has changed is told, then the core is asked.
    pub(super) fn judge(&mut self, seen: &Seen) -> Judged {
        let asked = &seen.asked;
        let none = |refusal: &Refusal| Judged { answer: Answer::refused(refusal), hold: None, id: None };
        // What only an opening needs is remembered, and asked again where it is known that the order opens.
        let mut problem = seen.price.as_ref().err().cloned();
        let price = seen.price.as_ref().ok().copied();
        let known = self.symbols.find(&asked.symbol).and_then(|place| self.symbols.get(place).mark);
        let mark = price.or(known);
        let group = seen.group.as_deref();
        let place =
            match self.symbols.seen(&self.core, &asked.symbol, group, mark.or(asked.price), asked.size) {
                Ok(place) => place,
                Err(refusal) => return none(&problem.unwrap_or(refusal)),
            };
        let mut mine = true;
        if let Err(refusal) = self.tell_positions(place, price, seen) {
            problem.get_or_insert(refusal);
            mine = false;
        }
        if problem.is_none() {
            let told = self
                .tell_limits(&seen.limits)
                .and_then(|()| self.tell_figures(seen))
                .and_then(|()| self.repeats.check(place, asked, seen.pace.clone()?, seen.now));
            problem = told.err();
        }
        let symbol = self.symbols.get(place);
        let exact = symbol.registered;
        let quantity = if exact { asked.size } else { symbol.lots_up(asked.size) };
        match problem {
            None => self.ask(place, quantity, price, seen),
            Some(problem) => {
                let part = if mine { quantity.min(self.reducible(place, asked.side)) } else { Decimal::ZERO };
                if part <= Decimal::ZERO {
                    return none(&problem);
                }
                let mut judged = self.ask(place, part, mark, seen);
                if part < quantity && judged.answer.verdict == Verdict::Approved {
                    judged.answer = Answer::exit_part(asked, part, &problem, judged.answer.score);
                }
                judged
            }
        }
    }

    /// How much of the position an order of this side can close, holds taken off.
    fn reducible(&self, place: usize, side: Side) -> Decimal {
        let symbol = self.symbols.get(place);
        if symbol.uncounted {
            return Decimal::ZERO;
        }
        let held = self.core.position(self.account, symbol.handle);
        match side {
            Side::Sell => held.quantity - held.selling,
            Side::Buy => -held.quantity - held.buying,
        }
    }

    fn ask(&mut self, place: usize, quantity: Decimal, price: Option<Decimal>, seen: &Seen) -> Judged {
        let (asked, notes) = (&seen.asked, seen.notes);
        let id = match &asked.client {
            Some((_, id)) => *id,
            None => {
                self.unnamed += 1;
                Id::new(&format!("unnamed:{}", self.unnamed))
            }
        };
        let symbol = self.symbols.get(place);
        let limit = asked.price.map(|price| if symbol.registered { price } else { symbol.ticks(price) });
        let mut order = Order::new(symbol.handle, asked.side, quantity);
        (order.id, order.account, order.strategy) = (id, self.account, self.strategy);
        if let Some(limit) = limit {
            order = order.limit(limit);
        }
        let refused = |why| Judged { answer: Answer::rejected(&why, notes), hold: None, id: Some(id) };
        let (permit, binding) = match self.core.evaluate(&order) {
            Decision::Approved(permit) => (permit, None),
            Decision::Reduced(permit, binding) => (permit, Some(binding)),
            Decision::Rejected(why) | Decision::EmergencyStop(why) => return refused(why),
        };
        let held = match self.core.redeem(permit) {
            Ok(outbound) => outbound.order().quantity,
            Err(why) => return refused(why),
        };
        let hold = self.holds.add(Hold {
            symbol: place,
            id,
            side: asked.side,
            market: asked.market,
            size: held,
            limit,
            worth: asked.price.or(price).unwrap_or_default(),
            time: seen.now,
            base: Base {
                value: symbol.value.unwrap_or_default(),
                exposure: self.exposure,
                listed: self.portfolio.as_ref().is_some_and(|stated| !stated.listed.is_empty()),
            },
            grown: Decimal::ZERO,
            filled: Decimal::ZERO,
            settled: Decimal::ZERO,
            told: held,
        });
        self.repeats.approved(place, asked, seen.pace.as_ref().ok().copied(), seen.now);
        let score = self.score();
        let answer = match binding {
            None => Answer::approved(asked, score, notes),
            Some(why) => Answer::reduced(&why, asked, held, score, notes),
        };
        Judged { answer, hold: Some(hold), id: Some(id) }
    }

    /// How much of the exposure limit is used, 0 to 1.
    fn score(&self) -> f64 {
        let gross = self
            .core
            .account_sums(self.account)
            .and_then(|sums| sums.gross_exposure.checked_add(self.beyond));
        let used = gross.and_then(|gross| gross.checked_div(self.gross_limit)).and_then(|used| used.to_f64());
        used.map_or(1.0, |used| used.clamp(0.0, 1.0))
    }

    /// Ends the hold of an order that was approved and will not be sent.
    pub(super) fn take_back(&mut self, hold: u64) {
        self.holds.end(&self.core, self.account, hold, End::Rejected);
    }

    pub(super) fn cancelled(&mut self, id: Id) -> bool {
        let Some((key, hold)) = self.holds.named(id) else { return false };
        if hold.executed().is_zero() {
            return self.holds.end(&self.core, self.account, key, End::Cancelled);
        }
        // What was reported as filled stays a position until the trader speaks.
        self.holds.close(id);
        // Where that cannot be told, the core goes on holding all of it.
        let _ = self.state_positions();
        true
    }

    /// So much of an order was executed; at most what is left of it. Whether it is known.
    pub(super) fn filled(&mut self, id: Id, size: Decimal) -> Result<bool, Refusal> {
        let Some((_, hold)) = self.holds.named(id) else { return Ok(false) };
        let symbol = self.symbols.get(hold.symbol);
        hold.filled = symbol.lots_down((hold.filled + size.min(hold.size)).min(hold.size));
        self.state_positions()?;
        Ok(true)
    }

    pub(super) fn register(
        &mut self,
        name: &str,
        group: Option<&str>,
        tick: Decimal,
        lot: Decimal,
    ) -> Result<(), Refusal> {
        self.symbols.register(&self.core, name, group, tick, lot).map(drop)
    }

    /// When the trader spoke last, as far as it was heard.
    pub(super) fn refreshed(&self) -> f64 {
        self.refreshed
    }

    /// How many orders the core holds.
    pub(super) fn live(&self) -> u64 {
        let tables = self.core.metrics().utilisation;
        tables.iter().find(|(name, ..)| *name == "live_orders").map_or(0, |(_, used, _)| *used)
    }

    pub(super) fn halt(&self, reason: &str) {
        self.core.halt(Scope::Firm, reason, "host");
    }

    /// Lifts every latch. Whether trading goes on.
    pub(super) fn resume(&self, reason: &str) -> bool {
        for latch in self.core.latches() {
            // A latch that stays keeps trading halted, and the answer says so.
            let lift = Lift::One(latch.id);
            let _ = self.core.resume(latch.scope, lift, TradingState::Active, reason, "host");
        }
        !self.is_halted()
    }
}
