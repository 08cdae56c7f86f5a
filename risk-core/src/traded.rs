//! What was approved today, in money. It counts from the approval on, whatever becomes of the order; only a permit that
//! nobody redeemed gives it back.
//!
//! Nothing is counted while no limit needs it: a limit that is set during the day counts from then on.

use crate::judge::Pass;
use crate::num::Money;
use crate::reservation::Hold;
use crate::state::{State, at, at_mut};

/// An amount, and how many parts of it nobody could value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Turnover {
    pub(crate) value: Money,
    pub(crate) unvalued: u32,
}

/// The same in the account's currency and in the firm's.
pub(crate) type Worths = [Turnover; 2];

impl Turnover {
    /// An order's worth, which may not be known.
    pub(crate) fn of(value: Option<Money>) -> Self {
        match value {
            Some(value) => Self { value, unvalued: 0 },
            None => Self { value: Money::ZERO, unvalued: 1 },
        }
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self {
            // Bounded amounts: a day's sum stays far inside 128 bits.
            value: Money(self.value.0.saturating_add(other.value.0)),
            unvalued: self.unvalued.saturating_add(other.unvalued),
        }
    }

    /// What is beyond another; nothing where there is none.
    pub(crate) fn excess_over(self, other: Self) -> Self {
        Self {
            value: Money(self.value.0.saturating_sub(other.value.0).max(0)),
            unvalued: self.unvalued.saturating_sub(other.unvalued),
        }
    }

    fn max(self, other: Self) -> Self {
        Self { value: self.value.max(other.value), unvalued: self.unvalued.max(other.unvalued) }
    }

    fn min(self, other: Self) -> Self {
        Self { value: self.value.min(other.value), unvalued: self.unvalued.min(other.unvalued) }
    }
}

fn each(a: Worths, b: Worths, with: impl Fn(Turnover, Turnover) -> Turnover) -> Worths {
    let ([account, firm], [other_account, other_firm]) = (a, b);
    [with(account, other_account), with(firm, other_firm)]
}

/// What one order counts for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Counted {
    generation: u32,
    /// The order itself, and changes of it that were sent.
    sent: Worths,
    /// What of it was counted on a day, and on which.
    day: u64,
    /// With the changes whose permits are out, and what of that was counted on the day; nothing where both are the order
    /// itself.
    changed: Option<[Worths; 2]>,
}

impl Counted {
    fn all_and_today(&self) -> [Worths; 2] {
        self.changed.unwrap_or([self.sent; 2])
    }
}

/// What the live orders count for, and how many days there were.
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Orders {
    day: u64,
    of: Vec<Counted>,
}

crate::refresh::refreshable!(Orders { day, of });

impl Orders {
    pub(crate) fn with_capacity(capacity: u32) -> Self {
        Self { day: 0, of: vec![Counted::default(); usize::try_from(capacity).unwrap_or(usize::MAX)] }
    }

    /// What stands at a slot, whoever's it is: so that what was only tried leaves no trace.
    pub(crate) fn at(&self, slot: u32) -> Counted {
        at(&self.of, slot).copied().unwrap_or_default()
    }

    pub(crate) fn restore(&mut self, slot: u32, counted: Counted) {
        if let Some(place) = at_mut(&mut self.of, slot) {
            *place = counted;
        }
    }
}

impl State {
    /// Counts an order that was approved.
    #[cold]
    #[inline(never)]
    pub(crate) fn count_traded(&mut self, slot: u32, pass: &Pass, worth: Worths) {
        let generation = self.reservation.hold(slot).map_or(0, |hold| hold.generation);
        let day = self.traded.day;
        if let Some(counted) = at_mut(&mut self.traded.of, slot) {
            (counted.generation, counted.sent, counted.day, counted.changed) = (generation, worth, day, None);
        }
        let [more, more_firm] = worth;
        self.shift_traded(
            pass.ids.account,
            pass.ids.strategy,
            |sum| sum.plus(more),
            |sum| sum.plus(more_firm),
        );
    }

