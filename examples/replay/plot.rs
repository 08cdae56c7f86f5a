//! The picture: exposure against limit above, refusals by reason below, over the same time.
//!
//! SVG, so that neither drawing nor this machine needs a font.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::accounts::Account;
use crate::tally::{Course, Tally};

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Axes = Cartesian2d<RangedCoordf64, RangedCoordf64>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Axes>;
type Drawn = Result<(), Box<dyn Error + Send + Sync>>;

const SIZE: (u32, u32) = (1200, 900);
/// Accounts and reasons; more reasons than colours begin again.
const COLOURS: [RGBColor; 14] = [
    RGBColor(31, 119, 180),
    RGBColor(255, 127, 14),
    RGBColor(44, 160, 44),
    RGBColor(148, 103, 189),
    RGBColor(140, 86, 75),
    RGBColor(90, 90, 90),
    RGBColor(227, 119, 194),
    RGBColor(188, 189, 34),
    RGBColor(23, 190, 207),
    RGBColor(214, 39, 40),
    RGBColor(0, 60, 110),
    RGBColor(170, 210, 120),
    RGBColor(255, 187, 120),
    RGBColor(110, 70, 20),
];
/// Room for the legend, to the right of the lines.
const LEGEND: f64 = 1.24;
const LIMIT: RGBColor = RGBColor(200, 30, 30);

/// Draws the run into a file.
pub(crate) fn draw(tally: &Tally, out: &Path) -> Drawn {
    let canvas = SVGBackend::new(out, SIZE).into_drawing_area();
    canvas.fill(&WHITE)?;
    let (above, below) = canvas.split_vertically(SIZE.1 / 2);
    let end_ms = tally.span_ms.map_or(0, |(start, end)| end - start);
    let minutes = end_ms.to_f64().unwrap_or(0.0) / 60_000.0;
    exposures(&above, tally, minutes)?;
    refusals(&below, tally, minutes.ceil())?;
    canvas.present()?;
    Ok(())
}

/// One line per account, in percent of its limit: accounts of very different size share one scale.
fn exposures(area: &Area<'_>, tally: &Tally, minutes: f64) -> Drawn {
    let lines = Account::ALL.map(|account| (account.name(), used(tally.course(account), minutes)));
    let highest = lines.iter().flat_map(|(_, line)| line).map(|&(_, used)| used).fold(100.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption("Exposure, in percent of each account's limit", ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..minutes * LEGEND, 0.0..highest * 1.05)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_label_formatter(&|at| minute(*at, minutes))
        .x_desc("minutes")
        .y_desc("% of limit")
        .draw()?;
    for ((name, line), colour) in lines.into_iter().zip(COLOURS) {
        chart
            .draw_series(LineSeries::new(line, colour.stroke_width(1)))?
            .label(name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 4), (x + 14, y + 4)], colour.filled()));
    }
    chart
        .draw_series(LineSeries::new([(0.0, 100.0), (minutes, 100.0)], LIMIT.stroke_width(2)))?
        .label("limit")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 14, y)], LIMIT.stroke_width(2)));
    legend(&mut chart)
}

