//! What the outside tells the guard. Facts are applied whatever they say; a malformed input changes nothing.

use core::ffi::c_char;
use std::sync::Arc;

use risk_core::{HostFigures, IngestError, Ingested, Input, Limits, LimitsOf, Note, Quote, Timestamp};
use rust_decimal::Decimal;

use crate::border::{Fault, border};
use crate::handle::{rg_account, rg_asset, rg_guard, rg_instrument};
use crate::memory::{self, Out, Sized32, TEXT_BYTES_MAX, check};
use crate::names::parse;
use crate::number::rg_decimal;
use crate::order::{id, optional_id, optional_time};
use crate::registry::{Open, with};
use crate::words;
use crate::words::rg_scope_kind::{
    RG_SCOPE_ACCOUNT, RG_SCOPE_FIRM, RG_SCOPE_INSTRUMENT, RG_SCOPE_STRATEGY, RG_SCOPE_TRADER, RG_SCOPE_VENUE,
};
use crate::words::rg_status::{self, RG_INPUT_REFUSED, RG_INVALID_VALUE, RG_POISONED};

/// What became of an input. Set its size before the call; a null pointer is fine where nobody wants to know.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_ingested {
    /// sizeof(rg_ingested).
    pub size: u32,
    /// 1: it had been applied before and was not applied again.
    pub repeated: u32,
    /// 1: a number was finer than the instrument's scale and was rounded against the trader.
    pub rounded: u32,
    /// An rg_anomaly.
    pub anomaly: u32,
    /// The latch it pulled; 0: none. What it halted is in rg_latches.
    pub latch: u64,
    /// 1: it is on record and not applied: it came too early to be believed, or jumps beyond a cap (rg_next_withheld) or
    /// from the last good price (rg_is_suspect).
    pub withheld: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl Sized32 for rg_ingested {
    const LEAST: usize = 24;
}

const _: () = assert!(size_of::<rg_ingested>() == 32);

/// A quote. A field that is not known is absent; how many may be is a limit.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_quote {
    /// sizeof(rg_quote).
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Of what.
    pub instrument: rg_instrument,
    /// Best bid, in the quote asset.
    pub bid: rg_decimal,
    /// Best ask, in the quote asset.
    pub ask: rg_decimal,
    /// Quantity at the best bid.
    pub bid_size: rg_decimal,
    /// Quantity at the best ask.
    pub ask_size: rg_decimal,
    /// Price of the last trade.
    pub last: rg_decimal,
    /// Traded volume.
    pub volume: rg_decimal,
    /// As of when, by its source, in nanoseconds since the epoch.
    pub at_ns: i64,
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl Sized32 for rg_quote {
    const LEAST: usize = 120;
}

const _: () = assert!(size_of::<rg_quote>() == 120);

/// Figures a host supplies for one account; what is absent is taken from the ledger.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_host_figures {
    /// sizeof(rg_host_figures).
    pub size: u32,
    /// 1: position_count is said.
    pub has_position_count: u32,
    /// Whose.
    pub account: rg_account,
    /// Equity, in the account's currency.
    pub equity: rg_decimal,
    /// Profit of the day (a loss is negative), in the account's currency.
    pub day_profit: rg_decimal,
    /// Fall of equity from its peak, in percent.
    pub drawdown_percent: rg_decimal,
    /// Gross exposure of the positions, in the account's currency.
    pub gross_exposure: rg_decimal,
    /// Open positions.
    pub position_count: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: repr(C), its size comes first, whole numbers, no padding (asserted below).
unsafe impl Sized32 for rg_host_figures {
    const LEAST: usize = 88;
}

const _: () = assert!(size_of::<rg_host_figures>() == 88);

/// An input that is not taken, as a fault.
pub(crate) fn refuse(problem: &IngestError) -> Fault {
    let status = if matches!(problem, IngestError::Poisoned) { RG_POISONED } else { RG_INPUT_REFUSED };
    Fault::new(status, problem.to_string())
}

/// Feeds an input and says what became of it.
///
/// # Safety
/// `ingested` is null or as large as it says.
#[inline]
pub(crate) unsafe fn ingest(
    guard: rg_guard,
    ingested: *mut rg_ingested,
    read: impl FnOnce() -> Result<Told, Fault>,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::optional("ingested", ingested)? };
        let told = read()?;
        let effect = with(guard, |open| {
            let input = told(open);
            open.engine.ingest(input).map_err(|problem| refuse(&problem))
        })?;
        if let Some(out) = out {
            // SAFETY: looked at above.
            unsafe { out.write(&rg_ingested::of(&effect)) };
        }
        Ok(())
    })
}

