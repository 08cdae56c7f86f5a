//! One subject a file.

mod absurd;
mod boundaries;
mod calls;
mod determinism;
mod fixtures;
mod life;
mod marks;
mod plainly;
mod precedence;
mod properties;
mod scenarios;
mod threads;
mod world;
