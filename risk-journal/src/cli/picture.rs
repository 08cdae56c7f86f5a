//! What would differ as a picture: refusals by day, as it was and under the other limits, and what differs by reason.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use super::what_if::{Count, Day, Report};

/// The height of what is by day, and of one reason.
const DAYS: u32 = 420;
const REASON: i32 = 26;
const WIDTH: u32 = 900;
/// Where bars begin, and how long the longest is.
const BARS: (i32, i32) = (280, 480);

pub(crate) fn draw(path: &Path, report: &Report) -> Result<(), Box<dyn Error>> {
    let reasons: BTreeSet<&String> =
        report.newly_refused.keys().chain(report.newly_approved.keys()).collect();
    let height = DAYS.saturating_add_signed(REASON * i32::try_from(reasons.len())?.saturating_add(3));
    let area = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let (upper, lower) = area.split_vertically(DAYS);
    by_day(&upper, &report.days)?;
    by_reason(&lower, report, &reasons)?;
    area.present()?;
    Ok(())
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn by_day(area: &Area<'_>, days: &BTreeMap<Day, Count>) -> Result<(), Box<dyn Error>> {
    let first = days.keys().next().copied().unwrap_or(0);
    let last = days.keys().next_back().copied().unwrap_or(0);
    let most = days.values().map(|count| count.refused.max(count.refused_then)).max().unwrap_or(0).max(1);
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .caption("refused orders by day: as it was (grey), under the other limits (red)", ("sans-serif", 18))
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(first..last + 1, 0..most)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(12)
        .x_label_formatter(&|day| date(*day))
        .y_desc("orders")
        .draw()?;
    chart.draw_series(LineSeries::new(steps(days, |count| count.refused), BLACK.mix(0.5).stroke_width(3)))?;
    chart.draw_series(LineSeries::new(steps(days, |count| count.refused_then), RED.stroke_width(2)))?;
    Ok(())
}

/// Two bars a reason: newly refused in red, newly approved in green, each with its number.
fn by_reason(area: &Area<'_>, report: &Report, reasons: &BTreeSet<&String>) -> Result<(), Box<dyn Error>> {
    let style = |size: i32| ("sans-serif", size).into_font().into_text_style(area);
    let caption = "what differs by reason: newly refused (red), newly approved (green)";
    area.draw_text(caption, &style(18), (200, 8))?;
    let kinds = [(&report.newly_refused, RED), (&report.newly_approved, GREEN)];
    let most = kinds.iter().flat_map(|(counts, _)| counts.values()).copied().max().unwrap_or(0).max(1);
    let (from, longest) = BARS;
    for (row, reason) in (0..).zip(reasons) {
        let top = 40 + row * REASON;
        area.draw_text(reason, &style(13), (16, top + 4))?;
        for (half, (counts, colour)) in (0..).zip(&kinds) {
            let number = counts.get(*reason).copied().unwrap_or(0);
            let length =
                i32::try_from(u128::from(number) * u128::from(longest.unsigned_abs()) / u128::from(most))?;
            let top = top + half * 11;
            area.draw(&Rectangle::new([(from, top), (from + length.max(1), top + 9)], colour.filled()))?;
            area.draw_text(&number.to_string(), &style(10), (from + length + 8, top))?;
        }
    }
    Ok(())
}

/// A day is as wide as it is long.
fn steps(days: &BTreeMap<Day, Count>, value: impl Fn(&Count) -> u64) -> Vec<(Day, u64)> {
    days.iter().flat_map(|(day, count)| [(*day, value(count)), (*day + 1, value(count))]).collect()
}

/// A day as a date of the Gregorian calendar, by the method of days from civil.
pub(crate) fn date(day: Day) -> String {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_are_dates() {
        for (day, text) in
            [(0, "1970-01-01"), (-1, "1969-12-31"), (11_016, "2000-02-29"), (19_675, "2023-11-14")]
        {
            assert_eq!(date(day), text);
        }
    }
}
