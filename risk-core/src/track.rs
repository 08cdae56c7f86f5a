//! How equity went: where the day began, the peaks, and what was paid in and out.

use crate::limits::DrawdownFrom;
use crate::lines::Lines;
use crate::num::{self, Money, Round};

/// Equity (or, for a strategy, profit) over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Track {
    pub(crate) day_start: Money,
    /// Deposits less withdrawals since the day began.
    pub(crate) flows: Money,
    pub(crate) peak: Money,
    pub(crate) peak_at_end_of_day: Money,
    pub(crate) start: Money,
    pub(crate) lines: Lines,
}

impl Track {
    /// What a fall of equity is measured from.
    #[inline(always)]
    pub(crate) fn high(&self, from: DrawdownFrom) -> Money {
        match from {
            DrawdownFrom::Peak => self.peak,
            DrawdownFrom::PeakAtEndOfDay => self.peak_at_end_of_day,
            DrawdownFrom::Start => self.start,
        }
    }

    /// Equity of now: the peak follows.
    #[inline(always)]
    pub(crate) fn crest(&mut self, equity: Money) {
        if equity > self.peak {
            self.lines.rise(Money(equity.0.wrapping_sub(self.peak.0)));
            self.peak = equity;
        }
    }

    /// The base was not known before: everything moves with it.
    pub(crate) fn shift(&mut self, by: Money) {
        for value in [&mut self.day_start, &mut self.peak, &mut self.peak_at_end_of_day, &mut self.start] {
            value.0 = value.0.saturating_add(by.0);
        }
    }

    /// A deposit or a withdrawal: what falls are measured from goes with it, peaks in proportion.
    pub(crate) fn flow(&mut self, amount: Money, before: Money) {
        self.flows.0 = self.flows.0.saturating_add(amount.0);
        self.start.0 = self.start.0.saturating_add(amount.0);
        let after = before.0.saturating_add(amount.0);
        for peak in [&mut self.peak, &mut self.peak_at_end_of_day] {
            let scaled = if before.0 > 0 && after > 0 && peak.0 > 0 {
                let product = peak.0.unsigned_abs().checked_mul(after.unsigned_abs());
                product
                    .and_then(|product| num::divide(product, before.0.unsigned_abs(), Round::Up))
                    .and_then(|scaled| i128::try_from(scaled).ok())
            } else {
                None
            };
            peak.0 = scaled.unwrap_or_else(|| peak.0.saturating_add(amount.0).max(after));
        }
    }

    /// A new day begins at this equity.
    pub(crate) fn roll(&mut self, equity: Money) {
        self.day_start = equity;
        self.flows = Money::ZERO;
        self.peak_at_end_of_day = self.peak_at_end_of_day.max(equity);
    }
}
