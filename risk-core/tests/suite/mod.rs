//! One subject a file.

mod scenarios;
