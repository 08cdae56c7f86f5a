//! One subject a file.

mod absurd;
mod boundaries;
mod fixtures;
mod life;
mod marks;
mod precedence;
mod properties;
mod scenarios;
mod world;
