//! What is registered in a guard: found by its name, and added.

use super::{DOUBTED, RiskGuard};
use crate::config::{Account, Strategy, Trader};
use crate::error::{ConfigError, UnknownName};
use crate::handle::{
    AccountHandle, AssetHandle, InstrumentHandle, StrategyHandle, TraderHandle, VenueHandle,
};
use crate::instrument::Instrument;
use crate::limits::Limits;

impl RiskGuard {
    /// [`Engine::account`](crate::Engine::account).
    ///
    /// # Errors
    /// When no account has this name.
    pub fn account(&self, name: &str) -> Result<AccountHandle, UnknownName> {
        self.shared.lock().engine.account(name)
    }

    /// [`Engine::strategy`](crate::Engine::strategy).
    ///
    /// # Errors
    /// When the account has no strategy of this name.
    pub fn strategy(&self, account: AccountHandle, name: &str) -> Result<StrategyHandle, UnknownName> {
        self.shared.lock().engine.strategy(account, name)
    }

    /// [`Engine::trader`](crate::Engine::trader).
    ///
    /// # Errors
    /// When no trader has this name.
    pub fn trader(&self, name: &str) -> Result<TraderHandle, UnknownName> {
        self.shared.lock().engine.trader(name)
    }

    /// [`Engine::instrument`](crate::Engine::instrument).
    ///
    /// # Errors
    /// When no instrument has this symbol.
    pub fn instrument(&self, symbol: &str) -> Result<InstrumentHandle, UnknownName> {
        self.shared.lock().engine.instrument(symbol)
    }

    /// [`Engine::symbol`](crate::Engine::symbol).
    pub fn symbol(&self, instrument: InstrumentHandle) -> Option<String> {
        self.shared.lock().engine.symbol(instrument).map(str::to_owned)
    }

    /// [`Engine::asset`](crate::Engine::asset).
    ///
    /// # Errors
    /// When no asset has this code.
    pub fn asset(&self, code: &str) -> Result<AssetHandle, UnknownName> {
        self.shared.lock().engine.asset(code)
    }

    /// [`Engine::venue`](crate::Engine::venue).
    ///
    /// # Errors
    /// When no instrument names this venue.
    pub fn venue(&self, name: &str) -> Result<VenueHandle, UnknownName> {
        self.shared.lock().engine.venue(name)
    }

    /// [`Engine::add_instrument`](crate::Engine::add_instrument).
    ///
    /// # Errors
    /// As [`Engine::add_instrument`](crate::Engine::add_instrument), and when the guard is poisoned.
    pub fn add_instrument(
        &self,
        instrument: &Instrument,
        limits: &Limits,
    ) -> Result<InstrumentHandle, ConfigError> {
        self.with(|| Err(DOUBTED), |guarded| guarded.engine.add_instrument(instrument, limits))
    }

    /// [`Engine::add_account`](crate::Engine::add_account).
    ///
    /// # Errors
    /// As [`Engine::add_account`](crate::Engine::add_account), and when the guard is poisoned.
    pub fn add_account(&self, account: &Account) -> Result<AccountHandle, ConfigError> {
        self.with(|| Err(DOUBTED), |guarded| guarded.engine.add_account(account))
    }

    /// [`Engine::add_strategy`](crate::Engine::add_strategy).
    ///
    /// # Errors
    /// As [`Engine::add_strategy`](crate::Engine::add_strategy), and when the guard is poisoned.
    pub fn add_strategy(
        &self,
        account: AccountHandle,
        strategy: &Strategy,
    ) -> Result<StrategyHandle, ConfigError> {
        self.with(|| Err(DOUBTED), |guarded| guarded.engine.add_strategy(account, strategy))
    }

    /// [`Engine::add_trader`](crate::Engine::add_trader).
    ///
    /// # Errors
    /// As [`Engine::add_trader`](crate::Engine::add_trader), and when the guard is poisoned.
    pub fn add_trader(&self, trader: &Trader) -> Result<TraderHandle, ConfigError> {
        self.with(|| Err(DOUBTED), |guarded| guarded.engine.add_trader(trader))
    }
}
