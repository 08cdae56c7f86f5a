//! How a level stands: its equity, the loss of its day, how far it has fallen. By the ledger, or by a host's figures.

use crate::clock::Timestamp;
use crate::facts::Facts;
use crate::limits::{DrawdownFrom, Level};
use crate::num::Money;
use crate::reason::Reason;
use crate::state::{AccountState, State, StrategyState};
use crate::track::Track;

/// Who stands: an account and a strategy of it, in a state, at a time.
#[derive(Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub(crate) state: &'a State,
    pub(crate) now: Timestamp,
    pub(crate) account: &'a AccountState,
    pub(crate) strategy: &'a StrategyState,
}

/// Figures a host supplied, each with what the ledger said at that moment: what happened since is added on top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Host {
    pub(crate) at: Timestamp,
    pub(crate) equity: Option<(Money, Money)>,
    pub(crate) day_profit: Option<(Money, Money)>,
    pub(crate) drawdown_ppm: Option<u64>,
    pub(crate) position_count: Option<(u32, u32)>,
    pub(crate) gross: Option<(Money, Money)>,
}

impl Host {
    /// Whether any of its figures stands in for the ledger's.
    #[inline(always)]
    pub(crate) fn says_something(&self) -> bool {
        // Not short-circuited: one branch for all.
        self.equity.is_some()
            | self.day_profit.is_some()
            | self.drawdown_ppm.is_some()
            | self.position_count.is_some()
            | self.gross.is_some()
    }
}

impl Facts<'_> {
    #[inline(always)]
    fn standing(&self) -> Standing<'_> {
        Standing { state: self.state, now: self.now, account: self.account, strategy: self.strategy }
    }

    pub(crate) fn host_gross(&self) -> Result<Money, Reason> {
        self.standing().host_gross()
    }

    pub(crate) fn host_position_count(&self) -> Result<u32, Reason> {
        self.standing().host_position_count()
    }

    #[inline]
    pub(crate) fn equity(&self, level: Level) -> Result<Money, Reason> {
        self.standing().equity(level)
    }

    #[inline]
    pub(crate) fn loss_of_day(&self, level: Level) -> Result<Money, Reason> {
        self.standing().loss_of_day(level)
    }

    pub(crate) fn equity_at_day_start(&self, level: Level) -> Result<Money, Reason> {
        self.standing().equity_at_day_start(level)
    }

    pub(crate) fn fall_of_equity(&self, level: Level, from: DrawdownFrom) -> Result<(Money, Money), Reason> {
        self.standing().fall_of_equity(level, from)
    }
}

