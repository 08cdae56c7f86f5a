//! What an engine is made from: capacities, settings, and who may trade what within which limits.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::action::Trips;
pub use crate::capacity::Capacity;
pub use crate::cash::{AccountKind, Fees};
use crate::day::DayRoll;
use crate::error::ConfigError;
use crate::house::HouseRule;
use crate::instrument::Instrument;
use crate::limits::{FIELDS, Limits};
use crate::place::Place;
use crate::statement::StatementCaps;
pub use crate::trader::Trader;

/// Everything an engine needs to start. Made in code, or read from TOML or JSON (feature `text`); unknown fields are
/// refused and nothing is filled in that would approve an order.
///
/// ```
/// use risk_core::{Account, Asset, Config, Instrument, Limits};
/// let mut config = Config::new("USD");
/// config.assets.push(Asset::new("USD", 2));
/// config.firm.limits = Limits { gross_exposure_max: Some(100_000.into()), ..Limits::default() };
/// config.instruments.push(Instrument::new("BTC-USD", "USD", 2, 8));
/// config.accounts.push(Account::new("main", "USD").unlimited("the firm's limits hold").strategy("grid"));
/// assert!(config.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Config {
    /// Sizes of all tables.
    #[cfg_attr(feature = "serde", serde(default))]
    pub capacity: Capacity,
    /// Times and shares that are no limits.
    #[cfg_attr(feature = "serde", serde(default))]
    pub settings: Settings,
    /// When the trading day rolls. Without it the day rolls only when the host says so ([`crate::Input::DayRoll`]).
    #[cfg_attr(feature = "serde", serde(default))]
    pub day_roll: Option<DayRoll>,
    /// The firm.
    pub firm: Firm,
    /// Currencies and other assets.
    pub assets: Vec<Asset>,
    /// Instruments.
    #[cfg_attr(feature = "serde", serde(default))]
    pub instruments: Vec<Instrument>,
    /// The limits of instruments by symbol: they hold in every account, for that account's position.
    #[cfg_attr(feature = "serde", serde(default))]
    pub instrument_limits: BTreeMap<String, Limits>,
    /// How far the limits of instruments may be loosened, by symbol.
    #[cfg_attr(feature = "serde", serde(default))]
    pub instrument_ceilings: BTreeMap<String, Limits>,
    /// Rules of the house, in the order in which they are asked. Their functions are given where the engine is made.
    #[cfg_attr(feature = "serde", serde(default))]
    pub house_rules: Vec<HouseRule>,
    /// What stops a scope although no limit is reached.
    #[cfg_attr(feature = "serde", serde(default))]
    pub trips: Trips,
    /// Accounts with their strategies.
    #[cfg_attr(feature = "serde", serde(default))]
    pub accounts: Vec<Account>,
    /// Who asks for orders. Needed where an account's `trader_required` is set.
    #[cfg_attr(feature = "serde", serde(default))]
    pub traders: Vec<Trader>,
    /// Fields of [`Limits`] that every account must have, at its own level or the firm's.
    #[cfg_attr(feature = "serde", serde(default))]
    pub required_limits: Vec<String>,
}

/// Times and shares that are no limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Settings {
    /// How long a permit can be redeemed, in ms, at least 1.
    pub permit_ttl_ms: u64,
    /// How far the clock may step back before it counts as dead, in ms. Time itself never goes back.
    pub clock_back_ms_max: u64,
    /// How far into the future the time of an order or a quote may lie, in ms.
    pub future_ms_max: u64,
    /// How long a client order id stays taken after its order ended, in ms.
    pub duplicate_window_ms: u64,
    /// A reduction to less than this share of what was asked is a rejection, in percent. Pure exits are exempt.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::exact_serde"))]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Number"))]
    pub reduced_fraction_min_percent: Decimal,
    /// How long a host's figure replaces the ledger's, in ms. After that, what needs it refuses (STALE_DATA).
    pub host_age_ms_max: u64,
    /// How long after its redeem an order that the venue does not know may still be on its way, in ms.
    pub unknown_settle_ms: u64,
    /// How many prices that agree, one after the other, are believed although they jump from the last good one
    /// (`reference_jump_bps_max` of the instrument); at least 1.
    pub reference_confirmations: u32,
    /// And over how long they agree at least, in ms.
    pub reference_confirm_ms: u64,
    /// Loosening a limit needs the names of two people.
    pub dual_control: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            permit_ttl_ms: 1_000,
            clock_back_ms_max: 1_000,
            future_ms_max: 1_000,
            duplicate_window_ms: 86_400_000,
            reduced_fraction_min_percent: Decimal::TEN,
            host_age_ms_max: 60_000,
            unknown_settle_ms: 5_000,
            reference_confirmations: 3,
            reference_confirm_ms: 1_000,
            dual_control: false,
        }
    }
}

