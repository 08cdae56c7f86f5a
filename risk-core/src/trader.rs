//! Traders: who asks for an order. They have permissions and can be halted; positions and limits are not theirs but those
//! of the strategies that the orders are for.

use std::sync::Arc;

use crate::error::ConfigError;
use crate::halt::TradingState;
use crate::handle::TraderHandle;
use crate::order::Order;
use crate::permission::Permission;
use crate::reason::Reason;
use crate::setup::room;
use crate::state::{AccountState, InstrumentState, State, at, size_of};

/// A person or a program that asks for orders (the tag of FIX 50, `SenderSubID`).
///
/// ```
/// use risk_core::Trader;
/// let trader = Trader::new("t17").may_trade(["BTC-USD"]).on_accounts(["main"]);
/// assert_eq!(trader.may_trade.unwrap(), ["BTC-USD"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Trader {
    /// The name, unique in the engine; an opaque id, better not a person's name: it is on record.
    pub name: String,
    /// The only symbols this trader may trade; every symbol when absent.
    #[cfg_attr(feature = "serde", serde(default))]
    pub may_trade: Option<Vec<String>>,
    /// The only accounts this trader may trade for; every account, also those to come, when absent.
    #[cfg_attr(feature = "serde", serde(default))]
    pub accounts: Option<Vec<String>>,
}

impl Trader {
    /// A trader who may trade everything for everyone.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), may_trade: None, accounts: None }
    }

    /// Only these symbols.
    #[must_use]
    pub fn may_trade<'a>(mut self, symbols: impl IntoIterator<Item = &'a str>) -> Self {
        self.may_trade = Some(symbols.into_iter().map(str::to_owned).collect());
        self
    }

    /// Only for these accounts.
    #[must_use]
    pub fn on_accounts<'a>(mut self, accounts: impl IntoIterator<Item = &'a str>) -> Self {
        self.accounts = Some(accounts.into_iter().map(str::to_owned).collect());
        self
    }
}

/// In place of a trader where an order names none.
pub(crate) const NOBODY: u32 = u32::MAX;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct TraderState {
    instruments: Permission,
    accounts: Permission,
    pub(crate) trading: TradingState,
}

impl TraderState {
    /// Whether this trader may trade the instrument for the account.
    #[inline]
    pub(crate) fn may_trade(&self, instrument: u32, account: u32) -> bool {
        self.instruments.allows(instrument) && self.accounts.allows(account)
    }
}

impl State {
    /// The place of an order's trader, or [`NOBODY`]. Who is not known, or missing where one is demanded, refuses.
    #[inline(always)]
    pub(crate) fn trader_of(
        &self,
        order: &Order,
        account: &AccountState,
        engine: u32,
    ) -> Result<u32, Reason> {
        match order.trader {
            None if account.trader_required => Err(Reason::UnknownTrader),
            None => Ok(NOBODY),
            Some(trader) => self.known_trader(trader, engine).ok_or(Reason::UnknownTrader),
        }
    }

    /// The place of a trader of this engine.
    pub(crate) fn known_trader(&self, trader: TraderHandle, engine: u32) -> Option<u32> {
        trader.index_in(engine).filter(|place| at(&self.traders, *place).is_some())
    }

    /// What the scopes of an order let through, without its strategy's own.
    #[inline]
    pub(crate) fn trading(
        &self,
        account: &AccountState,
        instrument: &InstrumentState,
        trader: u32,
    ) -> TradingState {
        let venue = instrument.venue.and_then(|venue| at(&self.venues, venue)).copied().unwrap_or_default();
        let shared = self.firm.trading.max(account.trading).max(instrument.trading).max(venue);
        at(&self.traders, trader).map_or(shared, |trader| shared.max(trader.trading))
    }

    /// Adds a trader. Instruments and accounts that it names are there already.
    pub(crate) fn add_trader(&mut self, trader: &Trader) -> Result<u32, ConfigError> {
        let place = size_of(&self.traders);
        room("trader", place, self.capacity.traders)?;
        if trader.name.is_empty() {
            return Err(ConfigError::Setting { field: "traders.name", problem: "is empty".to_owned() });
        }
        if self.names.traders.contains_key(&trader.name) {
            return Err(ConfigError::Duplicate { kind: "trader", name: trader.name.clone() });
        }
        let label = format!("trader {:?}", trader.name);
        let instruments = self.permission(trader.may_trade.as_deref(), &label)?;
        let accounts = match &trader.accounts {
            None => Permission::All,
            Some(names) => {
                let unknown = |name: &String| ConfigError::Unknown {
                    kind: "account",
                    name: name.clone(),
                    at: label.clone(),
                };
                let places =
                    names.iter().map(|name| self.names.accounts.get(name).copied().ok_or(unknown(name)));
                Permission::only(places, self.capacity.accounts)?
            }
        };
        Arc::make_mut(&mut self.names).traders.insert(trader.name.clone(), place);
        self.traders.push(TraderState { instruments, accounts, trading: TradingState::Active });
        Ok(place)
    }
}
