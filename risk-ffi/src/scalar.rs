//! The same door for callers that have only integers and doubles: strategies compiled by numba, formulas, shaders of
//! whatever kind. No structure, no text, no pointer.

use risk_core::{Decision, Id, Input, Kind as OrderKind, Order, Quote, Timestamp};

use crate::border::{Fault, border};
use crate::handle::{rg_account, rg_guard, rg_instrument, rg_permit, rg_strategy};
use crate::number::of_double;
use crate::order::rg_decision;
use crate::permit::{redeem, rg_outbound};
use crate::registry::{regardless_if, with};
use crate::words::rg_kind::{RG_LIMIT, RG_MARKET, RG_STOP, RG_STOP_LIMIT};
use crate::words::rg_status::{self, RG_INVALID_VALUE, RG_OK};
use crate::words::{self, rg_verdict};

/// What a scalar call answers: what it made, above 0; or why not, below: -reason (an rg_reason), or -RG_SCALAR_STATUS
/// - status (an rg_status). Never 0.
pub const RG_SCALAR_STATUS: i64 = 100_000;

/// An answer from a status and what was made, which is 0 for a refusal with this reason.
fn scalar(status: rg_status, made: u64, reason: u32) -> i64 {
    match (status, i64::try_from(made)) {
        (RG_OK, Ok(made)) if made > 0 => made,
        (RG_OK, _) if reason > 0 => -i64::from(reason),
        (status, _) => -RG_SCALAR_STATUS - i64::from(status as u32),
    }
}

/// Judges an order of one instrument for a caller of integers and doubles. A result above 0 is the permit, for
/// rg_scalar_redeem or rg_release: only then may anything be sent. ANY RESULT BELOW 0 IS A REFUSAL: -reason, or
/// -RG_SCALAR_STATUS - status.
///
/// `kind` is RG_MARKET (price 0) or RG_LIMIT. Doubles count as the shortest decimal that reads back as the same double;
/// what is not finite is refused. The client order id is the number `id` in decimal digits. The order is never reduced,
/// and good till cancelled.
#[unsafe(no_mangle)]
pub extern "C" fn rg_scalar_check(
    guard: rg_guard,
    account: rg_account,
    strategy: rg_strategy,
    instrument: rg_instrument,
    side: u32,
    kind: u32,
    quantity: f64,
    price: f64,
    id: u64,
) -> i64 {
    let (mut permit, mut reason) = (0, 0);
    let status = border(|| {
        let side = words::side("side", side)?;
        let quantity = of_double("quantity", quantity)?;
        let kind = match words::kind("kind", kind)? {
            RG_MARKET if price == 0.0 => OrderKind::Market,
            RG_MARKET => return Err(Fault::new(RG_INVALID_VALUE, "price: a market order has none; say 0")),
            RG_LIMIT => OrderKind::Limit { price: of_double("price", price)? },
            RG_STOP | RG_STOP_LIMIT => {
                return Err(Fault::new(RG_INVALID_VALUE, "kind: only RG_MARKET and RG_LIMIT here"));
            }
        };
        let answer = regardless_if(
            guard,
            |open| {
                let order = Order::new(open.instrument(instrument), side, quantity)
                    .account(open.account(account))
                    .strategy(open.strategy(strategy))
                    .id(Id::from(id))
                    .not_reducible();
                let decision: Decision = open.engine.evaluate(&Order { kind, ..order });
                rg_decision::of(open, decision)
            },
            || Ok(rg_decision::refused(rg_verdict::RG_REJECTED, &crate::order::poisoned(), 0)),
        )?;
        (permit, reason) = (answer.permit, answer.reason);
        Ok(())
    });
    scalar(status, permit, reason)
}

/// Uses a permit up: a result above 0 is the outbound message (for rg_abandon), and exactly what was asked may be sent;
/// any result below 0 means: do not send. -reason, or -RG_SCALAR_STATUS - status.
#[unsafe(no_mangle)]
pub extern "C" fn rg_scalar_redeem(guard: rg_guard, permit: rg_permit) -> i64 {
    let (mut made, mut reason) = (0, 0);
    let status = border(|| {
        let sent: Result<rg_outbound, u32> = redeem(guard, permit)?;
        match sent {
            Ok(outbound) => made = outbound.handle,
            Err(why) => reason = why,
        }
        Ok(())
    });
    scalar(status, made, reason)
}

/// A quote of bid and ask, for a caller of integers and doubles. An rg_status.
#[unsafe(no_mangle)]
pub extern "C" fn rg_scalar_quote(
    guard: rg_guard,
    instrument: rg_instrument,
    bid: f64,
    ask: f64,
    at_ns: i64,
) -> rg_status {
    border(|| {
        let (bid, ask) = (of_double("bid", bid)?, of_double("ask", ask)?);
        with(guard, |open| {
            let quote = Quote::new(open.instrument(instrument), bid, ask, Timestamp::from_nanos(at_ns));
            open.engine.ingest(Input::Quote(quote)).map(|_| ()).map_err(|e| crate::input::refuse(&e))
        })
    })
}
