//! How much an engine has room for. Everything is allocated when it is built, and what is full refuses.

/// Sizes of the tables, fixed at construction. A full table refuses (LEDGER_FULL); nothing grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Capacity {
    /// Currencies and other assets.
    pub assets: u32,
    /// Instruments.
    pub instruments: u32,
    /// Accounts.
    pub accounts: u32,
    /// Strategies, of which one per account, `unassigned`, is the engine's own.
    pub strategies: u32,
    /// Traders.
    pub traders: u32,
    /// Pairs of an account or a strategy with an instrument it has traded.
    pub books: u32,
    /// Orders with a permit or at the venue.
    pub live_orders: u32,
    /// Changes of orders that are under way, one more for each order that has any, and former ids of live orders.
    pub changes: u32,
    /// Client order ids that are taken, alive or remembered.
    pub order_ids: u32,
    /// Of those, how many are kept for orders that open nothing.
    pub order_ids_for_exits: u32,
    /// Execution ids that are remembered; the oldest makes room.
    pub executions: u32,
    /// Parent orders.
    pub parents: u32,
    /// Latches of halts.
    pub latches: u32,
    /// Tables of limits that are changed until an instant.
    pub temporary_limits: u32,
}

impl Default for Capacity {
    /// Room for a small trading system: about 30 MB.
    fn default() -> Self {
        Self {
            assets: 16,
            instruments: 1_024,
            accounts: 64,
            strategies: 256,
            traders: 256,
            books: 4_096,
            live_orders: 16_384,
            changes: 4_096,
            order_ids: 65_536,
            order_ids_for_exits: 4_096,
            executions: 65_536,
            parents: 4_096,
            latches: 64,
            temporary_limits: 64,
        }
    }
}
