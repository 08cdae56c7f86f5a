//! Refusals by day as a picture: as it was, and under the other limits.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use super::what_if::{Count, Day};

pub(crate) fn draw(path: &Path, days: &BTreeMap<Day, Count>) -> Result<(), Box<dyn Error>> {
    let first = days.keys().next().copied().unwrap_or(0);
    let last = days.keys().next_back().copied().unwrap_or(0);
    let most = days.values().map(|count| count.refused.max(count.refused_then)).max().unwrap_or(0).max(1);
    let area = SVGBackend::new(path, (900, 420)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
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
    area.present()?;
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
