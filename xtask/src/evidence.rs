//! `EVIDENCE.md`: what is claimed, the figure that shows it, and the command that measured it.
//!
//! A step that measures something leaves the figure below `target` ([`measured`]). `cargo xtask evidence` collects what
//! is there into [`FIGURES`], with the day, and writes the document. The step `evidence` fails when the document is not
//! what the figures say, when a claim has no figure, or when a figure, recorded or just measured, is outside its bound.

mod claims;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::step::Outcome;
use crate::workspace::Workspace;
use claims::{CLAIMS, Claim};

/// The figures of record.
const FIGURES: &str = "docs/figures.toml";
/// The document.
const DOCUMENT: &str = "EVIDENCE.md";

/// What was measured, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Figure {
    value: f64,
    day: String,
}

/// By `step.name`.
type Figures = BTreeMap<String, Figure>;

/// Leaves what a step has measured. A claim may rest on it.
pub(crate) fn measured(workspace: &Workspace, step: &str, name: &str, value: f64) -> Result<()> {
    let folder = workspace.target.join("figures");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let figure = Figure { value, day: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string() };
    let file = folder.join(format!("{step}.{name}.toml"));
    fs::write(&file, toml::to_string(&figure)?).with_context(|| file.display().to_string())
}

/// Takes what was measured here into the figures of record, and writes the document.
pub(crate) fn collect(workspace: &Workspace) -> Result<()> {
    let mut figures = recorded(workspace)?;
    for claim in CLAIMS {
        if let Some(new) = fresh(workspace, claim)? {
            figures.insert(claim.key(), new);
        }
    }
    figures.retain(|key, _| CLAIMS.iter().any(|claim| claim.key() == *key));
    let head = "# Written by `cargo xtask evidence` from what the steps have measured; do not edit.\n\n";
    fs::write(workspace.root.join(FIGURES), format!("{head}{}", toml::to_string(&figures)?))
        .context(FIGURES)?;
    fs::write(workspace.root.join(DOCUMENT), document(&figures)).context(DOCUMENT)?;
    println!("wrote {FIGURES} and {DOCUMENT}");
    Ok(())
}

/// Compares document, figures, bounds and what was measured here.
pub(crate) fn check(workspace: &Workspace) -> Result<Outcome> {
    let figures = recorded(workspace)?;
    let committed = fs::read_to_string(workspace.root.join(DOCUMENT)).context(DOCUMENT)?;
    ensure!(
        committed.replace("\r\n", "\n") == document(&figures),
        "{DOCUMENT} is not what {FIGURES} says; `cargo xtask evidence` writes it"
    );
    let mut wrong = Vec::new();
    for claim in CLAIMS {
        match figures.get(&claim.key()) {
            None => wrong.push(format!("{}: no figure; run `cargo xtask {}`", claim.says, claim.step)),
            Some(figure) => wrong.extend(complaint(claim, figure)),
        }
        wrong.extend(fresh(workspace, claim)?.and_then(|figure| complaint(claim, &figure)));
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("; "));
    }
    Ok(Outcome::Passed(format!("{} claims", CLAIMS.len())))
}

fn complaint(claim: &Claim, figure: &Figure) -> Option<String> {
    let within = claim.bound.holds(figure.value);
    (!within).then(|| format!("{}: {} on {}, {}", claim.says, figure.value, figure.day, claim.bound))
}

fn recorded(workspace: &Workspace) -> Result<Figures> {
    let file = workspace.root.join(FIGURES);
    if !file.exists() {
        return Ok(Figures::new());
    }
    toml::from_str(&fs::read_to_string(file).context(FIGURES)?).context(FIGURES)
}

/// What was measured here, if it was.
fn fresh(workspace: &Workspace, claim: &Claim) -> Result<Option<Figure>> {
    let file = workspace.target.join("figures").join(format!("{}.toml", claim.key()));
    if !file.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    toml::from_str(&text).map(Some).with_context(|| file.display().to_string())
}

fn document(figures: &Figures) -> String {
    let mut text = String::from(
        "# Evidence\n\n\
         What this library claims, the figure that shows it, and the command that measures it again. Written by\n\
         `cargo xtask evidence`; the fast lane fails when it is not what was measured, or a figure is outside its bound.\n\n\
         | claim | figure | bound | command | day |\n|---|---|---|---|---|\n",
    );
    for claim in CLAIMS {
        let (value, day) = match figures.get(&claim.key()) {
            Some(figure) => (grouped(figure.value), figure.day.as_str()),
            None => ("not measured yet:".to_owned(), ""),
        };
        let Claim { says, unit, bound, step, .. } = claim;
        let _ = writeln!(text, "| {says} | {value} {unit} | {bound} | `cargo xtask {step}` | {day} |");
    }
    text
}

/// 1234567.5 as `1,234,567.5`.
fn grouped(value: f64) -> String {
    let text = if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") };
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut shown = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::claims::Bound;
    use super::*;
    use crate::steps::STEPS;

    #[test]
    fn every_claim_is_measured_by_a_step() {
        for claim in CLAIMS {
            assert!(STEPS.iter().any(|step| step.name == claim.step), "{}", claim.step);
        }
        let mut keys: Vec<_> = CLAIMS.iter().map(Claim::key).collect();
        keys.dedup();
        assert_eq!(keys.len(), CLAIMS.len());
    }

    #[test]
    fn a_figure_outside_its_bound_is_a_complaint() {
        let claim = &CLAIMS[0];
        let figure = |value| Figure { value, day: "2026-01-01".to_owned() };
        let at = match claim.bound {
            Bound::AtLeast(bound) | Bound::AtMost(bound) => bound,
        };
        let worse = if matches!(claim.bound, Bound::AtLeast(_)) { at - 1.0 } else { at + 1.0 };
        assert_eq!(complaint(claim, &figure(at)), None);
        assert!(complaint(claim, &figure(worse)).unwrap().contains("2026-01-01"));
    }

    #[test]
    fn the_document_shows_figures_and_what_is_missing() {
        let claim = &CLAIMS[0];
        assert!(document(&Figures::new()).contains("not measured yet"));
        let figures = [(claim.key(), Figure { value: 1_234_567.0, day: "2026-01-02".to_owned() })].into();
        let text = document(&figures);
        assert!(text.contains("1,234,567") && text.contains("2026-01-02"), "{text}");
        assert_eq!([grouped(0.0), grouped(97.25), grouped(1_000.0)], ["0", "97.2", "1,000"]);
    }
}
