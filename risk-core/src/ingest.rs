//! How inputs come in: checked, recorded, applied. What a fact says is never a reason to refuse it.

use crate::adjust::ReadAdjustment;
use crate::clock::{Clock, Timestamp};
use crate::engine::Engine;
use crate::error::IngestError;
use crate::halt::{Cause, Scope, TradingState};
use crate::handle::{AccountHandle, InstrumentHandle};
use crate::input::{Anomaly, Ingested, Input};
use crate::num::Quantity;
use crate::read::Read;
use crate::record::{Event, Journal};
use crate::reservation::OrderState;
use crate::state::at_mut;
use crate::text::Note;

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Takes in what the outside tells, at the clock's time.
    ///
    /// # Errors
    /// A malformed input: an unknown handle, a number that is none, a text that is no identifier. It changed nothing.
    /// Facts are applied also when the journal has failed (the firm is halted then) and when the clock is dead.
    pub fn ingest(&mut self, input: Input) -> Result<Ingested, IngestError> {
        let now = self.clock.now();
        self.ingest_at(input, now)
    }

    /// [`Engine::ingest`] at a given time.
    ///
    /// # Errors
    /// As [`Engine::ingest`].
    pub fn ingest_at(&mut self, mut input: Input, now: Option<Timestamp>) -> Result<Ingested, IngestError> {
        let time = self.advance(now);
        input.strip_foreign(self.tag);
        let read = match self.read(&input) {
            Ok(read) => read,
            Err(refused) => {
                self.record_time(time);
                return Err(refused);
            }
        };
        let mut effect = self.foresee(&input, &read);
        // A loosened limit that is not on record would be a limit nobody can explain, and so would what lifts a halt.
        let needs_record = matches!(read, Read::Limits { .. } | Read::Decide { .. } | Read::Believe { .. });
        if self.record_input(time, &input, effect).is_err() {
            if needs_record {
                return Err(IngestError::Unrecorded);
            }
            self.keep_unrecorded(time, Event::Ingested { input: input.clone(), effect });
        }
        if effect.anomaly.is_some() {
            self.state.anomalies = self.state.anomalies.saturating_add(1);
        }
        self.apply(&input, read, &mut effect);
        if effect.anomaly.is_some() {
            self.state.response.count_anomaly(self.state.now);
        }
        self.state.observe();
        self.respond(time);
        Ok(effect)
    }

    /// What will become of an input, as far as it can be told before it is applied: this goes on record.
    fn foresee(&self, input: &Input, read: &Read) -> Ingested {
        let mut effect = Ingested::default();
        match read {
            Read::Quote { instrument, mark, rounded, .. } => {
                effect.rounded = *rounded;
                effect.withheld = self.state.is_unbelievable(*instrument, *mark);
            }
            Read::Mark { instrument, price, rounded, .. } => {
                effect.rounded = *rounded;
                effect.withheld = self.state.mark_is_unbelievable(*instrument, *price);
            }
            Read::DailyVolume { rounded, .. } => effect.rounded = *rounded,
            Read::Accepted { slot: None, .. } | Read::Done { slot: None, .. } => {
                effect.anomaly = Some(Anomaly::UnknownOrder)
            }
            Read::Accepted { slot: Some(slot), total: Some(total), .. } => {
                self.foresee_acceptance(*slot, *total, &mut effect);
            }
            Read::Done { early, .. } => effect.withheld = *early,
            Read::Fill(fill) => self.foresee_fill(fill, &mut effect),
            Read::Bust(bust) => self.foresee_bust(bust, &mut effect),
            Read::Adjust { how: ReadAdjustment::Split { rounded, .. }, .. } => effect.rounded = *rounded,
            _ if self.jumps(input, read) => effect.withheld = true,
            Read::Snapshot { .. } => self.foresee_orders(input, &mut effect),
            Read::Decide { number, accept: true } => {
                if let Some(statement) = self.state.withheld.get(*number) {
                    self.foresee_orders(&statement.input, &mut effect);
                }
            }
            _ => {}
        }
        effect
    }

    /// A venue that works more than was approved works what nobody judged.
    fn foresee_acceptance(&self, slot: u32, total: Quantity, effect: &mut Ingested) {
        let filled = self.state.reservation.hold(slot).map_or(Quantity::ZERO, |hold| hold.filled);
        if self.state.is_more_than_approved(slot, total.excess_over(filled)) {
            effect.anomaly = Some(Anomaly::OverAccepted);
        }
    }

    fn apply_acceptance(&mut self, slot: u32, changed: bool, total: Option<Quantity>, effect: &mut Ingested) {
        let Some(hold) = self.state.reservation.hold_mut(slot) else { return };
        if hold.state == OrderState::Sent && !changed {
            hold.state = OrderState::Working;
        }
        if effect.anomaly != Some(Anomaly::OverAccepted) {
            return;
        }
        let (account, filled) = (hold.account, hold.filled);
        if hold.state == OrderState::Permitted {
            // It is out, although nobody redeemed it.
            let now = self.state.now;
            self.state.reservation.mark_sent(slot, now);
        }
        let open = total.map(|total| total.excess_over(filled));
        let scope = Scope::Account(AccountHandle::new(self.tag, account));
        match open.and_then(|open| self.state.raise_hold(slot, open)) {
            Some(()) => self.over_approved(scope, effect),
            None => self.cannot_apply(scope, effect),
        }
    }

    /// The venue works more than was approved: its account only closes until somebody has looked.
    pub(crate) fn over_approved(&mut self, scope: Scope, effect: &mut Ingested) {
        let reason = Note::new("the venue works more than was approved");
        effect.latch = Some(self.pull(scope, TradingState::Reducing, Cause::Anomaly, reason));
    }

    pub(crate) fn apply(&mut self, input: &Input, read: Read, effect: &mut Ingested) {
        match read {
            Read::Balance { account, .. } | Read::Host { account, .. } | Read::Snapshot { account, .. }
                if effect.withheld =>
            {
                self.withhold(account, input, effect);
            }
            Read::Decide { number, accept } => self.decide_statement(number, accept, effect),
            Read::Quote { instrument, quote, mark: Some(mark), .. } if effect.withheld => {
                self.state.suspect(instrument, mark, Some(quote), quote.at);
            }
            Read::Quote { instrument, quote, mark, .. } => {
                if mark.is_some() {
                    self.state.trust(instrument);
                }
                self.state.set_quote(instrument, quote, mark);
            }
            Read::Mark { instrument, price, at: when, .. } if effect.withheld => {
                self.state.suspect(instrument, price, None, when);
            }
            Read::Mark { instrument, price, at: when, .. } => self.state.set_mark(instrument, price, when),
            Read::Believe { instrument } => self.state.believe(instrument),
            Read::DailyVolume { instrument, volume, .. } => {
                if let Some(place) = at_mut(&mut self.state.instruments, instrument) {
                    place.daily_volume = Some(volume);
                }
            }
            Read::Rate { from, to, rate } => self.state.set_rate(from, to, rate),
            Read::Balance { account, balance } => self.state.set_balance(account, balance),
            Read::Flow { account, amount } => {
                if self.state.add_flow(account, amount).is_none() {
                    self.cannot_apply(Scope::Account(AccountHandle::new(self.tag, account)), effect);
                }
            }
            Read::Host { account, host } => {
                if let Some(account) = at_mut(&mut self.state.accounts, account) {
                    account.host = host;
                }
            }
            Read::Accepted { slot, version, total } => {
                if let Some(version) = version {
                    self.state.confirm_version(version);
                }
                if let Some(slot) = slot.filter(|slot| self.state.reservation.is_live(*slot)) {
                    self.apply_acceptance(slot, version.is_some(), total, effect);
                }
            }
            Read::Done { refused: Some(version), .. } => self.state.refuse_version(version),
            Read::Done { slot, refused: None, early } => {
                if let Some(slot) = slot.filter(|_| !early) {
                    self.state.finish(slot);
                }
            }
            Read::Fill(fill) => self.apply_fill(input, &fill, effect),
            Read::Bust(bust) => self.apply_bust(&bust, effect),
            Read::Adjust { instrument, how } => {
                if self.state.adjust(instrument, how).is_none() {
                    let instrument = InstrumentHandle::new(self.tag, instrument);
                    self.cannot_apply(Scope::Instrument(instrument), effect);
                }
            }
            Read::Transfer(transfer) => {
                if self.state.transfer(&transfer).is_none() {
                    self.cannot_apply(Scope::Firm, effect);
                }
            }
            Read::Snapshot { account, balance } => {
                if let Input::Snapshot(snapshot) = input {
                    self.apply_snapshot(account, balance, snapshot, effect);
                }
            }
            Read::Heartbeat => {
                self.state.response.beats(self.state.now);
                self.state.wake_at(self.state.response.wakes());
            }
            Read::DayRoll => self.state.roll_day(),
            Read::Session { instrument, session } => self.state.set_session(instrument, session),
            Read::NextRoll { at } => {
                self.state.schedule.set_roll(at);
                self.state.wake_at(at);
                self.state.keep_schedule();
            }
            Read::Limits { of, compiled } => {
                if let Input::Limits { limits, expires, .. } = input {
                    self.state.change_limits(of, limits, compiled, *expires);
                }
            }
            Read::Status => {
                if let Input::Status { instrument, status, .. } = input
                    && let Some(place) = instrument.index_in(self.tag)
                    && let Some(place) = at_mut(&mut self.state.instruments, place)
                {
                    place.status = *status;
                }
            }
        }
    }

    /// A fact that cannot be applied halts the narrowest scope that is known to contain it.
    pub(crate) fn cannot_apply(&mut self, scope: Scope, effect: &mut Ingested) {
        effect.anomaly = Some(Anomaly::NotApplied);
        let reason = Note::new("a fact could not be applied");
        effect.latch = Some(self.pull(scope, TradingState::Halted, Cause::Anomaly, reason));
    }
}
