//! One subject a file.

mod marks;
mod scenarios;
