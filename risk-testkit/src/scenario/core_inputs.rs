//! Inputs of a scenario, as the core takes them.

use std::sync::Arc;

use risk_core::{
    Anomaly, Booking, Bust, Corrected, Cumulative, End, Fill, Holding, HostFigures, Id, IngestError,
    Ingested, Input, Origin, Quote, Session, Snapshot, StatedOrder, Status, Timestamp, Transfer,
};

use super::Command;
use super::command::{BookingLine, FillLine, OrderName, QuoteLine};
use super::core_driver::CoreDriver;

impl CoreDriver {
    /// The input a command stands for.
    pub(super) fn input(&self, command: &Command) -> Result<Input, String> {
        Ok(match command {
            Command::Accept(name, quantity) => {
                Input::Accepted { order: self.order_ref(name), quantity: *quantity }
            }
            Command::Done(name, end) => {
                let end = match end.as_str() {
                    "cancelled" => End::Cancelled,
                    "rejected" => End::Rejected,
                    "expired" => End::Expired,
                    "unknown" => End::Unknown,
                    other => return Err(format!("{other} is not cancelled, rejected, expired or unknown")),
                };
                Input::Done { order: self.order_ref(name), end }
            }
            Command::Fill(line) => Input::Fill(self.fill(line)),
            Command::Cumulative(line) => Input::Cumulative(Cumulative {
                fees: line.fees,
                booking: self.booking(&line.name, line.booking.as_ref()),
                ..Cumulative::new(self.order_ref(&line.name), line.quantity, line.average_price)
            }),
            Command::Bust { account, execution, instead } => Input::Bust(Bust {
                account: self.account(account),
                execution: Id::new(execution),
                instead: instead.map(|(quantity, price, fee)| Corrected { quantity, price, fee }),
            }),
            Command::Quote(line) => Input::Quote(self.quote(line)?),
            Command::Mark { instrument, price, age_ns } => Input::Mark {
                instrument: self.instrument(instrument),
                price: *price,
                at: Timestamp::from_nanos(self.now.nanos().saturating_sub(*age_ns)),
            },
            Command::Rate { from, to, rate } => {
                Input::Rate { from: self.asset(from), to: self.asset(to), rate: *rate }
            }
            Command::DailyVolume(instrument, quantity) => {
                Input::DailyVolume { instrument: self.instrument(instrument), quantity: *quantity }
            }
            Command::Balance(account, balance) => {
                Input::Balance { account: self.account(account), balance: *balance }
            }
            Command::Flow(account, amount) => Input::Flow { account: self.account(account), amount: *amount },
            Command::Host(account, figures) => Input::Host(self.host(account, figures)?),
            Command::Adjust(instrument, how) => {
                Input::Adjust { instrument: self.instrument(instrument), how: *how }
            }
            Command::Transfer { account, from, to, instrument, quantity, by } => Input::Transfer(Transfer {
                from: self.strategy(account, from),
                to: self.strategy(account, to),
                instrument: self.instrument(instrument),
                quantity: *quantity,
                by: Id::new(by),
            }),
            Command::Snapshot { account, balance, positions, orders, .. } => {
                let holding = |(instrument, quantity, price): &(String, _, _)| Holding {
                    instrument: self.instrument(instrument),
                    quantity: *quantity,
                    price: *price,
                };
                let positions = positions.iter().map(holding).collect();
                let stated = |(id, side, open, instrument, price): &(String, _, _, String, _)| StatedOrder {
                    id: Id::new(id),
                    instrument: self.instrument(instrument),
                    side: *side,
                    open: *open,
                    price: *price,
                };
                Input::Snapshot(Arc::new(Snapshot {
                    account: self.account(account),
                    balance: *balance,
                    positions,
                    orders: orders.as_ref().map(|orders| orders.iter().map(stated).collect()),
                }))
            }
            Command::Believe(instrument, by) => {
                Input::Believe { instrument: self.instrument(instrument), by: Id::new(by) }
            }
            Command::Decide { accept, number, by } => {
                let oldest = || self.engine.withheld_statements().next().map_or(0, |oldest| oldest.number);
                let statement = number.unwrap_or_else(oldest);
                Input::Decide { statement, accept: *accept, by: Id::new(by) }
            }
            Command::Heartbeat => Input::Heartbeat,
            Command::DayRoll => Input::DayRoll,
            Command::Session { instrument, opens_ns, closes_ns } => {
                let [opens, closes] = [opens_ns, closes_ns]
                    .map(|ns| Timestamp::from_nanos(self.now.nanos().saturating_add(*ns)));
                Input::Session { instrument: self.instrument(instrument), session: Session { opens, closes } }
            }
            Command::NextRoll(ns) => {
                Input::NextRoll { at: Timestamp::from_nanos(self.now.nanos().saturating_add(*ns)) }
            }
            Command::Status { instrument, status, by } => {
                let status = match status.as_str() {
                    "open" => Status::Open,
                    "close_only" => Status::CloseOnly,
                    "blocked" => Status::Blocked,
                    other => return Err(format!("{other} is not open, close_only or blocked")),
                };
                Input::Status { instrument: self.instrument(instrument), status, by: Id::new(by) }
            }
            other => return Err(format!("{other:?} is no input")),
        })
    }

