//! Whose state it is: the firm, its accounts and their strategies, and the instruments, each with its limits and sums.

use crate::aside::Aside;
use crate::bucket::Fill;
use crate::cash::Cash;
use crate::clock::Timestamp;
use crate::compiled::Compiled;
use crate::halt::TradingState;
use crate::instrument::{Status, Traded};
use crate::limits::Limits;
use crate::net::Net;
use crate::num::{Money, Price, Quantity};
use crate::permission::Permission;
use crate::reference::Suspect;
use crate::session::Session;
use crate::standing::Host;
use crate::statement::Caps;
use crate::streak::Streak;
use crate::tally::Tally;
use crate::track::Track;
use crate::traded::Turnover;

/// Sums over an owner's books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Sums {
    pub(crate) gross: Money,
    /// Kept while a limit needs it: see [`crate::state::State::follow_net`].
    pub(crate) net: Net,
    /// Initial margin, of an account's alone.
    pub(crate) margin: Money,
    pub(crate) count: u32,
    /// Books that cannot be valued for want of a mark.
    pub(crate) unmarked: u32,
    /// Books that cannot be valued for want of a rate.
    pub(crate) unrated: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct FirmState {
    pub(crate) currency: u32,
    pub(crate) limits: Compiled,
    /// The record after which the limits were last made stricter.
    pub(crate) tightened: u64,
    pub(crate) trading: TradingState,
    pub(crate) sums: Sums,
    /// Instruments that count as a position in any account.
    pub(crate) equity: Money,
    /// Accounts whose equity is not known, or cannot be converted.
    pub(crate) unknown_equity: u32,
    pub(crate) track: Track,
    pub(crate) bucket: Fill,
    pub(crate) traded: Turnover,
    /// The journal has failed: nothing is approved any more.
    pub(crate) unrecorded: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct AccountState {
    pub(crate) currency: u32,
    pub(crate) limits: Compiled,
    pub(crate) tightened: u64,
    pub(crate) trading: TradingState,
    pub(crate) permission: Permission,
    /// Its orders must name a trader.
    pub(crate) trader_required: bool,
    pub(crate) sums: Sums,
    /// How it pays, and what is held and invested.
    pub(crate) cash: Cash,
    /// How far statements may jump.
    pub(crate) caps: Caps,
    /// Headroom that is durable before it is spent.
    pub(crate) aside: Aside,
    /// Cash with everything realised and paid in it.
    pub(crate) balance: Money,
    /// Whether a balance was ever stated.
    pub(crate) known: bool,
    pub(crate) unrealised: Money,
    /// Orders that live.
    pub(crate) open_orders: u32,
    /// Its part of the firm's equity.
    pub(crate) equity_firm: Option<Money>,
    pub(crate) track: Track,
    pub(crate) bucket: Fill,
    pub(crate) tally: Tally,
    pub(crate) streak: Streak,
    pub(crate) traded: Turnover,
    pub(crate) host: Host,
    pub(crate) last_execution: Timestamp,
    /// The engine's own strategy of this account.
    pub(crate) unassigned: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct StrategyState {
    pub(crate) account: u32,
    pub(crate) limits: Compiled,
    pub(crate) tightened: u64,
    pub(crate) trading: TradingState,
    pub(crate) permission: Permission,
    pub(crate) capital: Option<Money>,
    /// Orders that live.
    pub(crate) open_orders: u32,
    pub(crate) sums: Sums,
    pub(crate) realised: Money,
    pub(crate) unrealised: Money,
    pub(crate) track: Track,
    pub(crate) bucket: Fill,
    pub(crate) tally: Tally,
    pub(crate) streak: Streak,
    pub(crate) traded: Turnover,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct InstrumentState {
    pub(crate) traded: Traded,
    pub(crate) status: Status,
    pub(crate) group: u32,
    pub(crate) venue: Option<u32>,
    pub(crate) limits: Compiled,
    pub(crate) written_limits: Limits,
    pub(crate) tightened: u64,
    pub(crate) trading: TradingState,
    pub(crate) quote: Option<QuoteState>,
    pub(crate) mark: Option<Price>,
    pub(crate) mark_at: Timestamp,
    /// A price that is not believed yet.
    pub(crate) suspect: Option<Suspect>,
    /// The session that is known.
    pub(crate) session: Option<Session>,
    /// What is traded of it in a day on average, where it was told.
    pub(crate) daily_volume: Option<Quantity>,
    /// The first of the books in this instrument.
    pub(crate) holders: Option<u32>,
    /// Worst-case quantity summed over accounts.
    pub(crate) firm_quantity: u64,
    /// Worst-case exposure summed over accounts, in the firm's currency.
    pub(crate) firm_exposure: Money,
    /// Accounts whose part of it is missing for want of a rate.
    pub(crate) firm_unrated: u32,
    /// Accounts in which it counts as a position.
    pub(crate) counted: u32,
}

/// The last quote, good or bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct QuoteState {
    pub(crate) bid: Option<Price>,
    pub(crate) ask: Option<Price>,
    pub(crate) present: u8,
    pub(crate) at: Timestamp,
}

/// Limits an account has for one instrument: as written, and with those of the instrument itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct OwnLimits {
    pub(crate) written: Limits,
    pub(crate) effective: Compiled,
    pub(crate) tightened: u64,
}

impl AccountState {
    /// By the ledger. Bounded amounts, as all sums.
    #[inline(always)]
    pub(crate) fn equity(&self) -> Money {
        Money(self.balance.0.wrapping_add(self.unrealised.0))
    }
}

impl StrategyState {
    /// All that it has made.
    #[inline(always)]
    pub(crate) fn profit(&self) -> Money {
        Money(self.realised.0.wrapping_add(self.unrealised.0))
    }
}
