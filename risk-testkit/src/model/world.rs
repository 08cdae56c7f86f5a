//! Who and what there is, and every list the model keeps: nothing here is a sum.

use risk_core::{
    Account, AccountHandle, AssetHandle, Config, HostFigures, Id, Instrument, InstrumentHandle, LatchId,
    Level, Limits, MarkSource, OrderHandle, Quote, Scope, Side, Status, Strategy, StrategyHandle,
    TraderHandle, TradingState, VenueHandle,
};

use super::exact::{Ratio, Toward};
use super::handles::Handles;

/// Whose book it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// An account, by place.
    Account(usize),
    /// A strategy, by place.
    Strategy(usize),
}

/// Whose limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// The firm's.
    Firm,
    /// An account's.
    Account(usize),
    /// A strategy's.
    Strategy(usize),
    /// An instrument's.
    Instrument(usize),
}

/// What moved positions and money, in order.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    /// An execution; the rate is that of its moment, or missing: then the position is known and the profit is not.
    Executed {
        account: usize,
        strategy: usize,
        instrument: usize,
        side: Side,
        quantity: i128,
        price: i128,
        fee: i128,
        rate: Option<Ratio>,
        /// The order that lives, while a limit needs what orders make.
        order: Option<usize>,
    },
    /// A position as the venue states it.
    Adjusted { account: usize, instrument: usize, position: i128, cost: i128 },
    /// Cash as the venue states it.
    Stated { account: usize, balance: i128 },
    /// A deposit; in the firm's money where it could be converted.
    Flowed { account: usize, amount: i128, firm: Option<i128> },
    /// The day rolled.
    Rolled,
    /// What equity was after a step: of accounts (with that in the firm's money), strategies and the firm.
    Seen(Seen),
}

/// Equity after a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) accounts: Vec<(i128, Option<i128>)>,
    pub(super) strategies: Vec<i128>,
    pub(super) firm: i128,
}

/// A quote in the instrument's units.
#[derive(Clone, Debug)]
pub(super) struct Quoted {
    pub(super) instrument: usize,
    pub(super) bid: Option<i128>,
    pub(super) ask: Option<i128>,
    pub(super) at: i64,
    pub(super) whole: Quote,
}

/// A host's figures, and what the ledger said at that moment.
#[derive(Clone, Debug)]
pub(super) struct Hosted {
    pub(super) figures: HostFigures,
    pub(super) account: usize,
    pub(super) at: i64,
    pub(super) profit: i128,
    pub(super) count: i128,
    pub(super) gross: i128,
}

/// A new table of limits.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) step: u64,
    pub(super) of: Table,
    pub(super) limits: Limits,
    pub(super) stricter: bool,
    /// When it ends; nothing for what lasts.
    pub(super) until: Option<i64>,
}

/// A latch.
#[derive(Clone, Debug)]
pub(super) struct Latched {
    pub(super) number: u64,
    pub(super) scope: Scope,
    pub(super) state: TradingState,
    pub(super) cause: risk_core::Cause,
    pub(super) by: String,
    pub(super) reason: String,
}

/// A message that took tokens, with the buckets (nanoseconds a message, burst) of its moment: firm, account, strategy.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) at: i64,
    pub(super) account: usize,
    pub(super) strategy: usize,
    pub(super) cancel: bool,
    pub(super) buckets: [Option<(i64, i64)>; 3],
}

/// What was executed of a parent by an order that did not live.
#[derive(Clone, Debug)]
pub(super) struct LateSlice {
    pub(super) account: usize,
    pub(super) parent: Id,
    pub(super) instrument: usize,
    pub(super) side: Side,
    pub(super) quantity: i128,
    pub(super) at: i64,
    pub(super) step: u64,
}

