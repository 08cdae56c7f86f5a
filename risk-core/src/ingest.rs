//! How inputs come in: checked, recorded, applied. What a fact says is never a reason to refuse it.

use crate::adjust::ReadAdjustment;
use crate::book::Owner;
use crate::clock::{Clock, Timestamp};
use crate::engine::Engine;
use crate::error::IngestError;
use crate::halt::{Cause, Scope, TradingState};
use crate::handle::{AccountHandle, InstrumentHandle};
use crate::input::{Anomaly, Holding, Ingested, Input, Snapshot};
use crate::instrument::MarkSource;
use crate::num::{Money, Quantity};
use crate::read::Read;
use crate::record::{Event, Journal};
use crate::reservation::OrderState;
use crate::state::{State, at, at_mut};
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
        let mut effect = self.foresee(&read);
        // A loosened limit that is not on record would be a limit nobody can explain: it is the one input refused.
        let needs_record = matches!(read, Read::Limits { .. });
        if self.record(time, Event::Ingested { input: input.clone(), effect }).is_err() && needs_record {
            return Err(IngestError::Unrecorded);
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
    fn foresee(&self, read: &Read) -> Ingested {
        let mut effect = Ingested::default();
        match read {
            Read::Quote { rounded, .. } | Read::Mark { rounded, .. } | Read::DailyVolume { rounded, .. } => {
                effect.rounded = *rounded;
            }
            Read::Accepted { slot: None, .. } | Read::Done { slot: None, .. } => {
                effect.anomaly = Some(Anomaly::UnknownOrder)
            }
            Read::Done { early, .. } => effect.withheld = *early,
            Read::Fill(fill) => self.foresee_fill(fill, &mut effect),
            Read::Bust(bust) => self.foresee_bust(bust, &mut effect),
            Read::Adjust { how: ReadAdjustment::Split { rounded, .. }, .. } => effect.rounded = *rounded,
            _ => {}
        }
        effect
    }

    fn apply(&mut self, input: &Input, read: Read, effect: &mut Ingested) {
        match read {
            Read::Quote { instrument, quote, mark, .. } => self.state.set_quote(instrument, quote, mark),
            Read::Mark { instrument, price, at: when, .. } => {
                let Some(place) = at_mut(&mut self.state.instruments, instrument) else { return };
                if place.traded.mark_source == MarkSource::Input {
                    place.mark_at = when;
                    let moved = place.mark.replace(price) != Some(price);
                    if moved {
                        self.state.revalue_holders(instrument);
                    }
                }
            }
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
            Read::Accepted { version: Some(version), .. } => self.state.confirm_version(version),
            Read::Accepted { slot, version: None } => {
                let hold = slot.and_then(|slot| self.state.reservation.hold_mut(slot));
                if let Some(hold) = hold
                    && hold.state == OrderState::Sent
                {
                    hold.state = OrderState::Working;
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

    fn apply_snapshot(
        &mut self,
        account: u32,
        balance: Option<Money>,
        snapshot: &Snapshot,
        effect: &mut Ingested,
    ) {
        let books = u32::try_from(self.state.books.len()).unwrap_or(u32::MAX);
        let mut whole = Some(());
        for index in 0..books {
            let Some(book) = at(&self.state.books, index) else { continue };
            let instrument = book.instrument;
            let listed = |h: &Holding| h.instrument.index_in(self.tag) == Some(instrument);
            if book.owner == Owner::Account(account) && !snapshot.positions.iter().any(listed) {
                whole = whole.and(self.state.set_position(account, instrument, Quantity::ZERO, Money::ZERO));
            }
        }
        for holding in &snapshot.positions {
            let Ok((instrument, quantity, cost)) = self.state.read_holding(holding, self.tag) else {
                continue;
            };
            whole = whole.and(self.state.set_position(account, instrument, quantity, cost));
        }
        self.state.restated(account, balance);
        if whole.is_none() {
            self.cannot_apply(Scope::Account(AccountHandle::new(self.tag, account)), effect);
        }
    }

    /// A fact that cannot be applied halts the narrowest scope that is known to contain it.
    pub(crate) fn cannot_apply(&mut self, scope: Scope, effect: &mut Ingested) {
        effect.anomaly = Some(Anomaly::NotApplied);
        let reason = Note::new("a fact could not be applied");
        effect.latch = Some(self.pull(scope, TradingState::Halted, Cause::Anomaly, reason));
    }
}

impl State {
    /// How many books a snapshot needs that are not there yet: the account's, and one of `unassigned` where a position
    /// is not what the account holds, be it listed or not.
    pub(crate) fn books_missing(&self, account: u32, snapshot: &Snapshot, tag: u32) -> u32 {
        let Some(unassigned) = at(&self.accounts, account).map(|account| account.unassigned) else {
            return 0;
        };
        let held = |instrument: u32| {
            let book = self.book(Owner::Account(account), instrument).and_then(|book| at(&self.books, book));
            book.map(|book| book.position)
        };
        let rest_is_missing = |instrument: u32| self.book(Owner::Strategy(unassigned), instrument).is_none();
        let read = |holding| self.read_holding(holding, tag).ok();
        let changed = || {
            let differs = |(instrument, position, _): &(u32, Quantity, Money)| {
                *position != held(*instrument).unwrap_or(Quantity::ZERO)
            };
            snapshot.positions.iter().filter_map(read).filter(differs).map(|(instrument, ..)| instrument)
        };
        // What is listed twice is one instrument.
        let once = changed().enumerate().filter(|(n, this)| !changed().take(*n).any(|other| other == *this));
        let listed = once.map(|(_, instrument)| {
            u32::from(held(instrument).is_none()).saturating_add(u32::from(rest_is_missing(instrument)))
        });
        let made_flat = self.books.iter().filter(|book| {
            book.owner == Owner::Account(account)
                && book.position != Quantity::ZERO
                && rest_is_missing(book.instrument)
                && !snapshot.positions.iter().any(|h| h.instrument.index_in(tag) == Some(book.instrument))
        });
        listed.chain(made_flat.map(|_| 1)).fold(0, u32::saturating_add)
    }
}
