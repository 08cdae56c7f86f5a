//! Prices: collars, spreads and the age of what is known.

use rust_decimal::Decimal;

use super::tables::Table;
use super::{Look, Weakness};
use crate::instrument::Instrument;

/// A collar above this stops no mistyped price: venues' own bands are 5 to 20 %.
const COLLAR_BPS: u32 = 2_000;
/// At this distance below the mark there are no prices left.
const WHOLE_BPS: u32 = 10_000;
/// A spread above this is no market.
const SPREAD_BPS: u32 = 5_000;
/// No two positive prices have this spread.
const SPREAD_BPS_NEVER: u32 = 20_000;
/// A mark that is older says nothing about now.
const MARK_AGE_MS: u64 = 3_600_000;
/// An order that is older was not meant for now.
const ORDER_AGE_MS: u64 = 86_400_000;

impl<'a> Look<'a> {
    pub(super) fn data(&mut self) {
        for table in self.tables() {
            self.collar(&table);
            self.spread(&table);
            self.ages(&table);
        }
        let general = self.general();
        for instrument in &self.config.instruments {
            let own = general.iter().find(|t| t.instrument.is_some_and(|i| i.symbol == instrument.symbol));
            self.around(instrument, own);
        }
    }

    fn collar(&mut self, table: &Table<'a>) {
        let limits = table.limits;
        if let Some(bps) = limits.collar_bps.filter(|bps| *bps > COLLAR_BPS) {
            let sells = if bps >= WHOLE_BPS { ", and no sell is ever refused" } else { "" };
            let text = format!(
                "{bps} bps lets through prices {} % beyond the market{sells}; {COLLAR_BPS} bps and less stop mistyped \
                 prices",
                percent(bps)
            );
            self.add(Weakness::WideCollar, table.at(), "collar_bps", text);
        }
        if let Some(bps) = limits.collar_passive_bps.filter(|bps| *bps >= WHOLE_BPS) {
            let text = format!(
                "{bps} bps is more than the whole price, and no buy is ever refused; lower it or leave it out"
            );
            self.add(Weakness::WideCollar, table.at(), "collar_passive_bps", text);
        }
        if let (Some(passive), Some(aggressive)) = (limits.collar_passive_bps, limits.collar_bps)
            && passive < aggressive
        {
            let text = format!(
                "{passive} bps on the passive side is tighter than collar_bps of {aggressive}: harmless deep quotes are \
                 refused where dangerous ones pass; widen it"
            );
            self.add(Weakness::CollarsCrossed, table.at(), "collar_passive_bps", text);
        }
    }

    fn spread(&mut self, table: &Table<'a>) {
        if let Some(bps) = table.limits.spread_bps_max.filter(|bps| *bps >= SPREAD_BPS) {
            let what = if bps >= SPREAD_BPS_NEVER {
                "no market is that wide, and it never refuses"
            } else {
                "that is no market"
            };
            let text = format!("{bps} bps of the mid: {what}; set what you would still trade in");
            self.add(Weakness::WideSpread, table.at(), "spread_bps_max", text);
        }
    }

    fn ages(&mut self, table: &Table<'a>) {
        let limits = table.limits;
        for (field, value, longest) in [
            ("mark_age_ms_max", limits.mark_age_ms_max, MARK_AGE_MS),
            ("order_age_ms_max", limits.order_age_ms_max, ORDER_AGE_MS),
        ] {
            if let Some(ms) = value.filter(|ms| *ms > longest) {
                let text = format!("{ms} ms is above {longest} ms and keeps nothing old out; lower it");
                self.add(Weakness::OldData, table.at(), field, text);
            }
        }
        if let Some(limit) = limits.mark_age_ms_max
            && self.config.settings.future_ms_max > limit
        {
            let text = format!(
                "{limit} ms is below the setting future_ms_max of {} ms: a quote stamped ahead stays fresh longer than \
                 one stamped rightly; lower that setting",
                self.config.settings.future_ms_max
            );
            self.add(Weakness::LooseClock, table.at(), "mark_age_ms_max", text);
        }
    }

    /// What holds for one instrument: the firm's limits and its own, the stricter of both.
    fn around(&mut self, instrument: &'a Instrument, own: Option<&Table<'a>>) {
        let firm = self.firm();
        let both: Vec<_> = [Some(&firm), own].into_iter().flatten().collect();
        let tightest =
            both.iter().filter_map(|table| Some((table.limits.collar_bps?, *table))).min_by_key(|t| t.0);
        let aged = both.iter().any(|table| table.limits.mark_age_ms_max.is_some());
        if let Some((bps, table)) = tightest {
            // Said once where the collar stands: the firm's is about every instrument.
            let first =
                self.config.instruments.first().is_some_and(|first| first.symbol == instrument.symbol);
            if !aged && (table.level != firm.level || first) {
                let text = format!(
                    "{bps} bps around a mark of any age, for {} has no mark_age_ms_max; set one",
                    instrument.symbol
                );
                self.add(Weakness::CollarOnOldMark, table.at(), "collar_bps", text);
            }
            if instrument.slippage_bps >= bps && instrument.slippage_bps > 0 {
                let text = format!(
                    "market orders in {} are assumed to slip {} bps and the collar is {bps}: every one that opens is \
                     refused; widen the collar or lower slippage_bps",
                    instrument.symbol, instrument.slippage_bps
                );
                self.add(Weakness::MarketOrdersRefused, table.at(), "collar_bps", text);
            }
        }
        let widest =
            both.iter().filter_map(|table| Some((table.limits.spread_bps_max?, *table))).min_by_key(|t| t.0);
        if let (Some((spread, table)), Some((collar, _))) = (widest, tightest)
            && spread > collar.saturating_mul(2)
            && spread < SPREAD_BPS
        {
            let text = format!(
                "{spread} bps: at such a spread the touch of {} is beyond the collar of {collar} bps; set it to at most \
                 twice the collar",
                instrument.symbol
            );
            self.add(Weakness::SpreadBeyondCollar, table.at(), "spread_bps_max", text);
        }
        let complete = both.iter().find(|table| table.limits.data_completeness_percent_min.is_some());
        if let Some(table) = complete.filter(|_| instrument.required_data.is_empty()) {
            let text = format!(
                "nothing is required_data of {}, so that quotes are always complete; name its fields",
                instrument.symbol
            );
            self.add(Weakness::NoEffect, table.at(), "data_completeness_percent_min", text);
        }
    }
}

fn percent(bps: u32) -> Decimal {
    Decimal::new(bps.into(), 2).normalize()
}
