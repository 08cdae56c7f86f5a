//! Copies that are made anew in the memory of the last one, so that a snapshot allocates nothing.

/// Implements `Clone` field by field, with a `clone_from` that keeps what is already allocated (a derived one does not).
/// A field that is forgotten does not compile.
macro_rules! refreshable {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl Clone for $name {
            fn clone(&self) -> Self {
                let Self { $($field),* } = self;
                Self { $($field: Clone::clone($field)),* }
            }

            fn clone_from(&mut self, source: &Self) {
                let Self { $($field),* } = source;
                $(Clone::clone_from(&mut self.$field, $field);)*
            }
        }
    };
}

pub(crate) use refreshable;
