//! The reference price, and when it is not believed: a quote or a mark that jumps from the last good one is on record,
//! and moves nothing until others agree with it or somebody with a name says that it is right.

use crate::clock::{Clock, Timestamp};
use crate::engine::Engine;
use crate::error::IngestError;
use crate::handle::InstrumentHandle;
use crate::input::{Ingested, Input};
use crate::instrument::MarkSource;
use crate::num::Price;
use crate::record::Journal;
use crate::state::{QuoteState, Settings, State, at, at_mut};
use crate::text::Id;

/// Prices that are not believed yet. They agree when each is within the jump limit of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Suspect {
    first: Price,
    since: Timestamp,
    /// How many have come that agree, one after the other.
    count: u32,
    /// The last of them, with its quote where it is the mid of one.
    last: Price,
    quote: Option<QuoteState>,
    at: Timestamp,
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// Adopts the suspect price of an instrument: `by` names who says that it is right. The same as
    /// [`Input::Believe`].
    ///
    /// # Errors
    /// No name, an unknown instrument, one whose price is not suspect, or a journal that cannot record it.
    pub fn believe_reference(
        &mut self,
        instrument: InstrumentHandle,
        by: &str,
    ) -> Result<Ingested, IngestError> {
        self.ingest(Input::Believe { instrument, by: Id::new(by) })
    }

    /// Whether the last price of an instrument was not believed (REFERENCE_SUSPECT); an unknown one is.
    pub fn is_suspect(&self, instrument: InstrumentHandle) -> bool {
        let place = instrument.index_in(self.tag).and_then(|place| at(&self.state.instruments, place));
        place.is_none_or(|place| place.suspect.is_some())
    }
}

impl State {
    /// Whether a price jumps from the last good one, and is not one of enough that agree.
    #[inline]
    pub(crate) fn is_unbelievable(&self, instrument: u32, price: Option<Price>) -> bool {
        let Some(place) = at(&self.instruments, instrument) else { return false };
        match (place.traded.jump_bps, place.mark, price) {
            (Some(bps), Some(mark), Some(price)) if is_apart(price, mark, bps) => {
                let Settings { confirmations, confirm, .. } = self.settings;
                let joined =
                    place.suspect.as_ref().and_then(|it| Some((it.joined_by(price, bps)?, it.since)));
                let (count, since) = joined.unwrap_or((1, self.now));
                count < confirmations || self.now.since(since) < confirm
            }
            _ => false,
        }
    }

    /// The same for a mark that was told; where quotes are the source it says nothing.
    pub(crate) fn mark_is_unbelievable(&self, instrument: u32, price: Price) -> bool {
        let source = at(&self.instruments, instrument).map(|place| place.traded.mark_source);
        source == Some(MarkSource::Input) && self.is_unbelievable(instrument, Some(price))
    }

    /// Keeps a price that is not believed.
    pub(crate) fn suspect(
        &mut self,
        instrument: u32,
        last: Price,
        quote: Option<QuoteState>,
        when: Timestamp,
    ) {
        let now = self.now;
        let Some(place) = at_mut(&mut self.instruments, instrument) else { return };
        let bps = place.traded.jump_bps.unwrap_or(u32::MAX);
        let agrees = place.suspect.as_ref().and_then(|before| Some((*before, before.joined_by(last, bps)?)));
        let (first, since, count) =
            agrees.map_or((last, now, 1), |(before, count)| (before.first, before.since, count));
        place.suspect = Some(Suspect { first, since, count, last, quote, at: when });
    }

    /// A price within the limit says that the suspect one was none.
    #[inline]
    pub(crate) fn trust(&mut self, instrument: u32) {
        if let Some(place) = at_mut(&mut self.instruments, instrument)
            && place.suspect.is_some()
        {
            place.suspect = None;
        }
    }

    /// Adopts what is suspect.
    pub(crate) fn believe(&mut self, instrument: u32) {
        let Some(suspect) = at_mut(&mut self.instruments, instrument).and_then(|place| place.suspect.take())
        else {
            return;
        };
        match suspect.quote {
            Some(quote) => self.set_quote(instrument, quote, Some(suspect.last)),
            None => self.set_mark(instrument, suspect.last, suspect.at),
        }
    }

    /// A mark that was told, where marks are the source.
    pub(crate) fn set_mark(&mut self, instrument: u32, price: Price, when: Timestamp) {
        let Some(place) = at_mut(&mut self.instruments, instrument) else { return };
        if place.traded.mark_source == MarkSource::Input {
            place.mark_at = when;
            place.suspect = None;
            if place.mark.replace(price) != Some(price) {
                self.revalue_holders(instrument);
            }
        }
    }
}

impl Suspect {
    /// How many agree with one more; nothing when it does not.
    fn joined_by(&self, price: Price, bps: u32) -> Option<u32> {
        (!is_apart(price, self.first, bps)).then(|| self.count.saturating_add(1))
    }
}

/// |price - reference| / |reference| > bps / 10,000, without the division.
fn is_apart(price: Price, reference: Price, bps: u32) -> bool {
    let apart = i128::from(price.0).saturating_sub(i128::from(reference.0)).saturating_abs();
    let most = i128::from(reference.abs()).saturating_mul(i128::from(bps));
    apart.saturating_mul(10_000) > most
}