/// The firm: everything the engine guards.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Firm {
    /// Its currency, an asset.
    pub currency: String,
    /// Its limits.
    #[cfg_attr(feature = "serde", serde(default))]
    pub limits: Limits,
    /// How far they may be loosened, by anyone: a change beyond is refused. What is not set is not bounded.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ceiling: Limits,
    /// Why it has none, where it has none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub unlimited: Option<String>,
}

/// A currency or another asset that money is counted in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Asset {
    /// Its code, such as `USD`, 1 to 12 bytes.
    pub code: String,
    /// Decimal places of its smallest unit, 0 to 8. Money is kept six places finer.
    pub digits: u32,
}

impl Asset {
    /// An asset with its code and the decimal places of its smallest unit.
    pub fn new(code: &str, digits: u32) -> Self {
        Self { code: code.to_owned(), digits }
    }
}

/// A trading account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Account {
    /// Its name, unique in the engine.
    pub name: String,
    /// Its currency, an asset.
    pub currency: String,
    /// How it pays.
    #[cfg_attr(feature = "serde", serde(default))]
    pub kind: AccountKind,
    /// What it is charged.
    #[cfg_attr(feature = "serde", serde(default))]
    pub fees: Fees,
    /// Its limits.
    #[cfg_attr(feature = "serde", serde(default))]
    pub limits: Limits,
    /// How far they may be loosened, by anyone: a change beyond is refused. What is not set is not bounded.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ceiling: Limits,
    /// By how much a statement on it may differ from what is known.
    #[cfg_attr(feature = "serde", serde(default))]
    pub statements: StatementCaps,
    /// Why it has none, where it has none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub unlimited: Option<String>,
    /// Its limits for single instruments, by symbol, on top of those that hold in every account.
    #[cfg_attr(feature = "serde", serde(default))]
    pub instrument_limits: BTreeMap<String, Limits>,
    /// The only symbols it may trade; every symbol when absent.
    #[cfg_attr(feature = "serde", serde(default))]
    pub may_trade: Option<Vec<String>>,
    /// Its orders must name a trader (UNKNOWN_TRADER).
    #[cfg_attr(feature = "serde", serde(default))]
    pub trader_required: bool,
    /// Its strategies.
    #[cfg_attr(feature = "serde", serde(default))]
    pub strategies: Vec<Strategy>,
}

impl Account {
    /// An account without limits yet.
    pub fn new(name: &str, currency: &str) -> Self {
        Self {
            name: name.to_owned(),
            currency: currency.to_owned(),
            kind: AccountKind::Margin,
            fees: Fees::default(),
            limits: Limits::default(),
            ceiling: Limits::default(),
            statements: StatementCaps::default(),
            unlimited: None,
            instrument_limits: BTreeMap::new(),
            may_trade: None,
            trader_required: false,
            strategies: Vec::new(),
        }
    }

    /// Limits, or a reason to have none.
    pub(crate) fn demand_limits(&self) -> Result<(), ConfigError> {
        demand_limits(&format!("account {:?}", self.name), &self.limits, self.unlimited.as_deref())
    }

    /// With these limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Without limits of its own, and why.
    #[must_use]
    pub fn unlimited(mut self, why: &str) -> Self {
        self.unlimited = Some(why.to_owned());
        self
    }

    /// With one more strategy, without limits of its own.
    #[must_use]
    pub fn strategy(mut self, name: &str) -> Self {
        self.strategies.push(Strategy { name: name.to_owned(), ..Strategy::default() });
        self
    }
}