    fn fill(&self, line: &FillLine) -> Fill {
        let fill = Fill::new(self.order_ref(&line.name), line.execution.as_str(), line.quantity, line.price);
        let origin = if line.venue { Origin::Venue } else { Origin::Client };
        Fill { fee: line.fee, booking: self.booking(&line.name, line.booking.as_ref()), origin, ..fill }
    }

    fn booking(&self, name: &OrderName, booking: Option<&BookingLine>) -> Option<Booking> {
        let account = self.full(name).account.unwrap_or_default();
        booking.map(|(strategy, side, instrument, parent)| Booking {
            account: self.account(&account),
            strategy: self.strategy(&account, strategy),
            instrument: self.instrument(instrument),
            side: *side,
            parent: parent.as_deref().map(Id::new),
        })
    }

    fn quote(&self, line: &QuoteLine) -> Result<Quote, String> {
        let at = Timestamp::from_nanos(self.now.nanos().saturating_sub(line.age_ns));
        let mut quote = Quote::of_sides(self.instrument(&line.instrument), line.bid, line.ask, at);
        for (field, value) in &line.more {
            match field.as_str() {
                "bid_size" => quote.bid_size = Some(*value),
                "ask_size" => quote.ask_size = Some(*value),
                "last" => quote.last = Some(*value),
                "volume" => quote.volume = Some(*value),
                other => return Err(format!("{other} is no field of a quote")),
            }
        }
        Ok(quote)
    }

    fn host(
        &self,
        account: &str,
        figures: &[(String, rust_decimal::Decimal)],
    ) -> Result<HostFigures, String> {
        let mut host = HostFigures {
            account: self.account(account),
            equity: None,
            day_profit: None,
            drawdown_percent: None,
            position_count: None,
            gross_exposure: None,
        };
        for (name, value) in figures {
            match name.as_str() {
                "equity" => host.equity = Some(*value),
                "day_profit" => host.day_profit = Some(*value),
                "drawdown_percent" => host.drawdown_percent = Some(*value),
                "gross_exposure" => host.gross_exposure = Some(*value),
                "position_count" => {
                    host.position_count = Some(u32::try_from(*value).map_err(|e| e.to_string())?);
                }
                other => return Err(format!("{other} is no host figure")),
            }
        }
        Ok(host)
    }
}

/// What became of an input, in words.
pub(super) fn ingested(result: &Result<Ingested, IngestError>) -> String {
    let effect = match result {
        Ok(effect) => effect,
        Err(IngestError::Unknown(what)) => return format!("refused unknown {what}"),
        Err(IngestError::Number { field, .. }) => return format!("refused number {field}"),
        Err(IngestError::Text(field)) => return format!("refused text {}", field.name()),
        Err(IngestError::Full(what)) => return format!("refused full {what}"),
        Err(IngestError::Limits(_)) => return "refused limits".to_owned(),
        Err(IngestError::AboveCeiling(field)) => return format!("refused ceiling {field}"),
        Err(IngestError::SecondName(field)) => return format!("refused second_name {field}"),
        Err(IngestError::Outdated(_)) => return "refused outdated".to_owned(),
        Err(IngestError::Sessionless) => return "refused sessionless".to_owned(),
        Err(IngestError::EmptySession(_)) => return "refused empty_session".to_owned(),
        Err(IngestError::Unrecorded) => return "refused unrecorded".to_owned(),
        Err(other) => return format!("refused {other}"),
    };
    let mut words = match (effect.repeated, effect.anomaly) {
        (true, _) => "repeated".to_owned(),
        (false, None) => "applied".to_owned(),
        (false, Some(anomaly)) => format!("anomaly {}", anomaly_word(anomaly)),
    };
    let flags =
        [(effect.rounded, " rounded"), (effect.latch.is_some(), " latched"), (effect.withheld, " withheld")];
    for (is, word) in flags {
        if is {
            words.push_str(word);
        }
    }
    words
}

/// How a scenario spells an anomaly.
fn anomaly_word(anomaly: Anomaly) -> &'static str {
    match anomaly {
        Anomaly::UnknownOrder => "unknown_order",
        Anomaly::OverFill => "over_fill",
        Anomaly::LateFill => "late_fill",
        Anomaly::NotApplied => "not_applied",
        Anomaly::Inconsistent => "inconsistent",
        Anomaly::OverAccepted => "over_accepted",
        _ => "other",
    }
}
