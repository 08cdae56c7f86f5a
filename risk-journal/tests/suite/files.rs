//! Real files: what is written is there again.

use std::path::Path;

use risk_core::{AnyJournal, Engine, ManualClock, Scope, TradingState};
use risk_journal::{Durability, OpenError, Opened, Options, open};
use tempfile::TempDir;

use super::desk::{START, Trader, config};

type Guarded = Opened<ManualClock, AnyJournal>;

fn options(durability: Durability) -> Options {
    Options { durability, segment_bytes: 1 << 16, snapshot_every: 300, keep_records: None, key: None }
}

fn start(folder: &Path, durability: Durability, clock: &ManualClock) -> Guarded {
    open(folder, &config(), clock.clone(), options(durability)).unwrap()
}

fn home() -> (TempDir, std::path::PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    (home, folder)
}

/// Waits until the helper has made the next segment: an ordinary load does not outrun it, a test does.
fn breathe(engine: &Engine<ManualClock, AnyJournal>, steps: u32) {
    if steps.is_multiple_of(50) {
        std::thread::sleep(std::time::Duration::from_millis(15));
    }
    let latches: Vec<_> = engine.latches().collect();
    assert_eq!(engine.trading_state(Scope::Firm), TradingState::Active, "{steps}: {latches:?}");
}

#[test]
fn a_history_over_many_segments_is_recovered_again_and_again() {
    for durability in [Durability::Group { sync_within_ms: 5 }, Durability::Always] {
        let (_home, folder) = home();
        let clock = ManualClock::at(START);
        let mut trader = Trader::new(7);
        let mut last = None;
        for round in 0..6 {
            let mut opened = start(&folder, durability, &clock);
            assert_eq!(opened.report.problems, [], "round {round}");
            if let Some((seq, digest)) = last {
                // What recovery itself records comes on top.
                assert_eq!(opened.report.seq, seq);
                assert_eq!(opened.engine.seq(), seq + 1);
                assert_ne!(opened.engine.digest(), digest);
            }
            for step in 0..400 {
                trader.step(&mut opened.engine, &clock);
                breathe(&opened.engine, step);
            }
            last = Some((opened.engine.seq(), opened.engine.digest()));
        }
        let names: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let count = |prefix: &str| names.iter().filter(|name| name.starts_with(prefix)).count();
        assert!(count("segment-") > 3, "{names:?}");
        assert_eq!(count("snapshot-"), 2, "{names:?}");
    }
}

#[test]
fn a_second_writer_and_another_configuration_are_refused() {
    let (_home, folder) = home();
    let clock = ManualClock::at(START);
    let first = start(&folder, Durability::Always, &clock);
    let second = open(&folder, &config(), clock.clone(), options(Durability::Always));
    assert!(matches!(second, Err(OpenError::Io { .. })));
    drop(first);
    let mut other = config();
    other.firm.limits.gross_exposure_max = Some(1.into());
    let opened = open(&folder, &other, clock.clone(), options(Durability::Always));
    assert!(matches!(opened, Err(OpenError::ConfigChanged)));
    let key = Some(risk_journal::ChainKey::new([1; 32]));
    let opened = open(&folder, &config(), clock, Options { key, ..options(Durability::Always) });
    assert!(matches!(opened, Err(OpenError::Key)));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_look() {
    use std::os::unix::fs::PermissionsExt;
    let (_home, folder) = home();
    let clock = ManualClock::at(START);
    drop(start(&folder, Durability::Always, &clock));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    let set = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let refused = |folder: &Path| match open(folder, &config(), clock.clone(), options(Durability::Always)) {
        Err(OpenError::Io { error, .. }) => error.kind() == std::io::ErrorKind::PermissionDenied,
        _ => false,
    };
    set(&folder, 0o750);
    assert!(refused(&folder), "a folder that others may enter");
    set(&folder, 0o700);
    set(&folder.join("checkpoints"), 0o644);
    let opened = open(&folder, &config(), clock.clone(), options(Durability::Always));
    assert!(opened.is_err() || !opened.unwrap().report.problems.is_empty(), "a file that others may read");
    let link = folder.with_file_name("link");
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    assert!(refused(&link), "a folder behind a link");
    let file = folder.join("config.json");
    std::fs::rename(&file, folder.with_file_name("config")).unwrap();
    std::os::unix::fs::symlink(folder.with_file_name("config"), &file).unwrap();
}

#[test]
fn memory_forgets() {
    let (_home, folder) = home();
    let clock = ManualClock::at(START);
    let mut opened = start(&folder, Durability::Memory { records: 100 }, &clock);
    Trader::new(1).trade(&mut opened.engine, &clock, 50);
    assert!(!folder.exists());
}