/// Bars by minute, the reasons stacked.
fn refusals(area: &Area<'_>, tally: &Tally, minutes: f64) -> Drawn {
    let counted = &tally.refused_by_minute;
    let reasons: BTreeSet<&str> = counted.keys().map(|&(reason, _)| reason).collect();
    let last = counted.keys().map(|&(_, minute)| minute).max().unwrap_or(0);
    let mut tops = vec![0_u64; usize::try_from(last)? + 1];
    for (&(_, minute), &orders) in counted {
        tops[usize::try_from(minute)?] += orders;
    }
    let highest = tops.iter().copied().max().unwrap_or(0).max(1);
    tops.fill(0);
    let mut chart = ChartBuilder::on(area)
        .caption("Refused orders in each minute, by reason", ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..minutes * LEGEND, 0.0..highest.to_f64().unwrap_or(1.0) * 1.05)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_label_formatter(&|at| minute(*at, minutes))
        .x_desc("minutes")
        .y_desc("orders")
        .draw()?;
    for (reason, colour) in reasons.into_iter().zip(COLOURS.into_iter().cycle()) {
        let mut bars = Vec::new();
        for (&(_, minute), &orders) in counted.iter().filter(|((of, _), _)| *of == reason) {
            let top = &mut tops[usize::try_from(minute)?];
            let left = minute.to_f64().unwrap_or(0.0);
            let (low, high) = (top.to_f64().unwrap_or(0.0), (*top + orders).to_f64().unwrap_or(0.0));
            bars.push(Rectangle::new([(left + 0.08, low), (left + 0.92, high)], colour.filled()));
            *top += orders;
        }
        chart
            .draw_series(bars)?
            .label(reason)
            .legend(move |(x, y)| Rectangle::new([(x, y - 4), (x + 14, y + 4)], colour.filled()));
    }
    if !counted.is_empty() {
        legend(&mut chart)?;
    }
    Ok(())
}

/// The number of a minute; none in the legend's room.
fn minute(at: f64, end: f64) -> String {
    if at > end + 0.5 { String::new() } else { format!("{at:.0}") }
}

fn legend<'a, 'b: 'a>(chart: &mut Chart<'a, 'b>) -> Drawn {
    let mut labels = chart.configure_series_labels();
    labels.margin(16).background_style(WHITE.mix(0.85)).border_style(BLACK.mix(0.3)).draw()?;
    Ok(())
}

/// Minutes and percent of the limit, as steps; nothing for an account without one.
fn used(course: &Course, end: f64) -> Vec<(f64, f64)> {
    let Some(limit) = course.limit.filter(|limit| *limit > Decimal::ZERO) else {
        return Vec::new();
    };
    let mut steps: Vec<(f64, f64)> = Vec::with_capacity(course.by_second.len() * 2 + 1);
    for (second, exposure) in &course.by_second {
        let (Some(second), Some(percent)) =
            (second.to_f64(), (exposure * Decimal::ONE_HUNDRED / limit).to_f64())
        else {
            continue;
        };
        let minute = second / 60.0;
        steps.extend(steps.last().map(|&(_, before)| (minute, before)));
        steps.push((minute, percent));
    }
    steps.extend(steps.last().map(|&(_, percent)| (end, percent)));
    steps
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use risk_examples::store::Scratch;

    use super::*;
    use crate::flow::{Event, What};
    use crate::tally::Answer;

    #[test]
    fn the_picture_names_accounts_and_reasons() {
        let mut tally = Tally::new(2);
        for (line, at_ms) in [0, 30 * 60_000].into_iter().enumerate() {
            tally.event(&Event { at_ms, line: line as u64, what: What::Snapshot });
        }
        for (minute, account) in (0..30).zip(Account::ALL.into_iter().cycle()) {
            let at_ms = minute * 60_000;
            tally.limit(account, Some(Decimal::from(100)));
            tally.exposure(at_ms, account, Decimal::from(60 + minute));
            for reason in ["PRICE_COLLAR", "RATE_LIMIT"].into_iter().cycle().take(minute as usize + 1) {
                tally.answered(at_ms, account, Answer::Rejected(reason), Duration::from_nanos(100));
            }
            tally.answered(at_ms, account, Answer::Reduced("POSITION_SIZE_LIMIT"), Duration::from_nanos(100));
        }
        let scratch = Scratch::new(&std::env::temp_dir(), "replay-plot").unwrap();
        let file = scratch.path().join("picture.svg");
        draw(&tally, &file).unwrap();
        let picture = fs::read_to_string(&file).unwrap();
        for word in ["maker-070", "others", "PRICE_COLLAR", "RATE_LIMIT", "limit"] {
            assert!(picture.contains(word), "{word}");
        }
        assert!(!picture.contains("POSITION_SIZE_LIMIT"), "a reduced order is not refused");
    }
}