/// An input of the caller, until its guard is known.
pub(crate) type Told = Box<dyn FnOnce(&Open) -> Input>;

impl rg_ingested {
    pub(crate) fn of(effect: &Ingested) -> Self {
        Self {
            size: 0,
            repeated: effect.repeated.into(),
            rounded: effect.rounded.into(),
            anomaly: words::of_anomaly(effect.anomaly),
            latch: effect.latch.map_or(0, risk_core::LatchId::number),
            withheld: effect.withheld.into(),
            reserved: 0,
        }
    }
}

/// A quote of an instrument.
///
/// # Safety
/// `quote` is null or as large as it says; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_quote(
    guard: rg_guard,
    quote: *const rg_quote,
    ingested: *mut rg_ingested,
) -> rg_status {
    border(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::optional("ingested", ingested)? };
        // SAFETY: the caller's promise.
        let told = unsafe { memory::read("quote", quote)? };
        if told.reserved != 0 {
            return Err(Fault::new(RG_INVALID_VALUE, "reserved is not 0"));
        }
        let mut quote = Quote::of_sides(
            Default::default(),
            told.bid.optional("bid")?,
            told.ask.optional("ask")?,
            Timestamp::from_nanos(told.at_ns),
        );
        quote.bid_size = told.bid_size.optional("bid_size")?;
        quote.ask_size = told.ask_size.optional("ask_size")?;
        quote.last = told.last.optional("last")?;
        quote.volume = told.volume.optional("volume")?;
        // The one input that comes by the million: no box around it.
        let effect = with(guard, |open| {
            quote.instrument = open.instrument(told.instrument);
            open.engine.ingest(Input::Quote(quote)).map_err(|problem| refuse(&problem))
        })?;
        if let Some(out) = out {
            // SAFETY: looked at above.
            unsafe { out.write(&rg_ingested::of(&effect)) };
        }
        Ok(())
    })
}

/// Reads a decimal behind a pointer.
///
/// # Safety
/// `from` is null or can be read.
pub(crate) unsafe fn decimal(what: &'static str, from: *const rg_decimal) -> Result<Decimal, Fault> {
    check(what, from)?;
    // SAFETY: looked at, and readable by the caller's promise.
    unsafe { from.read() }.needed(what)
}

/// The mark of an instrument whose `mark_source` is `input`.
///
/// # Safety
/// `price` is null or can be read; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_mark(
    guard: rg_guard,
    instrument: rg_instrument,
    price: *const rg_decimal,
    at_ns: i64,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let price = decimal("price", price)?;
            let at = Timestamp::from_nanos(at_ns);
            Ok(Box::new(move |open| Input::Mark { instrument: open.instrument(instrument), price, at }))
        })
    }
}

/// An exchange rate: one unit of `from` is `rate` units of `to`. The way back follows from it.
///
/// # Safety
/// `rate` is null or can be read; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_rate(
    guard: rg_guard,
    from: rg_asset,
    to: rg_asset,
    rate: *const rg_decimal,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let rate = decimal("rate", rate)?;
            Ok(Box::new(move |open| Input::Rate { from: open.asset(from), to: open.asset(to), rate }))
        })
    }
}

/// What is traded of an instrument in a day, on average, in units of it: limits on participation are a share of it. Not
/// negative.
///
/// # Safety
/// `quantity` is null or can be read; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_daily_volume(
    guard: rg_guard,
    instrument: rg_instrument,
    quantity: *const rg_decimal,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let quantity = decimal("quantity", quantity)?;
            Ok(Box::new(move |open| Input::DailyVolume { instrument: open.instrument(instrument), quantity }))
        })
    }
}

/// The cash of an account, without unrealised profit, in its currency.
///
/// # Safety
/// `balance` is null or can be read; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_balance(
    guard: rg_guard,
    account: rg_account,
    balance: *const rg_decimal,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let balance = decimal("balance", balance)?;
            Ok(Box::new(move |open| Input::Balance { account: open.account(account), balance }))
        })
    }
}

/// A deposit, or a withdrawal where negative, in the account's currency: no profit and no loss.
///
/// # Safety
/// `amount` is null or can be read; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_flow(
    guard: rg_guard,
    account: rg_account,
    amount: *const rg_decimal,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let amount = decimal("amount", amount)?;
            Ok(Box::new(move |open| Input::Flow { account: open.account(account), amount }))
        })
    }
}

