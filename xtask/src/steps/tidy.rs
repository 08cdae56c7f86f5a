//! House rules no other tool knows, over every file of the repository.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::step::Outcome;
use crate::workspace::Workspace;

/// Lines of a Rust file. A file that needs more says why in [`ALLOWED`].
const RUST_LINES_MAX: usize = 500;
/// Bytes of a file. Data is fetched, never committed.
const FILE_BYTES_MAX: u64 = 512 * 1024;

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// A path that exists on one machine only.
    MachinePath,
    /// The host name of a package registry, which a mirror may replace.
    RegistryHost,
    /// A placeholder that stops the program.
    Placeholder,
    /// A test that does not run.
    IgnoredTest,
    /// A test that any panic satisfies.
    ShouldPanic,
    /// A Rust file above [`RUST_LINES_MAX`].
    Overlong,
    /// A file above [`FILE_BYTES_MAX`].
    Oversized,
}

/// An exception: file, rule, reason. One that is no longer needed is a failure too.
type Exception = (&'static str, Rule, &'static str);

const ALLOWED: &[Exception] = &[
    ("Cargo.lock", Rule::RegistryHost, "cargo writes where a crate comes from"),
    ("fuzz/Cargo.lock", Rule::RegistryHost, "cargo writes where a crate comes from"),
];

/// What a text must not contain, in Rust files only or in every file.
struct Forbidden {
    rule: Rule,
    rust_only: bool,
    text: &'static str,
}

const fn anywhere(rule: Rule, text: &'static str) -> Forbidden {
    Forbidden { rule, rust_only: false, text }
}

const fn in_rust(rule: Rule, text: &'static str) -> Forbidden {
    Forbidden { rule, rust_only: true, text }
}

/// Written in two pieces, so that this file obeys its own rules.
const FORBIDDEN: &[Forbidden] = &[
    anywhere(Rule::MachinePath, concat!("/ho", "me/")),
    anywhere(Rule::MachinePath, concat!("/ro", "ot/")),
    anywhere(Rule::MachinePath, concat!("/t", "mp/")),
    anywhere(Rule::MachinePath, concat!("/wo", "rk/")),
    anywhere(Rule::MachinePath, concat!("/Us", "ers/")),
    anywhere(Rule::MachinePath, concat!("C:\\", "Users")),
    anywhere(Rule::RegistryHost, concat!("crates", ".io")),
    anywhere(Rule::RegistryHost, concat!("pypi", ".org")),
    anywhere(Rule::RegistryHost, concat!("pythonhosted", ".org")),
    in_rust(Rule::Placeholder, concat!("to", "do!(")),
    in_rust(Rule::Placeholder, concat!("unimplemen", "ted!(")),
    in_rust(Rule::Placeholder, concat!("db", "g!(")),
    in_rust(Rule::IgnoredTest, concat!("#[", "ignore")),
    in_rust(Rule::ShouldPanic, concat!("should", "_panic")),
];

/// Something a rule forbids.
#[derive(Debug)]
struct Finding {
    file: String,
    line: usize,
    rule: Rule,
    what: String,
}

/// Judges every file.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    let files = workspace.files()?;
    let mut findings = Vec::new();
    for file in &files {
        let name = shown(file);
        let path = workspace.root.join(file);
        let bytes = std::fs::read(&path).with_context(|| name.clone())?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            let what = format!("{} bytes, at most {FILE_BYTES_MAX}", bytes.len());
            findings.push(Finding { file: name.clone(), line: 0, rule: Rule::Oversized, what });
        }
        // What is not text has no words to judge.
        if let Ok(text) = String::from_utf8(bytes) {
            findings.extend(judge(&name, &text));
        }
    }
    let wrong = complaints(&findings, ALLOWED);
    if !wrong.is_empty() {
        for line in &wrong {
            println!("    {line}");
        }
        bail!("{} finding(s); an exception needs a reason in xtask/src/steps/tidy.rs", wrong.len());
    }
    Ok(Outcome::Passed(format!("{} files", files.len())))
}

fn judge(file: &str, text: &str) -> Vec<Finding> {
    let rust = Path::new(file).extension().is_some_and(|extension| extension == "rs");
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for forbidden in FORBIDDEN.iter().filter(|f| rust || !f.rust_only) {
            if line.contains(forbidden.text) {
                let what = format!("`{}`", forbidden.text);
                findings.push(Finding { file: file.to_owned(), line: index + 1, rule: forbidden.rule, what });
            }
        }
    }
    let lines = text.lines().count();
    if rust && lines > RUST_LINES_MAX {
        let what = format!("{lines} lines, at most {RUST_LINES_MAX}");
        findings.push(Finding { file: file.to_owned(), line: lines, rule: Rule::Overlong, what });
    }
    findings
}

/// Findings without an exception, and exceptions without a finding.
fn complaints(findings: &[Finding], allowed: &[Exception]) -> Vec<String> {
    let covers =
        |exception: &Exception, finding: &Finding| exception.0 == finding.file && exception.1 == finding.rule;
    let open = findings
        .iter()
        .filter(|finding| !allowed.iter().any(|exception| covers(exception, finding)))
        .map(|f| format!("{}:{}: {:?}: {}", f.file, f.line, f.rule, f.what));
    let stale = allowed
        .iter()
        .filter(|exception| !findings.iter().any(|finding| covers(exception, finding)))
        .map(|(file, rule, _)| format!("{file}: {rule:?} is allowed there and does not occur"));
    open.chain(stale).collect()
}

/// A path with `/`, on every platform.
fn shown(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::{FORBIDDEN, RUST_LINES_MAX, Rule, complaints, judge};

    #[test]
    fn every_forbidden_text_is_found() {
        for forbidden in FORBIDDEN {
            let found = judge("a.rs", &format!("let a = 1;\n    x {} y\n", forbidden.text));
            assert_eq!(found.iter().map(|f| (f.line, f.rule)).collect::<Vec<_>>(), [(2, forbidden.rule)]);
            assert_eq!(judge("a.md", forbidden.text).is_empty(), forbidden.rust_only, "{}", forbidden.text);
        }
    }

    #[test]
    fn a_long_rust_file_is_found() {
        let line = "let a = 1;\n";
        assert!(judge("a.rs", &line.repeat(RUST_LINES_MAX)).is_empty());
        assert_eq!(judge("a.rs", &line.repeat(RUST_LINES_MAX + 1))[0].rule, Rule::Overlong);
        assert!(judge("a.txt", &line.repeat(RUST_LINES_MAX + 1)).is_empty());
    }

    #[test]
    fn an_exception_counts_for_its_file_and_rule_and_only_while_needed() {
        let findings = judge("a.rs", concat!("should", "_panic"));
        assert_eq!(complaints(&findings, &[("a.rs", Rule::ShouldPanic, "")]).len(), 0);
        assert_eq!(complaints(&findings, &[("b.rs", Rule::ShouldPanic, "")]).len(), 2);
        assert_eq!(complaints(&findings, &[("a.rs", Rule::Overlong, "")]).len(), 2);
        assert_eq!(complaints(&findings, &[]).len(), 1);
    }
}
