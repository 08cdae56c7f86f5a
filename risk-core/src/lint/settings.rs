//! Settings, capacities and permissions.

use rust_decimal::Decimal;

use super::{Look, Weakness};
use crate::limits::{Level, MessageRate};

/// A permit that lives longer was judged in another market.
const PERMIT_MS: u64 = 60_000;
/// A clock that errs more is not one to judge ages by.
const CLOCK_MS: u64 = 60_000;
/// A resend comes within this time.
const RESEND_MS: u64 = 60_000;
/// A host's figure that is older says nothing about now.
const HOST_AGE_MS: u64 = 3_600_000;
/// How long a full rate must fit into the tables.
const FULL_RATE_MS: u64 = 600_000;

impl Look<'_> {
    pub(super) fn settings(&mut self) {
        let settings = self.config.settings;
        let at = (None, "settings");
        if settings.permit_ttl_ms > PERMIT_MS {
            let text = format!(
                "{} ms: an order may be sent that long after it was judged; a permit should live seconds",
                settings.permit_ttl_ms
            );
            self.add(Weakness::LongPermit, at, "permit_ttl_ms", text);
        } else if let Some(age) =
            self.config.firm.limits.order_age_ms_max.filter(|age| settings.permit_ttl_ms > *age)
        {
            let text = format!(
                "{} ms is above the firm's order_age_ms_max of {age}: an order may be sent older than it may be \
                 judged; lower it",
                settings.permit_ttl_ms
            );
            self.add(Weakness::LongPermit, at, "permit_ttl_ms", text);
        }
        for (field, ms) in
            [("clock_back_ms_max", settings.clock_back_ms_max), ("future_ms_max", settings.future_ms_max)]
        {
            if ms > CLOCK_MS {
                let text = format!("{ms} ms: a clock that errs so far passes for a good one; lower it");
                self.add(Weakness::LooseClock, at, field, text);
            }
        }
        if settings.duplicate_window_ms < RESEND_MS {
            let text = format!(
                "{} ms: an id is free again before a resend after a time-out can be noticed; set a day",
                settings.duplicate_window_ms
            );
            self.add(Weakness::ShortMemory, at, "duplicate_window_ms", text);
        }
        if settings.host_age_ms_max > HOST_AGE_MS {
            let text = format!(
                "{} ms: a host may be gone that long while its figures count; lower it",
                settings.host_age_ms_max
            );
            self.add(Weakness::OldData, at, "host_age_ms_max", text);
        }
        let share = settings.reduced_fraction_min_percent;
        if share == Decimal::ONE_HUNDRED {
            let text =
                "100 %: no order is ever reduced, one lot too many refuses all of it; 10 is usual".to_owned();
            self.add(Weakness::NeverReduced, at, "reduced_fraction_min_percent", text);
        } else if share.is_zero() {
            let text = "0 %: an order may be cut to a single lot; 10 is usual".to_owned();
            self.add(Weakness::ReducedToDust, at, "reduced_fraction_min_percent", text);
        }
        self.day();
        self.capacity();
        self.permissions();
    }

    fn day(&mut self) {
        if self.config.day_roll.is_some() {
            return;
        }
        let daily = self.tables().into_iter().find_map(|table| {
            let limits = table.limits;
            let field = match (limits.daily_loss_max, limits.daily_loss_percent_max) {
                (Some(_), _) => "daily_loss_max",
                (None, Some(_)) => "daily_loss_percent_max",
                (None, None) => return None,
            };
            Some((table.of, field))
        });
        if let Some((of, field)) = daily {
            let text = format!(
                "{of} has a {field}, and the day ends only when the host says so; set at and zone, or feed DayRoll"
            );
            self.add(Weakness::DayNeverEnds, (None, "settings"), "day_roll", text);
        }
    }

    /// Tables against the fastest flow that the rates allow.
    fn capacity(&mut self) {
        let accounts = self.config.accounts.iter().map(|account| account.limits.message_rate);
        let rates: Option<Vec<MessageRate>> = match self.config.firm.limits.message_rate {
            Some(rate) => Some(vec![rate]),
            None => accounts.collect(),
        };
        let Some(rates) = rates.filter(|rates| !rates.is_empty()) else { return };
        let sum = |each: fn(&MessageRate) -> u64| {
            rates.iter().map(each).fold(0_u64, |sum, value| sum.saturating_add(value))
        };
        let burst = sum(|rate| rate.burst.into());
        let window = FULL_RATE_MS.min(self.config.settings.duplicate_window_ms);
        let flow = rates.iter().fold(burst, |flow, rate| {
            let steady = u64::from(rate.messages).saturating_mul(window).checked_div(rate.interval_ms.into());
            flow.saturating_add(steady.unwrap_or(0))
        });
        let capacity = &self.config.capacity;
        let at = (None, "capacity");
        let (live, ids) = (u64::from(capacity.live_orders), u64::from(capacity.order_ids));
        if burst > live {
            let text = format!(
                "{live} are fewer than the {burst} orders of one allowed burst (LEDGER_FULL); raise it"
            );
            self.add(Weakness::TableTooSmall, at, "live_orders", text);
        }
        let for_openings = ids.saturating_sub(capacity.order_ids_for_exits.into());
        if flow > for_openings {
            let text = format!(
                "{ids} ids, of which {} are kept for exits, are used up in less than ten minutes of the allowed rate \
                 and stay taken for duplicate_window_ms (LEDGER_FULL); raise it",
                capacity.order_ids_for_exits
            );
            self.add(Weakness::TableTooSmall, at, "order_ids", text);
        }
    }

    fn permissions(&mut self) {
        for account in &self.config.accounts {
            let known = |symbol: &String| self.config.instruments.iter().any(|i| i.symbol == *symbol);
            let none = |list: &Option<Vec<String>>| {
                list.as_ref().is_some_and(|list| {
                    let own = |symbol: &String| {
                        account.may_trade.as_ref().is_none_or(|of_account| of_account.contains(symbol))
                    };
                    !list.iter().any(|symbol| known(symbol) && own(symbol))
                })
            };
            let mut idle = Vec::new();
            if none(&account.may_trade) {
                idle.push((Level::Account, account.name.clone()));
            }
            for strategy in account.strategies.iter().filter(|strategy| none(&strategy.may_trade)) {
                idle.push((Level::Strategy, format!("{}/{}", account.name, strategy.name)));
            }
            for (level, of) in idle {
                let text =
                    "nothing on this list may be traded; name symbols, of a strategy ones its account may \
                            trade, or leave the list out"
                        .to_owned();
                self.add(Weakness::NothingToTrade, (Some(level), &of), "may_trade", text);
            }
        }
    }
}
