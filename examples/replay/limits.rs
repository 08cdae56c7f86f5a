//! The limits of the run: a configuration in TOML, the one that ships with this example or the user's own.

use std::fs;
use std::path::Path;

use risk_core::{Account, Config, ConfigError, Limits};
use rust_decimal::Decimal;

const SHIPPED: &str = include_str!("limits.toml");

/// Why there are no limits to run with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LimitsError {
    /// The file cannot be read.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no configuration, or one that no guard can be made from; the message names the file and the line.
    #[error(transparent)]
    Config(ConfigError),
}

/// The limits to run with, and what errors call their file.
pub(crate) fn read(own: Option<&Path>) -> Result<(Config, String), LimitsError> {
    let (text, file) = match own {
        None => (SHIPPED.to_owned(), "examples/replay/limits.toml".to_owned()),
        Some(path) => {
            let file = path.display().to_string();
            let read = fs::read_to_string(path);
            (read.map_err(|source| LimitsError::File { file: file.clone(), source })?, file)
        }
    };
    let config = Config::from_toml(&text, &file).map_err(LimitsError::Config)?;
    Ok((config, file))
}

/// The most an account may have at stake, in money: the lowest of its limits that say so.
///
/// Positions in quantity are worth what the price makes of them; they count at this `mark`.
pub(crate) fn exposure_max(account: &Account, equity: Decimal, mark: Decimal) -> Option<Decimal> {
    let tables = account.strategies.iter().map(|strategy| &strategy.limits).chain([&account.limits]);
    let at_stake = |limits: &Limits| {
        let percent = limits.group_exposure_percent_max.map(|percent| percent / Decimal::ONE_HUNDRED);
        [
            limits.gross_exposure_max,
            limits.position_notional_max,
            limits.position_quantity_max.map(|quantity| quantity * mark),
            limits.leverage_max.map(|times| times * equity),
            percent.map(|share| share * equity),
        ]
    };
    tables.flat_map(at_stake).flatten().min()
}
