//! C programs: built with the machine's compilers against the library as it is, and run.

mod compile;

use std::process::Command;

use compile::{Linked, Program, compilers, cpp_compilers, example, include, libraries, linkings};

#[test]
fn the_first_steps_in_c() {
    for linked in linkings() {
        let said = Program::c(&example("c/first_steps.c")).build(linked).run(&[]);
        assert!(said.contains("reduced from 3 to 1.99960007 by TOTAL_EXPOSURE_LIMIT"), "{said}");
        assert!(said.ends_with("done\n"), "{said}");
    }
}

/// Twice in one program, first in a file, as C11, C++17 and by every compiler there is; warnings are errors.
#[test]
fn the_header_stands_alone() {
    for compiler in compilers() {
        let text = "#include \"risk_guard.h\"\n#include \"risk_guard.h\"\nint main(void) { return (int)rg_abi_version() - RG_ABI_VERSION; }\n";
        Program::text(compiler, "alone", text).build(Linked::Shared).run(&[]);
    }
}

/// Threads that share a guard, in C.
#[test]
fn a_gateway_in_c() {
    for linked in linkings() {
        let said = Program::c(&example("c/order_gateway.c")).flag("-pthread").build(linked).run(&[]);
        assert_eq!(said, "143 executions, 257 refused, position 1000\n");
    }
}

/// By every C++ compiler there is, linked either way.
#[test]
fn a_gateway_in_cpp() {
    for compiler in cpp_compilers() {
        for linked in linkings() {
            let program = Program::of(compiler, &example("cpp/order_gateway.cpp")).flag("-pthread");
            let said = program.build(linked).run(&[]);
            assert!(said.contains("143 executions, 257 refused, position 1000\n"), "{said}");
        }
    }
}

/// What surrounds orders, by every C++ compiler there is.
#[test]
fn operations_in_cpp() {
    for compiler in cpp_compilers() {
        for linked in linkings() {
            let said = Program::of(compiler, &example("cpp/operations.cpp")).build(linked).run(&[]);
            assert!(said.starts_with("difference 2: 0, 7\ndifference 3: 10, 5\n"), "{said}");
            assert!(said.ends_with("0 orders live, 0 trips\n"), "{said}");
        }
    }
}

/// C++ has every call, but those for callers without structures, and how versions are compared, which it does by itself.
#[test]
fn the_wrappers_leave_nothing_out() {
    let wrappers = std::fs::read_to_string(include().join("risk_guard.hpp")).expect("the wrappers");
    let without = |call: &&String| {
        !call.starts_with("rg_scalar_")
            && !call.starts_with("rg_abi_")
            && !wrappers.contains(&format!("{call}("))
            && !wrappers.contains(&format!("{call},"))
            && !wrappers.contains(&format!("{call})"))
    };
    let missing: Vec<_> = declared().into_iter().filter(|call| without(&call)).collect();
    assert_eq!(missing, [""; 0]);
}

/// The calls that the header declares.
fn declared() -> Vec<String> {
    let header = std::fs::read_to_string(include().join("risk_guard.h")).expect("the header");
    let is_call = |line: &&str| {
        line.contains("rg_")
            && line.contains('(')
            && !line.starts_with([' ', '/', '*'])
            && !line.starts_with("typedef")
    };
    let name = |line: &str| line.split_once('(')?.0.rsplit([' ', '*']).next().map(str::to_owned);
    let mut calls: Vec<String> = header.lines().filter(is_call).filter_map(name).collect();
    calls.sort_unstable();
    calls
}

/// A strategy that has only integers and doubles.
#[test]
fn a_strategy_by_numbers_alone() {
    let library = libraries().join("librisk_guard.so");
    let script = example("c/strategy.py");
    let output = Command::new("python3").arg(&script).arg(&library).output().expect("python3 starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said, "5 orders sent, 15 refused\n");
}

/// The shared library shows what is in the header and nothing else.
#[test]
fn nothing_else_is_exported() {
    let library = libraries().join("librisk_guard.so");
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output().expect("nm starts");
    let listing = String::from_utf8(output.stdout).expect("names are text");
    let mut shown: Vec<_> = listing.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    shown.sort_unstable();
    let calls = declared();
    assert!(calls.len() > 60, "{} calls", calls.len());
    assert_eq!(shown, calls);
}

/// A program that was compiled with the first header runs with this library. The copy of the header never changes.
#[test]
fn a_program_of_the_first_header_in_c() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("first_steps.c");
    std::fs::copy(include().join("../tests/abi/risk_guard_1.h"), folder.path().join("risk_guard.h"))
        .expect("a header");
    std::fs::copy(example("c/first_steps.c"), &source).expect("a source");
    // A quoted include is looked for beside the source first.
    let said = Program::c(&source).build(Linked::Shared).run(&[]);
    assert!(said.ends_with("done\n"), "{said}");
}
