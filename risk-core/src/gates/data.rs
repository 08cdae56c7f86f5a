//! Data quality of the order's instrument: nothing is opened on a price that is missing, old, partial or absurd.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::instrument::MarkSource;
use crate::limits::Level;
use crate::num::Price;
use crate::plain::Plain;
use crate::reason::Reason;
use crate::state::QuoteState;

const RULE: &str = "RTS 6 Art. 15(1)(a), SEC 15c3-5(c)(1)(ii)";

pub(crate) struct DataGap;

impl Gate for DataGap {
    const INFO: GateInfo = GateInfo {
        id: GateId::DataGap,
        reason: Reason::DataGap,
        levels: &[Level::Account, Level::Instrument],
        exits: Exits::Exempt,
        sizing: false,
        measures: "missing prices: of the instrument, or of something the account holds",
        unit: "count",
        rule: RULE,
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, level: Level) -> Measured {
        match level {
            // A quote makes up for a mark only where quotes are the source: there what is wrong with it has its own reason.
            Level::Instrument => Measured::fails_if(
                facts.mark.is_none()
                    && (facts.instrument.quote.is_none()
                        || facts.instrument.traded.mark_source == MarkSource::Input),
            ),
            Level::Firm | Level::Account | Level::Strategy => {
                Measured::at_most(i128::from(facts.account.sums.unmarked), 0)
            }
        }
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Count
    }
}

pub(crate) struct StaleData;

impl Gate for StaleData {
    const INFO: GateInfo = GateInfo {
        id: GateId::StaleData,
        reason: Reason::StaleData,
        levels: &[Level::Firm, Level::Instrument],
        exits: Exits::Exempt,
        sizing: false,
        measures: "age of the quote and of the mark; a time further ahead than `future_ms_max` fails too",
        unit: "ms",
        rule: RULE,
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, level: Level) -> Measured {
        let instrument = facts.instrument;
        let quoted = instrument.quote.as_ref().map(|quote| quote.at);
        let marked = instrument.mark.map(|_| instrument.mark_at);
        let Some(newest) = quoted.max(marked) else { return Measured::Open };
        // The mark is as old as the last good quote; the quote itself may be newer and bad. Where marks are the source
        // only the mark counts.
        let oldest = match instrument.traded.mark_source {
            MarkSource::Quote => quoted.into_iter().chain(marked).min().unwrap_or(newest),
            MarkSource::Input => marked.unwrap_or(newest),
        };
        let ahead = newest.since(facts.now);
        let future = facts.state.settings.future;
        if ahead > future {
            return Measured::at_most(i128::from(ahead), i128::from(future));
        }
        match facts.limits(level).mark_age {
            None => Measured::Open,
            Some(limit) => Measured::at_most(i128::from(facts.now.since(oldest)), i128::from(limit)),
        }
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
        // A plain order has a mark.
        let marked = facts.instrument.mark_at;
        let quoted = match &facts.instrument.quote {
            Some(quote) => quote.at,
            None => marked,
        };
        let oldest = match facts.instrument.traded.mark_source {
            MarkSource::Quote => quoted.min(marked),
            MarkSource::Input => marked,
        };
        quoted.max(marked).since(facts.now) <= facts.state.settings.future
            && facts.now.since(oldest) <= plain.strictest.mark_age
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Time
    }
}

pub(crate) struct DataCompleteness;

impl Gate for DataCompleteness {
    const INFO: GateInfo = GateInfo {
        id: GateId::DataCompleteness,
        reason: Reason::IncompleteData,
        levels: &[Level::Firm, Level::Instrument],
        exits: Exits::Exempt,
        sizing: false,
        measures: "share of the required quote fields that is present",
        unit: "percent",
        rule: RULE,
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, level: Level) -> Measured {
        let (Some(least), Some(quote)) = (facts.limits(level).completeness_ppm, &facts.instrument.quote)
        else {
            return Measured::Open;
        };
        let required = facts.instrument.traded.required;
        let present = (quote.present & required).count_ones().saturating_mul(1_000_000);
        // Rounded down, and so exact against a whole number of parts per million.
        let share = present.checked_div(required.count_ones()).unwrap_or(1_000_000);
        Measured::at_least(i128::from(share), i128::from(least))
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, _: &Plain<'_>) -> bool {
        let required = facts.instrument.traded.required;
        facts.instrument.quote.as_ref().is_none_or(|quote| quote.present & required == required)
    }

