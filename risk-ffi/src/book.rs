//! What an engine here is made with: where it gets the time, and how its records are kept.

use risk_core::{
    Clock, Ingested, Input, Journal, JournalError, ManualClock, MemoryJournal, Order, Outcome, Record,
    SnapshotOf, SystemClock, Timestamp,
};

use crate::border::Fault;
use crate::words::rg_status::RG_UNAVAILABLE;

/// Where an engine gets the time.
#[derive(Debug)]
pub(crate) enum Time {
    System(SystemClock),
    Manual(ManualClock),
}

impl Clock for Time {
    #[inline]
    fn now(&self) -> Option<Timestamp> {
        match self {
            Self::System(clock) => clock.now(),
            Self::Manual(clock) => clock.now(),
        }
    }
}

/// How the records are kept.
pub(crate) enum Book {
    Memory(MemoryJournal),
    Folder(risk_core::AnyJournal),
}

impl Book {
    /// The records, where they can be looked at from here.
    pub(crate) fn in_memory(&self) -> Result<&MemoryJournal, Fault> {
        match self {
            Self::Memory(journal) => Ok(journal),
            Self::Folder(_) => {
                Err(Fault::new(RG_UNAVAILABLE, "the journal is in a folder; look at it with risk-journal"))
            }
        }
    }
}

/// The same question to whichever journal it is.
macro_rules! whichever {
    ($book:ident, $journal:ident => $call:expr) => {
        match $book {
            Book::Memory($journal) => $call,
            Book::Folder($journal) => $call,
        }
    };
}

impl Journal for Book {
    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        whichever!(self, journal => journal.append(record))
    }

    #[inline]
    fn append_evaluation(
        &mut self,
        seq: u64,
        at: Option<Timestamp>,
        order: &Order,
        outcome: &Outcome,
    ) -> Result<(), JournalError> {
        whichever!(self, journal => journal.append_evaluation(seq, at, order, outcome))
    }

    #[inline]
    fn append_input(
        &mut self,
        seq: u64,
        at: Option<Timestamp>,
        input: &Input,
        effect: Ingested,
    ) -> Result<(), JournalError> {
        whichever!(self, journal => journal.append_input(seq, at, input, effect))
    }

    fn sync_to(&mut self, seq: u64) -> Result<(), JournalError> {
        whichever!(self, journal => journal.sync_to(seq))
    }

    fn durable_seq(&self) -> u64 {
        whichever!(self, journal => journal.durable_seq())
    }

    #[inline]
    fn is_short(&self) -> bool {
        whichever!(self, journal => journal.is_short())
    }

    #[inline]
    fn wants_snapshot(&self) -> bool {
        whichever!(self, journal => journal.wants_snapshot())
    }

    fn snapshot(&mut self, snapshot: SnapshotOf<'_>) {
        whichever!(self, journal => journal.snapshot(snapshot));
    }
}

#[cfg(test)]
mod tests {
    use risk_core::{Config, Id, Input, ManualClock, Order, Reason, Scope, Timestamp, TradingState};
    use risk_journal::segment::name;
    use risk_journal::{Durability, Options};

    use super::{Book, Time};
    use crate::registry::{self, Open};
    use crate::rule::Numbered;

    const CONFIG: &str = r#"
        firm = { currency = "USD", unlimited = "a test" }
        assets = [{ code = "USD", digits = 2 }]
        accounts = [{ name = "main", currency = "USD", unlimited = "a test", strategies = [{ name = "s" }] }]
        instruments = [{ symbol = "ABC", quote = "USD", price_scale = 2, price_increment = "0.01", quantity_scale = 0,
            quantity_increment = "1" }]
    "#;

    /// A journal in a folder where nothing more can be made: the last of its room is kept for what closes, and a guard
    /// behind a number refuses what opens.
    #[test]
    fn a_folder_with_little_room_left_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let config = Config::from_toml(CONFIG, "a test").unwrap();
        let clock = ManualClock::at(Timestamp::from_nanos(1_700_000_000_000_000_000));
        let options = Options {
            durability: Durability::Group { sync_within_ms: 1 },
            segment_bytes: 16_384,
            ..Options::default()
        };
        let opened = risk_journal::open_as(
            &path,
            &config,
            Time::Manual(clock.clone()),
            options,
            Vec::new(),
            Book::Folder,
        );
        let mut engine = opened.unwrap().engine;
        let quoted = risk_core::Quote::new(engine.instrument("ABC").unwrap(), 1, 2, engine.now());
        engine.ingest(Input::Quote(quoted)).unwrap();
        // What is in the way of the segment after the next.
        std::fs::create_dir_all(path.join(name(3)).join("in the way")).unwrap();
        let guard =
            registry::add(Box::new(Open::new(engine, config, Some(clock), Numbered::default(), None)))
                .unwrap();
        let mut orders = 0;
        let refused = loop {
            orders += 1;
            assert!(orders < 10_000, "it never said that it is short");
            let asked = registry::with(guard, |open| {
                let account = open.engine.account("main").unwrap();
                let strategy = open.engine.strategy(account, "s").unwrap();
                let instrument = open.engine.instrument("ABC").unwrap();
                let order = Order::buy(instrument, 1).limit(1).account(account).strategy(strategy);
                let id = Id::new(format!("o-{orders}").as_str());
                let answer = open.engine.evaluate(&order.id(id)).permit();
                Ok(answer.map(|permit| open.engine.release(permit).unwrap()).map_err(|why| why.reason))
            });
            if let Err(reason) = asked.unwrap() {
                break reason;
            }
        };
        assert_eq!(refused, Reason::JournalUnavailable);
        let halted = registry::with(guard, |open| Ok(open.engine.trading_state(Scope::Firm)));
        assert_eq!(halted.unwrap(), TradingState::Active, "short is not failed");
        drop(registry::remove(guard).unwrap());
    }
}