/// The slow reference model.
///
/// It keeps lists of what happened, and adds them up when it is asked something.
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) config: Config,
    pub(super) handles: Handles,
    /// Engine time: the last there was.
    pub(super) last: i64,
    /// Time of this step; nothing when the clock is dead.
    pub(super) now: Option<i64>,
    pub(super) step: u64,
    pub(super) entries: Vec<Entry>,
    pub(super) folded: core::cell::RefCell<super::ledger::Folded>,
    pub(super) quotes: Vec<Quoted>,
    pub(super) marks: Vec<(usize, i128, i64)>,
    /// Sessions by instrument: from when to when.
    pub(super) sessions: Vec<(usize, i64, i64)>,
    /// Average daily volumes, in units.
    pub(super) volumes: Vec<(usize, i128)>,
    pub(super) rates: Vec<(usize, usize, Ratio)>,
    pub(super) hosts: Vec<Hosted>,
    pub(super) changes: Vec<Change>,
    pub(super) statuses: Vec<(usize, Status)>,
    pub(super) latches: Vec<Latched>,
    pub(super) latched: u64,
    pub(super) orders: Vec<super::orders::Placed>,
    pub(super) messages: Vec<Message>,
    /// Orders that have ended, while limits need what they made.
    pub(super) closed: Vec<super::streak::Closed>,
    /// What limits on messages for each fill count.
    pub(super) tallies: Vec<super::tally::Tallied>,
    pub(super) executions: Vec<super::reports::Execution>,
    pub(super) reports: Vec<super::reports::Reported>,
    pub(super) late: Vec<LateSlice>,
    /// Prices that were not believed: instrument, price, time.
    pub(super) doubted: Vec<(usize, i128, i64)>,
    /// When the day rolls by itself; nothing once it has.
    pub(super) next_roll: Option<i64>,
    /// Headroom that is set aside, by account.
    pub(super) asides: Vec<super::aside::Aside>,
}

impl Model {
    /// A model that has seen nothing yet.
    pub fn new(config: &Config, handles: Handles) -> Self {
        Self {
            config: config.clone(),
            asides: vec![super::aside::Aside::default(); config.accounts.len()],
            handles,
            last: i64::MIN,
            now: None,
            step: 0,
            entries: Vec::new(),
            folded: core::cell::RefCell::default(),
            quotes: Vec::new(),
            marks: Vec::new(),
            sessions: Vec::new(),
            volumes: Vec::new(),
            rates: Vec::new(),
            hosts: Vec::new(),
            changes: Vec::new(),
            statuses: Vec::new(),
            latches: Vec::new(),
            latched: 0,
            orders: Vec::new(),
            messages: Vec::new(),
            closed: Vec::new(),
            tallies: Vec::new(),
            executions: Vec::new(),
            reports: Vec::new(),
            late: Vec::new(),
            doubted: Vec::new(),
            next_roll: None,
        }
    }

    /// The names it goes by.
    pub fn handles(&self) -> &Handles {
        &self.handles
    }

    /// The configuration it was made from.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Engine time in nanoseconds.
    pub fn time(&self) -> i64 {
        self.last
    }

    /// The place of an account.
    pub fn account_place(&self, handle: AccountHandle) -> Option<usize> {
        self.handles.accounts.iter().position(|known| *known == handle)
    }

    /// The place of a strategy.
    pub fn strategy_place(&self, handle: StrategyHandle) -> Option<usize> {
        self.handles.strategies.iter().position(|(_, known)| *known == handle)
    }

    /// The place of a trader.
    pub fn trader_place(&self, handle: TraderHandle) -> Option<usize> {
        self.handles.traders.iter().position(|known| *known == handle)
    }

    /// The place of an instrument.
    pub fn instrument_place(&self, handle: InstrumentHandle) -> Option<usize> {
        self.handles.instruments.iter().position(|known| *known == handle)
    }

    pub(super) fn asset_place(&self, handle: AssetHandle) -> Option<usize> {
        self.handles.assets.iter().position(|known| *known == handle)
    }

    /// An instrument as configured.
    pub fn instrument(&self, place: usize) -> &Instrument {
        &self.config.instruments[place]
    }

    pub(super) fn account(&self, place: usize) -> &Account {
        &self.config.accounts[place]
    }

    /// A strategy as configured; `unassigned` has nothing.
    pub(super) fn strategy(&self, place: usize) -> Option<&Strategy> {
        let account = self.handles.strategies[place].0;
        let first = self.handles.strategies.iter().position(|(of, _)| *of == account).unwrap_or(0);
        self.account(account).strategies.get(place - first)
    }

    pub(super) fn unassigned(&self, account: usize) -> usize {
        self.handles.strategies.iter().rposition(|(of, _)| *of == account).unwrap_or(0)
    }

    pub(super) fn account_of(&self, owner: Owner) -> usize {
        match owner {
            Owner::Account(place) => place,
            Owner::Strategy(place) => self.handles.strategies[place].0,
        }
    }

    pub(super) fn asset(&self, code: &str) -> usize {
        self.config.assets.iter().position(|asset| asset.code == code).unwrap_or(0)
    }

    /// The currency of an account.
    pub(super) fn currency(&self, account: usize) -> usize {
        self.asset(&self.account(account).currency)
    }

    pub(super) fn firm_currency(&self) -> usize {
        self.asset(&self.config.firm.currency)
    }

    /// Decimal places of a currency's money: six more than its own.
    pub fn money_scale(&self, asset: usize) -> u32 {
        self.config.assets[asset].digits + 6
    }

