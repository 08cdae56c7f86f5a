//! What a scenario asks, answered by the C calls.

use risk_guard::explain::{rg_headroom, rg_limits_in_force, rg_live_orders, rg_next_roll};
use risk_guard::halt::rg_trading_state_of;
use risk_guard::look::*;
use risk_guard::trip::{rg_take_trip, rg_trip};
use risk_guard::words::rg_status::*;
use risk_testkit::scenario::{OrderName, ScopeLine};

use super::carry::{back, chars, long, sized};
use super::driver::BorderDriver;
use super::world::zeroed;

impl BorderDriver {
    pub(super) fn answer(&mut self, words: &[&str]) -> Result<String, String> {
        let guard = self.guard;
        // SAFETY, for every call here: everything lives during it.
        unsafe {
            match words {
                [what @ ("position" | "buying" | "selling" | "exposure"), owner, instrument] => {
                    let (instrument, mut found) = (self.instrument(instrument), sized::<rg_position>());
                    match owner.split_once('/') {
                        Some((account, strategy)) => rg_position_of_strategy(
                            guard,
                            self.strategy(account, strategy),
                            instrument,
                            &mut found,
                        ),
                        None => rg_position_of_account(guard, self.account(owner), instrument, &mut found),
                    };
                    let value = match *what {
                        "position" => found.quantity,
                        "buying" => found.buying,
                        "selling" => found.selling,
                        _ => found.exposure,
                    };
                    Ok(back(value).to_string())
                }
                [what @ ("gross" | "equity" | "day_profit" | "positions"), account] => {
                    let mut sums = sized::<rg_account_sums>();
                    if rg_sums_of_account(guard, self.account(account), &mut sums) != RG_OK {
                        return Err(format!("no account is called {account:?}"));
                    }
                    Ok(match *what {
                        "gross" => back(sums.gross_exposure).to_string(),
                        "day_profit" => back(sums.day_profit).to_string(),
                        "positions" => sums.positions.to_string(),
                        _ if sums.equity.present == 0 => "unknown".to_owned(),
                        _ => back(sums.equity).to_string(),
                    })
                }
                ["headroom", account, strategy, instrument, side] => {
                    let (strategy, instrument) =
                        (self.strategy(account, strategy), self.instrument(instrument));
                    let (account, side) = (self.account(account), if *side == "sell" { 2 } else { 1 });
                    let mut found = zeroed();
                    rg_headroom(guard, account, strategy, instrument, side, &mut found);
                    Ok(if found.present == 0 { "unlimited".to_owned() } else { back(found).to_string() })
                }
                ["state", id] => {
                    let name = OrderName { id: (*id).to_owned(), account: None, by_id: false };
                    let mut state = 0;
                    self.with_ref(&name, |order| rg_order_state_of(guard, &order, &mut state));
                    Ok(["", "ended", "permitted", "sent", "working"][state as usize].to_owned())
                }
                ["trading", rest @ ..] => {
                    let (scope, mut state) = (self.scope(&scope_line(rest)), 0);
                    rg_trading_state_of(guard, &scope, &mut state);
                    Ok(["", "active", "reducing", "halted"][state as usize].to_owned())
                }
                ["temporary", rest @ ..] => {
                    let scope = self.scope(&scope_line(rest));
                    let found = long(|buffer, capacity, length| {
                        rg_limits_in_force(guard, &scope, buffer, capacity, length)
                    });
                    let found: serde_json::Value = serde_json::from_str(&found).map_err(|e| e.to_string())?;
                    Ok(self.later(found["until_ns"].as_i64()))
                }
                ["next_roll"] => {
                    let mut at = 0;
                    rg_next_roll(guard, &mut at);
                    Ok(self.later((at != 0).then_some(at)))
                }
                ["live"] => {
                    let mut count = 0;
                    rg_live_orders(guard, &mut count);
                    Ok(count.to_string())
                }
                ["profit", owner] => {
                    let (account, strategy) = owner.split_once('/').ok_or("ACCOUNT/STRATEGY")?;
                    let mut found = zeroed();
                    rg_profit_of_strategy(guard, self.strategy(account, strategy), &mut found);
                    Ok(if found.present == 0 { "unknown".to_owned() } else { back(found).to_string() })
                }
                ["exits", rest @ ..] => Ok(self.exits(&self.scope(&scope_line(rest)))),
                ["withheld"] => Ok(self.withheld().len().to_string()),
                ["trips"] => Ok(self.trips()),
                ["latches"] => Ok(self.latches().len().to_string()),
                ["records"] => {
                    let mut seq = 0;
                    rg_seq(guard, &mut seq);
                    Ok(seq.to_string())
                }
                [metric @ ("anomalies" | "unrecorded")] => Ok(self.metric(metric)),
                other => Err(format!("{other:?} is no question")),
            }
        }
    }

    fn trips(&self) -> String {
        let mut told = Vec::new();
        let mut trip = sized::<rg_trip>();
        // SAFETY: it lives during the calls.
        while unsafe { rg_take_trip(self.guard, &mut trip) } == RG_OK {
            let what = match trip.cause {
                5 => {
                    let level = ["", "firm", "account", "strategy", "instrument"][trip.level as usize];
                    format!("{}/{level}", chars(&trip.gate))
                }
                6 => "too_many_rejections".to_owned(),
                7 => "too_many_anomalies".to_owned(),
                8 => "no_heartbeat".to_owned(),
                other => format!("cause {other}"),
            };
            assert_eq!(trip.latch == 0, trip.state == 1, "a warning latches nothing");
            told.push(format!("{what}={}", ["", "warned", "reducing", "halted"][trip.state as usize]));
        }
        if told.is_empty() { "none".to_owned() } else { told.join(",") }
    }

    fn later(&self, at: Option<i64>) -> String {
        at.map_or("none".to_owned(), |at| format!("{}ms", at / 1_000_000 - self.now / 1_000_000))
    }
}

fn scope_line(words: &[&str]) -> ScopeLine {
    match words {
        ["venue", name] => ScopeLine::Venue((*name).to_owned()),
        ["account", name] => ScopeLine::Account((*name).to_owned()),
        ["strategy", name] => {
            let (account, strategy) = name.split_once('/').unwrap();
            ScopeLine::Strategy(account.to_owned(), strategy.to_owned())
        }
        ["instrument", name] => ScopeLine::Instrument((*name).to_owned()),
        ["trader", name] => ScopeLine::Trader((*name).to_owned()),
        _ => ScopeLine::Firm,
    }
}
