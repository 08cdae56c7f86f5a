//! Statements that jump: a balance, an equity or a snapshot beyond its cap is on record and not applied, and its account
//! is halted until somebody has decided which of the two is wrong.

use rust_decimal::Decimal;

use crate::book::Owner;
use crate::clock::{Clock, Timestamp};
use crate::engine::Engine;
use crate::error::{ConfigError, IngestError};
use crate::halt::{Cause, LatchId, Lift, Scope, TradingState};
use crate::handle::AccountHandle;
use crate::input::{Ingested, Input, Snapshot};
use crate::num::{self, Money, Quantity, Round};
use crate::read::Read;
use crate::record::Journal;
use crate::state::{State, at};
use crate::text::{Id, Note};

/// By how much a statement on an account may differ from what is known, in its currency. One that differs by more is not
/// applied ([`Ingested::withheld`]) and halts the account until a named operator accepts or discards it. What was never
/// stated has nothing to differ from, but for positions: none is known to be 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct StatementCaps {
    /// The balance, of [`Input::Balance`] and of a snapshot. Above zero.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub balance_jump_max: Option<Decimal>,
    /// The equity that a host states ([`Input::Host`]). Above zero.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub equity_jump_max: Option<Decimal>,
    /// What one position of a snapshot is more or less, at the mark; what cannot be valued is too much. Above zero.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub position_jump_max: Option<Decimal>,
}

/// The same in integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Caps {
    balance: Option<Money>,
    equity: Option<Money>,
    position: Option<Money>,
}

impl StatementCaps {
    pub(crate) fn compile(&self, scale: u32, label: &str) -> Result<Caps, ConfigError> {
        let read = |field, value: Option<Decimal>| {
            let wrong = |value| ConfigError::Limit {
                at: label.to_owned(),
                field,
                problem: format!("{value} is not a positive amount"),
            };
            let money = |value| num::money(value, scale, Round::Down).filter(|cap| *cap > Money::ZERO);
            value.map(|value| money(value).ok_or_else(|| wrong(value))).transpose()
        };
        Ok(Caps {
            balance: read("balance_jump_max", self.balance_jump_max)?,
            equity: read("equity_jump_max", self.equity_jump_max)?,
            position: read("position_jump_max", self.position_jump_max)?,
        })
    }
}

/// A statement that waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WithheldStatement {
    /// Its number, to decide it by; never used twice.
    pub number: u64,
    /// What it is about.
    pub account: AccountHandle,
    /// As it came: a balance, a host's figures or a snapshot.
    pub input: Input,
    /// When it came.
    pub at: Timestamp,
    /// The latch it pulled.
    pub latch: LatchId,
}

/// Statements that wait: of each account the last of each kind, so that none is lost for want of room.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Withheld {
    kept: Vec<WithheldStatement>,
    next: u64,
    accounts: u32,
}

crate::refresh::refreshable!(Withheld { kept, next, accounts });

/// Balances, figures and snapshots.
const KINDS: usize = 3;

impl Withheld {
    pub(crate) fn with_capacity(accounts: u32) -> Self {
        let mut withheld = Self { kept: Vec::new(), next: 1, accounts };
        withheld.reserve_all();
        withheld
    }

    pub(crate) fn reserve_all(&mut self) {
        let most = usize::try_from(self.accounts).unwrap_or(usize::MAX).saturating_mul(KINDS);
        self.kept.reserve_exact(most.saturating_sub(self.kept.len()));
    }

    /// The same in another engine.
    pub(crate) fn rebind(&mut self, engine: u32) {
        for statement in &mut self.kept {
            statement.account.rebind(engine);
            match &mut statement.input {
                Input::Balance { account, .. } => account.rebind(engine),
                Input::Host(figures) => figures.account.rebind(engine),
                Input::Snapshot(snapshot) => {
                    let mut bound = snapshot.as_ref().clone();
                    bound.rebind(engine);
                    *snapshot = bound.into();
                }
                _ => {}
            }
        }
    }

    /// A newer one of the same kind and account replaces the one before.
    fn keep(&mut self, mut statement: WithheldStatement) {
        statement.number = self.next;
        self.next = self.next.saturating_add(1);
        let same = |kept: &WithheldStatement| {
            kept.account == statement.account
                && core::mem::discriminant(&kept.input) == core::mem::discriminant(&statement.input)
        };
        self.kept.retain(|kept| !same(kept));
        self.kept.push(statement);
    }

    pub(crate) fn get(&self, number: u64) -> Option<&WithheldStatement> {
        self.kept.iter().find(|kept| kept.number == number)
    }

    fn take(&mut self, number: u64) -> Option<WithheldStatement> {
        let place = self.kept.iter().position(|kept| kept.number == number)?;
        Some(self.kept.remove(place))
    }
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Statements that wait for a decision, oldest first.
    pub fn withheld_statements(&self) -> impl Iterator<Item = &WithheldStatement> {
        self.state.withheld.kept.iter()
    }

    /// A withheld statement is right: it is applied, and the halt that it caused is lifted when it was the last of its
    /// account. `by` names who says so. The same as [`Input::Decide`].
    ///
    /// # Errors
    /// No name, no such statement, one that cannot be applied any more, or a journal that cannot record it.
    pub fn accept_statement(&mut self, number: u64, by: &str) -> Result<Ingested, IngestError> {
        self.ingest(Input::Decide { statement: number, accept: true, by: Id::new(by) })
    }

