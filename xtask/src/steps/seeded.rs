//! Mistakes put in on purpose: each is a patch in `xtask/seeded`, and the check it is meant for must find it. A check
//! that cannot fail would show here.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::evidence::measured;
use crate::process::{Run, program};
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

/// A mistake, and who has to find it.
struct Seeded {
    patch: &'static str,
    finder: &'static str,
    /// Builds what finds it: must succeed with the mistake in.
    build: &'static str,
    /// Finds it: must fail.
    find: &'static str,
    flags: &'static str,
    nightly: bool,
}

const SEEDED: &[Seeded] = &[
    Seeded {
        patch: "loss_at_the_limit_passes.patch",
        finder: "model",
        build: "cargo test --release --package risk-core --test model --no-run",
        find: "cargo test --release --package risk-core --test model",
        flags: "",
        nightly: false,
    },
    Seeded {
        patch: "redeem_looks_before_it_locks.patch",
        finder: "model checker",
        build: "cargo test --release --package risk-core --test interleavings --no-run",
        find: "cargo test --release --package risk-core --test interleavings",
        flags: "--cfg shuttle",
        nightly: false,
    },
    Seeded {
        patch: "acknowledged_without_a_sync.patch",
        finder: "crash states",
        build: "cargo test --release --package risk-journal --all-features --test journal --no-run",
        find: "cargo test --release --package risk-journal --all-features --test journal -- suite::states suite::crashes",
        flags: "",
        nightly: false,
    },
    Seeded {
        patch: "headroom_spent_before_it_is_durable.patch",
        finder: "crashes with headroom set aside",
        build: "cargo test --release --package risk-journal --all-features --test journal --no-run",
        find: "cargo test --release --package risk-journal --all-features --test journal -- suite::aside",
        flags: "",
        nightly: false,
    },
    Seeded {
        patch: "a_large_number_panics.patch",
        finder: "fuzzer",
        build: "cargo +nightly fuzz build --sanitizer none evaluate",
        find: "cargo +nightly fuzz run --sanitizer none evaluate -- -runs=2000000 -max_len=400",
        flags: "",
        nightly: true,
    },
];

/// Puts each in, in a copy of the tree, and lets its finder look.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    tools::wheels(workspace)?;
    let nightly = program(workspace, "rustup").words("run nightly cargo --version").succeeds();
    let mut found = 0_u32;
    for seeded in SEEDED.iter().filter(|seeded| nightly || !seeded.nightly) {
        let tree = workspace.target.join("seeded").join("tree");
        copy(workspace, &tree)?;
        let patch = workspace.root.join("xtask/seeded").join(seeded.patch);
        // Outside of any repository, so that the copy is patched and nothing else.
        inside(workspace, &tree, "git apply --recount")
            .arg(&patch)
            .env("GIT_CEILING_DIRECTORIES", &workspace.target)
            .check()
            .with_context(|| format!("{} no longer fits", seeded.patch))?;
        let with_flags =
            |run: Run| if seeded.flags.is_empty() { run } else { run.env("RUSTFLAGS", seeded.flags) };
        with_flags(inside(workspace, &tree, seeded.build)).check()?;
        if with_flags(inside(workspace, &tree, seeded.find)).succeeds() {
            bail!("the {} does not find {}", seeded.finder, seeded.patch);
        }
        println!("    {} was found by the {}", seeded.patch, seeded.finder);
        found += 1;
    }
    if found < u32::try_from(SEEDED.len())? {
        return Ok(Outcome::Skipped(format!("{found} found; the fuzzer needs a nightly toolchain")));
    }
    measured(workspace, "seeded", "found", f64::from(found))?;
    Ok(Outcome::Passed(format!("{found} of {found} were found")))
}

fn inside(workspace: &Workspace, tree: &Path, words: &str) -> Run {
    let (name, rest) = words.split_once(' ').unwrap_or((words, ""));
    program(workspace, name)
        .words(rest)
        .within(tree)
        .env("CARGO_TARGET_DIR", workspace.target.join("seeded").join("target"))
}

/// Every file of the repository, as it is now.
fn copy(workspace: &Workspace, tree: &Path) -> Result<()> {
    for file in workspace.files()? {
        let (from, to) = (workspace.root.join(&file), tree.join(&file));
        let text = fs::read(&from).with_context(|| from.display().to_string())?;
        // What did not change keeps its time, so that it is not compiled again.
        if fs::read(&to).is_ok_and(|there| there == text) {
            continue;
        }
        let folder = to.parent().context("a file stands in a folder")?;
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        fs::write(&to, text).with_context(|| to.display().to_string())?;
    }
    ensure!(tree.join("Cargo.toml").is_file(), "the tree was not copied");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::SEEDED;

    #[test]
    fn every_patch_is_used_once() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/seeded");
        let mut there: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut used: Vec<_> = SEEDED.iter().map(|seeded| seeded.patch.to_owned()).collect();
        there.sort();
        used.sort();
        assert_eq!(there, used);
    }
}
