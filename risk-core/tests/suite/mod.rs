//! One subject a file.

mod absurd;
mod boundaries;
mod calls;
mod determinism;
mod fixtures;
mod life;
mod list;
mod marks;
mod modify;
mod precedence;
mod properties;
mod readings;
mod scenarios;
mod threads;
mod world;
