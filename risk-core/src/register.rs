//! Registration after construction: recorded like everything else. It is the one thing that allocates.

use std::sync::Arc;

use crate::clock::{Clock, Timestamp};
use crate::config::{Account, Strategy, Trader};
use crate::engine::Engine;
use crate::error::{ConfigError, JournalError};
use crate::handle::{
    AccountHandle, AssetHandle, InstrumentHandle, OrderHandle, StrategyHandle, TraderHandle, VenueHandle,
};
use crate::instrument::Instrument;
use crate::limits::Limits;
use crate::place::Place;
use crate::record::{Event, Journal, Registration};

/// Handles from numbers, for a border that only numbers can cross: the other way of `ordinal` and `to_bits`. A number
/// that names nothing makes a handle that is unknown to every call.
impl<C: Clock, J: Journal> Engine<C, J> {
    /// The asset of this ordinal.
    #[inline]
    pub fn asset_of(&self, ordinal: u32) -> AssetHandle {
        AssetHandle::new(self.tag, ordinal)
    }

    /// The venue of this ordinal.
    #[inline]
    pub fn venue_of(&self, ordinal: u32) -> VenueHandle {
        VenueHandle::new(self.tag, ordinal)
    }

    /// The account of this ordinal.
    #[inline]
    pub fn account_of(&self, ordinal: u32) -> AccountHandle {
        AccountHandle::new(self.tag, ordinal)
    }

    /// The strategy of this ordinal.
    #[inline]
    pub fn strategy_of(&self, ordinal: u32) -> StrategyHandle {
        StrategyHandle::new(self.tag, ordinal)
    }

    /// The trader of this ordinal.
    #[inline]
    pub fn trader_of(&self, ordinal: u32) -> TraderHandle {
        TraderHandle::new(self.tag, ordinal)
    }

    /// The instrument of this ordinal.
    #[inline]
    pub fn instrument_of(&self, ordinal: u32) -> InstrumentHandle {
        InstrumentHandle::new(self.tag, ordinal)
    }

    /// The order of these bits.
    #[inline]
    pub fn order_of_bits(&self, bits: u64) -> OrderHandle {
        let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        OrderHandle { engine: self.tag, slot: half(bits >> 32), generation: half(bits) }
    }
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Adds an instrument with its limits.
    ///
    /// # Errors
    /// What is wrong with it, or that there is no room. Nothing is changed then.
    pub fn add_instrument(
        &mut self,
        instrument: &Instrument,
        limits: &Limits,
    ) -> Result<InstrumentHandle, ConfigError> {
        let now = self.clock.now();
        self.add_instrument_at(instrument, limits, now)
    }

    pub(crate) fn add_instrument_at(
        &mut self,
        instrument: &Instrument,
        limits: &Limits,
        now: Option<Timestamp>,
    ) -> Result<InstrumentHandle, ConfigError> {
        let record = Registration::Instrument(Box::new((instrument.clone(), limits.clone())));
        let place = self.register(record, now, |state| state.add_instrument(instrument, limits))?;
        Ok(InstrumentHandle::new(self.tag, place))
    }

    /// Adds an account with its strategies.
    ///
    /// # Errors
    /// What is wrong with it, that it has neither limits nor a reason to have none, that it lacks a required limit, or that there is no room. Nothing is
    /// changed then.
    pub fn add_account(&mut self, account: &Account) -> Result<AccountHandle, ConfigError> {
        let now = self.clock.now();
        self.add_account_at(account, now)
    }

    pub(crate) fn add_account_at(
        &mut self,
        account: &Account,
        now: Option<Timestamp>,
    ) -> Result<AccountHandle, ConfigError> {
        let record = Registration::Account(account.clone());
        let place = self.register(record, now, |state| {
            account.demand_limits()?;
            state.demand_required(account)?;
            state.add_account(account, &mut Place::default())
        })?;
        Ok(AccountHandle::new(self.tag, place))
    }

    /// Adds a strategy to an account.
    ///
    /// # Errors
    /// An unknown account, what is wrong with the strategy, or that there is no room. Nothing is changed then.
    pub fn add_strategy(
        &mut self,
        account: AccountHandle,
        strategy: &Strategy,
    ) -> Result<StrategyHandle, ConfigError> {
        let now = self.clock.now();
        self.add_strategy_at(account, strategy, now)
    }

    pub(crate) fn add_strategy_at(
        &mut self,
        account: AccountHandle,
        strategy: &Strategy,
        now: Option<Timestamp>,
    ) -> Result<StrategyHandle, ConfigError> {
        let unknown =
            || ConfigError::Unknown { kind: "account", name: String::new(), at: strategy.name.clone() };
        let owner = account.index_in(self.tag).ok_or_else(unknown)?;
        let record = Registration::Strategy(account, strategy.clone());
        let place = self.register(record, now, |state| state.add_strategy(owner, strategy))?;
        Ok(StrategyHandle::new(self.tag, place))
    }

    /// Adds a trader. The instruments and accounts that it names are there already.
    ///
    /// # Errors
    /// What is wrong with it, or that there is no room. Nothing is changed then.
    pub fn add_trader(&mut self, trader: &Trader) -> Result<TraderHandle, ConfigError> {
        let now = self.clock.now();
        self.add_trader_at(trader, now)
    }

    pub(crate) fn add_trader_at(
        &mut self,
        trader: &Trader,
        now: Option<Timestamp>,
    ) -> Result<TraderHandle, ConfigError> {
        let record = Registration::Trader(trader.clone());
        let place = self.register(record, now, |state| state.add_trader(trader))?;
        Ok(TraderHandle::new(self.tag, place))
    }

    /// Tries it on a copy of the state, records it, and only then takes the copy.
    fn register(
        &mut self,
        what: Registration,
        now: Option<Timestamp>,
        add: impl FnOnce(&mut crate::state::State) -> Result<u32, ConfigError>,
    ) -> Result<u32, ConfigError> {
        let time = self.advance(now);
        let mut tried = self.state.with_spare_room();
        let place = match add(&mut tried) {
            Ok(place) => place,
            Err(refused) => {
                self.record_time(time);
                return Err(refused);
            }
        };
        self.record(time, Event::Registered(Arc::new(what)))
            .map_err(|e: JournalError| ConfigError::Journal(e))?;
        tried.follow_limits();
        tried.seq = self.state.seq;
        self.state = tried;
        Ok(place)
    }
}