impl Standing<'_> {
    /// Gross exposure as it stands.
    pub(crate) fn gross(&self, level: Level) -> Result<Money, Reason> {
        self.valued(level)?;
        match level {
            Level::Firm => Ok(self.state.firm.sums.gross),
            Level::Account | Level::Instrument => self.host_gross(),
            Level::Strategy => Ok(self.strategy.sums.gross),
        }
    }

    #[inline]
    fn track(&self, level: Level) -> &Track {
        match level {
            Level::Firm => &self.state.firm.track,
            Level::Account | Level::Instrument => &self.account.track,
            Level::Strategy => &self.strategy.track,
        }
    }

    /// Whether everything of a level can be valued.
    #[inline]
    fn valued(&self, level: Level) -> Result<(), Reason> {
        let sums = match level {
            Level::Firm => &self.state.firm.sums,
            Level::Account | Level::Instrument => &self.account.sums,
            Level::Strategy => &self.strategy.sums,
        };
        match (sums.unmarked, sums.unrated) {
            (0, 0) => Ok(()),
            (0, _) => Err(Reason::NoRate),
            _ => Err(Reason::DataGap),
        }
    }

    /// Equity (of a strategy: its profit), by the ledger.
    #[inline]
    fn ledger(&self, level: Level) -> Result<Money, Reason> {
        self.valued(level)?;
        match level {
            Level::Firm => Some(self.state.firm.equity),
            Level::Account | Level::Instrument => self.account.balance.plus(self.account.unrealised),
            Level::Strategy => self.strategy.realised.plus(self.strategy.unrealised),
        }
        .ok_or(Reason::EvaluationError)
    }

    /// A host's figures are used while they are fresh.
    fn host_is_fresh(&self) -> Result<(), Reason> {
        let fresh = self.now.since(self.account.host.at) <= self.state.settings.host_age;
        if fresh { Ok(()) } else { Err(Reason::StaleData) }
    }

    pub(crate) fn host_gross(&self) -> Result<Money, Reason> {
        let Some((figure, ledger)) = self.account.host.gross else { return Ok(self.account.sums.gross) };
        self.host_is_fresh()?;
        let since = self.account.sums.gross.minus(ledger);
        since
            .and_then(|since| figure.plus(since))
            .map(|gross| gross.max(Money::ZERO))
            .ok_or(Reason::EvaluationError)
    }

    pub(crate) fn host_position_count(&self) -> Result<u32, Reason> {
        let Some((figure, ledger)) = self.account.host.position_count else {
            return Ok(self.account.sums.count);
        };
        self.host_is_fresh()?;
        let since = i64::from(self.account.sums.count).saturating_sub(i64::from(ledger));
        u32::try_from(i64::from(figure).saturating_add(since).max(0)).map_err(|_| Reason::EvaluationError)
    }

    /// Equity of a level, above zero. A strategy's is its capital, or the equity of its account.
    #[inline]
    pub(crate) fn equity(&self, level: Level) -> Result<Money, Reason> {
        let equity = match level {
            Level::Firm => {
                if self.state.firm.unknown_equity > 0 {
                    return Err(Reason::NoEquity);
                }
                self.ledger(Level::Firm)?
            }
            Level::Account | Level::Instrument => match self.account.host.equity {
                Some((figure, ledger)) => {
                    self.host_is_fresh()?;
                    let since = self.ledger(Level::Account)?.minus(ledger);
                    since.and_then(|since| figure.plus(since)).ok_or(Reason::EvaluationError)?
                }
                None if self.account.known => self.ledger(Level::Account)?,
                None => return Err(Reason::NoEquity),
            },
            Level::Strategy => match self.strategy.capital {
                Some(capital) => capital,
                None => self.equity(Level::Account)?,
            },
        };
        if equity > Money::ZERO { Ok(equity) } else { Err(Reason::NoEquity) }
    }

    /// What the day has lost so far; negative when it has gained.
    #[inline]
    pub(crate) fn loss_of_day(&self, level: Level) -> Result<Money, Reason> {
        if let (Level::Account, Some((profit, ledger))) = (level, self.account.host.day_profit) {
            self.host_is_fresh()?;
            let since = self.ledger(level)?.minus(ledger);
            return since
                .and_then(|since| Money::ZERO.minus(profit)?.minus(since))
                .ok_or(Reason::EvaluationError);
        }
        if level == Level::Firm && self.state.firm.unknown_equity > 0 {
            // What an account loses whose equity was never stated is in no sum of the firm's.
            return Err(Reason::NoEquity);
        }
        let track = self.track(level);
        let start = track.day_start.plus(track.flows).ok_or(Reason::EvaluationError)?;
        start.minus(self.ledger(level)?).ok_or(Reason::EvaluationError)
    }

    /// Equity at the start of the day, above zero: the base of the day's percentages.
    pub(crate) fn equity_at_day_start(&self, level: Level) -> Result<Money, Reason> {
        let start = match (level, self.strategy.capital) {
            (Level::Strategy, Some(capital)) => capital,
            (Level::Strategy, None) => return self.equity_at_day_start(Level::Account),
            (Level::Account, _) if self.account.host.equity.is_some() && !self.account.known => {
                // Only the host knows equity: the day began at what it is now, less what the day has made.
                let loss = self.loss_of_day(Level::Account)?;
                self.equity(Level::Account)?.plus(loss).ok_or(Reason::EvaluationError)?
            }
            (Level::Firm, _) if self.state.firm.unknown_equity > 0 => return Err(Reason::NoEquity),
            (Level::Account | Level::Instrument, _) if !self.account.known => return Err(Reason::NoEquity),
            (Level::Firm | Level::Account | Level::Instrument, _) => self.track(level).day_start,
        };
        if start > Money::ZERO { Ok(start) } else { Err(Reason::NoEquity) }
    }

    /// How far equity has fallen, and from what.
    pub(crate) fn fall_of_equity(&self, level: Level, from: DrawdownFrom) -> Result<(Money, Money), Reason> {
        if let (Level::Account, Some(ppm)) = (level, self.account.host.drawdown_ppm) {
            self.host_is_fresh()?;
            // The host gives the share itself.
            return Ok((Money(i128::from(ppm)), Money(1_000_000)));
        }
        let pick = |track: &Track| track.high(from);
        let known = match level {
            Level::Firm => self.state.firm.unknown_equity == 0,
            Level::Account | Level::Instrument => self.account.known,
            Level::Strategy => self.strategy.capital.is_some() || self.account.known,
        };
        if !known {
            return Err(Reason::NoEquity);
        }
        let high = pick(self.track(level));
        let fall = high.minus(self.ledger(level)?).ok_or(Reason::EvaluationError)?;
        let base = match (level, self.strategy.capital) {
            (Level::Strategy, Some(capital)) => capital.plus(high).ok_or(Reason::EvaluationError)?,
            (Level::Strategy, None) => pick(&self.account.track),
            (Level::Firm | Level::Account | Level::Instrument, _) => high,
        };
        if base > Money::ZERO { Ok((fall, base)) } else { Err(Reason::NoEquity) }
    }
}
