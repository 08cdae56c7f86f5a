//! `explain`: one decision with every reading, in the state of that moment.

use risk_core::{Event, ManualClock};

use super::row::Names;
use super::{Journal, Problem, unreadable};

pub(crate) fn run(history: &Journal, seq: u64) -> Result<(), Problem> {
    let record =
        history.records(seq).next().ok_or_else(|| unreadable(format!("there is no record {seq}")))?;
    let (place, record) = record?;
    let row = Names::new(history.config()).row(&record);
    println!("record {} in {}, byte {}: {} {}", record.seq, place.file, place.byte, row.kind, row.text);
    let Event::Evaluated { outcome, .. } = &record.event else {
        println!("{}", serde_json::to_string_pretty(&record).map_err(unreadable)?);
        return Ok(());
    };
    println!(
        "{} {} {} of {} for {}, id {}",
        row.side, row.quantity, row.instrument, row.text, row.account, row.id
    );
    let answer = outcome.verdict.name();
    println!("answered: {answer} {} {}", row.reason, row.level);
    let engine = history.state_at(seq.saturating_sub(1))?;
    let bound = engine.bound(&record);
    let Event::Evaluated { order, .. } = &bound.event else { return Ok(()) };
    let clock = ManualClock::at(engine.now());
    match record.at {
        Some(at) => clock.set(at),
        None => clock.fail(),
    }
    let mut engine = engine.continue_with(clock, risk_core::LastRecord::default());
    let explanation = engine.explain(order);
    print!("{explanation}");
    if explanation.verdict == outcome.verdict {
        Ok(())
    } else {
        Err(Problem::Wrong(format!(
            "record {seq} says {answer}, done again it is {}",
            explanation.verdict.name()
        )))
    }
}
