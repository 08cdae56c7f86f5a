//! Plain data: everything a decision depends on. All tables have a fixed size; nothing here allocates after
//! construction but a registration.

use std::collections::BTreeMap;

use crate::book::{Book, EMPTY, Owner};
use crate::clock::{NANOS_PER_MS, Timestamp};
use crate::config::{Account, Asset, Config, Strategy};
use crate::decision::Code;
use crate::error::ConfigError;
use crate::halt::{Latches, TradingState};
use crate::handle::OrderHandle;
use crate::instrument::{Instrument, Status, Traded};
use crate::limits::{Bucket, Compiled, Level, Limits};
use crate::num::{self, MONEY_EXTRA_PLACES, Money, Price, Rate, Round};
use crate::parents::Parents;
use crate::reservation::Reservation;
use crate::table::{Key, Table, pair_key};

/// Everything the engine knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    /// Engine time: never goes back.
    pub(crate) now: Timestamp,
    /// The last record's number.
    pub(crate) seq: u64,
    pub(crate) firm: FirmState,
    pub(crate) assets: Vec<AssetState>,
    /// Rates between assets, row by row: from, to.
    pub(crate) rates: Vec<Option<Rate>>,
    pub(crate) accounts: Vec<AccountState>,
    pub(crate) strategies: Vec<StrategyState>,
    pub(crate) instruments: Vec<InstrumentState>,
    pub(crate) venues: Vec<TradingState>,
    /// The firm's exposure by group.
    pub(crate) groups: Vec<Money>,
    /// Each account's exposure by group.
    pub(crate) account_groups: Vec<Money>,
    pub(crate) books: Vec<Book>,
    pub(crate) book_limits: Vec<OwnLimits>,
    /// From (owner, instrument) to book, and from (account, group) to group sum.
    pub(crate) book_index: Table,
    pub(crate) group_index: Table,
    pub(crate) reservation: Reservation,
    pub(crate) ids: Remembered,
    pub(crate) executions: Remembered,
    pub(crate) parents: Parents,
    pub(crate) latches: Latches,
    pub(crate) anomalies: u64,
    pub(crate) names: Names,
    pub(crate) written: Written,
    capacity: Sizes,
}

/// Settings in integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    pub(crate) permit_ttl: i64,
    pub(crate) clock_back: i64,
    pub(crate) future: i64,
    pub(crate) duplicate_window: i64,
    pub(crate) reduced_fraction_ppm: u64,
    pub(crate) host_age: i64,
    pub(crate) ids_for_exits: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Sizes {
    assets: u32,
    instruments: u32,
    accounts: u32,
    strategies: u32,
    books: u32,
}

/// Names to places. Looked up outside of evaluation only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Names {
    pub(crate) assets: BTreeMap<String, u32>,
    pub(crate) instruments: BTreeMap<String, u32>,
    pub(crate) accounts: BTreeMap<String, u32>,
    pub(crate) strategies: BTreeMap<(u32, String), u32>,
    pub(crate) venues: BTreeMap<String, u32>,
    pub(crate) groups: BTreeMap<String, u32>,
}

/// Limits as they were written, for `coverage`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Written {
    pub(crate) firm: Limits,
    pub(crate) accounts: Vec<Limits>,
    pub(crate) strategies: Vec<Limits>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AssetState {
    pub(crate) code: Code,
    pub(crate) money_scale: u32,
}

/// Sums over an owner's books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Sums {
    pub(crate) gross: Money,
    pub(crate) count: u32,
    /// Books that cannot be valued for want of a mark.
    pub(crate) unmarked: u32,
    /// Books that cannot be valued for want of a rate.
    pub(crate) unrated: u32,
}

/// Equity (or, for a strategy, profit) over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Track {
    pub(crate) day_start: Money,
    /// Deposits less withdrawals since the day began.
    pub(crate) flows: Money,
    pub(crate) peak: Money,
    pub(crate) peak_at_end_of_day: Money,
    pub(crate) start: Money,
}

/// How full a message bucket is: the time at which it will be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Fill(i64);

impl Fill {
    /// Nanoseconds' worth of messages in the bucket.
    #[inline]
    pub(crate) fn filled(self, now: Timestamp) -> i64 {
        self.0.saturating_sub(now.nanos()).max(0)
    }

