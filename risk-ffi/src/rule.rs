//! Rules of the house: functions of the caller that are asked after the gates, and can only refuse.

use core::cell::Cell;
use core::ffi::{c_char, c_void};
use std::sync::{Arc, OnceLock};

use risk_core::{Answer, HOUSE_RULES_MAX, Level, Measurement, Undecided, Veto, View};
use rust_decimal::Decimal;

use crate::border::{Fault, forget_error};
use crate::handle::{Kind, Tag, rg_account, rg_instrument, rg_strategy};
use crate::memory::{self, NAME_BYTES_MAX, Sized32, place};
use crate::number::rg_decimal;
use crate::order::{flags_of, of_kind, of_time_in_force};
use crate::permit::RG_ID_BYTES;
use crate::words::rg_status::{RG_INVALID_VALUE, RG_NULL_POINTER};
use crate::words::{self, rg_answer};

/// What a house rule is shown: an order that every gate lets through, and the facts the gates have. All of it is a copy
/// that lives during the call. What is not known is absent: a rule that needs it answers RG_ANSWER_UNDECIDED.
///
/// Arrays have a place for each level: [RG_LEVEL_FIRM - 1], [RG_LEVEL_ACCOUNT - 1] and so on; money is in the currency of
/// the level, of an instrument in its quote asset.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_view {
    /// How much of this structure this library fills: look at nothing beyond it.
    pub size: u32,
    /// An rg_side.
    pub side: u32,
    /// An rg_kind; 0: one this header does not know.
    pub kind: u32,
    /// An rg_time_in_force.
    pub time_in_force: u32,
    /// RG_REDUCE_ONLY, RG_WHOLE, RG_SELF_MATCH_PREVENTION.
    pub flags: u32,
    /// 1: it opens nothing at any level.
    pub is_exit: u32,
    /// 1: it replaces an order at the venue.
    pub is_change: u32,
    /// 0.
    pub reserved: u32,
    /// The account.
    pub account: rg_account,
    /// The strategy.
    pub strategy: rg_strategy,
    /// What is traded.
    pub instrument: rg_instrument,
    /// Engine time, in nanoseconds since the epoch.
    pub now_ns: i64,
    /// The quantity that would be sent: less than asked where the order is reduced.
    pub quantity: rg_decimal,
    /// The quantity that was asked.
    pub asked: rg_decimal,
    /// The price; absent where there is none.
    pub price: rg_decimal,
    /// The trigger; absent where there is none.
    pub trigger: rg_decimal,
    /// The mark of the instrument.
    pub mark: rg_decimal,
    /// Best bid of the last quote.
    pub bid: rg_decimal,
    /// Best ask of the last quote.
    pub ask: rg_decimal,
    /// The account's signed position before the order.
    pub account_position: rg_decimal,
    /// The strategy's signed position before the order.
    pub strategy_position: rg_decimal,
    /// What of the order opens.
    pub opening: [rg_decimal; 4],
    /// The value of the order alone at its worst price.
    pub notional: [rg_decimal; 4],
    /// Worst-case exposure of the instrument with the order in it.
    pub exposure: [rg_decimal; 4],
    /// Gross exposure with the order in it.
    pub gross_exposure: [rg_decimal; 4],
    /// Equity, where it is known and above 0.
    pub equity: [rg_decimal; 4],
    /// What the day has lost so far; a gain is negative.
    pub day_loss: [rg_decimal; 4],
    /// The client order id, with a NUL.
    pub id: [c_char; RG_ID_BYTES],
}

/// What a house rule measured and what it allows, in a unit of its own. The guard compares, and both are on record.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct rg_measurement {
    /// sizeof(rg_measurement), set by the guard.
    pub size: u32,
    /// Which way it passes, an rg_compare.
    pub compare: u32,
    /// What was measured, with this order in it.
    pub measured: rg_decimal,
    /// What is allowed.
    pub limit: rg_decimal,
}

/// A house rule: looks at an order, writes what it measured, and returns an rg_answer; everything but RG_ANSWER_SILENT
/// and RG_ANSWER_MEASURED refuses. It is called in the thread that asks, under the guard's lock, once for each order that
/// every gate lets through, and once more by rg_explain and rg_headroom.
///
/// It is a plain, fast function of what it is shown. It must return: longjmp, or the end of its thread, leaves the guard
/// locked for ever. It must not let a C++ exception out, which ends the process. It calls no
/// guard: of its own that is RG_INSIDE_RULE, as it is of any other that another thread is in. It keeps none of the
/// pointers it gets.
pub type rg_rule_function = Option<
    unsafe extern "C-unwind" fn(
        context: *mut c_void,
        view: *const rg_view,
        measured: *mut rg_measurement,
    ) -> u32,
>;

/// The function of a rule that the configuration names (`house_rules`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rg_rule {
    /// sizeof(rg_rule).
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// The name, as the configuration has it.
    pub name: *const c_char,
    /// The function.
    pub function: rg_rule_function,
    /// Passed to the function as it is. Yours, until the guard is freed; every thread that calls the guard comes with it,
    /// one at a time.
    pub context: *mut c_void,
}

// SAFETY: repr(C), its size comes first, whole numbers and pointers; 64 bits: no padding (asserted below).
unsafe impl Sized32 for rg_rule {
    const LEAST: usize = 32;
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<rg_rule>() == 32);
const _: () = assert!(size_of::<rg_view>() == 664 && size_of::<rg_measurement>() == 40);

