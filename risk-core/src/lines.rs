//! Lines: what the sums of a firm, an account or a strategy may come to, so that every gate of them passes.
//!
//! Losses, falls and shares of equity depend on no order, and what they are measured from changes seldom. So how far
//! exposures may go is worked out for a band of equity, and an order only adds and compares ([`crate::plain`]). When
//! equity leaves the band, and with every change of a limit, a day, a flow or of what is known, lines are drawn anew.
//! Where the day has lost too much there is no room at all. A line may be too strict, and then the gates measure; it is
//! never too loose, which a property of the tests holds it to.

use crate::compiled::Compiled;
use crate::limits::DrawdownFrom;
use crate::num::{Money, PPM};
use crate::state::{State, at, at_mut};
use crate::track::Track;

/// The lines of one firm, account or strategy. Nothing is below new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Lines {
    /// Of gross exposure: what its limit and the leverage allow.
    pub(crate) gross: Money,
    /// Of net exposure.
    pub(crate) net: Money,
    /// Of the exposure of one group.
    pub(crate) group: Money,
    /// Of the exposure of one instrument.
    pub(crate) exposure: Money,
    /// Of the number of positions.
    pub(crate) count: u32,
    /// They hold while equity is above the first and not above the second.
    band: (Money, Money),
    /// What equity falls from is its peak.
    trailing: bool,
}

const HIGHEST: Money = Money(i128::MAX);
const LOWEST: Money = Money(i128::MIN);

impl Default for Lines {
    fn default() -> Self {
        Self { trailing: true, ..Self::CLOSED }
    }
}

/// What lines are drawn from.
struct Standing<'a> {
    limits: &'a Compiled,
    track: &'a Track,
    /// Equity (of a strategy: its profit), and whether the base of it is known.
    equity: Money,
    known: bool,
    /// What a loss of the day is a share of, and a fall; nothing where they are not known.
    start: Option<Money>,
    base: Option<Money>,
}

impl Lines {
    const CLOSED: Self = Self {
        gross: LOWEST,
        net: LOWEST,
        group: LOWEST,
        exposure: LOWEST,
        count: 0,
        band: (LOWEST, HIGHEST),
        trailing: false,
    };

    /// Whether they say something about this equity.
    #[inline(always)]
    pub(crate) fn hold_at(&self, equity: Money) -> bool {
        let (low, high) = self.band;
        low < equity && equity <= high
    }

    /// Equity has a new peak, so much higher. What it must stay above rises with it: by as much, where it could be a
    /// little less.
    #[inline(always)]
    pub(crate) fn rise(&mut self, by: Money) {
        if self.trailing {
            let (low, _) = &mut self.band;
            low.0 = low.0.saturating_add(by.0);
        }
    }

    fn drawn(standing: &Standing<'_>) -> Self {
        let Standing { limits, equity, .. } = *standing;
        let trailing = limits.drawdown_from == DrawdownFrom::Peak;
        let lost = standing.lost_at();
        if equity <= lost {
            return Self { band: (LOWEST, lost), trailing, ..Self::CLOSED };
        }
        let shares = [limits.leverage_ppm, limits.group_ppm, limits.concentration_ppm];
        let (base, band) = if shares.iter().all(Option::is_none) {
            (Money::ZERO, (lost, HIGHEST))
        } else {
            // Shares of a little less than there is: so they hold while equity moves a little.
            let margin = equity.0.max(0) >> 7;
            let base = Money(equity.0.saturating_sub(margin));
            let low = Money(base.0.saturating_sub(1)).max(lost);
            (base, (low, Money(equity.0.saturating_add(margin).max(0))))
        };
        let base = standing.known.then_some(base);
        let [leverage, group, concentration] =
            shares.map(|share| share.map_or(HIGHEST, |ppm| share_of(base, ppm).unwrap_or(LOWEST)));
        let or_none = |limit: Option<Money>| limit.unwrap_or(HIGHEST);
        Self {
            gross: or_none(limits.gross_exposure).min(leverage),
            net: or_none(limits.net_exposure),
            group,
            exposure: or_none(limits.position_notional).min(concentration),
            count: limits.position_count.unwrap_or(u32::MAX),
            band,
            trailing,
        }
    }
}