    /// One unit of the first currency in units of the second, as last stated in either direction.
    pub(super) fn rate(&self, from: usize, to: usize) -> Option<Ratio> {
        if from == to {
            return Some(Ratio::whole(1));
        }
        self.rates.iter().rev().find_map(|(a, b, rate)| match (*a, *b) {
            pair if pair == (from, to) => Some(rate.clone()),
            pair if pair == (to, from) => Ratio::whole(1).per(rate),
            _ => None,
        })
    }

    /// An amount in another currency.
    pub(super) fn convert(&self, amount: i128, from: usize, to: usize, toward: Toward) -> Option<i128> {
        if from == to {
            return Some(amount);
        }
        let rate = self.rate(from, to)?;
        Some(Ratio::units(amount, self.money_scale(from)).times(&rate).round(self.money_scale(to), toward))
    }

    /// The last quote of an instrument, whatever it says.
    pub(super) fn quote(&self, instrument: usize) -> Option<&Quoted> {
        self.quotes.iter().rev().find(|quote| quote.instrument == instrument)
    }

    /// The mark and its time: the mid of the last quote whose bid is below its ask, or the last mark that was given.
    pub(super) fn mark(&self, instrument: usize) -> Option<(i128, i64)> {
        match self.instrument(instrument).mark_source {
            MarkSource::Input => self
                .marks
                .iter()
                .rev()
                .find(|(of, _, _)| *of == instrument)
                .map(|(_, price, at)| (*price, *at)),
            MarkSource::Quote => self.quotes.iter().rev().find_map(|quote| match (quote.bid, quote.ask) {
                (Some(bid), Some(ask)) if quote.instrument == instrument && bid < ask => {
                    let mid = Ratio::whole(bid + ask).per(&Ratio::whole(2))?;
                    Some((mid.round(0, Toward::Away), quote.at))
                }
                _ => None,
            }),
        }
    }

    pub(super) fn status(&self, instrument: usize) -> Status {
        let changed = self.statuses.iter().rev().find(|(of, _)| *of == instrument);
        changed.map_or(self.instrument(instrument).status, |(_, status)| *status)
    }

    /// The strictest of a scope's latches.
    pub(super) fn trading(&self, scope: Scope) -> TradingState {
        let own = self.latches.iter().filter(|latch| latch.scope == scope).map(|latch| latch.state);
        own.max().unwrap_or_default()
    }

    pub(super) fn venue(&self, instrument: usize) -> Option<VenueHandle> {
        let name = self.instrument(instrument).venue.as_ref()?;
        self.handles.venues.iter().find(|(venue, _)| venue == name).map(|(_, handle)| *handle)
    }

    /// The table of limits as it was last written.
    pub fn table(&self, of: Table) -> Limits {
        let last = self.changes.iter().rev().find(|change| change.of == of);
        last.map_or_else(|| self.lasting(of), |change| change.limits.clone())
    }

    /// What holds when nothing temporary does.
    pub(super) fn lasting(&self, of: Table) -> Limits {
        let lasts = |change: &&Change| change.of == of && change.until.is_none();
        if let Some(change) = self.changes.iter().rev().find(lasts) {
            return change.limits.clone();
        }
        match of {
            Table::Firm => self.config.firm.limits.clone(),
            Table::Account(place) => self.account(place).limits.clone(),
            Table::Strategy(place) => self.strategy(place).map(|s| s.limits.clone()).unwrap_or_default(),
            Table::Instrument(place) => {
                let symbol = &self.instrument(place).symbol;
                self.config.instrument_limits.get(symbol).cloned().unwrap_or_default()
            }
        }
    }

    /// The limits that hold at a level; at that of the instrument with the account's own, the stricter of both.
    pub fn limits(&self, level: Level, account: usize, strategy: usize, instrument: usize) -> Limits {
        match level {
            Level::Firm => self.table(Table::Firm),
            Level::Account => self.table(Table::Account(account)),
            Level::Strategy => self.table(Table::Strategy(strategy)),
            Level::Instrument => {
                let symbol = &self.instrument(instrument).symbol;
                let general = self.table(Table::Instrument(instrument));
                match self.account(account).instrument_limits.get(symbol) {
                    None => general,
                    Some(own) => super::limits::stricter(&general, own),
                }
            }
        }
    }

    /// The place of the order an engine gave this handle to.
    pub(super) fn placed(&self, handle: OrderHandle) -> Option<usize> {
        self.orders.iter().position(|order| order.handle == Some(handle))
    }

    pub(super) fn next_latch(&mut self) -> LatchId {
        self.latched += 1;
        LatchId::from_number(self.latched)
    }
}
