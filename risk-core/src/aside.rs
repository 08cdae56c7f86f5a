//! Headroom that is durable before it is spent, so that a power loss forgets no approval.
//!
//! An account with `unsynced_notional_max` approves only out of what a record has set aside that is durable by then. What is
//! left of that is one number; an approval takes its value at the worst price from it. When less than half is left, more
//! is asked for by a record ([`Event::SetAside`]); once the journal says that this one is durable, another
//! ([`Event::HeadroomDurable`]) lets it be spent. Both are on record because a replay cannot ask a disk.
//!
//! What is left when the process comes back may have been spent by approvals that are lost. It is unaccounted for until a
//! snapshot of the account says what is true, and until then counts as exposure in every direction: at the account, at its
//! strategies, in each of its instruments and at the firm. How many orders, units or positions it was, money does not say:
//! limits on those cannot be measured, and refuse what opens.

use crate::clock::{Clock, Timestamp};
use crate::engine::Engine;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::num::{Money, Round};
use crate::plain::Plain;
use crate::reason::Reason;
use crate::record::{Event, Journal};
use crate::state::{AccountState, State, at_mut};

/// What is set aside for one account, in its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Aside {
    /// Durable, and not spent yet.
    left: Money,
    /// Asked for by a record that is not known to be durable.
    asked: Money,
    /// Perhaps spent by approvals that were lost.
    pub(crate) unaccounted: Money,
}

/// What is under way for all accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Asking {
    /// The record that asked and must become durable; 0: none.
    asked_at: u64,
    /// An account has less than half left.
    low: bool,
    /// Something is unaccounted for.
    pub(crate) unaccounted: bool,
}

impl AccountState {
    fn is_low(&self) -> bool {
        let left = self.aside.left.0;
        self.limits.unsynced_notional.is_some_and(|most| left.saturating_add(left) < most.0)
    }
}

impl State {
    /// Limits are other ones: no more stays set aside than they say.
    pub(crate) fn follow_aside(&mut self) {
        for account in &mut self.accounts {
            let most = account.limits.unsynced_notional.unwrap_or(Money::ZERO);
            let aside = &mut account.aside;
            aside.left = aside.left.min(most);
            aside.asked = aside.asked.min(Money(most.0.saturating_sub(aside.left.0)));
        }
        self.look_for_low();
    }

    fn look_for_low(&mut self) {
        self.asking.low = self.accounts.iter().any(AccountState::is_low);
    }

    /// An approval takes its part. The judge has seen that it is there.
    #[inline(always)]
    pub(crate) fn spend(&mut self, account: u32, amount: Money) {
        if amount == Money::ZERO {
            return;
        }
        if let Some(account) = at_mut(&mut self.accounts, account) {
            account.aside.left.0 = account.aside.left.0.saturating_sub(amount.0);
            self.asking.low |= account.is_low();
        }
    }

    /// A list is taken back: so is what its orders took.
    pub(crate) fn unspend(&mut self, account: u32, amount: Money) {
        if amount == Money::ZERO {
            return;
        }
        if let Some(account) = at_mut(&mut self.accounts, account) {
            account.aside.left.0 = account.aside.left.0.saturating_add(amount.0);
        }
        self.look_for_low();
    }

    fn ask_for_more(&mut self) {
        for account in self.accounts.iter_mut().filter(|account| account.is_low()) {
            let most = account.limits.unsynced_notional.unwrap_or(Money::ZERO);
            account.aside.asked = Money(most.0.saturating_sub(account.aside.left.0));
        }
        (self.asking.asked_at, self.asking.low) = (self.seq, false);
    }

    fn take_what_was_asked(&mut self) {
        for account in &mut self.accounts {
            let aside = &mut account.aside;
            aside.left.0 = aside.left.0.saturating_add(aside.asked.0);
            aside.asked = Money::ZERO;
        }
        self.asking.asked_at = 0;
        self.look_for_low();
    }

    /// The process came back. Where approvals can have been lost, what was set aside may be spent.
    pub(crate) fn lose_aside(&mut self, lost: bool) {
        for account in &mut self.accounts {
            let Aside { left, asked, unaccounted } = account.aside;
            let rest = if lost { left.0.saturating_add(asked.0) } else { 0 };
            let unaccounted = Money(unaccounted.0.saturating_add(rest));
            account.aside = Aside { left: Money::ZERO, asked: Money::ZERO, unaccounted };
        }
        self.asking.asked_at = 0;
        self.look_for_low();
        self.look_for_unaccounted();
    }

