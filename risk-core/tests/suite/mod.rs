//! One subject a file.

mod absurd;
mod boundaries;
#[cfg(feature = "tz")]
mod calendar;
mod calls;
mod changes;
mod determinism;
mod fixtures;
mod house;
mod life;
mod linear;
mod lint;
mod list;
mod marks;
mod modify;
mod plainly;
mod precedence;
mod presets;
mod properties;
mod readings;
mod scenarios;
#[cfg(feature = "schema")]
mod schema;
mod self_match;
mod threads;
mod trips;
mod world;