    /// Takes one message; never more than one burst below zero.
    #[inline]
    pub(crate) fn take(&mut self, now: Timestamp, bucket: &Bucket) {
        let after = self.0.max(now.nanos()).saturating_add(bucket.interval);
        let deepest = now.nanos().saturating_add(bucket.burst.saturating_mul(2));
        self.0 = after.min(deepest);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// The journal has failed: nothing is approved any more.
    pub(crate) unrecorded: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AccountState {
    pub(crate) currency: u32,
    pub(crate) limits: Compiled,
    pub(crate) tightened: u64,
    pub(crate) trading: TradingState,
    pub(crate) permission: Permission,
    pub(crate) sums: Sums,
    /// Cash with everything realised and paid in it.
    pub(crate) balance: Money,
    /// Whether a balance was ever stated.
    pub(crate) known: bool,
    pub(crate) unrealised: Money,
    /// Its part of the firm's equity.
    pub(crate) equity_firm: Option<Money>,
    pub(crate) track: Track,
    pub(crate) bucket: Fill,
    pub(crate) host: Host,
    pub(crate) last_execution: Timestamp,
    /// The engine's own strategy of this account.
    pub(crate) unassigned: u32,
}

/// Figures a host supplied, each with what the ledger said at that moment: what happened since is added on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Host {
    pub(crate) at: Timestamp,
    pub(crate) equity: Option<(Money, Money)>,
    pub(crate) day_profit: Option<(Money, Money)>,
    pub(crate) drawdown_ppm: Option<u64>,
    pub(crate) position_count: Option<(u32, u32)>,
    pub(crate) gross: Option<(Money, Money)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StrategyState {
    pub(crate) account: u32,
    pub(crate) limits: Compiled,
    pub(crate) tightened: u64,
    pub(crate) trading: TradingState,
    pub(crate) permission: Permission,
    pub(crate) capital: Option<Money>,
    pub(crate) sums: Sums,
    pub(crate) realised: Money,
    pub(crate) unrealised: Money,
    pub(crate) track: Track,
    pub(crate) bucket: Fill,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// The first of the books in this instrument.
    pub(crate) holders: Option<u32>,
    /// Worst-case quantity summed over accounts.
    pub(crate) firm_quantity: u64,
    /// Worst-case exposure summed over accounts, in the firm's currency.
    pub(crate) firm_exposure: Money,
    /// Accounts in which it counts as a position.
    pub(crate) counted: u32,
}

/// The last quote, good or bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct QuoteState {
    pub(crate) bid: Option<Price>,
    pub(crate) ask: Option<Price>,
    pub(crate) present: u8,
    pub(crate) at: Timestamp,
}

/// Limits an account has for one instrument: as written, and with those of the instrument itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct OwnLimits {
    pub(crate) written: Limits,
    pub(crate) effective: Compiled,
    pub(crate) tightened: u64,
}

/// Which instruments may be traded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Permission {
    All,
    Only(Vec<u64>),
}

impl Permission {
    #[inline]
    pub(crate) fn allows(&self, instrument: u32) -> bool {
        match self {
            Self::All => true,
            Self::Only(bits) => {
                let word = usize::try_from(instrument >> 6).unwrap_or(usize::MAX);
                bits.get(word).is_some_and(|bits| bits & (1 << (instrument & 63)) != 0)
            }
        }
    }
}

/// Identifiers that are taken: alive, or remembered until a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Remembered {
    pub(crate) table: Table,
    /// When to forget which, in order of time.
    forget: std::collections::VecDeque<(Timestamp, Key)>,
}

/// The value of an id whose order has ended.
pub(crate) const ENDED: u32 = u32::MAX;

impl Remembered {
    fn with_capacity(capacity: u32) -> Self {
        let size = usize::try_from(capacity).unwrap_or(usize::MAX);
        Self {
            table: Table::with_capacity(capacity),
            forget: std::collections::VecDeque::with_capacity(size),
        }
    }

    fn reserve_all(&mut self) {
        let spare = self.table.capacity().saturating_sub(self.forget.len());
        self.forget.reserve_exact(spare);
    }

    /// The id stays taken until `until`. Calls come in order of time.
    pub(crate) fn remember(&mut self, key: Key, until: Timestamp) {
        if self.table.set(key, ENDED) {
            self.forget.push_back((until, key));
        }
    }

