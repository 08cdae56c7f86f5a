//! Zero bypass: what must not compile does not, and what compiles is refused when it runs. A downstream crate tries.
//!
//! The messages of the compiler are committed beside the attempts (`ui/*.stderr`). They change with the compiler; with
//! another one than they were made with (`ui/rustc.txt`), the attempts must still fail, for the same error codes.
//! `TRYBUILD=overwrite cargo test -p risk-core --test ui` makes them anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Tells the child where its copies are.
const COPIES: &str = "RISK_UI_COPIES";

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The attempts of a folder, by their paths without the extension.
fn attempts(folder: &str) -> Vec<PathBuf> {
    let folder = tests().join(folder);
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect();
    files.sort();
    files
}

/// `1.95` of `rustc 1.95.0 (...)`.
fn compiler() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    version.split([' ', '.']).skip(1).take(2).collect::<Vec<_>>().join(".")
}

/// `E0451` and the like.
fn codes(messages: &str) -> BTreeSet<String> {
    let code =
        |line: &str| line.strip_prefix("error[").and_then(|rest| rest.split(']').next()).map(str::to_owned);
    messages.lines().filter_map(code).collect()
}

#[test]
fn nobody_gets_round_the_guard() {
    let (forbidden, refused) = (attempts("ui"), attempts("bypass"));
    assert!(forbidden.len() >= 20 && refused.len() >= 12, "{} and {}", forbidden.len(), refused.len());
    let cases = trybuild::TestCases::new();
    cases.pass("tests/bypass/*.rs");
    let made_with = std::fs::read_to_string(tests().join("ui/rustc.txt")).unwrap();
    if let Some(copies) = std::env::var_os(COPIES) {
        cases.compile_fail(Path::new(&copies).join("*.rs").to_str().unwrap());
    } else if made_with.trim() == compiler() || std::env::var_os("TRYBUILD").is_some() {
        cases.compile_fail("tests/ui/*.rs");
    } else {
        fail_for_the_same_codes(&forbidden);
    }
}

/// Has a child compile copies that have no messages yet, and compares the codes of what the compiler says.
fn fail_for_the_same_codes(forbidden: &[PathBuf]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for attempt in forbidden {
        std::fs::copy(attempt, folder.join(attempt.file_name().unwrap())).unwrap();
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .env("TRYBUILD", "overwrite")
        .env(COPIES, &folder)
        .status()
        .unwrap();
    assert!(child.success(), "an attempt compiles");
    for attempt in forbidden {
        let messages = |path: &Path| std::fs::read_to_string(path.with_extension("stderr")).unwrap();
        let copy = folder.join(attempt.file_name().unwrap());
        assert_eq!(codes(&messages(&copy)), codes(&messages(attempt)), "{}", attempt.display());
    }
}
