//! The rules of the house that scenarios know by name, as functions with the C calling convention.

use std::ffi::{CString, c_void};
use std::ptr;

use risk_guard::number::rg_decimal;
use risk_guard::rule::{rg_measurement, rg_rule, rg_view};
use rust_decimal::Decimal;

use super::carry::{back, dec, text};

/// What a name such as `opening.5` stands for.
struct Rule {
    name: CString,
    kind: String,
    limit: Decimal,
}

/// The rules of one guard.
pub(super) struct House(Vec<Rule>);

impl House {
    pub(super) fn of(config: &toml::Table) -> Self {
        let named = config.get("house_rules").and_then(|rules| rules.as_array());
        let rule = |rule: &toml::Value| {
            let name = rule["name"].as_str().unwrap();
            let (kind, limit) = name.split_once('.').unwrap();
            Rule { name: text(name), kind: kind.to_owned(), limit: limit.parse().unwrap() }
        };
        Self(named.into_iter().flatten().map(rule).collect())
    }

    pub(super) fn rules(&mut self) -> Vec<rg_rule> {
        let rule = |rule: &mut Rule| rg_rule {
            size: size_of::<rg_rule>() as u32,
            reserved: 0,
            name: rule.name.as_ptr(),
            function: Some(answer),
            context: ptr::from_mut(rule).cast(),
        };
        self.0.iter_mut().map(rule).collect()
    }
}

/// A program in C has no panics: it answers what is no answer.
unsafe extern "C-unwind" fn answer(
    context: *mut c_void,
    view: *const rg_view,
    to: *mut rg_measurement,
) -> u32 {
    // SAFETY: the context is the rule that was given, which lives as long as its guard; the rest lives during the call.
    let (rule, view, to) = unsafe { (&*context.cast::<Rule>(), &*view, &mut *to) };
    let measured = |value: rg_decimal, to: &mut rg_measurement| {
        (to.compare, to.measured, to.limit) = (1, value, dec(rule.limit));
        2
    };
    let concerned = back(view.quantity) >= rule.limit;
    match rule.kind.as_str() {
        "opening" => measured(view.opening[1], to),
        "quantity" => measured(view.quantity, to),
        "fails" if concerned => 3,
        "panics" if concerned => 0,
        _ => 1,
    }
}