/// Figures of the host that replace the ledger's for a while.
///
/// # Safety
/// `figures` is null or as large as it says; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_host(
    guard: rg_guard,
    figures: *const rg_host_figures,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let told = memory::read("figures", figures)?;
            if told.reserved != 0 || told.has_position_count > 1 {
                return Err(Fault::new(RG_INVALID_VALUE, "reserved or has_position_count is out of range"));
            }
            let mut host = HostFigures {
                account: Default::default(),
                equity: told.equity.optional("equity")?,
                day_profit: told.day_profit.optional("day_profit")?,
                drawdown_percent: told.drawdown_percent.optional("drawdown_percent")?,
                position_count: (told.has_position_count == 1).then_some(told.position_count),
                gross_exposure: told.gross_exposure.optional("gross_exposure")?,
            };
            Ok(Box::new(move |open| {
                host.account = open.account(told.account);
                Input::Host(host)
            }))
        })
    }
}

/// A new status of an instrument, an rg_instrument_status. `by` names who changes it.
///
/// # Safety
/// `by` is null or a text with a NUL; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_status(
    guard: rg_guard,
    instrument: rg_instrument,
    status: u32,
    by: *const c_char,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let (status, by) = (words::status("status", status)?, id(by));
            Ok(Box::new(move |open| Input::Status { instrument: open.instrument(instrument), status, by }))
        })
    }
}

/// A change of limits: all limits of one table, who changes them, why, who agrees and until when.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_limits_change {
    /// sizeof(rg_limits_change).
    pub size: u32,
    /// Whose limits: an rg_scope_kind, not RG_SCOPE_VENUE and not RG_SCOPE_TRADER.
    pub scope: u32,
    /// The account, strategy or instrument; 0 for the firm.
    pub handle: u64,
    /// The limits, written as a table `limits` of a configuration. What is not in it is not limited.
    pub limits: *const c_char,
    /// Its length in bytes.
    pub length: u64,
    /// An rg_format.
    pub format: u32,
    /// 0.
    pub reserved: u32,
    /// Who changes them.
    pub by: *const c_char,
    /// Why.
    pub reason: *const c_char,
    /// Who agrees, somebody else; null: nobody.
    pub second: *const c_char,
    /// When they end and the lasting limits come back, in nanoseconds since the epoch; 0: they last.
    pub expires_ns: i64,
}

// SAFETY: repr(C), its size comes first, whole numbers and pointers; 64 bits: no padding (asserted below).
unsafe impl Sized32 for rg_limits_change {
    const LEAST: usize = 72;
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<rg_limits_change>() == 72);

/// New limits of one table. RG_CONFIG when the text is none; RG_INPUT_REFUSED when they are not taken: the old limits
/// stay.
///
/// # Safety
/// `change` is null or as large as it says, its texts as it says; `ingested` is null or as large as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rg_ingest_limits(
    guard: rg_guard,
    change: *const rg_limits_change,
    ingested: *mut rg_ingested,
) -> rg_status {
    // SAFETY: the caller's promise.
    unsafe {
        ingest(guard, ingested, || {
            let told = memory::read("change", change)?;
            let (scope, format) =
                (words::scope_kind("scope", told.scope)?, words::format("format", told.format)?);
            let unlimited = matches!(scope, RG_SCOPE_VENUE | RG_SCOPE_TRADER);
            if told.reserved != 0 || unlimited || (scope == RG_SCOPE_FIRM) != (told.handle == 0) {
                let text = "scope is a venue or a trader, or has a handle where it should not or the other way round";
                return Err(Fault::new(RG_INVALID_VALUE, text));
            }
            let length = usize::try_from(told.length).unwrap_or(usize::MAX);
            let text = memory::sized_text("limits", told.limits, length, TEXT_BYTES_MAX)?;
            let limits: Limits = parse("limits", text, format)?;
            let reason = memory::optional_text("reason", told.reason, TEXT_BYTES_MAX)?.unwrap_or("");
            let (limits, reason) = (Arc::new(limits), Note::new(reason));
            let (by, second) = (id(told.by), optional_id(told.second));
            let expires = optional_time(told.expires_ns);
            Ok(Box::new(move |open| {
                let of = match scope {
                    RG_SCOPE_ACCOUNT => LimitsOf::Account(open.account(told.handle)),
                    RG_SCOPE_STRATEGY => LimitsOf::Strategy(open.strategy(told.handle)),
                    RG_SCOPE_INSTRUMENT => LimitsOf::Instrument(open.instrument(told.handle)),
                    RG_SCOPE_FIRM | RG_SCOPE_VENUE | RG_SCOPE_TRADER => LimitsOf::Firm,
                };
                Input::Limits { of, limits, by, reason, second, expires }
            }))
        })
    }
}
