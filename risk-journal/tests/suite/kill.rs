//! A real process under load, killed at any moment (`RISK_KILLS` times): nothing it acknowledged is lost, and halts
//! hold.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use risk_core::{Lift, ManualClock, Scope, TradingState};
use risk_journal::{Durability, Options, open};

use super::desk::{START, Trader, busy};
use super::scale::{Progress, number};

/// Tells the test below that it is the process to be killed.
const VICTIM: &str = "RISK_JOURNAL_VICTIM";

fn options(always: bool) -> Options {
    let durability = if always { Durability::Always } else { Durability::Group { sync_within_ms: 4 } };
    Options { durability, segment_bytes: 1 << 20, snapshot_every: 2_000, keep_records: None, key: None }
}

/// Not a test of its own: what runs in the process that is killed. On its own it does nothing.
#[test]
fn victim() {
    let Some(folder) = std::env::var_os(VICTIM) else { return };
    let seed: u64 = std::env::var("RISK_JOURNAL_SEED").unwrap().parse().unwrap();
    let clock = ManualClock::at(START);
    let mut opened =
        open(Path::new(&folder), &busy(), clock.clone(), options(seed.is_multiple_of(3))).unwrap();
    let mut trader = Trader::new(seed);
    let mut out = std::io::stdout();
    let mut say = |line: String| out.write_all(line.as_bytes()).and_then(|()| out.flush()).unwrap();
    assert_eq!(opened.report.problems, []);
    let mut halted = None;
    say(format!("\nopened {}\n", opened.report.seq));
    loop {
        trader.step(&mut opened.engine, &clock);
        say(format!("acknowledged {}\n", opened.engine.seq()));
        if trader.random.u8(..40) == 0 {
            let scope = Scope::Instrument(opened.engine.instrument("ETH-USD").unwrap());
            match halted.take() {
                None => {
                    say("doing\n".to_owned());
                    halted = Some(opened.engine.halt(scope, "a test", "ops").latch);
                    say("halted\n".to_owned());
                }
                Some(latch) => {
                    say("doing\n".to_owned());
                    let lift = Lift::UpTo(latch);
                    opened.engine.resume(scope, lift, TradingState::Active, "on", "ops").unwrap();
                    say("resumed\n".to_owned());
                }
            }
        }
    }
}

#[test]
fn a_process_that_is_killed_has_lost_nothing() {
    let kills = number("RISK_KILLS", 24);
    let mut progress = Progress::new("kills", kills);
    let (mut acknowledged, mut killed) = (0, 0);
    for seed in 0.. {
        if killed >= kills {
            break;
        }
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("journal");
        let mut random = fastrand::Rng::with_seed(seed);
        let mut last = 0;
        for life in 0..2 {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "suite::kill::victim", "--nocapture", "--test-threads=1"])
                .env(VICTIM, &folder)
                .env("RISK_JOURNAL_SEED", (seed + 1_000 * life).to_string())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let opened = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("opened ")).unwrap();
            let found: u64 = opened["opened ".len()..].parse().unwrap();
            assert!(found >= last, "seed {seed}: {found} of {last} acknowledged");
            // A pipe is small: it is read while the process lives.
            let reader = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>());
            std::thread::sleep(Duration::from_micros(random.u64(0..30_000)));
            child.kill().unwrap();
            killed += 1;
            progress.at(killed);
            child.wait().unwrap();
            let lines = reader.join().unwrap();
            let acknowledgements = lines.iter().filter_map(|line| line.strip_prefix("acknowledged "));
            // The last line may be cut, and then says less than it should.
            last = acknowledgements.filter_map(|seq| seq.parse().ok()).fold(last, u64::max);
            let halt =
                lines.iter().rev().find(|line| ["doing", "halted", "resumed"].contains(&line.as_str()));
            let clock = ManualClock::at(START);
            let again = open(&folder, &busy(), clock, options(seed.is_multiple_of(3))).unwrap();
            assert_eq!(again.report.problems, [], "seed {seed}");
            assert!(again.report.seq >= last, "seed {seed}: {} of {last} acknowledged", again.report.seq);
            let state =
                again.engine.trading_state(Scope::Instrument(again.engine.instrument("ETH-USD").unwrap()));
            match halt.map(String::as_str) {
                Some("halted") => assert_eq!(state, TradingState::Halted, "seed {seed}: a halt is forgotten"),
                Some("resumed") => {
                    assert_eq!(state, TradingState::Active, "seed {seed}: a resume is forgotten")
                }
                _ => {}
            }
            if state == TradingState::Halted {
                break;
            }
            last = again.engine.seq();
        }
        acknowledged += last;
    }
    println!("{killed} kills, {acknowledged} records acknowledged");
}
