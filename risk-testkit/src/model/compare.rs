//! Every reading of an engine's explanation against what the model measures: not only the gate that decides.

use risk_core::{Explanation, GateId, Level, Reason};

use super::exact::Ratio;
use super::facts::View;
use super::gates::{Found, measure, rules};
use super::judge::well_formed;

impl View<'_> {
    /// What an explanation says that the model does not, or the other way round; nothing where they agree.
    ///
    /// Numbers are compared as shares of their limit, which does not depend on units.
    pub(super) fn objection(&self, told: &Explanation) -> Option<String> {
        let f = self.facts;
        let nobodys = f.model.handles.strategies[f.strategy].0 != f.account;
        if nobodys || !well_formed(f.model, f.order, f.instrument) {
            // Nothing is measured of it.
            return None;
        }
        // Judged before the list and after it.
        let apart = [GateId::KillSwitch, GateId::HouseRule];
        let mut told: Vec<_> = told.readings().filter(|line| !apart.contains(&line.gate)).copied().collect();
        for rule in rules() {
            for level in Level::ALL.into_iter().filter(|level| rule.levels.contains(level)) {
                let found = measure(self, &rule, level, f.quantity);
                let at = told.iter().position(|line| (line.gate, line.level) == (rule.gate, level));
                let line = at.map(|at| told.swap_remove(at));
                let breach = match &found {
                    Found::Lacks(reason) => Some(*reason),
                    found => (!found.passes()).then_some(rule.reason),
                };
                let told = line.map(|line| (line.reading.map(|r| (r.measured, r.limit)), line.breach));
                if !agree(&found, breach, told) {
                    return Some(format!(
                        "{:?} {level:?}: the model says {found:?}, the engine {line:?}",
                        rule.gate
                    ));
                }
            }
        }
        told.first().map(|line| format!("the model does not measure {line:?}"))
    }
}

/// A reading (measured and limit) and a breach, as an explanation tells them.
type Told = (Option<(i128, i128)>, Option<Reason>);

fn agree(found: &Found, breach: Option<Reason>, told: Option<Told>) -> bool {
    match (found, told) {
        (Found::Open, None) => true,
        (Found::Open, Some(_)) | (_, None) => false,
        (Found::Lacks(_), Some((reading, told))) => reading.is_none() && breach == told,
        (Found::Number { .. }, Some((None, _))) => false,
        (Found::Number { measured, limit, .. }, Some((Some(reading), told))) => {
            let one = measured.times(&Ratio::whole(reading.1));
            breach == told && one == limit.times(&Ratio::whole(reading.0))
        }
    }
}
