//! The lock and the cell that the shared guard is made of. Under `cfg(shuttle)` they are a model checker's, which tries
//! every order in which threads can take them.

#[cfg(shuttle)]
pub(crate) use modelled::{Mutex, OnceCell};
#[cfg(not(shuttle))]
pub(crate) use once_cell::sync::OnceCell;
#[cfg(not(shuttle))]
pub(crate) use parking_lot::Mutex;

#[cfg(shuttle)]
mod modelled {
    use shuttle::sync::{Mutex as Inner, MutexGuard, PoisonError};

    /// As parking_lot's: a panic while it is held leaves no mark on it.
    pub(crate) struct Mutex<T>(Inner<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(Inner::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    /// As once_cell's: the first value stays, and for ever.
    pub(crate) struct OnceCell<T: 'static>(Mutex<Option<&'static T>>);

    impl<T> OnceCell<T> {
        pub(crate) fn new() -> Self {
            Self(Mutex::new(None))
        }

        pub(crate) fn get(&self) -> Option<&'static T> {
            *self.0.lock()
        }

        pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &'static T {
            self.0.lock().get_or_insert_with(|| Box::leak(Box::new(make())))
        }
    }
}
