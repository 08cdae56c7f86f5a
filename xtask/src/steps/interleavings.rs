//! Threads against the guard's lock, in every order a model checker can find.

use anyhow::{Result, ensure};

use crate::evidence::measured;
use crate::process::cargo;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// shuttle, depth first, until there is no order left.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    // A folder of its own: the flag changes every crate.
    let text = cargo(workspace)
        .words("test --locked --package risk-core --release --test interleavings --target-dir")
        .arg(workspace.target.join("shuttle"))
        .words("-- --nocapture --test-threads 1")
        .env("RUSTFLAGS", "--cfg shuttle")
        .stdout()?;
    let tried = tried(&text);
    ensure!(tried > 0, "no scenario was tried:\n{text}");
    measured(workspace, "interleavings", "tried", tried as f64)?;
    Ok(Outcome::Passed(format!("{tried} interleavings")))
}

/// The sum over the lines `NAME: 54 interleavings`.
fn tried(text: &str) -> u64 {
    let counts = text
        .lines()
        .filter_map(|line| line.strip_suffix(" interleavings")?.rsplit(' ').next()?.parse::<u64>().ok());
    counts.sum()
}

#[cfg(test)]
mod tests {
    use super::tried;

    #[test]
    fn interleavings_are_added_up() {
        assert_eq!(tried("test a ... one: 54 interleavings\nok\ntwo: 6 interleavings\n0 failed"), 60);
    }
}