    /// What an order counts for; nothing where it was not counted.
    pub(crate) fn counted(&self, slot: u32) -> Worths {
        let generation = self.reservation.hold(slot).map_or(0, |hold| hold.generation);
        let counted = at(&self.traded.of, slot).filter(|counted| counted.generation == generation);
        counted.map_or(Worths::default(), |counted| {
            let [all, _] = counted.all_and_today();
            all
        })
    }

    /// A change of an order was sent: what it counts for stays, whatever becomes of it.
    pub(crate) fn keep_traded(&mut self, slot: u32, worth: Worths) {
        if let Some(counted) = self.counted_mut(slot) {
            counted.changed = Some(counted.all_and_today());
            counted.sent = each(counted.sent, worth, Turnover::max);
        }
    }

    /// A permit that nobody redeemed is no more: its order was not traded.
    pub(crate) fn give_back_traded(&mut self, slot: u32) {
        if let Some(counted) = self.counted_mut(slot) {
            counted.changed = Some(counted.all_and_today());
            counted.sent = Worths::default();
            self.recount_traded(slot);
        }
    }

    fn counted_mut(&mut self, slot: u32) -> Option<&mut Counted> {
        let generation = self.reservation.hold(slot)?.generation;
        at_mut(&mut self.traded.of, slot).filter(|counted| counted.generation == generation)
    }

    /// What an order counts for has changed: what is new is counted today, and what nobody can send any more is given
    /// back, as far as it was counted today.
    pub(crate) fn recount_traded(&mut self, slot: u32) {
        let Some(&Hold { account, strategy, generation, versions, .. }) = self.reservation.hold(slot) else {
            return;
        };
        let under_way = self.versions.of(versions).filter(|(_, version)| version.is_under_way());
        let changes =
            under_way.fold(Worths::default(), |all, (_, version)| each(all, version.worth, Turnover::max));
        let day = self.traded.day;
        let Some(counted) = at_mut(&mut self.traded.of, slot) else { return };
        if counted.generation != generation {
            if changes == Worths::default() {
                return;
            }
            // It was approved while nothing was counted.
            *counted = Counted { generation, ..Counted::default() };
        }
        let [before, mut today] = counted.all_and_today();
        if counted.day != day {
            (counted.day, today) = (day, Worths::default());
        }
        let all = each(counted.sent, changes, Turnover::max);
        let more = each(all, before, Turnover::excess_over);
        let less = each(each(before, all, Turnover::excess_over), today, Turnover::min);
        today = each(each(today, more, Turnover::plus), less, Turnover::excess_over);
        counted.changed = Some([all, today]);
        let ([more, more_firm], [less, less_firm]) = (more, less);
        self.shift_traded(
            account,
            strategy,
            |sum| sum.plus(more).excess_over(less),
            |sum| sum.plus(more_firm).excess_over(less_firm),
        );
    }

    /// Shifts what was traded today by an account and its strategy, and by the firm.
    #[inline(always)]
    fn shift_traded(
        &mut self,
        account: u32,
        strategy: u32,
        shift: impl Fn(Turnover) -> Turnover,
        shift_firm: impl Fn(Turnover) -> Turnover,
    ) {
        self.firm.traded = shift_firm(self.firm.traded);
        if let Some(account) = at_mut(&mut self.accounts, account) {
            account.traded = shift(account.traded);
        }
        if let Some(strategy) = at_mut(&mut self.strategies, strategy) {
            strategy.traded = shift(strategy.traded);
        }
    }

    /// A new day: nothing was traded in it.
    pub(crate) fn roll_traded(&mut self) {
        self.traded.day = self.traded.day.saturating_add(1);
        self.firm.traded = Turnover::default();
        for account in &mut self.accounts {
            account.traded = Turnover::default();
        }
        for strategy in &mut self.strategies {
            strategy.traded = Turnover::default();
        }
    }
}