/// A strategy of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Strategy {
    /// Its name, unique in its account. `unassigned` is the engine's own.
    pub name: String,
    /// Capital it was given, in the account's currency: the base of its percentages. Without it, the account's equity.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::exact_serde::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Number>"))]
    pub capital: Option<Decimal>,
    /// Its limits.
    #[cfg_attr(feature = "serde", serde(default))]
    pub limits: Limits,
    /// How far they may be loosened, by anyone: a change beyond is refused. What is not set is not bounded.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ceiling: Limits,
    /// The only symbols it may trade; every symbol of its account when absent.
    #[cfg_attr(feature = "serde", serde(default))]
    pub may_trade: Option<Vec<String>>,
}

impl Config {
    /// A configuration of a firm in this currency, with nothing in it yet.
    pub fn new(currency: &str) -> Self {
        Self {
            capacity: Capacity::default(),
            settings: Settings::default(),
            day_roll: None,
            firm: Firm {
                currency: currency.to_owned(),
                limits: Limits::default(),
                ceiling: Limits::default(),
                unlimited: None,
            },
            assets: Vec::new(),
            instruments: Vec::new(),
            instrument_limits: BTreeMap::new(),
            instrument_ceilings: BTreeMap::new(),
            house_rules: Vec::new(),
            trips: Trips::default(),
            accounts: Vec::new(),
            traders: Vec::new(),
            required_limits: Vec::new(),
        }
    }

    /// Reads TOML. `origin` names the file in messages.
    ///
    /// ```
    /// use risk_core::Config;
    /// let text = "[firm]\ncurrency = \"USD\"\nlimits.collar_bps = 2000000\n\n[[assets]]\ncode = \"USD\"\ndigits = 2\n";
    /// let problem = Config::from_toml(text, "limits.toml").unwrap_err().to_string();
    /// assert!(problem.starts_with("limits.toml:3: firm.limits.collar_bps: "), "{problem}");
    /// ```
    ///
    /// # Errors
    /// The first thing that is wrong, with file, line and field: [`ConfigError::Text`] for what is no TOML or has an
    /// unknown field or a value of another type, [`ConfigError::At`] for all else.
    #[cfg(feature = "text")]
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, ConfigError> {
        let wrong =
            |e: toml::de::Error| ConfigError::Text { origin: origin.to_owned(), problem: e.to_string() };
        let config: Self = toml::from_str(text).map_err(wrong)?;
        config.check_text(origin, |place| crate::locate::line_in_toml(text, place))?;
        Ok(config)
    }

    /// Reads JSON. `origin` names the file in messages.
    ///
    /// # Errors
    /// As [`Config::from_toml`].
    #[cfg(feature = "text")]
    pub fn from_json(text: &str, origin: &str) -> Result<Self, ConfigError> {
        let wrong = |e: serde_json::Error| {
            let place = crate::locate::place_in_json(text, e.line(), e.column());
            let problem = if place.0.is_empty() { e.to_string() } else { format!("{place}: {e}") };
            ConfigError::Text { origin: origin.to_owned(), problem }
        };
        let config: Self = serde_json::from_str(text).map_err(wrong)?;
        config.check_text(origin, |place| crate::locate::line_in_json(text, place))?;
        Ok(config)
    }

    /// As [`Config::check`], and says where in its text it is wrong.
    #[cfg(feature = "text")]
    fn check_text(&self, origin: &str, line: impl Fn(&Place) -> Option<usize>) -> Result<(), ConfigError> {
        let mut place = Place::default();
        crate::state::State::checked(self, &mut place).map(|_| ()).map_err(|problem| {
            let place = place.of(&problem);
            let (origin, line, field) = (origin.to_owned(), line(&place), place.to_string());
            ConfigError::At { origin, line, field, problem: Box::new(problem) }
        })
    }

