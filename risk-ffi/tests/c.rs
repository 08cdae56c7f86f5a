//! C programs: built with the machine's compilers against the library as it is, and run.

mod compile;

use compile::{Linked, Program, compilers, example};

#[test]
fn the_first_steps_in_c() {
    for linked in [Linked::Shared, Linked::Static] {
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
