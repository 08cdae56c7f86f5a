//! The names an engine has given.

use risk_core::{
    AccountHandle, AssetHandle, Clock, Config, Engine, InstrumentHandle, Journal, StrategyHandle,
    TraderHandle, VenueHandle,
};

/// The names an engine has given, in the order of the configuration. The model has no handles of its own.
#[derive(Clone, Debug, Default)]
pub struct Handles {
    /// Assets.
    pub assets: Vec<AssetHandle>,
    /// Instruments.
    pub instruments: Vec<InstrumentHandle>,
    /// Accounts.
    pub accounts: Vec<AccountHandle>,
    /// Strategies with the place of their account; the last of each account is `unassigned`.
    pub strategies: Vec<(usize, StrategyHandle)>,
    /// Traders.
    pub traders: Vec<TraderHandle>,
    /// Venues by name.
    pub venues: Vec<(String, VenueHandle)>,
}

impl Handles {
    /// What an engine calls everything in its configuration.
    ///
    /// # Panics
    /// When the engine was made from another configuration.
    pub fn of<C: Clock, J: Journal>(engine: &Engine<C, J>, config: &Config) -> Self {
        let known = "the engine was made from this configuration";
        let assets = config.assets.iter().map(|asset| engine.asset(&asset.code).expect(known)).collect();
        let mut handles = Self { assets, ..Self::default() };
        for instrument in &config.instruments {
            handles.instruments.push(engine.instrument(&instrument.symbol).expect(known));
            if let Some(name) = &instrument.venue
                && !handles.venues.iter().any(|(venue, _)| venue == name)
            {
                handles.venues.push((name.clone(), engine.venue(name).expect(known)));
            }
        }
        for (place, account) in config.accounts.iter().enumerate() {
            let handle = engine.account(&account.name).expect(known);
            handles.accounts.push(handle);
            for name in account.strategies.iter().map(|s| s.name.as_str()).chain(["unassigned"]) {
                handles.strategies.push((place, engine.strategy(handle, name).expect(known)));
            }
        }
        let traders = config.traders.iter().map(|trader| engine.trader(&trader.name).expect(known));
        handles.traders = traders.collect();
        handles
    }
}
