//! `explain`: one decision with every reading, in the state of that moment.

use risk_core::{
    Engine, Event, Explanation, HouseRule, Id, LastRecord, ManualClock, OrderRef, Outcome, Record,
    RecordedVeto, Undecided, Verdict, Veto,
};

use super::row::Names;
use super::{Journal, Problem, unreadable};

pub(crate) fn run(history: &Journal, seq: u64) -> Result<(), Problem> {
    let none = || {
        let last = history.last().map_or_else(|_| String::new(), |last| format!("; the last is {last}"));
        unreadable(format!("there is no record {seq}{last}"))
    };
    let (place, record) = history.records(seq).next().ok_or_else(none)??;
    if record.seq != seq {
        return Err(unreadable(format!(
            "record {seq} is deleted; the first that is there is {}",
            record.seq
        )));
    }
    let row = Names::new(history.config()).row(&record);
    println!("record {seq} in {}, byte {}: {}", place.file, place.byte, row.kind);
    let said = match &record.event {
        Event::Evaluated { outcome, .. } | Event::Modified { outcome, .. } => outcome,
        Event::ListEvaluated { outcome, .. } => &outcome.leading,
        _ => {
            println!("{}", serde_json::to_string_pretty(&record).map_err(unreadable)?);
            return Ok(());
        }
    };
    let id = if row.id.is_empty() { String::new() } else { format!("id {}", row.id) };
    let asked = [&row.side, &row.quantity, &row.instrument, &row.text, &row.account, &id];
    println!(
        "{}",
        asked.map(String::as_str).into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    );
    let answer = [said.verdict.name(), &row.reason, &row.level];
    println!("answered: {}", answer.join(" ").trim_end());
    let (mut engine, event) = before(history, &record)?;
    let passes = match event {
        Event::Evaluated { order, .. } => shown(&engine.explain(&order)),
        // A handle of an order is one of the process that wrote it.
        Event::Modified { order: order @ OrderRef::Client { .. }, change, .. } => {
            shown(&engine.explain_change(order, &change))
        }
        Event::ListEvaluated { orders, .. } => {
            let explained = engine.explain_list(&orders);
            for (number, explanation) in (1..).zip(&explained.orders) {
                println!("order {number}:");
                print!("{explanation}");
            }
            explained.rejection.is_none()
        }
        _ => {
            println!("the order was named by its handle: its readings cannot be had again");
            return Ok(());
        }
    };
    agrees(seq, said, passes)
}

/// The engine as it was asked, at the time it was asked, and the event with its handles.
fn before(history: &Journal, record: &Record) -> Result<(Engine<ManualClock, LastRecord>, Event), Problem> {
    let engine = history.state_at(record.seq.saturating_sub(1))?;
    let event = engine.bound(record).event;
    let clock = ManualClock::at(engine.now());
    match record.at {
        Some(at) => clock.set(at),
        None => clock.fail(),
    }
    let vetoes = vetoes(&history.config().house_rules, record);
    let engine = engine.continue_with_vetoes(clock, LastRecord::default(), vetoes).map_err(unreadable)?;
    Ok((engine, event))
}

/// Rules of the house that answer as they did: theirs are the functions of another process.
fn vetoes(rules: &[HouseRule], record: &Record) -> Vec<Veto> {
    let refused: Option<(RecordedVeto, Option<Id>)> = match &record.event {
        Event::Evaluated { outcome, .. } | Event::Modified { outcome, .. } => {
            outcome.veto.map(|veto| (veto, None))
        }
        Event::ListEvaluated { orders, outcome } => outcome.vetoed.and_then(|(place, of)| {
            let order = orders.get(usize::try_from(place).ok()?)?;
            Some((of.veto?, Some(order.id)))
        }),
        _ => None,
    };
    let answers = |place: usize, rule: &HouseRule| {
        let refused = refused.filter(|(veto, _)| usize::from(veto.rule) == place);
        Veto::new(&rule.name, move |view| match refused {
            Some((_, id)) if id.is_none_or(|id| id == view.order().id) => Err(Undecided),
            _ => Ok(None),
        })
    };
    rules.iter().enumerate().map(|(place, rule)| answers(place, rule)).collect()
}

/// Prints it; whether something passes.
fn shown(explanation: &Explanation) -> bool {
    print!("{explanation}");
    matches!(explanation.verdict, Verdict::Approved | Verdict::Reduced)
}

/// Whether it passes as it did: what does not is a finding.
fn agrees(seq: u64, said: &Outcome, passes: bool) -> Result<(), Problem> {
    let name = |passes| if passes { "it passes" } else { "it is refused" };
    if passes == said.order.is_some() {
        Ok(())
    } else {
        let answer = said.verdict.name();
        Err(Problem::Wrong(format!("record {seq} says {answer}, done again {}", name(passes))))
    }
}