    fn unit(_: &Facts<'_>, _: Level) -> Unit {
        Unit::Percent { scale: 4 }
    }
}

pub(crate) struct CrossedBook;

impl Gate for CrossedBook {
    const INFO: GateInfo = GateInfo {
        id: GateId::CrossedBook,
        reason: Reason::CrossedBook,
        levels: &[Level::Instrument],
        exits: Exits::Exempt,
        sizing: false,
        measures: "how far the bid is at or above the ask",
        unit: "price",
        rule: RULE,
    };

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, _: Level) -> Measured {
        // What came last is not believed, and what was believed last may be wrong by now.
        if facts.instrument.suspect.is_some() {
            return Measured::Lacks(Reason::ReferenceSuspect);
        }
        match facts.instrument.quote.as_ref().and_then(|quote| quote.bid.zip(quote.ask)) {
            // A quote with one side only never made a mark: there is nothing to judge the order by.
            None if facts.mark.is_none() => Measured::Lacks(Reason::DataGap),
            None => Measured::Open,
            Some((bid, ask)) => Measured::below(i128::from(bid.0).saturating_sub(i128::from(ask.0)), 0),
        }
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, _: &Plain<'_>) -> bool {
        // A plain order has a mark, and so a quote of two sides or none that counts.
        if facts.instrument.suspect.is_some() {
            return false;
        }
        match &facts.instrument.quote {
            Some(QuoteState { bid: Some(bid), ask: Some(ask), .. }) => bid < ask,
            Some(_) | None => true,
        }
    }

    fn unit(facts: &Facts<'_>, _: Level) -> Unit {
        facts.price_unit(0)
    }
}

pub(crate) struct Spread;

impl Gate for Spread {
    const INFO: GateInfo = GateInfo {
        id: GateId::Spread,
        reason: Reason::SpreadTooWide,
        levels: &[Level::Firm, Level::Instrument],
        exits: Exits::Exempt,
        sizing: false,
        measures: "ask less bid, as a share of the mid",
        unit: "bps",
        rule: RULE,
    };

    const ONLY_BY_LIMIT: bool = true;

    #[inline(always)]
    fn measure(facts: &Facts<'_>, _: &Trial, level: Level) -> Measured {
        let Some(limit) = facts.limits(level).spread_bps else { return Measured::Open };
        match facts.instrument.quote.as_ref().and_then(|quote| quote.bid.zip(quote.ask)) {
            None => Measured::Open,
            Some((bid, ask)) => {
                // spread / mid <= bps / 10,000, times 20,000 x mid: exact for a mid between two units.
                let spread = i128::from(ask.0).saturating_sub(i128::from(bid.0)).saturating_mul(20_000);
                Measured::at_most(spread, i128::from(mid_twice(bid, ask)).saturating_mul(i128::from(limit)))
            }
        }
    }

    #[inline(always)]
    fn passes_plainly(facts: &Facts<'_>, plain: &Plain<'_>) -> bool {
        match &facts.instrument.quote {
            Some(QuoteState { bid: Some(bid), ask: Some(ask), .. }) => {
                let (spread, mid_twice) = (ask.0.wrapping_sub(bid.0), ask.0.wrapping_add(bid.0));
                // Prices up to 2^62 above zero, the spread no wider: sums fit 64 bits, products 128.
                let ordinary = (bid.0 | ask.0) >> 62 == 0 && spread >= 0;
                let most = i128::from(mid_twice).wrapping_mul(i128::from(plain.strictest.spread_bps));
                ordinary && i128::from(spread).wrapping_mul(20_000) <= most
            }
            Some(_) | None => true,
        }
    }

    fn unit(facts: &Facts<'_>, _: Level) -> Unit {
        let sides = facts.instrument.quote.as_ref().and_then(|quote| quote.bid.zip(quote.ask));
        Unit::BasisPoints { one: sides.map_or(0, |(bid, ask)| mid_twice(bid, ask)) }
    }
}

/// Twice the distance of the mid from zero.
#[inline(always)]
fn mid_twice(bid: Price, ask: Price) -> u64 {
    let sum = i128::from(bid.0).saturating_add(i128::from(ask.0));
    u64::try_from(sum.saturating_abs()).unwrap_or(u64::MAX)
}
