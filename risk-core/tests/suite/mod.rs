//! One subject a file.

mod absurd;
mod boundaries;
#[cfg(feature = "tz")]
mod calendar;
mod calls;
mod changes;
mod determinism;
mod fixtures;
mod life;
mod lint;
mod marks;
mod precedence;
mod presets;
mod properties;
mod scenarios;
#[cfg(feature = "schema")]
mod schema;
mod threads;
mod world;