    /// Whether there is something to forget.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.forget.front().is_some_and(|(until, _)| *until <= now)
    }

    /// Forgets what is due.
    #[inline]
    pub(crate) fn settle(&mut self, now: Timestamp) {
        while let Some((until, key)) = self.forget.front().copied() {
            if until > now {
                break;
            }
            self.forget.pop_front();
            self.table.remove(key);
        }
    }

    /// Forgets the oldest, to make room.
    pub(crate) fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.forget.pop_front() {
            self.table.remove(key);
        }
    }
}

/// Place of an index in a table.
#[inline]
pub(crate) fn at<T>(table: &[T], index: u32) -> Option<&T> {
    table.get(usize::try_from(index).ok()?)
}

/// The same, to change.
#[inline]
pub(crate) fn at_mut<T>(table: &mut [T], index: u32) -> Option<&mut T> {
    table.get_mut(usize::try_from(index).ok()?)
}

fn size_of<T>(table: &[T]) -> u32 {
    u32::try_from(table.len()).unwrap_or(u32::MAX)
}

fn room(kind: &'static str, used: u32, capacity: u32) -> Result<(), ConfigError> {
    if used < capacity { Ok(()) } else { Err(ConfigError::Full { kind, capacity }) }
}

fn reserve<T>(capacity: u32) -> Vec<T> {
    Vec::with_capacity(usize::try_from(capacity).unwrap_or(usize::MAX))
}

