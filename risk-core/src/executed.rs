//! How executions take effect: once each, whatever else is wrong with them.

use crate::book::Owner;
use crate::clock::{Clock, Timestamp};
use crate::engine::Engine;
use crate::halt::{Cause, Scope, TradingState};
use crate::handle::AccountHandle;
use crate::input::{Anomaly, Fill, Ingested, Input, OrderRef};
use crate::num::{Money, Quantity};
use crate::order::Side;
use crate::recent::{Amounts, Executed, Past, Total};
use crate::record::Journal;
use crate::report::Cumulative;
use crate::reports::{ReadBust, ReadFill, Target};
use crate::state::State;
use crate::table::Key;
use crate::text::Note;

impl<C: Clock, J: Journal> Engine<C, J> {
    pub(crate) fn foresee_fill(&self, fill: &ReadFill, effect: &mut Ingested) {
        effect.rounded = fill.rounded;
        effect.repeated = fill.repeated;
        if fill.repeated {
            return;
        }
        let of = &fill.of;
        let open = of.slot.and_then(|slot| self.state.reservation.hold(slot)).map(|hold| hold.open);
        effect.anomaly = match (of.target, open) {
            (None, _) => Some(Anomaly::NotApplied),
            (Some(_), Some(open)) if fill.new.quantity > open => Some(Anomaly::OverFill),
            (Some(_), _) if fill.inconsistent => Some(Anomaly::Inconsistent),
            (Some(_), Some(_)) => None,
            // What a cumulative report said of it before was true; or the venue wanted it.
            (Some(_), None) if fill.new.quantity.0 == 0 || of.venue => None,
            (Some(_), None) if of.late => Some(Anomaly::LateFill),
            (Some(_), None) => Some(Anomaly::UnknownOrder),
        };
    }

    pub(crate) fn apply_fill(&mut self, input: &Input, fill: &ReadFill, effect: &mut Ingested) {
        if effect.repeated {
            return;
        }
        let of = &fill.of;
        let Some(target) = of.target else {
            // Nobody knows whose position it is: the narrowest scope that contains it stops.
            let order = match input {
                Input::Fill(Fill { order, .. }) | Input::Cumulative(Cumulative { order, .. }) => Some(order),
                _ => None,
            };
            let scope = match order {
                Some(OrderRef::Client { account, .. }) if account.index_in(self.tag).is_some() => {
                    Scope::Account(*account)
                }
                Some(OrderRef::Client { .. } | OrderRef::Handle(_)) | None => Scope::Firm,
            };
            return self.cannot_apply(scope, effect);
        };
        if let Some((key, amounts)) = fill.execution {
            let generation = of.slot.map(|slot| self.state.handle(self.tag, slot).generation);
            let order = match of.slot.and_then(|slot| self.state.reservation.hold(slot)) {
                Some(hold) => Some(hold.id),
                None => of.order,
            };
            let slot = of.slot.zip(generation);
            self.state.remember_execution(key, Executed { target, amounts, slot, order });
        }
        if let Some(version) = of.version {
            self.state.confirm_version(version);
        }
        // The change may have ended the order: what was executed beyond it then has no hold.
        let live = of.slot.filter(|slot| self.state.reservation.is_live(*slot));
        match (live, of.parent) {
            (Some(slot), _) => {
                self.state.use_hold(slot, fill.new.quantity);
                self.state.reservation.set_total(slot, fill.total);
            }
            (None, parent) => {
                if let Some(order) = of.order {
                    self.state.remember_past(order, Past { target, total: fill.total });
                }
                if let Some(parent) = parent {
                    let (now, quantity) = (self.state.now, fill.new.quantity);
                    self.state.parents.charge(parent, target.instrument, target.side, quantity, now);
                }
            }
        }
        if fill.new.quantity.0 > 0 && !of.venue {
            self.state.tally_fill(target.account, target.strategy);
        }
        let applied = self.state.book_executions(&target, live, [(target.side, &fill.new)]);
        let account = AccountHandle::new(self.tag, target.account);
        if applied.is_none() {
            self.cannot_apply(Scope::Account(account), effect);
        } else if effect.anomaly == Some(Anomaly::OverFill) {
            self.over_filled(account, effect);
        }
        self.finish_if_filled(of.slot);
    }

    pub(crate) fn foresee_bust(&self, bust: &ReadBust, effect: &mut Ingested) {
        effect.rounded = bust.rounded;
        let Some(was) = bust.was else {
            effect.anomaly = Some(Anomaly::NotApplied);
            return;
        };
        effect.repeated = was.amounts == bust.is;
        let more = bust.is.quantity.excess_over(was.amounts.quantity);
        let open = self.state.lives(was.slot).and_then(|slot| self.state.reservation.hold(slot));
        if more.0 > 0 && open.is_some_and(|hold| more > hold.open) {
            effect.anomaly = Some(Anomaly::OverFill);
        }
    }

