//! How a level stands: equity, the loss of its day, and how far it has fallen.
//!
//! - A figure of the host replaces the account's as long as it is fresh; what the ledger has made since is added.
//! - A strategy's equity is its capital, or its account's; its profit is what it realised and holds.
//! - Loss of the day is day start + flows - equity, for the firm only once every account's equity is known.

use risk_core::{DrawdownFrom, Level, Reason};

use super::exact::{Ratio, Toward};
use super::facts::View;
use super::ledger::Track;
use super::world::Hosted;

impl View<'_> {
    fn track(&self, level: Level) -> &Track {
        let f = self.facts;
        match level {
            Level::Firm => &f.ledger.firm,
            Level::Account | Level::Instrument => &f.ledger.accounts[f.account],
            Level::Strategy => &f.ledger.strategies[f.strategy],
        }
    }

    /// Equity by the ledger; of a strategy, its profit.
    pub(super) fn ledger(&self, level: Level) -> Result<i128, Reason> {
        self.valued(level)?;
        let f = self.facts;
        Ok(match level {
            Level::Firm => f.ledger.seen.firm,
            Level::Account | Level::Instrument => f.ledger.seen.accounts[f.account].0,
            Level::Strategy => f.ledger.seen.strategies[f.strategy],
        })
    }

    fn firm_is_known(&self) -> bool {
        self.facts.ledger.seen.accounts.iter().all(|(_, firm)| firm.is_some())
    }

    fn account_is_known(&self) -> bool {
        self.facts.ledger.known[self.facts.account]
    }

    pub(super) fn capital(&self) -> Option<i128> {
        let f = self.facts;
        let capital = f.model.strategy(f.strategy)?.capital?;
        Some(Ratio::of(capital).round(f.model.money_scale(f.model.currency(f.account)), Toward::Floor))
    }

    /// The host's figures for the account, if it ever gave any.
    fn host(&self) -> Option<&Hosted> {
        self.facts.model.hosts.iter().rev().find(|host| host.account == self.facts.account)
    }

    fn fresh(&self, host: &Hosted) -> Result<(), Reason> {
        let most = i128::from(self.facts.model.config.settings.host_age_ms_max) * 1_000_000;
        let age = i128::from(self.facts.now) - i128::from(host.at);
        if age <= most { Ok(()) } else { Err(Reason::StaleData) }
    }

    fn host_money(&self, value: rust_decimal::Decimal) -> i128 {
        let f = self.facts;
        Ratio::of(value).round(f.model.money_scale(f.model.currency(f.account)), Toward::Floor)
    }

    /// Gross exposure of the account, without the order: the host's and what came since, or the ledger's.
    pub(super) fn gross_of_account(&self, ledger: i128) -> Result<i128, Reason> {
        let Some((host, figure)) = self.host().and_then(|host| Some((host, host.figures.gross_exposure?)))
        else {
            return Ok(ledger);
        };
        self.fresh(host)?;
        Ok((self.host_money(figure) + ledger - host.gross).max(0))
    }

    /// Positions of the account, in the same way.
    pub(super) fn count_of_account(&self, ledger: i128) -> Result<i128, Reason> {
        let Some((host, figure)) = self.host().and_then(|host| Some((host, host.figures.position_count?)))
        else {
            return Ok(ledger);
        };
        self.fresh(host)?;
        Ok((i128::from(figure) + ledger - host.count).max(0))
    }

    /// Equity, above zero.
    pub(super) fn equity(&self, level: Level) -> Result<i128, Reason> {
        let equity = match level {
            Level::Firm if !self.firm_is_known() => return Err(Reason::NoEquity),
            Level::Firm => self.ledger(Level::Firm)?,
            Level::Strategy => match self.capital() {
                Some(capital) => capital,
                None => self.equity(Level::Account)?,
            },
            Level::Account | Level::Instrument => {
                match self.host().and_then(|host| Some((host, host.figures.equity?))) {
                    Some((host, figure)) => {
                        self.fresh(host)?;
                        self.host_money(figure) + self.ledger(Level::Account)? - host.profit
                    }
                    None if self.account_is_known() => self.ledger(Level::Account)?,
                    None => return Err(Reason::NoEquity),
                }
            }
        };
        if equity > 0 { Ok(equity) } else { Err(Reason::NoEquity) }
    }

    /// What the day has lost; below zero when it gained. The flags are for deliberate mistakes.
    pub(super) fn loss_of_day(&self, level: Level, flows: bool, unrealised: bool) -> Result<i128, Reason> {
        if level == Level::Account
            && let Some((host, figure)) = self.host().and_then(|host| Some((host, host.figures.day_profit?)))
        {
            self.fresh(host)?;
            return Ok(-self.host_money(figure) - (self.ledger(level)? - host.profit));
        }
        if level == Level::Firm && !self.firm_is_known() {
            return Err(Reason::NoEquity);
        }
        let track = self.track(level);
        let mut equity = self.ledger(level)?;
        if !unrealised {
            equity = match level {
                Level::Firm => equity,
                Level::Strategy => self.facts.ledger.realised[self.facts.strategy],
                Level::Account | Level::Instrument => self.facts.ledger.cash[self.facts.account],
            };
        }
        Ok(track.day_start + if flows { track.flows } else { 0 } - equity)
    }

    /// Equity at the start of the day, above zero.
    pub(super) fn day_start(&self, level: Level, capital: bool) -> Result<i128, Reason> {
        let start = match level {
            Level::Strategy => match self.capital().filter(|_| capital) {
                Some(capital) => capital,
                None => return self.day_start(Level::Account, capital),
            },
            Level::Account
                if self.host().is_some_and(|h| h.figures.equity.is_some()) && !self.account_is_known() =>
            {
                // Only the host knows equity: the day began at what it is now and what was lost since.
                let loss = self.loss_of_day(Level::Account, true, true)?;
                self.equity(Level::Account)? + loss
            }
            Level::Firm if !self.firm_is_known() => return Err(Reason::NoEquity),
            Level::Account | Level::Instrument if !self.account_is_known() => return Err(Reason::NoEquity),
            Level::Firm | Level::Account | Level::Instrument => self.track(level).day_start,
        };
        if start > 0 { Ok(start) } else { Err(Reason::NoEquity) }
    }

    /// The fall of equity in percent of what it fell from; not below zero. The last flag is for a deliberate mistake.
    pub(super) fn fall(&self, level: Level, from: DrawdownFrom, flows: bool) -> Result<Ratio, Reason> {
        if level == Level::Account
            && let Some((host, percent)) =
                self.host().and_then(|host| Some((host, host.figures.drawdown_percent?)))
        {
            self.fresh(host)?;
            return Ok(Ratio::units(Ratio::of(percent).round(4, Toward::Ceiling), 4));
        }
        let pick = |track: &Track| match from {
            DrawdownFrom::Peak if !flows => track.peak_without_flows,
            DrawdownFrom::Peak => track.peak,
            DrawdownFrom::PeakAtEndOfDay => track.peak_at_end_of_day,
            DrawdownFrom::Start => track.start,
        };
        let known = match level {
            Level::Firm => self.firm_is_known(),
            Level::Account | Level::Instrument => self.account_is_known(),
            Level::Strategy => self.capital().is_some() || self.account_is_known(),
        };
        if !known {
            return Err(Reason::NoEquity);
        }
        let high = pick(self.track(level));
        let fall = (high - self.ledger(level)?).max(0);
        let base = match (level, self.capital()) {
            (Level::Strategy, Some(capital)) => capital + high,
            (Level::Strategy, None) => pick(&self.facts.ledger.accounts[self.facts.account]),
            (Level::Firm | Level::Account | Level::Instrument, _) => high,
        };
        if base <= 0 {
            return Err(Reason::NoEquity);
        }
        Ratio::whole(fall * 100).per(&Ratio::whole(base)).ok_or(Reason::NoEquity)
    }
}