impl State {
    /// The state of an engine that has seen nothing yet. Every field of the configuration is checked.
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        config.check_settings()?;
        config.check_presence()?;
        let size = &config.capacity;
        let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(NANOS_PER_MS);
        let fraction = num::exact(config.settings.reduced_fraction_min_percent, 4).map_err(|_| {
            let problem = format!("{} has more than 4 places", config.settings.reduced_fraction_min_percent);
            ConfigError::Setting { field: "reduced_fraction_min_percent", problem }
        })?;
        let mut state = Self {
            settings: Settings {
                permit_ttl: ms(config.settings.permit_ttl_ms),
                clock_back: ms(config.settings.clock_back_ms_max),
                future: ms(config.settings.future_ms_max),
                duplicate_window: ms(config.settings.duplicate_window_ms),
                reduced_fraction_ppm: fraction.unsigned_abs(),
                host_age: ms(config.settings.host_age_ms_max),
                ids_for_exits: usize::try_from(size.order_ids_for_exits).unwrap_or(usize::MAX),
            },
            now: Timestamp::from_nanos(i64::MIN),
            seq: 0,
            firm: FirmState {
                currency: 0,
                limits: Compiled::default(),
                tightened: 0,
                trading: TradingState::Active,
                sums: Sums::default(),
                equity: Money::ZERO,
                unknown_equity: 0,
                track: Track::default(),
                bucket: Fill::default(),
                unrecorded: false,
            },
            assets: reserve(size.assets),
            rates: Vec::new(),
            accounts: reserve(size.accounts),
            strategies: reserve(size.strategies),
            instruments: reserve(size.instruments),
            venues: reserve(size.instruments),
            groups: reserve(size.instruments),
            account_groups: reserve(size.books),
            books: reserve(size.books),
            book_limits: Vec::new(),
            book_index: Table::with_capacity(size.books),
            group_index: Table::with_capacity(size.books),
            reservation: Reservation::with_capacity(size.live_orders),
            ids: Remembered::with_capacity(size.order_ids),
            executions: Remembered::with_capacity(size.executions),
            parents: Parents::with_capacity(size.parents),
            latches: Latches::with_capacity(size.latches),
            anomalies: 0,
            names: Names::default(),
            written: Written { firm: config.firm.limits.clone(), ..Written::default() },
            capacity: Sizes {
                assets: size.assets,
                instruments: size.instruments,
                accounts: size.accounts,
                strategies: size.strategies,
                books: size.books,
            },
        };
        for asset in &config.assets {
            state.add_asset(asset)?;
        }
        let pairs = state.assets.len().saturating_mul(state.assets.len());
        state.rates = vec![None; pairs];
        state.firm.currency = state.asset(&config.firm.currency, "firm")?;
        let scale = state.money_scale(state.firm.currency);
        state.firm.limits = Compiled::new(&config.firm.limits, Level::Firm, scale, "the firm")?;
        for name in config.instrument_limits.keys() {
            if !config.instruments.iter().any(|instrument| instrument.symbol == *name) {
                let at = "instrument_limits".to_owned();
                return Err(ConfigError::Unknown { kind: "instrument", name: name.clone(), at });
            }
        }
        for instrument in &config.instruments {
            let limits = config.instrument_limits.get(&instrument.symbol);
            state.add_instrument(instrument, &limits.cloned().unwrap_or_default())?;
        }
        for account in &config.accounts {
            state.add_account(account)?;
        }
        Ok(state)
    }

    fn add_asset(&mut self, asset: &Asset) -> Result<u32, ConfigError> {
        if asset.code.is_empty() || asset.code.len() > 12 {
            let problem = format!("{:?} is not 1 to 12 bytes", asset.code);
            return Err(ConfigError::Setting { field: "assets.code", problem });
        }
        if asset.digits > 8 {
            let problem = format!("{} has {} digits; at most 8", asset.code, asset.digits);
            return Err(ConfigError::Setting { field: "assets.digits", problem });
        }
        let place = size_of(&self.assets);
        room("asset", place, self.capacity.assets)?;
        if self.names.assets.insert(asset.code.clone(), place).is_some() {
            return Err(ConfigError::Duplicate { kind: "asset", name: asset.code.clone() });
        }
        let money_scale = asset.digits.saturating_add(MONEY_EXTRA_PLACES);
        self.assets.push(AssetState { code: Code::new(&asset.code), money_scale });
        Ok(place)
    }

    pub(crate) fn asset(&self, code: &str, at: &str) -> Result<u32, ConfigError> {
        let unknown = || ConfigError::Unknown { kind: "asset", name: code.to_owned(), at: at.to_owned() };
        self.names.assets.get(code).copied().ok_or_else(unknown)
    }

    pub(crate) fn money_scale(&self, asset: u32) -> u32 {
        at(&self.assets, asset).map_or(0, |asset| asset.money_scale)
    }

    pub(crate) fn add_instrument(
        &mut self,
        instrument: &Instrument,
        limits: &Limits,
    ) -> Result<u32, ConfigError> {
        let symbol = &instrument.symbol;
        let place = size_of(&self.instruments);
        room("instrument", place, self.capacity.instruments)?;
        if symbol.is_empty() {
            let problem = "is empty".to_owned();
            return Err(ConfigError::Instrument { symbol: symbol.clone(), field: "symbol", problem });
        }
        if self.names.instruments.contains_key(symbol) {
            return Err(ConfigError::Duplicate { kind: "instrument", name: symbol.clone() });
        }
        let label = format!("instrument {symbol:?}");
        let quote = self.asset(&instrument.quote, &label)?;
        let scale = self.money_scale(quote);
        let traded = Traded::new(instrument, quote, scale)?;
        let compiled = Compiled::new(limits, Level::Instrument, scale, &label)?;
        // Without a group of its own name, an instrument is a group of its own.
        let group = match &instrument.group {
            Some(name) => match self.names.groups.get(name) {
                Some(group) => *group,
                None => {
                    let group = size_of(&self.groups);
                    self.names.groups.insert(name.clone(), group);
                    self.groups.push(Money::ZERO);
                    group
                }
            },
            None => {
                self.groups.push(Money::ZERO);
                size_of(&self.groups).saturating_sub(1)
            }
        };
        let venue = instrument.venue.as_ref().map(|name| match self.names.venues.get(name) {
            Some(venue) => *venue,
            None => {
                let venue = size_of(&self.venues);
                self.names.venues.insert(name.clone(), venue);
                self.venues.push(TradingState::Active);
                venue
            }
        });
        self.names.instruments.insert(symbol.clone(), place);
        self.instruments.push(InstrumentState {
            traded,
            status: instrument.status,
            group,
            venue,
            limits: compiled,
            written_limits: limits.clone(),
            tightened: 0,
            trading: TradingState::Active,
            quote: None,
            mark: None,
            mark_at: Timestamp::EPOCH,
            holders: None,
            firm_quantity: 0,
            firm_exposure: Money::ZERO,
            counted: 0,
        });
        Ok(place)
    }

    pub(crate) fn add_account(&mut self, account: &Account) -> Result<u32, ConfigError> {
        let place = size_of(&self.accounts);
        room("account", place, self.capacity.accounts)?;
        if account.name.is_empty() {
            return Err(ConfigError::Setting { field: "accounts.name", problem: "is empty".to_owned() });
        }
        if self.names.accounts.contains_key(&account.name) {
            return Err(ConfigError::Duplicate { kind: "account", name: account.name.clone() });
        }
        let label = format!("account {:?}", account.name);
        let currency = self.asset(&account.currency, &label)?;
        let scale = self.money_scale(currency);
        let limits = Compiled::new(&account.limits, Level::Account, scale, &label)?;
        let permission = self.permission(account.may_trade.as_deref(), &label)?;
        let own: Vec<_> = account
            .instrument_limits
            .iter()
            .map(|(symbol, limits)| Ok((self.instrument(symbol, &label)?, limits)))
            .collect::<Result<_, ConfigError>>()?;
        self.names.accounts.insert(account.name.clone(), place);
        self.written.accounts.push(account.limits.clone());
        self.accounts.push(AccountState {
            currency,
            limits,
            tightened: 0,
            trading: TradingState::Active,
            permission,
            sums: Sums::default(),
            balance: Money::ZERO,
            known: false,
            unrealised: Money::ZERO,
            equity_firm: None,
            track: Track::default(),
            bucket: Fill::default(),
            host: Host::default(),
            last_execution: Timestamp::from_nanos(i64::MIN),
            unassigned: 0,
        });
        self.firm.unknown_equity = self.firm.unknown_equity.saturating_add(1);
        let unassigned =
            self.add_strategy(place, &Strategy { name: "unassigned".to_owned(), ..Strategy::default() })?;
        if let Some(account) = at_mut(&mut self.accounts, place) {
            account.unassigned = unassigned;
        }
        for strategy in &account.strategies {
            self.add_strategy(place, strategy)?;
        }
        for (instrument, limits) in own {
            let label = format!("{label}, instrument_limits");
            let (written, scale) = at(&self.instruments, instrument)
                .map(|i| (i.written_limits.tightened_by(limits), i.traded.money_scale))
                .unwrap_or_default();
            Compiled::new(limits, Level::Instrument, scale, &label)?;
            let effective = Compiled::new(&written, Level::Instrument, scale, &label)?;
            let index = size_of(&self.book_limits);
            self.book_limits.push(OwnLimits { written: limits.clone(), effective, tightened: 0 });
            let full = ConfigError::Full { kind: "book", capacity: self.capacity.books };
            let book = self.open_book(Owner::Account(place), instrument).ok_or(full)?;
            if let Some(book) = at_mut(&mut self.books, book) {
                book.limits = Some(index);
            }
        }
        Ok(place)
    }

    pub(crate) fn add_strategy(&mut self, account: u32, strategy: &Strategy) -> Result<u32, ConfigError> {
        let place = size_of(&self.strategies);
        room("strategy", place, self.capacity.strategies)?;
        if strategy.name.is_empty() {
            return Err(ConfigError::Setting { field: "strategies.name", problem: "is empty".to_owned() });
        }
        let name = (account, strategy.name.clone());
        if self.names.strategies.contains_key(&name) {
            return Err(ConfigError::Duplicate { kind: "strategy", name: strategy.name.clone() });
        }
        let label = format!("strategy {:?}", strategy.name);
        let scale = at(&self.accounts, account).map_or(0, |account| self.money_scale(account.currency));
        let limits = Compiled::new(&strategy.limits, Level::Strategy, scale, &label)?;
        let permission = self.permission(strategy.may_trade.as_deref(), &label)?;
        let refuse = |value| ConfigError::Setting {
            field: "strategies.capital",
            problem: format!("{value} of {label} is not a positive amount"),
        };
        let capital = strategy
            .capital
            .map(|value| {
                num::money(value, scale, Round::Down)
                    .filter(|m| *m > Money::ZERO)
                    .ok_or_else(|| refuse(value))
            })
            .transpose()?;
        self.names.strategies.insert(name, place);
        self.written.strategies.push(strategy.limits.clone());
        self.strategies.push(StrategyState {
            account,
            limits,
            tightened: 0,
            trading: TradingState::Active,
            permission,
            capital,
            sums: Sums::default(),
            realised: Money::ZERO,
            unrealised: Money::ZERO,
            track: Track::default(),
            bucket: Fill::default(),
        });
        Ok(place)
    }

    fn instrument(&self, symbol: &str, at: &str) -> Result<u32, ConfigError> {
        let unknown =
            || ConfigError::Unknown { kind: "instrument", name: symbol.to_owned(), at: at.to_owned() };
        self.names.instruments.get(symbol).copied().ok_or_else(unknown)
    }

    fn permission(&self, symbols: Option<&[String]>, label: &str) -> Result<Permission, ConfigError> {
        let Some(symbols) = symbols else { return Ok(Permission::All) };
        let words = self.capacity.instruments.div_ceil(64);
        let mut bits = vec![0_u64; usize::try_from(words).unwrap_or(0)];
        for symbol in symbols {
            let instrument = self.instrument(symbol, label)?;
            if let Some(word) = at_mut(&mut bits, instrument >> 6) {
                *word |= 1 << (instrument & 63);
            }
        }
        Ok(Permission::Only(bits))
    }

    /// The book of an owner in an instrument, if it ever needed one.
    #[inline]
    pub(crate) fn book(&self, owner: Owner, instrument: u32) -> Option<u32> {
        self.book_index.get(book_key(owner, instrument))
    }

    /// The same; made now if there was none. Nothing when there is no room.
    pub(crate) fn open_book(&mut self, owner: Owner, instrument: u32) -> Option<u32> {
        if let Some(book) = self.book(owner, instrument) {
            return Some(book);
        }
        let place = size_of(&self.books);
        if place >= self.capacity.books {
            return None;
        }
        let group = match owner {
            Owner::Account(account) => self.open_group(account, at(&self.instruments, instrument)?.group)?,
            Owner::Strategy(_) => u32::MAX,
        };
        let holders = &mut at_mut(&mut self.instruments, instrument)?.holders;
        let book = Book { owner, instrument, group, next: *holders, ..EMPTY };
        *holders = Some(place);
        self.books.push(book);
        self.book_index.set(book_key(owner, instrument), place);
        Some(place)
    }

    /// A copy with the same room to grow: a plain clone has room only for what it holds.
    pub(crate) fn with_spare_room(&self) -> Self {
        let mut copy = self.clone();
        copy.reserve_all();
        copy
    }

    /// Makes every table as large as it was constructed.
    pub(crate) fn reserve_all(&mut self) {
        fn grow<T>(table: &mut Vec<T>, capacity: u32) {
            let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
            table.reserve_exact(capacity.saturating_sub(table.len()));
        }
        let size = self.capacity;
        grow(&mut self.accounts, size.accounts);
        grow(&mut self.strategies, size.strategies);
        grow(&mut self.instruments, size.instruments);
        grow(&mut self.venues, size.instruments);
        grow(&mut self.groups, size.instruments);
        grow(&mut self.account_groups, size.books);
        grow(&mut self.books, size.books);
        self.reservation.reserve_all();
        self.ids.reserve_all();
        self.executions.reserve_all();
        self.parents.reserve_all();
        self.latches.reserve_all();
    }

    /// How many more books there is room for.
    pub(crate) fn room_for_books(&self) -> u32 {
        self.capacity.books.saturating_sub(size_of(&self.books))
    }

    fn open_group(&mut self, account: u32, group: u32) -> Option<u32> {
        let key = pair_key(account, group);
        if let Some(place) = self.group_index.get(key) {
            return Some(place);
        }
        let place = size_of(&self.account_groups);
        self.account_groups.push(Money::ZERO);
        self.group_index.set(key, place).then_some(place)
    }

    /// From one asset's money to another's.
    #[inline]
    pub(crate) fn rate(&self, from: u32, to: u32) -> Option<Rate> {
        if from == to {
            return Some(Rate::IDENTITY);
        }
        let row = usize::try_from(from).ok()?.checked_mul(self.assets.len())?;
        *self.rates.get(row.checked_add(usize::try_from(to).ok()?)?)?
    }

    /// The live order of a client order id.
    pub(crate) fn live_order(&self, id: Key) -> Option<u32> {
        self.ids.table.get(id).filter(|slot| *slot != ENDED)
    }

    pub(crate) fn handle(&self, engine: u32, slot: u32) -> OrderHandle {
        let generation = self.reservation.hold(slot).map_or(0, |hold| hold.generation);
        OrderHandle { engine, slot, generation }
    }
}

fn book_key(owner: Owner, instrument: u32) -> Key {
    match owner {
        Owner::Account(account) => pair_key(account.wrapping_mul(2), instrument),
        Owner::Strategy(strategy) => pair_key(strategy.wrapping_mul(2).wrapping_add(1), instrument),
    }
}
