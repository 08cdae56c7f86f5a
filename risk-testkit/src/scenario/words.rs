//! Words of a line: positions first, then `key=value` and flags. Every error says what was expected.

use risk_core::parse_decimal;
use rust_decimal::Decimal;

/// The words of one command, taken off one by one.
pub(super) struct Words<'t> {
    plain: std::collections::VecDeque<&'t str>,
    keyed: Vec<(&'t str, &'t str)>,
}

impl<'t> Words<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut words = Self { plain: std::collections::VecDeque::new(), keyed: Vec::new() };
        for word in text.split_whitespace() {
            match word.split_once('=') {
                Some((key, value)) if !key.is_empty() && !value.is_empty() => words.keyed.push((key, value)),
                _ => words.plain.push_back(word),
            }
        }
        words
    }

    /// The next word.
    pub(super) fn next(&mut self, what: &str) -> Result<&'t str, String> {
        self.plain.pop_front().ok_or_else(|| format!("{what} is missing"))
    }

    pub(super) fn peek(&self) -> Option<&'t str> {
        self.plain.front().copied()
    }

    pub(super) fn decimal(&mut self, what: &str) -> Result<Decimal, String> {
        decimal(what, self.next(what)?)
    }

    /// A price, or nothing for `-`.
    pub(super) fn maybe_decimal(&mut self, what: &str) -> Result<Option<Decimal>, String> {
        match self.next(what)? {
            "-" => Ok(None),
            word => decimal(what, word).map(Some),
        }
    }

    /// Takes a word if it comes next.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let there = self.peek() == Some(word);
        if there {
            self.plain.pop_front();
        }
        there
    }

    /// Takes a word wherever it stands.
    pub(super) fn flag(&mut self, word: &str) -> bool {
        let place = self.plain.iter().position(|w| *w == word);
        place.is_some_and(|place| self.plain.remove(place).is_some())
    }

    /// Takes the value of a key.
    pub(super) fn key(&mut self, key: &str) -> Option<&'t str> {
        let place = self.keyed.iter().position(|(k, _)| *k == key)?;
        Some(self.keyed.remove(place).1)
    }

    pub(super) fn key_decimal(&mut self, key: &str) -> Result<Option<Decimal>, String> {
        self.key(key).map(|value| decimal(key, value)).transpose()
    }

    pub(super) fn key_duration(&mut self, key: &str) -> Result<Option<i64>, String> {
        self.key(key).map(duration_ns).transpose()
    }

    /// Takes every key that begins so, without that.
    pub(super) fn keys_of(&mut self, prefix: &str) -> Vec<(&'t str, &'t str)> {
        let (taken, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.keyed).into_iter().partition(|(key, _)| key.starts_with(prefix));
        self.keyed = left;
        taken.into_iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, value))).collect()
    }

    /// Everything that is left as `key=value`.
    pub(super) fn keys(&mut self) -> Vec<(&'t str, &'t str)> {
        std::mem::take(&mut self.keyed)
    }

    /// Nothing may be left over: a word that is not understood is an error, never ignored.
    pub(super) fn end(self) -> Result<(), String> {
        match (self.plain.front(), self.keyed.first()) {
            (None, None) => Ok(()),
            (Some(word), _) => Err(format!("{word:?} is not understood here")),
            (None, Some((key, _))) => Err(format!("{key}= is not understood here")),
        }
    }
}

pub(super) fn decimal(what: &str, word: &str) -> Result<Decimal, String> {
    parse_decimal(word).map_err(|problem| format!("{what}: {problem}"))
}

pub(super) fn whole<T: std::str::FromStr>(what: &str, word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("{what}: {word:?} is not a whole number"))
}

/// `500ms`, `2s`, `76us`, `10ns`, `5m`, `24h`; a minus goes in front.
pub(super) fn duration_ns(word: &str) -> Result<i64, String> {
    let digits = word.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(word.len());
    let (number, unit) = word.split_at(digits);
    let scale = match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return Err(format!("{word:?} is no time: 500ms, 2s, 76us, 10ns, 5m, 24h")),
    };
    let number: i64 = whole("time", number)?;
    number.checked_mul(scale).ok_or_else(|| format!("{word:?} is too long"))
}

/// `{n}`, `{n+5}`, `{n%10}` and `{n/3}`, for the n-th repetition.
pub(super) fn substitute(text: &str, n: u64) -> Result<String, String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, after) = after.split_once('}').ok_or("a { has no }")?;
        let place = inside.find(['+', '-', '%', '/']).unwrap_or(inside.len());
        let (name, operation) = inside.split_at(place);
        let (operator, operand) = operation.split_at(operation.len().min(1));
        let number = |n: Option<u64>| n.ok_or_else(|| format!("{{{inside}}} has no value for n = {n:?}"));
        let value = match (name, operator) {
            ("n", "") => n,
            ("n", "+") => number(n.checked_add(whole("n+", operand)?))?,
            ("n", "-") => number(n.checked_sub(whole("n-", operand)?))?,
            ("n", "%") => number(n.checked_rem(whole("n%", operand)?))?,
            ("n", "/") => number(n.checked_div(whole("n/", operand)?))?,
            _ => return Err(format!("{{{inside}}} is not {{n}}, {{n+5}}, {{n-5}}, {{n%5}} or {{n/5}}")),
        };
        result.push_str(before);
        result.push_str(&value.to_string());
        rest = after;
    }
    result.push_str(rest);
    Ok(result)
}
