//! Builds C and C++ programs against the library that cargo has just built, and runs them.

#![allow(dead_code, reason = "each test program uses a part of this")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Which library a program is linked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linked {
    Shared,
    Static,
}

/// Both ways to link, or with `RISK_GUARD_LINKED=static` the one.
pub(crate) fn linkings() -> Vec<Linked> {
    match std::env::var("RISK_GUARD_LINKED").as_deref() {
        Ok("static") => vec![Linked::Static],
        _ => vec![Linked::Shared, Linked::Static],
    }
}

/// A compiler with the flags that every program here is built with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compiler {
    pub(crate) name: &'static str,
    standard: &'static str,
    ending: &'static str,
}

const C: &[Compiler] = &[
    Compiler { name: "gcc", standard: "-std=c11", ending: "c" },
    Compiler { name: "clang", standard: "-std=c11", ending: "c" },
];
const CPP: &[Compiler] = &[
    Compiler { name: "g++", standard: "-std=c++17", ending: "cpp" },
    Compiler { name: "clang++", standard: "-std=c++17", ending: "cpp" },
];

fn is_there(compiler: &&Compiler) -> bool {
    Command::new(compiler.name).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Every C and C++ compiler there is. gcc and g++ must be there; clang is tried where it is.
pub(crate) fn compilers() -> Vec<&'static Compiler> {
    let found: Vec<_> = C.iter().chain(CPP).filter(is_there).collect();
    for needed in ["gcc", "g++"] {
        assert!(found.iter().any(|compiler| compiler.name == needed), "these tests need {needed}");
    }
    found
}

pub(crate) fn c_compilers() -> Vec<&'static Compiler> {
    C.iter().filter(is_there).collect()
}

pub(crate) fn cpp_compilers() -> Vec<&'static Compiler> {
    CPP.iter().filter(is_there).collect()
}

/// A file of the examples.
pub(crate) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name)
}

/// The folder with the libraries: `RISK_GUARD_LIBRARIES`, or the one that this test was built with.
pub(crate) fn libraries() -> PathBuf {
    if let Some(folder) = std::env::var_os("RISK_GUARD_LIBRARIES") {
        return folder.into();
    }
    let test = std::env::current_exe().expect("this test is a file");
    let folder = test.parent().expect("a file is in a folder").to_owned();
    assert!(folder.join("librisk_guard.so").is_file(), "no library in {}", folder.display());
    folder
}

pub(crate) fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

/// A program that can be built.
pub(crate) struct Program {
    compiler: &'static Compiler,
    source: PathBuf,
    name: String,
    flags: Vec<String>,
}

/// A program that can be run.
pub(crate) struct Built {
    pub(crate) file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Program {
    pub(crate) fn c(source: &Path) -> Self {
        Self::of(&C[0], source)
    }

    pub(crate) fn cpp(source: &Path) -> Self {
        Self::of(&CPP[0], source)
    }

    pub(crate) fn of(compiler: &'static Compiler, source: &Path) -> Self {
        let name = source.file_stem().expect("a name").to_string_lossy().into_owned();
        Self { compiler, source: source.to_owned(), name, flags: Vec::new() }
    }

    /// A program that is written here.
    pub(crate) fn text(compiler: &'static Compiler, name: &str, text: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let source = folder.join(format!("{name}-{}.{}", compiler.name, compiler.ending));
        std::fs::write(&source, text).expect("a source file");
        Self::of(compiler, &source)
    }

    pub(crate) fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// Builds it; warnings are errors.
    pub(crate) fn build(&self, linked: Linked) -> Built {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(&self.name);
        let libraries = libraries();
        let mut command = Command::new(self.compiler.name);
        command
            .args([self.compiler.standard, "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1", "-g"])
            .args(&self.flags)
            .args(std::env::var("RISK_GUARD_FLAGS").unwrap_or_default().split_whitespace())
            .arg("-I")
            .arg(include())
            .arg(&self.source)
            .arg("-o")
            .arg(&file);
        match linked {
            Linked::Shared => {
                command.arg("-L").arg(&libraries).arg("-lrisk_guard");
                command.arg(format!("-Wl,-rpath,{}", libraries.display()));
            }
            Linked::Static => {
                command.arg(libraries.join("librisk_guard.a"));
                command.args(["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"]);
            }
        }
        let output = command.output().unwrap_or_else(|e| panic!("{}: {e}", self.compiler.name));
        assert!(
            output.status.success(),
            "{command:?} failed:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Built { file, _folder: folder }
    }
}

impl Built {
    /// Runs it; what it printed. It must succeed.
    pub(crate) fn run(&self, args: &[&str]) -> String {
        // `RISK_GUARD_UNDER`: what the program runs under, such as valgrind with its arguments.
        let under = std::env::var("RISK_GUARD_UNDER").unwrap_or_default();
        let mut words = under.split_whitespace();
        let mut command = match words.next() {
            Some(runner) => Command::new(runner),
            None => Command::new(&self.file),
        };
        if !under.is_empty() {
            command.args(words).arg(&self.file);
        }
        let output = command.args(args).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{command:?}: {}\n{said}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        said
    }
}
