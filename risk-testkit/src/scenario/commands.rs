//! From the words of a line to a command.

use risk_core::{Adjustment, Side, TimeInForce, TradingState};
use rust_decimal::Decimal;

use super::command::{
    BookingLine, Command, CumulativeLine, FillLine, OrderLine, OrderName, QuoteLine, ScopeLine,
};
use super::setup;
use super::words::{Words, decimal, duration_ns, whole};

/// How far an order goes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It is judged.
    Judged,
    /// Its permit is redeemed at once.
    Sent,
    /// It is also filled at once, all that was approved.
    Traded,
}

/// A command, and for an order how far it goes. `serial` numbers orders and executions that have no id.
pub(super) fn command(text: &str, serial: u64) -> Result<(Command, Reach), String> {
    let mut words = Words::new(text);
    let verb = words.next("a command")?;
    let (reach, verb) = match verb {
        "send" => (Reach::Sent, words.next("buy or sell")?),
        "trade" => (Reach::Traded, words.next("buy or sell")?),
        verb => (Reach::Judged, verb),
    };
    if reach != Reach::Judged && !matches!(verb, "buy" | "sell") {
        return Err(format!("buy or sell comes after send and trade, not {verb:?}"));
    }
    let command = match verb {
        "buy" => Command::Evaluate(order(Side::Buy, &mut words, serial)?),
        "sell" => Command::Evaluate(order(Side::Sell, &mut words, serial)?),
        "explain" => {
            let side = side(words.next("buy or sell")?)?;
            Command::Explain(order(side, &mut words, serial)?)
        }
        "redeem" => Command::Redeem(name(&mut words)?),
        "release" => Command::Release(name(&mut words)?),
        "abandon" => Command::Abandon(name(&mut words)?),
        "cancel" => Command::Cancel(name(&mut words)?),
        "accept" => Command::Accept(name(&mut words)?, words.key_decimal("quantity")?),
        "done" => {
            let name = name(&mut words)?;
            Command::Done(name, words.next("cancelled, rejected, expired or unknown")?.to_owned())
        }
        "fill" => Command::Fill(fill(&mut words, serial)?),
        "cumulative" => Command::Cumulative(cumulative(&mut words)?),
        "bust" => bust(&mut words)?,
        "quote" => Command::Quote(quote(&mut words)?),
        "halt" => halt(TradingState::Halted, &mut words)?,
        "reduce" => halt(TradingState::Reducing, &mut words)?,
        "resume" => resume(&mut words)?,
        "tick" => Command::Tick,
        "restart" => Command::Restart,
        _ => input(verb, &mut words)?,
    };
    words.end()?;
    Ok((command, reach))
}

fn input(verb: &str, words: &mut Words<'_>) -> Result<Command, String> {
    Ok(match verb {
        "mark" => Command::Mark {
            instrument: words.next("an instrument")?.to_owned(),
            price: words.decimal("the price")?,
            age_ns: words.key_duration("age")?.unwrap_or(0),
        },
        "rate" => Command::Rate {
            from: words.next("a currency")?.to_owned(),
            to: words.next("a currency")?.to_owned(),
            rate: words.decimal("the rate")?,
        },
        "volume" => {
            Command::DailyVolume(words.next("an instrument")?.to_owned(), words.decimal("the volume")?)
        }
        "balance" => Command::Balance(words.next("an account")?.to_owned(), words.decimal("the balance")?),
        "flow" => Command::Flow(words.next("an account")?.to_owned(), words.decimal("the amount")?),
        "host" => Command::Host(words.next("an account")?.to_owned(), decimals(words)?),
        "adjust" => {
            let instrument = words.next("an instrument")?.to_owned();
            let how = match words.next("split, settled or expired")? {
                "split" => {
                    let from = whole("from", words.next("how many units before")?)?;
                    words.take("to");
                    Adjustment::Split { from, to: whole("to", words.next("how many units now")?)? }
                }
                "settled" => Adjustment::Settled { price: words.decimal("the price")? },
                "expired" => Adjustment::Expired { price: words.decimal("the price")? },
                other => return Err(format!("{other:?} is not split, settled or expired")),
            };
            Command::Adjust(instrument, how)
        }
        "transfer" => Command::Transfer {
            account: words.next("an account")?.to_owned(),
            from: words.next("a strategy")?.to_owned(),
            to: words.next("a strategy")?.to_owned(),
            quantity: words.decimal("the quantity")?,
            instrument: words.next("an instrument")?.to_owned(),
            by: words.key("by").unwrap_or_default().to_owned(),
        },
        "snapshot" => snapshot(false, words)?,
        "reconcile" => snapshot(true, words)?,
        "believe" => Command::Believe(
            words.next("an instrument")?.to_owned(),
            words.key("by").unwrap_or_default().to_owned(),
        ),
        verb @ ("accept-statement" | "discard-statement") => Command::Decide {
            accept: verb == "accept-statement",
            number: words.key("number").map(|number| whole("number", number)).transpose()?,
            by: words.key("by").unwrap_or_default().to_owned(),
        },
        "heartbeat" => Command::Heartbeat,
        "session" => Command::Session {
            instrument: words.next("an instrument")?.to_owned(),
            opens_ns: duration_ns(words.next("when it opens")?)?,
            closes_ns: duration_ns(words.next("when it closes")?)?,
        },
        "day" if words.take("roll") => match words.take("in") {
            true => Command::NextRoll(duration_ns(words.next("a time")?)?),
            false => Command::DayRoll,
        },
        "change" => Command::Change {
            of: scope(words)?,
            by: words.key("by").unwrap_or_default().to_owned(),
            second: words.key("second").map(str::to_owned),
            until_ns: words.key_duration("until")?,
            limits: setup::limits(words.keys())?,
        },
        "status" => Command::Status {
            instrument: words.next("an instrument")?.to_owned(),
            status: words.next("open, close_only or blocked")?.to_owned(),
            by: words.key("by").unwrap_or("desk").to_owned(),
        },
        _ => return Err(format!("{verb:?} is no command")),
    })
}

