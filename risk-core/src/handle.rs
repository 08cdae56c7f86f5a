//! Handles: what is registered once is named by a small `Copy` value from then on.
//!
//! A handle knows which engine made it. One from another engine, or a default one, is unknown, never someone else's.

use core::hash::{Hash, Hasher};

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        ///
        /// The default handle names nothing: an order that carries it is refused as unknown.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name {
            engine: u32,
            index: u32,
        }

        impl $name {
            pub(crate) fn new(engine: u32, index: u32) -> Self {
                Self { engine, index }
            }

            /// The place in the engine's table, if `engine` made this handle.
            #[inline]
            pub(crate) fn index_in(self, engine: u32) -> Option<u32> {
                (self.engine == engine).then_some(self.index)
            }

            /// Position in order of registration, from 0: stable across replays, for display and export.
            pub fn ordinal(self) -> u32 {
                self.index
            }

            /// A handle of another engine is nobody's: on record it names nothing.
            #[inline]
            #[allow(dead_code, reason = "an input with a foreign asset is refused, and never on record")]
            pub(crate) fn strip_foreign(&mut self, engine: u32) {
                if self.engine != engine {
                    *self = Self::default();
                }
            }

            /// The same entry in another engine: replay reads the records of an engine that is gone.
            pub(crate) fn rebind(&mut self, engine: u32) {
                if self.engine != 0 {
                    self.engine = engine;
                }
            }
        }

        /// Only the ordinal counts: two engines that register the same things in the same order hash alike.
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                (self.engine != 0).hash(state);
                self.index.hash(state);
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                (self.engine != 0).then_some(self.index).serialize(to)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            /// The handle is bound to no engine until a replay takes it in.
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let index = Option::<u32>::deserialize(from)?;
                Ok(index.map_or_else(Self::default, |index| Self { engine: u32::MAX, index }))
            }
        }
    )*};
}

handles! {
    /// A currency or any other asset that money or positions are counted in.
    AssetHandle
    /// A trading account.
    AccountHandle
    /// A strategy of one account.
    StrategyHandle
    /// Who asks for orders.
    TraderHandle
    /// A tradable instrument.
    InstrumentHandle
    /// A venue, as a scope of halts.
    VenueHandle
}

/// A live order: the slot it occupies and how often that slot was used, so that an old handle never means a new order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OrderHandle {
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) engine: u32,
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

impl OrderHandle {
    /// The handle as a number, for a border that only numbers can cross. [`crate::Engine::order_of_bits`] is the way
    /// back; which engine it is of, the border has to remember.
    pub fn to_bits(self) -> u64 {
        u64::from(self.slot) << 32 | u64::from(self.generation)
    }

    /// Whether it is a change of an order, not an order.
    pub(crate) fn is_version(self) -> bool {
        self.slot & crate::versions::VERSION != 0
    }
}

impl Hash for OrderHandle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.slot.hash(state);
        self.generation.hash(state);
    }
}

impl OrderHandle {
    /// The same handle bound to no engine: as it is read from a record. For looking it up among recorded ones.
    #[must_use]
    pub fn of_no_engine(self) -> Self {
        Self { engine: 0, ..self }
    }
}

impl AccountHandle {
    /// The engine that made it.
    pub(crate) fn engine(self) -> u32 {
        self.engine
    }
}
