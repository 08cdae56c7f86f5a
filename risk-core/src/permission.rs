//! Which instruments an account or a strategy may trade.

use std::sync::Arc;

/// Which instruments may be traded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Permission {
    All,
    /// A bit for each instrument; never changed.
    Only(Arc<[u64]>),
}

impl Permission {
    #[inline]
    pub(crate) fn allows(&self, instrument: u32) -> bool {
        match self {
            Self::All => true,
            Self::Only(bits) => {
                let word = usize::try_from(instrument >> 6).unwrap_or(usize::MAX);
                bits.get(word).is_some_and(|bits| bits & (1 << (instrument & 63)) != 0)
            }
        }
    }
}
