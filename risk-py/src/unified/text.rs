//! How things are written in the audit log: JSON by hand, because that is most of what a line costs.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::prelude::*;

/// Seconds since the epoch. A clock that cannot be read says 0, which is too old for everything.
pub(super) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// A text in JSON.
pub(super) fn json_text(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    put_json_text(&mut json, text);
    json
}

/// Appends a text in JSON.
pub(super) fn put_json_text(line: &mut String, text: &str) {
    line.push('"');
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\' && byte != 0x7F) {
        line.push_str(text);
    } else {
        for sign in text.chars() {
            match sign {
                '"' => line.push_str("\\\""),
                '\\' => line.push_str("\\\\"),
                sign if sign < ' ' || sign == '\x7F' => {
                    let _ = write!(line, "\\u{:04x}", u32::from(sign));
                }
                sign => line.push(sign),
            }
        }
    }
    line.push('"');
}

/// Appends a number in JSON, which knows no number that is not finite.
pub(super) fn json_number(line: &mut String, number: Option<f64>) {
    match number.filter(|number| number.is_finite()) {
        Some(number) => line.push_str(zmij::Buffer::new().format_finite(number)),
        None => line.push_str("null"),
    }
}

/// Appends an instant as ISO 8601, to the microsecond.
pub(super) fn stamp(line: &mut String, seconds: f64) {
    // Within what a reader can hold: the years 1970 to 9999.
    let micros = (seconds.clamp(0.0, 253_402_300_799.0) * 1e6).round() as u64;
    let (whole, micros) = (micros / 1_000_000, micros % 1_000_000);
    let (days, time) = (whole / 86_400, whole % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    // By hand: the machinery of formats costs ten times as much, for every line.
    let mut text = *b"0000-00-00T00:00:00.000000+00:00";
    let parts = [
        (0, 4, year),
        (5, 2, month),
        (8, 2, day),
        (11, 2, hour),
        (14, 2, minute),
        (17, 2, second),
        (20, 6, micros),
    ];
    for (at, digits, mut value) in parts {
        for place in text.iter_mut().skip(at).take(digits).rev() {
            (*place, value) = (b'0' + (value % 10) as u8, value / 10);
        }
    }
    line.push_str(std::str::from_utf8(&text).unwrap_or_default());
}

/// The date so many days after the first of January 1970: years begin in March, so that a leap day is their last.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// An instant as the audit log writes it. For tests.
#[pyfunction]
pub(crate) fn _stamp(seconds: f64) -> String {
    let mut text = String::new();
    stamp(&mut text, seconds);
    text
}
