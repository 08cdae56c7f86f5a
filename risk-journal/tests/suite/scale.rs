//! How much of a test runs: a share in the fast lane, all of it where a variable says so, with a line now and then.

use std::time::Instant;

/// A number from a variable, or another.
pub(super) fn number(variable: &str, otherwise: u64) -> u64 {
    let given = std::env::var(variable).ok().map(|text| text.replace('_', ""));
    given.map_or(otherwise, |text| {
        text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}, no number"))
    })
}

/// Says how far a long test is, each tenth.
pub(super) struct Progress {
    what: &'static str,
    all: u64,
    begin: Instant,
    said: u64,
}

impl Progress {
    pub(super) fn new(what: &'static str, all: u64) -> Self {
        Self { what, all, begin: Instant::now(), said: 0 }
    }

    pub(super) fn at(&mut self, done: u64) {
        let tenth = (done * 10).checked_div(self.all).unwrap_or(10);
        if tenth > self.said {
            self.said = tenth;
            println!("{done} of {} {}, {:.1?}", self.all, self.what, self.begin.elapsed());
        }
    }
}
