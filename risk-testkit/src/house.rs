//! House rules that tests and scenarios know by name, such as `opening.5`.

use risk_core::{Answer, Config, Level, Measurement, Undecided, Veto, View, parse_decimal};
use rust_decimal::Decimal;

/// The functions of all rules of a configuration.
///
/// `opening.N`: what opens of an order in its account, at most N; `quantity.N`: its quantity, at most N; `fails.N` and
/// `panics.N` answer with an error and with a panic from a quantity of N on; `silent.N` never has anything to say.
///
/// # Panics
/// When a rule has another name.
pub fn vetoes(config: &Config) -> Vec<Veto> {
    config
        .house_rules
        .iter()
        .map(|rule| {
            let (kind, limit) =
                named(&rule.name).unwrap_or_else(|| panic!("no rule is called {:?}", rule.name));
            Veto::new(&rule.name, move |view: &View<'_>| answer(kind, limit, view))
        })
        .collect()
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Opening,
    Quantity,
    Fails,
    Panics,
    Silent,
}

pub(crate) fn named(name: &str) -> Option<(Kind, Decimal)> {
    let (kind, limit) = name.split_once('.')?;
    let kind = match kind {
        "opening" => Kind::Opening,
        "quantity" => Kind::Quantity,
        "fails" => Kind::Fails,
        "panics" => Kind::Panics,
        "silent" => Kind::Silent,
        _ => return None,
    };
    Some((kind, parse_decimal(limit).ok()?))
}

fn answer(kind: Kind, limit: Decimal, view: &View<'_>) -> Answer {
    let concerned = view.quantity() >= limit;
    match kind {
        Kind::Opening => Ok(Some(Measurement::at_most(view.opening(Level::Account), limit))),
        Kind::Quantity => Ok(Some(Measurement::at_most(view.quantity(), limit))),
        Kind::Fails if concerned => Err(Undecided),
        Kind::Panics if concerned => panic!("a rule of the house panics, as it was asked to"),
        Kind::Fails | Kind::Panics | Kind::Silent => Ok(None),
    }
}