fn decimals(words: &mut Words<'_>) -> Result<Vec<(String, Decimal)>, String> {
    words.keys().into_iter().map(|(key, value)| Ok((key.to_owned(), decimal(key, value)?))).collect()
}

fn side(word: &str) -> Result<Side, String> {
    match word {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        _ => Err(format!("{word:?} is not buy or sell")),
    }
}

fn order(side: Side, words: &mut Words<'_>, serial: u64) -> Result<OrderLine, String> {
    let reduce_only = words.flag("reduce-only");
    let whole = words.flag("whole");
    let self_match_prevention = words.flag("smp");
    let quantity = words.decimal("the quantity")?;
    let instrument = words.next("an instrument")?.to_owned();
    let price = if words.take("at") { Some(words.decimal("the price")?) } else { None };
    let trigger = if words.take("stop") { Some(words.decimal("the trigger")?) } else { None };
    let time_in_force = match words.key("tif").unwrap_or("gtc") {
        "gtc" => TimeInForce::GoodTillCancel,
        "day" => TimeInForce::Day,
        "ioc" => TimeInForce::ImmediateOrCancel,
        "fok" => TimeInForce::FillOrKill,
        "aon" => TimeInForce::AllOrNone,
        other => return Err(format!("tif={other} is not gtc, day, ioc, fok or aon")),
    };
    let parent = words.key("parent").map(|parent| match parent.split_once('/') {
        None => Ok::<_, String>((parent.to_owned(), None)),
        Some((parent, quantity)) => {
            Ok((parent.to_owned(), Some(decimal("the parent's quantity", quantity)?)))
        }
    });
    let id = words.key("id").map_or_else(|| format!("auto{serial}"), str::to_owned);
    Ok(OrderLine {
        // `id=-` stands for an order without an id.
        name: OrderName {
            id: if id == "-" { String::new() } else { id },
            account: words.key("account").map(str::to_owned),
            by_id: false,
        },
        strategy: words.key("strategy").map(str::to_owned),
        trader: words.key("trader").map(str::to_owned),
        instrument,
        side,
        quantity,
        price,
        trigger,
        time_in_force,
        reduce_only,
        whole,
        self_match_prevention,
        age_ns: words.key_duration("age")?,
        parent: parent.transpose()?,
        fill_price: words.key_decimal("fill")?,
    })
}

fn name(words: &mut Words<'_>) -> Result<OrderName, String> {
    Ok(OrderName {
        id: words.next("an order")?.to_owned(),
        account: words.key("account").map(str::to_owned),
        by_id: words.flag("by-id"),
    })
}

fn fill(words: &mut Words<'_>, serial: u64) -> Result<FillLine, String> {
    let name = name(words)?;
    let (quantity, price) = at_price(words)?;
    let venue = words.flag("venue");
    Ok(FillLine {
        name,
        quantity,
        price,
        execution: words.key("execution").map_or_else(|| format!("x{serial}"), str::to_owned),
        fee: words.key_decimal("fee")?.unwrap_or_default(),
        booking: booking(words)?,
        venue,
    })
}

fn booking(words: &mut Words<'_>) -> Result<Option<BookingLine>, String> {
    let booking = words.key("booking").map(|booking| {
        let mut parts = booking.split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(strategy), Some(word), Some(instrument), parent, None) => {
                Ok((strategy.to_owned(), side(word)?, instrument.to_owned(), parent.map(str::to_owned)))
            }
            _ => Err(format!("booking={booking} is not STRATEGY/SIDE/INSTRUMENT[/PARENT]")),
        }
    });
    booking.transpose()
}

