//! Making a state: every field of a configuration is checked, every table gets its size.

use std::sync::Arc;

use std::collections::BTreeSet;

use crate::aside::{Aside, Asking};
use crate::book::Owner;
use crate::cash::Cash;
use crate::clock::{NANOS_PER_MS, Timestamp};
use crate::compiled::Compiled;
use crate::config::{Account, AccountKind, Asset, Config, Strategy};
use crate::crossing::Crossing;
use crate::decision::Code;
use crate::error::ConfigError;
use crate::gates::GateSet;
use crate::halt::{Latches, TradingState};
use crate::instrument::{Instrument, Traded};
use crate::limits::{Level, Limits};
use crate::num::{self, MONEY_EXTRA_PLACES, Money, Round};
use crate::pairs::Pairs;
use crate::parents::Parents;
use crate::place::Place;
use crate::policy::{self, Policy};
use crate::recent::Recent;
use crate::remembered::Remembered;
use crate::repeats::Repeats;
use crate::reservation::Reservation;
use crate::response::Response;
use crate::schedule::Schedule;
use crate::state::{
    AccountState, AssetState, Fill, FirmState, Host, InstrumentState, OwnLimits, Permission, Settings, Sizes,
    State, StrategyState, Sums, Written, at, at_mut, size_of,
};
use crate::statement::Withheld;
use crate::streak::Streak;
use crate::strictest::Worked;
use crate::tally::Tally;
use crate::track::Track;
use crate::traded::{Orders, Turnover};
use crate::versions::Versions;

pub(crate) fn room(kind: &'static str, used: u32, capacity: u32) -> Result<(), ConfigError> {
    if used < capacity { Ok(()) } else { Err(ConfigError::Full { kind, capacity }) }
}

fn reserve<T>(capacity: u32) -> Vec<T> {
    Vec::with_capacity(usize::try_from(capacity).unwrap_or(usize::MAX))
}

