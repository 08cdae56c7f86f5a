//! What `expect` can ask of the core.

use risk_core::{Cause, OrderState, Side, TradingState};

use super::command::OrderName;
use super::commands::scope;
use super::core_driver::CoreDriver;
use super::words::Words;

/// Answers a question.
pub(super) fn answer(driver: &mut CoreDriver, query: &[String]) -> Result<String, String> {
    let words: Vec<&str> = query.iter().map(String::as_str).collect();
    match words[..] {
        [what @ ("position" | "buying" | "selling" | "exposure"), owner, instrument] => {
            let instrument = driver.instrument(instrument);
            let position = match owner.split_once('/') {
                Some((account, strategy)) => {
                    driver.engine.strategy_position(driver.strategy(account, strategy), instrument)
                }
                None => driver.engine.position(driver.account(owner), instrument),
            };
            let value = match what {
                "position" => position.quantity,
                "buying" => position.buying,
                "selling" => position.selling,
                _ => position.exposure,
            };
            Ok(value.to_string())
        }
        ["profit", owner] => {
            let (account, strategy) = owner.split_once('/').ok_or("whose profit: ACCOUNT/STRATEGY")?;
            let profit = driver.engine.strategy_profit(driver.strategy(account, strategy));
            Ok(profit.map_or_else(|| "unknown".to_owned(), |profit| profit.to_string()))
        }
        [what @ ("gross" | "equity" | "day_profit" | "positions"), account] => {
            let sums = driver.engine.account_sums(driver.account(account));
            let sums = sums.ok_or_else(|| format!("no account is called {account:?}"))?;
            Ok(match what {
                "gross" => sums.gross_exposure.to_string(),
                "day_profit" => sums.day_profit.to_string(),
                "positions" => sums.positions.to_string(),
                _ => sums.equity.map_or_else(|| "unknown".to_owned(), |equity| equity.to_string()),
            })
        }
        ["headroom", account, strategy, instrument, side] => {
            let side = if side == "sell" { Side::Sell } else { Side::Buy };
            let (account, strategy) = (driver.account(account), driver.strategy(account, strategy));
            let instrument = driver.instrument(instrument);
            let headroom = driver.engine.headroom(account, strategy, instrument, side);
            Ok(headroom.quantity.map_or_else(|| "unlimited".to_owned(), |quantity| quantity.to_string()))
        }
        ["state", id] => {
            let name = OrderName { id: id.to_owned(), account: None, by_id: false };
            let state = driver.engine.order_state(driver.order_ref(&name));
            Ok(match state {
                OrderState::Ended => "ended",
                OrderState::Permitted => "permitted",
                OrderState::Sent => "sent",
                OrderState::Working => "working",
            }
            .to_owned())
        }
        ["trading", ..] => {
            let text = words.get(1..).unwrap_or_default().join(" ");
            let scope = driver.scope(&scope(&mut Words::new(&text))?);
            Ok(match driver.engine.trading_state(scope) {
                TradingState::Active => "active",
                TradingState::Reducing => "reducing",
                TradingState::Halted => "halted",
            }
            .to_owned())
        }
        ["temporary", ..] => {
            let text = words.get(1..).unwrap_or_default().join(" ");
            let of = driver.limits_of(&scope(&mut Words::new(&text))?)?;
            let until = driver.engine.limits(of).and_then(|limits| limits.until);
            Ok(until.map_or_else(
                || "none".to_owned(),
                |(at, _)| format!("{}ms", at.millis().saturating_sub(driver.now.millis())),
            ))
        }
        ["next_roll"] => Ok(driver.engine.next_roll().map_or_else(
            || "none".to_owned(),
            |at| format!("{}ms", at.millis().saturating_sub(driver.now.millis())),
        )),
        ["live"] => Ok(driver.engine.live_orders().to_string()),
        ["trips"] => {
            let told: Vec<String> = driver
                .engine
                .take_trips()
                .map(|trip| {
                    let what = match trip.cause {
                        Cause::Limit { gate, level } => format!("{}/{}", gate.name(), level.name()),
                        cause => cause.name().replace(' ', "_"),
                    };
                    let state = match trip.state {
                        TradingState::Active => "warned",
                        TradingState::Reducing => "reducing",
                        TradingState::Halted => "halted",
                    };
                    format!("{what}={state}")
                })
                .collect();
            Ok(if told.is_empty() { "none".to_owned() } else { told.join(",") })
        }
        ["exits", ..] => {
            let text = words.get(1..).unwrap_or_default().join(" ");
            let scope = driver.scope(&scope(&mut Words::new(&text))?);
            let exits = driver.engine.exits(scope).into_iter().map(|order| {
                let side = if order.side == Side::Sell { "sell" } else { "buy" };
                format!("{side}/{}", order.quantity)
            });
            let exits: Vec<String> = exits.collect();
            Ok(if exits.is_empty() { "none".to_owned() } else { exits.join(",") })
        }
        ["withheld"] => Ok(driver.engine.withheld_statements().count().to_string()),
        ["latches"] => Ok(driver.engine.latches().count().to_string()),
        ["records"] => Ok(driver.engine.seq().to_string()),
        ["anomalies"] => Ok(driver.engine.metrics().anomalies.to_string()),
        ["unrecorded"] => Ok(driver.engine.metrics().unrecorded.to_string()),
        _ => Err(format!("{:?} is no question", words.join(" "))),
    }
}