    pub(crate) fn apply_bust(&mut self, bust: &ReadBust, effect: &mut Ingested) {
        let account = AccountHandle::new(self.tag, bust.account);
        let Some(was) = bust.was else { return self.cannot_apply(Scope::Account(account), effect) };
        if effect.repeated {
            return;
        }
        let Executed { target, amounts, .. } = was;
        self.state.remember_execution(bust.key, Executed { amounts: bust.is, ..was });
        let slot = self.state.lives(was.slot);
        match (slot, was.order) {
            (Some(slot), _) => {
                let mut total = self.state.reservation.total(slot);
                total.correct(&amounts, &bust.is);
                self.state.use_hold(slot, bust.is.quantity.excess_over(amounts.quantity));
                self.state.reservation.set_total(slot, total);
            }
            (None, Some(order)) => {
                let past = self.state.past.get(order).map(|past| past.total);
                let mut total = past.unwrap_or_default();
                total.correct(&amounts, &bust.is);
                self.state.remember_past(order, Past { target, total });
            }
            (None, None) => {}
        }
        let back = Amounts { fee: Money(0_i128.saturating_sub(amounts.fee.0)), ..amounts };
        let applied = self.state.book_executions(
            &target,
            None,
            [(target.side.opposite(), &back), (target.side, &bust.is)],
        );
        if applied.is_none() {
            self.cannot_apply(Scope::Account(account), effect);
        } else if effect.anomaly == Some(Anomaly::OverFill) {
            self.over_filled(account, effect);
        }
        self.finish_if_filled(slot);
    }

    fn over_filled(&mut self, account: AccountHandle, effect: &mut Ingested) {
        let reason = Note::new("more was executed than was approved");
        effect.latch =
            Some(self.pull(Scope::Account(account), TradingState::Reducing, Cause::Anomaly, reason));
    }

    fn finish_if_filled(&mut self, slot: Option<u32>) {
        let filled = |slot: &u32| self.state.reservation.is_live(*slot) && self.state.nothing_open(*slot);
        if let Some(slot) = slot.filter(filled) {
            self.state.finish(slot);
        }
    }
}

impl State {
    /// Books what was executed in both books; nothing where it could not be applied or its profit is not known. What
    /// stands between two of them, a reversal and what is true instead, is no equity, and no order made it.
    fn book_executions<const N: usize>(
        &mut self,
        target: &Target,
        of: Option<u32>,
        executions: [(Side, &Amounts); N],
    ) -> Option<()> {
        let owners = [Owner::Account(target.account), Owner::Strategy(target.strategy)];
        let mut applied = Some(());
        for (side, Amounts { quantity, price, fee }) in executions {
            if *quantity != Quantity::ZERO || *fee != Money::ZERO {
                let made = self.execute(owners, target.instrument, side, *quantity, *price, *fee);
                if let (Some(slot), Some(made), true) = (of, made, self.counts_streaks()) {
                    self.reservation
                        .add_made(slot, made.map(|(profit, closes)| (profit, closes && quantity.0 > 0)));
                }
                applied = applied.and(made.map(|_| ()));
            }
        }
        self.executed(owners);
        applied
    }

    fn remember_execution(&mut self, key: Key, executed: Executed) {
        let until = self.remembered_until();
        self.executions.set(key, executed, until);
        self.wake_at(until);
    }

    fn remember_past(&mut self, order: Key, past: Past) {
        let until = self.remembered_until();
        self.past.set(order, past, until);
        self.wake_at(until);
    }

    /// The order ends: what is known to be executed of it stays known.
    pub(crate) fn remember_total(&mut self, slot: u32) {
        let total = self.reservation.total(slot);
        let Some(hold) = self.reservation.hold(slot).filter(|_| total != Total::default()) else { return };
        let target = Target {
            account: hold.account,
            strategy: hold.strategy,
            instrument: hold.instrument,
            side: hold.side(),
        };
        self.remember_past(hold.id, Past { target, total });
    }

    /// The slot of an order, while it lives.
    fn lives(&self, slot: Option<(u32, u32)>) -> Option<u32> {
        let (slot, generation) = slot?;
        let hold = self.reservation.hold(slot)?;
        (hold.generation == generation && self.reservation.is_live(slot)).then_some(slot)
    }

    /// Whether an order was sent so short a time ago that the venue need not know it yet.
    pub(crate) fn is_just_sent(&self, slot: u32) -> bool {
        let settled = |sent: Timestamp| {
            Timestamp::from_nanos(sent.nanos().saturating_add(self.settings.unknown_settle))
        };
        self.reservation.sent(slot).is_none_or(|sent| self.now < settled(sent))
    }
}