impl Standing<'_> {
    /// The equity at which the day has lost too much, or equity has fallen too far.
    fn lost_at(&self) -> Money {
        let Self { limits, track, .. } = self;
        let share = |whole: Option<Money>, ppm: Option<u64>| {
            ppm.map(|ppm| share_of(whole, ppm).unwrap_or(Money::ZERO))
        };
        let day = Money(track.day_start.0.saturating_add(track.flows.0));
        let loss = below(day, limits.daily_loss).max(below(day, share(self.start, limits.daily_loss_ppm)));
        loss.max(below(track.high(limits.drawdown_from), share(self.base, limits.drawdown_ppm)))
    }
}

/// The line so far below a height; a loss of nothing is too much where the limit is zero.
fn below(height: Money, limit: Option<Money>) -> Money {
    match limit {
        None => LOWEST,
        Some(limit) if limit > Money::ZERO => Money(height.0.saturating_sub(limit.0)),
        Some(_) => HIGHEST,
    }
}

/// A share of what is known and above zero, rounded down.
fn share_of(whole: Option<Money>, ppm: u64) -> Option<Money> {
    let whole = whole.filter(|whole| *whole > Money::ZERO)?;
    whole.0.checked_mul(i128::from(ppm))?.checked_div(PPM).map(Money)
}

