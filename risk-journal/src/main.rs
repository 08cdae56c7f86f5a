//! The command line tool: a journal verified, shown, explained, done again, and asked what other limits would have done.

#![deny(unsafe_code)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
