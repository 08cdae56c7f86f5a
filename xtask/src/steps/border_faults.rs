//! Who looks for mistakes of memory and races in the C and C++ programs and in the library below them. Before anybody is
//! believed, a program that is wrong on purpose (`risk-ffi/tests/faults`) has to be found.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::process::{Run, cargo, program};
use crate::step::Outcome;
use crate::steps::border::STATIC_LIBRARIES;
use crate::steps::memory::{nightly, no_nightly};
use crate::workspace::Workspace;

/// How long a program that is wrong may take to be found.
const FOUND_WITHIN: Duration = Duration::from_secs(120);

/// How programs and libraries are built, and what they run under.
struct Looker<'a> {
    libraries: PathBuf,
    flags: &'a str,
    under: &'a str,
}

impl Looker<'_> {
    /// A fault is found, in the library, and in these words.
    fn finds(&self, workspace: &Workspace, fault: &str, says: &str) -> Result<()> {
        let folder = workspace.target.join("faults");
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let built = folder.join(fault);
        program(workspace, "gcc")
            .words("-std=c11 -g -pthread -I risk-ffi/include")
            .words(self.flags)
            .arg(format!("risk-ffi/tests/faults/{fault}.c"))
            .arg(self.libraries.join("librisk_guard.a"))
            .words(STATIC_LIBRARIES)
            .arg("-o")
            .arg(&built)
            .check()?;
        let mut words = self.under.split_whitespace();
        let run = match words.next() {
            Some(runner) => program(workspace, runner).args(words).arg(&built),
            None => program(workspace, &built),
        };
        let output = run.output(FOUND_WITHIN)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(!output.status.success(), "{fault}.c was not found");
        ensure!(said.contains(says) && said.contains("rg_"), "{fault}.c was found otherwise:\n{said}");
        Ok(())
    }

    /// The programs of a filter are right.
    fn passes(&self, workspace: &Workspace, tests: &str) -> Result<()> {
        cargo(workspace)
            .words("test --locked --quiet --package risk-ffi --test c")
            .words(tests)
            .env("RISK_GUARD_LIBRARIES", &self.libraries)
            .env("RISK_GUARD_LINKED", "static")
            .env("RISK_GUARD_FLAGS", self.flags)
            .env("RISK_GUARD_UNDER", self.under)
            .check()
    }
}

/// Under valgrind: no read or write where nothing is, and nothing lost.
pub(crate) fn valgrind(workspace: &Workspace) -> Result<Outcome> {
    if !program(workspace, "valgrind").words("--version").succeeds() {
        return Ok(Outcome::Skipped("there is no valgrind".to_owned()));
    }
    cargo(workspace).words("build --locked --quiet --package risk-ffi").check()?;
    let looker = Looker {
        libraries: workspace.target.join("debug"),
        flags: "",
        under: "valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite",
    };
    looker.finds(workspace, "overflow", "Invalid write")?;
    looker.passes(workspace, "in_c")?;
    Ok(Outcome::Passed("an overflow is found; the programs have none".to_owned()))
}

/// With AddressSanitizer in the library and in the programs.
pub(crate) fn address(workspace: &Workspace) -> Result<Outcome> {
    let flags = "-fsanitize=address";
    let Some(libraries) = instrumented(workspace, "address", "")? else { return Ok(missing()) };
    let looker = Looker { libraries, flags, under: "" };
    looker.finds(workspace, "overflow", "AddressSanitizer: heap-buffer-overflow")?;
    looker.passes(workspace, "in_c")?;
    Ok(Outcome::Passed("an overflow is found; the programs have none".to_owned()))
}

/// With ThreadSanitizer in the library, its standard library and the programs that have threads.
pub(crate) fn thread(workspace: &Workspace) -> Result<Outcome> {
    // Without the standard library's half what it synchronises looks like races.
    let Some(libraries) = instrumented(workspace, "thread", "-Zbuild-std")? else { return Ok(missing()) };
    let runtime = thread_runtime(workspace, &libraries)?;
    let flags = format!("-fsanitize=thread -static-libtsan -L{}", runtime.display());
    let looker = Looker { libraries, flags: &flags, under: "" };
    looker.finds(workspace, "race", "ThreadSanitizer: data race")?;
    looker.passes(workspace, "gateway")?;
    Ok(Outcome::Passed("a race is found; the programs have none".to_owned()))
}

/// A folder in which the linker finds the runtime of rustc's sanitizer under the name it looks for: code that rustc has
/// instrumented calls what the one that comes with gcc does not have.
fn thread_runtime(workspace: &Workspace, libraries: &Path) -> Result<PathBuf> {
    let beside = nightly(workspace, "rustc --print target-libdir --target").arg(TRIPLE).stdout()?;
    let folder = libraries.join("runtime");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let runtime = Path::new(beside.trim()).join("librustc-nightly_rt.tsan.a");
    fs::copy(&runtime, folder.join("libtsan.a")).with_context(|| runtime.display().to_string())?;
    Ok(folder)
}

const TRIPLE: &str = "x86_64-unknown-linux-gnu";

fn missing() -> Outcome {
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        no_nightly()
    } else {
        Outcome::Skipped(format!("it is built for {TRIPLE}"))
    }
}

/// The folder of libraries with a sanitizer in them; nothing where they cannot be built.
fn instrumented(workspace: &Workspace, sanitizer: &str, more: &str) -> Result<Option<PathBuf>> {
    let nightly = |words: &str| -> Run { nightly(workspace, words) };
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) || !nightly("cargo --version").succeeds() {
        return Ok(None);
    }
    let target: &Path = &workspace.target.join(format!("c-{sanitizer}"));
    nightly("cargo build --locked --quiet --package risk-ffi --target")
        .arg(TRIPLE)
        .words(more)
        .arg("--target-dir")
        .arg(target)
        .env("RUSTFLAGS", format!("-Zsanitizer={sanitizer}"))
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
        .check()?;
    Ok(Some(target.join(TRIPLE).join("debug")))
}