impl State {
    /// Draws every line anew.
    pub(crate) fn draw_lines(&mut self) {
        for account in 0..crate::state::size_of(&self.accounts) {
            self.draw_account_lines(account);
        }
        for strategy in 0..crate::state::size_of(&self.strategies) {
            self.draw_strategy_lines(strategy);
        }
        self.draw_firm_lines();
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn draw_account_lines(&mut self, place: u32) {
        let Some(account) = at_mut(&mut self.accounts, place) else { return };
        let (limits, track, known) = (&account.limits, &account.track, account.known);
        account.track.lines = Lines::drawn(&Standing {
            limits,
            track,
            equity: account.equity(),
            known,
            start: known.then_some(track.day_start),
            base: known.then_some(track.high(limits.drawdown_from)),
        });
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn draw_strategy_lines(&mut self, place: u32) {
        let Some(strategy) = at_mut(&mut self.strategies, place) else { return };
        let (limits, track) = (&strategy.limits, &strategy.track);
        let from = limits.drawdown_from;
        let account = at(&self.accounts, strategy.account).filter(|account| account.known);
        let (start, base) = match strategy.capital {
            Some(capital) => (Some(capital), capital.plus(track.high(from))),
            None => (
                account.map(|account| account.track.day_start),
                account.map(|account| account.track.high(from)),
            ),
        };
        // No share of its equity is a limit of a strategy: see `limits::Compiled`.
        let standing = Standing { limits, track, equity: strategy.profit(), known: false, start, base };
        strategy.track.lines = Lines::drawn(&standing);
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn draw_firm_lines(&mut self) {
        let firm = &mut self.firm;
        let (limits, track, known) = (&firm.limits, &firm.track, firm.unknown_equity == 0);
        let lines = Lines::drawn(&Standing {
            limits,
            track,
            equity: firm.equity,
            known,
            start: Some(track.day_start),
            base: Some(track.high(limits.drawdown_from)),
        });
        let loses =
            limits.daily_loss.is_some() || limits.daily_loss_ppm.is_some() || limits.drawdown_ppm.is_some();
        // What an account loses whose equity is not known is in no sum of the firm's.
        firm.track.lines = if loses && !known { Lines::CLOSED } else { lines };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::Compare;
    use crate::gates::Measured;
    use proptest::prelude::*;

    fn amount() -> impl Strategy<Value = Money> {
        (-40_000_i128..40_000).prop_map(Money)
    }

    fn limit() -> impl Strategy<Value = Option<Money>> {
        proptest::option::of((0_i128..30_000).prop_map(Money))
    }

    fn share(most: u64) -> impl Strategy<Value = Option<u64>> {
        proptest::option::of(0..most)
    }

    fn limits() -> impl Strategy<Value = Compiled> {
        let from = prop_oneof![
            Just(DrawdownFrom::Peak),
            Just(DrawdownFrom::PeakAtEndOfDay),
            Just(DrawdownFrom::Start)
        ];
        let losses = (limit(), share(600_000), share(600_000), from);
        let sums = (limit(), limit(), limit(), proptest::option::of(0..9_u32));
        let shares = (share(3_000_000), share(2_000_000), share(2_000_000));
        (losses, sums, shares).prop_map(|(losses, sums, shares)| {
            let (daily_loss, daily_loss_ppm, drawdown_ppm, drawdown_from) = losses;
            let (gross_exposure, net_exposure, position_notional, position_count) = sums;
            let (leverage_ppm, group_ppm, concentration_ppm) = shares;
            Compiled {
                daily_loss,
                daily_loss_ppm,
                drawdown_ppm,
                drawdown_from,
                gross_exposure,
                net_exposure,
                position_notional,
                position_count,
                leverage_ppm,
                group_ppm,
                concentration_ppm,
                ..Compiled::default()
            }
        })
    }

    /// Whether a share of what is known and above zero passes, as its gate measures it.
    fn share_passes(part: Money, whole: Option<Money>, ppm: Option<u64>, compare: Compare) -> bool {
        let Some(ppm) = ppm else { return true };
        let whole = whole.filter(|whole| *whole > Money::ZERO);
        whole.is_some_and(|whole| Measured::ratio(part, whole, ppm, compare).passes())
    }

    fn within(amount: Money, limit: Option<Money>) -> bool {
        limit.is_none_or(|limit| amount <= limit)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_024))]

        /// Wherever equity goes within the band, what is below a line passes each gate that the line stands for, and
        /// every loss and fall passes too.
        #[test]
        fn what_is_below_its_line_passes_its_gates(
            limits in limits(),
            [day_start, flows, high, start] in [amount(), amount(), amount(), amount()],
            equity in amount(),
            moves in -600_i128..600,
            sum in 0_i128..60_000,
            count in 0..12_u32,
            known in any::<bool>(),
        ) {
            let mut track = Track {
                day_start,
                flows,
                peak: high.max(equity),
                peak_at_end_of_day: high,
                start,
                ..Track::default()
            };
            let from = limits.drawdown_from;
            let drawn_at = Standing {
                limits: &limits,
                track: &track,
                equity,
                known,
                start: known.then_some(day_start),
                base: known.then_some(track.high(from)),
            };
            track.lines = Lines::drawn(&drawn_at);
            prop_assert!(track.lines.hold_at(equity), "new lines hold");

            let equity = Money(equity.0 + moves);
            track.crest(equity);
            let lines = track.lines;
            prop_assume!(lines.hold_at(equity));
            let sum = Money(sum);
            let whole = known.then_some(equity);
            let below = [lines.gross, lines.net, lines.group, lines.exposure].map(|line| sum <= line);
            let [gross, net, group, exposure] = below;
            if gross {
                prop_assert!(within(sum, limits.gross_exposure));
                prop_assert!(share_passes(sum, whole, limits.leverage_ppm, Compare::AtMost));
            }
            if net {
                prop_assert!(within(sum, limits.net_exposure));
            }
            if group {
                prop_assert!(share_passes(sum, whole, limits.group_ppm, Compare::AtMost));
            }
            if exposure {
                prop_assert!(within(sum, limits.position_notional));
                prop_assert!(share_passes(sum, whole, limits.concentration_ppm, Compare::AtMost));
            }
            if count <= lines.count {
                prop_assert!(limits.position_count.is_none_or(|most| count <= most));
            }
            // An order that is below its lines is below all of them.
            if gross && net && group && exposure {
                let loss = Money((day_start.0 + flows.0 - equity.0).max(0));
                prop_assert!(limits.daily_loss.is_none_or(|limit| loss < limit));
                let of_start = known.then_some(day_start);
                prop_assert!(share_passes(loss, of_start, limits.daily_loss_ppm, Compare::Below));
                let high = track.high(from);
                let fall = Money((high.0 - equity.0).max(0));
                prop_assert!(share_passes(fall, known.then_some(high), limits.drawdown_ppm, Compare::Below));
            }
        }
    }
}