/// `QUANTITY at PRICE`.
fn at_price(words: &mut Words<'_>) -> Result<(Decimal, Decimal), String> {
    let quantity = words.decimal("the quantity")?;
    if !words.take("at") {
        return Err("`at` and the price are missing".to_owned());
    }
    Ok((quantity, words.decimal("the price")?))
}

fn cumulative(words: &mut Words<'_>) -> Result<CumulativeLine, String> {
    let name = name(words)?;
    let (quantity, average_price) = at_price(words)?;
    let fees = words.key_decimal("fees")?;
    Ok(CumulativeLine { name, quantity, average_price, fees, booking: booking(words)? })
}

fn bust(words: &mut Words<'_>) -> Result<Command, String> {
    let account = words.next("an account")?.to_owned();
    let execution = words.next("an execution")?.to_owned();
    let instead = match words.take("instead") {
        false => None,
        true => {
            let (quantity, price) = at_price(words)?;
            Some((quantity, price, words.key_decimal("fee")?.unwrap_or_default()))
        }
    };
    Ok(Command::Bust { account, execution, instead })
}

fn quote(words: &mut Words<'_>) -> Result<QuoteLine, String> {
    Ok(QuoteLine {
        instrument: words.next("an instrument")?.to_owned(),
        bid: words.maybe_decimal("the bid")?,
        ask: words.maybe_decimal("the ask")?,
        age_ns: words.key_duration("age")?.unwrap_or(0),
        more: decimals(words)?,
    })
}

fn snapshot(reported: bool, words: &mut Words<'_>) -> Result<Command, String> {
    let account = words.next("an account")?.to_owned();
    let balance = words.key_decimal("balance")?;
    // `order.ID=SIDE/OPEN/INSTRUMENT[/PRICE]`, or `orders=none`.
    let mut orders = words.key("orders").map(|_| Vec::new());
    for (key, text) in words.keys_of("order.") {
        let shape = || format!("order.{key}={text} is not SIDE/OPEN/INSTRUMENT[/PRICE]");
        let mut parts = text.split('/');
        let (word, open, instrument) = (
            parts.next().ok_or_else(shape)?,
            parts.next().ok_or_else(shape)?,
            parts.next().ok_or_else(shape)?,
        );
        let price = parts.next().map(|price| decimal("the price", price)).transpose()?;
        let order =
            (key.to_owned(), side(word)?, decimal("what is open", open)?, instrument.to_owned(), price);
        orders.get_or_insert_default().push(order);
    }
    let positions = words.keys().into_iter().map(|(instrument, held)| {
        let (quantity, price) =
            held.split_once('@').ok_or_else(|| format!("{instrument}={held} is not QUANTITY@PRICE"))?;
        Ok((instrument.to_owned(), decimal("the quantity", quantity)?, decimal("the price", price)?))
    });
    let positions = positions.collect::<Result<_, String>>()?;
    Ok(Command::Snapshot { account, balance, positions, orders, reported })
}

pub(super) fn scope(words: &mut Words<'_>) -> Result<ScopeLine, String> {
    Ok(match words.next("a scope")? {
        "firm" => ScopeLine::Firm,
        "venue" => ScopeLine::Venue(words.next("a venue")?.to_owned()),
        "account" => ScopeLine::Account(words.next("an account")?.to_owned()),
        "instrument" => ScopeLine::Instrument(words.next("an instrument")?.to_owned()),
        "trader" => ScopeLine::Trader(words.next("a trader")?.to_owned()),
        "strategy" => {
            let both = words.next("ACCOUNT/STRATEGY")?;
            let (account, strategy) =
                both.split_once('/').ok_or_else(|| format!("{both:?} is not ACCOUNT/STRATEGY"))?;
            ScopeLine::Strategy(account.to_owned(), strategy.to_owned())
        }
        other => {
            return Err(format!("{other:?} is not firm, venue, account, strategy, instrument or trader"));
        }
    })
}

fn halt(state: TradingState, words: &mut Words<'_>) -> Result<Command, String> {
    Ok(Command::Halt {
        scope: scope(words)?,
        state,
        by: words.key("by").unwrap_or("ops").to_owned(),
        reason: words.key("reason").unwrap_or("stop").to_owned(),
    })
}

fn resume(words: &mut Words<'_>) -> Result<Command, String> {
    let to = match words.key("to").unwrap_or("active") {
        "active" => TradingState::Active,
        "reducing" => TradingState::Reducing,
        "halted" => TradingState::Halted,
        other => return Err(format!("to={other} is not active, reducing or halted")),
    };
    Ok(Command::Resume {
        scope: scope(words)?,
        to,
        latch: words.key("latch").map(|number| whole("latch", number)).transpose()?,
        by: words.key("by").unwrap_or_default().to_owned(),
    })
}
