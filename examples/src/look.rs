//! How the examples print: tables of one style, numbers with separators, a progress bar that only a terminal sees.

use std::io::{self, IsTerminal};

use comfy_table::modifiers::UTF8_ROUND_CORNERS;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// An empty table; all columns but the first are aligned to the right, for numbers.
#[must_use]
pub fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).apply_modifier(UTF8_ROUND_CORNERS).set_header(head);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// 1234567 as `1,234,567`.
#[must_use]
pub fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Nanoseconds as `840 ns`, `1.84 us` or `12.3 ms`.
#[must_use]
pub fn nanos(nanos: u32) -> String {
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{:.2} us", f64::from(nanos) / 1e3),
        _ => format!("{:.1} ms", f64::from(nanos) / 1e6),
    }
}

/// A progress bar on standard error; nothing at all is drawn when that is not a terminal.
#[must_use]
pub fn progress(steps: usize, what: &'static str) -> ProgressBar {
    let shown =
        if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(u64::try_from(steps).ok(), shown);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {elapsed}") {
        bar.set_style(style);
    }
    bar.with_message(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0_u64, 999, 1_000, 314_057].map(count), ["0", "999", "1,000", "314,057"]);
        assert_eq!([999, 1_840, 12_300_000].map(nanos), ["999 ns", "1.84 us", "12.3 ms"]);
    }
}
