//! After the process came back: the state as a durable snapshot keeps it, and an engine that goes on where its records
//! end.
//!
//! This crate writes no files. A journal that does serialises [`SnapshotOf`] and reads [`Kept`] back, in whatever binary
//! format it uses; the digest that is written with the state tells whether it is the same one.

use crate::clock::{Clock, Timestamp};
use crate::engine::Engine;
use crate::error::ConfigError;
use crate::house::{House, Veto};
use crate::record::{Event, Journal, SnapshotOf};
use crate::replay::Replayed;
use crate::reservation::OrderState;
use crate::state::State;

impl Replayed {
    /// The engine goes on from here, with a clock and a journal of its own. The next record has the next number.
    ///
    /// Where the configuration names rules of the house, they have no functions and refuse; give them with
    /// [`Replayed::continue_with_vetoes`].
    pub fn continue_with<C: Clock, J: Journal>(self, clock: C, journal: J) -> Engine<C, J> {
        let house = self.house.unanswered();
        self.continues(house, clock, journal)
    }

    /// The same with the functions of the rules of the house: exactly those that the configuration names.
    ///
    /// # Errors
    /// A rule without a function, a function without a rule, two of one name.
    pub fn continue_with_vetoes<C: Clock, J: Journal>(
        self,
        clock: C,
        journal: J,
        vetoes: Vec<Veto>,
    ) -> Result<Engine<C, J>, ConfigError> {
        let house = self.house.unanswered().with(vetoes)?;
        Ok(self.continues(house, clock, journal))
    }

    fn continues<C: Clock, J: Journal>(self, house: House, clock: C, journal: J) -> Engine<C, J> {
        let Self { tag, mut state, trips, unrecorded, .. } = self;
        state.reserve_all();
        Engine { tag, trips, unrecorded, ..Engine::with_state(state, house, clock, journal) }
    }
}

impl<C: Clock, J: Journal> Engine<C, J> {
    /// A journal that keeps snapshots gets its memory now: one to replay from, and one to make while that is kept.
    pub(crate) fn offer_snapshots(&mut self) {
        for _ in 0..2 {
            if self.journal.wants_snapshot() {
                self.journal.snapshot(SnapshotOf(&self.state));
            }
        }
    }

    /// The first thing after a restart: permits of the process before are no more, because nobody can say whether they
    /// were about to be used.
    ///
    /// With `release`, what was approved and not redeemed is free again: right where a redeem was durable before it was
    /// answered. Without, it is held as sent until a report resolves it.
    pub fn recovered(&mut self, release: bool) {
        let now = self.clock.now();
        self.recovered_at(release, now);
    }

    pub(crate) fn recovered_at(&mut self, release: bool, now: Option<Timestamp>) {
        // Before time moves on: what it would settle is a permit that may have been used.
        self.state.end_permits(release);
        let time = self.advance(now);
        // Only ever holds more or frees what nobody can use: it takes effect also when it cannot be recorded.
        let _ = self.record(time, Event::Recovered { release });
        self.state.lose_aside(!release);
    }
}

impl State {
    fn end_permits(&mut self, release: bool) {
        let permits: Vec<u32> = self
            .reservation
            .live()
            .filter(|(_, hold, _)| hold.state == OrderState::Permitted)
            .map(|(slot, _, _)| slot)
            .collect();
        for slot in permits {
            if release {
                self.drop_hold(slot);
            } else {
                self.reservation.mark_sent(slot, self.now);
            }
        }
        while let Some(version) = self.versions.first_permit() {
            if release {
                self.drop_version(version);
            } else {
                self.version_sent(version);
            }
        }
    }
}

#[cfg(feature = "serde")]
pub use durable::STATE_FORMAT;

#[cfg(feature = "serde")]
mod durable {
    use core::hash::Hash;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::record::{Kept, SnapshotOf, digest_of};
    use crate::state::State;

    /// The version of the state's layout in a durable snapshot: it rises with every change of the layout after a release.
    /// Another version is refused, and the state is made from records instead.
    pub const STATE_FORMAT: u32 = 1;

    fn digest(state: &State) -> u128 {
        digest_of(|hasher| state.hash(hasher))
    }

    impl Serialize for SnapshotOf<'_> {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            (STATE_FORMAT, digest(self.0), self.0).serialize(to)
        }
    }

    impl Serialize for Kept {
        /// As the [`SnapshotOf`] that was kept; nothing kept is an error.
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            let state = self.0.as_deref().ok_or_else(|| serde::ser::Error::custom("no state was kept"))?;
            SnapshotOf(state).serialize(to)
        }
    }

    impl<'de> Deserialize<'de> for Kept {
        /// The version first, so that what follows is only read if it is understood.
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            struct Parts;

            impl<'de> serde::de::Visitor<'de> for Parts {
                type Value = Kept;

                fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.write_str("a snapshot of an engine's state")
                }

                fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut parts: A) -> Result<Kept, A::Error> {
                    let short = || A::Error::custom("the snapshot ends early");
                    let format: u32 = parts.next_element()?.ok_or_else(short)?;
                    if format != STATE_FORMAT {
                        let text = format!("the state has format {format}; this build reads {STATE_FORMAT}");
                        return Err(A::Error::custom(text));
                    }
                    let written: u128 = parts.next_element()?.ok_or_else(short)?;
                    let state: State = parts.next_element()?.ok_or_else(short)?;
                    if digest(&state) != written {
                        return Err(A::Error::custom("the state is not the one that was written"));
                    }
                    Ok(Kept(Some(Box::new(state))))
                }
            }

            from.deserialize_tuple(3, Parts)
        }
    }
}