impl State {
    /// The state of an engine that has seen nothing yet. Every field of the configuration is checked.
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        Self::checked(config, &mut Place::default())
    }

    /// The same. When it fails, `place` is the part that was being checked.
    pub(crate) fn checked(config: &Config, place: &mut Place) -> Result<Self, ConfigError> {
        config.check_settings()?;
        config.check_presence(place)?;
        *place = Place::default();
        let size = &config.capacity;
        let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(NANOS_PER_MS);
        let fraction = num::exact(config.settings.reduced_fraction_min_percent, 4).map_err(|_| {
            let problem = format!("{} has more than 4 places", config.settings.reduced_fraction_min_percent);
            ConfigError::Setting { field: "settings.reduced_fraction_min_percent", problem }
        })?;
        let mut state = Self {
            settings: Settings {
                permit_ttl: ms(config.settings.permit_ttl_ms),
                clock_back: ms(config.settings.clock_back_ms_max),
                future: ms(config.settings.future_ms_max),
                duplicate_window: ms(config.settings.duplicate_window_ms),
                reduced_fraction_ppm: fraction.unsigned_abs(),
                host_age: ms(config.settings.host_age_ms_max),
                unknown_settle: ms(config.settings.unknown_settle_ms),
                confirmations: config.settings.reference_confirmations,
                confirm: ms(config.settings.reference_confirm_ms),
                ids_for_exits: usize::try_from(size.order_ids_for_exits).unwrap_or(usize::MAX),
            },
            now: Timestamp::from_nanos(i64::MIN),
            due: Timestamp::MAX,
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
                traded: Turnover::default(),
                unrecorded: false,
            },
            assets: reserve(size.assets),
            rates: Vec::new(),
            accounts: reserve(size.accounts),
            strategies: reserve(size.strategies),
            traders: reserve(size.traders),
            instruments: reserve(size.instruments),
            venues: reserve(size.instruments),
            groups: reserve(size.instruments),
            account_groups: reserve(size.books),
            books: reserve(size.books),
            nets: reserve(size.books),
            keeps_net: false,
            limited: GateSet::default(),
            book_limits: Vec::new(),
            worked: Worked::with_capacity(size.books),
            book_index: Pairs::with_capacity(size.books),
            group_index: Pairs::with_capacity(size.books),
            reservation: Reservation::with_capacity(size.live_orders),
            traded: Orders::with_capacity(size.live_orders),
            versions: Versions::with_capacity(size.changes),
            crossing: Crossing::with_capacity(size.live_orders, size.books, size.instruments),
            ids: Remembered::with_capacity(size.order_ids),
            executions: Recent::with_capacity(size.executions),
            past: Recent::with_capacity(size.order_ids),
            parents: Parents::with_capacity(size.parents),
            repeats: Repeats::with_capacity(size.order_ids.max(1_024)),
            latches: Latches::with_capacity(size.latches),
            schedule: Schedule::with_capacity(size.temporary_limits),
            policy: Policy::new(config),
            anomalies: 0,
            withheld: Withheld::with_capacity(size.accounts),
            response: Response::new(&config.trips, size.accounts),
            asking: Asking::default(),
            short: false,
            names: Arc::default(),
            written: Written { firm: config.firm.limits.clone(), ..Written::default() },
            capacity: Sizes {
                assets: size.assets,
                instruments: size.instruments,
                accounts: size.accounts,
                strategies: size.strategies,
                traders: size.traders,
                books: size.books,
            },
        };
        for (entry, asset) in config.assets.iter().enumerate() {
            place.entry("assets", entry);
            state.add_asset(asset)?;
        }
        let pairs = state.assets.len().saturating_mul(state.assets.len());
        state.rates = vec![None; pairs];
        place.field("firm", "currency");
        state.firm.currency = state.asset(&config.firm.currency, "firm")?;
        let scale = state.money_scale(state.firm.currency);
        place.field("firm", "limits");
        state.firm.limits = Compiled::new(&config.firm.limits, Level::Firm, scale, "the firm")?;
        state.policy.firm =
            policy::ceiling(&config.firm.ceiling, &state.firm.limits, Level::Firm, scale, "the firm")?;
        let symbols: BTreeSet<_> = config.instruments.iter().map(|instrument| &instrument.symbol).collect();
        for (field, names) in [
            ("instrument_limits", &config.instrument_limits),
            ("instrument_ceilings", &config.instrument_ceilings),
        ] {
            for name in names.keys() {
                place.field(field, name);
                if !symbols.contains(name) {
                    let (name, at) = (name.clone(), field.to_owned());
                    return Err(ConfigError::Unknown { kind: "instrument", name, at });
                }
            }
        }
        let none = Limits::default();
        for (entry, instrument) in config.instruments.iter().enumerate() {
            place.entry("instruments", entry);
            let limits = config.instrument_limits.get(&instrument.symbol).unwrap_or(&none);
            let added = state.add_instrument(instrument, limits);
            if let Err(ConfigError::Limit { .. }) = added {
                place.field("instrument_limits", &instrument.symbol);
            }
            let added = added?;
            if let Some(written) = config.instrument_ceilings.get(&instrument.symbol) {
                place.field("instrument_ceilings", &instrument.symbol);
                state.put_ceiling(added, written, &instrument.symbol)?;
            }
        }
        for (entry, account) in config.accounts.iter().enumerate() {
            place.entry("accounts", entry);
            state.add_account(account, place)?;
        }
        for (entry, trader) in config.traders.iter().enumerate() {
            place.entry("traders", entry);
            state.add_trader(trader)?;
        }
        state.follow_limits();
        state.due = state.response.wakes();
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
        if Arc::make_mut(&mut self.names).assets.insert(asset.code.clone(), place).is_some() {
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
                    Arc::make_mut(&mut self.names).groups.insert(name.clone(), group);
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
                Arc::make_mut(&mut self.names).venues.insert(name.clone(), venue);
                self.venues.push(TradingState::Active);
                venue
            }
        });
        Arc::make_mut(&mut self.names).instruments.insert(symbol.clone(), place);
        self.policy.instruments.push(Compiled::default());
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
            session: None,
            daily_volume: None,
            suspect: None,
            holders: None,
            firm_quantity: 0,
            firm_exposure: Money::ZERO,
            firm_unrated: 0,
            counted: 0,
        });
        Ok(place)
    }

    fn put_ceiling(&mut self, instrument: u32, written: &Limits, symbol: &str) -> Result<(), ConfigError> {
        let Some(state) = at(&self.instruments, instrument) else { return Ok(()) };
        let label = format!("instrument {symbol:?}");
        let scale = state.traded.money_scale;
        let ceiling = policy::ceiling(written, &state.limits, Level::Instrument, scale, &label)?;
        if let Some(place) = at_mut(&mut self.policy.instruments, instrument) {
            *place = ceiling;
        }
        Ok(())
    }

    /// Adds an account with its strategies. When that fails, `place` is the part of it that was being checked.
    pub(crate) fn add_account(
        &mut self,
        account: &Account,
        place_of: &mut Place,
    ) -> Result<u32, ConfigError> {
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
        let fee_bps = account.fees.maker_bps.max(account.fees.taker_bps);
        if fee_bps > 10_000 {
            let problem =
                format!("{fee_bps} basis points of account {:?} are more than 10,000 (100 %)", account.name);
            return Err(ConfigError::Setting { field: "accounts.fees", problem });
        }
        let cash = Cash { only: account.kind == AccountKind::Cash, fee_bps, ..Cash::default() };
        let scale = self.money_scale(currency);
        let limits = Compiled::new(&account.limits, Level::Account, scale, &label)?;
        let ceiling = policy::ceiling(&account.ceiling, &limits, Level::Account, scale, &label)?;
        let permission = self.permission(account.may_trade.as_deref(), &label)?;
        let caps = account.statements.compile(scale, &label)?;
        let own: Vec<_> = account
            .instrument_limits
            .iter()
            .map(|(symbol, limits)| {
                place_of.part("instrument_limits", symbol.as_str());
                Ok((self.instrument(symbol, &label)?, symbol, limits))
            })
            .collect::<Result<_, ConfigError>>()?;
        Arc::make_mut(&mut self.names).accounts.insert(account.name.clone(), place);
        self.written.accounts.push(account.limits.clone());
        self.policy.accounts.push(ceiling);
        self.accounts.push(AccountState {
            currency,
            limits,
            tightened: 0,
            trading: TradingState::Active,
            permission,
            trader_required: account.trader_required,
            sums: Sums::default(),
            cash,
            caps,
            aside: Aside::default(),
            balance: Money::ZERO,
            known: false,
            unrealised: Money::ZERO,
            open_orders: 0,
            equity_firm: None,
            track: Track::default(),
            bucket: Fill::default(),
            tally: Tally::default(),
            streak: Streak::default(),
            traded: Turnover::default(),
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
        for (entry, strategy) in account.strategies.iter().enumerate() {
            place_of.part("strategies", entry);
            self.add_strategy(place, strategy)?;
        }
        for (instrument, symbol, limits) in own {
            place_of.part("instrument_limits", symbol.as_str());
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
        let ceiling = policy::ceiling(&strategy.ceiling, &limits, Level::Strategy, scale, &label)?;
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
        Arc::make_mut(&mut self.names).strategies.insert(name, place);
        self.written.strategies.push(strategy.limits.clone());
        self.policy.strategies.push(ceiling);
        self.strategies.push(StrategyState {
            account,
            limits,
            tightened: 0,
            trading: TradingState::Active,
            permission,
            capital,
            open_orders: 0,
            sums: Sums::default(),
            realised: Money::ZERO,
            unrealised: Money::ZERO,
            track: Track::default(),
            bucket: Fill::default(),
            tally: Tally::default(),
            streak: Streak::default(),
            traded: Turnover::default(),
        });
        Ok(place)
    }

    fn instrument(&self, symbol: &str, at: &str) -> Result<u32, ConfigError> {
        let unknown =
            || ConfigError::Unknown { kind: "instrument", name: symbol.to_owned(), at: at.to_owned() };
        self.names.instruments.get(symbol).copied().ok_or_else(unknown)
    }

    /// The instruments of these symbols; all where none are given.
    pub(crate) fn permission(
        &self,
        symbols: Option<&[String]>,
        label: &str,
    ) -> Result<Permission, ConfigError> {
        let Some(symbols) = symbols else { return Ok(Permission::All) };
        let places = symbols.iter().map(|symbol| self.instrument(symbol, label));
        Permission::only(places, self.capacity.instruments)
    }
}