    /// What an account holds is known again.
    pub(crate) fn account_for(&mut self, account: u32) {
        if let Some(account) = at_mut(&mut self.accounts, account) {
            account.aside.unaccounted = Money::ZERO;
        }
        self.look_for_unaccounted();
    }

    fn look_for_unaccounted(&mut self) {
        let is = |account: &AccountState| account.aside.unaccounted > Money::ZERO;
        self.asking.unaccounted = self.accounts.iter().any(is);
    }
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Asks for headroom ahead of need, and takes it when it is durable. A replay does that where the records stand.
    #[inline(always)]
    pub(crate) fn keep_aside(&mut self, time: Option<Timestamp>) {
        let Asking { asked_at, low, .. } = self.state.asking;
        if (low || asked_at > 0) && !self.house.is_on_record() {
            self.keep_aside_as(time);
        }
    }

    #[cold]
    #[inline(never)]
    fn keep_aside_as(&mut self, time: Option<Timestamp>) {
        let Asking { asked_at, .. } = self.state.asking;
        if self.state.firm.unrecorded || (asked_at > 0 && self.journal.durable_seq() < asked_at) {
            return;
        }
        if asked_at > 0 {
            self.take_aside(time);
        }
        if self.state.asking.low && self.state.asking.asked_at == 0 {
            self.ask_aside(time);
        }
    }

    pub(crate) fn ask_aside(&mut self, time: Option<Timestamp>) {
        if self.record(time, Event::SetAside).is_ok() {
            self.state.ask_for_more();
        }
    }

    pub(crate) fn take_aside(&mut self, time: Option<Timestamp>) {
        if self.record(time, Event::HeadroomDurable).is_ok() {
            self.state.take_what_was_asked();
        }
    }
}

impl Facts<'_> {
    /// What an order takes of what is set aside; more than is left is a refusal.
    #[inline(always)]
    pub(crate) fn spends(&self, trial: &Trial, plain: Option<&Plain<'_>>) -> Result<Money, Reason> {
        if self.account.limits.unsynced_notional.is_none() || trial.is_pure_exit() {
            return Ok(Money::ZERO);
        }
        let value = match plain {
            Some(plain) => plain.notional(Level::Account),
            None => self.notional(trial.open, Level::Account)?,
        };
        if value <= self.account.aside.left { Ok(value) } else { Err(Reason::HeadroomNotDurable) }
    }

    /// What may be held besides what is known, in the currency of a level.
    #[inline(always)]
    pub(crate) fn unaccounted(&self, level: Level) -> Result<Money, Reason> {
        if self.state.asking.unaccounted { self.unaccounted_at(level) } else { Ok(Money::ZERO) }
    }

    #[cold]
    #[inline(never)]
    fn unaccounted_at(&self, level: Level) -> Result<Money, Reason> {
        let convert = |account: &AccountState, to| {
            if account.aside.unaccounted == Money::ZERO {
                return Ok(Money::ZERO);
            }
            let rate = self.state.rate(account.currency, to).ok_or(Reason::NoRate)?;
            rate.convert(account.aside.unaccounted, Round::Up).ok_or(Reason::EvaluationError)
        };
        match level {
            Level::Account | Level::Strategy => Ok(self.account.aside.unaccounted),
            Level::Instrument => convert(self.account, self.instrument.traded.quote),
            Level::Firm => self.state.accounts.iter().try_fold(Money::ZERO, |sum, account| {
                sum.plus(convert(account, self.state.firm.currency)?).ok_or(Reason::EvaluationError)
            }),
        }
    }

    /// Its initial margin: at the highest rate there is.
    pub(crate) fn unaccounted_margin(&self) -> Result<Money, Reason> {
        let exposure = self.unaccounted(Level::Account)?;
        let margins = self.state.instruments.iter().map(|of| of.traded.initial_margin(exposure));
        Ok(if exposure == Money::ZERO { exposure } else { margins.max().unwrap_or(exposure) })
    }

    /// For what is counted in anything but money: refuses while something is unaccounted for.
    #[inline(always)]
    pub(crate) fn all_accounted_for(&self, level: Level) -> Result<(), Reason> {
        match level {
            _ if !self.state.asking.unaccounted => Ok(()),
            Level::Firm => Err(Reason::HeadroomNotDurable),
            _ if self.account.aside.unaccounted == Money::ZERO => Ok(()),
            Level::Account | Level::Strategy | Level::Instrument => Err(Reason::HeadroomNotDurable),
        }
    }
}
