//! When a trading day rolls, where clocks change: instants of the zones' own history, checked against another
//! implementation by hand.

use risk_core::{
    Account, Asset, Calendar, Config, DayRoll, Engine, Input, ManualClock, MemoryJournal, Session,
    SessionCalendar, SessionHours, Sessions, Timestamp, Weekday, replay,
};

/// Seconds since the epoch of a date and time in UTC.
fn utc(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> Timestamp {
    // Days since the epoch of a civil date, counted in eras of 400 years that begin on 1 March.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Timestamp::from_millis((days * 86_400 + hour * 3_600 + minute * 60) * 1_000)
}

fn calendar(at: &str, zone: &str) -> Calendar {
    Calendar::new(&DayRoll::new(at.parse().unwrap(), zone)).unwrap()
}

/// The rolls from an instant on, one after another.
fn rolls(at: &str, zone: &str, from: Timestamp, count: usize) -> Vec<Timestamp> {
    let calendar = calendar(at, zone);
    let mut now = from;
    (0..count)
        .map(|_| {
            now = calendar.next_after(now).unwrap();
            now
        })
        .collect()
}

#[test]
fn an_instant_rolls_once_and_is_not_its_own_next() {
    let calendar = calendar("17:00", "UTC");
    let five = utc(2026, 1, 5, 17, 0);
    assert_eq!(calendar.next_after(utc(2026, 1, 5, 16, 59)), Some(five));
    assert_eq!(calendar.next_after(Timestamp::from_nanos(five.nanos() - 1)), Some(five));
    assert_eq!(calendar.next_after(five), Some(utc(2026, 1, 6, 17, 0)));
    assert_eq!(calendar.next_after(Timestamp::MAX), None);
}

#[test]
fn new_york_keeps_its_local_time_over_both_changes() {
    let spring = rolls("17:00", "America/New_York", utc(2026, 3, 7, 0, 0), 3);
    assert_eq!(spring, [utc(2026, 3, 7, 22, 0), utc(2026, 3, 8, 21, 0), utc(2026, 3, 9, 21, 0)]);
    let fall = rolls("17:00", "America/New_York", utc(2026, 10, 31, 0, 0), 3);
    assert_eq!(fall, [utc(2026, 10, 31, 21, 0), utc(2026, 11, 1, 22, 0), utc(2026, 11, 2, 22, 0)]);
}

#[test]
fn a_time_in_the_gap_rolls_at_the_first_instant_after_it() {
    // 02:00 to 03:00 is not there on 8 March: at 07:00 UTC the clocks show 03:00.
    for at in ["02:00", "02:30", "02:59:59"] {
        let found = rolls(at, "America/New_York", utc(2026, 3, 8, 0, 0), 2);
        assert_eq!(found[0], utc(2026, 3, 8, 7, 0), "{at}");
        assert!(found[1] > utc(2026, 3, 9, 5, 59), "{at}: {}", found[1]);
    }
    assert_eq!(rolls("03:00", "America/New_York", utc(2026, 3, 8, 0, 0), 1), [utc(2026, 3, 8, 7, 0)]);
    assert_eq!(rolls("01:59", "America/New_York", utc(2026, 3, 8, 0, 0), 1), [utc(2026, 3, 8, 6, 59)]);
}

#[test]
fn a_time_that_comes_twice_rolls_at_its_first_occurrence() {
    // 01:00 to 02:00 is there twice on 1 November: first in summer time, 4 hours behind UTC.
    let found = rolls("01:30", "America/New_York", utc(2026, 11, 1, 0, 0), 2);
    assert_eq!(found, [utc(2026, 11, 1, 5, 30), utc(2026, 11, 2, 6, 30)]);
    // Between its two occurrences the next one is that of the next day.
    let between = calendar("01:30", "America/New_York").next_after(utc(2026, 11, 1, 6, 0));
    assert_eq!(between, Some(utc(2026, 11, 2, 6, 30)));
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    // 02:00 to 02:30 is not there on 4 October: at 15:30 UTC the clocks show 02:30.
    let gap = rolls("02:15", "Australia/Lord_Howe", utc(2026, 10, 3, 0, 0), 2);
    assert_eq!(gap, [utc(2026, 10, 3, 15, 30), utc(2026, 10, 4, 15, 15)]);
    // 01:30 to 02:00 is there twice on 5 April: first 11 hours ahead.
    let fold = rolls("01:45", "Australia/Lord_Howe", utc(2026, 4, 4, 0, 0), 2);
    assert_eq!(fold, [utc(2026, 4, 4, 14, 45), utc(2026, 4, 5, 15, 15)]);
}

#[test]
fn a_midnight_that_is_skipped_rolls_at_the_first_instant_of_the_day() {
    // São Paulo, 4 November 2018: 00:00 to 01:00 is not there.
    for at in ["00:00", "00:30"] {
        assert_eq!(
            rolls(at, "America/Sao_Paulo", utc(2018, 11, 3, 12, 0), 1),
            [utc(2018, 11, 4, 3, 0)],
            "{at}"
        );
    }
    // Cairo, 24 April 2026, the same.
    assert_eq!(rolls("00:00", "Africa/Cairo", utc(2026, 4, 23, 0, 0), 1), [utc(2026, 4, 23, 22, 0)]);
    // A day that ends late still has one roll: Cairo, midnight of 30 October 2026 comes after 23:00 came twice.
    let fall = rolls("23:30", "Africa/Cairo", utc(2026, 10, 29, 0, 0), 2);
    assert_eq!(fall, [utc(2026, 10, 29, 20, 30), utc(2026, 10, 30, 21, 30)]);
}

#[test]
fn a_date_that_is_skipped_does_not_roll() {
    // Apia went over the date line: after 29 December 2011 came the 31st.
    let evening = rolls("17:00", "Pacific/Apia", utc(2011, 12, 29, 12, 0), 3);
    assert_eq!(evening, [utc(2011, 12, 30, 3, 0), utc(2011, 12, 31, 3, 0), utc(2012, 1, 1, 3, 0)]);
    let midnight = rolls("00:00", "Pacific/Apia", utc(2011, 12, 28, 12, 0), 3);
    assert_eq!(midnight, [utc(2011, 12, 29, 10, 0), utc(2011, 12, 30, 10, 0), utc(2011, 12, 31, 10, 0)]);
}

#[test]
fn every_day_of_a_century_rolls_once() {
    for (at, zone) in [
        ("02:30", "America/New_York"),
        ("00:00", "America/Sao_Paulo"),
        ("02:15", "Australia/Lord_Howe"),
        ("12:00", "UTC"),
    ] {
        let calendar = calendar(at, zone);
        let mut now = utc(1990, 1, 1, 12, 0);
        for _ in 0..36_500 {
            let next = calendar.next_after(now).unwrap();
            let hours = (next.millis() - now.millis()) / 3_600_000;
            assert!((now == utc(1990, 1, 1, 12, 0)) || (22..=26).contains(&hours), "{zone}: {now} to {next}");
            now = next;
        }
    }
}

#[test]
fn an_unknown_zone_is_refused_by_name() {
    let refused = Calendar::new(&DayRoll::new("17:00".parse().unwrap(), "America/Gotham")).unwrap_err();
    assert!(refused.to_string().contains("\"America/Gotham\""), "{refused}");
}

/// A host that asks on every turn; then it is down for ten days.
#[test]
fn after_a_long_downtime_the_day_rolls_once() {
    let mut config = Config::new("USD");
    config.assets.push(Asset::new("USD", 2));
    config.firm.unlimited = Some("a test".to_owned());
    config.accounts.push(Account::new("main", "USD").unlimited("a test"));
    let clock = ManualClock::at(utc(2026, 3, 2, 12, 0));
    let mut engine = Engine::new(&config, clock.clone(), MemoryJournal::with_capacity(100)).unwrap();
    let main = engine.account("main").unwrap();
    let calendar = calendar("17:00", "America/New_York");
    let turn = |engine: &mut Engine<ManualClock, MemoryJournal>, now: Timestamp| {
        clock.set(now);
        engine.tick();
        if let Some(input) = calendar.input(engine.next_roll(), now) {
            engine.ingest(input).unwrap();
        }
        engine.next_roll().unwrap()
    };
    assert_eq!(turn(&mut engine, utc(2026, 3, 2, 12, 0)), utc(2026, 3, 2, 22, 0));
    engine.ingest(Input::Balance { account: main, balance: 100.into() }).unwrap();
    engine.ingest(Input::Balance { account: main, balance: 90.into() }).unwrap();
    let lost = |engine: &Engine<_, _>| engine.account_sums(main).unwrap().day_profit;
    assert_eq!(lost(&engine), (-10).into());
    assert_eq!(turn(&mut engine, utc(2026, 3, 2, 21, 59)), utc(2026, 3, 2, 22, 0));
    assert_eq!(lost(&engine), (-10).into());
    // Ten days later, over the change of the clocks: one roll, with the last known equity, before what comes then.
    clock.set(utc(2026, 3, 12, 8, 0));
    engine.ingest(Input::Balance { account: main, balance: 85.into() }).unwrap();
    assert_eq!(lost(&engine), (-5).into());
    assert_eq!(turn(&mut engine, utc(2026, 3, 12, 8, 0)), utc(2026, 3, 12, 21, 0));
    assert_eq!(lost(&engine), (-5).into());

    // Replay knows no zone: the instants are on record.
    let again = replay(&config, engine.journal().base(), engine.journal().records()).unwrap();
    assert_eq!(again.digest(), engine.digest());
    assert_eq!(again.next_roll(), engine.next_roll());
}

fn sessions(zone: &str, open: &str, close: &str, days: &[Weekday]) -> SessionCalendar {
    let hours = SessionHours::new(open.parse().unwrap(), close.parse().unwrap()).on(days.iter().copied());
    SessionCalendar::new(&Sessions::new(zone, [hours])).unwrap()
}

#[test]
fn a_session_is_the_open_one_or_the_next() {
    use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
    let week = [Monday, Tuesday, Wednesday, Thursday, Friday];
    let new_york = sessions("America/New_York", "09:30", "16:00", &week);
    // Friday 6 March 2026, in winter time; Monday the 9th is in summer time.
    let friday = Session { opens: utc(2026, 3, 6, 14, 30), closes: utc(2026, 3, 6, 21, 0) };
    let monday = Session { opens: utc(2026, 3, 9, 13, 30), closes: utc(2026, 3, 9, 20, 0) };
    assert_eq!(new_york.session_at(utc(2026, 3, 6, 3, 0)), Some(friday));
    assert_eq!(new_york.session_at(friday.opens), Some(friday));
    assert_eq!(new_york.session_at(Timestamp::from_nanos(friday.closes.nanos() - 1)), Some(friday));
    assert_eq!(new_york.session_at(friday.closes), Some(monday));
    // Hours that end on the following day, across the change of clocks: an hour shorter.
    let night = sessions("America/New_York", "18:00", "17:00", &[Weekday::Saturday]);
    let found = night.session_at(utc(2026, 3, 8, 0, 0));
    assert_eq!(found, Some(Session { opens: utc(2026, 3, 7, 23, 0), closes: utc(2026, 3, 8, 21, 0) }));
    assert_eq!(night.session_at(Timestamp::MAX), None);
}

#[test]
fn an_engine_is_told_its_sessions_one_after_the_other() {
    let mut config = Config::new("USD");
    config.assets.push(Asset::new("USD", 2));
    config.firm.unlimited = Some("a test".to_owned());
    config.accounts.push(Account::new("main", "USD").unlimited("a test").strategy("s"));
    let mut instrument = risk_core::Instrument::new("X", "USD", 2, 0);
    let hours = SessionHours::new("09:00".parse().unwrap(), "17:00".parse().unwrap());
    let of = Sessions::new("UTC", [hours.on([Weekday::Monday])]);
    instrument.sessions = Some(of.clone());
    config.instruments.push(instrument);
    let start = utc(2026, 1, 5, 8, 0);
    let clock = ManualClock::at(start);
    let mut engine = Engine::new(&config, clock, MemoryJournal::with_capacity(64)).unwrap();
    let instrument = engine.instrument("X").unwrap();
    let calendar = SessionCalendar::new(&of).unwrap();
    assert_eq!(engine.session(instrument), None);
    for week in 0..3 {
        let now = start.plus_ms(week * 7 * 86_400_000);
        let input = calendar.input(instrument, engine.session(instrument), now).unwrap();
        engine.ingest(input).unwrap();
        assert_eq!(calendar.input(instrument, engine.session(instrument), now), None);
        assert_eq!(engine.session(instrument).unwrap().opens, now.plus_ms(3_600_000));
    }
    let again = replay(&config, engine.journal().base(), engine.journal().tail()).unwrap();
    assert_eq!(again.digest(), engine.digest());
    for empty in [Sessions::new("UTC", []), Sessions { hours: vec![of.hours[0].clone().on([])], ..of }] {
        let mut broken = config.clone();
        broken.instruments[0].sessions = Some(empty);
        let problem = broken.check().unwrap_err().to_string();
        assert!(problem.contains("sessions") && problem.contains("empty"), "{problem}");
    }
    assert!(SessionCalendar::new(&Sessions::new("Nowhere/Land", [])).is_err());
}
