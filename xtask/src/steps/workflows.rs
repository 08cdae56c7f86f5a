//! The pipeline of `.github`: it cannot be run here, so that it is checked by schema, by a linter and against this
//! program.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail, ensure};

use super::STEPS;
use crate::process::program;
use crate::step::Outcome;
use crate::tools;
use crate::workspace::Workspace;

/// check-jsonschema, zizmor, and whether every command it runs is there.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    tools::wheels(workspace)?;
    let files = workspace.files()?;
    let below = |folder: &str| files.iter().filter(|f| f.starts_with(folder)).collect::<Vec<_>>();
    let workflows = below(".github/workflows");
    ensure!(!workflows.is_empty(), "there are no workflows");
    program(workspace, "check-jsonschema")
        .words("--quiet --builtin-schema vendor.github-workflows")
        .args(&workflows)
        .check()?;
    program(workspace, "check-jsonschema")
        .words("--quiet --builtin-schema vendor.dependabot .github/dependabot.yml")
        .check()?;
    program(workspace, "zizmor").words("--offline --quiet --persona=pedantic .github").check()?;
    let mut called = BTreeSet::new();
    for file in &workflows {
        let text =
            fs::read_to_string(workspace.root.join(file)).with_context(|| file.display().to_string())?;
        called.extend(commands(&text).map(str::to_owned));
    }
    let known = |name: &String| {
        ["test", "full"].contains(&name.as_str()) || STEPS.iter().any(|step| step.name == name)
    };
    let unknown: Vec<_> = called.iter().filter(|name| !known(name)).collect();
    if !unknown.is_empty() {
        bail!("the workflows call steps that are not there: {unknown:?}");
    }
    Ok(Outcome::Passed(format!("{} workflows, {} commands", workflows.len(), called.len())))
}

/// The steps that a workflow names after `cargo xtask`.
fn commands(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines
        .filter_map(|line| line.split_once("cargo xtask "))
        .flat_map(|(_, words)| words.split_whitespace())
        .filter(|word| !word.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::commands;

    #[test]
    fn the_steps_that_are_called_are_found() {
        let text =
            "# `cargo xtask NAME`\n  - run: cargo xtask deny audit --keep-going\n  - run: cargo test\n";
        assert_eq!(commands(text).collect::<Vec<_>>(), ["deny", "audit"]);
    }
}