const LEVELS: [Level; 4] = [Level::Firm, Level::Account, Level::Strategy, Level::Instrument];

thread_local! {
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a rule is being asked in this thread.
pub(crate) fn is_asked() -> bool {
    ASKED.get()
}

/// A rule is being asked, until this is dropped.
struct Asking(bool);

impl Asking {
    fn begin() -> Self {
        Self(ASKED.replace(true))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        ASKED.set(self.0);
        // What the rule got wrong is not what its caller got wrong.
        forget_error();
    }
}

/// A function and what it is called with.
#[derive(Clone, Copy)]
struct Function {
    call: unsafe extern "C-unwind" fn(*mut c_void, *const rg_view, *mut rg_measurement) -> u32,
    context: *mut c_void,
}

// SAFETY: the header says that every thread that calls the guard comes with the context, one at a time (under its lock).
unsafe impl Send for Function {}
// SAFETY: the same.
unsafe impl Sync for Function {}

impl Function {
    fn ask(self, view: &rg_view) -> Answer {
        let mut told = rg_measurement { size: size_of::<rg_measurement>() as u32, ..Default::default() };
        let answer = {
            let _asking = Asking::begin();
            // SAFETY: both live during the call; the function and its context are the caller's promise of rg_guard_new.
            unsafe { (self.call)(self.context, view, &mut told) }
        };
        if answer == rg_answer::RG_ANSWER_SILENT as u32 {
            return Ok(None);
        }
        if answer != rg_answer::RG_ANSWER_MEASURED as u32 {
            return Err(Undecided);
        }
        let measured = || -> Result<Measurement, Fault> {
            Ok(Measurement {
                measured: told.measured.needed("measured")?,
                limit: told.limit.needed("limit")?,
                compare: words::compare("compare", told.compare)?,
            })
        };
        measured().map(Some).map_err(|_| Undecided)
    }
}

/// The guard's place and generation, which are known once it has a number.
pub(crate) type Numbered = Arc<OnceLock<Tag>>;

/// The rules that options name.
///
/// # Safety
/// `rules` is null or readable for `count` rules of the size that the first of them says, their names as texts with a NUL.
pub(crate) unsafe fn read(
    rules: *const rg_rule,
    count: u64,
    numbered: &Numbered,
) -> Result<Vec<Veto>, Fault> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    // SAFETY: the caller's promise.
    let rules = unsafe { memory::read_all("rules", rules, count, HOUSE_RULES_MAX)? };
    let mut vetoes = Vec::with_capacity(rules.len());
    for rule in rules {
        if rule.reserved != 0 {
            return Err(Fault::new(RG_INVALID_VALUE, "rules: reserved is not 0"));
        }
        // SAFETY: the caller's promise.
        let name = unsafe { memory::text("rules: name", rule.name, NAME_BYTES_MAX)? };
        let Some(call) = rule.function else {
            return Err(Fault::new(RG_NULL_POINTER, format!("rules: the function of {name} is null")));
        };
        let function = Function { call, context: rule.context };
        let numbered = Arc::clone(numbered);
        vetoes.push(Veto::new(name, move |view| {
            let tag = numbered.get().ok_or(Undecided)?;
            function.ask(&rg_view::of(view, tag))
        }));
    }
    Ok(vetoes)
}

impl rg_view {
    fn of(view: &View<'_>, tag: &Tag) -> Self {
        let order = view.order();
        let (kind, price, trigger) = of_kind(order);
        let (bid, ask) = view.quote();
        let money =
            |of: &dyn Fn(Level) -> Option<Decimal>| LEVELS.map(|level| rg_decimal::of_option(of(level)));
        Self {
            size: size_of::<Self>() as u32,
            side: words::of_side(order.side),
            kind,
            time_in_force: of_time_in_force(order.time_in_force),
            flags: flags_of(order),
            is_exit: view.is_exit().into(),
            is_change: view.is_change().into(),
            reserved: 0,
            account: tag.name(Kind::Account, order.account.ordinal()),
            strategy: tag.name(Kind::Strategy, order.strategy.ordinal()),
            instrument: tag.name(Kind::Instrument, order.instrument.ordinal()),
            now_ns: view.now().nanos(),
            quantity: rg_decimal::of(view.quantity()),
            asked: rg_decimal::of(order.quantity),
            price,
            trigger,
            mark: rg_decimal::of_option(view.mark()),
            bid: rg_decimal::of_option(bid),
            ask: rg_decimal::of_option(ask),
            account_position: rg_decimal::of(view.position(Level::Account)),
            strategy_position: rg_decimal::of(view.position(Level::Strategy)),
            opening: LEVELS.map(|level| rg_decimal::of(view.opening(level))),
            notional: money(&|level| view.notional(level)),
            exposure: money(&|level| view.exposure(level)),
            gross_exposure: money(&|level| view.gross_exposure(level)),
            equity: money(&|level| view.equity(level)),
            day_loss: money(&|level| view.loss_of_day(level)),
            id: place(order.id.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ASKED, Asking};

    #[test]
    fn a_rule_inside_a_rule_is_still_inside() {
        let one = Asking::begin();
        drop(Asking::begin());
        assert!(ASKED.get());
        drop(one);
        assert!(!ASKED.get());
    }
}
