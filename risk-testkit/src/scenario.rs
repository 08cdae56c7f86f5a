//! Scenarios: what a trader, the market and an operator do, line by line, with the answer the guard must give.
//!
//! The text is read into [`Command`]s, and a [`Driver`] executes them: the core's is [`CoreDriver`]; the same files run
//! through every binding that has a driver. Everything from `#` to the end of a line is a comment.
//!
//! ```text
//! # Two orders compete for one limit.
//! instrument BTC USD price=2 quantity=3
//! account main USD gross_exposure_max=1000
//!
//! quote BTC 99 101
//! send buy 6 BTC at 101 id=a1 -> approved
//! send buy 6 BTC at 101 id=a2 -> reduced 3.9 TOTAL_EXPOSURE_LIMIT account
//! expect gross main <= 1000
//! ```
//!
//! # Setup, before the first command
//!
//! | line | meaning |
//! |---|---|
//! | `firm USD LIMIT=..` | the firm's currency and limits |
//! | `asset JPY 0` | a currency and its digits (2 where nothing is said) |
//! | `instrument BTC USD price=2 quantity=8 tick=0.5 lot=0.1 min=.. max=.. FIELD=..` | scales, increments, any field |
//! | `account main USD LIMIT=.. may_trade=A,B`, `strategy main/grid capital=.. LIMIT=..`, `trader t1 may_trade=A,B accounts=main` | who trades |
//! | `limits BTC LIMIT=..`, `limits main BTC LIMIT=..` | limits of an instrument, in every account or in one |
//! | `ceiling account main LIMIT=..` | how far a firm's, account's, strategy's or instrument's limits may be loosened |
//! | `settings permit_ttl_ms=..`, `capacity live_orders=..` | as in the configuration |
//! | `journal ring 4096`, `journal full 100` | how the journal is kept |
//! | `config` .. `end` | a block of TOML instead |
//! | `decided by collar_bps` | the control without which the scenario must fail (a limit, `parent` or `halt`) |
//!
//! A limit is a field of [`risk_core::Limits`]; the message rate is `rate=50/1s:100:10` (messages, burst, reserve).
//!
//! # Commands
//!
//! | line | answers |
//! |---|---|
//! | `buy 3 BTC at 101 stop 100 id=a1 account=.. strategy=.. trader=.. parent=p/10 tif=fok age=5ms whole reduce-only` | `approved`, `reduced QUANTITY REASON LEVEL`, `rejected REASON LEVEL`, `stop REASON` |
//! | `send buy ..`, `trade buy .. fill=101` | the same; redeemed at once, and filled at once |
//! | `list` (or `send list`), a line for each `buy ..` or `repeat 9: buy ..`, `end -> ANSWER` | `approved ORDERS`, `rejected REASON LEVEL order 3 refused 2 of 9`; `redeem` and `release` name its first order |
//! | `explain buy ..` | the same, then `breaches` and every reason |
//! | `redeem a1`, `release a1`, `abandon a1`, `cancel a1` | `sent`, `released`, `abandoned`, `out`; `refused REASON` |
//! | `accept a1`, `fill a1 2 at 101 execution=.. fee=.. booking=s/buy/BTC/p`, `done a1 cancelled` | `applied`, `repeated`, `anomaly KIND`, `refused WHY` |
//! | `quote BTC 99 101 age=5ms last=..`, `mark`, `rate EUR USD 1.1`, `balance`, `flow`, `host`, `snapshot`, `day roll`, `day roll in 5m`, `session BTC 5m 8h` (opens and closes, from now; `sessions=UTC` in its setup) | `applied`, `refused WHY` |
//! | `reconcile main BTC=8@90 balance=900 order.a1=buy/2/BTC/100 orders=none` | `applied`, and what was different: `BTC=5/8 balance=1000/900 a1=3/2 gone=a2 early=a3 stranger=x` |
//! | `believe BTC by=ops` | `applied`, `refused WHY` |
//! | `accept-statement by=ops`, `discard-statement number=2 by=ops` | `applied`, `refused WHY` |
//! | `accept a1 quantity=5` | `applied`, `anomaly over_accepted latched` |
//! | `adjust BTC split 1 to 4`, `adjust BTC settled 100`, `adjust BTC expired 0`, `transfer main a b 5 BTC by=ops` | `applied`, `refused WHY` |
//! | `change account main by=ops second=risk until=5m LIMIT=..`, `status BTC close_only` | `applied`, `refused WHY` |
//! | `halt SCOPE by=ops reason=..`, `reduce SCOPE`, `resume SCOPE by=ops to=reducing latch=2` | `halted ORDERS`, `resumed`, `refused WHY` |
//! | `tick`, `wait 500ms`, `clock stops`, `clock runs`, `clock back 5s` | |
//! | `repeat 1000 every 1ms: COMMAND -> approved 250 rejected RATE_LIMIT 750` | counts of all answers; `{n}`, `{n%10}` in the text |
//! | `repeat 1000 every 1ms:` .. `end -> COUNTS` | the same for several lines |
//! | `expect QUESTION [<=] VALUE` | `position main BTC`, `gross main`, `approved quantity parent p`, `state a1`, .. |

use core::fmt;

mod command;
mod commands;
mod core_driver;
mod core_inputs;
mod core_lists;
mod driver;
mod expect;
mod parse;
mod questions;
mod run;
mod setup;
mod words;

#[cfg(test)]
mod tests;

pub use command::{
    BookingLine, Command, CumulativeLine, FillLine, OrderLine, OrderName, QuoteLine, ScopeLine,
};
pub use core_driver::CoreDriver;
pub use driver::{Answer, Driver, Reply, verb};
pub use expect::{Check, Counts, Expected, Relation};
pub use parse::{Action, Call, Repeat, Scenario, Step};
pub use run::{Report, run, run_without};
pub use setup::{JournalLine, Setup};

/// A line that is not understood, or does not come out as it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub origin: String,
    /// The line, from 1.
    pub line: usize,
    /// Its text.
    pub text: String,
    /// What is wrong.
    pub problem: String,
}

impl Problem {
    fn new(origin: &str, line: usize, text: &str, problem: String) -> Self {
        Self { origin: origin.to_owned(), line, text: text.to_owned(), problem }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}\n    {}", self.origin, self.line, self.problem, self.text)
    }
}

impl core::error::Error for Problem {}