    /// A withheld statement is wrong: it is forgotten, and the halt that it caused is lifted when it was the last of its
    /// account.
    ///
    /// # Errors
    /// No name, no such statement, or a journal that cannot record it.
    pub fn discard_statement(&mut self, number: u64, by: &str) -> Result<Ingested, IngestError> {
        self.ingest(Input::Decide { statement: number, accept: false, by: Id::new(by) })
    }

    /// Whether a statement jumps beyond a cap of its account.
    pub(crate) fn jumps(&self, input: &Input, read: &Read) -> bool {
        let state = &self.state;
        match (read, input) {
            (Read::Balance { account, balance }, _) => state.balance_jumps(*account, *balance),
            (Read::Host { account, host }, _) => {
                host.equity.is_some_and(|(equity, _)| state.equity_jumps(*account, equity))
            }
            (Read::Snapshot { account, balance }, Input::Snapshot(snapshot)) => {
                balance.is_some_and(|balance| state.balance_jumps(*account, balance))
                    || self.a_position_jumps(*account, snapshot)
            }
            _ => false,
        }
    }

    fn a_position_jumps(&self, account: u32, snapshot: &Snapshot) -> bool {
        let state = &self.state;
        let Some(cap) = at(&state.accounts, account).and_then(|account| account.caps.position) else {
            return false;
        };
        let stated = |instrument: u32| {
            snapshot.positions.iter().any(|held| held.instrument.index_in(self.tag) == Some(instrument))
        };
        let listed = snapshot.positions.iter().any(|holding| {
            state.read_holding(holding, self.tag).is_ok_and(|(instrument, position, _)| {
                state.position_jumps(account, instrument, position, cap)
            })
        });
        listed
            || state.books.iter().any(|book| {
                book.owner == Owner::Account(account)
                    && !stated(book.instrument)
                    && state.position_jumps(account, book.instrument, Quantity::ZERO, cap)
            })
    }

    /// Keeps a statement for a decision, and halts its account.
    pub(crate) fn withhold(&mut self, account: u32, input: &Input, effect: &mut Ingested) {
        let account = AccountHandle::new(self.tag, account);
        let reason = Note::new("a statement differs by more than its cap");
        let latch = self.pull(Scope::Account(account), TradingState::Halted, Cause::Statement, reason);
        effect.latch = Some(latch);
        let at = self.state.now;
        self.state.withheld.keep(WithheldStatement { number: 0, account, input: input.clone(), at, latch });
    }

    /// Does what was decided on a statement.
    pub(crate) fn decide_statement(&mut self, number: u64, accept: bool, effect: &mut Ingested) {
        let Some(statement) = self.state.withheld.take(number) else { return };
        if accept {
            // It was seen that it can be read.
            if let Ok(read) = self.read(&statement.input) {
                self.apply(&statement.input, read, effect);
            }
        }
        let more = self.state.withheld.kept.iter().any(|kept| kept.account == statement.account);
        if !more {
            let scope = Scope::Account(statement.account);
            self.state.latches.lift(scope, Lift::One(statement.latch), TradingState::Active);
            self.state.apply_latches(self.tag);
        }
    }
}

impl State {
    fn balance_jumps(&self, place: u32, stated: Money) -> bool {
        let Some(account) = at(&self.accounts, place).filter(|account| account.known) else { return false };
        let paid = if account.cash.only { account.cash.invested } else { Money::ZERO };
        account.caps.balance.is_some_and(|cap| is_apart(account.balance.minus(paid), stated, cap))
    }

    fn equity_jumps(&self, place: u32, stated: Money) -> bool {
        let Some(account) = at(&self.accounts, place) else { return false };
        let ledger = account.balance.plus(account.unrealised).filter(|_| account.known);
        // What the host said, and what the ledger has made since.
        let profit = Money(account.balance.0.saturating_add(account.unrealised.0));
        let host = account.host.equity.and_then(|(equity, base)| equity.plus(profit.minus(base)?));
        let Some(known) = host.or(ledger) else { return false };
        account.caps.equity.is_some_and(|cap| is_apart(Some(known), stated, cap))
    }

    /// Whether a position is so far from the one that is known. What cannot be valued is.
    fn position_jumps(&self, account: u32, instrument: u32, stated: Quantity, cap: Money) -> bool {
        let book = self.book(Owner::Account(account), instrument).and_then(|book| at(&self.books, book));
        let known = book.map_or(Quantity::ZERO, |book| book.position);
        if known == stated {
            return false;
        }
        let worth = || {
            let of = at(&self.instruments, instrument)?;
            let value = of.traded.exposure(stated.minus(known)?.abs(), of.mark?)?;
            let currency = at(&self.accounts, account)?.currency;
            self.rate(of.traded.quote, currency)?.convert(value, Round::Up)
        };
        worth().is_none_or(|worth| worth > cap)
    }
}

fn is_apart(known: Option<Money>, stated: Money, cap: Money) -> bool {
    known
        .and_then(|known| stated.minus(known))
        .is_none_or(|apart| apart.0.unsigned_abs() > cap.0.unsigned_abs())
}
