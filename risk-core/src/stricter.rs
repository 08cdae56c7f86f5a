//! Which of two limits is the stricter, by the kind of limit.

use crate::bucket::Bucket;

/// A limit of which the lower is the stricter.
pub(crate) struct Least;

impl Least {
    pub(crate) fn stricter<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
        match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Higher, or gone.
    pub(crate) fn is_looser<T: Ord>(now: Option<T>, strict: Option<T>) -> bool {
        strict.is_some_and(|strict| now.is_none_or(|now| now > strict))
    }
}

/// A limit of which the higher is the stricter.
pub(crate) struct Most;

impl Most {
    pub(crate) fn stricter<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
        // What is not set stands below everything.
        a.max(b)
    }

    pub(crate) fn is_looser<T: Ord>(now: Option<T>, strict: Option<T>) -> bool {
        now < strict
    }
}

/// Message rates have no common order: that of the narrower table holds.
pub(crate) struct Narrower;

impl Narrower {
    pub(crate) fn stricter<T>(wide: Option<T>, narrow: Option<T>) -> Option<T> {
        narrow.or(wide)
    }

    pub(crate) fn is_looser(now: Option<Bucket>, strict: Option<Bucket>) -> bool {
        strict.is_some_and(|strict| strict.is_slower_than(now))
    }
}

/// A limit of which no value is stricter than another: that of the narrower table holds, and another one is both looser
/// and stricter.
pub(crate) struct Unordered;

impl Unordered {
    pub(crate) fn stricter<T>(wide: Option<T>, narrow: Option<T>) -> Option<T> {
        narrow.or(wide)
    }

    pub(crate) fn is_looser<T: Eq>(now: Option<T>, strict: Option<T>) -> bool {
        strict.is_some() && now != strict
    }
}