    /// Whether an engine can be made from it: constructs one and throws it away.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), ConfigError> {
        crate::state::State::new(self).map(|_| ())
    }

    /// [`Config::check`], and whether these are exactly the functions of the rules of the house that it names: what a
    /// host wants to know before it makes anything for the engine.
    ///
    /// # Errors
    /// The first thing that is wrong; a rule without a function, a function without a rule, two of one name.
    pub fn check_with(&self, vetoes: &[crate::house::Veto]) -> Result<(), ConfigError> {
        self.check()?;
        crate::house::House::on_record(self).takes(vetoes)
    }

    /// What concerns the whole: that limits are there where they must be.
    pub(crate) fn check_presence(&self, place: &mut Place) -> Result<(), ConfigError> {
        place.top("firm");
        demand_limits("the firm", &self.firm.limits, self.firm.unlimited.as_deref())?;
        for (entry, account) in self.accounts.iter().enumerate() {
            place.entry("accounts", entry);
            account.demand_limits()?;
        }
        for (entry, name) in self.required_limits.iter().enumerate() {
            place.entry("required_limits", entry);
            let field = FIELDS.iter().find(|field| field.name == name);
            let field = field.ok_or_else(|| ConfigError::Unknown {
                kind: "limit",
                name: name.clone(),
                at: "required_limits".to_owned(),
            })?;
            let missing = |at: &str| ConfigError::RequiredLimit { field: name.clone(), at: at.to_owned() };
            if (field.is_set)(&self.firm.limits) {
                continue;
            }
            if self.accounts.is_empty() {
                place.top("firm");
                return Err(missing("the firm"));
            }
            let lacks = |(_, account): &(usize, &Account)| !(field.is_set)(&account.limits);
            if let Some((entry, account)) = self.accounts.iter().enumerate().find(lacks) {
                place.entry("accounts", entry);
                return Err(missing(&format!("account {:?}", account.name)));
            }
        }
        Ok(())
    }

    /// What concerns sizes and times.
    pub(crate) fn check_settings(&self) -> Result<(), ConfigError> {
        let refuse = |field, problem: String| Err(ConfigError::Setting { field, problem });
        let longest: u64 = 10 * 365 * 86_400_000;
        let settings = &self.settings;
        for (field, ms, least) in [
            ("settings.permit_ttl_ms", settings.permit_ttl_ms, 1),
            ("settings.clock_back_ms_max", settings.clock_back_ms_max, 0),
            ("settings.future_ms_max", settings.future_ms_max, 0),
            ("settings.duplicate_window_ms", settings.duplicate_window_ms, 0),
            ("settings.host_age_ms_max", settings.host_age_ms_max, 1),
            ("settings.unknown_settle_ms", settings.unknown_settle_ms, 0),
            ("settings.reference_confirm_ms", settings.reference_confirm_ms, 0),
        ] {
            if ms < least || ms > longest {
                return refuse(field, format!("{ms} ms is not between {least} and {longest}"));
            }
        }
        if settings.reference_confirmations == 0 {
            return refuse("settings.reference_confirmations", "0 is not above zero".to_owned());
        }
        let share = settings.reduced_fraction_min_percent;
        if share < Decimal::ZERO || share > Decimal::ONE_HUNDRED {
            return refuse(
                "settings.reduced_fraction_min_percent",
                format!("{share} is not between 0 and 100"),
            );
        }
        crate::house::check(&self.house_rules)?;
        self.trips.check()?;
        let capacity = &self.capacity;
        let largest = 1 << 28;
        for (field, size) in [
            ("capacity.assets", capacity.assets),
            ("capacity.instruments", capacity.instruments),
            ("capacity.accounts", capacity.accounts),
            ("capacity.strategies", capacity.strategies),
            ("capacity.traders", capacity.traders),
            ("capacity.books", capacity.books),
            ("capacity.live_orders", capacity.live_orders),
            ("capacity.order_ids", capacity.order_ids),
            ("capacity.executions", capacity.executions),
            ("capacity.parents", capacity.parents),
            ("capacity.latches", capacity.latches),
            ("capacity.changes", capacity.changes),
            ("capacity.temporary_limits", capacity.temporary_limits),
        ] {
            if size == 0 || size > largest {
                return refuse(field, format!("{size} is not between 1 and {largest}"));
            }
        }
        if capacity.assets > 256 {
            return refuse("capacity.assets", format!("{} is more than 256", capacity.assets));
        }
        if capacity.order_ids_for_exits >= capacity.order_ids {
            return refuse("capacity.order_ids_for_exits", "leaves no ids to orders that open".to_owned());
        }
        Ok(())
    }
}

fn demand_limits(at: &str, limits: &Limits, unlimited: Option<&str>) -> Result<(), ConfigError> {
    let reason = unlimited.map_or("", str::trim);
    if limits.is_empty() && reason.is_empty() {
        return Err(ConfigError::NoLimits { at: at.to_owned() });
    }
    Ok(())
}
