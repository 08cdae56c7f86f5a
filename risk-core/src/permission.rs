//! Which instruments an account, a strategy or a trader may trade, and for which accounts a trader may.

use std::sync::Arc;

use crate::state::at_mut;

/// What of a table is permitted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Permission {
    All,
    /// A bit for each place of the table; never changed.
    Only(Arc<[u64]>),
}

impl Permission {
    /// These places of a table of some capacity alone.
    ///
    /// # Errors
    /// The first place that is none.
    pub(crate) fn only<E>(
        places: impl IntoIterator<Item = Result<u32, E>>,
        capacity: u32,
    ) -> Result<Self, E> {
        let mut bits = vec![0_u64; usize::try_from(capacity.div_ceil(64)).unwrap_or(0)];
        for place in places {
            let place = place?;
            if let Some(word) = at_mut(&mut bits, place >> 6) {
                *word |= 1 << (place & 63);
            }
        }
        Ok(Self::Only(bits.into()))
    }

    #[inline]
    pub(crate) fn allows(&self, place: u32) -> bool {
        match self {
            Self::All => true,
            Self::Only(bits) => {
                let word = usize::try_from(place >> 6).unwrap_or(usize::MAX);
                bits.get(word).is_some_and(|bits| bits & (1 << (place & 63)) != 0)
            }
        }
    }
}
