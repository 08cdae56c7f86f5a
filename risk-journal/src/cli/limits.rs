//! Limits to try, as a person writes them: tables by name, in place of those the journal began with.

use std::collections::BTreeMap;
use std::path::Path;

use risk_core::{Config, Limits};
use serde::Deserialize;

use super::{Problem, read, unreadable};

pub(crate) const HELP: &str = "\
A table that is named replaces the whole table that the journal began with:

  [firm]
  gross_exposure_max = 100000
  [accounts.main]
  order_notional_max = 5000
  [strategies.main.grid]
  daily_loss_max = 250
  [instruments.BTC-USD]
  collar_bps = 200

Orders that were approved and would have been refused have no fills in this trial; orders that were refused and would
have been approved are counted and not sent. A change of an order counts as one, and so does a list. Rules of the house
answer as they did, and have nothing against what they were not asked about. Recorded changes of limits are left out.";

/// What a file of limits contains.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Trial {
    firm: Option<Limits>,
    accounts: BTreeMap<String, Limits>,
    strategies: BTreeMap<String, BTreeMap<String, Limits>>,
    instruments: BTreeMap<String, Limits>,
}

/// The journal's configuration with other limits.
pub(crate) fn read_trial(config: &Config, path: &Path) -> Result<Config, Problem> {
    let at = |text: String| Problem::Unreadable(format!("{}: {text}", path.display()));
    let trial: Trial = toml::from_str(&read(path)?).map_err(|error| at(error.to_string()))?;
    let mut config = config.clone();
    // A trial may take a table's limits away; the reason is said here.
    let why = || Some("a trial of limits".to_owned());
    if let Some(limits) = trial.firm {
        (config.firm.limits, config.firm.unlimited) = (limits, why());
    }
    for (name, limits) in trial.accounts {
        let account = config.accounts.iter_mut().find(|account| account.name == name);
        let account = account.ok_or_else(|| at(format!("there is no account {name:?}")))?;
        (account.limits, account.unlimited) = (limits, why());
    }
    for (owner, strategies) in trial.strategies {
        let account = config.accounts.iter_mut().find(|account| account.name == owner);
        let account = account.ok_or_else(|| at(format!("there is no account {owner:?}")))?;
        for (name, limits) in strategies {
            let strategy = account.strategies.iter_mut().find(|strategy| strategy.name == name);
            strategy.ok_or_else(|| at(format!("account {owner:?} has no strategy {name:?}")))?.limits =
                limits;
        }
    }
    for (symbol, limits) in trial.instruments {
        if !config.instruments.iter().any(|instrument| instrument.symbol == symbol) {
            return Err(at(format!("there is no instrument {symbol:?}")));
        }
        config.instrument_limits.insert(symbol, limits);
    }
    config.check().map_err(unreadable)?;
    Ok(config)
}
