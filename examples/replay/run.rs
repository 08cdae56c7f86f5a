//! One run: a guard lives through all events, and what it did is remembered.

use std::error::Error;

use risk_core::{Config, Journal};

use crate::accounts::Account;
use crate::flow::{Event, What};
use crate::judge::Judge;
use crate::limits;
use crate::tally::Tally;

/// A guard after its run.
pub(crate) struct Run<J> {
    /// The guard.
    pub(crate) judge: Judge<J>,
    /// What it did.
    pub(crate) tally: Tally,
}

/// Why a run did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The guard cannot be made from the limits file.
    #[error("{0}")]
    Limits(Box<dyn Error + Send + Sync>),
    /// The guard does not take what a row says.
    #[error("line {line}: {problem}")]
    Row {
        /// The line in the orders file.
        line: u64,
        /// What is wrong with it.
        problem: Box<dyn Error + Send + Sync>,
    },
}

impl<J: Journal> Run<J> {
    /// Takes a guard with these limits through the events; `after` is told of each.
    pub(crate) fn new(
        config: &Config,
        events: &[Event],
        journal: J,
        mut after: impl FnMut(&Event),
    ) -> Result<Self, RunError> {
        let start_ms = events.first().map_or(0, |event| event.at_ms);
        let mut judge = Judge::new(config, start_ms, journal).map_err(RunError::Limits)?;
        let mut tally = Tally::new(events.len() / 2);
        let mark = events.iter().find_map(|event| match event.what {
            What::Quote(quote) => quote.mid(),
            _ => None,
        });
        for account in Account::ALL {
            let configured = config.accounts.iter().find(|configured| configured.name == account.name());
            let max = configured
                .zip(mark)
                .and_then(|(configured, mark)| limits::exposure_max(configured, account.equity(), mark));
            tally.limit(account, max);
        }
        for event in events {
            tally.event(event);
            let fed = judge.feed(event, &mut tally);
            fed.map_err(|problem| RunError::Row { line: event.line, problem })?;
            after(event);
        }
        Ok(Self { judge, tally })
    }
}
